"""Sizes of many objects: right wherever they lie, and by few requests."""

from random import Random

import pytest
from support.remote import RemoteMemory

from podplanner.store.backends.memory import MemoryBackend
from podplanner.store.tables import ObjectKey
from podplanner.store.upkeep import sizes
from podplanner.store.upkeep.sizes import sizes_of


def fill(backend, count, seed=1):
    random = Random(seed)
    keys = sorted(
        ObjectKey(random.randbytes(32), random.choice((0, 0, 7))).key for _ in range(count)
    )
    for number, key in enumerate(keys):
        backend.put(key, [bytes(number % 50)])
    for number in range(20):
        backend.put(f"tables/{number:02x}/{number:064x}.zst", [b"t"])
        backend.put(f"layouts/{number:064x}.json.zst", [b"ll"])
    return keys


@pytest.mark.parametrize("kind", [MemoryBackend, RemoteMemory])
@pytest.mark.parametrize("passed_over", [0, 3, 50, 5000])
def test_every_key_that_is_there_has_its_size_and_no_other(kind, passed_over, monkeypatch):
    monkeypatch.setattr(sizes, "_PASSED_OVER", passed_over)
    backend = kind()
    keys = fill(backend, 400)
    random = Random(passed_over)
    others = [info.key for info in backend.keys("tables/")] + [
        info.key for info in backend.keys("layouts/")
    ]
    for _ in range(20):
        some = sorted(random.sample(keys, random.randrange(1, 60)))
        first = random.randrange(380)
        some += keys[first : first + random.randrange(20)] + random.sample(others, 5)
        gone = [ObjectKey(random.randbytes(32)).key for _ in range(5)]
        wanted = list(dict.fromkeys(sorted(some + gone)))
        right = {info.key: info.size for key in wanted if (info := backend.head(key))}
        assert len(right) == len(set(some))
        assert sizes_of(backend, wanted) == right
        assert list(sizes_of(backend, wanted)) == list(right)


def test_nothing_has_no_sizes():
    assert sizes_of(RemoteMemory(), []) == {}


def test_keys_close_together_take_a_request_for_a_thousand_of_what_lies_there():
    backend = RemoteMemory()
    keys = fill(backend, 3000)
    backend.total()
    assert len(sizes_of(backend, keys[100:1100:2])) == 500
    assert backend.total() == 1
    assert len(sizes_of(backend, keys)) == 3000
    assert backend.total() == 3


def test_keys_far_apart_are_not_listed_to_the_end(monkeypatch):
    monkeypatch.setattr(sizes, "_PASSED_OVER", 1000)
    backend = RemoteMemory()
    keys = fill(backend, 10_000)
    backend.total()
    assert len(sizes_of(backend, [keys[0], keys[5000], keys[-1]])) == 3
    assert backend.total() == 2 + 2
