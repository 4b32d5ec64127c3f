"""What an estimator is made of: looked at when it was loaded, frozen, counted."""

from collections.abc import Iterator, Mapping
from typing import Any

from podplanner.errors import FormatError
from podplanner.models.adapters.tree_nodes import check_predictor, check_search_tree, check_tree

_WEIGHTS = (
    "coef_", "intercept_", "coefs_", "intercepts_", "dual_coef_", "support_vectors_",
    "cluster_centers_", "components_", "means_", "covariances_",
    "feature_log_prob_", "class_log_prior_",
)  # fmt: skip
# Attributes that hold learned numbers and nothing else, in scikit-learn's own words.
_TREE = "sklearn.tree._tree.Tree"
_PREDICTOR = "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"
_SEARCH_TREES = frozenset(
    {"sklearn.neighbors._ball_tree.BallTree", "sklearn.neighbors._kd_tree.KDTree"}
)
_COMPRESSED = frozenset({"csr", "csc", "bsr", "coo"})
# Forms of sparse matrices whose indices compiled code follows; `dia` is bounded by its shape.


def parts(model: object) -> Iterator[Any]:
    """Yield everything that can be reached from an estimator, itself first, each thing once."""
    import numpy as np

    seen: dict[int, object] = {}
    waiting = [model]
    while waiting:
        found = waiting.pop()
        if id(found) in seen or isinstance(found, str | bytes | int | float | type | None):
            continue
        # Kept, so that no other thing can get its number meanwhile.
        seen[id(found)] = found
        yield found
        if isinstance(found, Mapping):
            waiting += found.values()
        elif isinstance(found, list | tuple | set | frozenset):
            waiting += found
        elif isinstance(found, np.ndarray) and found.dtype == object:
            waiting += found.ravel().tolist()
        # Objects of compiled classes, and arrays, have none.
        waiting += getattr(found, "__dict__", {}).values()


def check_parts(model: object) -> None:
    """Refuse indices that compiled code would follow out of an array.

    Looked at are decision trees, search trees and sparse matrices. Other estimators with compiled
    code, support vector machines before all, believe their arrays.

    Raises:
        FormatError: There is such an index.
    """
    for part in parts(model):
        name = _name(part)
        if name in _SEARCH_TREES:
            check_search_tree(part)
        elif name == _TREE:
            check_tree(part, None)
        elif getattr(part, "format", None) in _COMPRESSED and hasattr(part, "check_format"):
            try:
                part.check_format(full_check=True)
            except ValueError as error:
                raise FormatError(f"a sparse matrix in the skops file is wrong: {error}") from error
        else:
            _check_estimator(part)


def _check_estimator(part: Any) -> None:
    known = getattr(part, "__dict__", {})
    features = known.get("n_features_in_")
    if _name(tree := known.get("tree_")) == _TREE:
        check_tree(tree, features)
    for predictor in parts(known.get("_predictors")):
        if _name(predictor) == _PREDICTOR:
            check_predictor(predictor, features or 0)
    if _trusts_its_trees(part):
        for inner in parts(known.get("estimators_")):
            inner_features = getattr(inner, "__dict__", {}).get("n_features_in_", features)
            if inner_features != features:
                raise FormatError("a forest in the skops file has trees of other features")


def _trusts_its_trees(part: object) -> bool:
    """Return whether it hands its trees arrays that they do not look at again."""
    return any(
        kind.__module__ in ("sklearn.ensemble._forest", "sklearn.ensemble._gb")
        for kind in type(part).__mro__
    )


def freeze(model: object) -> None:
    """Let no array of numbers of an estimator be written to.

    Arrays of objects stay: gradient boosting hands its array of trees to compiled code that asks
    for one that it could write to.
    """
    import numpy as np

    for part in parts(model):
        if isinstance(part, np.ndarray) and part.dtype != object:
            part.flags.writeable = False
        elif getattr(part, "format", None) in _COMPRESSED:
            for name in ("data", "indices", "indptr", "row", "col"):
                if isinstance(array := getattr(part, name, None), np.ndarray):
                    array.flags.writeable = False


def learned_numbers(model: object) -> int | None:
    """Return how many numbers an estimator has learned; None where it keeps none in these forms.

    Counted are the arrays of weights (`coef_`, `intercepts_`, `cluster_centers_` and the like), and
    of each tree the threshold of every node that asks and the values of every leaf.
    """
    import numpy as np

    arrays: list[Any] = []
    count = 0
    for part in parts(model):
        if _name(part) == _TREE:
            leaves = int((part.children_left == -1).sum())
            count += part.node_count - leaves + leaves * int(part.value[0].size)
        elif _name(part) == _PREDICTOR:
            count += len(part.nodes)
        known = getattr(part, "__dict__", {})
        arrays += [known[name] for name in _WEIGHTS if name in known]
    for part in parts(arrays):
        if isinstance(part, np.ndarray) and part.dtype.kind in "fc":
            count += part.size
        elif getattr(part, "format", None) in _COMPRESSED:
            count += int(part.nnz)
    return count or None


def _name(part: object) -> str:
    return f"{type(part).__module__}.{type(part).__qualname__}"
