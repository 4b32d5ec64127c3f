"""`drive test`."""

from typing import Annotated

import typer

from podplanner.cli.console import counted, emit, say, wrapped
from podplanner.cli.drive.candidates import find_candidates
from podplanner.cli.drive.choices import (
    Bays,
    Devices,
    From,
    HistoryFile,
    Json,
    Looking,
    NoHistory,
    Timeout,
    Types,
    span_option,
)
from podplanner.cli.drive.statuses import end_by
from podplanner.cli.drive.testing_choices import Mode, Wish, wish_of
from podplanner.cli.drive.testing_modes import Told, begun, planned, states, stopped
from podplanner.cli.drive.testing_rows import record_of, show_rows, show_states
from podplanner.drives.asking import TIMEOUT_S
from podplanner.drives.testing.log import Kind
from podplanner.drives.testing.plan import Step


def drive_test(
    devices: Devices = None,
    kind: Annotated[
        Kind | None,
        typer.Option("--kind", help="short: a few minutes; long: the whole surface, hours to "
                     "days. Short if absent, long with --due, --schedule and --status."),
    ] = None,
    plan: Annotated[
        bool, typer.Option("--plan", help="Show what would begin now, and begin nothing.")
    ] = False,
    status: Annotated[
        bool, typer.Option("--status", help="Show which tests run, and how the last ones ended.")
    ] = False,
    schedule: Annotated[
        bool, typer.Option("--schedule", help="Show on which day each drive has its turn.")
    ] = False,
    stop: Annotated[bool, typer.Option("--stop", help="Stop the tests that run.")] = False,
    due: Annotated[
        bool,
        typer.Option("--due", help="Test only the drives that have their turn today: for a daily "
                     "timer."),
    ] = False,
    every: Annotated[
        str,
        typer.Option("--every", metavar="TIME",
                     help="Within which each drive has its turn, in hours of power: 30d."),
    ] = "30d",
    at_once: Annotated[
        int | None,
        typer.Option("--at-once", metavar="N",
                     help="At most so many drives test together; a tenth of them if absent. Of one "
                     "group, or on one backplane, it is always one."),
    ] = None,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait until every drive was tested, in turns.")
    ] = False,
    blind: Annotated[
        bool,
        typer.Option("--force-unknown", help="Begin although the state of the arrays cannot be "
                     "read; never while one is seen to be rebuilt."),
    ] = False,
    sources: From = None,
    types: Types = None,
    timeout: Timeout = TIMEOUT_S,
    bays: Bays = None,
    history: HistoryFile = None,
    no_history: NoHistory = False,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Begin self-tests, in turns, and say how they ended.

    At most one drive of a group and one on a backplane or port multiplier tests at a time, and none
    while an array is rebuilt or scrubbed or misses a drive. Drives that sleep are left asleep. The
    drives test by themselves beside their work; --wait follows them and begins the next.

    Exit statuses: 0 begun or passed; 1 not now (an array is at work), stopped, or still waiting;
    2 a test failed: replace the drive; 3 something is not known.

    \b
    Examples:
      podplanner drive test --plan
      podplanner drive test --kind long --wait
      podplanner drive test --due --every 30d
      podplanner drive test --status
    """
    modes = {Mode.PLAN: plan, Mode.STATUS: status, Mode.SCHEDULE: schedule, Mode.STOP: stop}
    wish = wish_of(
        kind=kind, at_once=at_once, modes=modes, wait=wait, due=due, blind=blind,
        every=span_option("--every", every), recorded=bool(sources),
    )  # fmt: skip
    looking = Looking(sources, types, timeout, history=history, no_history=no_history, bays=bays)
    found = find_candidates(devices, looking)
    match wish.mode:
        case Mode.STATUS | Mode.SCHEDULE:
            told = states(found, wish, by_day=wish.mode is Mode.SCHEDULE)
        case Mode.PLAN:
            told = planned(found, wish)
        case Mode.STOP:
            told = stopped(found, wish, timeout)
        case _:
            told = begun(found, wish, timeout)
    if as_json:
        emit("drive-test", {
            "mode": wish.mode, "kind": wish.kind, "at_once": told.at_once,
            "hold": told.hold or None, "drives": [record_of(row) for row in told.rows],
            "verdict": told.verdict, "notes": list(found.notes),
        })  # fmt: skip
    elif wish.mode in (Mode.STATUS, Mode.SCHEDULE):
        show_states(told.rows)
    else:
        show_rows(told.rows, planned=wish.mode is Mode.PLAN or bool(told.hold))
    for note in found.notes:
        say(note)
    _advise(told, wish)
    end_by(told.verdict)


def _advise(told: Told, wish: Wish) -> None:
    """Say what to do next."""
    later = sum(row.step is Step.LATER for row in told.rows)
    if told.hold:
        say(wrapped(f"nothing begins now: {told.hold}", 2))
        say("Run the same command again when that is over." if not told.blind
            else "Run the same command again when that is mended; --force-unknown begins all the "
            "same.")  # fmt: skip
    elif later and wish.mode is Mode.BEGIN and not wish.wait:
        say(f"{counted(later, 'drive')} wait for their turn: run the same command again later, or "
            "with --wait")  # fmt: skip
    begun_now = sum(row.step is Step.START for row in told.rows)
    if begun_now and wish.mode is Mode.BEGIN and not wish.wait:
        say("`podplanner drive test --status` tells how they stand")
