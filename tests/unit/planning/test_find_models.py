"""What models ask of their store, followed by hand."""

from decimal import Decimal

import pytest

from podplanner.planning.find.models import Checkpoints, Loads, ModelSet, demand_of

LLAMA = ModelSet(40, 70 * 10**9, "bf16")


def test_forty_models_of_70_billion_parameters_in_twenty_versions():
    demand = demand_of(
        [LLAMA], versions=20, loads=Loads(8, Decimal(120)),
        checkpoints=Checkpoints(1_200 * 10**9, Decimal(1800)),
    )  # fmt: skip
    # 70e9 x 2 B = 140 GB; x 40 x 20 = 112 TB; and two checkpoints of 1.2 TB.
    assert demand.usable == 112 * 10**12 + 2 * 1_200 * 10**9
    assert demand.read == 9_333_333_334  # 8 x 140 GB / 120 s
    assert demand.write == 666_666_667  # 1.2 TB / 1,800 s
    assert len(demand.reasons) == 3


def test_half_a_byte_a_parameter_is_rounded_up_to_a_whole_one():
    assert ModelSet(1, 7, "int4").model_bytes == 4


def test_loading_is_reckoned_with_the_largest_model():
    small = ModelSet(100, 10**9, "bf16")
    demand = demand_of([small, LLAMA], versions=1, loads=Loads(1, Decimal(10)), checkpoints=None)
    assert demand.read == 14 * 10**9


@pytest.mark.parametrize(
    ("sets", "rest", "reason"),
    [
        ([], {}, "nothing to keep"),
        ([LLAMA], {"versions": 0}, "at least one version"),
        ([LLAMA], {"loads": Loads(0, Decimal(1))}, "at least one host"),
        ([LLAMA], {"loads": Loads(1, Decimal(0))}, "no time"),
        ([LLAMA], {"checkpoints": Checkpoints(0, Decimal(1))}, "larger than nothing"),
        ([], {"loads": Loads(1, Decimal(1)), "checkpoints": Checkpoints(1, Decimal(1))}, "models"),
    ],
)
def test_nonsense_is_refused(sets, rest, reason):
    asked = {"versions": 1, "loads": None, "checkpoints": None, **rest}
    with pytest.raises(ValueError, match=reason):
        demand_of(sets, **asked)
