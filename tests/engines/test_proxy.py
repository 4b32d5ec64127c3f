"""The proxy before an engine: every fault once, for real, as a client of S3 meets it."""

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ReadTimeoutError,
    ResponseStreamingError,
    SSLError,
)
from support.engines import faults
from support.engines.faults import of
from support.engines.proxy import FaultProxy
from support.engines.tls import Authority

BODY = bytes(range(256)) * 4096


@pytest.fixture
def proxy(seaweedfs):
    with FaultProxy(seaweedfs.endpoint) as proxy:
        yield proxy


@pytest.fixture
def client(seaweedfs, proxy):
    return seaweedfs.client(endpoint=proxy.endpoint)


@pytest.fixture
def direct(seaweedfs):
    return seaweedfs.client()


@pytest.fixture
def at(seaweedfs):
    return {"Bucket": seaweedfs.bucket, "Key": f"proxy/{uuid.uuid4()}"}


def read(client, at, **more):
    return client.get_object(**at, **more)["Body"].read()


def is_there(client, at):
    listed = client.list_objects_v2(Bucket=at["Bucket"], Prefix=at["Key"])
    return listed["KeyCount"] == 1


def refused(call):
    with pytest.raises(ClientError) as caught:
        call()
    error = caught.value.response
    return error["ResponseMetadata"]["HTTPStatusCode"], error["Error"]["Code"]


def test_without_a_fault_everything_comes_through_and_is_counted(proxy, client, at):
    client.put_object(**at, Body=BODY)
    assert read(client, at) == BODY
    assert read(client, at, Range="bytes=1000-1999") == BODY[1000:2000]
    assert client.head_object(**at)["ContentLength"] == len(BODY)
    assert is_there(client, at)
    client.delete_object(**at)
    assert refused(lambda: read(client, at)) == (404, "NoSuchKey")

    assert proxy.counts() == {"PUT": 1, "GET": 4, "HEAD": 1, "DELETE": 1}
    assert proxy.sent() == len(BODY)
    assert [seen.received for seen in proxy.seen[:2]] == [0, len(BODY)]
    assert [seen.status for seen in proxy.seen] == [200, 200, 206, 200, 200, 204, 404]
    proxy.forget()
    assert proxy.counts() == {}


def test_requests_of_many_connections_do_not_mix(proxy, client, at):
    bodies = {f"{at['Key']}/{n}": bytes([n]) * (1000 * n + 1) for n in range(40)}

    def both(key):
        client.put_object(Bucket=at["Bucket"], Key=key, Body=bodies[key])
        return read(client, {"Bucket": at["Bucket"], "Key": key})

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(both, bodies)) == list(bodies.values())
    assert proxy.counts() == {"PUT": 40, "GET": 40}


def test_a_stripped_condition_lets_a_second_create_win(proxy, client, direct, at):
    client.put_object(**at, Body=b"first", IfNoneMatch="*")
    assert refused(lambda: client.put_object(**at, Body=b"second", IfNoneMatch="*"))[0] == 412

    rule = proxy.add(faults.Strip("If-None-Match"))
    client.put_object(**at, Body=b"second", IfNoneMatch="*")

    assert rule.hits == 1
    assert read(direct, at) == b"second"


def test_errors_of_s3_are_made_up_as_often_as_asked(proxy, client, direct, at):
    for fault in (faults.SLOW_DOWN, faults.INTERNAL_ERROR, faults.ACCESS_DENIED):
        rule = proxy.add(fault, of("PUT", at["Key"]), times=2)
        answers = [refused(lambda: client.put_object(**at, Body=BODY)) for _ in range(2)]
        assert answers == [(fault.status, fault.code)] * 2
        assert rule.hits == 2
    assert not is_there(direct, at)

    client.put_object(**at, Body=BODY)
    assert read(direct, at) == BODY


def test_a_lost_request_was_never_done(proxy, client, direct, at):
    proxy.add(faults.LoseRequest(), of("PUT"), times=1)

    with pytest.raises(ConnectionClosedError):
        client.put_object(**at, Body=BODY)
    assert not is_there(direct, at)
    client.put_object(**at, Body=BODY)


def test_a_lost_answer_leaves_the_work_done(proxy, client, direct, at):
    proxy.add(faults.LoseAnswer(), of("PUT"))

    with pytest.raises(ConnectionClosedError):
        client.put_object(**at, Body=BODY)
    assert read(direct, at) == BODY
    assert proxy.seen[0].status is None


def test_an_upload_that_is_cut_leaves_nothing(proxy, client, direct, at):
    proxy.add(faults.CutUpload(after=100_000), of("PUT"))

    with pytest.raises(ConnectionClosedError):
        client.put_object(**at, Body=BODY)
    assert proxy.sent("PUT") == 100_000
    assert not is_there(direct, at)


def test_a_download_that_is_cut_ends_early(proxy, client, direct, at):
    direct.put_object(**at, Body=BODY)
    proxy.add(faults.CutDownload(after=100_000), of("GET"))

    body = client.get_object(**at)["Body"]
    with pytest.raises(ResponseStreamingError):
        body.read()
    assert proxy.received("GET") == 100_000


@pytest.mark.parametrize(
    "fault", [faults.Stall(), faults.StallAnswer(), faults.StallDownload(after=100_000)]
)
def test_a_stalled_request_is_the_clients_to_give_up(seaweedfs, proxy, direct, at, fault):
    direct.put_object(**at, Body=BODY)
    client = seaweedfs.client(endpoint=proxy.endpoint, read_timeout=0.5)
    proxy.add(fault, times=1)

    with pytest.raises(ReadTimeoutError):
        read(client, at)
    assert read(client, at) == BODY


def test_one_flipped_byte_is_all_that_differs(proxy, client, direct, at):
    direct.put_object(**at, Body=BODY)
    proxy.add(faults.FlipByte(at=700_001), of("GET"))

    # The library's own checksum is not asked for.
    body = read(client, at, Range=f"bytes=0-{len(BODY) - 1}")
    differences = [n for n, (a, b) in enumerate(zip(body, BODY, strict=True)) if a != b]
    assert differences == [700_001]


def test_a_delay_and_a_limit_take_their_time(proxy, client, direct, at):
    direct.put_object(**at, Body=BODY)
    proxy.add(faults.Delay(0.1))
    proxy.add(faults.Limit(4_000_000))

    start = time.monotonic()
    assert read(client, at) == BODY
    # No earlier than the delay and 1 MiB at 4 MB/s; nothing is said about later.
    assert time.monotonic() - start >= 0.1 + len(BODY) / 4_000_000


def test_an_engine_whose_clock_is_off_refuses_and_dates_its_answers_by_it(
    proxy, client, direct, at
):
    direct.put_object(**at, Body=BODY)
    rule = proxy.add(faults.ServerClock(ahead_s=600))
    headers = client.head_object(**at)["ResponseMetadata"]["HTTPHeaders"]
    date = datetime.strptime(headers["date"], "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    assert timedelta(minutes=9) < date - datetime.now(UTC) < timedelta(minutes=11)

    proxy.clear()
    proxy.add(faults.ServerClock(ahead_s=3600))
    assert refused(lambda: read(client, at)) == (403, "RequestTimeTooSkewed")
    assert rule.hits == 1


def test_a_header_of_the_answer_can_be_missing(proxy, client, direct, at):
    direct.put_object(**at, Body=BODY)
    proxy.add(faults.StripAnswer("Date"))

    assert "date" not in client.head_object(**at)["ResponseMetadata"]["HTTPHeaders"]


def test_the_same_seed_chooses_the_same_requests(proxy, client, at):
    def pattern(seed):
        proxy.clear()
        proxy.add(faults.INTERNAL_ERROR, faults.sometimes(0.5, seed))
        proxy.forget()
        for _ in range(12):
            try:
                client.head_object(**at)
            except ClientError:
                continue
        return [seen.status for seen in proxy.seen]

    first, again, other = pattern(1), pattern(1), pattern(2)
    assert first == again
    assert first != other
    assert set(first) == {404, 500}


def test_over_tls_only_who_knows_the_authority_comes_through(seaweedfs, at, tmp_path):
    authority = Authority()
    trusted = str(authority.write(tmp_path / "ca.pem"))
    stranger = str(Authority().write(tmp_path / "other.pem"))
    with FaultProxy(seaweedfs.endpoint, tls=authority.server()) as proxy:
        client = seaweedfs.client(endpoint=proxy.endpoint, verify=trusted)
        client.put_object(**at, Body=BODY)
        assert read(client, at) == BODY
        # Over TLS boto3 sends the body in chunks, with its checksum after the last one.
        assert proxy.seen[0].request.header("Transfer-Encoding") == "chunked"
        for wrong in (True, stranger):
            with pytest.raises(SSLError, match="certificate verify failed"):
                seaweedfs.client(endpoint=proxy.endpoint, verify=wrong).head_object(**at)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda authority: authority.expired_server(), "expired"),
        (lambda authority: authority.server("elsewhere.example"), "doesn't match"),
    ],
)
def test_a_bad_certificate_is_refused(seaweedfs, at, tmp_path, made, said):
    authority = Authority()
    trusted = str(authority.write(tmp_path / "ca.pem"))
    with (
        FaultProxy(seaweedfs.endpoint, tls=made(authority)) as proxy,
        pytest.raises(SSLError, match=said),
    ):
        seaweedfs.client(endpoint=proxy.endpoint, verify=trusted).head_object(**at)
