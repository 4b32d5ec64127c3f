"""A network of two layers in numpy, written out: forward, backward, dropout, momentum.

    pixels -> hidden = max(0, pixels @ W1 + b1) -> dropout -> hidden @ W2 + b2 -> softmax

Nothing is needed but numpy, and what is learned is four arrays, which go to a store as they are.
"""

from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import replace
from math import cos, pi

import numpy as np
from numpy.typing import NDArray

from podplanner.demo.kinds import NAMES
from podplanner.demo.learning import Epoch, Hyperparameters, Lesson, Network, scaled
from podplanner.demo.pictures import SIZE, Pictures

Floats = NDArray[np.float32]
Tensors = MutableMapping[str, Floats]

_HIDDEN, _LAST = "hidden", "last"
_DECAY = 1e-3
# Each step takes this share off every weight: the network stays simple where data says nothing.


class NumpyLearner:
    """Trains and asks the network of numpy."""

    framework = "numpy"
    base = f"a network of two layers, {SIZE} x {SIZE} pixels in, {len(NAMES)} kinds out"

    def settings(self, seed: int, *, quick: bool) -> Hyperparameters:
        """Return hyperparameters that were found by trying; a few seconds on one core."""
        return Hyperparameters(
            learning_rate=0.04, epochs=5 if quick else 24, hidden_units=160, dropout=0.4,
            batch_size=100, momentum=0.9, seed=seed,
        )  # fmt: skip

    def tuning(self, settings: Hyperparameters) -> Hyperparameters:
        """Return smaller steps, and fewer rounds."""
        return replace(
            settings, learning_rate=settings.learning_rate / 3, epochs=max(settings.epochs // 3, 2)
        )

    def versions(self) -> Mapping[str, str]:
        """Return the version of numpy."""
        return {"numpy": np.__version__}

    def train(self, lesson: Lesson) -> tuple[Tensors, list[Epoch]]:
        """Train a new network on all of its layers."""
        random = np.random.default_rng(lesson.settings.seed)
        tensors = _new(lesson.settings.hidden_units, random)
        return tensors, list(_epochs(tensors, lesson, random, layers=(_HIDDEN, _LAST)))

    def tune(self, model: Tensors, lesson: Lesson) -> list[Epoch]:
        """Train the last layer alone: the first stays, bit for bit."""
        random = np.random.default_rng(lesson.settings.seed)
        return list(_epochs(model, lesson, random, layers=(_LAST,)))

    def load(self, reference: str, store: str, *, trainable: bool = False) -> Network:
        """Return the arrays of a version."""
        from podplanner.models import load

        return load(reference, store=store, framework="numpy", trainable=trainable)

    def probabilities(self, model: Mapping[str, Floats], images: NDArray[np.uint8]) -> Floats:
        """Return the answers, without dropout: every unit has its say."""
        _, scores = _forward(model, _flat(images), None)
        return _softmax(scores)

    def parameters(self, model: Mapping[str, Floats]) -> int:
        """Return the numbers in all arrays."""
        return sum(array.size for array in model.values())

    def last_layer(self, model: Mapping[str, Floats]) -> int:
        """Return the numbers of the last layer."""
        return model[f"{_LAST}.weight"].size + model[f"{_LAST}.bias"].size

    def first_layer(self, model: Mapping[str, Floats]) -> Floats:
        """Return the weights of each hidden unit, one a pixel."""
        return np.ascontiguousarray(model[f"{_HIDDEN}.weight"].T).reshape(-1, SIZE, SIZE)


def _new(hidden: int, random: np.random.Generator) -> dict[str, Floats]:
    """Return weights at random, of a spread that keeps signals as strong from layer to layer."""
    sizes = {_HIDDEN: (SIZE * SIZE, hidden), _LAST: (hidden, len(NAMES))}
    tensors: dict[str, Floats] = {}
    for layer, (fan_in, fan_out) in sizes.items():
        spread = np.sqrt(2 / fan_in)  # He and others 2015, "Delving Deep into Rectifiers"
        tensors[f"{layer}.weight"] = random.normal(0, spread, (fan_in, fan_out)).astype(np.float32)
        tensors[f"{layer}.bias"] = np.zeros(fan_out, np.float32)
    return tensors


def _flat(images: NDArray[np.uint8]) -> Floats:
    return scaled(images).reshape(len(images), -1)


def _forward(
    tensors: Mapping[str, Floats], pixels: Floats, kept: Floats | None
) -> tuple[Floats, Floats]:
    """Return the hidden units and the scores; `kept` scales each hidden unit, 0 leaves it out."""
    hidden = np.maximum(pixels @ tensors[f"{_HIDDEN}.weight"] + tensors[f"{_HIDDEN}.bias"], 0)
    if kept is not None:
        hidden = hidden * kept
    return hidden, hidden @ tensors[f"{_LAST}.weight"] + tensors[f"{_LAST}.bias"]


def _softmax(scores: Floats) -> Floats:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), scores.dtype)


def _epochs(
    tensors: Tensors, lesson: Lesson, random: np.random.Generator, *, layers: tuple[str, ...]
) -> Iterator[Epoch]:
    """Train in place, and yield how it stands after every epoch."""
    settings, pictures = lesson.settings, lesson.pictures
    pixels, labels = _flat(pictures.images), pictures.labels
    moving = {name: np.zeros_like(tensors[name]) for layer in layers
              for name in (f"{layer}.weight", f"{layer}.bias")}  # fmt: skip
    for epoch in range(settings.epochs):
        # Steps grow smaller as the end comes nearer, by half a turn of a cosine.
        pace = settings.learning_rate * (1 + cos(pi * epoch / settings.epochs)) / 2
        order, losses = random.permutation(len(labels)), 0.0
        for first in range(0, len(labels), settings.batch_size):
            chosen = order[first : first + settings.batch_size]
            loss, slopes = _slopes(tensors, pixels[chosen], labels[chosen],
                                   _dropout(settings, len(chosen), random), layers)  # fmt: skip
            losses += loss * len(chosen)
            for name, before in moving.items():
                before *= settings.momentum
                before -= pace * (slopes[name] + _DECAY * tensors[name])
                tensors[name] += before
        lesson.told(epoch + 1, settings.epochs)
        yield Epoch(losses / len(labels), _accuracy(tensors, lesson.watched))


def _dropout(settings: Hyperparameters, count: int, random: np.random.Generator) -> Floats:
    """Return 0 for each hidden unit that is left out of a step; the rest speak the louder."""
    kept = random.random((count, settings.hidden_units), np.float32) >= settings.dropout
    return np.asarray(kept / np.float32(1 - settings.dropout), np.float32)


def _slopes(
    tensors: Mapping[str, Floats], pixels: Floats, labels: NDArray[np.int64], kept: Floats,
    layers: tuple[str, ...],
) -> tuple[float, dict[str, Floats]]:  # fmt: skip
    """Return the loss of a batch, and how it changes with each number of some layers."""
    hidden, scores = _forward(tensors, pixels, kept)
    answers = _softmax(scores)
    rows = np.arange(len(labels))
    loss = float(-np.log(answers[rows, labels] + 1e-9).mean())
    wrong = answers
    wrong[rows, labels] -= 1
    wrong /= len(labels)
    slopes = {f"{_LAST}.weight": hidden.T @ wrong, f"{_LAST}.bias": wrong.sum(axis=0)}
    if _HIDDEN in layers:
        back = (wrong @ tensors[f"{_LAST}.weight"].T) * kept * (hidden > 0)
        slopes |= {f"{_HIDDEN}.weight": pixels.T @ back, f"{_HIDDEN}.bias": back.sum(axis=0)}
    return loss, slopes


def _accuracy(tensors: Mapping[str, Floats], pictures: Pictures) -> float:
    _, scores = _forward(tensors, _flat(pictures.images), None)
    return float((scores.argmax(axis=1) == pictures.labels).mean())
