"""What an engine answers, or the way to it, in the words of the port's errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from podplanner.errors import (
    BackendUnavailableError,
    NoSpaceError,
    NoStoreError,
    NotPermittedError,
    ObjectMissingError,
    OutcomeUnknownError,
    StoreError,
)

_NO_KEY = frozenset({"NoSuchKey", "NoSuchVersion", "404", "NotFound"})
_FULL = frozenset(
    {"InsufficientCapacity", "InsufficientStorage", "QuotaExceeded", "XMinioStorageFull", "507"}
)
_WRONG_REGION = frozenset(
    {"PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"}
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that is no success."""

    status: int
    code: str
    """The engine's word, such as `AccessDenied`; empty where the answer has no body."""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked, for messages."""

    address: str
    """Of the store."""
    doing: str
    """`read`, `write`, `create`, `delete`, `list`, `look at`."""
    key: str
    """Of the object, or the prefix that was listed."""

    def __str__(self) -> str:
        return f"{self.doing} {self.key or '/'!r} in {self.address}"


def refused(refusal: Refusal, request: Request) -> StoreError:
    """Return the error of an answer."""
    code, status = refusal.code, refusal.status
    if code == "NoSuchBucket":
        return NoStoreError(
            f"there is no bucket of that name: {request.address}",
            hint="Make it with the engine's own tools, such as `aws s3 mb s3://BUCKET`, or mend "
            "the address.",
        )
    if status == 404 or code in _NO_KEY:
        return ObjectMissingError(f"no object {request.key!r} in {request.address}")
    if code in _WRONG_REGION or status in (301, 307):
        return NotPermittedError(
            f"cannot {request}: the bucket lies in another region",
            hint=f"Set AWS_REGION to the bucket's. The server says: {refusal.message}",
        )
    if status in (401, 403):
        return _forbidden(refusal, request)
    if code in _FULL or status == 507:
        return NoSpaceError(
            f"cannot {request}: the engine has no room for it ({code or status})",
            hint="Free space with `podplanner store gc`, or give the engine more.",
        )
    if status >= 500 or status in (408, 409, 429) or code in ("BadDigest", "RequestTimeout"):
        # 409: another create of the same key is under way. BadDigest: bytes changed on their way.
        return BackendUnavailableError(
            f"cannot {request}: the engine answers {status} {code}".rstrip(),
            hint="Look at the engine's own log; `podplanner store doctor` says what works.",
        )
    return StoreError(
        f"cannot {request}: the engine answers {status} {code}: {refusal.message}",
        hint="Run `podplanner store doctor`; it may not speak S3 as podplanner needs it.",
    )


def _forbidden(refusal: Refusal, request: Request) -> NotPermittedError:
    code = refusal.code
    if code in ("SignatureDoesNotMatch", "InvalidAccessKeyId", "InvalidToken"):
        what = {
            "SignatureDoesNotMatch": "the secret key does not belong to the access key",
            "InvalidAccessKeyId": "the engine does not know the access key",
            "InvalidToken": "the session token is not valid",
        }[code]
        return NotPermittedError(
            f"cannot {request}: {what}",
            hint="Look at AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or at "
            "the profile that AWS_PROFILE names.",
        )
    if code in ("RequestTimeTooSkewed", "RequestExpired"):
        return NotPermittedError(
            f"cannot {request}: this machine's clock and the engine's are too far apart",
            hint="Set both by NTP; `podplanner store doctor` says by how much they differ.",
        )
    if code in ("ExpiredToken", "TokenRefreshRequired"):
        return NotPermittedError(
            f"cannot {request}: the credentials have expired", hint="Log in again, then go on."
        )
    return NotPermittedError(
        f"cannot {request}: this access key may not",
        hint=f"Ask who runs the engine to let it {_VERBS.get(request.doing, request.doing)} in "
        "this bucket"
        + ("; pulling needs only reading and listing." if request.doing in _WRITING else "."),
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


@contextmanager
def translated(request: Request) -> Iterator[None]:
    """Turn the errors of boto3 and of the way to the engine into those of the port.

    Raises:
        OutcomeUnknownError: A `create` was sent, and no answer came.
    """
    from botocore import exceptions as of_botocore
    from urllib3 import exceptions as of_urllib3

    try:
        yield
    except of_botocore.ClientError as error:
        raise _asked(refused(refusal_of(error), request), request) from error
    except of_botocore.SSLError as error:
        raise _untrusted(error, request) from error
    except (of_botocore.ConnectTimeoutError, of_botocore.EndpointConnectionError) as error:
        raise _unreachable(error, request) from error
    except of_botocore.ProxyConnectionError as error:
        raise _unreachable(error, request) from error
    except (of_botocore.ReadTimeoutError, of_urllib3.ReadTimeoutError) as error:
        raise _silent(request) from error
    except (
        of_botocore.NoCredentialsError,
        of_botocore.PartialCredentialsError,
        of_botocore.CredentialRetrievalError,
    ) as error:
        raise NotPermittedError(
            f"cannot {request}: {error}",
            hint="Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE.",
        ) from error
    except (of_botocore.BotoCoreError, of_urllib3.HTTPError, OSError) as error:
        raise _broken(error, request) from error


def refusal_of(error: Exception) -> Refusal:
    """Return the answer that boto3 made an error of."""
    response = getattr(error, "response", {})
    said = response.get("Error", {})
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return Refusal(int(status), str(said.get("Code", "")), str(said.get("Message", "")))


def _asked(error: StoreError, request: Request) -> StoreError:
    """Return the error of an answer to a request that boto3 sent."""
    if request.doing == "list" and isinstance(error, ObjectMissingError):
        # A listing misses nothing but the bucket.
        return refused(Refusal(404, "NoSuchBucket"), request)
    return error


def _unreachable(error: Exception, request: Request) -> BackendUnavailableError:
    return BackendUnavailableError(
        f"cannot {request}: nobody answers there ({_reason(error)})",
        hint="Is the engine running, and PODPLANNER_S3_ENDPOINT its address?",
    )


def _untrusted(error: Exception, request: Request) -> StoreError:
    return NotPermittedError(
        f"cannot {request}: the engine cannot be trusted ({_reason(error)})",
        hint="Name the file of the certificates to trust in AWS_CA_BUNDLE; if the engine speaks "
        "plain HTTP, begin its address with http://.",
    )


def _silent(request: Request) -> BackendUnavailableError:
    kind = OutcomeUnknownError if request.doing == "create" else BackendUnavailableError
    return kind(
        f"cannot {request}: the engine was silent for too long",
        hint="Look at the engine's own log. PODPLANNER_S3_STALL_SECONDS says how long to wait.",
    )


def _broken(error: Exception, request: Request) -> BackendUnavailableError:
    kind = OutcomeUnknownError if request.doing == "create" else BackendUnavailableError
    return kind(
        f"cannot {request}: the connection broke ({_reason(error)})",
        hint="Look at the engine's own log, then run the command again.",
    )


def _reason(error: BaseException) -> str:
    """Return the innermost reason of an error, without the URL, which may be a signed one."""
    found: BaseException = error
    while True:
        inner = getattr(found, "reason", None) or found.__cause__ or found.__context__
        if not isinstance(inner, BaseException):
            break
        found = inner
    words = getattr(found, "strerror", None) or str(found)
    return words.partition(" (Caused by")[0].partition("?X-Amz")[0].strip() or type(found).__name__
