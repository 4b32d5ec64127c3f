"""`store init` and `store doctor`."""

import shlex
from typing import Annotated, Literal

import typer

from podplanner.cli.console import coloured, emit, say, show, wrapped
from podplanner.cli.model.opening import Json
from podplanner.cli.store.opening import Address, Named, named
from podplanner.errors import UnknownNameError
from podplanner.store.examination import Result, SecondUser

Coding = Literal["raw", "fast"]
_INDENT = 9
# The verdict stands before what was found.


def init(
    address: Address,
    encoding: Annotated[
        Coding,
        typer.Option("--encoding",
                     help="How pushes keep pieces: raw, or fast (smaller, at some CPU)."),
    ] = "raw",
    shared: Annotated[
        bool, typer.Option("--shared", help="Let everybody in the folder's group push and collect.")
    ] = False,
    single_writer: Annotated[
        bool,
        typer.Option("--single-writer",
                     help="Promise that only one pushes or collects at a time (see below)."),
    ] = False,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Make a store in a new or an empty folder.

    Its policy is written once. With --single-writer a store can be made even where nothing keeps
    two writers apart; if two push at once all the same, a version of one of them may be lost.

    \b
    Examples:
      podplanner store init /mnt/pod/models
      podplanner store init /mnt/nas/models --shared --encoding fast --json
    """
    from podplanner.store.founding import found_store

    root = found_store(address, encoding=encoding, shared=shared, single_writer=single_writer)
    if as_json:
        emit("store-init", {
            "address": root.backend.address, "id": root.id, "encoding": root.policy.encoding,
            "shared": root.policy.shared.group, "single_writer": root.policy.single_writer,
        })  # fmt: skip
        return
    show(f"made a store at {root.backend.address}")
    named = shlex.quote(root.backend.address)
    say(f"name it once: `export PODPLANNER_STORE={named}`, or --store each time")


def doctor(
    address: Named = None,
    as_user: Annotated[
        str | None,
        typer.Option("--as", metavar="USER",
                     help="Try sharing as this user; by default one made up. Needs root."),
    ] = None,
    no_record: Annotated[
        bool, typer.Option("--no-record", help="Do not keep the report in the store.")
    ] = False,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Try what a store needs of its place, and say what holds.

    Several processes race to create the same files, files are written through, the clock is
    compared, a second user of the folder's group writes and removes. Everything that is tried is
    removed again; the report itself is kept in the store. Exit status 1 when a store must not be
    used there as it is.

    \b
    Examples:
      podplanner store doctor /mnt/pod/models
      sudo podplanner store doctor /mnt/nas/models --as ann --json
    """
    from podplanner.store.doctor import examine

    address = named(address)
    second = None if as_user is None else _user(as_user)
    if as_json:
        report = examine(address, second_user=second, record=not no_record)
        emit("store-doctor", {
            "address": report.address, "verdict": report.verdict,
            "results": [_result_record(result) for result in report.results],
            "record": report.record,
        })  # fmt: skip
    else:
        report = examine(address, second_user=second, record=not no_record, told=_show_result)
        if report.record is not None:
            say(f"kept in the store as {report.record}")
    if report.verdict == "error":
        raise typer.Exit(1)


def _user(name: str) -> SecondUser:
    try:
        import pwd

        found = pwd.getpwnam(name)
    except (ImportError, KeyError) as error:
        # Without the module, as on Windows, there are no such users.
        raise UnknownNameError(
            f"--as {name}: there is no user of that name here", hint="Name one of this machine."
        ) from error
    return SecondUser(found.pw_uid, found.pw_gid)


def _result_record(result: Result) -> dict[str, object]:
    return {
        "name": result.name, "verdict": result.verdict, "words": result.words,
        "hint": result.hint,
        "figures": [{"name": f.name, "value": f.value, "unit": f.unit} for f in result.figures],
    }  # fmt: skip


def _show_result(result: Result) -> None:
    show(
        wrapped(f"{result.name}: {result.words}", _INDENT),
        before=coloured(f"{result.verdict:<{_INDENT}}", result.verdict),
    )
    if result.hint:
        show(" " * _INDENT + wrapped(result.hint, _INDENT))
