"""Unary tests of S-FEEL: what they hold for, and what is none."""

from decimal import Decimal

import pytest

from podplanner.errors import FormatError
from podplanner.models.decision_tables.unary_tests import parse_test


@pytest.mark.parametrize(
    ("text", "holds", "fails"),
    [
        ("< 10", [9, Decimal("9.999"), -1], [10, 11]),
        ("<=10", [10], [Decimal("10.000000000000000000000001")]),
        ("> -1.5", [-1], [Decimal("-1.5"), -2]),
        (">= .5", [Decimal("0.50")], [Decimal("0.4")]),
        ("5", [5, Decimal("5.0")], [4, 6]),
        ("= 5", [5], [4]),
        ("1,3, [5..7)", [1, 3, 5, 6], [2, 7, 4]),
        ("[1..5]", [1, 5, 3], [0, 6]),
        ("(1..5)", [2, 4], [1, 5]),
        ("]1..5[", [2, 4], [1, 5]),
        ("(1..5]", [2, 5], [1]),
        ("[1...5]", [1], [Decimal("0.4")]),
        ("[-2..-1]", [-2, -1], [0]),
        ("not(< 3, 5)", [3, 4, 6], [2, 5]),
        ("1e2", [100], [99]),
        ("-", [1, -1], []),
        ("", [1], []),
    ],
)
def test_tests_of_numbers(text, holds, fails):
    if text == "[1...5]":
        # The numbers 1 and .5: it ends before it begins.
        with pytest.raises(FormatError, match="ends before it begins"):
            parse_test(text, "number")
        return
    region, kind = parse_test(text, "number")
    assert kind == "number"
    assert [region.holds(Decimal(one)) for one in holds] == [True] * len(holds)
    assert [region.holds(Decimal(one)) for one in fails] == [False] * len(fails)
    assert parse_test(str(region), "number")[0] == region


@pytest.mark.parametrize(
    ("text", "holds", "fails"),
    [
        ('"a","b"', ["a", "b"], ["c", ""]),
        ('not("a" , "b")', ["c"], ["a", "b"]),
        ('"a, b\\"\\u00e9\\\\"', ['a, b"é\\'], ["a"]),
        ('"not(x)"', ["not(x)"], ["x"]),
        ('="a"', ["a"], ["b"]),
        ("true", [True], [False]),
        ("not(true)", [False], [True]),
        ("true, false", [True, False], []),
    ],
)
def test_tests_of_texts_and_of_true_and_false(text, holds, fails):
    region, kind = parse_test(text)
    assert [region.holds(one) for one in holds] == [True] * len(holds)
    assert [region.holds(one) for one in fails] == [False] * len(fails)
    assert parse_test(str(region), kind)[0] == region


def test_tests_that_mean_the_same_are_written_alike():
    for texts in (
        ("1,2,3", "3,1,2,2", "[1..1],2,3"),
        ("< 3,[3..5]", "<= 5", "not(> 5)"),
        ("-", "< 0,>= 0", "not(not_)"[:0] or "> -1,<= 0"),
        ("[1..3]", "[1..2],[2..3]", "[1.0..2),[2..3.00]"),
    ):
        assert len({str(parse_test(text, "number")[0]) for text in texts}) == 1
    assert str(parse_test('"b","a"')[0]) == '"a","b"'
    assert str(parse_test("true,false", "boolean")[0]) == "-"


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("< ", "number", "is no test"),
        ("1 2", "number", "where a comma should stand"),
        ("1,", "number", "is no test"),
        ("not(1", "number", "is no value"),
        ("[1..", "number", "is no test"),
        ("[5..1]", "number", "ends before it begins"),
        ("(5..5)", "number", "can never hold"),
        ("not(-)", "number", "is no test"),
        ("not(< 0, >= 0)", "number", "can never hold"),
        ("not(true,false)", "boolean", "can never hold"),
        ("'a'", "string", "is no test"),
        ('"a', "string", "is no test"),
        ('"\\x"', "string", "an escape that means nothing"),
        ('"\\ud800"', "string", "half a character"),
        ("a", "string", "is no value"),
        ("today()", "string", "is no value"),
        ("age > 3", None, "is no value"),
        ('< "b"', "string", "only numbers are compared"),
        ('["a".."b"]', "string", "tests a number where a string is"),
        ("[a..b]", "number", "is no number"),
        ("5", "string", "tests a number where a string is"),
        ('5,"a"', None, "tests a string where a number is"),
        ("1e999", "number", "is no number that can be kept"),
        ("9" * 300, "number", "is no value|is no number"),
        ("1," * 40_000, "number", "longer than"),
        ("__import__('os')", None, "is no value"),
    ],
)
def test_what_is_no_test_is_refused(text, kind, words):
    with pytest.raises(FormatError, match=words):
        parse_test(text, kind)
