"""Copying between stores: what arrives, what is sent, what is refused, and what is taken up."""

import shutil
import subprocess
import sys
import tempfile
import textwrap
from itertools import accumulate
from pathlib import Path

import msgspec
import numpy as np
import pytest
from support.backends import Always, Fault, FaultyBackend, Scripted, Seeded
from support.stores import (
    contents,
    noise,
    object_bytes,
    object_keys,
    safetensors,
    write_tree,
)

from podplanner.errors import (
    BackendUnavailableError,
    ConflictError,
    NoSpaceError,
    NotPermittedError,
    ObjectCorruptError,
    ObjectMissingError,
    UnknownNameError,
    WrongUsageError,
)
from podplanner.store.backends.directory import DirectoryBackend
from podplanner.store.backends.memory import MemoryBackend
from podplanner.store.backends.read_only import ReadOnlyBackend
from podplanner.store.claims import claim, new_id
from podplanner.store.digest import digest_of
from podplanner.store.documents import encode
from podplanner.store.epochs import read_epochs
from podplanner.store.history import history
from podplanner.store.layout import PlaceTableRef
from podplanner.store.lease import find_leases
from podplanner.store.names import ModelName, Reference
from podplanner.store.progress import Silent
from podplanner.store.pushing import PushOptions, push
from podplanner.store.reader import DocumentKey
from podplanner.store.record_keys import record_key
from podplanner.store.records import NOTE_FORMAT, VERSION_FORMAT, NoteRecord, VersionRecord, proven
from podplanner.store.root import make_root, open_root
from podplanner.store.session import Session
from podplanner.store.stored import read_stored
from podplanner.store.tables import DELTA, FAST, RAW, ObjectKey, PlaceTable
from podplanner.store.upkeep import collect, copy, delete, stats

KIB, MIB = 2**10, 2**20
CAT, DOG = ModelName("team/cat"), ModelName("dog")


class Heard(Silent):
    """Keeps what was said."""

    def __init__(self):
        self.phases = []
        self.warnings = []

    def begin(self, what, *, files, size):
        self.phases.append({"what": what, "files": files, "size": size, "done": [0, 0, 0]})

    def advance(self, *, size=0, files=0, moved=0):
        done = self.phases[-1]["done"]
        self.phases[-1]["done"] = [done[0] + files, done[1] + size, done[2] + moved]

    def warn(self, message):
        self.warnings.append(message)


def new_store(folder, **policy):
    folder.mkdir()
    return make_root(DirectoryBackend(folder), **policy)


class Templates:
    """Stores made once, of which every test gets copies: making one races its create."""

    def __init__(self, folder):
        self.folder = folder

    def store(self, name, make):
        """Return where a store lies that `make` makes in an empty folder."""
        place = self.folder / name
        if not place.exists():
            make(place)
        return place


@pytest.fixture(scope="module")
def templates(tmp_path_factory):
    return Templates(tmp_path_factory.mktemp("templates"))


@pytest.fixture
def stored(templates, tmp_path):
    """Return a store of its own: a copy of one that is made once."""

    def of(name, make, at):
        shutil.copytree(templates.store(name, make), tmp_path / at)
        return open_root(DirectoryBackend(tmp_path / at))

    return of


@pytest.fixture
def a(stored):
    return stored("a", new_store, "a")


@pytest.fixture
def b(stored):
    return stored("b", new_store, "b")


def push_files(root, name, files, **options):
    """Push a folder of these files, as the next version of a model."""
    with tempfile.TemporaryDirectory() as folder:
        write_tree(Path(folder), files)
        return push(root, Path(folder), name, PushOptions(**options))


@pytest.fixture
def pushed():
    return push_files


def small(count, seed):
    return {f"f{n:02}.bin": noise(20_000, seed * 100 + n) for n in range(count)}


def large(count, seed):
    """Return a file of tensors each of which becomes an object of its own, and a header."""
    tensors = {}
    for n in range(count):
        tensors[f"t{n}"] = ("U8", (600, KIB), noise(600 * KIB, seed * 100 + n))
    return {"m.safetensors": safetensors(tensors)}


def make_zoo(folder):
    """Make two models: three versions of the one, sharing most; one of the other, sharing some."""
    root = new_store(folder)
    big = noise(2 * MIB, 7)
    base = small(12, 1) | {"big.bin": big, "empty": b"", "ünï/名前": "grüße".encode()}
    push_files(root, "Team/Cat", base, metadata={"license": "mit"})
    push_files(root, "team/cat", base | {"f03.bin": noise(20_000, 303)})
    push_files(root, "team/cat", base | {"big.bin": noise(2 * MIB, 8)}, alias="prod")
    push_files(root, "dog", {"big.bin": big, "tail": noise(1000, 9)})


@pytest.fixture
def zoo(stored):
    return stored("zoo", make_zoo, "a")


def copied(source, target, *words, **options):
    options.setdefault("progress", Silent())
    return copy(source, target, references=[Reference.parse(word) for word in words], **options)


def words(done):
    return [(one.model, one.version, one.created) for one in done]


def records(root, model):
    return {n: root.refs.record(model, n) for n in root.refs.index(model).live}


def same(a, b, reference, to=None):
    """Return whether a version is the same in two stores, byte by byte and document by document."""
    here = a.open(a.refs.resolve(Reference.parse(reference)))
    there = b.open(b.refs.resolve(Reference.parse(to or reference)))
    assert here.manifest == there.manifest
    assert here.layout.manifest == there.layout.manifest
    for entry in here.manifest.files:
        assert here.tensor_list(entry) == there.tensor_list(entry)
    return contents(a, reference) == contents(b, to or reference)


def stored_forms(root, reference):
    """Return piece -> encoding, stored bytes, of a version."""
    opened = root.open(root.refs.resolve(Reference.parse(reference)))
    return {piece: (place.encoding, place.stored) for piece, place in opened.rows() if place}


def rebundle(root, reference):
    """Give a version another layout: the stored forms of all its pieces in one object."""
    version = root.refs.resolve(Reference.parse(reference))
    opened = root.open(version)
    with Session(root.backend, version.model, what="repair") as session:
        rows = list(opened.rows())
        forms = [bytes(read_stored(root.backend, place)) for _, place in rows]
        content = b"".join(forms)
        key, _ = session.put_object(digest_of(content), forms, len(content))
        at = [0, *accumulate(map(len, forms))]
        places = [
            place._replace(object=key, object_bytes=len(content), offset=offset)
            for (_, place), offset in zip(rows, at, strict=False)
        ]
        table = session.put_document("tables", PlaceTable.of(places).encode())
        ref = PlaceTableRef(table=table.digest.hex(), pieces=len(places))
        layout = msgspec.structs.replace(opened.layout, tables=(ref,))
        key = session.put_document("layouts", encode(layout))
        assert session.relay(version, key, why="test")


# What arrives


def test_a_whole_store_arrives_with_its_numbers_and_records(zoo, b):
    done = copied(zoo, b)
    assert words(done) == [
        ("dog", 1, True),
        ("Team/Cat", 1, True),
        ("Team/Cat", 2, True),
        ("Team/Cat", 3, True),
    ]
    for reference in ("dog:1", "team/cat:1", "team/cat:2", "team/cat:3"):
        assert same(zoo, b, reference)
    for model in (CAT, DOG):
        for number, here in records(zoo, model).items():
            there = records(b, model)[number]
            for field in ("model", "push_id", "time", "who", "manifest", "parent", "code"):
                assert getattr(here, field) == getattr(there, field)
            assert (there.files, there.total_bytes) == (here.files, here.total_bytes)
    # Sent once each, whatever shares it.
    assert sum(one.sent_bytes for one in done) == object_bytes(b) <= object_bytes(zoo)
    sent = {one.version: one.sent_bytes for one in done if one.model == "Team/Cat"}
    assert records(b, CAT)[2].stored_bytes == records(b, CAT)[2].new_bytes == sent[2] == 20_000
    assert sent[3] == 2 * MIB
    assert find_leases(b.backend) == []


def test_one_model_and_one_version_arrive_alone(zoo, b):
    assert words(copied(zoo, b, "team/cat:2")) == [("Team/Cat", 2, True)]
    assert b.refs.index(CAT).live == (2,)
    assert same(zoo, b, "team/cat:2")
    assert words(copied(zoo, b, "dog")) == [("dog", 1, True)]
    assert b.refs.index(DOG).live == (1,)
    assert words(copied(zoo, b, "team/cat:prod")) == [("Team/Cat", 3, True)]
    assert b.refs.index(CAT).live == (2, 3)
    assert b.refs.aliases(CAT) == {}


def test_a_model_named_in_several_ways_is_copied_once(zoo, b):
    done = copied(zoo, b, "team/cat:3", "TEAM/CAT:1", "team/cat:prod", "dog", "dog:1")
    assert words(done) == [("dog", 1, True), ("Team/Cat", 1, True), ("Team/Cat", 3, True)]


def test_the_second_time_nothing_is_sent(zoo, b):
    first = copied(zoo, b)
    before = {info.key: info.time for info in b.backend.keys("")}
    heard = Heard()
    again = copied(zoo, b, progress=heard)
    assert [(one.created, one.sent_bytes) for one in again] == [(False, 0)] * 4
    assert [one.manifest for one in again] == [one.manifest for one in first]
    assert {info.key: info.time for info in b.backend.keys("")} == before
    assert [phase["what"] for phase in heard.phases] == ["comparing"]


def test_a_new_version_costs_what_is_new(zoo, b, pushed):
    copied(zoo, b)
    pushed(zoo, "team/cat", small(12, 1) | {"big.bin": noise(2 * MIB, 8), "new": noise(5000, 55)})
    done = copied(zoo, b)
    assert [(one.version, one.sent_bytes) for one in done if one.created] == [(4, 5000)]
    assert same(zoo, b, "team/cat:4")


def test_what_the_target_got_by_a_push_is_not_sent(a, b, pushed):
    files = small(5, 1) | {"big.bin": noise(MIB, 2)}
    pushed(b, "cat", files)
    pushed(a, "cat", files)
    pushed(a, "cat", files | {"more": noise(3000, 3)})
    done = copied(a, b)
    assert [(one.version, one.created, one.sent_bytes) for one in done] == [
        (1, False, 0),
        (2, True, 3000),
    ]


def test_objects_go_over_whole_where_all_of_them_is_needed(a, b, pushed):
    pushed(a, "cat", small(12, 1) | {"big.bin": noise(2 * MIB, 7)})
    copied(a, b)
    assert object_keys(a) == object_keys(b)


def test_of_a_bundle_that_is_needed_in_part_only_that_part_is_sent(a, b, pushed):
    files = small(10, 1)
    pushed(a, "cat", files)
    few = {path: files[path] for path in ("f02.bin", "f03.bin", "f07.bin", "f08.bin")}
    pushed(a, "cat", few)
    assert len(object_keys(a)) == 1
    (done,) = copied(a, b, "cat:2")
    assert done.sent_bytes == 4 * 20_000
    assert same(a, b, "cat:2")
    # The rest comes later, and nothing of it twice.
    (rest, _) = copied(a, b)
    assert (rest.version, rest.sent_bytes) == (1, 6 * 20_000)
    assert same(a, b, "cat:1")
    assert stats(b, progress=Silent()).pinned_bytes == 0


def test_a_bundle_of_which_little_is_used_is_not_pinned(a, b, pushed):
    """The target has a piece in a large bundle; the version would use a tenth of it."""
    files = small(20, 1)
    pushed(b, "cat", files)
    pushed(a, "cat", {"other": b"1"})
    pushed(a, "cat", {"f01.bin": files["f01.bin"], "f02.bin": files["f02.bin"]})
    copied(a, b, "cat:2")
    assert same(a, b, "cat:2")
    assert len(object_keys(b)) == 2
    assert stats(b, progress=Silent()).pinned_bytes == 0
    delete(b, Reference.parse("cat:1"))
    collect(b, grace_s=0, progress=Silent())
    assert object_bytes(b) == 2 * 20_000
    assert same(a, b, "cat:2")


def test_a_piece_that_is_sent_anew_is_so_once(a, b, pushed, monkeypatch):
    """The same, with tables of three pieces, two of which need it."""
    files = small(20, 1)
    pushed(b, "cat", files)
    pushed(a, "cat", {"other": b"1"})
    monkeypatch.setattr("podplanner.store.pushing.ends._FILE_END", 3)
    few = {f"{n}": noise(1000, n) for n in range(9)} | {
        "2": files["f01.bin"],
        "7": files["f01.bin"],
    }
    pushed(a, "cat", few)
    assert a.open(a.refs.resolve(Reference.parse("cat"))).table_count() == 3
    (done,) = copied(a, b, "cat:2")
    assert done.sent_bytes == 20_000 + 7 * 1000
    assert same(a, b, "cat:2")
    delete(b, Reference.parse("cat:1"))
    collect(b, grace_s=0, progress=Silent())
    assert object_bytes(b) == done.sent_bytes
    assert same(a, b, "cat:2")


def test_a_large_piece_of_an_object_that_is_needed_in_part_goes_alone(a, b, pushed):
    pushed(a, "cat", large(3, 1) | small(3, 1))
    rebundle(a, "cat:1")
    pushed(b, "dog", large(1, 1))
    (done,) = copied(a, b)
    assert same(a, b, "cat:1")
    assert 0 < done.sent_bytes < 2 * 600 * KIB + 3 * 20_000 + 1000
    keys = {place.object for _, place in b.open(b.refs.resolve(Reference.parse("cat"))).rows()}
    assert len(keys) >= 4


def test_many_pieces_that_come_again_are_sent_once(a, b, pushed):
    pushed(a, "cat", {f"copy{n}.bin": noise(30_000, n % 3) for n in range(30)})
    (done,) = copied(a, b)
    assert done.sent_bytes == 90_000
    assert same(a, b, "cat:1")


def test_a_sparse_file_costs_no_zeros(a, b, tmp_path):
    folder = tmp_path / "sparse"
    folder.mkdir()
    with (folder / "disk.img").open("wb") as file:
        file.write(noise(10_000, 1))
        file.seek(64 * MIB)
        file.write(noise(10_000, 2))
    push(a, folder, "disk")
    heard = Heard()
    (done,) = copied(a, b, progress=heard)
    assert done.sent_bytes < MIB
    assert same(a, b, "disk:1")
    assert heard.phases[-1]["done"][1] == heard.phases[-1]["size"] == 64 * MIB + 10_000


def test_a_version_without_content_arrives(a, b, tmp_path):
    (tmp_path / "nothing" / "hollow").mkdir(parents=True)
    push(a, tmp_path / "nothing", "void")
    assert words(copied(a, b)) == [("void", 1, True)]
    assert same(a, b, "void:1")


def test_progress_tells_versions_and_bytes(zoo, b):
    heard = Heard()
    done = copied(zoo, b, progress=heard)
    comparing, copying = heard.phases
    assert comparing["what"] == "comparing"
    total = sum(record.total_bytes for m in (CAT, DOG) for record in records(zoo, m).values())
    assert (copying["what"], copying["files"], copying["size"]) == ("copying", 4, total)
    files, size, moved = copying["done"]
    assert (files, size) == (4, total)
    assert moved == sum(one.sent_bytes for one in done)


def test_deleted_versions_are_left_out_and_gaps_stay(zoo, b):
    delete(zoo, Reference.parse("team/cat:2"))
    done = copied(zoo, b, "team/cat")
    assert [one.version for one in done] == [1, 3]
    assert b.refs.index(CAT).numbers == (1, 3)
    with pytest.raises(UnknownNameError, match="deleted"):
        copied(zoo, b, "team/cat:2")


def test_a_number_that_a_dead_push_had_claimed_is_left_out(zoo, b):
    void = VersionRecord(
        format=VERSION_FORMAT,
        model="team/cat",
        number=4,
        push_id=new_id(),
        time="2026-01-01T00:00:00.000Z",
        who="a@b",
        void=True,
    )
    assert claim(zoo.backend, record_key(CAT, 4), encode(void))
    assert [one.version for one in copied(zoo, b, "team/cat")] == [1, 2, 3]
    with pytest.raises(UnknownNameError):
        copied(zoo, b, "team/cat:4")


@pytest.mark.parametrize("word", ["nobody", "team/cat:9", "team/cat:beta"])
def test_what_the_source_does_not_have_is_refused_and_nothing_is_sent(zoo, b, word):
    with pytest.raises(UnknownNameError):
        copied(zoo, b, "dog", word)
    assert list(b.refs.models()) == []


def test_an_empty_store_is_copied_without_a_word(a, b):
    assert copied(a, b) == []


# Stored forms


@pytest.mark.parametrize(("here", "there"), [("raw", "fast"), ("fast", "raw")])
def test_stored_forms_are_carried_whatever_the_policies(tmp_path, pushed, here, there):
    rng = np.random.default_rng(5)
    weights = rng.standard_normal(MIB // 2).astype(np.float32)
    text = b"to be or not to be, that is the question. " * 5000
    files = {
        "model.safetensors": safetensors({"w": ("F32", (512, 1024), weights.tobytes())}),
        "words.txt": text,
        "noise": noise(50_000, 1),
    }
    source = new_store(tmp_path / "from", encoding=here)
    target = new_store(tmp_path / "to", encoding=there)
    pushed(source, "cat", files)
    forms = stored_forms(source, "cat")
    assert any(encoding == FAST for encoding, _ in forms.values()) == (here == "fast")
    assert len({encoding for encoding, _ in forms.values()}) > 1
    copied(source, target)
    assert stored_forms(target, "cat") == forms
    assert object_keys(source) == object_keys(target)
    assert same(source, target, "cat:1")


def make_tuned(folder):
    """Make a base and two fine-tunes, differences to it: of large tensors and small ones."""
    root = new_store(folder)
    rng = np.random.default_rng(1)
    shapes = {"large": (1024, 512), "small": (128, 256), "tiny": (256, 128)}
    base = {name: rng.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()}
    for step in (0, 1, 2):
        tensors = {
            name: ("F32", value.shape, (value * np.float32(1 + 1e-6 * step)).tobytes())
            for name, value in base.items()
        }
        push_files(root, "cat", {"model.safetensors": safetensors(tensors)}, delta=True)


@pytest.fixture
def tuned(stored):
    return stored("tuned", make_tuned, "a")


def test_differences_arrive_as_differences_to_the_base_that_came_before(tuned, b):
    done = copied(tuned, b)
    for number in (1, 2, 3):
        assert same(tuned, b, f"cat:{number}")
        assert stored_forms(tuned, f"cat:{number}") == stored_forms(b, f"cat:{number}")
    assert sum(encoding == DELTA for encoding, _ in stored_forms(b, "cat:3").values()) >= 3
    assert done[1].sent_bytes < done[0].sent_bytes / 5
    assert sum(one.sent_bytes for one in done) == object_bytes(b)


def test_a_difference_alone_brings_its_base_and_a_second_one_finds_it(tuned, b):
    (first,) = copied(tuned, b, "cat:3")
    assert same(tuned, b, "cat:3")
    assert stored_forms(tuned, "cat:3") == stored_forms(b, "cat:3")
    (second,) = copied(tuned, b, "cat:2")
    assert same(tuned, b, "cat:2")
    assert second.sent_bytes < first.sent_bytes / 5
    # The base is kept by the version that hangs on it.
    collect(b, grace_s=0, progress=Silent())
    assert same(tuned, b, "cat:3")
    # And the version that it is of costs only its header.
    (base, _, _) = copied(tuned, b)
    assert (base.version, base.created) == (1, True)
    assert base.sent_bytes < 10_000
    assert same(tuned, b, "cat:1")


def test_a_base_of_a_deleted_version_comes_along(tuned, b):
    delete(tuned, Reference.parse("cat:1"))
    collect(tuned, grace_s=0, progress=Silent())
    done = copied(tuned, b)
    assert [one.version for one in done] == [2, 3]
    assert same(tuned, b, "cat:2")
    assert same(tuned, b, "cat:3")
    assert done[1].sent_bytes < done[0].sent_bytes / 5


def test_a_piece_that_the_target_has_only_as_a_difference_is_no_base(tuned, b, tmp_path, pushed):
    """What is whole in one store may be a difference in the other: a base must be whole."""
    copied(tuned, b, "cat:1")
    copied(tuned, b, "cat:2")
    # In a third store version 2 is pushed first, whole, and version 1 is a difference to it.
    third = new_store(tmp_path / "third")
    one, two = contents(tuned, "cat:1"), contents(tuned, "cat:2")
    pushed(third, "cat", two)
    pushed(third, "cat", one, delta=True)
    pushed(third, "cat", {"other": b"x"})
    assert DELTA in {encoding for encoding, _ in stored_forms(third, "cat:2").values()}
    # Its version 3 there is a difference to version 2, which this target has as a difference.
    three = contents(tuned, "cat:3")
    pushed(third, "cat", three, delta=True, parent=Reference.parse("cat:1"))
    assert DELTA in {encoding for encoding, _ in stored_forms(third, "cat:4").values()}
    copied(third, b, "cat:4")
    assert contents(b, "cat:4") == three
    bases = {
        place.base.digest: place.base.encoding
        for _, place in b.open(b.refs.resolve(Reference.parse("cat:4"))).rows()
        if place and place.base
    }
    assert bases
    assert DELTA not in bases.values()


@pytest.mark.parametrize(("side", "others"), [(512, 1), (160, 30)], ids=["alone", "in a bundle"])
def test_a_version_may_hold_a_piece_and_a_difference_to_it(a, b, pushed, side, others):
    rng = np.random.default_rng(3)
    old = rng.standard_normal((side, side)).astype(np.float32)
    new = old * np.float32(1 + 1e-6)
    shape = ("F32", (side, side))
    first = {"m.safetensors": safetensors({"w": (*shape, old.tobytes())})}
    pushed(a, "cat", first | small(others, 1))
    both = safetensors({"w": (*shape, new.tobytes()), "old": (*shape, old.tobytes())})
    pushed(a, "cat", {"m.safetensors": both}, delta=True)
    if side < 512:
        rebundle(a, "cat:2")
    opened = a.open(a.refs.resolve(Reference.parse("cat:2")))
    assert {RAW, DELTA} <= {place.encoding for _, place in opened.rows()}
    (done,) = copied(a, b, "cat:2")
    assert same(a, b, "cat:2")
    assert stored_forms(a, "cat:2") == stored_forms(b, "cat:2")
    assert done.sent_bytes < 1.5 * len(old.tobytes())


# Numbers


def test_a_number_that_is_taken_is_a_conflict_and_nothing_is_sent(zoo, b, pushed):
    pushed(b, "team/cat", {"other": b"other"})
    before = object_keys(b)
    with pytest.raises(ConflictError, match=r"team/cat:1 is another version in .*pushed") as caught:
        copied(zoo, b)
    assert "--renumber" in caught.value.hint
    assert object_keys(b) == before
    assert list(b.refs.models()) == [CAT]
    assert words(copied(zoo, b, "team/cat:2")) == [("Team/Cat", 2, True)]


def test_renumber_gives_the_next_numbers_in_order_and_only_once(zoo, b, pushed):
    pushed(b, "team/cat", {"other": b"other"})
    done = copied(zoo, b, "team/cat", renumber=True)
    assert [(one.version, one.created) for one in done] == [(2, True), (3, True), (4, True)]
    for here, there in ((1, 2), (2, 3), (3, 4)):
        assert same(zoo, b, f"team/cat:{here}", f"team/cat:{there}")
    # What follows keeps pointing at its parent, under the parent's number there.
    assert [records(b, CAT)[n].parent for n in (2, 3, 4)] == [None, "Team/Cat:2", "Team/Cat:3"]
    again = copied(zoo, b, "team/cat", renumber=True)
    assert [(one.version, one.created, one.sent_bytes) for one in again] == [
        (2, False, 0),
        (3, False, 0),
        (4, False, 0),
    ]
    assert b.refs.index(CAT).numbers == (1, 2, 3, 4)
    # A version that comes later takes the next number too, and knows its parent.
    pushed(zoo, "team/cat", {"four": b"4"})
    (*_, last) = copied(zoo, b, "team/cat", renumber=True)
    assert (last.version, last.created) == (5, True)
    assert records(b, CAT)[5].parent == "Team/Cat:4"


def test_a_number_that_is_free_is_kept_beside_renumbered_ones(a, b, pushed):
    pushed(a, "cat", {"f": b"1"})
    for _ in range(3):
        pushed(a, "cat", {"f": noise(10, _)})
        delete(a, Reference.parse(f"cat:{2 + _}"))
    pushed(a, "cat", {"f": b"5"})
    pushed(b, "cat", {"f": b"other"})
    done = copied(a, b, renumber=True)
    assert [(one.version, one.created) for one in done] == [(2, True), (5, True)]
    assert records(a, ModelName("cat"))[5].parent == "cat:1"
    assert records(b, ModelName("cat"))[5].parent == "cat:2"


def test_the_same_content_pushed_there_is_not_taken_for_a_copy(a, b, pushed):
    """Equal manifests under another number, of another push: the copy is made all the same."""
    pushed(a, "cat", {"f": b"one"})
    pushed(b, "cat", {"f": b"other"})
    pushed(b, "cat", {"f": b"one"})
    (done,) = copied(a, b, renumber=True)
    assert (done.version, done.created, done.sent_bytes) == (3, True, 0)


def test_a_parent_that_is_another_version_there_is_not_named(zoo, b, pushed):
    pushed(b, "team/cat", {"other": b"other"})
    copied(zoo, b, "team/cat:2")
    assert records(zoo, CAT)[2].parent == "Team/Cat:1"
    assert records(b, CAT)[2].parent is None
    # One that is not there at all is named: it may come.
    copied(zoo, b, "team/cat:3")
    assert records(b, CAT)[3].parent == "Team/Cat:2"


@pytest.mark.parametrize("parent", ["dog:1", "dog", "???", None], ids=str)
def test_a_parent_elsewhere_or_nowhere_is_named_as_it_was(zoo, b, parent):
    record = proven(msgspec.structs.replace(records(zoo, CAT)[2], parent=parent))
    zoo.backend.delete(record_key(CAT, 2))
    assert claim(zoo.backend, record_key(CAT, 2), encode(record))
    copied(zoo, b)
    assert records(b, CAT)[2].parent == parent


def test_where_the_target_has_too_much_to_look_at_the_nearest_is_known(zoo, b, monkeypatch):
    copied(zoo, b, "team/cat:1", "team/cat:3")
    monkeypatch.setattr("podplanner.store.upkeep.copying._LEARNED_PIECES", 1)
    (done,) = copied(zoo, b, "team/cat:2")
    assert done.sent_bytes == 20_000
    assert same(zoo, b, "team/cat:2")


def test_a_version_deleted_there_stays_deleted_unless_it_is_named(zoo, b):
    copied(zoo, b, "team/cat")
    delete(b, Reference.parse("team/cat:2"))
    heard = Heard()
    assert [one.version for one in copied(zoo, b, "team/cat", progress=heard)] == [1, 3]
    assert len(heard.warnings) == 1
    assert "team/cat:2 is deleted" in heard.warnings[0]
    with pytest.raises(ConflictError, match="deleted") as caught:
        copied(zoo, b, "team/cat:2")
    assert "undelete" in caught.value.hint
    (done,) = copied(zoo, b, "team/cat:2", renumber=True)
    assert (done.version, done.created) == (4, True)


def test_a_number_out_of_use_there_is_a_conflict(zoo, b):
    void = VersionRecord(
        format=VERSION_FORMAT,
        model="dog",
        number=1,
        push_id=new_id(),
        time="2026-01-01T00:00:00.000Z",
        who="a@b",
        void=True,
    )
    assert claim(b.backend, record_key(DOG, 1), encode(void))
    with pytest.raises(ConflictError, match="out of use"):
        copied(zoo, b, "dog")
    assert copied(zoo, b, "dog", renumber=True)[0].version == 2


def test_somebody_quicker_at_the_number_is_a_conflict(zoo, tmp_path, pushed):
    """A push takes the number while the copy is under way."""
    b = new_store(tmp_path / "target")

    class Quicker(FaultyBackend):
        done = False

        def put(self, key, parts):
            if key.startswith("manifests/") and not self.done:
                self.done = True
                pushed(b, "dog", {"quick": b"quick"})
            super().put(key, parts)

    target = open_root(Quicker(b.backend))
    with pytest.raises(ConflictError, match="taken"):
        copied(zoo, target, "dog")
    assert contents(b, "dog:1") == {"quick": b"quick"}
    (done,) = copied(zoo, b, "dog", renumber=True)
    assert (done.version, done.sent_bytes) == (2, 0)


# The same store


def test_a_store_is_not_copied_into_itself(zoo, tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "a")
    for other in (
        zoo,
        open_root(DirectoryBackend(tmp_path / "a")),
        open_root(DirectoryBackend(tmp_path / "link")),
    ):
        with pytest.raises(WrongUsageError, match="the same store"):
            copied(zoo, other)
    assert find_leases(zoo.backend) == []


def test_a_store_that_was_copied_as_files_is_another_one(zoo, tmp_path, pushed):
    shutil.copytree(tmp_path / "a", tmp_path / "clone")
    clone = open_root(DirectoryBackend(tmp_path / "clone"))
    pushed(zoo, "dog", {"new": noise(4000, 4)})
    done = copied(zoo, clone)
    assert [(one.model, one.version, one.sent_bytes) for one in done if one.created] == [
        ("dog", 2, 4000)
    ]
    assert same(zoo, clone, "dog:2")


def test_reading_a_source_takes_no_permission_to_write(zoo, b, tmp_path):
    before = {info.key for info in zoo.backend.keys("")}
    source = open_root(ReadOnlyBackend(DirectoryBackend(tmp_path / "a")))
    assert len(copied(source, b, aliases=True)) == 4
    assert {info.key for info in zoo.backend.keys("")} == before
    with pytest.raises(NotPermittedError):
        copied(zoo, open_root(ReadOnlyBackend(new_store(tmp_path / "c").backend)))


# Aliases and notes


def test_aliases_move_only_when_asked_and_never_onto_what_was_not_copied(zoo, b):
    zoo.refs.move_alias(CAT, "first", 1)
    copied(zoo, b, "team/cat:3")
    assert b.refs.aliases(CAT) == {}
    copied(zoo, b, "team/cat:3", aliases=True)
    assert b.refs.aliases(CAT) == {"prod": 3}
    copied(zoo, b, aliases=True)
    assert b.refs.aliases(CAT) == {"prod": 3, "first": 1}
    zoo.refs.move_alias(CAT, "prod", 2)
    copied(zoo, b, "team/cat:1", aliases=True)
    assert b.refs.aliases(CAT) == {"prod": 3, "first": 1}
    copied(zoo, b, "team/cat", aliases=True)
    assert b.refs.aliases(CAT) == {"prod": 2, "first": 1}


def test_aliases_follow_renumbered_versions(zoo, b, pushed):
    pushed(b, "team/cat", {"other": b"other"}, alias="prod")
    copied(zoo, b, "team/cat", aliases=True, renumber=True)
    assert b.refs.aliases(CAT) == {"prod": 4}
    copied(zoo, b, "team/cat", aliases=True, renumber=True)
    assert b.refs.aliases(CAT) == {"prod": 4}
    moves = [event.version for event in history(b, CAT) if event.kind == "alias"]
    assert moves == [4, 1]


def noted(root, number, values, kind="values"):
    version = root.refs.resolve(Reference(CAT, version=number))
    note = NoteRecord(
        format=NOTE_FORMAT,
        kind=kind,
        values=values,
        manifest=version.record.manifest,
        time="2026-02-03T04:05:06.000Z",
        who="me@here",
    )
    root.refs.add_note(version, note)
    return note


def test_notes_and_signatures_come_along_once(zoo, b, pushed):
    notes = [noted(zoo, 2, {"accuracy": 1}), noted(zoo, 2, {"bundle": "{}"}, "signature")]

    def there(number):
        return sorted(b.refs.notes(CAT, number), key=lambda note: note.kind, reverse=True)

    pushed(b, "team/cat", {"other": b"other"})
    for _ in range(2):
        copied(zoo, b, "team/cat", renumber=True)
        assert there(3) == notes
        assert there(2) == there(4) == []
    # A note that comes later is copied to a version that is there.
    late = noted(zoo, 3, {"late": True})
    done = copied(zoo, b, "team/cat", renumber=True)
    assert not any(one.created for one in done)
    assert there(4) == [late]


# Broken off, and taken up again


@pytest.mark.parametrize("nth", [1, 3, 6])
def test_a_copy_that_broke_off_sends_only_the_rest(a, b, pushed, nth):
    files = large(6, 1) | small(6, 2)
    pushed(a, "cat", files)
    pushed(a, "cat", {"small": b"small"})
    plan = Scripted("put", {nth: Fault.IO_ERROR}, prefix="objects/")
    with pytest.raises(BackendUnavailableError):
        copied(a, open_root(FaultyBackend(b.backend, plan)))
    assert b.refs.index(ModelName("cat")).numbers == ()
    arrived = object_bytes(b)
    again = copied(a, b)
    assert sum(one.sent_bytes for one in again) == object_bytes(a) - arrived
    assert same(a, b, "cat:1")
    assert same(a, b, "cat:2")
    assert object_bytes(b) == object_bytes(a)


def test_bundles_made_by_a_copy_that_broke_off_are_found_by_its_log(a, b, pushed):
    """Of bundles that are needed in part there is no key to look for."""
    files = {f"g{n:03}.bin": noise(120_000, n) for n in range(150)}
    pushed(a, "cat", files)
    half = {path: files[path] for n, path in enumerate(files) if n % 2}
    pushed(a, "cat", half)
    assert len(object_keys(a)) == 3
    plan = Scripted("put", {2: Fault.IO_ERROR}, prefix="objects/")
    with pytest.raises(BackendUnavailableError):
        copied(a, open_root(FaultyBackend(b.backend, plan)), "cat:2")
    arrived = object_bytes(b)
    assert arrived > 8 * MIB
    assert len(find_leases(b.backend)) == 1
    (done,) = copied(a, b, "cat:2")
    assert done.sent_bytes == 75 * 120_000 - arrived
    assert same(a, b, "cat:2")


def test_a_collection_in_between_keeps_what_was_sent(a, b, pushed):
    pushed(a, "cat", large(4, 1))
    plan = Scripted("put", {3: Fault.IO_ERROR}, prefix="objects/")
    with pytest.raises(BackendUnavailableError):
        copied(a, open_root(FaultyBackend(b.backend, plan)))
    collect(b, grace_s=0, progress=Silent())
    arrived = object_bytes(b)
    assert arrived >= 600 * KIB
    (done,) = copied(a, b)
    assert done.sent_bytes == object_bytes(a) - arrived


def test_a_copy_that_is_killed_is_taken_up_by_the_next(a, b, tmp_path, pushed):
    files = large(8, 1) | small(4, 2)
    pushed(a, "cat", files)
    script = f"""
        import os, signal, sys
        from pathlib import Path
        from podplanner.store.backends.directory import DirectoryBackend
        from podplanner.store.progress import Silent
        from podplanner.store.root import open_root
        from podplanner.store.upkeep import copy

        class Killing(DirectoryBackend):
            left = 4

            def put(self, key, parts):
                if key.startswith("objects/"):
                    Killing.left -= 1
                    if not Killing.left:
                        os.kill(os.getpid(), signal.SIGKILL)
                super().put(key, parts)

        source = open_root(DirectoryBackend(Path({str(tmp_path / "a")!r})))
        copy(source, open_root(Killing(Path({str(tmp_path / "b")!r}))), progress=Silent())
    """
    ended = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=False)
    assert ended.returncode == -9
    arrived = object_bytes(b)
    assert arrived >= 2 * 600 * KIB
    (done,) = copied(a, b)
    assert done.sent_bytes == object_bytes(a) - arrived
    assert same(a, b, "cat:1")


@pytest.mark.parametrize("fault", [Fault.LOST_REPLY, Fault.LOST_REQUEST])
def test_a_lost_reply_makes_no_second_version(zoo, b, fault):
    plan = Scripted("create", {1: fault}, prefix="models/")
    (done,) = copied(zoo, open_root(FaultyBackend(b.backend, plan)), "dog")
    assert (done.version, done.created) == (1, True)
    assert b.refs.index(DOG).numbers == (1,)
    assert same(zoo, b, "dog:1")


def test_two_copies_at_once_make_one_version(zoo, tmp_path):
    """The one is overtaken by the other just before its record."""
    b = new_store(tmp_path / "target")
    inner = []

    class Overtaken(FaultyBackend):
        def create(self, key, content):
            if key.startswith("models/") and not inner:
                inner.append(None)
                inner[:] = copied(zoo, b, "dog")
            return super().create(key, content)

    (outer,) = copied(zoo, open_root(Overtaken(b.backend)), "dog")
    assert outer.version == inner[0].version == 1
    assert b.refs.index(DOG).numbers == (1,)
    assert same(zoo, b, "dog:1")


def test_a_full_target_says_so_and_the_same_command_goes_on(a, b, pushed):
    pushed(a, "cat", large(4, 1))

    class Small(FaultyBackend):
        def free_bytes(self):
            return MIB

    with pytest.raises(NoSpaceError, match="free") as caught:
        copied(a, open_root(Small(b.backend)))
    assert caught.value.hint
    assert object_keys(b) == set()
    plan = Scripted("put", {3: Fault.NO_SPACE}, prefix="objects/")
    with pytest.raises(NoSpaceError):
        copied(a, open_root(FaultyBackend(b.backend, plan)))
    arrived = object_bytes(b)
    assert arrived >= 600 * KIB
    assert copied(a, b)[0].sent_bytes == object_bytes(a) - arrived


# Epochs, and what is torn in the target


def test_keys_that_an_epoch_lists_are_not_relied_on(a, b, pushed):
    """A collector is about to delete objects and documents just like those that come."""
    for model in ("one", "two"):
        pushed(a, model, large(2, 1))
    copied(a, b, "one")
    delete(b, Reference.parse("one:1"))
    # Opens an epoch, which waits for the grace time.
    assert collect(b, grace_s=3600, progress=Silent()).epoch == 1
    (done,) = copied(a, b, "two")
    assert done.sent_bytes == object_bytes(a)
    opened = b.open(b.refs.resolve(Reference.parse("two:1")))
    assert {place.object.epoch for _, place in opened.rows() if place} == {1}
    listed = [key for one in read_epochs(b.backend).lists for key in one.all_keys()]
    assert len(listed) > 3
    assert not set(listed) & {place.object for _, place in opened.rows() if place}
    assert not set(listed) & set(opened.document_keys())
    # The number was used; what is listed goes, and the version is whole.
    collect(b, grace_s=0, progress=Silent())
    assert not any(b.backend.head(key.key) for key in listed)
    assert same(a, b, "two:1")


def test_a_torn_object_in_the_target_is_written_anew(zoo, b):
    copied(zoo, b, "dog")
    for info in b.backend.keys("models/"):
        b.backend.delete(info.key)
    torn = max(b.backend.keys("objects/"), key=lambda info: info.size)
    b.backend.put(torn.key, [b"torn"])
    (done,) = copied(zoo, b, "dog")
    assert done.sent_bytes == torn.size
    assert same(zoo, b, "dog:1")


# A damaged source


def objects_of(root, reference):
    opened = root.open(root.refs.resolve(Reference.parse(reference)))
    return {
        entry.path: {place.object.key for _, place in opened.file_rows(entry.path) if place}
        for entry in opened.manifest.files
    }


def spoil(root, key, change):
    content = root.backend.get(key)
    root.backend.delete(key)
    if (spoilt := change(content)) is not None:
        root.backend.put(key, [spoilt])


def flip(content):
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (flip, ObjectCorruptError),
        (lambda content: content[:-1], ObjectCorruptError),
        (lambda content: None, ObjectMissingError),
    ],
    ids=["flipped", "truncated", "lost"],
)
def test_damage_in_the_source_names_version_and_file_and_is_not_copied(
    zoo, b, tmp_path, change, error
):
    (key,) = objects_of(zoo, "team/cat:3")["big.bin"]
    spoil(zoo, key, change)
    with pytest.raises(error) as caught:
        copied(zoo, b)
    assert "big.bin of team/cat:3" in caught.value.message.replace("Team/Cat", "team/cat")
    assert str(tmp_path / "a") in caught.value.message
    assert "--repair-from" in caught.value.hint
    # What came before is there; nothing of the version is.
    assert b.refs.index(CAT).numbers == (1, 2)
    assert key not in object_keys(b)
    assert same(zoo, b, "team/cat:2")


def test_damage_in_a_bundle_names_the_file_that_it_hurts(a, b, pushed):
    pushed(a, "cat", small(9, 1))
    (key,) = object_keys(a)
    spoil(a, key, flip)
    opened = a.open(a.refs.resolve(Reference.parse("cat")))
    (hurt,) = [
        entry.path
        for entry in opened.manifest.files
        for _, place in opened.file_rows(entry.path)
        if 0 <= place.object_bytes // 2 - place.offset < place.stored
    ]
    with pytest.raises(ObjectCorruptError, match=f"^{hurt} of cat:1 is hurt"):
        copied(a, b)
    assert object_keys(b) == set()


def test_damage_in_a_compressed_piece_names_the_file(a, b, pushed):
    pushed(a, "cat", {"words.txt": b"to be or not to be, that is the question. " * 5000})
    (key,) = object_keys(a)
    spoil(a, key, lambda content: b"\0" * len(content))
    with pytest.raises(ObjectCorruptError, match=r"words\.txt of cat:1 is hurt .* other bytes"):
        copied(a, b)


def test_damage_in_a_base_names_the_file_that_hangs_on_it(tuned, b):
    opened = tuned.open(tuned.refs.resolve(Reference.parse("cat:3")))
    base = next(place.base for _, place in opened.rows() if place and place.base)
    spoil(tuned, base.object.key, flip)
    with pytest.raises(ObjectCorruptError, match=r"model\.safetensors of cat:3 is hurt"):
        copied(tuned, b, "cat:3")


@pytest.mark.parametrize("kind", ["manifests", "layouts", "tables"])
def test_damage_in_a_document_names_the_version(zoo, b, kind):
    opened = zoo.open(zoo.refs.resolve(Reference.parse("dog:1")))
    (key, *_) = [key for key in opened.document_keys() if key.kind == kind]
    spoil(zoo, key.key, flip)
    source = open_root(zoo.backend)
    with pytest.raises(ObjectCorruptError, match=r"dog:1 is hurt in .* and cannot be copied"):
        copied(source, b, "dog")
    assert b.refs.index(DOG).numbers == ()


def test_a_source_that_does_not_answer_says_so(zoo, b, tmp_path):
    plan = Always("read_into", Fault.IO_ERROR, prefix="objects/")
    with pytest.raises(BackendUnavailableError):
        copied(open_root(FaultyBackend(zoo.backend, plan)), b)
    assert object_keys(b) == set()
    assert find_leases(b.backend) == []


@pytest.mark.parametrize(
    "change", [{"number": 2}, {"model": "team/cat"}, {"model": "../cat"}], ids=str
)
def test_a_record_that_says_another_name_or_number_is_not_copied(zoo, b, change):
    record = proven(msgspec.structs.replace(records(zoo, DOG)[1], **change))
    zoo.backend.delete(record_key(DOG, 1))
    assert claim(zoo.backend, record_key(DOG, 1), encode(record))
    with pytest.raises(ObjectCorruptError, match="the record of dog:1"):
        copied(zoo, b)
    assert list(b.refs.models()) == []


def test_what_is_no_alias_in_the_source_makes_none_in_the_target(zoo, b):
    zoo.refs.move_alias(DOG, "latest", 1)
    with pytest.raises(WrongUsageError, match="latest"):
        copied(zoo, b, "dog", aliases=True)
    assert b.refs.aliases(DOG) == {}


@pytest.mark.parametrize("seed", range(4))
def test_whatever_fails_the_same_command_gets_there_in_the_end(zoo, seed):
    """Faults at random in both stores, and a power cut after every failure."""
    quiet = make_root(MemoryBackend())
    rates = dict.fromkeys(Fault, 0.015) | {Fault.SILENT_SHORT_WRITE: 0, Fault.LOST_FSYNC: 0}
    plan = Seeded(seed, rates)
    faulty = FaultyBackend(quiet.backend, plan)
    reading = FaultyBackend(zoo.backend, Seeded(seed + 100, {Fault.IO_ERROR: 0.005}))
    failures = 0
    published: set[str] = set()
    done = None
    while done is None:
        assert failures < 100
        try:
            done = copied(open_root(reading), open_root(faulty), aliases=True)
        except (BackendUnavailableError, NoSpaceError):
            failures += 1
            faulty.crash()
            for model in quiet.refs.models():
                for version in quiet.refs.versions(model):
                    published.add(str(version))
            for reference in published:
                assert same(zoo, quiet, reference)
    assert failures
    assert [one.version for one in done] == [1, 1, 2, 3]
    faulty.crash()
    for model in (CAT, DOG):
        assert quiet.refs.index(model).numbers == zoo.refs.index(model).numbers
        assert quiet.refs.aliases(model) == zoo.refs.aliases(model)
        for number in quiet.refs.index(model).numbers:
            assert same(zoo, quiet, f"{model}:{number}")


def test_pieces_are_found_in_large_versions_table_by_table(a, b, pushed, monkeypatch):
    """Tables end where the pusher ended them: the copy keeps their ends and their bytes."""
    monkeypatch.setattr("podplanner.store.pushing.ends._FILE_END", 3)
    pushed(a, "cat", small(11, 1))
    monkeypatch.undo()
    opened = a.open(a.refs.resolve(Reference.parse("cat:1")))
    assert opened.table_count() == 4
    copied(a, b)
    there = b.open(b.refs.resolve(Reference.parse("cat:1")))
    assert there.manifest.tables == opened.manifest.tables
    assert same(a, b, "cat:1")
    keys = {ObjectKey.from_key(key) for key in object_keys(b)}
    assert None not in keys
    for key in there.document_keys():
        assert DocumentKey.from_key(key.key) == key
