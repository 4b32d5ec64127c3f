"""The published table, and the digits that doubles lose."""

from decimal import Decimal

import pytest
from support import durability_reference as reference

from podplanner.planning.durability import group_losses, nines
from podplanner.planning.durability.chain import probability
from podplanner.planning.durability.window import window_hazard

# github.com/Backblaze/erasure-coding-durability, README of 2018: 17+3, AFR 0.00405, 6.5 days.
# Failures that lose data; annual loss and nines as printed; annual loss in 140 digits, rounded.
# From 5 failures on the printed losses are 0.27 % low: the script has lost 0.1538 of its 56.1538
# periods, for 1 - p rounds to 1.
PUBLISHED = (
    (20, "8.117e-82", 81, "8.139103857673e-82"),
    (19, "2.251e-76", 75, "2.256924210051e-76"),
    (18, "2.965e-71", 70, "2.972700353155e-71"),
    (17, "2.466e-66", 65, "2.472937450599e-66"),
    (16, "1.453e-61", 60, "1.457179438543e-61"),
    (15, "6.447e-57", 56, "6.465085226739e-57"),
    (14, "2.235e-52", 51, "2.240917288048e-52"),
    (13, "6.197e-48", 47, "6.213950342122e-48"),
    (12, "1.396e-43", 42, "1.400017876667e-43"),
    (11, "2.581e-39", 38, "2.588125654811e-39"),
    (10, "3.936e-35", 34, "3.947224698005e-35"),
    (9, "4.962e-31", 30, "4.975239225177e-31"),
    (8, "5.159e-27", 26, "5.173582318466e-27"),
    (7, "4.402e-23", 22, "4.414240166555e-23"),
    (6, "3.052e-19", 18, "3.060176903808e-19"),
    (5, "1.693e-15", 14, "1.697192136345e-15"),
    (4, "7.354e-12", 11, "7.353799498780e-12"),
    (3, "2.399e-08", 7, "2.399189579759e-08"),
    (2, "5.545e-05", 4, "5.544535163419e-05"),
    (1, "7.781e-02", 1, "7.780630855539e-02"),
)


@pytest.mark.parametrize(("failures", "printed", "count", "exact"), PUBLISHED)
def test_every_row_of_the_published_table(failures, printed, count, exact):
    found = group_losses(drives=20, parity=failures - 1, afr=0.00405, rebuild_h=156).window
    assert abs(found / float(exact) - 1) < 1e-12
    assert nines(found) == count
    lost_digits = 0.0030 if failures >= 5 else 0.0005
    assert abs(found / float(printed) - 1) < lost_digits


def test_the_last_row_needs_no_failure():
    # Threshold 0 is no redundancy that can be asked for: 21 rows, of which 20 are layouts.
    with pytest.raises(ValueError, match="parity"):
        group_losses(drives=20, parity=-1, afr=0.00405, rebuild_h=156)
    assert nines(1.0) == 0


def test_the_headline_to_ten_digits():
    found = group_losses(drives=20, parity=3, afr=0.00405, rebuild_h=156).window
    assert f"{found:.9e}" == "7.353799499e-12"


def test_what_plain_doubles_make_of_it_is_seen():
    alive = 1 - 1.309580732664e-13
    assert abs((1 - alive ** (8760 / 156)) / 7.353799498780e-12 - 1) > 1e-4


def test_the_rate_in_the_blog_post_gives_another_loss():
    found = group_losses(drives=20, parity=3, afr=0.0041, rebuild_h=156).window
    assert abs(found / 7.723628844353e-12 - 1) < 1e-12


@pytest.mark.parametrize(
    ("loss", "count"),
    [
        (1.0, 0), (0.100001, 0), (0.1, 1), (0.01, 2), (1e-11, 11), (1.0000001e-11, 10),
        (9.99e-12, 11), (1e-300, 300), (0.99, 0), (0.5, 0), (1e-23, 23), (3e-82, 81),
    ],
)  # fmt: skip
def test_nines_are_counted_as_the_source_counts(loss, count):
    assert nines(loss) == count


def test_nines_of_every_power_of_ten_and_its_neighbours():
    for power in range(1, 300):
        loss = float(f"1e-{power}")
        assert nines(loss) == power
        assert nines(loss * (1 + 4e-16)) == power - 1
        assert nines(loss * (1 - 4e-16)) == power


def test_no_loss_has_no_end_of_nines():
    assert nines(0.0) is None
    for wrong in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match="probability"):
            nines(wrong)


@pytest.mark.parametrize(
    ("drives", "parity", "afr", "rebuild_h"),
    [
        (20, 3, 0.00405, 156), (2, 1, 1e-4, 0.1), (255, 3, 0.0157, 72), (500, 10, 0.02, 24),
        (600, 3, 0.01, 12), (24, 2, 3.0, 700), (20, 19, 30.0, 8000), (60, 20, 100.0, 40),
        (15, 2, 200.0, 72), (5, 4, 0.9, 8760), (40, 12, 0.5, 3), (20, 15, 200.0, 300),
    ],
)  # fmt: skip
@pytest.mark.parametrize("read_error", [0.0, 0.04, 1.0])
def test_against_the_formula_in_two_hundred_digits(drives, parity, afr, rebuild_h, read_error):
    found = probability(
        window_hazard(
            drives=drives, parity=parity, afr=afr, rebuild_h=rebuild_h, read_error=read_error
        )
    )
    exact = reference.window_loss(drives, parity, afr, rebuild_h, read_error)
    assert abs(Decimal(found) / exact - 1) < Decimal("1e-11")
