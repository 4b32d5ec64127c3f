from random import Random

import pytest
from support.remote import RemoteMemory
from support.store_writer import pull, push

from podplanner.errors import BackendUnavailableError, ConflictError, ObjectCorruptError
from podplanner.store.backends.memory import MemoryBackend
from podplanner.store.backends.read_only import ReadOnlyBackend
from podplanner.store.bad_keys import read_bad_keys
from podplanner.store.names import ModelName, Reference
from podplanner.store.progress import Silent
from podplanner.store.record_keys import record_key
from podplanner.store.root import make_root, open_root
from podplanner.store.upkeep import check, collect, copy, delete
from podplanner.store.upkeep.mending import mend

CAT = ModelName.parse("team/cat")


class OtherMemory(MemoryBackend):
    """A second place."""

    @property
    def address(self):
        return "memory:other"


@pytest.fixture(params=[MemoryBackend, RemoteMemory], ids=["near", "far"])
def root(request):
    return make_root(request.param())


def files(seed, count=6, size=300):
    random = Random(seed)
    return {"a.bin": [random.randbytes(size) for _ in range(count)], "b": [random.randbytes(900)]}


def keys(root, prefix):
    return [info.key for info in root.backend.keys(prefix)]


def flip(root, key, bit=7):
    content = bytearray(root.backend.get(key))
    content[len(content) // 2] ^= 1 << (bit % 8)
    root.backend.put(key, [content])


def truncate(root, key):
    content = root.backend.get(key)
    root.backend.put(key, [content[: len(content) // 2]])


def lose(root, key):
    root.backend.delete(key)


DAMAGE = {"flipped": flip, "lost": lose, "truncated": truncate}


def checked(root, **options):
    return check(root, progress=Silent(), **options)


def documents(root, name, number, kind):
    opened = root.open(root.refs.version(ModelName.parse(name), number))
    return [key.key for key in opened.document_keys() if key.kind == kind]


def objects(root, name, number):
    opened = root.open(root.refs.version(ModelName.parse(name), number))
    return list(dict.fromkeys(place.object.key for _, place in opened.rows() if place))


def test_a_good_store_is_all_good_and_every_object_is_counted(root):
    push(root, "team/cat", files(1))
    push(root, "team/cat", files(2))
    found = checked(root)
    infos = list(root.backend.keys("objects/"))
    assert (found.ok, found.problems) == (True, ())
    assert (found.objects, found.bytes) == (len(infos), sum(info.size for info in infos))
    assert checked(root, deep=True).ok
    assert checked(root, quick=True).ok


@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_of_an_object_is_named_with_every_version_that_it_hurts(root, kind):
    first = files(1)
    push(root, "team/cat", first)
    push(root, "team/cat", {**first, "new": [b"n" * 700]})
    push(root, "dog", files(3))
    key = objects(root, "team/cat", 1)[0]
    DAMAGE[kind](root, key)
    found = checked(root)
    assert not found.ok
    assert [(p.kind, p.object, p.versions, p.repaired) for p in found.problems] == [
        (kind, key, ("team/cat:1", "team/cat:2"), False)
    ]


@pytest.mark.parametrize("kind", DAMAGE)
@pytest.mark.parametrize("folder", ["tables", "manifests", "layouts"])
def test_damage_of_a_document_is_named_with_the_versions_that_need_it(root, kind, folder):
    push(root, "team/cat", files(1))
    push(root, "dog", files(3))
    for key in documents(root, "team/cat", 1, folder):
        kept = root.backend.get(key)
        DAMAGE[kind](root, key)
        found = checked(root)
        assert [(p.kind, p.object, p.versions) for p in found.problems] == [
            (kind, key, ("team/cat:1",))
        ]
        root.backend.put(key, [kept])


def test_a_damaged_record_is_named(root):
    push(root, "team/cat", files(1))
    key = record_key(CAT, 1)
    root.backend.put(key, [b'{"format":"podplanner/vers'])
    found = checked(root)
    assert [(p.kind, p.object, p.versions) for p in found.problems] == [
        ("flipped", key, ("team/cat:1",))
    ]


def test_every_single_bit_of_a_store_is_watched_over(root):
    push(root, "team/cat", files(1, count=2, size=40))
    watched = [
        key for key in keys(root, "") if key.split("/")[0] in ("objects", "tables", "layouts")
    ]
    random = Random(5)
    for key in watched:
        content = root.backend.get(key)
        for bit in random.sample(range(8 * len(content)), 20):
            bent = bytearray(content)
            bent[bit // 8] ^= 1 << bit % 8
            root.backend.put(key, [bent])
            found = checked(root)
            assert [p.object for p in found.problems] == [key], bit
        root.backend.put(key, [content])
    assert checked(root).ok
    assert read_bad_keys(root.backend).keys == set()


def test_what_is_bad_is_marked_and_the_next_push_of_the_content_heals_it(root):
    push(root, "team/cat", files(1))
    push(root, "other/name", {"x": [b"x" * 800]})
    for key in objects(root, "team/cat", 1):
        flip(root, key)
    assert not checked(root).ok
    assert read_bad_keys(root.backend).keys == set(objects(root, "team/cat", 1))
    push(root, "somebody/else", files(1))
    assert checked(root).ok
    assert pull(root, "team/cat", 1) == files(1)
    assert read_bad_keys(root.backend).keys == set()


def test_a_mark_is_taken_back_when_the_bytes_are_good_again(root):
    push(root, "team/cat", files(1))
    key = objects(root, "team/cat", 1)[0]
    content = root.backend.get(key)
    flip(root, key)
    checked(root)
    assert key in read_bad_keys(root.backend)
    root.backend.put(key, [content])
    assert checked(root).ok
    assert key not in read_bad_keys(root.backend)


def test_a_store_that_may_not_be_written_is_checked_all_the_same(root):
    push(root, "team/cat", files(1))
    key = objects(root, "team/cat", 1)[0]
    flip(root, key)
    found = checked(open_root(ReadOnlyBackend(root.backend)))
    assert [p.object for p in found.problems] == [key]
    assert keys(root, "damaged/") == []


def test_a_quick_check_reads_no_object(root):
    push(root, "team/cat", files(1))
    first, second = objects(root, "team/cat", 1)[:2]
    flip(root, first)
    assert checked(root, quick=True).ok
    truncate(root, second)
    assert [p.kind for p in checked(root, quick=True).problems] == ["truncated"]


def test_damage_that_hurts_nobody_is_found_too_and_set_aside_by_a_repair(root):
    push(root, "team/cat", files(1))
    push(root, "team/cat", files(2))
    key = objects(root, "team/cat", 1)[0]
    delete(root, Reference.parse("team/cat:1"))
    flip(root, key)
    found = checked(root)
    assert [(p.object, p.versions) for p in found.problems] == [(key, ())]
    assert checked(root, repair=True).ok
    assert root.backend.head(key) is None
    assert any(name.endswith(".bytes") for name in keys(root, "damaged/"))
    assert checked(root).ok


def test_what_a_collection_removed_with_its_version_is_no_damage(root):
    push(root, "team/cat", files(1))
    push(root, "team/cat", files(2))
    delete(root, Reference.parse("team/cat:1"))
    collect(root, grace_s=0, progress=Silent())
    assert checked(root).ok


# Repair


@pytest.fixture
def other():
    return make_root(OtherMemory())


@pytest.mark.parametrize("kind", DAMAGE)
def test_an_object_is_built_again_from_a_second_store_that_lies_otherwise(root, other, kind):
    push(root, "team/cat", files(1))
    push(other, "dog", {"z": list(reversed(files(1)["a.bin"])), "y": files(1)["b"]}, bundle=700)
    before = keys(root, "objects/")
    for key in before:
        DAMAGE[kind](root, key)
    assert not checked(root).ok
    found = checked(root, repair_from=other)
    assert found.ok
    assert {p.repaired for p in found.problems} == {True}
    assert keys(root, "objects/") == before
    assert pull(root, "team/cat", 1) == files(1)
    assert checked(root).ok


def test_what_cannot_be_built_again_is_laid_out_anew_from_what_is_elsewhere(root, other):
    pieces = files(1)["a.bin"]
    push(root, "team/cat", {"a": pieces}, bundle=100_000)
    delete_later = push(root, "dog", {"a": pieces[:3]}, bundle=100_000)
    assert delete_later.number == 1
    # Only part of the bundle is known of any more by who still lives.
    push(root, "eel", {"a": pieces[:2], "own": [b"o" * 100]}, bundle=100_000)
    delete(root, Reference.parse("team/cat:1"))
    key = objects(root, "dog", 1)[0]
    push(other, "x", {"y": pieces[:3]})
    lose(root, key)
    found = checked(root, repair_from=other)
    assert found.ok, found
    assert pull(root, "dog", 1) == {"a": pieces[:3]}
    assert checked(root).ok


def test_pieces_that_lie_twice_in_a_store_mend_it_without_a_second_one(root):
    pieces = files(1)["a.bin"]
    push(root, "a", {"f": pieces}, bundle=100_000)
    push(root, "b", {"g": list(reversed(pieces))}, bundle=100_000)
    (key,) = objects(root, "a", 1)
    flip(root, key)
    assert not checked(root).ok
    assert checked(root, repair=True).ok
    assert pull(root, "a", 1) == {"f": pieces}
    assert root.refs.index(ModelName.parse("a")).relayouts == {}


def test_good_pieces_of_a_flipped_bundle_are_used_and_the_rest_stays_named(root):
    pieces = files(1)["a.bin"]
    push(root, "a", {"f": pieces}, bundle=100_000)
    (key,) = objects(root, "a", 1)
    flip(root, key)
    found = checked(root, repair=True)
    assert [(p.object, p.versions, p.repaired) for p in found.problems] == [(key, ("a:1",), False)]
    # The bad piece comes with another version: now all can be mended.
    push(root, "b", {"g": pieces[2:4]})
    assert checked(root, repair=True).ok
    assert pull(root, "a", 1) == {"f": pieces}


@pytest.mark.parametrize("folder", ["tables", "manifests", "layouts"])
@pytest.mark.parametrize("kind", DAMAGE)
def test_documents_come_from_a_second_store_or_are_made_anew(root, other, folder, kind):
    push(root, "team/cat", files(1), table_pieces=3)
    # The same version in another layout: the piece tables and the manifest are the same.
    push(other, "team/cat", files(1), table_pieces=3, bundle=700)
    for key in documents(root, "team/cat", 1, folder):
        DAMAGE[kind](root, key)
    assert not checked(root).ok
    found = checked(root, repair_from=other)
    assert found.ok, found
    assert pull(root, "team/cat", 1) == files(1)
    assert checked(root).ok
    collect(root, grace_s=0, progress=Silent())
    assert pull(root, "team/cat", 1) == files(1)


def test_a_lost_layout_is_made_anew_without_a_second_store_where_another_version_knows(root):
    push(root, "a", files(1))
    push(root, "b", files(1))
    for key in documents(root, "a", 1, "layouts"):
        flip(root, key)
    # Both versions have the same layout.
    assert checked(root).problems[0].versions == ("a:1", "b:1")


def test_a_damaged_record_comes_back_from_a_copy(root, other):
    record = push(root, "team/cat", files(1))
    key = record_key(CAT, 1)
    content = root.backend.get(key)
    copied = push(other, "team/cat", files(1), bundle=700)
    assert copied.manifest == record.manifest
    root.backend.put(key, [content[:-1]])
    found = checked(root, repair_from=other)
    assert found.ok
    assert pull(root, "team/cat", 1) == files(1)


def test_a_changed_byte_of_a_record_is_found(root):
    push(root, "team/cat", files(1))
    key = record_key(CAT, 1)
    content = root.backend.get(key)
    at = content.index(b'"who":"') + 7
    root.backend.put(key, [content[:at] + b"X" + content[at + 1 :]])
    found = checked(root)
    assert [(p.kind, p.object) for p in found.problems] == [("flipped", key)]


@pytest.mark.parametrize("left", [None, b""])
def test_a_record_that_is_lost_is_missed_by_the_next_and_comes_back(tmp_path, left):
    from support.stores import contents, new_root, write_tree

    from podplanner.store.backends.directory import DirectoryBackend
    from podplanner.store.progress import Silent
    from podplanner.store.pushing import push as real_push
    from podplanner.store.upkeep import copy

    (tmp_path / "pod").mkdir()
    here, there = new_root(), new_root(DirectoryBackend(tmp_path / "pod"))
    for number in (1, 2):
        real_push(here, write_tree(tmp_path / "model", {"a": b"%d" % number}), "team/cat")
    copy(here, there, progress=Silent())
    key = record_key(CAT, 1)
    if left is None:
        here.backend.delete(key)
    else:
        here.backend.put(key, [left])
    found = checked(here)
    assert [(p.object, p.versions) for p in found.problems] == [(key, ("team/cat:1",))]
    assert checked(here, repair_from=there).ok
    assert contents(here, "team/cat:1") == {"a": b"1"}


class Rotten(RemoteMemory):
    """An engine whose disk loses bytes under some keys, until they are written again."""

    def __init__(self):
        super().__init__()
        self.rotten = set()

    def get(self, key, **limits):
        content = super().get(key, **limits)
        if key in self.rotten:
            raise ObjectCorruptError(f"{key!r} is there and cannot be read") from (
                BackendUnavailableError("the engine answers 500")
            )
        return content

    def put(self, key, parts):
        super().put(key, parts)
        self.rotten.discard(key)


def test_documents_that_are_there_and_cannot_be_read_come_back_from_a_copy(other):
    root = make_root(Rotten())
    push(root, "team/cat", files(1))
    push(root, "team/cat", files(2))
    copy(root, other, progress=Silent())
    opened = root.open(root.refs.version(CAT, 1))
    documents = sorted({key.key for key in opened.document_keys()})
    bad = [*documents, record_key(CAT, 2)]
    root.backend.rotten = set(bad)
    root.backend.total()
    found = checked(root)
    # What stands in a manifest or a layout that cannot be read is not known to be needed.
    layout = f"layouts/{opened.version.layout}.json.zst"
    assert {(p.kind, p.object, p.versions) for p in found.problems if p.versions} == {
        ("flipped", layout, ("team/cat:1",)),
        ("flipped", record_key(CAT, 2), ("team/cat:2",)),
    }
    assert {p.object for p in found.problems} == set(bad)
    # Each time more of what they need can be read.
    for _ in range(3):
        found = checked(root, repair_from=other)
    assert found.problems == ()
    assert pull(root, "team/cat", 1) == files(1)
    assert pull(root, "team/cat", 2) == files(2)


def test_what_cannot_be_read_is_asked_for_once_in_a_check(other):
    root = make_root(Rotten())
    push(root, "team/cat", files(1))
    copy(root, other, progress=Silent())
    opened = root.open(root.refs.version(CAT, 1))
    root.backend.rotten = {key.key for key in opened.document_keys() if key.kind == "manifests"}
    refused = []
    inner = root.backend.get

    def get(key, **limits):
        if key in root.backend.rotten:
            refused.append(key)
        return inner(key, **limits)

    root.backend.get = get
    bad = sorted(root.backend.rotten)
    assert checked(root, repair_from=other).ok
    assert refused == bad


def test_a_record_of_which_nothing_is_left_is_not_guessed(root, other):
    push(root, "team/cat", files(1))
    push(other, "team/cat", files(1))
    root.backend.put(record_key(CAT, 1), [b"\0" * 300])
    found = checked(root, repair_from=other)
    assert [p.repaired for p in found.problems] == [False]


def test_a_store_does_not_mend_itself(root):
    with pytest.raises(ConflictError, match="cannot be mended from itself"):
        checked(root, repair_from=root)


def test_a_damaged_second_store_spreads_nothing(root, other):
    push(root, "team/cat", files(1))
    push(other, "team/cat", files(1), bundle=700)
    for key in keys(root, "objects/"):
        lose(root, key)
    for key in keys(other, "objects/"):
        flip(other, key)
    found = checked(root, repair_from=other)
    assert not found.ok
    with pytest.raises(ObjectCorruptError):
        pull(other, "team/cat", 1)
    # Most pieces of the second store are good; those were used, and no wrong byte came over.
    for key in keys(root, "objects/"):
        assert not any(p.object == key and p.kind == "flipped" for p in checked(root).problems)


def test_mend_gives_versions_back_what_a_push_has_stored_anew(root):
    pieces = files(1)["a.bin"]
    push(root, "a", {"f": pieces}, bundle=100_000)
    (key,) = objects(root, "a", 1)
    lose(root, key)
    push(root, "b", {"f": pieces[::-1]}, bundle=700)
    assert mend(root, frozenset({key}), progress=Silent()) == frozenset()
    assert pull(root, "a", 1) == {"f": pieces}
    assert mend(root, frozenset({key}), progress=Silent()) == frozenset()


def test_mended_versions_survive_a_collection(root, other):
    pieces = files(1)["a.bin"]
    push(root, "a", {"f": pieces}, bundle=100_000)
    push(root, "a", {"f": pieces[:3]})
    delete(root, Reference.parse("a:1"))
    (key,) = objects(root, "a", 2)
    lose(root, key)
    push(other, "x", {"f": pieces[:3]})
    assert checked(root, repair_from=other).ok
    collect(root, grace_s=0, progress=Silent())
    assert pull(root, "a", 2) == {"f": pieces[:3]}
