"""Line rates of links in bytes per second: PCI Express, SATA and SAS, Ethernet.

Line rate less encoding, rounded down to whole bytes. What the protocols above take (packet headers
of PCI Express, frames of SATA and SAS) is not taken off: it depends on the size of each transfer,
so these are limits that no transfer passes, not rates that one reaches.
"""

from decimal import Decimal
from fractions import Fraction

_BITS_A_BYTE = 8

_PCIE = {
    1: (Fraction(5, 2), Fraction(8, 10)),
    2: (Fraction(5), Fraction(8, 10)),
    3: (Fraction(8), Fraction(128, 130)),
    4: (Fraction(16), Fraction(128, 130)),
    5: (Fraction(32), Fraction(128, 130)),
}
# Gigatransfers a second of one lane and the share that its encoding leaves: 8b/10b in generations
# 1 and 2, 128b/130b from 3 on (PCI-SIG, PCI Express Base Specification 5.0, section 4.2).

PCIE_GENERATIONS = tuple(_PCIE)
PCIE_LANES = (1, 2, 4, 8, 16)
# Widths of slots and cards that are sold (PCI Express Card Electromechanical Specification).

_SERIAL_ENCODING = Fraction(8, 10)
# SATA 1.5, 3 and 6 Gb/s and SAS 1.5 to 12 Gb/s send 10 bits for 8 (Serial ATA Revision 3.0, link
# layer; T10 SPL-3, 8b10b coding), so that 3 Gb/s are 300 MB/s.
_SAS4_LINE = Decimal("22.5")
_SAS4_ENCODING = Fraction(128, 150)
# "24G" SAS runs at 22.5 Gb/s and sends 150 bits for 128 (T10 SPL-4, packet mode): 2,400 MB/s.

STANDARD_FRAME = 1500
JUMBO_FRAME = 9000
# Bytes that an Ethernet frame carries: IEEE 802.3, section 3.2.7; jumbo frames are a convention.
_FRAME_AROUND = 38
# Preamble and start 8, header 14, check sum 4, gap 12 bytes (IEEE 802.3, sections 3.1.1 and 4.4.2).
_HEADERS = 52
# IPv4 20 (RFC 791), TCP 20 (RFC 9293), time stamps 12 (RFC 7323, on by default in Linux).


def pcie_rate(generation: int, lanes: int) -> int:
    """Return what a PCI Express link carries one way, in bytes per second.

    Args:
        generation: 1 to 5.
        lanes: Electrical lanes, at least 1.

    Raises:
        ValueError: The generation is not known here, or there are no lanes.

    >>> pcie_rate(2, 8), pcie_rate(3, 4)
    (4000000000, 3938461538)
    """
    if generation not in _PCIE:
        raise ValueError(f"no rate is known for PCI Express generation {generation}")
    if lanes < 1:
        raise ValueError(f"a link has at least one lane, not {lanes}")
    transfers, encoding = _PCIE[generation]
    return _whole(transfers * lanes, encoding)


def serial_rate(gigabits: Decimal) -> int:
    """Return what one SATA or SAS link carries one way, in bytes per second.

    Args:
        gigabits: Line rate in Gb/s, encoding included, above 0: 1.5, 3, 6, 12 or 22.5.

    Raises:
        ValueError: The rate is not above 0.

    >>> serial_rate(Decimal(3)), serial_rate(Decimal("22.5"))
    (300000000, 2400000000)
    """
    encoding = _SAS4_ENCODING if gigabits == _SAS4_LINE else _SERIAL_ENCODING
    return _whole(_positive(gigabits), encoding)


def ethernet_rate(gigabits: Decimal, *, frame: int = STANDARD_FRAME) -> int:
    """Return the payload that TCP carries over one Ethernet port one way, in bytes per second.

    Args:
        gigabits: Rate of the port in Gb/s, above 0 (Ethernet's names leave the encoding out).
        frame: Bytes that one frame carries (MTU), above 52.

    Raises:
        ValueError: The rate is not above 0, or the frame has no room beside its headers.

    >>> ethernet_rate(Decimal(1)), ethernet_rate(Decimal(1), frame=JUMBO_FRAME)
    (117685305, 123755255)
    """
    if frame <= _HEADERS:
        raise ValueError(f"a frame of {frame} bytes has no room beside {_HEADERS} of headers")
    return _whole(_positive(gigabits), Fraction(frame - _HEADERS, frame + _FRAME_AROUND))


def _positive(gigabits: Decimal) -> Fraction:
    if not gigabits.is_finite() or gigabits <= 0:
        raise ValueError(f"a line rate is above 0 Gb/s, not {gigabits}")
    return Fraction(gigabits)


def _whole(gigabits: Fraction, share: Fraction) -> int:
    """Return `share` of gigabits a second as whole bytes, rounded down."""
    return int(gigabits * share * 10**9 / _BITS_A_BYTE)
