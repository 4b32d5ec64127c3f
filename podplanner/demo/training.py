"""From data to model data in the store: a first version, and one that is tuned from it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from podplanner.demo.data import FOLDER, Sets
from podplanner.demo.kinds import NAMES
from podplanner.demo.learning import Epoch, Hyperparameters, Learner, Lesson, Network, Told
from podplanner.demo.measuring import Measured, accuracy, measure
from podplanner.demo.pictures import Pictures
from podplanner.demo.telling import Telling
from podplanner.report.story_values import CurvePoint, VersionPart
from podplanner.store.results import Pushed
from podplanner.units.words import say_size

MODEL = "demo/cat"
ALIAS = "prod"


@dataclass(frozen=True, slots=True)
class Trained:
    """A network in memory, and how its training went."""

    model: Network
    settings: Hyperparameters
    curve: Sequence[Epoch]
    pictures: int
    learned: int
    chosen_by: float
    measured: Measured
    seconds: float


@dataclass(frozen=True, slots=True)
class Shop:
    """What both trainings have in common."""

    learner: Learner
    sets: Sets
    folder: Path
    told: Telling

    @property
    def store(self) -> str:
        """Return the address of the demo's store."""
        return str(self.folder / "store")


def train_first(shop: Shop, seed: int, *, quick: bool) -> Trained:
    """Train a new network on the pictures by day."""
    learner, settings = shop.learner, shop.learner.settings(seed, quick=quick)
    shop.told.step(
        "Train a network",
        f"The base algorithm is {learner.base}. Hyperparameters frame the training and are set "
        "before it; parameters are what it learns.",
    )
    shop.told.found(f"hyperparameters: {_settings_words(settings)}")
    begun = time.perf_counter()
    lesson = Lesson(shop.sets.train, shop.sets.choose, settings, _telling(shop, "training"))
    model, curve = learner.train(lesson)
    found = _trained(
        shop, model, settings, curve, shop.sets.train, learner.parameters(model), begun
    )
    shop.told.found(f"parameters: {found.learned:,} learned in {found.seconds:.1f} s")
    _tell_accuracy(shop, found)
    return found


def tune_second(shop: Shop, first: Trained, reference: str) -> Trained:
    """Load the first version for training, and train its last layer on pictures by night too."""
    learner, settings = shop.learner, shop.learner.tuning(first.settings)
    shop.told.step(
        "Tune a second version",
        "Pictures by night have come. The stored version is loaded to be trained on, and only its "
        "last layer learns; the others stay, bit for bit.",
    )
    shop.told.typed(f'load("{reference}", store="{shop.store}", trainable=True)')
    begun = time.perf_counter()
    model = learner.load(reference, shop.store, trainable=True)
    pictures = shop.sets.train + shop.sets.new
    lesson = Lesson(pictures, shop.sets.choose, settings, _telling(shop, "tuning"))
    curve = learner.tune(model, lesson)
    learned = learner.last_layer(model)
    found = _trained(shop, model, settings, curve, pictures, learned, begun)
    shop.told.found(
        f"{found.learned:,} of {learner.parameters(model):,} parameters learned anew "
        f"in {found.seconds:.1f} s"
    )
    _tell_accuracy(shop, found)
    return found


def _telling(shop: Shop, what: str) -> Told:
    return lambda done, of: shop.told.advanced(what, done, of)


def _settings_words(settings: Hyperparameters) -> str:
    return ", ".join(
        f"{name.replace('_', ' ')} {value:g}" for name, value in settings.named().items()
    )


def _trained(
    shop: Shop, model: Network, settings: Hyperparameters, curve: Sequence[Epoch],
    pictures: Pictures, learned: int, begun: float,
) -> Trained:  # fmt: skip
    took = time.perf_counter() - begun
    return Trained(
        model=model,
        settings=settings,
        curve=curve,
        pictures=len(pictures),
        learned=learned,
        chosen_by=accuracy(shop.learner, model, shop.sets.choose),
        measured=measure(shop.learner, model, shop.sets.held_out),
        seconds=took,
    )


def _tell_accuracy(shop: Shop, found: Trained) -> None:
    measured = found.measured
    lights = ", ".join(f"{share:.1%} by {light}" for light, share in measured.by_light.items())
    shop.told.found(
        f"right on {measured.accuracy:.1%} of held-out pictures ({lights}); "
        f"cat or not: {measured.cats:.1%}"
    )


def push(shop: Shop, trained: Trained, what: str, data: Sequence[str]) -> VersionPart:
    """Save a network as a version, with how it came to be; return what is told of it."""
    from podplanner.models import Dataset, save

    measured = trained.measured
    shop.told.typed(
        f'save(model, "{MODEL}", store="{shop.store}",\n'
        "     hyperparameters=..., metrics=..., dataset=...)"
    )
    pushed = save(
        trained.model,
        MODEL,
        store=shop.store,
        hyperparameters=trained.settings.named(),
        metrics={
            "accuracy": round(measured.accuracy, 6),
            **{f"accuracy_{light}": round(one, 6) for light, one in measured.by_light.items()},
            "accuracy_to_choose_by": round(trained.chosen_by, 6),
        },
        dataset=[Dataset.from_path(shop.folder / FOLDER / f"{name}.npz") for name in data],
        meta={"extra": {"kinds": list(NAMES)}},
    )
    part = _part(shop, trained, pushed, what)
    share = part.new_bytes / part.total_bytes if part.total_bytes else 0.0
    shop.told.found(
        f"{part.reference}: {say_size(part.total_bytes)}, new {say_size(part.new_bytes)} "
        f"({share:.1%}), digest {part.digest}"
    )
    if part.parent is not None:
        saved = part.total_bytes - part.new_bytes
        shop.told.found(f"{say_size(saved)} are shared with {part.parent}, and stored once")
    return part


def _part(shop: Shop, trained: Trained, pushed: Pushed, what: str) -> VersionPart:
    from podplanner.store import open_store

    shown = open_store(shop.store, read_only=True).show(pushed.reference)
    parent = shown.lineage[0].reference if shown.lineage else None
    return VersionPart(
        reference=pushed.reference,
        digest=pushed.manifest,
        parent=parent,
        what=what,
        trained_on=trained.pictures,
        hyperparameters=trained.settings.named(),
        parameters=shop.learner.parameters(trained.model),
        learned=trained.learned,
        curve=tuple(CurvePoint(one.loss, one.accuracy) for one in trained.curve),
        chosen_by=trained.chosen_by,
        accuracy=trained.measured.accuracy,
        by_light={str(light): one for light, one in trained.measured.by_light.items()},
        cats=trained.measured.cats,
        confusion=trained.measured.confusion,
        total_bytes=pushed.total_bytes,
        new_bytes=pushed.new_bytes,
        seconds=trained.seconds,
    )


def promote(shop: Shop, versions: Sequence[VersionPart]) -> VersionPart:
    """Let the alias name the version that is best on the pictures to choose by."""
    from podplanner.store import open_store

    shop.told.step(
        "Promote the better one",
        "By its accuracy on pictures that serve to choose by and for nothing else. Whoever asks "
        f"for {MODEL}:{ALIAS} gets that version from now on.",
    )
    for one in versions:
        shop.told.found(f"{one.reference}: {one.chosen_by:.1%} of the pictures to choose by")
    best = max(versions, key=lambda one: one.chosen_by)
    shop.told.typed(f"podplanner model alias {best.reference} {ALIAS} --store {shop.store}")
    open_store(shop.store).alias(best.reference, ALIAS)
    shop.told.found(f"{MODEL}:{ALIAS} is {best.reference}")
    return best
