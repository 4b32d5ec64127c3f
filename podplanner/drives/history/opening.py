"""The history of drives as one opens it; docs/drive-health.md says what is kept, and where."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from podplanner.drives.asking import Asked
from podplanner.drives.checked import CheckedPod
from podplanner.drives.history.entries import Accepted, Retired, entries_of, writable
from podplanner.drives.history.files import files_of
from podplanner.drives.history.keeping import Keeper
from podplanner.drives.history.known import KnownDrive
from podplanner.drives.history.looking import Looking
from podplanner.drives.past import Acceptance, Past, PastReading, Place
from podplanner.drives.signals import Signal

WAIT_S = 2.0
"""For another process that writes, which takes milliseconds; longer is a process that hangs."""


def open_history(
    path: Path | None, *, make: bool = True, wait_s: float = WAIT_S,
    clock: Callable[[], datetime] | None = None,
) -> "History":  # fmt: skip
    """Open the history; whatever is wrong with it is told by `trouble`, and never raised.

    Args:
        path: Of the database; None: where this user's lies.
        make: Make it where it is not there; otherwise it is empty then.
        wait_s: How long to wait for another process, in seconds.
        clock: Gives now, in UTC.
    """
    clock = clock or _now
    return History(Keeper(files_of(path), make=make, wait_s=wait_s, clock=clock), clock)


def history_of(asked: Asked, *, make: bool = True) -> AbstractContextManager["History | None"]:
    """Open the history that a round asks for; it gives None where the round has none.

    Recordings are of others, or of another day: they have one only where the user names it.

    Args:
        asked: The round.
        make: As for `open_history`.
    """
    if asked.forget or (asked.recordings and asked.history is None):
        return nullcontext(None)
    return open_history(asked.history, make=make)


class History:
    """What was known of drives before, and what is told of them now.

    Every reading that is told is on a disk when the call returns, or `trouble` says that it is not.
    One thread uses it; several processes may use one file.
    """

    def __init__(self, keeper: Keeper, clock: Callable[[], datetime]) -> None:
        self._keeper = keeper
        self._clock = clock

    @property
    def trouble(self) -> tuple[str, ...]:
        """Return what is wrong with the history, and what became of it, a sentence each."""
        return self._keeper.trouble

    @property
    def lost(self) -> bool:
        """Return whether something that was told could not be kept anywhere."""
        return self._keeper.lost

    @property
    def file(self) -> Path | None:
        """Return where the database lies."""
        return self._keeper.file

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.close()

    def close(self) -> None:
        """Close it."""
        self._keeper.close()

    def past(
        self, keys: Iterable[str], places: Mapping[str, Place] | None = None
    ) -> Mapping[str, Past]:
        """Return what was known of drives before.

        Args:
            keys: Of all drives that are there now; of a stranger, the past is empty.
            places: Key -> where it is now: what is new in a place is told in its first round.
        """
        wanted = list(keys)
        return self._keeper.look(lambda looking: looking.pasts(wanted, places))

    def readings(self, key: str, since: datetime | None = None) -> tuple[PastReading, ...]:
        """Return every reading that is kept of one drive, the oldest first."""
        return self._keeper.look(lambda looking: looking.readings(key, since))

    def known(self) -> tuple[KnownDrive, ...]:
        """Return every drive that was ever seen."""
        return self._keeper.look(lambda looking: looking.known())

    def answered(self) -> Mapping[str, tuple[datetime, ...]]:
        """Return when each drive answered: the first time of every day, and the latest."""
        return self._keeper.look(lambda looking: looking.answered())

    def accepted(self) -> Mapping[str, tuple[Acceptance, ...]]:
        """Return the values that the user accepted, for each drive that has any."""

        def work(looking: Looking) -> Mapping[str, tuple[Acceptance, ...]]:
            found = {key: looking.accepted(key) for key in looking.keys_with_acceptances()}
            return {key: accepted for key, accepted in found.items() if accepted}

        return self._keeper.look(work)

    def remember(self, pod: CheckedPod) -> None:
        """Keep the readings of a round, and which drives gave none."""
        self._keeper.tell(entries_of(pod))

    def accept(
        self, key: str, signal: Signal, value: int, *, note: str = "", at: datetime | None = None
    ) -> Acceptance:
        """Accept a value of a drive: it stays quiet until it grows beyond."""
        accepted = Acceptance(signal, value, self._after_all(key, at), writable(note))
        self._keeper.tell([Accepted(key=key, at=accepted.at, signal=signal.value, value=value,
                             note=accepted.note)])  # fmt: skip
        return accepted

    def withdraw(self, key: str, signal: Signal, *, at: datetime | None = None) -> None:
        """Accept no value of this figure any longer."""
        self._keeper.tell([Accepted(key=key, at=self._after_all(key, at), signal=signal.value,
                             value=None)])  # fmt: skip

    def retire(
        self, key: str, at: datetime | None = None, *, failed: bool | None = None, note: str = ""
    ) -> None:
        """Take a drive out of use: that it is not there is no longer told.

        Args:
            key: Of the drive.
            at: When, in UTC; now if absent.
            failed: Whether it failed; None: as its last verdict says.
            note: Of the user.
        """
        self._keeper.tell([Retired(key=key, at=self._after_all(key, at), failed=failed,
                            note=writable(note))])  # fmt: skip

    def restore(self, key: str, *, at: datetime | None = None) -> None:
        """Take a drive back into use."""
        self._keeper.tell([Retired(key=key, at=self._after_all(key, at), withdrawn=True)])

    def _after_all(self, key: str, at: datetime | None) -> datetime:
        """Return when something is told: after all that was told of a drive before.

        A clock that was ahead once must not keep the user's latest word from counting.
        """
        moment = at or self._clock()
        last = self._keeper.look(lambda looking: looking.last_told(key))
        return moment if last is None else max(moment, last + timedelta(microseconds=1))


def _now() -> datetime:
    return datetime.now(UTC)
