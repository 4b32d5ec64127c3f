"""`model delete` and `model undelete`."""

from typing import Annotated

import typer

from podplanner.cli.console import emit, say, show
from podplanner.cli.model.opening import Address, Json, writing
from podplanner.errors import WrongUsageError
from podplanner.store.names import Reference

OneVersion = Annotated[
    str, typer.Argument(metavar="NAME:VERSION", help="The version, with its number or alias.")
]


def delete(
    version: OneVersion,
    force: Annotated[
        bool, typer.Option("--force", help="Delete it although an alias names it.")
    ] = False,
    store: Address = None,
    as_json: Json = False,
) -> None:
    """Delete a version; its number is never used again.

    Its bytes stay until `podplanner store gc` sweeps what nothing needs; until then `model
    undelete` takes it back. Pulls that are under way end well.

    \b
    Examples:
      podplanner model delete team/cat:2 --store /mnt/pod/models
      podplanner model delete team/cat:prod --force --json
    """
    reference = _one(version, "delete")
    gone = writing(store).delete(str(reference), force=force)
    if as_json:
        emit("model-delete", {"model": gone.record.model, "version": gone.number})
        return
    show(f"{gone} is deleted")
    say(f"`podplanner model undelete {gone}` takes it back, until `podplanner store gc` has swept")


def undelete(version: OneVersion, store: Address = None, as_json: Json = False) -> None:
    """Take a deletion back, as long as everything of the version is still there.

    \b
    Examples:
      podplanner model undelete team/cat:2 --store /mnt/pod/models
      podplanner model undelete team/cat:2 --json
    """
    reference = _one(version, "undelete")
    if reference.version is None:
        raise WrongUsageError(
            f"{version}: an alias names no deleted version", hint="Write its number: NAME:3."
        )
    back = writing(store).undelete(str(reference))
    if as_json:
        emit("model-undelete", {"model": back.record.model, "version": back.number})
        return
    show(f"{back} is there again")


def _one(word: str, verb: str) -> Reference:
    """Return a reference that says which version it means: nobody deletes `the latest` unseen."""
    reference = Reference.parse(word)
    if reference.version is None and reference.alias is None:
        raise WrongUsageError(
            f"{word}: say which version to {verb}",
            hint=f"Write {reference.model}:3; `podplanner model list {reference.model} --deleted` "
            "names them.",
        )
    return reference
