"""The doctor of buckets: it finds what engines and proxies do wrong, and leaves nothing behind."""

import json
import re
import threading
import uuid
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec
import pytest
from conformance.registry import bucket_backend
from support.desks import demand_no_secret, desk_at
from support.engines import faults
from support.engines.engine import ADMIN, NO_LIST, READ_ONLY
from support.engines.faults import Answer, Fault, of
from support.engines.proxy import FaultProxy
from unit.cli.model_folders import model_folder

from podplanner.errors import ConflictError, NotPermittedError, WrongUsageError
from podplanner.store.backends.s3 import S3Backend, S3Settings, examining, probing
from podplanner.store.backends.s3.keeping import keeping
from podplanner.store.backends.s3.racing import creation
from podplanner.store.backends.s3.reaching import permissions, reach
from podplanner.store.backends.s3.scratch import scratch
from podplanner.store.backends.s3.settings import Keys
from podplanner.store.doctor import DoctorRecord, demand_creation, examine
from podplanner.store.examination import SecondUser

NAMES = [
    "store", "reach", "permissions", "creation", "read back", "ranges", "names", "listing",
    "deletion", "checksums", "writing", "reading", "encoding", "versioning", "locks", "expiry",
    "leftovers", "contents", "clock", "space",
]  # fmt: skip


@pytest.fixture
def proxy(seaweedfs):
    with FaultProxy(seaweedfs.endpoint) as proxy:
        yield proxy


@pytest.fixture
def prefix():
    return f"doctor-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def behind(seaweedfs, proxy, prefix):
    """Return the backend of an empty prefix, behind the proxy."""
    return bucket_backend(seaweedfs, prefix=prefix, endpoint=proxy.endpoint)


@pytest.fixture
def quick(monkeypatch):
    """Let the examination be short: what it leaves out has tests of its own."""
    monkeypatch.setattr(examining, "_RACES", 0)
    monkeypatch.setattr(probing, "_MANY", 3)
    monkeypatch.setattr("podplanner.store.measuring._OBJECTS", 2)


def as_user(engine, user, prefix, bucket=None):
    keys = engine.access(user)
    return S3Backend(
        bucket or engine.bucket,
        prefix,
        S3Settings(
            endpoint=engine.endpoint,
            region=engine.region,
            keys=Keys(keys.access_key, keys.secret_key),
        ),
    )


def left(engine, prefix, bucket=None):
    """Return the keys below a prefix, as the administrator sees them."""
    found = engine.client(ADMIN).list_objects_v2(
        Bucket=bucket or engine.bucket, Prefix=f"{prefix}/"
    )
    return [item["Key"].removeprefix(f"{prefix}/") for item in found.get("Contents", [])]


def tried(backend, probe):
    """Return what one probe finds; what it tries goes again."""
    with scratch(backend) as place:
        found = probe(place)
    assert place.trouble is None
    return found


def result(report, name):
    return next(each for each in report.results if each.name == name)


def figure(found, name):
    return next(each.value for each in found.figures if each.name == name)


# Whole examinations


def test_an_engine_is_found_fit_and_left_as_it_was(engine, prefix):
    backend = bucket_backend(engine, prefix=prefix)
    assert backend.create("store.json", b"{}")
    heard = []
    report = examine(backend, told=lambda each: heard.append(each.name))

    assert [each.name for each in report.results] == heard == NAMES
    assert [each.name for each in report.results if each.verdict in ("error", "warning")] == []
    # No bucket says how much room it has, and no key may look at locks: unknown is no pass.
    assert report.verdict == "unknown"
    assert figure(result(report, "creation"), "rounds") == 48
    assert figure(result(report, "creation"), "rounds spoilt") == 0
    assert figure(result(report, "listing"), "keys") > 1000
    assert figure(result(report, "listing"), "order") in ("by bytes", "folder by folder")
    assert figure(result(report, "checksums"), "wrong MD5") == "refused"
    for name in ("writing", "reading"):
        assert figure(result(report, name), "rate") > 0
    assert figure(result(report, "encoding"), "advised") in ("raw", "fast")
    assert left(engine, prefix) == [report.record, "store.json"]
    record = msgspec.json.decode(backend.get(report.record), type=DoctorRecord)
    assert [each.name for each in record.results] == NAMES
    demand_no_secret(backend.get(report.record))


def test_what_is_tried_goes_too_when_somebody_interrupts(seaweedfs, prefix, quick, monkeypatch):
    backend = bucket_backend(seaweedfs, prefix=prefix)

    def interrupted(place):
        place.backend.put(place.key("one"), [b"x"])
        assert left(seaweedfs, prefix)
        raise KeyboardInterrupt

    monkeypatch.setattr(examining, "_PROBES", (("one", interrupted),))
    with pytest.raises(KeyboardInterrupt):
        examine(backend)
    assert left(seaweedfs, prefix) == []

    def told(found):
        if found.name == "read back":
            raise KeyboardInterrupt

    monkeypatch.setattr(examining, "_PROBES", (("read back", probing.read_back),))
    with pytest.raises(KeyboardInterrupt):
        examine(backend, told=told)
    assert left(seaweedfs, prefix) == []


def test_a_key_that_may_only_read_gets_a_table(engine, prefix):
    assert bucket_backend(engine, prefix=prefix).create("store.json", b"{}")
    report = examine(as_user(engine, READ_ONLY, prefix))
    may = result(report, "permissions")
    assert may.verdict == "warning"
    assert "may list and read, not write or delete: models can be pulled" in may.words
    assert result(report, "writing").verdict == "unknown"
    assert report.record is None
    assert left(engine, prefix) == ["store.json"]


def test_a_key_that_may_not_list_is_no_key_for_a_store(engine, prefix):
    report = examine(as_user(engine, NO_LIST, prefix))
    may = result(report, "permissions")
    assert (may.verdict, figure(may, "list"), figure(may, "write")) == ("error", "no", "yes")
    assert "neither pushed nor pulled" in may.words
    assert left(engine, prefix) == []


def test_a_key_that_may_not_delete_leaves_one_object_and_says_so(seaweedfs, prefix, proxy, behind):
    proxy.add(faults.ACCESS_DENIED, of("DELETE"))
    proxy.add(faults.ACCESS_DENIED, of("POST", delete=""))
    report = examine(behind)
    may = result(report, "permissions")
    assert may.verdict == "warning"
    assert "not delete: models can be pushed and pulled" in may.words
    leftovers = result(report, "leftovers")
    assert leftovers.verdict == "warning"
    assert "/permissions' in s3://" in leftovers.words
    assert len(left(seaweedfs, prefix)) == 1


def test_what_was_left_by_an_examination_that_was_killed_is_removed(
    seaweedfs, prefix, quick, monkeypatch
):
    backend = bucket_backend(seaweedfs, prefix=prefix)
    backend.put("doctor/try-0/many/1", [b"x"])
    backend.put("doctor/0000000001.json", [b"{}"])
    found = result(examine(backend, record=False), "leftovers")
    assert (figure(found, "removed"), figure(found, "younger")) == (0, 1)

    monkeypatch.setattr(examining, "_OLD_S", -3600.0)
    found = result(examine(backend, record=False), "leftovers")
    assert (figure(found, "removed"), figure(found, "younger")) == (1, 0)
    assert left(seaweedfs, prefix) == ["doctor/0000000001.json"]


def test_what_is_no_stores_beside_a_store_is_named(seaweedfs, prefix, quick):
    client = seaweedfs.client()
    for name in ("Photos/1.JPG", "Readme.TXT", "objects/00/x"):
        client.put_object(Bucket=seaweedfs.bucket, Key=f"{prefix}/{name}", Body=b"x")
    found = result(examine(bucket_backend(seaweedfs, prefix=prefix), record=False), "contents")
    assert (found.verdict, figure(found, "count")) == ("warning", 2)
    assert "Photos/" in found.words
    assert "Readme.TXT" in found.words


def test_a_bucket_has_no_second_user_of_a_machine(seaweedfs, prefix):
    with pytest.raises(WrongUsageError, match="no directory"):
        examine(bucket_backend(seaweedfs, prefix=prefix), second_user=SecondUser(1, 1))


def test_the_page_of_engines_shows_what_the_doctor_tries():
    page = (Path(__file__).resolve().parents[2] / "docs" / "engines.md").read_text()
    told = re.search(r"^### What the doctor tries$(.*?)^## ", page, re.M | re.S)[1]
    rows = "".join(re.findall(r"^\| (`.*?) \|", told, re.M))
    assert set(re.findall(r"`([a-z ]+)`", rows)) == set(NAMES) - {"store", "space"}
    for engine in ("SeaweedFS 4.48", "Ceph 16.2.15"):
        table = page.partition(f"\n{engine}:\n")[2].split("```")[1]
        names = re.findall(r"^(?:ok|warning|error|unknown) +([a-z ]+):", table, re.M)
        assert names == NAMES, engine


# Reaching


def test_how_the_bucket_is_reached_is_said_without_the_key(seaweedfs, prefix):
    found = reach(bucket_backend(seaweedfs, prefix=prefix))
    assert found.verdict == "ok"
    assert seaweedfs.endpoint in found.words
    assert "without TLS" in found.words
    assert figure(found, "addressing") == "path"
    assert seaweedfs.access().access_key not in str(found)
    demand_no_secret(str(found))


def test_where_nobody_answers_that_is_the_only_result(seaweedfs, prefix):
    backend = bucket_backend(seaweedfs, prefix=prefix, endpoint="http://127.0.0.1:1")
    report = examine(backend)
    (found,) = report.results
    assert (found.name, found.verdict) == ("reach", "error")
    assert "http://127.0.0.1:1 (Connection refused)" in found.words
    assert found.hint


def test_a_clock_that_is_off_is_told_by_how_much(proxy, behind, quick):
    proxy.add(faults.ServerClock(ahead_s=600))
    found = result(examine(behind, record=False), "clock")
    assert (found.verdict, round(figure(found, "ahead"), -2)) == ("warning", 600)
    assert "NTP" in found.hint

    proxy.clear()
    proxy.add(faults.ServerClock(ahead_s=-7200))
    (found,) = examine(behind).results
    assert (found.name, found.verdict) == ("reach", "error")
    assert round(figure(found, "ahead"), -2) == -7200
    assert "behind ours" in found.words
    assert "NTP" in found.hint


# Creation


class Careless(Fault):
    """Look whether an object is there, and write later: two that come together both find none."""

    def __init__(self):
        self.lock = threading.Lock()
        self.under_way = Counter()
        self.local = threading.local()

    def arrive(self, request, closing):
        with self.lock:
            self.under_way[request.path] += 1
            # Another request of this key has not been answered: it is not seen yet.
            self.local.blind = self.under_way[request.path] > 1

    def change(self, request):
        return faults.Strip("If-None-Match").change(request) if self.local.blind else request

    def answer(self, answer, closing):
        return answer

    def end(self, path):
        with self.lock:
            self.under_way[path] -= 1


@dataclass
class Ends(Fault):
    """Tell a careless engine that it has answered."""

    careless: Careless
    local: threading.local = field(default_factory=threading.local)

    def arrive(self, request, closing):
        self.local.path = request.path

    def answer(self, answer, closing):
        self.careless.end(self.local.path)
        return answer


def creates(request):
    return request.method == "PUT" and request.header("If-None-Match") is not None


class Overwrites(Fault):
    """Answer that the object is there, and write it all the same."""

    def change(self, request):
        return faults.Strip("If-None-Match").change(request)

    def answer(self, answer, closing):
        return replace(answer, status=412, reason="Precondition Failed")


def test_an_engine_that_ignores_the_condition_is_found_by_two_requests(proxy, behind):
    proxy.add(faults.Strip("If-None-Match"), creates)
    found = tried(behind, lambda place: creation(place, times=1))
    assert (found.verdict, figure(found, "second create")) == ("error", "made")
    assert "made a second time" in found.words
    assert "--single-writer" in found.hint
    assert len([seen for seen in proxy.seen if creates(seen.request)]) == 2


def test_an_engine_that_refuses_and_writes_is_found(proxy, behind):
    rule = proxy.add(faults.Strip("Nothing"), creates, times=1)
    proxy.add(Overwrites(), lambda request: creates(request) and rule.hits > 0 and seen_one())
    first = []

    def seen_one():
        first.append(1)
        return len(first) > 1

    found = tried(behind, lambda place: creation(place, times=1))
    assert found.verdict == "error"
    assert "overwritten, though it is refused" in found.words


def test_an_engine_that_looks_before_it_writes_is_found_by_a_race(proxy, behind):
    careless = Careless()
    proxy.add(careless, creates)
    proxy.add(Ends(careless), creates)
    found = tried(behind, lambda place: creation(place, times=1))
    assert (found.verdict, figure(found, "second create")) == ("error", "refused")
    assert figure(found, "rounds") == 24
    assert figure(found, "rounds spoilt") > 0
    assert "two writers can both win" in found.words
    with pytest.raises(ConflictError, match="not fit for a store: two writers can both win"):
        demand_creation(behind)


def test_creation_that_an_engine_has_not_is_said_so(proxy, behind, quick):
    proxy.add(faults.Refuse(501, "NotImplemented"), creates)
    found = next(each for each in examine(behind, record=False).results if each.name == "creation")
    assert found.verdict == "error"
    assert "501 NotImplemented" in found.words


def test_a_few_lost_answers_spoil_no_race(proxy, behind):
    proxy.add(faults.LoseAnswer(), lambda request: creates(request) and "race" in request.path,
              times=3)  # fmt: skip
    assert tried(behind, lambda place: creation(place, times=1)).verdict == "ok"


# What engines, and proxies before them, do to objects


class Altered(Fault):
    """Change what a request asks, or what an answer says, by functions."""

    def __init__(self, request=None, answer=None):
        self._request, self._answer = request, answer

    def change(self, request):
        return self._request(request) if self._request else request

    def answer(self, answer, closing):
        return self._answer(answer) if self._answer else answer


def longer(answer):
    """Say an object to be longer than what was written: by the frames of a trailer."""
    headers = tuple(
        (name, str(int(value) + 88) if name.lower() == "content-length" else value)
        for name, value in answer.headers
    )
    return replace(answer, headers=headers)


def test_frames_that_are_stored_with_an_object_are_found(proxy, behind):
    proxy.add(Altered(answer=longer), of("HEAD", "/bytes/large"))
    found = tried(behind, probing.read_back)
    assert found.verdict == "error"
    assert "8388608 bytes is stored as 8388696" in found.words


@pytest.mark.parametrize(
    ("at", "where"),
    [(5, "the first KiB"), (8_388_600, "the last KiB"), (4_000_000, "what is between")],
)
def test_a_byte_that_comes_back_as_another_is_found_and_where(proxy, behind, at, where):
    proxy.add(faults.FlipByte(at=at), of("GET", "/bytes/large"))
    found = tried(behind, probing.read_back)
    assert found.verdict == "error"
    assert f"others in {where}" in found.words


class Cached(Fault):
    """Take a write, and lose it: what was there is read on."""

    def arrive(self, request, closing):
        return Answer(200, "OK", (("Content-Length", "0"), ("ETag", '"0"')), b"")


def second_of(method, path):
    """Match all but the first request."""
    seen = []

    def matches(request):
        if request.method == method and path in request.path:
            seen.append(1)
        else:
            return False
        return len(seen) > 1

    return matches


def test_an_old_object_that_is_read_on_is_found(proxy, behind):
    proxy.add(Cached(), second_of("PUT", "/bytes/large"))
    found = tried(behind, probing.read_back)
    assert found.verdict == "error"
    assert "the old one is read" in found.words


def test_a_proxy_that_does_not_know_ranges_is_found(proxy, behind):
    proxy.add(faults.Strip("Range"), of("GET"))
    found = tried(behind, probing.ranges)
    assert found.verdict == "error"
    assert "status 200" in found.words
    assert figure(found, "beyond the end") == 200


def test_a_proxy_that_decodes_names_is_found(proxy, behind):
    def decoded(request):
        return replace(request, target=request.target.replace("%2525", "%25"))

    proxy.add(Altered(request=decoded))
    found = tried(behind, probing.names)
    assert (found.verdict, "names change" in found.words) == ("error", True)


def test_an_object_that_no_listing_has_is_found(proxy, behind, monkeypatch):
    monkeypatch.setattr(probing, "_MANY", 40)
    proxy.add(Cached(), of("PUT", "/many/0017"))
    found = tried(behind, probing.listing)
    assert found.verdict == "error"
    assert "of 40 objects that were just written 1 are not listed" in found.words


def test_requests_that_are_too_many_are_asked_again(proxy, behind, monkeypatch):
    monkeypatch.setattr(probing, "_MANY", 40)
    rule = proxy.add(faults.SLOW_DOWN, of("PUT", "/many/"), times=5)
    assert tried(behind, probing.listing).verdict == "ok"
    assert rule.hits == 5


def some_objects(place):
    for number in range(3):
        place.backend.put(place.key(f"many/{number}"), [b"x"])
    return probing.deleting(place)


def test_an_engine_without_deletion_of_many_is_found_and_cleaned_one_by_one(
    seaweedfs, proxy, behind, prefix
):
    proxy.add(faults.Refuse(501, "NotImplemented"), of("POST", delete=""))
    found = tried(behind, some_objects)
    assert found.verdict == "error"
    assert "cannot be deleted with one request" in found.words
    assert left(seaweedfs, prefix) == []


class SaysGone(Fault):
    """Say that all was deleted, and delete nothing."""

    def arrive(self, request, closing):
        body = b"<DeleteResult></DeleteResult>"
        headers = (("Content-Type", "application/xml"), ("Content-Length", str(len(body))))
        return Answer(200, "OK", headers, body)


def test_what_is_still_there_after_its_deletion_is_found(proxy, behind):
    proxy.add(SaysGone(), of("POST", delete=""), times=1)
    found = tried(behind, some_objects)
    assert found.verdict == "error"
    assert "of 3 deleted objects 3 are still listed, 3 of 3 read" in found.words


def test_checksums_that_nobody_looks_at_are_told_one_by_one(proxy, behind):
    proxy.add(faults.Strip("x-amz-checksum-crc32"), of("PUT"))
    found = tried(behind, probing.checksums)
    assert found.verdict == "ok"
    assert (figure(found, "wrong CRC-32"), figure(found, "wrong MD5")) == ("accepted", "refused")

    proxy.add(faults.Strip("content-md5"), of("PUT"))
    found = tried(behind, probing.checksums)
    assert found.verdict == "warning"
    assert "objects and records that change on their way are stored" in found.words


def test_permissions_are_told_apart(proxy, behind):
    for verb, when in (
        ("list", lambda request: "list-type" in request.query),
        ("read", of("GET", "/permissions")),
        ("write", of("PUT")),
    ):
        proxy.clear()
        proxy.add(faults.ACCESS_DENIED, when)
        found = tried(behind, permissions)
        assert [each.name for each in found.figures if each.value == "no"] == [verb]


# What buckets do by themselves


@pytest.fixture
def own_bucket(engine):
    """Make a bucket, the administrator's."""
    return engine.make_bucket(f"rules-{uuid.uuid4().hex[:8]}")


def ruled(backend, name):
    return next(each for each in keeping(backend, keeps_versions=False) if each.name == name)


def test_a_bucket_that_keeps_versions_is_warned_of_and_none_of_ours_stays(
    engine, own_bucket, quick
):
    client = engine.client(ADMIN)
    client.put_bucket_versioning(Bucket=own_bucket, VersioningConfiguration={"Status": "Enabled"})
    report = examine(as_user(engine, ADMIN, "models", own_bucket), record=False)
    found = result(report, "versioning")
    assert (found.verdict, figure(found, "status")) == ("warning", "Enabled")
    assert "old version" in found.words
    listed = client.list_object_versions(Bucket=own_bucket)
    assert (listed.get("Versions", []), listed.get("DeleteMarkers", [])) == ([], [])


def test_a_rule_that_deletes_models_is_an_error_and_one_elsewhere_is_none(engine, own_bucket):
    client, backend = engine.client(ADMIN), as_user(engine, ADMIN, "models", own_bucket)
    for prefix, verdict in (("models/objects/", "error"), ("logs/", "ok")):
        client.put_bucket_lifecycle_configuration(
            Bucket=own_bucket,
            LifecycleConfiguration={
                "Rules": [{"ID": "tidy", "Status": "Enabled", "Filter": {"Prefix": prefix},
                           "Expiration": {"Days": 30}}]
            },
        )  # fmt: skip
        found = ruled(backend, "expiry")
        assert (found.verdict, figure(found, "rules")) == (verdict, 1)
        assert ("rule tidy deletes objects after 30 days" in found.words) == (verdict == "error")


def test_locked_objects_are_warned_of(engine):
    client, bucket = engine.client(ADMIN), f"locks-{uuid.uuid4().hex[:8]}"
    client.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True)
    backend = as_user(engine, ADMIN, "models", bucket)
    assert ruled(backend, "locks").verdict == "ok"
    client.put_object_lock_configuration(
        Bucket=bucket,
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 3}},
        },
    )
    found = ruled(backend, "locks")
    assert (found.verdict, figure(found, "retention")) == ("warning", "3 days")


# Commands


@pytest.fixture
def desk(seaweedfs, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    return desk_at(seaweedfs, monkeypatch)


def test_a_store_in_a_slow_bucket_is_made_with_small_pieces_and_says_why(desk):
    done = desk.run("store", "init", "@")
    assert done.status == 0, done.err
    assert done.out == f"made a store at {desk.address}\n"
    assert "creation: a second create is refused" in done.err
    assert "(under 500) smaller pieces pay" in done.err
    assert "keep pieces made smaller (fast)" in done.err
    assert json.loads(desk.content("store.json"))["encoding"] == "fast"
    assert desk.keys() == ["store.json"]
    again = desk.run("store", "init", "@", "--json")
    assert (again.status, again.json["error"]["code"]) == (7, "conflict")


def test_a_store_in_a_fast_bucket_keeps_pieces_as_they_are(desk, monkeypatch):
    monkeypatch.setattr("podplanner.store.measuring._FAST_BELOW", 1.0)
    monkeypatch.setattr(examining, "_FEW_RACES", 0)
    done = desk.run("store", "init", "@", "--json")
    assert (done.status, done.json["encoding"]) == (0, "raw")
    assert [each["name"] for each in done.json["tried"]] == [
        "creation", "writing", "reading", "encoding",
    ]  # fmt: skip


def test_an_encoding_that_is_asked_for_is_not_measured(desk, monkeypatch):
    monkeypatch.setattr(examining, "_FEW_RACES", 0)
    done = desk.run("store", "init", "@", "--encoding", "raw", "--json")
    assert (done.status, done.json["encoding"]) == (0, "raw")
    assert [each["name"] for each in done.json["tried"]] == ["creation"]


@pytest.mark.parametrize(
    ("fault", "seen"),
    [
        (lambda: [faults.Strip("If-None-Match")], "`If-None-Match` is ignored"),
        (lambda: [(one := Careless()), Ends(one)], "two writers can both win"),
    ],
)
def test_where_two_writers_win_a_store_is_made_for_one_alone(desk, proxy, fault, seen):
    for each in fault():
        proxy.add(each, creates)
    desk.use(endpoint=proxy.endpoint)
    done = desk.run("store", "init", "@", "--json")
    assert (done.status, done.json["error"]["code"]) == (7, "conflict")
    assert seen in done.json["error"]["message"]
    assert "--single-writer" in done.json["error"]["hint"]
    assert desk.keys() == []

    made = desk.run("store", "init", "@", "--single-writer", "--encoding", "raw", "--json")
    assert (made.status, made.json["single_writer"]) == (0, True)
    for number in (1, 2):
        folder = model_folder(seed=number)
        pushed = desk.run("model", "push", folder, "team/cat", "--store", "@", "--json")
        assert (pushed.status, pushed.json["version"]) == (0, number)
    pulled = desk.run("model", "pull", "team/cat", "pulled", "--store", "@")
    assert pulled.status == 0, pulled.err


def test_the_doctors_table_is_printed_and_kept(desk, quick, monkeypatch):
    monkeypatch.setattr(examining, "_FEW_RACES", 0)
    assert desk.run("store", "init", "@", "--encoding", "raw").status == 0
    done = desk.run("store", "doctor", "@")
    assert done.status == 0, done.out
    said = [line.split(":")[0].split(maxsplit=1) for line in done.out.splitlines()
            if not line.startswith(" ")]  # fmt: skip
    assert [name for _, name in said] == NAMES
    assert "kept in the store as doctor/0000000001.json" in done.err
    told = desk.run("store", "doctor", "@", "--json").json
    assert told["record"] == "doctor/0000000002.json"
    assert [each["name"] for each in told["results"]] == NAMES
    refused = desk.run("store", "doctor", "@", "--as", "root", "--json")
    assert (refused.status, refused.json["error"]["code"]) == (2, "wrong-usage")


def test_the_doctor_ends_with_1_where_two_writers_win(desk, proxy, quick):
    proxy.add(faults.Strip("If-None-Match"), creates)
    desk.use(endpoint=proxy.endpoint)
    done = desk.run("store", "doctor", "@", "--no-record")
    assert done.status == 1
    assert "error    creation: what is there is made a second time" in done.out


def test_a_reader_cannot_make_a_store_and_leaves_nothing(desk):
    desk.use(READ_ONLY)
    done = desk.run("store", "init", "@", "--json")
    assert (done.status, done.json["error"]["code"]) == (29, "not-permitted")
    assert "cannot create" in done.json["error"]["message"]
    with suppress(NotPermittedError):
        assert desk.keys() == []
