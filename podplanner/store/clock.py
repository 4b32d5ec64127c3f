"""Times as they are written in records: RFC 3339 in UTC."""

from datetime import UTC, datetime


def written(seconds: float) -> str:
    """Return a time in seconds since 1970 as RFC 3339 with Z, to the millisecond.

    >>> written(0)
    '1970-01-01T00:00:00.000Z'
    """
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read_time(word: str) -> float:
    """Return the seconds since 1970 of a time written by `written`; 0 for what is no time."""
    try:
        return datetime.fromisoformat(word).timestamp()
    except ValueError:
        return 0.0
