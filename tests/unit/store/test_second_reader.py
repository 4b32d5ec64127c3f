"""Stores of the real push are read by a reader that was written from the format's page alone."""

import ast
import json
import shutil
import sys
from pathlib import Path

import ml_dtypes
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support import second_reader
from support.expectations import found_by_second_reader
from support.feature_store import Expected, build
from support.second_documents import parse
from support.second_encodings import RefusedError, decode
from support.second_paths import check_paths
from support.second_reader import SecondReader, Version
from support.second_tables import TooNewError

from podplanner.errors import UnsafeContentError
from podplanner.store import open_store
from podplanner.store.encoding import encode, encode_delta
from podplanner.store.paths import check_tree
from podplanner.store.tables import DELTA, FAST, RAW, ZSTD


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> tuple[Path, Expected]:
    """Return a store with every feature, and what it holds."""
    folder = tmp_path_factory.mktemp("store")
    with pytest.MonkeyPatch.context() as patch:
        for variable in ("XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
            patch.setenv(variable, str(tmp_path_factory.mktemp("home")))
        return folder, build(folder, tmp_path_factory.mktemp("sources"))


@pytest.fixture
def copy(made, tmp_path) -> Path:
    """Return a copy that may be damaged."""
    return Path(shutil.copytree(made[0], tmp_path / "copy"))


def versions(folder: Path) -> dict[str, Version]:
    reader = SecondReader(folder)
    return {
        f"{model}:{number}": reader.open(f"{model}:{number}")
        for model in reader.models()
        for number in reader.versions(model)
    }


def test_it_knows_nothing_of_podplanner():
    folder = Path(second_reader.__file__).parent
    imported = set()
    for path in folder.glob("second_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                imported.add(node.module)
            elif isinstance(node, ast.Import):
                imported.update(alias.name for alias in node.names)
    others = {name for name in imported if name.partition(".")[0] not in sys.stdlib_module_names}
    ours = {name for name in others if name.startswith("support.second_")}
    assert others - ours == {"blake3", "numpy", "zstandard"}


def test_it_reads_all_that_was_pushed(made):
    folder, expected = made
    found = found_by_second_reader(folder)
    assert found.keys() == expected.keys()
    for model, what in expected.items():
        assert found[model] == what, model


def test_the_store_has_every_feature(made):
    """What the test above has read is worth something only if all of it was there."""
    every = versions(made[0])
    rows = [row for version in every.values() for row in version.rows]
    assert {row.place.encoding for row in rows if row.place} == {RAW, ZSTD, FAST, DELTA}
    assert {row.base.place.encoding for row in rows if row.base} == {RAW}
    assert any(row.place is None for row in rows), "a hole"
    assert any(row.place and row.place.stored < row.place.object_bytes for row in rows), "a bundle"
    assert any(row.place and row.place.object.epoch for row in rows), "an object with an epoch"
    renamed = {key.partition("/")[0] for one in every.values() for key in one.layout["renamed"]}
    assert renamed == {"manifests", "tables"}
    assert any(len(version.manifest["tables"]) > 2 for version in every.values()), "many tables"
    files = [entry for version in every.values() for entry in version.files.values()]
    assert {entry["format"] for entry in files} == {None, "safetensors", "gguf", "zip", "npy"}
    assert any(entry["pickle"] for entry in files)
    assert every["Team/Cat:1"].tensors("array.npy")["fortran"] == [0]
    mended = SecondReader(made[0]).record("mended/one", 1)
    assert every["mended/one:1"].layout_key.word != mended["layout"], "another layout"
    records = [version.record for version in every.values()]
    assert {record["code"] and record["code"]["revision"][:4] for record in records} >= {"0123"}
    assert every["Team/Cat:6"].record["parent"] == "Team/Cat:3"


def test_it_resolves_references_as_podplanner_does(made):
    reader, store = SecondReader(made[0]), open_store(made[0], read_only=True)
    for reference in ("team/cat", "TEAM/CAT:latest", "Team/Cat:prod", "team/cat:2", "z"):
        version = reader.open(reference).record
        assert version["number"] == store.show(reference).record.number


@pytest.mark.parametrize(
    ("reference", "why"),
    [
        ("z:1", "deleted"),
        ("team/cat:4", "deleted"),
        ("team/cat:5", "out of use"),
        ("team/cat:test", "no alias"),
        ("team/cat:7", "missing"),
        ("never", "no version"),
    ],
)
def test_it_refuses_what_cannot_be_read(made, reference, why):
    with pytest.raises(RefusedError, match=why):
        SecondReader(made[0]).open(reference)


def test_it_knows_what_became_of_deletions(made):
    reader = SecondReader(made[0])
    assert reader.fate("z", 1) == "swept"
    assert reader.fate("team/cat", 4) is None
    assert not reader.is_deleted("team/cat", 1)


def test_tensors_lie_where_their_list_says(made):
    version = versions(made[0])["Team/Cat:3"]
    tensors = version.tensors("model.safetensors")
    content = version.read("model.safetensors")
    lazy = open_store(made[0], read_only=True).tensors("team/cat:3", "model.safetensors")
    assert set(tensors["names"]) == set(lazy)
    for name, dtype, shape, offset, length in zip(
        *(tensors[column] for column in ("names", "dtypes", "shapes", "offsets", "lengths")),
        strict=True,
    ):
        kind = {"BF16": ml_dtypes.bfloat16, "F32": np.dtype("<f4")}[dtype]
        array = np.frombuffer(content[offset : offset + length], kind).reshape(shape)
        assert array.tobytes() == np.asarray(lazy[name].numpy()).tobytes()


def test_a_changed_byte_is_found_wherever_a_version_needs_it(made, copy):
    needed = [
        path
        for kind in ("objects", "tables", "manifests", "layouts")
        for path in sorted((copy / kind).rglob("*"))
        if path.is_file()
    ]
    harmless = []
    for path in needed:
        content = path.read_bytes()
        path.chmod(0o644)
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        try:
            found_by_second_reader(copy)
            for version in versions(copy).values():
                for file in version.files:
                    version.tensors(file)
        except RefusedError:
            continue
        finally:
            path.write_bytes(content)
        harmless.append(path)
    reader = SecondReader(made[0])
    left = _used(reader)
    assert {str(path.relative_to(copy)) for path in harmless}.isdisjoint(left)
    assert len(left) > len(needed) / 2


def _used(reader: SecondReader) -> set[str]:
    """Return the keys of all that versions need."""
    used = set()
    for version in versions(reader.root).values():
        renamed = version.layout["renamed"]
        documents = [("manifests", version.record["manifest"])]
        documents += [
            ("tables", table["table"])
            for table in (*version.manifest["tables"], *version.layout["tables"])
        ]
        documents += [
            ("tables", entry["tensors"]["table"])
            for entry in version.files.values()
            if entry["tensors"]
        ]
        for kind, digest in documents:
            epoch = renamed.get(f"{kind}/{digest}")
            word = f"{digest}-{epoch}" if epoch else digest
            used.add(
                f"tables/{word[:2]}/{word}.zst" if kind == "tables" else f"{kind}/{word}.json.zst"
            )
        used.add(f"layouts/{version.layout_key.word}.json.zst")
        for row in version.rows:
            for place in (row.place, row.base and row.base.place):
                if place:
                    used.add(f"objects/{place.object.word[:2]}/{place.object.word}")
    return used


def test_a_layout_may_lie_under_a_key_with_an_epoch(copy):
    path = copy / "models/torn/versions/0000000001.json"
    record = json.loads(path.read_bytes())
    old, new = record["layout"], f"{record['layout']}-7"
    (copy / f"layouts/{old}.json.zst").rename(copy / f"layouts/{new}.json.zst")
    path.chmod(0o644)
    path.write_text(json.dumps(record | {"layout": new, "proof": ""}))
    assert SecondReader(copy).open("torn").read("a.txt") == b"torn once\n"
    store = open_store(copy, read_only=True)
    assert b"".join(store.cat("torn", "a.txt")) == b"torn once\n"


def test_a_newer_document_refuses_itself_and_no_other(copy):
    path = copy / "models/z/versions/0000000002.json"
    record = json.loads(path.read_bytes())
    path.chmod(0o644)
    for newer in ({"format": "podplanner/version/2"}, {"requires": ["holograms"]}):
        path.write_text(json.dumps(record | newer))
        with pytest.raises(TooNewError):
            SecondReader(copy).open("z:2")
        assert SecondReader(copy).open("torn:1").files
    path.write_text(json.dumps(record | {"mood": "came later", "proof": ""}))
    assert SecondReader(copy).open("z:2").files


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        '{"format":"podplanner/fate/1"}',
        '{"format":"podplanner/tombstone/0","id":"","requires":[],"time":"","who":""}',
        '{"format":"podplanner/tombstone/1","id":"","id":"","requires":[],"time":"","who":""}',
        '{"format":"podplanner/tombstone/1","id":1.5,"requires":[],"time":"","who":""}',
        '{"format":"podplanner/tombstone/1","id":9007199254740992,"requires":[],"time":"","who":""}',
        '{"format":"podplanner/tombstone/1","id":NaN,"requires":[],"time":"","who":""}',
        '{"format":"podplanner/tombstone/1","id":"","requires":[],"time":""}',
    ],
)
def test_it_refuses_what_is_no_document(text):
    with pytest.raises(RefusedError):
        parse(text.encode(), "tombstone")


# The stored forms and the rules of paths, beside podplanner's own


KINDS = [("BF16", 2), ("F16", 2), ("F32", 4), ("F64", 8), ("F8_E4M3", 1), ("I8", 1), ("I64", 8)]


@pytest.mark.parametrize(("dtype", "width"), KINDS)
@pytest.mark.parametrize("tail", [0, 1])
def test_fast_and_delta_come_back(dtype, width, tail):
    rng = np.random.default_rng(width)
    kind = {
        "BF16": ml_dtypes.bfloat16,
        "F16": np.float16,
        "F32": np.float32,
        "F64": np.float64,
        "F8_E4M3": ml_dtypes.float8_e4m3fn,
        "I8": np.int8,
        "I64": np.int64,
    }[dtype]
    numbers = rng.normal(0, 20, 20_000).round(1)
    before = numbers.astype(kind).tobytes() + b"t" * tail
    numbers[::7] *= -1.01
    after = numbers.astype(kind).tobytes() + b"u" * tail
    whole = encode(memoryview(after), policy="fast", width=width, dtype=dtype)
    assert whole.encoding == FAST
    assert decode(FAST, b"".join(whole.parts), len(after), None) == after
    step = encode_delta(memoryview(after), memoryview(before), width=width, dtype=dtype)
    assert step is not None
    assert decode(DELTA, b"".join(step.parts), len(after), before) == after


harmless = st.text("abcKkſßsé\u200d猫ъ", min_size=1, max_size=2)
letters = st.sampled_from([*".:\\/ ~$?\x00\u2028\u202e\ud800", "a", "e", "É", "¹", "\u0301"])
odd = st.lists(letters, min_size=1, max_size=3).map("".join) | st.sampled_from(
    [".git", "CON", "com1.txt", "LPT¹", "conin$", "..", "a" * 256, "é" * 127, ".HG", "git~1"]
)
names = st.integers(0, 20).flatmap(lambda dice: harmless if dice else odd)
paths = st.lists(names, min_size=1, max_size=3).map("/".join)
trees = st.lists(paths, max_size=2)


@example(["a/b", "A/c"], [])
@example(["a/b"], ["a"])
@example(["a"], ["a/b"])
@example(["ss"], ["ß"])
@example(["/".join("a" * 129)], [])
@example(["/".join(["a" * 250] * 17)], [])
@settings(max_examples=500)
@given(trees, trees)
def test_both_judge_paths_alike(files, folders):
    assert _refuses(check_tree, UnsafeContentError, files, folders) == _refuses(
        check_paths, RefusedError, files, folders
    )


def _refuses(check, error, files, folders) -> bool:
    try:
        check(files, folders)
    except error:
        return True
    return False
