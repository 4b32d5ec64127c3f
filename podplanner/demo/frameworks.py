"""The learner of a framework: numpy, or PyTorch where it is."""

from importlib import import_module
from typing import Literal

from podplanner.demo.learning import Learner

Framework = Literal["auto", "numpy", "torch"]


def learner_for(wanted: Framework) -> Learner:
    """Return what trains and asks networks.

    Args:
        wanted: `auto` takes PyTorch where it is installed, else numpy.

    Raises:
        MissingPackageError: PyTorch is asked for by name, and is not installed.
    """
    if wanted == "torch":
        from podplanner.models.packages import require

        require("torch", package="torch", why="by the demo with --framework torch")
    if wanted == "torch" or (wanted == "auto" and _has_torch()):
        from podplanner.demo.torch_network import TorchLearner

        return TorchLearner()
    from podplanner.demo.network import NumpyLearner

    return NumpyLearner()


def _has_torch() -> bool:
    """Return whether PyTorch can be used: it may be there in name alone."""
    try:
        import_module("torch")
    except ImportError:
        return False
    return True


def learner_of(library: object) -> Learner:
    """Return what asks the networks that a version's `library_name` names."""
    return learner_for("torch" if library == "pytorch" else "numpy")
