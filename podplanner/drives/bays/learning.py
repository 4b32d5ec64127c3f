"""Learn drive after drive which bay it is in: the state of such a session, and its steps."""

from dataclasses import dataclass, replace
from enum import StrEnum

from podplanner.catalog.bay_map import BayMap
from podplanner.drives.bays.filling import Found, filled
from podplanner.drives.bays.places import SeenDrive


class Wish(StrEnum):
    """What may be typed in place of a number."""

    SKIP = "s"
    BACK = "b"
    QUIT = "q"


@dataclass(frozen=True, slots=True)
class Step:
    """One drive that was dealt with.

    Attributes:
        before: The map as it was before.
        number: The bay that it was given; None: it was skipped.
    """

    before: BayMap
    number: int | None


@dataclass(frozen=True, slots=True)
class Session:
    """How far one is.

    Attributes:
        bay_map: The map with all that was answered.
        drives: Those to learn, in their order.
        steps: One for each drive that was dealt with.
    """

    bay_map: BayMap
    drives: tuple[SeenDrive, ...]
    steps: tuple[Step, ...] = ()

    @property
    def drive(self) -> SeenDrive | None:
        """Return the drive whose bay is asked for; None: all were dealt with."""
        return self.drives[len(self.steps)] if len(self.steps) < len(self.drives) else None

    @property
    def learnt(self) -> int:
        """Return how many drives were given a bay."""
        return sum(step.number is not None for step in self.steps)

    def holder(self, number: int) -> SeenDrive | None:
        """Return the drive that was given a bay in this session; None: none was."""
        pairs = zip(self.steps, self.drives, strict=False)
        return next((drive for step, drive in pairs if step.number == number), None)


@dataclass(frozen=True, slots=True)
class Taken:
    """A session one step further, and what had to give way in the map."""

    session: Session
    notes: tuple[str, ...] = ()


def given(session: Session, number: int, found: Found) -> Taken:
    """Return the session with the drive in a bay."""
    made = filled(session.bay_map, number, found)
    steps = tuple(
        replace(step, number=None) if step.number == number else step for step in session.steps
    )
    step = Step(session.bay_map, number)
    return Taken(replace(session, bay_map=made.bay_map, steps=(*steps, step)), made.notes)


def skipped(session: Session) -> Session:
    """Return the session with the drive left alone."""
    return replace(session, steps=(*session.steps, Step(session.bay_map, None)))


def gone_back(session: Session) -> Session:
    """Return the session as it was before the last drive; at the first one, as it is."""
    if not session.steps:
        return session
    return replace(session, bay_map=session.steps[-1].before, steps=session.steps[:-1])


def answer_of(typed: str, bay_map: BayMap) -> int | Wish | str:
    """Return the bay that was typed, or the wish, or in words why it is neither."""
    word = typed.strip().casefold()
    if word in tuple(Wish):
        return Wish(word)
    digits = word.removeprefix("bay").strip()
    if not (digits.isascii() and digits.isdecimal()) or len(digits) > 5:
        return "Type the number of a bay, or s to skip, b to go back, q to stop."
    if bay_map.numbered(int(digits)) is None:
        return (
            f"The map has no bay {int(digits)}, it has {spans([b.number for b in bay_map.bays])}."
        )
    return int(digits)


def spans(numbers: list[int]) -> str:
    """Return numbers with runs drawn together.

    >>> spans([1, 2, 3, 7])
    '1-3, 7'
    """
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    shown = (f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)
    return ", ".join(shown) or "none"
