"""`plan report`: everything of a pod in one file, from the list and from what a person says."""

import json
from pathlib import Path

import pytest
from unit.cli.running import bom, new_pod, podplanner

from podplanner.resources import data_dir


@pytest.fixture
def pod():
    """Storage Pod 3.0 with 45 drives at 120."""
    name = str(new_pod())
    assert bom("add", name, "ST4000NM0033x45", "--price", "120").status == 0
    return name


def report(*words):
    return podplanner("plan", "report", *words)


def written(name="plan.json"):
    return json.loads(Path(name).read_text(encoding="utf-8"))


def test_a_page_is_written_and_its_first_figures_are_said(pod):
    done = report(pod, "-o", "plan.html", "--layout", "raidz2:15x3")
    assert done.status == 0, done.err
    text = Path("plan.html").read_text(encoding="utf-8")
    assert done.out == f"wrote plan.html ({len(text.encode()):,} bytes)\n"
    assert "To store: 118 TB" in done.err
    assert text.startswith("<!doctype html>")
    for words in ("raidz2:15x3", "118 TB", "45 × ST4000NM0033", "BWD001", "backplane 1-9",
                  "147,541,656,076,288"):  # fmt: skip
        assert words in text


def test_the_figures_are_those_of_the_single_commands(pod):
    layout = ["--layout", "raidz2:15x3"]
    words = [*layout, "--watts", "500", "--years", "3", "--pue", "1.5", "--kwh-price", "0.10",
             "--rack-unit-month", "25", "--afr", "2%"]  # fmt: skip
    assert report(pod, "-o", "plan.json", *words, "--rebuild", "2d").status == 0
    plan = written()
    capacity = podplanner("plan", "capacity", pod, *layout, "--json").json
    assert plan["capacity"]["usable_bytes"] == capacity["usable_bytes"]
    assert plan["capacity"]["recommended_bytes"] == capacity["recommended_bytes"]
    cost = podplanner("plan", "cost", pod, *words, "--json").json
    assert plan["running_cost"]["total"] == cost["total"]
    assert plan["running_cost"]["per_tb_month"] == cost["per_tb_month"]
    assert plan["running_cost"]["cloud"]["total"] == cost["cloud"]["total"]
    durability = podplanner(
        "plan", "durability", *layout, "--afr", "2%", "--rebuild", "2d", "--json"
    ).json
    models = plan["durability"]["models"]
    assert {name: model["annual_loss"] for name, model in models.items()} == durability["all"]
    bandwidth = podplanner("plan", "bandwidth", pod, "--json").json
    assert plan["bandwidth"]["host"] == bandwidth["host"]["total"]
    checked = podplanner("plan", "check", pod, *layout, "--json").json
    assert plan["counts"] == checked["counts"]
    listed = bom("check", pod, "--json").json
    assert plan["list"]["counts"] == listed["counts"]


def test_drives_that_the_list_does_not_have_are_planned_and_priced():
    words = ["--layout", "raidz2:15x3", "--watts", "500", "--json"]
    done = report("storage-pod-3.0", "-o", "plan.json", "--drive", "MG10ACA20TE", *words)
    assert done.status == 0, done.err
    assert done.json["total"] is not None
    dearer = report(
        "storage-pod-3.0", "-o", "plan.json", "--drive", "MG10ACA20TE", "--drive-price", "5000",
        *words,
    ).json  # fmt: skip
    assert float(dearer["total"]) > float(done.json["total"]) + 45 * 3000


def test_the_page_says_where_the_price_of_planned_drives_comes_from():
    assert report("storage-pod-3.0", "-o", "plan.json", "--drive", "MG10ACA20TE").status == 0
    granted = " ".join(written()["granted"])
    assert "MG10ACA20TE is planned, and not in the list" in granted
    assert "the catalog's price of" in granted
    words = ["--drive", "MG10ACA20TE", "--drive-price", "5000"]
    assert report("storage-pod-3.0", "-o", "plan.json", *words).status == 0
    assert "5,000.00 USD, as given" in " ".join(written()["granted"])


def test_a_cloud_of_ones_own_is_set_beside(pod):
    words = ["--layout", "raidz2:15x3", "--cloud-price", "0.006", "--egress-price", "0.01",
             "--egress-share", "50"]  # fmt: skip
    assert report(pod, "-o", "plan.json", *words).status == 0
    cloud = written()["running_cost"]["cloud"]
    assert cloud["name"] == "your own price"
    assert cloud["per_tb_month"] == "11.00"  # 6.00 + half of it at 10.00


def test_the_answer_says_which_sections_lack_what():
    done = report("storage-pod-4.5", "-o", "plan.html", "--json")
    assert done.status == 0, done.err
    found = done.json
    assert found["schema"] == "podplanner/plan-report/1"
    assert found["format"] == "html"
    assert found["bytes"] == Path("plan.html").stat().st_size
    assert found["recommended_bytes"] is None
    assert all(found["missing"].values())


def test_staggered_drives_draw_less_at_start(pod):
    def start(*words):
        assert report(pod, "-o", "plan.json", *words).status == 0
        checks = written()["power"]["checks"]
        return float(next(c["drives"] for c in checks if c["quantity"] == "12 V at start"))

    assert start("--spin-up", "backplane") < start() == 54


def test_the_format_goes_before_the_name(pod):
    assert report(pod, "-o", "plan.txt", "--format", "json").status == 0
    assert written("plan.txt")["schema"] == "podplanner/pod-plan/1"


def test_the_list_itself_is_never_written_over(pod):
    before = Path(pod).read_bytes()
    done = report(pod, "-o", pod, "--format", "html")
    assert done.status != 0
    assert "the list itself" in done.err
    assert Path(pod).read_bytes() == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--layout", "raidz9"], "--layout"),
        (["--drive", "0xST4000NM0033"], "--drive"),
        (["--drive", "9999999xST4000NM0033"], "--drive"),
        (["--drive", "G1238M12B1-FSR"], "--drive"),
        (["--years", "0"], "--years"),
        (["--years", "-5"], "--years"),
        (["--years", "nan"], "--years"),
        (["--years", "1000"], "--years"),
        (["--pue", "0.9"], "--pue"),
        (["--pue", "inf"], "--pue"),
        (["--afr", "1.57"], "--afr"),
        (["--afr", "-1%"], "--afr"),
        (["--rebuild", "6.5"], "--rebuild"),
        (["--rebuild", "0h"], "--rebuild"),
        (["--rebuild", "400d"], "--rebuild"),
        (["--watts", "lots"], "--watts"),
        (["--watts", "-1"], "--watts"),
        (["--drive-price", "-1"], "--drive-price"),
        (["--kwh-price", "-0.1"], "--kwh-price"),
        (["--rack-unit-month", "-3"], "--rack-unit-month"),
        (["--cloud-price", "-1"], "--cloud-price"),
        (["--egress-price", "1"], "--cloud-price"),
        (["--egress-share", "-3"], "--egress-share"),
        (["--spin-up", "slowly"], "--spin-up"),
        (["--spin-up", "0"], "--spin-up"),
        (["--pods", "0"], "--pods"),
        (["--format", "pdf"], "pdf"),
    ],
)
def test_each_wrong_word_is_one_clear_error(pod, words, said):
    done = report(pod, "-o", "plan.html", *words)
    assert done.status == 2
    assert done.out == ""
    assert said in done.err
    assert "Traceback" not in done.err
    assert not Path("plan.html").exists()


def test_an_unknown_tariff_names_those_that_there_are(pod):
    done = report(pod, "-o", "plan.html", "--cloud", "nowhere")
    assert done.status == 6
    assert "s3-standard" in done.err


def test_a_folder_that_is_not_there_is_a_clear_error(pod):
    done = report(pod, "-o", "nowhere/plan.html")
    assert done.status != 0
    assert "no such folder" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("name", sorted(p.stem for p in (data_dir("bom") / "pods").glob("*.toml")))
def test_every_shipped_pod_has_a_plan(name):
    assert report(name, "-o", "plan.html").status == 0
    assert report(name, "-o", "plan.json", "--drive", "45xMG10ACA20TE", "--layout",
                  "draid2:11d:45c:2s").status == 0  # fmt: skip
    assert written()["capacity"]["missing"] is None
