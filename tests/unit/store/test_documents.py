import pytest
import zstandard

from podplanner.errors import FormatVersionError, ObjectCorruptError
from podplanner.store.digest import digest_of
from podplanner.store.documents import decode, encode, pack, unpack, verified
from podplanner.store.policy import FORMAT, StorePolicy

POLICY = StorePolicy(format=FORMAT, id="ab", created="2026-01-01T00:00:00.000Z")


def read(content: bytes) -> StorePolicy:
    return decode(content, StorePolicy, what="the store", expected=FORMAT)


def test_a_document_is_canonical_json_and_comes_back():
    content = encode(POLICY)
    assert content.startswith(b'{"created":"2026-01-01T00:00:00.000Z","encoding":"raw","format":')
    assert b" " not in content
    assert read(content) == POLICY


def test_a_newer_format_is_refused_by_name():
    content = encode(POLICY).replace(b"podplanner/store/1", b"podplanner/store/2")
    with pytest.raises(FormatVersionError, match="podplanner/store/2") as caught:
        read(content)
    assert "newer podplanner" in caught.value.hint


def test_a_feature_that_is_not_known_refuses_the_document():
    content = encode(POLICY).replace(b'"requires":[]', b'"requires":["ice"]')
    with pytest.raises(FormatVersionError, match="ice"):
        read(content)


def test_a_newer_document_may_have_fields_that_this_one_does_not_know():
    content = b'{"format":"podplanner/store/9","requires":[],"new":{"deep":[1,2]}}'
    with pytest.raises(FormatVersionError):
        read(content)


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"[" * 100_000, b'{"format":3}',
        b'{"format":"podplanner/store/1"}', b'{"format":"podplanner/manifest/1"}',
        b'{"format":"podplanner/store/0"}', b'{"format":"podplanner/store/x"}',
        encode(POLICY).replace(b'"raw"', b'"best"'), encode(POLICY)[:-1] + b',"extra":1}',
        encode(POLICY).replace(b'8388608', b'"8"'),
    ],
)  # fmt: skip
def test_what_is_no_such_document_is_corrupt(content):
    with pytest.raises(ObjectCorruptError):
        read(content)


def test_packed_content_states_its_size_and_comes_back():
    content = b"x" * 100_000
    assert unpack(pack(content), what="it") == content
    assert zstandard.frame_content_size(pack(content)) == 100_000


def test_a_frame_that_unpacks_to_too_much_is_refused_before_it_is_unpacked():
    bomb = pack(bytes(2**20))
    with pytest.raises(ObjectCorruptError, match="1048576"):
        unpack(bomb, what="it", limit=2**19)


def test_a_frame_without_its_size_is_refused():
    frame = zstandard.ZstdCompressor(write_content_size=False).compress(b"abc")
    with pytest.raises(ObjectCorruptError):
        unpack(frame, what="it")


@pytest.mark.parametrize("packed", [b"", b"abc", pack(b"hello")[:-2]])
def test_what_is_no_frame_is_refused(packed):
    with pytest.raises(ObjectCorruptError):
        unpack(packed, what="it")


def test_other_bytes_than_the_digest_says_are_refused():
    assert verified(b"a", digest_of(b"a"), what="it") == b"a"
    with pytest.raises(ObjectCorruptError, match="it holds other bytes"):
        verified(b"b", digest_of(b"a"), what="it")
