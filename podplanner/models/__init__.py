"""Models of training frameworks, straight to a store and back: `save`, `load`, `training`.

Importing this imports no framework and no store: what is used is imported when it is used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from podplanner.models.datasets import Dataset
    from podplanner.models.feedback_records import (
        Feedback,
        FeedbackRecord,
        feedback,
        read_feedback,
    )
    from podplanner.models.following import Following, follow
    from podplanner.models.loading import load
    from podplanner.models.origins import Origin, origin
    from podplanner.models.saving import save
    from podplanner.models.training_run import Training, training

_HOMES = {
    "save": "saving",
    "load": "loading",
    "Origin": "origins",
    "origin": "origins",
    "Dataset": "datasets",
    "Feedback": "feedback_records",
    "FeedbackRecord": "feedback_records",
    "feedback": "feedback_records",
    "read_feedback": "feedback_records",
    "Following": "following",
    "follow": "following",
    "Training": "training_run",
    "training": "training_run",
}

__all__ = [
    "Dataset",
    "Feedback",
    "FeedbackRecord",
    "Following",
    "Origin",
    "Training",
    "feedback",
    "follow",
    "load",
    "origin",
    "read_feedback",
    "save",
    "training",
]


def __getattr__(name: str) -> object:
    """Import what is asked for."""
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
