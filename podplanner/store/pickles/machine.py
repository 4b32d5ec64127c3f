"""The walk: what a pickle would import and call, found without importing or calling.

The machine keeps the stack, the marks and the memo as `pickle.Unpickler` does, and refuses what
that refuses, but holds instead of objects only what is needed to know the globals:

    bytes   a text, as UTF-8: it may be the name of a module
    Global  an imported name
    tuple   a small tuple that holds something known
    Made    an array's wrapper or dtype of joblib, with what it was made of
    None    anything else

Opcodes: `pickletools` of CPython 3.11, protocols 0 to 5.
"""

import codecs
import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from podplanner.store.pickles import joblib_arrays
from podplanner.store.pickles.allowlist import CODEC, CODECS
from podplanner.store.pickles.findings import Gathered, Global
from podplanner.store.pickles.joblib_arrays import Made
from podplanner.store.pickles.memo import Memo
from podplanner.store.pickles.window import Lost, Stretch, Window

_LONGEST_TEXT = 512
# Bytes of a text that may name something; longer ones are not kept.
_LONGEST_TUPLE = 10
# Items of a tuple that is kept: a persistent id has 5 or 6, a dtype's state 8 or 9.
_LONGEST_INTEGER = 8
# Bytes of an integer that may be the length of an array.
_DEEPEST = 4 * 2**20
# Objects on the stack: 32 MB. picklers put at most 1,000 on it for a list or dict.
_HIGHEST_PROTOCOL = 5
_LONGEST_FRAME = 2**40
_NUMBER = re.compile(rb"[\s+\-0-9a-fA-FxXoOlLnNiItTyY._]+")
# Permits all that Python reads as a number, and no sentence.
_PLAIN_NAME = re.compile(r"[\w.-]+")
_STORAGE = b"storage"
# How torch's persistent ids begin, `torch/serialization.py`.

Value = Any

_FIXED_NONE: Final = (-1,) * 256
_FIXED: Final = tuple(
    {
        ord("K"): 1, ord("M"): 2, ord("J"): 4, ord("G"): 8, ord("N"): 0, 0x88: 0, 0x89: 0,
        ord(")"): 0, ord("]"): 0, ord("}"): 0, 0x8F: 0, 0x97: 0,
    }.get(opcode, -1)
    for opcode in range(256)
)  # fmt: skip
"""Bytes of argument of the opcodes that only push something that does not matter."""
_RUNS: Final = {
    opcode: re.compile(rb"(?:%b.{%d})+" % (re.escape(bytes([opcode])), length), re.DOTALL)
    for opcode, length in enumerate(_FIXED)
    if length > 0
}
"""Many numbers of one kind, one after the other, which a list of numbers is."""
_NUMBERS_APPENDED: Final = re.compile(rb"(?:[IF][-+0-9.einf]{1,32}\na)+")
"""The same in protocol 0, each put in its list at once."""
_SHORT_TEXT, _MEMOIZE, _TUPLE2 = 0x8C, 0x94, 0x86
_TEXT, _BINGET, _BINPUT, _LONG_BINPUT, _MARK, _STOP = b"Xhqr(."
_LINES: Final = b"IF"
_NO_MORE: Final = bytes(3)
# The upper bytes of a length below 256.


class Machine:
    """The walk through one pickle, from where the window is to its STOP."""

    __slots__ = (
        "calls", "evidence", "framed", "gathered", "imports", "marks", "memo", "nested", "proto",
        "stack", "stopped", "values", "window",
    )  # fmt: skip

    def __init__(self, window: Window, gathered: Gathered, *, nested: int = 0) -> None:
        self.window = window
        self.gathered = gathered
        self.nested = nested
        """How many pickles lie around this one."""
        self.stack: list[Value] = []
        self.marks: list[int] = []
        self.memo = Memo()
        self.values = False
        """Whether numbers and dicts are kept too: joblib's arrays are among the opcodes."""
        self.proto = False
        self.framed = False
        self.stopped = False
        self.imports = 0
        self.calls = 0
        self.evidence = 0
        """How many opcodes were followed, the simplest ones not counted."""

    def run(self) -> None:
        """Walk to the STOP.

        Raises:
            Lost: The pickle cannot be followed to its end.
        """
        window, memo = self.window, self.memo
        while True:
            if window.at >= window.soft:
                self._read_on()
            self._run_simple(window, memo)
            if window.at >= window.soft:
                continue
            opcode = window.data[window.at]
            window.at += 1
            self.evidence += 1
            if opcode == _STOP:
                self.top()
                self.stopped = True
                return
            handler = _HANDLERS[opcode]
            if handler is None:
                raise Lost(f"has a byte that is no opcode (0x{opcode:02x})")
            handler(self)

    def _read_on(self) -> None:
        if self.window.ended:
            raise Lost("is cut off")
        if len(self.stack) > _DEEPEST:
            raise Lost("puts too much on its stack")
        self.window.more()
        if self.window.at >= self.window.soft:
            raise Lost("is cut off")

    def _run_simple(self, window: Window, memo: Memo) -> None:
        """Walk as long as the opcodes are those of which big pickles consist.

        One function with local names, since it runs once for every few bytes; an opcode that
        needs more than here is left to its own function below.
        """
        data, at, soft = window.data, window.at, window.soft
        stack, fixed = self.stack, _FIXED_NONE if self.values else _FIXED
        push, floor = stack.append, self.marks[-1] if self.marks else 0
        while at < soft:
            opcode = data[at]
            length = fixed[opcode]
            if length >= 0:
                push(None)
                at += length + 1
                if length and data[at] == opcode:
                    run = _RUNS[opcode].match(data, at, window.limit)
                    if run:
                        stack.extend([None] * ((run.end() - at) // (length + 1)))
                        at = run.end()
            elif opcode == _SHORT_TEXT:
                end = at + 2 + data[at + 1]
                if end > soft:
                    break
                push(data[at + 2 : end])
                at = end
            elif opcode == _MEMOIZE and len(stack) > floor:
                memo.append(stack[-1])
                at += 1
            elif opcode == _BINGET:
                push(memo.get(data[at + 1]))
                at += 2
            elif opcode == _BINPUT and len(stack) > floor:
                memo.put(data[at + 1], stack[-1])
                at += 2
            elif opcode == _LONG_BINPUT and len(stack) > floor:
                memo.put(int.from_bytes(data[at + 1 : at + 5], "little"), stack[-1])
                at += 5
            elif opcode == _TEXT and data[at + 2 : at + 5] == _NO_MORE:
                end = at + 5 + data[at + 1]
                if end > soft:
                    break
                push(data[at + 5 : end])
                at = end
            elif opcode == _TUPLE2 and len(stack) > floor + 1 and fixed is _FIXED:
                second, first = stack.pop(), stack.pop()
                push(None if first is None and second is None else (first, second))
                at += 1
            elif opcode == _MARK:
                floor = len(stack)
                self.marks.append(floor)
                at += 1
            elif opcode in _LINES and len(stack) > floor and stack[-1] is None:
                run = _NUMBERS_APPENDED.match(data, at, window.limit)
                if not run:
                    break
                at = run.end()
            else:
                break
        window.at = at

    # --- the stack ---

    def pop(self) -> Value:
        """Take what is on top."""
        if len(self.stack) <= (self.marks[-1] if self.marks else 0):
            raise Lost("takes from an empty stack")
        return self.stack.pop()

    def top(self) -> Value:
        """Return what is on top and leave it there."""
        if len(self.stack) <= (self.marks[-1] if self.marks else 0):
            raise Lost("takes from an empty stack")
        return self.stack[-1]

    def pop_mark(self) -> list[Value]:
        """Take all that is above the last mark, and the mark."""
        if not self.marks:
            raise Lost("has no mark where one is needed")
        start = self.marks.pop()
        items = self.stack[start:]
        del self.stack[start:]
        return items

    def drop_mark(self) -> None:
        """Take all that is above the last mark, and forget it."""
        if not self.marks:
            raise Lost("has no mark where one is needed")
        del self.stack[self.marks.pop() :]

    # --- imports and calls ---

    def import_name(self, module: Value, name: Value) -> None:
        """Note a global and push it."""
        self.imports += 1
        if not isinstance(module, bytes) or not isinstance(name, bytes):
            self.gathered.odd("imports a name that is put together while it loads")
            self.stack.append(None)
            return
        self.memo.keep(module)
        self.memo.keep(name)
        found = Global(_text(module), _text(name))
        if not self.proto and not (
            _PLAIN_NAME.fullmatch(found.module) and _PLAIN_NAME.fullmatch(found.name)
        ):
            raise Lost("imports what cannot be a name")
        self.gathered.imports(found)
        self.values = self.values or found == joblib_arrays.WRAPPER
        self.stack.append(found)

    def call(self, callee: Value, arguments: Value) -> None:
        """Note a call, and push what it returns."""
        self.calls += 1
        if not isinstance(callee, Global):
            self.gathered.odd("calls something that it has made itself")
        elif callee == CODEC and not _only_encodes(arguments):
            self.gathered.odd("uses _codecs.encode with another codec than latin-1 or UTF-8")
        made = self.values and joblib_arrays.makes(callee)
        self.stack.append(Made(callee, arguments) if made else None)

    def change(self, target: Value) -> None:
        """Note that an object is changed in place."""
        if isinstance(target, Global):
            self.gathered.odd("changes an imported object itself")


def _only_encodes(arguments: Value) -> bool:
    return isinstance(arguments, tuple) and len(arguments) == 2 and arguments[1] in CODECS


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")


# --- one function for each opcode that needs more than a line ---


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


def _number(size: int, *, signed: bool) -> "Callable[[Machine], None]":
    def push(m: Machine) -> None:
        raw = m.window.take(size)
        m.stack.append(int.from_bytes(raw, "little", signed=signed))

    return push


def _constant(make: "Callable[[], Value]", size: int = 0) -> "Callable[[Machine], None]":
    def push(m: Machine) -> None:
        m.window.skip(size)
        m.stack.append(make())

    return push


def _skipped(size: int, *, signed: bool = False) -> "Callable[[Machine], None]":
    """Return what passes over bytes whose length stands before them in `size` bytes."""

    def push(m: Machine) -> None:
        m.window.skip(_length(m, size, signed=signed))
        m.stack.append(None)

    return push


def _long(size: int) -> "Callable[[Machine], None]":
    def push(m: Machine) -> None:
        length = _length(m, size, signed=size > 1)
        if m.values and length <= _LONGEST_INTEGER:
            m.stack.append(int.from_bytes(m.window.take(length), "little", signed=True))
        else:
            m.window.skip(length)
            m.stack.append(None)

    return push


def _sized_text(size: int, *, signed: bool = False) -> "Callable[[Machine], None]":
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
    line = m.window.line(_LONGEST_TEXT * 4)
    if len(line) == _LONGEST_TEXT * 4:
        m.stack.append(None)
        return
    text = line.strip()
    if len(text) < 2 or text[0] != text[-1] or text[:1] not in (b"'", b'"'):
        raise Lost("has a text without quotes")
    text = text[1:-1]
    if b"\\" in text:
        try:
            text = codecs.escape_decode(text)[0]  # type: ignore[attr-defined]  as pickle does
        except ValueError as error:
            raise Lost("has a text that cannot be read") from error
    m.stack.append(text if len(text) <= _LONGEST_TEXT else None)


def _raw_line(m: Machine) -> None:
    line = m.window.line(_LONGEST_TEXT * 4)
    if len(line) == _LONGEST_TEXT * 4:
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


def _tuple_of(count: int) -> "Callable[[Machine], None]":
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
    arguments = m.pop_mark()
    _global(m)
    m.call(m.pop(), tuple(arguments[:_LONGEST_TUPLE]))


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


def _build(m: Machine) -> None:
    state = m.pop()
    target = m.top()
    m.calls += 1
    m.change(target)
    if isinstance(target, Made):
        target.state = state
        if target.callee == joblib_arrays.WRAPPER:
            m.stack[-1] = None
            _pass_array(m, target)


def _pass_array(m: Machine, wrapper: Made) -> None:
    """Pass over the array that joblib writes behind its wrapper, among the opcodes."""
    array = joblib_arrays.array_of(wrapper)
    if array.has_objects:
        if m.nested >= joblib_arrays.DEEPEST:
            raise Lost("has arrays in arrays too deep")
        Machine(m.window, m.gathered, nested=m.nested + 1).run()
        return
    if _reads_like_opcodes(m):
        m.gathered.odd("has opcodes where joblib has an array")
    if array.is_padded:
        m.window.skip(m.window.take(1)[0])
    m.window.skip(array.size)


def _reads_like_opcodes(m: Machine) -> bool:
    """Return whether what lies ahead would import, for an unpickler that knows no arrays.

    `pickle.load` takes for opcodes what `joblib.load` takes for an array; bytes of an array are
    no opcodes, or not for long.
    """
    ahead = m.window.peek(joblib_arrays.PROBE)
    probe = Machine(Window(Stretch(lambda at, size: ahead[at : at + size], 0, len(ahead))), Gathered())
    probe.proto = True
    probe.memo = _AnyMemo()
    probe.stack = [None] * len(m.stack)
    probe.marks = list(m.marks)
    try:
        probe.run()
    except Lost:
        return probe.imports > 0 or probe.window.offset >= len(ahead)
    return probe.imports > 0


class _AnyMemo(Memo):
    """A memo in which everything is set, to a value that is not known."""

    def put(self, index: int, value: Value) -> None:
        """Forget it."""

    def get(self, index: int) -> Value:
        """Return what is not known."""
        return None


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


def _extension(size: int) -> "Callable[[Machine], None]":
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
    if int.from_bytes(m.window.take(8), "little") < _LONGEST_FRAME:
        m.framed = True


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


def _put(size: int) -> "Callable[[Machine], None]":
    def put(m: Machine) -> None:
        index = int.from_bytes(m.window.take(size), "little")
        m.memo.put(index, m.top())

    return put


def _get(size: int) -> "Callable[[Machine], None]":
    def get(m: Machine) -> None:
        m.stack.append(m.memo.get(int.from_bytes(m.window.take(size), "little")))

    return get


def _memoize(m: Machine) -> None:
    m.memo.append(m.top())


_BY_OPCODE: dict[int, Callable[[Machine], None]] = {
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
    ord("b"): _build,
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
_HANDLERS: Final = tuple(_BY_OPCODE.get(opcode) for opcode in range(256))
