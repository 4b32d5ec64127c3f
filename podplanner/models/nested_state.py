"""Nested state as a document: what is where, with a placeholder in the place of each tensor.

JSON has neither tuples nor numbers as keys, and its readers disagree about floats. So `null`,
`true`, `false`, text, whole numbers below 2^53 and lists are what they are, and all else is an
object of one key that says what it is:

    {"dict": [[key, value], ...]}   keys are text or whole numbers, in their order
    {"tuple": [value, ...]}
    {"int": "0x2000..."}            a whole number that JSON's readers cannot be trusted with
    {"float": "0.1"}                as Python prints it, which is exact; also `inf`, `-inf`, `nan`
    {"tensor": name}                a tensor of torch, {"array": name} one of numpy
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

import msgspec

from podplanner.errors import FormatError
from podplanner.store.cutting.anatomy import LONGEST_NAME, MOST_TENSORS
from podplanner.store.paths import printable

FORMAT = "podplanner-state/1"
DEEPEST = 64
"""Levels: far above what optimizers nest, far below what ends Python's stack."""
MOST_BYTES = 32 * 2**20
"""Of a document: 100,000 tensors of an optimizer take about 8 MB."""
_EXACT = 2**53
# Whole numbers below it are the same to every reader of JSON, RFC 8259 section 6.
_RESERVED = frozenset({"", "__metadata__", "data_offsets"})
# `__metadata__` is no tensor in safetensors; a reader may take `data_offsets` for a field.
_HEXADECIMAL = re.compile(r"-?0x[0-9a-f]{1,16384}")
# 64 Ki bits: states of random number generators that Python keeps as one number have 20 Ki.

Kind = Literal["tensor", "array"]


class Parts(NamedTuple):
    """Nested state, taken apart."""

    document: bytes
    tensors: dict[str, Any]
    """Name -> tensor of torch."""
    arrays: dict[str, Any]
    """Name -> array of numpy; no name is in both."""


def can_name_a_tensor(name: str) -> bool:
    """Return whether every reader of safetensors takes a name for that of a tensor."""
    return name not in _RESERVED and len(name) <= LONGEST_NAME and _is_unicode(name)


def take_apart(state: Mapping[Any, Any], kind_of: Callable[[object], Kind | None]) -> Parts:
    """Return nested state as a document and its tensors by name.

    A tensor is named after its path, `optimizer.state.0.exp_avg`, so that versions of the same
    state have the same names.

    Args:
        state: Dicts, lists and tuples of tensors, numbers, text, booleans and None.
        kind_of: Says of a value whether it is a tensor, or an array.

    Raises:
        FormatError: It holds something else, or is nested too deep; says where.
    """
    taker = _Taker(kind_of)
    value = taker.node(state, (), 0)
    if sum(map(len, taker.found.values())) > MOST_TENSORS:
        raise FormatError(
            f"the state has more than {MOST_TENSORS:,} tensors",
            hint="Save its parts under names of their own.",
        )
    document = msgspec.json.encode({"format": FORMAT, "state": value})
    if len(document) > MOST_BYTES:
        raise FormatError(
            f"the state beside its tensors takes {len(document):,} bytes; "
            f"{MOST_BYTES:,} are allowed",
            hint="Make a tensor or an array of long lists of numbers.",
        )
    return Parts(document, taker.found["tensor"], taker.found["array"])


class _Taker:
    def __init__(self, kind_of: Callable[[object], Kind | None]) -> None:
        self._kind_of = kind_of
        self._taken: set[str] = set()
        self.found: dict[Kind, dict[str, Any]] = {"tensor": {}, "array": {}}

    def node(self, value: Any, path: tuple[str, ...], depth: int) -> Any:
        """Return what stands for a value."""
        if depth > DEEPEST:
            raise FormatError(
                f"{_place(path[:4])} is nested more than {DEEPEST} deep, or holds itself",
                hint="Take the part that is needed to go on, such as `.state_dict()`.",
            )
        kind = self._kind_of(value)
        if kind is not None:
            name = self._name(path)
            self.found[kind][name] = value
            return {kind: name}
        if isinstance(value, dict):
            return {
                "dict": [
                    [self._key(key, path), self.node(inner, (*path, str(key)), depth + 1)]
                    for key, inner in value.items()
                ]
            }
        if type(value) is list or type(value) is tuple or _is_size(value):
            inner = [self.node(one, (*path, str(at)), depth + 1) for at, one in enumerate(value)]
            return inner if type(value) is list else {"tuple": inner}
        return self._scalar(value, path)

    def _scalar(self, value: Any, path: tuple[str, ...]) -> Any:
        if value is None or isinstance(value, bool):
            return value
        if type(value) is str and _is_unicode(value):
            return value
        if type(value) is int:
            return value if abs(value) < _EXACT else {"int": hex(value)}
        if isinstance(value, float):
            # Also one of numpy, which is a float of Python with another name.
            return {"float": repr(float(value))}
        raise FormatError(
            f"{_place(path)} is a {_type_name(value)}, which has no safe form", hint=_advice(value)
        )

    def _key(self, key: Any, path: tuple[str, ...]) -> Any:
        if (type(key) is str and _is_unicode(key)) or type(key) is int:
            return self._scalar(key, path)
        raise FormatError(
            f"{_place(path)} has the key {printable(repr(key))}, and only text and whole numbers "
            "are kept as keys",
            hint="Use the key's text.",
        )

    def _name(self, path: tuple[str, ...]) -> str:
        whole = ".".join(path)
        # Where a key has a dot in it, two paths may read the same.
        name, number = whole, 1
        while name in self._taken or not can_name_a_tensor(name):
            number += 1
            name = f"{whole}~{number}" if can_name_a_tensor(f"{whole}~{number}") else f"~{number}"
        self._taken.add(name)
        return name


def put_together(document: bytes, tensor_of: Callable[[Kind, str], Any]) -> dict[Any, Any]:
    """Return the state that a document describes.

    Args:
        document: As `take_apart` made it, or as somebody with the store at hand wrote it.
        tensor_of: Gives the tensor or array of a name; raises KeyError where there is none.

    Raises:
        FormatError: It is no such document, or names a tensor that is not there.
    """
    if len(document) > MOST_BYTES:
        raise _wrong(f"has {len(document):,} bytes, and {MOST_BYTES:,} are allowed")
    try:
        read = msgspec.json.decode(document)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise _wrong(f"cannot be read: {error}") from error
    if not isinstance(read, dict) or set(read) != {"format", "state"}:
        raise _wrong("is not what it should be")
    if read["format"] != FORMAT:
        raise _wrong(f"has the format {printable(repr(read['format'])[:60])}, not {FORMAT}")
    state = _value(read["state"], tensor_of, 0)
    if not isinstance(state, dict):
        raise _wrong("holds no dict")
    return state


def _value(node: Any, tensor_of: Callable[[Kind, str], Any], depth: int) -> Any:
    if depth > DEEPEST:
        raise _wrong(f"is nested more than {DEEPEST} deep")
    if node is None or isinstance(node, bool | str):
        return node
    if isinstance(node, int):
        return _small(node)
    if isinstance(node, list):
        return [_value(one, tensor_of, depth + 1) for one in node]
    if not isinstance(node, dict) or len(node) != 1:
        # A float too: none is ever written as one.
        raise _wrong("holds a value of no known kind")
    ((kind, inner),) = node.items()
    if kind == "dict" and isinstance(inner, list):
        return _dict(inner, tensor_of, depth)
    if kind == "tuple" and isinstance(inner, list):
        return tuple(_value(one, tensor_of, depth + 1) for one in inner)
    if isinstance(inner, str):
        if kind == "int":
            return _large(inner)
        if kind == "float":
            return _float(inner)
        if kind == "tensor" or kind == "array":
            try:
                return tensor_of(kind, inner)
            except KeyError as error:
                raise _wrong(f"names the {kind} {printable(inner)}, which is not there") from error
    raise _wrong("holds a value of no known kind")


def _dict(pairs: list[Any], tensor_of: Callable[[Kind, str], Any], depth: int) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for pair in pairs:
        if not isinstance(pair, list) or len(pair) != 2:
            raise _wrong("has a dict that is not made of pairs")
        key = _key(pair[0])
        if key in found:
            raise _wrong(f"has the key {printable(repr(key))} twice in one dict")
        found[key] = _value(pair[1], tensor_of, depth + 1)
    return found


def _key(node: Any) -> str | int:
    if isinstance(node, str):
        return node
    if isinstance(node, int) and not isinstance(node, bool):
        return _small(node)
    if isinstance(node, dict) and set(node) == {"int"} and isinstance(node["int"], str):
        return _large(node["int"])
    raise _wrong("has a key that is neither text nor a whole number")


def _small(number: int) -> int:
    if abs(number) >= _EXACT:
        raise _wrong("has a whole number that not every reader reads exactly")
    return number


def _large(text: str) -> int:
    # To the base of 16: the time to read it grows with its length, not with the square of it.
    if not _HEXADECIMAL.fullmatch(text) or abs(number := int(text, 16)) < _EXACT:
        raise _wrong(f"has the number {printable(text[:40])}, which is none")
    return number


def _float(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = None
    if number is None or repr(number) != text:
        raise _wrong(f"has the number {printable(text[:40])}, which is none")
    return number


def _wrong(what: str) -> FormatError:
    return FormatError(
        f"the structure of the state {what}", hint="Save the state again, with this podplanner."
    )


def _is_unicode(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _is_size(value: object) -> bool:
    """Return whether it is a shape of torch, which is a tuple with another name."""
    return isinstance(value, tuple) and _type_name(value) == "torch.Size"


def _type_name(value: object) -> str:
    kind = type(value)
    return (
        kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
    )


def _place(path: tuple[str, ...]) -> str:
    return printable(".".join(path)[:200]) or "the state"


def _advice(value: object) -> str:
    if hasattr(value, "state_dict"):
        return "Give its `.state_dict()`."
    if hasattr(value, "item"):
        return "Give its `.item()`, a plain number."
    if hasattr(value, "_asdict"):
        return "Give its `._asdict()`."
    return "Keep tensors, numbers, text, booleans, None, and dicts, lists and tuples of them."
