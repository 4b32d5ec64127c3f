"""A small convolutional network in PyTorch, with dropout; PyTorch is imported when it is asked."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from podplanner.demo.kinds import NAMES
from podplanner.demo.learning import Epoch, Hyperparameters, Lesson, Network, scaled
from podplanner.demo.pictures import SIZE
from podplanner.errors import FormatError

if TYPE_CHECKING:
    import torch

_FILTERS = (12, 24)
_KERNEL = 5
# Two layers of filters, 5 x 5 pixels each: the least that sees ears and whiskers apart.
_POOLED = (SIZE // 4) ** 2 * _FILTERS[1]
# What is left after two poolings by 2.
_DROPOUT = 0.4
_HEAD = -2
# Where the end begins: dropout and the last layer.
_AT_ONCE = 500
# Pictures in one multiplication: more take more memory, and no less time.


def new_network(hidden_units: int, dropout: float) -> "torch.nn.Module":
    """Return an untrained network; `load(..., factory=...)` fills one with what was learned."""
    from torch import nn

    return nn.Sequential(
        nn.Conv2d(1, _FILTERS[0], _KERNEL, padding="same"), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(_FILTERS[0], _FILTERS[1], _KERNEL, padding="same"), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(_POOLED, hidden_units), nn.ReLU(), nn.Dropout(dropout),
        nn.Linear(hidden_units, len(NAMES)),
    )  # fmt: skip


class TorchLearner:
    """Trains and asks the network of PyTorch."""

    framework = "torch"
    base = (
        f"a convolutional network, {_FILTERS[0]} and {_FILTERS[1]} filters of {_KERNEL} x "
        f"{_KERNEL}, {SIZE} x {SIZE} pixels in, {len(NAMES)} kinds out"
    )

    def __init__(self) -> None:
        import torch

        self._torch = torch
        # Equal answers need equal sums, in one order; what threads would save here is a second.
        torch.set_num_threads(1)
        torch.use_deterministic_algorithms(True)

    def settings(self, seed: int, *, quick: bool) -> Hyperparameters:
        """Return hyperparameters that were found by trying."""
        return Hyperparameters(
            learning_rate=0.03, epochs=2 if quick else 3, hidden_units=96, dropout=_DROPOUT,
            batch_size=50, momentum=0.9, seed=seed,
        )  # fmt: skip

    def tuning(self, settings: Hyperparameters) -> Hyperparameters:
        """Return smaller steps, and more rounds: one layer alone learns quickly."""
        return replace(
            settings, learning_rate=settings.learning_rate / 3, epochs=settings.epochs * 2
        )

    def versions(self) -> Mapping[str, str]:
        """Return the version of PyTorch."""
        return {"torch": str(self._torch.__version__)}

    def train(self, lesson: Lesson) -> tuple["torch.nn.Module", list[Epoch]]:
        """Train a new network on all of its layers."""
        self._torch.manual_seed(lesson.settings.seed)
        network = new_network(lesson.settings.hidden_units, lesson.settings.dropout)
        pixels = self._batch(lesson.pictures.images)
        return network, list(self._epochs(network, network, pixels, lesson))

    def tune(self, model: Network, lesson: Lesson) -> list[Epoch]:
        """Train the last layer alone: the others stay, bit for bit."""
        self._torch.manual_seed(lesson.settings.seed)
        # What the other layers make of the pictures does not change, and is worked out once.
        body, head = model[:_HEAD], model[_HEAD:]
        model.eval()
        with self._torch.no_grad():
            seen = self._torch.cat([
                body(self._batch(lesson.pictures.images[first : first + _AT_ONCE]))
                for first in range(0, len(lesson.pictures), _AT_ONCE)
            ])  # fmt: skip
        return list(self._epochs(model, head, seen, lesson))

    def load(self, reference: str, store: str, *, trainable: bool = False) -> Network:
        """Return the network of a version, made here and filled from the store."""
        from podplanner.models import load

        return load(reference, store=store, factory=_of_metadata(reference, store),
                    trainable=trainable)  # fmt: skip

    def probabilities(self, model: Network, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the answers, without dropout and without gradients."""
        model.eval()
        with self._torch.inference_mode():
            answers = self._torch.softmax(model(self._batch(images)), dim=1)
        return np.asarray(answers.numpy(), np.float32)

    def parameters(self, model: Network) -> int:
        """Return the numbers in all layers."""
        return sum(one.numel() for one in model.parameters())

    def last_layer(self, model: Network) -> int:
        """Return the numbers of the last layer."""
        return sum(one.numel() for one in model[-1].parameters())

    def first_layer(self, model: Network) -> NDArray[np.float32]:
        """Return the filters of the first layer."""
        return np.asarray(model[0].weight.detach().numpy()[:, 0], np.float32)

    def _batch(self, images: NDArray[np.uint8]) -> "torch.Tensor":
        return self._torch.from_numpy(scaled(images)).unsqueeze(1)

    def _epochs(
        self, network: Network, learning: Network, inputs: "torch.Tensor", lesson: Lesson
    ) -> Iterator[Epoch]:
        """Train a network or its end, in place, and yield how it stands after every epoch.

        Args:
            network: All of it.
            learning: What of it learns: all, or its end.
            inputs: What `learning` is given for each picture.
            lesson: Labels, hyperparameters, and who is told.
        """
        torch, settings = self._torch, lesson.settings
        labels = torch.from_numpy(lesson.pictures.labels)
        steps = torch.optim.SGD(
            learning.parameters(), lr=settings.learning_rate, momentum=settings.momentum
        )
        slower = torch.optim.lr_scheduler.CosineAnnealingLR(steps, settings.epochs)
        for epoch in range(settings.epochs):
            network.train()
            order, losses = torch.randperm(len(labels)), 0.0
            for chosen in order.split(settings.batch_size):
                loss = torch.nn.functional.cross_entropy(learning(inputs[chosen]), labels[chosen])
                steps.zero_grad()
                loss.backward()
                steps.step()
                losses += float(loss.detach()) * len(chosen)
            slower.step()
            lesson.told(epoch + 1, settings.epochs)
            right = self.probabilities(network, lesson.watched.images).argmax(axis=1)
            accuracy = float((right == lesson.watched.labels).mean())
            yield Epoch(losses / len(labels), accuracy)


def _of_metadata(reference: str, store: str) -> "Callable[[], torch.nn.Module]":
    """Return what makes a network of the sizes that a version says of itself."""
    from podplanner.store import open_store

    said = open_store(store, read_only=True).show(reference).metadata.get("hyperparameters")
    units = said.get("hidden_units") if isinstance(said, dict) else None
    if not isinstance(units, int):
        raise FormatError(
            f"{reference} does not say how many hidden units it has",
            hint="Load one that `podplanner demo` made.",
        )
    return lambda: new_network(units, _DROPOUT)
