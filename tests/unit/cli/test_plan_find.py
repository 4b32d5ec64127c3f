"""`plan find`: three needs as a person would have them, and what is refused."""

import json
from datetime import date
from decimal import Decimal
from functools import cache

import pytest
from unit.cli.running import Done, podplanner

from podplanner.catalog.library import library
from podplanner.catalog.opening import open_bill
from podplanner.catalog.pod import assemble
from podplanner.planning.bandwidth import Bandwidth, bandwidth_of
from podplanner.planning.capacity import capacity_of
from podplanner.planning.durability import layout_losses, nines
from podplanner.planning.find.layouts import Pace
from podplanner.planning.power import PodPower, power_of

NEEDS = {
    "a lab": ("--usable", "50TB", "--read", "1GB/s", "--nines", "6"),
    "a team": ("--usable", "500TB", "--read", "2GB/s", "--nines", "9"),
    "a cluster of 20 pods": (
        "--usable", "10PB", "--read", "20GB/s", "--write", "5GB/s", "--nines", "11",
    ),
}  # fmt: skip


@cache
def _told(name: str, folder: str) -> Done:
    return podplanner("plan", "find", *NEEDS[name], "--top", "8", "-o", folder, "--json")


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    return {name: tmp_path_factory.mktemp("found") for name in NEEDS}


@pytest.fixture(params=NEEDS, ids=[name.replace(" ", "-") for name in NEEDS])
def found(request, folders):
    """What `plan find` says of a need; each is sought once."""
    done = _told(request.param, str(folders[request.param]))
    assert done.status == 0, done.err
    return done.json


def test_each_design_meets_the_need(found):
    need = found["need"]
    assert found["schema"] == "podplanner/plan-find/1"
    assert found["designs"]
    assert found["relax"] == []
    for design in found["designs"]:
        assert design["recommended_bytes"] >= need["usable_bytes"]
        assert design["read_bytes_per_s"] >= need["read_bytes_per_s"]
        assert design["write_bytes_per_s"] >= need["write_bytes_per_s"]
        assert design["nines"] >= need["nines"]
        assert design["pods"] <= need["pods_max"]
        assert Decimal(design["five_year_cost"]) > Decimal(design["cost"])


def test_each_bill_passes_both_checks(found):
    for design in found["designs"]:
        for noun in ("bom", "plan"):
            done = podplanner(noun, "check", design["bill"], "--json")
            assert done.status == 0, (design["bill"], done.out)
            assert done.json["counts"]["error"] == 0


def test_each_bill_says_the_same_as_the_design(found):
    """Cost, watts, speed, capacity and nines, reckoned anew from the file by other commands."""
    for design in found["designs"]:
        bill = open_bill(design["bill"], library())
        pod = assemble(bill, library(), as_of=date.today())
        pods = design["pods"]
        (data,) = pod.data_drives
        spares = (data.line.spares or 0) * data.line.unit_price
        assert pods * sum(line.amount for line in bill.lines) + spares == Decimal(design["cost"])
        power = power_of(pod)
        assert isinstance(power, PodPower)
        assert abs(power.wall.active.value * pods - Decimal(design["watts"])) < Decimal("0.06")
        bandwidth = bandwidth_of(pod)
        assert isinstance(bandwidth, Bandwidth)
        assert design["read_bytes_per_s"] <= pods * bandwidth.network.total
        _same_as_elsewhere(design, library()[data.part.sku], bill.layout, int(data.quantity))


def _same_as_elsewhere(design, drive, written, drives):
    from podplanner.catalog.drive_layout import read_layout

    layout, pods, pace = read_layout(written), design["pods"], Pace.of(drive)
    across = pods if layout.is_cluster else 1
    one = capacity_of(layout, drives=drives * across, drive_bytes=pace.bytes, pods=across)
    assert design["recommended_bytes"] == one.recommended_bytes * (pods // across)
    loss = layout_losses(
        layout, drives=drives, afr=pace.afr, pods=pods,
        rebuild_h=pace.rebuild_h(layout, drives, pods),
    ).parallel  # fmt: skip
    assert design["annual_loss"] == pytest.approx(loss, rel=1e-9)
    assert design["nines"] == nines(loss)


def test_no_shown_design_is_beaten_by_another(found):
    designs = found["designs"]
    for one in designs:
        for other in designs:
            if one is other:
                continue
            assert not (
                Decimal(other["cost"]) <= Decimal(one["cost"])
                and other["recommended_bytes"] >= one["recommended_bytes"]
                and other["read_bytes_per_s"] >= one["read_bytes_per_s"]
                and other["nines"] >= one["nines"]
                and Decimal(other["watts"]) <= Decimal(one["watts"])
            )
    costs = [Decimal(design["cost"]) for design in designs]
    assert costs == sorted(costs)


def test_each_design_says_why_its_neighbours_are_not_the_answer(found):
    for design in found["designs"]:
        assert len(design["rejected"]) >= 4
        assert all(one["reason"] for one in design["rejected"])
        assert design["assumptions"]
    cheapest = found["designs"][0]["rejected"]
    fewer = next(one for one in cheapest if "drives a pod instead of" in one["change"])
    assert fewer["outcome"] == "misses a demand"
    assert "usable" in fewer["demands"] or "read" in fewer["demands"]


def test_the_same_answer_every_time(folders, monkeypatch):
    first = _told("a lab", str(folders["a lab"]))
    # Nothing is taken over from the first search.
    monkeypatch.setattr("podplanner.planning.find.hunt._LATEST", [])
    again = podplanner("plan", "find", *NEEDS["a lab"], "--top", "8", "--json")
    for design in (found := first.json)["designs"]:
        design["bill"] = None
    assert again.json == found


def test_models_and_checkpoints_become_a_need():
    done = podplanner(
        "plan", "find", "--models", "4x7B:bf16", "--versions", "20", "--readers", "4",
        "--load-within", "60s", "--checkpoint-every", "30m", "--checkpoint-size", "100GB",
        "--top", "1", "--json",
    )  # fmt: skip
    need = done.json["need"]
    assert need["usable_bytes"] == 4 * 14 * 10**9 * 20 + 2 * 100 * 10**9
    assert need["read_bytes_per_s"] == 933_333_334  # 4 x 14 GB / 60 s
    assert need["write_bytes_per_s"] == 55_555_556  # 100 GB / 1,800 s
    assert len(need["reasons"]) == 3


def test_where_nothing_fits_it_says_what_to_relax(tmp_path):
    done = podplanner("plan", "find", "--usable", "50TB", "--nines", "6", "--budget", "2000",
                      "--json")  # fmt: skip
    assert done.status == 1
    relax = {one["demand"]: one for one in done.json["relax"]}
    assert done.json["designs"] == []
    assert Decimal(relax["budget"]["best"]) > 2000
    assert 0 < relax["usable"]["best"] < 50 * 10**12
    assert relax["pods-max"]["best"] is None
    # What it says will do, does; a little less does not.
    enough = podplanner("plan", "find", "--usable", "50TB", "--nines", "6", "--top", "1",
                        "--budget", relax["budget"]["best"], "--json")  # fmt: skip
    assert enough.status == 0
    assert enough.json["designs"][0]["cost"] == relax["budget"]["best"]


def test_for_people_it_says_need_designs_and_reasons(tmp_path):
    done = podplanner(
        "plan", "find", "--usable", "50TB", "--nines", "6", "--layout", "raidz2", "--top", "2",
        "--chart", tmp_path / "front.svg", "-o", tmp_path / "new",
    )  # fmt: skip
    assert done.status == 0, done.err
    assert "Asked for: 50 TB to keep, 6 nines, only raidz2" in done.out
    assert "designs evaluated" in done.out
    assert "raidz1:" in done.out
    assert "nines, 6 asked" in done.out
    assert (tmp_path / "front.svg").read_text().startswith("<svg")
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == [
        "design-1.toml", "design-2.toml",
    ]  # fmt: skip
    again = podplanner("plan", "find", "--usable", "50TB", "-o", tmp_path / "new")
    assert again.status == 8
    assert "designs already" in again.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "how much is to be kept"),
        (("--usable", "500Tb"), "bits"),
        (("--usable", "500TiB"), "549."),
        (("--usable", "0TB"), "--usable"),
        (("--usable", "-5TB"), "negative"),
        (("--usable", "nonsense"), "--usable"),
        (("--usable", "1TB", "--read", "2Gb/s"), "250MB/s"),
        (("--usable", "1TB", "--read", "2GB"), "--read"),
        (("--usable", "1TB", "--budget", "-5"), "--budget"),
        (("--usable", "1TB", "--budget", "0"), "--budget"),
        (("--usable", "1TB", "--budget", "NaN"), "--budget"),
        (("--usable", "1TB", "--watts-max", "0"), "--watts-max"),
        (("--usable", "1TB", "--nines", "-1"), "--nines"),
        (("--usable", "1TB", "--pods-max", "0"), "--pods-max"),
        (("--usable", "1TB", "--layout", "raidz9"), "--layout"),
        (("--usable", "1TB", "--versions", "3"), "--versions"),
        (("--models", "70B:bf17"), "--models"),
        (("--models", "40x70B:bf16", "--readers", "8"), "--load-within"),
        (("--models", "40x70B:bf16", "--checkpoint-every", "30m"), "--checkpoint-size"),
    ],
)
def test_bad_input_is_one_clear_error(words, said):
    done = podplanner("plan", "find", *words, "--json")
    assert done.status == 2, done.out
    error = json.loads(done.out)["error"]
    assert said in error["message"] + (error["hint"] or "")
