"""Feedback: kept at once, sent together, read once each, whatever dies meanwhile."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from support.remote import RemoteMemory

from podplanner.errors import (
    ConflictError,
    FormatError,
    NoStoreError,
    ObjectCorruptError,
    OutputError,
    UnknownNameError,
    WrongUsageError,
)
from podplanner.models import Dataset, feedback, load, read_feedback, save
from podplanner.models.feedback_batches import RECORDS, written_numbers
from podplanner.models.feedback_spool import Spool, frame, read_frames
from podplanner.models.origins import Origin
from podplanner.store import MemoryFiles, Store
from podplanner.store.names import ModelName
from podplanner.store.root import make_root

DIGEST = "ab" * 32


@pytest.fixture
def state(tmp_path, monkeypatch):
    """The folder in which spools lie."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "podplanner" / "feedback"


@pytest.fixture
def where(store, state):
    """The version that answers."""
    return Origin(store.address, "team/cat", 3, DIGEST)


def spooled(state: Path, kind: str = "*") -> list[Path]:
    return sorted(path for path in state.rglob(kind) if path.is_file())


def inputs(store, **wanted):
    return [record.input for record in read_feedback("team/cat", store, **wanted)]


def test_records_come_back_as_they_were_given(where, store):
    pixels = np.arange(6, dtype="f2").reshape(2, 3)
    given = {
        "plain": [None, True, 1, 0.5, "ü\ud800", {"a": []}],
        "odd": [float("inf"), 2**60, -(2**70), {"$array": "no array"}, {"$a": 1, "b": 2}],
        "pixels": pixels,
        "image": b"\x89PNG",
        "again": bytearray(b"\x89PNG"),
        "numpy": (np.float32(0.5), np.int64(7), np.array(3), np.array(["a", "b"])),
        "big": np.arange(3, dtype=">i4"),
    }
    with feedback(where, store) as records:
        one = records.add(input=given, output={"cat": 0.9}, correction="fox", user="nobody")
        records.add(input=float("nan"), output=None)
        pixels[:] = 0  # what was added does not change with it
    first, second = read_feedback("team/cat", store)
    assert (first.id, first.model, first.digest) == (one, "team/cat:3", DIGEST)
    assert (first.output, first.correction, first.extra) == (
        {"cat": 0.9},
        "fox",
        {"user": "nobody"},
    )
    found = dict(first.input)
    back = found.pop("pixels")
    assert (back.dtype, back.tolist()) == ("f2", [[0, 1, 2], [3, 4, 5]])
    assert not back.flags.writeable
    assert found.pop("big").tolist() == [0, 1, 2]
    number = found["numpy"].pop(2)
    assert (number.shape, number.item()) == ((), 3)
    assert found == {
        "plain": given["plain"],
        "odd": given["odd"],
        "image": b"\x89PNG",
        "again": b"\x89PNG",
        "numpy": [0.5, 7, ["a", "b"]],
    }
    assert second.input != second.input  # NaN
    assert second.correction is None
    assert (first.batch, second.batch) == (1, 1)
    shown = store.show("team/cat.feedback:1")
    assert len([file for file in shown.files if file.path.startswith("bytes/")]) == 1
    assert shown.metadata["extra"]["feedback"]["records"] == 2


def test_tensors_of_torch_come_back_as_arrays(where, store):
    torch = pytest.importorskip("torch", reason="needs torch")
    with feedback(where, store) as records:
        records.add(input=torch.ones(2, dtype=torch.bfloat16, requires_grad=True), output=0)
    (record,) = read_feedback("team/cat", store)
    assert record.input.astype("f4").tolist() == [1, 1]


def test_the_model_that_was_loaded_says_where_records_go(store, state):
    saved = save({"w": np.zeros(2)}, "Team/Cat", store=store)
    model = load("Team/Cat", store=store)
    with feedback(model) as records:
        records.add(input=1, output=2)
    with feedback("Team/Cat:1", store) as records:
        records.add(input=3, output=4)
    assert {record.digest for record in read_feedback("team/cat", store)} == {saved.manifest}
    assert load("team/cat", store=store)["w"].tolist() == [0, 0]
    assert store.root.refs.index(ModelName.parse("team/cat")).live == (1,)
    with pytest.raises(UnknownNameError, match="was not loaded from a store"):
        feedback({"w": 1}, store)
    with pytest.raises(UnknownNameError):
        feedback("team/cat:9", store)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({"a": [object()]}, r"input\.a\[0\] is a object"),
        ({1: 2}, "input has a key that is a int"),
        (np.array([object()]), "input has the type object"),
    ],
    ids=["object", "key", "array"],
)
def test_what_cannot_be_kept_is_refused_and_nothing_is_kept(where, store, state, value, says):
    with feedback(where, store) as records:
        with pytest.raises((WrongUsageError, FormatError), match=says):
            records.add(input=value, output=1)
        assert records.flush() == 0
    with pytest.raises(WrongUsageError, match="closed"):
        records.add(input=1, output=1)


def test_what_holds_itself_is_refused(where, store):
    endless: list[object] = []
    endless.append(endless)
    with feedback(where, store) as records, pytest.raises(WrongUsageError, match="holds itself"):
        records.add(input=endless, output=1)


def test_another_version_may_answer_but_no_other_model(where, store):
    with feedback(where, store) as records:
        records.add(input=1, output=1)
        records.add(input=2, output=2, origin=Origin(store.address, "team/cat", 4, "cd" * 32))
        with pytest.raises(WrongUsageError, match="not on team/dog"):
            records.add(input=3, output=3, origin=Origin(store.address, "team/dog", 1, DIGEST))
    assert [record.model for record in read_feedback("team/cat", store)] == [
        "team/cat:3",
        "team/cat:4",
    ]
    assert inputs(store, model_digest="CD" * 32) == [2]


def test_a_name_without_room_is_refused_at_once(store, state):
    with pytest.raises(WrongUsageError, match="longer than 96"):
        feedback(Origin(store.address, "c" * 90, 1, DIGEST), store)


def test_records_are_read_from_a_time_on(where, store):
    with feedback(where, store) as records:
        records.add(input=1, output=1)
    now = datetime.now(UTC)
    assert inputs(store, since=now - timedelta(minutes=1)) == [1]
    assert inputs(store, since=(now + timedelta(minutes=1)).isoformat()) == []
    for wrong in ("yesterday", "2026-01-01T00:00:00", datetime(2026, 1, 1)):
        with pytest.raises(WrongUsageError):
            read_feedback("team/cat", store, since=wrong)


def test_without_feedback_there_is_an_error_and_no_silence(store):
    with pytest.raises(UnknownNameError, match="no feedback on cat"):
        read_feedback("cat", store)
    with pytest.raises(UnknownNameError, match="no feedback on cat"):
        Dataset.from_feedback("cat", store)


# The spool


def test_a_process_that_is_killed_loses_nothing(where, store, state):
    code = f"""
import os, signal
from podplanner.models import feedback
from podplanner.models.origins import Origin
records = feedback(Origin({store.address!r}, "team/cat", 3, "ab" * 32), flush_every_s=None)
for number in range(20):
    records.add(input=number, output=number)
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", code], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    (left,) = spooled(state, "*.spool")
    with left.open("ab") as file:
        file.write(frame(b"x" * 100)[:50])  # what the process was just writing
    with feedback(where, store) as records:
        assert records.flush() == 20
        assert records.flush() == 0
    assert inputs(store) == list(range(20))
    assert spooled(state) == []


def test_a_process_that_lives_is_left_alone(where, store, state):
    living, other = feedback(where, store), feedback(where, store)
    living.add(input=1, output=1)
    assert other.flush() == 0
    living.add(input=2, output=2)
    living.close()
    other.close()
    assert inputs(store) == [1, 2]


def test_where_locks_say_nothing_a_file_may_be_taken_and_nothing_is_lost(
    where, store, state, monkeypatch
):
    monkeypatch.setattr("podplanner.models.feedback_spool._fcntl", lambda: None)
    living, other = feedback(where, store), feedback(where, store)
    for number in range(5):
        living.add(input=number, output=0)
        assert other.flush() == 1
    living.add(input=5, output=0)
    living.close()
    assert inputs(store) == [0, 1, 2, 3, 4, 5]


def test_a_record_that_was_written_to_a_file_just_taken_is_written_again(tmp_path):
    spool, thief = Spool(tmp_path), Spool(tmp_path)
    spool.append(b"one")
    (path,) = tmp_path.iterdir()
    path.rename(path.with_suffix(".elsewhere"))
    spool.append(b"two")
    taken = [taken.frames().contents for taken in thief.take()]
    assert taken == []
    (own,) = spool.take()
    assert own.frames() == ([b"two"], False)
    assert read_frames(path.with_suffix(".elsewhere").read_bytes()).contents == [b"one", b"two"]


def test_of_many_who_send_each_file_is_sent_by_one(tmp_path):
    for number in range(30):
        (tmp_path / f"{number:032x}.spool").write_bytes(frame(b"%d" % number))
    found, start = [], threading.Barrier(4)

    def send():
        start.wait()
        for taken in Spool(tmp_path).take():
            found.extend(taken.frames().contents)
            taken.sent(damaged=False)

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found, key=int) == [b"%d" % number for number in range(30)]


def test_damage_in_a_spool_is_kept_beside_and_what_is_before_it_is_sent(where, store, state):
    records = feedback(where, store)
    records.add(input=1, output=1)
    (path,) = spooled(state)
    with path.open("ab") as file:
        file.write(b"not a frame, and much longer than the head of one would be")
    records.close()
    assert inputs(store) == [1]
    assert [path.suffix for path in spooled(state)] == [".damaged"]


def test_while_the_store_is_away_records_wait(where, store, state, tmp_path):
    (tmp_path / "store").rename(tmp_path / "gone")
    records = feedback(where, flush_every_s=0.01)
    records.add(input=1, output=1)
    for _ in range(500):
        if records.trouble is not None:
            break
        threading.Event().wait(0.01)
    assert isinstance(records.trouble, NoStoreError)
    with pytest.raises(NoStoreError):
        records.flush()
    with pytest.raises(NoStoreError):
        records.close()
    (tmp_path / "gone").rename(tmp_path / "store")
    with feedback(where) as again:
        assert again.flush() == 1
        assert again.trouble is None
    assert inputs(store) == [1]


def test_an_error_of_the_service_is_not_hidden_by_one_of_the_store(where, state, tmp_path):
    (tmp_path / "store").rename(tmp_path / "gone")
    records = feedback(where)
    records.add(input=1, output=1)
    with pytest.raises(ZeroDivisionError) as raised, records:
        raise ZeroDivisionError
    assert "Feedback was not sent either" in raised.value.__notes__[0]


def test_a_thread_sends_what_has_come(where, store, state):
    with feedback(where, store, flush_every_s=0.01) as records:
        records.add(input=1, output=1)
        for _ in range(500):
            if store.root.refs.index(ModelName.parse("team/cat.feedback")).live:
                break
            threading.Event().wait(0.01)
        assert inputs(store) == [1]


def test_without_a_spool_records_wait_in_memory(where, store, state, monkeypatch):
    monkeypatch.setattr("podplanner.models.feedback_spool._write", _full)
    records = feedback(where, store, flush_every_s=None)
    records.add(input=1, output=1)
    assert "cannot be written to this machine's disk" in str(records.trouble)
    monkeypatch.setattr("podplanner.models.feedback_sending._MOST_IN_MEMORY", 1)
    with pytest.warns(RuntimeWarning, match="is lost"):
        records.add(input=2, output=2)
    records.close()
    assert inputs(store) == [1]


def test_without_a_folder_it_says_that_memory_is_all_there_is(store, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    with pytest.warns(RuntimeWarning, match="waits in memory and is lost with this") as told:
        records = feedback(Origin(store.address, "team/cat", 3, DIGEST), store)
    assert told[0].filename == __file__
    records.add(input=1, output=1)
    records.close()
    assert inputs(store) == [1]


def _full(*_):
    raise OSError(28, "No space left on device")


def test_a_full_disk_leaves_no_half_of_a_record(tmp_path, monkeypatch):
    spool = Spool(tmp_path)
    spool.append(b"one")
    real = os.write
    with monkeypatch.context() as broken:
        broken.setattr(os, "write", lambda fd, view: real(fd, view[:5]) and _full())
        with pytest.raises(OSError, match="No space"):
            spool.append(b"two")
    spool.append(b"three")
    (taken,) = spool.take()
    assert taken.frames() == ([b"one", b"three"], False)


def test_a_full_file_becomes_a_batch_of_its_own(where, store, state, monkeypatch):
    monkeypatch.setattr("podplanner.models.feedback_spool.FULL_FRAMES", 2)
    with feedback(where, store) as records:
        for number in range(5):
            records.add(input=number, output=0)
    assert inputs(store) == [0, 1, 2, 3, 4]
    assert [record.batch for record in read_feedback("team/cat", store)] == [1, 1, 2, 2, 3]


def test_a_batch_has_no_more_parts_than_a_version_can_have(where, store, state, monkeypatch):
    for module in ("sending", "records"):
        monkeypatch.setattr(f"podplanner.models.feedback_{module}.MOST_PARTS", 4)
    with feedback(where, store) as records:
        for number in range(3):
            records.add(input=[b"%d" % number, np.full(2, number)], output=b"same")
        with pytest.raises(WrongUsageError, match="4 arrays and bytes, not more"):
            records.add(input=[b"%d" % number for number in range(5)], output=0)
    found = list(read_feedback("team/cat", store))
    assert [record.input[0] for record in found] == [b"0", b"1", b"2"]
    assert [record.batch for record in found] == [1, 2, 3]


def test_where_sending_one_file_fails_the_others_are_not_stuck(where, store, state, monkeypatch):
    monkeypatch.setattr("podplanner.models.feedback_spool.FULL_FRAMES", 1)
    records = feedback(where, store, flush_every_s=None)
    for number in range(3):
        records.add(input=number, output=0)
    with monkeypatch.context() as broken:
        broken.setattr(store, "push", lambda *_, **__: _full())
        with pytest.raises(OutputError, match="No space"):
            records.flush()
    assert records.flush() == 3
    assert sorted(inputs(store)) == [0, 1, 2]


def test_threads_add_at_once(where, store, state):
    with feedback(where, store, flush_every_s=0.02) as records:

        def work(begin):
            for number in range(begin, begin + 50):
                records.add(input=number, output=0)

        threads = [threading.Thread(target=work, args=(50 * number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(inputs(store)) == list(range(200))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
# Python warns of any fork of a process that has threads; that this one is safe is what is tried.
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_process_that_is_forked_has_files_of_its_own(where, store, state):
    records = feedback(where, store, flush_every_s=None)
    records.add(input=0, output=0)
    fork = multiprocessing.get_context("fork")
    children = [fork.Process(target=_child, args=(records, number)) for number in (1, 2)]
    for child in children:
        child.start()
    for child in children:
        child.join(60)
        assert child.exitcode == 0
    records.add(input=3, output=3)
    records.close()
    assert sorted(inputs(store)) == [0, 1, 2, 3]


def _child(records, number):
    records.add(input=number, output=number)
    records.close()


def test_many_processes_append_at_once(store, state):
    code = f"""
import sys
from podplanner.models import feedback
from podplanner.models.origins import Origin
with feedback(Origin({store.address!r}, "team/cat", 3, "ab" * 32)) as records:
    for number in range(10):
        records.add(input=int(sys.argv[1]) * 10 + number, output=0)
        if number % 4 == 3:
            records.flush()
"""
    running = [subprocess.Popen([sys.executable, "-c", code, str(n)]) for n in range(3)]
    assert [process.wait(120) for process in running] == [0, 0, 0]
    assert sorted(inputs(store)) == list(range(30))


@pytest.mark.skipif(os.name == "nt", reason="POSIX permissions")
def test_nobody_else_can_read_a_spool(where, store, state):
    records = feedback(where, store, flush_every_s=None)
    records.add(input=1, output=1)
    (path,) = spooled(state)
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0
    records.close()


def test_bytes_that_look_like_a_pickle_are_bytes(where, store):
    pickle = b"\x80\x04cposix\nsystem\n."
    with feedback(where, store) as records:
        records.add(input=pickle, output=1)
    assert inputs(store) == [pickle]


# Reading what may be hostile


def batch(store, lines, **files):
    content = b"\n".join(
        line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines
    )
    store.push(
        MemoryFiles({RECORDS: [memoryview(content)], **files}), "cat.feedback", new_version=True
    )


def record(**said):
    base = {
        "schema": "podplanner/feedback/1",
        "id": "1",
        "time": "2026-01-01T00:00:00.000Z",
        "model": "cat:1",
        "digest": DIGEST,
        "input": 1,
        "output": 2,
        "correction": None,
    }
    return {key: value for key, value in {**base, **said}.items() if value is not ...}


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"{", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"\xff", "no JSON"),
        ([1], "it is no object"),
        (record(schema="podplanner/feedback/9"), "cannot read"),
        (record(id=...), "a field is missing"),
        (record(time=7), "a field is missing"),
        (record(extra=[1]), "a field is missing"),
        (record(input={"$array": "none"}), "which says nothing"),
        (record(input={"$array": [1]}), "which says nothing"),
        (record(input={"$call": "os.system"}), "which says nothing"),
        (record(input={"$float": "1"}), "which says nothing"),
        (record(input={"$int": "9" * 5000}), "which says nothing"),
        (record(input={"$bytes": "../../etc/passwd"}), "names bytes that are not there"),
        (record(input={"$object": [[1, 2]]}), "no pairs"),
    ],
)
def test_a_batch_that_is_none_is_refused_by_its_line(store, line, says):
    batch(store, [record(), line])
    found = read_feedback("cat", store)
    with pytest.raises(FormatError, match=says) as raised:
        list(found)
    assert f"line 2 of {RECORDS} of cat.feedback:1" in raised.value.message


def test_bytes_under_another_name_are_refused(store):
    digest = "0" * 64
    batch(store, [record(input={"$bytes": digest})], **{f"bytes/{digest}": [memoryview(b"x")]})
    with pytest.raises(FormatError, match="other bytes than its name says"):
        list(read_feedback("cat", store))


def test_a_version_that_is_no_batch_is_named(store):
    store.push(MemoryFiles({"model.bin": [memoryview(b"x")]}), "cat.feedback")
    with pytest.raises(FormatError, match=r"cat\.feedback:1 is no batch of feedback"):
        list(read_feedback("cat", store))


def test_tampering_is_noticed(where, store, tmp_path):
    from support.saved import flip

    with feedback(where, store) as records:
        records.add(input=np.arange(100_000), output=1)
    assert flip(tmp_path / "store")
    with pytest.raises(ObjectCorruptError):
        list(read_feedback("team/cat", store))


def test_what_was_sent_twice_is_read_once(store):
    batch(store, [record(id="a", input=1)])
    batch(store, [record(id="a", input=1), record(id="b", input=2)])
    assert [one.input for one in read_feedback("cat", store)] == [1, 2]


# Pinned for a training


def test_a_data_set_pins_exactly_the_batches_that_were_there(where, store):
    def add(number):
        with feedback(where, store) as records:
            records.add(input=number, output=number)

    add(1)
    add(2)
    pinned = Dataset.from_feedback("team/cat", store)
    assert (pinned.name, pinned.revision) == ("team/cat.feedback", "1-2")
    assert Dataset.from_feedback("Team/Cat", store).digest == pinned.digest
    add(3)
    assert inputs(store, dataset=pinned) == [1, 2]
    assert Dataset.from_feedback("team/cat", store).digest != pinned.digest
    store.delete("team/cat.feedback:2")
    assert inputs(store) == [1, 3]
    assert Dataset.from_feedback("team/cat", store).revision == "1,3"
    with pytest.raises(ConflictError, match="batches 1 of feedback"):
        read_feedback("team/cat", store, dataset=pinned)


def test_a_data_set_that_pins_no_batches_is_refused(where, store):
    with feedback(where, store) as records:
        records.add(input=1, output=1)
    for revision in ("x", "1-", "-1", "1-9999999999,y"):
        with pytest.raises(WrongUsageError, match="names no batches"):
            read_feedback("team/cat", store, dataset=Dataset("d", "blake3:00", revision=revision))
    with pytest.raises(ConflictError):
        read_feedback("team/cat", store, dataset=Dataset("d", revision="1-9999999999"))


def test_a_bucket_takes_and_gives_records_alike(state):
    store = Store(make_root(RemoteMemory()))
    for number in range(3):
        with feedback(Origin(store.address, "team/cat", 3, DIGEST), store) as records:
            records.add(input=np.full(3, number), output=number)
    assert [one.input.tolist() for one in read_feedback("team/cat", store)] == [
        [0, 0, 0],
        [1, 1, 1],
        [2, 2, 2],
    ]


def test_retention_keeps_batches(where, store):
    for number in range(3):
        with feedback(where, store) as records:
            records.add(input=number, output=0)
    assert store.gc(keep_last=1, keep_days=0).expired == ()
    assert inputs(store) == [0, 1, 2]


def test_a_loop_that_keeps_learning_is_visible_step_by_step(store, state):
    sklearn = pytest.importorskip("sklearn.linear_model", reason="needs scikit-learn")
    pytest.importorskip("skops", reason="needs skops")
    x = np.array([[0.0], [1.0], [2.0], [3.0]])
    model = sklearn.SGDClassifier(random_state=0)
    model.partial_fit(x, [0, 0, 1, 1], classes=[0, 1])
    first = save(model, "team/cat", store=store)
    for _ in range(2):
        learning = load("team/cat", store=store, trainable=True)
        with feedback(learning) as records:
            records.add(input=x[1], output=int(learning.predict(x[1:2])[0]), correction=1)
        seen = Dataset.from_feedback("team/cat", store)
        for record in read_feedback("team/cat", store, dataset=seen):
            learning.partial_fit([record.input], [record.correction])
        save(learning, "team/cat", store=store, dataset=seen)
    assert load("team/cat:1", store=store).coef_.tolist() == model.coef_.tolist()
    second, third = store.show("team/cat:2"), store.show("team/cat:3")
    assert (second.record.parent, third.record.parent) == (first.reference, "team/cat:2")
    assert third.metadata["datasets"][0]["digest"] == seen.digest
    assert third.metadata["datasets"][0]["revision"] == "1-2"


def test_numbers_are_written_in_short():
    assert written_numbers([]) == ""
    assert written_numbers([4]) == "4"
    assert written_numbers([1, 2, 4, 5, 6, 9]) == "1-2,4-6,9"
