"""The ping of a dead man's switch: somebody else notices when it stays away.

Sources: healthchecks.io/docs/http_api (GET says that the job ran, `/fail` after the path that it
failed) and /docs/bash (10 s, some tries).
"""

import http.client
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable

_TIMEOUT_S = 10
_PAUSES_S = (1.0, 4.0)
# Between three tries.
_TEMPORARY = frozenset({408, 429, 500, 502, 503, 504})
# What curl takes for transient (curl(1), --retry).
_LONGEST_ANSWER = 10_000


class BadPingError(ValueError):
    """An address that cannot be pinged; the message says why, and not the address."""


def ping_address(written: str) -> str:
    """Return the address of a ping.

    Raises:
        BadPingError: It is none: only http and https are.
    """
    try:
        parts = urllib.parse.urlsplit(written)
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        raise BadPingError("it is no address of the web") from error
    if parts.scheme not in ("http", "https"):
        raise BadPingError("it must begin with https:// or http://")
    if not host or not written.isprintable() or not written.isascii() or " " in written:
        raise BadPingError("it is no address of the web")
    return written


def ping(address: str, *, failed: bool, sleep: Callable[[float], None] = time.sleep) -> str:
    """Say that a round ran, or that it failed; return why that was not taken, or nothing.

    The reason never holds the address, by which anybody could ping.

    Args:
        address: As `ping_address` returned it.
        failed: The round could not be made, or its message could not be sent.
        sleep: Waits between tries.
    """
    request = urllib.request.Request(  # noqa: S310  the scheme was looked at
        _failing(address) if failed else address, headers={"User-Agent": "podplanner"}
    )
    opener, reason = _opener(), ""
    for pause in (*_PAUSES_S, None):
        try:
            with opener.open(request, timeout=_TIMEOUT_S) as answer:
                answer.read(_LONGEST_ANSWER)
        except urllib.error.HTTPError as error:
            reason = f"it answered {error.code}"
            error.close()
            if error.code not in _TEMPORARY:
                return reason
        except TimeoutError:
            reason = f"no answer within {_TIMEOUT_S} s"
        except urllib.error.URLError as error:
            reason = _reason(error.reason)
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = _reason(error)
        else:
            return ""
        if pause is not None:
            sleep(pause)
    return reason


def _reason(cause: object) -> str:
    """Return the system's own words, which name no address; of other errors their kind."""
    if isinstance(cause, TimeoutError):
        return f"no answer within {_TIMEOUT_S} s"
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror
    return type(cause).__name__


def _failing(address: str) -> str:
    parts = urllib.parse.urlsplit(address)
    return urllib.parse.urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/fail"))


def _opener() -> urllib.request.OpenerDirector:
    """Return an opener of http and https alone: no redirection leads to a file or to FTP."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler,
        urllib.request.HTTPHandler,
        urllib.request.HTTPSHandler,
        urllib.request.HTTPRedirectHandler,
        urllib.request.HTTPDefaultErrorHandler,
        urllib.request.HTTPErrorProcessor,
        urllib.request.UnknownHandler,
    ):
        opener.add_handler(handler())
    return opener
