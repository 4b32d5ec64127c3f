"""Serial numbers as people read them off labels, and as drives say them."""

import re

_SAS_LENGTH, _LABEL_LENGTH = 20, 8
# Seagate's SAS drives say twenty characters, of which the label shows the first eight.
_PREFIX = re.compile(r"WD-(?=\w{6})")
# Western Digital's SATA drives say `WD-WCC4...`, their labels `WCC4...`.


def plain(serial: str) -> str:
    """Return a serial number in the form in which two are compared.

    >>> plain(" wd-wcc4e1234567 "), plain("WCC4E1234567")
    ('WCC4E1234567', 'WCC4E1234567')
    """
    return _PREFIX.sub("", "".join(serial.upper().split()), count=1)


def is_label_of(label: str, said: str) -> bool:
    """Return whether a label shows the beginning of a serial number that a SAS drive says."""
    short, full = plain(label), plain(said)
    return (
        len(short) == _LABEL_LENGTH and len(full) == _SAS_LENGTH and full.startswith(short)
    )  # fmt: skip
