"""Sizes as people type them in options."""

from decimal import Decimal

import pytest

from podplanner.units.sizes import SizeError, read_size, tebibytes, terabytes


@pytest.mark.parametrize(
    ("written", "size"),
    [
        ("1000000000000", 10**12), ("1TB", 10**12), (" 1 TB ", 10**12), ("1TiB", 2**40),
        ("1.5 TB", 1_500_000_000_000), ("0.5KiB", 512), ("128KiB", 131_072), ("1e12", 10**12),
        ("1kB", 1000), ("1KB", 1000), ("7 B", 7), ("0", 0), ("2PiB", 2**51),
    ],
)  # fmt: skip
def test_a_size_is_bytes_or_has_a_unit(written, size):
    assert read_size(written) == size


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("1Tb", "means bits; bytes are written TB"), ("8Gbit", "means bits; bytes are written GB"),
        ("1Tib", "bytes are written TiB"), ("1tb", "may mean bits or bytes; write TB"),
        ("1T", "TB .* or TiB"), ("4g", "GB .* or GiB"), ("1Ti", "TB .* or TiB"),
        ("-1TB", "not negative"), ("-5", "not negative"), ("nan", "no size"), ("inf", "no size"),
        ("", "no size"), ("TB", "no size"), ("1.5 B", "no whole number"), ("9EiB", "8 EiB"),
        ("1e30", "8 EiB"), ("1,000", "no unit"), ("4 apples", "no unit"), ("٤TB", "no size"),
    ],
)  # fmt: skip
def test_what_is_no_size_or_could_be_two_is_refused(written, words):
    with pytest.raises(SizeError, match=words):
        read_size(written)


def test_tb_and_tib_differ_by_a_tenth():
    assert terabytes(2**40) == Decimal("1.099511627776")
    assert tebibytes(2**40) == 1
