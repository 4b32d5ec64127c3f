"""The database while it is open: whatever breaks it, questions are answered and entries kept."""

import contextlib
import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from podplanner.drives.history import spool
from podplanner.drives.history.copies import are_there, keep_up, note_since
from podplanner.drives.history.database import (
    AilingError,
    Ailment,
    ailing,
    connect,
    fill_from,
    in_memory,
    transaction,
)
from podplanner.drives.history.entries import AnyEntry
from podplanner.drives.history.files import Files
from podplanner.drives.history.looking import Looking
from podplanner.drives.history.mending import fill, mend, number_of
from podplanner.drives.history.schema import APPLICATION
from podplanner.drives.history.writing import write
from podplanner.drives.state_folder import make_private

_UPKEEP_WAIT_MS = 100
# Whoever else writes now does the upkeep, or the next round does.
_APPLICATION_AT = 68
# Where the header of an SQLite file has the application id (sqlite.org, "Database File Format").

T = TypeVar("T")


class Keeper:
    """A connection to the database, or, where that fails, to what its copies know, in memory.

    Attributes:
        lost: Whether something that was told could not be kept anywhere.
    """

    def __init__(
        self, files: Files | None, *, make: bool, wait_s: float, clock: Callable[[], datetime]
    ) -> None:
        """Open it.

        Args:
            files: Where it lies; None: nowhere, so nothing is kept.
            make: Make it where it is not there.
            wait_s: How long to wait for another process, in seconds.
            clock: Gives now, in UTC.
        """
        self._files = files
        self._wait_s = wait_s
        self._clock = clock
        self._trouble: dict[str, None] = {}
        self.lost = files is None
        self._mended = False
        self._number: int | None = None
        self._kept = self._opened = False
        self._database = in_memory()
        if files is None:
            self._say("there is no folder for the history of drives: HOME and XDG_STATE_HOME are "
                      "not set; name a file with --history")  # fmt: skip
        else:
            self._open(files, make=make)

    @property
    def trouble(self) -> tuple[str, ...]:
        """Return what is wrong, a sentence each."""
        return tuple(self._trouble)

    @property
    def file(self) -> Path | None:
        """Return where the database lies."""
        return None if self._files is None else self._files.database

    def close(self) -> None:
        """Close it."""
        self._database.close()

    def _say(self, words: str) -> None:
        self._trouble[words] = None

    def look(self, work: Callable[[Looking], T]) -> T:
        """Return what a look at the database gives."""
        while True:
            looking = Looking(self._database, self._clock())
            try:
                with ailing():
                    found = work(looking)
            except AilingError as error:
                if not self._kept:
                    raise
                self._overcome(error)
                continue
            if looking.damaged:
                self._say(f"{looking.damaged} rows of the history {self.file} make no sense and "
                          "are left out")  # fmt: skip
            return found

    def tell(self, entries: Sequence[AnyEntry]) -> None:
        """Keep entries: in the database, else beside it."""
        if not entries:
            return
        while self._kept and self._files is not None:
            try:
                with ailing(), transaction(self._database):
                    write(self._database, entries)
                    self._note(self._files, entries)
            except AilingError as error:
                self._overcome(error)
                continue
            self._keep_up(self._files)
            return
        self._put(entries)

    def _note(self, files: Files, entries: Sequence[AnyEntry]) -> None:
        try:
            note_since(files, entries)
        except OSError as error:
            self._say(f"the history has no second copy: {files.since} cannot be written "
                      f"({error.strerror})")  # fmt: skip

    def _put(self, entries: Sequence[AnyEntry]) -> None:
        """Keep entries beside the database, and know them from now on."""
        if self._files is not None:
            path = spool.put(self._files.spools, entries)
            if path is None:
                self.lost = True
                self._say("what was read now could not be kept anywhere: no folder takes it; make "
                          f"room or permit writing in {self._files.database.parent}")  # fmt: skip
            else:
                self._say(f"what was read now is kept in {path.parent}, and goes into the history "
                          "when that can be written again")  # fmt: skip
        with transaction(self._database):
            write(self._database, entries)

    def _keep_up(self, files: Files) -> None:
        """Do the upkeep that is due; that it cannot be done now harms nothing that was told."""
        try:
            self._database.execute(f"PRAGMA busy_timeout = {_UPKEEP_WAIT_MS}")
            keep_up(self._database, files, self._clock())
        except AilingError as error:
            if error.ailment is Ailment.BROKEN:
                self._overcome(error)
            elif error.ailment is not Ailment.LOCKED:
                self._say(f"the daily copy {files.copy} cannot be made: {error.words}")
        except OSError as error:
            self._say(f"the daily copy {files.copy} cannot be made: {error.strerror}")
        finally:
            with contextlib.suppress(sqlite3.Error):
                self._database.execute(f"PRAGMA busy_timeout = {int(self._wait_s * 1000)}")

    def _open(self, files: Files, *, make: bool) -> None:
        there = files.database.exists()
        if not there and not make and not are_there(files):
            self._take_in_waiting(files)
            return
        self._kept = True
        while self._kept:
            try:
                self._connect(files)
            except AilingError as error:
                self._overcome(error)
                continue
            if not self._take_in(files):
                continue
            return

    def _connect(self, files: Files) -> None:
        """Open the database, made anew from its copies where it is gone.

        Raises:
            AilingError: It does not open.
        """
        try:
            if not files.chosen:
                make_private(files.database.parent)
            self._number = number_of(files.database)
            if self._number is None and are_there(files) and not self._mended:
                self._mend(files, "is gone")
        except OSError as error:
            raise AilingError(Ailment.UNWRITABLE, error.strerror or str(error)) from error
        fresh = not are_there(files)
        database = connect(files.database, wait_s=self._wait_s, fresh=fresh)
        self._database.close()
        self._database = database
        self._number = number_of(files.database)
        self._opened = True

    def _take_in(self, files: Files) -> bool:
        """Take in what waits; return whether that is done."""
        for waiting in spool.waiting(files.spools):
            try:
                with ailing(), transaction(self._database):
                    write(self._database, waiting.entries)
                    self._note(files, waiting.entries)
            except AilingError as error:
                self._overcome(error)
                return False
            spool.done(waiting)
            if waiting.bad:
                self._say(f"{waiting.bad} lines of {waiting.path} cannot be read; the file stays, "
                          "renamed")  # fmt: skip
        return True

    def _take_in_waiting(self, files: Files) -> None:
        """Know what waits, without taking it in."""
        for waiting in spool.waiting(files.spools):
            with transaction(self._database):
                write(self._database, waiting.entries)

    def _overcome(self, error: AilingError) -> None:
        """Mend a broken database once; whatever else it is, go on without it."""
        files = self._files
        if files is None:
            raise error
        broken = error.ailment is Ailment.BROKEN
        if broken and not self._is_ours(files):
            error = AilingError(Ailment.FOREIGN, f"it is no history of drives ({error.words})")
        elif broken and not self._mended:
            self._mended = True
            try:
                self._database.close()
                self._mend(files, f"was damaged ({error.words})")
                # Opened again at once: whoever was at work goes on with it.
                self._database = connect(files.database, wait_s=self._wait_s)
                self._number = number_of(files.database)
                return
            except AilingError as other:
                error = other
            except OSError as other:
                error = AilingError(Ailment.UNWRITABLE, other.strerror or str(other))
        self._go_without(files, error, broken=broken)

    def _mend(self, files: Files, why: str) -> None:
        mended = mend(files, self._number, now=self._clock(), wait_s=self._wait_s)
        self._mended = True
        if mended is not None:
            kept = "" if mended.aside is None else f"; the old file is {mended.aside.name} now"
            self._say(f"the history {files.database} {why}: it was made anew with "
                      f"{mended.readings} readings of {mended.drives} drives{kept}")  # fmt: skip

    def _is_ours(self, files: Files) -> bool:
        """Return whether a file that is no database was our history before it broke."""
        if not files.chosen or are_there(files):
            return True
        try:
            with files.database.open("rb") as file:
                header = file.read(_APPLICATION_AT + 4)
        except OSError:
            return False
        return header[_APPLICATION_AT:] == APPLICATION.to_bytes(4, "big")

    def _go_without(self, files: Files, error: AilingError, *, broken: bool) -> None:
        """Go on in memory with what the copies, and what waits, know."""
        self._say(_words(files, error))
        before, self._database = self._database, in_memory()
        if error.ailment not in (Ailment.NEWER, Ailment.FOREIGN):
            self._fill(files, before, broken=broken)
        self._kept = False
        before.close()
        self._take_in_waiting(files)

    def _fill(self, files: Files, before: sqlite3.Connection, *, broken: bool) -> None:
        """Learn from the database itself where it can still be read, else from its copies."""
        if self._opened and not broken:
            with contextlib.suppress(AilingError, sqlite3.ProgrammingError):
                with ailing():
                    before.execute("PRAGMA busy_timeout = 0")
                fill_from(self._database, before)
                return
        self._database.close()
        self._database = in_memory()
        with contextlib.suppress(AilingError):
            fill(self._database, files, broken=broken)


def _words(files: Files, error: AilingError) -> str:
    name = files.database
    known = "earlier readings are those of its copies"
    match error.ailment:
        case Ailment.LOCKED:
            return f"the history {name} is in use by another process ({error.words}); {known}"
        case Ailment.FULL:
            return f"there is no room for the history {name}; {known}"
        case Ailment.NEWER:
            return (f"the history {name} is of a newer podplanner ({error.words}) and is left "
                    "alone; no earlier readings are known")  # fmt: skip
        case Ailment.FOREIGN:
            return f"{name} is left alone: {error.words}; no earlier readings are known"
        case Ailment.BROKEN:
            return f"the history {name} cannot be read ({error.words}); {known}"
        case _:
            return f"the history {name} cannot be opened or written ({error.words}); {known}"
