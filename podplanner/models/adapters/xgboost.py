"""Models of XGBoost in its own format, UBJSON: boosters, and the wrappers for scikit-learn."""

import sys
from typing import Any

from podplanner.errors import FormatError
from podplanner.models.adapter import ReadOptions, Written
from podplanner.models.adapters import boosted_wrapper
from podplanner.models.adapters.estimator_settings import random_states, settings
from podplanner.models.adapters.whole_models import refuse_options
from podplanner.models.packages import installed_version, require
from podplanner.models.stored import StoredModel

FILE = "model.ubj"
_WRAPPERS = ("XGBClassifier", "XGBRegressor", "XGBRanker", "XGBRFClassifier", "XGBRFRegressor")
_SUFFIXES = (".ubj", ".json")
_FROM_THE_FILE = ("objective", "booster", "base_score", "feature_types", "enable_categorical")
# Settings that `load_model` of a wrapper sets to what the model file says; the wrapper that was
# saved may say less, and would be trained on otherwise (`XGBModel._load_model_attributes`).
_BEGINNING = 4096
# Bytes: keys are sorted, and "learner" comes first in what XGBoost writes.


class XgboostAdapter:
    """A booster, or a wrapper of one of the classes that scikit-learn's users know."""

    kind = "xgboost"
    package: str | None = "xgboost"

    def fits(self, model: object) -> bool:
        """Return whether it is a booster of XGBoost, or a wrapper round one."""
        return _is_booster(model) or _wrapper_of(model) is not None

    def write(self, model: Any) -> Written:
        """Return the booster as one file, and what the wrapper knows as another.

        Raises:
            FormatError: It has not been trained.
        """
        from podplanner.models.adapters.xgboost_model import check_model, learned_numbers

        kind = _wrapper_of(model)
        if kind is not None and not hasattr(model, "_Booster"):
            raise FormatError(f"this {kind} has not been trained", hint="Call its `fit` first.")
        booster = model if kind is None else model.get_booster()
        content = booster.save_raw("ubj")
        said = {} if kind is None else settings(model)
        files: dict[str, Any] = {FILE: [memoryview(content)]}
        if kind is not None:
            wrapper = boosted_wrapper.described(kind, model)
            files[boosted_wrapper.FILE] = [memoryview(wrapper.to_file())]
        return Written(
            files=files,
            library="xgboost",
            class_name=f"{type(model).__module__}.{type(model).__qualname__}",
            # Also: what cannot be loaded again is not saved.
            parameters=learned_numbers(check_model(content)),
            hyperparameters=said,
            versions=_versions(),
            seeds=random_states(said),
            details={} if kind is None else {"wrapper": kind},
        )

    def recognises(self, stored: StoredModel) -> bool:
        """Return whether exactly one file is a model of it: UBJSON by name, JSON by content."""
        found = [path for path in stored.paths if path.endswith(_SUFFIXES)]
        models = [path for path in found if path.endswith(".ubj")]
        if models or len(found) != 1:
            return len(models) == 1
        beginning = bytes(stored.read(found[0])[:_BEGINNING]).lstrip()
        return beginning.startswith(b"{") and b'"learner"' in beginning

    def read(self, stored: StoredModel, options: ReadOptions) -> Any:
        """Return the booster, or the wrapper that was saved.

        XGBoost has no read-only boosters; prediction changes nothing.

        Raises:
            MissingPackageError: XGBoost is not installed, or for a wrapper scikit-learn.
            FormatError: The file is damaged, or made to do harm.
            WrongUsageError: An option makes no sense for it.
        """
        refuse_options(options, "a model of XGBoost")
        why = f"to load {stored.origin.reference}"
        xgboost = require("xgboost", why=why)
        wrapper = boosted_wrapper.read_wrapper(stored, _WRAPPERS)
        if wrapper is not None:
            require("sklearn", package="scikit-learn", why=why)
        from podplanner.models.adapters.xgboost_model import check_model

        content = stored.read(options.path or _path(stored))
        check_model(content)
        try:
            if wrapper is None:
                booster = xgboost.Booster()
                booster.load_model(content)
                return booster
            made = getattr(xgboost, wrapper.kind)(**wrapper.settings)
            made.load_model(content)
        except (xgboost.core.XGBoostError, ValueError, TypeError, KeyError) as error:
            first = str(error).partition("\n")[0]
            raise FormatError(
                f"XGBoost cannot load {stored.origin.reference}: {first}",
                hint="Install the version that `podplanner model show` names under environment.",
            ) from error
        for name in _FROM_THE_FILE:
            if name in wrapper.settings:
                setattr(made, name, wrapper.settings[name])
        return made


def _path(stored: StoredModel) -> str:
    return FILE if FILE in stored.paths else stored.the_one(*_SUFFIXES)


def _is_booster(model: object) -> bool:
    return boosted_wrapper.kind_of(model, "xgboost.core", ("Booster",)) is not None


def _wrapper_of(model: object) -> str | None:
    return boosted_wrapper.kind_of(model, "xgboost.sklearn", _WRAPPERS)


def _versions() -> dict[str, str]:
    # Its own word: distributions of several names bring it (`xgboost-cpu`).
    found = {"xgboost": str(sys.modules["xgboost"].__version__)}
    if (numpy := installed_version("numpy")) is not None:
        found["numpy"] = numpy
    return found


ADAPTER = XgboostAdapter()
