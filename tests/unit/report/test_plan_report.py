"""The plan of a pod as a page and as a record: what it says, and what it says of what it lacks."""

import json
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.plans import plan_of, shipped_pod, wishes
from support.sample_pods import hostile_pod, storage_pod, two_currency_pod, unpriced_pod
from unit.report.test_render import Page

from podplanner.catalog.bill import BillOfMaterials
from podplanner.catalog.library import library
from podplanner.catalog.pod import assemble
from podplanner.planning.filling import with_drives
from podplanner.planning.outlook import outlook_of, priced
from podplanner.report.assumed import assumed_parts, figure_words
from podplanner.report.bars import Piece, bar
from podplanner.report.plan_records import render_plan_json
from podplanner.report.plan_sections import as_sentence, loss_words
from podplanner.report.render import render_plan_html
from podplanner.resources import data_dir

SECTIONS = ("placement", "capacity", "durability", "bandwidth", "power", "ownership")


def filled():
    return shipped_pod("storage-pod-3.0", drive="ST4000NM0033")


PLANS = {
    "filled": lambda: plan_of(filled(), "raidz2:15x3"),
    "cluster": lambda: plan_of(filled(), "ceph-ec:8+3", pods=4, watts=Decimal(500)),
    "no layout": lambda: plan_of(filled()),
    "bare 4.5": lambda: plan_of(shipped_pod("storage-pod-4.5")),
    "4.5 with drives": lambda: plan_of(
        shipped_pod("storage-pod-4.5", drive="MG10ACA20TE"), "mirror:3x15"
    ),
    "sample": lambda: plan_of(storage_pod(), "raidz2:15x3"),
    "no prices": lambda: plan_of(unpriced_pod()),
    "two currencies": lambda: plan_of(two_currency_pod(), "single"),
    "hostile": lambda: plan_of(hostile_pod(), "mdraid6:15x3"),
    "empty": lambda: plan_of(
        assemble(BillOfMaterials(), {}, as_of=storage_pod().as_of), "raidz2:15x3"
    ),
}


@pytest.fixture(scope="module")
def plans():
    return {name: make() for name, make in PLANS.items()}


# --- The page ---


@pytest.mark.parametrize("name", PLANS)
def test_a_page_is_whole_and_points_nowhere_on_its_own(plans, name):
    text = render_plan_html(plans[name])
    page = Page(text)
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))
    assert not {"script", "img", "iframe", "object", "b", "form"} & set(page.tags)
    for link in page.links:
        assert link == "data:," or link.startswith("#")
        if link.startswith("#"):
            assert link[1:] in page.ids
    assert "default-src 'none'" in text
    assert not re.search(r"url\((?!#)|@import", text)
    assert text.count("<caption") == text.count("<table")
    assert not re.search(r"<th(?![^>]*scope=)[ >]", text)


@pytest.mark.parametrize("name", PLANS)
def test_each_section_is_there_and_what_it_lacks_is_a_sentence(plans, name):
    plan = plans[name]
    text = render_plan_html(plan)
    for anchor in ("glance", "findings", "pod", "capacity", "durability", "bandwidth", "power",
                   "running-cost", "list", "assumed", "unknown"):  # fmt: skip
        assert f'<h2 id="{anchor}">' in text
    for section in SECTIONS:
        missing = getattr(plan, section).missing
        assert not missing or missing.endswith((".", "`"))
    assert text.count('class="missing"') == sum(
        bool(getattr(plan, section).missing) for section in SECTIONS
    ) + bool(plan.ownership.no_cloud)


def test_hostile_texts_are_printed_not_run(plans):
    text = render_plan_html(plans["hostile"])
    assert "<script" not in text
    assert "&lt;script&gt;alert(" in text
    assert "javascript:" not in re.sub(r"&[a-z]+;", "", " ".join(Page(text).links))


def test_the_same_plan_is_the_same_page(plans):
    assert render_plan_html(plans["filled"]) == render_plan_html(PLANS["filled"]())


def test_the_template_prints_and_does_not_reckon():
    source = (data_dir("templates") / "plan.html.j2").read_text(encoding="utf-8")
    for code in re.findall(r"{[{%](.*?)[%}]}", source):
        bare = re.sub(r'"[^"]*"', '""', code)
        assert not re.search(r"[+*/<>]|\s-\s|\bround\b|\bsum\b|\bint\b|\bfloat\b|\blength\b", bare)


# --- What it says ---


def test_the_figures_of_the_shipped_pod_can_be_followed_by_hand(plans):
    plan = plans["filled"]
    capacity = outlook_of(filled(), wishes("raidz2:15x3")).capacity
    assert plan.capacity.usable.value == capacity.usable_bytes == 147_541_656_076_288
    assert plan.capacity.steps[-1].size.value == plan.capacity.recommended.value
    supply = {check.quantity: check for check in plan.power.checks if check.supply == "supply 1"}
    # 25 drives of 2.16 A on supply 1, by the wiring of the case.
    assert supply["12 V at start"].drives.value == 54
    assert supply["12 V at start"].rating.value is None
    # One port multiplier carries 300 MB/s for five drives of 150; there are nine.
    assert plan.bandwidth.host.value == 2_700_000_000
    assert plan.bandwidth.network.words == "unknown"
    rows = {entry.row.component: entry for entry in plan.placement.failures}
    assert (rows["backplane 1-9"].row.worst, rows["backplane 1-9"].severity) == ("2", "ok")
    assert rows["3 drives of one group"].severity == "error"


def test_three_models_stand_side_by_side_with_their_intervals(plans):
    window, parallel, serial = plans["filled"].durability.models
    assert (window.name, parallel.name, serial.name) == ("window", "parallel", "serial")
    assert window.loss < parallel.loss < serial.loss
    # Where repair is fast, they are 1 : (p + 1) : (p + 1)!, which is 1 : 3 : 6 here.
    assert parallel.loss / window.loss == pytest.approx(3, rel=0.05)
    assert serial.loss / window.loss == pytest.approx(6, rel=0.05)
    assert parallel.interval == "5 to 8"
    assert "<svg" in plans["filled"].durability.chart


def test_what_is_unknown_is_never_a_figure_nor_a_pass(plans):
    plan = plans["bare 4.5"]
    for card in plan.cards[:5]:
        assert card.figure.value is None
        assert card.figure.words == "unknown"
        assert card.note
    assert plan.findings == ()
    assert len(plan.unchecked) > 5
    assert all(finding.severity == "unknown" for finding in plan.unchecked)
    assert 'severity--ok"' not in render_plan_html(plan)


def test_a_sum_that_lacks_a_summand_is_at_least_what_is_known(plans):
    wall = plans["filled"].power.wall
    assert [entry.watts.value for entry in wall] == [None] * 3
    assert all(entry.watts.words.startswith("at least ") for entry in wall)
    topics = {entry.topic: entry.facts for entry in plans["filled"].unknown}
    assert "Power of MBD-X9SCL-F" in topics["Power"]
    assert "The rating of supply 1 for 12 V" in topics["Power"]
    assert any("network ports" in fact for fact in topics["Bandwidth"])


def test_findings_are_split_into_those_that_say_something_and_those_that_could_not(plans):
    plan = plans["filled"]
    counts = {entry.severity: entry.count for entry in plan.counts}
    assert len(plan.unchecked) == counts["unknown"]
    assert len(plan.findings) == counts["error"] + counts["warning"] + counts["note"]
    text = render_plan_html(plan)
    for finding in (*plan.findings, *plan.unchecked):
        assert f'id="{finding.anchor}"' in text
    assert plan.cards[-1].figure.words == "3 warnings"


def test_a_whole_cost_has_shares_swings_and_a_cloud():
    pod = shipped_pod("storage-pod-3.0", drive="ST4000NM0033")
    section = plan_of(pod, "raidz2:15x3", watts=Decimal(500), drive_price=Decimal(120)).ownership
    # The drives were not bought in the list: parts stay unknown, and with them all shares.
    assert section.missing
    assert section.shares == section.tornado == section.beside == ()
    part = pod.data_drives[0].part.model_copy(
        update={"price": Decimal(120), "price_currency": "USD"}
    )
    filled_pod = priced(with_drives(pod, part, 45), None)
    section = plan_of(filled_pod, "raidz2:15x3", watts=Decimal(500)).ownership
    assert section.missing == ""
    assert sum(item.share.value for item in section.items) == pytest.approx(Decimal(1))
    assert len(section.tornado) == len(section.swings) > 5
    low, total, high = (section.swings[0].low.value, section.total.value,
                        section.swings[0].high.value)  # fmt: skip
    assert low < total < high
    assert section.beside[0].label == "owning"
    assert section.cloud is not None


def test_every_assumed_figure_of_a_part_is_named_with_its_reason():
    pod = shipped_pod("storage-pod-3.0", drive="MG10ACA20TE")
    text = render_plan_html(plan_of(pod, "raidz2:15x3"))
    parts = {item.part.sku: item.part for item in pod.items if item.part}
    count = 0
    for found in assumed_parts(parts.values()):
        named = {f.name: a.why for a in found.assumptions for f in a.figures}
        expected = parts[found.part].assumptions
        assert named == {key.replace("_", " "): why for key, why in expected.items()}
        count += len(named)
    assert count == sum(len(part.assumptions) for part in parts.values()) > 0
    for part in parts.values():
        for why in part.assumptions.values():
            assert re.sub(r"&#?\w+;", "", why.replace("'", "").replace('"', ""))[:40] in re.sub(
                r"&#?\w+;", "", text
            )


@pytest.mark.parametrize(
    ("sku", "figure", "words"),
    [
        ("CLASS-HDD-4TB-CMR-SATA", "sustained_rate", "150 MB/s"),
        ("CLASS-HDD-4TB-CMR-SATA", "unrecoverable", "1E-15"),
        ("CLASS-HDD-4TB-CMR-SATA", "capacity", "4 TB"),
        ("CLASS-HDD-4TB-CMR-SATA", "start_12v", "2.16 A"),
        ("CLASS-CASE-4U-45-TOP", "shared_supplies", "yes"),
        ("CLASS-CASE-4U-45-TOP", "board_forms", "SSI-EEB, SSI-CEB, EATX, ATX, MicroATX"),
        ("CLASS-CASE-4U-45-TOP", "price", "1,900.00 USD"),
        ("CLASS-CASE-4U-45-TOP", "included", ""),
        ("CLASS-BOARD-LGA4189-ATX", "memory_max", "2,048 GiB"),
    ],
)
def test_an_assumed_figure_is_written_with_its_unit(sku, figure, words):
    assert figure_words(library()[sku], figure) == words


def test_a_case_that_cannot_be_drawn_has_its_bays_in_lines():
    section = plan_of(storage_pod(), "raidz2:15x3").placement
    if section.undrawn:
        assert "1.1" in section.bays
    else:
        assert section.drawing
        assert section.bays == ""


# --- Words and bars ---


@pytest.mark.parametrize(
    ("loss", "words"),
    [(0.0, "0"), (1.0, "1"), (0.0125, "0.0125"), (7.3537994e-12, "7.35 × 10⁻¹²"),
     (1e-80, "1.00 × 10⁻⁸⁰"), (9.999e-4, "1.00 × 10⁻³")],
)  # fmt: skip
def test_a_probability_is_written_with_three_digits(loss, words):
    assert loss_words(loss) == words


@pytest.mark.parametrize(
    ("clause", "sentence"),
    [("drives fail", "Drives fail."), ("A sentence.", "A sentence."),
     ("default_wiring of a case is assumed.", "default_wiring of a case is assumed.")],
)  # fmt: skip
def test_a_clause_becomes_a_sentence(clause, sentence):
    assert as_sentence(clause) == sentence


@given(
    st.lists(st.tuples(st.decimals(-2, 3, places=3), st.decimals(-2, 3, places=3)), max_size=4),
    st.lists(st.decimals(-2, 3, places=3), max_size=2),
)
def test_every_piece_of_a_bar_stays_within_it(ends, marks):
    pieces = [Piece(min(pair), max(pair), "bar") for pair in ends]
    drawn = bar(pieces, marks=marks)
    assert drawn.count('class="bar"') == sum(piece.end > piece.start for piece in pieces)
    for x, width in re.findall(r'x="([\d.-]+)%" width="([\d.]+)%"', drawn):
        assert float(x) >= 0
        assert float(x) + float(width) <= 100.01
    assert all(0 <= float(at) <= 100 for at in re.findall(r'x1="([\d.-]+)%"', drawn))


# --- The record ---


@pytest.mark.parametrize("name", PLANS)
def test_a_record_is_json_with_whole_bytes_exact_money_and_null_for_unknown(plans, name):
    plan = plans[name]
    record = json.loads(json.dumps(render_plan_json(plan), allow_nan=False))
    assert record["schema"] == "podplanner/pod-plan/1"
    capacity = plan.capacity
    expected = None if capacity.usable.value is None else int(capacity.usable.value)
    assert record["capacity"]["usable_bytes"] == expected
    assert (record["capacity"]["missing"] is None) is (expected is not None)
    total = plan.ownership.total.value
    assert record["running_cost"]["total"] == (None if total is None else f"{total:f}")
    assert len(record["findings"]) == sum(record["counts"].values())
    models = record["durability"]["models"]
    assert list(models) == ["window", "parallel", "serial"]
    assert all(isinstance(m["annual_loss"], float | None.__class__) for m in models.values())
