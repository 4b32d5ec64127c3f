"""Does the drive fit: bytes, sectors, and what its label promises."""

from collections.abc import Iterator

from podplanner.drives.acceptance.check import Check, Result
from podplanner.drives.acceptance.newcomer import Newcomer
from podplanner.units.words import say_size

_PLAIN = 512
_FOUR_K = 4_096
_OVER = 1.02
# Drives hold a little more than their label says (IDEMA LBA1-03: 18 TB are 18,000,207,937,536
# bytes, 0.001 % more; old ones of 500 GB up to 0.02 %). Two per cent more is another drive.


def fits(newcomer: Newcomer) -> Iterator[Check]:
    """Yield whether it holds as many bytes as what it replaces."""
    have, wanted, name = newcomer.reading.capacity_bytes, newcomer.wanted, "size"
    if wanted is None:
        words = "compared with nothing: add --for SERIAL of the drive that it replaces, or --size"
        yield Check(name, Result.UNKNOWN, words, needed=False)
    elif wanted.size_bytes is None:
        yield Check(name, Result.UNKNOWN, wanted.whose)
    elif have is None:
        yield Check(name, Result.UNKNOWN, "it does not say how many bytes it holds")
    elif have < wanted.size_bytes:
        short = wanted.size_bytes - have
        words = (
            f"{_bytes(have)} are {short:,} bytes less than {wanted.whose} ({wanted.size_bytes:,})"
        )
        yield Check(name, Result.FAIL, words)
    else:
        words = f"{_bytes(have)} are enough for {wanted.whose} ({wanted.size_bytes:,})"
        yield Check(name, Result.PASS, words)


def is_as_labelled(newcomer: Newcomer) -> Iterator[Check]:
    """Yield whether it holds what a drive of its model does; nothing for an unknown model."""
    have, label = newcomer.reading.capacity_bytes, newcomer.label
    if label is None or label.capacity_bytes is None or have is None:
        return
    promised = f"the label of {label.sku} says {say_size(label.capacity_bytes)}"
    if have < label.capacity_bytes:
        words = (
            f"{promised}, it has {_bytes(have)}: a part is hidden (HPA, see hdparm -N), or it is "
            "another drive under this name"
        )
        yield Check("label", Result.FAIL, words)
    elif have > label.capacity_bytes * _OVER:
        words = f"{promised}, it has {_bytes(have)}: it is another drive under this name"
        yield Check("label", Result.FAIL, words)
    else:
        yield Check("label", Result.PASS, f"{promised}, and it has {_bytes(have)}")


def has_plain_sectors(newcomer: Newcomer) -> Iterator[Check]:
    """Yield whether arrays take its sectors."""
    sector, name = newcomer.reading.logical_sector_bytes, "sectors"
    physical = newcomer.reading.physical_sector_bytes or sector
    beside = None if newcomer.wanted is None else newcomer.wanted.logical_sector_bytes
    if sector is None:
        yield Check(name, Result.UNKNOWN, "it does not say how large its sectors are", needed=False)
    elif sector in (_PLAIN, beside):
        inner = "" if physical == sector else f", written as {physical}"
        yield Check(name, Result.PASS, f"{sector} bytes{inner}")
    elif sector == _FOUR_K:
        words = (
            "4096 bytes (4Kn): a ZFS group made with ashift=9, and an md array below a file system "
            "with smaller blocks, do not take it; some adapters cannot boot from it"
        )
        yield Check(name, Result.WARNING, words)
    else:
        words = (
            f"{sector} bytes: it was formatted for a disk array of another maker, and Linux cannot "
            "use it so; `sg_format --format --size=512` takes hours and erases it"
        )
        yield Check(name, Result.FAIL, words)


def _bytes(size: int) -> str:
    return f"{size:,} bytes ({say_size(size)})"
