"""Checksums that go with a body, so that bytes that change on their way are not stored."""

import base64
import hashlib
import zlib
from collections.abc import Sequence
from typing import Literal

from typing_extensions import Buffer

BodyCheck = Literal["crc32", "md5"]
"""How an engine is told what a body should be. CRC-32 takes a seventh of MD5's time; it counts
only where a wrong one has been seen to be refused."""


def check_headers(check: BodyCheck, parts: Sequence[Buffer]) -> dict[str, str]:
    """Return the header, never a trailer, that says what a body is."""
    if check == "crc32":
        crc = 0
        for part in parts:
            crc = zlib.crc32(part, crc)
        return {"x-amz-checksum-crc32": base64.b64encode(crc.to_bytes(4, "big")).decode()}
    digest = hashlib.md5(usedforsecurity=False)
    for part in parts:
        digest.update(part)
    return {"content-md5": base64.b64encode(digest.digest()).decode()}


def wrong_crc32(content: bytes) -> dict[str, str]:
    """Return a checksum that is not this content's: for finding out who looks at it."""
    return check_headers("crc32", [content + b"!"])
