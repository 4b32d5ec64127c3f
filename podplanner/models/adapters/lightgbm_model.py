"""A model of LightGBM looked through before LightGBM reads it: its text is believed as it stands.

LightGBM jumps to the offsets that `tree_sizes` says, and follows children, features and categories
without looking. Here all of them are looked at, in the text that LightGBM itself writes.
"""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from podplanner.errors import FormatError

Array = np.ndarray[Any, Any]

BEGINNING = "tree\n"
_END = "end of trees\n"
_NUMBERS = re.compile(r"(?: |-?(?:[0-9]+(?:\.[0-9]*)?(?:e[-+]?[0-9]+)?|nan|inf)(?= |$))*", re.ASCII)
# As C prints them: LightGBM ends the process at a word that is no number, in a thread of its own.
_A_NODE = ("split_feature", "threshold", "decision_type", "left_child", "right_child")
_MORE_A_NODE = ("split_gain", "internal_value", "internal_weight", "internal_count")
_A_LEAF = ("leaf_weight", "leaf_count")
_WHOLE = ("leaf_count", "internal_count")
_CATEGORICAL = 1
# Bit of a node's decision: `kCategoricalMask`, `include/LightGBM/tree.h`.
_CLASSES = re.compile(r"\bnum_class:(\S+)", re.ASCII)


def check_model(text: str) -> int:
    """Return how many numbers a model has learned, once its trees hold together.

    Counted are thresholds, words of category sets, values of leaves, and in linear trees the
    constants and coefficients of leaves.

    Raises:
        FormatError: It is no model of LightGBM, or its trees lead out of themselves.
    """
    try:
        head, blocks = _split(text)
        features = int(head["max_feature_idx"]) + 1
        classes, a_round = int(head["num_class"]), int(head["num_tree_per_iteration"])
        if not 0 < features < 2**31 or not 0 < classes < 2**31 or a_round not in (1, classes):
            raise ValueError("it has no number of features or classes")
        for said in _CLASSES.findall(head.get("objective", "")):
            if int(said) != a_round:
                raise ValueError("its objective is of other classes")
        for name in ("feature_names", "feature_infos"):
            if len(head[name].split(" ")) != features:
                raise ValueError(f"it has other {name} than features")
        if len(blocks) % a_round:
            raise ValueError("its last round is not whole")
        return sum(_check_tree(number, block, features) for number, block in enumerate(blocks))
    except (ValueError, KeyError, OverflowError) as error:
        raise FormatError(
            f"this is no model that LightGBM wrote: {error}",
            hint="Save it again with `Booster.save_model`.",
        ) from error


def _split(text: str) -> tuple[dict[str, str], list[str]]:
    """Return the lines before the trees, and each tree: where LightGBM would look for it."""
    if not text.startswith(BEGINNING) or "\0" in text:
        raise ValueError(f"it does not begin with {BEGINNING.strip()!r}")
    end = text.index(_END)
    begin = text.find("Tree=", 0, end)
    first = text[len(BEGINNING) : begin if begin >= 0 else end]
    if not first.endswith("\n"):
        raise ValueError("its trees do not begin on a line of their own")
    head = _lines(first)
    if begin < 0:
        if head.get("tree_sizes", "").split():
            raise ValueError("its trees are missing")
        return head, []
    trees = text[begin:end]
    if not trees.isascii():
        # Sizes are of bytes; all that LightGBM writes between here is ASCII.
        raise ValueError("its trees are not ASCII")
    blocks, at = [], 0
    for size in _integers(head["tree_sizes"]):
        if not trees.startswith("Tree=", at) or not 0 < size <= len(trees) - at:
            raise ValueError("its trees are of other sizes than it says")
        blocks.append(trees[at : at + size])
        at += int(size)
    if at != len(trees) or trees.count("Tree=") != len(blocks):
        raise ValueError("its trees are of other sizes than it says")
    return head, blocks


def _lines(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in text.split("\n"):
        name, is_there, value = line.partition("=")
        if name in found:
            raise ValueError(f"{name[:40]!r} is there twice")
        if line:
            # A word alone stands for itself: `average_output`.
            found[name] = value if is_there else ""
    return found


def _check_tree(number: int, text: str, features: int) -> int:
    try:
        if any("=" not in line for line in text.split("\n") if line):
            raise ValueError("a line says nothing")
        block = _lines(text)
        for name, value in block.items():
            # All that there is of a tree is numbers, also what is not looked at below.
            if not _NUMBERS.fullmatch(value):
                raise ValueError(f"{name[:40]} are no numbers")
        if int(block["Tree"]) != number:
            raise ValueError("it has another number")
        leaves, categories = int(block["num_leaves"]), int(block["num_cat"])
        if not 1 <= leaves < 2**31 or not 0 <= categories < leaves:
            raise ValueError("it has no number of leaves")
        values = _numbers(block["leaf_value"])
        if len(values) != leaves:
            raise ValueError(f"it has {len(values)} values for {leaves} leaves")
        linear = _check_linear(block, leaves, features)
        return (
            leaves
            + linear
            + (_check_nodes(block, leaves, features, categories) if leaves > 1 else 0)
        )
    except (ValueError, KeyError) as error:
        raise ValueError(f"tree {number}: {error}") from error


def _check_nodes(block: Mapping[str, str], leaves: int, features: int, categories: int) -> int:
    nodes = leaves - 1
    if any(len(block[name].split()) != nodes for name in _A_NODE) or any(
        len(block[name].split()) not in (0, size)
        for names, size in ((_MORE_A_NODE, nodes), (_A_LEAF, leaves))
        for name in names
        if name in block
    ):
        raise ValueError(f"it has other arrays than {nodes} nodes")
    for name in _WHOLE:
        _integers(block.get(name, ""))
    asked = _integers(block["split_feature"])
    if (asked < 0).any() or (asked >= features).any():
        raise ValueError("it asks for a feature that there is none of")
    children = np.concatenate((_integers(block["left_child"]), _integers(block["right_child"])))
    # Each node but the root, and each leaf (~number), has one parent: so there is no ring.
    wanted = np.concatenate((np.arange(-leaves, 0), np.arange(1, nodes)))
    if not np.array_equal(np.sort(children), wanted):
        raise ValueError("it leads out of itself")
    thresholds = _numbers(block["threshold"])
    return nodes + _check_categories(block, thresholds, categories)


def _check_categories(block: Mapping[str, str], thresholds: Array, categories: int) -> int:
    decisions = _integers(block["decision_type"])
    chosen = thresholds[(decisions & _CATEGORICAL) != 0]
    if not categories:
        if len(chosen):
            raise ValueError("it has no categories and asks for them")
        return 0
    bounds, words = _integers(block["cat_boundaries"]), _integers(block["cat_threshold"])
    wrong = (
        len(bounds) != categories + 1
        or bounds[0] != 0
        or bounds[-1] != len(words)
        or (np.diff(bounds) < 0).any()
        or (words < 0).any()
        or (words >= 2**32).any()
        or not np.isin(chosen, np.arange(categories)).all()
    )
    if wrong:
        raise ValueError("its categories are of other nodes")
    return len(words)


def _check_linear(block: Mapping[str, str], leaves: int, features: int) -> int:
    if int(block.get("is_linear", "0")) == 0:
        return 0
    constants, counts = _numbers(block["leaf_const"]), _integers(block["num_features"])
    asked, coefficients = _integers(block["leaf_features"]), _numbers(block["leaf_coeff"])
    wrong = (
        len(constants) != leaves
        or len(counts) != leaves
        or (counts < 0).any()
        or counts.sum() != len(asked)
        or len(asked) != len(coefficients)
        or (asked < 0).any()
        or (asked >= features).any()
    )
    if wrong:
        raise ValueError("its linear leaves are of other features")
    return leaves + len(coefficients)


def _numbers(text: str) -> Array:
    return np.array(text.split(), dtype=np.float64)


def _integers(text: str) -> Array:
    if not _NUMBERS.fullmatch(text):
        raise ValueError(f"{text[:40]!r} are no numbers")
    return np.array([int(word) for word in text.split()], dtype=np.int64)
