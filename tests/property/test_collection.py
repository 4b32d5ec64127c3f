"""Pushes, collections, deletions and undos at once, killed, stopped and failing anywhere.

Nothing published is ever lost, and every leftover is collected in the end.
"""

import os
from dataclasses import dataclass, field
from random import Random

import pytest
from support.interleaving import Actor, Killed, start
from support.remote import RemoteMemory
from support.store_writer import Writer, pull, push

from podplanner.errors import PodplannerError, UnknownNameError
from podplanner.store.backend import Backend
from podplanner.store.backends.memory import MemoryBackend
from podplanner.store.epochs import list_epochs, read_epochs
from podplanner.store.lease import PREFIX
from podplanner.store.names import ModelName, Reference
from podplanner.store.progress import Silent
from podplanner.store.root import make_root, open_root
from podplanner.store.upkeep import check, collect, delete, undelete, undo_epoch

SCHEDULES = int(os.environ.get("PODPLANNER_SCHEDULES", "40"))
FIRST = int(os.environ.get("PODPLANNER_FIRST_SCHEDULE", "0"))
LEASE = 600.0
GRACES = (0.0, 0.0, 0.0, 5.0, 300.0)
MODELS = ("a", "team/b")


class Elsewhere(MemoryBackend):
    """A second place, with an address of its own."""

    @property
    def address(self) -> str:
        return "memory:elsewhere"


@dataclass
class World:
    """A store, who works on it, and what must be in it."""

    random: Random
    faults: float
    far: bool = False
    """Whether each operation is a request: then much is done by several threads at once."""
    seconds: float = 1_000_000.0
    actors: list[Actor] = field(default_factory=list)
    writers: list[Writer] = field(default_factory=list)
    touched: set[tuple[str, int]] = field(default_factory=set)
    """Versions that somebody set out to delete."""
    brought_back: set[tuple[str, int]] = field(default_factory=set)
    """Versions that were undeleted, with nobody deleting them since."""
    deletions: int = 0
    """How many deletions have begun."""
    retired: bool = False
    damaged: bool = False
    """Whether objects have been damaged, so that versions need not be whole before the end."""
    stopped: Actor | None = None
    trace: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        clock = lambda: self.seconds  # noqa: E731
        self.backend = (
            RemoteMemory(at_once=3, clock=clock) if self.far else MemoryBackend(clock=clock)
        )
        self.root = make_root(self.backend)
        self.other = make_root(Elsewhere())
        self.pool = [self.random.randbytes(self.random.choice((90, 600, 700))) for _ in range(6)]
        # All that is ever pushed, laid out otherwise: what a repair draws on.
        push(self.other, "all", {"f": self.pool}, bundle=1)

    # What may happen

    def push(self) -> None:
        random = self.random
        files = {
            name: [random.choice(self.pool) for _ in range(random.randrange(1, 3))]
            for name in random.sample(("config.json", "model.bin"), random.randrange(1, 3))
        }
        if self.writers and random.random() < 0.5:
            # What was pushed before, and may be on its way out.
            files = random.choice(self.writers).files
        model = ModelName.parse(random.choice(MODELS))
        quarter = random.random() < 0.5

        def work(backend: Backend) -> object:
            root = open_root(backend)
            writer = Writer(root, model, files, lease_seconds=LEASE, use_quarter=quarter)
            self.writers.append(writer)
            for _ in writer.steps():
                pass
            return writer.record

        self.begin(f"push {model}", work)

    def collect(self) -> None:
        grace = self.random.choice(GRACES)
        keep = self.random.choice((None, None, 1))
        if keep is not None:
            self.retired = True

        def work(backend: Backend) -> object:
            return collect(open_root(backend), grace_s=grace, keep_last=keep, progress=Silent())

        self.begin(f"gc --grace {grace:g} {keep or ''}", work)

    def delete(self) -> None:
        found = self.some_version(deleted=False)
        if found is None:
            return
        self.touched.add(found)
        self.brought_back.discard(found)
        self.deletions += 1

        def work(backend: Backend) -> object:
            return delete(open_root(backend), _reference(found))

        self.begin(f"delete {found}", work)

    def undelete(self) -> None:
        found = self.some_version(deleted=True)
        if found is None:
            return

        before = self.deletions
        deletes = f"delete {found}"
        quiet = not any(actor.name == deletes and not actor.done for actor in self.actors)

        def work(backend: Backend) -> object:
            version = undelete(open_root(backend), _reference(found))
            if quiet and self.deletions == before:
                self.brought_back.add(found)
            return version

        self.begin(f"undelete {found}", work)

    def undo(self) -> None:
        open_ones = [epoch.number for epoch in list_epochs(self.backend) if epoch.open]
        if not open_ones:
            return
        number = self.random.choice(open_ones)
        self.begin(f"undo {number}", lambda backend: undo_epoch(open_root(backend), number))

    def damage(self) -> None:
        """Flip a bit of an object, or lose it."""
        keys = [info.key for info in self.backend.keys("objects/")]
        if not keys:
            return
        self.damaged = True
        key = self.random.choice(keys)
        self.trace.append(f"damage {key}")
        if self.random.random() < 0.5:
            self.backend.delete(key)
            return
        content = bytearray(self.backend.get(key))
        content[self.random.randrange(len(content))] ^= 1 << self.random.randrange(8)
        self.backend.put(key, [content])

    def repair(self) -> None:
        other = self.other if self.random.random() < 0.7 else None

        def work(backend: Backend) -> object:
            return check(open_root(backend), repair=True, repair_from=other, progress=Silent())

        self.begin("repair", work)

    def kill(self) -> None:
        running = [actor for actor in self.actors if not actor.done]
        if running:
            actor = self.random.choice(running)
            self.trace.append(f"kill {actor.name} before {actor.doing}")
            actor.kill()

    def stop(self) -> None:
        """Let somebody do nothing for long, as SIGSTOP does."""
        running = [actor for actor in self.actors if not actor.done and actor.doing != "begin"]
        if running:
            self.stopped = self.random.choice(running)
            self.trace.append(f"stop {self.stopped.name} before {self.stopped.doing}")
            if self.random.random() < 0.5:
                self.seconds += LEASE + 1
                self.collect()

    def pass_time(self) -> None:
        self.seconds += self.random.choice((5.0, 40.0, 350.0, LEASE + 1))
        self.trace.append(f"time {self.seconds}")

    # How

    def begin(self, name: str, work: object) -> None:
        running = [actor for actor in self.actors if not actor.done]
        if len(running) < 6:
            self.trace.append(f"begin {name}")
            self.actors.append(
                start(name, work, self.backend, self.random, faults=self.faults)  # type: ignore[arg-type]
            )

    def some_version(self, *, deleted: bool) -> tuple[str, int] | None:
        found = [
            (model.shown, number)
            for model in self.root.refs.models()
            for index in [self.root.refs.index(model)]
            for number in (index.deleted if deleted else index.live)
        ]
        return self.random.choice(found) if found else None

    def run(self, steps: int, *, damaging: bool = False) -> None:
        events = [self.damage] * 3 + [self.repair] * 4 if damaging else []
        events += (
            [self.push] * 6 + [self.collect] * 6 + [self.delete] * 9 + [self.undelete] * 2
            + [self.undo] + [self.kill] + [self.stop] * 3 + [self.pass_time] * 2
        )  # fmt: skip
        for number in range(steps):
            if self.random.random() < 0.1:
                self.random.choice(events)()
            running = [a for a in self.actors if not a.done and a is not self.stopped]
            if running:
                actor = self.random.choice(running)
                for _ in range(self.random.choice((1, 3, 20, 100, 400))):
                    self.trace.append(f"{actor.name}: {actor.doing}")
                    actor.step()
                    if actor.done:
                        break
                    self.seconds += 0.01
            if number % 50 == 0:
                self.look()
        self.finish()

    def finish(self) -> None:
        for actor in self.actors:
            actor.kill()
        if self.damaged:
            found = check(self.root, repair_from=self.other, progress=Silent())
            assert found.ok, found
            self.damaged = False
        self.look()
        self.seconds += 3 * LEASE
        for _ in range(3):
            collect(self.root, grace_s=0, progress=Silent())
            self.seconds += 1
        self.look()
        self.look_for_leftovers()

    # What must hold

    def look(self) -> None:
        for actor in self.actors:
            if actor.done and actor.error is not None:
                assert isinstance(actor.error, PodplannerError | Killed), repr(actor.error)
        expected = {}
        for writer in self.writers:
            if writer.record is not None:
                expected[writer.model.key, writer.record.number] = writer.files
        for (key, number), files in expected.items():
            model = ModelName.from_key(key)
            index = self.root.refs.index(model)
            version = (model.shown, number)
            untouched = version not in self.touched and not self.retired
            if untouched or (version in self.brought_back and not self.retired):
                assert number in index.live, f"{version} has vanished"
            if number in index.live and not self.damaged:
                found = pull(open_root(self.backend), model.shown, number)
                assert found == {path: list(pieces) for path, pieces in files.items()}
        for model in self.root.refs.models() if not self.damaged else ():
            for number in self.root.refs.index(model).live:
                try:
                    pull(open_root(self.backend), model.shown, number)
                except UnknownNameError:
                    # A number taken from a dead push, between its two records.
                    assert self.root.refs.record(model, number).void

    def look_for_leftovers(self) -> None:
        needed = set()
        for model in self.root.refs.models():
            for version in self.root.refs.versions(model):
                opened = self.root.open(version)
                needed |= {key.key for key in opened.document_keys()}
                for _, place in opened.rows():
                    assert place is not None
                    needed.add(place.object.key)
        lying = {
            info.key
            for prefix in ("objects/", "tables/", "manifests/", "layouts/")
            for info in self.backend.keys(prefix)
        }
        assert lying == needed
        assert not any(epoch.open for epoch in list_epochs(self.backend))
        remains = [info.key for info in self.backend.keys(PREFIX)]
        assert all("/commit-" in key for key in remains)
        assert read_epochs(self.backend).highest < 10_000


def _reference(found: tuple[str, int]) -> Reference:
    return Reference(ModelName.parse(found[0]), version=found[1])


def run(seed: int, *, damaging: bool, far: bool = False) -> None:
    random = Random(seed)
    world = World(random, faults=random.choice((0.0, 0.0, 0.002)), far=far)
    try:
        world.run(steps=400, damaging=damaging)
    except BaseException:
        print("\n".join(world.trace[-int(os.environ.get("PODPLANNER_TRACE", "60")) :]))
        raise


@pytest.mark.parametrize("seed", range(FIRST, FIRST + SCHEDULES))
def test_nothing_published_is_lost_and_every_leftover_is_collected(seed):
    run(seed, damaging=False)


@pytest.mark.parametrize("seed", range(FIRST, FIRST + SCHEDULES // 2))
def test_repairs_beside_all_that_lose_nothing_either(seed):
    run(seed, damaging=True)


@pytest.mark.parametrize("seed", range(FIRST, FIRST + SCHEDULES))
def test_nor_where_each_operation_is_a_request_and_many_are_under_way(seed):
    run(seed, damaging=seed % 3 == 0, far=True)
