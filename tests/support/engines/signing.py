"""Signing a request again that a proxy has changed, as its sender would have signed it."""

import re
from collections.abc import Mapping

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest, HTTPHeaders
from botocore.credentials import Credentials
from support.engines.faults import Headers, Request

_AUTHORIZATION = re.compile(
    r"Credential=(?P<key>[^/,]+)/[^/]+/(?P<region>[^/]+)/s3/aws4_request.*"
    r"SignedHeaders=(?P<headers>[^,]+)"
)
_SIGNED_BLOCKS = "STREAMING-AWS4-"
# Each block of such a body is signed too, beginning from the signature of the headers.


class _SameHeaders(S3SigV4Auth):
    """Signs only what was signed before, for the body's digest and the time that are stated."""

    def __init__(self, credentials: Credentials, region: str, names: set[str]) -> None:
        super().__init__(credentials, "s3", region)
        self._names = names

    def headers_to_sign(self, request: AWSRequest) -> HTTPHeaders:
        signed = HTTPHeaders()
        for name, value in request.headers.items():
            if name.lower() in self._names:
                signed[name.lower()] = value
        return signed

    def add_auth(self, request: AWSRequest) -> None:
        request.context["timestamp"] = request.headers["X-Amz-Date"]
        to_sign = self.string_to_sign(request, self.canonical_request(request))
        self._inject_signature_to_request(request, self.signature(to_sign, request))


def signed_again(request: Request, secrets: Mapping[str, str]) -> Headers:
    """Return the headers of a changed request with a signature that holds.

    Args:
        request: Signed with Signature Version 4 in its headers.
        secrets: Secret key by access key.

    Raises:
        ValueError: It is signed in another way, or by somebody else.
    """
    found = _AUTHORIZATION.search(request.header("Authorization") or "")
    if found is None or found["key"] not in secrets:
        raise ValueError(f"cannot sign {request.method} {request.target} again: no known signature")
    if (request.header("X-Amz-Content-SHA256") or "").startswith(_SIGNED_BLOCKS):
        raise ValueError("cannot sign a body of signed blocks again")
    again = AWSRequest(
        method=request.method, url=f"http://{request.header('Host')}{request.target}"
    )
    for name, value in request.headers:
        if name.lower() != "authorization":
            again.headers[name] = value
    credentials = Credentials(found["key"], secrets[found["key"]])
    _SameHeaders(credentials, found["region"], set(found["headers"].split(";"))).add_auth(again)
    return tuple(again.headers.items())
