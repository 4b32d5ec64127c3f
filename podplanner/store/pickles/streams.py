"""Pickles one after the other, and whether bytes are a pickle at all."""

from enum import Enum

from podplanner.store.pickles.findings import Gathered
from podplanner.store.pickles.machine import Machine
from podplanner.store.pickles.walk import walk
from podplanner.store.pickles.window import Bomb, Lost, Window

_STARTERS = frozenset(b"\x80\x95\x8c\x8d\x8e\x88\x89\x8a\x8b\x8f\x96\x97(cNIFLKMJGSTUVXBC)]}P")
"""Opcodes that may come first: all others take from the stack, which is empty."""
_ENOUGH = 8
# Opcodes of a stream with a header that make it a pickle though it then leads nowhere and has
# imported nothing. Random bytes come so far once in 10**8 times.
_TORCH_MAGIC = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
_TORCH_PICKLES = 5
# Before 1.6 torch.save wrote magic number, protocol, system, object and keys, then the tensors'
# bytes, which no loader takes for a pickle. Source: `torch/serialization.py`, `_legacy_save`.


class Kind(Enum):
    """What a walk came to."""

    WHOLE = "a pickle to its STOP"
    UNCERTAIN = "the like, but imports nothing and has no header: a text may read so"
    BROKEN = "a pickle that cannot be followed"
    NONE = "no pickle"


def walk_pickles(window: Window, gathered: Gathered) -> bool:
    """Follow the pickles that lie one after the other from where the window is.

    Returns:
        Whether there was one.

    Raises:
        Bomb: What is packed becomes too large.
    """
    is_torch = window.peek(len(_TORCH_MAGIC)) == _TORCH_MAGIC
    count, uncertain = 0, Gathered(gathered.where)
    while not window.is_at_end():
        trial = Gathered(gathered.where)
        kind = _walk_one(window, trial)
        if kind is Kind.NONE:
            if count and not (is_torch and count == _TORCH_PICKLES):
                gathered.odd("is followed by bytes that are no pickle")
            break
        uncertain.add(trial)
        uncertain.pickles += 1
        if kind is not Kind.UNCERTAIN:
            count += uncertain.pickles
            gathered.add(uncertain)
            uncertain = Gathered(gathered.where)
        if kind is Kind.BROKEN:
            break
    return count > 0


def _walk_one(window: Window, trial: Gathered) -> Kind:
    """Walk one pickle, if there is one.

    Raises:
        Bomb: What is packed becomes too large.
    """
    if window.peek(1)[0] not in _STARTERS:
        return Kind.NONE
    machine = Machine(window, trial)
    try:
        walk(machine)
    except Bomb:
        raise
    except Lost as lost:
        if not _could_do_harm(machine):
            return Kind.NONE
        trial.odd(f"cannot be followed: {lost}")
        return Kind.BROKEN
    is_sure = machine.proto or machine.imports > 0 or window.is_at_end()
    return Kind.WHOLE if is_sure else Kind.UNCERTAIN


def _could_do_harm(machine: Machine) -> bool:
    """Return whether what led nowhere is a pickle all the same.

    Loading executes what stands before the place where it fails. Text and numbers read like
    opcodes for a while, and even like an import: without the header of protocol 2 and later, what
    has called nothing has done nothing; with it, an import must at least have a printable name.
    """
    if not machine.proto:
        return machine.names > 0 and machine.calls > 0
    far = machine.evidence + len(machine.stack) >= _ENOUGH
    return machine.names > 0 or machine.framed or far
