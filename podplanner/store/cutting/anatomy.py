"""What a parser finds in a file: regions to cut at, tensors, members of an archive."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from podplanner.store.cutting.access import ContradictionError
from podplanner.store.cutting.dtypes import elements_of
from podplanner.store.manifest import TENSORS_FORMAT, FileFormat, TensorList

MOST_TENSORS = 131_072
"""Of one file, and members of an archive. The largest models that are known have about as many in
all their shards together (DeepSeek-V3: 91,991 in 163), and a list of this many takes about 70 MB
while it is made."""
LONGEST_NAME = 4096
"""Bytes of a tensor's name; GGUF allows 64, torch has some of a few hundred."""


class By(Enum):
    """How a region is cut."""

    HEADER = "header"
    """A piece of its own; by content when it is long."""
    SLICES = "slices"
    """In slices of one size, counted from the region's start."""
    ROWS = "rows"
    """As slices, finer: a matrix that may grow by rows at its end."""
    CONTENT = "content"
    """Where the content says."""
    BETWEEN = "between"
    """What no parser claims: padding, headers of an archive's members, names in a graph."""


class Region(NamedTuple):
    """A part of a file that is cut by itself: a tensor, a member, a header."""

    offset: int
    length: int
    by: By = By.SLICES
    name: str | None = None
    """Of the tensor, when it is one."""
    dtype: str = ""
    width: int = 0


class Tensor(NamedTuple):
    """A tensor as a file describes it."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    offset: int
    """From the start of the file."""
    length: int
    width: int = 0
    fortran: bool = False

    def region(self) -> Region:
        """Return the region in which its bytes lie."""
        by = By.ROWS if _may_grow(self) else By.SLICES
        return Region(self.offset, self.length, by, self.name, self.dtype, self.width)


class Member(NamedTuple):
    """A member of a zip archive, as its central directory describes it."""

    name: str
    offset: int
    """Of its stored bytes in the file; -1 where its local header cannot be read."""
    length: int
    """Of its stored bytes, as stated: it may reach beyond the end when it is not sound."""
    size: int
    """Of its bytes when unpacked, as stated."""
    method: int
    """0: stored; 8: deflated."""
    flags: int
    """General purpose bits: 1 says encrypted."""
    crc: int
    """CRC-32 of the unpacked bytes, as stated; nothing here has checked it."""
    sound: bool
    """Whether the local header agrees, the name is no other's and the bytes are no other's."""


@dataclass(frozen=True, slots=True)
class Anatomy:
    """A file as its parser understood it."""

    format: FileFormat
    regions: Sequence[Region]
    """In order, none over another; what lies between and behind them is cut as untyped bytes."""
    tensors: TensorList | None = None
    members: tuple[Member, ...] = ()


_GROWING_NAMES = ("emb", "wte", "vocab", "lm_head", "predictions")
_GROWING_WHOLE_NAMES = ("output.weight", "shared.weight", "model.shared.weight")
# What matrices with a row for every word are called by transformers, GGUF, llama, fairseq, T5.
# Not known by their shape: one that grew past any limit would be cut anew from its start.


def _may_grow(tensor: Tensor) -> bool:
    """Return whether a matrix is likely to get more rows when a vocabulary grows."""
    if len(tensor.shape) != 2 or tensor.fortran:
        return False
    name = tensor.name.lower()
    return name in _GROWING_WHOLE_NAMES or any(word in name for word in _GROWING_NAMES)


def checked(regions: Iterable[Region], *, start: int, end: int) -> list[Region]:
    """Return regions in order, the empty ones left out.

    Args:
        regions: In any order.
        start: Where the first may begin.
        end: Where the last must end.

    Raises:
        ContradictionError: Two lie over each other, or one outside.
    """
    found = sorted((region for region in regions if region.length), key=lambda r: r.offset)
    position = start
    for region in found:
        if region.offset < position or region.length < 0:
            raise ContradictionError("two parts lie over each other")
        position = region.offset + region.length
    if position > end:
        raise ContradictionError("a part reaches beyond the end")
    return found


def listed(tensors: Iterable[Tensor], *, size: int) -> TensorList:
    """Return the document that lists tensors of a file of `size` bytes.

    Raises:
        ContradictionError: Two have one name, there are too many, a shape cannot be, or one
            reaches beyond the end (an empty one may lie anywhere up to it).
    """
    found = sorted(tensors, key=lambda t: (t.offset, t.length, t.name))
    if len(found) > MOST_TENSORS:
        raise ContradictionError("more tensors than any model has")
    if len({tensor.name for tensor in found}) != len(found):
        raise ContradictionError("two tensors of one name")
    for tensor in found:
        elements_of(tensor.shape)
        if tensor.offset + tensor.length > size:
            raise ContradictionError("a tensor reaches beyond the end")
    return TensorList(
        format=TENSORS_FORMAT,
        names=tuple(tensor.name for tensor in found),
        dtypes=tuple(tensor.dtype for tensor in found),
        shapes=tuple(tensor.shape for tensor in found),
        offsets=tuple(tensor.offset for tensor in found),
        lengths=tuple(tensor.length for tensor in found),
        fortran=tuple(number for number, tensor in enumerate(found) if tensor.fortran),
    )
