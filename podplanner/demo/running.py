"""The whole demo, in its order."""

import shlex
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from podplanner.catalog.writers.files import write_whole
from podplanner.demo.asking import correct, infer, questions
from podplanner.demo.data import draw_sets
from podplanner.demo.learning import Learner, Network
from podplanner.demo.pods import check_drives, plan, price
from podplanner.demo.telling import Telling
from podplanner.demo.training import ALIAS, MODEL, Shop, promote, push, train_first, tune_second
from podplanner.report.render import render_story_html
from podplanner.report.story_values import Story, StoryCommand, Tile

PAGE = "story.html"
_MOST_TILES = 24
# Units of the first layer that the page shows.


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person may choose."""

    seed: int
    quick: bool
    """A third of the pictures and a fifth of the epochs: to see that it runs, not what it can."""


def run(folder: Path, learner: Learner, wishes: Wishes, told: Telling) -> Story:
    """Do every step, and write the page last: where it is, everything is.

    Raises:
        PodplannerError: A step failed.
    """
    begun = time.perf_counter()
    pod, priced = price(folder, told)
    planned, checked = plan(pod, folder, told), check_drives(folder, told)
    sets, data = draw_sets(folder, wishes.seed, told, quick=wishes.quick)
    shop = Shop(learner, sets, folder, told)
    first = train_first(shop, wishes.seed, quick=wishes.quick)
    _make_store(shop)
    one = push(shop, first, "trained on pictures by day", ["train"])
    second = tune_second(shop, first, one.reference)
    told.step("Push the second version", "What it shares with the first is not stored again.")
    two = push(shop, second, "last layer tuned on pictures by day and night", ["train", "new"])
    best = promote(shop, (one, two))
    model = learner.load(best.reference, shop.store)
    asked = questions(shop, model)
    answered = infer(shop, asked)
    said = correct(shop, answered)
    story = Story(
        made_at=datetime.now(UTC),
        seed=wishes.seed,
        framework=learner.framework,
        base=learner.base,
        versions={"python": sys.version.split()[0], **learner.versions()},
        folder=str(folder),
        pod=priced,
        plan=planned,
        drives=checked,
        data=data,
        trained=(one, two),
        weights=_tiles(learner, model),
        promoted=best.reference,
        store_bytes=_store_bytes(shop.store),
        inference=answered,
        feedback=said,
        go_on=_go_on(folder, shop.store),
        seconds=time.perf_counter() - begun,
    )
    told.step("Tell the story", "One page, drawn from this very run.")
    write_whole(folder / PAGE, render_story_html(story).encode())
    return story


def _make_store(shop: Shop) -> None:
    from podplanner.store.founding import found_store

    shop.told.step(
        "Push it to a store",
        "The store is a folder; every version is immutable, and named by the digest of what it is.",
    )
    shop.told.typed(f"podplanner store init {shop.store}")
    found_store(shop.store)


def _store_bytes(store: str) -> int:
    from podplanner.store import open_store

    return open_store(store, read_only=True).stats().object_bytes


def _tiles(learner: Learner, model: Network) -> tuple[Tile, ...]:
    """Return the units of the first layer that weigh most, on one scale for all."""
    weights = learner.first_layer(model)
    loudest = np.argsort(-np.abs(weights).sum(axis=(1, 2)), kind="stable")[:_MOST_TILES]
    chosen = weights[loudest]
    most = float(np.quantile(np.abs(chosen), 0.995)) or 1.0
    levels = np.clip(chosen / most * 127 + 128, 1, 255).round().astype(np.uint8)
    return tuple(Tile(tile.tobytes(), tile.shape[0]) for tile in levels)


def _go_on(folder: Path, store: str) -> tuple[StoryCommand, ...]:
    at, place = shlex.quote(store), shlex.quote(str(folder))
    return (
        StoryCommand("What the two versions share", f"podplanner model diff {MODEL}:1 {MODEL}:2 "
                     f"--store {at}"),
        StoryCommand("All that is known of the one in use",
                     f"podplanner model show {MODEL}:{ALIAS} --store {at}"),
        StoryCommand("What happened to the model", f"podplanner model log {MODEL} --store {at}"),
        StoryCommand("The files of a version, verified",
                     f"podplanner model pull {MODEL}:{ALIAS} ./cat --store {at}"),
        StoryCommand("Ask it again", f"python -m podplanner.demo.answer {MODEL}:{ALIAS} "
                     f"{place}/ask/cat.pgm --store {at}"),
        StoryCommand("Back to the first version",
                     f"podplanner model alias {MODEL}:1 {ALIAS} --store {at}"),
        StoryCommand("Mend the pod's list, step by step",
                     f"podplanner bom check {place}/pod.toml"),
        StoryCommand("The drives of this machine", "podplanner drive check"),
    )  # fmt: skip
