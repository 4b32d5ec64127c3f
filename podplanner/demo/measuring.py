"""How well a network answers, on pictures that it was not trained on."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from podplanner.demo.kinds import CAT, NAMES
from podplanner.demo.learning import Learner, Network
from podplanner.demo.pictures import Light, Pictures


@dataclass(frozen=True, slots=True)
class Measured:
    """Shares of pictures answered rightly, and which kinds were taken for which."""

    accuracy: float
    by_light: dict[Light, float]
    cats: float
    """Share of which it was right whether they show a cat."""
    confusion: tuple[tuple[int, ...], ...]
    """Row: what it is; column: what was said."""


def accuracy(learner: Learner, model: Network, pictures: Pictures) -> float:
    """Return the share of pictures answered rightly."""
    return float((_said(learner, model, pictures) == pictures.labels).mean())


def measure(learner: Learner, model: Network, held_out: dict[Light, Pictures]) -> Measured:
    """Return how a network does on held-out pictures of each light."""
    table = np.zeros((len(NAMES), len(NAMES)), np.int64)
    by_light: dict[Light, float] = {}
    for light, pictures in held_out.items():
        said = _said(learner, model, pictures)
        by_light[light] = float((said == pictures.labels).mean())
        np.add.at(table, (pictures.labels, said), 1)
    count = int(table.sum())
    cats = table[CAT, CAT] + np.delete(np.delete(table, CAT, 0), CAT, 1).sum()
    return Measured(
        accuracy=float(np.trace(table)) / count,
        by_light=by_light,
        cats=float(cats) / count,
        confusion=tuple(tuple(int(one) for one in row) for row in table),
    )


def _said(learner: Learner, model: Network, pictures: Pictures) -> NDArray[np.int64]:
    shares: NDArray[np.float32] = learner.probabilities(model, pictures.images)
    return np.asarray(shares.argmax(axis=1), np.int64)
