"""Frameworks are imported where they are used; one that is not there is named."""

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType

from podplanner.errors import MissingPackageError


def require(module: str, *, package: str | None = None, why: str, instead: str = "") -> ModuleType:
    """Return a module of a framework.

    Args:
        module: Its name, as in `import`.
        package: What to install; default: the module's first word.
        why: What needs it: `to load team/cat:3`.
        instead: What else can be done, to end the hint with: `ask for arrays`.

    Raises:
        MissingPackageError: It, or something that it needs, is not installed; says what to run.
    """
    top = module.partition(".")[0]
    install = package or top
    try:
        import_module(top)
        return import_module(module)
    except ImportError as error:
        missing = isinstance(error, ModuleNotFoundError) and error.name == top
        words = f"{install} is not installed" if missing else f"{install} cannot be used: {error}"
        hint = f"Run `pip install {install}`{', or ' if instead else ''}{instead}."
        raise MissingPackageError(f"{words}, and is needed {why}", hint=hint) from error


def installed_version(package: str) -> str | None:
    """Return the version of an installed package; None when it is not installed as one."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None
