"""What links give drives: by hand, from the sources' figures, and for all that is missing."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from support.made_up import made, made_of

from podplanner.catalog.bill import BillOfMaterials
from podplanner.catalog.pod import assemble
from podplanner.planning.bandwidth import bandwidth_of
from podplanner.planning.bandwidth_words import about, answers, brief, headlines, say_rate, wish
from podplanner.planning.chain import Step
from podplanner.planning.filling import with_drives
from podplanner.planning.topology import Basis, Gap
from podplanner.rules.bandwidth import RULES
from podplanner.rules.base import Severity, run

MB = 10**6


def slot(lanes, generation, behind, count=1):
    return {"count": count, "lanes": lanes, "size": 16, "generation": generation, "behind": behind}


PARTS = {
    part.sku: part
    for part in (
        # SiI3726: one host port of 3 Gb/s to five device ports (Silicon Image, SiI3726).
        made("backplane", "PM5", ports=5, host_ports=1, fanout="multiplier", interface="SATA",
             drive_rate="3 Gb/s", host_rate="3 Gb/s"),
        made("backplane", "PM5-SATA3", ports=5, host_ports=1, fanout="multiplier",
             interface="SATA", drive_rate="6 Gb/s", host_rate="6 Gb/s"),
        made("backplane", "PM5-DARK", ports=5, host_ports=1, fanout="multiplier"),
        made("backplane", "PLANE5-DARK", ports=5, host_ports=1),
        made("backplane", "EXP24", ports=24, host_ports=8, host_connectors=2, fanout="expander",
             interface="SAS", drive_rate="12 Gb/s", host_rate="12 Gb/s"),
        made("backplane", "DIRECT8", ports=8, host_ports=8, fanout="direct", interface="SATA",
             drive_rate="6 Gb/s"),
        made("backplane", "TWIN10", ports=10, host_ports=2, fanout="multiplier",
             drive_rate="3 Gb/s", host_rate="3 Gb/s"),
        made("adapter", "CARD4", ports=4, port_rate="3 Gb/s", interface="SATA",
             fis_switching=True),
        made("adapter", "CARD4-DARK", ports=4),
        made("adapter", "CARD4-X1", ports=4, port_rate="3 Gb/s", interface="SATA",
             fis_switching=True, pcie_lanes=1, pcie_generation=1),
        made("adapter", "CARD4-BY-COMMANDS", ports=4, port_rate="3 Gb/s", interface="SATA",
             fis_switching=False, pcie_lanes=4, pcie_generation=2),
        made("adapter", "CARD4-SILENT", ports=4, port_rate="3 Gb/s", interface="SATA",
             pcie_lanes=4, pcie_generation=2),
        # HighPoint Rocket 750: 40 ports, PCIe 2.0 x8 (45Drives R&D notes, PCIe, 2014-06-27).
        made("adapter", "ROCKET", ports=40, port_rate="6 Gb/s", interface="SATA",
             fis_switching=True, pcie_lanes=8, pcie_generation=2),
        made("adapter", "HBA8", ports=8, connectors=2, port_rate="12 Gb/s", interface="SAS",
             pcie_lanes=8, pcie_generation=3),
        made("board", "BOARD"),
        made("board", "SLOTS", slots=[slot(8, 2, "cpu", 3)], chipset_lanes=4,
             chipset_generation=2, lan_ports=2, lan_rate="1 Gb/s"),
        made("board", "TWO-SLOTS", slots=[slot(4, 2, "cpu", 2)], lan_ports=1, lan_rate="1 Gb/s"),
        made("board", "UNPLACED", slots=[slot(8, 2, None, 3)], chipset_lanes=4,
             chipset_generation=1, lan_ports=2, lan_rate="1 Gb/s"),
        made("board", "WIDE", slots=[slot(16, 3, "cpu", 2), slot(8, 3, "cpu")],
             chipset_lanes=4, chipset_generation=3, lan_ports=0, lan_rate="1 Gb/s"),
        made("board", "LATE", slots=[slot(4, 3, "chipset"), slot(1, 2, "chipset")],
             chipset_lanes=4, chipset_generation=3, lan_ports=2, lan_rate="1 Gb/s"),
        made("board", "LATE-DARK", slots=[slot(8, 3, "cpu"), slot(8, 3, "chipset")],
             lan_ports=0),
        # C246: the chipset hangs on DMI 3.0, four lanes of 8 GT/s (JayBrown, DIYBUILD_BUDGET.md).
        made("board", "C246", sata_ports=8, sata_rate="6 Gb/s", chipset_lanes=4,
             chipset_generation=3, lan_ports=2, lan_rate="10 Gb/s"),
        made("nic", "NIC25X2-X8", ports=2, gigabits="25", pcie_lanes=8, pcie_generation=3),
        made("nic", "NIC25X2-X4", ports=2, gigabits="25", pcie_lanes=4, pcie_generation=3),
        made("nic", "NIC25X2-DARK", ports=2, gigabits="25"),
        made("drive", "D150", sustained_rate="150 MB/s", interface="SATA", capacity="4 TB"),
        made("drive", "D260", sustained_rate="260 MB/s", interface="SATA", capacity="18 TB"),
        made("drive", "SSD560", sustained_rate="560 MB/s", interface="SATA",
             interface_rate="6 Gb/s"),
        made("drive", "D-DARK", interface="SATA"),
        made("chassis", "CASE45", data_bays=45),
    )
}  # fmt: skip


def pod(*parts, links=()):
    return made_of(PARTS, parts, links=links)


def found(*parts, links=()):
    bandwidth = bandwidth_of(pod(*parts, links=links))
    assert not isinstance(bandwidth, Gap), bandwidth
    return bandwidth


def question(bandwidth, step):
    (asked,) = [q for q in bandwidth.questions if q.step is step]
    return asked


def verdicts(*parts):
    return {
        (verdict.rule.code, verdict.severity): verdict.finding
        for verdict in run(RULES, pod(*parts))
    }


SHIPPED = (("PM5", 9), ("CARD4", 3), ("BOARD", 1), ("D150", 45))


@pytest.mark.parametrize("parts", [(), (("BOARD", 1),), (("CASE45", 1), ("CARD4", 1))])
def test_a_list_without_drives_and_backplanes_has_no_links_to_speak_of(parts):
    assert verdicts(*parts) == {}


# --- The shipped pod ---


def test_a_port_multiplier_gives_60_mb_a_drive():
    # 45Drives states 60 MB/s; 150 MB/s a drive is its blog's figure: 5 x 150 / 300 = 2.5.
    stage = found(*SHIPPED).stage(Step.UPLINK)
    assert len(stage.loads) == 9
    assert (stage.rate, stage.per_drive) == (300 * MB, 60 * MB)
    assert stage.demand == 750 * MB
    assert stage.oversubscription == Decimal("2.50")
    assert stage.capacity == 2_700 * MB


def test_an_unknown_card_is_tried_at_every_link_and_nothing_is_passed():
    bandwidth = found(*SHIPPED)
    asked = question(bandwidth, Step.ADAPTER)
    tried = {(s.first, s.second): (s.host.per_drive, s.limits_host) for s in asked.scenarios}
    assert tried["x1", "PCIe 1"] == (16_666_666, True)
    assert tried["x1", "PCIe 2"] == (33_333_333, True)
    assert tried["x2", "PCIe 2"] == (60 * MB, False)
    assert tried["x4", "PCIe 1"] == (60 * MB, False)
    assert asked.links == 3
    assert asked.drives == 15
    assert not bandwidth.host_is_certain
    assert bandwidth.host.per_drive == 60 * MB
    assert bandwidth.least_host.per_drive == 16_666_666
    assert bandwidth.least_host.total == 750 * MB


def test_what_must_be_stated_is_named():
    asked = question(found(*SHIPPED), Step.ADAPTER)
    assert wish(asked) == (
        "State the PCI Express generation of CARD4, the PCI Express lanes of CARD4 and the slots "
        "of BOARD, with a free one for CARD4."
    )


def test_the_finding_is_unknown_until_slot_and_card_are_stated():
    unknown = verdicts(*SHIPPED)["BWD002", Severity.UNKNOWN]
    assert "x1: 16.7 (PCIe 1) or 33.3 (PCIe 2) MB/s a drive" in unknown.message
    assert "x4 and more: not limiting" in unknown.message
    slot_alone = (("PM5", 9), ("CARD4", 3), ("SLOTS", 1), ("D150", 45))
    assert ("BWD002", Severity.UNKNOWN) in verdicts(*slot_alone)
    card_alone = (("PM5", 9), ("CARD4-X1", 3), ("BOARD", 1), ("D150", 45))
    assert ("BWD002", Severity.UNKNOWN) not in verdicts(*card_alone), "x1 of generation 1 is least"
    both = verdicts(("PM5", 9), ("CARD4-X1", 3), ("SLOTS", 1), ("D150", 45))
    assert ("BWD002", Severity.UNKNOWN) not in both
    narrow = both["BWD002", Severity.WARNING]
    assert "250 MB/s for 15 drives" in narrow.message
    assert "9.00 times less" in narrow.message
    assert narrow.item.line.id == "card4-x1"


def test_a_multiplier_that_holds_drives_back_by_more_than_half_is_a_warning_and_less_a_note():
    assert "60 MB/s a drive" in verdicts(*SHIPPED)["BWD001", Severity.WARNING].message
    less = verdicts(("PM5-SATA3", 9), ("ROCKET", 1), ("SLOTS", 1), ("D150", 45))
    assert ("BWD001", Severity.WARNING) not in less
    note = verdicts(("PM5-SATA3", 2), ("ROCKET", 1), ("SLOTS", 1), ("D150", 10))
    assert "120 MB/s a drive" in note["BWD001", Severity.NOTE].message


@pytest.mark.parametrize(
    ("slow", "fast", "said"),
    [  # five drives share 300 MB/s: at 150 MB/s they want 2.5 times that, at 260 4.33 times
        (10, 5, "4.33 times less than wanted; 2 other such links hold their drives back less"),
        (5, 10, "4.33 times less than wanted, and so on 2 times; 1 other such link holds its"),
        (0, 15, "4.33 times less than wanted, and so on 3 times"),
    ],
)
def test_links_that_hold_back_less_than_the_worst_are_counted_too(slow, fast, said):
    parts = [("PM5", 3), ("CARD4", 1), ("SLOTS", 1), ("D260", fast)]
    finding = verdicts(*parts, *([("D150", slow)] * (slow > 0)))["BWD001", Severity.WARNING]
    assert said in finding.message
    assert ("other such" in finding.message) == (slow > 0)


def test_drives_beyond_the_bays_are_said_not_to_count():
    notes = found(("PM5", 9), ("CARD4", 3), ("BOARD", 1), ("D150", 46)).notes
    assert "1 data drive of the list has no bay and is not counted." in notes
    assert not any("no bay" in note for note in found(*SHIPPED).notes)


def test_the_words_name_the_narrowest_link_and_the_worst_case():
    host, network = headlines(found(*SHIPPED))
    assert host == (
        "At most 60 MB/s a drive and 2,700 MB/s in all reach the host: the narrowest is the "
        "backplane link of PM5 on CARD4 (300 MB/s for 5 drives, which read 750). With the worst "
        "of what is missing it is 16.7 MB/s a drive and 750 MB/s in all."
    )
    assert network == (
        "What reaches the network is unknown: the network ports of BOARD are not known."
    )


def test_a_pod_without_drives_has_all_its_bays_and_an_unknown_demand():
    bandwidth = found(("PM5", 9), ("CARD4", 3), ("BOARD", 1))
    assert len(bandwidth.drives) == 45
    assert bandwidth.demand is None
    assert bandwidth.stage(Step.UPLINK).oversubscription is None
    assert bandwidth.host.per_drive == 60 * MB
    assert any("no data drives" in note for note in bandwidth.notes)
    unknown = verdicts(("PM5", 9), ("CARD4", 3), ("BOARD", 1))["BWD001", Severity.UNKNOWN]
    assert "at most 60 MB/s" in unknown.message


# --- Figures that others published ---


def test_45_drives_on_one_rocket_750_have_88_89_mb_each():
    # 45Drives R&D notes, PCIe, 2014-06-27 (GitHub bkelly16/docs): 4000 MB/s for 45 drives.
    bandwidth = found(("PM5-SATA3", 9), ("ROCKET", 1), ("SLOTS", 1), ("D150", 45))
    assert bandwidth.host.total == 4_000 * MB
    assert bandwidth.host.per_drive == 88_888_888
    assert bandwidth.host.limit.link.step is Step.ADAPTER
    assert bandwidth.host_is_certain


def test_45_drives_on_two_of_them_have_177_78_mb_on_average():
    # The same page: 8000 MB/s for 45 drives. 23 hang on one card and 22 on the other.
    bandwidth = found(("CASE45", 1), ("ROCKET", 2), ("SLOTS", 1), ("D260", 45))
    assert bandwidth.host.total == 8_000 * MB
    assert bandwidth.host.total // 45 == 177_777_777
    assert bandwidth.host.per_drive == 4_000 * MB // 23


def test_8_ssds_want_more_than_the_chipset_link_of_a_c246_carries():
    # JayBrown, HomeLabSetups, DIYBUILD_BUDGET.md, 2023-07: 4.48 GB/s against 3.938 GB/s.
    bandwidth = found(("C246", 1), ("SSD560", 8))
    assert bandwidth.demand == 4_480 * MB
    assert bandwidth.host.total == 3_938_461_538
    assert bandwidth.host.limit.link.step is Step.CHIPSET
    assert bandwidth.host.per_drive == 3_938_461_538 // 8
    note = verdicts(("C246", 1), ("SSD560", 8))["BWD003", Severity.NOTE]
    assert "3,938 MB/s for 8 drives, which read 4,480" in note.message


def test_a_card_with_two_ports_of_25_gigabits_wants_eight_lanes():
    # The same page: 6.25 GB/s on the wire, x4 of generation 3 gives 3.938 and x8 gives 7.877.
    wide = found(("EXP24", 1), ("HBA8", 1), ("WIDE", 1), ("NIC25X2-X8", 1), ("D260", 24))
    assert wide.stage(Step.CARD).capacity == 7_876_923_076
    assert wide.network.limit.link.step is Step.NETWORK
    assert wide.network.total == 5_884_265_278
    short = found(("EXP24", 1), ("HBA8", 1), ("WIDE", 1), ("NIC25X2-X4", 1), ("D260", 24))
    assert short.network.limit.link.step is Step.CARD
    assert short.network.total == 3_938_461_538


# --- How drives come to the host ---


def test_an_expander_spreads_its_drives_over_all_its_links():
    bandwidth = found(("EXP24", 1), ("HBA8", 1), ("WIDE", 1), ("D260", 24))
    (uplink,) = bandwidth.stage(Step.UPLINK).loads
    assert uplink.rate == 9_600 * MB
    assert uplink.drives == 24
    assert bandwidth.host.total == 24 * 260 * MB
    assert bandwidth.host.limit is None


def test_an_expander_on_two_adapters_sends_half_through_each():
    links = [{"from": "hba8.1:1", "to": "exp24.1:1"}, {"from": "hba8.2:1", "to": "exp24.1:2"}]
    bandwidth = found(("EXP24", 1), ("HBA8", 2), ("WIDE", 1), ("D260", 24), links=links)
    assert bandwidth.basis is Basis.STATED
    loads = bandwidth.stage(Step.ADAPTER).loads
    assert [load.drives for load in loads] == [12, 12]
    assert [load.demand for load in loads] == [12 * 260 * MB] * 2


def test_the_places_of_a_backplane_with_two_multipliers_belong_to_one_each():
    bandwidth = found(("TWIN10", 1), ("CARD4-SILENT", 1), ("SLOTS", 1), ("D150", 7))
    loads = bandwidth.stage(Step.UPLINK).loads
    assert [load.bays for load in loads] == [(1, 2, 3, 4, 5), (6, 7)]
    assert [load.link.name for load in loads] == ["backplane 1, link 1", "backplane 1, link 2"]
    rates = [drive.rate for drive in bandwidth.drives]
    assert rates == [60 * MB] * 5 + [150 * MB] * 2
    assert bandwidth.drives[5].limit is None
    assert bandwidth.drives[0].limit == loads[0]


def test_a_direct_backplane_has_no_shared_link():
    bandwidth = found(("DIRECT8", 1), ("ROCKET", 1), ("WIDE", 1), ("SSD560", 8))
    assert bandwidth.stage(Step.UPLINK) is None
    assert bandwidth.stage(Step.PORT).rate == 600 * MB
    assert bandwidth.host.total == 4_000 * MB


def test_a_card_takes_the_lesser_of_card_and_slot():
    late = found(("DIRECT8", 1), ("HBA8", 1), ("LATE", 1), ("SSD560", 8))
    assert late.stage(Step.ADAPTER).rate == 3_938_461_538
    assert late.stage(Step.CHIPSET).rate == 3_938_461_538
    assert any("are widest" in note for note in late.notes)


def test_a_card_without_a_free_slot_has_an_unknown_link():
    crowded = found(("DIRECT8", 3), ("HBA8", 3), ("LATE", 1), ("SSD560", 24))
    asked = question(crowded, Step.ADAPTER)
    assert asked.links == 1
    assert "with a free one for HBA8" in wish(asked)


def test_by_commands_one_drive_works_at_a_time_behind_each_port():
    bandwidth = found(("PM5", 3), ("CARD4-BY-COMMANDS", 1), ("SLOTS", 1), ("D150", 15))
    assert bandwidth.host.limit.link.step is Step.SWITCHING
    assert bandwidth.host.per_drive == 30 * MB
    assert any("switches by commands" in note for note in bandwidth.notes)


def test_how_ports_switch_is_asked_where_it_is_not_stated():
    bandwidth = found(("PM5", 3), ("CARD4-SILENT", 1), ("SLOTS", 1), ("D150", 15))
    asked = question(bandwidth, Step.SWITCHING)
    assert answers(asked) == ("by commands: 30 MB/s a drive",)
    assert "by FIS or by commands" in wish(asked)
    assert bandwidth.stage(Step.SWITCHING) is None
    assert bandwidth.host.per_drive == 60 * MB


def test_cards_that_may_hang_behind_the_chipset_are_tried_there():
    bandwidth = found(("PM5", 9), ("CARD4-SILENT", 3), ("UNPLACED", 1), ("D150", 45))
    asked = question(bandwidth, Step.CHIPSET)
    assert answers(asked) == ("all behind the chipset: 22.2 MB/s a drive",)
    assert bandwidth.stage(Step.CHIPSET) is None
    known = found(("PM5", 9), ("CARD4-SILENT", 3), ("SLOTS", 1), ("D150", 45))
    assert not [q for q in known.questions if q.step is Step.CHIPSET]


def test_a_missing_rate_at_one_end_leaves_the_other_as_the_most():
    bandwidth = found(("PM5-DARK", 3), ("CARD4", 1), ("SLOTS", 1), ("D150", 15))
    stage = bandwidth.stage(Step.UPLINK)
    assert (stage.rate, stage.is_known) == (300 * MB, False)
    asked = question(bandwidth, Step.UPLINK)
    assert answers(asked) == ("1.5 Gb/s: 30 MB/s a drive", "3 Gb/s: not limiting")


def test_a_missing_figure_that_cannot_matter_is_settled():
    bandwidth = found(("PM5-DARK", 3), ("CARD4", 1), ("SLOTS", 1), ("D150", 15))
    assert Step.PORT in [q.step for q in bandwidth.settled], "1.5 Gb/s are 150 MB/s, all it reads"
    assert Step.PORT not in [q.step for q in bandwidth.questions]


def test_nothing_known_gives_no_rate():
    slow = found(("PM5-DARK", 1), ("CARD4-DARK", 1), ("D-DARK", 5))
    assert slow.host.total == 600 * MB, "SATA ends at 6 Gb/s"
    bare = found(("PLANE5-DARK", 1), ("CARD4-DARK", 1))
    assert bare.host.total is None
    assert "unknown" in headlines(bare)[0]


# --- The network ---


def test_two_gigabit_ports_are_far_below_the_drives():
    bandwidth = found(("PM5", 9), ("CARD4-SILENT", 3), ("SLOTS", 1), ("D150", 45))
    assert bandwidth.network.total == 235_370_610
    assert bandwidth.network.limit.link.step is Step.NETWORK
    assert bandwidth.stage(Step.NETWORK).oversubscription == Decimal("28.68")
    note = verdicts(("PM5", 9), ("CARD4-SILENT", 3), ("SLOTS", 1), ("D150", 45))
    assert "235 MB/s through" in note["BWD004", Severity.NOTE].message


def test_a_network_card_takes_the_place_of_the_boards_ports():
    bandwidth = found(("PM5", 9), ("CARD4-SILENT", 3), ("SLOTS", 1), ("NIC25X2-X8", 1))
    assert [load.link.name for load in bandwidth.stage(Step.NETWORK).loads] == ["network card 1"]
    assert any("are not counted" in note for note in bandwidth.notes)


def test_network_cards_add_up_and_the_card_without_a_slot_is_asked_for():
    both = found(("EXP24", 1), ("HBA8", 1), ("WIDE", 1), ("NIC25X2-X8", 2), ("D260", 24))
    assert both.stage(Step.NETWORK).capacity == 2 * 5_884_265_278
    dark = found(("EXP24", 1), ("HBA8", 1), ("WIDE", 1), ("NIC25X2-DARK", 1), ("D260", 24))
    asked = question(dark, Step.CARD)
    assert not asked.matters_to_host
    assert dark.host_is_certain
    assert not dark.network_is_certain
    assert ("BWD004", Severity.UNKNOWN) in verdicts(
        ("EXP24", 1), ("HBA8", 1), ("WIDE", 1), ("NIC25X2-DARK", 1), ("D260", 24)
    )


def test_a_network_card_behind_the_chipset_shares_its_link():
    bandwidth = found(("DIRECT8", 1), ("LATE", 1), ("HBA8", 1), ("NIC25X2-X8", 1), ("D150", 8))
    outward = bandwidth.stage(Step.OUTWARD)
    assert outward.rate == 3_938_461_538
    assert bandwidth.network.total <= outward.rate


def test_a_chipset_link_that_is_not_stated_is_asked_for_on_the_way_out():
    parts = (("LATE-DARK", 1), ("EXP24", 1), ("HBA8", 1), ("NIC25X2-X8", 1), ("D260", 24))
    assert [q.step for q in found(*parts).questions] == [Step.OUTWARD]
    finding = verdicts(*parts)["BWD004", Severity.UNKNOWN]
    assert "the chipset link of LATE-DARK" in finding.fix


def test_a_board_without_network_ports_reaches_nobody():
    bandwidth = found(("EXP24", 1), ("HBA8", 1), ("WIDE", 1), ("D260", 24))
    assert bandwidth.network.total == 0
    assert bandwidth.stage(Step.NETWORK).oversubscription is None


# --- What cannot be said ---


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ((("PM5", 9), ("CARD4", 1)), "fewer ports"),
        ((("D150", None), ("CARD4", 1)), "how many data drives"),
        ((("D150", Decimal("0.5")), ("PM5", 1), ("CARD4", 1)), "how many data drives"),
    ],
)
def test_wiring_that_is_unknown_is_a_gap(parts, reason):
    gap = bandwidth_of(pod(*parts))
    assert isinstance(gap, Gap)
    assert reason in gap.reason
    unknown = verdicts(*parts)["BWD001", Severity.UNKNOWN]
    assert reason in unknown.message
    assert [code for code, _ in verdicts(*parts)] == ["BWD001"]


def test_figures_that_are_slips_are_unknown():
    broken = {
        **PARTS,
        "PM5": PARTS["PM5"].model_copy(update={"host_rate": Decimal(0)}),
        "CARD4": PARTS["CARD4"].model_copy(update={"pcie_lanes": 0, "pcie_generation": 9}),
        "D150": PARTS["D150"].model_copy(update={"sustained_rate": Decimal(-1)}),
    }
    lines = [{"id": p.lower(), "part": p, "title": p, "quantity": n} for p, n in SHIPPED]
    bill = BillOfMaterials.model_validate({"line": lines})
    bandwidth = bandwidth_of(assemble(bill, broken, as_of=date(2026, 11, 24)))
    assert bandwidth.demand is None
    assert not bandwidth.stage(Step.UPLINK).is_known
    assert "the PCI Express lanes of CARD4" in wish(question(bandwidth, Step.ADAPTER))


def test_assumed_figures_are_said():
    assumed = PARTS["D150"].model_copy(update={"assumptions": {"sustained_rate": "a guess"}})
    lines = [{"id": p.lower(), "part": p, "title": p, "quantity": n} for p, n in SHIPPED]
    bill = BillOfMaterials.model_validate({"line": lines})
    bandwidth = bandwidth_of(assemble(bill, {**PARTS, "D150": assumed}, as_of=date(2026, 11, 24)))
    assert "Assumed of D150: sustained rate (its part file says why)." in bandwidth.notes


# --- Other drives than the list's ---


def test_other_drives_take_the_place_of_those_of_the_list():
    filled = with_drives(pod(*SHIPPED), PARTS["D260"], 20)
    bandwidth = bandwidth_of(filled)
    assert len(bandwidth.drives) == 20
    assert bandwidth.demand == 20 * 260 * MB


def test_without_a_number_every_bay_is_filled_and_without_bays_there_is_no_number():
    filled = with_drives(pod(("PM5", 9), ("CARD4", 3)), PARTS["D260"], None)
    assert len(bandwidth_of(filled).drives) == 45
    assert with_drives(pod(("CARD4", 1)), PARTS["D260"], None) is None


# --- Words ---


@pytest.mark.parametrize(
    ("rate", "words"),
    [(0, "0"), (2_615_229, "2.6"), (99_949_999, "99.9"), (99_950_000, "100"),
     (100_000_000, "100"), (984_615_384, "985"), (15_753_846_153, "15,754")],
)  # fmt: skip
def test_rates_have_the_digits_that_tell_them_apart(rate, words):
    assert say_rate(rate) == words


def test_questions_are_said_in_brief_for_a_drawing():
    asked = question(found(*SHIPPED), Step.ADAPTER)
    assert brief(asked) == "x1: 16.7 or 33.3, x2: 33.3, x4: not limiting"
    assert about(asked) == "adapter's PCIe link of CARD4, 3 times, each for 15 drives"
    network = question(found(*SHIPPED), Step.NETWORK)
    assert brief(network) == "1 x 1 Gb/s: 2.6, ..., 1 x 25 Gb/s: not limiting"


def test_shares_are_exact():
    bandwidth = found(*SHIPPED)
    assert bandwidth.stage(Step.ADAPTER).drives == Fraction(15)


def test_cards_that_are_alike_but_not_seated_alike_are_asked_for_apart():
    bandwidth = found(("PM5", 3), ("CARD4", 3), ("TWO-SLOTS", 1), ("D150", 15))
    asked = [q for q in (*bandwidth.questions, *bandwidth.settled) if q.step is Step.ADAPTER]
    assert sorted(q.links for q in asked) == [1, 2]
