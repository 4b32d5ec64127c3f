"""What a test sees of an engine: where it listens, who may do what, and a bucket."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

REGION = "us-east-1"

BUCKET = "pods"
"""The bucket that every engine starts with, and the only one that three of the users may use."""

ADMIN = "admin"
"""May do all, in every bucket."""
READ_WRITE = "rw"
"""May read, write, list and delete in the one bucket."""
READ_ONLY = "ro"
"""May read and list in the one bucket."""
NO_LIST = "no-list"
"""May read, write and delete in the one bucket, but not list it."""

USERS = (ADMIN, READ_WRITE, READ_ONLY, NO_LIST)


@dataclass(frozen=True, slots=True)
class Keys:
    """What a user signs requests with."""

    access_key: str
    secret_key: str = field(repr=False)


KEYS: Mapping[str, Keys] = {
    user: Keys(f"{user.upper()}0ACCESSKEY", f"secret-of-{user}-{'0123456789' * 2}")
    for user in USERS
}
"""The same on every engine that tests start; none of them is reachable from elsewhere."""


@dataclass(frozen=True, slots=True)
class Engine:
    """One running engine. Its user names and its first bucket are the same on all of them."""

    name: str
    endpoint: str

    @property
    def bucket(self) -> str:
        return BUCKET

    @property
    def region(self) -> str:
        return REGION

    def access(self, user: str = READ_WRITE) -> Keys:
        """Return the key pair of a user."""
        return KEYS[user]

    def client(
        self,
        user: str = READ_WRITE,
        *,
        endpoint: str | None = None,
        verify: str | bool | None = None,
        **options: Any,
    ) -> S3Client:
        """Return a boto3 client, which never retries; `options` go into its botocore Config.

        Args:
            user: Whose keys it signs with.
            endpoint: Where it sends requests instead, for instance a proxy.
            verify: The file of the certificate authority to trust, for https.
            options: For instance `read_timeout=2`.
        """
        keys = self.access(user)
        settings: dict[str, Any] = {
            "retries": {"total_max_attempts": 1},
            "connect_timeout": 5,
            "read_timeout": 30,
            "s3": {"addressing_style": "path"},
        }
        return boto3.client(
            "s3",
            endpoint_url=endpoint or self.endpoint,
            region_name=REGION,
            verify=verify,
            aws_access_key_id=keys.access_key,
            aws_secret_access_key=keys.secret_key,
            config=Config(**{**settings, **options}),
        )

    def make_bucket(self, name: str) -> str:
        """Make a bucket, which only the administrator may use, and return its name."""
        self.client(ADMIN).create_bucket(Bucket=name)
        return name

    def to_json(self) -> str:
        return json.dumps({"name": self.name, "endpoint": self.endpoint})

    @classmethod
    def from_json(cls, text: str) -> Engine:
        return cls(**json.loads(text))
