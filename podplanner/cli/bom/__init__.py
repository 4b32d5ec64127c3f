"""`podplanner bom`: bills of materials, from a pasted table to a printed report."""

import typer

from podplanner.cli.lazy import LazyGroup

COMMANDS = {
    "list": "podplanner.cli.bom.reading:list_pods",
    "parts": "podplanner.cli.bom.reading:parts",
    "new": "podplanner.cli.bom.creating:new",
    "add": "podplanner.cli.bom.creating:add",
    "set": "podplanner.cli.bom.editing:set_values",
    "remove": "podplanner.cli.bom.editing:remove",
    "import": "podplanner.cli.bom.reading:import_bill",
    "price": "podplanner.cli.bom.pricing:price",
    "check": "podplanner.cli.bom.judging:check",
    "fix": "podplanner.cli.bom.fixing:fix",
    "cost": "podplanner.cli.bom.judging:cost",
    "report": "podplanner.cli.bom.judging:report",
    "diff": "podplanner.cli.bom.judging:diff",
}
"""Every command with its home, in the order of the help."""


class _BomGroup(LazyGroup):
    homes = COMMANDS


app = typer.Typer(
    name="bom",
    cls=_BomGroup,
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def bom() -> None:
    """Read, check, price and report bills of materials."""
