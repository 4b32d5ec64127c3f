"""The state of a walk through a pickle: stack, marks, memo, and what was imported and called.

It is that of `pickle.Unpickler`, and refuses what that refuses, but holds instead of objects only
what is needed to know the globals:

    bytes   a text, as UTF-8: it may be the name of a module
    Global  an imported name
    tuple   a small tuple that holds something known
    Made    an array's wrapper or dtype of joblib, with what it was made of
    None    anything else
"""

import re
from typing import Any

from podplanner.store.pickles import joblib_arrays
from podplanner.store.pickles.allowlist import CODEC, CODECS
from podplanner.store.pickles.findings import Gathered, Global
from podplanner.store.pickles.joblib_arrays import Made
from podplanner.store.pickles.memo import Memo
from podplanner.store.pickles.window import Lost, Window

_FRAME_ODDITY = "has a frame that ends inside of an opcode"
_PLAIN_NAME = re.compile(r"[\w.-]*")

Value = Any


class Machine:
    """The walk through one pickle, from where the window is to its STOP."""

    __slots__ = (
        "calls",
        "evidence",
        "frame_end",
        "framed",
        "gathered",
        "imports",
        "marks",
        "memo",
        "names",
        "nested",
        "proto",
        "stack",
        "values",
        "window",
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
        self.frame_end = 0
        """Where the frame ends that the window is in; 0: in none."""
        self.imports = 0
        self.names = 0
        """How many of the imports could be of a name that somebody gave."""
        self.calls = 0
        self.evidence = 0
        """How many opcodes were followed, the simplest ones not counted."""

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

    # --- frames ---

    def enter_frame(self, length: int) -> None:
        """Note that a frame begins."""
        if self.frame_end:
            self.gathered.odd(_FRAME_ODDITY)
        self.framed = True
        self.frame_end = self.window.offset + length

    def leave_frame(self) -> None:
        """Note that the pickle or an opcode ends where the frame does, or elsewhere.

        An unpickler that reads a frame at once loses what an opcode has left of it, and so reads
        other names than those that stand there; no pickler parts an opcode.
        """
        if self.frame_end and self.window.offset != self.frame_end:
            self.gathered.odd(_FRAME_ODDITY)
        self.frame_end = 0

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
        self.names += found.module.isprintable() and found.name.isprintable()
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
    return raw.decode("utf-8", "surrogateescape")
