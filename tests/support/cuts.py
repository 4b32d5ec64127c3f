"""Cuts files that are in memory, and says what is new in one beside others."""

from collections.abc import Iterator, Sequence

from support.model_files import MemoryFile

from podplanner.store.cutting import LARGEST_SPAN, Span, Understood, understand
from podplanner.store.digest import digest_of
from podplanner.store.tables import LARGEST_OBJECT

MIB = 2**20


def understood(content: bytes, **more) -> Understood:
    """Return what a file is, having checked that its spans are as they must be."""
    found = understand(MemoryFile(content), len(content), name="folder/file.bin", **more)
    check_spans(list(found.spans()), len(content))
    return found


def check_spans(spans: Sequence[Span], size: int) -> None:
    """Check that spans cover a file exactly, in order, within their limits."""
    position = 0
    for span in spans:
        assert span.offset == position
        assert span.lengths
        assert min(span.lengths) > 0
        if span.hole:
            assert len(span.lengths) == 1
            assert span.tensor is None
            assert span.width == 0
        else:
            assert span.length <= LARGEST_SPAN
            assert max(span.lengths) <= LARGEST_OBJECT
        position += span.length
    assert position == size


def pieces(found: Understood) -> Iterator[tuple[int, int]]:
    """Yield offset and length of each piece."""
    for span in found.spans():
        offset = span.offset
        for length in span.lengths:
            yield offset, length
            offset += length


def cuts(found: Understood) -> set[int]:
    """Return the offsets at which pieces begin."""
    return {offset for offset, _ in pieces(found)}


def stored(*contents: bytes, **more) -> dict[bytes, int]:
    """Return the pieces of files, by digest, with their lengths."""
    return {
        digest_of(content[offset : offset + length]): length
        for content in contents
        for offset, length in pieces(understood(content, **more))
    }


def new_bytes(before: Sequence[bytes], after: Sequence[bytes], **more) -> int:
    """Return the bytes of pieces that one set of files has and another had not."""
    had = stored(*before, **more)
    has = stored(*after, **more)
    return sum(length for digest, length in has.items() if digest not in had)
