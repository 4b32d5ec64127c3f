"""The store in tests/data/stores/v1 is read for ever, by podplanner and by the second reader."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import zstandard
from blake3 import blake3
from support.expectations import found_by_second_reader, tree_digest

from podplanner.errors import FormatVersionError, UnknownNameError
from podplanner.store import open_store

STORES = Path(__file__).resolve().parents[2] / "data" / "stores"
KEPT = STORES / "v1"
KNOWN = json.loads((STORES / "v1.json").read_text(encoding="utf-8"))
MODELS: dict[str, Any] = KNOWN["models"]
VERSIONS = [
    (f"{model}:{number}", version)
    for model, what in MODELS.items()
    for number, version in what["versions"].items()
]
each_version = pytest.mark.parametrize(
    ("reference", "expected"), VERSIONS, ids=[reference for reference, _ in VERSIONS]
)


@pytest.fixture
def copy(tmp_path) -> Path:
    """Return a copy that may be written to."""
    return Path(shutil.copytree(KEPT, tmp_path / "copy"))


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_nobody_has_touched_it():
    assert tree_digest(KEPT) == KNOWN["tree"]


@each_version
def test_every_version_is_read(reference, expected):
    store = open_store(KEPT, read_only=True)
    shown = store.show(reference)
    files = {
        file.path: {
            "size": file.size,
            "sha256": sha256(b"".join(store.cat(reference, file.path))),
            "executable": file.executable,
        }
        for file in shown.files
    }
    assert files == expected["files"]
    assert list(shown.folders) == expected["folders"]
    assert shown.metadata == expected["metadata"]
    assert [note.values for note in shown.notes] == expected["notes"]


@each_version
def test_every_version_is_pulled(reference, expected, tmp_path):
    dest = tmp_path / "dest"
    open_store(KEPT, read_only=True).pull(reference, dest)
    paths = [path for path in dest.rglob("*") if path.relative_to(dest).parts[0] != ".podplanner"]
    found = {
        path.relative_to(dest).as_posix(): {
            "size": path.stat().st_size,
            "sha256": sha256(path.read_bytes()),
            "executable": bool(path.stat().st_mode & 0o100),
        }
        for path in paths
        if path.is_file()
    }
    assert found == expected["files"]
    empty = {path for path in paths if path.is_dir() and not any(path.iterdir())}
    assert {path.relative_to(dest).as_posix() for path in empty} == set(expected["folders"])


def test_names_aliases_and_deletions_are_read():
    store = open_store(KEPT, read_only=True)
    assert {model.name: model.aliases for model in store.models()} == {
        model: what["aliases"] for model, what in MODELS.items()
    }
    for model, what in MODELS.items():
        summaries = store.versions(model, limit=None, deleted=True)
        live = {summary.record.number for summary in summaries if not summary.deleted}
        deleted = {summary.record.number for summary in summaries if summary.deleted}
        assert live == set(map(int, what["versions"]))
        assert deleted == set(what["deleted"])
        for number in (*what["deleted"], *what["void"]):
            with pytest.raises(UnknownNameError):
                store.show(f"{model}:{number}")


def test_reading_leaves_nothing_behind(copy):
    before = tree_digest(copy)
    store = open_store(copy, read_only=True)
    for reference, _ in VERSIONS:
        store.verify(reference)
    assert tree_digest(copy) == before == KNOWN["tree"]


def test_the_signature_still_verifies(tmp_path):
    pytest.importorskip("model_signing")
    store = open_store(KEPT, read_only=True)
    store.pull("team/cat:3", tmp_path / "dest", require_signature=STORES / "v1.pem")
    assert (tmp_path / "dest" / "config.json").read_bytes() == b"{}"


def test_the_second_reader_reads_all_of_it():
    assert found_by_second_reader(KEPT) == MODELS


def test_it_lives_on(copy, tmp_path):
    """A copy is pushed to, checked and collected by the code of today."""
    source = tmp_path / "source"
    store = open_store(copy)
    store.pull("team/cat:6", source)
    (source / "new.txt").write_bytes(b"new\n")
    pushed = store.push(source, "team/cat", delta=True)
    assert (pushed.version, pushed.created) == (7, True)
    checked = store.check(deep=True)
    assert checked.ok, checked.problems
    store.gc(grace_s=0.0)
    store.gc(grace_s=0.0)
    for reference, expected in VERSIONS:
        for path, what in expected["files"].items():
            assert sha256(b"".join(store.cat(reference, path))) == what["sha256"]
    assert store.check(deep=True).ok
    assert b"".join(store.cat("team/cat:7", "new.txt")) == b"new\n"


# What is newer is refused, and named


def change(path: Path, newer: dict[str, Any]) -> None:
    document = json.loads(path.read_bytes()) | newer
    path.chmod(0o644)
    path.write_text(json.dumps(document))


def put_document(root: Path, kind: str, content: bytes) -> str:
    """Store a document and return its digest."""
    digest = blake3(content).hexdigest()
    folder = root / kind / digest[:2] if kind == "tables" else root / kind
    ending = ".zst" if kind == "tables" else ".json.zst"
    folder.mkdir(exist_ok=True)
    (folder / f"{digest}{ending}").write_bytes(zstandard.compress(content))
    return digest


def unpacked(root: Path, kind: str, digest: str) -> bytes:
    path = root / kind / f"{digest}.json.zst"
    if kind == "tables":
        path = root / kind / digest[:2] / f"{digest}.zst"
    return zstandard.decompress(path.read_bytes())


NEWER = {
    "a newer format": ({"format": "podplanner/{kind}/2"}, "podplanner/{kind}/2"),
    "an unknown feature": ({"requires": ["holograms"]}, "holograms"),
}
each_newer = pytest.mark.parametrize("newer", NEWER)


def said(newer: str, kind: str) -> tuple[dict[str, Any], str]:
    """Return the fields that make a document newer, and what an error must name."""
    what, named = NEWER[newer]
    fields = {
        key: value.format(kind=kind) if isinstance(value, str) else value
        for key, value in what.items()
    }
    return fields, named.format(kind=kind)


def refuses(root: Path, named: str, use: Callable[[Any], object]) -> None:
    with pytest.raises(FormatVersionError) as caught:
        use(open_store(root, read_only=True))
    assert named in caught.value.message
    assert "newer podplanner" in (caught.value.hint or "")
    assert caught.value.exit_code == 22


@each_newer
def test_a_newer_store_is_refused_when_it_is_opened(copy, newer):
    fields, named = said(newer, "store")
    change(copy / "store.json", fields)
    refuses(copy, named, lambda store: store)
    with pytest.raises(FormatVersionError):
        open_store(copy)


@each_newer
def test_a_newer_record_refuses_its_version_and_no_other(copy, newer):
    fields, named = said(newer, "version")
    change(copy / "models" / "torn" / "versions" / "0000000001.json", fields)
    refuses(copy, named, lambda store: store.show("torn:1"))
    others_are_read(copy, "torn")


@each_newer
@pytest.mark.parametrize("kind", ["manifest", "layout"])
def test_a_newer_manifest_or_layout_refuses_its_version_and_no_other(copy, kind, newer, tmp_path):
    fields, named = said(newer, kind)
    record = copy / "models" / "torn" / "versions" / "0000000001.json"
    held = json.loads(record.read_bytes())
    document = json.loads(unpacked(copy, f"{kind}s", held[kind])) | fields
    held[kind] = put_document(copy, f"{kind}s", json.dumps(document).encode())
    if kind == "manifest":
        layout = json.loads(unpacked(copy, "layouts", held["layout"]))
        layout["manifest"] = held["manifest"]
        held["layout"] = put_document(copy, "layouts", json.dumps(layout).encode())
    change(record, held | {"proof": ""})
    refuses(copy, named, lambda store: store.show("torn:1"))
    refuses(copy, named, lambda store: store.pull("torn:1", tmp_path / "dest"))
    assert not (tmp_path / "dest").exists()
    others_are_read(copy, "torn")


@pytest.mark.parametrize(("held_by", "magic"), [("manifest", b"PODPIECE"), ("layout", b"PODPLACE")])
def test_a_newer_table_is_refused(copy, held_by, magic):
    record = copy / "models" / "torn" / "versions" / "0000000001.json"
    held = json.loads(record.read_bytes())
    documents = {
        kind: json.loads(unpacked(copy, f"{kind}s", held[kind])) for kind in ("manifest", "layout")
    }
    (table,) = documents[held_by]["tables"]
    content = unpacked(copy, "tables", table["table"])
    assert content[:12] == magic + b"\x01\0\0\0"
    table["table"] = put_document(copy, "tables", magic + b"\x02\0\0\0" + content[12:])
    held["manifest"] = put_document(copy, "manifests", json.dumps(documents["manifest"]).encode())
    documents["layout"]["manifest"] = held["manifest"]
    held["layout"] = put_document(copy, "layouts", json.dumps(documents["layout"]).encode())
    change(record, held | {"proof": ""})
    refuses(copy, "version 2", lambda store: store.verify("torn:1"))


def test_nothing_is_collected_while_there_is_something_newer(copy):
    change(
        copy / "models" / "torn" / "versions" / "0000000001.json",
        said("a newer format", "version")[0],
    )
    before = sorted(copy.glob("objects/*/*"))
    with pytest.raises(FormatVersionError, match="torn:1"):
        open_store(copy).gc(grace_s=0.0)
    assert sorted(copy.glob("objects/*/*")) == before


def others_are_read(root: Path, but: str) -> None:
    store = open_store(root, read_only=True)
    assert {model.name for model in store.models()} >= MODELS.keys() - {but}
    for reference, expected in VERSIONS:
        if not reference.startswith(f"{but}:"):
            assert {file.path for file in store.show(reference).files} == expected["files"].keys()
