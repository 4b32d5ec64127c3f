"""The parts and pods in `bom/` are valid, say where each figure comes from, and add up."""

import re
from collections import Counter
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
import tomli

from podplanner.catalog.bill import BillOfMaterials
from podplanner.catalog.parts import PART
from podplanner.resources import data_dir

BOM = data_dir("bom")
PART_FILES = sorted((BOM / "parts").rglob("*.toml"))
POD_FILES = sorted((BOM / "pods").glob("*.toml"))
POD_3 = BOM / "pods" / "storage-pod-3.0.toml"

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def read(path):
    return tomli.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)


def read_part(path):
    return PART.validate_python(read(path))


def read_pod(path):
    return BillOfMaterials.model_validate(read(path))


def name(path):
    return path.relative_to(BOM).as_posix()


def spelt_alike(number):
    return re.sub(r"[^A-Z0-9]", "", number.upper())


each_part = pytest.mark.parametrize("path", PART_FILES, ids=name)
each_pod = pytest.mark.parametrize("path", POD_FILES, ids=name)


def test_the_catalog_offers_what_a_pod_needs():
    kinds = Counter(path.parent.name for path in PART_FILES)
    assert kinds["drive"] >= 15
    assert {"chassis", "supply", "board", "cpu", "memory", "backplane", "adapter"} <= kinds.keys()
    assert {"fan", "cable", "switch", "dampener", "fan_mount", "nic"} <= kinds.keys()


@each_part
def test_part_is_valid_and_lies_in_the_folder_of_its_kind(path):
    assert read_part(path).kind == path.parent.name


@each_part
def test_part_file_is_named_by_a_slug_of_its_number(path):
    assert SLUG.fullmatch(path.stem)
    assert spelt_alike(path.stem) == spelt_alike(read_part(path).sku)


@each_part
def test_a_price_says_its_currency_its_day_and_its_source(path):
    part = read_part(path)
    price = (part.price, part.price_currency, part.price_date, part.price_source)
    assert all(field is None for field in price) or None not in price
    assert part.price is None or part.price > 0


@each_part
def test_sources_and_assumptions_speak_of_figures_that_the_part_states(path):
    part = read_part(path)
    stated = part.model_fields_set
    assert part.sources.keys() <= stated
    assert part.assumptions.keys() <= stated


@each_part
def test_what_is_cited_can_be_reached_by_a_reader(path):
    part = read_part(path)
    for source in (part.source, part.price_source or "", *part.sources.values()):
        assert not re.search(r"(?:^|\s)[/~.]\S*/", source), "a path on one machine is no source"


@each_part
def test_size_on_the_label_agrees_with_the_exact_size(path):
    part = read_part(path)
    if part.kind == "drive" and part.exact_bytes is not None:
        assert part.capacity is not None
        assert 0 <= part.exact_bytes / part.capacity - 1 < 0.001


@each_part
def test_default_wiring_feeds_every_backplane_once(path):
    part = read_part(path)
    if part.kind == "chassis" and part.default_wiring:
        fed = sorted(n for wiring in part.default_wiring for n in wiring.backplanes)
        assert fed == list(range(1, part.backplanes + 1))
        assert {wiring.supply for wiring in part.default_wiring} == {1, 2}
        assert part.supply_places == 2


def test_no_two_parts_share_a_number_however_it_is_spelt():
    owners = [
        (spelt_alike(number), part.sku)
        for part in map(read_part, PART_FILES)
        for number in (part.sku, *part.aliases)
    ]
    assert all(number for number, _ in owners)
    assert [(a, b) for a, b in pairwise(sorted(owners)) if a[0] == b[0]] == []


def test_no_two_parts_share_a_phrase():
    phrases = Counter(
        frozenset(phrase.lower().split())
        for part in map(read_part, PART_FILES)
        for phrase in part.phrases
    )
    assert phrases
    assert [phrase for phrase, times in phrases.items() if times > 1] == []


@each_pod
def test_pod_names_parts_that_exist_and_lines_by_distinct_ids(path):
    pod = read_pod(path)
    skus = {read_part(file).sku for file in PART_FILES}
    assert pod.lines
    assert {line.part for line in pod.lines if line.part} <= skus
    assert len({line.id for line in pod.lines}) == len(pod.lines)
    assert pod.title
    assert pod.source


def test_storage_pod_3_adds_up_as_it_was_printed():
    pod = read_pod(POD_3)
    assert len(pod.lines) == 22
    assert sum(line.total for line in pod.lines) == Decimal("1942.60")
    assert sum(line.computed for line in pod.lines) == Decimal("1977.15")
    assert pod.stated_total == Decimal("1942.59")
    assert pod.currency == "USD"


def test_storage_pod_3_keeps_the_digits_that_were_printed():
    for line in read_pod(POD_3).lines:
        assert line.unit_price.as_tuple().exponent == -2
        assert line.total.as_tuple().exponent == -2
        assert line.quantity.as_tuple().exponent == 0


def test_storage_pod_3_as_pasted_text_holds_the_same_rows():
    pod = read_pod(POD_3)
    pasted = Path(POD_3).with_suffix(".txt").read_text(encoding="utf-8").splitlines()
    rows = [
        f"{line.title}{line.description}{line.quantity}${line.unit_price}${line.total}"
        for line in pod.lines
    ]
    total = f"Total${pod.stated_total:,}"
    assert pasted == ["ItemDescriptionQtyPriceTotal", *rows, total]


def test_every_part_of_storage_pod_3_costs_what_its_list_says():
    parts = {part.sku: part for part in map(read_part, PART_FILES)}
    lines = [line for line in read_pod(POD_3).lines if line.part]
    assert len(lines) == 14
    assert {line.part: line.unit_price for line in lines} == {
        line.part: parts[line.part].price for line in lines
    }
