"""What is written as a parts list of our own format is read back as the same bill."""

import json

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from property.bills import TEXT, bills

from podplanner.catalog.bill import BillOfMaterials, Line
from podplanner.catalog.readers import read_source
from podplanner.catalog.readers.source import Source
from podplanner.catalog.writers.toml_bill import quoted, write_toml

some = settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def read_back(text: str) -> BillOfMaterials:
    """Return the bill that a written file holds, without where it was read."""
    return read_source(Source("pod.toml", text.encode()))


def kept(bill: BillOfMaterials) -> dict[str, object]:
    """Return every field of a bill that is kept in a file."""
    return bill.model_dump(by_alias=True)


@some
@given(bill=bills())
def test_a_written_bill_is_read_back_whole(bill):
    assert kept(read_back(write_toml(bill))) == kept(bill)


@some
@given(bill=bills())
def test_writing_what_was_read_gives_the_same_file(bill):
    text = write_toml(bill)
    assert write_toml(read_back(text)) == text


@some
@given(bill=bills())
def test_amounts_keep_their_printed_digits(bill):
    found = read_back(write_toml(bill))
    for before, after in zip(bill.lines, found.lines, strict=True):
        for field in ("unit_price", "total", "discount_percent"):
            old, new = getattr(before, field), getattr(after, field)
            assert (old is None) == (new is None)
            if old is not None:
                assert f"{old:f}" == f"{new:f}"


@some
@given(bill=bills(), comments=st.lists(TEXT, max_size=3))
@example(bill=BillOfMaterials(), comments=["pods\ntitle = 'other'"])
@example(bill=BillOfMaterials(), comments=["\x00"])
def test_comments_never_change_the_bill(bill, comments):
    assert kept(read_back(write_toml(bill, comments))) == kept(bill)


@some
@given(bill=bills())
def test_the_same_bill_as_json_is_read_alike(bill):
    values = bill.model_dump(mode="json", by_alias=True, exclude_none=True)
    data = json.dumps(values).encode()
    assert kept(read_source(Source("pod.json", data))) == kept(bill)


@settings(max_examples=200, deadline=None)
@given(text=st.text())
@example(text="\ufffd" * 40)
@example(text="\x85\u2028\u2029\ufeff\ufffe")
def test_any_text_is_a_title(text):
    bill = BillOfMaterials(lines=(Line(id="one", title=text, note=text),))
    assert read_back(write_toml(bill)).lines[0].title == text


@settings(max_examples=200, deadline=None)
@given(text=st.text('\x00\x1f\x7f\x80\x9f\\"bn\t\r\n€', max_size=12))
def test_a_quoted_text_stands_on_one_line_without_control_characters(text):
    written = quoted(text)
    assert len(written.splitlines()) == 1
    assert not any(c < " " or "\x7f" <= c <= "\x9f" for c in written)


@pytest.mark.parametrize("field", ["title", "source", "note"])
def test_a_field_that_is_empty_is_not_written(field):
    assert f"\n{field} =" not in write_toml(BillOfMaterials())
    assert json.dumps(field) not in write_toml(BillOfMaterials())
