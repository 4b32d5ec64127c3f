"""The Markov chains against the exponential of their matrix in 260 digits."""

from decimal import Decimal
from math import factorial

import pytest
from support.durability_reference import chain_loss, group_chain

from podplanner.planning.durability import Stress, group_losses
from podplanner.planning.durability.chain import chain_hazard, probability

CASES = (
    # drives, parity, failures a drive-year, hours of repair
    (20, 3, 0.00405, 156),
    (20, 19, 0.00405, 156),
    (15, 2, 0.0157, 72),
    (2, 1, 1e-4, 0.1),
    (3, 2, 0.01, 8760),
    (5, 1, 5.0, 500),
    (8, 3, 0.4, 2000),
    (24, 2, 60.0, 1),
    (255, 10, 2.0, 2.3),
    (20, 5, 58.0, 0.16),
    (1200, 4, 0.013, 17),
    (14, 9, 0.06, 153),
    (6, 4, 120.0, 8000),
    (60, 3, 0.3, 230),
)


@pytest.mark.parametrize(("drives", "parity", "afr", "rebuild_h"), CASES)
@pytest.mark.parametrize(
    "stress", [Stress(), Stress(read_error=0.3), Stress(batch=3.0), Stress(1.0, 20.0)]
)
def test_losses_have_ten_right_digits(drives, parity, afr, rebuild_h, stress):
    found = group_losses(drives=drives, parity=parity, afr=afr, rebuild_h=rebuild_h, stress=stress)
    for name in ("parallel", "serial"):
        births, deaths = group_chain(
            drives, parity, afr, rebuild_h,
            serial=name == "serial", batch=stress.batch, read_error=stress.read_error,
        )  # fmt: skip
        exact = chain_loss(births, deaths)
        assert abs(Decimal(getattr(found, name)) / exact - 1) < Decimal("1e-10"), name


def test_the_leading_order_of_the_three_models():
    for parity in range(1, 7):
        # Repairs so fast that straddling and queues are all there is between the models.
        found = group_losses(drives=20, parity=parity, afr=1e-4, rebuild_h=0.5)
        assert found.parallel / found.window == pytest.approx(parity + 1, rel=1e-3)
        assert found.serial / found.window == pytest.approx(factorial(parity + 1), rel=1e-3)


def test_without_redundancy_all_models_are_one_exponential():
    found = group_losses(drives=10, parity=0, afr=0.02, rebuild_h=24)
    assert found.window == found.parallel == found.serial == pytest.approx(0.18126924692201812)


def test_two_drives_are_rebuilt_alike_by_one_or_by_two():
    found = group_losses(drives=12, parity=1, afr=0.02, rebuild_h=24)
    assert found.parallel == pytest.approx(found.serial, rel=1e-13)


def test_a_mean_time_to_loss_beyond_doubles_is_no_loss():
    assert chain_hazard([1e-200, 1e-200], [0.0, 1.0], 1.0) == 0.0


def test_rates_that_cannot_be_followed_are_refused():
    states = 500
    births = [float(states - i) * 900 for i in range(states)]
    with pytest.raises(ValueError, match="too many"):
        chain_hazard(births, [0.0] + [4.6e5] * (states - 1), 1.0)


def test_what_is_certain_is_one():
    assert probability(chain_hazard([1e6, 1e6], [0.0, 100.0], 1.0)) == 1.0


@pytest.mark.parametrize(
    ("drives", "parity", "afr", "rebuild_h", "words"),
    [
        (0, 0, 0.01, 24, "parity"), (3, 3, 0.01, 24, "parity"), (3, 1, -0.01, 24, "rate"),
        (3, 1, float("nan"), 24, "rate"), (3, 1, float("inf"), 24, "rate"),
        (3, 1, 0.01, 0, "rebuild"), (3, 1, 0.01, 8761, "rebuild"),
        (3, 1, 0.01, float("nan"), "rebuild"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(drives, parity, afr, rebuild_h, words):
    with pytest.raises(ValueError, match=words):
        group_losses(drives=drives, parity=parity, afr=afr, rebuild_h=rebuild_h)
