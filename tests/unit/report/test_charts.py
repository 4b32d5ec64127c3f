from decimal import Decimal
from xml.etree import ElementTree

from podplanner.report.charts import Bar, pareto_chart

SVG = "{http://www.w3.org/2000/svg}"


def chart(*bars):
    return pareto_chart(bars, name="c", title="Cost <b>", description="d & e", mark=Decimal("0.8"))


def bar(label, share, cumulative):
    return Bar(label, "1.00", Decimal(share), Decimal(cumulative), f"{cumulative}!")


def test_bars_are_as_long_as_their_shares():
    tree = ElementTree.fromstring(chart(bar("a", "0.5", "0.5"), bar("b", "0.25", "0.75")))
    widths = [e.get("width") for e in tree.iter(SVG + "rect") if e.get("class") == "bar"]
    assert widths == ["49.00%", "24.50%"]
    dots = [e.get("cx") for e in tree.iter(SVG + "circle")]
    assert dots == ["49.00%", "73.50%"]


def test_a_share_outside_the_scale_stays_inside_the_picture():
    tree = ElementTree.fromstring(chart(bar("a", "1.5", "1.5"), bar("discount", "-0.5", "1")))
    widths = [e.get("width") for e in tree.iter(SVG + "rect") if e.get("class") == "bar"]
    assert widths == ["98.00%", "0.00%"]


def test_texts_are_escaped_and_the_chart_is_named():
    svg = chart(bar("<script>", "1", "1"))
    assert "<script>" not in svg
    assert "Cost &lt;b&gt;" in svg
    assert 'role="img"' in svg
    assert 'aria-labelledby="c-title c-text"' in svg


def test_no_bars_no_chart():
    assert chart() == ""
