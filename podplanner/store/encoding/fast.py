"""FAST: numbers as planes of bytes, each packed where that pays."""

from typing_extensions import Buffer

from podplanner.store.encoding.elements import Element
from podplanner.store.encoding.form import Form, run_of


def encode_fast(plain: memoryview, element: Element) -> list[Buffer] | None:
    """Return the parts of the stored form; None when no plane shrinks."""
    from podplanner.store.encoding.planes import split

    whole = len(plain) - len(plain) % element.width
    planes = split(plain[:whole], element.width, turned=element.exponent_bits > 0)
    runs = [run_of(plane.data) for plane in planes]
    if not any(run.packed for run in runs):
        return None
    return Form(element, 0, runs, plain[whole:]).parts()


def decode_fast(stored: memoryview, out: memoryview) -> None:
    """Fill `out` from a stored form.

    Raises:
        ObjectCorruptError: The form contradicts itself or the length of `out`.
    """
    import numpy as np

    from podplanner.store.encoding.planes import join

    form = Form.read(stored, length=len(out), more=0)
    count = len(out) // form.element.width
    planes = [np.frombuffer(run.plain(count), np.uint8) for run in form.runs]
    join(planes, out[: count * len(planes)], turned=form.element.exponent_bits > 0)
    out[count * len(planes) :] = form.tail
