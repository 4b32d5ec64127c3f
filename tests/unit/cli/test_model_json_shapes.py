"""What the commands of `model` print with `--json` is an interface: their keys, written out."""

import pickle

import pytest
from unit.cli.model_folders import model, model_folder, new_store, pushed

FIRST: dict[str, list[str]] = {
    "model-push": ["schema", "model", "version", "created", "manifest", "files", "total_bytes",
                   "new_bytes", "stored_bytes"],
    "model-pull": ["schema", "model", "version", "manifest", "files", "bytes", "fetched_bytes"],
}  # fmt: skip
"""These come first, in this order; others may follow."""

TOP: dict[str, set[str]] = {
    "model-push": {*FIRST["model-push"], "left_out", "dry_run", "free_bytes"},
    "model-push dry": {*FIRST["model-push"], "left_out", "dry_run", "free_bytes"},
    "model-pull": {*FIRST["model-pull"], "dest", "kept_files", "strangers", "dry_run",
                   "free_bytes"},
    "model-list": {"schema", "models"},
    "model-list versions": {"schema", "model", "versions", "more"},
    "model-show": {
        "schema", "model", "version", "time", "who", "manifest", "aliases", "parent", "lineage",
        "code", "total_bytes", "new_bytes", "stored_bytes", "pieces", "parameters", "tensors",
        "dtypes", "formats", "files", "empty_folders", "pickle_globals", "signatures", "notes",
        "metadata",
    },
    "model-diff": {"schema", "a", "b", "files", "same_files", "tensors", "same_tensors",
                   "moved_tensors", "by_shape", "metadata", "same_metadata"},
    "model-alias": {"schema", "model", "alias", "version", "before"},
    "model-delete": {"schema", "model", "version"},
    "model-undelete": {"schema", "model", "version"},
    "model-verify": {"schema", "ok", "model", "version", "manifest", "files", "pieces", "bytes",
                     "bad"},
    "model-log": {"schema", "model", "events", "more"},
    "model-note": {"schema", "model", "version", "values"},
    "model-cat": {"schema", "model", "version", "path", "bytes", "base64"},
}  # fmt: skip


@pytest.fixture
def answers():
    """Return the answer of every command, by the name of its schema."""
    new_store()
    pushed(seed=1)
    pushed("team/cat", "--alias", "prod", "--meta", "license=MIT", seed=2)
    (model_folder() / ".DS_Store").write_bytes(b"x")
    (model_folder() / "old.pkl").write_bytes(pickle.dumps({"a": [1]}))
    commands = {
        "model-push dry": ("push", model_folder(seed=3), "team/cat", "--dry-run"),
        "model-push": ("push", model_folder(seed=3), "team/cat"),
        "model-pull": ("pull", "team/cat:prod", "out"),
        "model-note": ("note", "team/cat:3", "top1=0.914"),
        "model-list": ("list",),
        "model-list versions": ("list", "team/cat"),
        "model-show": ("show", "team/cat:3"),
        "model-diff": ("diff", "team/cat:1", "team/cat:2"),
        "model-alias": ("alias", "team/cat:3", "prod", "--if", "2"),
        "model-delete": ("delete", "team/cat:1"),
        "model-undelete": ("undelete", "team/cat:1"),
        "model-verify": ("verify", "team/cat"),
        "model-log": ("log", "team/cat"),
        "model-cat": ("cat", "team/cat", "config.json"),
    }
    found = {}
    for name, words in commands.items():
        done = model(*words, "--json")
        assert done.status == 0, done.out
        found[name] = done.json
    return found


def test_every_command_answers_with_its_schema_and_its_keys(answers):
    for name, answer in answers.items():
        assert answer["schema"] == f"podplanner/{name.split()[0]}/1"
        assert set(answer) == TOP[name], name
    for name, keys in FIRST.items():
        assert list(answers[name])[: len(keys)] == keys


def test_every_command_of_the_noun_is_pinned_here():
    from podplanner.cli.model import COMMANDS

    assert {f"model-{name}" for name in COMMANDS} == {name.split()[0] for name in TOP}


def test_a_model_in_the_list_has_exactly_the_keys_that_were_promised(answers):
    (listed,) = answers["model-list"]["models"]
    assert list(listed) == ["name", "latest", "versions", "aliases", "plain_bytes", "time"]
    assert (listed["latest"], listed["versions"], listed["aliases"]) == (3, 3, {"prod": 2})
    assert listed["time"].endswith("Z")


def test_entries_have_their_keys(answers):
    expected = {
        ("model-push", "left_out"): {"path", "why"},
        ("model-list versions", "versions"): {
            "version", "time", "who", "files", "total_bytes", "new_bytes", "stored_bytes",
            "manifest", "parent", "code", "aliases", "deleted",
        },
        ("model-show", "lineage"): {"version", "state", "time"},
        ("model-show", "dtypes"): {"dtype", "tensors", "parameters", "bytes"},
        ("model-show", "files"): {
            "path", "size", "format", "tensors", "parameters", "executable", "pickle", "sha256",
        },
        ("model-show", "formats"): {"format", "files", "bytes", "tensors", "parameters"},
        ("model-diff", "files"): {"path", "state", "old_path", "old_size", "new_size",
                                  "changed_bytes"},
        ("model-diff", "tensors"): {"name", "state", "path", "dtype", "shape", "old_dtype",
                                    "old_shape", "size", "changed_bytes"},
        ("model-diff", "by_shape"): {"state", "dtype", "shape", "tensors", "size",
                                     "changed_bytes"},
        ("model-diff", "metadata"): {"key", "old", "new"},
        ("model-show", "notes"): {"time", "who", "values"},
        ("model-log", "events"): {"time", "kind", "who", "version", "alias", "before", "values"},
    }  # fmt: skip
    for (name, key), keys in expected.items():
        entries = answers[name][key]
        assert entries, (name, key)
        assert all(set(entry) == keys for entry in entries), (name, key)


def test_what_pickles_import_is_told(answers):
    files = {file["path"]: file["pickle"] for file in answers["model-show"]["files"]}
    assert files["old.pkl"] == {"globals": [], "unknown": [], "oddities": []}
    assert files["config.json"] is None


def test_counts_and_bytes_are_whole_numbers_and_digests_are_hex(answers):
    def look(value: object, path: str) -> None:
        assert not isinstance(value, float), path
        if isinstance(value, dict):
            for key, inner in value.items():
                if key == "manifest":
                    assert len(inner) == 64
                    int(inner, 16)
                look(inner, f"{path}.{key}")
        elif isinstance(value, list):
            for inner in value:
                look(inner, path)

    for name, answer in answers.items():
        look(answer, name)


def test_a_dry_run_says_what_the_push_then_does(answers):
    dry, wet = answers["model-push dry"], answers["model-push"]
    assert dry["dry_run"]
    assert not wet["dry_run"]
    assert dry["free_bytes"] > 10**6
    assert wet["free_bytes"] is None
    for key in ("model", "version", "files", "total_bytes", "new_bytes"):
        assert dry[key] == wet[key], key
