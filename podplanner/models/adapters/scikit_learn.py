"""Estimators of scikit-learn, pipelines and searches too: one skops file, never a pickle."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from podplanner.errors import FormatError, PodplannerError, UnsafeContentError
from podplanner.models.adapter import ReadOptions, Written
from podplanner.models.adapters import estimator_parts, skops_file
from podplanner.models.adapters.estimator_settings import random_states, settings
from podplanner.models.adapters.skops_types import TRUSTED
from podplanner.models.adapters.whole_models import refuse_options
from podplanner.models.packages import installed_version, require
from podplanner.models.stored import StoredModel

FILE = "model.skops"
_SUFFIX = ".skops"
_PACKAGES = ("scikit-learn", "skops", "numpy", "scipy")
_BOOSTED = frozenset({"xgboost.sklearn", "lightgbm.sklearn"})
# Modules whose estimators have adapters of their own, with the libraries' own formats.


class ScikitLearnAdapter:
    """An estimator, whatever it is made of, as skops saves it."""

    kind = "scikit-learn"
    package: str | None = "skops"

    def fits(self, model: object) -> bool:
        """Return whether it is an estimator, and none of XGBoost or LightGBM."""
        return _is_estimator(model) and not any(
            one.__module__ in _BOOSTED for one in type(model).__mro__
        )

    def write(self, model: Any) -> Written:
        """Return the estimator as a skops file.

        Raises:
            FormatError: skops cannot save something in it.
        """
        require("skops", why="to save a scikit-learn model")
        from skops import io as skops

        try:
            content = skops.dumps(model)
        except Exception as error:
            # It calls `__reduce__` of whatever is in there.
            raise FormatError(
                f"skops cannot save this {type(model).__name__}: {error}",
                hint="Take out what is no plain estimator, or save it in parts.",
            ) from error
        said = settings(model)
        return Written(
            files={FILE: [memoryview(content)]},
            library="sklearn",
            class_name=f"{type(model).__module__}.{type(model).__qualname__}",
            parameters=estimator_parts.learned_numbers(model),
            hyperparameters=said,
            versions={
                package: found
                for package in _PACKAGES
                if (found := installed_version(package)) is not None
            },
            seeds=random_states(said),
        )

    def recognises(self, stored: StoredModel) -> bool:
        """Return whether exactly one file is named as skops names them."""
        return sum(path.endswith(_SUFFIX) for path in stored.paths) == 1

    def read(self, stored: StoredModel, options: ReadOptions) -> Any:
        """Return the estimator; its arrays cannot be written to unless it is to be trained.

        scikit-learn warns (`InconsistentVersionWarning`) where its version is another than the one
        that saved the estimator.

        Raises:
            MissingPackageError: scikit-learn, skops, or what else the estimator needs is missing.
            UnsafeContentError: It holds types that are not trusted; names them.
            FormatError: The file is damaged, or made to do harm.
            WrongUsageError: An option makes no sense for it.
        """
        refuse_options(options, "an estimator of scikit-learn")
        why = f"to load {stored.origin.reference}"
        # Before anything is read; scikit-learn first, as skops would fail without naming it.
        require("sklearn", package="scikit-learn", why=why)
        require("skops", why=why)
        from skops import io as skops

        content = stored.read(options.path or stored.the_one(_SUFFIX))
        file = skops_file.looked_through(content)
        with _translated(stored, content, options.trusted):
            model = skops.load(file, trusted=[*TRUSTED, *options.trusted])
            estimator_parts.check_parts(model)
        if not _is_estimator(model):
            raise FormatError(
                f"{stored.origin.reference} holds a {type(model).__name__}, and no estimator",
                hint="Pull it with `podplanner model pull`, and read it with skops.",
            )
        if not options.trainable:
            estimator_parts.freeze(model)
        return model


def _is_estimator(model: object) -> bool:
    return any(
        (one.__module__, one.__qualname__) == ("sklearn.base", "BaseEstimator")
        for one in type(model).__mro__
    )


@contextmanager
def _translated(
    stored: StoredModel, content: bytes | bytearray, trusted: tuple[str, ...]
) -> Iterator[None]:
    """Turn what skops, and constructors that it calls, may raise into errors of ours."""
    from skops import io as skops
    from skops.io.exceptions import UntrustedTypesFoundException

    try:
        yield
    except PodplannerError:
        raise
    except UntrustedTypesFoundException as error:
        names = skops_file.beyond(skops.get_untrusted_types(data=bytes(content)), trusted)
        raise UnsafeContentError(
            f"{stored.origin.reference} holds types that are not trusted: {', '.join(names)}",
            hint="If they are yours and do no harm, load it with "
            f"`trusted=[{', '.join(map(repr, names))}]`.",
        ) from error
    except ImportError as error:
        # Only of a name that is trusted: by us (another version of scikit-learn) or the caller.
        require_named(error, stored)
        raise FormatError(
            f"{stored.origin.reference} needs what is not here: {error}",
            hint="Install the versions that `podplanner model show` names under environment.",
        ) from error
    except Exception as error:
        # Made from what a file says: anything may go wrong.
        raise FormatError(
            f"{stored.origin.reference} is no model that skops can load: {error}",
            hint="Install the versions that `podplanner model show` names under environment, "
            "or save the model again.",
        ) from error


def require_named(error: ImportError, stored: StoredModel) -> None:
    """Raise MissingPackageError where an import failed because a package is not installed.

    Raises:
        MissingPackageError: It is so.
    """
    if isinstance(error, ModuleNotFoundError) and error.name and "." not in error.name:
        require(error.name, why=f"to load {stored.origin.reference}")


ADAPTER = ScikitLearnAdapter()
