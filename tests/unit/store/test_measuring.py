"""The speed of a backend: measured, or said why not."""

from podplanner.errors import NoSpaceError
from podplanner.store.backends.memory import MemoryBackend
from podplanner.store.measuring import measure_speed


class FullBackend(MemoryBackend):
    """Fails as a full disk does: in the middle of a write, with a view of the content in hand."""

    def put(self, key, parts):
        rest = memoryview(parts[0])[4096:]
        raise NoSpaceError(f"no space left for {key}, {len(rest)} bytes to go")


def test_speed_is_told_of_writing_and_reading_and_nothing_stays():
    backend = MemoryBackend()
    assert [result.name for result in measure_speed(backend, "try/")] == ["writing", "reading"]
    assert not list(backend.keys(""))


def test_a_disk_without_room_is_no_fault_of_its_speed():
    (result,) = measure_speed(FullBackend(), "try/")
    assert (result.name, result.verdict) == ("writing", "unknown")
    assert "no room" in result.words
