"""Elements: how wide the numbers of a tensor are, and how their bits are laid out."""

from dataclasses import dataclass

WIDTHS = (1, 2, 4, 8)
"""Bytes of an element that the transforms know; anything else is taken byte by byte."""


@dataclass(frozen=True, slots=True)
class Element:
    """One number of a tensor, little-endian: sign, exponent, mantissa; or an integer."""

    width: int
    """Bytes: one of `WIDTHS`."""
    exponent_bits: int = 0
    """0: no floating-point number."""

    @property
    def mantissa_bits(self) -> int:
        """Bits below the exponent."""
        return 8 * self.width - 1 - self.exponent_bits


_FLOATS = {
    "BF16": Element(2, 8),
    "F16": Element(2, 5),
    "F32": Element(4, 8),
    "F64": Element(8, 11),
    "C64": Element(4, 8),
    "F8_E4M3": Element(1, 4),
    "F8_E4M3FNUZ": Element(1, 4),
    "F8_E5M2": Element(1, 5),
    "F8_E5M2FNUZ": Element(1, 5),
    "GGML:F16": Element(2, 5),
    "GGML:BF16": Element(2, 8),
    "GGML:F32": Element(4, 8),
    "GGML:F64": Element(8, 11),
}
# Names as safetensors and GGUF give them; a complex number is two real ones.


def element_of(width: int, dtype: str) -> Element:
    """Return what an element of this name is; one of unknown name is an integer of `width`."""
    return _FLOATS.get(dtype) or Element(width if width in WIDTHS else 1)
