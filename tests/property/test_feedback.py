"""Laws of feedback and of the digests of data sets, for any values and any folders."""

import json
import math
import tempfile
from contextlib import suppress
from pathlib import Path

import numpy as np
from blake3 import blake3
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from podplanner.errors import FormatError
from podplanner.models import Dataset
from podplanner.models.feedback_batches import Packed, pack, unpack, written_numbers
from podplanner.models.feedback_reading import _numbers
from podplanner.models.feedback_spool import frame, read_frames
from podplanner.models.feedback_values import Parts, decoded, encoded
from podplanner.models.safetensors_file import safetensors_file

numbers = (
    st.sampled_from(["f2", "f4", "f8", "u1", "i8", "bool", ">f4", ">i2"])
    .map(np.dtype)
    .flatmap(lambda kind: arrays(kind, array_shapes(min_dims=0, max_dims=3, min_side=0)))
)
keys = st.text(max_size=5) | st.sampled_from(["$array", "$bytes", "$object", "$", "$float"])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | numbers,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


def same(a, b):
    """Return whether two values are the same bit for bit."""
    if isinstance(a, np.ndarray):
        here = a.astype(a.dtype.newbyteorder("<"))
        return b.shape == a.shape and b.dtype == here.dtype and b.tobytes() == here.tobytes()
    if isinstance(a, float):
        return type(b) is float and (a == b or (math.isnan(a) and math.isnan(b)))
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    return type(a) is type(b) and a == b


@given(values)
def test_every_value_comes_back_from_what_is_spooled(value):
    from safetensors.numpy import load

    parts = Parts("r")
    line = json.dumps(encoded(value, "input", parts), allow_nan=False).encode()
    (content,) = read_frames(frame(pack(Packed(line, parts.arrays, parts.files)))).contents
    found = unpack(content)
    tensors = load(b"".join(safetensors_file(found.arrays))) if found.arrays else {}
    assert same(value, decoded(json.loads(found.line), tensors, found.files.__getitem__))


texts = st.none() | st.integers() | st.text()
any_json = st.recursive(texts, lambda one: st.lists(one) | st.dictionaries(keys, one))


@given(any_json)
def test_whatever_json_says_is_a_value_or_an_error_of_ours(said):
    with suppress(FormatError):
        decoded(said, {}, lambda digest: b"")


@given(st.lists(st.binary(max_size=40), max_size=6), st.integers(0, 400), st.binary(max_size=3))
def test_a_torn_file_gives_all_whole_records_before_the_tear(contents, cut, odd):
    whole = b"".join(map(frame, contents))
    found = read_frames(whole[:cut])
    ends = [len(b"".join(map(frame, contents[: n + 1]))) for n in range(len(contents))]
    assert found.contents == contents[: sum(end <= cut for end in ends)]
    assert not found.damaged
    assert read_frames(whole).contents == contents
    after = read_frames(whole + odd)
    assert after.contents == contents
    assert after.damaged == (not b"PFB1".startswith(odd))


@given(st.sets(st.integers(1, 60)))
def test_numbers_written_in_short_read_the_same(some):
    written = written_numbers(sorted(some))
    assert {number for run in _numbers(written) for number in run} == some


names = st.sampled_from(["a", "b", "\u00e9", "c.csv", "d/e", "d/f.txt", "a b"])
trees = st.dictionaries(names, st.binary(max_size=30), min_size=1)


def digest(tree):
    with tempfile.TemporaryDirectory() as name:
        for path, content in tree.items():
            place = Path(name, path)
            place.parent.mkdir(exist_ok=True)
            place.write_bytes(content)
        return Dataset.from_path(name).digest


@settings(max_examples=50)
@given(trees, trees)
def test_two_folders_have_one_digest_just_when_they_hold_the_same(one, other):
    assert (digest(one) == digest(other)) == (one == other)
    lines = "".join(
        f"{blake3(content).hexdigest()} {len(content)} {path}\n"
        for path, content in sorted(one.items(), key=lambda item: item[0].encode())
    )
    expected = blake3(f"podplanner/dataset/1\n{lines}".encode()).hexdigest()
    assert digest(one) == f"blake3:{expected}"


@given(st.lists(numbers, min_size=1, max_size=3), st.lists(numbers, min_size=1, max_size=3))
def test_two_lists_of_arrays_have_one_digest_just_when_they_are_the_same(one, other):
    equal = same(one, [array.astype(array.dtype.newbyteorder("<")) for array in other])
    found = (
        Dataset.from_arrays(*one, name="x").digest == Dataset.from_arrays(*other, name="x").digest
    )
    assert found == equal
