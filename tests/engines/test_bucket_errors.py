"""What goes wrong between a person and a bucket: each is said in words, with what to do next."""

import json
import logging
import socket
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from conformance.registry import bucket_backend
from support.desks import SECRETS, ask_again_at_once, demand_harmless, demand_no_secret, desk_at
from support.engines import faults
from support.engines.engine import ADMIN, NO_LIST, READ_ONLY
from support.engines.faults import Answer, Fault, of
from support.engines.proxy import FaultProxy
from support.engines.tls import Authority
from unit.cli.model_folders import model_folder

from podplanner.errors import (
    BackendUnavailableError,
    FormatError,
    NoStoreError,
    NotPermittedError,
    OutcomeUnknownError,
    PodplannerError,
    StoreError,
    WrongUsageError,
)
from podplanner.store.backends.s3 import S3Backend, examining, probing
from podplanner.store.locate import BucketAddress, open_backend

READS = (
    ("model", "list", "--store", "@"),
    ("model", "pull", "cat", "pulled", "--store", "@"),
    ("store", "check", "@"),
)
WRITES = (("model", "push", "cat", "cat", "--store", "@"), ("store", "init", "@"))
ALL = (*READS, *WRITES)


@pytest.fixture
def desk(seaweedfs, monkeypatch, tmp_path):
    """A folder with a model in it, and an engine that is not asked for a whole minute."""
    monkeypatch.chdir(tmp_path)
    ask_again_at_once(monkeypatch)
    model_folder()
    return desk_at(seaweedfs, monkeypatch)


@pytest.fixture
def any_desk(engine, monkeypatch, tmp_path):
    """The same at each engine."""
    monkeypatch.chdir(tmp_path)
    ask_again_at_once(monkeypatch)
    model_folder()
    return desk_at(engine, monkeypatch)


@pytest.fixture
def made(desk, monkeypatch):
    """The same with a store that holds one version."""
    monkeypatch.setattr(examining, "_FEW_RACES", 0)
    for words in (
        ("store", "init", "@", "--encoding", "raw"),
        ("model", "push", "cat", "cat", "--store", "@"),
    ):
        done = desk.run(*words)
        assert done.status == 0, done.err
    return desk


@pytest.fixture
def proxy(seaweedfs):
    with FaultProxy(seaweedfs.endpoint) as proxy:
        yield proxy


@pytest.fixture
def behind(seaweedfs, proxy):
    return bucket_backend(seaweedfs, prefix="errors", endpoint=proxy.endpoint, stall_s=0.3)


def told(desk, words, code, *parts):
    """Run a command that fails as is said; its words and its hint have all parts."""
    done = desk.run(*words, "--json")
    error = done.json["error"]
    assert (error["code"], done.status) == (code[0], code[1]), error
    assert error["hint"]
    for part in parts:
        assert part in error["message"] + " | " + error["hint"]


NO_STORE, NOT_PERMITTED, UNAVAILABLE, USAGE = (
    ("no-store", 21), ("not-permitted", 29), ("unavailable", 23), ("wrong-usage", 2),
)  # fmt: skip


def failing(call):
    """Return the error of a call; it tells no secret, however it is shown."""
    with pytest.raises(PodplannerError) as caught:
        call()
    demand_harmless(caught.value)
    return caught.value


EVERY_CALL = {
    "get": lambda backend: backend.get("store.json"),
    "read_into": lambda backend: backend.read_into("store.json", 0, memoryview(bytearray(9))),
    "head": lambda backend: backend.head("store.json"),
    "put": lambda backend: backend.put("objects/one", [b"x"]),
    "create": lambda backend: backend.create("objects/one", b"x"),
    "delete": lambda backend: backend.delete("objects/one"),
    "delete_all": lambda backend: backend.delete_all(["objects/one"]),
    "keys": lambda backend: list(backend.keys("")),
    "folders": lambda backend: list(backend.folders("")),
    "now": lambda backend: backend.now(),
}


# Buckets and keys


def test_a_bucket_that_is_not_there_is_named(any_desk):
    gone = replace(any_desk, address="s3://not-there-at-all/models")
    gone.use(ADMIN)
    for words in (*ALL, ("store", "gc", "@"), ("store", "stats", "@")):
        told(gone, words, NO_STORE, "no bucket of that name", "not-there-at-all", "aws s3 mb")


def test_the_doctor_says_of_a_bucket_that_is_not_there_what_all_others_say(desk):
    gone = replace(desk, address="s3://not-there-at-all/models")
    gone.use(ADMIN)
    done = gone.run("store", "doctor", "@")
    assert done.status == 1
    assert "error    reach: there is no bucket of that name" in done.out
    assert "clock" not in done.out


def test_who_may_not_know_whether_a_bucket_is_there_is_told_to_look_at_its_name(desk):
    gone = replace(desk, address="s3://not-there-at-all/models")
    told(gone, READS[0], NOT_PERMITTED, "this access key may not", "Is the bucket's name right?")


def test_a_wrong_access_key_is_told_from_a_wrong_secret_key(any_desk):
    for words in ALL:
        any_desk.use(access_key="NOBODY0ACCESSKEY")
        told(any_desk, words, NOT_PERMITTED, "does not know the access key", "AWS_ACCESS_KEY_ID")
        any_desk.use(secret_key="secret-of-nobody-0123456789")
        told(any_desk, words, NOT_PERMITTED, "secret key does not belong", "AWS_SECRET_ACCESS_KEY")


def test_the_doctor_says_which_key_is_wrong(desk):
    desk.use(secret_key="secret-of-nobody-0123456789")
    done = desk.run("store", "doctor", "@")
    assert done.status == 1
    assert "the secret key does not belong to the access key" in " ".join(done.out.split())
    assert "secret-of-nobody" not in done.out + done.err


@pytest.mark.parametrize("call", EVERY_CALL.values(), ids=EVERY_CALL)
def test_whatever_is_asked_a_wrong_secret_key_is_told(seaweedfs, call):
    keys = seaweedfs.access()
    backend = bucket_backend(seaweedfs)
    wrong = replace(backend.settings.keys, secret="secret-of-nobody-0123456789")
    backend = S3Backend(seaweedfs.bucket, "x", replace(backend.settings, keys=wrong))
    error = failing(lambda: call(backend))
    assert isinstance(error, NotPermittedError)
    assert "secret key does not belong" in error.message
    assert keys.access_key not in error.message


def test_no_credentials_at_all_are_missed_before_anything_is_sent(desk, proxy, monkeypatch):
    desk.use(endpoint=proxy.endpoint)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    told(desk, READS[0], NOT_PERMITTED, "no credentials", "AWS_PROFILE")
    assert proxy.seen == []
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "RW0ACCESSKEY")
    told(desk, READS[0], USAGE, "AWS_SECRET_ACCESS_KEY")


def test_the_search_for_credentials_ends_where_a_cloud_would_be_asked(desk, monkeypatch):
    """On a machine of a cloud they may come from a server there: here it takes, and is silent."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_EC2_METADATA_DISABLED"):
        monkeypatch.delenv(name)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", f"http://127.0.0.1:{port}")
        told(desk, READS[0], NOT_PERMITTED, "no credentials")
        silent.settimeout(1)
        silent.accept()[0].close()


def test_credentials_that_have_expired_are_told(behind, proxy):
    for status, code in ((400, "ExpiredToken"), (403, "TokenRefreshRequired")):
        proxy.clear()
        proxy.add(faults.Refuse(status, code))
        for call in (EVERY_CALL["get"], EVERY_CALL["head"], EVERY_CALL["keys"]):
            error = failing(lambda call=call: call(behind))
            assert isinstance(error, NotPermittedError)
            assert "expired" in error.message


def test_keys_that_may_not_do_all_are_told_what_lacks(any_desk, monkeypatch):
    monkeypatch.setattr(examining, "_FEW_RACES", 0)
    for words in (("store", "init", "@", "--encoding", "raw"), WRITES[0]):
        done = any_desk.run(*words)
        assert done.status == 0, done.err
    any_desk.use(READ_ONLY)
    for words in READS[:2]:
        done = any_desk.run(*words)
        assert done.status == 0, done.err
    model_folder(seed=2)
    told(
        any_desk,
        WRITES[0],
        NOT_PERMITTED,
        "cannot",
        "may not",
        "s3:PutObject",
        "pulling needs only",
    )
    any_desk.use(NO_LIST)
    for words in (*READS, WRITES[0]):
        told(any_desk, words, NOT_PERMITTED, "cannot list", "s3:ListBucket")


def test_a_key_that_may_not_read_is_told_so(made, proxy):
    proxy.add(faults.ACCESS_DENIED, lambda request: request.method == "GET"
              and "list-type" not in request.query)  # fmt: skip
    made.use(endpoint=proxy.endpoint)
    for words in (*READS, WRITES[0]):
        told(made, words, NOT_PERMITTED, "cannot read", "s3:GetObject")


def test_a_key_that_may_not_delete_pushes_and_cannot_collect(made, proxy):
    proxy.add(faults.ACCESS_DENIED, of("DELETE"))
    proxy.add(faults.ACCESS_DENIED, of("POST", delete=""))
    made.use(endpoint=proxy.endpoint)
    model_folder(seed=2)
    assert made.run(*WRITES[0]).status == 0
    assert made.run("model", "list", "--store", "@", "--json").json["models"][0]["latest"] == 2
    error = failing(lambda: open_backend(BucketAddress(made.engine.bucket, "x")).delete("a"))
    assert "s3:DeleteObject" in error.hint


# Clocks, regions, busy engines


def test_clocks_too_far_apart_are_told_whatever_is_asked(behind, proxy):
    proxy.add(faults.ServerClock(ahead_s=3600))
    for name, call in EVERY_CALL.items():
        error = failing(lambda call=call: call(behind))
        assert isinstance(error, NotPermittedError), name
        assert "clock" in error.message
        assert "NTP" in error.hint


def test_a_bucket_of_another_region_names_it(behind, proxy):
    class Elsewhere(Fault):
        def arrive(self, request, closing):
            body = (
                b"<Error><Code>AuthorizationHeaderMalformed</Code><Message>the region 'us-east-1' "
                b"is wrong; expecting 'eu-west-1'</Message><Region>eu-west-1</Region></Error>"
            )
            headers = (("Content-Type", "application/xml"), ("Content-Length", str(len(body))))
            return Answer(400, "Bad Request", headers, body)

    proxy.add(Elsewhere())
    for name in ("get", "head", "put", "keys"):
        error = failing(lambda name=name: EVERY_CALL[name](behind))
        assert isinstance(error, NotPermittedError), name
        assert "in region eu-west-1" in error.message
        assert "AWS_REGION to eu-west-1" in error.hint


def test_an_engine_with_too_much_to_do_is_asked_again_then_told(made, proxy):
    made.use(endpoint=proxy.endpoint)
    rule = proxy.add(faults.SLOW_DOWN, times=1)
    assert made.run(*READS[0]).status == 0
    assert rule.hits == 1
    proxy.add(faults.SLOW_DOWN)
    told(made, READS[1], UNAVAILABLE, "too much to do (503", "later")


def test_an_engine_that_fails_is_told_with_its_status(made, proxy):
    made.use(endpoint=proxy.endpoint)
    proxy.add(faults.INTERNAL_ERROR)
    told(made, READS[0], UNAVAILABLE, "answers 500", "log")


# The way there


@pytest.mark.parametrize("words", ALL)
def test_where_nobody_listens_the_address_is_named(desk, words):
    desk.use(endpoint="http://127.0.0.1:1")
    told(desk, words, UNAVAILABLE, "nobody answers at http://127.0.0.1:1 (Connection refused)",
         "PODPLANNER_S3_ENDPOINT")  # fmt: skip


def test_a_name_that_nobody_knows_is_named(desk, monkeypatch):
    def unknown(host, *rest, **more):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    desk.use(endpoint="http://pod.invalid:8333")
    told(desk, READS[0], UNAVAILABLE, "http://pod.invalid:8333 (Name or service not known)")
    desk.use(endpoint="http://pod.invalid:8333", PODPLANNER_S3_ADDRESSING="virtual")
    told(desk, READS[0], UNAVAILABLE, "http://pods.pod.invalid:8333", "PODPLANNER_S3_ADDRESSING")


def test_a_host_that_takes_no_connection_is_given_up(seaweedfs):
    with ExitStack() as full:
        # Linux answers no more than one connection beyond those that may wait.
        server = full.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(3):
            waiting = full.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(server.getsockname())
        endpoint = f"http://127.0.0.1:{server.getsockname()[1]}"
        backend = bucket_backend(seaweedfs, endpoint=endpoint, connect_s=0.3)
        error = failing(lambda: backend.get("store.json"))
        created = failing(lambda: backend.create("objects/one", b"x"))
    assert isinstance(error, BackendUnavailableError)
    assert "nobody answers" in error.message
    # Nothing was sent, so nothing can have been made.
    assert not isinstance(created, OutcomeUnknownError)


def test_a_host_that_takes_a_request_and_is_silent_is_given_up(behind, proxy):
    proxy.add(faults.Stall())
    for name in ("get", "read_into", "put", "keys"):
        error = failing(lambda name=name: EVERY_CALL[name](behind))
        assert isinstance(error, BackendUnavailableError), name
        assert "silent for too long" in error.message
        assert "PODPLANNER_S3_STALL_SECONDS" in error.hint
    assert isinstance(failing(lambda: EVERY_CALL["create"](behind)), OutcomeUnknownError)


def test_a_body_that_ends_early_or_stalls_is_no_object(seaweedfs, behind, proxy):
    size = 300_000
    bucket_backend(seaweedfs, prefix="errors").put("objects/large", [b"x" * size])
    for fault, words in (
        (faults.CutDownload(after=1000), "broke"),
        (faults.StallDownload(after=1000), "silent"),
    ):
        proxy.clear()
        proxy.add(fault, of("GET"))
        for call in (
            lambda: behind.get("objects/large"),
            lambda: behind.read_into("objects/large", 0, memoryview(bytearray(size))),
        ):
            error = failing(call)
            assert isinstance(error, BackendUnavailableError)
            assert words in error.message


class Page(Fault):
    """Answer with a page, as a login of a network does, or another server."""

    def __init__(self, status, *, kind="text/html; charset=utf-8", body=b"<html>Hello</html>"):
        self.page = Answer(
            status, "Whatever", (("Content-Type", kind), ("Content-Length", str(len(body)))), body
        )

    def arrive(self, request, closing):
        return self.page


@pytest.mark.parametrize(
    ("page", "kind"),
    [
        (Page(200), NO_STORE),
        (Page(404), NO_STORE),
        (Page(403), NO_STORE),
        (Page(404, kind="application/json", body=b'{"error": "no such page"}'), NO_STORE),
        (Page(400, kind="text/plain", body=b"Client sent an HTTP request"), NO_STORE),
        (Page(502), UNAVAILABLE),
    ],
    ids=lambda case: f"{case.page.status}" if isinstance(case, Page) else case[0],
)
def test_what_does_not_speak_s3_is_no_store(desk, proxy, page, kind):
    proxy.add(page)
    desk.use(endpoint=proxy.endpoint)
    for words in (READS[0], *WRITES):
        told(desk, words, kind, proxy.endpoint, "S3")


def test_the_doctor_says_of_what_does_not_speak_s3(desk, proxy):
    proxy.add(Page(200))
    desk.use(endpoint=proxy.endpoint)
    done = desk.run("store", "doctor", "@")
    assert done.status == 1
    assert "does not speak S3" in " ".join(done.out.split())


# TLS


@pytest.fixture
def authority(tmp_path):
    authority = Authority()
    authority.write(tmp_path / "ca.pem")
    return authority


@pytest.fixture
def secure(seaweedfs, authority):
    with FaultProxy(seaweedfs.endpoint, tls=authority.server()) as proxy:
        yield proxy


def test_who_issued_the_certificate_must_be_known(desk, secure, tmp_path, monkeypatch):
    desk.use(endpoint=secure.endpoint)
    for words in ALL:
        told(desk, words, NOT_PERMITTED, "not trusted (unable to get local issuer certificate)",
             "AWS_CA_BUNDLE")  # fmt: skip
    monkeypatch.setattr(examining, "_FEW_RACES", 0)
    desk.use(endpoint=secure.endpoint, AWS_CA_BUNDLE=str(tmp_path / "ca.pem"))
    assert desk.run("store", "init", "@", "--encoding", "raw").status == 0
    assert desk.run("model", "push", "cat", "cat", "--store", "@").status == 0
    assert desk.run("model", "pull", "cat", "pulled", "--store", "@").status == 0
    # By boto3's client too, which lists.
    assert desk.run("model", "list", "--store", "@").status == 0


def test_certificates_for_another_name_and_expired_ones_are_told_apart(
    desk, seaweedfs, authority, tmp_path
):
    for certificate, words, hint in (
        (authority.server("elsewhere.example"), "doesn't match", "PODPLANNER_S3_ENDPOINT"),
        (authority.expired_server(), "certificate has expired", "renewed"),
    ):
        with FaultProxy(seaweedfs.endpoint, tls=certificate) as proxy:
            desk.use(endpoint=proxy.endpoint, AWS_CA_BUNDLE=str(tmp_path / "ca.pem"))
            told(desk, READS[0], NOT_PERMITTED, words, hint)
            told(desk, WRITES[1], NOT_PERMITTED, words, hint)


def test_https_to_who_speaks_http_and_the_reverse_are_told(desk, secure, seaweedfs):
    desk.use(endpoint=seaweedfs.endpoint.replace("http:", "https:"))
    told(desk, READS[0], NOT_PERMITTED, "does not speak TLS", "http://")
    desk.use(endpoint=secure.endpoint.replace("https:", "http:"))
    told(desk, READS[0], UNAVAILABLE, "broke", "https://")


@pytest.mark.parametrize("content", [None, "no certificate", ""])
def test_a_file_of_certificates_that_holds_none_is_told(desk, secure, tmp_path, content):
    file = tmp_path / "none.pem"
    if content is not None:
        file.write_text(content)
    desk.use(endpoint=secure.endpoint, AWS_CA_BUNDLE=str(file))
    told(desk, READS[0], USAGE, "AWS_CA_BUNDLE")


# Settings


def test_a_project_names_the_engine_of_its_store(made, secure, authority, tmp_path, monkeypatch):
    project = tmp_path / "project"
    (project / "deep").mkdir(parents=True)
    authority.write(project / "ca.pem")
    (project / "podplanner.toml").write_text(
        f'[store]\naddress = "{made.address}"\nendpoint = "{secure.endpoint}"\n'
        'region = "us-east-1"\naddressing = "path"\nca_bundle = "ca.pem"\n'
    )
    monkeypatch.delenv("PODPLANNER_S3_ENDPOINT")
    monkeypatch.chdir(project / "deep")
    assert made.run("model", "list").status == 0
    assert made.run("model", "list", "--store", "@").status == 0
    assert len(secure.seen) > 0
    # The environment wins.
    made.use(endpoint="http://127.0.0.1:1")
    told(made, ("model", "list"), UNAVAILABLE, "http://127.0.0.1:1")


@pytest.mark.parametrize("name", ["secret_access_key", "aws_access_key_id", "token", "password"])
def test_a_key_in_a_projects_file_is_an_error_that_does_not_repeat_it(desk, name, tmp_path):
    Path("podplanner.toml").write_text(
        f'[store]\naddress = "s3://pods/x"\n{name} = "secret-of-somebody"\n'
    )
    for words in (("model", "list"), ("model", "list", "--store", "@")):
        told(desk, words, ("format", 4), name, "credentials do not belong", "AWS_PROFILE")
        assert "secret-of-somebody" not in str(desk.run(*words))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PODPLANNER_S3_ENDPOINT", "pod.example:8333"),
        ("PODPLANNER_S3_ENDPOINT", "ftp://pod.example"),
        ("PODPLANNER_S3_ENDPOINT", "http://pod.example:port"),
        ("PODPLANNER_S3_ENDPOINT", "http://[pod"),
        ("PODPLANNER_S3_ADDRESSING", "by-path"),
        ("PODPLANNER_S3_STALL_SECONDS", "soon"),
        ("PODPLANNER_S3_STALL_SECONDS", "-1"),
        ("AWS_PROFILE", "no-such-profile"),
    ],
)
def test_settings_that_make_no_sense_are_named(desk, name, value):
    desk.use(**{name: value})
    for words in (READS[0], ("store", "doctor", "@"), WRITES[1]):
        told(desk, words, USAGE, name, value)


@pytest.mark.parametrize("name", ["PODPLANNER_S3_ENDPOINT", "AWS_ENDPOINT_URL_S3"])
def test_a_password_in_an_engines_address_is_refused_and_not_repeated(desk, name, monkeypatch):
    monkeypatch.delenv("PODPLANNER_S3_ENDPOINT")
    monkeypatch.setenv(name, "http://KEY:secret-of-somebody@127.0.0.1:1")
    done = desk.run(*READS[0], "--json")
    assert (done.status, done.json["error"]["code"]) == (2, "wrong-usage")
    assert "secret-of-somebody" not in done.out + done.err


def test_a_bucket_may_stand_in_the_hosts_name(seaweedfs, proxy, monkeypatch):
    class OfTheHost(Fault):
        """Find the bucket in the name of the host, as an engine with a wildcard in the DNS."""

        def change(self, request):
            bucket = request.header("Host").partition(".")[0]
            return replace(request, target=f"/{bucket}{request.target}")

    find = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *rest, **more: find(
            host.replace("pods.engine.test", "127.0.0.1"), *rest, **more
        ),
    )
    proxy.add(OfTheHost())
    backend = bucket_backend(
        seaweedfs, prefix="hosts", addressing="virtual", endpoint=f"http://engine.test:{proxy.port}"
    )
    backend.put("objects/one", [b"x"])
    assert backend.get("objects/one") == b"x"
    assert [info.key for info in backend.keys("")] == ["objects/one"]
    assert all(seen.request.header("Host").startswith("pods.engine.test") for seen in proxy.seen)
    assert not any(seen.request.path.startswith("/pods") for seen in proxy.seen)


# Secrets


def test_no_secret_is_written_anywhere(desk, monkeypatch, tmp_path, caplog):
    """Not into the store, nor on this machine, nor into a log of everything but the library's."""
    monkeypatch.setattr(examining, "_RACES", 0)
    monkeypatch.setattr(examining, "_FEW_RACES", 0)
    monkeypatch.setattr(probing, "_MANY", 3)
    monkeypatch.setattr("podplanner.store.measuring._OBJECTS", 2)
    monkeypatch.setenv("AWS_SESSION_TOKEN", "")
    caplog.set_level(logging.DEBUG)
    logging.getLogger("botocore").setLevel(logging.INFO)
    logging.getLogger("boto3").setLevel(logging.INFO)
    for words in (
        ("store", "init", "@", "--encoding", "raw"),
        ("model", "push", "cat", "cat", "--store", "@"),
        ("model", "pull", "cat", "pulled", "--store", "@", "--progress", "json"),
        ("model", "show", "cat", "--store", "@", "--json"),
        ("store", "doctor", "@"),
        ("store", "gc", "@"),
        ("store", "check", "@"),
        ("store", "stats", "@"),
    ):
        done = desk.run(*words)
        assert done.status == 0, (words, done.err)
    keys = desk.keys()
    assert any(key.startswith("doctor/0") for key in keys)
    assert any(key.startswith("manifests/") for key in keys)
    demand_no_secret(*map(desk.content, keys))
    files = [file for file in tmp_path.parent.rglob("*") if file.is_file()]
    assert files
    demand_no_secret(*(file.read_bytes() for file in files))
    demand_no_secret(caplog.text)


def test_settings_show_no_secret_key(seaweedfs):
    backend = bucket_backend(seaweedfs)
    for secret in SECRETS:
        assert secret not in repr(backend.settings) + repr(backend.access) + repr(backend)


# What is used above


def test_an_answer_to_head_without_a_reason_is_explained_by_one_more_request(behind, proxy):
    proxy.add(faults.Refuse(403, "InvalidAccessKeyId"))
    error = failing(lambda: behind.head("store.json"))
    assert "does not know the access key" in error.message
    assert [seen.request.method for seen in proxy.seen] == ["HEAD", "GET"]


def test_an_answer_that_nobody_has_heard_of_is_repeated(behind, proxy):
    proxy.add(faults.Refuse(418, "Teapot", "short and stout"))
    error = failing(lambda: behind.get("store.json"))
    assert type(error) is StoreError
    assert "418 Teapot: short and stout" in error.message


def test_words_of_an_engine_are_one_line_and_not_too_many(behind, proxy):
    proxy.add(faults.Refuse(418, "Teapot", "short\nand &lt;stout&gt;"))
    error = failing(lambda: behind.get("store.json"))
    assert error.message.endswith("418 Teapot: short and <stout>")
    proxy.add(faults.Refuse(418, "Teapot", "x" * 100_000))
    assert len(failing(lambda: behind.keys("").__next__()).message) < 2000


def test_every_error_of_this_page_is_json_too(desk):
    desk.use(endpoint="http://127.0.0.1:1")
    assert json.loads(desk.run(*READS[0], "--json").out)["schema"] == "podplanner/error/1"


def test_kinds_of_errors_are_those_of_the_port():
    for kind in (NoStoreError, NotPermittedError, BackendUnavailableError):
        assert issubclass(kind, StoreError)
    assert not issubclass(WrongUsageError, StoreError)
    assert not issubclass(FormatError, StoreError)
