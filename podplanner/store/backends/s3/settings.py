"""How a bucket is reached: the one place for endpoint, region, addressing, TLS, credentials, time.

What boto3 takes from the environment and from `~/.aws` holds here too: `AWS_PROFILE`,
`AWS_ACCESS_KEY_ID`, `AWS_CA_BUNDLE`, `AWS_ENDPOINT_URL_S3`, `HTTPS_PROXY` ... A project's file may
say the rest, never a key.
"""

import re
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit, urlunsplit

from podplanner.errors import NotPermittedError, WrongUsageError
from podplanner.store.project import BucketSettings

if TYPE_CHECKING:
    import boto3
    import botocore.session
    from botocore.awsrequest import AWSPreparedRequest
    from botocore.config import Config
    from botocore.credentials import Credentials
    from botocore.httpsession import URLLib3Session
    from botocore.loaders import Loader
    from types_boto3_s3 import S3Client

ENDPOINT = "PODPLANNER_S3_ENDPOINT"
"""Environment variable: the URL of the engine, `https://pod.example:8333`."""
ADDRESSING = "PODPLANNER_S3_ADDRESSING"
"""Environment variable: `path` (`https://endpoint/bucket/key`), `virtual` or `auto`."""
STALL = "PODPLANNER_S3_STALL_SECONDS"
"""Environment variable: after so long a silence a request is given up."""

AT_ONCE = 32
"""Requests that are under way at the same time, at most."""
_CONNECT_S = 10.0
# A server in the same building answers in milliseconds; one across the world in a second.
_STALL_S = 30.0
# Engines that move or repair data make requests wait for some seconds; a rotten object of
# SeaweedFS makes them wait for ever.

Addressing = Literal["path", "virtual", "auto"]
_STYLES: tuple[Addressing, ...] = ("path", "virtual", "auto")


@dataclass(frozen=True, slots=True)
class Keys:
    """A pair of keys, and the token of a short-lived one."""

    access: str
    secret: str
    token: str | None = None

    def __repr__(self) -> str:
        """Return the access key alone: a secret never appears in a message."""
        return f"Keys({self.access!r})"


@dataclass(frozen=True, slots=True)
class S3Settings:
    """How a bucket is reached; what is None is as boto3 finds it."""

    endpoint: str | None = None
    region: str | None = None
    addressing: Addressing | None = None
    """None: as `~/.aws/config` says, else `path` at an endpoint of one's own, `auto` at AWS."""
    keys: Keys | None = None
    ca_bundle: str | None = None
    """A file of certificates to trust; None: as `AWS_CA_BUNDLE` says, else those of the system."""
    connect_s: float = _CONNECT_S
    stall_s: float = _STALL_S
    """So long a connection may be silent, in seconds."""

    @classmethod
    def of_environment(
        cls, environ: Mapping[str, str], project: BucketSettings | None = None
    ) -> "S3Settings":
        """Return what the environment says, and where it says nothing a project's file.

        Variables of boto3 that the file says nothing about are left to boto3.

        Args:
            environ: Environment variables.
            project: What the project's file says, if there is one.

        Raises:
            WrongUsageError: One of them makes no sense.
        """
        project = project or BucketSettings()
        boto3_knows = any(environ.get(name) for name in ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"))
        endpoint = environ.get(ENDPOINT) or (None if boto3_knows else project.endpoint)
        style = environ.get(ADDRESSING) or project.addressing
        if style is not None and style not in _STYLES:
            raise WrongUsageError(
                f"buckets cannot be addressed by {style!r} ({ADDRESSING}, or addressing in "
                "podplanner.toml)",
                hint=f"Write one of {', '.join(_STYLES)}.",
            )
        return cls(
            endpoint=None if endpoint is None else _url(endpoint),
            # Boto3 knows the second one alone, other clients of AWS the first one.
            region=environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or project.region,
            addressing=style,
            ca_bundle=environ.get("AWS_CA_BUNDLE") or project.ca_bundle,
            stall_s=_seconds(environ.get(STALL)),
        )


def _url(endpoint: str) -> str:
    """Return an endpoint that is a URL, and holds no password."""
    try:
        parts = urlsplit(endpoint)
        is_url = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_url = False
    if "@" in endpoint:
        # What stands there is not repeated.
        raise WrongUsageError(
            "the engine's address has an @ in it",
            hint="Credentials do not belong there: set AWS_ACCESS_KEY_ID and "
            "AWS_SECRET_ACCESS_KEY, or AWS_PROFILE.",
        )
    if not is_url or "?" in endpoint:
        raise WrongUsageError(
            f"{endpoint!r} is no address of an engine ({ENDPOINT}, or endpoint in podplanner.toml)",
            hint="Write it like http://pod.example:8333 or https://s3.example.",
        )
    return endpoint


def _seconds(word: str | None) -> float:
    if not word:
        return _STALL_S
    try:
        seconds = float(word)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 86_400:
        raise WrongUsageError(f"{STALL} is {word!r}", hint="Write seconds, such as 30.")
    return seconds


@dataclass(frozen=True, slots=True)
class Access:
    """What the settings come to for one bucket."""

    client: "S3Client"
    """Boto3's, which asks once: it lists and deletes."""
    http: "URLLib3Session"
    """The same connections' settings, for what is signed by hand: bodies of objects."""
    endpoint: str
    """The URL of the engine; of the bucket's host where that is another one."""
    base_url: str
    """Of the bucket, with a slash at its end."""
    region: str
    credentials: "Credentials"


def connect(bucket: str, settings: S3Settings) -> Access:
    """Prepare to reach a bucket; nothing is sent.

    Raises:
        NotPermittedError: There are no credentials.
        WrongUsageError: A setting, of podplanner or of boto3, makes no sense.
    """
    import boto3
    import botocore.session
    from botocore.exceptions import BotoCoreError

    try:
        core = botocore.session.get_session()
        core.register_component("data_loader", _descriptions())
        keys = settings.keys
        session = boto3.Session(
            aws_access_key_id=keys.access if keys else None,
            aws_secret_access_key=keys.secret if keys else None,
            aws_session_token=keys.token if keys else None,
            region_name=settings.region,
            botocore_session=core,
        )
        credentials = session.get_credentials()
        if credentials is None:
            raise NotPermittedError(
                f"there are no credentials for s3://{bucket}",
                hint="Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE.",
            )
        client = _client(session, settings)
        # Boto3 may have found it by itself.
        _url(client.meta.endpoint_url)
        base_url = _base_url(client, bucket)
        return Access(
            client=client,
            http=_http(client.meta.endpoint_url, core, settings),
            endpoint=urlunsplit((*urlsplit(base_url)[:2], "", "", "")),
            base_url=base_url,
            region=client.meta.region_name,
            credentials=credentials,
        )
    except (BotoCoreError, ValueError) as error:
        raise WrongUsageError(
            f"s3://{bucket} cannot be reached with these settings: {_harmless(error)}",
            hint=f"Look at {ENDPOINT}, AWS_PROFILE, AWS_REGION, AWS_CA_BUNDLE and ~/.aws/config.",
        ) from error


@cache
def _descriptions() -> "Loader":
    """Return what boto3 knows of services: half of the time that a client takes to be made."""
    from botocore.loaders import Loader

    return Loader()


def _harmless(error: Exception) -> str:
    """Return the words of an error, without what a URL in it says of a user."""
    return _USER.sub("//", str(error))


_USER = re.compile(r"//[^/\s]*@")


def _client(session: "boto3.Session", settings: S3Settings) -> "S3Client":
    client = _client_with(session, settings, settings.addressing)
    config: Any = client.meta.config
    chosen = (config.s3 or {}).get("addressing_style")
    host = urlsplit(client.meta.endpoint_url).hostname or ""
    if chosen is None and not host.endswith((".amazonaws.com", ".amazonaws.com.cn")):
        # Buckets as names of hosts need a wildcard in the DNS, which few engines at home have.
        return _client_with(session, settings, "path")
    return client


def _client_with(
    session: "boto3.Session", settings: S3Settings, style: Addressing | None
) -> "S3Client":
    return session.client(
        "s3",
        endpoint_url=settings.endpoint,
        region_name=session.region_name or "us-east-1",
        verify=settings.ca_bundle,
        config=_config(settings, style),
    )


def _config(settings: S3Settings, style: Addressing | None) -> "Config":
    from botocore.config import Config

    return Config(
        signature_version="s3v4",
        s3=None if style is None else {"addressing_style": style},
        connect_timeout=settings.connect_s,
        read_timeout=settings.stall_s,
        max_pool_connections=AT_ONCE,
        # Asked again by one policy for all backends, and never what must not be.
        retries={"total_max_attempts": 1},
        # Engines store the frames of a checksum in a trailer as part of the object.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )


def _http(url: str, core: "botocore.session.Session", settings: S3Settings) -> "URLLib3Session":
    from botocore.httpsession import URLLib3Session
    from botocore.utils import get_environ_proxies

    # The stubs know only some of the types that these may have.
    options: dict[str, Any] = {
        "verify": settings.ca_bundle or core.get_config_variable("ca_bundle") or True,
        "timeout": (settings.connect_s, settings.stall_s),
        # Otherwise a small body waits 40 ms for the word that its headers have arrived.
        "socket_options": [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
    }
    return URLLib3Session(
        proxies=get_environ_proxies(url),
        max_pool_connections=AT_ONCE,
        **options,
    )


def _base_url(client: "S3Client", bucket: str) -> str:
    """Return a bucket's URL, as boto3 would send a request to it; none is sent."""
    from botocore.awsrequest import AWSResponse
    from botocore.compat import HTTPHeaders

    urls: list[str] = []

    def catch(request: "AWSPreparedRequest", **rest: object) -> AWSResponse:
        urls.append(request.url)
        return AWSResponse(request.url, 200, HTTPHeaders(), _Empty())

    # The stubs do not know that what a handler returns is taken for the answer.
    caught: Any = catch

    # A presigned URL would do, but for buckets of AWS it leads to the region us-east-1.
    client.meta.events.register("before-send.s3.HeadObject", caught)
    try:
        client.head_object(Bucket=bucket, Key=_KEY)
    finally:
        client.meta.events.unregister("before-send.s3.HeadObject", caught)
    return urls[0].removesuffix(_KEY)


_KEY = "key"


class _Empty:
    """A body with nothing in it."""

    def stream(self) -> Iterator[bytes]:
        return iter(())
