"""What an engine does with bytes, ranges, names, lists and checksums: tried on objects."""

import os
from collections.abc import Mapping, Sequence

from podplanner.errors import ObjectMissingError, StoreError
from podplanner.store.backends.retrying import RetryingBackend
from podplanner.store.backends.s3.checksums import check_headers, wrong_crc32
from podplanner.store.backends.s3.scratch import Scratch
from podplanner.store.backends.s3.translating import translated
from podplanner.store.examination import Figure, Result

_BIG = 8 * 2**20
# Bytes: what a piece of a large tensor, and a bundle of small ones, takes.
_END = 1024
# Bytes at both ends, where an engine that stores the frames of a trailer shows it.
_RANGED = 2**20 + 17
# Bytes: no multiple of a block.
_MANY = 1050
# Keys: more than one page of a listing (1,000), and than one request deletes.
_ORDERED = ("order/a-b", "order/a/c", "order/a0")
# `-` is before `/`, and `0` after it: so bytes sort them, and no folder does.
_CAREFUL = ("100%", "a%25", "a%2fb/c", "a_b-c.d")
# What is decoded once too often becomes another name.


def read_back(scratch: Scratch) -> Result:
    """Write and read a large object, an empty one, and one over another."""
    backend = scratch.backend
    content, other = os.urandom(_BIG), os.urandom(_BIG // 2)
    key, empty = scratch.key("bytes/large"), scratch.key("bytes/empty")
    backend.put(key, [content])
    found = backend.head(key)
    size = found.size if found else 0
    figures = (Figure("written", _BIG, "bytes"), Figure("stored", size, "bytes"))
    if size != _BIG:
        hint = "It may keep the frames of a checksum in the object: use another engine."
        words = f"an object of {_BIG} bytes is stored as {size}"
        return Result("read back", "error", words, hint, figures)
    if (wrong := _differs(backend.get(key), content)) is not None:
        hint = "Look at the engine's own log, and at its disks; do not push there."
        return Result("read back", "error", f"other bytes come back: {wrong}", hint, figures)
    backend.put(empty, [])
    if backend.get(empty) != b"":
        words = "an empty object comes back with something in it"
        return Result("read back", "error", words, "Use another engine.", figures)
    backend.put(key, [other])
    if backend.get(key) != other:
        words = "after an object was overwritten the old one is read"
        hint = "Is there a cache before the engine? Turn it off."
        return Result("read back", "error", words, hint, figures)
    words = "8 MiB, and nothing, come back as they were written; overwriting is seen at once"
    return Result("read back", "ok", words, "", figures)


def _differs(found: bytes, meant: bytes) -> str | None:
    """Return where bytes differ, in words; None where they do not."""
    if found == meant:
        return None
    where = [
        name
        for name, part in (
            ("the first KiB", slice(None, _END)),
            ("the last KiB", slice(-_END, None)),
            ("what is between", slice(_END, -_END)),
        )
        if found[part] != meant[part]
    ]
    return f"{len(found)} of {len(meant)} bytes, others in {' and in '.join(where)}"


def ranges(scratch: Scratch) -> Result:
    """Read parts of an object: at both ends, between them, and beyond."""
    content = os.urandom(_RANGED)
    key = scratch.key("ranged")
    scratch.backend.put(key, [content])
    wrong: list[str] = []
    for name, start, end in (
        ("first", 0, _END),
        ("middle", 500_001, 500_001 + _END),
        ("last", _RANGED - _END, _RANGED),
    ):
        status, part = _part(scratch, key, start, end)
        if status != 206 or part != content[start:end]:
            wrong.append(f"the {name} bytes come with status {status}, {len(part)} of {_END}")
    status, _ = _part(scratch, key, _RANGED, _RANGED + _END)
    figures = (Figure("beyond the end", status),)
    if status != 416:
        wrong.append(f"beyond the end it answers {status} and not 416")
    if wrong:
        words = f"parts of objects cannot be read: {'; '.join(wrong)}"
        hint = "Is there a proxy before the engine that does not know ranges?"
        return Result("ranges", "error", words, hint, figures)
    words = "the first, middle and last bytes come alone, and beyond the end nothing does"
    return Result("ranges", "ok", words, "", figures)


def _part(scratch: Scratch, key: str, start: int, end: int) -> tuple[int, bytes]:
    request = scratch.backend.asked("read", key)
    with scratch.wire.send(
        "GET", scratch.path(key), request,
        headers={"range": f"bytes={start}-{end - 1}"}, accepted=(416,),
    ) as answer:  # fmt: skip
        return answer.status, answer.read(2 * _RANGED)


def names(scratch: Scratch) -> Result:
    """Write names that need care on their way, and find them as they were."""
    backend = scratch.backend
    keys = [scratch.key(f"names/{name}") for name in _CAREFUL]
    for key in keys:
        backend.put(key, [key.encode()])
    wrong = [key for key in keys if backend.get(key) != key.encode()]
    listed = [info.key for info in backend.keys(f"{scratch.folder}names/")]
    if wrong or listed != sorted(keys):
        told = (wrong or sorted(set(keys) ^ set(listed)))[0].removeprefix(scratch.folder)
        hint = "Is there a proxy before the engine that rewrites URLs?"
        return Result("names", "error", f"names change on their way: {told}", hint)
    return Result("names", "ok", "names with `%` in them stay as they are")


def listing(scratch: Scratch) -> Result:
    """Write more objects than one page of a listing has, and list them at once."""
    backend = RetryingBackend(scratch.backend)
    keys = [scratch.key(f"many/{number:04}") for number in range(_MANY)]
    scratch.side_by_side(lambda key: backend.put(key, [b"x"]), keys)
    found = [info.key for info in backend.keys(f"{scratch.folder}many/")]
    order = _order(scratch)
    figures = (Figure("keys", len(keys)), Figure("listed", len(found)), Figure("order", order))
    if found != keys:
        missing = len(set(keys) - set(found))
        words = f"of {len(keys)} objects that were just written {missing} are not listed"
        if not missing:
            words = f"{len(keys)} objects are listed as {len(found)}, or in no order"
        hint = "Use another engine: what is not listed is lost to a collection."
        return Result("listing", "error", words, hint, figures)
    words = f"{len(keys)} objects are listed as soon as they are written; order: {order}"
    return Result("listing", "ok", words, "", figures)


def _order(scratch: Scratch) -> str:
    for name in _ORDERED:
        scratch.backend.put(scratch.key(name), [b"x"])
    prefix = scratch.path(f"{scratch.folder}order/")
    with translated(scratch.backend.asked("list", f"{scratch.folder}order/")):
        page = scratch.backend.access.client.list_objects_v2(
            Bucket=scratch.backend.bucket, Prefix=prefix
        )
    found = [item["Key"].removeprefix(scratch.path(scratch.folder)) for item in page["Contents"]]
    if found == list(_ORDERED):
        return "by bytes"
    return "folder by folder" if sorted(found) == sorted(_ORDERED) else "none"


def deleting(scratch: Scratch) -> Result:
    """Delete with one request for a thousand, and find nothing there afterwards."""
    backend = scratch.backend
    folder = f"{scratch.folder}many/"
    keys = [info.key for info in backend.keys(folder)]
    try:
        backend.delete_all(keys)
    except StoreError as error:
        words = f"many objects cannot be deleted with one request: {error.message}"
        hint = "Collections fail there: use another engine, or a newer version of it."
        return Result("deletion", "error", words, hint)
    left = [info.key for info in backend.keys(folder)]
    read = 0
    for key in keys[:3]:
        try:
            backend.get(key)
            read += 1
        except ObjectMissingError:
            continue
    stay = "many" in backend.folders(scratch.folder)
    figures = (
        Figure("deleted", len(keys)),
        Figure("still listed", len(left)),
        Figure("folders stay after their last key", int(stay)),
    )
    if left or read:
        words = f"of {len(keys)} deleted objects {len(left)} are still listed, {read} of 3 read"
        hint = "Is there a cache before the engine? Turn it off."
        return Result("deletion", "error", words, hint, figures)
    words = (
        f"{len(keys)} objects are deleted by {-(-len(keys) // 1000)} requests and not seen again"
    )
    words += "; their empty folders stay for a while" if stay else ""
    return Result("deletion", "ok", words, "", figures)


def checksums(scratch: Scratch) -> Result:
    """Send bodies with wrong checksums, of each kind, and see which are refused."""
    content, other = b"what is sent", b"what is said to be sent"
    tries: Sequence[tuple[str, Mapping[str, str], bytes | None]] = (
        ("CRC-32", wrong_crc32(content), None),
        ("MD5", check_headers("md5", [other]), None),
        ("SHA-256", {}, other),
    )
    refused = {
        name: _is_refused(scratch, name, content, headers, claimed)
        for name, headers, claimed in tries
    }
    figures = tuple(
        Figure(f"wrong {name}", "refused" if refused[name] else "accepted") for name in refused
    )
    told = ", ".join(f"{name} {'refused' if refused[name] else 'accepted'}" for name in refused)
    # What goes with each is looked at by the engine, or by nobody.
    unseen = [
        what
        for what, kinds in (("objects", ("CRC-32", "MD5")), ("records", ("SHA-256", "MD5")))
        if not any(refused[kind] for kind in kinds)
    ]
    words = f"wrong ones: {told}"
    if unseen:
        words += f"; {' and '.join(unseen)} that change on their way are stored so"
        hint = "A pull finds it, too late: use TLS, or another engine."
        return Result("checksums", "warning", words, hint, figures)
    return Result("checksums", "ok", words, "", figures)


def _is_refused(
    scratch: Scratch, name: str, content: bytes, headers: Mapping[str, str], claimed: bytes | None
) -> bool:
    key = scratch.key(f"checksum/{name.lower()}")
    request = scratch.backend.asked("write", key)
    with scratch.wire.send(
        "PUT", scratch.path(key), request, headers=headers, parts=[content],
        signed=claimed is not None, claimed=claimed, accepted=(400, 403),
    ) as answer:  # fmt: skip
        return answer.status in (400, 403)
