"""`podplanner plan check`, on the shipped pod and on bad words."""

import pytest
from unit.cli.running import bom, new_pod, podplanner


@pytest.fixture
def pod():
    """The shipped pod with the 45 drives that its list leaves out."""
    file = new_pod()
    assert bom("add", file, "ST4000NM0033x45").status == 0
    return file


def check(*words):
    return podplanner("plan", "check", *words)


def said(done, code):
    return [f for f in done.json["findings"] if f["code"] == code]


def test_the_shipped_pod_has_two_budgets_and_no_redundancy(pod):
    done = check(pod, "--json")
    assert done.json["schema"] == "podplanner/plan-check/1"
    (lost,) = said(done, "PWR005")
    assert (lost["severity"], lost["id"]) == ("warning", "psu")
    assert "supply 1 stops 25 drives (backplanes 1, 2, 3, 4, 7)" in lost["message"]
    assert "supply 2 stops 20 drives (backplanes 5, 6, 8, 9)" in lost["message"]
    starts = [f["message"] for f in said(done, "PWR001")]
    assert ["25 drives take 54 A" in starts[0], "20 drives take 43.2 A" in starts[1]] == [True] * 2


def test_its_rails_are_not_published_and_that_is_unknown_and_no_pass(pod):
    found = said(check(pod, "--json"), "PWR001")
    assert [f["severity"] for f in found] == ["unknown", "unknown"]
    assert all("the 12 V rail of the supply" in f["fix"] for f in found)


def test_counts_agree_with_the_findings_and_with_what_is_printed(pod):
    done = check(pod, "--json")
    counts = done.json["counts"]
    for severity, number in counts.items():
        assert number == sum(f["severity"] == severity for f in done.json["findings"])
    assert f"{counts['unknown']} checks could not be made" in check(pod).out


def test_a_sas_drive_on_the_sata_backplanes_is_an_error_and_the_status_is_one():
    file = new_pod()
    bom("add", file, "ST4000NM0023x45")
    done = check(file)
    assert done.status == 1
    assert "a SAS drive does not fit the SATA backplane CFI-B53PM" in done.out


def test_strict_fails_on_what_is_not_known(pod):
    assert check(pod).status == 0
    assert check(pod, "--strict").status == 1


def test_a_layout_on_the_command_line_takes_the_place_of_the_lists(pod):
    assert check(pod, "--json").json["layout"] is None
    done = check(pod, "--layout", "raidz2:15x4", "--json")
    assert (done.json["layout"], done.status) == ("raidz2:15x4", 1)
    assert any("60" in f["message"] for f in done.json["findings"] if f["severity"] == "error")
    # The list itself stays as it was.
    assert "raidz2" not in pod.read_text()


@pytest.mark.parametrize(("depth", "status"), [("713mm", 0), ("28in", 1), ("0.7 m", 1)])
def test_the_chassis_of_712_8_mm_is_compared_with_the_racks_depth(pod, depth, status):
    done = check(pod, "--rack-depth", depth)
    assert done.status == status
    assert ("the chassis is 712.79 mm deep" in done.out) is (status == 1)


def test_a_chassis_of_four_units_does_not_go_into_three(pod):
    assert "4 U high, the rack has room for 3 U" in check(pod, "--rack-units", 3).out
    assert check(pod, "--rack-units", 4).status == 0


def test_it_names_the_line_and_its_place_in_the_file(pod):
    (first, *_) = said(check(pod, "--json"), "PWR001")
    assert first["line"] == 2
    assert first["source"]["file"] == str(pod)


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--rack-depth", "NaN"), "--rack-depth NaN"),
        (("--rack-depth", "1000"), "--rack-depth 1000"),
        (("--rack-depth", "-5mm"), "--rack-depth -5mm"),
        (("--rack-depth", "0mm"), "--rack-depth 0mm"),
        (("--rack-depth", "99999m"), "--rack-depth 99999m"),
        (("--rack-depth", "1e309mm"), "--rack-depth 1e309mm"),
        (("--rack-units", "0"), "--rack-units"),
        (("--layout", "raidz2:2"), "--layout raidz2:2"),
        (("--layout", "raid"), "--layout raid"),
    ],
)
def test_bad_words_are_one_clear_error_that_names_the_option(words, named):
    done = check("storage-pod-3.0", *words)
    assert done.status == 2
    assert done.err.startswith("error: ")
    assert done.err.count("error:") == 1
    assert named in done.err


def test_a_list_that_is_not_there_is_an_error_of_its_own():
    done = check("nowhere.toml", "--json")
    assert done.status == 3
    assert done.json["error"]["code"] == "file-access"


def test_links_that_lead_nowhere_are_errors_here_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pod = new_pod()
    with pod.open("a", encoding="utf-8") as file:
        file.write('\n[[link]]\nfrom = "sata_card.1:1"\nto = "backplane.10"\n')
    done = podplanner("plan", "check", pod, "--json")
    assert done.status == 1
    assert "LNK001" in [finding["code"] for finding in done.json["findings"]]
