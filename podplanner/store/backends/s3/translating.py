"""What goes wrong on the way to an engine, and in boto3, in the words of the port's errors."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from podplanner.errors import (
    BackendUnavailableError,
    NotPermittedError,
    ObjectMissingError,
    OutcomeUnknownError,
    StoreError,
    WrongUsageError,
)
from podplanner.store.backends.s3.faults import Refusal, Request, not_s3, refused

_PLAIN = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"})
# What OpenSSL says of an answer that is no TLS.


@contextmanager
def translated(request: Request) -> Iterator[None]:
    """Turn the errors of boto3 and of the way to the engine into those of the port.

    Raises:
        OutcomeUnknownError: A `create` was sent, and no answer came.
        WrongUsageError: A file of certificates cannot be read.
    """
    from botocore import exceptions as of_botocore
    from botocore.parsers import ResponseParserError
    from urllib3 import exceptions as of_urllib3

    try:
        yield
    except of_botocore.ClientError as error:
        raise _asked(refused(refusal_of(error), request), request) from error
    except ResponseParserError as error:
        # A listing, or the answer to a deletion, that is no XML.
        raise not_s3(request, 200) from error
    except of_botocore.SSLError as error:
        raise _untrusted(error, request) from error
    except (
        of_botocore.ConnectTimeoutError,
        of_botocore.EndpointConnectionError,
        of_botocore.ProxyConnectionError,
    ) as error:
        raise _unreachable(error, request) from error
    except (of_botocore.ReadTimeoutError, of_urllib3.ReadTimeoutError, TimeoutError) as error:
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
    said, meta = response.get("Error", {}), response.get("ResponseMetadata", {})
    headers = meta.get("HTTPHeaders", {})
    kind = headers.get("content-type", "")
    return Refusal(
        status=int(meta.get("HTTPStatusCode", 0)),
        code=str(said.get("Code", "")),
        message=str(said.get("Message", "")),
        region=str(said.get("Region") or headers.get("x-amz-bucket-region", "")),
        # Boto3 repeats the status where it finds no word of S3.
        is_foreign="text/html" in kind
        or (bool(kind) and "xml" not in kind and str(said.get("Code", "")).isdigit()),
    )


def _asked(error: StoreError, request: Request) -> StoreError:
    """Return the error of an answer to a request that boto3 sent."""
    if request.doing == "list" and isinstance(error, ObjectMissingError):
        # A listing misses nothing but the bucket.
        return refused(Refusal(404, "NoSuchBucket"), request)
    return error


def _unreachable(error: Exception, request: Request) -> BackendUnavailableError:
    return BackendUnavailableError(
        f"cannot {request}: nobody answers at {request.endpoint} ({_reason(error)})",
        hint="Does the engine run there? PODPLANNER_S3_ENDPOINT names its address; "
        "PODPLANNER_S3_ADDRESSING=path keeps the bucket out of the host's name.",
    )


def _untrusted(error: Exception, request: Request) -> StoreError | WrongUsageError:
    inner = _innermost(error)
    words, hint = getattr(inner, "verify_message", "") or _reason(error), ""
    if "match" in words:
        hint = (
            "Set PODPLANNER_S3_ENDPOINT to a name that the certificate is for. With buckets as "
            "names of hosts it must be for those too, else PODPLANNER_S3_ADDRESSING=path."
        )
    elif isinstance(inner, ssl.SSLCertVerificationError):
        hint = (
            "Have it renewed, and look at this machine's clock."
            if "expired" in words
            else "Name the file with the certificate of who issued it in AWS_CA_BUNDLE."
        )
    elif isinstance(inner, ssl.SSLError) and inner.reason in _PLAIN:
        return NotPermittedError(
            f"cannot {request}: {request.endpoint} does not speak TLS",
            hint="If plain HTTP is meant, begin the engine's address with http://.",
        )
    elif isinstance(inner, OSError) and not _is_of_the_way(inner):
        return WrongUsageError(
            f"cannot {request}: the certificates to trust cannot be read ({words})",
            hint="Set AWS_CA_BUNDLE to a file of certificates in PEM form, or unset it.",
        )
    if hint:
        return NotPermittedError(
            f"cannot {request}: the certificate of {request.endpoint} is not trusted ({words})",
            hint=hint,
        )
    return _broken(error, request)


def _is_of_the_way(error: OSError) -> bool:
    """Return whether a connection failed, and not the reading of a file."""
    if isinstance(error, ssl.SSLError):
        return error.library != "X509" and "certificate or crl" not in str(error)
    return isinstance(error, ConnectionError | TimeoutError)


def _silent(request: Request) -> BackendUnavailableError:
    kind = OutcomeUnknownError if request.doing == "create" else BackendUnavailableError
    return kind(
        f"cannot {request}: {request.endpoint} was silent for too long",
        hint="Look at the engine's own log. PODPLANNER_S3_STALL_SECONDS says how long to wait.",
    )


def _broken(error: Exception, request: Request) -> BackendUnavailableError:
    kind = OutcomeUnknownError if request.doing == "create" else BackendUnavailableError
    speaks = "" if request.endpoint.startswith("https:") else " Does it want https://?"
    return kind(
        f"cannot {request}: the connection to {request.endpoint} broke ({_reason(error)})",
        hint=f"Look at the engine's own log, then run the command again.{speaks}",
    )


def _innermost(error: BaseException) -> BaseException:
    """Return the error that all others were made of."""
    found = error
    for _ in range(_DEEPEST):
        inner = getattr(found, "reason", None)
        if not isinstance(inner, BaseException):
            inner = found.__cause__ or found.__context__
        if inner is None:
            break
        found = inner
    return found


_DEEPEST = 20
# Errors in one another: libraries make five of one, and none shall lead in a ring.


def _reason(error: BaseException) -> str:
    """Return the innermost reason of an error, without the URL, which may be a signed one."""
    found = _innermost(error)
    words = getattr(found, "strerror", None) or str(found)
    return words.partition(" (Caused by")[0].partition("?X-Amz")[0].strip() or type(found).__name__
