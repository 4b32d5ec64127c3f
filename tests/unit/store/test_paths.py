"""Paths of a version: what passes is safe below any directory, what does not is named with why."""

import pytest

from podplanner.errors import UnsafeContentError
from podplanner.store.manifest import MOST_FILES
from podplanner.store.paths import MOST_DEPTH, check_path, check_tree, folded_name, printable

GOOD = [
    "a",
    "a/b.c",
    ".podplannerignore",
    ".gitignore",
    "..a",
    "a..b",
    "-x",
    "a b/c (1).txt",
    "日本語/モデル.bin",
    "می‌خواهم",
    "👩‍🚀.png",
    "console.txt",
    "com10",
    "nullable",
    "x" * 255,
    "é" * 127,
    "/".join(["x"] * MOST_DEPTH),
]
BAD = {
    "": "is empty",
    "/a": "absolute",
    "/etc/passwd": "absolute",
    "a//b": "two slashes",
    "a/": "two slashes",
    "./a": "'.'",
    "a/../../b": "'..'",
    "a:b": "colon",
    "C:/x": "colon",
    "C:x": "colon",
    "a\\..\\b": "backslash",
    "con": "device",
    "x/CON.txt": "device",
    "lpt1 .x": "device",
    "COM¹": "device",
    "nul.tar.gz": "device",
    "conin$": "device",
    "a.": "dot or a space",
    "a /b": "dot or a space",
    "a\n": "U\\+000A",
    "a\0": "U\\+0000",
    "a\x9b1m": "U\\+009B",
    "a\u2028b": "U\\+2028",
    "a\u202egpj": "direction",
    "a\u2066b": "direction",
    "e\u0301": "NFC",
    "\udc80": "not UTF-8",
    "x" * 256: "255 bytes",
    "é" * 128: "255 bytes",
    "\u200b": "nothing that can be seen",
    "\u3164": "nothing that can be seen",
    ".git/hooks/post-checkout": "programs run",
    "x/.GIT/config": "programs run",
    ".g\u200cit/config": "programs run",
    "git~1/config": "programs run",
    ".hg/hgrc": "programs run",
    "a/" * MOST_DEPTH + "a": "names deep",
    "/".join(["x" * 250] * 17): "4095 bytes",
}


@pytest.mark.parametrize("path", GOOD, ids=lambda path: ascii(path)[:30])
def test_names_in_any_script_pass(path):
    check_path(path)
    check_tree([path], [])


@pytest.mark.parametrize(("path", "why"), BAD.items(), ids=lambda word: ascii(word)[:30])
def test_a_harmful_path_is_refused_with_its_rule(path, why):
    with pytest.raises(UnsafeContentError, match=why) as refused:
        check_path(path)
    assert refused.value.message.isprintable()
    assert refused.value.hint
    for files, folders in (([path], []), ([], [path]), (["a/b", path], [])):
        with pytest.raises(UnsafeContentError):
            check_tree(files, folders)


@pytest.mark.parametrize(
    ("files", "folders", "why"),
    [
        (["a", "A"], [], "same name"),
        (["a/x", "A/y"], [], "same name"),
        (["x/a", "x/b", "x/A"], [], "same name"),
        (["straße", "STRASSE"], [], "same name"),
        (["é", "É"], [], "same name"),
        (["a\u200cb", "ab"], [], "same name"),
        ([], ["a", "A"], "same name"),
        (["a/x"], ["A"], "same name"),
        (["a", "a"], [], "twice"),
        ([], ["a", "a"], "twice"),
        (["a", "a/b"], [], "file and a folder"),
        (["a/b", "a"], [], "file and a folder"),
        (["A", "a/b"], [], "same name"),
        (["a"], ["a"], "file and a folder"),
        (["a"], ["A/b"], "same name"),
        (["a"], ["A"], "same name"),
        (["a/b"], ["a"], "given as empty"),
        ([], ["a", "a/b"], "given as empty"),
        ([], ["a/b", "a"], "given as empty"),
    ],
)
def test_paths_that_cannot_stand_beside_each_other_are_refused(files, folders, why):
    with pytest.raises(UnsafeContentError, match=why):
        check_tree(files, folders)


def test_a_tree_of_files_and_empty_folders_passes():
    check_tree(["a/x", "a/y", "b"], ["a/z", "c/d"])


def test_too_many_entries_are_refused_while_they_come():
    def endless():
        number = 0
        while True:
            yield f"f/{number}"
            number += 1

    with pytest.raises(UnsafeContentError, match=f"{MOST_FILES:,} files"):
        check_tree(endless(), [])


def test_many_deep_folders_are_refused_before_memory_is_full():
    deep = "/".join(["d"] * (MOST_DEPTH - 2))
    with pytest.raises(UnsafeContentError, match="folders"):
        check_tree((f"{number}/{deep}/f" for number in range(10_000)), [])


def test_folding_follows_case_spelling_and_what_nobody_sees():
    assert folded_name("Ångström") == folded_name("A\u030angstro\u0308m".upper())
    assert folded_name("a\ufe0fb") == folded_name("AB")
    assert folded_name("a") != folded_name("b")


def test_a_path_is_shown_without_controls_and_not_whole():
    assert printable("a\x1b[2J\u202e") == "a\\x1b[2J\\u202e"
    assert len(printable("x" * 5000)) < 300
