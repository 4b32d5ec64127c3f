"""`model diff`."""

from collections.abc import Iterable
from typing import Annotated

import typer

from podplanner.cli.console import emit, show, table, wrapped
from podplanner.cli.model.opening import Address, Json, reading
from podplanner.store.comparing import Comparison, FileChange, State, TensorChange
from podplanner.store.names import Reference
from podplanner.units.words import say_size

_SIGNS = {
    State.ADDED: "+", State.REMOVED: "-", State.CHANGED: "~", State.RENAMED: ">",
    State.UNKNOWN: "?",
}  # fmt: skip
_NAMED = 20
# Lines of files and of tensors for people; `--json` has all.


def diff(
    before: Annotated[str, typer.Argument(metavar="A", help="The version as it was.")],
    after: Annotated[str, typer.Argument(metavar="B", help="The version as it is.")],
    store: Address = None,
    as_json: Json = False,
) -> None:
    """Compare two versions: files, tensors, metadata.

    A tensor is found again by its name in whatever file it lies, so a model that was sharded anew
    has the same tensors. Nothing but small tensors is read from the store.

    \b
    Examples:
      podplanner model diff team/cat:1 team/cat:2 --store /mnt/pod/models
      podplanner model diff team/base:prod team/cat --json
    """
    opened = reading(store)
    # By their numbers, so that what is printed is of the versions that are compared.
    old, new = (str(opened.root.refs.resolve(Reference.parse(word))) for word in (before, after))
    found = opened.diff(old, new)
    if as_json:
        emit("model-diff", {"a": old, "b": new, **_record(found)})
    else:
        _show(old, new, found)


# --- For machines ---


def _record(found: Comparison) -> dict[str, object]:
    return {
        "files": [
            {"path": f.path, "state": f.state, "old_path": f.old_path, "old_size": f.old_size,
             "new_size": f.new_size, "changed_bytes": f.changed_bytes}
            for f in found.files
        ],
        "same_files": found.same_files,
        "tensors": [
            {"name": t.name, "state": t.state, "path": t.path, "dtype": t.dtype,
             "shape": list(t.shape), "old_dtype": t.old_dtype,
             "old_shape": None if t.old_shape is None else list(t.old_shape), "size": t.size,
             "changed_bytes": t.changed_bytes}
            for t in found.tensors
        ],
        "same_tensors": found.same_tensors, "moved_tensors": found.moved_tensors,
        "by_shape": [
            {"state": s.state, "dtype": s.dtype, "shape": list(s.shape), "tensors": s.tensors,
             "size": s.size, "changed_bytes": s.changed_bytes}
            for s in found.by_shape()
        ],
        "metadata": [{"key": m.key, "old": m.old, "new": m.new} for m in found.metadata],
        "same_metadata": found.same_metadata,
    }  # fmt: skip


# --- For people ---


def _show(old: str, new: str, found: Comparison) -> None:
    show(f"{old} -> {new}")
    if found.is_empty:
        show("no differences")
        return
    show(f"files: {_counts((f.state for f in found.files), found.same_files)}")
    for change in found.files[:_NAMED]:
        show(f"  {_SIGNS[change.state]} {_file(change)}")
    _show_more(len(found.files))
    if found.tensors or found.same_tensors:
        _show_tensors(found)
    if found.metadata:
        show("metadata:")
    for value in found.metadata:
        words = f"{value.old or '(none)'} -> {value.new or '(none)'}"
        show(f"  {value.key}: {wrapped(words, 4)}")


def _counts(states: Iterable[State], same: int) -> str:
    together = list(states)
    words = [f"{together.count(state)} {state.value}" for state in State if state in together]
    return ", ".join([*words, f"{same} the same"])


def _file(change: FileChange) -> str:
    if change.state is State.RENAMED:
        return f"{change.old_path} -> {change.path}"
    if change.new_size is None:
        return f"{change.path}  {say_size(change.old_size or 0)}"
    fresh = f"{say_size(change.changed_bytes)} new"
    if change.old_size is None:
        return f"{change.path}  {say_size(change.new_size)}, {fresh}"
    return f"{change.path}  {say_size(change.old_size)} -> {say_size(change.new_size)}, {fresh}"


def _show_tensors(found: Comparison) -> None:
    moved = f" ({found.moved_tensors} of them in another file)" if found.moved_tensors else ""
    show(f"tensors: {_counts((t.state for t in found.tensors), found.same_tensors)}{moved}")
    if found.tensors:
        rows = [
            (s.state.value, s.dtype, _shape(s.shape), f"{s.tensors:,}", say_size(s.size),
             say_size(s.changed_bytes))
            for s in found.by_shape()[:_NAMED]
        ]  # fmt: skip
        show(table(rows, ("", "dtype", "shape", "tensors", "size", "new"), right=(3, 4, 5)))
    for change in found.tensors[:_NAMED]:
        show(f"  {_SIGNS[change.state]} {_tensor(change)}")
    _show_more(len(found.tensors))


def _shape(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape)) or "one value"


def _tensor(change: TensorChange) -> str:
    words = [change.name, change.dtype, _shape(change.shape)]
    was = [*([change.old_dtype] if change.old_dtype else []),
           *([_shape(change.old_shape)] if change.old_shape is not None else [])]  # fmt: skip
    return "  ".join(words) + (f"  (was {' '.join(was)})" if was else "")


def _show_more(count: int) -> None:
    if count > _NAMED:
        show(f"    and {count - _NAMED:,} more (--json lists all)")
