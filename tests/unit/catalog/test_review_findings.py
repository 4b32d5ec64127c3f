"""What a review found, each as a law."""

from datetime import date
from decimal import Decimal

import pytest
from openpyxl import Workbook

from podplanner.catalog.editing import Draft
from podplanner.catalog.library import library
from podplanner.catalog.opening import open_bill
from podplanner.catalog.pod import assemble
from podplanner.catalog.readers import read_bill
from podplanner.catalog.readers.native import bill_of_toml
from podplanner.errors import FormatError
from podplanner.planning.cost import DriveChoice, cost_of
from podplanner.planning.rounding import inferred_step
from podplanner.rules import ALL_RULES
from podplanner.rules.base import Severity, run

HEADED = """[[line]]
id = "a"
title = "A"
quantity = 1
unit_price = "5.00"

# ===== Fans =====

[[line]]
id = "b"
title = "B"
quantity = 2
"""


def pod_of(text):
    return assemble(bill_of_toml(text, "pod.toml"), library(), as_of=date(2026, 11, 23))


def test_a_new_key_goes_behind_the_last_one_and_not_behind_the_next_heading():
    after = Draft.of(HEADED, "pod.toml").with_values(0, {"note": "spare"})
    assert after.text.index("note =") < after.text.index("# ===== Fans =====")
    assert "# ===== Fans =====" in after.without_line(0).text


def test_backplanes_without_any_adapter_or_cable_are_said():
    pod = pod_of('[[line]]\nid = "p"\npart = "CFI-B53PM"\nquantity = 9\n')
    said = {v.rule.code: v.severity for v in run(ALL_RULES, pod)}
    assert said["FIT002"] is Severity.UNKNOWN
    assert said["FIT003"] is Severity.UNKNOWN


def test_round_prices_hide_no_wrong_total():
    rows = [("1", "100"), ("2", "100"), ("3", "100"), ("5", "100"), ("3", "150")]
    totals = ["100.00", "200.00", "300.00", "500.00", "500.00"]
    text = "".join(
        f'[[line]]\ntitle = "T{n}"\nquantity = {q}\nunit_price = "{u}.00"\ntotal = "{t}"\n'
        for n, ((q, u), t) in enumerate(zip(rows, totals, strict=True))
    )
    assert inferred_step(bill_of_toml(text, "x").lines) is None


def test_drives_are_priced_for_the_bays_that_are_left():
    text = (
        '[[line]]\nid = "p"\npart = "CFI-B53PM"\nquantity = 9\n'
        '[[line]]\nid = "d"\ntitle = "Disk drive"\nquantity = 40\nunit_price = "100.00"\n'
    )
    cost = cost_of(pod_of(text), drives=DriveChoice("4 TB", None, Decimal(120), 4 * 10**12))
    assert [line.quantity for line in cost.lines if line.position is None] == [Decimal(5)]


def test_a_price_set_after_every_quote_is_the_price():
    text = (
        'currency = "USD"\n[[line]]\nid = "a"\ntitle = "A"\nquantity = 1\nunit_price = "100.00"\n'
        'price_date = 2026-11-20\n[[quote]]\npart = "a"\nvendor = "V"\ndate = 2026-11-01\n'
        'unit_price = "260.00"\n'
    )
    assert cost_of(pod_of(text)).total == Decimal("100.00")


def test_a_blank_cell_in_the_last_row_of_a_sheet_costs_nothing(tmp_path):
    book = Workbook()
    book.active.append(["Item", "Qty", "Price"])
    book.active.append(["Fan", 2, 3.5])
    book.active["A1048576"].number_format = "0.00"
    book.save(tmp_path / "a.xlsx")
    assert len(read_bill(tmp_path / "a.xlsx").lines) == 1


def test_a_bill_in_a_bill_is_no_standard_input(tmp_path):
    (tmp_path / "a.toml").write_text('[[line]]\ntitle = "x"\nquantity = 1\nbill = "-"\n')
    with pytest.raises(FormatError, match="not `-`"):
        open_bill(tmp_path / "a.toml", {})


def test_a_port_is_the_same_with_and_without_its_piece():
    pod = pod_of(
        '[[line]]\nid = "c"\ntitle = "SATA card"\nquantity = 1\n'
        '[[line]]\nid = "b"\ntitle = "Backplane"\nquantity = 2\n'
        '[[link]]\nfrom = "c:1"\nto = "b"\n[[link]]\nfrom = "c.1:1"\nto = "b.2"\n'
    )
    assert "LNK002" in [verdict.rule.code for verdict in run(ALL_RULES, pod)]
