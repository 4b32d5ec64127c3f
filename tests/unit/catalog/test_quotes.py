"""Lists of quotes: every way in which vendors write prices, packs, days and delays."""

from datetime import date
from decimal import Decimal

import pytest

from podplanner.catalog.readers.quotes import read_quotes
from podplanner.errors import FileAccessError, FormatError


@pytest.fixture
def quotes(tmp_path):
    def _read(text: str, name: str = "quotes.csv", encoding: str = "utf-8"):
        file = tmp_path / name
        file.write_bytes(text.encode(encoding))
        return read_quotes(file)

    return _read


def one(quotes, heading: str, cell: str):
    """Return the one quote with that cell under that heading."""
    (found,) = quotes(f"part;price;{heading}\nX-1;5.00;{cell}\n")
    return found


def test_a_full_row_is_read_field_by_field(quotes):
    (quote,) = quotes(
        "Part,Vendor,Date,Currency,Price,Pack,Break,Lead time,Valid until,Link\n"
        "X-1,Acme,2026-11-01,EUR,12.50,5,10,2 weeks,2026-12-31,https://a.example/x\n"
    )
    assert (quote.part, quote.vendor, quote.currency) == ("X-1", "Acme", "EUR")
    assert (quote.unit_price, quote.pack, quote.minimum) == (Decimal("12.50"), 5, 10)
    assert (quote.day, quote.valid_until) == (date(2026, 11, 1), date(2026, 12, 31))
    assert (quote.lead_days, quote.link) == (14, "https://a.example/x")
    assert (quote.place.row, quote.place.file[-10:]) == (2, "quotes.csv")


def test_a_part_and_a_price_are_enough(quotes):
    (quote,) = quotes("mpn,price\nX-1,5\n")
    assert (quote.vendor, quote.day, quote.currency, quote.pack, quote.minimum) == (
        None, None, None, 1, 1,
    )  # fmt: skip
    assert quote.lead_days is None


@pytest.mark.parametrize(
    ("heading", "row"),
    [
        ("Artikelnummer;Lieferant;Einzelpreis;Währung;VPE;Ab Menge;Lieferzeit",
         "X-1;Acme;1.234,50;EUR;5;10;2 Wochen"),
        ("Référence;Fournisseur;Prix unitaire;Devise;Conditionnement;Quantité minimum;Délai",
         "X-1;Acme;1 234,50;EUR;5;10;2 semaines"),
        ("Referencia;Proveedor;Precio unitario;Moneda;Paquete;Cantidad mínima;Plazo de entrega",
         "X-1;Acme;1.234,50;EUR;5;10;2 semanas"),
        ("MPN;Supplier;Unit Price;Currency;Pack Size;MOQ;Lead Time",
         "X-1;Acme;1,234.50;EUR;5;10;2 weeks"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_headings_in_four_languages_and_their_numbers(quotes, heading, row, encoding):
    (quote,) = quotes(f"{heading}\n{row}\n", encoding=encoding)
    assert (quote.part, quote.vendor, quote.currency) == ("X-1", "Acme", "EUR")
    assert quote.unit_price == Decimal("1234.50")
    assert (quote.pack, quote.minimum, quote.lead_days) == (5, 10, 14)


@pytest.mark.parametrize(
    ("written", "days"),
    [("5", 5), ("5 days", 5), ("1 day", 1), ("3-5 days", 5), ("ca. 10 Tage", 10), ("2 Wochen", 14),
     ("~3 weeks", 21), ("2w", 14), ("1 month", 30), ("0", 0), ("", None)],
)  # fmt: skip
def test_a_delay_counts_in_days_and_the_longer_of_two(quotes, written, days):
    assert one(quotes, "lead time", written).lead_days == days


@pytest.mark.parametrize("written", ["soon", "-3 days", "weeks", "2 fortnights", "1.5 weeks"])
def test_a_delay_that_is_none_is_refused_with_its_cell(quotes, written):
    with pytest.raises(FormatError, match=r"row 2, column 3"):
        one(quotes, "lead time", written)


@pytest.mark.parametrize(
    ("written", "day"),
    [("2026-11-03", date(2026, 11, 3)), ("03.11.2026", date(2026, 11, 3)),
     ("2026/11/03", date(2026, 11, 3)), ("13/11/2026", date(2026, 11, 13)),
     ("11/13/2026", date(2026, 11, 13)), ("11/11/2026", date(2026, 11, 11)),
     ("2026-11-03T10:00:00", date(2026, 11, 3))],
)  # fmt: skip
def test_a_day_is_read_where_it_can_mean_one_day_only(quotes, written, day):
    assert one(quotes, "date", written).day == day


@pytest.mark.parametrize("written", ["03/11/2026", "2026-02-30", "yesterday", "32.1.2026"])
def test_a_day_that_is_none_or_could_be_two_is_refused(quotes, written):
    with pytest.raises(FormatError, match=r"row 2, column 3"):
        one(quotes, "date", written)


@pytest.mark.parametrize("price", ["abc", "", "nan", "-5", "1e999", "inf", "5 or 6"])
def test_a_price_that_is_none_is_refused_with_its_cell(quotes, price):
    with pytest.raises(FormatError, match=r"row 3, column 2"):
        quotes(f"part;price\nA;1.00\nX-1;{price}\n")


@pytest.mark.parametrize(("heading", "cell"), [("pack", "0"), ("pack", "-1"), ("break", "-1"),
                                               ("pack", "many")])  # fmt: skip
def test_a_pack_or_break_that_is_none_is_refused(quotes, heading, cell):
    with pytest.raises(FormatError, match=r"row 2"):
        one(quotes, heading, cell)


def test_a_row_without_a_part_is_refused(quotes):
    with pytest.raises(FormatError, match="part number"):
        quotes("part,price\n,5.00\n")


@pytest.mark.parametrize(
    ("price", "currency"), [("€5", "EUR"), ("$5", "USD"), ("5 CHF", "CHF"), ("£5", "GBP")]
)
def test_the_currency_may_stand_with_the_price(quotes, price, currency):
    (quote,) = quotes(f"part;price\nX-1;{price}\n")
    assert quote.currency == currency


def test_the_currency_may_stand_in_the_heading_and_the_cell_goes_before_it(quotes):
    found = quotes("part;price (EUR);currency\nA;5,00;\nB;5,00;USD\n")
    assert [quote.currency for quote in found] == ["EUR", "USD"]


def test_words_above_the_headings_and_empty_rows_are_passed_over(quotes):
    text = "Quote 17 of Acme\n\npart,price\n\nA,5.00\n,\nB,6.00\n"
    assert [quote.part for quote in quotes(text)] == ["A", "B"]


def test_the_same_row_twice_is_read_twice(quotes):
    assert len(quotes("part,price\nA,5.00\nA,5.00\n")) == 2


def test_a_workbook_is_read_with_its_dates_and_numbers(tmp_path):
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(["Part", "Price", "Date", "Pack"])
    book.active.append(["X-1", 12.5, date(2026, 11, 1), 5])
    book.save(tmp_path / "quotes.xlsx")
    (quote,) = read_quotes(tmp_path / "quotes.xlsx")
    assert (quote.unit_price, quote.day, quote.pack) == (Decimal("12.5"), date(2026, 11, 1), 5)


@pytest.mark.parametrize("text", ["", "hello", "a,b\n1,2\n", "part,vendor\nX,Y\n"])
def test_what_is_no_table_of_quotes_is_refused(quotes, text):
    with pytest.raises(FormatError):
        quotes(text)


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(FileAccessError):
        read_quotes(tmp_path / "none.csv")
