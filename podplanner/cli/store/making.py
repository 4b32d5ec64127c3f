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
        Coding | None,
        typer.Option("--encoding", show_default=False,
                     help="How pushes keep pieces: raw, or fast (smaller, at some CPU). By default "
                     "raw in a folder, and what its speed advises in a bucket."),
    ] = None,
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
    """Make a store in a new or an empty folder, or in a bucket.

    Its policy is written once. With --single-writer a store can be made even where nothing keeps
    two writers apart; if two push at once all the same, a version of one of them may be lost.

    A bucket must be there, and be reached: PODPLANNER_S3_ENDPOINT names its engine, and
    AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, who asks (docs/engines.md).

    \b
    Examples:
      podplanner store init /mnt/pod/models
      podplanner store init /mnt/nas/models --shared --encoding fast --json
      podplanner store init s3://pods/models
    """
    from podplanner.store.founding import found_store

    tried: list[Result] = []
    root = found_store(
        address, encoding=encoding, shared=shared, single_writer=single_writer, told=tried.append
    )
    if as_json:
        emit("store-init", {
            "address": root.backend.address, "id": root.id, "encoding": root.policy.encoding,
            "shared": root.policy.shared.group, "single_writer": root.policy.single_writer,
            "tried": [_result_record(result) for result in tried],
        })  # fmt: skip
        return
    show(f"made a store at {root.backend.address}")
    if any(result.name == "encoding" for result in tried):
        for result in tried:
            say(f"{result.name}: {result.words}")
        say(f"pushes that say nothing else keep pieces {_KEPT[root.policy.encoding]}")
    named = shlex.quote(root.backend.address)
    say(f"name it once: `export PODPLANNER_STORE={named}`, or --store each time")


_KEPT = {"raw": "as they are (raw)", "fast": "made smaller (fast)"}


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
    compared, a second user of the folder's group writes and removes. In a bucket requests race,
    and what its engine does with bytes, ranges, lists and wrong checksums is tried, in about 10 s.
    Everything that is tried is removed again; the report itself is kept in the store. Exit status
    1 when a store must not be used there as it is.

    \b
    Examples:
      podplanner store doctor /mnt/pod/models
      podplanner store doctor s3://pods/models
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
