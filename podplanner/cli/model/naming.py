"""`model alias`."""

from typing import Annotated

import typer

from podplanner.cli.console import emit, show
from podplanner.cli.model.opening import Address, Json, VersionWord, writing
from podplanner.errors import WrongUsageError
from podplanner.store.names import Reference, alias_of, number_of

_NOTHING = "none"


def alias(
    version: VersionWord,
    name: Annotated[str, typer.Argument(metavar="ALIAS", help="Such as prod or staging.")],
    expected: Annotated[
        str | None,
        typer.Option("--if", metavar="VERSION|none",
                     help="Only if ALIAS names this version now (none: does not exist yet)."),
    ] = None,
    remove: Annotated[
        bool, typer.Option("--remove", help="Take ALIAS away; NAME is then without a version.")
    ] = False,
    store: Address = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Let a name such as `prod` stand for a version.

    With --if the alias moves only when it names what you think it names: of two who move it at
    once, one is told (exit status 7).

    \b
    Examples:
      podplanner model alias team/cat:3 prod --store /mnt/pod/models
      podplanner model alias team/cat:staging prod --if 3
      podplanner model alias team/cat prod --remove --json
    """
    reference, word = Reference.parse(version), alias_of(name)
    if remove and (reference.version is not None or reference.alias is not None):
        raise WrongUsageError(
            f"--remove takes {word} away whatever it names, so {version} says too much",
            hint=f"Write `podplanner model alias {reference.model} {word} --remove`, with --if "
            "VERSION to make sure of what it names.",
        )
    check, before = expected is not None, _expected(expected)
    opened = writing(store)
    if remove:
        number = None
        was = opened.remove_alias(version, word, expected=before, check=check)
    else:
        number = opened.root.refs.resolve(reference).number
        was = opened.alias(f"{reference.model}:{number}", word, expected=before, check=check)
    if as_json:
        emit("model-alias", {"model": reference.model.shown, "alias": word, "version": number,
                             "before": was})  # fmt: skip
        return
    now = "names nothing now" if number is None else f"is version {number}"
    show(f"{reference.model}:{word} {now}{_before(was, number)}")


def _expected(word: str | None) -> int | None:
    if word is None or word.lower() == _NOTHING:
        return None
    try:
        return number_of(word)
    except WrongUsageError as error:
        raise WrongUsageError(
            f"--if {word}: that is no version", hint="Write a number such as 3, or none."
        ) from error


def _before(was: int | None, number: int | None) -> str:
    if was == number:
        return " already" if number is not None else " (and did not before)"
    return f" (was version {was})" if was is not None else " (new)"
