"""The ping of a dead man's switch, to a real server."""

import socket

import pytest
from support.drives.listening import listening

from podplanner.drives.watching.pinging import BadPingError, ping, ping_address

SECRET = "0c1d-secret-9f"


def asked(address: str, *, failed: bool = False) -> tuple[str, list[float]]:
    pauses: list[float] = []
    return ping(ping_address(address), failed=failed, sleep=pauses.append), pauses


def test_a_round_that_ran_is_a_get_of_the_address():
    with listening() as told:
        assert asked(f"http://{told.address}/{SECRET}?create=1") == ("", [])
    assert told.requests == [("GET", f"/{SECRET}?create=1")]
    assert told.headers["User-Agent"] == "podplanner"


@pytest.mark.parametrize("path", [f"/{SECRET}", f"/{SECRET}/"])
def test_a_round_that_failed_puts_fail_behind_the_path(path):
    with listening() as told:
        assert asked(f"http://{told.address}{path}?x=1", failed=True) == ("", [])
    assert told.requests == [("GET", f"/{SECRET}/fail?x=1")]


def test_what_passes_is_tried_three_times():
    with listening(503, 500, 200) as told:
        assert asked(f"http://{told.address}/{SECRET}") == ("", [1.0, 4.0])
    assert len(told.requests) == 3
    with listening(503) as told:
        assert asked(f"http://{told.address}/{SECRET}")[0] == "it answered 503"
    assert len(told.requests) == 3


def test_what_does_not_pass_is_tried_once():
    with listening(404) as told:
        assert asked(f"http://{told.address}/{SECRET}") == ("it answered 404", [])
    assert len(told.requests) == 1


def test_nobody_there_is_said_without_the_address():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        reason, pauses = asked(f"http://127.0.0.1:{port}/{SECRET}")
    assert reason == "Connection refused"
    assert len(pauses) == 2


def test_an_answer_that_is_no_http_is_said_without_the_address():
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)

        def greet(_pause: float) -> None:
            connection, _ = server.accept()
            connection.close()

        port = server.getsockname()[1]
        # The first try waits for an answer; somebody has to hang up on it.
        import threading

        thread = threading.Thread(target=lambda: [greet(0) for _ in range(3)])
        thread.start()
        reason = ping(f"http://127.0.0.1:{port}/{SECRET}", failed=False, sleep=lambda _: None)
        thread.join()
    assert reason
    assert SECRET not in reason


def test_a_redirection_to_a_file_is_not_followed():
    with listening(302, location="file:///etc/passwd") as told:
        reason, _ = asked(f"http://{told.address}/{SECRET}")
    assert reason
    assert "passwd" not in reason


@pytest.mark.parametrize(
    "address",
    ["", "hc-ping.com/x", "ftp://host/x", "file:///etc/passwd", "https://", "http://[::1",
     "http://host:port/", "http://ho st/", "http://host/\n", "javascript:alert(1)", "http://hö/"],
)  # fmt: skip
def test_what_is_no_address_of_the_web_is_refused_without_repeating_it(address):
    with pytest.raises(BadPingError) as raised:
        ping_address(address)
    assert not address or address not in str(raised.value)
