"""What a walk through opcodes finds, against what the real unpickler does."""

import collections
import datetime
import decimal
import os
import pathlib
import pickle
import random
import struct
import subprocess
import sys

import numpy as np
import pytest
from support.pickled import Counted, calls, look, text

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)

SAFE = [
    [
        1,
        -1,
        255,
        2**31,
        2**80,
        -(2**200),
        0.5,
        True,
        None,
        "text",
        "ünï",
        b"bytes",
        bytearray(b"x"),
    ],
    {"a": [1, 2, 3], "b": {"c": (1, 2, 3, 4)}, "d": {1, 2}, "e": frozenset([3]), 4: 1 + 2j},
    collections.OrderedDict(x=1),
    collections.defaultdict(list, a=[1]),
    collections.Counter("hello"),
    collections.deque([1, 2]),
    [datetime.datetime(2026, 1, 2), datetime.timedelta(1), decimal.Decimal("0.93")],
    pathlib.PurePosixPath("a/b"),
    ["line\nbreak", "back\\slash", "quo'te", "\ud83d\ude00", "nul\0"],
    list(range(3000)),
    {str(n): n for n in range(3000)},
    [(n, str(n)) for n in range(3000)],
    tuple(range(50)),
]


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("value", SAFE, ids=lambda value: type(value).__name__)
def test_plain_values_are_safe_in_every_protocol(value, protocol):
    found = look(pickle.dumps(value, protocol))
    assert found.safe, found


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    "array",
    [
        np.arange(6, dtype=np.float32).reshape(2, 3), np.array(["a", None], dtype=object),
        np.float64(0.5), np.zeros(0), np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]),
        np.array(["2026-01-01"], dtype="M8[D]"), np.asfortranarray(np.ones((3, 2))),
    ],
    ids=lambda array: f"{array.dtype}",
)  # fmt: skip
def test_arrays_of_numpy_are_safe_in_every_protocol(array, protocol):
    found = look(pickle.dumps(array, protocol))
    assert found.safe, found
    assert any(name.startswith("numpy") for name in found.globals)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_callable_that_is_not_known_is_found_in_every_protocol(protocol):
    class Evil:
        def __reduce__(self):
            return os.system, ("true",)

    found = look(pickle.dumps([1, Evil(), "x" * 300], protocol))
    assert found.globals == (f"{os.system.__module__}.system",)
    assert not found.safe
    assert found.unknown == found.globals


def test_every_global_is_listed_once_and_sorted():
    found = look(pickle.dumps([collections.OrderedDict(), os.getcwd, os.system, os.getcwd]))
    assert found.globals == ("collections.OrderedDict", "posix.getcwd", "posix.system")
    assert found.unknown == ("posix.getcwd", "posix.system")


STREAMS = {
    "INST": (b"(" + text("id") + b"ios\nsystem\n.", ("os.system",)),
    "OBJ": (b"(cos\nsystem\n" + text("id") + b"o.", ("os.system",)),
    "NEWOBJ": (b"\x80\x02cos\nsystem\n)\x81.", ("os.system",)),
    "NEWOBJ_EX": (b"\x80\x04\x8c\x02os\x8c\x06system\x93)}\x92.", ("os.system",)),
    "BUILD": (b"\x80\x02cos\nenviron\n}b.", ("os.environ",)),
    "import alone": (b"\x80\x02cantigravity\nx\n.", ("antigravity.x",)),
    "names from the memo": (
        b"\x80\x04\x8c\x06system\x94\x8c\x02os\x940h\x01h\x00\x93)R.", ("os.system",),
    ),
    "names put far away": (
        b"\x80\x04\x8c\x02osr\xff\xff\xff\x7f0\x8c\x06systemq\x070j\xff\xff\xff\x7fh\x07\x93)R.",
        ("os.system",),
    ),
    "a name that is overwritten": (
        b"\x80\x04\x8c\x04mathq\x000\x8c\x02osq\x000h\x00\x8c\x06system\x93)R.", ("os.system",),
    ),
    "MEMOIZE after PUT": (
        b"\x80\x04\x8c\x02osq\x050\x8c\x06system\x940h\x05h\x01\x93)R.", ("os.system",),
    ),
    "names doubled": (b"\x80\x04\x8c\x02os2\x93.", ("os.os",)),
    "names below a mark": (b"\x80\x04\x8c\x02os(K\x01K\x021\x8c\x06system\x93)R.", ("os.system",)),
    "names after POP of a mark": (b"\x80\x04\x8c\x02os(0\x8c\x06system\x93)R.", ("os.system",)),
    "names in quotes": (b"\x80\x04S'o\\x73'\nS\"system\"\n\x93)R.", ("os.system",)),
    "names in raw unicode": (b"\x80\x04V\\u006fs\nVsystem\n\x93)R.", ("os.system",)),
    "names of Python 2": (b"\x80\x04U\x02osT\x06\0\0\0system\x93)R.", ("os.system",)),
    "names in long texts": (
        b"\x80\x04\x8d\x02\0\0\0\0\0\0\0os\x8d\x06\0\0\0\0\0\0\0system\x93)R.", ("os.system",),
    ),
    "frames that lie": (
        b"\x80\x04\x95\x01\0\0\0\0\0\0\0\x8c\x02os\x8c\x06system\x93)R.", ("os.system",),
    ),
    "a second header": (b"\x80\x04\x80\x02cos\nsystem\n)R.", ("os.system",)),
    "getattr": (
        b"\x80\x04\x8c\x08builtins\x8c\x07getattr\x93\x8c\x02os\x8c\x06system\x86R.",
        ("builtins.getattr",),
    ),
    "a pickle in a pickle": (
        b"\x80\x04\x8c\x07_pickle\x8c\x05loads\x93C\x05bytes\x85R.", ("_pickle.loads",),
    ),
    "importlib": (calls("importlib", "import_module", "os"), ("importlib.import_module",)),
    "a callable nobody has heard of": (calls("torch.utils._evil", "go"), ("torch.utils._evil.go",)),
    "a name with dots": (
        b"\x80\x04\x8c\x05torch\x8c\x19_utils._rebuild_tensor_v2\x93.",
        ("torch:_utils._rebuild_tensor_v2",),
    ),
    "a look-alike": (b"\x80\x04\x8c\x0cc\xd0\xbellections\x8c\x0bOrderedDict\x93.",
        ("c\u043ellections.OrderedDict",)),
    "a terminal's control characters": (
        b"\x80\x04\x8c\x05a\x1b[2J\x8c\x01b\x93.", ("a\\x1b[2J.b",),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("stream", "names"), STREAMS.values(), ids=STREAMS)
def test_a_name_is_found_however_it_is_written(stream, names):
    found = look(stream)
    assert found.globals == names
    assert not found.safe


ODD = {
    "a name made by a call": (
        b"\x80\x02c_codecs\nencode\n" + text("os") + text("latin1") + b"\x86R"
        b"\x8c\x06system\x93)R.",
        "put together while it loads",
    ),
    "a name as bytes": (b"\x80\x04C\x02os\x8c\x06system\x93)R.", "put together while it loads"),
    "a name that is too long": (
        b"\x80\x04X\x00\x10\0\0" + b"m" * 4096 + b"\x8c\x01n\x93.", "put together while it loads",
    ),
    "a call of a call": (
        b"\x80\x02ccollections\ndefaultdict\n)R)R.", "calls something that it has made itself",
    ),
    "a call of a text": (b"\x80\x02" + text("os") + b")R.", "calls something"),
    "a changed class": (
        b"\x80\x02ctorch.nn.parameter\nParameter\nN}" + text("f") + b"K\x01s\x86b.",
        "changes an imported object itself",
    ),
    "an item set in an import": (
        b"\x80\x02ccollections\nOrderedDict\nK\x01K\x02s.", "changes an imported object itself",
    ),
    "another codec": (
        b"\x80\x02c_codecs\nencode\n" + text("x") + text("zlib") + b"\x86R.", "another codec",
    ),
    "a codec that is made": (
        b"\x80\x02c_codecs\nencode\n" + text("x") + b"]\x86R.", "another codec",
    ),
    "EXT1": (b"\x80\x02\x82\x01)R.", "extension registry"),
    "EXT2": (b"\x80\x02\x83\x01\x00)R.", "extension registry"),
    "EXT4": (b"\x80\x02\x84\x01\x00\x00\x00)R.", "extension registry"),
    "PERSID": (b"\x80\x02Pmodule\n.", "something else than a tensor's storage"),
    "BINPERSID of a module": (
        b"\x80\x02(" + text("module") + b"ctorch\nTensor\ntQ.", "something else than a tensor's",
    ),
    "garbage after STOP": (pickle.dumps([1]) + b"garbage", "followed by bytes that are no pickle"),
    "zeros after STOP": (pickle.dumps([1]) + bytes(100), "followed by bytes that are no pickle"),
    "a protocol to come": (b"\x80\x04cos\nsystem\n\x80\x09.", "protocol above 5"),
    "an opcode to come": (b"\x80\x04cos\nsystem\n\xf0.", "no opcode (0xf0)"),
    "a memo that was not put": (b"\x80\x04cos\nsystem\nh\x07.", "not put in its memo"),
    "a stack below its bottom": (b"\x80\x04cos\nsystem\n00.", "empty stack"),
    "a negative length": (b"\x80\x04cos\nsystem\nT\xff\xff\xff\xff.", "negative length"),
    "a length beyond the end": (b"\x80\x04cos\nsystem\nB\xff\xff\xff\xff.", "cut off"),
    "a frame that ends within a name": (
        b"\x80\x04\x95\x02\0\0\0\0\0\0\0c_codecs\nencode\n.", "ends inside of an opcode",
    ),
    "a frame that goes on behind the STOP": (
        b"\x80\x04\x95\x09\0\0\0\0\0\0\0N." + bytes(7), "ends inside of an opcode",
    ),
    "a frame in a frame": (
        b"\x80\x04\x95\x20\0\0\0\0\0\0\0\x95\x02\0\0\0\0\0\0\0N.", "ends inside of an opcode",
    ),
    "a frame that cuts a run of numbers": (
        b"\x80\x04\x95\x0e\0\0\0\0\0\0\0](" + b"J\1\0\0\0" * 9 + b"e.", "ends inside of an opcode",
    ),
    "a stack without end": (
        b"\x80\x04cos\nsystem\n" + b"]" * (5 * 2**20), "puts too much on its stack",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("stream", "words"), ODD.values(), ids=ODD)
def test_what_is_strange_is_unsafe_and_said(stream, words):
    found = look(stream)
    assert not found.safe
    assert any(words in oddity for oddity in found.oddities), found


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_pickle_cut_off_anywhere_behind_a_call_is_unsafe(protocol):
    class Evil:
        def __reduce__(self):
            return os.system, ("true",)

    whole = pickle.dumps([Evil(), *range(40)], protocol)
    called = whole.index(b"R") + 1
    for length in range(called, len(whole)):
        found = look(whole[:length])
        assert found is not None, length
        assert not found.safe
        assert "posix.system" in found.globals


def test_a_pickle_with_a_header_that_ends_early_is_unsafe_though_it_did_nothing_yet():
    whole = pickle.dumps({"weights": list(range(1000))}, 4)
    found = look(whole[:-10])
    assert found.oddities == ("cannot be followed: is cut off",)


def test_several_pickles_in_one_file_are_all_walked():
    stream = pickle.dumps([1], 0) + pickle.dumps({"a": 2}, 5) + calls("os", "system", "id")
    assert look(stream).globals == ("os.system",)
    assert look(pickle.dumps(1) * 50).safe


def test_a_pickle_without_header_behind_others_is_walked_too():
    assert look(pickle.dumps([1]) + calls("os", "system", protocol=0)).globals == ("os.system",)


NO_PICKLES = {
    "nothing": b"",
    "zeros": bytes(10_000),
    "a text": b"This model was trained on cats.\nIt knows dogs too.\n",
    "a vocabulary": b"cat\ndog\nbird\n" * 100,
    "a vocabulary that begins like an import": b"cos\nsystem\nthe\nand\n",
    "a licence": b"Copyright (c) 2026\n\nPermission is hereby granted, free of charge\n",
    "INST in prose": b"(in this paper\nwe show that\nit works.",
    "JSON": b'{"architectures": ["Bert"]}',
    "a list in prose": b"I have\nNo idea.\n",
    "safetensors": struct.pack("<Q", 640) + b'{"w":{"dtype":"F32"}}' + bytes(640),
    "safetensors whose length begins like a pickle": struct.pack("<Q", 0x280) + b'{"w":' * 128,
    "safetensors whose length begins with a mark": struct.pack("<Q", 0x28) + b"{" * 40,
    "GGUF": b"GGUF\x03\0\0\0" + bytes(64),
    "numbers that begin like a pickle": b"\x80\x04" + np.arange(1000, dtype="<f4").tobytes(),
    "a PNG": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "sqlite": b"SQLite format 3\0" + bytes(100),
    "HDF5": b"\x89HDF\r\n\x1a\n" + bytes(100),
    "protobuf": b"\x08\x07\x12\x04test" + bytes(40),
    "numpy's numbers": None,
}


@pytest.mark.parametrize("content", [v for v in NO_PICKLES.values() if v is not None],
    ids=[k for k, v in NO_PICKLES.items() if v is not None])  # fmt: skip
def test_what_is_no_pickle_is_not_taken_for_one(content):
    assert look(content) is None


def test_random_bytes_are_not_taken_for_pickles():
    maker = random.Random(7)
    for first in range(256):
        for _ in range(8):
            assert look(bytes([first]) + maker.randbytes(3000)) is None
    taken = [look(b"\x80\x04" + maker.randbytes(3000)) for _ in range(3000)]
    assert sum(found is not None for found in taken) <= 3


def test_an_ordinary_file_costs_two_small_reads():
    size = 10 * 2**30
    counted = Counted(
        lambda offset, length: bytes([offset % 251]) * min(length, size - offset), size
    )
    assert counted.look() is None
    assert counted.reads <= 2
    assert counted.bytes <= 8192


def test_long_byte_strings_are_not_read():
    size = 2**31
    head = b"\x80\x04\x8e" + struct.pack("<Q", size - 100)
    tail = calls("os", "system", protocol=2)[2:]
    end = len(head) + size - 100

    def read_at(offset, length):
        if offset < len(head):
            return (head + bytes(length))[offset : offset + length]
        if offset >= end:
            return tail[offset - end : offset - end + length]
        return bytes(min(length, end - offset))

    counted = Counted(read_at, end + len(tail))
    assert counted.look().globals == ("os.system",)
    assert counted.bytes < 3 * 2**20


MEMORY = """
import os, pickle, resource, sys
from podplanner.store.pickles import find_globals
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
step = 40_000
block = b"".join(b"\\x8c\\x0aword%06d\\x94" % n for n in range(step))
head, tail = b"\\x80\\x04(", b"l0cos\\nsystem\\n."
size = len(head) + 40 * len(block) + len(tail)
def read_at(offset, length):
    if offset < len(head):
        return head[offset:]
    if offset >= size - len(tail):
        return tail[offset - size + len(tail):]
    at = (offset - len(head)) % len(block)
    return block[at : min(at + length, len(block))]
found = find_globals(read_at, size)
assert found.globals == ("os.system",), found
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def test_memory_does_not_grow_with_the_pickle():
    """1.6 million texts, each in the memo: 25 MB of pickle."""
    done = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 70


def test_a_global_named_after_a_million_texts_is_still_known():
    class Two:
        def __init__(self, what):
            self.what = what

        def __reduce__(self):
            return collections.OrderedDict, ((("k", self.what),),)

    values = [*(f"word{n}" for n in range(150_000)), Two(1), Two(2), os.getcwd, os.getcwd]
    found = look(pickle.dumps(values, 4))
    assert found.globals == ("collections.OrderedDict", "posix.getcwd")
    assert not found.oddities


def test_what_names_more_than_anybody_reads_is_unsafe():
    stream = b"\x80\x02" + b"".join(f"cos\nname{n}\n0".encode() for n in range(2000)) + b"N."
    found = look(stream)
    assert len(found.globals) == 1000
    assert any("more than 1000 names" in oddity for oddity in found.oddities)
