"""Tables for people: columns stay columns in every script."""

import unicodedata

import pytest

from podplanner.cli.console import table

ROWS = [
    ("config.json", "57 B"),
    ("日本語 モデル/重み.bin", "1.2 GB"),
    ("cafe\u0301.txt", "1 B"),
    ("ไทย ก็.json", "20 kB"),
    ("😀.bin", "2 B"),
]


def columns(words):
    """Count as a terminal does, by Unicode's own tables."""
    return sum(
        0 if unicodedata.combining(c) or unicodedata.category(c) == "Mn"
        else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in words
    )  # fmt: skip


@pytest.mark.parametrize("scale", [1, 12])
def test_columns_stand_below_each_other_in_every_script(scale):
    rows = [(name * scale, size) for name, size in ROWS]
    lines = table(rows, ("file", "size"), right=(1,)).splitlines()
    assert len({columns(line) for line in lines}) == 1
    assert columns(lines[0]) <= 100
    assert [line.split()[-2:] for line in lines[2:]] == [
        [*row[0].split(), *row[1].split()][-2:] for row in rows
    ]
