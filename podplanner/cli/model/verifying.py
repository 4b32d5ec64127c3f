"""`model verify` and `model cat`: reading a version, each byte verified."""

import sys
from base64 import b64encode
from collections.abc import Iterator
from typing import Annotated

import typer

from podplanner.cli.console import counted, emit, show
from podplanner.cli.model.opening import Address, Json, VersionWord, reading, say_some
from podplanner.cli.progress import AGAIN, HowOption, telling
from podplanner.errors import ConflictError, WrongUsageError
from podplanner.store.names import Reference
from podplanner.units.words import say_size

_JSON_LIMIT = 16 * 2**20
# Bytes of a file within a JSON object: more would fill the memory of whoever reads it.
_STEERING = bytes({*range(9), *range(11, 32), 127} - {13})
# Control characters but tab, line feed and carriage return.


def verify(
    version: VersionWord,
    progress: HowOption = "auto",
    store: Address = None,
    as_json: Json = False,
) -> None:
    """Read a version and verify every byte of it.

    Exit status 1 when a file has bytes that are lost or wrong.

    \b
    Examples:
      podplanner model verify team/cat:prod --store /mnt/pod/models
      podplanner model verify team/cat --json
    """
    opened = reading(store)
    with telling(progress, AGAIN) as told:
        found = opened.verify(version, progress=told)
    if as_json:
        emit("model-verify", {
            "ok": not found.bad, "model": found.model, "version": found.version,
            "manifest": found.manifest, "files": found.files, "pieces": found.pieces,
            "bytes": found.bytes, "bad": list(found.bad),
        })  # fmt: skip
    else:
        say_some("bad:", found.bad)
        files = f"{counted(found.files, 'file')}, {say_size(found.bytes)}"
        verdict = f"{counted(len(found.bad), 'file is', 'files are')} bad" if found.bad else "good"
        show(f"{found.model}:{found.version}: {files}: {verdict}")
    if found.bad:
        raise typer.Exit(1)


def cat(
    version: VersionWord,
    path: Annotated[str, typer.Argument(metavar="PATH", help="The file's path in the version.")],
    store: Address = None,
    as_json: Json = False,
) -> None:
    """Write one file of a version to standard output, each piece verified before it goes out.

    With --json the file is in the object, in base64; 16 MiB at most.

    \b
    Examples:
      podplanner model cat team/cat:3 config.json --store /mnt/pod/models
      podplanner model cat team/cat:3 model.safetensors > model.safetensors
      podplanner model cat team/cat config.json --json
    """
    opened = reading(store)
    # Named by its number, so that what is said of it is of the version that is read.
    reference = str(opened.root.refs.resolve(Reference.parse(version)))
    pieces = iter(opened.cat(reference, path))
    if as_json:
        content = _gathered(pieces, path)
        model, _, number = reference.rpartition(":")
        emit("model-cat", {
            "model": model, "version": int(number), "path": path, "bytes": len(content),
            "base64": b64encode(content).decode(),
        })  # fmt: skip
        return
    _write(pieces, path)


def _gathered(pieces: Iterator[bytes], path: str) -> bytes:
    content = bytearray()
    for piece in pieces:
        content += piece
        if len(content) > _JSON_LIMIT:
            raise WrongUsageError(
                f"{path} is larger than {_JSON_LIMIT >> 20} MiB, too large for --json",
                hint="Leave --json away and redirect standard output to a file.",
            )
    return bytes(content)


def _write(pieces: Iterator[bytes], path: str) -> None:
    first = next(pieces, b"")
    if sys.stdout.isatty() and first.translate(None, _STEERING) != first:
        raise ConflictError(
            f"{path} is no text, and could steer the terminal",
            hint="Redirect standard output to a file.",
        )
    stream = sys.stdout.buffer
    stream.write(first)
    for piece in pieces:
        stream.write(piece)
    stream.flush()
