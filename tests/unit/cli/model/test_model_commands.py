"""The commands of `model`, as a person uses them."""

import os
import pickle
from base64 import b64decode
from pathlib import Path

import pytest
from unit.cli.model_folders import STORE, model, model_folder, new_store, pushed
from unit.cli.running import podplanner


@pytest.fixture(autouse=True)
def _store():
    new_store()


# --- push ---


def test_a_push_says_what_is_new_and_what_was_left_out():
    folder = model_folder()
    (folder / ".DS_Store").write_bytes(b"x")
    (folder / "note.txt").write_text("x")
    done = model("push", folder, "team/cat", "--exclude", "*.txt", "--alias", "prod")
    assert done.status == 0, done.err
    assert done.out.startswith("team/cat:1: 2 files, 492 kB; new 492 kB (100.0 %), stored as ")
    assert "left out: .DS_Store" in done.err
    assert "left out: note.txt" in done.err
    assert "team/cat:prod is version 1" in done.err


def test_a_push_of_the_same_says_so_and_makes_no_version():
    assert pushed() == 1
    done = model("push", model_folder(), "team/cat")
    assert done.out == "team/cat:1 is this already: 2 files, 492 kB, nothing to store\n"
    assert model("push", model_folder(), "team/cat", "--new-version", "--json").json["version"] == 2


def test_metadata_comes_from_files_and_words_and_a_secret_is_warned_of():
    Path("card.json").write_text('{"license": "MIT", "extra": {"team": "a"}}')
    done = model("push", model_folder(), "cat", "--meta", "card.json", "--meta", "license=BSD",
                 "--meta", "extra.api_token=hf_abcdefghijklmnopqrstuvwxyz012345")  # fmt: skip
    assert done.status == 0, done.err
    assert "extra.api_token looks like a secret" in done.err
    metadata = model("show", "cat", "--json").json["metadata"]
    assert metadata["license"] == "BSD"
    assert metadata["extra"]["team"] == "a"


def test_a_dry_run_changes_nothing_and_needs_no_permission_to_write():
    before = sorted(STORE.rglob("*"))
    done = model("push", model_folder(), "cat", "--dry-run")
    assert done.status == 0, done.err
    assert "cat:1 (not made: dry run): 2 files" in done.out
    assert "free in the store:" in done.out
    assert sorted(STORE.rglob("*")) == before


def test_one_file_can_be_pushed():
    folder = model_folder()
    done = model("push", folder / "model.safetensors", "cat", "--json")
    assert done.json["files"] == 1
    assert model("show", "cat", "--json").json["files"][0]["path"] == "model.safetensors"


def test_a_file_of_metadata_that_is_not_there_is_an_error_before_anything_is_stored():
    before = sorted(STORE.rglob("*"))
    done = model("push", model_folder(), "cat", "--meta", "none.json", "--json")
    assert (done.status, done.json["error"]["code"]) == (3, "file-access")
    assert sorted(STORE.rglob("*")) == before


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        (("push", "nowhere", "cat"), 3, "file-access"),
        (("push", "cat", "a/b/c"), 2, "wrong-usage"),
        (("push", "cat", "cat", "--encoding", "zip"), 2, "wrong-usage"),
        (("push", "cat", "cat", "--meta", "nothing"), 2, "wrong-usage"),
        (("push", "cat", "cat", "--alias", "latest"), 2, "wrong-usage"),
        (("push", "cat", "cat", "--alias", "4"), 2, "wrong-usage"),
        (("push", "cat", "cat", "--parent", "dog:1"), 6, "unknown-name"),
        (("push", "cat", "cat", "--progress", "loud"), 2, "wrong-usage"),
        (("pull", "cat", "out"), 6, "unknown-name"),
        (("pull", "cat:1:2", "out"), 2, "wrong-usage"),
        (("list", "cat"), 6, "unknown-name"),
        (("list", "--limit", "0"), 2, "wrong-usage"),
        (("list", "--limit", "5"), 2, "wrong-usage"),
        (("list", "--deleted"), 2, "wrong-usage"),
        (("list", "cat", "--all", "--limit", "5"), 2, "wrong-usage"),
        (("show", "cat"), 6, "unknown-name"),
        (("diff", "cat:1", "cat:2"), 6, "unknown-name"),
        (("alias", "cat:1", "prod"), 6, "unknown-name"),
        (("alias", "cat:1", "prod", "--if", "first"), 2, "wrong-usage"),
        (("alias", "cat:1", "prod", "--remove"), 2, "wrong-usage"),
        (("delete", "cat"), 2, "wrong-usage"),
        (("delete", "cat:1"), 6, "unknown-name"),
        (("undelete", "cat:prod"), 2, "wrong-usage"),
        (("undelete", "cat:1"), 6, "unknown-name"),
        (("verify", "cat"), 6, "unknown-name"),
        (("log", "cat"), 6, "unknown-name"),
        (("note", "cat", "a=1"), 6, "unknown-name"),
        (("cat", "cat", "config.json"), 6, "unknown-name"),
    ],
)
def test_what_cannot_be_is_one_error_with_a_next_step(words, status, code):
    model_folder()
    done = model(*words, "--json")
    assert done.status == status, done.out
    assert done.json["error"]["code"] == code
    assert done.json["error"]["hint"]
    spoken = model(*words)
    assert spoken.status == status
    assert spoken.err.count("error:") == 1
    assert "Traceback" not in spoken.err


# --- pull ---


def test_a_pull_brings_back_what_was_pushed():
    pushed()
    done = model("pull", "team/cat", "out")
    assert done.status == 0, done.err
    assert done.out.startswith("team/cat:1 in out: 2 files, 492 kB; read from the store ")
    for path in model_folder().iterdir():
        assert (Path("out") / path.name).read_bytes() == path.read_bytes()


def test_a_pull_into_a_folder_with_files_keeps_refuses_and_names():
    pushed()
    model("pull", "team/cat", "out")
    Path("out/mine.txt").write_text("mine")
    done = model("pull", "team/cat", "out")
    assert "2 there already; read from the store 0 B" in done.out
    assert "not of this version, kept: mine.txt" in done.err
    Path("out/config.json").write_text("{}")
    refused = model("pull", "team/cat", "out", "--json")
    assert (refused.status, refused.json["error"]["code"]) == (7, "conflict")
    dry = model("pull", "team/cat", "out", "--force", "--exact", "--dry-run")
    assert "would be removed: mine.txt" in dry.err
    assert "not written: dry run" in dry.out
    assert Path("out/mine.txt").exists()
    done = model("pull", "team/cat", "out", "--force", "--exact", "--json").json
    assert (done["kept_files"], done["strangers"]) == (1, ["mine.txt"])
    assert sorted(path.name for path in Path("out").iterdir()) == [
        "config.json", "model.safetensors",
    ]  # fmt: skip


def test_some_files_can_be_pulled_alone():
    pushed()
    done = model("pull", "team/cat", "out", "--file", "*.json", "--json").json
    assert (done["files"], done["bytes"]) == (1, 14)
    assert [path.name for path in Path("out").iterdir()] == ["config.json"]


def test_pickles_that_could_do_harm_are_refused_both_ways_unless_allowed():
    folder = model_folder()
    (folder / "hooks.pkl").write_bytes(pickle.dumps(os.system))
    refused = model("push", folder, "cat", "--json")
    assert (refused.status, refused.json["error"]["code"]) == (26, "unsafe")
    assert model("push", folder, "cat", "--allow-pickle").status == 0
    refused = model("pull", "cat", "out", "--json")
    assert (refused.status, refused.json["error"]["code"]) == (26, "unsafe")
    assert model("pull", "cat", "out", "--allow-pickle").status == 0
    shown = model("show", "cat")
    assert "system" in shown.out
    assert "not known to be safe" in shown.out
    (file,) = [f for f in model("show", "cat", "--json").json["files"] if f["pickle"]]
    assert file["path"] == "hooks.pkl"
    assert file["pickle"]["unknown"] == file["pickle"]["globals"]


# --- list, show, diff ---


def test_models_are_listed_one_a_line_with_their_aliases():
    pushed("team/cat", "--alias", "prod")
    pushed("dog", seed=2)
    lines = model("list").out.splitlines()
    assert lines[0].split() == ["model", "latest", "versions", "size", "pushed", "(UTC)", "aliases"]
    assert [line.split()[0] for line in lines[2:]] == ["dog", "team/cat"]
    assert lines[3].endswith("prod=1")
    assert len(lines) == 4


def test_an_empty_store_says_how_to_fill_it():
    done = model("list")
    assert (done.status, done.out) == (0, "")
    assert "podplanner model push DIR NAME" in done.err
    assert model("list", "--json").json["models"] == []


def test_versions_are_listed_from_the_newest_and_no_more_than_asked_for():
    for seed in (1, 2, 3):
        pushed(seed=seed)
    model("delete", "team/cat:2")
    done = model("list", "team/cat", "--limit", "1")
    assert [line.split()[0] for line in done.out.splitlines()[2:]] == ["3"]
    assert "--all" in done.err
    answer = model("list", "TEAM/Cat", "--limit", "1", "--json").json
    assert (answer["model"], answer["more"]) == ("team/cat", True)
    numbers = [v["version"] for v in model("list", "team/cat", "--json").json["versions"]]
    assert numbers == [3, 1]
    all_of_them = model("list", "team/cat", "--all", "--deleted", "--json").json
    assert [(v["version"], v["deleted"]) for v in all_of_them["versions"]] == [
        (3, False), (2, True), (1, False),
    ]  # fmt: skip
    assert all_of_them["more"] is False
    assert "(deleted)" in model("list", "team/cat", "--deleted").out


def test_a_version_is_shown_with_what_was_counted_from_it():
    pushed("team/cat", "--alias", "prod", "--meta", "license=MIT")
    pushed("team/cat", "--meta", "metrics.top1=0.912", seed=2)
    done = model("show", "team/cat")
    assert done.out.startswith("team/cat:2\n")
    for words in ("team/cat:1", "245,768 in 4 tensors (BF16, F32)", "metrics.top1  0.912",
                  "model.safetensors", "no"):  # fmt: skip
        assert words in done.out, words
    answer = model("show", "team/cat:prod", "--json").json
    assert (answer["version"], answer["parameters"], answer["aliases"]) == (1, 245_768, ["prod"])
    assert answer["metadata"] == {"license": "MIT"}
    assert [d["dtype"] for d in answer["dtypes"]] == ["BF16", "F32"]


def test_many_files_are_not_all_printed_but_all_told():
    folder = model_folder()
    for number in range(30):
        (folder / f"part-{number:02d}.txt").write_text("x" * number)
    model("push", folder, "cat")
    done = model("show", "cat")
    assert "and 12 smaller ones" in done.out
    assert "part-29.txt" in done.out
    assert "part-00.txt" not in done.out
    assert len(model("show", "cat", "--json").json["files"]) == 32


def test_a_difference_is_summed_up_and_named():
    pushed("cat", "--meta", "license=MIT")
    folder = model_folder(seed=2)
    (folder / "more.txt").write_text("more")
    (folder / "config.json").rename(folder / "conf.json")
    model("push", folder, "cat", "--meta", "license=BSD")
    done = model("diff", "cat:1", "cat:2")
    assert done.out.startswith("cat:1 -> cat:2\n")
    for words in ("  > config.json -> conf.json", "  ~ model.safetensors  492 kB -> 492 kB",
                  "  + more.txt  4 B", "license: MIT -> BSD", "tensors: 3 changed, 1 the same",
                  "  ~ layer.0.weight  BF16  160 x 512"):  # fmt: skip
        assert words in done.out, words
    answer = model("diff", "cat:1", "cat", "--json").json
    assert (answer["a"], answer["b"]) == ("cat:1", "cat:2")
    assert [f["state"] for f in answer["files"]] == ["renamed", "changed", "added"]
    assert model("diff", "cat:2", "cat").out == "cat:2 -> cat:2\nno differences\n"


# --- aliases, deleting ---


def test_an_alias_moves_only_from_where_it_is_expected():
    pushed()
    pushed(seed=2)
    assert model("alias", "team/cat:1", "prod").out == "team/cat:prod is version 1 (new)\n"
    lost = model("alias", "team/cat:2", "prod", "--if", "none", "--json")
    assert (lost.status, lost.json["error"]["code"]) == (7, "conflict")
    moved = model("alias", "team/cat", "prod", "--if", "1")
    assert moved.out == "team/cat:prod is version 2 (was version 1)\n"
    assert model("alias", "team/cat:prod", "stable", "--json").json["version"] == 2
    assert model("alias", "team/cat:2", "prod").out == "team/cat:prod is version 2 already\n"
    gone = model("alias", "team/cat", "prod", "--remove", "--if", "2", "--json").json
    assert (gone["version"], gone["before"]) == (None, 2)
    assert model("show", "team/cat:prod").status == 6


def test_a_deleted_version_is_gone_until_it_is_undeleted():
    pushed("team/cat", "--alias", "prod")
    pushed(seed=2)
    kept = model("delete", "team/cat:1", "--json")
    assert (kept.status, kept.json["error"]["code"]) == (7, "conflict")
    done = model("delete", "team/cat:prod", "--force")
    assert done.out == "team/cat:1 is deleted\n"
    assert "model undelete team/cat:1" in done.err
    gone = model("show", "team/cat:1", "--json")
    assert gone.status == 6
    assert "undelete" in gone.json["error"]["hint"]
    assert model("undelete", "team/cat:1").out == "team/cat:1 is there again\n"
    assert model("show", "team/cat:1").status == 0
    model("delete", "team/cat:2")
    assert pushed(seed=3) == 3


# --- verify, cat, note, log ---


def test_a_flipped_bit_is_found_and_the_status_says_so():
    pushed()
    done = model("verify", "team/cat")
    assert (done.status, done.out) == (0, "team/cat:1: 2 files, 492 kB: good\n")
    largest = max(STORE.glob("objects/*/*"), key=lambda path: path.stat().st_size)
    content = bytearray(largest.read_bytes())
    content[len(content) // 2] ^= 1
    largest.chmod(0o644)
    largest.write_bytes(bytes(content))
    done = model("verify", "team/cat")
    assert done.status == 1
    assert "bad: model.safetensors" in done.err
    assert done.out.endswith("1 file is bad\n")
    answer = model("verify", "team/cat", "--json")
    assert (answer.status, answer.json["ok"], answer.json["bad"]) == (
        1,
        False,
        ["model.safetensors"],
    )
    pull = model("pull", "team/cat", "out", "--json")
    assert (pull.status, pull.json["error"]["code"]) == (25, "object-corrupt")
    assert not Path("out/model.safetensors").exists()


def test_a_file_goes_to_standard_output_as_it_is():
    pushed()
    assert model("cat", "team/cat", "config.json").out == '{"layers": 3}\n'
    answer = model("cat", "team/cat:1", "model.safetensors", "--json").json
    assert b64decode(answer["base64"]) == (model_folder() / "model.safetensors").read_bytes()
    assert (answer["model"], answer["version"]) == ("team/cat", 1)
    missing = model("cat", "team/cat", "nothing.txt", "--json")
    assert (missing.status, missing.json["error"]["code"]) == (6, "unknown-name")
    assert "config.json" in missing.json["error"]["message"]


def test_notes_are_added_and_the_later_counts():
    pushed()
    done = model("note", "team/cat:1", "metrics.top1=0.91", "by=eve")
    assert (done.status, done.out) == (0, "by  eve\nmetrics.top1  0.91\n")
    model("note", "team/cat", "metrics.top1=0.92", "metrics.top5=1")
    answer = model("note", "team/cat", "--json").json
    assert answer["values"] == {"by": "eve", "metrics": {"top1": "0.92", "top5": 1}}
    assert "metrics.top1  0.92" in model("show", "team/cat").out
    assert model("show", "team/cat", "--json").json["manifest"] == \
        model("list", "team/cat", "--json").json["versions"][0]["manifest"]  # fmt: skip


def test_nothing_noted_is_said():
    pushed()
    done = model("note", "team/cat")
    assert (done.status, done.out) == (0, "")
    assert "nothing is noted of team/cat:1" in done.err


def test_a_log_has_what_happened_from_the_newest():
    pushed("team/cat", "--alias", "prod")
    pushed(seed=2)
    model("alias", "team/cat:2", "prod")
    model("note", "team/cat", "top1=0.9")
    model("delete", "team/cat:1")
    words = [line.split("  ")[-1] for line in model("log", "team/cat").out.splitlines()[2:]]
    assert words == [
        "version 1 deleted", "version 2 noted top1=0.9", "alias prod to version 2 (was 1)",
        "version 2 pushed", "alias prod to version 1", "version 1 pushed",
    ]  # fmt: skip
    answer = model("log", "team/cat", "--limit", "2", "--json").json
    assert [e["kind"] for e in answer["events"]] == ["delete", "note"]
    assert answer["more"] is True


# --- The store that is meant ---


def test_the_store_is_named_by_option_or_variable_or_file(monkeypatch):
    pushed()
    nothing = podplanner("model", "list", "--json")
    assert (nothing.status, nothing.json["error"]["code"]) == (21, "no-store")
    assert "podplanner store init" in nothing.json["error"]["hint"]
    monkeypatch.setenv("PODPLANNER_STORE", str(STORE))
    assert len(podplanner("model", "list", "--json").json["models"]) == 1
    monkeypatch.delenv("PODPLANNER_STORE")
    Path("podplanner.toml").write_text('store = "models"\n')
    Path("below").mkdir()
    monkeypatch.chdir("below")
    assert len(podplanner("model", "list", "--json").json["models"]) == 1


def test_help_shows_examples_and_every_command_has_json():
    from podplanner.cli.model import COMMANDS, SUMMARIES

    assert list(SUMMARIES) == list(COMMANDS)
    for name in COMMANDS:
        words = podplanner("model", name, "--help").out
        assert "Examples:" in words, name
        assert "--json" in words, name
        assert "--store" in words, name


@pytest.mark.parametrize("words", [("push", "", "cat"), ("pull", "team/cat", "")])
def test_an_empty_word_is_not_the_working_directory(words):
    pushed()
    before = sorted(Path().iterdir())
    done = model(*words, "--json")
    assert (done.status, done.json["error"]["code"]) == (2, "wrong-usage")
    assert done.json["error"]["hint"]
    assert sorted(Path().iterdir()) == before
