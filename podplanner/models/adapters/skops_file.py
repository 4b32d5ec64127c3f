"""A skops file, looked through before skops sees it: its archive, its nodes and their names.

skops makes nothing and imports nothing until every type is trusted. It leaves three gaps that are
closed here: the archive may unpack to any size; a node whose `__id__` came before is replaced by
the earlier one, whatever it says itself; and a trusted name may stand in any kind of node, which
lets a file call it.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from blake3 import blake3

from podplanner.errors import FormatError, UnsafeContentError
from podplanner.models.adapters.skops_types import TRUSTED
from podplanner.models.adapters.tree_nodes import check_stored_tree

SCHEMA = "schema.json"
_PROTOCOLS = (1, 2)
# Of skops 0.10 and up. 0 is of files from 2023 whose functions are written otherwise.
_MOST_TIMES = 32
# As large as the file an archive may unpack: skops writes it uncompressed, and compressed weights
# of sparse models have shrunk to a tenth.
_ALWAYS_ALLOWED = 64 * 2**20
# Bytes unpacked that no machine minds; small models shrink further.
_KINDS = frozenset(
    {
        "BytearrayNode", "BytesNode", "ConstructorFromReduceNode", "DTypeNode", "DefaultDictNode",
        "DictNode", "FunctionNode", "JsonNode", "ListNode", "LossNode", "MaskedArrayNode",
        "MethodNode", "NdArrayNode", "ObjectNode", "OperatorFuncNode", "PartialNode",
        "RandomGeneratorNode", "RandomStateNode", "SetNode", "SliceNode", "SparseMatrixNode",
        "TreeNode", "TupleNode", "TypeNode",
    }
)  # fmt: skip
# Left out: `CachedNode`, which skops reads and never writes, and nodes of other packages.


def looked_through(content: bytes | bytearray) -> BytesIO:
    """Return the file, ready to be read, once nothing in it can mislead skops.

    Raises:
        FormatError: It is no skops file, it unpacks to far more than it is, or it contradicts
            itself.
        UnsafeContentError: A type that is trusted stands where it would be called.
    """
    file = BytesIO(content)
    try:
        with ZipFile(file) as archive:
            _check_sizes(archive, len(content))
            schema = json.loads(archive.read(SCHEMA))
            _check_protocol(schema)
            _check_nodes(list(_nodes(schema)), archive, len(content))
    except RecursionError as error:
        raise FormatError("the skops file is nested too deep to be a model") from error
    except (BadZipFile, EOFError, KeyError, NotImplementedError, OSError, ValueError) as error:
        raise FormatError(f"this is no skops file: {error}") from error
    except (RuntimeError, TypeError, AttributeError, IndexError) as error:
        # A password is asked for; or a value has another shape than it has in skops files.
        raise FormatError(f"this is no skops file that can be read: {error}") from error
    file.seek(0)
    return file


def _check_sizes(archive: ZipFile, size: int, before: int = 0) -> int:
    names = archive.namelist()
    if len(set(names)) != len(names):
        raise FormatError("two members of the skops file have the same name")
    if any(one.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for one in archive.infolist()):
        raise FormatError("the skops file is compressed in a way that skops does not use")
    unpacked = before + sum(one.file_size for one in archive.infolist())
    if unpacked > max(_MOST_TIMES * size, _ALWAYS_ALLOWED):
        raise FormatError(
            f"the skops file of {size} bytes would unpack to {unpacked} bytes",
            hint="Save the model without compression.",
        )
    return unpacked


def _check_protocol(schema: Any) -> None:
    if not isinstance(schema, dict) or not isinstance(schema.get("protocol"), int):
        raise FormatError(f"{SCHEMA} of the skops file says no protocol")
    if (found := schema["protocol"]) not in _PROTOCOLS:
        raise FormatError(
            f"the skops file is of protocol {found}; this podplanner reads "
            f"{' and '.join(map(str, _PROTOCOLS))}",
            hint="Install a newer podplanner, or save the model again with a newer skops.",
        )


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Yield everything that skops could take for a node, and more."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            if isinstance(found.get("__loader__"), str):
                yield found
            waiting += found.values()
        elif isinstance(found, list):
            waiting += found


def _check_nodes(nodes: list[dict[str, Any]], archive: ZipFile, size: int) -> None:
    same: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    unpacked = sum(one.file_size for one in archive.infolist())
    for node in nodes:
        kind = node["__loader__"]
        if kind not in _KINDS:
            raise FormatError(f"the skops file holds a {kind}, which this podplanner does not know")
        name = f"{node['__module__']}.{node['__class__']}"
        if name in TRUSTED and kind not in TRUSTED[name]:
            raise UnsafeContentError(
                f"the skops file would call {name}, or make it in another way than skops saves it",
                hint="Do not load this file; ask who pushed it.",
            )
        if kind == "TreeNode":
            check_stored_tree(node, archive)
        elif kind == "SparseMatrixNode":
            with ZipFile(BytesIO(archive.read(node["file"]))) as inner:
                unpacked = _check_sizes(inner, size, unpacked)
        if node.get("__id__"):
            same[node["__id__"]].append(node)
    for alike in same.values():
        if len(alike) > 1 and len({_fingerprint(node, archive) for node in alike}) > 1:
            raise FormatError("two different things in the skops file have the same number")


def _fingerprint(value: Any, archive: ZipFile) -> bytes:
    """Return a digest of what a node says: not of its number, nor of its files' names."""
    if isinstance(value, dict):
        parts = [
            json.dumps(key).encode()
            + (blake3(archive.read(inner)).digest() if _is_file(key, inner) else b"")
            + (b"" if _is_file(key, inner) else _fingerprint(inner, archive))
            for key, inner in sorted(value.items())
            if key != "__id__"
        ]
        return blake3(b"{" + b",".join(parts)).digest()
    if isinstance(value, list):
        return blake3(b"[" + b"".join(_fingerprint(inner, archive) for inner in value)).digest()
    return blake3(json.dumps(value).encode()).digest()


def _is_file(key: str, value: Any) -> bool:
    return key == "file" and isinstance(value, str)


def beyond(names: Collection[str], trusted: Collection[str]) -> list[str]:
    """Return those names that neither our list nor the caller trusts, sorted."""
    return sorted(set(names) - set(TRUSTED) - set(trusted))
