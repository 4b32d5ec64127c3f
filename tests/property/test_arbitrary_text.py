"""Any text at all is read, or refused in words, and soon."""

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from property.guard import RUNS, ends

from podplanner.catalog.bill import Line
from podplanner.catalog.library import library
from podplanner.catalog.matching import Index, alternates, match_line
from podplanner.catalog.naming import base_id, slug
from podplanner.catalog.readers import read_source
from podplanner.catalog.readers.amounts import (
    NotANumberError,
    amount_of,
    decimal_mark,
    find_currency,
    quantity_of,
    tidy,
)
from podplanner.catalog.readers.headings import Role, plain_heading, roles_of, split_headings
from podplanner.catalog.readers.markdown import grids_of_markdown, strip_forum_code
from podplanner.catalog.readers.run_together import splits_of
from podplanner.catalog.readers.source import Source
from podplanner.catalog.readers.sums import charge_kind, label_of, statements_of
from podplanner.catalog.readers.titles import split_title
from podplanner.catalog.vocabulary import fold, kind_of_words
from podplanner.errors import FormatError

NUMBERS = (Role.QUANTITY, Role.UNIT_PRICE, Role.TOTAL)
INDEX = Index.of(library())
READERS = {
    "amount_of": amount_of,
    "amount_of, mark known": lambda text: amount_of(text, ","),
    "quantity_of": quantity_of,
    "decimal_mark": lambda text: decimal_mark([text]),
    "find_currency": find_currency,
    "tidy": tidy,
    "fold": fold,
    "plain_heading": plain_heading,
    "split_headings": split_headings,
    "roles_of": roles_of,
    "label_of": label_of,
    "charge_kind": charge_kind,
    "statements_of": lambda text: statements_of([(1, text)]),
    "split_title": split_title,
    "kind_of_words": kind_of_words,
    "splits_of": lambda text: splits_of(text, NUMBERS),
    "splits_of, price first": lambda text: splits_of(text, (NUMBERS[1], NUMBERS[0], NUMBERS[2])),
    "splits_of, no total": lambda text: splits_of(text, NUMBERS[:2]),
    "alternates": alternates,
    "match_line": lambda text: match_line(Line(id="a", title=text), INDEX),
    "strip_forum_code": strip_forum_code,
    "grids_of_markdown": grids_of_markdown,
    "slug": slug,
    "base_id": lambda text: base_id(text, text),
}

ANYTHING = st.one_of(
    st.text(max_size=60),
    st.text("0123456789.,'’ -–+()%$€£x×²½٣/:|*_#\"\u00a0\u202f", max_size=30),
    st.lists(
        st.sampled_from(
            ["Qty", "Price", "Total", "Item", "Fan", "CPUIntel", "$", "€", "1,50", "12.00", " x ",
             "3", "USD", "@", "(OR E)", "-", "²", "TBD", "incl.", "19 %", "MwSt.", "per", "each",
             "Subtotal", "stated", "=", "[b]", "|", "ß", "İ", "ﬁ"]
        ),
        max_size=10,
    ).map("".join),
)  # fmt: skip

each_reader = pytest.mark.parametrize("name", READERS)


@each_reader
@settings(max_examples=60, deadline=None)
@given(text=ANYTHING)
@example(text="")
@example(text="²")
@example(text="٣")
@example(text="½ m")
@example(text="\x00")
@example(text="\ud800")
def test_any_text_is_read_or_is_no_number(name, text):
    with suppress(NotANumberError):
        READERS[name](text)


@pytest.mark.parametrize("run", RUNS)
@each_reader
def test_a_long_run_of_one_thing_is_dealt_with_soon(name, run):
    with ends(), suppress(NotANumberError):
        READERS[name](RUNS[run])


@pytest.mark.parametrize("suffix", ["txt", "csv", "html", "md"])
@pytest.mark.parametrize("run", RUNS)
def test_a_file_with_a_long_run_of_one_thing_is_read_or_refused_soon(run, suffix):
    source = Source(f"list.{suffix}", RUNS[run].encode())
    with ends(), suppress(FormatError):
        assert read_source(source).lines


@pytest.mark.parametrize("heading", ["ItemQtyPriceTotal", "Item  Qty  Price", "Item\tQty"])
def test_a_page_of_nothing_but_headings_is_read_or_refused_soon(heading):
    source = Source("list.txt", f"{heading}\n".encode() * 1_000)
    with ends(), suppress(FormatError):
        assert read_source(source).lines


@settings(max_examples=100, deadline=None)
@given(text=ANYTHING)
def test_a_quantity_is_never_negative_and_always_finite(text):
    try:
        value, _ = quantity_of(text)
    except NotANumberError:
        return
    assert value is None or (value >= 0 and value.is_finite())


@settings(max_examples=100, deadline=None)
@given(text=ANYTHING)
def test_a_split_title_keeps_every_word_in_order(text):
    title, description = split_title(text)
    assert "".join(f"{title}{description}".split()) == "".join(text.split())


@settings(max_examples=150, deadline=None)
@given(words=st.lists(st.sampled_from(["item", "qty", "unit price", "price", "total"]),
                      min_size=1, max_size=12),
       gap=st.sampled_from(["", " ", " | ", "/"]))  # fmt: skip
def test_headings_run_together_are_parted_into_no_more_than_were_written(words, gap):
    found = split_headings(gap.join(words).title())
    assert found
    assert len(found) <= len(words)
    assert "".join(found).replace(" ", "") == "".join(words).replace(" ", "")


@settings(max_examples=60, deadline=None)
@given(amount=st.integers(1, 10**9), words=st.sampled_from(["grand total stated", "total:"]))
def test_a_total_that_a_comment_states_is_found(amount, words):
    value = Decimal(amount).scaleb(-2)
    assert statements_of([(1, f"{words} {value:.2f}")]).total == value
