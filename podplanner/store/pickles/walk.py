"""The walk: what a pickle would import and call, found without importing or calling."""

import re
from typing import Final

from podplanner.store.pickles import joblib_arrays
from podplanner.store.pickles.findings import Gathered
from podplanner.store.pickles.joblib_arrays import Made
from podplanner.store.pickles.machine import Machine, Value
from podplanner.store.pickles.memo import Memo
from podplanner.store.pickles.opcodes import HANDLERS
from podplanner.store.pickles.window import Lost, Stretch, Window, bytes_reader

_DEEPEST = 4 * 2**20
# Objects on the stack: 32 MB. Picklers put at most 1,000 there for a list or a dict.
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
_TEXT, _BINGET, _BINPUT, _LONG_BINPUT, _MARK, _BUILD, _STOP = b"Xhqr(b."
_LINES: Final = b"IF"
_FILLS: Final = b"eu"
_NO_MORE: Final = bytes(3)
# The upper bytes of a length below 256.


def walk(machine: Machine) -> None:
    """Walk to the STOP.

    Raises:
        Lost: The pickle cannot be followed to its end.
    """
    window, memo = machine.window, machine.memo
    while True:
        if window.at >= window.soft:
            _read_on(machine)
        _run_simple(machine, window, memo)
        if machine.frame_end and window.offset >= machine.frame_end:
            machine.leave_frame()
            continue
        if window.at >= window.soft:
            continue
        opcode = window.data[window.at]
        window.at += 1
        machine.evidence += 1
        if opcode == _STOP:
            machine.top()
            machine.leave_frame()
            return
        if opcode == _BUILD:
            _build(machine)
            continue
        handler = HANDLERS[opcode]
        if handler is None:
            raise Lost(f"has a byte that is no opcode (0x{opcode:02x})")
        handler(machine)


def _read_on(machine: Machine) -> None:
    if machine.window.ended:
        raise Lost("is cut off")
    if len(machine.stack) > _DEEPEST:
        raise Lost("puts too much on its stack")
    machine.window.more()
    if machine.window.at >= machine.window.soft:
        raise Lost("is cut off")


def _run_simple(machine: Machine, window: Window, memo: Memo) -> None:
    """Walk as long as the opcodes are those of which big pickles consist.

    One function with local names, since it runs once for every few bytes; an opcode that
    needs more than here is left to its own function.
    """
    data, at, soft, limit = window.data, window.at, window.soft, window.limit
    if machine.frame_end:
        limit = min(limit, at + machine.frame_end - window.offset)
        soft = min(soft, limit)
    stack, fixed = machine.stack, _FIXED_NONE if machine.values else _FIXED
    push, marks = stack.append, machine.marks
    floor = marks[-1] if marks else 0
    while at < soft:
        opcode = data[at]
        length = fixed[opcode]
        if length >= 0:
            push(None)
            at += length + 1
            if length and data[at] == opcode:
                run = _RUNS[opcode].match(data, at, limit)
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
            machine.marks.append(floor)
            at += 1
        elif opcode in _LINES and len(stack) > floor and stack[-1] is None:
            run = _NUMBERS_APPENDED.match(data, at, limit)
            if not run:
                break
            at = run.end()
        else:
            break
    window.at = at


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
    m.leave_frame()
    array = joblib_arrays.array_of(wrapper)
    if array.has_objects:
        if m.nested >= joblib_arrays.DEEPEST:
            raise Lost("has arrays in arrays too deep")
        walk(Machine(m.window, m.gathered, nested=m.nested + 1))
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
    probe = Machine(Window(Stretch(bytes_reader(ahead), 0, len(ahead))), Gathered())
    probe.proto = True
    probe.memo = _AnyMemo()
    probe.stack = [None] * len(m.stack)
    probe.marks = list(m.marks)
    try:
        walk(probe)
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
