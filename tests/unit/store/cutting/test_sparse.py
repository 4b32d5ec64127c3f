"""Holes come out as holes, and nothing in them is read."""

import struct

import pytest
from support.cuts import check_spans, cuts, understood
from support.model_files import MemoryFile, noise, safetensors_file, weight

from podplanner.store.cutting import Span, understand

KIB, MIB, GIB = 2**10, 2**20, 2**30


class Sparse:
    """A file of zeros with some bytes here and there."""

    def __init__(self, size: int, parts: dict[int, bytes]) -> None:
        self.size = size
        self.parts = parts
        self.taken = 0

    def read_at(self, offset: int, length: int) -> bytes:
        length = max(min(length, self.size - offset), 0)
        self.taken += length
        out = bytearray(length)
        for start, content in self.parts.items():
            first, last = max(start, offset), min(start + len(content), offset + length)
            if first < last:
                out[first - offset : last - offset] = content[first - start : last - start]
        return bytes(out)

    def holes(self) -> list[tuple[int, int]]:
        """Return what no part covers."""
        found, position = [], 0
        for start, content in sorted(self.parts.items()):
            found.append((position, start - position))
            position = start + len(content)
        return [*found, (position, self.size - position)]


def holes_of(spans: list[Span]) -> list[tuple[int, int]]:
    return [(span.offset, span.length) for span in spans if span.hole]


def test_fifty_gigabytes_of_which_two_megabytes_are_there_cost_reading_only_those():
    file = Sparse(50 * 10**9, {10**9: noise(MIB, 1), 40 * 10**9: noise(MIB, 2)})
    found = understand(file, file.size, name="x", holes=file.holes())
    spans = list(found.spans())
    check_spans(spans, file.size)
    assert holes_of(spans) == file.holes()
    assert file.taken < 3 * MIB


def test_short_holes_are_stored_as_zeros():
    content = noise(300 * KIB, 1)
    spans = list(understood(content, holes=[(100_000, 64 * KIB - 1)]).spans())
    assert holes_of(spans) == []


@pytest.mark.parametrize(
    "holes",
    [
        [(200_000, 100_000), (0, 70_000)],
        [(0, 70_000), (50_000, 20_000), (200_000, 40_000), (240_000, 60_000)],
        [(-10, 70_010), (200_000, 2**62), (10**9, 5)],
    ],
    ids=["unordered", "over each other and side by side", "beyond the file"],
)
def test_holes_are_taken_as_they_come(holes):
    spans = list(understood(noise(300_000, 1), holes=holes).spans())
    assert holes_of(spans) == [(0, 70_000), (200_000, 100_000)]


def test_holes_in_tensors_are_one_piece_and_what_is_around_is_cut_as_ever():
    weights = [weight("a", (10, 1024, 1024), seed=1), weight("b", (5, 1024, 1024), seed=2),
               weight("small", (100,), seed=3)]  # fmt: skip
    content = safetensors_file(weights)
    begins = content.index(weights[0].content[:64])
    hole = (begins + 3 * MIB, 20 * MIB)
    whole, sparse = understood(content), understood(content, holes=[hole])
    spans = list(sparse.spans())
    assert holes_of(spans) == [hole]
    outside = {at for at in cuts(whole) if not hole[0] < at < sum(hole)}
    assert cuts(sparse) == outside | {hole[0], sum(hole)}
    after = next(span for span in spans if span.offset == sum(hole))
    assert (after.tensor, after.start) == ("b", 3 * MIB)
    assert whole.tensors == sparse.tensors


def test_a_header_that_promises_a_tensor_of_an_exabyte_takes_no_time_where_there_is_nothing():
    length = 2**59
    text = b'{"x":{"dtype":"U8","shape":[%d],"data_offsets":[0,%d]}}' % (2**52, 2**52)
    head = struct.pack("<Q", len(text)) + text
    file = Sparse(len(head) + 2**52, {0: head})
    found = understand(file, file.size, name="x", holes=file.holes())
    assert found.format == "safetensors"
    assert holes_of(list(found.spans())) == file.holes()[1:]
    file = Sparse(length, {0: head})
    found = understand(file, file.size, name="x", holes=file.holes())
    assert holes_of(list(found.spans())) == file.holes()[1:]


def test_small_tensors_in_a_hole_are_part_of_it():
    weights = [weight(f"{n}", (10_000,), seed=n) for n in range(20)]
    content = safetensors_file(weights)
    hole = (50_000, 200_000)
    spans = list(understood(content, holes=[hole]).spans())
    assert holes_of(spans) == [hole]


def test_a_file_that_is_cut_short_while_it_is_read_is_covered_to_the_size_it_had():
    found = understand(MemoryFile(noise(3 * MIB, 1)), 10 * MIB, name="x")
    check_spans(list(found.spans()), 10 * MIB)
    found = understand(MemoryFile(b""), GIB, name="x")
    check_spans(list(found.spans()), GIB)
