"""`store init` and `store doctor`."""

from typing import Annotated, Literal

import typer

from podplanner.cli.console import emit, say, show
from podplanner.cli.model.opening import Json
from podplanner.cli.store.opening import Address

Coding = Literal["raw", "fast"]


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
    say(f"name it once: `export PODPLANNER_STORE={root.backend.address}`, or --store each time")
