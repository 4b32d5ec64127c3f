"""What every command of `store` takes: the store's address."""

import os
from pathlib import Path
from typing import Annotated

import typer

Address = Annotated[
    str,
    typer.Argument(
        metavar="ADDRESS", help="The store: a folder, file:///path, or s3://bucket/prefix."
    ),
]
Named = Annotated[
    str | None,
    typer.Argument(metavar="[ADDRESS]", show_default=False,
                   help="The store; else PODPLANNER_STORE, else podplanner.toml here or above."),
]  # fmt: skip


def named(address: str | None) -> str:
    """Return the address of the store that is meant: as `--store` of the commands of `model`."""
    from podplanner.store.locate import find_address

    return find_address(address, os.environ, Path.cwd())
