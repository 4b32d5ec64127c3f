"""The data set of one run: drawn, split, written down, and named by its digest."""

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from podplanner.catalog.writers.files import write_whole
from podplanner.demo.files import archive_of, sheet_of
from podplanner.demo.folder import make_folder
from podplanner.demo.kinds import NAMES
from podplanner.demo.pictures import SIZE, Light, Pictures, draw
from podplanner.demo.telling import Telling
from podplanner.report.story_pixels import png_of
from podplanner.report.story_values import DataPart, Picture

FOLDER = "pictures"
_COUNTS: dict[str, tuple[Light, int]] = {
    "train": ("day", 7200),
    "new": ("night", 3600),
    "choose-day": ("day", 600),
    "choose-night": ("night", 600),
    "held-out-day": ("day", 900),
    "held-out-night": ("night", 900),
}
# Set -> light and pictures. 900 held-out pictures give an accuracy of 85 % to within 2.4 points
# (1.96 x the standard error of a share).
_QUICK = 3
# A quick run draws a third of them.
_SAMPLES = 4
# Of each kind, shown on the page.


@dataclass(frozen=True, slots=True)
class Sets:
    """The pictures of a run: those to learn from, to choose by, and to be judged by."""

    train: Pictures
    new: Pictures
    """By night; they come when the first version is trained."""
    choose: Pictures
    """By day and by night; versions are chosen by them."""
    held_out: dict[Light, Pictures]
    """Neither learned from nor chosen by."""


def draw_sets(folder: Path, seed: int, told: Telling, *, quick: bool) -> tuple[Sets, DataPart]:
    """Draw all pictures, and write them into a folder."""
    told.step(
        "Make the data",
        f"Pictures of {SIZE} x {SIZE} grey pixels of {', '.join(NAMES[:-1])} and {NAMES[-1]}, "
        "drawn by a program (they are no photographs): turned, shaded, cluttered and noisy.",
    )
    from podplanner.models import Dataset

    begun, place = time.perf_counter(), folder / FOLDER
    make_folder(place)
    drawn: dict[str, Pictures] = {}
    for number, (name, (light, count)) in enumerate(_COUNTS.items()):
        # Each set has lots of its own: a larger one does not change the next.
        random = np.random.default_rng((seed, number))
        drawn[name] = draw(count // _QUICK if quick else count, light, random)
        write_whole(place / f"{name}.npz", archive_of(drawn[name]))
        told.advanced("drawing pictures", number + 1, len(_COUNTS))
    samples = tuple(_samples(drawn["train"], "day", _SAMPLES)) + tuple(
        _samples(drawn["new"], "night", 1)
    )
    sheet = np.concatenate([_sheet(drawn["train"]), _sheet(drawn["new"])])
    write_whole(place / "some.png", png_of(sheet.tobytes(), sheet.shape[1], sheet.shape[0]))
    told.typed(f'Dataset.from_path("{place / "train.npz"}")')
    digest = Dataset.from_path(place / "train.npz").digest or ""
    found = DataPart(
        kinds=NAMES,
        counts={name: len(pictures) for name, pictures in drawn.items()},
        samples=samples,
        digest=digest,
        folder=f"{FOLDER}/",
        seconds=time.perf_counter() - begun,
    )
    told.found(
        f"{len(drawn['train']):,} to train on, {len(drawn['new']):,} by night for later, "
        f"{len(drawn['choose-day']) * 2:,} to choose by, "
        f"{len(drawn['held-out-day']) * 2:,} held out"
    )
    told.found(f"data set {digest}")
    return Sets(
        train=drawn["train"],
        new=drawn["new"],
        choose=drawn["choose-day"] + drawn["choose-night"],
        held_out={"day": drawn["held-out-day"], "night": drawn["held-out-night"]},
    ), found


def picture(pictures: Pictures, number: int, light: str) -> Picture:
    """Return one picture with what is known of it."""
    kind = NAMES[int(pictures.labels[number])]
    return Picture(pictures.images[number].tobytes(), SIZE, kind, light)


def _samples(pictures: Pictures, light: str, each: int) -> list[Picture]:
    return [
        picture(pictures, int(number), light)
        for kind in range(len(NAMES))
        for number in np.flatnonzero(pictures.labels == kind)[:each]
    ]


def _sheet(pictures: Pictures) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Return ten pictures of each kind in a row, twice as large."""
    some = [np.flatnonzero(pictures.labels == kind)[:10] for kind in range(len(NAMES))]
    sheet = sheet_of(pictures.images[np.concatenate(some)], 10)
    return np.pad(sheet.repeat(2, axis=0).repeat(2, axis=1), 4, constant_values=255)
