"""Compares what a reader finds in a store with what `feature_store` says that it holds."""

import hashlib
from pathlib import Path
from typing import Any

from support.feature_store import Expected
from support.second_reader import SecondReader


def found_by_second_reader(folder: Path) -> Expected:
    """Return what a store holds, in the form in which `feature_store.build` says it."""
    reader = SecondReader(folder)
    return {model: _model(reader, model) for model in reader.models()}


def _model(reader: SecondReader, model: str) -> Expected:
    numbers = reader.numbers(model)
    history = {alias: reader.alias_history(model, alias) for alias in reader.alias_names(model)}
    void = [number for number in numbers if reader.record(model, number)["void"]]
    return {
        "aliases": reader.aliases(model),
        "history": history,
        "versions": {str(n): _version(reader, model, n) for n in reader.versions(model)},
        "deleted": [n for n in numbers if reader.is_deleted(model, n) and n not in void],
        "void": void,
    }


def _version(reader: SecondReader, model: str, number: int) -> dict[str, Any]:
    version = reader.open(f"{model}:{number}")
    files = {}
    for path, entry in version.files.items():
        content = version.read(path)
        assert len(content) == entry["size"]
        files[path] = {
            "size": entry["size"],
            "sha256": hashlib.sha256(content).hexdigest(),
            "executable": entry["executable"],
        }
    notes = reader.notes(model, number)
    return {
        "files": files,
        "folders": version.folders,
        "metadata": version.metadata,
        "notes": [note["values"] for note in notes if note["kind"] == "values"],
    }


def tree_digest(folder: Path) -> str:
    """Return the SHA-256 of a line for each file: its key and the SHA-256 of its bytes."""
    lines = sorted(
        f"{path.relative_to(folder).as_posix()} {hashlib.sha256(path.read_bytes()).hexdigest()}\n"
        for path in folder.rglob("*")
        if path.is_file()
    )
    return hashlib.sha256("".join(lines).encode()).hexdigest()
