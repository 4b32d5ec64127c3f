"""Drive layouts are read from words, and impossible ones are refused with the reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from podplanner.catalog.bill import BillOfMaterials
from podplanner.catalog.drive_layout import EXAMPLES, LayoutError, read_layout


@pytest.mark.parametrize("words", EXAMPLES)
def test_the_usual_form_is_kept(words):
    layout = read_layout(words)
    assert read_layout(layout.written) == layout
    assert layout.written == words.replace("x1", "")


@pytest.mark.parametrize(
    ("words", "width", "parity", "groups", "drives"),
    [
        ("raidz2:15x3", 15, 2, 3, 45),
        ("Z3: 11", 11, 3, 1, 11),
        ("draid2:6d:24c:0s", 24, 2, 1, 24),
        ("draid:60c:2s:4dx2", 60, 1, 2, 120),
        ("mdraid6:15x3", 15, 2, 3, 45),
        ("raid10:8", 8, 1, 1, 8),
        ("mdraid1:3", 3, 2, 1, 3),
        ("mirror:2x22", 2, 1, 22, 44),
        ("ceph-ec:8+3", 11, 3, None, None),
        ("ceph-rep:3", 3, 2, None, None),
        ("seaweed-rep:010", 2, 1, None, None),
        ("seaweed-rs:10+4", 14, 4, None, None),
        ("single", 1, 0, None, None),
    ],
)
def test_figures_of_a_layout(words, width, parity, groups, drives):
    layout = read_layout(words)
    assert (layout.width, layout.parity, layout.groups, layout.drives) == (
        width, parity, groups, drives,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("raidz2:2x3", "at least 3 drives"),
        ("raidz2:15x0", "at least one group"),
        ("raidz4:15", "is no layout"),
        ("raidz2:300", "at most 255"),
        ("draid2:6d:7c", "do not fit"),
        ("draid2:6d", "number of drives"),
        ("draid2:6d:4d:24c", "given twice"),
        ("draid1:0d:9c", "do not fit"),
        ("mdraid6:3", "at least 4 drives"),
        ("mdraid5:2", "at least 3 drives"),
        ("mirror:1x5", "at least 2 drives"),
        ("ceph-ec:0+3", "at least one data"),
        ("ceph-ec:8+0", "at least one data"),
        ("seaweed-rs:30+4", "at most 32"),
        ("ceph-rep:0", "1 to 10"),
        ("raidz2:99999999999999x3", "no number of drives"),
        ("raidz2:200x200", "more than 10,000"),
        ("", "is no layout"),
        ("raidz2", "is no layout"),
    ],
)
def test_a_layout_that_cannot_be_is_refused_with_the_reason(words, reason):
    with pytest.raises(LayoutError, match=reason):
        read_layout(words)


@given(st.text(alphabet="raidz draid mirror ceph-ec:x+0123456789cds", max_size=30))
def test_any_words_are_a_layout_or_a_layout_error(words):
    try:
        layout = read_layout(words)
    except LayoutError:
        return
    assert read_layout(layout.written) == layout
    assert layout.data >= 1
    assert 0 <= layout.parity < layout.width or layout.scheme == "single"


def test_a_bill_keeps_its_layout_in_the_usual_form():
    assert BillOfMaterials(layout="RAIDZ2:15 x 3").layout == "raidz2:15x3"


def test_a_bill_refuses_a_layout_that_cannot_be():
    with pytest.raises(ValidationError, match="at least 3 drives"):
        BillOfMaterials(layout="raidz2:2")
