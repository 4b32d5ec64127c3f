"""`podplanner bom`: bills of materials, from a pasted table to a printed report."""

import typer

from podplanner.cli.bom import creating, editing, fixing, judging, pricing, reading

app = typer.Typer(
    name="bom",
    help="Read, check, price and report bills of materials.",
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

COMMANDS = (
    ("list", reading.list_pods),
    ("parts", reading.parts),
    ("new", creating.new),
    ("add", creating.add),
    ("set", editing.set_values),
    ("remove", editing.remove),
    ("import", reading.import_bill),
    ("price", pricing.price),
    ("check", judging.check),
    ("fix", fixing.fix),
    ("cost", judging.cost),
    ("report", judging.report),
    ("diff", judging.diff),
)
"""Every command, in the order of the help."""

for _name, _function in COMMANDS:
    app.command(_name)(_function)
