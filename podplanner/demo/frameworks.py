"""The learner of a framework: numpy, or PyTorch where it is."""

from importlib.util import find_spec
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

        require("torch", package="torch", why="the demo with --framework torch")
    if wanted == "torch" or (wanted == "auto" and find_spec("torch") is not None):
        from podplanner.demo.torch_network import TorchLearner

        return TorchLearner()
    from podplanner.demo.network import NumpyLearner

    return NumpyLearner()


def learner_of(library: object) -> Learner:
    """Return what asks the networks that a version's `library_name` names."""
    return learner_for("torch" if library == "pytorch" else "numpy")
