"""Memory that checkpoints are copied into: taken once, used again for each."""

import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from podplanner.models.adapter import Written
from podplanner.store.pushing.sources import Content

if TYPE_CHECKING:
    import numpy as np
    import torch

_ALIGNMENT = 64
# Bytes: what tensors of torch begin at, and a line of a processor's cache.


class CheckpointMemory:
    """Blocks that hold one checkpoint; used by one thread at a time.

    A block is used again for whatever has exactly its size: from one checkpoint to the next, the
    tensors of a training have the same sizes. New memory costs more than the copy into it: the
    system gives out every page on its own, and clears it first.
    """

    def __init__(self) -> None:
        self._free: dict[_Need, list[_Block]] = {}
        self._used: dict[int, _Block] = {}
        """By the identity of their arrays."""
        self._devices: set[Any] = set()

    def prepare_for(self, other: "CheckpointMemory") -> None:
        """Take memory now for what the other holds, so that the first copy need not wait for it."""
        for like in other._used.values():
            block = _new(like.need)
            # Every page is touched.
            block.array.fill(0)
            self._free.setdefault(like.need, []).append(block)

    def hold(self, write: Callable[[], Written]) -> Written:
        """Return a model as files that nothing else writes to: all of it is copied by then.

        Args:
            write: Makes files of the model, whose buffers may be the model's own memory.
        """
        for block in self._used.values():
            self._free.setdefault(block.need, []).append(block)
        self._used = {}
        self._devices = set()
        with ExitStack() as stack:
            if "torch" in sys.modules:
                from podplanner.models.torch_tensors import copied_by

                stack.enter_context(copied_by(self._copy_tensor))
            written = write()
            held = {path: self._held(content) for path, content in written.files.items()}
        self._wait_for_devices()
        # What this checkpoint did not need, none is expected to.
        self._free = {}
        return replace(written, files=held)

    def _held(self, content: Content) -> list[memoryview]:
        if isinstance(content, Path):
            # It may be written to as well; a file that is a model is read once more than need be.
            return [memoryview(content.read_bytes())]
        return [self._held_buffer(buffer) for buffer in content]

    def _held_buffer(self, buffer: memoryview) -> memoryview:
        import numpy as np

        if not len(buffer) or isinstance(buffer.obj, bytes):
            # Nothing can change these.
            return buffer
        if id(buffer.obj) in self._used:
            return buffer
        array = np.frombuffer(buffer, np.uint8)
        block = self._take(_Need(array.size)).array
        np.copyto(block, array)
        return block.data

    def _copy_tensor(self, tensor: "torch.Tensor") -> memoryview:
        away = tensor.device.type != "cpu"
        size = tensor.numel() * tensor.element_size()
        block = self._take(_Need(size, pinned=tensor.is_cuda))
        # By several threads where it is large, and of whatever order and device it is.
        block.like(tensor).copy_(tensor, non_blocking=away)
        if away:
            self._devices.add(tensor.device)
        return block.array.data

    def _wait_for_devices(self) -> None:
        """Wait until copies from accelerators are there."""
        for device in self._devices:
            sys.modules["torch"].get_device_module(device).synchronize(device)

    def _take(self, need: "_Need") -> "_Block":
        waiting = self._free.get(need)
        block = waiting.pop() if waiting else _new(need)
        self._used[id(block.array)] = block
        return block


class _Need(NamedTuple):
    size: int
    pinned: bool = False
    """Whether the system may not move it: so a GPU writes to it without the processor."""


class _Block:
    """Memory for one tensor or buffer."""

    def __init__(self, need: _Need, array: "np.ndarray[Any, Any]") -> None:
        self.need = need
        self.array = array
        self._tensor: torch.Tensor | None = None

    def like(self, tensor: "torch.Tensor") -> "torch.Tensor":
        """Return it as a tensor of the same type and shape; mostly the one of the last time."""
        found = self._tensor
        if found is None or found.dtype != tensor.dtype or found.shape != tensor.shape:
            import torch

            found = torch.from_numpy(self.array).view(tensor.dtype).view(tensor.shape)
            self._tensor = found
        return found


def _new(need: _Need) -> _Block:
    import numpy as np

    array: np.ndarray[Any, Any]
    if need.pinned:
        import torch

        array = torch.empty(need.size, dtype=torch.uint8, pin_memory=True).numpy()
    else:
        whole = np.empty(need.size + _ALIGNMENT, np.uint8)
        begin = -_address(whole) % _ALIGNMENT
        array = whole[begin : begin + need.size]
    return _Block(need, array)


def _address(block: "np.ndarray[Any, Any]") -> int:
    found: int = block.__array_interface__["data"][0]
    return found
