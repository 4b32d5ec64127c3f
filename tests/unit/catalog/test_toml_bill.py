"""A parts list of our own format: how it is laid out, and how the bills in it are opened."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from podplanner.catalog.bill import BillOfMaterials, Line, Link, Reading
from podplanner.catalog.opening import open_bill
from podplanner.catalog.readers import read_bill, read_source
from podplanner.catalog.readers.source import Source
from podplanner.catalog.writers.toml_bill import quoted, toml_value, write_toml
from podplanner.errors import ConflictError, FileAccessError, FormatError, PodplannerError
from podplanner.resources import data_dir

POD = """\
# A pod.
schema = "podplanner/bill/1"
title = "Pod"
currency = "USD"
date = 2013-02-20
stated_total = "538.00"

[[line]]
id = "psu"
title = "Supply 12\\""
quantity = 2
unit_price = "269.00"

[[line.readings]]
title = "Supply 1"
quantity = 22

[[link]]
to = "backplane.1"
power = "psu.1"
"""


def test_bill_is_laid_out_for_hands():
    bill = BillOfMaterials(
        title="Pod", currency="USD", day=date(2013, 2, 20), stated_total="538.00",
        lines=(Line(id="psu", title='Supply 12"', quantity="2.0", unit_price="269.00",
                    readings=(Reading(title="Supply 1", quantity=22),)),),
        links=(Link(end="backplane.1", power="psu.1"),),
    )  # fmt: skip
    assert write_toml(bill, ["A pod."]) == POD


@pytest.mark.parametrize(
    ("key", "value", "written"),
    [
        ("quantity", Decimal("2.00"), "2"),
        ("quantity", Decimal("2.5"), "2.5"),
        ("unit_price", Decimal("269.00"), '"269.00"'),
        ("total", Decimal("-1E+3"), '"-1000"'),
        ("included", True, "true"),
        ("lead_days", 3, "3"),
        ("date", date(2026, 3, 1), "2026-03-01"),
        ("title", "a\tb\n\x1b", '"a\\tb\\n\\u001B"'),
    ],
)
def test_value_is_written_as_toml(key, value, written):
    assert toml_value(key, value) == written


def test_lost_character_is_written_as_an_escape():
    assert quoted("a\ufffdb") == '"a\\uFFFDb"'


@pytest.mark.parametrize(
    "path", sorted((data_dir("bom") / "pods").glob("*.toml")), ids=lambda p: p.name
)
def test_shipped_pod_is_written_and_read_back_whole(path):
    bill = read_bill(path)
    again = read_source(Source("pod.toml", write_toml(bill).encode()))
    assert again.model_dump() == bill.model_dump()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title = \n", "is no TOML"),
        ('[[line]]\ntitle = "a"\ncolour = "red"\n', r"row 1: line 1, key `colour`: there is no"),
        ('[[line]]\ntitle = "a"\n\n[[line]]\nquantity = -1\n', r"row 4: line 2, key `quantity`"),
        ('[[line]]\ntitle = "a"\nquantity = true\n', "write a number, not true or false"),
        ('[[line]]\ntitle = "a"\nquantity = nan\n', "is not a number"),
        ('[[line]]\nid = "a"\n[[line]]\nid = "a"\n', r"id 'a' is used twice \(first in row 1\)"),
        ('schema = "podplanner/bill/9"\n', "this version reads 'podplanner/bill/1'"),
        ('line = "a"\n', r"`line` must be tables"),
        ('[[link]]\nto = "a"\n', "a link needs `from` or `power`"),
        ('[[line]]\ntitle = 5\n', "line 1, key `title`"),
        ('[[line]]\ntitle = "a"\ncategory = 5\n', "line 1, key `category`"),
        ('[[line]]\nid = [1]\n[[line]]\ntitle = "a"\n', "line 1, key `id`"),
        ('currency = "usd"\n', "key `currency`"),
    ],
)  # fmt: skip
def test_wrong_file_is_refused_with_its_row_and_key(text, message):
    with pytest.raises(FormatError, match=message):
        read_source(Source("pod.toml", text.encode()))


def test_lines_without_an_id_get_one_that_is_free():
    text = '[[line]]\ntitle = "Fan"\n[[line]]\nid = "fan"\n[[line]]\ntitle = "Fan"\n'
    found = read_source(Source("pod.toml", text.encode())).lines
    assert len({line.id for line in found}) == 3
    assert found[1].id == "fan"


@pytest.mark.parametrize("title", ["[[line]]", 'schema = "podplanner/bill/1"'])
def test_cell_that_quotes_our_format_does_not_make_a_table_one(title):
    cell = title.replace('"', '""')
    data = f'Item,Qty,Unit price\n"{cell} in words",2,3.50\nDrive,1,4.00\n'.encode()
    found = read_source(Source("list.csv", data)).lines
    assert [line.title for line in found] == [f"{title} in words", "Drive"]


def bill_holding(*names, title="", total=None):
    """Return a file that holds other bills, and a priced line of its own."""
    lines = [
        f'[[line]]\nid = "n{n}"\nbill = "{name}"\nquantity = 2\n' for n, name in enumerate(names)
    ]
    own = "" if total is None else f'[[line]]\nid = "own"\ntitle = "x"\ntotal = "{total}"\n'
    return f'title = "{title}"\ncurrency = "USD"\n' + "".join(lines) + own


def test_bill_in_a_bill_is_read_and_priced(tmp_path):
    (tmp_path / "rack.toml").write_text(bill_holding("pod.toml"))
    (tmp_path / "pod.toml").write_text(bill_holding(title="Pod", total="100.00"))
    (line,) = open_bill(tmp_path / "rack.toml", {}).lines
    assert (line.name, line.unit_price, line.amount) == (
        "Pod",
        Decimal("100.00"),
        Decimal("200.00"),
    )
    assert line.contents is not None
    assert line.contents.title == "Pod"


@pytest.mark.parametrize("ring", [["a"], ["a", "b"], ["a", "b", "c"]])
def test_bills_that_hold_themselves_are_refused_with_the_ring(tmp_path, ring):
    for name, following in zip(ring, [*ring[1:], ring[0]], strict=True):
        (tmp_path / f"{name}.toml").write_text(bill_holding(f"{following}.toml"))
    said = " -> ".join(f"{name}.toml" for name in [*ring, ring[0]])
    with pytest.raises(ConflictError, match=said):
        open_bill(tmp_path / "a.toml", {})


def test_bill_that_holds_itself_by_another_name_is_refused(tmp_path):
    (tmp_path / "a.toml").write_text(bill_holding("alias.toml"))
    (tmp_path / "alias.toml").symlink_to(tmp_path / "a.toml")
    with pytest.raises(ConflictError, match="holds itself"):
        open_bill(tmp_path / "a.toml", {})


def test_bill_that_is_held_twice_is_no_ring(tmp_path):
    (tmp_path / "a.toml").write_text(bill_holding("b.toml", "b.toml"))
    (tmp_path / "b.toml").write_text(bill_holding(total="1.00"))
    assert [line.amount for line in open_bill(tmp_path / "a.toml", {}).lines] == [2, 2]


def test_bills_that_are_nested_without_an_end_are_refused(tmp_path):
    for number in range(30):
        (tmp_path / f"n{number}.toml").write_text(bill_holding(f"n{number + 1}.toml"))
    with pytest.raises(ConflictError, match="nested more than 20 deep"):
        open_bill(tmp_path / "n0.toml", {})


def test_bill_that_is_held_many_times_is_read_once():
    reads = []

    def read(path, **_):
        reads.append(Path(path).name)
        assert len(reads) < 500, "the number of reads doubles at every level"
        level = int(Path(path).stem)
        held = () if level == 15 else tuple(
            Line(id=f"l{n}", bill=f"{level + 1}.toml", quantity=1) for n in range(2)
        )  # fmt: skip
        return BillOfMaterials(lines=held)

    open_bill("0.toml", {}, read=read)
    assert len(reads) == len(set(reads)) == 16


def test_missing_inner_bill_is_named(tmp_path):
    (tmp_path / "a.toml").write_text(bill_holding("none.toml"))
    with pytest.raises(FileAccessError, match=r"none\.toml"):
        open_bill(tmp_path / "a.toml", {})


def test_inner_bill_of_an_impossible_name_is_an_error_in_words(tmp_path):
    (tmp_path / "a.toml").write_text(bill_holding("a\\u0000b.toml"))
    with pytest.raises(PodplannerError):
        open_bill(tmp_path / "a.toml", {})


def test_inner_bill_that_is_a_link_in_a_circle_is_an_error_in_words(tmp_path):
    (tmp_path / "a.toml").write_text(bill_holding("loop.toml"))
    (tmp_path / "loop.toml").symlink_to(tmp_path / "loop.toml")
    with pytest.raises(PodplannerError):
        open_bill(tmp_path / "a.toml", {})
