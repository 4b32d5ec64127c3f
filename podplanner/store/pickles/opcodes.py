"""What each opcode does to the state of a walk.

BUILD is not here: an array of joblib may follow it, which `walk` passes over.

Source: `pickletools` and `_pickle.c` of CPython 3.11, protocols 0 to 5.
"""

import codecs
import re
from collections.abc import Callable, Sequence
from typing import Final

from podplanner.store.pickles import joblib_arrays
from podplanner.store.pickles.machine import Machine, Value
from podplanner.store.pickles.window import Lost

_LONGEST_TEXT = 512
# Bytes of a text that may name something; longer ones are not kept.
_LONGEST_LINE = 4 * _LONGEST_TEXT
# The same as protocol 0 writes it, with escapes.
_LONGEST_TUPLE = 10
# Items of a tuple that is kept: a persistent id has 5 or 6, a dtype's state 8 or 9.
_LONGEST_INTEGER = 8
# Bytes of an integer that may be the length of an array.
_HIGHEST_PROTOCOL = 5
_LONGEST_FRAME = 2**40
# Bytes: no pickler frames more than 64 KiB and one object.
_NUMBER = re.compile(rb"[\s+\-0-9a-fA-FxXoOlLnNiItTyY._]+")
# Permits all that Python reads as a number, and no sentence.
_STORAGE = b"storage"
# How torch's persistent ids begin, `torch/serialization.py`.

Handler = Callable[[Machine], None]


def _mark(m: Machine) -> None:
    m.marks.append(len(m.stack))


def _pop(m: Machine) -> None:
    if m.marks and m.marks[-1] == len(m.stack):
        m.marks.pop()
    else:
        m.pop()


def _dup(m: Machine) -> None:
    m.stack.append(m.top())


def _number_line(m: Machine) -> None:
    if not _NUMBER.fullmatch(m.window.line(_LONGEST_TEXT)):
        raise Lost("has a number that is none")
    m.stack.append(None)


def _number(size: int, *, signed: bool) -> Handler:
    def push(m: Machine) -> None:
        raw = m.window.take(size)
        m.stack.append(int.from_bytes(raw, "little", signed=signed))

    return push


def _constant(make: Callable[[], Value], size: int = 0) -> Handler:
    def push(m: Machine) -> None:
        m.window.skip(size)
        m.stack.append(make())

    return push


def _skipped(size: int, *, signed: bool = False) -> Handler:
    """Return what passes over bytes whose length stands before them in `size` bytes."""

    def push(m: Machine) -> None:
        m.window.skip(_length(m, size, signed=signed))
        m.stack.append(None)

    return push


def _long(size: int) -> Handler:
    def push(m: Machine) -> None:
        length = _length(m, size, signed=size > 1)
        if m.values and length <= _LONGEST_INTEGER:
            m.stack.append(int.from_bytes(m.window.take(length), "little", signed=True))
        else:
            m.window.skip(length)
            m.stack.append(None)

    return push


def _sized_text(size: int, *, signed: bool = False) -> Handler:
    def push(m: Machine) -> None:
        length = _length(m, size, signed=signed)
        if length <= _LONGEST_TEXT:
            m.stack.append(m.window.take(length))
        else:
            m.window.skip(length)
            m.stack.append(None)

    return push


def _length(m: Machine, size: int, *, signed: bool) -> int:
    length = int.from_bytes(m.window.take(size), "little", signed=signed)
    if length < 0:
        raise Lost("has a negative length")
    return length


def _quoted_line(m: Machine) -> None:
    line = m.window.line(_LONGEST_LINE)
    if len(line) == _LONGEST_LINE:
        m.stack.append(None)
        return
    text = line.strip()
    if len(text) < 2 or text[0] != text[-1] or text[:1] not in (b"'", b'"'):
        raise Lost("has a text without quotes")
    text = text[1:-1]
    if b"\\" in text:
        try:
            text = codecs.escape_decode(text)[0]
        except ValueError as error:
            raise Lost("has a text that cannot be read") from error
    m.stack.append(text if len(text) <= _LONGEST_TEXT else None)


def _raw_line(m: Machine) -> None:
    line = m.window.line(_LONGEST_LINE)
    if len(line) == _LONGEST_LINE:
        m.stack.append(None)
        return
    if b"\\" not in line and line.isascii():
        m.stack.append(line if len(line) <= _LONGEST_TEXT else None)
        return
    try:
        text = line.decode("raw-unicode-escape").encode("utf-8", "surrogatepass")
    except ValueError as error:
        raise Lost("has a text that cannot be read") from error
    m.stack.append(text if len(text) <= _LONGEST_TEXT else None)


def _list(m: Machine) -> None:
    m.drop_mark()
    m.stack.append(None)


def _dict(m: Machine) -> None:
    _list(m)


def _tuple_of_mark(m: Machine) -> None:
    _push_tuple(m, m.pop_mark())


def _tuple_of(count: int) -> Handler:
    def build(m: Machine) -> None:
        items = [m.pop() for _ in range(count)]
        _push_tuple(m, items[::-1])

    return build


def _push_tuple(m: Machine, items: Sequence[Value]) -> None:
    known = len(items) <= _LONGEST_TUPLE and (m.values or any(v is not None for v in items))
    m.stack.append(tuple(items) if known else None)


def _append(m: Machine) -> None:
    m.pop()
    m.change(m.top())


def _append_many(m: Machine) -> None:
    m.drop_mark()
    m.change(m.top())


def _set_item(m: Machine) -> None:
    value, key = m.pop(), m.pop()
    _fill(m, [key, value])


def _set_items(m: Machine) -> None:
    _fill(m, m.pop_mark())


def _fill(m: Machine, items: Sequence[Value]) -> None:
    target = m.top()
    m.change(target)
    if isinstance(target, dict):
        joblib_arrays.fill(target, items)


def _global(m: Machine) -> None:
    module = m.window.line(_LONGEST_TEXT)
    m.import_name(module, m.window.line(_LONGEST_TEXT))


def _stack_global(m: Machine) -> None:
    name, module = m.pop(), m.pop()
    m.import_name(module, name)


def _inst(m: Machine) -> None:
    _global(m)  # first of all, as pickle's own unpickler in Python does
    callee = m.pop()
    m.call(callee, tuple(m.pop_mark()[:_LONGEST_TUPLE]))


def _obj(m: Machine) -> None:
    items = m.pop_mark()
    if not items:
        raise Lost("makes an object of nothing")
    m.call(items[0], tuple(items[1:_LONGEST_TUPLE]))


def _reduce(m: Machine) -> None:
    arguments, callee = m.pop(), m.pop()
    m.call(callee, arguments)


def _newobj_ex(m: Machine) -> None:
    m.pop()
    _reduce(m)


def _persistent(m: Machine) -> None:
    identity = m.pop()
    m.imports += 1
    if not (isinstance(identity, tuple) and identity and identity[0] == _STORAGE):
        m.gathered.odd("asks its loader for something else than a tensor's storage")
    m.stack.append(None)


def _persistent_line(m: Machine) -> None:
    m.window.line(_LONGEST_TEXT)
    m.imports += 1
    m.gathered.odd("asks its loader for something else than a tensor's storage")
    m.stack.append(None)


def _extension(size: int) -> Handler:
    def push(m: Machine) -> None:
        m.window.skip(size)
        m.imports += 1
        m.gathered.odd("imports from the extension registry (copyreg)")
        m.stack.append(None)

    return push


def _protocol(m: Machine) -> None:
    if m.window.take(1)[0] > _HIGHEST_PROTOCOL:
        raise Lost(f"is of a protocol above {_HIGHEST_PROTOCOL}")
    if m.evidence == 1:
        m.proto = True


def _frame(m: Machine) -> None:
    length = int.from_bytes(m.window.take(8), "little")
    if length >= _LONGEST_FRAME:
        raise Lost("has a frame that is longer than any file")
    m.enter_frame(length)


def _put_line(m: Machine) -> None:
    m.memo.put(_index(m), m.top())


def _get_line(m: Machine) -> None:
    m.stack.append(m.memo.get(_index(m)))


def _index(m: Machine) -> int:
    try:
        index = int(m.window.line(_LONGEST_TEXT))
    except ValueError as error:
        raise Lost("has a memo index that is no number") from error
    if index < 0:
        raise Lost("has a negative memo index")
    return index


def _put(size: int) -> Handler:
    def put(m: Machine) -> None:
        index = int.from_bytes(m.window.take(size), "little")
        m.memo.put(index, m.top())

    return put


def _get(size: int) -> Handler:
    def get(m: Machine) -> None:
        m.stack.append(m.memo.get(int.from_bytes(m.window.take(size), "little")))

    return get


def _memoize(m: Machine) -> None:
    m.memo.append(m.top())


_BY_OPCODE: dict[int, Handler] = {
    ord("("): _mark,
    ord("0"): _pop,
    ord("1"): Machine.drop_mark,
    ord("2"): _dup,
    ord("F"): _number_line,
    ord("I"): _number_line,
    ord("L"): _number_line,
    ord("K"): _number(1, signed=False),
    ord("M"): _number(2, signed=False),
    ord("J"): _number(4, signed=True),
    ord("G"): _constant(lambda: None, 8),
    ord("N"): _constant(lambda: None),
    0x88: _constant(lambda: True),
    0x89: _constant(lambda: False),
    0x8A: _long(1),
    0x8B: _long(4),
    ord("S"): _quoted_line,
    ord("V"): _raw_line,
    ord("T"): _sized_text(4, signed=True),
    ord("U"): _sized_text(1),
    ord("X"): _sized_text(4),
    0x8C: _sized_text(1),
    0x8D: _sized_text(8),
    ord("B"): _skipped(4),
    ord("C"): _skipped(1),
    0x8E: _skipped(8),
    0x96: _skipped(8),
    0x97: _constant(lambda: None),
    0x98: Machine.top,
    ord(")"): _constant(tuple),
    ord("]"): _constant(lambda: None),
    ord("}"): _constant(dict),
    0x8F: _constant(lambda: None),
    ord("l"): _list,
    ord("d"): _dict,
    ord("t"): _tuple_of_mark,
    0x91: _list,
    0x85: _tuple_of(1),
    0x86: _tuple_of(2),
    0x87: _tuple_of(3),
    ord("a"): _append,
    ord("e"): _append_many,
    0x90: _append_many,
    ord("s"): _set_item,
    ord("u"): _set_items,
    ord("c"): _global,
    0x93: _stack_global,
    ord("i"): _inst,
    ord("o"): _obj,
    ord("R"): _reduce,
    0x81: _reduce,
    0x92: _newobj_ex,
    ord("P"): _persistent_line,
    ord("Q"): _persistent,
    0x82: _extension(1),
    0x83: _extension(2),
    0x84: _extension(4),
    0x80: _protocol,
    0x95: _frame,
    ord("p"): _put_line,
    ord("g"): _get_line,
    ord("q"): _put(1),
    ord("r"): _put(4),
    ord("h"): _get(1),
    ord("j"): _get(4),
    0x94: _memoize,
}
HANDLERS: Final = tuple(_BY_OPCODE.get(opcode) for opcode in range(256))
