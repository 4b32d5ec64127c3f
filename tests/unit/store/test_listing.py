"""Lists of models and versions, all of one version, and the history of a model."""

import sqlite3

import msgspec
import pytest
from support.remote import RemoteMemory
from support.store_writer import push as write
from support.stores import new_root, safetensors, write_tree

from podplanner.errors import ObjectCorruptError, UnknownNameError, WrongUsageError
from podplanner.store.backends.memory import MemoryBackend
from podplanner.store.claims import claim, new_id
from podplanner.store.documents import encode
from podplanner.store.fencing import fence
from podplanner.store.history import history
from podplanner.store.lease import find_leases
from podplanner.store.listing import diff, models, noted_values, show, versions
from podplanner.store.names import ModelName, Reference
from podplanner.store.progress import Silent
from podplanner.store.record_cache import RecordCache
from podplanner.store.record_keys import record_key, relayout_key
from podplanner.store.records import (
    NOTE_FORMAT,
    RELAYOUT_FORMAT,
    VERSION_FORMAT,
    NoteRecord,
    Relayout,
    VersionRecord,
    proven,
)
from podplanner.store.store import Store
from podplanner.store.upkeep import check

CAT = ModelName.parse("team/Cat")


@pytest.fixture(params=[MemoryBackend, RemoteMemory], ids=["near", "far"])
def root(request):
    return new_root(request.param())


@pytest.fixture
def far():
    return new_root(RemoteMemory())


def version(root, word):
    return root.refs.resolve(Reference.parse(word))


def tree(tmp_path, **extra):
    small = safetensors({
        "embed": ("BF16", (10, 8), bytes(160)),
        "norm": ("F32", (8,), bytes(range(32))),
        "head": ("BF16", (3, 8), bytes(48)),
        "step": ("I64", (), bytes(8)),
    })  # fmt: skip
    files = {"model.safetensors": small, "config.json": b'{"a": 1}', "empty": b"", **extra}
    return write_tree(tmp_path / f"tree{len(list(tmp_path.iterdir()))}", files)


# --- Models ---


def test_a_model_is_told_by_its_latest_version_and_its_aliases(root):
    write(root, "team/Cat", {"a": [b"1"]})
    write(root, "team/Cat", {"a": [b"1"], "b": [b"22"]})
    write(root, "dog", {"a": [b"333"]})
    root.refs.move_alias(CAT, "prod", 1)
    root.refs.move_alias(CAT, "gone", 1)
    root.refs.move_alias(CAT, "gone", None)
    dog, cat = models(root)
    assert (dog.name, dog.latest, dog.versions, dog.aliases, dog.plain_bytes) == (
        "dog", 1, 1, {}, 3,
    )  # fmt: skip
    assert (cat.name, cat.latest, cat.versions, cat.aliases, cat.plain_bytes) == (
        "team/Cat", 2, 2, {"prod": 1}, 3,
    )  # fmt: skip
    assert cat.time == version(root, "team/cat:2").record.time


def test_deleted_versions_do_not_count_and_a_model_without_versions_is_none(root):
    for content in (b"1", b"2", b"3"):
        write(root, "cat", {"a": [content]})
    write(root, "dog", {"a": [b"1"]})
    root.refs.bury(ModelName.parse("cat"), 3)
    root.refs.bury(ModelName.parse("dog"), 1)
    (cat,) = models(root)
    assert (cat.name, cat.latest, cat.versions) == ("cat", 2, 2)


def test_a_number_that_a_dead_push_had_taken_is_no_version(root):
    write(root, "cat", {"a": [b"1"]})
    void = VersionRecord(
        format=VERSION_FORMAT, model="cat", number=2, push_id=new_id(),
        time="2099-11-24T00:00:00.000Z", who="ann@host", void=True,
    )  # fmt: skip
    cat = ModelName.parse("cat")
    assert claim(root.backend, record_key(cat, 2), encode(void))
    assert [model.latest for model in models(root)] == [1]
    root.refs.bury(cat, 2)
    assert [(model.latest, model.versions) for model in models(root)] == [(1, 1)]
    assert [one.record.number for one in versions(root, cat, deleted=True)] == [1]
    assert [event.kind for event in history(root, cat)] == ["void", "push"]


def test_an_empty_store_has_no_models(root):
    assert models(root) == []


def test_a_list_of_models_reads_one_record_of_each(root):
    for number in range(20):
        write(root, "cat", {"a": [bytes([number])]})
    read = []
    inner = root.backend.get
    root.backend.get = lambda key, **limits: read.append(key) or inner(key, **limits)
    assert models(root)[0].latest == 20
    assert read == [record_key(ModelName.parse("cat"), 20)]


# --- Versions ---


def test_versions_are_listed_from_the_newest_with_their_aliases(root):
    for number in range(5):
        write(root, "team/Cat", {"a": [bytes([number])]})
    root.refs.move_alias(CAT, "prod", 2)
    root.refs.move_alias(CAT, "best", 2)
    root.refs.bury(CAT, 4)
    assert [one.record.number for one in versions(root, CAT)] == [5, 3, 2, 1]
    assert [one.record.number for one in versions(root, CAT, limit=2)] == [5, 3]
    everything = versions(root, CAT, limit=None, deleted=True)
    assert [(one.record.number, one.deleted) for one in everything] == [
        (5, False), (4, True), (3, False), (2, False), (1, False),
    ]  # fmt: skip
    assert [one.aliases for one in everything] == [(), (), (), ("best", "prod"), ()]


def test_fifty_versions_are_listed_if_nobody_says_how_many(root):
    for number in range(52):
        write(root, "cat", {"a": [bytes([number])]})
    listed = [one.record.number for one in versions(root, ModelName.parse("cat"))]
    assert listed == list(range(52, 2, -1))


@pytest.mark.parametrize("deleted", [False, True])
def test_the_versions_of_an_unknown_model_are_an_error(root, deleted):
    with pytest.raises(UnknownNameError, match="no model cat"):
        versions(root, ModelName.parse("cat"), deleted=deleted)


def test_a_model_whose_versions_are_all_deleted_is_listed_only_when_asked_for(root):
    write(root, "cat", {"a": [b"1"]})
    root.refs.bury(ModelName.parse("cat"), 1)
    with pytest.raises(UnknownNameError):
        versions(root, ModelName.parse("cat"))
    assert [v.deleted for v in versions(root, ModelName.parse("cat"), deleted=True)] == [True]


# --- One version ---


def test_all_that_is_known_of_a_version(root, tmp_path):
    store = Store(root)
    first = store.push(tree(tmp_path), "team/Cat")
    (tmp_path / "sub").mkdir()
    source = tree(tmp_path, **{"more/x.bin": b"x" * 1000})
    (source / "hollow").mkdir()
    (source / "more" / "x.bin").chmod(0o755)
    store.push(source, "team/Cat", alias="prod", meta={"task": "sorting"})
    root.refs.add_note(version(root, "team/cat:2"), note("values", {"loss": "0.3"}))
    root.refs.add_note(version(root, "team/cat:2"), note("values", {"loss": "0.2", "top1": 9}))
    found = show(root, Reference.parse("team/cat:prod"))

    assert (found.record.model, found.record.number, found.aliases) == ("team/Cat", 2, ("prod",))
    assert [file.path for file in found.files] == [
        "config.json", "empty", "model.safetensors", "more/x.bin",
    ]  # fmt: skip
    assert (found.figures.parameters, found.figures.tensors) == (80 + 8 + 24 + 1, 4)
    assert [tuple(row) for row in found.figures.by_dtype] == [
        ("BF16", 2, 104, 208), ("F32", 1, 8, 32), ("I64", 1, 1, 8),
    ]  # fmt: skip
    model = found.files[2]
    assert (model.format, model.tensors, model.parameters) == ("safetensors", 4, 113)
    assert found.files[3].executable
    assert not model.executable
    assert found.folders == ("hollow",)
    assert found.record.new_bytes == 1000
    # A thousand letters x, and zeros, are kept compressed.
    assert 100 < found.stored_bytes < 500 < sum(file.size for file in found.files)
    assert [(a.reference, a.state) for a in found.lineage] == [("team/Cat:1", "live")]
    assert found.noted == {"loss": "0.2", "top1": 9}
    assert [one.values for one in found.notes] == [{"loss": "0.3"}, {"loss": "0.2", "top1": 9}]
    assert found.signatures == ()
    assert found.metadata["extra"]["task"] == "sorting"
    assert first.new_bytes > 0


def test_what_has_no_tensors_has_no_parameters(root):
    write(root, "cat", {"a": [b"1"]})
    found = show(root, Reference.parse("cat"))
    figures = found.figures
    assert (figures.parameters, figures.by_dtype, figures.pickles) == (None, (), {})
    assert found.lineage == ()


def test_of_values_that_are_noted_again_the_later_count_and_the_others_stay(root):
    write(root, "cat", {"a": [b"1"]})
    for values in ({"metrics": {"top1": 1, "top5": 2}}, {"metrics": {"top1": 3}, "by": "eve"},
                   {"by": {"who": "ann"}}):  # fmt: skip
        root.refs.add_note(version(root, "cat"), note("values", values))
    found = show(root, Reference.parse("cat"))
    assert found.noted == {"metrics": {"top1": 3, "top5": 2}, "by": {"who": "ann"}}
    assert noted_values(root, version(root, "cat")) == found.noted
    assert found.notes[0].values == {"metrics": {"top1": 1, "top5": 2}}


def test_a_lineage_goes_over_models_and_ends_at_what_is_not_there(root, tmp_path):
    store = Store(root)
    store.push(write_tree(tmp_path / "a", {"x": b"1"}), "base")
    store.push(write_tree(tmp_path / "b", {"x": b"2"}), "tuned", parent="base:1")
    store.push(write_tree(tmp_path / "c", {"x": b"3"}), "tuned")
    root.refs.bury(ModelName.parse("tuned"), 1)
    assert [(a.reference, a.state) for a in show(root, Reference.parse("tuned:2")).lineage] == [
        ("tuned:1", "deleted"), ("base:1", "live"),
    ]  # fmt: skip


@pytest.mark.parametrize("parent", ["cat:2", "cat:1", "other:7", "no parent at all", "cat"])
def test_a_parent_that_cannot_be_is_followed_no_further(root, parent):
    record = write(root, "cat", {"a": [b"1"]})
    strange = VersionRecord(
        format=VERSION_FORMAT, model="cat", number=2, push_id=new_id(), time=record.time,
        who="x@y", manifest=record.manifest, layout=record.layout, parent=parent,
    )  # fmt: skip
    assert claim(root.backend, record_key(ModelName.parse("cat"), 2), encode(strange))
    found = [(a.reference, a.state) for a in show(root, Reference.parse("cat:2")).lineage]
    expected = {"cat:1": [("cat:1", "live")], "other:7": [("other:7", "unknown")]}
    assert found == expected.get(parent, [])


def test_a_signature_says_whether_it_is_of_this_content(root):
    record = write(root, "cat", {"a": [b"1"]})
    root.refs.add_note(version(root, "cat"), note("signature", {"bundle": "{}"}, "0" * 64))
    root.refs.add_note(version(root, "cat"), note("signature", {"bundle": "{}"}, record.manifest))
    found = show(root, Reference.parse("cat"))
    assert [one.of_this_content for one in found.signatures] == [False, True]
    assert found.noted == {}


def note(kind, values, manifest="f" * 64):
    note.clock += 1
    return NoteRecord(
        format=NOTE_FORMAT, kind=kind, values=values, manifest=manifest,
        time=f"2026-11-24T10:00:{note.clock % 60:02d}.000Z", who="eve@host",
    )  # fmt: skip


note.clock = 0


@pytest.mark.parametrize("word", ["cat:3", "cat:prod", "dog"])
def test_what_is_not_there_cannot_be_shown(root, word):
    write(root, "cat", {"a": [b"1"]})
    with pytest.raises(UnknownNameError):
        show(root, Reference.parse(word))


# --- Two versions ---


def test_a_difference_is_told_of_files_tensors_and_metadata(root, tmp_path):
    store = Store(root)
    store.push(tree(tmp_path), "cat", meta={"license": "MIT"})
    source = tree(tmp_path, more=b"x" * 1000)
    content = bytearray((source / "model.safetensors").read_bytes())
    content[-9] ^= 1  # the last byte of `head`
    (source / "model.safetensors").write_bytes(bytes(content))
    store.push(source, "dog", meta={"license": "BSD"})
    found = diff(root, Reference.parse("cat"), Reference.parse("dog"))
    assert [(f.path, f.state.value) for f in found.files] == [
        ("model.safetensors", "changed"), ("more", "added"),
    ]  # fmt: skip
    assert found.same_files == 2
    # They are small and share a piece: only reading them tells which it was.
    assert [(t.name, t.state.value) for t in found.tensors] == [("head", "changed")]
    assert found.same_tensors == 3
    assert [tuple(value) for value in found.metadata] == [("license", "MIT", "BSD")]
    assert diff(root, Reference.parse("cat"), Reference.parse("cat")).is_empty


@pytest.mark.parametrize(("old", "new"), [("cat", "dog"), ("dog", "cat"), ("cat:2", "cat")])
def test_a_difference_from_what_is_not_there_is_an_error(root, old, new):
    write(root, "cat", {"a": [b"1"]})
    with pytest.raises(UnknownNameError):
        diff(root, Reference.parse(old), Reference.parse(new))


# --- History ---


def test_a_history_has_every_event_the_newest_first(root):
    write(root, "team/Cat", {"a": [b"1"]})
    write(root, "team/Cat", {"a": [b"2"]})
    root.refs.move_alias(CAT, "prod", 1)
    root.refs.move_alias(CAT, "prod", 2)
    root.refs.move_alias(CAT, "prod", None)
    root.refs.bury(CAT, 1)
    events = history(root, CAT)
    assert [event.time for event in events] == sorted(
        (event.time for event in events), reverse=True
    )
    told = {(e.kind, e.version, e.alias, e.before) for e in events}
    assert told == {
        ("push", 1, None, None), ("push", 2, None, None), ("delete", 1, None, None),
        ("alias", 1, "prod", None), ("alias", 2, "prod", 1), ("alias", None, "prod", 2),
    }  # fmt: skip
    assert len(events) == 6
    assert all("@" in event.who for event in events)


def test_notes_and_signatures_are_part_of_the_history(root):
    write(root, "cat", {"a": [b"1"]})
    root.refs.add_note(version(root, "cat"), note("values", {"loss": "1"}))
    root.refs.add_note(version(root, "cat"), note("signature", {"bundle": "{}"}))
    found = {event.kind: event for event in history(root, ModelName.parse("cat"))}
    assert found["note"].values == {"loss": "1"}
    assert found["signature"].values is None
    assert set(found) == {"push", "note", "signature"}


def test_the_history_of_an_unknown_model_is_an_error(root):
    with pytest.raises(UnknownNameError):
        history(root, CAT)


def test_a_push_that_a_collector_ended_is_told(root):
    write(root, "cat", {"a": [b"1"]})
    from support.store_writer import Writer

    writer = Writer(root, ModelName.parse("cat"), {"a": [b"2"]})
    for step in writer.steps():
        if step == "decided":
            break
    writer.session.lease.stop_renewing()
    (lease,) = find_leases(root.backend)
    fence(root.backend, root.refs, lease)
    assert [e.kind for e in history(root, ModelName.parse("cat"))] == ["void", "push"]
    assert [m.latest for m in models(root)] == [1]


def test_a_name_that_breaks_the_rules_is_wrong_usage(root):
    with pytest.raises(WrongUsageError):
        Store(root).versions("a/b/c")


# --- Lists of a store that is far away ---


def fill(root, models=12, versions=3):
    for number in range(models):
        name = f"team/m{number:02}"
        for one in range(versions):
            write(root, name, {"a": [b"%d %d" % (number, one)]})
        root.refs.move_alias(ModelName.parse(name), "prod", versions - 1)


def asked(root, work):
    """Return what the work gives, and how many requests it took."""
    root.backend.total()
    return work(), root.backend.total()


def test_a_list_takes_two_requests_a_model_and_one_for_each_thousand_keys(far):
    fill(far)
    found, requests = asked(far, lambda: models(far))
    assert [(one.name, one.latest, one.versions, one.aliases) for one in found] == [
        (f"team/m{number:02}", 3, 3, {"prod": 2}) for number in range(12)
    ]
    assert requests == 2 * 12 + 1
    assert asked(far, lambda: models(far)) == (found, 1)


def test_records_are_read_as_many_at_a_time_as_the_store_takes(far):
    fill(far, models=30, versions=2)
    far.backend.delay_s = 0.003
    models(far)
    assert 2 <= far.backend.most_under_way <= 8


def test_a_list_is_read_anew_only_where_something_has_changed(far):
    fill(far, models=4)
    models(far)
    first, second, third = (ModelName.parse(f"team/m{number:02}") for number in range(3))
    write(far, "team/m00", {"a": [b"more"]})
    far.refs.move_alias(second, "prod", 1)
    far.refs.move_alias(second, "best", 3)
    far.refs.bury(third, 3)
    found, requests = asked(far, lambda: models(far))
    assert [(one.latest, one.versions, one.aliases) for one in found] == [
        (4, 4, {"prod": 2}),
        (3, 3, {"prod": 1, "best": 3}),
        (2, 2, {"prod": 2}),
        (3, 3, {"prod": 2}),
    ]
    assert requests == 1 + 1 + 2 + 1
    far.refs.unbury(third, 3)
    far.refs.move_alias(first, "prod", None)
    found, requests = asked(far, lambda: models(far))
    assert [(one.latest, one.aliases) for one in found[:3]] == [
        (4, {}), (3, {"prod": 1, "best": 3}), (3, {"prod": 2}),
    ]  # fmt: skip
    assert requests == 1 + 1


def test_another_layout_of_a_version_changes_nothing_in_a_list(far):
    fill(far, models=2)
    before = models(far)
    model = ModelName.parse("team/m00")
    record = far.refs.record(model, 3)
    other = Relayout(format=RELAYOUT_FORMAT, layout=record.layout, time=record.time, why="repair")
    far.backend.put(relayout_key(model, 3, 1), [encode(other)])
    assert asked(far, lambda: models(far)) == (before, 1)
    assert show(far, Reference.parse("team/m00:3")).record == record


def test_an_alias_names_its_last_move_in_whatever_second_it_was_made():
    far = new_root(RemoteMemory(clock=lambda: 1_000_000.0))
    fill(far, models=1)
    cat = ModelName.parse("team/m00")
    for number in (1, 3, 2, 1):
        far.refs.move_alias(cat, "prod", number)
        assert models(far)[0].aliases == {"prod": number}
        assert versions(far, cat)[-number].aliases == ("prod",)


def test_a_record_that_was_made_anew_is_read_anew(far):
    """A lost record's number may be taken by another push; a mended one has another layout."""
    write(far, "cat", {"a": [b"1"]})
    assert models(far)[0].plain_bytes == 1
    far.backend.delete(record_key(ModelName.parse("cat"), 1))
    assert models(far) == []
    write(far, "cat", {"a": [b"22"]})
    assert models(far)[0].plain_bytes == 2


@pytest.mark.parametrize("reading", [models, lambda far: versions(far, ModelName.parse("cat"))])
def test_a_record_that_is_not_what_was_written_is_never_kept(far, reading):
    write(far, "cat", {"a": [b"1"]})
    key = record_key(ModelName.parse("cat"), 1)
    content = far.backend.get(key)
    far.backend.put(key, [content.replace(b'"total_bytes":1', b'"total_bytes":2')])
    for _ in range(2):
        with pytest.raises(ObjectCorruptError, match="the record of cat:1"):
            reading(far)
    far.backend.put(key, [content])
    reading(far)


def test_tombstones_notes_and_what_else_can_go_are_not_kept(far, user_folders):
    fill(far, models=2)
    model = ModelName.parse("team/m00")
    far.refs.bury(model, 1)
    far.refs.add_note(far.refs.version(model, 2), note("values", {"loss": "0.3"}))
    models(far)
    versions(far, model, deleted=True)
    show(far, Reference.parse("team/m00:2"))
    history(far, model)
    (file,) = user_folders.rglob("records.db")
    with sqlite3.connect(file) as database:
        names = [name for (name,) in database.execute("SELECT name FROM records ORDER BY name")]
    database.close()
    kept = [f"models/team%2fm00/versions/{number:010}.json" for number in (1, 2, 3)]
    kept += ["models/team%2fm01/versions/0000000003.json"]
    kept += [f"models/team%2fm0{number}/aliases/prod/9999999998.json" for number in (0, 1)]
    assert sorted(names) == sorted(f"s3://memory {key}" for key in kept)


@pytest.mark.parametrize("content", [b"", b"no database" * 500, None])
def test_a_list_is_right_whatever_the_cache_is(far, user_folders, content):
    fill(far, models=3)
    right = models(far)
    (file,) = user_folders.rglob("records.db")
    if content is None:
        holder = sqlite3.connect(file, isolation_level=None)
        holder.execute("BEGIN EXCLUSIVE")
        assert models(far) == right
        holder.execute("ROLLBACK")
        holder.close()
    else:
        file.write_bytes(content)
        assert models(far) == right
        assert models(far) == right
    file.parent.chmod(0o777)
    assert models(far) == right


def test_what_the_cache_says_of_another_store_is_not_believed(far, user_folders):
    fill(far, models=2)
    models(far)
    other = new_root(RemoteMemory())
    write(other, "team/m00", {"a": [b"another"]})
    (file,) = user_folders.rglob("records.db")
    copied = file.parent.parent / other.id
    copied.mkdir(mode=0o700)
    (copied / "records.db").write_bytes(file.read_bytes())
    assert [one.plain_bytes for one in models(other)] == [7]


def test_a_check_never_asks_the_cache(far, monkeypatch):
    fill(far, models=2)
    models(far)
    monkeypatch.setattr(RecordCache, "get_many", no_cache)
    assert check(far, progress=Silent()).ok


def no_cache(*_):
    raise AssertionError("the cache was asked")


def test_fifty_versions_take_a_request_each_once(far):
    for number in range(60):
        write(far, "cat", {"a": [bytes([number])]})
    cat = ModelName.parse("cat")
    far.refs.move_alias(cat, "prod", 60)
    found, requests = asked(far, lambda: versions(far, cat))
    assert [one.record.number for one in found] == list(range(60, 10, -1))
    assert found[0].aliases == ("prod",)
    assert requests == 1 + 50 + 2
    assert asked(far, lambda: versions(far, cat)) == (found, 1 + 2)
    everything, requests = asked(far, lambda: versions(far, cat, limit=None))
    assert len(everything) == 60
    assert requests == 1 + 10 + 2


def test_void_numbers_are_made_up_for_by_older_versions(far):
    cat = ModelName.parse("cat")
    for number in range(1, 7):
        write(far, "cat", {"a": [bytes([number])]})
        void = VersionRecord(
            format=VERSION_FORMAT, model="cat", number=2 * number, push_id=new_id(),
            time="2026-11-24T00:00:00.000Z", who="ann@host", void=True,
        )  # fmt: skip
        claim(far.backend, record_key(cat, 2 * number), encode(void))
    assert [one.record.number for one in versions(far, cat, limit=4)] == [11, 9, 7, 5]


def test_a_long_lineage_is_read_ahead(far):
    for number in range(30):
        write(far, "cat", {"a": [bytes([number])]})
    for number in range(2, 31):
        record = far.refs.record(ModelName.parse("cat"), number)
        child = msgspec.structs.replace(record, parent=f"cat:{number - 1}")
        far.backend.put(record_key(ModelName.parse("cat"), number), [encode(proven(child))])
    shown, requests = asked(far, lambda: show(far, Reference.parse("cat")))
    assert [one.reference for one in shown.lineage] == [f"cat:{n}" for n in range(29, 0, -1)]
    assert requests < 45
    far.backend.delay_s = 0.003
    far.backend.most_under_way = 0
    show(far, Reference.parse("cat"))
    assert 2 <= far.backend.most_under_way <= 8
