"""Work side by side: results in order, errors in order, no more at once than is said."""

import threading
import time

import pytest
from support.remote import RemoteMemory

from podplanner.store.backends.memory import MemoryBackend
from podplanner.store.side_by_side import Budget, calls_at_once, portions, side_by_side


def test_calls_are_made_side_by_side_only_where_each_is_a_request():
    assert calls_at_once(MemoryBackend()) == 1
    assert calls_at_once(RemoteMemory(at_once=5)) == 5
    assert calls_at_once(RemoteMemory(at_once=0)) == 1


@pytest.mark.parametrize("at_once", [1, 2, 7])
def test_results_come_in_the_order_of_the_tasks(at_once):
    def work(number):
        time.sleep(0.001 * (number % 3))
        return number * number

    assert list(side_by_side(work, range(50), at_once)) == [n * n for n in range(50)]


def test_as_many_threads_work_as_are_allowed_and_no_more():
    meeting = threading.Barrier(4)
    seen = set()

    def work(number):
        # Passes only when four are here.
        meeting.wait(30)
        seen.add(threading.get_ident())
        return number

    assert list(side_by_side(work, range(8), 4)) == list(range(8))
    assert len(seen) == 4
    assert threading.get_ident() not in seen


def test_alone_the_caller_does_the_work_when_a_result_is_asked_for():
    done = []
    results = side_by_side(lambda n: done.append(threading.get_ident()) or n, range(5), 1)
    assert done == []
    assert next(results) == 0
    assert done == [threading.get_ident()]


def test_tasks_are_asked_for_only_so_far_ahead():
    asked = []

    def tasks():
        for number in range(1000):
            asked.append(number)
            yield number

    results = side_by_side(lambda n: n, tasks(), 3, ahead=5)
    assert next(results) == 0
    assert len(asked) == 5
    assert next(results) == 1
    assert len(asked) == 6
    results.close()
    assert len(asked) == 6


@pytest.mark.parametrize("at_once", [1, 3])
def test_an_error_comes_at_its_place_and_ends_the_rest(at_once):
    begun = []

    def work(number):
        begun.append(number)
        if number in (4, 5):
            raise KeyError(number)
        return number

    results = side_by_side(work, range(10_000), at_once)
    assert [next(results) for _ in range(4)] == [0, 1, 2, 3]
    with pytest.raises(KeyError, match="4"):
        next(results)
    assert len(begun) < 100
    assert not any(thread.name.startswith("store_") for thread in threading.enumerate())


def test_an_error_of_the_tasks_is_told_and_leaves_no_thread():
    def tasks():
        yield 1
        raise OSError("the listing broke")

    with pytest.raises(OSError, match="the listing broke"):
        list(side_by_side(lambda n: n, tasks(), 3))
    assert not any(thread.name.startswith("store_") for thread in threading.enumerate())


def test_a_budget_lets_in_only_what_fits():
    budget = Budget(10)
    most, under_way, lock = [0], [0], threading.Lock()

    def work(amount):
        with budget.taken(amount):
            with lock:
                under_way[0] += min(amount, 10)
                most[0] = max(most[0], under_way[0])
            time.sleep(0.002)
            with lock:
                under_way[0] -= min(amount, 10)
        return amount

    amounts = [4, 3, 3, 9, 25, 1, 1, 1] * 5
    assert list(side_by_side(work, amounts, 8)) == amounts
    assert 4 < most[0] <= 10


def test_what_was_taken_is_given_back_after_an_error():
    budget = Budget(1)
    for _ in range(3):
        with pytest.raises(KeyError), budget.taken(1):
            raise KeyError


def test_portions_weigh_no_more_than_they_may_and_miss_nothing():
    weights = [3, 3, 3, 9, 1, 25, 1, 1, 8, 2]
    some = list(portions(weights, lambda weight: weight, 9))
    assert some == [[3, 3, 3], [9], [1], [25], [1, 1], [8], [2]]
    assert list(portions([], len, 9)) == []
