"""Ways of tensors from the machine's memory to a device, while others are still being read."""

from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import torch

    from podplanner.store.reading.whole import ReadTensor


class Lane(Protocol):
    """The way to one device; used from several threads at once."""

    def send(self, tensor: "torch.Tensor") -> "torch.Tensor":
        """Begin to copy a tensor and return what will hold it, without waiting where it can."""
        ...

    def wait(self) -> None:
        """Return when all that was sent is there."""
        ...


class StayLane:
    """No way to go: the tensor is where it is to be, and keeps its memory."""

    def send(self, tensor: "torch.Tensor") -> "torch.Tensor":
        """Return the tensor itself."""
        return tensor

    def wait(self) -> None:
        """Return at once."""


class PlainLane:
    """Copies that are waited for, for devices that have nothing better."""

    def __init__(self, device: "torch.device") -> None:
        self._device = device

    def send(self, tensor: "torch.Tensor") -> "torch.Tensor":
        """Copy."""
        return tensor.to(self._device)

    def wait(self) -> None:
        """Return at once: every copy has been waited for."""


class CudaLane:
    """Copies through pinned memory on a stream of their own, beside reading and verifying."""

    def __init__(self, device: "torch.device") -> None:
        import torch

        self._device = device
        self._caller = torch.cuda.current_stream(device)
        self._stream = torch.cuda.Stream(device)

    def send(self, tensor: "torch.Tensor") -> "torch.Tensor":
        """Begin to copy; the pinned copy is freed by PyTorch when the device has it."""
        import torch

        pinned = tensor.pin_memory()
        with torch.cuda.stream(self._caller):
            # Allocated for the stream that will use it: that one may also free it.
            there = torch.empty_like(tensor, device=self._device)
        self._stream.wait_stream(self._caller)
        # Its memory may have been used before, by work of that stream that is not done.
        with torch.cuda.stream(self._stream):
            there.copy_(pinned, non_blocking=True)
        return there

    def wait(self) -> None:
        """Return when the device has everything; a copy that failed is an error here."""
        self._caller.wait_stream(self._stream)
        self._stream.synchronize()


def lane_to(device: "torch.device") -> Lane:
    """Return the way to a device."""
    if device.type == "cpu":
        return StayLane()
    return CudaLane(device) if device.type == "cuda" else PlainLane(device)


class Arrivals:
    """Takes tensors as they are read, from any thread, and sends each to its device."""

    def __init__(
        self,
        device_of: Callable[[str], "torch.device"],
        lane_to: Callable[["torch.device"], Lane] = lane_to,
    ) -> None:
        """Prepare.

        Args:
            device_of: Where a tensor is to be, by its name.
            lane_to: Makes the way to a device; asked once for each.
        """
        self._device_of = device_of
        self._lane_to = lane_to
        self._lanes: dict[torch.device, Lane] = {}
        self._there: dict[str, torch.Tensor] = {}
        self._lock = Lock()

    def __call__(self, read: "ReadTensor") -> None:
        """Send a tensor that has been read and verified."""
        device = self._device_of(read.name)
        with self._lock:
            lane = self._lanes.get(device)
            if lane is None:
                lane = self._lanes[device] = self._lane_to(device)
        sent = lane.send(read.torch())
        with self._lock:
            self._there[read.name] = sent

    def all(self) -> "dict[str, torch.Tensor]":
        """Return the tensors by name when each is where it is to be."""
        for lane in self._lanes.values():
            lane.wait()
        return self._there
