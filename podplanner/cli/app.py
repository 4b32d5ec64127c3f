"""The command `podplanner`: its nouns, and the one place that turns errors into words."""

import gc
import json
import os
import sys
from collections.abc import Mapping
from importlib.metadata import version as installed_version
from typing import Annotated, Any, ClassVar

import typer

from podplanner.cli.lazy import LazyGroup
from podplanner.errors import PodplannerError

NOUNS = {
    "bom": "Read, check, price and report bills of materials.",
}
"""Noun -> what it is for; each lives in a module of its own, imported when it is used."""

_UsageError: Any = typer.BadParameter.__mro__[1]
# Typer brings its own copy of click; the class of its usage errors is reached through the one
# that typer exports.
_INTERRUPTED = 130
# What shells report for a program that SIGINT ended: 128 + 2.


_COLLECT_SELDOM = (100_000, 20, 50)
# A command makes its objects once and ends; looking for rings among them at Python's usual pace
# took a fifth of the time that 10,000 lines take (bench/large_bill.py).


class _RootGroup(LazyGroup):
    homes: ClassVar[Mapping[str, str]] = {noun: f"podplanner.cli.{noun}:app" for noun in NOUNS}
    summaries = NOUNS


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
        typer.echo(f"podplanner {installed_version('podplanner')}")
        raise typer.Exit


@app.callback()
def root(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Say the version."),
    ] = False,
) -> None:
    """Plan, build, check and run storage pods.

    \b
    Examples:
      podplanner bom list
      podplanner bom import parts.csv -o pod.toml
      podplanner bom check pod.toml
    """


def main() -> None:
    """Run the command line and exit with the status that docs/cli.md lists."""
    gc.set_threshold(*_COLLECT_SELDOM)
    as_json = "--json" in sys.argv[1:]
    try:
        status = app(prog_name="podplanner", standalone_mode=False)
    except PodplannerError as error:
        status = _fail(error.code, error.message, error.hint, error.exit_code, as_json=as_json)
    except _UsageError as error:
        context = getattr(error, "ctx", None)
        where = context.command_path if context is not None else "podplanner"
        hint = f"`{where} --help` says how it is used."
        status = _fail("wrong-usage", error.format_message(), hint, 2, as_json=as_json)
    except (KeyboardInterrupt, typer.Abort):
        typer.echo("interrupted; nothing was left half-written", err=True)
        status = _INTERRUPTED
    except BrokenPipeError:
        # The reader (`head`, a pager) has seen enough; writing on would only print a traceback.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    sys.exit(status if isinstance(status, int) else 0)


def _fail(code: str, message: str, hint: str, status: int, *, as_json: bool) -> int:
    if as_json:
        error = {"code": code, "message": message, "hint": hint}
        typer.echo(json.dumps({"schema": "podplanner/error/1", "error": error}, ensure_ascii=False))
    else:
        typer.echo(typer.style("error: ", fg="red", bold=True) + message, err=True)
        if hint:
            typer.echo(f"       {hint}", err=True)
    return status
