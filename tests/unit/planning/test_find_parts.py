"""The pieces of `plan find`, one by one, against figures that a reader can follow by hand."""

from dataclasses import replace
from decimal import Decimal

import pytest

from podplanner.catalog.drive_layout import read_layout
from podplanner.catalog.library import library
from podplanner.planning.capacity import zfs
from podplanner.planning.durability import layout_losses
from podplanner.planning.find.answer import chosen
from podplanner.planning.find.body import RACK_WIDTH, every_body, rails_for
from podplanner.planning.find.cards import cards_of
from podplanner.planning.find.design import Design, Figures, Worth, hops, meets, misses, stream
from podplanner.planning.find.exact import load, mills, money, rating
from podplanner.planning.find.feed import DriveLoad, Feed
from podplanner.planning.find.host import memory_wanted
from podplanner.planning.find.layouts import (
    SECTORS_A_RECORD,
    WHOLE,
    Pace,
    cluster_layouts,
    draid_data,
    layouts_of,
    loss,
    shares,
)
from podplanner.planning.find.need import Demand, Need
from podplanner.planning.find.search import search
from podplanner.planning.find.stock import stock_of
from podplanner.planning.find.wiring import Frame, wirings_of
from podplanner.planning.rates import ethernet_rate, pcie_rate

PARTS = library()
STOCK = stock_of(PARTS)
DRIVE = Pace.of(PARTS["WUH722424ALE6L4"])


def frame(sku: str) -> Frame:
    found = Frame.of(PARTS[sku], STOCK)
    assert found is not None
    return found


# --- exact figures ---


def test_rounding_never_favours_a_design():
    assert mills(Decimal("0.00441")) == 45
    assert load(Decimal("9.4005")) == 9401
    assert rating(Decimal("9.4005")) == 9400
    assert money(249_500) == Decimal("24.95")
    assert money(45) == Decimal("0.0045")


# --- layouts ---


def test_every_layout_takes_all_drives_and_is_there_once():
    for drives in (1, 2, 12, 45):
        found = layouts_of(drives)
        assert len({layout.written for layout in found}) == len(found)
        assert all(layout.drives in (None, drives) for layout in found)
    words = {layout.written for layout in layouts_of(12)}
    assert {"raidz2:12x1", "raidz1:4x3", "mirror:2x6", "mdraid6:6x2", "draid2:8d:12c:1s"} <= words


def test_no_dropped_width_of_a_draid_stripe_stores_more():
    """A stripe of another width has the same rows as a smaller one, and pads them."""
    kept = draid_data()
    for data in range(1, 40):
        rows = -(-SECTORS_A_RECORD // data)
        better = max(
            (d for d in kept if -(-SECTORS_A_RECORD // d) == rows and d <= data), default=None
        )
        assert better is not None
        for parity in (1, 2, 3):
            ours = read_layout(f"draid{parity}:{better}d:60c:0s")
            its = read_layout(f"draid{parity}:{data}d:60c:0s")
            assert zfs.allocated_bytes(ours, 131072, 12) <= zfs.allocated_bytes(its, 131072, 12)


def test_losses_are_those_of_plan_durability():
    for drives, pods in ((12, 1), (24, 6), (60, 20)):
        for layout in (*layouts_of(drives), *cluster_layouts(pods)):
            hours = DRIVE.rebuild_h(layout, drives, pods)
            expected = layout_losses(
                layout, drives=drives, afr=DRIVE.afr, rebuild_h=hours, pods=pods
            ).parallel
            assert loss(layout, DRIVE, drives, pods) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("words", "read", "write"),
    [
        # 128 KiB are 32 sectors; 15 wide, 2 parity: 32 + 6 = 38, padded to 39; 32/39 of 512 is 420.
        ("raidz2:15x3", 420 / 512, 420 / 512),
        ("mirror:3x4", 1, 1 / 3),
        ("mdraid6:12x1", 10 / 12, 10 / 12),
        ("mdraid10:12x1", 1, 1 / 2),
        ("draid2:8d:12c:1s", 409 / 512 * 11 / 12, 409 / 512 * 11 / 12),
        ("ceph-ec:8+3", 8 / 11, 8 / 11),
        ("ceph-rep:3", 1, 1 / 3),
    ],
)
def test_the_share_of_data_in_what_the_drives_stream(words, read, write):
    found = shares(read_layout(words))
    assert [share / WHOLE for share in found] == pytest.approx([read, write])


def test_pods_that_serve_each_other_leave_less_of_their_network_to_clients():
    # 8+3: out go 1 to the client and 7/8 to other pods; in come 1 and 10/8.
    read, write = hops(read_layout("ceph-ec:8+3"))
    assert (read / WHOLE, write / WHOLE) == pytest.approx((8 / 15, 8 / 18))
    # A replica is read where it lies, and three copies are written.
    assert [hop / WHOLE for hop in hops(read_layout("ceph-rep:3"))] == pytest.approx([1, 1 / 3])
    assert hops(read_layout("raidz2:15x3")) == (WHOLE, WHOLE)
    assert stream(1000, WHOLE // 2, 300, WHOLE) == 300


# --- wiring and cards ---


def test_a_mix_of_adapters_has_none_to_spare():
    case = frame("4U-4424")  # six boards of one wide socket each
    for wiring in wirings_of(case, STOCK):
        assert sum(group.sockets for group in wiring.groups) == 6
    mixes = {
        tuple((g.adapter.sku, g.count) for g in wiring.groups if g.adapter)
        for wiring in wirings_of(case, STOCK)
    }
    assert (("9300-8i", 3),) in mixes
    assert (("9400-16i", 1), ("AOC-S3008L-L8e", 1)) in mixes
    assert (("9300-8i", 4),) not in mixes


def test_an_expander_hangs_on_sas_alone():
    for wiring in wirings_of(frame("CLASS-CASE-4U-60-EXP"), STOCK):
        assert wiring.sas


def test_rates_of_a_board_with_cards_in_their_slots():
    case, board = frame("4U-4424"), PARTS["X570D4U-2L2T"]
    wiring = next(
        w for w in wirings_of(case, STOCK)
        if [(g.adapter.sku, g.count) for g in w.groups if g.adapter] == [("9400-16i", 2)]
    )  # fmt: skip
    own = cards_of(board, case, wiring, None, 0)
    # Two ports of 10 Gb/s behind the chipset's link of four lanes of generation 4.
    assert own.net == min(2 * ethernet_rate(Decimal(10)), pcie_rate(4, 4))
    # Each card has eight lanes of generation 3; the first has four of the six boards behind it.
    assert sorted(own.limits) == [(pcie_rate(3, 8), 8), (pcie_rate(3, 8), 16)]
    assert own.a_drive(24) == min(pcie_rate(3, 8) // 16, own.link)
    # Two slots of the board, and both are taken.
    assert cards_of(board, case, wiring, PARTS["X710-DA2"], 1) is None


# --- supplies, memory, rails ---


def test_a_supply_carries_what_plan_check_lets_pass():
    # 850 W, 12 V 70 A to 110 %: 924 W at 12 V; 24 drives of 24 W each start with 300 W beside them.
    feed = Feed(PARTS["CLASS-PSU-PS2-850"], 1)
    drive = DriveLoad(start_12v=24_000, start_5v=4_000, active=9_000)
    assert feed.carries(178_000, 24, drive)  # 178 + 24 x 28 = 850 W
    assert not feed.carries(178_001, 24, drive)
    assert not feed.carries(0, 24, replace(drive, start_5v=5_730))  # 137.52 W of 25 A x 5 V x 1.1


def test_memory_grows_with_osds():
    assert memory_wanted(drives=60, osds=False) == 16 * 2**30
    assert memory_wanted(drives=60, osds=True) == (16 + 240) * 2**30


def test_a_tower_has_no_rails_and_included_ones_cost_nothing():
    tower = frame("CS383")
    assert tower.chassis.body_width < RACK_WIDTH
    assert rails_for(tower, STOCK) == (None,)
    (included,) = rails_for(frame("CLASS-CASE-4U-60-TOP"), STOCK)
    assert included.cost == 0


def test_every_body_of_a_small_stock_fits():
    few = replace(
        STOCK, chassis=(PARTS["RM21-308"],), boards=STOCK.boards[-1:], nics=(),
        adapters=(PARTS["9300-8i"],), memories=(PARTS["KSM26ED8/16MF"],),
        supplies=STOCK.supplies[-1:], rails=STOCK.rails[:1],
    )  # fmt: skip
    bodies = list(every_body(few))
    assert bodies
    assert all(body.fits for body in bodies)


# --- what is offered ---


def test_a_part_that_lacks_a_figure_is_not_offered_unless_it_enters_no_sum():
    whole = PARTS["WUH722424ALE6L4"]
    weightless = whole.model_copy(update={"weight": None})
    weightless.model_fields_set.discard("weight")
    priceless = PARTS["MG11ACA24TE"].model_copy(update={"price": None})
    priceless.model_fields_set.discard("price")
    parts = {**PARTS, whole.sku: weightless, priceless.sku: priceless}
    shy, bold = stock_of(parts), stock_of(parts, allow_unknown=True)
    assert weightless not in shy.drives
    assert {one.sku for one in shy.withheld} >= {whole.sku, priceless.sku}
    assert weightless in bold.drives
    assert priceless not in bold.drives


def test_prices_in_another_currency_are_not_offered():
    assert not stock_of(PARTS, currency="EUR").chassis


# --- needs ---

FIGURES = Figures(cost=100 * 10_000, capacity=10**13, read=10**9, read_alone=10**9, write=10**9,
                  loss=1e-7, nines=7, watts=100.0, rack_units=4, pods=1)  # fmt: skip


def test_each_demand_that_is_missed_is_named():
    need = Need(10**14, read=2 * 10**9, write=2 * 10**9, nines=9, budget=Decimal(99), rack_units=3,
                pods_max=0, watts_max=Decimal(99))  # fmt: skip
    assert [miss.demand for miss in misses(FIGURES, need)] == [
        demand for demand in Demand if demand is not Demand.LAYOUT
    ]
    assert meets(FIGURES, Need(10**13, read=10**9, nines=7, budget=Decimal(100)))


def test_more_than_twice_what_is_asked_counts_as_twice():
    worth = Worth.of(Need(10**13, read=10**9, nines=6))
    big = worth.vector(1, 5 * 10**13, 5 * 10**9, 20, 123.4)
    assert big == (1, -2 * 10**13, -2 * 10**9, -9, 130)


def test_the_cheapest_and_the_best_of_each_figure_are_shown():
    front = search(Need(50 * 10**12, read=10**9, nines=6), STOCK).front
    shown = chosen(front, 6)
    figures = [design.figures for design in shown]
    every = [design.figures for design in front]
    assert len(shown) == 6
    assert figures[0].cost == min(one.cost for one in every)
    assert max(one.read for one in figures) == max(one.read for one in every)
    assert max(one.nines for one in figures) == max(one.nines for one in every)
    assert min(one.watts for one in figures) == min(one.watts for one in every)
    assert [one.cost for one in figures] == sorted(one.cost for one in figures)
    assert isinstance(shown[0], Design)
