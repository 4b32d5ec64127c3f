"""What is concluded from what an engine was seen to do."""

from datetime import UTC, datetime

import pytest

from podplanner.store.backends.s3.keeping import harmful
from podplanner.store.backends.s3.racing import Try, is_sound
from podplanner.store.examination import Figure, Result
from podplanner.store.measuring import advise_encoding

A, B, C = b"a", b"b", b"c"


@pytest.mark.parametrize(
    ("tries", "kept", "sound"),
    [
        ([Try(A, won=True), Try(B, won=False)], A, True),
        ([Try(A, won=True), Try(B, won=False)], B, False),
        ([Try(A, won=True), Try(B, won=False)], None, False),
        ([Try(A, won=True), Try(B, won=True)], A, False),
        ([Try(A, won=False), Try(B, won=False)], A, False),
        ([Try(A, won=False), Try(B, won=False)], None, False),
        # The answer of the winner was lost.
        ([Try(A, won=False), Try(B, won=None)], B, True),
        ([Try(A, won=False), Try(B, won=None)], A, False),
        # Nobody wrote anything, and nobody was told otherwise.
        ([Try(A, won=None), Try(B, won=None)], None, True),
        ([Try(A, won=None), Try(B, won=None)], C, False),
        ([Try(A, won=True), Try(B, won=None)], A, True),
        ([Try(A, won=True), Try(B, won=None)], B, False),
    ],
)
def test_a_race_is_sound_when_one_wins_and_its_content_is_there(tries, kept, sound):
    assert is_sound(tries, kept) is sound


def rule(**more):
    return {"ID": "tidy", "Status": "Enabled", "Expiration": {"Days": 30}, **more}


@pytest.mark.parametrize(
    ("given", "harms"),
    [
        (rule(), True),
        (rule(Prefix=""), True),
        (rule(Filter={}), True),
        (rule(Filter={"Prefix": "models/"}), True),
        (rule(Filter={"Prefix": "mod"}), True),
        (rule(Filter={"Prefix": "models/objects/00"}), True),
        (rule(Filter={"And": {"Prefix": "models/", "ObjectSizeGreaterThan": 1}}), True),
        (rule(Filter={"Prefix": "models2/"}), False),
        (rule(Prefix="logs/"), False),
        # Objects of a store have no tags.
        (rule(Filter={"Tag": {"Key": "a", "Value": "b"}}), False),
        (rule(Filter={"And": {"Prefix": "", "Tags": [{"Key": "a", "Value": "b"}]}}), False),
        (rule(Status="Disabled"), False),
        (rule(Expiration={"ExpiredObjectDeleteMarker": True}), False),
        (rule(Expiration={"Date": datetime(2027, 1, 2, tzinfo=UTC)}), True),
        (rule(Expiration={}, Transitions=[{"Days": 1, "StorageClass": "GLACIER"}]), True),
        (rule(Expiration={}, Transitions=[{"Days": 1, "StorageClass": "STANDARD_IA"}]), False),
        (rule(Expiration={}, NoncurrentVersionExpiration={"NoncurrentDays": 1}), False),
        (rule(Expiration={}, AbortIncompleteMultipartUpload={"DaysAfterInitiation": 1}), False),
    ],
)
def test_rules_that_take_objects_from_a_store_are_known(given, harms):
    assert bool(harmful([given], "models/")) is harms


def test_a_store_at_the_top_of_a_bucket_is_hurt_by_every_rule():
    assert harmful([rule(Filter={"Prefix": "objects/"})], "")
    assert harmful([rule(ID="")], "") == ["rule 1 deletes objects after 30 days"]


def speed(name, rate):
    return Result(name, "ok", "", "", (Figure("rate", rate, "bytes/s"),))


@pytest.mark.parametrize(
    ("writing", "reading", "advised"),
    [(499e6, 9e9, "fast"), (9e9, 499e6, "fast"), (500e6, 500e6, "raw"), (9e9, 9e9, "raw")],
)
def test_the_slower_way_decides_the_encoding(writing, reading, advised):
    advice = advise_encoding([speed("writing", writing), speed("reading", reading)])
    assert [figure.value for figure in advice.figures] == [advised]
    assert f"`{advised}`" in advice.words


def test_a_speed_that_is_not_known_advises_nothing():
    advice = advise_encoding([Result("writing", "unknown", "no room")])
    assert (advice.verdict, advice.figures) == ("unknown", ())
