"""Write a file whole or not at all."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from podplanner.errors import ConflictError, OutputError


def write_whole(
    path: Path, data: bytes, *, expect: bytes | None = None, fresh: bool = False,
    mode: int | None = None,
) -> None:  # fmt: skip
    """Write `data` to `path` so that a reader sees the old file or the new one, never half.

    The bytes go to a file beside it, are flushed to the disk, and are renamed. A symbolic link
    is followed, so that the file it points to is replaced; the permissions stay, unless `mode`
    gives others. Until it has them only its owner can read the new file.

    Args:
        path: Where to write.
        data: The whole content.
        expect: What the file held when the change was made up.
        fresh: Refuse where there is a file already, however late it came.
        mode: Permissions of the file, whatever the umask is.

    Raises:
        ConflictError: The file holds something else than `expect` by now.
        OutputError: The folder is missing or not writable, or the disk is full.
    """
    target = Path(os.path.realpath(path))
    try:
        if target.exists() and not target.is_file():
            if target.is_dir():
                raise OutputError(f"{path} is a folder", hint="Name a file in it.")
            target.write_bytes(data)  # a device or a pipe, such as /dev/stdout
            return
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            usual = target.stat().st_mode & 0o7777 if target.exists() else 0o666 & ~_umask()
            temporary.chmod(usual if mode is None else mode)
            with _alone(target) if expect is not None else contextlib.nullcontext():
                if expect is not None and target.read_bytes() != expect:
                    raise ConflictError(
                        f"{path} was changed by another program meanwhile",
                        hint="Nothing was written; run the command again.",
                    )
                if fresh:
                    _place(temporary, target)
                else:
                    temporary.replace(target)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
    except OSError as error:
        raise OutputError(
            f"{path} cannot be written: {error.strerror or error}",
            hint="Check the folder, its permissions and the free space.",
        ) from error


def _place(temporary: Path, target: Path) -> None:
    """Give a finished file its name, unless something has that name already."""
    try:
        target.hardlink_to(temporary)
    except FileExistsError:
        raise OutputError(
            f"{target} is there already", hint="Add --force to write over it."
        ) from None
    except OSError:
        # No hard links here (FAT, some network shares): look once more, then rename.
        if target.exists():
            raise OutputError(
                f"{target} is there already", hint="Add --force to write over it."
            ) from None
        temporary.replace(target)
    else:
        temporary.unlink()


@contextlib.contextmanager
def _alone(target: Path) -> Iterator[None]:
    """Keep other writers of ours waiting between the last look at a file and its replacement.

    The lock lies on the folder, since the file itself is replaced. Where a system or a file
    system has no such locks, the look alone must do.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
