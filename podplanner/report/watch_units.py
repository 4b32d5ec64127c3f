"""The systemd service and timer that run `drive watch`, and the file of its secrets.

Source: systemd.service(5), systemd.timer(5), systemd.exec(5) and systemd.syntax(7).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import PurePosixPath

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from podplanner.resources import data_dir

SERVICE, TIMER, SECRETS = (
    "podplanner-drive-watch.service",
    "podplanner-drive-watch.timer",
    "podplanner-drive-watch.env",
)
SECRETS_PLACE = PurePosixPath("/etc/podplanner") / SECRETS

_TIMEOUT_S = 15 * 60
# Reading drives in parallel takes a minute or two, and a message that is tried anew some more.
_MOST_DELAY_S = 5 * 60
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# A line break in the name of a file must not begin a line of the unit.
_DAY, _HOUR, _MINUTE = 86_400, 3_600, 60
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=:,./@")


@dataclass(frozen=True, slots=True)
class Watching:
    """What is written into the units.

    Attributes:
        program: How podplanner is called, an absolute path first.
        arguments: Of `drive watch`, without the addresses.
        every: How often.
        writable: Folders that a round writes to besides its state.
    """

    program: Sequence[str]
    arguments: Sequence[str]
    every: timedelta
    writable: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class _Unit:
    written_by: str
    command: str
    timeout_s: int
    secrets: str
    writable: tuple[str, ...]
    every: str
    every_s: int
    calendar: str
    delay_s: int


def watch_units(watching: Watching) -> Mapping[str, str]:
    """Return the text of the service and of the timer by their file names."""
    seconds = max(round(watching.every.total_seconds()), 1)
    command = (*watching.program, "drive", "watch", "--once", *watching.arguments)
    calendar = _calendar(seconds)
    unit = _Unit(
        written_by="Written by `podplanner drive watch`; look through it before you enable it.",
        command=" ".join(map(_word, command)),
        timeout_s=_TIMEOUT_S,
        secrets=str(SECRETS_PLACE),
        writable=tuple(map(_path, watching.writable)),
        every=f"({calendar})" if calendar else f"every {seconds} s",
        every_s=seconds,
        calendar=calendar,
        delay_s=min(seconds // 10, _MOST_DELAY_S),
    )
    templates = _environment()
    return {
        name: templates.get_template(f"drives/{name}.j2").render(unit=unit)
        for name in (SERVICE, TIMER)
    }


def secrets_text(notify: Sequence[str], ping: str | None) -> str:
    """Return the environment file with the addresses, which hold secrets."""
    lines = ["# Addresses for `podplanner drive watch`. They hold secrets: mode 600, owner root."]
    if notify:
        lines.append(f"PODPLANNER_NOTIFY={_quoted(' '.join(notify))}")
    if ping is not None:
        lines.append(f"PODPLANNER_PING={_quoted(ping)}")
    return "\n".join(lines) + "\n"


def enabling(folder: str) -> tuple[str, ...]:
    """Return the commands that put the files of a folder in place, and begin."""
    return (
        f"sudo install -m 644 {folder}/{SERVICE} {folder}/{TIMER} /etc/systemd/system/",
        f"sudo install -D -m 600 {folder}/{SECRETS} {SECRETS_PLACE}",
        "sudo systemctl daemon-reload",
        f"sudo systemctl enable --now {TIMER}",
        f"systemctl list-timers {TIMER}; journalctl -u {SERVICE}",
    )


def _calendar(seconds: int) -> str:
    """Return the times of day that divide it evenly; empty where none do."""
    if seconds == 7 * _DAY:
        return "weekly"
    if seconds == _DAY:
        return "daily"
    if seconds % _HOUR == 0 and 24 % (hours := seconds // _HOUR) == 0:
        return "hourly" if hours == 1 else f"*-*-* 00/{hours}:00:00"
    if seconds % _MINUTE == 0 and 60 % (minutes := seconds // _MINUTE) == 0:
        return f"*-*-* *:00/{minutes}:00"
    return ""


def _word(word: str) -> str:
    """Return a word of a command line as systemd reads it (systemd.service(5), COMMAND LINES)."""
    doubled = word.replace("%", "%%").replace("$", "$$")
    return doubled if word and set(word) <= _PLAIN else _quoted(doubled)


def _path(path: str) -> str:
    return _word(path).replace("$$", "$")


def _quoted(words: str) -> str:
    escaped = words.replace("\\", r"\\").replace('"', r"\"")
    return '"' + _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", escaped) + '"'


def _environment() -> Environment:
    """Return templates of plain text, which stop at a name that does not exist."""
    return Environment(
        loader=FileSystemLoader(data_dir("templates")),
        autoescape=select_autoescape(default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
