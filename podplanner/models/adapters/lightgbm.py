"""Models of LightGBM in its own format, text: boosters, and the wrappers for scikit-learn."""

import sys
from typing import Any

from podplanner.errors import FormatError
from podplanner.models.adapter import ReadOptions, Written
from podplanner.models.adapters import boosted_wrapper
from podplanner.models.adapters.boosted_wrapper import Wrapper
from podplanner.models.adapters.estimator_settings import random_states, settings
from podplanner.models.adapters.whole_models import refuse_options
from podplanner.models.packages import installed_version, require
from podplanner.models.stored import StoredModel

FILE = "model.txt"
_WRAPPERS = ("LGBMClassifier", "LGBMRegressor", "LGBMRanker")
_SUFFIX = ".txt"
_BEGINNING = b"tree\nversion="
_EVERY_ROUND = -1
# Otherwise LightGBM leaves out what came after the best round, and a loaded booster that is trained
# on would be another one.
_BEST = "best_iteration"
# Round after which prediction stops; the text does not have it.


class LightgbmAdapter:
    """A booster, or a wrapper of one of the classes that scikit-learn's users know."""

    kind = "lightgbm"
    package: str | None = "lightgbm"

    def fits(self, model: object) -> bool:
        """Return whether it is a booster of LightGBM, or a wrapper round one."""
        return _is_booster(model) or _wrapper_of(model) is not None

    def write(self, model: Any) -> Written:
        """Return the booster as one file, and what the wrapper knows as another.

        Raises:
            FormatError: It has not been trained; or its objective is a function, or its classes
                are neither numbers nor texts.
        """
        from podplanner.models.adapters.lightgbm_model import check_model

        kind = _wrapper_of(model)
        if kind is not None and getattr(model, "_Booster", None) is None:
            raise FormatError(f"this {kind} has not been trained", hint="Call its `fit` first.")
        booster = model if kind is None else model.booster_
        text = booster.model_to_string(num_iteration=_EVERY_ROUND)
        said = {} if kind is None else settings(model)
        files: dict[str, Any] = {FILE: [memoryview(text.encode("utf-8"))]}
        details: dict[str, Any] = {_BEST: int(booster.best_iteration)}
        if kind is not None:
            wrapper = boosted_wrapper.described(kind, model, _known(kind, model))
            files[boosted_wrapper.FILE] = [memoryview(wrapper.to_file())]
            details["wrapper"] = kind
        return Written(
            files=files,
            library="lightgbm",
            class_name=f"{type(model).__module__}.{type(model).__qualname__}",
            # Also: what cannot be loaded again is not saved.
            parameters=check_model(text),
            hyperparameters=said if kind is not None else _plain_parameters(booster.params),
            versions=_versions(),
            seeds=random_states(said),
            details=details,
        )

    def recognises(self, stored: StoredModel) -> bool:
        """Return whether exactly one text file begins as LightGBM's models do."""
        found = [path for path in stored.paths if path.endswith(_SUFFIX)]
        return sum(stored.read(path).startswith(_BEGINNING) for path in found) == 1

    def read(self, stored: StoredModel, options: ReadOptions) -> Any:
        """Return the booster, or the wrapper that was saved.

        LightGBM has no read-only boosters; prediction changes nothing.

        Raises:
            MissingPackageError: LightGBM is not installed, or for a wrapper scikit-learn.
            FormatError: The file is damaged, or made to do harm.
            WrongUsageError: An option makes no sense for it.
        """
        refuse_options(options, "a model of LightGBM")
        why = f"to load {stored.origin.reference}"
        lightgbm = require("lightgbm", why=why)
        wrapper = boosted_wrapper.read_wrapper(stored, _WRAPPERS)
        if wrapper is not None:
            require("sklearn", package="scikit-learn", why=why)
        from podplanner.models.adapters.lightgbm_model import check_model

        text = stored.text(options.path or _path(stored))
        check_model(text)
        try:
            booster = lightgbm.Booster(model_str=text)
            best = stored.saved.get(_BEST)
            if isinstance(best, int):
                booster.best_iteration = best
            return booster if wrapper is None else _wrapped(lightgbm, wrapper, booster)
        except (lightgbm.basic.LightGBMError, ValueError, TypeError, KeyError) as error:
            raise FormatError(
                f"LightGBM cannot load {stored.origin.reference}: {error}",
                hint="Install the version that `podplanner model show` names under environment.",
            ) from error


def _path(stored: StoredModel) -> str:
    if FILE in stored.paths:
        return FILE
    found = [path for path in stored.paths if path.endswith(_SUFFIX)]
    models = [path for path in found if stored.read(path).startswith(_BEGINNING)]
    return models[0] if len(models) == 1 else stored.the_one(_SUFFIX)


def _is_booster(model: object) -> bool:
    return boosted_wrapper.kind_of(model, "lightgbm.basic", ("Booster",)) is not None


def _wrapper_of(model: object) -> str | None:
    return boosted_wrapper.kind_of(model, "lightgbm.sklearn", _WRAPPERS)


def _known(kind: str, model: Any) -> dict[str, Any]:
    """Return what a wrapper learned when it was trained, beside its booster."""
    if not isinstance(model.objective_, str):
        # Its answers are then raw scores; a wrapper that came back would not know.
        raise FormatError(
            f"the objective of this {kind} is a function, which cannot be saved",
            hint="Save its `booster_`.",
        )
    known = {
        "objective": model.objective_,
        "with_names": bool(getattr(model, "_fitted_with_feature_names", False)),
    }
    if kind == "LGBMClassifier":
        known["classes"] = _classes(model.classes_)
    return known


def _classes(classes: Any) -> dict[str, Any]:
    values = classes.tolist()
    if not all(isinstance(value, bool | int | float | str) for value in values):
        raise FormatError(
            f"classes of the type {classes.dtype} cannot be saved",
            hint="Train with classes that are numbers or texts.",
        )
    return {"type": classes.dtype.str, "values": values}


def _wrapped(lightgbm: Any, wrapper: Wrapper, booster: Any) -> Any:
    """Return a wrapper round a booster, as if it had just been trained.

    LightGBM has no way to do this in public: these are the attributes that `LGBMModel.fit` sets.

    Raises:
        KeyError, TypeError, ValueError: The wrapper's file is damaged.
    """
    made = getattr(lightgbm, wrapper.kind)(**wrapper.settings)
    made._Booster = booster
    made._objective = str(wrapper.known["objective"])
    made._n_features = made._n_features_in = booster.num_feature()
    made._fitted_with_feature_names = wrapper.known["with_names"] is True
    made._best_iteration = booster.best_iteration
    made._best_score = booster.best_score
    made._evals_result = {}
    made.fitted_ = True
    if wrapper.kind == "LGBMClassifier":
        _tell_classes(made, wrapper.known["classes"])
    return made


def _tell_classes(made: Any, said: dict[str, Any]) -> None:
    import numpy as np
    from sklearn.preprocessing import LabelEncoder

    kind = np.dtype(str(said["type"]))
    if kind.kind not in "biufUO":
        raise ValueError(f"classes of the type {kind}")
    classes = np.array(said["values"], dtype=kind)
    encoder = LabelEncoder()
    encoder.classes_ = classes
    made._le = encoder
    made._classes = classes
    made._n_classes = len(classes)
    made._class_map = {value: number for number, value in enumerate(classes)}


def _plain_parameters(parameters: Any) -> dict[str, Any]:
    return {
        name: value
        for name, value in parameters.items()
        if isinstance(value, bool | int | float | str)
    }


def _versions() -> dict[str, str]:
    found = {"lightgbm": str(sys.modules["lightgbm"].__version__)}
    if (numpy := installed_version("numpy")) is not None:
        found["numpy"] = numpy
    return found


ADAPTER = LightgbmAdapter()
