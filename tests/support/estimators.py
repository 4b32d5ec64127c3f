"""Every estimator of scikit-learn, trained on a few numbers, and what each answers."""

import inspect
from copy import copy

import numpy as np
from sklearn.base import is_regressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.preprocessing import StandardScaler
from sklearn.utils import all_estimators

CANNOT_BE_SAVED = {"Birch": "skops has no form for its tree of clusters, which refers to itself"}
NOT_TRAINED = {
    "FrozenEstimator": "wraps an estimator that is trained already",
    "SelfTrainingClassifier": "wants an estimator and unlabelled data; made of others here",
}

_X = np.abs(np.random.RandomState(0).rand(40, 4))
_LABELS = np.arange(40) % 2
_NUMBERS = _X @ [1.0, 2.0, 3.0, 4.0]
_WORDS = ["a cat sat", "no cat", "a dog sat"]
_INPUTS = {
    "CountVectorizer": _WORDS,
    "TfidfVectorizer": _WORDS,
    "HashingVectorizer": _WORDS,
    "DictVectorizer": [{"a": 1, "b": 2}, {"a": 3}],
    "FeatureHasher": [{"a": 1}, {"b": 2}],
    "LabelEncoder": _LABELS,
    "LabelBinarizer": _LABELS,
    "MultiLabelBinarizer": [[1, 2], [2]],
    "IsotonicRegression": _X[:, 0],
    "KernelCenterer": _X @ _X.T,
}
_ARGUMENTS = {
    "ColumnTransformer": {"transformers": [("scaled", StandardScaler(), [0, 1])]},
    "FeatureUnion": {"transformer_list": [("scaled", StandardScaler())]},
    "Pipeline": {"steps": [("scaled", StandardScaler()), ("line", LogisticRegression())]},
    "SparseCoder": {"dictionary": np.eye(4)},
    "GaussianRandomProjection": {"n_components": 2},
    "SparseRandomProjection": {"n_components": 2},
    "CCA": {"n_components": 1},
    "PLSCanonical": {"n_components": 1},
    "PLSRegression": {"n_components": 1},
    "PLSSVD": {"n_components": 1},
}
NOT_ASKED = {"PatchExtractor": "takes pictures; it has learned nothing"}
_ASKED = ("predict_proba", "decision_function", "predict", "transform")


def trained():
    """Yield the name of every estimator and one that is trained."""
    for name, kind in all_estimators():
        if name not in NOT_TRAINED:
            yield name, _trained(name, kind)


def _trained(name, kind):
    made = kind(**_arguments(name, kind))
    goal = _NUMBERS if is_regressor(made) else _LABELS
    if name.startswith(("MultiOutput", "MultiTask")) or name.endswith("Chain"):
        goal = np.c_[goal, goal[::-1]]
    if name in _INPUTS and name != "IsotonicRegression":
        return made.fit(_INPUTS[name])
    if name in ("CCA", "PLSCanonical", "PLSRegression", "PLSSVD"):
        goal = _NUMBERS
    return made.fit(_INPUTS.get(name, _X), goal)


def _arguments(name, kind):
    if name in _ARGUMENTS:
        return _ARGUMENTS[name]
    wanted = inspect.signature(kind.__init__).parameters
    inner = Ridge() if "Regress" in name else LogisticRegression()
    found = {}
    if name in ("ClassifierChain", "RegressorChain") or (
        "estimator" in wanted and wanted["estimator"].default is inspect.Parameter.empty
    ):
        found["estimator"] = inner
    if "estimators" in wanted:
        found["estimators"] = [("one", inner)]
    if "param_grid" in wanted:
        found["param_grid"] = {"C": [1, 2]}
    if "param_distributions" in wanted:
        found |= {"param_distributions": {"C": [1, 2]}, "n_iter": 2}
    if "n_estimators" in wanted:
        found["n_estimators"] = 5
    if "random_state" in wanted:
        found["random_state"] = 7
    return found


def answers(name, estimator):
    """Return what it answers, as bytes, by the method that was asked."""
    if name in NOT_ASKED:
        return {}
    # A copy: what is asked with the very array that it was trained on takes other ways.
    given = copy(_INPUTS.get(name, _X))
    found = {}
    for method in _ASKED:
        if (ask := getattr(estimator, method, None)) is not None:
            answer = ask(given)
            answer = answer.toarray() if hasattr(answer, "toarray") else answer
            found[method] = b"".join(
                np.ascontiguousarray(one).tobytes()
                for one in (answer if isinstance(answer, list | tuple) else [answer])
            )
    return found
