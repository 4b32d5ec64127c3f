"""Demands as people type them: what they mean, and what is refused with the question."""

from decimal import Decimal

import pytest

from podplanner.cli.plan.needs import (
    amount_of_bytes,
    models_option,
    seconds_option,
    stream_option,
)
from podplanner.errors import WrongUsageError


@pytest.mark.parametrize(
    ("written", "size"), [("500TB", 5 * 10**14), ("1.5 PB", 15 * 10**14), ("1000", 1000)]
)
def test_sizes_are_powers_of_ten(written, size):
    assert amount_of_bytes("--usable", written) == size


@pytest.mark.parametrize(
    ("written", "rate"), [("2GB/s", 2 * 10**9), ("800 MB/s", 8 * 10**8), ("2GBps", 2 * 10**9)]
)
def test_rates_are_bytes_a_second(written, rate):
    assert stream_option("--read", written) == rate


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("120s", 120), ("30m", 1800), ("1h30m", 5400), ("2 min", 120), ("0.5d", 43200)],
)
def test_times_have_a_unit(written, seconds):
    assert seconds_option("--load-within", written) == Decimal(seconds)


def test_models_are_read_as_they_are_named():
    forty = models_option("--models", "40x70B:bf16")
    assert (forty.models, forty.parameters, forty.dtype) == (40, 70 * 10**9, "bf16")
    assert forty.model_bytes == 140 * 10**9
    one = models_option("--models", "0.5b:INT4")
    assert (one.models, one.parameters, one.model_bytes) == (1, 5 * 10**8, 25 * 10**7)


@pytest.mark.parametrize(
    ("option", "read", "written", "said"),
    [
        ("--usable", amount_of_bytes, "500TiB", "powers of ten"),
        ("--usable", amount_of_bytes, "500Tb", "bits"),
        ("--usable", amount_of_bytes, "0TB", "more than 0"),
        ("--usable", amount_of_bytes, "-5TB", "not negative"),
        ("--usable", amount_of_bytes, "much", "no size"),
        ("--read", stream_option, "2Gb/s", "bits"),
        ("--read", stream_option, "25Gbps", "bits"),
        ("--read", stream_option, "2GiB/s", "powers of ten"),
        ("--read", stream_option, "2GB", "no rate"),
        ("--read", stream_option, "0MB/s", "more than 0"),
        ("--load-within", seconds_option, "120", "of what"),
        ("--load-within", seconds_option, "soon", "no length of time"),
        ("--load-within", seconds_option, "0s", "more than no time"),
        ("--models", models_option, "70B", "no set of models"),
        ("--models", models_option, "40x70B:float", "no type of number"),
        ("--models", models_option, "0x70B:bf16", "at least one model"),
        ("--models", models_option, "1x9999999T:bf16", "at most"),
    ],
)
def test_what_could_be_misread_is_refused_and_the_option_is_named(option, read, written, said):
    with pytest.raises(WrongUsageError) as refused:
        read(option, written)
    assert option in refused.value.message
    assert said in refused.value.message


@pytest.mark.parametrize(
    ("read", "written", "hint"),
    [
        (amount_of_bytes, "500TiB", "549.8TB"),
        (stream_option, "2Gb/s", "250MB/s"),
        (stream_option, "25Gbps", "3.125GB/s"),
    ],
)
def test_the_hint_has_the_demand_in_the_right_unit(read, written, hint):
    with pytest.raises(WrongUsageError) as refused:
        read("--x", written)
    assert hint in refused.value.hint
