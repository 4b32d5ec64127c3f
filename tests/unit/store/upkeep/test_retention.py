from random import Random

import pytest
from support.remote import RemoteMemory
from support.store_writer import pull, push

from podplanner.errors import WrongUsageError
from podplanner.store.backends.memory import MemoryBackend
from podplanner.store.names import ModelName, Reference
from podplanner.store.progress import Silent
from podplanner.store.root import make_root
from podplanner.store.upkeep import collect, delete
from podplanner.store.upkeep.retention import Retention, expired_versions

DAY = 86_400.0
CAT = ModelName.parse("cat")


class Heard(Silent):
    def __init__(self):
        self.warnings = []

    def warn(self, message):
        self.warnings.append(message)


@pytest.fixture
def seconds():
    return [1_000_000_000.0]


@pytest.fixture(params=[MemoryBackend, RemoteMemory], ids=["near", "far"])
def root(request, seconds):
    """A store with seven versions of one model, pushed a day apart."""
    root = make_root(request.param(clock=lambda: seconds[0]))
    for number in range(7):
        push(root, "cat", {"f": [Random(number).randbytes(600)]})
        seconds[0] += DAY
    return root


def expired(root, seconds, told=None, **rules):
    told = told or Silent()
    found = expired_versions(root, Retention(**rules), seconds[0], told)
    return [number for _, number in found]


def test_without_a_rule_nothing_goes(root, seconds):
    assert expired(root, seconds) == []


@pytest.mark.parametrize(("keep", "gone"), [(1, [1, 2, 3, 4, 5, 6]), (3, [1, 2, 3, 4]), (9, [])])
def test_the_last_ones_are_kept(root, seconds, keep, gone):
    assert expired(root, seconds, keep_last=keep) == gone


@pytest.mark.parametrize(
    ("days", "gone"), [(2.5, [1, 2, 3, 4, 5]), (0, [1, 2, 3, 4, 5, 6]), (30, [])]
)
def test_young_ones_are_kept_and_always_the_latest(root, seconds, days, gone):
    assert expired(root, seconds, keep_days=days) == gone


def test_a_version_goes_only_when_no_rule_keeps_it(root, seconds):
    root.refs.move_alias(CAT, "prod", 2)
    assert expired(root, seconds, keep_last=2, keep_days=3.5, keep_alias=True) == [1, 3, 4]


def test_an_aliased_version_stays_without_the_rule_too_and_is_named(root, seconds):
    root.refs.move_alias(CAT, "prod", 2)
    told = Heard()
    assert expired(root, seconds, told, keep_last=5) == [1]
    (warning,) = told.warnings
    assert "cat:2 stays: the alias prod names it" in warning
    assert "podplanner model delete --force cat:2" in warning


def test_deleted_versions_do_not_count_among_the_last(root, seconds):
    for number in (5, 6, 7):
        delete(root, Reference.parse(f"cat:{number}"))
    assert expired(root, seconds, keep_last=2) == [1, 2]


def test_a_collection_deletes_marks_and_frees_in_one_run(root, seconds):
    found = collect(root, grace_s=0, keep_last=2, progress=Silent())
    assert found.expired == tuple(f"cat:{number}" for number in range(1, 6))
    assert found.freed_bytes == 5 * 600
    assert root.refs.index(CAT).live == (6, 7)
    assert pull(root, "cat", 6) == {"f": [Random(5).randbytes(600)]}
    assert collect(root, grace_s=0, keep_last=2, progress=Silent()).expired == ()


@pytest.mark.parametrize("rules", [{"keep_last": 0}, {"keep_last": -3}, {"keep_days": -1.0},
                                   {"keep_days": float("nan")}])  # fmt: skip
def test_rules_that_make_no_sense_are_refused(rules):
    with pytest.raises(WrongUsageError):
        Retention(**rules)


def test_batches_of_feedback_stay_whatever_the_rules(root, seconds):
    for number in range(3):
        push(root, "team/Cat.Feedback", {"records.jsonl": [b"%d" % number]})
        seconds[0] += DAY
    found = expired_versions(root, Retention(keep_last=1, keep_days=0), seconds[0], Silent())
    assert {str(model) for model, _ in found} == {"cat"}
    delete(root, Reference.parse("team/cat.feedback:1"))
    assert root.refs.index(ModelName.parse("team/cat.feedback")).live == (2, 3)
