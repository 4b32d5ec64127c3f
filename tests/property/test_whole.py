"""Whatever is asked for of files that are cut in any way, it comes whole, once, and right."""

from random import Random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from support.hand_made import Bundle, HandMade, Watched, hole, put_alone
from support.stores import new_root

from podplanner.errors import ObjectCorruptError, ObjectMissingError
from podplanner.store.backend import Traits
from podplanner.store.backends.memory import MemoryBackend
from podplanner.store.names import Reference
from podplanner.store.reading.filling import Target, fill
from podplanner.store.reading.opening import open_version

REFERENCE = Reference.parse("cat")
PATHS = ["a", "b", "c"]

# Few different pieces, so that files share them.
kinds = st.tuples(
    st.sampled_from(["hole", "alone", "bundled", "packed"]), st.integers(0, 5), st.integers(1, 400)
)
files = st.dictionaries(st.sampled_from(PATHS), st.lists(kinds, max_size=9), min_size=1)
wishes = st.lists(st.tuples(st.sampled_from(PATHS), st.floats(0, 1), st.floats(0, 1)), max_size=12)


class Remote(MemoryBackend):
    @property
    def traits(self):
        return Traits(at_once=4, is_remote=True)


def published(backend, cut, table_pieces):
    """Publish a version; return its root and the plain files."""
    root = new_root(Watched(backend))
    bundle = Bundle(root.backend)
    made, plain = {}, {}
    for path in sorted(cut):
        rows, content = [], b""
        for kind, seed, length in cut[path]:
            piece = bytes(length) if kind == "hole" else Random(seed).randbytes(1 + seed * 60)
            if kind == "packed":
                piece = bytes([seed]) * length * 20
            if kind == "hole":
                rows.append(hole(length))
            elif kind == "alone":
                rows.append(put_alone(root.backend, piece))
            else:
                rows.append(len(bundle.rows))
                bundle.add(piece, policy="fast" if kind == "packed" else "raw")
            content += piece
        made[path], plain[path] = rows, content
    bundled = bundle.put() if bundle.parts else []
    HandMade(
        {p: [bundled[r] if isinstance(r, int) else r for r in rows] for p, rows in made.items()},
        table_pieces=table_pieces,
    ).publish(root, "cat")
    return root, plain


def ranges_of(wanted, plain):
    """Return what is asked for, as file, start and end."""
    found = []
    for path, one, other in wanted:
        if path in plain:
            size = len(plain[path])
            start, end = sorted((round(one * size), round(other * size)))
            found.append((path, start, end))
    return found


def targets_of(ranges, plain):
    number = {path: n for n, path in enumerate(sorted(plain))}
    return [Target(number[p], start, np.zeros(end - start, np.uint8)) for p, start, end in ranges]


@settings(max_examples=150)
@given(cut=files, wanted=wishes, table_pieces=st.integers(1, 6), remote=st.booleans())
def test_all_that_is_asked_for_comes(cut, wanted, table_pieces, remote):
    root, plain = published(Remote() if remote else MemoryBackend(), cut, table_pieces)
    ranges = ranges_of(wanted, plain)
    targets = targets_of(ranges, plain)
    told = {}

    def done(number):
        assert number not in told
        told[number] = targets[number].content.tobytes()

    root.backend.reads.clear()
    fill(open_version(root, REFERENCE), targets, done)
    expected = {n: plain[path][start:end] for n, (path, start, end) in enumerate(ranges)}
    assert told == expected
    assert [one.content.tobytes() for one in targets] == list(expected.values())
    if not any(end > start for _, start, end in ranges):
        assert root.backend.reads == []


@settings(max_examples=80)
@given(
    cut=files,
    wanted=wishes,
    number=st.integers(0),
    how=st.sampled_from(["lost", "short", "flipped"]),
)
def test_what_is_hurt_is_never_told_to_be_done(cut, wanted, number, how):
    root, plain = published(MemoryBackend(), cut, 4)
    keys = sorted(info.key for info in root.backend.keys("objects/"))
    ranges = ranges_of(wanted, plain)
    if not keys:
        return
    key = keys[number % len(keys)]
    content = bytearray(root.backend.get(key))
    if how == "lost":
        root.backend.delete(key)
    elif how == "short":
        root.backend.put(key, [bytes(content[:-1])])
    else:
        content[number % len(content)] ^= 16
        root.backend.put(key, [bytes(content)])
    targets = targets_of(ranges, plain)
    told = {}

    def done(number):
        told[number] = targets[number].content.tobytes()

    error = None
    try:
        fill(open_version(root, REFERENCE), targets, done)
    except (ObjectCorruptError, ObjectMissingError) as raised:
        error = raised
    if error is None:
        assert len(told) == len(targets)
    else:
        assert key in error.message
        assert any(f"{path} of cat:1 is hurt" in error.message for path in plain)
    for one, content in told.items():
        path, start, end = ranges[one]
        assert content == plain[path][start:end]
