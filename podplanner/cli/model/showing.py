"""`model show`."""

from collections.abc import Iterator, Mapping
from typing import Any

from podplanner.cli.console import counted, emit, show, table, wrapped
from podplanner.cli.model.opening import Address, Json, VersionWord, reading, short_time
from podplanner.store.listing import Shown, ShownFile
from podplanner.store.metadata import lines, plain
from podplanner.store.pickles import PickleFindings
from podplanner.units.words import say_size

_FILES = 20
# Lines of files for people; `--json` has all.
_NEAR = 4
# Ancestors that are named.
_LABEL = 12
_WIDEST = 40
# Characters that a key of metadata may push its value to the right.


def show_version(version: VersionWord, store: Address = None, as_json: Json = False) -> None:
    """Show all that is known of a version.

    Parameters are counted from the tensors themselves. Pickles are read without running them, and
    what they would import is named.

    \b
    Examples:
      podplanner model show team/cat --store /mnt/pod/models
      podplanner model show team/cat:prod --json
    """
    found = reading(store).show(version)
    if as_json:
        emit("model-show", _record(found))
    else:
        _show(found)


# --- For machines ---


def _record(found: Shown) -> dict[str, object]:
    record, figures = found.record, found.figures
    code = record.code
    return {
        "model": record.model, "version": record.number, "time": record.time, "who": record.who,
        "manifest": record.manifest, "aliases": list(found.aliases), "parent": record.parent,
        "lineage": [{"version": a.reference, "state": a.state, "time": a.time}
                    for a in found.lineage],
        "code": None if code is None else {"revision": code.revision, "dirty": code.dirty},
        "total_bytes": record.total_bytes, "new_bytes": record.new_bytes,
        "stored_bytes": found.stored_bytes, "pieces": found.pieces,
        "parameters": figures.parameters, "tensors": figures.tensors,
        "dtypes": [{"dtype": d.dtype, "tensors": d.tensors, "parameters": d.parameters,
                    "bytes": d.size} for d in figures.by_dtype],
        "formats": [{"format": f.format, "files": f.files, "bytes": f.size, "tensors": f.tensors,
                     "parameters": f.parameters} for f in figures.formats],
        "files": [_file_record(file, figures.pickles.get(file.path)) for file in found.files],
        "empty_folders": list(found.folders),
        "pickle_globals": sorted({n for p in figures.pickles.values() for n in p.globals}),
        "signatures": [{"time": s.time, "who": s.who, "of_this_content": s.of_this_content}
                       for s in found.signatures],
        "notes": [{"time": n.time, "who": n.who, "values": plain(n.values)}
                  for n in found.notes],
        "metadata": plain(found.metadata),
    }  # fmt: skip


def _file_record(file: ShownFile, pickle: PickleFindings | None) -> dict[str, object]:
    return {
        "path": file.path, "size": file.size, "format": file.format, "tensors": file.tensors,
        "parameters": file.parameters, "executable": file.executable,
        "sha256": file.sha256,
        "pickle": None if pickle is None else {
            "globals": list(pickle.globals), "unknown": list(pickle.unknown),
            "oddities": list(pickle.oddities),
        },
    }  # fmt: skip


# --- For people ---


def _show(found: Shown) -> None:
    record = found.record
    names = f"  ({', '.join(found.aliases)})" if found.aliases else ""
    show(f"{record.model}:{record.number}{names}")
    for label, words in _facts(found):
        show(f"  {label:<{_LABEL}}{wrapped(words, _LABEL + 2)}")
    if len(found.figures.by_dtype) > 1:
        show()
        rows = [(d.dtype, f"{d.tensors:,}", f"{d.parameters:,}", say_size(d.size))
                for d in found.figures.by_dtype]  # fmt: skip
        show(table(rows, ("dtype", "tensors", "parameters", "size"), right=(1, 2, 3)))
    _show_files(found)
    _show_values("metadata", found.metadata)
    _show_values("notes", found.noted)


def _facts(found: Shown) -> Iterator[tuple[str, str]]:
    record = found.record
    yield "pushed", f"{short_time(record.time)} UTC by {record.who}"
    if record.code is not None:
        dirty = {True: ", with changes", False: "", None: ""}[record.code.dirty]
        yield "code", f"{record.code.revision}{dirty}"
    if found.lineage:
        yield "made from", _lineage(found)
    yield "manifest", record.manifest
    yield "size", f"{say_size(record.total_bytes)} in {counted(record.files, 'file')}"
    yield "new", (f"{say_size(record.new_bytes)} came with this version; all of it takes "
                  f"{say_size(found.stored_bytes)} in the store")  # fmt: skip
    figures = found.figures
    if figures.parameters is not None:
        dtypes = ", ".join(d.dtype for d in figures.by_dtype)
        tensors = counted(figures.tensors, "tensor")
        yield "parameters", f"{figures.parameters:,} in {tensors} ({dtypes})"
    if found.folders:
        yield "empty", counted(len(found.folders), "empty folder")
    for path, pickle in figures.pickles.items():
        yield "pickle", f"{path}: {_pickle(pickle)}"
    yield "signed", _signed(found)


def _lineage(found: Shown) -> str:
    words = [a.reference if a.state == "live" else f"{a.reference} ({a.state})"
             for a in found.lineage[:_NEAR]]  # fmt: skip
    older = len(found.lineage) - _NEAR
    return " <- ".join(words) + (f" <- {older} more" if older > 0 else "")


def _pickle(found: PickleFindings) -> str:
    words = [f"would import {', '.join(found.globals)}" if found.globals else "imports nothing"]
    if found.unknown:
        words.append(f"not known to be safe: {', '.join(found.unknown)}")
    return "; ".join([*words, *found.oddities])


def _signed(found: Shown) -> str:
    good = [s for s in found.signatures if s.of_this_content]
    if not good:
        return "no"
    last = good[-1]
    return (f"{short_time(last.time)} UTC by {last.who}; whether it holds is told by "
            f"`podplanner model pull --require-signature PUBLIC_KEY`")  # fmt: skip


def _show_files(found: Shown) -> None:
    show()
    shown = found.files
    if len(shown) > _FILES:
        largest = sorted(shown, key=lambda file: -file.size)[:_FILES]
        shown = tuple(sorted(largest, key=lambda file: file.path))
    rows = [(file.path, say_size(file.size), file.format or "",
             "" if file.tensors is None else f"{file.tensors:,}") for file in shown]  # fmt: skip
    show(table(rows, ("file", "size", "format", "tensors"), right=(1, 3)))
    if len(found.files) > len(shown):
        show(f"and {len(found.files) - len(shown):,} smaller ones (--json lists all)")


def _show_values(title: str, values: Mapping[str, Any]) -> None:
    if not values:
        return
    show()
    show(title)
    told = list(lines(values))
    room = min(max(len(line.key) for line in told), _WIDEST)
    for line in told:
        show(f"  {line.key:<{room}}  {wrapped(line.value, room + 4)}")
