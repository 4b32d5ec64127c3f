"""Rows of tasks that are worked off at the same time."""

import threading

import pytest

from podplanner.store.backend import Traits
from podplanner.store.reading.workers import Work, thread_count, work_off_together

SOON = 10.0


def test_both_rows_are_at_work_at_the_same_time():
    met = threading.Barrier(2)
    works = [Work(iter([1]), lambda: lambda _: met.wait(SOON), 1) for _ in range(2)]
    work_off_together(works)
    assert not met.broken


def test_every_task_is_done_once_by_a_thread_of_its_own_row():
    lock, done = threading.Lock(), []

    def row(name):
        def worker():
            def do(task):
                with lock:
                    done.append((name, task))

            return do

        return worker

    work_off_together([Work(iter(range(50)), row("a"), 2), Work(iter(range(30)), row("b"), 3)])
    assert sorted(done) == [("a", n) for n in range(50)] + [("b", n) for n in range(30)]


@pytest.mark.parametrize("failing", [0, 1])
def test_an_error_in_one_row_ends_the_other_soon(failing):
    failed = threading.Event()
    begun = []

    def fail(_):
        failed.set()
        raise ValueError("broken")

    def go_on(task):
        begun.append(task)
        assert failed.wait(SOON)

    workers = [go_on, go_on]
    workers[failing] = fail
    works = [Work(iter(range(10**6)), lambda do=do: do, 1) for do in workers]
    with pytest.raises(ValueError, match="broken"):
        work_off_together(works)
    assert len(begun) < 10**6


def test_an_error_in_making_the_next_task_is_told():
    def tasks():
        yield 1
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        work_off_together([Work(tasks(), lambda: lambda _: None, 2)])


def test_a_row_without_tasks_holds_nobody_up():
    done = []
    work_off_together(
        [Work(iter(()), lambda: done.append, 3), Work(iter([1]), lambda: done.append, 1)]
    )
    assert done == [1]


@pytest.mark.parametrize(
    ("asked", "at_once", "expected"), [(None, 32, 8), (None, 4, 4), (3, 32, 3), (99, 0, 16)]
)
def test_how_many_threads(asked, at_once, expected):
    assert thread_count(asked, Traits(at_once=at_once)) == expected
