"""Checkpoints in the background: what is copied is what is stored, and nothing is lost silently."""

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from support.saved import elsewhere, make_store

from podplanner.errors import BackendUnavailableError, NoSpaceError, WrongUsageError
from podplanner.models import load, training
from podplanner.models.adapter import Written
from podplanner.models.checkpoints_memory import CheckpointMemory
from podplanner.models.checkpoints_series import Series
from podplanner.models.registry import adapter_for

SIZE = 300_000
# Numbers: large enough for objects of their own.


def weights(value, size=SIZE):
    return {"w": np.full(size, value, "f4"), "b": np.arange(3.0) + value}


def versions(store, name="cat-checkpoints"):
    return [one.record for one in store.versions(name)][::-1]


def facts_of(store, reference):
    return store.show(reference).metadata["extra"]["training"]


@pytest.fixture
def gate(monkeypatch):
    """Hold pushes of checkpoints back until the gate is opened."""
    opened = threading.Event()
    push = Series.push

    def held(self, checkpoint):
        assert opened.wait(60)
        push(self, checkpoint)

    monkeypatch.setattr(Series, "push", held)
    yield opened
    opened.set()


@pytest.fixture
def broken(store, monkeypatch):
    """Return a switch: after `arm(n, error)` the n-th object, and all after it, fail."""
    backend = type(store.root.backend)
    put, left = backend.put, [None, None]

    def maybe(self, key, parts):
        if left[0] is not None and key.startswith("objects/"):
            left[0] -= 1
            if left[0] < 0:
                raise type(left[1])(*left[1].args)
        return put(self, key, parts)

    monkeypatch.setattr(backend, "put", maybe)

    def arm(after, error):
        left[:] = [after, error]

    return arm


def test_what_changes_after_the_call_does_not_change_what_is_stored(store, gate):
    model = weights(1)
    fortran = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    with training("cat", store=store) as run:
        run.checkpoint({**model, "fortran": fortran}, step=1)
        model["w"][:] = 7
        fortran[:] = 7
        run.checkpoint(model, step=2)
        model["w"][:] = 8
        gate.set()
    first, second = (load(f"cat-checkpoints:{number}", store=store) for number in (1, 2))
    assert np.array_equal(first["w"], weights(1)["w"])
    assert first["fortran"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert (second["w"] == 7).all()
    assert store.verify("cat-checkpoints:2").bad == ()


def test_the_third_waits_until_one_of_two_is_stored(store, gate):
    accepted = []

    def train():
        with training("cat", store=store) as run:
            for step in range(4):
                run.checkpoint(weights(step), step=step)
                accepted.append(step)

    thread = threading.Thread(target=train)
    thread.start()
    deadline = time.monotonic() + 30
    while len(accepted) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.3)
    assert accepted == [0, 1]
    gate.set()
    thread.join(60)
    assert accepted == [0, 1, 2, 3]
    for step in range(4):
        assert (load(f"cat-checkpoints:{step + 1}", store=store)["w"] == step).all()


def test_memory_is_used_again_and_not_more_of_it_is_kept_than_needed():
    memory, adapter = CheckpointMemory(), adapter_for(weights(0))

    def hold(value, size=SIZE):
        written = memory.hold(lambda: adapter.write(weights(value, size)))
        (buffers,) = written.files.values()
        return buffers, {np.frombuffer(one, "u1").__array_interface__["data"][0] for one in buffers}

    _, first = hold(1)
    buffers, second = hold(2)
    assert len(first & second) == 2  # the tensors; the header is new each time
    assert np.frombuffer(buffers[2], "f4")[0] == 2
    hold(3, size=10)
    assert sum(block.array.size for block in memory._used.values()) < 1000
    assert not memory._free


def test_files_on_a_disk_are_held_too(tmp_path):
    path = tmp_path / "model.bin"
    path.write_bytes(b"before")
    written = Written(files={"model.bin": path, "rest": [memoryview(b"same")]}, library="x")
    held = CheckpointMemory().hold(lambda: written)
    path.write_bytes(b"after")
    assert {name: b"".join(one) for name, one in held.files.items()} == {
        "model.bin": b"before",
        "rest": b"same",
    }


def test_after_the_block_there_are_no_more_checkpoints(store):
    with training("cat", store=store) as run:
        run.checkpoint(weights(1), step=1)
    with pytest.raises(WrongUsageError, match="over"):
        run.checkpoint(weights(2), step=2)
    assert run._writer._room.empty()
    assert run.save(weights(3)).reference == "cat:1"


def test_a_failure_surfaces_at_the_next_checkpoint_and_the_training_may_go_on(store, broken):
    with training("cat", store=store) as run:
        run.checkpoint(weights(1), step=1)
        run.flush()
        broken(0, NoSpaceError("the disk is full"))
        run.checkpoint(weights(2), step=2)
        run._writer.wait()
        with pytest.raises(NoSpaceError, match="full") as surfaced:
            run.checkpoint(weights(3), step=3)
        assert surfaced.value.__notes__ == ["the checkpoint of step 2 is not stored"]
        broken(10**6, None)
        run.checkpoint(weights(4), step=4)
    assert [one.parent for one in versions(store)] == [None, "cat-checkpoints:1"]
    assert (load("cat-checkpoints", store=store)["w"] == 4).all()


def test_a_failure_in_the_middle_of_a_push_surfaces_at_the_end(store, broken):
    broken(1, BackendUnavailableError("the disk does not answer"))
    model = {name: np.random.default_rng(5).random(SIZE, "f4") + k for k, name in enumerate("abc")}
    with (
        pytest.raises(BackendUnavailableError, match="does not answer"),
        training("cat", store=store) as run,
    ):
        run.checkpoint(model, step=1)
    assert store.models() == []


def two_checkpoints(store, then=None):
    with training("cat", store=store) as run:
        for step in (1, 2):
            run.checkpoint(weights(step), step=step)
        if then is not None:
            raise then


def test_two_failures_are_both_told(store, broken, gate):
    broken(0, NoSpaceError("the disk is full"))
    threading.Timer(0.5, gate.set).start()
    with pytest.raises(NoSpaceError) as surfaced:
        two_checkpoints(store)
    assert surfaced.value.__notes__[0] == "the checkpoint of step 1 is not stored"
    assert surfaced.value.__notes__[-1].endswith("the checkpoint of step 2 is not stored")


def test_an_error_of_the_training_is_told_with_what_was_not_stored(store, broken, gate):
    broken(0, NoSpaceError("the disk is full"))
    threading.Timer(0.5, gate.set).start()
    with pytest.raises(ZeroDivisionError) as own:
        two_checkpoints(store, ZeroDivisionError())
    (note,) = own.value.__notes__
    assert note.startswith("the disk is full; the checkpoint of step 1 is not stored; then: ")


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_training_that_fails_keeps_its_checkpoints_and_saves_no_model(store, error):
    with pytest.raises(error):
        two_checkpoints(store, error())
    assert [one.name for one in store.models()] == ["cat-checkpoints"]
    assert len(versions(store)) == 2


def test_the_model_is_saved_although_a_checkpoint_was_not(store, broken):
    with training("cat", store=store) as run:
        broken(0, NoSpaceError("the disk is full"))
        run.checkpoint(weights(1), step=1)
        run._writer.wait()
        broken(10**6, None)
        with pytest.raises(NoSpaceError) as surfaced:
            run.save(weights(2))
    assert "the model itself is stored, cat:1" in surfaced.value.__notes__
    assert (load("cat", store=store)["w"] == 2).all()


def test_a_model_that_cannot_be_written_takes_no_room(store):
    from podplanner.errors import FormatError

    with training("cat", store=store) as run:
        for step in range(4):
            with pytest.raises(FormatError):
                run.checkpoint({"w": np.array(["text"])}, step=step)
        run.checkpoint(weights(1), step=9)
    assert len(versions(store)) == 1


def test_two_runs_at_once_each_have_a_line_of_their_own(store):
    def train(value):
        with training("cat", store=store, keep_last=2) as run:
            for step in range(4):
                run.checkpoint(weights(value + step), step=step)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(train, (100, 200)))
    shown = store.versions("cat-checkpoints", deleted=True)
    assert len(shown) == 8
    assert sum(not one.deleted for one in shown) == 4
    runs = {}
    for one in store.versions("cat-checkpoints")[::-1]:
        name = f"cat-checkpoints:{one.record.number}"
        facts = facts_of(store, name)
        runs.setdefault(facts["run"], []).append((name, facts["step"], one.record.parent))
    for first, second in runs.values():
        assert (first[1], second[1]) == (2, 3)
        assert second[2] == first[0]


def test_a_fork_has_no_checkpoints_of_its_own(store):
    with training("cat", store=store) as run:
        run.checkpoint(weights(1), step=1)
        child = os.fork()
        if child == 0:
            try:
                run.checkpoint(weights(2), step=2)
            except WrongUsageError:
                run.__exit__(None, None, None)
                os._exit(0)
            os._exit(1)
        assert os.waitpid(child, 0)[1] == 0
    assert len(versions(store)) == 1


LEFT_OPEN = """
import numpy as np
from podplanner.models import training
run = training("cat", store={address!r}).__enter__()
run.checkpoint({{"w": np.ones(3_000_000, "f4")}}, step=1)
run.checkpoint({{"w": np.ones(3_000_000, "f4") * 2}}, step=2)
"""


def test_a_program_that_ends_without_leaving_the_block_stores_what_it_began(store):
    elsewhere(LEFT_OPEN.format(address=store.address))
    assert (load("cat-checkpoints:2", store=store)["w"] == 2).all()


def test_such_a_program_says_what_it_could_not_store(store):
    broken = """
from podplanner.errors import NoSpaceError
from podplanner.models.checkpoints_series import Series
def full(self, checkpoint):
    raise NoSpaceError("the disk is full")
Series._pushed = full
"""
    code = LEFT_OPEN.format(address=store.address).rpartition("run.checkpoint")[0]
    code += "print('trained')"
    done = subprocess.run(
        [sys.executable, "-c", broken + code], capture_output=True, text=True, timeout=60
    )
    assert done.stdout == "trained\n"
    assert "the disk is full" in done.stderr
    assert "the checkpoint of step 1 is not stored" in done.stderr


def test_a_kill_in_the_middle_of_a_push_leaves_whole_versions_only(tmp_path):
    store = make_store(tmp_path / "killed")
    code = f"""
import time
import numpy as np
from podplanner.models import training
from podplanner.store import open_store
store = open_store({store.address!r})
backend = type(store.root.backend)
put = backend.put
pushed = []
def slow(self, key, parts):
    put(self, key, parts)
    if pushed:
        print("storing", flush=True)
        time.sleep(60)
backend.put = slow
with training("cat", store=store) as run:
    run.checkpoint({{"w": np.random.default_rng(1).random(3_000_000)}}, step=1)
    run.flush()
    pushed.append(1)
    run.checkpoint({{"w": np.random.default_rng(2).random(3_000_000)}}, step=2)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as running:
        assert running.stdout.readline() == b"storing\n"
        running.send_signal(signal.SIGKILL)
    assert [one.number for one in versions(store)] == [1]
    assert store.verify("cat-checkpoints:1").bad == ()
    # The next run goes on from there, beside the lease that was left.
    with training("cat", store=store) as run:
        assert run.latest().step == 1
        run.checkpoint(weights(3), step=2)
    assert [one.parent for one in versions(store)] == [None, "cat-checkpoints:1"]
