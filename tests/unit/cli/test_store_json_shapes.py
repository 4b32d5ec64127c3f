"""What the commands of `store` print with `--json` is an interface: their keys, written out."""

from pathlib import Path

import pytest
from unit.cli.model_folders import STORE, model, new_store, pushed, store

FIRST: dict[str, list[str]] = {
    "store-stats": ["schema", "models", "versions", "plain_bytes", "object_bytes", "objects",
                    "pinned_bytes"],
    "store-check": ["schema", "ok", "objects", "bytes", "problems"],
    "store-gc": ["schema", "epoch", "marked_objects", "marked_bytes", "freed_objects",
                 "freed_bytes", "pinned_bytes", "sweep_after"],
}  # fmt: skip
"""These come first, in this order; others may follow."""

TOP: dict[str, set[str]] = {
    "store-init": {"schema", "address", "id", "encoding", "shared", "single_writer", "tried"},
    "store-doctor": {"schema", "address", "verdict", "results", "record"},
    "store-check": set(FIRST["store-check"]),
    "store-gc": {*FIRST["store-gc"], "expired", "waiting_for", "dry_run"},
    "store-stats": set(FIRST["store-stats"]),
    "store-copy": {"schema", "from", "to", "versions"},
    "store-deploy": {
        "schema",
        "pods",
        "replication",
        "copies",
        "erasure",
        "metadata",
        "bucket",
        "endpoints",
        "raw_bytes",
        "usable_bytes",
        "recommended_bytes",
        "steps",
        "findings",
        "output",
        "files",
        "kept",
    },
}

_PLAN = """\
schema = "podplanner/bill/1"

[[line]]
id = "data"
title = "Drive 4 TB"
category = "Data drive"
quantity = 4
"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """Return the answer of every command, by the name of its schema."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("here"))
        new_store()
        pushed(seed=1)
        pushed(seed=2)
        model("delete", "team/cat:1")
        flawed = new_store(Path("flawed"))
        model("push", "cat", "cat", store=flawed)
        next(flawed.glob("objects/*/*")).unlink()
        Path("pod.toml").write_text(_PLAN)
        commands = {
            "store-init": ("init", "new"),
            "store-doctor": ("doctor", STORE),
            "store-check": ("check", flawed),
            "store-gc": ("gc", STORE),
            "store-stats": ("stats", STORE),
            "store-copy": ("copy", STORE, "new"),
            "store-deploy": ("deploy", "pod.toml", "--host", "a=10.0.0.1", "--replicas", "1",
                             "-o", "deployed"),
        }  # fmt: skip
        return {name: store(*words, "--json").json for name, words in commands.items()}


def test_every_command_answers_with_its_schema_and_its_keys(answers):
    for name, answer in answers.items():
        assert answer["schema"] == f"podplanner/{name}/1", answer
        assert set(answer) == TOP[name], name
    for name, keys in FIRST.items():
        assert list(answers[name])[: len(keys)] == keys


def test_every_command_of_the_noun_is_pinned_here():
    from podplanner.cli.store import COMMANDS

    assert {f"store-{name}" for name in COMMANDS} == set(TOP)


def test_entries_have_their_keys(answers):
    expected = {
        ("store-doctor", "results"): {"name", "verdict", "words", "hint", "figures"},
        ("store-check", "problems"): {"kind", "object", "versions", "repaired"},
        ("store-copy", "versions"): {"model", "version", "created", "manifest", "sent_bytes"},
        ("store-deploy", "pods"): {"name", "address", "rack", "services", "folders",
                                   "volumes_per_folder"},
        ("store-deploy", "steps"): {"name", "bytes"},
        ("store-deploy", "findings"): {"code", "severity", "message", "fix"},
    }  # fmt: skip
    for (name, key), keys in expected.items():
        entries = answers[name][key]
        assert entries, (name, key)
        assert all(set(entry) == keys for entry in entries), (name, key)
    figures = [f for result in answers["store-doctor"]["results"] for f in result["figures"]]
    assert figures
    assert all(set(figure) == {"name", "value", "unit"} for figure in figures)


def test_values_have_their_kinds(answers):
    (problem,) = answers["store-check"]["problems"]
    assert (problem["kind"], problem["versions"]) == ("lost", ["cat:1"])
    gc = answers["store-gc"]
    assert (gc["epoch"], gc["dry_run"], gc["expired"]) == (1, False, [])
    assert gc["marked_objects"] > 0
    assert gc["sweep_after"].endswith("Z")
    assert len(answers["store-init"]["id"]) == 32
    for name in ("store-stats", "store-gc", "store-check"):
        assert not any(isinstance(value, float) for value in answers[name].values())
