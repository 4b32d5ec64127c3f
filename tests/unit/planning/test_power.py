"""What supplies carry: figures that a reader can follow by hand, and what is never said."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.made_up import made, made_of

from podplanner.planning.budgets import Quantity
from podplanner.planning.estimate import Estimate, total
from podplanner.planning.power import power_of
from podplanner.planning.power_limits import SURGE, Standing, band, standing_of
from podplanner.planning.spin_up import (
    AT_ONCE,
    BY_BACKPLANE,
    SpinUp,
    SpinUpError,
    read_spin_up,
)
from podplanner.planning.topology import Basis, Gap

START_12V, START_5V = Quantity.START_12V, Quantity.START_5V
START_WATTS, WORK_WATTS = Quantity.START_WATTS, Quantity.WORK_WATTS


ES3 = {"start_12v": "2.16 A", "start_5v": "0.63 A", "idle_power": "8.12 W",
       "active_power": "11.86 W"}  # fmt: skip
# Seagate Constellation ES.3 SAS, 4 TB, product manual: peak DC at start; 0.51 A x 12 + 0.40 A x 5.
MEASURED = {"start_12v": "1.46 A", "start_5v": "0.42 A", "idle_power": "3.56 W",
            "active_power": "3.56 W"}  # fmt: skip
# 45Drives R&D notes, 2014-07: one drive of a pod, at start and steady.
BANDED = {"overload_from": "1.1", "overload_to": "1.6"}

PARTS = {
    part.sku: part
    for part in (
        made("drive", "ES3", **ES3),
        made("drive", "MEASURED", **MEASURED),
        made("drive", "DARK"),
        made("drive", "SSD", start_12v="0 A", start_5v="1.2 A", idle_power="2 W",
             active_power="6 W"),
        made("backplane", "PM5", ports=5, host_ports=1, power="0 W"),
        made("backplane", "PM5-DARK", ports=5, host_ports=1),
        made("adapter", "CARD", ports=64, power="11 W"),
        made("supply", "PSU760", power="760 W"),
        made("supply", "Z850", power="850 W", rail_12v="60 A", rail_5v="45 A", efficiency="0.71",
             **BANDED),
        made("supply", "Z950", power="950 W", rail_12v="60 A", rail_5v="56 A", efficiency="0.68",
             **BANDED),
        made("supply", "OPEN", power="950 W", rail_12v="60 A", rail_5v="56 A"),
        made("supply", "MODULE", power="800 W", rail_12v="66 A", rail_5v="30 A", redundant=True,
             efficiency="0.9", **BANDED),
        made("chassis", "CASE9", data_bays=45, backplanes=9, default_wiring=[
            {"supply": 1, "backplanes": [1, 2, 3, 4, 7]},
            {"supply": 2, "backplanes": [5, 6, 8, 9]},
        ]),
        made("chassis", "CASE-BARE", data_bays=60),
        made("board", "BOARD", power="50 W"),
        made("board", "BOARD-DARK"),
        made("cpu", "CPU", tdp="65 W"),
        made("fan", "FAN", power="7.8 W"),
    )
}  # fmt: skip


def pod(*parts, links=()):
    return made_of(PARTS, parts, links=links)


def powered(*parts, spin_up=AT_ONCE, links=()):
    found = power_of(pod(*parts, links=links), spin_up)
    assert not isinstance(found, Gap), found
    return found


SHIPPED = (("CASE9", 1), ("PM5", 9), ("CARD", 1), ("PSU760", 2))


def test_25_and_20_drives_take_727_and_581_watts_and_54_amperes_on_the_shipped_pod():
    one, two = powered(*SHIPPED, ("ES3", 45)).budgets
    assert [(len(b.bays), b.backplanes) for b in (one, two)] == [
        (25, (1, 2, 3, 4, 7)), (20, (5, 6, 8, 9)),
    ]  # fmt: skip
    assert one.check(START_12V).drives.value == Decimal("54.00")
    assert one.check(START_5V).drives.value == Decimal("15.75")
    assert one.check(START_WATTS).drives.value == Decimal("726.75")
    assert two.check(START_WATTS).drives.value == Decimal("581.40")


def test_a_rail_that_nobody_states_is_unknown_and_no_pass():
    one, _ = powered(*SHIPPED, ("ES3", 45)).budgets
    assert one.check(START_12V).rating is None
    assert one.check(START_12V).standing is Standing.UNKNOWN


def test_staggered_by_backplane_five_drives_start_while_the_others_turn():
    # 5 x 2.16 A, and at most 8.12 W / 12 V for each of the 40 others.
    budget = powered(
        ("PM5", 9), ("CARD", 1), ("Z950", 1), ("ES3", 45), spin_up=BY_BACKPLANE
    ).budgets[0]  # fmt: skip
    amps = budget.check(START_12V).drives.value
    assert amps.quantize(Decimal("0.01")) == Decimal("37.87")
    assert amps >= 5 * Decimal("2.16") + 40 * Decimal("0.51")


@pytest.mark.parametrize(
    ("supply", "drives", "standing"),
    [
        # 50 x 1.46 A = 73 A, 122 % of 60 A; 60 x 1.46 A = 87.6 A, 146 %: in the band of 110-160 %.
        ("Z850", 50, Standing.WARNING),
        ("Z950", 60, Standing.WARNING),
        ("Z850", 45, Standing.OK),
        ("Z850", 66, Standing.ERROR),
    ],
)
def test_12_volts_are_judged_by_the_over_current_band_and_not_by_the_rating(
    supply, drives, standing
):
    found = powered(("CASE-BARE", 1), ("CARD", 0), (supply, 1), ("MEASURED", drives))
    if drives > 60:
        found = powered(("PM5", 14), ("CARD", 0), (supply, 1), ("MEASURED", drives))
    assert found.budgets[0].check(START_12V).standing is standing


def test_watts_at_start_are_judged_apart_by_what_was_measured():
    # 60 x (1.46 x 12 + 0.42 x 5) = 1,177.2 W: 138 % of 850 W failed, 124 % of 950 W did not.
    small = powered(("CASE-BARE", 1), ("CARD", 0), ("Z850", 1), ("MEASURED", 60)).budgets[0]
    large = powered(("CASE-BARE", 1), ("CARD", 0), ("Z950", 1), ("MEASURED", 60)).budgets[0]
    assert small.check(START_WATTS).drives.value == Decimal("1177.20")
    assert small.check(START_WATTS).standing is Standing.ERROR
    assert large.check(START_WATTS).standing is Standing.WARNING


def test_an_unstated_band_is_unknown_between_the_rating_and_the_widest_band():
    open_band = band(None, None)
    for amps, standing in ((60, "ok"), (61, "unknown"), (96, "unknown"), (97, "error")):
        assert standing_of(Estimate(Decimal(amps)), Decimal(60), open_band) == standing


def test_what_is_known_may_already_be_too_much():
    load = Estimate(Decimal(100), ("power of a fan",))
    assert standing_of(load, Decimal(60), band(Decimal("1.1"), Decimal("1.6"))) is Standing.ERROR
    assert standing_of(load, Decimal(90), SURGE) is Standing.WARNING
    assert standing_of(load, Decimal(200), SURGE) is Standing.UNKNOWN


def test_a_figure_that_is_missing_is_named_and_not_zero():
    budget = powered(("PM5", 1), ("CARD", 1), ("Z950", 1), ("DARK", 5)).budgets[0]
    check = budget.check(START_12V)
    assert check.whole.value is None
    assert "12 V start current of DARK" in check.whole.missing
    assert check.standing is Standing.UNKNOWN
    dark = powered(("PM5-DARK", 1), ("CARD", 1), ("Z950", 1), ("ES3", 5))
    assert "power of PM5-DARK" in dark.wall.idle.missing


def test_the_rest_of_the_pod_is_counted_on_each_of_two_supplies_and_makes_no_more_than_a_warning():
    # 25 x 29.07 W = 726.75 W and 400 W of fans: 148 % of 760 W if all hang there.
    found = powered(*SHIPPED, ("ES3", 45), ("FAN", 52))
    one = found.budgets[0].check(START_WATTS)
    assert one.whole.value == Decimal("726.75") + 52 * Decimal("7.8") + 11
    assert one.standing is Standing.WARNING
    alone = powered(("PM5", 5), ("CARD", 1), ("PSU760", 1), ("ES3", 25), ("FAN", 52)).budgets[0]
    assert alone.check(START_WATTS).standing is Standing.ERROR
    assert any("counted on each" in note for note in found.notes)


def test_a_link_says_on_which_supply_the_board_hangs_with_all_that_it_feeds():
    links = [{"to": "board", "power": "psu760.2"}, {"to": "fan.1", "power": "psu760.1"}]
    one, two = powered(
        *SHIPPED, ("ES3", 45), ("BOARD", 1), ("CPU", 1), ("FAN", 3), links=links
    ).budgets  # fmt: skip
    assert one.floating == two.floating == Estimate()
    assert one.rest.value == Decimal("7.8")
    assert two.rest.value == 50 + 65 + 11 + 2 * Decimal("7.8")


def test_without_any_wiring_the_larger_half_is_counted_and_that_is_said():
    found = powered(("PM5", 9), ("CARD", 1), ("PSU760", 2), ("ES3", 45))
    assert found.basis is Basis.ASSUMED
    assert [len(budget.bays) for budget in found.budgets] == [25, 20]
    assert any("evenly" in note for note in found.notes)


def test_drives_without_a_backplane_are_split_over_the_supplies_too():
    found = powered(("CASE-BARE", 1), ("CARD", 1), ("PSU760", 2), ("ES3", 7))
    assert [len(budget.bays) for budget in found.budgets] == [4, 3]
    assert found.basis is Basis.ASSUMED


def test_links_for_some_backplanes_alone_leave_every_supply_unknown():
    links = [{"to": "pm5.1", "power": "psu760.1"}]
    found = powered(("PM5", 2), ("CARD", 1), ("PSU760", 2), ("ES3", 10), links=links)
    assert found.basis is Basis.UNKNOWN
    assert found.standing is Standing.UNKNOWN


def test_supplies_on_one_bus_are_one_budget_and_another_without_one():
    both, less = powered(("PM5", 5), ("CARD", 1), ("MODULE", 2), ("ES3", 25)).budgets
    assert both.check(START_12V).rating == 132
    assert (less.less_one, less.check(START_12V).rating) == (True, 66)
    # 54 A and the card's 11 W / 12 V: 83 % of one module's 66 A.
    assert less.check(START_12V).standing is Standing.OK
    _, short = powered(("PM5", 13), ("CARD", 1), ("MODULE", 2), ("ES3", 65)).budgets
    assert short.check(START_12V).standing is Standing.ERROR


def test_the_wall_gives_what_the_supplies_give_over_their_efficiency():
    wall = powered(("PM5", 1), ("CARD", 1), ("Z850", 1), ("ES3", 5), ("CPU", 1)).wall
    assert wall.idle.value == (5 * Decimal("8.12") + 65 + 11) / Decimal("0.71")
    dark = powered(("PM5", 1), ("CARD", 1), ("PSU760", 1), ("ES3", 5)).wall
    assert dark.idle.value is None
    assert dark.idle.known == 5 * Decimal("8.12") + 11
    assert dark.idle.missing == ("efficiency of PSU760",)


def test_drives_beyond_the_bays_are_said_not_to_count():
    found = powered(("PM5", 1), ("CARD", 1), ("PSU760", 1), ("ES3", 7))
    assert found.drives == 5
    assert any(note.startswith("2 data drives") for note in found.notes)


def test_every_figure_of_a_drive_has_its_source():
    figures = powered(("PM5", 1), ("CARD", 1), ("PSU760", 1), ("ES3", 5)).figures
    assert [(f.name, f.value) for f in figures][:2] == [
        ("start_12v", Decimal("2.16")), ("start_5v", Decimal("0.63")),
    ]  # fmt: skip
    assert {f.source for f in figures} == {"made up for this test"}


@pytest.mark.parametrize(
    "parts", [(("PM5", 1), ("ES3", 5)), (("PSU760", 1),), (("PM5", 400), ("PSU760", 1))]
)
def test_a_pod_without_supplies_or_bays_is_a_gap(parts):
    assert isinstance(power_of(pod(*parts)), Gap)


@pytest.mark.parametrize("words", ["", "0", "-1", "1.5", "nan", "1001", "backplanes", "9" * 12])
def test_words_that_say_no_start_are_refused(words):
    with pytest.raises(SpinUpError):
        read_spin_up(words)


def test_words_that_say_one_are_read_and_written_back():
    for words in ("at-once", "backplane", "15"):
        assert str(read_spin_up(words)) == words
    assert read_spin_up(" At-Once ") is AT_ONCE


def test_a_sum_lacks_each_fact_once():
    found = total([Estimate.of(None, "a"), Estimate(Decimal(2)), Estimate.of(None, "a")])
    assert found == Estimate(Decimal(2), ("a",))
    assert Estimate.of(None, "a").times(0) == Estimate()


# --- laws ---

SPIN_UPS = st.sampled_from([AT_ONCE, BY_BACKPLANE, SpinUp(drives=1), SpinUp(drives=7)])
SUPPLIES = st.sampled_from(["PSU760", "Z850", "OPEN", "MODULE"])
ORDER = list(Standing)


@settings(max_examples=150, deadline=None)
@given(
    supply=SUPPLIES, number=st.integers(1, 3), planes=st.integers(1, 12), drives=st.integers(0, 59),
    sku=st.sampled_from(["ES3", "MEASURED", "DARK", "SSD"]), fans=st.integers(0, 20),
    spin_up=SPIN_UPS,
)  # fmt: skip
def test_one_drive_or_fan_more_never_makes_a_supply_stand_better(
    supply, number, planes, drives, sku, fans, spin_up
):
    base = (("PM5", planes), ("CARD", 1), (supply, number))
    before = powered(*base, (sku, drives), ("FAN", fans), spin_up=spin_up)
    for more in (((sku, drives + 1), ("FAN", fans)), ((sku, drives), ("FAN", fans + 1))):
        after = powered(*base, *more, spin_up=spin_up)
        for one, other in zip(before.budgets, after.budgets, strict=True):
            for mine, its in zip(one.checks, other.checks, strict=True):
                assert ORDER.index(its.standing) >= ORDER.index(mine.standing)
                assert its.whole.known >= mine.whole.known


@settings(max_examples=100, deadline=None)
@given(
    es3=st.integers(0, 20), ssd=st.integers(0, 20), group=st.integers(1, 40),
)  # fmt: skip
def test_staggering_never_draws_more_than_all_at_once_and_never_less_than_all_turning(
    es3, ssd, group
):
    parts = (("PM5", 8), ("CARD", 1), ("Z950", 1), ("ES3", es3), ("SSD", ssd))
    at_once = powered(*parts).budgets[0].check(START_12V).drives.known
    for spin_up in (BY_BACKPLANE, SpinUp(drives=group)):
        budget = powered(*parts, spin_up=spin_up).budgets[0]
        assert budget.check(START_12V).drives.known <= at_once
    every = powered(*parts, spin_up=SpinUp(drives=40)).budgets[0]
    assert abs(every.check(START_12V).drives.known - at_once) < Decimal("1e-20")
