"""Errors have a class, a status, a next step, and with `--json` one object on standard output."""

from pathlib import Path

import pytest
from unit.cli.running import PASTED, POD, bom, new_pod, podplanner

from podplanner.errors import (
    ALL_ERRORS,
    BackendUnavailableError,
    DeviceError,
    MissingPackageError,
    OutcomeUnknownError,
    StoreError,
)

CSV = "Item,Qty,Unit price,Total\nFan,2,5.00,10.00\nCase,1,20.00,20.00\n"

FAILURES = [
    (("nope",), 2, "wrong-usage"),
    (("--nope",), 2, "wrong-usage"),
    (("bom", "nope"), 2, "wrong-usage"),
    (("bom", "check"), 2, "wrong-usage"),
    (("bom", "check", "a.csv", "b.csv"), 2, "wrong-usage"),
    (("bom", "check", "a.csv", "--nope"), 2, "wrong-usage"),
    (("bom", "check", "a.csv", "--as-of", "tomorrow"), 2, "wrong-usage"),
    (("bom", "cost", "a.csv", "--pods", "0"), 2, "wrong-usage"),
    (("bom", "cost", "a.csv", "--pods", "many"), 2, "wrong-usage"),
    (("bom", "cost", "a.csv", "--tax", "-1"), 2, "wrong-usage"),
    (("bom", "cost", "a.csv", "--shipping", "x"), 2, "wrong-usage"),
    (("bom", "cost", "a.csv", "--spares", "nan"), 2, "wrong-usage"),
    (("bom", "cost", "a.csv", "--drives", "4TB@x"), 2, "wrong-usage"),
    (("bom", "cost", "a.csv", "--drives", "PSM-5760V"), 2, "wrong-usage"),
    (("bom", "report", "a.csv"), 2, "wrong-usage"),
    (("bom", "report", "a.csv", "-o", "a.pdf"), 2, "wrong-usage"),
    (("bom", "fix", "a.csv", "-o", "x.toml", "--choose", "1=unit"), 2, "wrong-usage"),
    (("bom", "check", "none.csv"), 3, "file-access"),
    (("bom", "check", "."), 3, "file-access"),
    (("bom", "diff", "a.csv", "none.csv"), 3, "file-access"),
    (("bom", "check", "huge"), 3, "file-access"),
    (("bom", "price", "pod.toml", "none.csv"), 3, "file-access"),
    (("bom", "check", "nested.toml"), 3, "file-access"),
    (("bom", "check", "empty.csv"), 4, "format"),
    (("bom", "check", "bad.toml"), 4, "format"),
    (("bom", "check", "truncated.xlsx"), 4, "format"),
    (("bom", "check", "picture.png"), 4, "format"),
    (("bom", "price", "pod.toml", "systems.csv"), 4, "format"),
    (("bom", "check", "a.csv", "--encoding", "klingon"), 4, "format"),
    (("bom", "check", "systems.csv"), 5, "not-a-bill"),
    (("bom", "add", "pod.toml", "NOPE-1"), 6, "unknown-name"),
    (("bom", "set", "pod.toml", "nope", "quantity=1"), 6, "unknown-name"),
    (("bom", "new", "x.toml", "--from", "nope"), 6, "unknown-name"),
    (("bom", "cost", "a.csv", "--drives", "NOPE-1"), 6, "unknown-name"),
    (("bom", "set", "a.csv", "1", "quantity=1"), 7, "conflict"),
    (("bom", "check", "ring.toml"), 7, "conflict"),
    (("bom", "add", "pod.toml", "PSM-5760V"), 7, "conflict"),
    (("bom", "import", "a.csv", "-o", "pod.toml"), 8, "output"),
    (("bom", "report", "a.csv", "-o", "none/a.html"), 8, "output"),
    (("bom", "report", "a.csv", "-o", "/dev/full", "--format", "html"), 8, "output"),
]


@pytest.fixture(autouse=True)
def _files():
    new_pod()
    Path("a.csv").write_text(CSV)
    Path("empty.csv").write_text("")
    Path("bad.toml").write_text("[[line]\n")
    Path("picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50))
    Path("truncated.xlsx").write_bytes(b"PK\x03\x04" + bytes(100))
    Path("systems.csv").write_text(
        "system,year,drives,drive_tb,raw_tb,total_usd\nPod 1,2009,45,1.5,67.5,7867\n"
        "Pod 2,2011,45,3,135,7384\nPod 3,2013,45,4,180,9305\n"
    )
    Path("nested.toml").write_text('[[line]]\nbill = "none.toml"\nquantity = 1\n')
    Path("ring.toml").write_text('[[line]]\nbill = "ring.toml"\nquantity = 1\n')
    with Path("huge").open("wb") as file:
        file.truncate(2 * 2**30)


@pytest.mark.parametrize(("words", "status", "code"), FAILURES)
def test_a_failure_is_one_json_object_with_the_status_of_its_class(words, status, code):
    done = podplanner(*words, "--json")
    assert done.status == status
    answer = done.json
    assert answer["schema"] == "podplanner/error/1"
    assert set(answer) == {"schema", "error"}
    assert set(answer["error"]) == {"code", "message", "hint"}
    assert answer["error"]["code"] == code
    assert answer["error"]["message"]
    assert done.err == ""


@pytest.mark.parametrize(("words", "status", "code"), FAILURES)
def test_a_failure_for_people_is_on_standard_error_with_the_same_status(words, status, code):
    done = podplanner(*words)
    assert done.status == status
    assert done.out == ""
    assert done.err.startswith("error: ")
    assert "Traceback" not in done.err
    assert code


@pytest.mark.parametrize("words", [words for words, status, _ in FAILURES if status > 2])
def test_a_failure_says_what_to_do_next(words):
    assert podplanner(*words, "--json").json["error"]["hint"]


def test_every_class_of_error_has_a_status_of_its_own_from_two_on():
    # Who runs a command does the same after a lost answer as after none: run it again.
    others = [error for error in ALL_ERRORS if error is not OutcomeUnknownError]
    statuses = [error.exit_code for error in others]
    assert len(set(statuses)) == len(statuses)
    assert OutcomeUnknownError.exit_code == BackendUnavailableError.exit_code
    assert len({error.code for error in ALL_ERRORS}) == len(ALL_ERRORS)
    assert min(statuses) == 2
    # Those of the store are tried in test_store_exit_codes, those of drives in test_drive_check,
    # and a package that is not installed in test_demo.
    elsewhere = (StoreError, DeviceError, MissingPackageError)
    ours = {error.exit_code for error in others if not issubclass(error, elsewhere)}
    assert {status for _, status, _ in FAILURES} == ours


def test_the_table_of_the_documentation_lists_every_status():
    text = (POD.parents[2] / "docs" / "cli.md").read_text()
    for error in ALL_ERRORS:
        assert any(
            f"`{error.exit_code}`" in row or f"| {error.exit_code} " in row
            for row in text.splitlines() if error.code in row
        ), error.code  # fmt: skip


def test_status_one_means_that_the_list_is_bad_and_zero_that_it_is_not():
    assert bom("check", "a.csv").status == 0
    assert bom("check", PASTED).status == 1
    assert bom("check", "a.csv", "--strict").status == 1


@pytest.mark.parametrize("words", [(), ("bom",)])
def test_a_command_without_words_shows_its_help_and_not_an_error(words):
    done = podplanner(*words)
    assert "Usage: podplanner" in done.out + done.err
    assert not (done.out + done.err).startswith("error")


def test_the_version_is_a_result():
    done = podplanner("--version")
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith("podplanner ")


@pytest.mark.parametrize("command", [None, "check", "add", "price", "cost", "report", "diff"])
def test_help_shows_examples(command):
    done = podplanner("bom", command, "--help") if command else podplanner("--help")
    assert done.status == 0
    assert "Examples:" in done.out
    assert "podplanner bom" in done.out


def test_every_command_has_json_and_examples_in_its_help():
    from podplanner.cli.bom import COMMANDS

    for name in COMMANDS:
        words = bom(name, "--help").out
        assert "--json" in words, name
        assert "Examples:" in words, name


@pytest.mark.parametrize(
    "words", [("--pods", "9" * 30), ("--tax", "9" * 30), ("--drives", f"{'9' * 30}x4TB@5")]
)
def test_figures_beyond_all_measure_are_no_reason_to_crash(words):
    assert bom("cost", "pod.toml", *words).status in (0, 2)


def test_file_names_in_no_encoding_are_no_reason_to_crash():
    name = b"p\xf6d.toml".decode("utf-8", "surrogateescape")
    Path(name).write_bytes(POD.read_bytes())
    for words in (
        ("check", name), ("cost", name), ("list", name), ("set", name, "psu", "quantity=3"),
        ("report", name, "-o", "r.html"), ("report", name, "-o", "r.csv"),
        ("report", name, "-o", "r.json"), ("report", name, "-o", "r.md"),
        ("report", name, "-o", "r.xlsx"), ("import", name, "-o", "i.toml"),
        ("fix", name, "-o", "f.toml"), ("diff", name, name),
        ("new", name + "2"),
    ):  # fmt: skip
        assert bom(*words).status in (0, 1), words


def test_a_report_does_not_replace_the_list_that_it_is_made_from():
    before = Path("a.csv").read_bytes()
    assert bom("report", "a.csv", "-o", "a.csv").status in (2, 7, 8)
    assert Path("a.csv").read_bytes() == before
