"""What is not understood is cut by content: an edit changes the pieces around it only."""

from support.cuts import MIB, new_bytes, pieces, stored, understood
from support.model_files import noise

NOISE = noise(24 * MIB, 1)


def test_pieces_are_between_64_kib_and_1_mib_and_a_quarter_of_one_on_average():
    lengths = [length for _, length in pieces(understood(NOISE))]
    assert max(lengths) <= MIB
    assert min(lengths[:-1]) >= 64 * 1024
    assert 200 * 1024 < len(NOISE) / len(lengths) < 300 * 1024


def test_bytes_that_repeat_are_cut_at_the_limits():
    assert max(length for _, length in pieces(understood(b"\0" * 5 * MIB))) <= MIB
    assert max(length for _, length in pieces(understood(b"ab" * 3 * MIB))) <= MIB


def test_where_a_file_is_read_in_windows_makes_no_difference():
    # Pieces are the same when all but the first window are moved by a few bytes.
    moved = noise(777, 2) + NOISE
    assert new_bytes([NOISE], [moved]) < 2 * MIB


def test_an_insertion_in_the_middle_renews_what_is_around_it():
    middle = len(NOISE) // 2
    edited = NOISE[:middle] + b"inserted" + NOISE[middle:]
    assert new_bytes([NOISE], [edited]) < 2 * MIB


def test_equal_files_are_cut_equally_again():
    assert stored(NOISE) == stored(NOISE)


def test_the_spans_may_be_asked_for_again():
    found = understood(NOISE)
    assert list(found.spans()) == list(found.spans())
