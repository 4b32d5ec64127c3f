"""Feedback: what a model was asked, what it answered, and what was right.

Records go to the store as a data set of their own, which only grows: training reads it with
`read_feedback`, and pins it with `Dataset.from_feedback`. The model that answered stays as it is.
"""

import json
import os
import time
import warnings
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from podplanner.errors import PodplannerError, WrongUsageError
from podplanner.models.feedback_batches import (
    MOST_PARTS,
    SCHEMA,
    FeedbackRecord,
    Packed,
    pack,
    series_of,
)
from podplanner.models.feedback_reading import read_feedback
from podplanner.models.feedback_sending import Sender
from podplanner.models.feedback_values import Parts, encoded
from podplanner.models.opening import AnyStore, the_store
from podplanner.models.origins import Origin, origin
from podplanner.store import Store
from podplanner.store.claims import new_id
from podplanner.store.clock import written
from podplanner.store.digest import digest_of
from podplanner.store.names import ModelName, Reference
from podplanner.store.worktree.user_folders import make_private, state_folder

__all__ = ["Feedback", "FeedbackRecord", "feedback", "read_feedback"]

_FLUSH_EVERY_S = 60.0
# How late training may see a record, against how many versions a series has.


def feedback(
    model: Any, store: AnyStore = None, *, flush_every_s: float | None = _FLUSH_EVERY_S
) -> "Feedback":
    """Return what takes records on a model.

    Args:
        model: A model that `load` gave, its `Origin`, or a reference, which is looked up now.
        store: Where the records go: an open store or an address; default: the store that the
            model is from, of a reference what the environment says.
        flush_every_s: How often a thread sends what has come; None: only `flush` and `close` do.

    Raises:
        UnknownNameError: The model was not loaded from a store, or there is no such version.

    Example:
        model = load("team/cat:prod")
        with feedback(model) as records:
            records.add(input=pixels, output="cat", correction="fox")
    """
    if isinstance(model, str):
        opened = the_store(store)
        record = opened.root.refs.resolve(Reference.parse(model)).record
        where = Origin(opened.address, record.model, record.number, record.manifest)
        return Feedback(where, opened, flush_every_s=flush_every_s)
    where = model if isinstance(model, Origin) else origin(model)
    return Feedback(where, where.store if store is None else store, flush_every_s=flush_every_s)


class Feedback:
    """Takes records and sends them; may be used by several threads and after a fork.

    `add` writes to this machine's disk and never waits for the store. What is not in the store
    when a process dies is sent by the next one that takes records of the model for that store.
    """

    def __init__(
        self, where: Origin, store: Store | str | os.PathLike[str], *, flush_every_s: float | None
    ) -> None:
        """Take records on a model.

        Args:
            where: The version that answers.
            store: Opened when something is sent, unless it is open.
            flush_every_s: How often a thread sends; None: never.

        Raises:
            WrongUsageError: The model's name leaves no room for `.feedback`.
        """
        self.origin = where
        self._series = series_of(where.model)
        self._store = store
        self._folder = _folder_of(store, self._series)
        self._flush_every_s = flush_every_s
        self._closed = False
        self._sessions: dict[int, Sender] = {}

    @property
    def trouble(self) -> PodplannerError | None:
        """Why the thread could not send what waits; None: it could, or has not tried."""
        return self._session().trouble

    def add(
        self,
        *,
        input: Any,
        output: Any,
        correction: Any = None,
        origin: Origin | None = None,
        **extra: Any,
    ) -> str:
        """Take one record and return its id; it is on this machine's disk then.

        Whatever the store or the disk does, this raises nothing of it.

        Args:
            input: What the model was asked: texts, numbers, lists, dicts, bytes, arrays.
            output: What it answered.
            correction: What it should have answered; None: nobody has said.
            origin: The version that answered, where it is not the one that this was made for: of a
                service that follows an alias.
            extra: Anything else.

        Raises:
            WrongUsageError: A value is of a kind that cannot be kept, or this is closed.
            FormatError: An array has no plain bytes.
        """
        if self._closed:
            raise WrongUsageError("this feedback is closed", hint="Make another.")
        where = origin or self.origin
        if series_of(where.model).key != self._series.key:
            raise WrongUsageError(
                f"this takes feedback on {self.origin.model}, not on {where.model}",
                hint="Make one for each model.",
            )
        record_id = new_id()
        parts = Parts(record_id)
        said = {
            "schema": SCHEMA,
            "id": record_id,
            "time": written(time.time()),
            "model": where.reference,
            "digest": where.digest,
            "input": encoded(input, "input", parts),
            "output": encoded(output, "output", parts),
            "correction": encoded(correction, "correction", parts),
        }
        if extra:
            said["extra"] = {name: encoded(value, name, parts) for name, value in extra.items()}
        if len(parts.arrays) + len(parts.files) > MOST_PARTS:
            raise WrongUsageError(
                f"a record may have {MOST_PARTS:,} arrays and bytes, not more",
                hint="Put many of a kind into one array.",
            )
        session = self._session()
        session.keep(pack(Packed(_line(said), parts.arrays, parts.files)))
        if self._flush_every_s is not None:
            session.start(self._flush_every_s)
        return record_id

    def flush(self) -> int:
        """Send all that waits, also what dead processes left, and return how many records.

        Raises:
            PodplannerError: The store does not take it; it waits on.
        """
        return self._session().flush()

    def close(self) -> None:
        """Send all that waits and take no more; a second time does nothing.

        Raises:
            PodplannerError: The store does not take it; the next process sends it.
        """
        if not self._closed:
            self._closed = True
            session = self._session()
            session.stop()
            session.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self.close()
        except PodplannerError as trouble:
            if error is None:
                raise
            error.add_note(f"Feedback was not sent either: {trouble}")

    def _session(self) -> "Sender":
        """Return what this process has of it: after a fork a new one, with locks that are free."""
        pid = os.getpid()
        found = self._sessions.get(pid)
        if found is None:
            for other in [number for number in self._sessions if number != pid]:
                self._sessions.pop(other).forget()
            made = Sender(self._store, self.origin.model, self._folder)
            found = self._sessions.setdefault(pid, made)
        return found


def _folder_of(store: Store | str | os.PathLike[str], series: ModelName) -> Path | None:
    """Return the folder of the spool; None where there can be none that only this user writes."""
    base = state_folder()
    if base is not None:
        address = store.address if isinstance(store, Store) else _address(str(store))
        folder = base / "feedback" / digest_of(address.encode()).hex()[:32] / series.key
        if make_private(folder):
            return folder
    warnings.warn(
        "feedback waits in memory and is lost with this process: it cannot keep files of its own "
        f"in {base or 'any folder'}; let XDG_STATE_HOME name a folder that only this user writes",
        RuntimeWarning,
        stacklevel=4,
    )
    return None


def _address(word: str) -> str:
    """Return an address as an open store says it, without opening it."""
    from podplanner.store.locate import parse_address

    return str(parse_address(word))


def _line(said: Mapping[str, Any]) -> bytes:
    text = json.dumps(said, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    try:
        content = text.encode("utf-8")
    except UnicodeEncodeError:
        # Half of a character, as file names can have it: written as its escape.
        content = json.dumps(said, allow_nan=False, separators=(",", ":")).encode()
    return content + b"\n"
