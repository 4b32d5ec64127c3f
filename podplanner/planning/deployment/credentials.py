"""The keys of a new cluster: who may do what in the bucket, and what its parts sign with."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

ADMIN, PUSH, PULL = "admin", "push", "pull"
"""Operators, who may do all; whoever pushes models; whoever only pulls them."""

_ACTIONS = {
    ADMIN: ("Admin", "Read", "Write", "List", "Tagging"),
    PUSH: ("Read", "Write", "List", "Tagging"),
    PULL: ("Read", "List"),
}
_BOUND = (PUSH, PULL)
# These may do so in the one bucket only.

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
# 32 signs, so that each byte gives five bits without a bias; none needs to be quoted anywhere.
_ACCESS, _SECRET, _SIGNING = 20, 52, 52
# Access keys look like those of AWS; 52 signs of five bits are 260 bits.

Random = Callable[[int], bytes]
"""Returns that many bytes nobody can guess, as `os.urandom` does."""


@dataclass(frozen=True, slots=True)
class KeyPair:
    """What somebody signs requests with."""

    access_key: str
    secret_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Credentials:
    """All secrets of a cluster.

    Attributes:
        pairs: Name of an identity -> its keys.
        volume_key: With which masters let somebody write to a volume server.
        filer_key: With which gateways write to filers.
        filer_read_key: With which gateways read from filers.
    """

    pairs: dict[str, KeyPair]
    volume_key: str = field(repr=False)
    filer_key: str = field(repr=False)
    filer_read_key: str = field(repr=False)


def new_credentials(random: Random) -> Credentials:
    """Return keys that nobody has yet."""
    pairs = {
        name: KeyPair(_word(random, _ACCESS), _word(random, _SECRET))
        for name in (ADMIN, PUSH, PULL)
    }
    return Credentials(pairs, *(_word(random, _SIGNING) for _ in range(3)))


def identities_json(credentials: Credentials, bucket: str) -> str:
    """Return the file of identities as `weed s3 -config` reads it."""
    identities = [
        {
            "name": name,
            "credentials": [{"accessKey": pair.access_key, "secretKey": pair.secret_key}],
            "actions": list(_actions(name, bucket)),
        }
        for name, pair in credentials.pairs.items()
    ]
    return json.dumps({"identities": identities}, indent=2) + "\n"


def is_for_bucket(text: str, bucket: str) -> bool:
    """Return whether a file of identities lets pushers and pullers into a bucket."""
    try:
        identities = json.loads(text)["identities"]
        allowed = {one["name"]: set(one["actions"]) for one in identities}
    except (ValueError, KeyError, TypeError):
        return False
    return all(set(_actions(name, bucket)) <= allowed.get(name, set()) for name in _BOUND)


def _actions(name: str, bucket: str) -> tuple[str, ...]:
    return tuple(f"{verb}:{bucket}" if name in _BOUND else verb for verb in _ACTIONS[name])


def _word(random: Random, length: int) -> str:
    return "".join(_LETTERS[byte % len(_LETTERS)] for byte in random(length))
