"""The order of listings, whatever order an engine has; and where a listing may begin."""

from hypothesis import given
from hypothesis import strategies as st

from podplanner.store.backend import ObjectInfo, is_key
from podplanner.store.backends.s3.listing import Lister, in_order

names = st.text("ab-.%0", min_size=1, max_size=3).filter(is_key)
keys = st.lists(names, min_size=1, max_size=4).map("/".join)


def trees(found: list[str]) -> list[str]:
    """Leave out keys that are folders of others: no store has such."""
    return [key for key in found if not any(one.startswith(f"{key}/") for one in found)]


def by_folders(key: str) -> list[str]:
    return key.split("/")


many = st.sets(keys, max_size=30).map(sorted).map(trees)


@given(many)
def test_listings_of_either_order_come_in_order(found):
    for way in (sorted(found), sorted(found, key=by_folders)):
        infos = [ObjectInfo(f"x/{key}", 1, 0.0) for key in way]
        assert [info.key for info in in_order(infos, 2)] == sorted(f"x/{key}" for key in found)


def test_little_is_held_back():
    given_out = []

    def listing():
        for number in range(1000):
            yield ObjectInfo(f"objects/{number:04}/x", 1, 0.0)
            assert number - len(given_out) < 3

    for info in in_order(listing(), len("objects/")):
        given_out.append(info)
    assert len(given_out) == 1000


class Engine:
    """Answers as an engine that lists folder by folder, or by bytes, three keys a page."""

    def __init__(self, found, *, folders: bool) -> None:
        order = by_folders if folders else str
        self._found = sorted(found, key=order)
        self._order = order
        self.pages = 0

    def list_objects_v2(self, *, Bucket, Prefix, StartAfter="", ContinuationToken=""):  # noqa: N803
        self.pages += 1
        after = ContinuationToken or StartAfter
        rest = [
            key
            for key in self._found
            if key.startswith(Prefix) and (not after or self._order(key) > self._order(after))
        ]
        return {
            "Contents": [{"Key": key, "Size": 1, "LastModified": Time()} for key in rest[:3]],
            "IsTruncated": len(rest) > 3,
            "NextContinuationToken": rest[2] if len(rest) > 3 else "",
        }


class Time:
    def timestamp(self) -> float:
        return 0.5


@given(many, st.data(), st.booleans())
def test_a_listing_after_a_key_misses_nothing_in_either_order(found, data, folders):
    after = data.draw(st.sampled_from(found) if found else st.just("a"))
    prefix = data.draw(st.sampled_from(["", after.partition("/")[0] + "/"]))
    engine = Engine([f"root/{key}" for key in found], folders=folders)
    lister = Lister(engine, "bucket", "root/")
    wanted = sorted(key for key in found if key > after and key.startswith(prefix))
    assert [info.key for info in lister.keys(prefix, after)] == wanted


def test_a_listing_after_a_key_does_not_begin_with_the_first():
    found = [f"objects/ab/{number:064x}" for number in range(300)]
    engine = Engine(found, folders=True)
    lister = Lister(engine, "bucket", "")
    assert [info.key for info in lister.keys("objects/ab/", found[290])] == found[291:]
    assert engine.pages < 10
