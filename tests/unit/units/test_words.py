"""Sizes and spans in words, and spans read back."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podplanner.units import words
from podplanner.units.words import SpanError, read_span, say_size, say_span


def test_the_examples_of_the_module_hold():
    tried = doctest.testmod(words)
    assert tried.attempted == 4
    assert tried.failed == 0


@given(st.integers(0, 999 * 10**18))
def test_a_size_has_at_most_three_digits_and_is_off_by_less_than_half_a_percent(size):
    said = say_size(size)
    number, unit = said.split()
    assert len(number.replace(".", "")) == 3 or unit == "B"
    factor = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12, "PB": 10**15,
              "EB": 10**18}[unit]  # fmt: skip
    assert abs(float(number) * factor - size) <= 0.005 * size


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("24h", 86_400), ("0", 0), ("0s", 0), ("7d", 604_800), ("30m", 1_800), ("30min", 1_800),
     ("1h30m", 5_400), (" 1 H ", 3_600), ("0.5h", 1_800), ("90s", 90)],
)  # fmt: skip
def test_a_span_is_read(written, seconds):
    assert read_span(written) == seconds


@pytest.mark.parametrize(
    ("written", "said"),
    [("24", "24h (hours) or 24d (days)"), ("-1h", "not negative"), ("", "no span"),
     ("1h1h", "twice"), ("1m2min", "twice"), ("1y", "no span"), ("inf", "no span"),
     ("99999999999d", "hundred years"), ("h", "no span")],
)  # fmt: skip
def test_words_that_are_no_span_are_refused(written, said):
    with pytest.raises(SpanError) as refused:
        read_span(written)
    assert said in str(refused.value)


def test_a_span_is_said_to_the_second_for_minutes_and_to_the_minute_for_hours():
    assert [say_span(s) for s in (0, 59.4, 59.6, 3_599, 3_600, 86_399, 86_400)] == [
        "0 s", "59 s", "1:00 min", "59:59 min", "1:00 h", "23:59 h", "1 d 0 h",
    ]  # fmt: skip
