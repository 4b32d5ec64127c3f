"""Where `drive watch` sends to: addresses from options, the environment or a file of secrets."""

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from podplanner.drives.watching.pinging import BadPingError, ping_address
from podplanner.drives.watching.sending import Target, targets_of
from podplanner.errors import FileAccessError, FormatError, WrongUsageError

Notify = Annotated[
    list[str] | None,
    typer.Option("--notify", metavar="URL", envvar="PODPLANNER_NOTIFY",
                 help="Where to send messages, as apprise writes addresses (mailto://, tgram://, "
                 "json://, ...); may be repeated, in the environment with spaces between."),
]  # fmt: skip
NotifyFile = Annotated[
    Path | None,
    typer.Option("--notify-file", metavar="FILE",
                 help="File with such addresses, one a line, that only its owner may read."),
]  # fmt: skip
PingUrl = Annotated[
    str | None,
    typer.Option("--ping", metavar="URL", envvar="PODPLANNER_PING",
                 help="Ping this address (http or https) after each round, with /fail behind it "
                 "when a round or its message failed."),
]  # fmt: skip

_LARGEST = 64 * 1024
# Bytes; a file of addresses is short.


@dataclass(frozen=True, slots=True, repr=False)
class Addresses:
    """What was named, each address a secret.

    Attributes:
        notify: Every target that messages go to.
        ping: None: nobody is pinged.
    """

    notify: tuple[str, ...]
    ping: str | None

    def targets(self) -> tuple[Target, ...]:
        """Return the targets, tried.

        Raises:
            NoNotifyError: There is an address, and the library for it is not installed.
            WrongUsageError: An address is not understood.
        """
        return targets_of(self.notify)


def addresses_of(notify: Sequence[str] | None, file: Path | None, ping: str | None) -> Addresses:
    """Return the addresses that options, the environment and a file name.

    Raises:
        FileAccessError, FormatError: The file cannot be read, or others may read it.
        WrongUsageError: The address of the ping is none of the web.
    """
    found = [*(notify or ()), *(_listed(file) if file is not None else ())]
    for number, address in enumerate(found, 1):
        if not address.isprintable() or not address.strip() or " " in address:
            raise WrongUsageError(
                f"the address of target {number} holds spaces or control characters",
                hint="Write one address each; a space in it is written %20.",
            )
    try:
        return Addresses(tuple(found), None if ping is None else ping_address(ping))
    except BadPingError as error:
        raise WrongUsageError(
            f"--ping: {error}", hint="It is an address such as https://hc-ping.com/UUID."
        ) from None


def _listed(file: Path) -> list[str]:
    try:
        with file.open("rb") as opened:
            found = os.fstat(opened.fileno())
            data = opened.read(_LARGEST + 1)
    except OSError as error:
        raise FileAccessError(
            f"{file} cannot be read: {error.strerror or error}",
            hint="Check --notify-file and its permissions.",
        ) from error
    if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise FileAccessError(f"{file} holds secrets, and others than its owner may read it",
                              hint=f"Run `chmod 600 {file}`.")  # fmt: skip
    if len(data) > _LARGEST:
        raise FormatError(f"{file} is no list of addresses: it is too large",
                          hint="Write one address a line.")  # fmt: skip
    try:
        lines = data.decode().splitlines()
    except UnicodeDecodeError:
        raise FormatError(
            f"{file} is no text", hint="Write one address a line, in UTF-8."
        ) from None
    return [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]
