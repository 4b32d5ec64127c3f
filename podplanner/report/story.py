"""The page of the demo: a run in words, with pictures drawn from its figures."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from podplanner.report.story_drawing import curves, network, share_bar
from podplanner.report.story_pixels import picture_data, tiles_data
from podplanner.report.story_values import (
    AnswerPart,
    Picture,
    Story,
    StoryCommand,
    VersionPart,
)
from podplanner.report.wording import plural
from podplanner.units.words import say_size, three_digits

_SHORT = 12
# Letters of a digest that are shown where there is little room; the rest is in the tables.
_LARGE = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (10**3, "thousand"))
_MOVING = 3
# Pictures that move along the first pipe.


@dataclass(frozen=True, slots=True)
class Shown:
    """An image within the page, and what it shows."""

    data: str
    words: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure at a glance."""

    label: str
    figure: str
    note: str


@dataclass(frozen=True, slots=True)
class Training:
    """A version on the page."""

    reference: str
    digest: str
    short: str
    prod: bool
    what: str
    facts: tuple[tuple[str, str], ...]
    settings: tuple[tuple[str, str], ...]
    curves: str
    loss: str
    right: str
    parameters: str
    bar: str
    bytes: str
    confusion: tuple[tuple[str, tuple[tuple[str, bool], ...]], ...]
    """Row: kind, then each cell with whether it is on the diagonal."""


@dataclass(frozen=True, slots=True)
class Bar:
    """How probable one kind is."""

    kind: str
    words: str
    bar: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A question and its answer."""

    shown: Shown
    said: str
    verdict: str
    right: bool
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class StoryPage:
    """Everything that the template prints."""

    title: str
    lead: str
    glance: tuple[Figure, ...]
    samples: tuple[tuple[str, tuple[Shown, ...]], ...]
    """Kind -> some of its pictures."""
    night: tuple[Shown, ...]
    moving: tuple[Shown, ...]
    data_facts: tuple[tuple[str, str], ...]
    base: str
    network: str
    weights: Shown
    weights_size: tuple[int, int]
    trained: tuple[Training, ...]
    best: Training
    kinds: tuple[str, ...]
    store_words: str
    room_words: str
    pod_bar: str
    answers: tuple[Answer, ...]
    frozen: tuple[tuple[str, str], ...]
    same: str
    same_bits: bool
    corrected: Answer
    feedback_words: str
    feedback_facts: tuple[tuple[str, str], ...]
    pod: tuple[tuple[str, str], ...]
    plan: tuple[tuple[str, str], ...]
    reasons: tuple[str, ...]
    drives: tuple[tuple[str, str], ...]
    waiting: tuple[str, ...]
    pages: tuple[str, str, str]
    """Of the pod, of its plan, of the drives; beside this one."""
    go_on: tuple[StoryCommand, ...]
    made: str


def page_of(story: Story) -> StoryPage:
    """Return what the page prints."""
    trained = tuple(_training(one, story) for one in story.trained)
    best = next(one for one in trained if one.prod)
    by_day = [one for one in story.data.samples if one.light == "day"]
    tiles, width, height = tiles_data(story.weights)
    answers = tuple(_answer(one, story.data.kinds) for one in story.inference.answers)
    return StoryPage(
        title="From a parts list to an answer",
        lead=(
            f"One run of the demo, {story.seconds:.0f} s: a pod priced and planned, a drive to "
            "pull, and a small network that learns to tell cats from other things, is kept in a "
            "store, and answers from there."
        ),
        glance=tuple(_glance(story)),
        samples=tuple(
            (kind, tuple(_shown(one) for one in by_day if one.kind == kind))
            for kind in story.data.kinds
        ),
        night=tuple(_shown(one) for one in story.data.samples if one.light == "night"),
        moving=tuple(_shown(one) for one in _one_of_each(by_day)[:_MOVING]),
        data_facts=tuple(_data_facts(story)),
        base=story.base[:1].upper() + story.base[1:],
        network=network(float(story.trained[0].hyperparameters.get("dropout", 0))),
        weights=Shown(
            tiles,
            f"{plural(len(story.weights), 'unit')} of the first layer of {story.promoted}: what "
            "each looks for. Orange counts for it, blue against it.",
        ),
        weights_size=(width, height),
        trained=trained,
        best=best,
        kinds=story.data.kinds,
        store_words=(
            f"{plural(len(story.trained), 'version')} and the feedback in "
            f"{say_size(story.store_bytes)}"
        ),
        room_words=_room(story),
        pod_bar=share_bar(
            [("bar", story.plan.wanted_bytes / story.plan.recommended_bytes)],
            f"Of {say_size(story.plan.recommended_bytes)} the models take "
            f"{say_size(story.plan.wanted_bytes)}.",
        ),
        answers=answers,
        frozen=(
            ("asked for", story.inference.reference),
            ("answered", story.inference.version),
            ("digest", story.inference.digest),
            ("loaded in", f"{story.inference.load_seconds * 1000:.0f} ms, every byte verified"),
        ),
        same=(
            f"{plural(story.inference.processes, 'process', 'processes')} loaded it, each by "
            "itself, and were asked the same: "
            + (
                "the answers are equal, bit for bit."
                if story.inference.same_bits
                else "the answers differ."
            )
        ),
        same_bits=story.inference.same_bits,
        corrected=next((one for one in answers if not one.right), answers[-1]),
        feedback_words=(
            f"It said {story.feedback.said}; it is a {story.feedback.correction}."
            if story.feedback.said != story.feedback.correction
            else "Nothing was wrong this time."
        ),
        feedback_facts=(
            ("series", story.feedback.series),
            ("records", str(story.feedback.records)),
            ("data set", story.feedback.digest),
        ),
        pod=tuple(_pod_facts(story)),
        plan=tuple(_plan_facts(story)),
        reasons=story.plan.reasons,
        drives=tuple(_drive_facts(story)),
        waiting=story.drives.waiting,
        pages=(story.pod.page, story.plan.page, story.drives.page),
        go_on=story.go_on,
        made=(
            f"Made {story.made_at:%Y-%m-%d %H:%M} UTC with seed {story.seed}, "
            + ", ".join(f"{name} {version}" for name, version in story.versions.items())
            + ". The pictures are drawn by a program, and are no photographs."
        ),
    )


def _shown(picture: Picture) -> Shown:
    light = "" if picture.light == "day" else f" by {picture.light}"
    return Shown(picture_data(picture), f"a {picture.kind}{light}")


def _one_of_each(pictures: list[Picture]) -> list[Picture]:
    seen: dict[str, Picture] = {}
    for one in pictures:
        seen.setdefault(one.kind, one)
    return list(seen.values())


def _glance(story: Story) -> Iterator[Figure]:
    best = next(one for one in story.trained if one.reference == story.promoted)
    last = story.trained[-1]
    yield Figure(
        "Right on held-out pictures",
        f"{best.accuracy:.1%}",
        f"{best.reference}; cat or not: {best.cats:.1%}",
    )
    yield Figure(
        "New bytes of the second version",
        f"{last.new_bytes / last.total_bytes:.1%}",
        f"{say_size(last.new_bytes)} of {say_size(last.total_bytes)}; the rest is stored once",
    )
    yield Figure(
        "Asked twice, elsewhere",
        "same bits" if story.inference.same_bits else "not the same",
        f"{story.inference.version}, digest {story.inference.digest[:_SHORT]}",
    )
    yield Figure(
        "The pod with drives",
        f"{_amount(story.pod.with_drives)} {story.pod.currency}",
        f"keeps {say_size(story.plan.recommended_bytes)}",
    )
    yield Figure(
        "Drive to pull first",
        story.drives.place.partition(" (")[0] or "none",
        story.drives.reason or "all are in order",
    )


def _amount(value: Decimal | None) -> str:
    return "unknown" if value is None else f"{value:,.2f}"


def _data_facts(story: Story) -> Iterator[tuple[str, str]]:
    counts = story.data.counts
    yield "to train on", f"{counts['train']:,} pictures"
    yield "by night, later", f"{counts['new']:,}"
    yield "to choose by", f"{counts['choose-day'] + counts['choose-night']:,}"
    yield "held out", f"{counts['held-out-day'] + counts['held-out-night']:,}"
    yield "digest", story.data.digest


def _training(one: VersionPart, story: Story) -> Training:
    shared = one.total_bytes - one.new_bytes
    bytes_words = f"{say_size(one.total_bytes)}, new {say_size(one.new_bytes)}"
    facts = [
        ("trained on", f"{one.trained_on:,} pictures"),
        ("parent", one.parent or "none"),
        ("learned", f"{one.learned:,} of {one.parameters:,} parameters in {one.seconds:.1f} s"),
        *((f"right by {light}", f"{share:.1%}") for light, share in one.by_light.items()),
        ("right in all", f"{one.accuracy:.1%}"),
        ("cat or not", f"{one.cats:.1%}"),
        ("chosen by", f"{one.chosen_by:.1%}"),
        ("digest", one.digest),
    ]
    return Training(
        reference=one.reference,
        digest=one.digest,
        short=one.digest[:_SHORT],
        prod=one.reference == story.promoted,
        what=one.what,
        facts=tuple(facts),
        settings=tuple(
            (name.replace("_", " "), f"{value:g}") for name, value in one.hyperparameters.items()
        ),
        curves=curves(one.curve, one.reference),
        loss=f"loss {one.curve[0].loss:.2f} to {one.curve[-1].loss:.2f}",
        right=f"right {one.curve[0].accuracy:.0%} to {one.curve[-1].accuracy:.0%}",
        parameters=f"{one.parameters:,}",
        bar=share_bar(
            [("shared", shared / one.total_bytes), ("bar", one.new_bytes / one.total_bytes)],
            f"{one.reference}: {bytes_words}",
        ),
        bytes=bytes_words,
        confusion=tuple(
            (
                kind,
                tuple((str(count), row == column) for column, count in enumerate(counts)),
            )
            for row, (kind, counts) in enumerate(zip(story.data.kinds, one.confusion, strict=True))
        ),
    )


def _answer(one: AnswerPart, kinds: tuple[str, ...]) -> Answer:
    right = one.said == one.picture.kind
    return Answer(
        shown=_shown(one.picture),
        said=one.said,
        verdict="right" if right else f"wrong: it is a {one.picture.kind}",
        right=right,
        bars=tuple(
            Bar(
                kind,
                f"{share:.1%}",
                share_bar([("bar" if kind == one.said else "less", share)], f"{kind} {share:.1%}"),
            )
            for kind, share in zip(kinds, one.probabilities, strict=True)
        ),
    )


def _room(story: Story) -> str:
    last, room = story.trained[-1], story.plan.recommended_bytes
    whole, alike = room // last.total_bytes, room // max(last.new_bytes, 1)
    return (
        f"The pod has room for {_rounded(whole)} versions of this model kept whole, or for "
        f"{_rounded(alike)} of which each differs as the last one did."
    )


def _rounded(number: int) -> str:
    """Return a large number as people say it: three digits and a word.

    >>> _rounded(31_415_926), _rounded(42)
    ('about 31.4 million', '42')
    """
    for size, word in _LARGE:
        if number >= size:
            return f"about {three_digits(number / size)} {word}"
    return str(number)


def _pod_facts(story: Story) -> Iterator[tuple[str, str]]:
    pod = story.pod
    yield "list", f"{pod.title}, {plural(pod.lines, 'line')}"
    yield "stated total", f"{_amount(pod.stated)} {pod.currency}"
    yield "with drives", f"{_amount(pod.with_drives)} {pod.currency}"
    yield "per raw TB", f"{_amount(pod.per_tb)} {pod.currency}"
    yield "drives", pod.drives
    yield "check", plural(pod.errors, "error") + " in the list itself"


def _plan_facts(story: Story) -> Iterator[tuple[str, str]]:
    plan = story.plan
    yield "layout", f"{plan.layout}, {plural(plan.drives, 'drive')}"
    yield "raw", say_size(plan.raw_bytes)
    yield "to fill", say_size(plan.recommended_bytes)
    yield "models", f"{plan.wanted}: {say_size(plan.wanted_bytes)}"
    yield "share", f"{plan.wanted_bytes / plan.recommended_bytes:.0%} of the pod"


def _drive_facts(story: Story) -> Iterator[tuple[str, str]]:
    drives = story.drives
    yield "verdicts", ", ".join(f"{count} {verdict}" for verdict, count in drives.counts.items())
    if drives.drive is not None:
        yield drives.safety.capitalize(), f"{drives.place}: {drives.drive}"
        yield "because", drives.reason
