"""`podplanner plan power`, on the shipped pod and on bad words."""

from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree
from unit.cli.running import bom, new_pod, podplanner

SAS = ("storage-pod-3.0", "--drive", "ST4000NM0023")


def power(*words):
    return podplanner("plan", "power", *words)


def test_25_drives_take_54_amperes_and_727_watts_and_20_take_581():
    done = power(*SAS, "--json").json
    assert (done["schema"], done["drives"]) == ("podplanner/plan-power/1", 45)
    one, two = done["budgets"]
    assert [(b["drives"], b["backplanes"]) for b in (one, two)] == [
        (25, [1, 2, 3, 4, 7]), (20, [5, 6, 8, 9]),
    ]  # fmt: skip
    assert one["checks"]["start_12v"]["drives"]["value"] == "54"
    assert one["checks"]["start_watts"]["drives"]["value"] == "726.75"
    assert two["checks"]["start_watts"]["drives"]["value"] == "581.4"
    shown = power(*SAS).out
    assert all(figure in shown for figure in ("54 A", "726.75 W", "581.4 W", "default of the case"))


def test_what_is_not_stated_is_null_and_named_and_not_zero():
    done = power(*SAS, "--json").json
    rail = done["budgets"][0]["checks"]["start_12v"]
    assert (rail["rating"], rail["share"], rail["standing"]) == (None, None, "unknown")
    assert done["wall"]["idle"]["value"] is None
    assert "efficiency of PSM-5760V" in done["wall"]["idle"]["missing"]
    assert Decimal(done["wall"]["idle"]["at_least"]) > 45 * 8


def test_every_current_has_its_source():
    figures = power(*SAS, "--json").json["figures"]
    assert [f["figure"] for f in figures] == [
        "start_12v", "start_5v", "idle_power", "active_power",
    ]  # fmt: skip
    assert all(f["source"] or f["assumption"] for f in figures)
    assert "Seagate" in power(*SAS).out


def test_staggering_draws_less_and_five_at_a_time_as_much_as_one_backplane():
    def amps(how):
        checks = power(*SAS, "--spin-up", how, "--json").json["budgets"][0]["checks"]
        return Decimal(checks["start_12v"]["drives"]["value"])

    assert amps("backplane") == amps("5") < amps("15") < amps("at-once")


def test_a_list_without_drives_says_so_and_how_to_add_some():
    done = power("storage-pod-3.0")
    assert done.status == 0
    assert "--drive" in done.err
    file = new_pod()
    bom("add", file, "ST4000NM0033x45")
    assert "45 data drives" in power(file).out


def test_so_many_drives_take_the_place_of_those_of_the_list():
    done = power("storage-pod-3.0", "--drive", "7xST4000NM0023", "--json").json
    assert done["drives"] == 7
    assert [b["drives"] for b in done["budgets"]] == [7, 0]


def test_the_loads_are_drawn_as_a_picture_that_says_it_in_words_too():
    done = power(*SAS, "--drawing", "power.svg")
    assert done.status == 0
    root = etree.fromstring(Path("power.svg").read_bytes())
    words = " ".join(root.itertext())
    assert "supply 1: 25 drives (backplanes 1, 2, 3, 4, 7)" in words
    assert "726.75 W" in words
    again = power(*SAS, "--drawing", "power.svg")
    assert again.status != 0
    assert power(*SAS, "--drawing", "power.svg", "--force").status == 0


def test_the_list_itself_is_never_drawn_over():
    file = new_pod().rename("pod.svg")  # what a file holds decides, not its name
    before = file.read_bytes()
    assert power(file, "--drive", "ST4000NM0023", "--drawing", file, "--force").status == 8
    assert file.read_bytes() == before


def test_a_picture_under_the_name_of_another_format_is_refused_and_not_written():
    done = power(*SAS, "--drawing", "power.png")
    assert (done.status, done.out) == (2, "")
    assert "pictures are SVG" in done.err
    assert not Path("power.png").exists()


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("--spin-up", "0"), 2), (("--spin-up", "-3"), 2), (("--spin-up", "NaN"), 2),
        (("--spin-up", "9999999"), 2), (("--spin-up", "slowly"), 2),
        (("--drive", "PSM-5760V"), 2), (("--drive", "0xST4000NM0023"), 2),
        (("--drive", "99999xST4000NM0023"), 2), (("--drive", "NO-SUCH-DRIVE"), 6),
    ],
)  # fmt: skip
def test_bad_words_are_one_clear_error_that_names_the_option(words, status):
    done = power("storage-pod-3.0", *words)
    assert done.status == status
    assert done.err.count("error:") == 1
    assert words[1].split("x")[-1] in done.err


def test_a_list_without_supplies_cannot_be_reckoned():
    Path("bare.csv").write_text("part,quantity\nCFI-B53PM,9\n")
    done = power("bare.csv", "--drive", "ST4000NM0023", "--json")
    assert done.status == 7
    assert "supplies" in done.json["error"]["message"]
