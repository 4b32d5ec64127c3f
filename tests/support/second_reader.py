"""A second reader of a store in a directory, written from docs/store-format.md alone.

It imports nothing of podplanner: what it reads, another program could. It is as strict as the page
allows, and reads whole objects, so that the name of every object that it meets is proved too.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from blake3 import blake3
from support.second_documents import FILE, PIECES, PLACES, TENSORS, check_fields, parse
from support.second_encodings import RefusedError, decode, require, unpack
from support.second_paths import check_paths
from support.second_tables import NO_DIGEST, Key, Row, Stored, piece_table, place_table

MOST_DOCUMENT = 64 << 20
MOST_TABLE = 16 << 20
ENDINGS = {"manifests": ".json.zst", "layouts": ".json.zst", "tables": ".zst"}
RECORD = re.compile(r"([0-9]{10})\.json")
RELAYOUT = re.compile(r"([0-9]{10})\.layout-([1-9][0-9]*)\.json")


def digest_of(content: bytes) -> bytes:
    return blake3(content).digest()


def folder_of(model: str) -> str:
    return "models/" + model.lower().replace("/", "%2f")


@dataclass
class SecondReader:
    """A store in the folder `root`."""

    root: Path
    objects: dict[Key, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.store = parse(self._bytes("store.json"), "store")

    def _bytes(self, key: str) -> bytes:
        try:
            return (self.root / key).read_bytes()
        except FileNotFoundError:
            raise RefusedError(f"missing: {key}") from None

    def _names(self, folder: str) -> list[str]:
        path = self.root / folder
        return sorted(entry.name for entry in path.iterdir()) if path.is_dir() else []

    # Models and versions

    def models(self) -> list[str]:
        """Return the names as they were first written."""
        folders = [name.replace("%2f", "/") for name in self._names("models")]
        return [
            self.record(folder, min(numbers))["model"]
            for folder in folders
            if (numbers := self.numbers(folder))
        ]

    def numbers(self, model: str) -> list[int]:
        """Return all numbers that were ever taken, in order."""
        names = self._names(f"{folder_of(model)}/versions")
        return [int(found[1]) for name in names if (found := RECORD.fullmatch(name))]

    def record(self, model: str, number: int) -> dict[str, Any]:
        """Return the record of a version, void or not."""
        key = f"{folder_of(model)}/versions/{number:010}.json"
        record = parse(self._bytes(key), "version")
        require(record["number"] == number, "a record under another number")
        require(folder_of(record["model"]) == folder_of(model), "a record under another model")
        return record

    def is_deleted(self, model: str, number: int) -> bool:
        folder = self.root / f"{folder_of(model)}/versions"
        return any((folder / f"{number:010}.{word}.json").exists() for word in ("deleted", "swept"))

    def fate(self, model: str, number: int) -> str | None:
        """Return what became of the deletion that a tombstone says; None: nothing yet."""
        stem = f"{folder_of(model)}/versions/{number:010}"
        tombstone = parse(self._bytes(f"{stem}.deleted.json"), "tombstone")
        key = f"{stem}.fate-{tombstone['id']}.json"
        if not (self.root / key).exists():
            return None
        return str(parse(self._bytes(key), "fate")["what"])

    def versions(self, model: str) -> list[int]:
        """Return the numbers that can be read, in order."""
        return [
            number
            for number in self.numbers(model)
            if not self.is_deleted(model, number) and not self.record(model, number)["void"]
        ]

    def resolve(self, reference: str) -> tuple[str, int]:
        """Return model and number of a reference."""
        model, _, word = reference.partition(":")
        if word.isascii() and word.isdigit():
            return model, int(word)
        if word.lower() in ("", "latest"):
            numbers = self.versions(model)
            require(bool(numbers), f"no version of {model}")
            return model, max(numbers)
        aliases = self.aliases(model)
        require(word.lower() in aliases, f"no alias {word}")
        return model, aliases[word.lower()]

    def open(self, reference: str) -> "Version":
        """Return a version to read from."""
        model, number = self.resolve(reference)
        record = self.record(model, number)
        require(not record["void"], "out of use")
        require(not self.is_deleted(model, number), "deleted")
        return Version(self, record, self._layout_key(model, record))

    def _layout_key(self, model: str, record: dict[str, Any]) -> Key:
        """Return the layout that is in force."""
        folder = f"{folder_of(model)}/versions"
        found = [match for name in self._names(folder) if (match := RELAYOUT.fullmatch(name))]
        found = [match for match in found if int(match[1]) == record["number"]]
        if not found:
            return Key.read(record["layout"])
        last = max(found, key=lambda match: int(match[2]))
        return Key.read(parse(self._bytes(f"{folder}/{last[0]}"), "relayout")["layout"])

    # Aliases and notes

    def alias_history(self, model: str, alias: str) -> list[int | None]:
        """Return what an alias is and was, the last move first."""
        folder = f"{folder_of(model)}/aliases/{alias.lower()}"
        moves = [name for name in self._names(folder) if RECORD.fullmatch(name)]
        return [parse(self._bytes(f"{folder}/{name}"), "alias")["version"] for name in moves]

    def alias_names(self, model: str) -> list[str]:
        """Return all aliases that there ever were."""
        return self._names(f"{folder_of(model)}/aliases")

    def aliases(self, model: str) -> dict[str, int]:
        """Return the aliases that name a version now."""
        found = {}
        for alias in self.alias_names(model):
            history = self.alias_history(model, alias)
            if history and history[0] is not None:
                found[alias] = history[0]
        return found

    def notes(self, model: str, number: int) -> list[dict[str, Any]]:
        """Return the notes on a version, the oldest first."""
        folder = f"{folder_of(model)}/notes/{number:010}"
        return [parse(self._bytes(f"{folder}/{name}"), "note") for name in self._names(folder)]

    # What is named by a digest

    def document(self, kind: str, key: Key, limit: int = MOST_DOCUMENT) -> bytes:
        """Return the plain bytes of a document, proved by its digest."""
        shard = f"{key.word[:2]}/" if kind == "tables" else ""
        frame = self._bytes(f"{kind}/{shard}{key.word}{ENDINGS[kind]}")
        content = unpack(frame, limit=limit)
        require(digest_of(content) == key.digest, f"another document under {kind}/{key.word}")
        return content

    def object(self, key: Key, length: int) -> bytes:
        """Return an object, proved by its digest."""
        content = self.objects.get(key)
        if content is None:
            content = self._bytes(f"objects/{key.word[:2]}/{key.word}")
            require(digest_of(content) == key.digest, f"another object under {key.word}")
            self.objects[key] = content
        require(len(content) == length, f"{key.word} is of another length")
        return content


class Version:
    """The manifest of a version and where its pieces lie."""

    def __init__(self, reader: SecondReader, record: dict[str, Any], layout: Key) -> None:
        self.reader = reader
        self.record = record
        self.layout_key = layout
        self.layout = parse(reader.document("layouts", layout), "layout")
        require(self.layout["manifest"] == record["manifest"], "the layout of another version")
        self.manifest = parse(self._document("manifests", record["manifest"]), "manifest")
        self.metadata: dict[str, Any] = self.manifest["metadata"]
        self.files: dict[str, dict[str, Any]] = {
            entry["path"]: entry for entry in self.manifest["files"]
        }
        self.folders: list[str] = self.manifest["folders"]
        self._check_files()
        self.rows = list(self._rows())
        self._check_rows()

    def _document(self, kind: str, digest: str, limit: int = MOST_DOCUMENT) -> bytes:
        epoch = self.layout["renamed"].get(f"{kind}/{digest}", 0)
        return self.reader.document(kind, replace(Key.read(digest), epoch=epoch), limit)

    def _check_files(self) -> None:
        for entry in self.manifest["files"]:
            check_fields(entry, FILE)
            require(entry["size"] >= 0 and entry["pieces"] >= 0, "less than nothing")
        paths = [entry["path"] for entry in self.manifest["files"]]
        require(paths == sorted(paths), "files out of order")
        require(self.folders == sorted(self.folders), "folders out of order")
        check_paths(paths, self.folders)

    def _rows(self) -> Iterator[Row]:
        require(len(self.manifest["tables"]) == len(self.layout["tables"]), "other tables")
        for held, placed in zip(self.manifest["tables"], self.layout["tables"], strict=True):
            check_fields(held, PIECES)
            check_fields(placed, PLACES)
            pieces = piece_table(self._document("tables", held["table"], MOST_TABLE))
            places = place_table(self._document("tables", placed["table"], MOST_TABLE))
            counts = {len(pieces), len(places), held["pieces"], placed["pieces"]}
            require(len(counts) == 1, "tables of other lengths")
            require(sum(row.length for row in pieces) == held["bytes"], "another sum")
            for row, place in zip(pieces, places, strict=True):
                require((place is None) == (row.digest == NO_DIGEST), "a hole that is stored")
                yield row if place is None else replace(row, place=place[0], base=place[1])

    def _check_rows(self) -> None:
        at = 0
        self.starts: dict[str, int] = {}
        for path, entry in self.files.items():
            self.starts[path] = at
            at += entry["pieces"]
            rows = self.rows[at - entry["pieces"] : at]
            require(sum(row.length for row in rows) == entry["size"], f"another size: {path}")
        require(at == len(self.rows), "more or fewer pieces than files have")

    def read(self, path: str) -> bytes:
        """Return a file."""
        return b"".join(bytes(part) for part in self.parts(path))

    def parts(self, path: str) -> Iterator[bytes | int]:
        """Yield the contents of a file's pieces, or the length of a hole."""
        start = self.starts[path]
        for row in self.rows[start : start + self.files[path]["pieces"]]:
            if row.place is None:
                yield row.length
                continue
            base = None
            if row.base is not None:
                base = self._plain(row.base.place, row.base.length, row.base.digest, None)
            yield self._plain(row.place, row.length, row.digest, base)

    def _plain(self, place: Stored, length: int, digest: bytes, base: bytes | None) -> bytes:
        whole = self.reader.object(place.object, place.object_bytes)
        stored = whole[place.offset : place.offset + place.stored]
        plain = decode(place.encoding, stored, length, base)
        require(len(plain) == length and digest_of(plain) == digest, "another piece")
        return plain

    def tensors(self, path: str) -> dict[str, Any] | None:
        """Return the list of a file's tensors, if it has one."""
        held = self.files[path]["tensors"]
        if held is None:
            return None
        check_fields(held, TENSORS)
        tensors = parse(self._document("tables", held["table"]), "tensors")
        columns = ("names", "dtypes", "shapes", "offsets", "lengths")
        require({len(tensors[name]) for name in columns} == {held["count"]}, "another count")
        return tensors
