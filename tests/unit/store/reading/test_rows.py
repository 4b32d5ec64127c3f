"""Rows: every byte of a file belongs to one row, or the version is refused."""

import pytest
from support.hand_made import HandMade, hole, put_alone
from support.stores import new_root, noise

from podplanner.errors import ObjectCorruptError
from podplanner.store.digest import NO_DIGEST
from podplanner.store.manifest import FileEntry, Manifest, TableRef
from podplanner.store.names import Reference
from podplanner.store.reading.jobs import tables_of
from podplanner.store.reading.opening import open_version
from podplanner.store.reading.rows import Positions, Segment, check_numbers, segments

REFERENCE = Reference.parse("cat")


@pytest.fixture
def root():
    return new_root()


def manifest(files, tables):
    return Manifest(
        format="podplanner/manifest/1",
        files=tuple(
            FileEntry(path=f"f{n}", size=size, pieces=pieces)
            for n, (size, pieces) in enumerate(files)
        ),
        tables=tuple(TableRef(table="", pieces=pieces, bytes=size) for size, pieces in tables),
    )


def test_files_and_tables_overlap_in_any_way():
    # a: 3 pieces of 10 in table 0, one of 5 in table 1; b: empty; c: all in table 1 and 2
    one = manifest([(35, 4), (0, 0), (24, 3)], [(30, 3), (21, 3), (8, 1)])
    check_numbers(one, "it")
    assert list(segments(one)) == [
        [Segment(0, 0, 3, 0, last=False)],
        [Segment(0, 0, 1, 30, last=True), Segment(2, 1, 2, 0, last=False)],
        [Segment(2, 0, 1, 16, last=True)],
    ]


@pytest.mark.parametrize(
    ("files", "tables"),
    [
        ([(10, 1)], []),
        ([], [(10, 1)]),
        ([(10, 1)], [(11, 1)]),
        ([(10, 1)], [(10, 2)]),
        ([(10, 0)], [(10, 0)]),
        ([(0, 1)], [(0, 1)]),
        ([(-10, 1), (20, 1)], [(10, 2)]),
        ([(10, -1), (10, 2)], [(20, 1)]),
        ([(10, 65_537)], [(10, 65_537)]),
        ([(10, 1)], [(10, 1), (0, 0)]),
    ],
)
def test_a_manifest_whose_numbers_contradict_each_other_is_refused(files, tables):
    with pytest.raises(ObjectCorruptError, match="it contradicts itself"):
        check_numbers(manifest(files, tables), "it")


def rows(root, *sizes):
    return [put_alone(root.backend, noise(size, size)) for size in sizes]


def open_all(root):
    version = open_version(root, REFERENCE)
    return list(tables_of(version, bytearray(sum(e.pieces for e in version.manifest.files))))


def test_each_row_knows_its_file_and_offset(root):
    HandMade({"a": rows(root, 5, 6, 7), "b": rows(root, 8, 9, 5)}).publish(root, "cat")
    found = [
        (table.files[n], table.offsets[n], table.pieces[n].length)
        for table in open_all(root)
        for n in range(len(table.pieces))
    ]
    assert found == [(0, 0, 5), (0, 5, 6), (0, 11, 7), (1, 0, 8), (1, 8, 9), (1, 17, 5)]


@pytest.mark.parametrize(
    ("entries", "refs"),
    [
        ({"a": {"size": 11}, "b": {"size": 17}}, {}),
        ({"a": {"size": 9}, "b": {"size": 19}}, {}),
        ({}, {0: {"bytes": 11}, 1: {"bytes": 17}}),
        ({}, {0: {"bytes": 9}, 1: {"bytes": 19}}),
        ({"a": {"pieces": 1}, "b": {"pieces": 5}}, {}),
        ({"a": {"pieces": 3}, "b": {"pieces": 3}}, {}),
    ],
)
def test_tables_that_contradict_the_manifest_are_refused(root, entries, refs):
    made = HandMade({"a": rows(root, 4, 6), "b": rows(root, 3, 5, 2, 8)}, table_pieces=2)
    made.entries, made.refs = entries, refs
    made.publish(root, "cat")
    with pytest.raises(ObjectCorruptError, match="contradicts itself"):
        open_all(root)


def test_a_place_for_a_hole_and_a_piece_without_one_are_refused(root):
    for number, row in enumerate(
        [
            (rows(root, 9)[0][0], None),
            (hole(9)[0]._replace(digest=NO_DIGEST), rows(root, 9)[0][1]),
        ]
    ):
        HandMade({"a": [row]}).publish(root, f"cat{number}")
        version = open_version(root, Reference.parse(f"cat{number}"))
        with pytest.raises(ObjectCorruptError, match="contradicts itself"):
            list(tables_of(version, bytearray(1)))
        with pytest.raises(ObjectCorruptError, match="contradicts itself"):
            Positions(version).at(0)


def test_a_position_is_found_in_any_table(root):
    made = HandMade({"a": rows(root, 4, 6), "b": [hole(100), *rows(root, 3)]}, table_pieces=2)
    made.publish(root, "cat")
    positions = Positions(open_version(root, REFERENCE))
    starts = [positions.at(at)[0] for at in (0, 3, 4, 9, 10, 109, 110, 112)]
    assert starts == [0, 0, 4, 4, 10, 10, 110, 110]


def test_a_position_in_a_table_that_lies_is_refused(root):
    made = HandMade({"a": rows(root, 4, 6), "b": rows(root, 3, 5)}, table_pieces=2)
    made.refs = {0: {"bytes": 11}, 1: {"bytes": 7}}
    made.publish(root, "cat")
    with pytest.raises(ObjectCorruptError, match="contradicts itself"):
        Positions(open_version(root, REFERENCE)).at(0)
