"""Placement: what is survived, what is not, and why; counted without the solver's help."""

from datetime import date

import pytest
from support.made_up import made, made_of

from podplanner.catalog.bill import BillOfMaterials
from podplanner.catalog.drive_layout import read_layout
from podplanner.catalog.library import library
from podplanner.catalog.opening import open_bill
from podplanner.catalog.pod import assemble
from podplanner.planning.placement import Misfit, Placement, place, survivable
from podplanner.planning.topology import Gap
from podplanner.resources import data_dir

DAY = date(2026, 11, 24)


PARTS = {
    part.sku: part
    for part in (
        made("backplane", "PM5", ports=5, host_ports=1, fanout="multiplier"),
        made("backplane", "EXP24", ports=24, host_ports=8, host_connectors=2, fanout="expander"),
        made("backplane", "DARK6", ports=6),
        made("adapter", "CARD4", ports=4),
        made("adapter", "HBA16", ports=16, connectors=4),
        made("supply", "PSU"),
        made("supply", "MODULE", redundant=True),
        made("supply", "STRONG", redundant=True, power="500 W"),
        made("supply", "WEAK", redundant=True, power="300 W"),
        made("backplane", "FED24", ports=24, host_ports=4, host_connectors=1, fanout="expander",
             power="10 W"),
        made("adapter", "FEDHBA", ports=16, connectors=4, power="10 W"),
        made("drive", "DISK", capacity="4 TB"),
        made("drive", "FED", capacity="4 TB", idle_power="5 W", active_power="10 W",
             start_12v="2 A", start_5v="1 A"),
        made("drive", "BIG", capacity="8 TB"),
        made("board", "BOARD", sata_ports=6, lan_ports=2),
        made("nic", "NIC", ports=2),
        made("chassis", "CASE9", data_bays=45, backplanes=9, default_wiring=[
            {"supply": 1, "backplanes": [1, 2, 3, 4, 7]},
            {"supply": 2, "backplanes": [5, 6, 8, 9]},
        ], shared_supplies=False),
        made("chassis", "CASE8", data_bays=8),
    )
}  # fmt: skip
POD = (("CASE9", 1), ("PM5", 9), ("CARD4", 3), ("PSU", 2))


def pod(*parts, links=(), boot=0):
    line = {"id": "boot", "title": "Boot drive", "category": "drive", "quantity": boot}
    return made_of(PARTS, parts, links=links, extra=[line] if boot else [])


def placed(the_pod, layout, **options):
    found = place(the_pod, read_layout(layout), **options)
    assert isinstance(found, Placement), found
    return found


def by_group(placement, bays):
    """Count drives of each group in bays; written apart from the code that it checks."""
    counts = {}
    for seat in placement.seats:
        if seat.bay in bays and seat.role == "data":
            counts[seat.group] = counts.get(seat.group, 0) + 1
    return counts


def row(placement, component):
    (found,) = [f for f in placement.failures if f.component == component]
    return found


def shipped():
    path = data_dir("bom") / "pods" / "storage-pod-3.0.toml"
    bill = open_bill(path, library())
    line = {"id": "drive", "title": "4 TB drive", "category": "drive", "quantity": 45}
    lines = BillOfMaterials.model_validate({"line": [line]}).lines
    bill = bill.model_copy(update={"lines": (*bill.lines, *lines)})
    return assemble(bill, library(), as_of=DAY)


# --- the shipped pod ---


def test_any_one_backplane_of_the_shipped_pod_may_go_by_brute_force():
    placement = placed(shipped(), "raidz2:15x3")
    members = [(s.group, s.member) for s in placement.seats]
    assert sorted(members) == [(g, m) for g in (1, 2, 3) for m in range(1, 16)]
    for first in range(1, 46, 5):
        counts = by_group(placement, set(range(first, first + 5)))
        assert sum(counts.values()) == 5
        assert max(counts.values()) <= 2
    assert placement.survives_any("backplane") is True
    assert placement.survives_any("cable") is True


def test_a_supply_of_the_shipped_pod_stops_the_pool_and_the_reason_can_be_followed():
    placement = placed(shipped(), "raidz2:15x3")
    assert placement.survives_any("supply") is False
    first, second = [kill for kill in placement.kills if kill.component.kind == "supply"]
    assert (first.drives, first.worst, second.drives, second.worst) == (25, 9, 20, 7)
    assert first.reason == (
        "25 of 45 bays, all of them with a drive: 25 drives of 3 groups are at least 9 of one "
        "group, and raidz2:15x3 survives 2"
    )
    assert placement.proven
    assert row(placement, "supply 1").verdict == "offline"


def test_adapters_whose_wiring_is_assumed_are_never_called_safe():
    placement = placed(pod(*POD, ("DISK", 44)), "mirror:2x22")
    assert {row(placement, f"adapter {n}").worst for n in (1, 2, 3)} == {1}
    assert {row(placement, f"adapter {n}").verdict for n in (1, 2, 3)} == {"unknown"}
    assert placement.survives_any("adapter") is None
    # A cable that reaches one backplane only is safe with it, whichever card it comes from.
    assert placement.survives_any("cable") is True


def test_a_default_that_the_case_itself_calls_assumed_is_no_pass():
    case = made("chassis", "GUESS", data_bays=45, assumptions={"default_wiring": "by likeness"},
                default_wiring=[{"supply": 1, "backplanes": [1, 2, 3, 4, 7]},
                                {"supply": 2, "backplanes": [5, 6, 8, 9]}],
                shared_supplies=False)  # fmt: skip
    lines = [{"id": sku.lower(), "part": sku, "title": sku, "quantity": quantity}
             for sku, quantity in (("GUESS", 1), *POD[1:], ("DISK", 40))]  # fmt: skip
    bill = BillOfMaterials.model_validate({"line": lines})
    placement = placed(assemble(bill, {**PARTS, "GUESS": case}, as_of=DAY), "mirror:2x20")
    assert {f.verdict for f in placement.failures if f.kind == "supply"} == {"unknown"}
    assert any("by likeness" in note for note in placement.notes)
    assert placement.power_assumed


def test_adapters_that_are_stated_are_safe_when_the_numbers_say_so():
    links = [{"from": f"card4.{(n - 1) // 3 + 1}", "to": f"pm5.{n}"} for n in range(1, 10)]
    placement = placed(pod(*POD, ("DISK", 44), links=links), "mirror:2x22")
    assert placement.survives_any("adapter") is True


# --- what can be survived at all ---


def test_a_mirror_loses_pairs_with_the_larger_supply_and_no_placement_avoids_it():
    placement = placed(pod(*POD, ("DISK", 44)), "mirror:2x22")
    assert [kill.component.name for kill in placement.kills] == ["supply 1"]
    assert "the other 20 take no more of the 44 drives: 24 drives" in placement.kills[0].reason
    assert row(placement, "supply 2").verdict == "safe"


def test_fewer_drives_leave_the_bays_empty_that_let_both_supplies_go():
    placement = placed(pod(*POD, ("DISK", 40)), "mirror:2x20")
    assert placement.survives_any("supply") is True
    assert [s.role for s in placement.seats].count("empty") == 5
    for bays in (set(range(1, 21)) | set(range(31, 36)), set(range(21, 31)) | set(range(36, 46))):
        assert max(by_group(placement, bays).values()) == 1


def test_a_component_that_is_saved_only_at_the_cost_of_another_is_explained_by_sums():
    placement = placed(pod(*POD, ("DISK", 40)), "raidz2:20x2")
    killed = [k.component.number for k in placement.kills if k.component.kind == "backplane"]
    assert len(killed) == 4  # 9 x 4 drives fit what is survived, each backplane given up adds one
    assert "room for only 39 of the 40 drives (3 x 5 + 6 x 4 on backplanes)" in (
        placement.kills[0].reason
    )
    assert any("No placement has fewer" in sentence for sentence in placement.proof)


def test_single_drives_are_lost_one_by_one_and_offline_with_what_holds_them():
    placement = placed(pod(*POD, ("DISK", 45)), "single")
    assert row(placement, "one drive").verdict == "lost"
    assert row(placement, "backplane 1").verdict == "offline"
    assert placement.survives_any("drive") is False


def test_raid10_keeps_the_two_copies_apart_in_neighbouring_members():
    placement = placed(pod(*POD, ("DISK", 40)), "mdraid10:40")
    backplane = {s.member: (s.bay - 1) // 5 for s in placement.seats if s.role == "data"}
    assert sorted(backplane) == list(range(1, 41))
    for first in range(1, 41, 2):
        assert backplane[first] != backplane[first + 1]
    assert row(placement, "both drives of a pair").verdict == "lost"
    assert placement.survives_any("supply") is True


def test_raid10_of_an_odd_number_is_taken_as_surviving_one_drive_and_that_is_said():
    placement = placed(pod(*POD, ("DISK", 9)), "mdraid10:9")
    assert all(len(by_group(placement, set(range(n, n + 5)))) <= 1 for n in range(1, 46, 5))
    assert (
        max(sum(by_group(placement, set(range(n, n + 5))).values()) for n in range(1, 46, 5)) == 1
    )
    assert "odd number" in placement.notes[0]


def test_draid_is_one_group_of_all_its_children():
    placement = placed(pod(*POD, ("DISK", 24)), "draid2:6d:24c:0s")
    offline = [f.number for f in placement.failures
               if f.kind == "backplane" and f.verdict == "offline"]  # fmt: skip
    assert len(offline) == 2  # 9 x 2 = 18 survive; 24 need two backplanes of 5 in place of 2


def test_a_cluster_in_one_pod_is_not_called_safe_and_over_enough_pods_the_pod_may_go():
    alone = placed(pod(*POD, ("DISK", 45)), "ceph-ec:8+3")
    assert row(alone, "backplane 1").verdict == "offline"
    spread = placed(pod(*POD, ("DISK", 45)), "ceph-ec:8+3", pods=11)
    assert {f.verdict for f in spread.failures if f.kind in ("backplane", "supply", "board")} == {
        "safe"
    }
    assert row(spread, "any drives of 3 pods").verdict == "safe"
    assert row(spread, "drives of 4 pods at once").verdict == "lost"
    few = placed(pod(*POD, ("DISK", 45)), "ceph-ec:8+3", pods=3)
    assert row(few, "supply 1").verdict == "offline"
    assert "3 pods are too few" in few.notes[0]


# --- spares, models of drives, no drives ---


def test_drives_left_over_are_hot_spares_on_different_backplanes():
    placement = placed(pod(*POD, ("DISK", 42)), "raidz2:10x4")
    spares = [s.bay for s in placement.seats if s.role == "spare"]
    assert len(spares) == 2
    assert len({(bay - 1) // 5 for bay in spares}) == 2
    assert any("2 drives are left over" in note for note in placement.notes)


def test_each_group_has_drives_of_one_model_where_the_list_allows_it():
    placement = placed(pod(*POD, ("BIG", 15), ("DISK", 30)), "raidz2:15x3")
    models = {}
    for seat, drive in zip(placement.seats, placement.drives, strict=True):
        models.setdefault(seat.group, set()).add(drive.part.sku)
    assert models == {1: {"BIG"}, 2: {"DISK"}, 3: {"DISK"}}


def test_a_list_without_drives_is_placed_and_that_is_said():
    placement = placed(pod(*POD), "raidz2:15x3")
    assert set(placement.drives) == {None}
    assert "The list has no data drives: 45 of the 45 bays are used." in placement.notes


@pytest.mark.parametrize(
    ("drives", "layout", "reason", "fix"),
    [
        (45, "raidz2:16x3", "takes 48 drives, the pod has 45 bays", "at most 45 drives"),
        (30, "raidz2:15x3", "takes 45 drives, the list has 30", "disk quantity=45"),
        (5, "ceph-ec:8+3", "keeps 11 members", "Add drives or pods"),
    ],
)
def test_what_does_not_go_together_is_said_with_what_would_mend_it(drives, layout, reason, fix):
    found = place(pod(*POD, ("DISK", drives)), read_layout(layout))
    assert isinstance(found, Misfit)
    assert reason in found.reason
    assert fix in found.fix


def test_more_drives_than_bays_leave_some_without():
    placement = placed(pod(*POD, ("DISK", 50)), "raidz2:15x3")
    assert "5 data drives of the list have no bay and are not counted." in placement.notes


# --- what is not known ---


def test_a_kind_whose_wiring_is_unknown_is_never_safe():
    placement = placed(pod(("DARK6", 4), ("CARD4", 2), ("DISK", 24)), "raidz2:8x3")
    assert placement.survives_any("backplane") is True
    for kind in ("cable", "adapter", "supply"):
        assert {f.verdict for f in placement.failures if f.kind == kind} == {"unknown"}
        assert placement.survives_any(kind) is None


def test_a_pod_of_unknown_bays_is_a_gap():
    assert isinstance(place(pod(("PSU", 1)), read_layout("raidz2:8x3")), Gap)


def test_an_expander_on_two_cables_outlives_either():
    placement = placed(pod(("EXP24", 2), ("HBA16", 1), ("MODULE", 2), ("DISK", 48)), "mirror:2x24")
    assert placement.survives_any("cable") is True
    assert row(placement, "adapter 1").verdict == "offline"
    assert "Any one cable may go: no drive hangs on one alone." in placement.proof
    assert "Adapter 1 reaches all 48 bays: 48 drives of 24 groups" in " ".join(placement.proof)


@pytest.mark.parametrize(
    ("supply", "verdict", "reason"),
    [
        ("STRONG", "safe", "500 W at work, they give 500 W"),  # 47 x 10 W, 2 x 10 W, 10 W
        ("WEAK", "offline", "too weak: 510 W"),
        ("MODULE", "unknown", "plan power"),
    ],
)
def test_one_of_several_supplies_on_a_bus_may_go_if_the_rest_are_strong_enough(
    supply, verdict, reason
):
    parts = (("FED24", 2), ("FEDHBA", 1), (supply, 2), ("FED", 48 if supply != "STRONG" else 47))
    placement = placed(pod(*parts), "mirror:2x23")
    assert row(placement, "supply 1").verdict == verdict
    assert reason in row(placement, "supply 1").reason
    assert placement.survives_any("supply") is {"safe": True, "offline": False}.get(verdict)


@pytest.mark.parametrize(
    ("extra", "boot", "component", "verdict"),
    [
        ((), 1, "boot drive", "offline"),
        ((), 2, "boot drive", "unknown"),
        ((), 0, "boot drive", "unknown"),
        ((("BOARD", 1),), 1, "the board's network ports", "offline"),
        ((("BOARD", 1), ("NIC", 1)), 1, "network card", "unknown"),
        ((), 1, "network card", "unknown"),
        ((), 1, "board, CPU or memory", "offline"),
    ],
)
def test_what_the_whole_pod_hangs_on_has_its_row(extra, boot, component, verdict):
    placement = placed(pod(*POD, *extra, ("DISK", 45), boot=boot), "raidz2:15x3")
    assert row(placement, component).verdict == verdict


# --- the bound for one kind of component ---


@pytest.mark.parametrize(
    ("sizes", "layout", "answer"),
    [
        ([5] * 9, "raidz2:15x3", True),
        ([5] * 9, "raidz1:15x3", False),
        ([5] * 9, "raidz2:20x2", False),
        ([25, 20], "mirror:2x22", False),
        ([22, 23], "mirror:2x22", True),
        ([25, 20], "mdraid10:40", True),
        ([25, 20], "mdraid0:40", False),
        ([5] * 3, "raidz2:20x1", False),
        ([5] * 9, "single", False),
        ([5] * 9, "ceph-ec:8+3", True),
        ([5] * 9, "ceph-rep:1", False),
        ([], "raidz2:15x3", False),
    ],
)
def test_survivable_counts_what_each_component_may_hold(sizes, layout, answer):
    assert survivable(sizes, read_layout(layout)) is answer
