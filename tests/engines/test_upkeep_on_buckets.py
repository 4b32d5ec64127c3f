"""Collecting, checking, mending, copying and counting on real engines."""

import pytest
from conformance.registry import bucket_backend
from support.buckets import moved_to
from support.engines.engine import ADMIN, Engine
from support.engines.proxy import FaultProxy
from support.store_writer import pull as read
from support.store_writer import push as write
from support.stores import new_root, noise, safetensors, write_tree

from podplanner.errors import ObjectCorruptError
from podplanner.store.backends.directory import DirectoryBackend
from podplanner.store.backends.retrying import RetryingBackend
from podplanner.store.names import Reference
from podplanner.store.progress import Silent
from podplanner.store.pulling import pull
from podplanner.store.pushing import push
from podplanner.store.reading import verify
from podplanner.store.root import make_root, open_root
from podplanner.store.upkeep import check, collect, delete

WEIGHTS = "weights.safetensors"
FILES = {
    "config.json": b"{}",
    WEIGHTS: safetensors({"w": ("U8", (1_500_000,), noise(1_500_000, 1))}),
    "tiny.bin": noise(9_000, 2),
}


class Heard(Silent):
    """Keeps what was said."""

    def __init__(self):
        self.warnings = []

    def warn(self, message):
        self.warnings.append(message)


@pytest.fixture
def proxy(engine):
    with FaultProxy(engine.endpoint) as proxy:
        yield proxy


def bucket(engine, prefix, **settings):
    return RetryingBackend(bucket_backend(engine, prefix=prefix, **settings), tries=1)


def through(proxy, prefix):
    return bucket(Engine("proxied", proxy.endpoint), prefix)


def versions_of(count, pieces):
    """Return a store in memory, quickly made, with so many objects in each version."""
    root = new_root()
    for number in range(count):
        write(root, "cat", {"f": [noise(600, 1000 * number + one) for one in range(pieces)]})
    return root


def folder(path):
    return {
        str(file.relative_to(path)): file.read_bytes() for file in path.rglob("*") if file.is_file()
    }


# --- Collecting ---


def test_a_collection_takes_requests_by_the_thousand_keys(engine, proxy):
    made = versions_of(6, 50)
    for number in (1, 2, 3, 4):
        delete(made, Reference.parse(f"cat:{number}"))
    moved_to(made, bucket_backend(engine, prefix="gc/count"))
    root = open_root(through(proxy, "gc/count"))
    proxy.forget()
    found = collect(root, grace_s=0, progress=Silent())
    requests = proxy.counts()
    assert (found.freed_objects, found.freed_bytes) == (200, 200 * 600)
    assert requests["POST"] == 1
    assert requests.total() < 120
    assert len(list(root.backend.keys("objects/"))) == 100
    for number in (5, 6):
        assert read(root, "cat", number) == read(made, "cat", number)
    proxy.forget()
    assert collect(root, grace_s=0, progress=Silent()).epoch is None
    assert proxy.counts().total() < 50


# --- Checking and mending ---


@pytest.fixture
def twins(tmp_path, fresh_seaweedfs):
    """Return a store on an engine of its own and one in a directory, with the same version."""
    backend = bucket(fresh_seaweedfs.engine, "models", stall_s=1.0)
    far, near = make_root(backend), make_root(DirectoryBackend(new_folder(tmp_path / "pod")))
    source = write_tree(tmp_path / "source", FILES)
    for root in (far, near):
        push(root, source, "team/cat")
    return far, near


def new_folder(path):
    path.mkdir()
    return path


def object_of(root):
    """Return the key of the object in which the weights lie, and its bytes."""
    opened = root.open(root.refs.resolve(Reference.parse("team/cat")))
    _, place = max(opened.file_rows(WEIGHTS), key=lambda row: row[0].length)
    return place.object.key, root.backend.get(place.object.key)


def rot(server, content):
    """Flip a bit of some bytes where the engine keeps them, as a disk does."""
    mark, flipped = content[-100:], 0
    for file in server.volume_files():
        held = bytearray(file.read_bytes())
        if (at := held.find(mark)) >= 0:
            held[at + 50] ^= 4
            file.write_bytes(held)
            flipped += 1
    assert flipped == 1


def test_a_rotten_object_is_named_by_pull_verify_and_check_and_mended(
    tmp_path, fresh_seaweedfs, twins
):
    """The engine itself sees the rot: it answers 500, or breaks off, after 13 seconds."""
    far, near = twins
    key, content = object_of(far)
    rot(fresh_seaweedfs, content)
    with pytest.raises(ObjectCorruptError) as caught:
        pull(far, Reference.parse("team/cat"), tmp_path / "out")
    for word in (WEIGHTS, "team/cat:1", key):
        assert word in caught.value.message
    assert not (tmp_path / "out" / WEIGHTS).exists()
    assert verify(far, Reference.parse("team/cat")).bad == (WEIGHTS,)

    found = check(far, progress=Silent())
    assert [(one.kind, one.object, one.versions) for one in found.problems] == [
        ("flipped", key, ("team/cat:1",))
    ]
    assert not found.ok
    mended = check(far, repair_from=near, progress=Silent())
    assert [one.repaired for one in mended.problems] == [True]
    assert mended.ok
    assert far.backend.get(key) == content
    assert check(far, progress=Silent()).ok
    pull(far, Reference.parse("team/cat"), tmp_path / "out")
    assert folder(tmp_path / "out") == FILES


def test_rotten_documents_are_named_and_mended_too(fresh_seaweedfs, twins, tmp_path):
    far, near = twins
    keys = [next(iter(far.backend.keys(prefix))).key for prefix in ("manifests/", "tables/")]
    for key in keys:
        rot(fresh_seaweedfs, far.backend.get(key))
    with pytest.raises(ObjectCorruptError, match="is there and cannot be read"):
        pull(far, Reference.parse("team/cat"), tmp_path / "out")
    found = check(far, progress=Silent())
    assert [(one.kind, one.object) for one in found.problems] == [("flipped", key) for key in keys]
    assert check(far, repair_from=near, progress=Silent()).ok
    assert check(far, progress=Silent()).problems == ()
    pull(far, Reference.parse("team/cat"), tmp_path / "out")
    assert folder(tmp_path / "out") == FILES


def test_an_object_overwritten_by_as_many_other_bytes_is_found_and_mended(engine, tmp_path):
    """No engine can know of it: the object is whole, and has a new ETag."""
    far = make_root(bucket(engine, f"check/overwritten-{tmp_path.name}"))
    near = make_root(DirectoryBackend(new_folder(tmp_path / "pod")))
    for root in (far, near):
        push(root, write_tree(tmp_path / "source", FILES), "team/cat")
    key, content = object_of(far)
    prefix = far.backend.address.split("/", 3)[3]
    engine.client(ADMIN).put_object(
        Bucket=engine.bucket, Key=f"{prefix}/{key}", Body=noise(len(content), 9)
    )
    with pytest.raises(ObjectCorruptError, match=f"{WEIGHTS} of team/cat:1") as caught:
        pull(far, Reference.parse("team/cat"), tmp_path / "out")
    assert key in caught.value.message
    (problem,) = check(far, progress=Silent()).problems
    assert (problem.kind, problem.object, problem.versions) == ("flipped", key, ("team/cat:1",))
    assert check(far, repair_from=near, progress=Silent()).ok
    pull(far, Reference.parse("team/cat"), tmp_path / "out")
    assert folder(tmp_path / "out") == FILES
