"""What the page of the demo tells: the figures of one run, as they were measured.

Pixels are bytes, rows from the top. Shares are 0 to 1, times seconds, sizes bytes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class PodPart:
    """The pod and what it costs."""

    title: str
    lines: int
    stated: Decimal | None
    """What the list says that it costs, without drives."""
    with_drives: Decimal | None
    per_tb: Decimal | None
    """Of raw bytes, drives included."""
    currency: str
    drives: str
    """What was taken for the drives, in words."""
    errors: int
    """Findings of severity error of its check."""
    page: str


@dataclass(frozen=True, slots=True)
class PlanPart:
    """What the pod keeps, and what models ask of it."""

    layout: str
    drives: int
    raw_bytes: int
    recommended_bytes: int
    wanted: str
    """The models that were asked for, as `plan find --models` takes them."""
    wanted_bytes: int
    reasons: tuple[str, ...]
    page: str


@dataclass(frozen=True, slots=True)
class DrivesPart:
    """The recorded drives of a sample pod, and the one to pull."""

    sample: str
    counts: Mapping[str, int]
    """Verdict -> drives, the worst first, those that occur."""
    drive: str | None
    """The one to pull first, in words; None: none."""
    place: str
    reason: str
    safety: str
    waiting: tuple[str, ...]
    """Drives to see to after it, a line each."""
    page: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of the data set, and what is known of it."""

    pixels: bytes
    """Grey, `side` x `side`."""
    side: int
    kind: str
    light: str


@dataclass(frozen=True, slots=True)
class DataPart:
    """The pictures."""

    kinds: tuple[str, ...]
    counts: Mapping[str, int]
    """Set -> pictures."""
    samples: tuple[Picture, ...]
    digest: str
    folder: str
    seconds: float


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """How a training stood after an epoch."""

    loss: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class VersionPart:
    """One trained version: how it came to be, what it can do, and what it took in the store."""

    reference: str
    digest: str
    parent: str | None
    what: str
    """What was trained on what, in a few words."""
    trained_on: int
    hyperparameters: Mapping[str, int | float]
    parameters: int
    learned: int
    """Parameters that this training was free to change."""
    curve: tuple[CurvePoint, ...]
    chosen_by: float
    """Accuracy on pictures that are used to choose between versions, and for nothing else."""
    accuracy: float
    """On held-out pictures: neither trained on nor chosen by."""
    by_light: Mapping[str, float]
    cats: float
    """Share of held-out pictures of which it rightly says whether they show a cat."""
    confusion: tuple[tuple[int, ...], ...]
    """Row: what it is; column: what the model says."""
    total_bytes: int
    new_bytes: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Tile:
    """Weights of one unit of the first layer, as bytes: 128 is 0, less is negative."""

    pixels: bytes
    side: int


@dataclass(frozen=True, slots=True)
class AnswerPart:
    """One question to the frozen model."""

    picture: Picture
    probabilities: tuple[float, ...]
    said: str


@dataclass(frozen=True, slots=True)
class InferencePart:
    """What another process answered."""

    reference: str
    """As it was asked for: `demo/cat:prod`."""
    version: str
    digest: str
    answers: tuple[AnswerPart, ...]
    processes: int
    same_bits: bool
    """Whether all processes gave the same bits."""
    load_seconds: float
    """Of the first one, verified, imports not counted."""


@dataclass(frozen=True, slots=True)
class FeedbackPart:
    """A wrong answer and its correction, beside the model."""

    series: str
    records: int
    picture: Picture
    said: str
    correction: str
    digest: str
    """Of the data set that the records are."""


@dataclass(frozen=True, slots=True)
class StoryCommand:
    """What a user types, and what for."""

    words: str
    typed: str


@dataclass(frozen=True, slots=True)
class Story:
    """One run of the demo."""

    made_at: datetime
    """In UTC."""
    seed: int
    framework: str
    base: str
    """The base algorithm, in words."""
    versions: Mapping[str, str]
    folder: str
    pod: PodPart
    plan: PlanPart
    drives: DrivesPart
    data: DataPart
    trained: tuple[VersionPart, ...]
    weights: tuple[Tile, ...]
    promoted: str
    """The version that `prod` names."""
    store_bytes: int
    """Of all objects in the store, the feedback too."""
    inference: InferencePart
    feedback: FeedbackPart
    go_on: tuple[StoryCommand, ...]
    seconds: float
