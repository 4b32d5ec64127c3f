"""Pushes that are broken off, damaged stores, epochs in the way: what a second run does."""

import time

import pytest
from support.stores import contents, new_root, noise, object_keys, safetensors, write_tree

from podplanner.errors import BackendUnavailableError, NoSpaceError
from podplanner.store.backends.memory import MemoryBackend
from podplanner.store.bad_keys import mark_bad
from podplanner.store.claims import claim
from podplanner.store.epochs import KeyList, candidates_key
from podplanner.store.names import ModelName, Reference
from podplanner.store.pushing import PushOptions, push
from podplanner.store.tables import DELTA, ObjectKey

MIB = 2**20


class Failing(MemoryBackend):
    """Fails after so many objects, and counts the bytes of all that are written."""

    def __init__(self, error=None):
        super().__init__()
        self.left = None
        self.error = error
        self.sent = 0

    def put(self, key, parts):
        if key.startswith("objects/"):
            if self.left is not None:
                if self.left == 0:
                    raise self.error
                self.left -= 1
            self.sent += sum(len(memoryview(part).cast("B")) for part in parts)
        super().put(key, parts)


@pytest.fixture
def source(tmp_path):
    return write_tree(
        tmp_path / "model",
        {f"{n}.bin": noise(2 * MIB, n) for n in range(6)}
        | {f"small/{n}.bin": noise(50_000, 100 + n) for n in range(10)}
        | {"w.safetensors": safetensors({"w": ("F32", (768, 1024), noise(3 * MIB, 50))})},
    )


@pytest.mark.parametrize("error", [NoSpaceError("full"), BackendUnavailableError("gone")])
@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_push_that_failed_goes_on_where_it_stopped(
    source, error, elsewhere, monkeypatch, user_folders
):
    root = new_root(Failing(error))
    root.backend.left = 1
    with pytest.raises(type(error)):
        push(root, source, "cat")
    assert not root.refs.index(ModelName.parse("cat")).numbers
    sent, root.backend.left = root.backend.sent, None
    assert sent > MIB
    if elsewhere:
        monkeypatch.setenv("XDG_CACHE_HOME", str(user_folders / "another machine"))
    done = push(root, source, "cat")
    total = sum(path.stat().st_size for path in source.rglob("*") if path.is_file())
    in_hand = 4 * 8 * MIB // 8  # bundles that were not closed, and what threads had in hand
    assert root.backend.sent <= total + in_hand
    assert done.new_bytes < done.total_bytes
    assert contents(root, "cat:1").keys() == {
        str(path.relative_to(source)) for path in source.rglob("*.*")
    }


def test_an_unchanged_source_is_recognised_by_its_times_and_not_read(source, monkeypatch):
    root = new_root()
    time.sleep(2.1)  # what was written in the last two seconds is never trusted
    push(root, source, "cat")

    def refuse(file):
        raise AssertionError(f"{file.path} is read")

    monkeypatch.setattr("podplanner.store.pushing.sources.open_source", refuse)
    done = push(root, source, "cat")
    assert (done.created, done.version) == (False, 1)
    with pytest.raises(AssertionError, match="is read"):
        push(root, source, "cat", PushOptions(rehash=True))
    monkeypatch.undo()
    (source / "0.bin").write_bytes(noise(2 * MIB, 77))
    assert push(root, source, "cat").new_bytes == 2 * MIB


def listing(root, epoch, keys):
    assert claim(root.backend, candidates_key(epoch), KeyList.of(keys).encode())


def test_what_an_epoch_lists_is_stored_again_under_another_key(source):
    root = new_root()
    push(root, source, "cat")
    before = object_keys(root)
    listing(root, 3, [ObjectKey.from_key(key) for key in before])
    done = push(root, source, "dog")
    after = object_keys(root) - before
    assert done.new_bytes == done.total_bytes
    alone = next(key for key in before if root.backend.head(key).size == 3 * MIB)
    assert f"{alone}-3" in after
    for key in before:
        root.backend.delete(key)
    assert contents(root, "dog")


def test_a_document_that_an_epoch_lists_is_written_under_another_key(source):
    from podplanner.store.reader import DocumentKey

    root = new_root()
    push(root, source, "cat")
    documents = [
        found
        for info in root.backend.keys("")
        if (found := DocumentKey.from_key(info.key)) is not None
    ]
    listing(root, 1, documents)
    push(root, source, "dog")
    for key in documents:
        root.backend.delete(key.key)
    assert contents(root, "dog")


@pytest.mark.parametrize("damage", ["lost", "truncated", "flipped"])
def test_a_push_that_has_the_content_heals_the_store(source, damage):
    root = new_root()
    first = push(root, source, "cat")
    alone = next(key for key in object_keys(root) if root.backend.head(key).size == 3 * MIB)
    content = root.backend.get(alone)
    if damage == "lost":
        root.backend.delete(alone)
    elif damage == "truncated":
        root.backend.put(alone, [content[:-1]])
    else:
        root.backend.put(alone, [bytes([content[0] ^ 1]) + content[1:]])
        mark_bad(root.backend, alone)
    done = push(root, source, "cat", PushOptions(rehash=True))
    assert (done.created, done.version) == (False, 1)
    assert root.backend.get(alone) == content
    assert contents(root, "cat")["0.bin"] == noise(2 * MIB, 0)
    assert done.manifest == first.manifest
    if damage == "flipped":
        assert not [k for k in root.backend.keys("damaged/") if k.key.endswith(".json")]


def test_a_push_heals_a_lost_bundle_for_the_version_that_it_is(source):
    root = new_root()
    push(root, source, "cat")
    bundles = [key for key in object_keys(root) if root.backend.head(key).size != 3 * MIB]
    for key in bundles:
        root.backend.delete(key)
    push(root, source, "cat", PushOptions(rehash=True))
    assert contents(root, "cat")["small/3.bin"] == noise(50_000, 103)


def test_a_delta_is_stored_against_what_is_whole(tmp_path):
    root = new_root()
    import numpy as np

    rng = np.random.default_rng(1)
    weights = rng.standard_normal(MIB).astype(np.float32)
    file = tmp_path / "model.safetensors"

    def version(step):
        tuned = weights + np.float32(1e-6) * step * rng.standard_normal(MIB).astype(np.float32)
        content = safetensors({"w": ("F32", (1024, 1024), tuned.tobytes())})
        file.write_bytes(content)
        return content

    contents_by_number = {}
    for step in (0, 1, 2):
        contents_by_number[step + 1] = version(step)
        done = push(root, tmp_path, "cat", PushOptions(delta=True))
        assert done.version == step + 1
    for number, content in contents_by_number.items():
        assert contents(root, f"cat:{number}")["model.safetensors"] == content
    opened = root.open(root.refs.resolve(Reference.parse("cat:3")))
    first = root.open(root.refs.resolve(Reference.parse("cat:1")))
    whole = {piece.digest for piece, _ in first.rows()}
    deltas = [place for _, place in opened.rows() if place and place.encoding == DELTA]
    assert deltas
    assert all(place.base.digest in whole for place in deltas), "never a delta of a delta"
    assert sum(place.stored for place in deltas) < 3 * MIB


def test_a_number_is_not_used_again(source):
    root = new_root()
    model = ModelName.parse("cat")
    push(root, source, "cat")
    root.refs.bury(model, 1)
    assert push(root, source, "cat").version == 2
