"""The units that run `drive watch`."""

import re
import shutil
import subprocess
import sys
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podplanner.report.watch_units import (
    SECRETS,
    SERVICE,
    TIMER,
    Watching,
    enabling,
    secrets_text,
    watch_units,
)

PROGRAM = (sys.executable, "-m", "podplanner")


def units(every="1h", arguments=(), writable=()):
    spans = {"m": "minutes", "h": "hours", "d": "days", "s": "seconds"}
    span = timedelta(**{spans[every[-1]]: float(every[:-1])})
    return watch_units(Watching(PROGRAM, arguments, span, writable))


def words(line: str) -> list[str]:
    """Split a command line as systemd does: quotes, C escapes, `%%` and `$$`."""
    found, word, quoted, started = [], "", False, False
    signs = iter(line)
    for sign in signs:
        if sign == '"':
            quoted, started = not quoted, True
        elif sign == "\\":
            word += next(signs)
        elif sign == " " and not quoted:
            if word or started:
                found.append(word)
            word, started = "", False
        else:
            word += sign
    if word or started:
        found.append(word)
    return [one.replace("%%", "%").replace("$$", "$") for one in found]


def command(text: str) -> list[str]:
    (line,) = re.findall(r"^ExecStart=(.*)$", text, re.MULTILINE)
    return words(line)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze here")
@pytest.mark.parametrize("every", ["1h", "7m", "1d"])
def test_systemd_takes_the_units(tmp_path, every):
    for name, text in units(every, ("--bays", "/etc/podplanner/my bays 100%.toml"),
                            ("/var/lib/node exporter",)).items():  # fmt: skip
        (tmp_path / name).write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", *sorted(tmp_path.iterdir())],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stderr.strip()) == (0, "")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze here")
@pytest.mark.parametrize(
    ("every", "calendar"),
    [("1m", "*-*-* *:00/1:00"), ("15m", "*-*-* *:00/15:00"), ("1h", "hourly"),
     ("6h", "*-*-* 00/6:00:00"), ("1d", "daily"), ("7d", "weekly")],
)  # fmt: skip
def test_a_time_that_divides_the_day_is_a_calendar_that_systemd_reads(every, calendar):
    timer = units(every)[TIMER]
    assert f"OnCalendar={calendar}\n" in timer
    assert "Persistent=true" in timer
    done = subprocess.run(
        ["systemd-analyze", "calendar", "--iterations=2", calendar],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("every", ["7m", "5h", "90m", "2d"])
def test_any_other_time_counts_from_the_last_round(every):
    timer = units(every)[TIMER]
    assert "OnCalendar" not in timer
    assert re.search(r"^OnUnitInactiveSec=\d+s$", timer, re.MULTILINE)
    assert "OnBootSec=" in timer


def test_the_service_may_ask_drives_and_little_else():
    service = units()[SERVICE]
    for line in ("CapabilityBoundingSet=CAP_SYS_RAWIO CAP_SYS_ADMIN CAP_DAC_READ_SEARCH",
                 "ProtectSystem=strict", "NoNewPrivileges=true", "StateDirectory=podplanner",
                 "SuccessExitStatus=1 2", "Type=oneshot", "StateDirectoryMode=0700"):  # fmt: skip
        assert f"\n{line}\n" in service
    # Each of these would hide the drives from smartctl.
    for hides in ("PrivateDevices=", "ProtectClock=", "DevicePolicy="):
        assert f"\n{hides}" not in service


@given(st.lists(st.text(st.characters(exclude_categories=["C", "Z"], include_characters=" "),
                        max_size=20), max_size=4))  # fmt: skip
def test_every_argument_comes_through_as_it_was(arguments):
    assert command(units(arguments=tuple(arguments))[SERVICE]) == [
        *PROGRAM, "drive", "watch", "--once", *arguments,
    ]  # fmt: skip


def test_an_argument_cannot_begin_another_line():
    service = units(arguments=("--name", "a\nExecStartPre=/bin/evil"))[SERVICE]
    assert not re.search("^ExecStartPre", service, re.MULTILINE)


def test_folders_that_a_round_writes_to_are_named():
    service = units(writable=("/srv/metrics", "/srv/my own"))[SERVICE]
    assert "ReadWritePaths=/srv/metrics\n" in service
    assert 'ReadWritePaths="/srv/my own"\n' in service


def test_the_file_of_secrets_is_read_back_by_a_shell_as_it_was(tmp_path):
    """Its quotes are those of a POSIX shell (systemd.exec(5)), so a shell can try them."""
    notify = ['mailto://user:p%20w\\d@example.org?a="b"', "tgram://1:A'B/2"]
    ping = "https://hc-ping.com/uuid?x=1&y=2"
    file = tmp_path / SECRETS
    file.write_text(secrets_text(notify, ping))
    script = f'. {file}; printf "%s\\n" "$PODPLANNER_NOTIFY" "$PODPLANNER_PING"'
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [" ".join(notify), ping]


def test_without_addresses_the_file_of_secrets_sets_nothing():
    assert all(line.startswith("#") for line in secrets_text([], None).splitlines())


def test_the_commands_name_every_file():
    commands = "\n".join(enabling("units"))
    for name in (SERVICE, TIMER, SECRETS):
        assert f"units/{name}" in commands
    assert "-m 600" in commands
