"""Laws of the tables and lists of keys: what is written comes back, and nothing else is taken."""

from hypothesis import given
from hypothesis import strategies as st

from podplanner.errors import FormatVersionError, ObjectCorruptError
from podplanner.store.digest import NO_DIGEST
from podplanner.store.epochs import KeyList, key_of_row, row_of
from podplanner.store.reader import DocumentKey
from podplanner.store.tables import (
    DELTA,
    LARGEST_OBJECT,
    Base,
    ObjectKey,
    Piece,
    PieceTable,
    Place,
    PlaceTable,
)

digests = st.binary(min_size=32, max_size=32).filter(lambda digest: digest != NO_DIGEST)
object_keys = st.builds(ObjectKey, digests, st.integers(0, 2**32 - 1))
pieces = st.builds(Piece, st.integers(1, LARGEST_OBJECT), digests) | st.builds(
    Piece, st.integers(1, 2**53 - 1), st.just(NO_DIGEST)
)


@st.composite
def ranges(draw):
    size = draw(st.integers(1, LARGEST_OBJECT))
    offset = draw(st.integers(0, size - 1))
    return size, offset, draw(st.integers(1, size - offset))


@st.composite
def bases(draw):
    size, offset, stored = draw(ranges())
    length = draw(st.integers(1, LARGEST_OBJECT))
    return Base(
        draw(digests), length, draw(object_keys), size, offset, stored, draw(st.integers(0, 2))
    )


@st.composite
def places(draw):
    rows = []
    sizes = {}
    for _ in range(draw(st.integers(0, 12))):
        if draw(st.booleans()) and draw(st.booleans()):
            rows.append(None)
            continue
        key = draw(st.sampled_from(sorted(sizes)) | object_keys if sizes else object_keys)
        size, offset, stored = draw(ranges())
        size = sizes.setdefault(key, size)
        offset, stored = offset % size, 1
        base = draw(st.none() | bases())
        encoding = DELTA if base else draw(st.integers(0, 2))
        rows.append(Place(key, size, offset, stored, encoding, base))
    return rows


@given(st.lists(pieces, max_size=20))
def test_a_piece_table_comes_back(rows):
    table = PieceTable.of(rows)
    back = PieceTable.decode(table.encode(), what="it")
    assert list(back) == rows
    assert [back[n] for n in range(len(back))] == rows


@given(places())
def test_a_place_table_comes_back(rows):
    back = PlaceTable.decode(PlaceTable.of(rows).encode(), what="it")
    assert list(back) == rows
    objects = {place.object for place in rows if place}
    objects |= {place.base.object for place in rows if place and place.base}
    assert {key for key, _ in back.all_objects()} == objects


@given(places(), st.data())
def test_a_table_with_other_bytes_is_refused_or_says_something_possible(rows, data):
    content = bytearray(PlaceTable.of(rows).encode())
    where = data.draw(st.integers(0, len(content) - 1))
    content[where] ^= data.draw(st.integers(1, 255))
    try:
        table = PlaceTable.decode(bytes(content), what="it")
    except (ObjectCorruptError, FormatVersionError):
        return
    for place in table:
        if place is not None:
            assert 0 < place.stored <= place.object_bytes - place.offset
            assert (place.encoding == DELTA) == (place.base is not None)


@given(
    st.binary(max_size=400) | st.binary(max_size=100).map(lambda rest: b"PODPLACE\1\0\0\0" + rest)
)
def test_any_bytes_are_a_table_or_refused(content):
    for kind in (PieceTable, PlaceTable):
        try:
            table = kind.decode(content, what="it")
        except (ObjectCorruptError, FormatVersionError):
            continue
        assert table.encode() == content


@given(object_keys)
def test_the_key_of_an_object_comes_back(key):
    assert ObjectKey.from_key(key.key) == key


@given(st.text(max_size=120) | st.from_regex(r"objects/[0-9a-f]{2}/[0-9a-f]{64}(-[0-9]{1,3})?"))
def test_only_the_one_way_to_write_a_key_is_read(word):
    for kind in (ObjectKey, DocumentKey):
        found = kind.from_key(word)
        assert found is None or found.key == word


document_keys = st.builds(
    DocumentKey,
    st.sampled_from(["tables", "manifests", "layouts"]),
    digests,
    st.integers(0, 2**32 - 1),
)


@given(st.lists(object_keys | document_keys, max_size=30), object_keys | document_keys)
def test_a_list_of_keys_holds_just_these(keys, other):
    listed = KeyList.decode(KeyList.of(keys).encode(), what="it")
    assert set(listed.all_keys()) == set(keys)
    assert all(row_of(key) in listed for key in keys)
    assert (row_of(other) in listed) == (other in keys)
    assert key_of_row(row_of(other)) == other


@given(document_keys)
def test_the_key_of_a_document_comes_back(key):
    assert DocumentKey.from_key(key.key) == key
    assert DocumentKey.of(key.kind, key.word) == key
