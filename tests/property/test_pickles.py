"""Laws of the walk: it never fails, never cries wolf, and never misses what pickle would import."""

import bz2
import gzip
import io
import lzma
import pickle
import zipfile
import zlib
from collections import Counter, OrderedDict, defaultdict, deque
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.pickled import look, text, torch_zip

from podplanner.store.pickles.allowlist import is_safe

PROTOCOLS = st.integers(0, pickle.HIGHEST_PROTOCOL)

PLAIN = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.binary(),
    st.complex_numbers(), st.dates(), st.timedeltas(), st.decimals(allow_nan=False),
)  # fmt: skip
HASHABLE = st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.binary())
SAFE_OBJECTS = st.recursive(
    PLAIN,
    lambda inner: st.one_of(
        st.lists(inner, max_size=12),
        st.lists(inner, max_size=5).map(tuple),
        st.dictionaries(HASHABLE, inner, max_size=8),
        st.dictionaries(st.text(), inner, max_size=4).map(OrderedDict),
        st.dictionaries(st.text(), inner, max_size=4).map(lambda d: defaultdict(list, d)),
        st.lists(inner, max_size=4).map(deque),
        st.sets(HASHABLE, max_size=6),
        st.frozensets(HASHABLE, max_size=6),
        st.lists(st.text(), max_size=6).map(Counter),
        st.lists(st.floats(width=32), max_size=8).map(lambda v: np.array(v, np.float32)),
        st.lists(inner, max_size=3).map(lambda v: np.array([*v, None], dtype=object)),
    ),
    max_leaves=25,
)


@given(SAFE_OBJECTS, PROTOCOLS)
def test_pickles_of_safe_objects_are_safe(value, protocol):
    found = look(pickle.dumps(value, protocol))
    assert found is not None
    assert found.safe, found


@given(st.lists(SAFE_OBJECTS, min_size=1, max_size=4), PROTOCOLS)
def test_safe_objects_one_after_the_other_are_safe(values, protocol):
    found = look(b"".join(pickle.dumps(value, protocol) for value in values))
    assert found is not None
    assert found.safe, found


@given(SAFE_OBJECTS, st.sampled_from([gzip.compress, bz2.compress, lzma.compress, zlib.compress]))
def test_packing_changes_nothing(value, pack):
    plain = pickle.dumps(value)
    assert look(pack(plain)) == look(plain)


@given(st.binary(max_size=400))
@example(b"")
@example(b"\x80")
@example(b"PK\x03\x04")
@example(b"\x93NUMPY")
@example(b"ZF0x")
def test_any_bytes_are_looked_at_without_failing(content):
    look(content)


HEADS = [
    b"\x80\x04", b"\x80\x02", b"\x93NUMPY\x01\x00", b"\x1f\x8b\x08", b"PK\x03\x04", b"PK\x05\x06",
    b"x\x9c", b"BZh9", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd", b"\x04\x22\x4d\x18", b"ZF0x10    ",
]  # fmt: skip


@given(st.sampled_from(HEADS), st.binary(max_size=200))
def test_any_bytes_behind_a_head_are_looked_at_without_failing(head, content):
    look(head + content)


ARCHIVES = [
    torch_zip({"w": 10}),
    (lambda file: (np.savez(file, a=np.zeros(3), b=np.array([None])), file.getvalue())[1])(
        io.BytesIO()
    ),
]


@given(
    st.sampled_from(ARCHIVES),
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=4),
)
def test_damaged_archives_are_looked_at_without_failing(archive, changes):
    content = bytearray(archive)
    for at, value in changes:
        content[at % len(content)] = value
    look(bytes(content))


@given(st.sampled_from(ARCHIVES), st.integers(0, 10**6))
def test_archives_that_are_cut_off_are_looked_at_without_failing(archive, length):
    look(archive[: length % len(archive)])


# --- against the real unpickler ---


class _Callable:
    """Stands for whatever was imported: calls and changes of it do nothing."""

    def __new__(cls, *_arguments, **_keywords):
        return object.__new__(cls)

    def __call__(self, *_arguments, **_keywords):
        return "os"

    def __setstate__(self, _state):
        pass


class _Recorder(pickle.Unpickler):
    """Unpickles without importing anything, and remembers what it was asked for."""

    def __init__(self, file):
        super().__init__(file)
        self.asked = []

    def find_class(self, module, name):
        self.asked.append((module, name))
        return _Callable

    def persistent_load(self, _identity):
        self.asked.append(("persistent", "id"))
        return _Callable()


class _PythonRecorder(pickle._Unpickler):
    """The same by the unpickler that is written in Python, which joblib builds on."""

    def __init__(self, file):
        super().__init__(file)
        self.asked = []

    find_class = _Recorder.find_class
    persistent_load = _Recorder.persistent_load


WORDS = st.sampled_from(["os", "system", "builtins", "eval", "collections", "OrderedDict", "x", ""])
OPCODES = st.one_of(
    st.sampled_from(
        [b"(", b"0", b"1", b"2", b"N", b"\x88", b"]", b"}", b")", b"\x8f", b"l", b"d", b"t", b"a",
         b"e", b"s", b"u", b"R", b"\x81", b"\x92", b"o", b"b", b"\x85", b"\x86", b"\x87", b"\x90",
         b"\x91", b"\x93", b"\x94", b"Q", b"\x98", b"\x80\x04", b"."]
    ),
    st.integers(0, 5).map(lambda n: b"q" + bytes([n])),
    st.integers(0, 5).map(lambda n: b"h" + bytes([n])),
    st.integers(0, 5).map(lambda n: b"r" + bytes([n, 0, 0, 0])),
    st.integers(0, 5).map(lambda n: b"j" + bytes([n, 0, 0, 0])),
    st.integers(0, 5).map(lambda n: b"p%d\n" % n),
    st.integers(0, 5).map(lambda n: b"g%d\n" % n),
    st.integers(0, 255).map(lambda n: b"K" + bytes([n])),
    st.integers(-5, 5).map(lambda n: b"I%d\n" % n),
    st.sampled_from([b"I01\n", b"F1.5\n", b"L12L\n", b"\x8a\x01\x05", b"J\x01\0\0\0", b"M\x01\0"]),
    st.tuples(WORDS, WORDS).map(lambda pair: f"c{pair[0]}\n{pair[1]}\n".encode()),
    st.tuples(WORDS, WORDS).map(lambda pair: f"i{pair[0]}\n{pair[1]}\n".encode()),
    WORDS.map(text),
    WORDS.map(lambda word: b"\x8c" + bytes([len(word)]) + word.encode()),
    WORDS.map(lambda word: f"S'{word}'\n".encode()),
    WORDS.map(lambda word: f"V{word}\n".encode()),
    WORDS.map(lambda word: b"U" + bytes([len(word)]) + word.encode()),
    WORDS.map(lambda word: b"C" + bytes([len(word)]) + word.encode()),
    st.integers(0, 30).map(lambda n: b"\x95" + bytes([n]) + bytes(7)),
)  # fmt: skip
IMPORTS = st.one_of(
    st.tuples(WORDS, WORDS).map(lambda pair: f"c{pair[0]}\n{pair[1]}\n".encode() + b")R"),
    st.tuples(WORDS, WORDS).map(
        lambda pair: b"".join(b"\x8c" + bytes([len(w)]) + w.encode() for w in pair) + b"\x93)R"
    ),
)
PROGRAMS = st.tuples(
    st.sampled_from([b"", b"\x80\x02", b"\x80\x04"]),
    st.lists(st.one_of(OPCODES, IMPORTS), max_size=25),
).map(lambda pair: pair[0] + b"".join(pair[1]) + b".")


def asked_by(unpickler, stream):
    """Return what an unpickler is asked to import, and whether it came to the end."""
    recorder = unpickler(io.BytesIO(stream))
    try:
        recorder.load()
    except Exception:  # noqa: BLE001  whatever a broken pickle makes it raise
        return recorder.asked, False
    return recorder.asked, True


@given(PROGRAMS)
@settings(max_examples=400)
def test_what_pickle_would_import_is_found(stream):
    """A stream without header that imports and calls nothing may pass for a text."""
    for unpickler in (_Recorder, _PythonRecorder):
        asked, whole = asked_by(unpickler, stream)
        if not asked:
            continue
        found = look(stream)
        if found is None:
            assert not whole
            assert not stream.startswith(b"\x80")
            continue
        if found.oddities:
            continue
        for module, name in asked:
            shown = {f"{module}.{name}", f"__builtin__.{name}"}
            assert shown & set(found.globals), (asked, found)
        if any(not is_safe(f"{module}.{name}") for module, name in asked):
            assert not found.safe


@given(PROGRAMS, st.sampled_from(["a.pkl", "archive/data.pkl"]))
@settings(max_examples=50)
def test_a_member_of_an_archive_is_judged_as_the_same_file_alone(stream, name):
    alone = look(stream)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, stream)
    inside = look(file.getvalue())
    assert (alone is None) == (inside is None)
    if alone is not None:
        assert inside.globals == alone.globals
        assert inside.safe == alone.safe


@given(st.dates(), st.timedeltas(), st.decimals(allow_nan=False), PROTOCOLS)
def test_plain_values_of_the_standard_library_are_safe(day, span, number, protocol):
    assert isinstance(day, date)
    assert isinstance(span, timedelta)
    assert isinstance(number, Decimal)
    assert look(pickle.dumps([day, span, number], protocol)).safe
