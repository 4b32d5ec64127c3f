"""Creation by claims: owners that die or sleep at every step, and whoever comes after them."""

import os
import random
import signal
import threading
import time
from pathlib import Path

import pytest
from support.backends import replaced

from podplanner.errors import OutcomeUnknownError
from podplanner.store.backend import Cleared
from podplanner.store.backends.directory import DirectoryBackend, Primitive, claiming

KEY = "models/a/versions/0000000001.json"
CALLS = ("open", "fsync", "rename", "replace", "unlink", "rmdir", "mkdir")
"""The calls that change something, in a creation by claim."""


def opened(root: Path) -> DirectoryBackend:
    return DirectoryBackend(root, primitive=Primitive.CLAIM)


def count_steps(root: Path) -> int:
    """Return how many such calls a creation makes."""
    steps = 0

    def counting(real):
        def call(*args, **kwargs):
            nonlocal steps
            steps += 1
            return real(*args, **kwargs)

        return call

    before = {name: getattr(os, name) for name in CALLS}
    for name, real in before.items():
        setattr(os, name, counting(real))
    try:
        assert opened(root).create(KEY, b"x")
    finally:
        for name, real in before.items():
            setattr(os, name, real)
    return steps


def at_step(number: int, act, *, after: bool):
    """Have something done before or after the n-th call of a creation in this process."""
    steps = 0

    def counting(real):
        def call(*args, **kwargs):
            nonlocal steps
            steps += 1
            own = steps
            if own == number and not after:
                act()
            result = real(*args, **kwargs)
            if own == number and after:
                act()
            return result

        return call

    for name in CALLS:
        setattr(os, name, counting(getattr(os, name)))


def in_child(work) -> int:
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(7)
    return child


STEPS = 34
# More than a creation makes, which a test checks.


def test_the_steps_that_are_tried_are_all_there_are(tmp_path):
    assert 12 < count_steps(tmp_path) <= STEPS


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(1, STEPS + 1))
def test_an_owner_killed_at_any_step_blocks_nobody(tmp_path, step, after):
    def work() -> None:
        at_step(step, lambda: os.kill(os.getpid(), signal.SIGKILL), after=after)
        opened(tmp_path).create(KEY, b"the dead one's")

    _, status = os.waitpid(in_child(work), 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 7
    survivor = opened(tmp_path)
    start = time.monotonic()
    created = survivor.create(KEY, b"the survivor's")
    assert time.monotonic() - start < 1, "nobody waits for the dead"
    assert survivor.get(KEY) == (b"the survivor's" if created else b"the dead one's")
    assert survivor.create(KEY, b"a third one's") is False
    survivor.clear_leftovers(survivor.now() + 60)
    assert list((tmp_path / "tmp").iterdir()) == []
    assert list((tmp_path / ".claims").iterdir()) == []
    assert [info.key for info in survivor.keys("")] == [KEY]


@pytest.mark.parametrize("step", range(1, STEPS + 1))
def test_an_owner_that_sleeps_at_any_step_wins_or_loses_but_never_both_win(tmp_path, step):
    """It wakes when another has come and gone, and a third one too."""
    ear, mouth = os.pipe()

    def work() -> None:
        at_step(step, lambda: os.kill(os.getpid(), signal.SIGSTOP), after=False)
        try:
            answer = str(opened(tmp_path).create(KEY, b"the sleeper's"))
        except OutcomeUnknownError:
            answer = "unknown"
        os.write(mouth, answer.encode())

    child = in_child(work)
    os.close(mouth)
    _, status = os.waitpid(child, os.WUNTRACED)
    other = opened(tmp_path)
    won = [other.create(KEY, b"another's"), other.create(KEY, b"a third one's")]
    content = other.get(KEY)
    if os.WIFSTOPPED(status):
        os.kill(child, signal.SIGCONT)
        os.waitpid(child, 0)
    with os.fdopen(ear) as answer:
        slept = answer.read()
    assert won[1] is False
    assert other.get(KEY) == content == (b"another's" if won[0] else b"the sleeper's")
    assert slept == str(not won[0])


def test_an_owner_whose_claim_was_cleared_away_finds_out(tmp_path):
    """The collector takes a claim that is old; its owner wakes, and must not win unseen."""
    backend = opened(tmp_path)
    real = claiming._publish
    slept: list[object] = []

    def late(*args):
        claiming._publish = real
        assert opened(tmp_path).clear_leftovers(backend.now() + 60).count == 1
        slept.append(opened(tmp_path).create(KEY, b"another's"))
        return real(*args)

    with replaced(claiming, "_publish", late), pytest.raises(OutcomeUnknownError):
        backend.create(KEY, b"the sleeper's")
    assert slept == [True]
    assert backend.get(KEY) == b"another's"


def test_a_loser_that_sleeps_with_its_claim_in_hand_learns_that_it_won_after_all(tmp_path):
    """The key is deleted and wanted again while a loser is about to take its claim back."""
    backend = opened(tmp_path)
    backend.create(KEY, b"first")
    real_has = claiming.Place.has
    looked = 0

    def has(place, name):
        nonlocal looked
        if name == KEY and threading.current_thread() is threading.main_thread():
            looked += 1
            if looked == 1:
                return False
                # The key is made between the look before the claim and the look after it.
        return real_has(place, name)

    real_unlink = os.unlink
    meanwhile: list[bool] = []

    def unlink(path, **kwargs):
        if str(path).startswith(claiming.CLAIMS) and not meanwhile:
            meanwhile.append(True)
            thread = threading.Thread(target=delete_and_create)
            thread.start()
            thread.join()
        return real_unlink(path, **kwargs)

    def delete_and_create() -> None:
        other = opened(tmp_path)
        other.delete(KEY)
        meanwhile.append(other.create(KEY, b"third"))

    with replaced(claiming.Place, "has", has), replaced(os, "unlink", unlink):
        assert backend.create(KEY, b"second") is True
    assert meanwhile == [True, False]
    assert backend.get(KEY) == b"second"


def test_old_claims_are_cleared_and_young_ones_stay(tmp_path):
    def work() -> None:
        at_step(1, lambda: None, after=False)
        real = os.replace

        def die(source, target, **kwargs):
            os.kill(os.getpid(), signal.SIGKILL)
            return real(source, target, **kwargs)

        os.replace = die
        opened(tmp_path).create(KEY, b"the dead one's")

    os.waitpid(in_child(work), 0)
    backend = opened(tmp_path)
    assert len(list((tmp_path / ".claims").iterdir())) == 1
    assert backend.clear_leftovers(backend.now() - 60) == Cleared(0, 0)
    assert backend.head(KEY) is None, "a claim is no object"
    assert list(backend.keys("")) == []
    assert backend.clear_leftovers(backend.now() + 60) == Cleared(1, 14)
    assert backend.create(KEY, b"new") is True


@pytest.mark.parametrize("primitive", list(Primitive))
def test_racing_processes_that_are_killed_at_random_leave_one_winner(tmp_path, primitive):
    """What one got True for is there in the end, whoever was killed meanwhile."""
    chance = random.Random(primitive.value)
    survivor = DirectoryBackend(tmp_path, primitive=primitive)
    for number in range(25):
        key = f"race/{number:04}"
        pipes = []
        for own in range(3):
            ear, mouth = os.pipe()
            kill_after = chance.uniform(0.0, 0.004)

            def work(own: int = own, mouth: int = mouth, key: str = key) -> None:
                backend = DirectoryBackend(tmp_path, primitive=primitive)
                if backend.create(key, f"{own}".encode()):
                    os.write(mouth, b"won")

            pipes.append((in_child(work), ear, kill_after if own < 2 else None))
            os.close(mouth)
        for child, _, kill_after in pipes:
            if kill_after is not None:
                time.sleep(kill_after)
                os.kill(child, signal.SIGKILL)
        said = []
        for child, ear, _ in pipes:
            os.waitpid(child, 0)
            with os.fdopen(ear) as answer:
                said.append(answer.read())
        winners = [f"{own}".encode() for own, word in enumerate(said) if word]
        assert len(winners) <= 1
        created = survivor.create(key, b"survivor")
        assert not (created and winners)
        if winners:
            assert survivor.get(key) == winners[0]
