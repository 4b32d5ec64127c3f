import re
from html.parser import HTMLParser

import pytest
from support.reports import report_on
from support.sample_pods import (
    hostile_pod,
    storage_pod,
    two_currency_pod,
    unpriced_pod,
)

from podplanner.catalog.bill import BillOfMaterials
from podplanner.catalog.pod import assemble
from podplanner.report.render import render_html

VOID = {"meta", "link", "br", "hr", "img", "input"}


class Page(HTMLParser):
    """Reads a page: tags, links, ids, and whether every element is closed."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.links, self.ids, self.open = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        for name, value in attrs:
            assert not name.startswith("on")
            if name in ("href", "src"):
                self.links.append(value)
            if name == "id":
                self.ids.append(value)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


PODS = {
    "storage pod": storage_pod,
    "no prices": unpriced_pod,
    "two currencies": two_currency_pod,
    "hostile": hostile_pod,
    "empty": lambda: assemble(BillOfMaterials(), {}, as_of=storage_pod().as_of),
}


@pytest.mark.parametrize("pod", PODS.values(), ids=PODS.keys())
def test_a_page_is_whole_and_points_nowhere_on_its_own(pod):
    text = render_html(report_on(pod()))
    page = Page(text)
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))
    assert not {"script", "img", "iframe", "object", "b", "form"} & set(page.tags)
    for link in page.links:
        assert link == "data:," or link.startswith(("#", "https://", "http://"))
        if link.startswith("#"):
            assert link[1:] in page.ids
    assert "default-src 'none'" in text
    assert not re.search(r"url\(|@import", text)


def test_hostile_texts_are_printed_not_run():
    text = render_html(report_on(hostile_pod()))
    assert "<script" not in text
    assert "&lt;script&gt;alert(" in text
    assert 'href="javascript' not in text
    assert 'href="https://ok.example/&lt;x&gt;"' in text
    assert text.count("</table>") == text.count("<table")


def test_the_page_holds_every_line_total_and_finding():
    report = report_on(storage_pod())
    text = render_html(report)
    for line in report.lines:
        assert f'id="line-{line.position}"' in text
    for words in ("1,942.59", "1,942.60", "1,977.15", "off by −34.47", "PWR001", "80.8 %",
                  "USD, assumed"):  # fmt: skip
        assert words in text


def test_a_bill_without_prices_says_unknown_and_why_there_is_no_drawing():
    text = render_html(report_on(unpriced_pod()))
    assert text.count("unknown") > 10
    assert "The list holds no case." in text
    assert "No line has a known price." in text


def test_the_same_report_is_the_same_page():
    assert render_html(report_on(two_currency_pod())) == render_html(report_on(two_currency_pod()))


def test_tables_have_captions_and_scopes():
    text = render_html(report_on(two_currency_pod()))
    assert text.count("<caption") == text.count("<table")
    assert not re.search(r"<th(?![^>]*scope=)[ >]", text)
