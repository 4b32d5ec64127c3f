"""Rows that strangers' lists hold, each with what it is: a part, a charge, a sum, or words."""

from decimal import Decimal

import pytest

from podplanner.catalog.readers import read_source
from podplanner.catalog.readers.source import Source
from podplanner.errors import NotABillError


def read(text, name="list.csv"):
    return read_source(Source(name, text.encode()))


def numbers(bill):
    return [
        tuple(None if n is None else f"{n:f}" for n in (line.quantity, line.unit_price, line.total))
        for line in bill.lines
    ]


def test_a_note_about_shipping_or_tax_makes_no_part_a_charge():
    bill = read(
        "Item,Qty,Price,Notes\nBoard,1,200.00,free shipping\nDisk,1,150.00,price incl. tax\n"
        "Case,1,90.00,rebate pending\n"
    )
    assert [line.title for line in bill.lines] == ["Board", "Disk", "Case"]
    assert bill.charges == ()


@pytest.mark.parametrize(
    "title", ["IronWolf 8TB (free shipping)", "Synology DS423 incl. VAT", "R720 with 10% discount"]
)
def test_a_part_that_mentions_a_charge_is_a_part(title):
    bill = read(f"Item,Qty,Price,Total\n{title},1,150.00,150.00\nCable,2,3.00,6.00\n")
    assert [line.title for line in bill.lines] == [title, "Cable"]


def test_numbers_of_materials_leave_the_name_to_the_short_text():
    bill = read(
        "Pos.\tMaterial\tKurztext\tMenge\tME\tPreis\tWert\n10\t100-4711\tNetzteil\t2\tST\t85,00\t170,00\n"
        "20\t100-4712\tGehäuse\t1\tST\t99,00\t99,00\n\t\tGesamtwert\t\t\t\t269,00\n", "sap.txt",
    )  # fmt: skip
    assert [(line.mpn, line.title, line.unit) for line in bill.lines] == [
        ("100-4711", "Netzteil", None), ("100-4712", "Gehäuse", None),
    ]  # fmt: skip
    assert bill.stated_total == Decimal("269.00")


def test_a_list_cut_by_semicolons_has_points_for_thousands():
    bill = read("Teil;Menge;Preis;Summe\nServer;2;1.500;3.000\nPlatte;12;300;3.600\n")
    assert numbers(bill) == [("2", "1500", "3000"), ("12", "300", "3600")]


def test_a_list_in_each_category_is_one_list_in_sections():
    bill = read(
        '{"categories": [{"name": "Enclosure", "items": [{"item": "Case", "qty": 1, "price": 90}]},'
        ' {"name": "Storage", "items": [{"item": "Disk", "qty": 4, "price": 150}]}]}', "a.json",
    )  # fmt: skip
    assert [(line.title, line.section) for line in bill.lines] == [
        ("Case", "Enclosure"), ("Disk", "Storage"),
    ]  # fmt: skip


def test_a_table_of_a_wiki_is_read():
    bill = read(
        "||Part||Qty||Cost||Total||\n|Case|1|450.00|450.00|\n|Disk|2|212.00|424.00|\n", "w.txt"
    )
    assert numbers(bill) == [("1", "450.00", "450.00"), ("2", "212.00", "424.00")]


def test_page_numbers_and_what_was_paid_are_no_parts():
    bill = read(
        "Item,Qty,Price,Total\nCase,1,90.00,90.00\nPage 1 of 2,,,\nDisk,2,150.00,300.00\n"
        "Total,,,390.00\nDeposit paid,,,-100.00\nBalance due,,,290.00\n"
    )
    assert [line.title for line in bill.lines] == ["Case", "Disk"]
    assert (bill.stated_total, bill.charges) == (Decimal("390.00"), ())


def test_a_budget_below_the_total_is_no_part():
    bill = read(
        "Item,Qty,Price,Total\nCase,1,90.00,90.00\nDisk,2,150.00,300.00\nTotal,,,390.00\n"
        "Budget,,,500.00\nLeft,,,110.00\n"
    )
    assert len(bill.lines) == 2
    assert bill.stated_total == Decimal("390.00")


def test_a_total_above_the_headings_is_the_total():
    bill = read("Total,,,390.00\nItem,Qty,Price,Total\nCase,1,90.00,90.00\nDisk,2,150.00,300.00\n")
    assert (len(bill.lines), bill.stated_total) == (2, Decimal("390.00"))


def test_an_optional_position_is_a_part_without_a_total():
    bill = read("Teil;Menge;EP;GP\nServer;1;900,00;900,00\nSchienen;1;89,00;(89,00)\n")
    assert numbers(bill) == [("1", "900.00", "900.00"), ("1", "89.00", None)]
    assert bill.charges == ()


def test_dollars_with_a_country_before_them_are_of_that_country():
    bill = read("Item,Qty,Price,Total\nFan,2,US $5.60,US $11.20\nCase,1,US $50.00,US $50.00\n")
    assert (bill.currency, bill.currency_assumed) == ("USD", False)


def test_headings_in_italian_and_dutch_are_known():
    for heading in (
        "Descrizione;Quantità;Prezzo unitario;Totale",
        "Omschrijving;Aantal;Stukprijs;Totaal",
    ):
        bill = read(f"{heading}\nDisk;2;150,00;300,00\nCase;1;90,00;90,00\n")
        assert numbers(bill) == [("2", "150.00", "300.00"), ("1", "90.00", "90.00")]


@pytest.mark.parametrize(
    "text",
    [
        "Model,Bays,CPU,RAM,Price\nDS423,4,J4125,2 GB,$499\nDS923,4,R1600,4 GB,$599\n",
        "| Disk | Seq read | Seq write | IOPS |\n|---|---|---|---|\n| A | 200 | 180 | 90 |\n",
    ],
)
def test_tables_of_whole_systems_and_of_speeds_are_refused(text):
    with pytest.raises(NotABillError):
        read(text, "table.md")


_TABLE = "## {name}\n\n| Item | Qty | Price | Total |\n|---|---|---|---|\n"


def test_tables_with_the_same_headings_are_sections_of_one_list():
    bill = read(
        _TABLE.format(name="Compute") + "| CPU | 1 | $100.00 | $100.00 |\n"
        "| RAM | 2 | $30.00 | $60.00 |\n| Total | | | $160.00 |\n\n" + _TABLE.format(name="Storage")
        + "| Disk | 4 | $150.00 | $600.00 |\n| Grand total | | | $760.00 |\n", "pod.md",
    )  # fmt: skip
    assert [(line.title, line.section) for line in bill.lines] == [
        ("CPU", "Compute"), ("RAM", "Compute"), ("Disk", "Storage"),
    ]  # fmt: skip
    assert [(s.name, s.stated_total) for s in bill.sections] == [
        ("Compute", Decimal("160.00")), ("Storage", None),
    ]  # fmt: skip
    assert bill.stated_total == Decimal("760.00")


def test_tables_that_share_parts_are_versions_and_only_one_is_read():
    row = "| Disk | 4 | $150.00 | $600.00 |\n"
    text = _TABLE.format(name="A") + row + "\n" + _TABLE.format(name="B") + row
    bill = read(text + "| Case | 1 | $90.00 | $90.00 |\n", "pod.md")
    assert [line.title for line in bill.lines] == ["Disk", "Case"]
    assert any("only one is read" in notice for notice in bill.notices)
