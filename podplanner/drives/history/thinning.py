"""Fewer readings of long ago: a pod that is read every hour must stay small and quick."""

import sqlite3
from datetime import datetime, timedelta

from podplanner.drives.history.schema import moment_of, stored
from podplanner.drives.history.writing import DAY

ALL_KEPT = timedelta(days=90)
"""So long every reading is kept; then the first of each day, and all that changed anything. A
quarter shows what a drive does between two looks of a person."""
DAILY_KEPT = timedelta(days=730)
"""So long the first of each day; then the first of each ISO week, and all that changed anything:
months and years are what wear and slow growth take."""
_EVERY = timedelta(hours=24)
_TRUSTED = timedelta(days=8)
# A day that lies further ahead of the last upkeep may be a clock that was wrong for a moment.


def thin(database: sqlite3.Connection, now: datetime) -> int:
    """Delete what need not be kept, inside a transaction; return how many readings that were.

    The newest of every drive stays. After a leap of the clock nothing is deleted until another
    upkeep, a day later, agrees about the time.
    """
    found = database.execute("SELECT value FROM upkeep WHERE name = 'thinned'").fetchone()
    last = None if found is None else moment_of(found[0])
    if last is not None and timedelta() <= now - last < _EVERY:
        return 0
    database.execute("INSERT OR REPLACE INTO upkeep (name, value) VALUES ('thinned', ?)",
                     (stored(now),))  # fmt: skip
    if last is None or not timedelta() <= now - last <= _TRUSTED:
        return 0
    deleted = 0
    for older, spared in ((ALL_KEPT, 0), (DAILY_KEPT, DAY)):
        deleted += database.execute(
            "DELETE FROM reading WHERE at < ? AND mark & ~? = 0 AND at < "
            "(SELECT max(at) FROM reading AS newest WHERE newest.key = reading.key)",
            (stored(now - older), spared),
        ).rowcount
    return deleted
