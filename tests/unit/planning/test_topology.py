"""The wiring of a pod: what the list says, what its case says, and what is assumed."""

from dataclasses import replace

import pytest
from support.made_up import made, made_of

from podplanner.planning.topology import Basis, Gap, topology_of

PARTS = {
    part.sku: part
    for part in (
        made("backplane", "PM5", ports=5, host_ports=1, fanout="multiplier"),
        made("backplane", "EXP24", ports=24, host_ports=8, host_connectors=2, fanout="expander"),
        made("backplane", "DIRECT12", ports=12, host_ports=12, host_connectors=3, fanout="direct"),
        made("backplane", "DARK"),
        made("adapter", "CARD4", ports=4),
        made("adapter", "HBA16", ports=16, connectors=4),
        made("supply", "PSU"),
        made("supply", "MODULE", redundant=True),
        made("drive", "DISK", capacity="4 TB"),
        made("drive", "M2", form_factor="M.2", interface="NVMe"),
        made("drive", "SSD", form_factor="2.5in", interface="SATA"),
        made("board", "BOARD", sata_ports=6),
        made("chassis", "CASE9", data_bays=45, backplanes=9, default_wiring=[
            {"supply": 1, "backplanes": [1, 2, 3, 4, 7]},
            {"supply": 2, "backplanes": [5, 6, 8, 9]},
        ], shared_supplies=False),
        made("chassis", "CASE8", data_bays=8),
    )
}  # fmt: skip


def pod(*parts, links=()):
    return made_of(PARTS, parts, links=links)


def bays_of(topology, kind, number):
    (found,) = [c for c in topology.components() if (c.kind, c.number) == (kind, number)]
    return found.bays


def test_the_shipped_pod_has_25_and_20_drives_on_its_supplies_by_the_default_of_its_case():
    topology = topology_of(pod(("CASE9", 1), ("PM5", 9), ("CARD4", 3), ("PSU", 2), ("DISK", 45)))
    assert topology.power_basis is Basis.DEFAULT
    assert topology.shared_supplies is False
    assert len(bays_of(topology, "supply", 1)) == 25
    assert len(bays_of(topology, "supply", 2)) == 20
    assert bays_of(topology, "backplane", 7) == frozenset(range(31, 36))
    assert len(topology.filled) == 45


def test_links_of_the_list_come_before_the_default():
    links = [{"to": f"pm5.{n}", "power": "psu.1" if n < 9 else "psu.2"} for n in range(1, 10)]
    topology = topology_of(
        pod(("CASE9", 1), ("PM5", 9), ("CARD4", 3), ("PSU", 2), links=links)
    )  # fmt: skip
    assert topology.power_basis is Basis.STATED
    assert len(bays_of(topology, "supply", 2)) == 5


def test_without_links_or_default_backplanes_are_spread_evenly_and_that_is_said():
    topology = topology_of(pod(("PM5", 9), ("CARD4", 3), ("PSU", 2)))
    assert (topology.data_basis, topology.power_basis) == (Basis.ASSUMED, Basis.ASSUMED)
    assert [len(bays_of(topology, "adapter", n)) for n in (1, 2, 3)] == [15, 15, 15]
    assert [len(bays_of(topology, "supply", n)) for n in (1, 2)] == [25, 20]
    assert len([note for note in topology.notes if "evenly" in note]) == 2


def test_data_links_of_the_list_decide_which_card_a_backplane_hangs_on():
    links = [{"from": "card4.2:3", "to": "pm5.1"}, {"from": "card4.1", "to": "pm5.2"}]
    topology = topology_of(pod(("PM5", 2), ("CARD4", 2), ("PSU", 1), links=links))
    assert topology.data_basis is Basis.STATED
    assert topology.bays[0].paths[0].adapter == 2
    assert topology.bays[0].paths[0].connector == 3
    assert topology.bays[5].paths[0].adapter == 1


def test_a_backplane_that_no_link_names_leaves_the_way_of_data_unknown():
    links = [{"from": "card4.1:1", "to": "pm5.1"}]
    topology = topology_of(pod(("PM5", 2), ("CARD4", 2), ("PSU", 1), links=links))
    assert topology.data_basis is Basis.UNKNOWN
    assert bays_of(topology, "adapter", 1) is None


def test_an_expander_is_reached_by_either_cable():
    topology = topology_of(pod(("EXP24", 1), ("HBA16", 1), ("PSU", 1)))
    assert len(topology.bays[0].paths) == 2
    assert bays_of(topology, "cable", 1) == frozenset()
    assert len(bays_of(topology, "adapter", 1)) == 24


def test_a_direct_backplane_has_its_own_cable_for_every_four_drives():
    topology = topology_of(pod(("DIRECT12", 1), ("HBA16", 1), ("PSU", 1)))
    assert bays_of(topology, "cable", 2) == frozenset({5, 6, 7, 8})


def test_an_uplink_of_four_lanes_takes_a_whole_socket():
    topology = topology_of(pod(("EXP24", 2), ("HBA16", 1), ("PSU", 1)))
    ends = [[(path.adapter, path.connector) for path in topology.bays[n].paths] for n in (0, 24)]
    assert ends == [[(1, 1), (1, 2)], [(1, 3), (1, 4)]]


def test_too_few_ports_leave_the_way_of_data_unknown():
    topology = topology_of(pod(("PM5", 9), ("CARD4", 2), ("PSU", 1)))
    assert topology.data_basis is Basis.UNKNOWN
    assert all(not bay.paths for bay in topology.bays)


def test_the_boards_own_ports_take_what_the_adapters_leave():
    topology = topology_of(pod(("PM5", 6), ("CARD4", 1), ("BOARD", 1), ("PSU", 1)))
    assert len(bays_of(topology, "adapter", 0)) == 10


def test_the_boards_sata_ports_do_not_speak_to_an_expander():
    topology = topology_of(pod(("EXP24", 3), ("HBA16", 1), ("BOARD", 1), ("PSU", 1)))
    assert topology.data_basis is Basis.UNKNOWN
    direct = topology_of(pod(("DIRECT12", 1), ("CARD4", 2), ("BOARD", 1), ("PSU", 1)))
    assert len(bays_of(direct, "adapter", 0)) == 4


def test_drives_without_a_backplane_are_cabled_one_by_one():
    topology = topology_of(pod(("CASE8", 1), ("HBA16", 1), ("BOARD", 1), ("PSU", 1), ("DISK", 6)))
    assert len(topology.bays) == 8
    assert len(topology.filled) == 6
    assert {bay.backplane for bay in topology.bays} == {None}
    assert bays_of(topology, "supply", 1) == frozenset(range(1, 9))
    # A mini-SAS socket of the card fans out to four drives, which share that cable.
    assert bays_of(topology, "cable", 2) == frozenset({5, 6, 7, 8})
    assert bays_of(topology, "adapter", 1) == frozenset(range(1, 9))


def test_supplies_on_one_bus_can_lose_one_without_losing_a_bay():
    topology = topology_of(pod(("PM5", 2), ("CARD4", 1), ("MODULE", 2)))
    assert topology.shared_supplies is True
    assert bays_of(topology, "supply", 1) == frozenset()


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ([("DARK", 9)], "how many drives"),
        ([("PSU", 2)], "number of bays"),
        ([("PM5", 400)], "no single pod"),
    ],
)
def test_what_is_missing_is_said(parts, reason):
    gap = topology_of(pod(*parts))
    assert isinstance(gap, Gap)
    assert reason in gap.reason


def test_an_unstated_number_of_backplanes_is_a_gap():
    started = pod(("PM5", 1))
    item = replace(
        started.items[0], line=started.items[0].line.model_copy(update={"quantity": None})
    )
    assert isinstance(topology_of(replace(started, items=(item,))), Gap)


@pytest.mark.parametrize(
    ("boot", "quantity", "basis"),
    [("M2", 2, Basis.STATED), ("SSD", 2, Basis.UNKNOWN), ("SSD", None, Basis.UNKNOWN)],
)
def test_a_boot_drive_takes_a_sata_port_of_the_board_unless_it_is_a_module(boot, quantity, basis):
    line = {"id": "boot", "part": boot, "title": "Boot drive", "quantity": quantity}
    what = made_of(PARTS, (("BOARD", 1), ("DISK", 6)), extra=[line])
    found = topology_of(what)
    assert not isinstance(found, Gap)
    assert len(found.filled) == 6
    assert found.data_basis is basis
