"""Totals that were rounded for printing agree with their lines; others do not."""

from decimal import Decimal

import pytest

from podplanner.catalog.arithmetic import Agreement, agreement, printing_step, rounding_reach
from podplanner.catalog.bill import Line
from podplanner.planning.rounding import TotalStep, inferred_step


def fits(quantity, unit, total, **more):
    """Return how well a total fits, from numbers as they are printed."""
    return agreement(Decimal(quantity), Decimal(unit), Decimal(total), **more)


@pytest.mark.parametrize(
    ("quantity", "unit", "total", "expected"),
    [
        ("2", "269.00", "538.00", Agreement.EXACT),
        ("0", "5.00", "0.00", Agreement.EXACT),
        ("9", "0.00", "0.04", Agreement.ROUNDED),
        ("12", "0.18", "2.10", Agreement.ROUNDED),
        ("5", "7.66", "3.83", Agreement.DIFFERENT),
        ("1", "7.66", "7.67", Agreement.ROUNDED),
        ("1", "7.66", "7.68", Agreement.DIFFERENT),
        ("9", "0.00", "0.05", Agreement.ROUNDED),
        ("9", "0.00", "0.06", Agreement.DIFFERENT),
        ("6", "13.60", "82.00", Agreement.DIFFERENT),
        ("2.5", "1.00", "2.50", Agreement.EXACT),
        ("1", "-5.00", "-5.00", Agreement.EXACT),
    ],
)
def test_total_fits_as_far_as_half_a_printed_step_reaches(quantity, unit, total, expected):
    assert fits(quantity, unit, total) is expected


def test_step_of_the_totals_explains_what_their_digits_do_not():
    assert fits("6", "13.60", "82.00", total_step=Decimal(1)) is Agreement.ROUNDED
    assert fits("6", "13.60", "83.00", total_step=Decimal(1)) is Agreement.DIFFERENT


def test_discount_is_taken_off_before_the_total_is_compared():
    assert fits("2", "50.00", "90.00", factor=Decimal("0.9")) is Agreement.EXACT
    assert fits("2", "50.00", "100.00", factor=Decimal("0.9")) is Agreement.DIFFERENT


@pytest.mark.parametrize(
    ("value", "step"), [("269.00", "0.01"), ("12", "1"), ("0.004", "0.001"), ("1E+3", "1")]
)
def test_printing_step_is_that_of_the_last_digit(value, step):
    assert printing_step(Decimal(value)) == Decimal(step)


def test_rounding_reaches_half_a_step_a_piece_and_half_a_step_of_the_total():
    assert rounding_reach(Decimal(12), Decimal("0.01"), Decimal("0.01")) == Decimal("0.065")


def lines(*rows):
    """Return lines of (quantity, unit price, total)."""
    return [
        Line(id=f"line{n}", quantity=q, unit_price=u, total=t) for n, (q, u, t) in enumerate(rows)
    ]


WHOLE = [("6", "13.60", "82.00"), ("1", "49.99", "50.00"), ("2", "10.00", "20.00"),
         ("3", "3.33", "10.00")]  # fmt: skip


def test_totals_that_are_all_whole_dollars_show_their_step():
    assert inferred_step(lines(*WHOLE)) == TotalStep(Decimal(1), totals=4, explained=3)


def test_one_total_with_cents_shows_that_the_others_are_whole_by_chance():
    assert inferred_step(lines(*WHOLE, ("1", "0.99", "0.99"))) is None


def test_three_whole_totals_are_too_few_for_a_step():
    assert inferred_step(lines(*WHOLE[:3])) is None


def test_totals_that_need_no_step_have_none():
    assert inferred_step(lines(*[("2", "10.00", "20.00")] * 5)) is None


def test_a_wrong_total_is_not_explained_away_by_a_step():
    rows = [("2", "10.00", "20.00")] * 4
    assert inferred_step(lines(*rows, ("1", "10.00", "90.00"))) is None


def test_lines_with_a_discount_say_nothing_of_the_step():
    discounted = [
        line.model_copy(update={"discount_percent": Decimal(5)}) for line in lines(*WHOLE)
    ]
    assert inferred_step(discounted) is None


def test_totals_rounded_to_five_cents_show_that_step():
    rows = [
        ("3", "1.11", "3.35"),
        ("1", "2.05", "2.05"),
        ("7", "0.11", "0.75"),
        ("1", "9.98", "10.00"),
    ]
    assert inferred_step(lines(*rows)).step == Decimal("0.05")
