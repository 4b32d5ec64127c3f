"""docs/store-format.md says what the code does: its words, fields, keys and vectors."""

import re
from pathlib import Path

import msgspec
import pytest
from support import second_documents
from support.feature_store import build
from support.second_encodings import decode as second_decode

import podplanner.store
from podplanner.store import epochs, layout, lease, manifest, policy, records
from podplanner.store.documents import Document
from podplanner.store.encoding import decode
from podplanner.store.tables import DELTA, FAST

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "store-format.md").read_text(encoding="utf-8")
STORE = Path(podplanner.store.__file__).parent
CLASSES: dict[str, type[Document]] = {
    "store": policy.StorePolicy,
    "version": records.VersionRecord,
    "relayout": records.Relayout,
    "manifest": manifest.Manifest,
    "tensors": manifest.TensorList,
    "layout": layout.Layout,
    "alias": records.AliasRecord,
    "note": records.NoteRecord,
    "tombstone": records.Tombstone,
    "fate": records.Fate,
    "lease": lease.LeaseRecord,
    "relayout-intent": lease.RelayoutIntent,
    "dead": lease.DeadRecord,
    "epoch-end": epochs.EpochEnd,
    "epoch-closed": epochs.EpochClosed,
}
PARTS = {
    second_documents.FILE: manifest.FileEntry,
    second_documents.TENSORS: manifest.TensorsRef,
    second_documents.PIECES: manifest.TableRef,
    second_documents.PLACES: layout.PlaceTableRef,
}


def names(kind: type[msgspec.Struct]) -> set[str]:
    return {field.name for field in msgspec.structs.fields(kind)} - {"format", "requires"}


def test_the_page_names_the_formats_of_the_store_and_no_others():
    written = set()
    for path in STORE.rglob("*.py"):
        if "worktree" not in path.parts:  # what it writes lies beside a pulled model
            written |= set(re.findall(r'= "podplanner/([a-z-]+)/1"', path.read_text()))
    named = set(re.findall(r"podplanner/([a-z-]+)/1", PAGE))
    assert named == written == {*CLASSES, "doctor"}


@pytest.mark.parametrize("kind", CLASSES)
def test_the_fields_of_a_document_are_on_the_page(kind):
    assert names(CLASSES[kind]) == set(second_documents.FIELDS[kind].split())
    section = re.search(rf"podplanner/{kind}/1(.*?)(?=\n## )", PAGE, re.DOTALL)
    assert section is not None
    missing = {name for name in names(CLASSES[kind]) if not _is_named(name, section[1])}
    assert not missing


@pytest.mark.parametrize("described", PARTS, ids=lambda words: words.split()[0])
def test_the_fields_of_parts_of_documents_are_on_the_page(described):
    found = {field.name for field in msgspec.structs.fields(PARTS[described])}
    assert found == set(described.split())
    assert not {name for name in found if not _is_named(name, PAGE)}


def _is_named(name: str, text: str) -> bool:
    return re.search(rf"[`\"]{name}[`\"]", text) is not None


# Keys


def _patterns() -> dict[str, re.Pattern[str]]:
    """Return the rows of the table of keys, as expressions."""
    table = PAGE.partition("| key | what | written |")[2].partition("\n\n")[0]
    found = {}
    for row in table.splitlines():
        words = re.findall(r"`([^`]+)`", row.split(" | ")[0])
        folder = words[0].rpartition("/")[0] if words else ""
        stem = words[0].partition(".")[0] if words else ""
        for word in words:
            if word.endswith("/"):
                key = f"{word}<anything>"
            elif word == words[0]:
                key = word
            else:
                key = f"{stem}{word}" if word.startswith(".") else f"{folder}/{word}"
            found[key] = _expression(key)
    return found


def _expression(key: str) -> re.Pattern[str]:
    number = "[0-9]{10}"
    epoch = number if key.startswith("gc/") else "[1-9][0-9]*"
    expression = re.escape(key).replace("/ab/", "/[0-9a-f]{2}/")
    for word, means in {
        "[-<epoch>]": "(-<epoch>)?",
        "<digest>": "[0-9a-f]{64}",
        "<epoch>": epoch,
        "<number>": number,
        "<9999999999 - sequence>": number,
        "<model>": "[a-z0-9%._-]+",
        "<alias>": "[a-z][a-z0-9._-]*",
        "<id>": "[0-9a-f]{32}",
        "<time>": r"[0-9]{8}t[0-9]{6}\.[0-9]{3}z",
        "commit-<k>": "commit-[0-9]{4}",
        "<k>": "[1-9][0-9]*",
        "<n>": "[0-9]{8}",
        "<key, %2f for />": "[a-z]+%2f[a-z0-9%.-]+",
        "<12 hex digits>": "[0-9a-f]{12}",
        "<anything>": ".*",
    }.items():
        expression = expression.replace(re.escape(word), means).replace(word, means)
    return re.compile(expression)


def test_every_key_of_a_store_is_on_the_page_and_most_rows_are_in_a_store(tmp_path):
    (tmp_path / "store").mkdir()
    build(tmp_path / "store", tmp_path / "sources")
    keys = [
        str(path.relative_to(tmp_path / "store"))
        for path in (tmp_path / "store").rglob("*")
        if path.is_file()
    ]
    patterns = _patterns()
    used = set()
    for key in keys:
        fitting = [name for name, pattern in patterns.items() if pattern.fullmatch(key)]
        assert len(fitting) == 1, (key, fitting)
        used.update(fitting)
    assert patterns.keys() - used == {
        "damaged/<key, %2f for />.json",  # taken back when the key has been mended
        "doctor/<number>.json",
        "tmp/<anything>",
        ".claims/<anything>",
    }


# Vectors


def _vectors(heading: str) -> list[tuple[list[bytes], bytes]]:
    """Return what stands in backticks before each block of hex digits, and the block."""
    section = PAGE.partition(f"\n### {heading}\n")[2].partition("\n##")[0]
    found = []
    for said, block in re.findall(r"\nVector(.*?):?\n\n((?:    [^\n]+\n)+)", section, re.DOTALL):
        plain = [bytes.fromhex(word) for word in re.findall(r"`\s*([0-9a-f]+)`", said)]
        found.append((plain, bytes.fromhex("".join(block.split()))))
    return found


def test_the_vectors_of_fast_are_right():
    vectors = _vectors("FAST")
    assert len(vectors) == 2
    for (piece,), stored in vectors:
        out = bytearray(len(piece))
        decode(memoryview(stored), FAST, len(piece), memoryview(out))
        assert out == piece == second_decode(FAST, stored, len(piece), None)


def test_the_vector_of_delta_is_right():
    (((base, piece), stored),) = _vectors("DELTA")
    out = bytearray(len(piece))
    decode(memoryview(stored), DELTA, len(piece), memoryview(out), memoryview(base))
    assert out == piece == second_decode(DELTA, stored, len(piece), base)
