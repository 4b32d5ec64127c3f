"""Data sets: what a model was trained on, named by a digest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Dataset:
    """A data set, named by the digest of its content."""

    name: str
    digest: str | None = None
    """`blake3:<hex>`; None: unknown."""


AnyDataset = Dataset | str | Mapping[str, Any]
"""A data set, its name (`squad`, `squad@sha256:3f2a...`), or the fields of a model card."""


def described(dataset: AnyDataset | Sequence[AnyDataset]) -> list[Any]:
    """Return data sets as metadata has them."""
    some = [dataset] if isinstance(dataset, Dataset | str | Mapping) else list(dataset)
    return [
        {"name": one.name, **({"digest": one.digest} if one.digest else {})}
        if isinstance(one, Dataset)
        else one
        for one in some
    ]
