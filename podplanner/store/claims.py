"""Claims: creating one small record if it is not there, whatever becomes of the answer."""

import getpass
import socket
from uuid import uuid4

from podplanner.errors import BackendUnavailableError, ObjectMissingError
from podplanner.store.backend import Backend

_TRIES = 5
# Of a create whose outcome stays unknown and whose record is not there.


def new_id() -> str:
    """Return 32 random hex digits, which no other push, lease or record will have."""
    return uuid4().hex


def who_am_i() -> str:
    """Return `user@host` of this process."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):
        user = "unknown"
    return f"{user}@{socket.gethostname()}"


def claim(backend: Backend, key: str, content: bytes) -> bool:
    """Create a record and return whether it is ours, however often the answer got lost.

    `content` must hold something random that no other writer's content has, so that a record
    that is already there can be known for our own.

    Returns:
        True: the key holds exactly this content. False: it holds another's.

    Raises:
        BackendUnavailableError: The backend gave no answer from which to know.
    """
    failed: BackendUnavailableError | None = None
    for _ in range(_TRIES):
        unknown: BackendUnavailableError | None = None
        try:
            if backend.create(key, content):
                return True
        except BackendUnavailableError as error:
            # Of OutcomeUnknownError too: what counts is what is there now.
            unknown = failed = error
        try:
            ours = backend.get(key) == content
            if ours and unknown is not None:
                # The call that failed may have failed to make the name durable.
                backend.settle([key])
            return ours
        except ObjectMissingError:
            # Removed since, or never made: a backend that answers again may make it now.
            continue
    raise BackendUnavailableError(
        f"creating {key!r} fails without an answer, again and again",
        hint="Run `podplanner store doctor` to see what works there.",
    ) from failed
