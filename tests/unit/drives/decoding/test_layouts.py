"""What is packed into a raw value comes out as the count that the maker put in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.drives.made_ata_rows import errors_and_operations, temperature_range, words

from podplanner.drives.decoding.layouts import count_in

WORD = st.integers(0, 0xFFFF)


@given(WORD, st.integers(0, 2**32 - 2))
def test_errors_come_out_whatever_the_number_of_operations(errors, operations):
    assert count_in(errors_and_operations(errors, operations), "errors") == errors


@given(st.integers(0, 0x7FFF), st.integers(0, 0x7FFF), st.integers(0, 0x7FFF))
def test_the_largest_of_three_words_comes_out(low, middle, high):
    assert count_in(words(low, middle, high), "largest-word") == max(low, middle, high)


@given(st.integers(1, 125), st.integers(0, 60), st.integers(1, 125))
def test_a_temperature_comes_out_beside_its_extremes(now, low, high):
    assert count_in(temperature_range(now, low, high), "low8") == now


@given(st.integers(0, 2**32 - 2))
def test_a_plain_count_is_itself_and_no_packed_error(count):
    assert count_in(count, "count") == count
    assert count_in(count, "count-or-words") == count
    assert count_in(count, "errors-if-packed") is None


@pytest.mark.parametrize("bits", [32, 48, 56, 64])
@pytest.mark.parametrize("layout", ["count", "low16", "errors", "largest-word", "count-or-words"])
def test_all_ones_is_no_count(bits, layout):
    assert count_in(2**bits - 1, layout) is None


def test_a_count_beyond_four_billion_is_unknown():
    assert count_in(2**40, "count") is None


def test_a_saturated_counter_stays_a_count():
    assert count_in(0xFFFF, "low16") == 0xFFFF
