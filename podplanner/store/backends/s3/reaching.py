"""Whether an engine is reached, by whom, and what that key may do."""

import statistics
import time
from collections.abc import Callable
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from podplanner.errors import NotPermittedError, ObjectMissingError, StoreError
from podplanner.store.backends.s3.faults import VerbDeniedError
from podplanner.store.backends.s3.settings import Access, Addressing
from podplanner.store.backends.s3.translating import translated
from podplanner.store.examination import Figure, Result, Verdict

if TYPE_CHECKING:
    from podplanner.store.backends.s3.backend import S3Backend
    from podplanner.store.backends.s3.scratch import Scratch

_ASKED = 5
# Times, of which the median is told.
_SHOWN = 4
# Last characters of an access key, as AWS's own tools show it.

May = Literal["yes", "no"]


def reach(backend: "S3Backend") -> Result:
    """Say how the engine is reached; an error where it is not, or the bucket is not there."""
    try:
        access = backend.access
        trouble = _ask(backend)
    except StoreError as error:
        return Result("reach", "error", error.message, error.hint)
    figures = (
        Figure("endpoint", access.endpoint),
        Figure("addressing", _addressing(access)),
        Figure("region", access.region),
        Figure("access key", _who(access)),
    )
    if trouble is not None:
        skew = _skew(access)
        if skew is None:
            return Result("reach", "error", trouble.message, trouble.hint, figures)
        words = f"{trouble.message} (the engine's clock is {_apart(skew)} ours)"
        return Result(
            "reach", "error", words, trouble.hint, (*figures, Figure("ahead", round(skew), "s"))
        )
    answers_s = statistics.median(_round_trip(backend) for _ in range(_ASKED))
    tls = "by TLS" if access.endpoint.startswith("https:") else "without TLS"
    words = (
        f"{access.endpoint} answers in {answers_s * 1000:.1f} ms, {tls}; bucket "
        f"{backend.bucket} by {_addressing(access)}, region {access.region}, "
        f"access key {_who(access)}"
    )
    return Result("reach", "ok", words, "", (*figures, Figure("round trip", answers_s, "s")))


def _ask(backend: "S3Backend") -> StoreError | None:
    """Ask for an object and a list; return what ends all further trying, or None."""
    try:
        _round_trip(backend)
        _list(backend)
    except VerbDeniedError:
        # Which verbs are denied is another question.
        return None
    except StoreError as error:
        return error
    return None


def _list(backend: "S3Backend") -> None:
    with translated(backend.asked("list", "")):
        backend.access.client.list_objects_v2(
            Bucket=backend.bucket, Prefix=f"{backend.prefix}/".lstrip("/"), MaxKeys=1
        )


def _round_trip(backend: "S3Backend") -> float:
    start = time.perf_counter()
    # A refusal is an answer too.
    with suppress(VerbDeniedError):
        backend.head("store.json")
    return time.perf_counter() - start


def _addressing(access: Access) -> Addressing:
    """Return the style in which the bucket is addressed, as it came out."""
    return "virtual" if urlsplit(access.base_url).path == "/" else "path"


def _who(access: Access) -> str:
    """Return the last signs of the access key, and where it came from."""
    key = access.credentials.access_key
    return f"...{key[-_SHOWN:]} ({access.credentials.method})"


def _skew(access: Access) -> float | None:
    """Return how far the engine's clock is ahead of ours, in seconds, without signing anything."""
    from botocore.awsrequest import AWSRequest
    from botocore.exceptions import BotoCoreError

    try:
        answer = access.http.send(AWSRequest("GET", access.endpoint).prepare())
        told = parsedate_to_datetime(answer.headers.get("date", "")).timestamp()
    except (BotoCoreError, TypeError, ValueError):
        return None
    skew = told - time.time()
    return skew if abs(skew) > _NEAR_S else None


_NEAR_S = 60.0
# No clock so near is the reason of a refusal; HTTP tells time to the second.


def _apart(skew: float) -> str:
    return f"{abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'}"


def permissions(scratch: "Scratch") -> Result:
    """Try each verb, and say which the key may use; nothing stays unless it may not delete."""
    backend = scratch.backend
    key = scratch.key("permissions")
    may: dict[str, May] = {}

    def tried(verb: str, work: Callable[[], object]) -> None:
        try:
            work()
        except ObjectMissingError:
            may[verb] = "yes"
        except NotPermittedError:
            may[verb] = "no"
        else:
            may[verb] = "yes"

    tried("list", lambda: _list(backend))
    tried("write", lambda: _write(scratch, key))
    if may["write"] == "no":
        scratch.forget(key)
    tried("read", lambda: backend.get(key if may["write"] == "yes" else "store.json"))
    tried("delete", lambda: backend.delete(key))
    figures = tuple(Figure(verb, may[verb]) for verb in ("list", "read", "write", "delete"))
    allowed = " and ".join(figure.name for figure in figures if figure.value == "yes")
    denied = " or ".join(str(figure.name) for figure in figures if figure.value == "no")
    if not denied:
        return Result("permissions", "ok", "list, read, write and delete", "", figures)
    words = f"may {allowed or 'nothing'}, not {denied}: {_worth(may)}"
    verdict: Verdict = "error" if "no" in (may["list"], may["read"]) else "warning"
    hint = "Ask who runs the engine, if that is not meant; docs/engines.md says what each needs."
    if not allowed:
        hint = "Is the bucket's name right? Some engines answer so about one that is not there."
    return Result("permissions", verdict, words, hint, figures)


def _worth(may: dict[str, May]) -> str:
    if may["list"] == "no" or may["read"] == "no":
        return "models can be neither pushed nor pulled"
    if may["write"] == "no":
        return "models can be pulled, and nothing pushed"
    return "models can be pushed and pulled; deleting and collecting fail"


def _write(scratch: "Scratch", key: str) -> None:
    """Write an object, and see whether the bucket keeps its versions."""
    with scratch.wire.send(
        "PUT", scratch.path(key), scratch.backend.asked("write", key), parts=[b"tried"]
    ) as answer:
        scratch.keeps_versions = answer.headers.get("x-amz-version-id", "null") != "null"
