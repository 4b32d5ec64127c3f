"""`drive watch --print-units` and `--install DIR`: units to look through, never enabled here."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from podplanner.catalog.writers.files import write_whole
from podplanner.cli.console import emit, say, show
from podplanner.cli.drive.choices import DEFAULT_MAX_AGE, Looking
from podplanner.cli.drive.watch_targets import Addresses
from podplanner.cli.plan.outputs import refuse_outputs
from podplanner.drives.asking import TIMEOUT_S
from podplanner.errors import OutputError, WrongUsageError
from podplanner.report.watch_units import (
    SECRETS,
    SECRETS_PLACE,
    Watching,
    enabling,
    secrets_text,
    watch_units,
)

_READABLE, _OWN = 0o644, 0o600
_USUAL = {"--at-least": "watch", "--remind": "7d", "--timeout": f"{TIMEOUT_S:g}",
          "--max-age": DEFAULT_MAX_AGE}  # fmt: skip
# What `drive watch` does where the option is absent.


@dataclass(frozen=True, slots=True)
class Installing:
    """What the service shall do, in the words of the command line."""

    every: timedelta
    looking: Looking
    devices: tuple[str, ...]
    least: str
    remind: str
    name: str | None
    state: Path | None
    metrics: Path | None


def print_units(asked: Installing, *, as_json: bool) -> None:
    """Print service and timer; the addresses, which are secrets, are never printed."""
    units = _units(asked)
    if as_json:
        emit("drive-watch", {"units": dict(units), "commands": list(enabling("DIR"))})
        return
    for name, text in units.items():
        show(f"# /etc/systemd/system/{name}")
        show(text)
    say(f"--install DIR writes them, and {SECRETS} for {SECRETS_PLACE}, into a folder.")


def install(asked: Installing, addresses: Addresses, folder: Path, *, force: bool,
            as_json: bool) -> None:  # fmt: skip
    """Write service, timer and the file of secrets into a folder; say how they are put in place.

    Raises:
        OutputError: A file is there already, or cannot be written.
    """
    texts = {**_units(asked), SECRETS: secrets_text(addresses.notify, addresses.ping)}
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} cannot be made: {error.strerror or error}",
                          hint="Name another folder.") from error  # fmt: skip
    refuse_outputs(None, [folder / name for name in texts], force=force)
    for name, text in texts.items():
        write_whole(folder / name, text.encode(), fresh=not force,
                    mode=_OWN if name == SECRETS else _READABLE)  # fmt: skip
    commands = enabling(str(folder))
    if as_json:
        emit("drive-watch", {"files": [str(folder / name) for name in texts],
                             "commands": list(commands)})  # fmt: skip
        return
    for name in texts:
        say(f"wrote {folder / name}")
    if not addresses.notify:
        say(f'No address was named: write PODPLANNER_NOTIFY="..." into {folder / SECRETS} first.')
    say("Look through them; nothing was enabled. Then:")
    for command in commands:
        show(command)


def _units(asked: Installing) -> Mapping[str, str]:
    if asked.looking.sources:
        raise WrongUsageError("recordings do not change: --from is not for a service",
                              hint="Leave --from out.")  # fmt: skip
    # The interpreter that runs now knows this podplanner; a name on PATH may be another's by then.
    program = (sys.executable, "-m", "podplanner")
    written = (asked.state, asked.metrics, asked.looking.history)
    folders = (str(path.absolute().parent) for path in written if path is not None)
    return watch_units(
        Watching(program, tuple(_arguments(asked)), asked.every, tuple(dict.fromkeys(folders)))
    )


def _arguments(asked: Installing) -> Iterator[str]:
    """Yield the words of the command line that are not what they are anyway; paths absolute."""
    looking = asked.looking
    options = {
        "--at-least": asked.least, "--remind": asked.remind, "--name": asked.name,
        "--timeout": f"{looking.timeout_s:g}", "--max-age": looking.max_age,
    }  # fmt: skip
    for option, value in options.items():
        if value is not None and value != _USUAL.get(option):
            yield from (option, value)
    paths = {"--state": asked.state, "--prometheus": asked.metrics, "--bays": looking.bays,
             "--history": looking.history}  # fmt: skip
    for option, path in paths.items():
        if path is not None:
            yield from (option, str(path.absolute()))
    for flag, wanted in (("--wake", looking.wake), ("--no-history", looking.no_history)):
        if wanted:
            yield flag
    for kind in looking.types or ():
        yield from ("--type", kind)
    yield from asked.devices
