"""Inside a tensor, a grid from its start; at its end, pieces that survive when rows are added."""

import pytest

from podplanner.store.cutting.anatomy import By, Region, Tensor
from podplanner.store.cutting.slices import cut_in_slices, slice_bytes

MIB, KIB = 2**20, 2**10


def cut(region: Region, piece_bytes: int = 8 * MIB) -> list[int]:
    return list(cut_in_slices(region, piece_bytes, 0, region.length))


def embedding(rows: int, columns: int = 2048, name: str = "embed_tokens.weight") -> Region:
    return Tensor(name, "BF16", (rows, columns), 0, rows * columns * 2, 2).region()


def renewed(before: list[int], after: list[int]) -> int:
    """Return the bytes of pieces behind the first that differs."""
    same = 0
    for first, second in zip(before, after, strict=False):
        if first != second:
            break
        same += 1
    return sum(after[same:])


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (64 * KIB, [64 * KIB]),
        (8 * MIB, [8 * MIB]),
        (8 * MIB + 1, [8 * MIB, 1]),
        (21 * MIB + 600 * KIB, [8 * MIB, 8 * MIB, 5 * MIB + 512 * KIB, 88 * KIB]),
        (400 * KIB, [400 * KIB]),
    ],
)
def test_a_tensor_is_cut_in_slices_a_steady_rest_and_an_end(length, expected):
    assert cut(Region(0, length)) == expected


def test_a_matrix_that_may_grow_has_finer_slices_and_a_rest_of_falling_powers_of_two():
    lengths = cut(Region(0, 5 * MIB + 200 * KIB, By.ROWS))
    assert lengths == [2 * MIB, 2 * MIB, MIB, 128 * KIB, 64 * KIB, 8 * KIB]


@pytest.mark.parametrize(
    "name",
    [
        "model.embed_tokens.weight",
        "lm_head.weight",
        "output.weight",
        "token_embd.weight",
        "transformer.wte.weight",
        "shared.weight",
    ],
)
def test_matrices_with_a_row_for_every_word_are_known(name):
    assert embedding(100, name=name).by is By.ROWS


@pytest.mark.parametrize("name", ["layers.0.attn_output.weight", "layers.0.mlp.up_proj.weight"])
def test_others_are_not_cut_finer(name):
    assert embedding(100, name=name).by is By.SLICES


@pytest.mark.parametrize("columns", [768, 896, 2048, 4096, 8192])
def test_a_row_more_in_both_matrices_of_two_gib_renews_at_most_0_3_percent(columns):
    share = [
        2 * renewed(cut(embedding(rows, columns)), cut(embedding(rows + 1, columns))) / 2**31
        for rows in range(31_000, 33_500)
    ]
    assert max(share) < 0.003
    assert sum(share) / len(share) < 0.0001


@pytest.mark.parametrize("rows", [32_000, 32_768, 50_304, 128_256, 152_064, 262_144])
def test_a_row_more_than_a_round_number_renews_that_row_alone(rows):
    assert renewed(cut(embedding(rows)), cut(embedding(rows + 1))) == 2048 * 2


@pytest.mark.parametrize("piece_bytes", [-1, 0, 1, 100_000, 3 * MIB, 16 * MIB, 2**70])
def test_any_policy_gives_slices_that_a_span_can_hold(piece_bytes):
    assert 64 * KIB <= slice_bytes(piece_bytes) <= 8 * MIB
    assert slice_bytes(piece_bytes) % (64 * KIB) == 0
    for by in (By.SLICES, By.ROWS):
        lengths = cut(Region(0, 20 * MIB + 12_345, by), piece_bytes)
        assert sum(lengths) == 20 * MIB + 12_345
        assert max(lengths) <= slice_bytes(piece_bytes)


@pytest.mark.parametrize("by", [By.SLICES, By.ROWS])
@pytest.mark.parametrize(
    ("first", "last"),
    [
        (0, 1),
        (1, 9 * MIB),
        (17 * MIB, 18 * MIB),
        (19 * MIB, 20 * MIB + 12_345),
        (5, 20 * MIB),
    ],
)
def test_a_part_is_cut_where_the_whole_is(by, first, last):
    region = Region(0, 20 * MIB + 12_345, by)
    grid, position = set(), 0
    for length in cut(region):
        position += length
        grid.add(position)
    position = first
    for length in cut_in_slices(region, 8 * MIB, first, last):
        position += length
        assert position in grid | {last}
    assert position == last
