"""Verifying: every byte is read, and every hurt file is named."""

import pytest
from support.backends import Always, Fault, FaultyBackend
from support.hand_made import Bundle, HandMade, hole, put_alone
from support.stores import new_root, noise

from podplanner.errors import BackendUnavailableError, ObjectMissingError, UnknownNameError
from podplanner.store.backends.memory import MemoryBackend
from podplanner.store.names import Reference
from podplanner.store.reading import verify
from podplanner.store.results import Verified

REFERENCE = Reference.parse("cat")
SHARED = noise(2000, 99)


class Heard:
    def __init__(self):
        self.begun = []
        self.size = self.moved = 0
        self.warnings = []

    def begin(self, what, *, files, size):
        self.begun.append((what, files, size))

    def advance(self, *, size=0, files=0, moved=0):
        self.size += size
        self.moved += moved

    def warn(self, message):
        self.warnings.append(message)


@pytest.fixture
def root():
    root = new_root(MemoryBackend())
    bundle = Bundle(root.backend)
    for seed in range(6):
        bundle.add(noise(1000, seed))
    small = bundle.put()
    shared = put_alone(root.backend, SHARED)
    HandMade(
        {
            "a": small[:2],
            "b": [small[2], shared, hole(10**9), shared],
            "c": [*small[3:], shared],
            "d": [put_alone(root.backend, noise(5000, 50))],
            "e": [],
        },
        table_pieces=64,
    ).publish(root, "cat")
    return root


def key_of(root, content):
    return put_alone(root.backend, content)[1].object.key


def flip(root, key, offset=-1):
    content = bytearray(root.backend.get(key))
    content[offset] ^= 4
    root.backend.put(key, [bytes(content)])


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_a_version_that_is_whole(root, threads):
    heard = Heard()
    found = verify(root, REFERENCE, heard, threads=threads)
    assert found == Verified(
        model="cat",
        version=1,
        manifest=root.refs.record(REFERENCE.model, 1).manifest,
        files=5,
        pieces=11,
        bytes=10**9 + 6000 + 6000 + 5000,
        bad=(),
    )
    assert heard.begun == [("verifying", 5, found.bytes)]
    assert heard.size == found.bytes
    assert heard.moved == 6000 + 2000 + 5000, "what is there twice is read once"
    assert heard.warnings == []


def test_a_shared_piece_that_is_lost_hurts_both_files(root):
    root.backend.delete(key_of(root, SHARED))
    heard = Heard()
    assert verify(root, REFERENCE, heard).bad == ("b", "c")
    assert len(heard.warnings) == 2
    assert "b of cat:1 is hurt" in heard.warnings[0]


def test_of_a_bundle_only_the_hurt_piece_is_named(root):
    bundle = next(info for info in root.backend.keys("objects/") if info.size == 6000)
    flip(root, bundle.key, 1500)
    assert verify(root, REFERENCE).bad == ("a",)


def test_a_bundle_that_is_cut_short_hurts_what_was_at_its_end(root):
    bundle = next(info for info in root.backend.keys("objects/") if info.size == 6000)
    root.backend.put(bundle.key, [root.backend.get(bundle.key)[:4500]])
    assert verify(root, REFERENCE).bad == ("c",)


def test_everything_that_is_wrong_is_found_in_one_run(root):
    flip(root, key_of(root, noise(5000, 50)))
    flip(root, key_of(root, SHARED), 0)
    bundle = next(info for info in root.backend.keys("objects/") if info.size == 6000)
    flip(root, bundle.key, 0)
    assert verify(root, REFERENCE).bad == ("a", "b", "c", "d")


def test_a_store_that_does_not_answer_is_no_damage(root):
    broken = new_root(FaultyBackend(MemoryBackend()))
    HandMade({"a": [put_alone(broken.backend, SHARED)]}).publish(broken, "cat")
    broken.backend.plan = Always("read_into", Fault.IO_ERROR)
    with pytest.raises(BackendUnavailableError):
        verify(broken, REFERENCE)


def test_a_lost_table_is_told(root):
    for info in list(root.backend.keys("tables/")):
        root.backend.delete(info.key)
    root.reader._kept.clear()
    with pytest.raises(ObjectMissingError, match="tables/"):
        verify(root, REFERENCE)


def test_no_such_version(root):
    with pytest.raises(UnknownNameError, match="cat:7"):
        verify(root, Reference.parse("cat:7"))
