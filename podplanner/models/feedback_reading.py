"""Reading of feedback: all of it, or exactly what a data set pins."""

from collections.abc import Iterator
from datetime import datetime

from podplanner.errors import ConflictError, WrongUsageError
from podplanner.models.datasets import Dataset, feedback_digest
from podplanner.models.feedback_batches import (
    FeedbackRecord,
    batches_of,
    read_batch,
    written_numbers,
)
from podplanner.models.opening import AnyStore, the_store
from podplanner.store.clock import read_time
from podplanner.store.digest import digest_of
from podplanner.store.side_by_side import calls_at_once, side_by_side

_READ_AT_ONCE = 4
# Batches in memory, from a bucket; each is about as large as a file of the spool.


def read_feedback(
    model: str,
    store: AnyStore = None,
    *,
    since: str | datetime | None = None,
    model_digest: str | None = None,
    dataset: Dataset | None = None,
) -> Iterator[FeedbackRecord]:
    """Return the records on a model in the order in which they were sent, each once, verified.

    Args:
        model: The model, `team/cat`.
        store: An open store, its address, or None for what the environment says.
        since: Only those added then or later: RFC 3339, or a datetime with its time zone.
        model_digest: Only those that this version answered.
        dataset: Only the batches that this pins (`Dataset.from_feedback`), and exactly those.

    Raises:
        UnknownNameError: There is no feedback on it.
        ConflictError: The batches are not what the data set pins: one was deleted.
        FormatError: A batch is none.
        ObjectMissingError, ObjectCorruptError: The store is damaged.
    """
    opened = the_store(store, read_only=True)
    earliest = None if since is None else _moment(since)
    batches = batches_of(opened, model)
    if dataset is not None:
        wanted = _numbers(dataset.revision or "")
        batches = [one for one in batches if any(one.number in some for some in wanted)]
        there = [one.number for one in batches]
        if feedback_digest((one.number, one.record.manifest) for one in batches) != dataset.digest:
            raise ConflictError(
                f"the batches {written_numbers(there) or 'none'} of feedback on {model} are there, "
                f"and not what the data set has (batches {dataset.revision}, {dataset.digest})",
                hint="Make the data set anew: batches were deleted, or it is another store's.",
            )

    def records() -> Iterator[FeedbackRecord]:
        seen: set[bytes] = set()
        at_once = min(calls_at_once(opened.root.backend), _READ_AT_ONCE)
        for batch in side_by_side(
            lambda one: list(read_batch(opened, one)), batches, at_once, ahead=at_once
        ):
            for record in batch:
                # As digests: of what a stranger wrote an id may be of any length.
                key = digest_of(record.id.encode("utf-8", "surrogatepass"))
                if key in seen:
                    continue
                seen.add(key)
                if model_digest is not None and record.digest != model_digest.lower():
                    continue
                if earliest is None or read_time(record.time) >= earliest:
                    yield record

    return records()


def _moment(when: str | datetime) -> float:
    """Return a time in seconds since 1970."""
    try:
        moment = when if isinstance(when, datetime) else datetime.fromisoformat(when)
    except ValueError as error:
        raise WrongUsageError(
            f"{when!r} is no time", hint="Write for example 2026-01-31T12:00:00Z."
        ) from error
    if moment.tzinfo is None:
        raise WrongUsageError(f"{when} has no time zone", hint="Add Z for UTC, or +02:00.")
    return moment.timestamp()


def _numbers(written_short: str) -> list[range]:
    """Return the numbers that `written_numbers` wrote."""
    found = []
    for part in filter(None, written_short.split(",")):
        first, dash, last = part.partition("-")
        last = last if dash else first
        if not (first.isdecimal() and last.isdecimal()):
            raise WrongUsageError(f"{written_short!r} names no batches")
        found.append(range(int(first), int(last) + 1))
    return found
