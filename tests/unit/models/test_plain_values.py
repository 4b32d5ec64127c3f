"""Values of programs in the kinds that metadata has."""

import argparse
import dataclasses
import enum
import math
import uuid
from collections import namedtuple
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from podplanner.errors import WrongUsageError
from podplanner.models.plain_values import plain, plain_mapping, plain_or_named
from podplanner.store.metadata import metadata_of


class Kind(enum.Enum):
    SGD = "sgd"
    ODD = object()


class Level(enum.IntEnum):
    HIGH = 3


@dataclasses.dataclass
class Settings:
    rate: float
    where: Path
    inner: "Settings | None" = None


Point = namedtuple("Point", "x y")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, True),
        (np.bool_(False), False),
        (np.int64(7), 7),
        (np.uint64(2**63), 2**63),
        (np.float64(0.93), 0.93),
        (np.float32(0.93), Decimal("0.93")),
        (np.float16(0.1), Decimal("0.1")),
        (Decimal("0.930"), Decimal("0.930")),
        (Fraction(1, 4), Decimal("0.25")),
        (np.array(3), 3),
        (np.array([1.5, 2.0]), [1.5, 2.0]),
        (np.array([[1], [2]]), [[1], [2]]),
        (np.str_("adam"), "adam"),
        (np.dtype("float32"), "float32"),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        (np.float32("inf"), "inf"),
        (Decimal("NaN"), "nan"),
        (Kind.SGD, "sgd"),
        (Kind.ODD, "ODD"),
        (Level.HIGH, 3),
        (Path("a/b"), "a/b"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (date(2026, 1, 2), "2026-01-02"),
        ((1, 2), [1, 2]),
        ({"b", "a"}, ["a", "b"]),
        (frozenset({2, "a", 1}), [1, 2, "a"]),
        (Settings(0.5, Path("x")), {"rate": 0.5, "where": "x"}),
        (Point(1, 2), {"x": 1, "y": 2}),
        (argparse.Namespace(a=1), {"a": 1}),
        (SimpleNamespace(a=1), {"a": 1}),
        ({1: "a", Level.HIGH: "b", "c": None}, {"1": "a", "3": "b"}),
        ([None, 1], ["none", 1]),
        (math.sqrt, "math.sqrt"),
        (Path, "pathlib.Path"),
    ],
)
def test_values_with_an_obvious_form_get_it(value, expected):
    found = plain(value, "k")
    assert found == expected
    assert type(found) is type(expected)


def test_values_of_torch_get_their_form():
    torch = pytest.importorskip("torch", reason="needs torch")
    assert plain(torch.tensor(0.5), "k") == 0.5
    assert plain(torch.tensor([1, 2]), "k") == [1, 2]
    assert plain(torch.tensor(float("nan")), "k") == "nan"
    assert plain(torch.tensor(0.5, dtype=torch.bfloat16, requires_grad=True), "k") == 0.5
    assert plain({"t": torch.float16, "d": torch.device("cpu")}, "k") == {
        "t": "torch.float16",
        "d": "cpu",
    }


class Strange:
    pass


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (Strange(), r"hyperparameters\.outer\[1\]\.inner is a .*Strange"),
        (b"bytes", r"\.inner is a bytes"),
        (1j, r"\.inner is a complex"),
        (lambda: 0, r"\.inner is a function"),
        (np.zeros(1001), r"\.inner is an array of 1,001 numbers"),
        ({(1, 2): 3}, r"\.inner has a key that is a tuple"),
        ({1: "a", "1": "b"}, r"\.inner has the key 1 twice"),
        (np.array(["2020-01-01"], "M8[D]").astype(object), None),
    ],
)
def test_what_has_no_plain_form_is_refused_by_the_name_of_its_key(value, says):
    outer = {"outer": [1, {"inner": value}]}
    if says is None:
        assert plain(outer, "hyperparameters")["outer"][1]["inner"] == ["2020-01-01"]
        return
    with pytest.raises(WrongUsageError, match=says) as raised:
        plain(outer, "hyperparameters")
    if "key" not in says:
        assert raised.value.hint


def test_what_holds_itself_is_refused():
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(WrongUsageError, match="holds itself"):
        plain(endless, "meta")


def test_of_a_framework_what_has_no_plain_form_is_named():
    assert plain_or_named({"base": Strange()}, "k") == {"base": f"{Strange.__module__}.Strange"}
    assert plain_mapping({"f": lambda: 0}, "k", named=True) == {"f": "function"}
    assert plain_or_named({"many": np.zeros(1001)}, "k") == {"many": "numpy.ndarray"}


def test_what_holds_no_keys_is_refused():
    assert plain_mapping(None, "metrics") == {}
    with pytest.raises(WrongUsageError, match="metrics must hold keys and values, and is a list"):
        plain_mapping([1], "metrics")


scalars = (
    st.booleans()
    | st.integers()
    | st.floats()
    | st.text("abc", min_size=1)
    | st.floats(width=32).map(np.float32)
    | st.integers(0, 255).map(np.uint8)
    | st.decimals(allow_nan=True, places=3)
    | st.sampled_from([Kind.SGD, Level.HIGH, Path("a")])
)


@given(
    st.dictionaries(
        st.text("abc", min_size=1),
        st.recursive(
            scalars,
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.text("xyz", min_size=1), inner, max_size=3)
            ),
            max_leaves=6,
        ),
        max_size=4,
    )
)
def test_whatever_is_plain_can_be_kept_and_reads_the_same_again(values):
    found = plain(values, "hyperparameters")
    kept = metadata_of({"hyperparameters": found})
    assert metadata_of(kept) == kept
    assert plain(found, "hyperparameters") == found
