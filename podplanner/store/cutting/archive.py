"""Zip archives with stored members: PyTorch's .pt, NumPy's .npz, Keras' .keras."""

import re
from collections.abc import Iterator

from podplanner.store.cutting.access import ContradictionError, RandomAccess
from podplanner.store.cutting.anatomy import Anatomy, By, Member, Region, Tensor, checked, listed
from podplanner.store.cutting.directory import STORED, Directory
from podplanner.store.cutting.npy import Array, array_at

_STORAGE = re.compile(r"(?:.*/)?(?:data|constants)/\d+")
# Raw numbers of one tensor or more: torch.save and TorchScript name them so. What they are only
# the pickle beside them says, which is never loaded here.
_ARRAY = ".npy"


def parse(file: RandomAccess, size: int, directory: Directory) -> Anatomy:
    """Return what an archive holds.

    Raises:
        ContradictionError: Its directory does not agree with itself or with the file.
    """
    if not directory.sound:
        raise ContradictionError("the archive's directory and its members disagree")
    regions: list[Region] = []
    tensors: list[Tensor] = []
    arrays = False
    for member in directory.members:
        array = _array(file, member)
        arrays = arrays or array is not None
        regions += _regions(member, array)
        tensor = array.tensor(member.name.removesuffix(_ARRAY)) if array else None
        if tensor:
            tensors.append(tensor)
    found = checked(regions, start=0, end=directory.offset)
    return Anatomy("zip", found, listed(tensors, size=size) if arrays else None, directory.members)


def _array(file: RandomAccess, member: Member) -> Array | None:
    """Return the array that a stored member of a .npz is; None for anything else."""
    if member.method != STORED or not member.name.endswith(_ARRAY):
        return None
    try:
        return array_at(file, member.offset, member.length)
    except ContradictionError:
        # Objects, records, or no array in spite of its name: it is cut by content.
        return None


def _regions(member: Member, array: Array | None) -> Iterator[Region]:
    """Yield the parts of a member that are cut by themselves."""
    if array is not None:
        yield array.region(member.name.removesuffix(_ARRAY))
    elif member.method == STORED and not _STORAGE.fullmatch(member.name):
        yield Region(member.offset, member.length, By.CONTENT)
    else:
        # A storage of torch; or compressed, where one change changes everything behind it.
        yield Region(member.offset, member.length)
