"""Any bytes at all are a bill or an error that says what to do; nothing else comes out."""

from contextlib import suppress
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from property.guard import ends

from podplanner.catalog.bill import BillOfMaterials
from podplanner.catalog.readers import read_source
from podplanner.catalog.readers.source import Source
from podplanner.errors import FileAccessError, FormatError

LISTS = Path(__file__).parents[1] / "data" / "lists"
SUFFIXES = ("csv", "toml", "json", "xlsx", "txt", "html")
VALID = sorted(
    path for path in LISTS.iterdir()
    if path.suffix in (".csv", ".toml", ".json", ".xlsx", ".txt", ".html", ".md", ".tsv")
    and path.name != "expected.toml" and path.stat().st_size
)  # fmt: skip


def workbook(*, hidden: bool = False) -> bytes:
    """Return a real workbook with a formula, and maybe a hidden sheet."""
    book = Workbook()
    sheet = book.active
    sheet.append(["Item", "Qty", "Unit price", "Total"])
    for number in range(1, 9):
        sheet.append([f"Fan {number}", number, 1.5, number * 1.5])
    sheet["A11"] = "Total"
    if hidden:
        other = book.create_sheet("notes")
        other.sheet_state = "hidden"
        other["A1"] = "=1+1"
    out = BytesIO()
    book.save(out)
    return out.getvalue()


WORKBOOK = workbook()


def assert_bill_or_error(name: str, data: bytes) -> None:
    """Assert that bytes give a bill, or an error whose message is one line."""
    with ends():
        try:
            bill = read_source(Source(name, data))
        except (FormatError, FileAccessError) as error:
            message = error.message
        else:
            assert isinstance(bill, BillOfMaterials)
            return
    assert message.strip()
    assert "\n" not in message


TABLES = st.lists(
    st.lists(
        st.sampled_from(
            ["Item", "Qty", "Price", "Total", "Fan", "1", "2.00", "-5", "9" * 30, "²", "NaN",
             "1e400", "0.0000000000000000000000001", '"', "'", "€", "$", "#", "TBD", "Discount",
             "5 %", "2024-02-30", "Date", "Spares", "Currency", "Subtotal", "[[line]]", "{", "["]
        ), max_size=6,
    ).map(",".join), max_size=6,
).map(lambda rows: "\n".join(rows).encode())  # fmt: skip
JSON_VALUES = st.recursive(
    st.sampled_from(
        ["null", "true", "1", "-2", "1.50", "1e400", "1e999999", "9" * 30, '""', '"Fan"', '"²"',
         '"\\ud800"', '"podplanner/bill/1"', "[]", "{}"]
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda values: f"[{','.join(values)}]"),
        st.lists(
            st.tuples(
                st.sampled_from(["item", "qty", "price", "total", "line", "schema", "id", "title",
                                 "category", "charge", "amount", "currency", "lines"]), inner,
            ), max_size=4,
        ).map(lambda pairs: "{" + ",".join(f'"{key}":{value}' for key, value in pairs) + "}"),
    ), max_leaves=10,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(data=st.one_of(st.binary(max_size=200), TABLES), suffix=st.sampled_from(SUFFIXES))
@example(data=b"Item,Qty,Unit price\nFan,1,99999999999999999999\nFan,2,3.00\n", suffix="csv")
@example(data=b"Item,Qty,Unit price\nFan,1,0.0000000000000000000001\nFan,2,3\n", suffix="csv")
@example(data=b"Item,Qty\nFan,\xb2\nFan,2\n", suffix="csv")
@example(data=b'<table><tr><td colspan="\xb2">Item<td>Qty</table>', suffix="html")
@example(data=b"<table><tr><td colspan=" + b"1" * 5000 + b">Item<td>Qty</table>", suffix="html")
@example(data=b"<table><tr><td>Item<td>a<br>\x01" + b" " * 200 + b"</table>", suffix="html")
@example(data=b"<table>" * 2000 + b"<tr><td>Item<td>Qty", suffix="html")
def test_any_bytes_are_a_bill_or_one_clear_error(data, suffix):
    assert_bill_or_error(f"list.{suffix}", data)


@settings(max_examples=250, deadline=None)
@given(text=JSON_VALUES)
@example(text='[{"item":"Fan","qty":' + "1" * 5000 + "}]")
@example(text='[{"item":"Fan","qty":1e99999999999999999999}]')
@example(text='[{"item":"Fan","qty":1e999999,"unit price":1e999999,"total":1}]')
@example(text='{"schema":"podplanner/bill/1","line":null}')
@example(text='{"schema":"podplanner/bill/1","line":[{"title":5}]}')
@example(text="[" * 100_000)
def test_any_json_is_a_bill_or_one_clear_error(text):
    assert_bill_or_error("list.json", text.encode())


TOML_VALUES = st.sampled_from(
    ['"a"', "5", "1.50", "-1", "nan", "inf", "true", "[]", "[[1], 2]", "{}", "{title = 'a'}",
     "2024-02-29", "2024-02-29T01:02:03Z", "01:02:03", "[0, [1, 2], 0]", '""', '"\\u0000"',
     "1e400", "0x10", "9" * 30]
)  # fmt: skip
TOML_KEYS = st.sampled_from(
    ["id", "title", "quantity", "unit_price", "total", "category", "spares", "price_date", "bill",
     "readings", "contents", "place", "from", "to", "power", "part", "kind", "amount", "minimum",
     "pack", "lead_days", "date", "currency", "lines", "file", "columns", "notices"]
)  # fmt: skip
TOML_TABLES = st.sampled_from(
    ["", "[[line]]", "[[line.readings]]", "[[charge]]", "[[link]]", "[[quote]]", "[[section]]",
     "[line]"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    entries=st.lists(
        st.tuples(TOML_TABLES, st.dictionaries(TOML_KEYS, TOML_VALUES, max_size=3)), max_size=4
    )
)
@example(entries=[("[[line]]", {"title": "5"})])
@example(entries=[("[[line]]", {"category": "5"})])
@example(entries=[("[[line]]", {"id": "[]"}), ("[[line]]", {"title": '"a"'})])
@example(entries=[("[[line]]", {"title": '"a"', "quantity": "1" * 5000})])
@example(entries=[("[[line]]", {"title": '"a"', "quantity": "1e99999999999999999999"})])
def test_any_toml_is_a_bill_or_one_clear_error(entries):
    text = "\n".join(
        "\n".join([table, *(f"{key} = {value}" for key, value in values.items())])
        for table, values in entries
    )
    assert_bill_or_error("pod.toml", text.encode())


@pytest.mark.parametrize("exponent", ["-999999999", "-99999", "+99999"])
def test_a_zero_with_a_monstrous_exponent_is_refused(exponent):
    text = f'[[line]]\ntitle = "a"\nunit_price = "0e{exponent}"\n'
    with pytest.raises(FormatError, match="range"):
        read_source(Source("pod.toml", text.encode()))


def test_a_list_of_digits_is_no_number():
    text = '[[line]]\ntitle = "a"\nquantity = [0, [1, 2], 0]\n'
    with pytest.raises(FormatError, match="quantity"):
        read_source(Source("pod.toml", text.encode()))


@pytest.mark.parametrize("key", ['contents = {title = "x"}', 'place = "x"'])
def test_what_a_file_may_not_hold_is_no_key_of_a_line(key):
    with pytest.raises(FormatError, match="no such key"):
        read_source(Source("pod.toml", f'[[line]]\ntitle = "a"\n{key}\n'.encode()))


@pytest.mark.parametrize("key", ['file = "x"', "columns = {title = 1}", 'notices = ["x"]'])
def test_what_a_file_may_not_hold_is_no_key_of_a_bill(key):
    with pytest.raises(FormatError, match="no such key"):
        read_source(Source("pod.toml", f'{key}\n[[line]]\ntitle = "a"\n'.encode()))


@settings(max_examples=150, deadline=None)
@given(path=st.sampled_from(VALID), cut=st.floats(0, 1), suffix=st.sampled_from(SUFFIXES))
def test_a_list_that_breaks_off_is_a_bill_or_one_clear_error(path, cut, suffix):
    data = path.read_bytes()
    assert_bill_or_error(f"list.{suffix}", data[: int(len(data) * cut)])


@settings(max_examples=150, deadline=None)
@given(
    path=st.sampled_from(VALID),
    flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 7)), max_size=5),
)
@example(path=LISTS / "second_sheet.xlsx", flips=[(0.986328125, 0)])  # a sheet of another name
def test_a_list_with_flipped_bits_is_a_bill_or_one_clear_error(path, flips):
    data = bytearray(path.read_bytes())
    for at, bit in flips:
        data[int(at * len(data))] ^= 1 << bit
    assert_bill_or_error(path.name, bytes(data))


@settings(max_examples=150, deadline=None)
@given(
    flips=st.lists(st.tuples(st.integers(0, len(WORKBOOK) - 1), st.integers(0, 7)), max_size=4),
    cut=st.one_of(st.just(len(WORKBOOK)), st.integers(0, len(WORKBOOK))),
)
def test_a_damaged_workbook_is_a_bill_or_one_clear_error(flips, cut):
    data = bytearray(WORKBOOK)
    for at, bit in flips:
        data[at] ^= 1 << bit
    assert_bill_or_error("list.xlsx", bytes(data[:cut]))


@settings(max_examples=60, deadline=None)
@given(
    member=st.sampled_from(["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml"]),
    flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 7)), min_size=1,
                   max_size=4),
)  # fmt: skip
def test_a_workbook_with_damaged_xml_is_a_bill_or_one_clear_error(member, flips):
    out = BytesIO()
    with ZipFile(BytesIO(WORKBOOK)) as old, ZipFile(out, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = bytearray(old.read(name))
            if name == member:
                for at, bit in flips:
                    content[int(at * len(content))] ^= 1 << bit
            new.writestr(name, bytes(content))
    assert_bill_or_error("list.xlsx", out.getvalue())


def test_damage_to_a_hidden_sheet_is_no_crash():
    data = bytearray(workbook(hidden=True))
    with ZipFile(BytesIO(data)) as archive:
        info = archive.getinfo("xl/worksheets/sheet2.xml")
    start = info.header_offset + 30 + len(info.filename)
    for at in range(start, start + info.compress_size):
        data[at] ^= 0xFF
    assert_bill_or_error("list.xlsx", bytes(data))


@pytest.mark.parametrize("encoding", ["idna", "undefined", "a\0b", "hex", "rot13", "no-such", ""])
def test_an_encoding_that_is_none_is_one_clear_error(encoding):
    with pytest.raises(FormatError, match=r"encoding|list"):
        read_source(Source("list.csv", b"a..b,\xff"), encoding)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", [None, "cp1252", "utf-8", "utf-16"])
def test_every_kind_of_line_end_is_read_in_every_encoding(newline, encoding):
    text = newline.join(["Item,Qty,Unit price", "Fan,1,2.00", "Drive,2,3.00", ""])
    bill = read_source(Source("list.csv", text.encode(encoding or "utf-8")), encoding)
    assert [line.title for line in bill.lines] == ["Fan", "Drive"]


def test_a_long_cell_is_read_the_same_first_and_later():
    long = f"Item,Qty,Unit price,Note\nFan,1,2.00,{'y' * 200_000}\nDrive,2,3.00,\n".encode()
    import csv

    csv.field_size_limit(131_072)  # as the interpreter begins
    with suppress(FormatError):
        read_source(Source("other.csv", b"Item,Qty\nFan,1\n"))
    csv.field_size_limit(131_072)
    first = read_source(Source("list.csv", long))
    assert first.lines == read_source(Source("list.csv", long)).lines
    assert [line.title for line in first.lines] == ["Fan", "Drive"]
