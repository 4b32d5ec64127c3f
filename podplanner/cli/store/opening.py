"""What every command of `store` takes: the store's address."""

from typing import Annotated

import typer

Address = Annotated[
    str, typer.Argument(metavar="ADDRESS", help="The store: a folder, or file:///path.")
]
