"""Where a person sits who uses a store in a bucket: an environment, and a place in the bucket."""

from __future__ import annotations

import random
import traceback
import uuid
from dataclasses import dataclass

import pytest
from support.engines.engine import KEYS, READ_WRITE, Engine
from unit.cli.running import Done, podplanner

from podplanner.errors import PodplannerError
from podplanner.store.backends.retrying import RetryingBackend

SECRETS = tuple(keys.secret_key for keys in KEYS.values())
"""What must never be seen anywhere, beside what is signed with them."""
SIGNATURES = ("X-Amz-Signature", "AWS4-HMAC-SHA256")


@dataclass(frozen=True)
class Desk:
    """A place in a bucket of an engine, and the environment of the commands that are run."""

    engine: Engine
    address: str
    patch: pytest.MonkeyPatch

    def use(
        self,
        user: str = READ_WRITE,
        *,
        endpoint: str | None = None,
        access_key: str | None = None,
        secret_key: str | None = None,
        **more: str,
    ) -> None:
        """Set the environment for what comes next."""
        keys = self.engine.access(user)
        for name, value in {
            "PODPLANNER_S3_ENDPOINT": endpoint or self.engine.endpoint,
            "AWS_ACCESS_KEY_ID": access_key or keys.access_key,
            "AWS_SECRET_ACCESS_KEY": secret_key or keys.secret_key,
            **more,
        }.items():
            self.patch.setenv(name, value)

    def run(self, *words: object) -> Done:
        """Run a command, which must tell no secret; `@` stands for the address."""
        done = podplanner(*(self.address if word == "@" else word for word in words))
        demand_no_secret(done.out, done.err)
        return done

    @property
    def prefix(self) -> str:
        """What the keys of the place begin with."""
        return self.address.removeprefix(f"s3://{self.engine.bucket}/") + "/"

    def keys(self) -> list[str]:
        """Return what lies at the place, without its prefix."""
        found = self.engine.client("admin").list_objects_v2(
            Bucket=self.engine.bucket, Prefix=self.prefix
        )
        return [item["Key"].removeprefix(self.prefix) for item in found.get("Contents", [])]

    def content(self, key: str) -> bytes:
        """Return an object of the place."""
        found = self.engine.client("admin").get_object(
            Bucket=self.engine.bucket, Key=self.prefix + key
        )
        return found["Body"].read()


def desk_at(engine: Engine, patch: pytest.MonkeyPatch) -> Desk:
    """Return a desk with a place of its own, and the usual keys."""
    desk = Desk(engine, f"s3://{engine.bucket}/desk-{uuid.uuid4().hex[:12]}", patch)
    desk.use()
    return desk


def ask_again_at_once(patch: pytest.MonkeyPatch, *, tries: int = 2) -> None:
    """Let a bucket that does not answer be asked again a few times, without waiting."""
    patch.setattr(
        RetryingBackend.__init__,
        "__kwdefaults__",
        {"tries": tries, "sleep": lambda seconds: None, "jitter": random.random},
    )


def demand_no_secret(*texts: str | bytes) -> None:
    """Find that no secret key, and nothing that is signed with one, stands in a text."""
    for text in texts:
        content = text.encode() if isinstance(text, str) else text
        for word in (*SECRETS, *SIGNATURES):
            assert word.encode() not in content, f"{word} in {content[:2000]!r}"


def demand_harmless(error: PodplannerError) -> None:
    """Find that an error says what to do, and tells no secret however it is shown."""
    assert error.hint
    demand_no_secret(
        error.message, error.hint, repr(error), "".join(traceback.format_exception(error))
    )
