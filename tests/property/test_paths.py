"""Any string: a path that passes is one that every file system keeps below the directory."""

import unicodedata
from pathlib import PurePosixPath, PureWindowsPath

from hypothesis import example, given, settings
from hypothesis import strategies as st

from podplanner.errors import UnsafeContentError
from podplanner.store.paths import check_path, check_tree, folded_name

nasty = st.sampled_from(
    [
        "..",
        ".",
        "/",
        "//",
        "\\",
        ":",
        "C:",
        "\0",
        "\n",
        "CON",
        ".git",
        " ",
        "é",
        "e\u0301",
        "\u202e",
    ]
)
paths = st.lists(st.one_of(nasty, st.text(max_size=8)), max_size=6).map("".join)
tries = settings(max_examples=200, deadline=None)


def passes(path):
    try:
        check_path(path)
    except UnsafeContentError:
        return False
    return True


@tries
@given(paths)
@example("a/../../b")
@example("C:x")
@example("/a")
def test_what_passes_stays_below_the_directory_on_every_system(path):
    if not passes(path):
        return
    for kind in (PurePosixPath, PureWindowsPath):
        one = kind(path)
        assert not one.is_absolute()
        assert not one.anchor
        assert ".." not in one.parts
        assert list(one.parts) == path.split("/")
    assert unicodedata.is_normalized("NFC", path)
    assert path.encode().decode() == path
    assert "\0" not in path


@tries
@given(st.lists(paths, max_size=6), st.lists(paths, max_size=3))
def test_a_tree_that_passes_has_one_place_for_every_name(files, folders):
    try:
        check_tree(files, folders)
    except UnsafeContentError:
        return
    places = {}
    for path in [*files, *folders]:
        check_path(path)
        names = path.split("/")
        for length in range(1, len(names) + 1):
            prefix = "/".join(names[:length])
            folded = "/".join(map(folded_name, names[:length]))
            assert places.setdefault(folded, prefix) == prefix
    whole = {*files, *folders}
    assert len(whole) == len(files) + len(folders)
    for path in whole:
        assert not any(other.startswith(path + "/") for other in whole)


@tries
@given(st.lists(paths, min_size=1, max_size=4))
@example(["/a"])
def test_a_tree_passes_only_if_each_path_does(files):
    try:
        check_tree(files, [])
    except UnsafeContentError:
        return
    assert all(map(passes, files))
