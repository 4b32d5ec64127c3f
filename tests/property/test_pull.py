"""Any version comes back exactly, whatever is there before; or nothing changes."""

import tempfile
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.pulls import files_in, names, watched_root
from support.store_writer import push
from support.stores import write_tree

from podplanner.errors import ConflictError, ObjectCorruptError, ObjectMissingError
from podplanner.store.names import Reference
from podplanner.store.pulling import pull
from podplanner.store.reading import open_file, verify

REFERENCE = Reference.parse("cat")
PATHS = ["a", "b.bin", "d/x", "d/y", "e/f/z", "名/前"]
STRANGERS = ["s", "d/s", "q/r", "e/t"]

# Few different pieces, so that files share them; of lengths on both sides of a bundle's limits.
pieces = st.integers(0, 11).map(lambda seed: Random(seed).randbytes((1 + seed) * (1 + seed * 20)))
versions = st.dictionaries(
    st.sampled_from(PATHS), st.lists(pieces, max_size=8), min_size=1, max_size=len(PATHS)
)
kinds = st.sampled_from(["equal", "changed", "longer", "shorter", "other", "empty"])
befores = st.fixed_dictionaries(
    {
        "present": st.dictionaries(st.sampled_from(PATHS), kinds, max_size=len(PATHS)),
        "strangers": st.sets(st.sampled_from(STRANGERS)),
    }
)
flags = st.fixed_dictionaries(
    {"force": st.booleans(), "exact": st.booleans(), "swap": st.booleans()}
)


def plain(files):
    return {path: b"".join(parts) for path, parts in files.items()}


def before_of(kind, content, seed):
    chance = Random(seed)
    if kind == "changed" and content:
        at = chance.randrange(len(content))
        return content[:at] + bytes([content[at] ^ 255]) + content[at + 1 :]
    if kind == "longer":
        return content + b"more"
    if kind == "shorter":
        return content[: len(content) // 2]
    return {"equal": content, "empty": b"", "other": b"other"}.get(kind, b"changed")


@settings(max_examples=80)
@given(
    earlier=st.none() | versions, files=versions, before=befores, flags=flags, seed=st.integers(0)
)
def test_what_is_pulled_is_the_version_or_nothing_changes(earlier, files, before, flags, seed):
    with tempfile.TemporaryDirectory() as folder:
        dest = Path(folder) / "dest"
        root = watched_root()
        if earlier is not None:
            push(root, "cat", earlier, table_pieces=5)
            pull(root, REFERENCE, dest)
        push(root, "cat", files, table_pieces=5)
        wanted = plain(files)
        write_tree(
            dest,
            {
                path: before_of(kind, wanted.get(path, b"x"), seed)
                for path, kind in before["present"].items()
            }
            | dict.fromkeys(before["strangers"], b"stranger"),
        )
        stood = files_in(dest) if dest.exists() else {}
        differing = {path for path in wanted if path in stood and stood[path] != wanted[path]}
        strangers = {path: content for path, content in stood.items() if path not in wanted}
        if differing and not flags["force"] and not flags["swap"]:
            with pytest.raises(ConflictError):
                pull(root, REFERENCE, dest, **flags)
            assert files_in(dest) == stood
        else:
            trial = pull(root, REFERENCE, dest, dry_run=True, **flags)
            assert (files_in(dest) if dest.exists() else {}) == stood
            root.backend.reads.clear()
            done = pull(root, REFERENCE, dest, **flags)
            assert done.fetched_bytes == root.backend.read_bytes
            assert trial.fetched_bytes <= done.fetched_bytes
            stays = {} if flags["exact"] or flags["swap"] else strangers
            assert files_in(dest) == wanted | stays
        assert names(Path(folder)) == (["dest"] if dest.exists() else [])


@settings(max_examples=40)
@given(files=versions, number=st.integers(0), how=st.sampled_from(["lost", "short", "flipped"]))
def test_one_damaged_object_is_found_by_all_who_read_it(files, number, how):
    with tempfile.TemporaryDirectory() as folder:
        root = watched_root()
        push(root, "cat", files, table_pieces=5)
        keys = sorted(info.key for info in root.backend.keys("objects/"))
        if not keys:
            return
        key = keys[number % len(keys)]
        content = root.backend.get(key)
        if how == "lost":
            root.backend.delete(key)
        elif how == "short":
            root.backend.put(key, [content[:-1]])
        else:
            at = number % len(content)
            root.backend.put(key, [content[:at] + bytes([content[at] ^ 16]) + content[at + 1 :]])
        bad = verify(root, REFERENCE).bad
        assert bad, "every object is needed by something"
        wanted = plain(files)
        for path in files:
            with open_file(root, REFERENCE, path) as file:
                if path in bad:
                    with pytest.raises((ObjectCorruptError, ObjectMissingError), match=key):
                        file.read()
                else:
                    assert file.read() == wanted[path]
        dest = Path(folder) / "dest"
        with pytest.raises((ObjectCorruptError, ObjectMissingError), match=key) as caught:
            pull(root, REFERENCE, dest)
        assert any(path in str(caught.value) for path in bad)
        assert not dest.exists()
        good = [path for path in files if path not in bad]
        if good:
            pull(root, REFERENCE, dest, files=good)
            assert files_in(dest) == {path: wanted[path] for path in good}
