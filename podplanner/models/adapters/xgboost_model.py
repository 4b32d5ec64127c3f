"""A model of XGBoost looked through before XGBoost reads it: compiled code follows it unchecked."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from podplanner.errors import FormatError
from podplanner.models.adapters.ubjson import read_ubjson

Array = np.ndarray[Any, Any]

_ONE_A_NODE = (
    "left_children", "right_children", "parents", "split_indices", "split_conditions",
    "default_left", "loss_changes", "sum_hessian",
)  # fmt: skip
_MOST_CATEGORIES = 2**24
# As categories are float32, XGBoost has no larger ones: `common/categorical.h`.
_NO_PARENT = 2**31 - 1
# Of the root, and of nodes that are free: `include/xgboost/tree_model.h`. Trees whose leaves hold
# vectors say -1: `include/xgboost/multi_target_tree_model.h`.
_BOOSTERS = ("gbtree", "dart", "gblinear")


def check_model(content: bytes | bytearray) -> Mapping[str, Any]:
    """Return what a model file says, UBJSON or JSON, once its trees hold together.

    Raises:
        FormatError: It is no model of XGBoost, or its trees lead out of themselves.
    """
    try:
        found = _parsed(content)
        learner = found["learner"]
        parameters = learner["learner_model_param"]
        features = int(parameters["num_feature"])
        groups = max(int(parameters["num_class"]), int(parameters.get("num_target", 1)), 1)
        booster = learner["gradient_booster"]
        if booster["name"] not in _BOOSTERS or not isinstance(learner["objective"]["name"], str):
            raise ValueError(f"it has a booster {booster['name']!r}")
        if not 0 <= features < 2**31 or groups >= 2**31:
            raise ValueError("it has no number of features")
        _check_names(learner, features)
        if booster["name"] == "gblinear":
            if len(booster["model"]["weights"]) != (features + 1) * groups:
                raise ValueError("it has another number of weights than features")
        elif booster["name"] == "dart":
            _check_trees(booster["gbtree"]["model"], features, groups)
            if len(booster["weight_drop"]) != len(booster["gbtree"]["model"]["trees"]):
                raise ValueError("it has another number of weights than trees")
        else:
            _check_trees(booster["model"], features, groups)
    except RecursionError as error:
        raise FormatError("the file is nested too deep to be a model of XGBoost") from error
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError) as error:
        raise FormatError(
            f"this is no model that XGBoost wrote: {error}",
            hint="Save it again with `Booster.save_raw('ubj')`; older binary files with an older "
            "XGBoost first.",
        ) from error
    return learner  # type: ignore[no-any-return]  # A dict, or `["name"]` had failed.


def learned_numbers(learner: Mapping[str, Any]) -> int:
    """Return how many numbers a model has learned: thresholds, values of leaves, weights."""
    booster = learner["gradient_booster"]
    if booster["name"] == "gblinear":
        return len(booster["model"]["weights"])
    trees = booster.get("gbtree", booster)["model"]["trees"]
    count = 0
    for tree in trees:
        leaves = int((_integers(tree["left_children"]) == -1).sum())
        leaves -= int(tree["tree_param"].get("num_deleted", 0))
        values = max(int(tree["tree_param"].get("size_leaf_vector", 1)), 1)
        count += leaves - 1 + leaves * values
    return count


def _parsed(content: bytes | bytearray) -> Any:
    if len(content) > 1 and content[:1] == b"{" and content[1:2] in (b"L", b"}"):
        return read_ubjson(content)
    return json.loads(content, object_pairs_hook=_without_doubles)


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is there twice")
    return found


def _check_names(learner: Mapping[str, Any], features: int) -> None:
    for key in ("feature_names", "feature_types"):
        names = learner.get(key, [])
        if len(names) not in (0, features) or not all(isinstance(name, str) for name in names):
            raise ValueError(f"it has other {key} than features")
    said = learner.get("attributes", {})
    if not all(isinstance(value, str) for value in said.values()):
        raise ValueError("an attribute is no text")


def _check_trees(model: Mapping[str, Any], features: int, groups: int) -> None:
    trees = model["trees"]
    if not isinstance(trees, list) or int(model["gbtree_model_param"]["num_trees"]) != len(trees):
        raise ValueError("it has another number of trees than it says")
    info = _integers(model["tree_info"])
    if info.shape != (len(trees),) or (info < 0).any() or (info >= groups).any():
        raise ValueError("its trees are of classes that there are none of")
    rounds = _integers(model.get("iteration_indptr", [0, len(trees)]))
    if rounds.ndim != 1 or not len(rounds) or rounds[0] != 0 or rounds[-1] != len(trees):
        raise ValueError("its rounds are of other trees")
    if (np.diff(rounds) < 0).any():
        raise ValueError("its rounds go back")
    for number, tree in enumerate(trees):
        try:
            _check_tree(tree, features, groups)
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"tree {number}: {error}") from error


def _check_tree(tree: Mapping[str, Any], features: int, groups: int) -> None:
    said = tree["tree_param"]
    size, leaf = int(said["num_nodes"]), int(said.get("size_leaf_vector", 1))
    # Before 2.0 a leaf with one value said 0.
    leaf = leaf or 1
    if leaf not in (1, groups):
        raise ValueError(f"its leaves have {leaf} values")
    if any(len(tree[name]) != size for name in _ONE_A_NODE if name in tree) or size < 1:
        raise ValueError(f"it has other arrays than {size} nodes")
    if int(said["num_feature"]) > features:
        raise ValueError("it has more features than the model")
    if len(tree["base_weights"]) != size * leaf:
        raise ValueError("it has another number of weights than nodes")
    left, right = _integers(tree["left_children"]), _integers(tree["right_children"])
    asked = _integers(tree["split_indices"])
    inner = left != -1
    children = np.concatenate((left[inner], right[inner]))
    if (children < 1).any() or (children >= size).any():
        raise ValueError("it leads out of itself")
    if len(np.unique(children)) != len(children):
        # Each node has one parent and the root has none: so there is no ring.
        raise ValueError("two of its nodes lead to the same")
    if (asked[inner] < 0).any() or (asked[inner] >= features).any():
        raise ValueError("it asks for a feature that there is none of")
    no_parent = _NO_PARENT if leaf == 1 else -1
    _check_parents(_integers(tree["parents"]), inner, left, right, no_parent)
    if leaf > 1:
        _check_vectors(tree, right[~inner], leaf)
    _check_categories(tree, size)


def _check_parents(parents: Array, inner: Array, left: Array, right: Array, no_parent: int) -> None:
    numbers = np.arange(len(parents))[inner]
    # The root says so; nodes that were pruned keep the parent that they had.
    outside = (parents < 0) | (parents >= len(parents))
    if (outside & (parents != no_parent)).any():
        raise ValueError("its nodes have parents that there are none of")
    if (parents[left[inner]] != numbers).any() or (parents[right[inner]] != numbers).any():
        raise ValueError("its nodes have other parents")


def _check_vectors(tree: Mapping[str, Any], places: Array, leaf: int) -> None:
    # A leaf's right child is where its vector lies: `src/tree/multi_target_tree_model.cc`. Until
    # 3.1 it had none, and the vector lay where the node does.
    if "leaf_weights" not in tree and (places == -1).all():
        return
    count = len(tree["leaf_weights"]) // leaf
    if (places < 0).any() or (places >= count).any():
        raise ValueError("its leaves have no values")


def _check_categories(tree: Mapping[str, Any], size: int) -> None:
    if "categories" not in tree:
        return
    known = _integers(tree["categories"])
    nodes = _integers(tree["categories_nodes"])
    begin, count = _integers(tree["categories_segments"]), _integers(tree["categories_sizes"])
    kinds = _integers(tree["split_type"])
    asking = np.flatnonzero(kinds != 0)
    wrong = (
        len(begin) != len(nodes)
        or len(count) != len(nodes)
        or len(kinds) not in (0, size)
        or ((kinds != 0) & (kinds != 1)).any()
        or (nodes < 0).any()
        or (nodes >= size).any()
        or (np.diff(nodes) <= 0).any()
        or not np.isin(asking, nodes).all()
        or (begin < 0).any()
        or (count <= 0).any()
        or (begin > len(known)).any()
        or (count > len(known) - begin).any()
        or (known < 0).any()
        or (known >= _MOST_CATEGORIES).any()
    )
    if wrong:
        raise ValueError("its categories are of other nodes")


def _integers(value: Any) -> Array:
    found = np.asarray(value)
    if found.ndim != 1 or (len(found) and found.dtype.kind not in "iub"):
        raise ValueError("an array does not hold whole numbers")
    return found.astype(np.int64)
