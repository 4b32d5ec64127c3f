"""Collecting, checking, mending, copying and counting on real engines."""

import pytest
from conformance.registry import bucket_backend
from support.buckets import moved_to
from support.engines.engine import Engine
from support.engines.faults import Fault, of
from support.engines.proxy import FaultProxy
from support.store_writer import pull as read
from support.store_writer import push as write
from support.stores import new_root, noise, safetensors, write_tree

from podplanner.errors import BackendUnavailableError, ObjectCorruptError
from podplanner.store.backends.directory import DirectoryBackend
from podplanner.store.backends.retrying import RetryingBackend
from podplanner.store.names import ModelName, Reference
from podplanner.store.progress import Silent
from podplanner.store.pulling import pull
from podplanner.store.pushing import push
from podplanner.store.reading import verify
from podplanner.store.root import make_root, open_root
from podplanner.store.upkeep import check, collect, copy, delete, stats

CAT = "team/cat"
WEIGHTS = "weights.safetensors"
FILES = {
    "config.json": b"{}",
    WEIGHTS: safetensors({"w": ("U8", (1_500_000,), noise(1_500_000, 1))}),
    "tiny.bin": noise(9_000, 2),
}


@pytest.fixture
def proxy(engine):
    with FaultProxy(engine.endpoint) as proxy:
        yield proxy


def bucket(engine, prefix):
    return RetryingBackend(bucket_backend(engine, prefix=prefix), tries=1)


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
    made = versions_of(6, 40)
    for number in (1, 2, 3, 4):
        delete(made, Reference.parse(f"cat:{number}"))
    moved_to(made, bucket_backend(engine, prefix="gc/count"))
    root = open_root(through(proxy, "gc/count"))
    proxy.forget()
    found = collect(root, grace_s=0, progress=Silent())
    requests = proxy.counts()
    assert (found.freed_objects, found.freed_bytes) == (160, 160 * 600)
    assert requests["POST"] == 1
    assert requests.total() < 80
    assert len(list(root.backend.keys("objects/"))) == 80
    for number in (5, 6):
        assert read(root, "cat", number) == read(made, "cat", number)
    proxy.forget()
    assert collect(root, grace_s=0, progress=Silent()).epoch is None
    assert proxy.counts().total() < 50


# --- Checking and mending ---


@pytest.fixture
def twins(tmp_path, fresh_seaweedfs):
    """Return a store on an engine of its own and one in a directory, with the same version."""
    backend = bucket_backend(fresh_seaweedfs.engine, prefix="models", stall_s=1.0)
    # What cannot be read takes some seconds each time; the rest may be slow once.
    far = make_root(RetryingBackend(backend, tries=2))
    near = make_root(DirectoryBackend(new_folder(tmp_path / "pod")))
    for root in (far, near):
        push(root, write_tree(tmp_path / "source", FILES), CAT)
    return far, near


def new_folder(path):
    path.mkdir()
    return path


def object_of(root):
    """Return the key of the object in which the weights lie, and its bytes."""
    opened = root.open(root.refs.resolve(Reference.parse(CAT)))
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


def demand_whole(root, dest):
    pull(root, Reference.parse(CAT), dest)
    assert folder(dest) == FILES


def test_what_rots_inside_an_engine_is_named_by_pull_and_check_and_mended(
    tmp_path, fresh_seaweedfs, twins
):
    """The engine sees the rot: after 13 seconds it answers 500, or breaks off in the middle."""
    far, near = twins
    key, content = object_of(far)
    rot(fresh_seaweedfs, content)
    with pytest.raises(ObjectCorruptError) as caught:
        pull(far, Reference.parse(CAT), tmp_path / "out")
    for word in (WEIGHTS, f"{CAT}:1", key):
        assert word in caught.value.message
    assert not (tmp_path / "out" / WEIGHTS).exists()
    manifest, table = (
        next(iter(far.backend.keys(prefix))).key for prefix in ("manifests/", "tables/")
    )
    for document in (manifest, table):
        rot(fresh_seaweedfs, far.backend.get(document))
    found = check(far, repair_from=near, progress=Silent())
    assert [(one.kind, one.object, one.repaired) for one in found.problems] == [
        ("flipped", manifest, True), ("flipped", key, True), ("flipped", table, True),
    ]  # fmt: skip
    assert {one.versions for one in found.problems} <= {(f"{CAT}:1",), ()}
    assert far.backend.get(key) == content
    assert check(far, progress=Silent()).problems == ()
    demand_whole(far, tmp_path / "out")


def test_an_object_overwritten_by_as_many_other_bytes_is_found_and_mended(engine, tmp_path):
    """No engine can know of it: the object is whole, and has a new ETag."""
    prefix = "check/overwritten"
    far = make_root(bucket(engine, prefix))
    near = make_root(DirectoryBackend(new_folder(tmp_path / "pod")))
    for root in (far, near):
        push(root, write_tree(tmp_path / "source", FILES), CAT)
    key, content = object_of(far)
    engine.client().put_object(
        Bucket=engine.bucket, Key=f"{prefix}/{key}", Body=noise(len(content), 9)
    )
    with pytest.raises(ObjectCorruptError, match=f"{WEIGHTS} of {CAT}:1") as caught:
        pull(far, Reference.parse(CAT), tmp_path / "out")
    assert key in caught.value.message
    assert verify(far, Reference.parse(CAT)).bad == (WEIGHTS,)
    found = check(far, repair_from=near, progress=Silent())
    assert [(one.kind, one.object, one.versions, one.repaired) for one in found.problems] == [
        ("flipped", key, (f"{CAT}:1",), True)
    ]
    demand_whole(far, tmp_path / "out")


# --- Copying and counting ---


@pytest.fixture
def pod(tmp_path):
    """Return a store in a directory with three versions that share most of what they have."""
    root = make_root(DirectoryBackend(new_folder(tmp_path / "pod")))
    for number in range(3):
        tensors = {
            f"layer.{one}": ("U8", (600_000,), noise(600_000, one if one else 100 + number))
            for one in range(4)
        }
        source = {WEIGHTS: safetensors(tensors), "notes.txt": b"%d" % number * 1000}
        push(root, write_tree(tmp_path / f"source{number}", source), CAT)
    root.refs.move_alias(ModelName.parse(CAT), "prod", 2)
    return root


def puts_of_objects(proxy):
    """Return the keys of objects that were written, and acknowledged."""
    return [
        seen.request.path
        for seen in proxy.seen
        if seen.request.method == "PUT" and "/objects/" in seen.request.path and seen.status == 200
    ]


def test_a_store_goes_to_a_bucket_and_back_byte_by_byte(engine, proxy, pod, tmp_path):
    far = make_root(through(proxy, "copy/there-and-back"))
    proxy.forget()
    assert [one.version for one in copy(pod, far, aliases=True, progress=Silent())] == [1, 2, 3]
    sent = puts_of_objects(proxy)
    assert len(sent) == len(set(sent)) == len(list(pod.backend.keys("objects/")))
    proxy.forget()
    assert [one.sent_bytes for one in copy(pod, far, progress=Silent())] == [0, 0, 0]
    assert proxy.counts().keys() == {"GET"}
    assert proxy.sent() == 0

    back = make_root(DirectoryBackend(new_folder(tmp_path / "back")))
    copy(far, back, aliases=True, progress=Silent())
    for prefix in ("objects/", "manifests/"):
        assert contents_of(back, prefix) == contents_of(pod, prefix) == contents_of(far, prefix)
    for number in (1, 2, 3):
        pull(back, Reference.parse(f"{CAT}:{number}"), tmp_path / "out", force=True, exact=True)
        assert folder(tmp_path / "out") == folder(tmp_path / f"source{number - 1}")
    assert back.refs.aliases(ModelName.parse(CAT)) == {"prod": 2}
    assert stats(far) == stats(pod) == stats(back)


def contents_of(root, prefix):
    return {info.key: root.backend.get(info.key) for info in root.backend.keys(prefix)}


class Kill(Fault):
    """Kill the engine when it has got so many objects."""

    def __init__(self, server, after):
        self._server = server
        self._left = after

    def answer(self, answer, closing):
        self._left -= 1
        if not self._left:
            self._server.kill()
        return answer


def test_a_copy_broken_off_by_a_killed_engine_goes_on(fresh_seaweedfs, pod, tmp_path):
    with FaultProxy(fresh_seaweedfs.endpoint) as proxy:
        far = make_root(through(proxy, "models"))
        proxy.add(Kill(fresh_seaweedfs, after=2), of("PUT", "/objects/"))
        with pytest.raises(BackendUnavailableError):
            copy(pod, far, progress=Silent())
        first = puts_of_objects(proxy)
        proxy.clear()
        fresh_seaweedfs.start()
        # As another command does, on connections of its own.
        far = open_root(through(proxy, "models"))
        assert list(far.refs.models()) == []
        proxy.forget()
        copy(pod, far, progress=Silent())
        second = puts_of_objects(proxy)
        assert 2 <= len(first) < len(list(pod.backend.keys("objects/")))
        assert not set(first) & set(second)
        assert contents_of(far, "objects/") == contents_of(pod, "objects/")
        assert check(far, progress=Silent()).ok
