"""Boards, processors, memory, coolers, network cards and fans that a new pod can be offered."""

from collections import defaultdict
from decimal import Decimal

import pytest
import tomli

from podplanner.catalog.completeness import NEEDED, missing_figures
from podplanner.catalog.parts import PART
from podplanner.resources import data_dir

KINDS = ("board", "cpu", "memory", "nic", "cooler", "fan")
GIB = 2**30
PRICE = {"price", "price_currency", "price_date", "price_source"}


def read_part(path):
    return PART.validate_python(tomli.loads(path.read_text(encoding="utf-8"), parse_float=Decimal))


PARTS = [
    read_part(path)
    for kind in KINDS
    for path in sorted((data_dir("bom") / "parts" / kind).glob("*.toml"))
]
OFFERED = defaultdict(dict)
for _part in PARTS:
    if _part.current and not missing_figures(_part):
        OFFERED[_part.kind][_part.sku] = _part
BOARDS, CPUS, MEMORY, NICS, COOLERS, FANS = (OFFERED[kind] for kind in KINDS)


def fits(board, cpu, memory):
    """Whether the three take each other: socket, generation, buffering, ECC and capacity."""
    return (
        cpu.socket == board.socket
        and memory.memory_type in cpu.memory_type.split("/")
        and memory.memory_type in board.memory_type.split("/")
        and memory.buffering in cpu.memory_buffering
        and memory.buffering in board.memory_buffering
        and not (memory.ecc and not (cpu.ecc and board.ecc))
        and memory.capacity <= min(board.memory_max, cpu.memory_max)
    )


def cools(cooler, cpu):
    return cpu.socket in cooler.sockets and cpu.tdp <= cooler.tdp_max


def sets_of(board):
    return [
        (cpu.sku, memory.sku)
        for cpu in CPUS.values()
        for memory in MEMORY.values()
        if fits(board, cpu, memory)
        and (cpu.cooler_included or any(cools(cooler, cpu) for cooler in COOLERS.values()))
    ]


def test_there_are_enough_of_each():
    assert len(BOARDS) >= 7
    assert len(CPUS) >= 9
    assert len(NICS) >= 8
    assert sum(not board.class_part for board in BOARDS.values()) >= 7
    assert not any(part.class_part for part in (*CPUS.values(), *NICS.values()))


@pytest.mark.parametrize("part", [part for part in PARTS if part.current], ids=lambda p: p.sku)
def test_a_current_part_lacks_no_figure(part):
    assert missing_figures(part) == ()


def test_boards_come_in_the_forms_that_cases_take():
    forms = {board.form_factor for board in BOARDS.values()}
    assert forms == {"mini-ITX", "MicroATX", "ATX", "EATX"}


@pytest.mark.parametrize("board", BOARDS.values(), ids=lambda board: board.sku)
def test_each_board_has_a_processor_memory_and_cooler(board):
    assert sets_of(board)


def test_there_are_sets_of_seven_sockets_and_more():
    assert {board.socket for board in BOARDS.values() if sets_of(board)} >= {
        "LGA1200", "LGA1700", "AM4", "AM5", "SP3", "SP5", "SP6", "LGA4189", "LGA4677",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("board", "cpu", "memory"),
    [
        ("X570D4U-2L2T", "Ryzen 5 5600", "KSM26ED8/16MF"),
        ("X570D4U-2L2T", "Ryzen 7 5700X", "CLASS-DDR4-ECC-UDIMM-32GB"),
        ("E3C256D4ID-2T", "E-2314", "KSM26ED8/16MF"),
        ("Pro WS W680-ACE", "i9-13900T", "MTC20C2085S1EC48BA1R"),
        ("B650D4U-2L2T/BCM", "Ryzen 9 9900X", "KSM56E46BD8KM-48HM"),
        ("ROMED8-2T", "EPYC 7303P", "KSM26RD4/32HDI"),
        ("MZ32-AR0", "EPYC 7203", "CLASS-DDR4-ECC-RDIMM-64GB"),
        ("SIENAD8-2L2T", "EPYC 8124P", "CLASS-DDR5-ECC-RDIMM-16GB"),
        ("MBD-H13SSL-N", "EPYC 9015", "MTC40F2046S1RC48BA1"),
    ],
)
def test_known_sets_fit(board, cpu, memory):
    assert (cpu, memory) in sets_of(BOARDS[board])


@pytest.mark.parametrize(
    ("board", "cpu", "memory"),
    [
        ("X570D4U-2L2T", "Ryzen 5 7600", "KSM26ED8/16MF"),  # the next socket
        ("X570D4U-2L2T", "Ryzen 5 5600", "KSM26RD4/32HDI"),  # registered modules
        ("X570D4U-2L2T", "Ryzen 5 5600", "MTC20C2085S1EC48BA1R"),  # the next generation
        ("ROMED8-2T", "EPYC 7303P", "KSM26ED8/16MF"),  # unbuffered modules
        ("ROMED8-2T", "EPYC 9015", "KSM26RD4/32HDI"),  # the socket two on
        ("SIENAD8-2L2T", "EPYC 9015", "MTC40F2046S1RC48BA1"),  # its big sister's socket
        ("MBD-H13SSL-N", "EPYC 9015", "KSM56E46BD8KM-48HM"),  # unbuffered modules
    ],
)
def test_sets_that_do_not_fit_are_told_apart(board, cpu, memory):
    assert not fits(BOARDS[board], CPUS[cpu], MEMORY[memory])


def test_each_processor_has_a_board_and_a_cooler():
    sockets = {board.socket for board in BOARDS.values()}
    for cpu in CPUS.values():
        assert cpu.socket in sockets, cpu.sku
        assert cpu.cooler_included or any(cools(c, cpu) for c in COOLERS.values()), cpu.sku


def test_a_hot_processor_has_no_weak_cooler():
    assert not cools(COOLERS["NH-U9S"], CPUS["Ryzen 9 9900X"])
    assert cools(COOLERS["NH-U12S redux"], CPUS["Ryzen 9 9900X"])


def test_each_socket_without_an_own_cooler_has_a_low_one():
    """Two units leave some 65 mm above the board."""
    low = {socket for c in COOLERS.values() if c.height <= 65 for socket in c.sockets}
    assert low >= {cpu.socket for cpu in CPUS.values() if not cpu.cooler_included}


@pytest.mark.parametrize("board", BOARDS.values(), ids=lambda board: board.sku)
def test_slots_take_no_more_lanes_than_the_processor_has(board):
    lanes = sum(slot.count * slot.lanes for slot in board.slots if slot.behind == "cpu")
    assert all(slot.lanes <= slot.size and slot.behind for slot in board.slots)
    for cpu in CPUS.values():
        if cpu.socket == board.socket:
            assert 8 <= lanes <= cpu.pcie_lanes, cpu.sku


@pytest.mark.parametrize("board", BOARDS.values(), ids=lambda board: board.sku)
def test_slots_behind_a_chipset_say_how_it_is_linked(board):
    if any(slot.behind == "chipset" for slot in board.slots):
        assert board.chipset_lanes
        assert board.chipset_generation


def test_large_boards_have_many_long_slots():
    def long_slots(board):
        return sum(s.count for s in board.slots if s.lanes == 16 and s.behind == "cpu")

    assert long_slots(BOARDS["ROMED8-2T"]) == 6
    assert sum(long_slots(board) >= 3 for board in BOARDS.values()) >= 4


@pytest.mark.parametrize("generation", ["DDR4", "DDR5"])
@pytest.mark.parametrize("buffering", ["UDIMM", "RDIMM"])
def test_memory_with_ecc_comes_in_sizes(generation, buffering):
    sizes = {
        module.capacity
        for module in MEMORY.values()
        if module.ecc and (module.memory_type, module.buffering) == (generation, buffering)
    }
    assert sizes >= {16 * GIB, 32 * GIB}
    assert buffering == "UDIMM" or 64 * GIB in sizes


@pytest.mark.parametrize("module", MEMORY.values(), ids=lambda module: module.sku)
def test_larger_modules_cost_and_draw_more(module):
    for other in MEMORY.values():
        same = (other.memory_type, other.buffering) == (module.memory_type, module.buffering)
        if same and other.capacity > module.capacity:
            assert other.price > module.price, other.sku
            assert other.power > module.power, other.sku


def test_network_cards_come_in_speeds_and_plugs():
    rates = {nic.gigabits for nic in NICS.values()}
    assert rates >= {1, 10, 25, 40, 50, 100}
    assert {nic.connector for nic in NICS.values()} >= {"RJ45", "SFP+"}
    assert sum(nic.ports >= 2 for nic in NICS.values()) >= 6


PER_LANE = {2: Decimal("0.5"), 3: Decimal(8) * 128 / 130 / 8, 4: Decimal(16) * 128 / 130 / 8}


@pytest.mark.parametrize("nic", NICS.values(), ids=lambda nic: nic.sku)
def test_one_port_of_a_network_card_is_within_its_slot(nic):
    """GB/s. Two ports of 100 Gb/s share one slot, and say so by exceeding it."""
    assert Decimal(nic.gigabits) / 8 <= nic.pcie_lanes * PER_LANE[nic.pcie_generation]


def test_fans_come_in_the_sizes_that_cases_take():
    assert {fan.size for fan in FANS.values()} >= {80, 92, 120, 140}
    assert all(0 < fan.power < 60 for fan in FANS.values())


@pytest.mark.parametrize(
    "part", [part for part in PARTS if part.class_part], ids=lambda part: part.sku
)
def test_a_class_part_is_marked_as_ours(part):
    """Each figure that a rule reads is an assumption, and nothing in a list can match it."""
    assert part.sku.startswith("CLASS-")
    assert part.maker is None
    assert not part.aliases
    assert not part.phrases
    assert not part.sources
    assert {*NEEDED[part.kind]} - PRICE <= part.assumptions.keys()
    assert part.price_source == "assumption"
    assert "price" in part.assumptions


@pytest.mark.parametrize(
    "part", [part for part in PARTS if part.assumptions], ids=lambda part: part.sku
)
def test_an_assumption_has_its_day_and_its_reason(part):
    assert part.assumed_on
    assert all(reason.strip() for reason in part.assumptions.values())
    assert (part.price_source == "assumption") == ("price" in part.assumptions)
