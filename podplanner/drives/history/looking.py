"""Rows into what is known of drives; rows that make no sense are left out and counted."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from podplanner.drives.assessment import Verdict
from podplanner.drives.history.known import KnownDrive
from podplanner.drives.history.moving import notes_of, with_successors
from podplanner.drives.history.schema import moment_of, stored, unpacked
from podplanner.drives.history.writing import CHANGE, DAY, MONTH, WEEK
from podplanner.drives.past import Acceptance, Past, PastReading, Place
from podplanner.drives.signals import Signal

AHEAD = timedelta(days=1)
"""A reading that is dated further ahead than this was made by a clock that was wrong."""
_DAYS, _WEEKS = timedelta(days=30), timedelta(days=180)
# Of a past, so long a reading of each day is looked at, then one of each week; of what lies before,
# one of each month.
_CHANGES = 200
# The latest changes are looked at, each with the reading before it.

_VIEW = f"""
SELECT at, device, bay, verdict, reason, signals FROM reading
WHERE key = :key AND at IN (
    SELECT at FROM reading WHERE key = :key AND mark > 0 AND at <= :end AND (
        mark & {MONTH} OR (mark & {WEEK} AND at >= :weeks) OR (mark & {DAY} AND at >= :days)
        OR (mark & {CHANGE} AND at >= :changes))
    UNION SELECT max(at) FROM reading WHERE key = :key AND at <= :end)
ORDER BY at"""  # noqa: S608  numbers of our own
_FIRST_CHANGE = f"""
SELECT at FROM reading WHERE key = ? AND mark > 0 AND mark & {CHANGE} AND at <= ?
ORDER BY at DESC LIMIT 1 OFFSET {_CHANGES - 1}"""  # noqa: S608  numbers of our own
_ALL = """
SELECT at, device, bay, verdict, reason, signals FROM reading
WHERE key = ? AND at >= ? AND at <= ? ORDER BY at"""
_ROW = "SELECT at, device, bay, verdict, reason, signals FROM reading WHERE key = ? AND at <= ?"


@dataclass(slots=True)
class Looking:
    """One look at the database, at one time.

    Attributes:
        now: In UTC.
        damaged: Rows that were left out.
    """

    database: sqlite3.Connection
    now: datetime
    damaged: int = field(default=0)
    _ends: dict[str, int] = field(default_factory=dict)

    def _end(self, key: str) -> int:
        """Return the moment after which readings of a drive are of a clock that was wrong.

        Where all of them are, it is rather our own clock, or the recordings are of a machine with
        another one: then none is.
        """
        if (known := self._ends.get(key)) is not None:
            return known
        end = stored(self.now + AHEAD)
        (first,) = self.database.execute("SELECT min(at) FROM reading WHERE key = ?",
                                         (key,)).fetchone()  # fmt: skip
        self._ends[key] = end if not isinstance(first, int) or first <= end else _FOREVER
        return self._ends[key]

    def pasts(
        self, keys: Iterable[str], places: Mapping[str, Place] | None = None
    ) -> dict[str, Past]:
        """Return what is known of drives, thinned; of strangers, an empty past."""
        wanted = list(dict.fromkeys(keys))
        known = self._known_beside(wanted, places or {})
        return {key: self._past(key, known) for key in wanted}

    def _past(self, key: str, known: tuple[KnownDrive, ...]) -> Past:
        readings = tuple(self._view(key))
        notes = notes_of(key, readings, known)
        ahead = self.database.execute(
            "SELECT count(*), max(at) FROM reading WHERE key = ? AND at > ?", (key, self._end(key))
        ).fetchone()
        if ahead[0]:
            when = self._moment(ahead[1])
            dated = "" if when is None else f", dated up to {when:%Y-%m-%d}"
            notes.append(f"{ahead[0]} of its readings lie in the future{dated}, and are left out: "
                         "a clock was wrong")  # fmt: skip
        return Past(readings, self.accepted(key), tuple(notes))

    def _view(self, key: str) -> Iterator[PastReading]:
        end = self._end(key)
        newest = self.database.execute("SELECT max(at) FROM reading WHERE key = ? AND at <= ?",
                                       (key, end)).fetchone()[0]  # fmt: skip
        if not isinstance(newest, int):
            return
        change = self.database.execute(_FIRST_CHANGE, (key, end)).fetchone()
        yield from self._readings(_VIEW, {
            "key": key, "end": end, "days": newest - _span(_DAYS),
            "weeks": newest - _span(_WEEKS), "changes": change[0] if change else -_FOREVER,
        })  # fmt: skip

    def readings(self, key: str, since: datetime | None = None) -> tuple[PastReading, ...]:
        """Return every reading that is kept of a drive, the oldest first."""
        start = -_FOREVER if since is None else stored(since)
        return tuple(self._readings(_ALL, (key, start, self._end(key))))

    def _readings(self, query: str, values: object) -> Iterator[PastReading]:
        for row in self.database.execute(query, values):  # type: ignore[arg-type]
            reading = self._reading(row)
            if reading is not None:
                yield reading

    def _reading(self, row: tuple[object, ...]) -> PastReading | None:
        at, device, bay, verdict, reason, signals = row
        moment = self._moment(at)
        if moment is None or type(signals) is not str:
            self.damaged += 1
            return None
        try:
            figures = unpacked(signals)
        except ValueError:
            self.damaged += 1
            return None
        return PastReading(
            moment, figures, _words(device), bay if type(bay) is int else None,
            _VERDICTS.get(verdict), _words(reason) or "",
        )  # fmt: skip

    def _moment(self, at: object) -> datetime | None:
        if type(at) is int:
            try:
                return moment_of(at)
            except OverflowError:
                return None
        return None

    def accepted(self, key: str) -> tuple[Acceptance, ...]:
        """Return the values that count as accepted, by figure."""
        found: dict[Signal, Acceptance] = {}
        for signal, at, value, note in self.database.execute(
            "SELECT signal, at, value, note FROM acceptance WHERE key = ? ORDER BY at", (key,)
        ):
            moment, known = self._moment(at), _SIGNALS.get(signal)
            if moment is None or known is None or not isinstance(value, int | None):
                self.damaged += known is not None
            elif value is None:
                found.pop(known, None)
            else:
                found[known] = Acceptance(known, value, moment, _words(note) or "")
        return tuple(found.values())

    def keys_with_acceptances(self) -> list[str]:
        """Return of which drives a value was ever accepted."""
        rows = self.database.execute("SELECT DISTINCT key FROM acceptance ORDER BY key")
        return [str(key) for (key,) in rows]

    def last_told(self, key: str) -> datetime | None:
        """Return when the user last said anything of a drive; None: never."""
        (at,) = self.database.execute(
            "SELECT max(at) FROM (SELECT at FROM acceptance WHERE key = :key UNION ALL "
            "SELECT retirement_told_at FROM drive WHERE key = :key)", {"key": key},
        ).fetchone()  # fmt: skip
        return self._moment(at)

    def known(self) -> tuple[KnownDrive, ...]:
        """Return every drive that was ever seen, by key."""
        return with_successors(self._known())

    def _known_beside(self, keys: list[str], places: Mapping[str, Place]) -> tuple[KnownDrive, ...]:
        """Return every drive, with those of a round seen now, where they are now."""
        known = {drive.key: drive for drive in self._known()}
        for key in keys:
            place = places.get(key, Place())
            drive = known.get(key) or KnownDrive(key, "", "", self.now)
            known[key] = replace(
                drive, last_seen=self.now, last_answered=self.now,
                last_device=place.device or drive.last_device, bay=place.bay or drive.bay,
                bay_at=self.now if place.bay else drive.bay_at,
            )  # fmt: skip
        return with_successors(tuple(known.values()))

    def _known(self) -> tuple[KnownDrive, ...]:
        rows = self.database.execute(
            "SELECT key, model, serial, capacity_bytes, bay, bay_at, retired_at, failed, note "
            "FROM drive ORDER BY key"
        ).fetchall()
        return tuple(self._known_drive(row) for row in rows)

    def _known_drive(self, row: tuple[object, ...]) -> KnownDrive:
        key, model, serial, capacity, bay, placed, retired, failed, note = row
        name = str(key)
        first = self._edge(f"{_ROW} ORDER BY at LIMIT 1", name)
        last = self._edge(f"{_ROW} ORDER BY at DESC LIMIT 1", name)
        bay_at = self._moment(placed)
        is_placed = type(bay) is int and bay_at is not None and stored(bay_at) <= self._end(name)
        heard, seen, trouble, silent_at = self._silence(name)
        answered = None if last is None else last.read_at
        silent = silent_at is not None and (answered is None or silent_at > answered)
        return KnownDrive(
            name, _words(model) or "", _words(serial) or name.rpartition("/")[2],
            first_seen=min([r.read_at for r in (first,) if r] + [t for t in (heard,) if t],
                           default=self._moment(retired) or self.now),
            last_answered=answered,
            last_seen=max([t for t in (answered, seen) if t], default=None),
            last_device=None if last is None else last.device,
            bay=bay if is_placed else None,  # type: ignore[arg-type]
            bay_at=bay_at if is_placed else None,
            verdict=None if last is None else last.verdict,
            reason="" if last is None else last.reason,
            capacity_bytes=capacity if type(capacity) is int else None,
            last_trouble=trouble if silent else "",
            last_trouble_at=silent_at if silent else None,
            retired_at=self._moment(retired),
            failed=None if failed is None else bool(failed),
            note=_words(note) or "",
            first_power_on_h=None if first is None else first.signals.get(Signal.POWER_ON_H),
            last_power_on_h=None if last is None else last.signals.get(Signal.POWER_ON_H),
        )  # fmt: skip

    def _edge(self, query: str, key: str) -> PastReading | None:
        row = self.database.execute(query, (key, self._end(key))).fetchone()
        return None if row is None else self._reading(row)

    def _silence(self, key: str) -> tuple[datetime | None, datetime | None, str, datetime | None]:
        """Return when it was first silent, when it was there last; why it was last, and when."""
        first, there = self.database.execute(
            "SELECT min(since), max(CASE WHEN there THEN until END) FROM silence "
            "WHERE key = ? AND until <= ?", (key, self._end(key)),
        ).fetchone()  # fmt: skip
        last = self.database.execute(
            "SELECT trouble, until FROM silence WHERE key = ? AND until <= ? "
            "ORDER BY until DESC LIMIT 1", (key, self._end(key)),
        ).fetchone()  # fmt: skip
        trouble, until = last or ("", None)
        return self._moment(first), self._moment(there), str(trouble), self._moment(until)

    def answered(self) -> dict[str, tuple[datetime, ...]]:
        """Return when drives answered, for each the first time of every day and the latest."""
        keys = self.database.execute("SELECT key FROM drive ORDER BY key").fetchall()
        return {str(key): found for (key,) in keys if (found := self._answers(str(key)))}

    def _answers(self, key: str) -> tuple[datetime, ...]:
        rows = self.database.execute(
            f"SELECT at FROM reading WHERE key = :key AND mark > 0 AND mark & {DAY} "  # noqa: S608
            "AND at <= :end UNION SELECT max(at) FROM reading WHERE key = :key AND at <= :end "
            "ORDER BY at", {"key": key, "end": self._end(key)},
        )  # fmt: skip
        moments = (self._moment(at) for (at,) in rows)
        return tuple(moment for moment in moments if moment is not None)


_FOREVER = 2**62
# Microseconds; beyond the last year that dates have.
_VERDICTS: dict[object, Verdict] = {verdict.value: verdict for verdict in Verdict}
_SIGNALS: dict[object, Signal] = {signal.value: signal for signal in Signal}


def _words(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _span(span: timedelta) -> int:
    return span // timedelta(microseconds=1)
