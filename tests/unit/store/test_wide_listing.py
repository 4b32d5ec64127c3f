"""A wide listing gives what a plain one gives, by fewer requests or by several at a time."""

import pytest
from support.remote import RemoteMemory

from podplanner.store import wide_listing
from podplanner.store.backends.memory import MemoryBackend
from podplanner.store.wide_listing import list_wide

NAMES = ["a", "a-b", "a.b", "a%2fb", "a0", "ab", "z", "z-", "z-1"]


def fill(backend, folders, each):
    for folder in folders:
        for number in range(each):
            backend.put(f"models/{folder}/{number:05}", [bytes(number % 7)])
    backend.put("other/x", [b"x"])
    return backend


def seen(infos):
    return [(info.key, info.size, info.time) for info in infos]


def test_a_directory_is_listed_as_ever():
    backend = fill(MemoryBackend(), NAMES, 3)
    assert seen(list_wide(backend, "models/")) == seen(backend.keys("models/"))


@pytest.mark.parametrize("each", [1, 10, 150])
@pytest.mark.parametrize("flat", [1, 5, 70, 300, 5000])
def test_wherever_the_plain_listing_is_left_nothing_is_missed_or_given_twice(
    monkeypatch, flat, each
):
    monkeypatch.setattr(wide_listing, "_IN_ONE_GO", flat)
    monkeypatch.setattr(wide_listing, "_FULL", 5)
    backend = fill(RemoteMemory(), NAMES, each)
    assert seen(list_wide(backend, "models/")) == seen(MemoryBackend.keys(backend, "models/"))


def test_nothing_is_nothing():
    assert list(list_wide(RemoteMemory(), "models/")) == []


def test_a_small_store_takes_a_request_for_a_thousand_keys():
    backend = fill(RemoteMemory(), [f"m{number:03}" for number in range(250)], 10)
    backend.total()
    assert len(list(list_wide(backend, "models/"))) == 2500
    assert backend.total() == 3


def test_folders_of_few_keys_never_get_a_request_each():
    backend = fill(RemoteMemory(), [f"m{number:04}" for number in range(2000)], 5)
    backend.total()
    assert len(list(list_wide(backend, "models/"))) == 10_000
    assert backend.total() == 10


def test_full_folders_are_listed_several_at_a_time(monkeypatch):
    monkeypatch.setattr(wide_listing, "_IN_ONE_GO", 200)
    backend = fill(RemoteMemory(at_once=32), [f"m{number:02}" for number in range(40)], 120)
    backend.delay_s = 0.005
    assert len(list(list_wide(backend, "models/"))) == 4800
    assert 2 <= backend.most_under_way <= 8
