"""`plan durability`: the published figures, intervals, simulations, charts, and every slip."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from unit.cli.running import podplanner

PUBLISHED = ("--data", "17", "--parity", "3", "--afr", "0.00405", "--rebuild", "6.5d")
ROWS = ("--layout", "raidz2:15x3", "--afr", "1.57%", "--rebuild", "3d")


def durability(*words):
    return podplanner("plan", "durability", *words)


def record(*words):
    done = durability(*words, "--json")
    assert done.status == 0, done.err
    return done.json


def test_the_published_figure():
    found = record(*PUBLISHED)
    assert found["schema"] == "podplanner/plan-durability/1"
    assert found["model"] == "window"
    assert f"{found['annual_loss']:.9e}" == "7.353799499e-12"
    assert found["nines"] == 11
    assert found["all"]["window"] == found["annual_loss"]
    assert found["all"]["parallel"] == pytest.approx(2.843e-11, rel=1e-3)
    assert found["all"]["serial"] == pytest.approx(1.668e-10, rel=1e-3)
    assert found["all_nines"] == {"window": 11, "parallel": 10, "serial": 9}
    assert found["inputs"]["rebuild_hours"] == 156
    assert found["assumptions"]
    assert "interval" not in found
    assert "simulation" not in found


def test_a_loss_near_ten_to_the_minus_eighty():
    found = record("--data", "1", "--parity", "19", "--afr", "0.405%", "--rebuild", "156h")
    assert found["annual_loss"] == pytest.approx(8.139103857673e-82, rel=1e-12)
    assert found["nines"] == 81


@pytest.mark.parametrize("model", ["window", "parallel", "serial"])
def test_the_model_chooses_the_answer(model):
    found = record(*PUBLISHED, "--model", model)
    assert found["model"] == model
    assert found["annual_loss"] == found["all"][model]
    assert found["nines"] == found["all_nines"][model]


def test_text_shows_all_three_and_says_how_optimistic_the_window_is():
    done = durability(*PUBLISHED)
    assert done.status == 0
    for words in ("7.354e-12", "2.843e-11", "1.668e-10", "straddle two windows",
                  "4 times too optimistic", "window: 11 nines"):  # fmt: skip
        assert words in done.out


def test_percent_and_share_are_the_same_rate():
    assert record(*ROWS)["all"] == record(*ROWS, "--afr", "0.0157")["all"]
    assert record(*ROWS, "--afr", "120%")["inputs"]["afr"] == 1.2


def test_every_layout_has_an_answer():
    for words, drives in (
        ("raidz2:15x3", None), ("draid2:6d:24c:0s", None), ("mdraid6:15x3", None),
        ("mirror:2x22", None), ("ceph-ec:8+3", 60), ("ceph-rep:3", 60), ("seaweed-rs:10+4", 60),
        ("seaweed-rep:010", 60), ("single", 45), ("mdraid10:9x5", None),
    ):  # fmt: skip
        more = () if drives is None else ("--drives", drives)
        found = record("--layout", words, *more, "--afr", "1%", "--rebuild", "1d")
        assert 0 < found["annual_loss"] < 1, words
        assert found["inputs"]["layout"]


def test_pods_of_a_layout_and_groups_over_pods():
    one = record(*ROWS)["all"]["parallel"]
    assert record(*ROWS, "--pods", "20")["all"]["parallel"] == pytest.approx(20 * one, rel=1e-4)
    across = record("--data", "17", "--parity", "3", "--groups", "45", "--pods", "20",
                    "--afr", "1%", "--rebuild", "2d", "--pod-loss", "0.5%")  # fmt: skip
    alike = record("--data", "17", "--parity", "3", "--groups", "45",
                   "--afr", "1.5%", "--rebuild", "2d")  # fmt: skip
    assert across["all"]["parallel"] == pytest.approx(alike["all"]["parallel"], rel=1e-12)


def test_no_failures_no_end_of_nines():
    found = record("--data", "2", "--parity", "1", "--afr", "0", "--rebuild", "1d")
    assert (found["annual_loss"], found["nines"]) == (0.0, None)
    done = durability("--data", "2", "--parity", "1", "--afr", "0", "--rebuild", "1d")
    assert "no end" in done.out
    assert "nothing fails" in done.out


def write_report(**afr):
    Path("report.json").write_text(json.dumps({"schema": "podplanner/drive-report/1", "afr": afr}))


def test_a_drive_report_carries_its_interval_to_the_nines():
    write_report(failures=12, drive_days=365_000)
    words = ("--data", "17", "--parity", "3", "--afr-from", "report.json", "--rebuild", "6.5d")
    found = record(*words)
    assert found["inputs"]["afr"] == 0.012
    interval = found["interval"]
    assert interval["afr"]["low"] == pytest.approx(6.2006 / 1000, rel=1e-3)
    assert interval["afr"]["high"] == pytest.approx(20.9616 / 1000, rel=1e-3)
    for end in ("low", "high"):
        alone = record(*words[:4], "--afr", repr(interval["afr"][end]), "--rebuild", "6.5d")
        assert interval["annual_loss"][end] == alone["annual_loss"]
    assert interval["nines"]["low"] <= found["nines"] <= interval["nines"]["high"]
    assert interval["nines"] == {"low": 8, "high": 10}
    assert "8 to 10" in durability(*words).out


def test_without_a_failure_the_upper_end_is_the_answer():
    write_report(failures=0, drive_days=365_000)
    found = record("--data", "17", "--parity", "3", "--afr-from", "report.json", "--rebuild", "1d")
    assert found["inputs"]["afr"] == pytest.approx(0.003689, rel=1e-3)
    assert found["interval"]["nines"]["high"] is None
    assert found["interval"]["annual_loss"]["low"] == 0
    assert any("no failure was seen" in words for words in found["assumptions"])


def test_a_file_that_is_no_report():
    Path("report.json").write_text("{}")
    done = durability(
        "--data", "2", "--parity", "1", "--afr-from", "report.json", "--rebuild", "1d"
    )
    assert done.status == 4
    assert "no drive report" in done.err


def test_a_drive_of_the_catalog_brings_rate_size_and_speed():
    found = record("--layout", "raidz2:15x3", "--drive", "ST16000NM001G")
    given = found["inputs"]
    assert given["drive_bytes"] == 16_000_900_661_248
    assert found["interval"]["afr"]["low"] < given["afr"] < found["interval"]["afr"]["high"]
    assert given["read_error_probability"] == 0
    assert any("sustained rate" in words for words in found["assumptions"])
    assert any("24 hours" in words for words in found["assumptions"])


def test_rebuild_time_from_size_and_speed():
    words = ("--data", "8", "--parity", "2", "--afr", "1%", "--drive-bytes", "18TB")
    found = record(*words, "--rebuild-rate", "100MB/s", "--delay", "12h")
    assert found["inputs"]["rebuild_hours"] == 62


def test_read_errors_from_the_option_or_the_data_sheet():
    words = ("--data", "12", "--parity", "1", "--afr", "1%", "--rebuild", "1d")
    found = record(*words, "--ure", "1e-14", "--drive-bytes", "1TB")
    assert found["inputs"]["read_error_probability"] == pytest.approx(0.617107, abs=1e-6)
    assert found["inputs"]["rebuild_reads_bytes"] == 12 * 10**12
    assert found["annual_loss"] > 10 * record(*words)["annual_loss"]
    stated = record(*words, "--ure", "stated", "--drive", "ST20000NM007D")
    assert 0 < stated["inputs"]["read_error_probability"] < 1


def test_correlated_failures_lose_more():
    plain = record(*ROWS)["annual_loss"]
    for more in (("--batch-factor", "5"), ("--common-cause", "1%"), ("--pod-loss", "0.1%")):
        assert record(*ROWS, *more)["annual_loss"] > 2 * plain


def test_a_simulation_stands_beside_its_closed_form():
    words = ("--data", "13", "--parity", "2", "--groups", "3", "--afr", "80%", "--rebuild", "6.5d")
    for model in ("window", "parallel", "serial"):
        found = record(*words, "--model", model, "--simulate", "4000", "--seed", "1")
        seen = found["simulation"]
        assert seen["compared_with"] == ("serial" if model == "serial" else "parallel")
        assert seen["closed_form"] == found["all"][seen["compared_with"]]
        assert seen["comparable"] is True
        assert seen["lost"] > 1_000
        assert seen["low"] * 0.97 < seen["closed_form"] < seen["high"] * 1.03
    again = record(*words, "--simulate", "4000", "--seed", "1")["simulation"]
    assert again == record(*words, "--simulate", "4000", "--seed", "1")["simulation"]
    assert again != record(*words, "--simulate", "4000", "--seed", "2")["simulation"]


def test_no_loss_seen_says_at_most():
    found = record(*ROWS, "--simulate", "1000")["simulation"]
    assert (found["lost"], found["annual_loss"]) == (0, None)
    assert found["high"] == pytest.approx(0.003689, rel=1e-3)
    assert "no loss seen: at most 0.003689" in durability(*ROWS, "--simulate", "1000").out


def test_rare_losses_by_splitting():
    found = record("--data", "17", "--parity", "3", "--afr", "1%", "--rebuild", "6.5d",
                   "--model", "parallel", "--rare", "--seed", "1")  # fmt: skip
    rare = found["rare"]
    assert rare["closed_form"] == found["annual_loss"] == pytest.approx(1.054e-9, rel=1e-3)
    assert rare["low"] < rare["closed_form"] < rare["high"]


def test_spares_crews_ageing_and_supplies_are_played():
    words = ("--layout", "raidz2:15x1", "--afr", "60%", "--rebuild", "6.5d", "--simulate", "1500")
    plain = record(*words)["simulation"]
    for more in (
        ("--spares", "1", "--restock", "20d"), ("--crews", "1"), ("--destroyed", "1-3@50%"),
        ("--ageing", "4", "--age", "0"), ("--fixed-repair",),
    ):  # fmt: skip
        seen = record(*words, *more)["simulation"]
        assert seen["comparable"] is False
        assert seen["lost"] != plain["lost"], more
    away = record(*words, "--outage", "1-3,5@400%:48h")["simulation"]
    assert away["outages"] > 4_000
    assert "went offline" in durability(*words, "--outage", "1-3,5@400%:48h").out


def test_what_is_not_played_is_said():
    seen = record(*ROWS, "--batch-factor", "2", "--simulate", "10")["simulation"]
    assert seen["not_simulated"] == ["the batch factor"]
    assert "not simulated: the batch factor" in durability(
        *ROWS, "--batch-factor", "2", "--simulate", "10"
    ).out  # fmt: skip


def test_a_chart_is_drawn_once():
    done = durability(*ROWS, "--chart", "nines.svg")
    assert done.status == 0, done.err
    root = ElementTree.fromstring(Path("nines.svg").read_text())
    words = "".join(root.itertext())
    assert "1.57%" in words
    assert "nines" in words
    assert durability(*ROWS, "--chart", "nines.svg").status == 8
    assert durability(*ROWS, "--chart", "nines.svg", "--force").status == 0


GROUP = ("--data", "17", "--parity", "3")
RATE = ("--afr", "1%")
TIME = ("--rebuild", "1d")
SLIPS = {
    "nothing said": ((), "which drives protect each other"),
    "no parity": (("--data", "17", *RATE, *TIME), "which drives protect each other"),
    "no data": (("--data", "0", "--parity", "3", *RATE, *TIME), "--data 0"),
    "negative parity": (("--data", "3", "--parity", "-1", *RATE, *TIME), "--parity -1"),
    "huge group": (("--data", "9999", "--parity", "3", *RATE, *TIME), "at most 1,000 drives"),
    "no pods": ((*GROUP, *RATE, *TIME, "--pods", "0"), "--pods 0"),
    "more pods than drives": ((*GROUP, *RATE, *TIME, "--pods", "21"), "--pods 21"),
    "no groups": ((*GROUP, *RATE, *TIME, "--groups", "0"), "--groups 0"),
    "both shapes": ((*GROUP, "--layout", "single", *RATE, *TIME), "twice"),
    "drives of a group": ((*GROUP, "--drives", "20", *RATE, *TIME), "--drives goes with"),
    "no such layout": (("--layout", "raidz9:3", *RATE, *TIME), "--layout raidz9:3"),
    "too few drives": ((*ROWS, "--drives", "44"), "takes 45 drives"),
    "zero drives": ((*ROWS, "--drives", "0"), "--drives 0"),
    "any number": (("--layout", "single", *RATE, *TIME), "--drives"),
    "pods unlike": (("--layout", "single", "--drives", "9", "--pods", "2", *RATE, *TIME), "alike"),
    "rate without percent": ((*GROUP, "--afr", "1.57", *TIME), "did you mean 1.57%"),
    "negative rate": ((*GROUP, "--afr", "-1%", *TIME), "not negative"),
    "rate that is none": ((*GROUP, "--afr", "nan", *TIME), "--afr nan"),
    "no rate": ((*GROUP, *TIME), "failure rate"),
    "two rates": ((*GROUP, *RATE, "--afr-from", "x", *TIME), "same thing"),
    "bare time": ((*GROUP, *RATE, "--rebuild", "6.5"), "6.5h (hours) or 6.5d (days)?"),
    "no time": ((*GROUP, *RATE), "how long a rebuild takes"),
    "zero time": ((*GROUP, *RATE, "--rebuild", "0d"), "more than no time"),
    "negative time": ((*GROUP, *RATE, "--rebuild", "-3d"), "--rebuild -3d"),
    "more than a year": ((*GROUP, *RATE, "--rebuild", "366d"), "more than the year"),
    "two times": ((*GROUP, *RATE, *TIME, "--rebuild-rate", "1MB/s"), "whole time"),
    "speed in bits": (
        (*GROUP, *RATE, "--rebuild-rate", "800Mb/s", "--drive-bytes", "1TB"), "bits a second",
    ),
    "speed alone": ((*GROUP, *RATE, "--rebuild-rate", "80MB/s"), "size of a drive"),
    "size in bits": (
        (*GROUP, *RATE, "--rebuild-rate", "80MB/s", "--drive-bytes", "1Tb"), "means bits",
    ),
    "slow rebuild": (
        (*GROUP, *RATE, "--rebuild-rate", "1kB/s", "--drive-bytes", "1TB"), "more than the year",
    ),
    "errors per bit": ((*GROUP, *RATE, *TIME, "--ure", "15", "--drive-bytes", "1TB"), "--ure 15"),
    "errors that are none": (
        (*GROUP, *RATE, *TIME, "--ure", "nan", "--drive-bytes", "1TB"), "--ure nan",
    ),
    "errors without a size": ((*GROUP, *RATE, *TIME, "--ure", "1e-15"), "size of a drive"),
    "nothing stated": ((*GROUP, *RATE, *TIME, "--ure", "stated"), "no drive states"),
    "batch below 1": ((*GROUP, *RATE, *TIME, "--batch-factor", "0.5"), "--batch-factor 0.5"),
    "batch that is none": ((*GROUP, *RATE, *TIME, "--batch-factor", "nan"), "--batch-factor nan"),
    "too large a share": ((*GROUP, *RATE, *TIME, "--common-cause", "2"), "did you mean 2%"),
    "pod loss": ((*GROUP, *RATE, *TIME, "--pod-loss", "-1%"), "--pod-loss -1%"),
    "no years": ((*GROUP, *RATE, *TIME, "--simulate", "0"), "--simulate"),
    "spares alone": ((*GROUP, *RATE, *TIME, "--spares", "3"), "simulated only"),
    "negative spares": ((*GROUP, *RATE, *TIME, "--simulate", "9", "--spares", "-1"), "spares"),
    "no crews": ((*GROUP, *RATE, *TIME, "--simulate", "9", "--crews", "0"), "crews"),
    "ageing": ((*GROUP, *RATE, *TIME, "--simulate", "9", "--ageing", "nan"), "ageing"),
    "no such drive": (
        (*GROUP, *RATE, *TIME, "--simulate", "9", "--outage", "1-21@1%:1d"), "no such drive",
    ),
    "outage without time": (
        (*GROUP, *RATE, *TIME, "--simulate", "9", "--outage", "1-2@1%"), "--outage 1-2@1%",
    ),
    "outage backwards": (
        (*GROUP, *RATE, *TIME, "--simulate", "9", "--outage", "5-2@1%:1d"), "no run of drives",
    ),
    "destroyed with time": (
        (*GROUP, *RATE, *TIME, "--simulate", "9", "--destroyed", "1@1%:1d"), "--destroyed",
    ),
    "shared drives": (
        ("--layout", "ceph-rep:3", "--drives", "9", *RATE, *TIME, "--simulate", "9"),
        "share drives",
    ),
    "splitting with spares": ((*GROUP, *RATE, *TIME, "--rare", "--spares", "1"), "splitting"),
    "chart as PNG": ((*GROUP, *RATE, *TIME, "--chart", "x.png"), "SVG"),
    "empty chart": ((*GROUP, "--afr", "0", *TIME, "--chart", "x.svg"), "nothing to draw"),
    "no such model": ((*GROUP, *RATE, *TIME, "--model", "exact"), "--model"),
}  # fmt: skip


@pytest.mark.parametrize(("words", "said"), SLIPS.values(), ids=SLIPS.keys())
def test_a_slip_is_one_clear_error(words, said):
    done = durability(*words)
    assert done.status == 2, done.out
    assert said in done.err
    assert "Traceback" not in done.err
    assert done.out == ""
    told = durability(*words, "--json")
    assert told.json["error"]["code"] == "wrong-usage"
    assert told.json["error"]["hint"]


def test_names_that_are_in_no_catalog_or_folder():
    assert durability(*GROUP, *TIME, "--drive", "NOPE").status == 6
    assert durability(*GROUP, *TIME, "--drive", "PSM-5760V").status == 2
    assert durability(*GROUP, *TIME, "--afr-from", "/no/such/file").status == 3
