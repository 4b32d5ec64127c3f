"""The command `podplanner`: its nouns, and the one place that turns errors into words."""

import contextlib
import errno
import gc
import io
import json
import os
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar

import typer

from podplanner.cli.console import coloured
from podplanner.cli.lazy import LazyGroup
from podplanner.errors import FileAccessError, OutputError, PodplannerError

NOUNS = {
    "bom": "Read, check, price and report bills of materials.",
    "plan": "Plan a pod: fit, power, bandwidth, capacity, durability, cost; find pods for a need.",
    "drive": "Keep drives healthy: judge them, find them, say which to pull.",
    "model": "Keep models: push, pull, compare and name versions.",
    "store": "Make a store for models; check it, free its space, copy it.",
}
"""Noun -> what it is for; each lives in a module of its own, imported when it is used."""

VERBS = {
    "demo": "See the whole way once, in a new folder: pod, plan, drives, a model and its answers.",
}
"""Command without a noun -> what it does; each is the function of that name in its own module."""

_UsageError: Any = typer.BadParameter.__mro__[1]
# Typer brings its own copy of click; the class of its usage errors is reached through the one
# that typer exports.
_PYDANTIC = ": Value error, "
# What pydantic, by which typer checks words, puts before the reason that the user is told.
_INTERRUPTED = 130
# What shells report for a program that SIGINT ended: 128 + 2.
_UNKNOWN = 3
# Monitoring Plugins Development Guidelines: the service could not be checked.
_BUG = 70
# EX_SOFTWARE of sysexits.h: never the 1 that says that the thing examined is bad.


_COLLECT_SELDOM = (100_000, 20, 50)
# A command makes its objects once and ends; looking for rings among them at Python's usual pace
# took a fifth of the time that 10,000 lines take (bench/large_bill.py).


class _RootGroup(LazyGroup):
    homes: ClassVar[Mapping[str, str]] = {
        **{noun: f"podplanner.cli.{noun}:app" for noun in NOUNS},
        **{verb: f"podplanner.cli.{verb}:{verb}" for verb in VERBS},
    }
    summaries: ClassVar[Mapping[str, str]] = {**NOUNS, **VERBS}


app = typer.Typer(
    name="podplanner",
    cls=_RootGroup,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version as installed_version

        typer.echo(f"podplanner {installed_version('podplanner')}")
        raise typer.Exit


@app.callback()
def root(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Say the version."),
    ] = False,
) -> None:
    """Tools for people who build and run storage pods.

    \b
    Examples:
      podplanner bom list
      podplanner bom import parts.csv -o pod.toml
      podplanner bom check pod.toml
      podplanner plan capacity --layout raidz2:15x3 --drives 45 --drive ST24000NM000C
      podplanner drive check
      podplanner store init /mnt/pod/models
      podplanner model push out/checkpoint team/cat --store /mnt/pod/models
      podplanner demo
    """


def main() -> None:
    """Run the command line and exit with the status that docs/cli.md lists."""
    gc.set_threshold(*_COLLECT_SELDOM)
    # A stream that the shell closed (`>&-`) is None; writing to it must not fail either.
    sys.stdout = sys.stdout or Path(os.devnull).open("w")  # noqa: SIM115
    sys.stderr = sys.stderr or Path(os.devnull).open("w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A file name in no encoding must not end a command that has done its work.
            stream.reconfigure(errors="backslashreplace")
    status = _run(as_json="--json" in sys.argv[1:])
    try:
        sys.stdout.flush()
    except OSError as error:
        status = _lost_output(error)
    sys.exit(status)


def _run(*, as_json: bool) -> int:
    """Run the command and return its exit status; errors become words, or one JSON object."""
    try:
        status = app(prog_name="podplanner", standalone_mode=False)
        if status == _INTERRUPTED:
            raise KeyboardInterrupt
    except PodplannerError as error:
        return _fail(error.code, error.message, error.hint, error.exit_code, as_json=as_json)
    except _UsageError as error:
        context = getattr(error, "ctx", None)
        if type(error).__name__ == "NoArgsIsHelpError" and context is not None:
            typer.echo(context.get_help(), err=True)
            return _status(2)
        where = context.command_path if context is not None else "podplanner"
        hint = f"`{where} --help` says how it is used."
        words = error.format_message().replace(_PYDANTIC, ": ")
        return _fail("wrong-usage", words, hint, 2, as_json=as_json)
    except (KeyboardInterrupt, typer.Abort):
        words = "interrupted; no file was left half-written"
        hint = "Run the same command again when it suits."
        return _fail("interrupted", words, hint, _INTERRUPTED, as_json=as_json)
    except SystemExit as left:
        if type(sys.stdout).__name__ != "PacifyFlushWrapper":
            raise
        # So typer leaves, with 1, when the reader of its output is gone: that is no fault.
        return _lost_output(BrokenPipeError(errno.EPIPE, str(left)))
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            words = f"{error.filename} is no name that a file can have: {error.strerror}"
            return _fail("file-access", words, "", FileAccessError.exit_code, as_json=as_json)
        if error.errno not in (errno.EPIPE, errno.ENOSPC, errno.EBADF):
            return _crash(as_json=as_json)
        return _lost_output(error)
    except Exception:  # noqa: BLE001  a bug: shown whole, under a status of its own
        return _crash(as_json=as_json)
    return status if isinstance(status, int) else 0


def _crash(*, as_json: bool) -> int:
    """Show the traceback of a bug."""
    traceback.print_exc()
    words = "this is a bug in podplanner; the traceback above says where"
    hint = "Please report it with the command and, if you can, the file."
    return _fail("bug", words, hint, _BUG, as_json=as_json)


def _lost_output(error: OSError) -> int:
    """Answer that standard output takes no more: quietly to a reader that has seen enough."""
    # Whatever Python still tries to write when it ends must not fail a second time.
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    if error.errno == errno.EPIPE:
        return 0
    return _fail("output", f"standard output cannot be written: {error.strerror}",
                 "Check the free space.", OutputError.exit_code, as_json=False)  # fmt: skip


def _status(status: int) -> int:
    """Return the status of a failure; of `drive` always the UNKNOWN of monitoring plug-ins.

    There 1 and 2 are verdicts on drives: what went wrong with the command must not look like one.
    """
    noun = next((word for word in sys.argv[1:] if not word.startswith("-")), "")
    return _UNKNOWN if noun == "drive" and status != _INTERRUPTED else status


def _fail(code: str, message: str, hint: str, status: int, *, as_json: bool) -> int:
    """Say what went wrong, and return the status to end with."""
    try:
        if as_json:
            error = {"code": code, "message": message, "hint": hint}
            document = {"schema": "podplanner/error/1", "error": error}
            typer.echo(json.dumps(document, ensure_ascii=False))
        else:
            typer.echo(coloured("error: ", "error") + message, err=True)
            if hint:
                typer.echo(f"       {hint}", err=True)
    except OSError as error:
        return _lost_output(error)
    return _status(status)
