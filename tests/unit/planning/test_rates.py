"""Line rates, against figures that others published."""

from decimal import Decimal

import pytest

from podplanner.planning.rates import (
    JUMBO_FRAME,
    PCIE_GENERATIONS,
    PCIE_LANES,
    ethernet_rate,
    pcie_rate,
    serial_rate,
)


@pytest.mark.parametrize(
    ("generation", "megabytes_a_lane"), [(1, 250), (2, 500), (3, 985), (4, 1969), (5, 3938)]
)
def test_one_lane_of_pci_express_carries_what_the_tables_print(generation, megabytes_a_lane):
    # 45Drives R&D notes, PCIe, 2014-06-27 (GitHub bkelly16/docs): 250, 500, 985, 1969 MB/s.
    assert round(pcie_rate(generation, 1) / 10**6) == megabytes_a_lane


@pytest.mark.parametrize(
    ("generation", "lanes", "expected"),
    [(2, 8, "4000"), (3, 4, "3938"), (3, 8, "7877")],
)
def test_links_that_others_computed(generation, lanes, expected):
    # 4000: 45Drives R&D notes, PCIe. 3.938 and 7.877 GB/s: JayBrown, DIYBUILD_BUDGET.md, 2023-07.
    assert f"{pcie_rate(generation, lanes) / 10**6:.0f}" == expected


@pytest.mark.parametrize("generation", PCIE_GENERATIONS)
def test_lanes_add_up_to_within_a_byte_a_lane(generation):
    one = pcie_rate(generation, 1)
    for lanes in PCIE_LANES:
        assert 0 <= pcie_rate(generation, lanes) - lanes * one < lanes


@pytest.mark.parametrize(
    ("gigabits", "expected"),
    [("1.5", 150), ("3", 300), ("6", 600), ("12", 1200), ("22.5", 2400)],
)
def test_a_serial_link_loses_its_encoding(gigabits, expected):
    # Not 768 MB/s for 6 Gb/s, as the 45Drives PCIe page has it: it leaves the encoding out and
    # takes 1,024 for 1,000.
    assert serial_rate(Decimal(gigabits)) == expected * 10**6


def test_a_gigabit_is_a_thousand_million_bits():
    # 1 MB/s is 0.008 Gb/s; 0.0078125 (8 / 1024) would give 3,072 Gb/s of 24 x 1 GB/s drives.
    assert serial_rate(Decimal(10)) == 10**9


def test_gigabit_ethernet_carries_what_iperf_measures():
    # 941 Mbit/s is what TCP with time stamps gets through 1 Gb/s (RFC 7323 headers, MTU 1500).
    assert round(ethernet_rate(Decimal(1)) * 8 / 10**6) == 941
    assert ethernet_rate(Decimal(1)) // 10**6 == 117
    assert round(ethernet_rate(Decimal(1), frame=JUMBO_FRAME) * 8 / 10**6) == 990


def test_two_ports_of_25_gigabits_want_eight_lanes_of_generation_3():
    # JayBrown, HomeLabSetups, DIYBUILD_BUDGET.md, 2023-07: 6.25 GB/s on the wire.
    wanted = 2 * ethernet_rate(Decimal(25))
    assert pcie_rate(3, 4) < wanted < 6_250_000_000 < pcie_rate(3, 8)


@pytest.mark.parametrize("wrong", ["0", "-1", "NaN", "Infinity"])
def test_a_rate_is_above_0(wrong):
    with pytest.raises(ValueError, match="above 0"):
        serial_rate(Decimal(wrong))
    with pytest.raises(ValueError, match="above 0"):
        ethernet_rate(Decimal(wrong))


@pytest.mark.parametrize(("generation", "lanes"), [(0, 1), (6, 1), (3, 0), (3, -4)])
def test_links_that_are_not_there_are_refused(generation, lanes):
    with pytest.raises(ValueError, match=r"generation|lane"):
        pcie_rate(generation, lanes)


def test_a_frame_has_room_for_its_headers():
    with pytest.raises(ValueError, match="no room"):
        ethernet_rate(Decimal(1), frame=52)
