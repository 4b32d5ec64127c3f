"""Commands that start in a third of the time, where a tenth of a second is felt.

Typer checks the words of every option by pydantic, whose import takes longer than all the rest of
a start. Words that are taken as they stand need no such check: here they bypass it. Everything
else, and every word that is wrong, goes the usual way and meets the usual errors.
"""

from collections.abc import Sequence
from typing import Any, Literal, get_args, get_origin

from typer.core import TyperCommand


class QuickCommand(TyperCommand):
    """A command whose plain options are taken without pydantic; with other typers as usual."""

    def get_params(self, ctx: Any) -> list[Any]:  # noqa: ANN401
        """Return arguments and options, `--help` too."""
        return quickened(super().get_params(ctx))


def quickened(params: list[Any]) -> list[Any]:
    """Return parameters that take plain words as they stand."""
    for param in params:
        if getattr(param, "_runtime_param", params) is None:
            # Where typer keeps what checks the words, once it has made it.
            param._runtime_param = _Plain()
    return params


class _Plain:
    """Takes words as they stand, and hands the rest to typer."""

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:  # noqa: ANN401
        """Return the value of an option or an argument."""
        several = param.multiple or param.nargs == -1
        if value is None:
            return () if several else None
        annotation = param.type_descriptor.annotation
        if several and _is_words(value) and get_args(annotation) == (str,):
            return list(value)
        if not several and _is_plain(value, annotation):
            return value
        param._runtime_param = None
        return param.get_runtime_param().coerce(value, param=param, ctx=ctx)


def _is_words(value: object) -> bool:
    return (
        isinstance(value, Sequence)
        and not isinstance(value, str)
        and all(isinstance(word, str) for word in value)
    )


def _is_plain(value: object, annotation: object) -> bool:
    """Return whether a value is what its parameter takes, without any change."""
    if get_origin(annotation) is Literal:
        return isinstance(value, str) and value in get_args(annotation)
    if annotation in (int, bool):
        # A default, or a flag: what was typed is still a word.
        return type(value) is annotation
    return annotation is str and isinstance(value, str)
