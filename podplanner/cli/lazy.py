"""Groups of commands that are imported when they are used, so that every start is quick."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup

from podplanner.cli.quick import quickened


class LazyGroup(TyperGroup):
    """A group that knows its commands by name, and imports one only when it is used."""

    homes: ClassVar[Mapping[str, str]] = {}
    """Command -> `module:name` of its function, or of the Typer app of a further group."""
    summaries: ClassVar[Mapping[str, str]] = {}
    """Command -> its line in the help; without it, the command is imported for the help."""

    makes: ClassVar[type[TyperCommand] | None] = None
    """What its commands are made of; None: typer's own."""

    def get_params(self, ctx: Any) -> list[Any]:  # noqa: ANN401
        """Return options, those of all groups without the slow library that typer checks by."""
        return quickened(super().get_params(ctx))

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401
        """Return the commands in their order."""
        return list(self.homes)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401
        """Import a command; None when there is none of that name."""
        if cmd_name not in self.homes:
            return None
        module, _, name = self.homes[cmd_name].partition(":")
        found = getattr(import_module(module), name)
        if not isinstance(found, typer.Typer):
            alone = typer.Typer(rich_markup_mode=None, add_completion=False)
            alone.command(cmd_name, cls=self.makes)(found)
            found = alone
        command = typer.main.get_command(found)
        command.name = cmd_name
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401
        """Write the list of commands, without importing those with a summary."""
        if not self.summaries:
            super().format_commands(ctx, formatter)
            return
        with formatter.section("Commands"):
            formatter.write_dl(list(self.summaries.items()))
