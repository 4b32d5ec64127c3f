"""What an engine answers that is no success, in the words of the port's errors."""

from collections.abc import Callable
from dataclasses import dataclass

from podplanner.errors import (
    BackendUnavailableError,
    NoSpaceError,
    NoStoreError,
    NotPermittedError,
    ObjectMissingError,
    StoreError,
)

_NO_BUCKET = frozenset({"NoSuchBucket", "InvalidBucketName"})
_NO_KEY = frozenset({"NoSuchKey", "NoSuchVersion", "404", "NotFound"})
_FULL = frozenset(
    {"InsufficientCapacity", "InsufficientStorage", "QuotaExceeded", "XMinioStorageFull"}
)
_WRONG_REGION = frozenset(
    {
        *("PermanentRedirect", "TemporaryRedirect", "AuthorizationHeaderMalformed"),
        *("AuthorizationQueryParametersError", "IllegalLocationConstraintException"),
    }
)
_WRONG_KEYS = {
    "SignatureDoesNotMatch": "the secret key does not belong to the access key",
    "InvalidAccessKeyId": "the engine does not know the access key",
    "InvalidToken": "the session token is not valid",
    "InvalidClientTokenId": "the engine does not know the access key",
}
_EXPIRED = frozenset({"ExpiredToken", "TokenRefreshRequired"})
_SKEWED = frozenset({"RequestTimeTooSkewed", "RequestExpired"})
_BUSY = frozenset({"SlowDown", "ServiceUnavailable", "TooManyRequests", "ThrottlingException"})
_CHANGED = frozenset({"BadDigest", "XAmzContentSHA256Mismatch", "ContentSHA256Mismatch"})
# Bytes became others on their way: they are sent again.
_AGAIN = frozenset({*_CHANGED, "RequestTimeout", "InternalError", "OperationAborted"})
_NOT_MADE = frozenset({"NotImplemented", "MethodNotAllowed"})

_STATUS_TIMEOUT, _STATUS_CONFLICT = 408, 409
# 409: another create of the same key is under way.
_STATUSES_BUSY = (429, 503)
_STATUS_NOT_MADE, _STATUS_FULL = 501, 507


class VerbDeniedError(NotPermittedError):
    """The engine knows the access key, which may not do this one thing."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that is no success."""

    status: int
    code: str
    """The engine's word, such as `AccessDenied`; empty where the answer has no body."""
    message: str = ""
    region: str = ""
    """Where the bucket lies, if the engine says so."""
    is_foreign: bool = False
    """Whether it is in other words than those of S3: a web page, as a rule."""


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked, for messages."""

    address: str
    """Of the store."""
    doing: str
    """`read`, `write`, `create`, `delete`, `list`, `look at`."""
    key: str
    """Of the object, or the prefix that was listed."""
    endpoint: str
    """The URL of the engine."""

    def __str__(self) -> str:
        return f"{self.doing} {self.key or '/'!r} in {self.address}"


def refused(refusal: Refusal, request: Request) -> StoreError:
    """Return the error of an answer."""
    for applies, error_of in _KINDS:
        if applies(refusal):
            return error_of(refusal, request)
    return StoreError(
        f"cannot {request}: the engine answers {_said(refusal)}",
        hint="Run `podplanner store doctor`: it may not speak S3 as podplanner needs it.",
    )


def not_s3(request: Request, status: int) -> StoreError:
    """Return the error of an answer that no engine gives."""
    if status >= 500:
        return BackendUnavailableError(
            f"cannot {request}: {request.endpoint} answers {status}, and not in the words of S3",
            hint="Does the engine run that this gateway or proxy stands before?",
        )
    return NoStoreError(
        f"cannot {request}: what answers at {request.endpoint} does not speak S3 (status {status})",
        hint="Set PODPLANNER_S3_ENDPOINT to the address of the engine's S3 gateway; its other "
        "ports, and a proxy on the way, answer differently.",
    )


def _foreign(refusal: Refusal, request: Request) -> StoreError:
    return not_s3(request, refusal.status)


def _no_bucket(refusal: Refusal, request: Request) -> StoreError:
    return NoStoreError(
        f"there is no bucket of that name at {request.endpoint}: {request.address}",
        hint="Make it with the engine's own tools, such as `aws s3 mb s3://BUCKET`, or mend the "
        "address.",
    )


def _no_key(refusal: Refusal, request: Request) -> StoreError:
    return ObjectMissingError(f"no object {request.key!r} in {request.address}")


def _wrong_region(refusal: Refusal, request: Request) -> StoreError:
    where = f"in region {refusal.region}" if refusal.region else "in another region"
    set_it = f"Set AWS_REGION to {refusal.region}." if refusal.region else "Set AWS_REGION to it."
    return NotPermittedError(
        f"cannot {request}: the bucket lies {where}",
        hint=set_it + (f" The engine says: {refusal.message}" if refusal.message else ""),
    )


def _wrong_keys(refusal: Refusal, request: Request) -> StoreError:
    return NotPermittedError(
        f"cannot {request}: {_WRONG_KEYS[refusal.code]}",
        hint="Look at AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or at the "
        f"profile that AWS_PROFILE names. Are they meant for {request.endpoint}?",
    )


def _skewed(refusal: Refusal, request: Request) -> StoreError:
    return NotPermittedError(
        f"cannot {request}: this machine's clock and the engine's are too far apart",
        hint="Set both by NTP; `podplanner store doctor` says by how much they differ.",
    )


def _expired(refusal: Refusal, request: Request) -> StoreError:
    return NotPermittedError(
        f"cannot {request}: the credentials have expired", hint="Log in again, then go on."
    )


def _full(refusal: Refusal, request: Request) -> StoreError:
    return NoSpaceError(
        f"cannot {request}: the engine has no room for it ({refusal.code or refusal.status})",
        hint="Free space with `podplanner store gc`, or give the engine more.",
    )


def _not_made(refusal: Refusal, request: Request) -> StoreError:
    return StoreError(
        f"cannot {request}: the engine cannot do that ({_said(refusal)})",
        hint="Run `podplanner store doctor` to see what it can; another engine may be needed.",
    )


def _busy(refusal: Refusal, request: Request) -> StoreError:
    return BackendUnavailableError(
        f"cannot {request}: the engine has too much to do ({_said(refusal)})",
        hint="Run the command again later, with less at the same time.",
    )


def _try_again(refusal: Refusal, request: Request) -> StoreError:
    return BackendUnavailableError(
        f"cannot {request}: the engine answers {_said(refusal)}",
        hint="Look at the engine's own log; `podplanner store doctor` says what works.",
    )


def _forbidden(refusal: Refusal, request: Request) -> StoreError:
    return VerbDeniedError(
        f"cannot {request}: this access key may not",
        hint=f"Ask who runs the engine to let it {_VERBS.get(request.doing, request.doing)} in "
        "this bucket"
        + ("; pulling needs only reading and listing" if request.doing in _WRITING else "")
        + ". Is the bucket's name right? Some engines say so of one that is not there.",
    )


_VERBS = {
    "read": "read (s3:GetObject)",
    "look at": "read (s3:GetObject)",
    "write": "write (s3:PutObject)",
    "create": "write (s3:PutObject)",
    "delete": "delete (s3:DeleteObject)",
    "list": "list (s3:ListBucket)",
}
_WRITING = frozenset({"write", "create", "delete"})

_KINDS: tuple[tuple[Callable[[Refusal], bool], Callable[[Refusal, Request], StoreError]], ...] = (
    # What an engine says decides; engines do not agree on the status that goes with it.
    (lambda refusal: refusal.is_foreign, _foreign),
    (lambda refusal: refusal.code in _NO_BUCKET, _no_bucket),
    (lambda refusal: refusal.code in _WRONG_REGION or refusal.status in (301, 307), _wrong_region),
    (lambda refusal: refusal.code in _WRONG_KEYS, _wrong_keys),
    (lambda refusal: refusal.code in _SKEWED, _skewed),
    (lambda refusal: refusal.code in _EXPIRED, _expired),
    (lambda refusal: refusal.code in _FULL or refusal.status == _STATUS_FULL, _full),
    (lambda refusal: refusal.code in _BUSY or refusal.status in _STATUSES_BUSY, _busy),
    (lambda refusal: refusal.code in _AGAIN, _try_again),
    (lambda refusal: refusal.code in _NOT_MADE or refusal.status == _STATUS_NOT_MADE, _not_made),
    (lambda refusal: refusal.status == 404 or refusal.code in _NO_KEY, _no_key),
    (lambda refusal: refusal.status in (401, 403), _forbidden),
    (lambda refusal: refusal.status in (_STATUS_TIMEOUT, _STATUS_CONFLICT), _try_again),
    (lambda refusal: refusal.status >= 500, _try_again),
)
"""The first that applies says what an answer means."""


def _said(refusal: Refusal) -> str:
    """Return an answer in the engine's own words, in one line."""
    words = " ".join(f"{refusal.status} {refusal.code}".split())
    message = " ".join(refusal.message.split())
    return f"{words}: {message}" if message else words
