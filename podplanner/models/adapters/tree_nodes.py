"""Indices in decision trees and search trees: compiled code of scikit-learn follows them unchecked.

Source: skops 0.16, `io/exceptions.py`, and scikit-learn pull request 34558: a tree whose children
or features are out of range ends the process, or reads memory that is not its own. skops therefore
trusts no tree; here each is looked at.
"""

import json
from io import BytesIO
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

from podplanner.errors import FormatError

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

_LEAF = -1


def check_stored_tree(node: dict[str, Any], archive: ZipFile) -> None:
    """Refuse a tree whose constructor would read beyond its array; nothing is made for this.

    Raises:
        FormatError: It is so.
        KeyError, TypeError, ValueError: It is no tree as skops saves it.
    """
    import numpy as np

    arguments = node["__reduce__"]["args"]
    kinds = [one["__loader__"] for one in arguments["content"]]
    if arguments["__loader__"] != "TupleNode" or kinds != ["JsonNode", "NdArrayNode", "JsonNode"]:
        raise FormatError("a tree in the skops file is made of something else than numbers")
    features, classes, outputs = arguments["content"]
    if classes["type"] != "numpy":
        raise FormatError("a tree in the skops file does not hold its classes as an array")
    found = np.load(BytesIO(archive.read(classes["file"])), allow_pickle=False)
    wanted = json.loads(outputs["content"])
    if not _is_count(json.loads(features["content"])) or not _is_count(wanted):
        raise FormatError("a tree in the skops file says no number of features or outputs")
    if found.shape != (wanted,) or found.dtype.kind not in "iu" or not (found > 0).all():
        raise FormatError("a tree in the skops file has other classes than outputs")


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31


def check_tree(tree: Any, features: int | None) -> None:
    """Refuse a decision tree that leads out of itself.

    Args:
        tree: A `sklearn.tree._tree.Tree`.
        features: How many features its estimator takes; None when it does not say.

    Raises:
        FormatError: It does.
    """
    state = tree.__getstate__()
    nodes = state.get("nodes")
    if nodes is None or not len(nodes):
        # Never fitted: whoever asks it gets an error of scikit-learn.
        return
    most = tree.n_features if features is None else min(tree.n_features, features)
    inner = nodes["left_child"] != _LEAF
    _check(nodes, inner, ("left_child", "right_child"), "feature", most)


def check_predictor(predictor: Any, features: int) -> None:
    """Refuse a tree of histogram gradient boosting that leads out of itself.

    Raises:
        FormatError: It does.
    """
    nodes = predictor.nodes
    inner = nodes["is_leaf"] == 0
    _check(nodes, inner, ("left", "right"), "feature_idx", features)
    chosen = nodes[inner & (nodes["is_categorical"] != 0)]["bitset_idx"]
    for sets in (predictor.raw_left_cat_bitsets, predictor.binned_left_cat_bitsets):
        if sets.ndim != 2 or sets.shape[1] != 8 or (chosen >= len(sets)).any():
            # 8 words of 32 bits: one for each of 256 categories.
            raise FormatError("a tree in the skops file leads out of its categories")


def _check(
    nodes: "Array", inner: "Array", children: tuple[str, str], feature: str, features: int
) -> None:
    import numpy as np

    if nodes.ndim != 1 or not len(nodes):
        raise FormatError("a tree in the skops file has no nodes")
    numbers = np.arange(len(nodes))[inner]
    for child in children:
        leads_to = nodes[child][inner].astype(np.int64)
        # Children come after their parent in every tree that scikit-learn grows: no rings.
        if (leads_to <= numbers).any() or (leads_to >= len(nodes)).any():
            raise FormatError("a tree in the skops file leads out of itself")
    asked = nodes[feature][inner]
    if (asked < 0).any() or (asked >= features).any():
        raise FormatError("a tree in the skops file asks for a feature that there is none of")


def check_search_tree(tree: Any) -> None:
    """Refuse a KD tree or ball tree whose nodes name points that it does not have.

    Raises:
        FormatError: They do.
    """
    state = tree.__getstate__()
    # data, index of points, nodes, bounds, leaf size, levels, nodes counted, ...
    data, points, nodes, bounds, _, levels, count, *_rest, weights = state
    size = len(data)
    # A box has two corners, a ball one centre.
    wrong = (
        len(points) != size
        or (points < 0).any()
        or (points >= size).any()
        or count != len(nodes)
        or not 0 < levels < 64
        or 2**levels - 1 != count
        or bounds.ndim != 3
        or len(bounds) != (2 if type(tree).__name__.startswith("KD") else 1)
        or bounds.shape[1:] != (count, data.shape[1])
        or (nodes["idx_start"] < 0).any()
        or (nodes["idx_end"] > size).any()
        or (nodes["idx_start"] > nodes["idx_end"]).any()
        # The last half of the nodes have no children: they must be leaves.
        or not (nodes["is_leaf"][count // 2 :] != 0).all()
        or (weights is not None and len(weights) != size)
    )
    if wrong:
        raise FormatError("a search tree in the skops file names points that it does not have")
