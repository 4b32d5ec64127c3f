"""Pushing: what a version is, what it costs, and what is refused."""

import os
import threading

import pytest
from support.stores import (
    contents,
    new_root,
    noise,
    object_bytes,
    object_keys,
    safetensors,
    write_tree,
)

from podplanner.errors import NoSpaceError, SourceChangedError, UnknownNameError
from podplanner.store.backends.memory import MemoryBackend
from podplanner.store.names import ModelName, Reference
from podplanner.store.progress import Silent
from podplanner.store.pushing import PushOptions, push
from podplanner.store.root import open_root

MIB = 2**20


@pytest.fixture
def root():
    return new_root()


@pytest.fixture
def source(tmp_path):
    return write_tree(
        tmp_path / "model",
        {
            "config.json": b'{"layers": 2}',
            "empty": b"",
            "weights/big.bin": noise(3 * MIB, 1),
            "weights/small.bin": noise(1000, 2),
            "ünïcode/名前.txt": "grüße".encode(),
        },
    )


def files_of(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_directory_becomes_version_1_and_comes_back(root, source):
    done = push(root, source, "Team/Cat")
    assert (done.model, done.version, done.created, done.files) == ("Team/Cat", 1, True, 5)
    assert done.total_bytes == sum(map(len, files_of(source).values()))
    assert done.new_bytes == done.total_bytes
    assert contents(root, "team/cat") == files_of(source)


def test_a_file_becomes_a_version_with_one_file(root, source):
    push(root, source / "config.json", "cat")
    assert contents(root, "cat:1") == {"config.json": b'{"layers": 2}'}


@pytest.mark.parametrize("rehash", [False, True])
def test_an_unchanged_push_answers_the_latest_version_and_writes_nothing(root, source, rehash):
    first = push(root, source, "cat")
    before = {info.key for info in root.backend.keys("")}
    again = push(root, source, "cat", PushOptions(rehash=rehash))
    assert (again.created, again.version, again.manifest) == (False, 1, first.manifest)
    assert (again.new_bytes, again.stored_bytes) == (0, 0)
    assert {info.key for info in root.backend.keys("")} == before


def test_a_new_version_can_be_forced_and_costs_no_object(root, source):
    first = push(root, source, "cat")
    keys = object_keys(root)
    again = push(root, source, "cat", PushOptions(new_version=True))
    assert (again.created, again.version, again.manifest) == (True, 2, first.manifest)
    assert again.new_bytes == 0
    assert object_keys(root) == keys


def test_the_same_content_has_the_same_manifest_in_every_store(root, source):
    other = new_root()
    assert push(root, source, "cat").manifest == push(other, source, "dog").manifest


def test_metadata_is_part_of_the_version(root, source):
    push(root, source, "cat")
    with_words = push(root, source, "cat", PushOptions(metadata={"license": "mit"}))
    assert with_words.created
    assert with_words.new_bytes == 0


def test_a_changed_file_costs_that_file(root, source):
    push(root, source, "cat")
    (source / "weights" / "small.bin").write_bytes(noise(1200, 3))
    done = push(root, source, "cat")
    assert done.new_bytes == 1200
    assert contents(root, "cat") == files_of(source)
    assert contents(root, "cat:1")["weights/small.bin"] == noise(1000, 2)


def test_equal_pieces_of_one_push_are_stored_once(root, tmp_path):
    body = noise(2 * MIB, 4)
    write_tree(tmp_path, {"a.bin": body, "b.bin": body, "c.bin": b"x" * 10, "d.bin": b"x" * 10})
    done = push(root, tmp_path, "cat")
    assert done.new_bytes == 2 * MIB + 10
    assert object_bytes(root) == 2 * MIB + 10


def test_a_tensor_that_changed_costs_that_tensor(root, tmp_path):
    tensors = {f"layer.{n}": ("BF16", (512, 256), noise(512 * 256 * 2, n)) for n in range(6)}
    file = tmp_path / "model.safetensors"
    file.write_bytes(safetensors(tensors))
    push(root, tmp_path, "cat")
    tensors["layer.3"] = ("BF16", (512, 256), noise(512 * 256 * 2, 99))
    file.write_bytes(safetensors(tensors))
    done = push(root, tmp_path, "cat")
    assert done.new_bytes == 512 * 256 * 2
    assert contents(root, "cat")["model.safetensors"] == file.read_bytes()


def test_small_pieces_are_gathered_in_bundles(root, tmp_path):
    write_tree(tmp_path, {f"{n:04d}.bin": noise(500, n) for n in range(300)})
    done = push(root, tmp_path, "cat")
    assert (done.files, len(object_keys(root))) == (300, 1)
    assert contents(root, "cat") == files_of(tmp_path)


def test_a_bundle_of_which_little_is_used_is_not_kept_for_it(root, tmp_path):
    write_tree(tmp_path, {f"{n:02d}.bin": noise(100_000, n) for n in range(20)})
    push(root, tmp_path, "cat")
    for n in range(17):
        (tmp_path / f"{n:02d}.bin").write_bytes(noise(100_000, 100 + n))
    done = push(root, tmp_path, "cat")
    assert done.new_bytes == 20 * 100_000, "three old pieces are stored anew beside the new ones"
    opened = root.open(root.refs.resolve(Reference.parse("cat:2")))
    used = {place.object.key for _, place in opened.rows() if place}
    first = root.open(root.refs.resolve(Reference.parse("cat:1")))
    assert not used & {place.object.key for _, place in first.rows() if place}
    assert contents(root, "cat") == files_of(tmp_path)


def test_a_bundle_of_which_enough_is_used_is_referred_to(root, tmp_path):
    write_tree(tmp_path, {f"{n:02d}.bin": noise(100_000, n) for n in range(20)})
    push(root, tmp_path, "cat")
    for n in range(14):
        (tmp_path / f"{n:02d}.bin").write_bytes(noise(100_000, 100 + n))
    assert push(root, tmp_path, "cat").new_bytes == 14 * 100_000


def test_holes_of_a_sparse_file_take_no_place(root, tmp_path):
    with (tmp_path / "sparse.bin").open("wb") as file:
        file.truncate(50 * 10**9)
        file.seek(25 * 10**9)
        file.write(noise(100_000, 5))
    done = push(root, tmp_path, "cat")
    assert done.total_bytes == 50 * 10**9
    assert object_bytes(root) < 300_000


def test_the_name_is_shown_as_it_was_first_written(root, source):
    push(root, source, "Team/Cat")
    done = push(root, source, "TEAM/cat", PushOptions(new_version=True))
    assert (done.model, done.version) == ("Team/Cat", 2)


def test_an_alias_moves_to_the_new_version_and_to_one_that_is_the_same(root, source):
    model = ModelName.parse("cat")
    push(root, source, "cat", PushOptions(alias="Prod"))
    assert root.refs.aliases(model) == {"prod": 1}
    push(root, source, "cat", PushOptions(alias="best"))
    assert root.refs.aliases(model) == {"prod": 1, "best": 1}
    push(root, source, "cat", PushOptions(alias="prod", new_version=True))
    assert root.refs.aliases(model) == {"prod": 2, "best": 1}


def test_the_parent_is_the_latest_or_the_one_that_is_named(root, source):
    push(root, source, "base")
    push(root, source, "tuned", PushOptions(parent=Reference.parse("base:1")))
    push(root, source, "tuned", PushOptions(new_version=True))
    tuned = ModelName.parse("tuned")
    assert root.refs.record(tuned, 1).parent == "base:1"
    assert root.refs.record(tuned, 2).parent == "tuned:1"
    with pytest.raises(UnknownNameError):
        push(root, source, "tuned", PushOptions(parent=Reference.parse("nobody")))


def test_another_model_that_is_named_as_parent_saves_its_bytes(root, source, user_folders):
    push(root, source, "base")
    write_tree(source, {"head.bin": noise(5000, 9)})
    os.environ["XDG_CACHE_HOME"] = str(user_folders / "another machine")
    done = push(root, source, "tuned", PushOptions(parent=Reference.parse("base")))
    assert done.new_bytes == 5000


def test_a_trial_says_what_would_be_stored_and_stores_nothing(root, source):
    before = {info.key for info in root.backend.keys("")}
    trial = push(root, source, "cat", PushOptions(dry_run=True))
    assert {info.key for info in root.backend.keys("")} == before
    real = push(root, source, "cat")
    assert (trial.version, trial.created, trial.manifest) == (1, True, real.manifest)
    assert trial.new_bytes == real.new_bytes
    unchanged = push(root, source, "cat", PushOptions(dry_run=True))
    assert (unchanged.created, unchanged.version, unchanged.new_bytes) == (False, 1, 0)


class Small(MemoryBackend):
    """A memory with little room left."""

    room = 10**9

    def free_bytes(self):
        return self.room


def test_a_push_that_does_not_fit_is_refused_before_anything_is_stored(source):
    root = new_root(Small())
    root.backend.room = 1_000_000
    with pytest.raises(NoSpaceError, match="1,000,000 bytes free") as caught:
        push(root, source, "cat")
    assert "gc" in caught.value.hint
    assert not object_keys(root)


@pytest.mark.parametrize("options", [{"encoding": "fast"}, {"delta": True}])
def test_what_may_fit_once_it_is_encoded_is_tried(source, options):
    class Heard(Silent):
        words = ""

        def warn(self, message):
            self.words += message

    root = new_root(Small())
    root.backend.room = 1_000_000
    heard = Heard()
    assert push(root, source, "cat", PushOptions(**options), heard).created
    assert "1,000,000 bytes free" in heard.words


def test_what_is_there_already_needs_no_room(source):
    root = new_root(Small())
    push(root, source, "cat")
    root.backend.room = 1_000_000
    (source / "config.json").write_bytes(b"{}")
    assert push(root, source, "cat").new_bytes == 2


class Meddling(MemoryBackend):
    """Does something when the first object is written."""

    meddle = None

    def put(self, key, parts):
        if key.startswith("objects/") and self.meddle:
            meddle, self.meddle = self.meddle, None
            meddle()
        super().put(key, parts)


@pytest.mark.parametrize("what", ["grow", "rewrite", "add", "remove", "chmod"])
def test_a_source_that_changes_meanwhile_is_noticed_and_nothing_is_published(source, what):
    root = new_root(Meddling())
    target = source / "weights" / "small.bin"

    def meddle():
        if what == "grow":
            with target.open("ab") as file:
                file.write(b"more")
        elif what == "rewrite":
            os.utime(target, ns=(1, 1))
        elif what == "add":
            (source / "new.bin").write_bytes(b"new")
        elif what == "remove":
            (source / "config.json").unlink()
        else:
            target.chmod(0o755)

    root.backend.meddle = meddle
    with pytest.raises(SourceChangedError):
        push(root, source, "cat", PushOptions(threads=1))
    assert not root.refs.index(ModelName.parse("cat")).numbers
    assert push(root, source, "cat").version == 1


def test_two_pushers_of_one_name_get_two_versions(tmp_path):
    backend = MemoryBackend()
    new_root(backend)
    trees = [write_tree(tmp_path / str(n), {"a.bin": noise(700_000, n)}) for n in range(4)]
    done = {}

    def work(n):
        done[n] = push(open_root(backend), trees[n], "cat")

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.version for one in done.values()) == [1, 2, 3, 4]
    root = open_root(backend)
    for n, one in done.items():
        assert contents(root, f"cat:{one.version}") == {"a.bin": noise(700_000, n)}


def test_a_lease_is_gone_after_a_push(root, source):
    push(root, source, "cat")
    assert not list(root.backend.keys("leases/"))
