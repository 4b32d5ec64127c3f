"""Any tree of files comes back as it was, and no version gets out of its directory."""

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from podplanner.errors import PodplannerError, UnsafeContentError
from podplanner.store.paths import check_path, check_tree
from podplanner.store.worktree.destination import Overwrite
from podplanner.store.worktree.existing import WantedFile
from podplanner.store.worktree.placing import prepare
from podplanner.store.worktree.scan import scan
from podplanner.store.worktree.source import open_source

BLOCK = 4096
slow = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])

plain_names = st.sampled_from(["a", "b", "c.bin", "D", "été", "モデル", "x y", "-", "..z"])
refused = '/\\:<>"|?*'
characters = st.characters(exclude_characters=refused, exclude_categories=("Cs", "Cc", "Zl", "Zp"))
names = st.one_of(plain_names, st.text(characters, min_size=1, max_size=6))
paths = st.lists(names, min_size=1, max_size=4).map("/".join)
runs = st.lists(
    st.tuples(st.booleans(), st.one_of(st.just(BLOCK), st.integers(1, 5 * BLOCK))), max_size=5
)
"""Runs of a file: whether it is data, and how long."""
files = st.dictionaries(paths, st.tuples(runs, st.booleans()), max_size=8)


@contextmanager
def somewhere():
    """Give a new directory that is removed, whatever was done to it."""
    root = Path(tempfile.mkdtemp())
    try:
        yield root
    finally:
        shutil.rmtree(root, ignore_errors=True)


def is_tree(files, folders):
    try:
        check_tree(files, folders)
    except UnsafeContentError:
        return False
    return True


def build(root, files, folders):
    for path, (parts, executable) in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("wb") as out:
            for number, (data, length) in enumerate(parts):
                if data:
                    out.write(bytes([1 + number]) * length)
                else:
                    out.seek(length, os.SEEK_CUR)
            out.truncate()
        file.chmod(0o755 if executable else 0o644)
    for path in folders:
        (root / path).mkdir(parents=True, exist_ok=True)


def place(result, dest, overwrite=None):
    """Pull what a scan found, with plain reads."""
    sources = {file.path: file for file in result.files}
    wanted = [WantedFile(f.path, f.identity.size, f.executable) for f in result.files]
    plan = prepare(dest, wanted, result.folders, manifest="ab", overwrite=overwrite)
    with plan:
        for one in plan.to_judge:
            with plan.open_present(one.path) as there, open_source(sources[one.path]) as source:
                same = there.read_at(0, there.size) == source.read_at(0, source.size)
            (plan.keep if same else plan.differs)(one.path)
        plan.require_no_conflicts()
        for one in plan.remaining():
            with open_source(sources[one.path]) as source, plan.open_file(one.path) as out:
                for hole in source.holes():
                    out.hole(*hole)
                for offset, length in source.written():
                    out.write_at(offset, source.read_at(offset, length))
                out.finish()
        return plan.commit()


def described(result):
    """Return all that must come back of each file."""
    found = {}
    for file in result.files:
        with open_source(file) as source:
            found[file.path] = (
                source.read_at(0, source.size),
                file.executable,
                list(source.holes()),
            )
    return found, result.folders


@slow
@given(files, st.lists(paths, max_size=2, unique=True))
def test_every_tree_comes_back_exactly(files, folders):
    assume(files or folders)
    assume(is_tree(files, folders))
    with somewhere() as root:
        build(root / "source", files, folders)
        try:
            seen = scan(root / "source")
        except PodplannerError:
            # Nothing but what a push leaves out by itself.
            assume(False)
        place(seen, root / "dest")
        assert described(scan(root / "dest")) == described(seen)
        again = place(seen, root / "dest")
        assert again.written == 0
        assert sorted(path.name for path in root.iterdir()) == ["dest", "source"]


nasty = st.sampled_from(
    ["..", ".", "", "/", "\\", "C:", "a", "b", "link", "out", "\0", "nul", ".git", "A"]
)
hostile = st.one_of(
    st.lists(nasty, max_size=5).map("/".join), st.lists(nasty, max_size=5).map("".join), st.text()
)


def all_of(root):
    """Return everything below a directory, links as themselves."""
    found = {}
    for folder, below, here in os.walk(root):
        for name in [*below, *here]:
            path = Path(folder, name)
            kind = path.lstat().st_mode
            content = path.readlink() if path.is_symlink() else None
            if content is None and path.is_file():
                content = path.read_bytes()
            found[str(path.relative_to(root))] = (kind, content)
    return found


@slow
@given(st.lists(hostile, min_size=1, max_size=4, unique=True), st.lists(hostile, max_size=2))
def test_no_path_of_a_manifest_gets_out_of_the_directory(files, folders):
    with somewhere() as root:
        (root / "out").mkdir()
        (root / "out/a").write_bytes(b"not ours")
        (root / "place/dest").mkdir(parents=True)
        (root / "place/dest/link").symlink_to(root / "out")
        before = all_of(root)
        wanted = [WantedFile(path, 1, executable=False) for path in files]
        try:
            with prepare(root / "place/dest", wanted, folders, manifest="ab") as plan:
                plan.require_no_conflicts()
                for one in plan.remaining():
                    with plan.open_file(one.path) as out:
                        out.write_at(0, b"x")
                        out.finish()
                plan.commit()
        except PodplannerError:
            assert all_of(root) == before
            return
        after = all_of(root)
        new = {path for path in after if path not in before}
        assert all(path.startswith("place/dest/") for path in new)
        assert {path: after[path] for path in before} == before
        for path in files:
            check_path(path)
            assert after[f"place/dest/{path}"][1] == b"x"


small = st.sampled_from(["a", "b", "c", "a/x", "a/y", "b/x", "b/x/deep", "c/x", "d"])
content = st.sampled_from([b"", b"1", b"2", b"long"])
there = st.dictionaries(
    small,
    st.one_of(content, st.sampled_from(["folder", "link out", "link in", "pipe"])),
    max_size=5,
)
ways = st.builds(Overwrite, st.booleans(), st.booleans(), st.booleans())


def put(root, what):
    """Make what can be made: a name below a file or link is left away."""
    for path, kind in sorted(what.items()):
        place = root / path
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            if kind == "folder":
                place.mkdir(exist_ok=True)
            elif kind == "link out":
                place.symlink_to(root.parent / "out")
            elif kind == "link in":
                place.symlink_to("a")
            elif kind == "pipe":
                os.mkfifo(place)
            else:
                with place.open("xb") as file:
                    file.write(kind)
        except OSError:
            continue


@settings(slow, max_examples=100)
@given(there, st.dictionaries(small, content, min_size=1, max_size=4), ways)
def test_whatever_stands_there_is_kept_or_replaced_as_was_asked(there, version, way):
    assume(is_tree(version, ()))
    with somewhere() as root:
        (root / "out").mkdir()
        (root / "out/x").write_bytes(b"not ours")
        (root / "dest").mkdir()
        put(root / "dest", there)
        put(root / "source", version)
        outside = all_of(root / "out")
        before = all_of(root / "dest")
        try:
            placed = place(scan(root / "source"), root / "dest", way)
        except PodplannerError:
            assert all_of(root / "dest") == before
        else:
            after = all_of(root / "dest")
            assert {path: after[path][1] for path in version} == version
            theirs = {
                path
                for path in before
                if path not in version
                and not any(one.startswith(path + "/") for one in version)
                and not any(path.startswith(one + "/") for one in version)
            }
            if way.exact or way.swap:
                assert not theirs & after.keys()
            else:
                assert {path: after.get(path) for path in theirs} == {
                    path: before[path] for path in theirs
                }
            if not (way.force or way.swap):
                for path in version.keys() & before.keys():
                    assert before[path][1] == version[path]
            assert placed.written + placed.kept == len(version)
        assert all_of(root / "out") == outside
        left = [path.name for path in root.iterdir() if ".podplanner-" in path.name]
        assert len(left) <= 1
