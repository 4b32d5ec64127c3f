"""`drive bays learn --by-pulling`: the user pulls a drive, and says which bay it was in."""

from collections.abc import Callable

from podplanner.cli.console import counted, say
from podplanner.cli.drive.bays.asking import Asking
from podplanner.cli.drive.bays.files import MapFile
from podplanner.cli.drive.bays.noting import noted
from podplanner.cli.drive.bays.words import name_of
from podplanner.drives.arrays.state import ArrayState
from podplanner.drives.bays.learning import Session, Wish, skipped
from podplanner.drives.bays.places import Places, SeenDrive
from podplanner.drives.bays.pulling import Waiting, objections, returned, vanished
from podplanner.errors import ConflictError

_HINT = (
    "Learn by light (without --by-pulling), which harms nothing; or wait until every array is "
    "whole. --yes pulls all the same."
)


def learn_by_pulling(
    session: Session, file: MapFile, asking: Asking, look: Callable[[], Places], *, yes: bool,
    arrays: Callable[[], ArrayState] | None = None, waiting: Waiting | None = None,
) -> Session:  # fmt: skip
    """Return the session with every drive that was pulled and put back.

    Raises:
        ConflictError: A drive must not be pulled now.
    """
    waiting = waiting or Waiting(look)
    if not _may_begin(asking, arrays or _live_arrays, yes=yes):
        return session
    left = {drive.device for drive in session.drives}
    while left:
        _refuse_harm(arrays or _live_arrays, yes=yes)
        before = look()
        say()
        say(f"{counted(len(left), 'drive')} to go. Pull one drive, and only one; Ctrl-C stops.")
        gone = vanished(before, waiting)
        if not gone:
            say("No drive went for ten minutes; stopping.")
            break
        if len(gone) == 1:
            session, go_on = _asked(session, gone[0], before, file, asking)
        else:
            go_on = True
            say("These went together: " + "; ".join(name_of(drive) for drive in gone)
                + ". Put them back, and pull one.")  # fmt: skip
        _put_back(gone, waiting)
        left -= {drive.device for drive in gone} if len(gone) == 1 else set()
        if not go_on:
            break
    return session


def _asked(
    session: Session, drive: SeenDrive, before: Places, file: MapFile, asking: Asking
) -> tuple[Session, bool]:  # fmt: skip
    """Return the session with the bay of the drive that went, and whether to go on."""
    say(f"Gone: {name_of(drive)}")
    # The session asks for drives in its own order; here the user chooses the next one.
    rest = tuple(d for d in session.drives[len(session.steps) :] if d.device != drive.device)
    done = session.drives[: len(session.steps)]
    session = Session(session.bay_map, (*done, drive, *rest), session.steps)
    while (answer := asking.bay(session)) is Wish.BACK:
        say("What was pulled cannot be gone back to; pull it again, or "
            "`podplanner drive bays set`.")  # fmt: skip
    if isinstance(answer, int):
        return noted(session, answer, drive, before, file), True
    return skipped(session), answer is not Wish.QUIT


def _put_back(gone: tuple[SeenDrive, ...], waiting: Waiting) -> None:
    for drive in gone:
        say(f"Put {drive.serial or drive.device} back into the same bay.")
        if returned(drive, waiting) is None:
            raise ConflictError(
                f"{drive.serial or drive.device} did not come back",
                hint="Look at its seat and cable; what was learnt is saved.",
            )
        say("It is back.")


def _may_begin(asking: Asking, arrays: Callable[[], ArrayState], *, yes: bool) -> bool:
    state = _refuse_harm(arrays, yes=yes)
    if yes:
        return True
    say("Pulling a drive that is in use takes it out of its array, which then has to rebuild; "
        "nothing else may fail meanwhile.")  # fmt: skip
    if state.arrays:
        names = ", ".join(array.name for array in state.arrays)
        say(f"In use here: {names}. Export or stop them before you go on.")
    return asking.yes("Pull drives all the same?")


def _refuse_harm(arrays: Callable[[], ArrayState], *, yes: bool) -> ArrayState:
    """Return the state of the arrays, unless it forbids to pull anything."""
    state = arrays()
    against = objections(state)
    if against and not yes:
        raise ConflictError(f"no drive may be pulled now: {' '.join(against)}", hint=_HINT)
    return state


def _live_arrays() -> ArrayState:
    from podplanner.drives.arrays.live import read_arrays

    return read_arrays()
