"""The commands of `store`, as a person uses them."""

import stat
from pathlib import Path

import pytest
from unit.cli.model_folders import STORE, model, model_folder, new_store, pushed, store

from podplanner.store.backends.directory.racing import Race
from podplanner.store.doctor import examine
from podplanner.store.examination import Result


def flip(path: Path) -> None:
    """Change one bit of a file in the store."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(bytes(content))


def largest() -> Path:
    return max(STORE.glob("objects/*/*"), key=lambda path: path.stat().st_size)


# --- init ---


def test_a_store_is_made_once_in_an_empty_folder():
    done = store("init", "new/models")
    assert done.status == 0, done.err
    assert done.out == f"made a store at {Path('new/models').absolute()}\n"
    assert "PODPLANNER_STORE=" in done.err
    again = store("init", "new/models", "--json")
    assert (again.status, again.json["error"]["code"]) == (7, "conflict")
    assert model("list", store=Path("new/models")).status == 0


def test_a_folder_with_something_else_in_it_does_not_become_a_store():
    Path("mine").mkdir()
    Path("mine/letter.txt").write_text("x")
    Path("mine/.hidden").write_text("x")
    done = store("init", "mine", "--json")
    assert (done.status, done.json["error"]["code"]) == (7, "conflict")
    assert "letter.txt" in done.json["error"]["message"]
    assert sorted(path.name for path in Path("mine").iterdir()) == [".hidden", "letter.txt"]


def test_what_file_systems_leave_in_an_empty_folder_does_not_matter():
    Path("disk/lost+found").mkdir(parents=True)
    Path("disk/.Trash").mkdir()
    assert store("init", "disk", "--single-writer").status == 0


def test_a_shared_store_is_its_groups_and_says_so():
    Path("nas").mkdir(mode=0o755)
    done = store("init", "nas", "--shared", "--encoding", "fast", "--single-writer", "--json").json
    assert (done["shared"], done["encoding"], done["single_writer"]) == (True, "fast", True)
    assert stat.S_IMODE(Path("nas").stat().st_mode) & 0o2070 == 0o2070
    model("push", model_folder(), "cat", store=Path("nas"))
    for folder in Path("nas").rglob("*"):
        if folder.is_dir() and folder.name != "tmp":
            assert folder.stat().st_mode & stat.S_IWGRP, folder


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        (("init", "s3://bucket/models"), 29, "not-permitted"),
        (("init", "s3://Bucket"), 2, "wrong-usage"),
        (("init", "models", "--encoding", "zip"), 2, "wrong-usage"),
        (("init", "file"), 21, "no-store"),
        (("init", "file/below"), 29, "not-permitted"),
        (("doctor", "nowhere"), 21, "no-store"),
        (("check", "nowhere"), 21, "no-store"),
        (("check", "empty"), 21, "no-store"),
        (("gc", "empty"), 21, "no-store"),
        (("stats", "empty"), 21, "no-store"),
        (("copy", "empty", "empty"), 21, "no-store"),
        (("gc", "models", "--grace", "24"), 2, "wrong-usage"),
        (("gc", "models", "--grace", "soon"), 2, "wrong-usage"),
        (("gc", "models", "--keep-last", "0"), 2, "wrong-usage"),
        (("gc", "models", "--undo", "1", "--keep-last", "3"), 2, "wrong-usage"),
        (("gc", "models", "--undo", "1", "--dry-run"), 2, "wrong-usage"),
        (("gc", "models", "--undo", "7"), 6, "unknown-name"),
        (("doctor", "models", "--as", "nobody-of-that-name"), 6, "unknown-name"),
        (("copy", "models", "empty", "cat"), 21, "no-store"),
    ],
)
def test_what_cannot_be_is_one_error_with_a_next_step(words, status, code):
    new_store()
    Path("file").write_text("x")
    Path("empty").mkdir()
    done = store(*words, "--json")
    assert done.status == status, done.out
    assert done.json["error"]["code"] == code
    assert done.json["error"]["hint"]


def test_a_bad_grace_time_names_the_option():
    new_store()
    done = store("gc", STORE, "--grace", "24")
    assert done.err.startswith("error: --grace 24: is that 24h (hours) or 24d (days)?")


# --- doctor ---


def test_the_doctor_says_what_holds_and_keeps_the_report():
    new_store()
    done = store("doctor", STORE)
    assert done.status == 0, done.out
    told = [line.split() for line in done.out.splitlines() if not line.startswith(" ")]
    assert {"creation:", "fsync:", "clock:", "sharing:", "space:"} <= {line[1] for line in told}
    assert "kept in the store as doctor/0000000001.json" in done.err


def test_the_doctor_ends_with_1_when_a_store_must_not_be_used_there(monkeypatch):
    new_store()
    monkeypatch.setattr("podplanner.store.doctor._results", _bad_results)
    done = store("doctor", STORE, "--no-record")
    assert done.status == 1
    assert done.out.splitlines() == [
        "ok       store: there is one", "error    creation: two writers can both win",
        "         Let one process write at a time.",
    ]  # fmt: skip
    answer = store("doctor", STORE, "--no-record", "--json")
    assert (answer.status, answer.json["verdict"], answer.json["record"]) == (1, "error", None)
    assert examine(str(STORE), record=False).verdict == "error"


def _bad_results(*_):
    yield Result("store", "ok", "there is one")
    yield Result("creation", "error", "two writers can both win",
                 "Let one process write at a time.")  # fmt: skip


# --- gc ---


def test_what_nobody_needs_is_marked_then_freed_and_can_be_had_back_until_then():
    new_store()
    pushed()
    model("delete", "team/cat:1")
    dry = store("gc", STORE, "--dry-run")
    assert dry.out.startswith("would be marked: ")
    marked = store("gc", STORE)
    assert marked.out.startswith("marked: ")
    assert "in epoch 1, to be freed after 20" in marked.out
    assert "--undo 1" in marked.err
    assert store("gc", STORE, "--undo", "1").out.startswith("epoch 1 is undone")
    assert model("undelete", "team/cat:1").status == 0
    assert model("verify", "team/cat").status == 0
    model("delete", "team/cat:1")
    freed = store("gc", STORE, "--grace", "0", "--json").json
    assert freed["freed_objects"] > 0
    assert freed["freed_bytes"] > 480_000
    assert not list(STORE.glob("objects/*/*"))
    gone = model("undelete", "team/cat:1", "--json")
    assert (gone.status, gone.json["error"]["code"]) == (7, "conflict")
    assert store("gc", STORE).out == "freed: 0 objects, 0 B\n"


def test_retention_names_what_it_deletes():
    new_store()
    for seed in range(1, 6):
        pushed(seed=seed)
    model("alias", "team/cat:1", "prod")
    dry = store("gc", STORE, "--keep-last", "2", "--keep-alias", "--dry-run")
    assert [line for line in dry.err.splitlines() if "retention" in line] == [
        "would be deleted by retention: team/cat:2", "would be deleted by retention: team/cat:3",
    ]  # fmt: skip
    done = store("gc", STORE, "--keep-last", "2", "--keep-alias", "--json").json
    assert done["expired"] == ["team/cat:2", "team/cat:3"]
    numbers = [v["version"] for v in model("list", "team/cat", "--json").json["versions"]]
    assert numbers == [5, 4, 1]


# --- stats, check, copy ---


def test_stats_are_of_what_is_there():
    new_store()
    pushed()
    pushed("dog")
    found = store("stats", STORE, "--json").json
    assert (found["models"], found["versions"]) == (2, 2)
    assert found["plain_bytes"] == 2 * sum(path.stat().st_size for path in model_folder().iterdir())
    assert 480_000 < found["object_bytes"] < 500_000
    assert found["objects"] == len(list(STORE.glob("objects/*/*")))
    told = dict(line.split(maxsplit=1) for line in store("stats", STORE).out.splitlines())
    assert (told["models"], told["versions"], told["pinned"]) == ("2", "2", "0 B")


def test_a_check_finds_a_flipped_bit_and_names_the_versions():
    new_store()
    pushed()
    pushed("dog")
    good = store("check", STORE)
    assert (good.status, good.out.endswith(": all good\n")) == (0, True)
    flip(largest())
    done = store("check", STORE)
    assert done.status == 1
    assert done.out.startswith("flipped    objects/")
    assert "           hurts dog:1, team/cat:1\n" in done.out
    assert "1 bad, 2 versions hurt" in done.out
    answer = store("check", STORE, "--json")
    (problem,) = answer.json["problems"]
    assert (answer.status, answer.json["ok"], problem["kind"]) == (1, False, "flipped")
    assert problem["versions"] == ["dog:1", "team/cat:1"]


@pytest.mark.parametrize("damage", ["flipped", "lost", "truncated"])
def test_a_second_store_mends_what_is_bad(damage):
    new_store()
    new_store(Path("other"))
    pushed()
    copied = store("copy", STORE, "other")
    assert copied.status == 0, copied.err
    assert copied.out.endswith("1 version copied, 492 kB sent\n")
    victim = largest()
    if damage == "flipped":
        flip(victim)
    elif damage == "lost":
        victim.unlink()
    else:
        victim.chmod(0o644)
        victim.write_bytes(victim.read_bytes()[:-1])
    (problem,) = store("check", STORE, "--json").json["problems"]
    assert problem["kind"] == damage
    done = store("check", STORE, "--repair-from", "other")
    assert done.status == 0, done.out
    assert done.out.startswith("repaired   objects/")
    assert store("check", STORE).status == 0
    assert model("verify", "team/cat").status == 0


def test_a_copy_keeps_numbers_sends_nothing_twice_and_refuses_another_version():
    new_store()
    other = new_store(Path("other"))
    pushed()
    pushed(seed=2)
    model("alias", "team/cat:1", "prod")
    done = store("copy", STORE, other, "team/cat", "--aliases", "--json").json
    assert [(v["version"], v["created"]) for v in done["versions"]] == [(1, True), (2, True)]
    assert model("show", "team/cat:prod", "--json", store=other).json["version"] == 1
    again = store("copy", STORE, other)
    assert again.out == "0 versions copied, 0 B sent\n"
    assert "2 versions there already" in again.err
    pushed(seed=3)
    model("push", model_folder(seed=4), "team/cat", store=other)
    taken = store("copy", STORE, other, "--json")
    assert (taken.status, taken.json["error"]["code"]) == (7, "conflict")
    renumbered = store("copy", STORE, other, "team/cat:3", "--renumber", "--json").json
    assert [v["version"] for v in renumbered["versions"]] == [4]


def test_help_shows_examples_and_every_command_has_json():
    from podplanner.cli.store import COMMANDS, SUMMARIES

    assert list(SUMMARIES) == list(COMMANDS)
    for name in COMMANDS:
        words = store(name, "--help").out
        assert "Examples:" in words, name
        assert "--json" in words, name


# --- words ---


def test_the_line_that_names_a_store_can_be_pasted_into_a_shell():
    done = store("init", "my models")
    assert f"export PODPLANNER_STORE='{Path('my models').absolute()}'" in done.err


def test_init_at_a_file_does_not_advise_itself():
    Path("file").touch()
    done = store("init", "file", "--json")
    assert (done.status, done.json["error"]["code"]) == (21, "no-store")
    assert "store init" not in done.json["error"]["hint"]


def test_what_was_swept_at_once_is_not_said_to_be_had_back():
    new_store()
    pushed()
    pushed(seed=2)
    assert model("delete", "team/cat:1").status == 0
    done = store("gc", STORE, "--grace", "0")
    assert "freed: 1 object" in done.out
    assert "--undo" not in done.err
    pushed(seed=3)
    assert model("delete", "team/cat:2").status == 0
    assert "--undo 2" in store("gc", STORE).err


def test_a_word_that_is_none_of_a_choice_is_refused_in_plain_words():
    done = store("init", "new", "--encoding", "zip")
    assert done.status == 2
    assert "Invalid value for '--encoding': 'zip' is not one of" in done.err


def test_a_copy_says_that_aliases_were_carried_over_also_when_nothing_was_sent():
    new_store()
    other = new_store(Path("other"))
    pushed()
    store("copy", STORE, other)
    model("alias", "team/cat:1", "prod")
    done = store("copy", STORE, other, "--aliases")
    assert done.out == "0 versions copied, 0 B sent\n"
    assert "aliases in B name what they name in A" in done.err
    assert model("list", "--json", store=other).json["models"][0]["aliases"] == {"prod": 1}


@pytest.mark.parametrize("verb", ["doctor", "check", "gc", "stats"])
def test_the_store_is_named_once_for_the_commands_of_store_too(verb, monkeypatch):
    monkeypatch.delenv("PODPLANNER_STORE", raising=False)
    monkeypatch.setattr("podplanner.store.backends.directory.examining.race",
                        lambda folder, primitive: Race(primitive, 1, 0, ""))  # fmt: skip
    missing = store(verb, "--json")
    assert (missing.status, missing.json["error"]["code"]) == (21, "no-store")
    new_store()
    monkeypatch.setenv("PODPLANNER_STORE", str(STORE))
    assert store(verb, "--json").json["schema"] == f"podplanner/store-{verb}/1"
