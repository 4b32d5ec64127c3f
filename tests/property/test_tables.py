"""A table is read back as it was written, in every format and every dialect of CSV."""

import csv
import html
import io
import json
from dataclasses import dataclass
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from podplanner.catalog.bill import BillOfMaterials
from podplanner.catalog.readers import read_source
from podplanner.catalog.readers.source import Source
from podplanner.planning.totals import totals_of

HEADINGS = {
    "English": ("Item", "Quantity", "Unit price", "Total"),
    "English, short": ("Part", "Qty", "Price each", "Ext. price"),
    "German": ("Bezeichnung", "Menge", "Einzelpreis", "Gesamtpreis"),
    "French": ("Désignation", "Quantité", "Prix unitaire", "Montant"),
    "Spanish": ("Artículo", "Cantidad", "Precio unitario", "Importe"),
}
CHARGES = {
    "English": {"shipping": "Shipping", "tax": "Sales tax", "discount": "Discount"},
    "English, short": {"shipping": "Freight", "tax": "VAT", "discount": "Coupon"},
    "German": {"shipping": "Versandkosten", "tax": "MwSt.", "discount": "Rabatt"},
    "French": {"shipping": "Frais de port", "tax": "TVA", "discount": "Remise"},
    "Spanish": {"shipping": "Gastos de envío", "tax": "IVA", "discount": "Descuento"},
}
TOTALS = {"English": "Total", "English, short": "Grand total", "German": "Gesamtsumme",
          "French": "Total TTC", "Spanish": "Importe total"}  # fmt: skip
DIALECTS = [(",", "."), (";", ","), (";", "."), ("\t", "."), ("\t", ","), ("|", ".")]
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"]


@dataclass(frozen=True)
class Table:
    """A parts list before it is written: rows of title, quantity, unit price, total."""

    language: str
    rows: tuple[tuple[str, int, Decimal], ...]
    charges: tuple[tuple[str, Decimal], ...]
    sections: bool

    @property
    def total(self) -> Decimal:
        """Return what all rows and charges come to."""
        parts = sum((quantity * price for _, quantity, price in self.rows), Decimal(0))
        return parts + sum((amount for _, amount in self.charges), Decimal(0))

    def records(self) -> list[tuple[str, str, Decimal | str, Decimal | str]]:
        """Return every row: headings of sections, parts, charges and the total."""
        found: list[tuple[str, str, Decimal | str, Decimal | str]] = []
        for index, (title, quantity, price) in enumerate(self.rows):
            if self.sections and index in (0, len(self.rows) // 2):
                found.append((f"Stage {1 + bool(index)}", "", "", ""))
            found.append((title, str(quantity), price, quantity * price))
        for kind, amount in self.charges:
            found.append((CHARGES[self.language][kind], "", "", amount))
        return [*found, (TOTALS[self.language], "", "", self.total)]


titles = st.builds(
    "{} {} {}".format,
    st.sampled_from(["Fan", "Backplane", "Gehäuse", "Drive, internal", 'Tape 12"', "Câble; noir"]),
    st.sampled_from(["Model", "<b>", "A & B", "'quoted'", '"quoted"', "Größe", "*", "#1"]),
    st.integers(1, 99_999),
)
prices = st.integers(1, 9_999_99).map(lambda cents: Decimal(cents).scaleb(-2))
rows = st.lists(
    st.tuples(titles, st.integers(1, 500), prices), min_size=2, max_size=8,
    unique_by=lambda row: row[0],
).map(tuple)  # fmt: skip
charges = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["shipping", "tax"]), prices),
        st.tuples(st.just("discount"), prices.map(lambda price: -price)),
    ),
    max_size=2, unique_by=lambda charge: charge[0],
).map(tuple)  # fmt: skip
tables = st.builds(Table, st.sampled_from(sorted(HEADINGS)), rows, charges, st.booleans())
some = settings(max_examples=60, deadline=None)


def assert_read(bill: BillOfMaterials, table: Table, *, sections: bool = True) -> None:
    """Assert that every line, charge and the total of `table` are in `bill`, in order."""
    lines = [(line.title, line.quantity, line.unit_price, line.total) for line in bill.lines]
    assert lines == [(title, n, price, n * price) for title, n, price in table.rows]
    assert [(c.kind, c.amount) for c in bill.charges if not c.included] == list(table.charges)
    assert bill.stated_total == table.total
    assert totals_of(bill).lines.whole == table.total
    if sections and table.sections:
        half = len(table.rows) // 2
        names = [f"Stage {1 + (index >= half)}" for index in range(len(table.rows))]
        assert [line.section for line in bill.lines] == names


def printed(value: Decimal | str, mark: str) -> str:
    """Return an amount with the decimal mark of a dialect."""
    return str(value).replace(".", mark) if isinstance(value, Decimal) else value


@settings(max_examples=200, deadline=None)
@given(
    table=tables,
    dialect=st.sampled_from(DIALECTS),
    encoding=st.sampled_from(ENCODINGS),
    order=st.permutations(range(4)),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    newline=st.sampled_from(["\n", "\r\n"]),
)
def test_csv_of_every_dialect_is_read_back(table, dialect, encoding, order, quoting, newline):
    delimiter, mark = dialect
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, quoting=quoting, lineterminator=newline)
    writer.writerow([HEADINGS[table.language][i] for i in order])
    for record in table.records():
        writer.writerow([printed(record[i], mark) for i in order])
    data = out.getvalue().encode(encoding)
    assert_read(read_source(Source("list.csv", data)), table)


@some
@given(table=tables, nested=st.booleans())
def test_json_is_read_back(table, nested):
    names = HEADINGS[table.language]
    objects = [
        {names[0]: title, names[1]: n, names[2]: float(price), names[3]: float(n * price)}
        for title, n, price in table.rows
    ]
    document = {"parts": objects} if nested else objects
    data = json.dumps(document, ensure_ascii=nested).encode()
    bill = read_source(Source("list.json", data))
    assert [(line.title, line.quantity, line.unit_price, line.total) for line in bill.lines] == [
        (title, n, price, n * price) for title, n, price in table.rows
    ]


def escaped_markdown(text: str) -> str:
    """Return text in which no character means anything to Markdown."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]()#+-.!|<>&\"'" else c for c in text)


@some
@given(table=tables, order=st.permutations(range(4)), padded=st.booleans())
def test_a_markdown_table_is_read_back(table, order, padded):
    gap = " " if padded else ""

    def line(cells: list[str]) -> str:
        return "|" + "|".join(f"{gap}{cell}{gap}" for cell in cells) + "|"

    records = [
        [escaped_markdown(record[0]), *(str(value) for value in record[1:])]
        for record in table.records()
    ]
    text = ["# A pod", "", line([HEADINGS[table.language][i] for i in order]), line(["---"] * 4)]
    text += [line([record[i] for i in order]) for record in records]
    assert_read(read_source(Source("list.md", "\n".join(text).encode())), table)


@some
@given(table=tables, order=st.permutations(range(4)), closed=st.booleans())
def test_an_html_table_is_read_back(table, order, closed):
    end = "</td>" if closed else ""
    head = "".join(f"<th>{HEADINGS[table.language][i]}</th>" for i in order)
    body = "".join(
        "<tr>" + "".join(f"<td>{html.escape(str(record[i]))}{end}" for i in order) + "</tr>"
        for record in table.records()
    )
    page = (
        "<!doctype html><html><head><meta charset='utf-8'><style>td {color: red}</style></head>"
        f"<body><p>My pod</p><table><tr>{head}</tr>{body}</table></body></html>"
    )
    assert_read(read_source(Source("list.html", page.encode())), table)


@some
@given(table=tables, order=st.permutations(range(4)), lead=st.integers(0, 3))
def test_an_xlsx_sheet_is_read_back(table, order, lead):
    book = Workbook()
    sheet = book.active
    for _ in range(lead):
        sheet.append([])
    sheet.append([HEADINGS[table.language][i] for i in order])
    for record in table.records():
        values = [record[0], int(record[1]) if record[1] else None, record[2] or None, record[3]]
        values[3] = None if values[3] == "" else values[3]
        sheet.append([values[i] for i in order])
    for row in sheet.iter_rows():
        for cell in row:
            if isinstance(cell.value, Decimal):
                cell.number_format = "0.00"
    out = io.BytesIO()
    book.save(out)
    assert_read(read_source(Source("list.xlsx", out.getvalue())), table)
