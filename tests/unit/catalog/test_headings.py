"""Headings in four languages, alone and run together."""

import pytest

from podplanner.catalog.readers.headings import (
    Role,
    heading_currency,
    heading_strength,
    plain_heading,
    roles_of,
    split_headings,
)
from podplanner.catalog.vocabulary import words_of


@pytest.mark.parametrize(
    ("heading", "role"),
    [
        ("Qty", Role.QUANTITY),
        ("Menge", Role.QUANTITY),
        ("Quantité", Role.QUANTITY),
        ("CANTIDAD:", Role.QUANTITY),
        ("Unit_Price", Role.UNIT_PRICE),
        ("Prix unitaire €", Role.UNIT_PRICE),
        ("E-Preis", Role.UNIT_PRICE),
        ("Ext. (USD)", Role.TOTAL),
        ("Gesamtpreis netto", Role.TOTAL),
        ("Price", Role.PRICE),
        ("Mfr Part #", Role.MPN),
        ("Bezeichnung", Role.TITLE),
        ("**Item**", Role.TITLE),
    ],
)
def test_heading_is_known_in_its_language(heading, role):
    assert roles_of(heading)[0] is role


@pytest.mark.parametrize("heading", ["", "   ", "Fan", "12.00", "x" * 61])
def test_words_that_are_no_heading_have_no_role(heading):
    assert roles_of(heading) == ()


def test_every_word_of_the_list_of_headings_has_its_role():
    for role, words in words_of("headings").items():
        for word in words:
            assert Role(role) in roles_of(word), word


@pytest.mark.parametrize(
    ("line", "headings"),
    [
        ("ItemDescriptionQtyPriceTotal", ("item", "description", "qty", "price", "total")),
        ("Item Qty Unit Price Total", ("item", "qty", "unit price", "total")),
        ("PartQuantityUnit Price", ("part", "quantity", "unit price")),
        ("Fan6$12.62", ()),
        ("Itemize the parts", ()),
        ("", ()),
        ("x" * 201, ()),
    ],
)
def test_heading_line_is_parted_into_the_fewest_headings(line, headings):
    assert split_headings(line) == headings


def test_row_of_data_is_no_row_of_headings():
    assert heading_strength(["Fan", "6", "12.62", "75.72"]) == 0
    assert heading_strength(["Item", "Qty", "Price", "Total"]) == 4


@pytest.mark.parametrize(
    ("heading", "plain"),
    [("Ext. (USD)", "ext"), ("Unit_Price:", "unit price"), ("Montant H.T.", "montant")],
)
def test_heading_is_compared_without_brackets_taxes_and_currencies(heading, plain):
    assert plain_heading(heading) == plain


def test_heading_names_its_currency_and_whether_that_is_assumed():
    assert heading_currency("Price (CHF)") == ("CHF", False)
    assert heading_currency("Price ($)") == ("USD", True)
    assert heading_currency("Price") == (None, False)
