"""What an engine answers, in the words of the port: by its code first, then by its status."""

import pytest

from podplanner.errors import (
    BackendUnavailableError,
    NoSpaceError,
    NoStoreError,
    NotPermittedError,
    ObjectMissingError,
    StoreError,
)
from podplanner.store.backends.s3.faults import Refusal, Request, VerbDeniedError, refused

REQUEST = Request("s3://pods/models", "write", "objects/aa/one", "http://pod.example:8333")


@pytest.mark.parametrize(
    ("status", "code", "kind", "words"),
    [
        (404, "NoSuchBucket", NoStoreError, "no bucket"),
        (400, "InvalidBucketName", NoStoreError, "no bucket"),
        (404, "NoSuchKey", ObjectMissingError, "objects/aa/one"),
        (404, "", ObjectMissingError, "objects/aa/one"),
        (403, "AccessDenied", VerbDeniedError, "may not"),
        (403, "", VerbDeniedError, "may not"),
        (403, "InvalidAccessKeyId", NotPermittedError, "does not know the access key"),
        (403, "SignatureDoesNotMatch", NotPermittedError, "secret key does not belong"),
        (400, "InvalidToken", NotPermittedError, "session token"),
        (400, "ExpiredToken", NotPermittedError, "expired"),
        (403, "RequestTimeTooSkewed", NotPermittedError, "too far apart"),
        (301, "PermanentRedirect", NotPermittedError, "another region"),
        (307, "", NotPermittedError, "another region"),
        (400, "AuthorizationHeaderMalformed", NotPermittedError, "another region"),
        (507, "", NoSpaceError, "no room"),
        (403, "QuotaExceeded", NoSpaceError, "no room"),
        (503, "SlowDown", BackendUnavailableError, "too much to do"),
        (503, "", BackendUnavailableError, "too much to do"),
        (429, "TooManyRequests", BackendUnavailableError, "too much to do"),
        (500, "InternalError", BackendUnavailableError, "500 InternalError"),
        (409, "ConditionalRequestConflict", BackendUnavailableError, "409"),
        (408, "RequestTimeout", BackendUnavailableError, "408"),
        (400, "BadDigest", BackendUnavailableError, "BadDigest"),
        (400, "XAmzContentSHA256Mismatch", BackendUnavailableError, "SHA256"),
        (501, "NotImplemented", StoreError, "cannot do that"),
        (405, "MethodNotAllowed", StoreError, "cannot do that"),
        (418, "Teapot", StoreError, "418 Teapot"),
    ],
)
def test_an_answer_becomes_the_error_that_says_what_to_do(status, code, kind, words):
    error = refused(Refusal(status, code), REQUEST)
    assert type(error) is kind
    assert words in error.message
    assert error.hint or kind is ObjectMissingError


def test_an_engine_that_cannot_do_something_is_not_asked_again():
    error = refused(Refusal(501, "NotImplemented"), REQUEST)
    assert not isinstance(error, BackendUnavailableError)


@pytest.mark.parametrize(
    ("doing", "verb"),
    [
        ("read", "s3:GetObject"),
        ("look at", "s3:GetObject"),
        ("write", "s3:PutObject"),
        ("create", "s3:PutObject"),
        ("delete", "s3:DeleteObject"),
        ("list", "s3:ListBucket"),
    ],
)
def test_the_permission_that_lacks_is_named(doing, verb):
    request = Request("s3://pods/models", doing, "objects/", "http://pod.example:8333")
    assert verb in refused(Refusal(403, "AccessDenied"), request).hint


def test_a_region_that_the_engine_names_is_passed_on():
    refusal = Refusal(301, "PermanentRedirect", "go there", region="eu-west-1")
    error = refused(refusal, REQUEST)
    assert "region eu-west-1" in error.message
    assert error.hint == "Set AWS_REGION to eu-west-1. The engine says: go there"


@pytest.mark.parametrize(("status", "kind"), [(404, NoStoreError), (502, BackendUnavailableError)])
def test_an_answer_in_other_words_than_those_of_s3_names_the_endpoint(status, kind):
    error = refused(Refusal(status, "", is_foreign=True), REQUEST)
    assert type(error) is kind
    assert "http://pod.example:8333" in error.message
