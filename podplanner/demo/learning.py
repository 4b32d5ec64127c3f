"""What a learner is, whatever framework it uses: it trains, tunes, and answers."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from podplanner.demo.pictures import Pictures

Network = Any
"""What a framework makes of a network: arrays by name, or a module."""
MEAN, DEVIATION = 0.5, 0.25
# Of pixels from 0 to 1, roughly; fixed, so that a single picture is seen as it was in training.


@dataclass(frozen=True, slots=True)
class Hyperparameters:
    """What frames the training, set before it begins; never learned."""

    learning_rate: float
    epochs: int
    """How often every picture is seen."""
    hidden_units: int
    dropout: float
    """Share of the hidden units that are left out of each step, at random."""
    batch_size: int
    """Pictures between two steps."""
    momentum: float
    seed: int

    def named(self) -> dict[str, int | float]:
        """Return them by name, as `save` takes them."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Epoch:
    """How the training stood when every picture had been seen once more."""

    loss: float
    """Mean over the training pictures, with dropout."""
    accuracy: float
    """Of pictures that are not trained on, without dropout."""


Told = Callable[[int, int], None]
"""Hears of each epoch: how many are done, of how many."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What one training is done on."""

    pictures: Pictures
    watched: Pictures
    """Measured after each epoch, never trained on."""
    settings: Hyperparameters
    told: Told


class Learner(Protocol):
    """One framework's way to train, tune and ask a small network."""

    framework: str
    base: str
    """The base algorithm in words, for people."""

    def settings(self, seed: int, *, quick: bool) -> Hyperparameters:
        """Return the hyperparameters of a first training."""
        ...

    def tuning(self, settings: Hyperparameters) -> Hyperparameters:
        """Return those of tuning the last layer."""
        ...

    def versions(self) -> Mapping[str, str]:
        """Return package -> version of what it computes with."""
        ...

    def train(self, lesson: Lesson) -> tuple[Network, list[Epoch]]:
        """Train a new network; return what `podplanner.models.save` takes."""
        ...

    def tune(self, model: Network, lesson: Lesson) -> list[Epoch]:
        """Train the last layer of a network that `load` gave, in place."""
        ...

    def load(self, reference: str, store: str, *, trainable: bool = False) -> Network:
        """Return a network from a store."""
        ...

    def probabilities(self, model: Network, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return for each picture how probable each kind is."""
        ...

    def parameters(self, model: Network) -> int:
        """Return how many numbers it learned."""
        ...

    def last_layer(self, model: Network) -> int:
        """Return how many of them its last layer has: those that tuning changes."""
        ...

    def first_layer(self, model: Network) -> NDArray[np.float32]:
        """Return its first layer as small pictures of weights, of shape (n, side, side)."""
        ...


def scaled(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return pixels about 0, as networks take them."""
    return ((images.astype(np.float32) / 255 - MEAN) / DEVIATION).astype(np.float32)
