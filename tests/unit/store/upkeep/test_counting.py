"""Counting what a store holds: against a count by hand, and against what a collection says."""

import numpy as np
import pytest
from support.backends import FaultyBackend
from support.remote import RemoteMemory
from support.stores import new_root, noise, object_bytes, object_keys, safetensors, write_tree

from podplanner.store.backends.directory import DirectoryBackend
from podplanner.store.backends.memory import MemoryBackend
from podplanner.store.backends.read_only import ReadOnlyBackend
from podplanner.store.claims import claim, new_id
from podplanner.store.documents import encode
from podplanner.store.names import ModelName, Reference
from podplanner.store.progress import Silent
from podplanner.store.pushing import PushOptions, push
from podplanner.store.record_keys import record_key
from podplanner.store.records import VERSION_FORMAT, VersionRecord
from podplanner.store.results import Stats
from podplanner.store.root import open_root
from podplanner.store.tables import DELTA
from podplanner.store.upkeep import collect, delete, stats, undelete

SIZE = 20_000


class Heard(Silent):
    """Keeps what was said."""

    def __init__(self):
        self.phases = []
        self.warnings = []

    def begin(self, what, *, files, size):
        self.phases.append([what, 0])

    def advance(self, *, size=0, files=0, moved=0):
        self.phases[-1][1] += files

    def warn(self, message):
        self.warnings.append(message)


@pytest.fixture(params=[MemoryBackend, RemoteMemory], ids=["near", "far"])
def root(request):
    return new_root(request.param())


@pytest.fixture
def pushed(tmp_path):
    def push_files(root, name, files, **options):
        return push(root, write_tree(tmp_path / new_id(), files), name, PushOptions(**options))

    return push_files


def small(numbers):
    return {f"f{n:02}.bin": noise(SIZE, n) for n in numbers}


def counted(root):
    return stats(root, progress=Silent())


def pinned_by_hand(root):
    """Return the bytes of the objects in use that no piece, and no base, of a live version is."""
    used = {}
    sizes = {}
    for model in root.refs.models():
        for version in root.refs.versions(model):
            for _, place in root.open(version).rows():
                for one in (place, place.base if place else None):
                    if one is not None:
                        sizes[one.object] = one.object_bytes
                        used.setdefault(one.object, {})[one.offset] = one.stored
    return sum(sizes.values()) - sum(sum(one.values()) for one in used.values())


def test_an_empty_store_holds_nothing(root):
    assert counted(root) == Stats(0, 0, 0, 0, 0, 0)


def test_models_versions_and_bytes_are_counted(root, pushed):
    pushed(root, "cat", small(range(5)))
    pushed(root, "cat", small(range(6)))
    pushed(root, "team/dog", small(range(3)))
    found = counted(root)
    assert (found.models, found.versions) == (2, 3)
    assert found.plain_bytes == (5 + 6 + 3) * SIZE
    assert found.object_bytes == object_bytes(root)
    assert found.objects == len(object_keys(root))
    assert found.pinned_bytes == pinned_by_hand(root) == 0


def test_what_of_a_bundle_no_live_version_uses_is_pinned(root, pushed):
    pushed(root, "cat", small(range(10)))
    pushed(root, "cat", small((3, 4, 7)))
    pushed(root, "cat", small((4, 7, 8)))
    assert len(object_keys(root)) == 1
    assert counted(root).pinned_bytes == 0
    delete(root, Reference.parse("cat:1"))
    found = counted(root)
    # 3, 4, 7 and 8 are used, each counted once.
    assert found.pinned_bytes == pinned_by_hand(root) == 6 * SIZE
    assert (found.versions, found.plain_bytes) == (2, 6 * SIZE)
    assert (found.objects, found.object_bytes) == (1, 10 * SIZE)
    delete(root, Reference.parse("cat:2"))
    assert counted(root).pinned_bytes == pinned_by_hand(root) == 7 * SIZE
    undelete(root, Reference.parse("cat:2"))
    undelete(root, Reference.parse("cat:1"))
    assert counted(root).pinned_bytes == 0


def test_an_object_that_nothing_needs_is_counted_and_not_pinned(root, pushed):
    pushed(root, "cat", small(range(10)))
    pushed(root, "dog", small((1,)) | {"own": b"own"})
    delete(root, Reference.parse("cat:1"))
    found = counted(root)
    assert (found.models, found.versions) == (1, 1)
    assert found.object_bytes == object_bytes(root) == 11 * SIZE + 3
    assert found.pinned_bytes == 0


def test_a_base_is_in_use_while_a_difference_to_it_is(root, pushed):
    rng = np.random.default_rng(1)
    old = rng.standard_normal((128, 256)).astype(np.float32)
    for step in (0, 1):
        new = (old * np.float32(1 + 1e-6 * step)).tobytes()
        files = {"m.safetensors": safetensors({"w": ("F32", (128, 256), new)})}
        pushed(root, "cat", files | small((step,)), delta=True)
    opened = root.open(root.refs.resolve(Reference.parse("cat:2")))
    assert DELTA in {place.encoding for _, place in opened.rows() if place}
    assert counted(root).pinned_bytes == 0
    delete(root, Reference.parse("cat:1"))
    found = counted(root)
    # Of the first version's bundle the small file is pinned, and nothing else but its header.
    assert SIZE <= found.pinned_bytes == pinned_by_hand(root) < SIZE + 200


def test_a_collection_says_the_same(root, pushed):
    pushed(root, "cat", small(range(10)))
    pushed(root, "cat", small((3, 4, 7)))
    pushed(root, "dog", small(range(20, 24)))
    delete(root, Reference.parse("cat:1"))
    assert counted(root).pinned_bytes == 7 * SIZE
    assert collect(root, grace_s=0, progress=Silent()).pinned_bytes == 7 * SIZE


def test_the_claim_of_a_dead_push_is_no_version(root, pushed):
    pushed(root, "cat", small((1,)))
    void = VersionRecord(
        format=VERSION_FORMAT,
        model="cat",
        number=2,
        push_id=new_id(),
        time="2026-01-01T00:00:00.000Z",
        who="a@b",
        void=True,
    )
    assert claim(root.backend, record_key(ModelName("cat"), 2), encode(void))
    assert counted(root).versions == 1


def test_a_version_that_cannot_be_read_is_named_and_left_out(root, pushed):
    pushed(root, "cat", small(range(3)))
    pushed(root, "dog", small(range(5, 9)))
    lost = next(key for key in root.open(root.refs.resolve(Reference.parse("cat"))).document_keys())
    root.backend.delete(lost.key)
    heard = Heard()
    found = stats(open_root(root.backend), progress=heard)
    assert (found.versions, found.plain_bytes) == (1, 4 * SIZE)
    assert found.object_bytes == object_bytes(root)
    assert len(heard.warnings) == 1
    assert "cat:1 cannot be read" in heard.warnings[0]


def test_counting_takes_no_permission_to_write(tmp_path, pushed):
    (tmp_path / "store").mkdir()
    backend = DirectoryBackend(tmp_path / "store")
    root = new_root(backend)
    pushed(root, "cat", small(range(4)))
    before = sorted(backend.keys(""), key=lambda info: info.key)
    found = stats(open_root(ReadOnlyBackend(backend)))
    assert (found.versions, found.object_bytes) == (1, 4 * SIZE)
    assert sorted(backend.keys(""), key=lambda info: info.key) == before


def test_progress_tells_versions_then_objects(root, pushed):
    pushed(root, "cat", small(range(4)))
    pushed(root, "cat", small(range(5)))
    heard = Heard()
    stats(root, progress=heard)
    assert heard.phases == [["counting versions", 2], ["counting objects", 2]]


def test_a_table_that_many_versions_share_is_read_once(root, pushed):
    for note in range(4):
        pushed(root, "cat", small(range(3)), metadata={"license": str(note)})

    reads = []

    class Counting(FaultyBackend):
        def get(self, key, **options):
            reads.append(key)
            return super().get(key, **options)

    assert stats(open_root(Counting(root.backend))).versions == 4
    tables = [key for key in reads if key.startswith("tables/")]
    assert len(tables) == 1
