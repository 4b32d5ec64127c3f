"""Creation where a file system has neither hard links nor a rename that replaces nothing.

The claim of a key is the folder `.claims/<hash of the key>`. It is taken by moving a folder with
content in it there: a move onto a folder that is not empty is refused, by POSIX, by NFS and by
SMB. A creator does this:

1. Write `tmp/<token>/<token>` with the content, and make it durable. A token is random.
2. If the key is there: the answer is False.
3. Move the folder `tmp/<token>` to the claim. Where that is refused, because somebody's claim is
   there: finish that one, by step 5, as its helper; then begin again at step 2.
4. If the key is there now: take the claim back by unlinking its content. The answer is False.
5. Move `<claim>/<token>` to the key. The answer is True.
6. Remove the empty claim.

Why exactly one creator gets True: a key is only ever filled by a move out of its claim, and while
a claim has content no other claim can be taken. So whoever has found the key missing after taking
the claim (step 4) is the only one whose content can reach it. A late move does no harm: its
source is named by a token that is used once, and is gone as soon as it was moved or taken back.

Why nothing blocks for ever: a process that dies before step 3 leaves a leftover in `tmp/`. One
that dies after it leaves a claim with its content, durable and whole; the next creator of that key
finishes it without asking whether its owner lives, so that no clock decides and nobody waits. The
object is then the dead one's, as if it had died just after creating it. An empty claim is no
claim: the next one replaces it.

An owner that sleeps meanwhile finds its content gone at step 5 or 4. By the inode it knows whether
it is what is under the key (True). Otherwise `clear_leftovers` has broken its claim, and the
outcome is unknown; reading the key tells it.

An exclusive `O_CREAT | O_EXCL` claim could not do this: nobody could tell an owner that died from
one that sleeps, and whoever broke the claim would be overwritten when the sleeper wakes.
"""

# Names are looked up below an open folder, which pathlib cannot do.

import errno
import os
import time
from contextlib import suppress
from hashlib import blake2b

from podplanner.errors import BackendUnavailableError, OutcomeUnknownError
from podplanner.store.backends.directory.faults import as_port_error
from podplanner.store.backends.directory.place import ROUNDS, TEMPORARY, Place
from podplanner.store.backends.directory.writing import Writer, Written, temporary_name

CLAIMS = ".claims"
"""Folder of claims. Where it is there, everybody who creates in this store uses claims."""
_PAUSE_S = 0.002
# Between rounds in which nobody got further: about the time of a rename on a file server.
_TAKEN = frozenset({errno.EEXIST, errno.ENOTEMPTY})
_TAKEN_PERHAPS = frozenset({errno.EACCES, errno.EPERM})
# What SMB and Windows may say of a move onto a folder.


def create_by_claim(place: Place, writer: Writer, key: str, content: bytes) -> bool:
    """Make the file of a key, its content durable, if there is none; see the module."""
    place.make_folder(CLAIMS)
    folder = temporary_name()
    token = folder.removeprefix(f"{TEMPORARY}/")
    claim = claim_of(key)
    try:
        with writer.held(content, name=f"{folder}/{token}") as written:
            return _take(place, key, folder, claim) and _publish(place, key, claim, token, written)
    finally:
        with suppress(OSError):
            os.rmdir(place.name(folder), dir_fd=place.folder)
            # Where it was not moved away.


def claim_of(key: str) -> str:
    """Return the claim's folder of a key."""
    return f"{CLAIMS}/{blake2b(key.encode(), digest_size=20).hexdigest()}"


def break_claim(place: Place, claim: str) -> str:
    """Move a claim away, so that its content can never reach its key; return where it is now."""
    broken = temporary_name()
    root = place.folder
    os.rename(place.name(claim), place.name(broken), src_dir_fd=root, dst_dir_fd=root)
    return broken


def _take(place: Place, key: str, folder: str, claim: str) -> bool:
    """Move the folder of the content to the claim; False when the key is there."""
    root, source, target = place.folder, place.name(folder), place.name(claim)
    for _ in range(ROUNDS):
        if place.has(key):
            return False
        try:
            os.rename(source, target, src_dir_fd=root, dst_dir_fd=root)
        except OSError as error:
            taken = error.errno in _TAKEN or (
                error.errno in _TAKEN_PERHAPS and place.has_folder(claim)
            )
            if not taken:
                raise
            if not _finish(place, key, claim):
                time.sleep(_PAUSE_S)
        else:
            return True
    raise BackendUnavailableError(
        f"{key!r} is claimed by somebody whose claim cannot be finished",
        hint=f"Look who may write in {place.path}/{CLAIMS}.",
    )


def _finish(place: Place, key: str, claim: str) -> bool:
    """Do for somebody else what is left of a claim; return whether it is out of the way."""
    for token in _names(place, claim):
        if place.has(key):
            return False
            # The claim came too late. Its owner takes it back, or has died before; it is in
            # nobody's way, since who finds the key needs no claim.
        with suppress(FileNotFoundError):
            _move(place, f"{claim}/{token}", key)
    return _drop(place, claim)


def _publish(place: Place, key: str, claim: str, token: str, written: Written) -> bool:
    """Move the content of our claim to its key, or take it back when it came too late."""
    own = f"{claim}/{token}"
    try:
        if place.has(key):
            os.unlink(place.name(own), dir_fd=place.folder)
            created = False
        else:
            _move(place, own, key)
            created = True
    except FileNotFoundError as error:
        return _answer_without_claim(place, key, written, error)
    except OSError as error:
        return _answer_after(place, key, own, written, error)
    _drop(place, claim)
    return created


def _answer_without_claim(place: Place, key: str, written: Written, error: OSError) -> bool:
    """Answer when the content of our claim is gone: a helper has moved it, or it was broken."""
    try:
        if written.is_at(place, key):
            return True
    except OSError as second:
        error = second
    raise OutcomeUnknownError(
        f"a claim on {key!r} was taken away while this process slept",
        hint="Run the same command again.",
    ) from error


def _answer_after(place: Place, key: str, own: str, written: Written, error: OSError) -> bool:
    """Answer after a failure with the claim in hand: take it back, so that nothing comes later."""
    said = as_port_error(error, place.path, key)
    try:
        os.unlink(place.name(own), dir_fd=place.folder)
    except FileNotFoundError:
        return _answer_without_claim(place, key, written, error)
    except OSError:
        raise OutcomeUnknownError(said.message, hint=said.hint) from error
    raise said from error


def _move(place: Place, source: str, key: str) -> None:
    """Move content of a claim to its key; FileNotFoundError when the content is gone."""
    root = place.folder
    names = place.name(source), place.name(key)
    for _ in range(ROUNDS):
        try:
            os.replace(*names, src_dir_fd=root, dst_dir_fd=root)
        except FileNotFoundError:
            place.look(source)
            place.make_folder(os.path.dirname(key))
        else:
            return
    raise BackendUnavailableError(f"the folder of {key!r} is removed as often as it is made")


def _names(place: Place, folder: str) -> list[str]:
    try:
        handle = place.open_folder(folder)
    except FileNotFoundError:
        return []
    try:
        return os.listdir(handle)
    finally:
        place.close_folder(handle)


def _drop(place: Place, claim: str) -> bool:
    """Remove a claim that is empty; return whether it is gone."""
    try:
        os.rmdir(place.name(claim), dir_fd=place.folder)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True
