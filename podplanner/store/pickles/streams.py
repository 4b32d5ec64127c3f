"""Pickles one after the other, and whether bytes are a pickle at all."""

from podplanner.store.pickles.findings import Gathered
from podplanner.store.pickles.machine import Machine
from podplanner.store.pickles.walk import walk
from podplanner.store.pickles.window import Lost, Window

_STARTERS = frozenset(b"\x80\x95\x8c\x8d\x8e\x88\x89\x8a\x8b\x8f\x96\x97(cNIFLKMJGSTUVXBC)]}P")
"""Opcodes that may come first: all others take from the stack, which is empty."""
_ENOUGH = 8
# Opcodes of a stream with a header that make it a pickle though it then leads nowhere and has
# imported nothing. Random bytes come so far once in 10**8 times.
_TORCH_MAGIC = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
_TORCH_PICKLES = 5
# Before 1.6 torch.save wrote magic number, protocol, system, object and keys, then the tensors'
# bytes, which no loader takes for a pickle. Source: `torch/serialization.py`, `_legacy_save`.


def walk_pickles(window: Window, gathered: Gathered) -> bool:
    """Follow the pickles that lie one after the other from where the window is.

    Returns:
        Whether there was one.
    """
    is_torch = window.peek(len(_TORCH_MAGIC)) == _TORCH_MAGIC
    count = 0
    while not window.is_at_end():
        trial = Gathered(gathered.where)
        try:
            found, goes_on = _walk_one(window, trial)
        except Lost as lost:
            trial.odd(str(lost))
            found, goes_on = True, False
        if found:
            count += 1
            gathered.add(trial)
            gathered.pickles += 1
        if not goes_on:
            if count and not found and not (is_torch and count == _TORCH_PICKLES):
                gathered.odd("is followed by bytes that are no pickle")
            break
    return count > 0


def _walk_one(window: Window, trial: Gathered) -> tuple[bool, bool]:
    """Walk one pickle; return whether it is one, and whether another may follow.

    Raises:
        Lost: It is one and cannot be followed to its end.
    """
    if window.peek(1)[0] not in _STARTERS:
        return False, False
    machine = Machine(window, trial)
    try:
        walk(machine)
    except Lost as lost:
        if _could_do_harm(machine):
            raise Lost(f"cannot be followed: {lost}") from lost
        return False, False
    is_pickle = machine.proto or machine.imports > 0 or window.is_at_end()
    return is_pickle, is_pickle


def _could_do_harm(machine: Machine) -> bool:
    """Return whether what led nowhere is a pickle all the same.

    Loading executes what stands before the place where it fails. Without the header of protocol 2
    and later, text and numbers read like opcodes for a while, and even like an import; what has
    called nothing has done nothing.
    """
    if not machine.proto:
        return machine.imports > 0 and machine.calls > 0
    far = machine.evidence + len(machine.stack) >= _ENOUGH
    return machine.imports > 0 or machine.framed or far
