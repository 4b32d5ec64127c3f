"""Figures with units, as part files write them."""

from decimal import Decimal

import pytest
from pydantic import TypeAdapter, ValidationError

from podplanner.units.quantity import Amps, Bytes, Millimetres, Volts, Watts, say_bytes


@pytest.mark.parametrize(
    ("kind", "written", "value"),
    [
        (Bytes, "18 TB", 18 * 10**12),
        (Bytes, "4 GiB", 4 * 2**30),
        (Bytes, "1.5 TB", 15 * 10**11),
        (Bytes, "512 B", 512),
        (Bytes, 7, 7),
        (Watts, "9.4 W", Decimal("9.4")),
        (Watts, "1.2 kW", Decimal(1200)),
        (Amps, "2.16 A", Decimal("2.16")),
        (Amps, "650 mA", Decimal("0.65")),
        (Volts, "12 V", Decimal(12)),
        (Millimetres, "12 in", Decimal("304.8")),
        (Millimetres, "1 ft", Decimal("304.8")),
        (Millimetres, "3 cm", Decimal(30)),
    ],
)
def test_figure_is_read_with_its_unit(kind, written, value):
    assert TypeAdapter(kind).validate_python(written) == value


@pytest.mark.parametrize(
    ("kind", "written"),
    [(Bytes, "18"), (Bytes, "18 tb"), (Bytes, True), (Bytes, 1.5), (Watts, 9.4), (Watts, "9.4 A"),
     (Amps, "2,16 A"), (Millimetres, ""), (Volts, "twelve V"), (Watts, "1e3 W")],
)  # fmt: skip
def test_figure_without_a_unit_or_with_a_wrong_one_is_refused(kind, written):
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(written)


@pytest.mark.parametrize(
    ("size", "said"),
    [(4 * 10**12, "4 TB"), (160 * 10**9, "160 GB"), (15 * 10**11, "1.5 TB"), (999, "999 B"),
     (0, "0 B"), (10**15, "1 PB"), (720 * 10**12, "720 TB")],
)  # fmt: skip
def test_size_is_said_as_drive_makers_print_it(size, said):
    assert say_bytes(size) == said
