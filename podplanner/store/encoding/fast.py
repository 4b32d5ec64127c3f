"""FAST: numbers as planes of bytes, each packed where that pays."""

from typing_extensions import Buffer

from podplanner.store.encoding.damage import damaged
from podplanner.store.encoding.elements import Element
from podplanner.store.encoding.form import Form, run_of


def encode_fast(plain: memoryview, element: Element) -> list[Buffer] | None:
    """Return the parts of the stored form; None when no plane shrinks."""
    from podplanner.store.encoding.planes import split, words_of

    whole = len(plain) - len(plain) % element.width
    planes = split(words_of(plain[:whole], element.width), turned=element.exponent_bits > 0)
    runs = [run_of(plane.data) for plane in planes]
    if not any(run.packed for run in runs):
        return None
    return Form(element, 0, runs, plain[whole:]).parts()


def decode_fast(stored: memoryview, out: memoryview) -> None:
    """Fill `out` from a stored form.

    Raises:
        ObjectCorruptError: The form contradicts itself or the length of `out`.
    """
    from podplanner.store.encoding.planes import bytes_of, join, words_of

    form = Form.read(stored, length=len(out), more=0)
    if form.number:
        raise damaged("its head names no form that is known")
    width = form.element.width
    whole = len(out) - len(out) % width
    planes = [bytes_of(run.plain(whole // width)) for run in form.runs]
    join(planes, words_of(out[:whole], width), turned=form.element.exponent_bits > 0)
    out[whole:] = form.tail
