"""Who a drive is: by model and serial number, and only by a serial number that is one.

World-wide names are no key: makers gave the same one to several drives. Nor is a serial number
that someone masked before sharing a recording, or that a firmware left blank.
"""

import re

_WORDS = frozenset({
    "redacted", "masked", "hidden", "removed", "anonymized", "anonymised", "censored", "private",
    "secret", "unknown", "none", "null", "nil", "nan", "na", "notavailable", "notspecified",
    "notset", "noinformationfound", "yes", "no", "true", "false", "default", "empty", "serial",
    "serialno", "serialnumber", "snnumber", "sn", "tobefilledbyoem", "tobefilled", "invalid",
    "example", "sample", "test", "testserial", "fake", "dummy", "placeholder", "xyzzzz", "foo",
    "foobar", "bar", "deadbeef",
})  # fmt: skip
# What people and tools write in its place; recorded: REDACTED, yes. Letters and figures alone.
_MASK = re.compile(r"X{4,}|[*#?•█]{2,}|\.{3,}|-{4,}|_{4,}|\?+|REDACT|MASKED|<[^>]*>|\ufffd")
# Runs that stand for what was there: 9RK1XXXX, Z1Z5DWJK0000XXXXXXXX, ****1234.
_RUN = re.compile(r"(.)\1{7,}$")
# One character to the end, eight times or more: MK0000000000000.
_REPEATED = re.compile(r"(.{1,3}?)\1{3,}.?")
# A short piece over and over: 74747474X, ABABABAB.
_COUNTED = ("12345678", "01234567", "87654321", "ABCDEFGH")
# Typed along the keyboard: 123456789012, AR01234567890C.
_SHORTEST = 4
# No maker's serial number is shorter.


def plain(text: str | None) -> str | None:
    """Return a name as drives give it without padding, line breaks and control characters.

    >>> plain("  WDC  WD40EFRX ")
    'WDC WD40EFRX'
    """
    if text is None:
        return None
    shown = "".join(mark if mark.isprintable() else " " for mark in text[:200])
    # No protocol has a longer name: NVMe's model is 40 characters, SCSI's designators below 200.
    return " ".join(shown.split()) or None


def is_masked(serial: str, model: str = "") -> bool:
    """Return whether a serial number is masked, a filler, or anything but one drive's own.

    >>> is_masked("9RK1XXXX"), is_masked("REDACTED"), is_masked("WD-WCC7K4ABCDE5")
    (True, True, False)
    """
    upper = "".join(serial.upper().split())
    bare = re.sub(r"[^A-Z0-9]", "", upper)
    return (
        len(bare) < _SHORTEST
        or bare.lower() in _WORDS
        or len(set(bare)) == 1
        or _MASK.search(upper) is not None
        or _RUN.search(bare) is not None
        or (len(bare) >= 2 * _SHORTEST and _REPEATED.fullmatch(bare) is not None)
        or any(digits in bare for digits in _COUNTED)
        or bare == re.sub(r"[^A-Z0-9]", "", model.upper())
    )


def key_of(model: str | None, serial: str | None) -> str | None:
    """Return `MODEL/SERIAL` to compare drives by; None where no serial number is known.

    Case and spaces do not count, nor does the vendor `ATA` that SCSI layers put before a model.

    >>> key_of("WDC WD40EFRX-68N32N0", "wd-wcc7k4abcde5")
    'WDC WD40EFRX-68N32N0/WD-WCC7K4ABCDE5'
    >>> key_of("WDC WD40EFRX-68N32N0", "XXXXXXXX") is None
    True
    """
    model, serial = plain(model), plain(serial)
    if model is None or serial is None or is_masked(serial, model):
        return None
    return f"{model.upper().removeprefix('ATA ')}/{''.join(serial.upper().split())}"
