"""From a question to an answer: other processes load the frozen version, and are asked."""

import json
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from podplanner.catalog.writers.files import write_whole
from podplanner.demo.answer import SCHEMA
from podplanner.demo.data import picture
from podplanner.demo.files import pgm_of
from podplanner.demo.folder import make_folder
from podplanner.demo.kinds import CAT
from podplanner.demo.learning import Network
from podplanner.demo.pictures import Pictures
from podplanner.demo.training import ALIAS, MODEL, Shop
from podplanner.errors import ALL_ERRORS, BackendUnavailableError, ConflictError, FormatError
from podplanner.report.story_values import AnswerPart, FeedbackPart, InferencePart, Picture

_FOLDER = "ask"
_PROCESSES = 2
_SURE = 0.6
# How probable a model must find what it is shown to know.
_TIMEOUT_S = 120
# The start of a large framework on a slow disk takes long; what takes longer hangs.


@dataclass(frozen=True, slots=True)
class Question:
    """A held-out picture, and the file in which the other process finds it."""

    picture: Picture
    number: int
    file: Path


def questions(shop: Shop, model: Network) -> list[Question]:
    """Return a cat and another thing that the model knows, and one picture on which it errs.

    The last one is there because no model is always right; it is the picture of a cat, or one
    taken for a cat, where there is such an error.
    """
    pictures = shop.sets.held_out["day"]
    shares = shop.learner.probabilities(model, pictures.images)
    said = shares.argmax(axis=1)
    right = said == pictures.labels
    sure = right & (shares.max(axis=1) >= _SURE)
    about_cats = (said == CAT) | (pictures.labels == CAT)
    wanted = {
        "cat": sure & (pictures.labels == CAT),
        "other": sure & (pictures.labels != CAT),
        "hard": ~right & about_cats if (~right & about_cats).any() else ~right,
    }
    place = shop.folder / _FOLDER
    make_folder(place)
    found = []
    for name, which in wanted.items():
        for number in np.flatnonzero(which)[:1]:
            found.append(_question(pictures, int(number), place / f"{name}.pgm"))
    return found


def _question(pictures: Pictures, number: int, file: Path) -> Question:
    write_whole(file, pgm_of(pictures.images[number]))
    return Question(picture(pictures, number, "day"), number, file)


def infer(shop: Shop, asked: Sequence[Question]) -> InferencePart:
    """Ask two processes the same, each of which loads the version by itself.

    Raises:
        PodplannerError: One of them failed; says what it said.
    """
    shop.told.step(
        "Infer, in other processes",
        f"{_PROCESSES} processes that know the store and the name {MODEL}:{ALIAS} load the frozen "
        "version, every byte of it verified, and are asked the same.",
    )
    reference = f"{MODEL}:{ALIAS}"
    words = ["-m", "podplanner.demo.answer", reference, *(str(one.file) for one in asked),
             "--store", shop.store]  # fmt: skip
    shop.told.typed(f"python {shlex.join(words)}")
    answers = _answers([sys.executable, *words, "--json"])
    first = answers[0]
    bits = {tuple(one["bits"] for one in each["answers"]) for each in answers}
    found = InferencePart(
        reference=reference,
        version=first["version"],
        digest=first["digest"],
        answers=tuple(
            AnswerPart(question.picture, tuple(one["probabilities"]), one["said"])
            for question, one in zip(asked, first["answers"], strict=True)
        ),
        processes=len(answers),
        same_bits=len(bits) == 1 and len({each["digest"] for each in answers}) == 1,
        load_seconds=first["load_s"],
    )
    for one in found.answers:
        verdict = "right" if one.said == one.picture.kind else f"wrong, it is a {one.picture.kind}"
        shop.told.found(f"{one.said}, {max(one.probabilities):.1%} sure ({verdict})")
    same = "the same, bit for bit" if found.same_bits else "NOT the same"
    shop.told.found(f"{found.version} answered in both, {same}; digest {found.digest}")
    return found


def _answers(command: Sequence[str]) -> list[dict[str, Any]]:
    running: list[subprocess.Popen[str]] = []
    try:
        for _ in range(_PROCESSES):
            running.append(subprocess.Popen(  # noqa: S603  this interpreter, and no shell
                command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
            ))  # fmt: skip
        return [_answer(one) for one in running]
    except OSError as error:
        raise BackendUnavailableError(
            f"no other process can be started: {error.strerror}", hint="Free some memory."
        ) from error
    finally:
        for one in running:
            if one.poll() is None:
                one.kill()
            one.wait()
            for stream in (one.stdout, one.stderr):
                if stream is not None:
                    stream.close()


def _answer(process: "subprocess.Popen[str]") -> dict[str, Any]:
    try:
        out, err = process.communicate(timeout=_TIMEOUT_S)
    except subprocess.TimeoutExpired as error:
        raise BackendUnavailableError(
            f"the process that was to answer did not within {_TIMEOUT_S} s",
            hint="Run the command again when the machine is less busy.",
        ) from error
    if process.returncode != 0:
        first = (err.strip().splitlines() or ["it said nothing"])[0].removeprefix("error: ")
        cause = next((one for one in ALL_ERRORS if one.exit_code == process.returncode),
                     BackendUnavailableError)  # fmt: skip
        raise cause(
            f"the process that was to answer ended with status {process.returncode}: {first}",
            hint="Run the same with --keep, then ask by hand: python -m podplanner.demo.answer.",
        )
    answer = json.loads(out)
    if answer.get("schema") != SCHEMA:
        raise FormatError("the process that was to answer is of another podplanner")
    return dict(answer)


def correct(shop: Shop, found: InferencePart) -> FeedbackPart:
    """Write down the answers, with a correction where one was wrong; the model stays as it is."""
    from podplanner.models import Dataset, feedback, read_feedback

    shop.told.step(
        "Send feedback",
        "What was asked, what it answered and what is right go to a data set of their own, which "
        "only grows. The model does not learn from it until the next training.",
    )
    shop.told.typed(
        f'with feedback("{found.version}", store="{shop.store}") as records:\n'
        "    records.add(input=pixels, output=said, correction=right)"
    )
    with feedback(found.version, store=shop.store, flush_every_s=None) as records:
        if records.origin.digest != found.digest:
            raise ConflictError(f"{found.version} is not the version that answered")
        for one in found.answers:
            pixels = np.frombuffer(one.picture.pixels, np.uint8)
            right = None if one.said == one.picture.kind else one.picture.kind
            records.add(
                input=pixels.reshape(one.picture.side, one.picture.side),
                output=one.said,
                correction=right,
            )
    kept = list(read_feedback(MODEL, store=shop.store))
    data = Dataset.from_feedback(MODEL, store=shop.store)
    # Of the answers the one with a correction; a model that erred nowhere shows its last one.
    shown = next((one for one in found.answers if one.said != one.picture.kind), found.answers[-1])
    part = FeedbackPart(
        series=data.name,
        records=len(kept),
        picture=shown.picture,
        said=shown.said,
        correction=shown.picture.kind,
        digest=data.digest or "",
    )
    shop.told.found(
        f"{part.records} records in {part.series}, one of them says that a {part.correction} was "
        f"taken for a {part.said}"
        if shown.said != shown.picture.kind
        else f"{part.records} records in {part.series}; nothing was wrong"
    )
    shop.told.found(f"data set {part.digest}, for the next training")
    return part
