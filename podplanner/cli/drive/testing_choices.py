"""What `drive test` was asked to do, with every option tried."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from podplanner.drives.testing.log import Kind
from podplanner.errors import WrongUsageError


class Mode(StrEnum):
    """What the command does."""

    BEGIN = "begin"
    PLAN = "plan"
    STATUS = "status"
    SCHEDULE = "schedule"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Wish:
    """What to do with which tests.

    Attributes:
        at_once: At most so many together; None: as is usual.
        wait: Until all have ended.
        due: Only of drives whose turn it is today.
        every: Within which each drive is to have a test.
        blind: Begin although the state of the arrays is not wholly known.
    """

    mode: Mode
    kind: Kind
    at_once: int | None
    wait: bool
    due: bool
    every: timedelta
    blind: bool

    @property
    def every_days(self) -> float:
        """Return the time within which each drive is to have a test, in days."""
        return self.every / timedelta(days=1)


def wish_of(
    *,
    kind: Kind | None,
    at_once: int | None,
    modes: dict[Mode, bool],
    wait: bool,
    due: bool,
    every: timedelta,
    blind: bool,
    recorded: bool,
) -> Wish:
    """Return what is asked for.

    Args:
        kind: Of test; None: long where turns are kept, else short.
        at_once: As `Wish` has it.
        modes: Which of the options for a mode were given.
        wait: As `Wish` has it.
        due: The same.
        every: The same.
        blind: The same.
        recorded: Recordings are read instead of drives.

    Raises:
        WrongUsageError: Options contradict each other, or make no sense.
    """
    given = [mode for mode, wanted in modes.items() if wanted]
    if len(given) > 1:
        raise WrongUsageError(f"--{given[0]} and --{given[1]} are two things to do",
                              hint="Choose one.")  # fmt: skip
    mode = given[0] if given else Mode.BEGIN
    if recorded and mode in (Mode.BEGIN, Mode.STOP):
        raise WrongUsageError(
            "recordings cannot be tested",
            hint="Add --plan, --status or --schedule, or leave --from out.",
        )
    if wait and mode is not Mode.BEGIN:
        raise WrongUsageError(f"--wait has nothing to wait for with --{mode}",
                              hint="Leave one of them out.")  # fmt: skip
    if due and mode not in (Mode.BEGIN, Mode.PLAN):
        raise WrongUsageError(f"--due and --{mode} do not go together",
                              hint="--schedule shows whose turn it is.")  # fmt: skip
    if at_once is not None and at_once < 1:
        raise WrongUsageError(f"--at-once {at_once} would never test a drive",
                              hint="Give 1 or more.")  # fmt: skip
    if every < timedelta(days=1):
        raise WrongUsageError("--every is less than a day, and long tests take longer",
                              hint="Give days, such as 30d.")  # fmt: skip
    turns = due or mode in (Mode.SCHEDULE, Mode.STATUS)
    return Wish(
        mode, kind or (Kind.LONG if turns else Kind.SHORT), at_once, wait, due, every, blind
    )
