"""`bom cost`, `bom diff` and `bom report` from the command line."""

from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from unit.cli.running import bom, new_pod

POD = "storage-pod-3.0"
RACK = """\
currency = "USD"
[[line]]
id = "pods"
bill = "pod.toml"
quantity = 3
[[line]]
id = "switch"
title = "Switch"
quantity = 1
unit_price = "100.00"
"""


def cost(*words: object) -> dict[str, Any]:
    done = bom("cost", *words, "--json")
    assert done.status == 0, done.err
    return done.json


def amounts(answer: dict[str, Any], *keys: str) -> list[Decimal | None]:
    return [None if answer[key] is None else Decimal(answer[key]) for key in keys]


# --- cost ---


def test_a_pod_without_drives_costs_the_sum_of_its_lines_over_its_45_bays():
    found = cost(POD)
    assert amounts(found, "total", "parts_total", "per_pod") == [Decimal("1942.60")] * 3
    assert (found["bays"], found["raw_bytes"], found["per_tb"]) == (45, None, None)
    assert Decimal(found["per_bay"]) == Decimal("43.17")


def test_drives_fill_all_data_bays_unless_a_number_is_given():
    found = cost(POD, "--drives", "4TB@120")
    assert amounts(found, "total", "per_bay", "per_tb") == [
        Decimal("7342.60"), Decimal("163.17"), Decimal("40.79"),
    ]  # fmt: skip
    assert found["raw_bytes"] == 45 * 4 * 10**12
    assert Decimal(cost(POD, "--drives", "20x4TB@120")["total"]) == Decimal("4342.60")


@pytest.mark.parametrize("written", ["4tb@120", "4 TB@120.00", "45x4TB@120", "45*4TB@$120"])
def test_drives_are_written_in_several_ways(written):
    assert Decimal(cost(POD, "--drives", written)["total"]) == Decimal("7342.60")


def test_drives_of_the_catalog_bring_their_size_and_their_price():
    found = cost(POD, "--drives", "45xST24000NM000C")
    assert found["raw_bytes"] == 45 * 24 * 10**12
    line = next(line for line in found["lines"] if line["line"] is None)
    assert line["quantity"] == "45"
    assert Decimal(line["amount"]) == Decimal(found["total"]) - Decimal("1942.60")


def test_drives_without_a_known_price_are_not_free():
    found = cost(POD, "--drives", "ST4000DM000")
    assert len(found["unpriced"]) == 1
    assert Decimal(found["total"]) == Decimal("1942.60")


@pytest.mark.parametrize("written", ["4TB@€120", "4TB@120 EUR"])
def test_drives_priced_in_another_currency_are_never_added_up(written):
    done = bom("cost", POD, "--drives", written, "--json")
    if done.status == 0:
        assert Decimal(done.json["total"]) == Decimal("1942.60")
    else:
        assert done.status == 2


def test_ten_pods_with_spares_shipping_and_tax():
    found = cost(POD, "--pods", 10, "--drives", "4TB@120", "--spares", "5",
                 "--shipping", "400", "--tax", "8.25")  # fmt: skip
    drives = next(line for line in found["lines"] if line["line"] is None)
    assert drives["quantity"] == "473"  # 450 and 5 %, rounded up
    parts = Decimal("19426.00") + 473 * 120
    tax = ((parts + 400) * Decimal("0.0825")).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert [Decimal(charge["amount"]) for charge in found["charges"]] == [400, tax]
    assert amounts(found, "parts_total", "total") == [parts, parts + 400 + tax]
    assert Decimal(found["per_pod"]) == (Decimal(found["total"]) / 10).quantize(
        Decimal("0.01"), ROUND_HALF_UP
    )


def test_shares_add_up_and_the_vital_few_are_marked():
    found = cost(POD)
    assert Decimal(found["lines"][-1]["cumulative"]) == 1
    assert abs(sum(Decimal(entry["share"]) for entry in found["categories"]) - 1) < Decimal("0.01")
    vital = [line for line in found["lines"] if line["vital"]]
    assert sum(Decimal(line["amount"]) for line in vital) >= Decimal("0.8") * Decimal("1942.60")
    assert "make 80 % of the cost" in bom("cost", POD).out


def test_quotes_in_packs_are_bought_whole_for_the_whole_order():
    pod = new_pod()
    with pod.open("a") as file:
        file.write('\n[[quote]]\npart = "CFI-B53PM"\nunit_price = "30.00"\npack = 20\n')
    for pods, bought in ((1, "20"), (2, "20"), (3, "40")):
        line = next(li for li in cost(pod, "--pods", pods)["lines"] if li["id"] == "backplane")
        assert (line["quantity"], Decimal(line["amount"])) == (bought, int(bought) * 30)


def test_a_bill_of_bills_is_rolled_up():
    new_pod()
    Path("rack.toml").write_text(RACK)
    assert Decimal(cost("rack.toml")["total"]) == Decimal("5927.80")
    assert Decimal(cost("rack.toml", "--pods", 2)["total"]) == Decimal("11855.60")
    assert Decimal(bom("check", "rack.toml", "--json").json["totals"]["computed"]) == Decimal(
        "5927.80"
    )


def test_importing_a_bill_of_bills_elsewhere_keeps_what_it_costs():
    new_pod()
    Path("rack.toml").write_text(RACK)
    Path("other").mkdir()
    assert bom("import", "rack.toml", "-o", "other/rack.toml").status == 0
    assert Decimal(cost("other/rack.toml")["total"]) == Decimal("5927.80")


# --- diff ---


def test_what_changed_is_said_line_by_line_and_in_all():
    pod = new_pod()
    bom("set", pod, "tape", "quantity=0.5")
    bom("remove", pod, "switch")
    bom("add", pod, "ST4000DM000x45", "--price", "120")
    done = bom("diff", POD, pod)
    assert done.status == 0
    assert "~ tape" in done.out
    assert "- switch" in done.out
    assert "+ drive" in done.out
    assert "1,942.60 -> 7,317.65 USD (+5,375.05)" in done.out
    found = bom("diff", POD, pod, "--json").json
    assert sum(Decimal(change["difference"]) for change in found["changes"]) == Decimal("5375.05")


def test_equal_lists_in_different_formats_do_not_differ():
    bom("import", POD, "-o", "same.toml")
    assert bom("diff", POD, "same.toml", "--json").json["changes"] == []


def test_an_unpriced_list_has_no_difference_in_cost():
    found = bom("diff", POD, "storage-pod-4.5", "--json").json
    assert found["difference"] is None
    assert found["cost_after"] is None


# --- report ---


@pytest.mark.parametrize("ending", ["html", "csv", "xlsx", "json", "md", "HTML", "htm"])
def test_a_report_is_written_as_its_name_says(ending):
    done = bom("report", POD, "-o", f"r.{ending}", "--json")
    assert done.status == 0
    assert done.json["bytes"] == Path(f"r.{ending}").stat().st_size > 1000


def test_the_format_may_be_said_apart_from_the_name():
    assert bom("report", POD, "-o", "report", "--format", "Markdown").status == 0
    assert Path("report").read_text().startswith("#")


@pytest.mark.parametrize("output", ["r.pdf", "r", "r."])
def test_a_format_that_is_not_made_is_refused_with_those_that_are(output):
    done = bom("report", POD, "-o", output)
    assert done.status == 2
    assert "html" in done.err
    assert not Path(output).exists()


def test_a_page_needs_nothing_from_elsewhere():
    bom("report", POD, "-o", "r.html")
    page = Path("r.html").read_text()
    for outside in ('src="http', 'rel="stylesheet"', "@import", "url(http", "<script src"):
        assert outside not in page


def test_an_empty_list_can_be_reported_in_every_format():
    bom("new", "empty.toml")
    for ending in ("html", "csv", "xlsx", "json", "md"):
        assert bom("report", "empty.toml", "-o", f"e.{ending}").status == 0
