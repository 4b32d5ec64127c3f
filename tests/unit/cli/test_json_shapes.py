"""What `--json` prints is an interface: the keys of every command, written out."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from unit.cli.running import PASTED, bom, new_pod

MONEY = {"cost_before", "cost_after"}
CHANGED = {"schema", "file", "id", "part", "quantity", "unit_price", "total", "currency", "notes",
           *MONEY}  # fmt: skip
OFFER = {"vendor", "date", "currency", "unit_price", "minimum", "pack", "bought", "cost",
         "lead_days", "link", "refused"}  # fmt: skip

TOP: dict[str, set[str]] = {
    "bom-list": {"schema", "pods"},
    "bom-list lines": {"schema", "bill", "currency", "lines"},
    "bom-parts": {"schema", "parts"},
    "bom-new": {"schema", "file", "lines", "title"},
    "bom-add": {"schema", "file", "currency", "added", "notes", *MONEY},
    "bom-set": CHANGED,
    "bom-remove": CHANGED,
    "bom-import": {
        "schema", "bill", "source", "output", "lines", "sections", "charges", "currency",
        "currency_assumed", "totals", "matched", "to_confirm", "ambiguous", "notices",
    },
    "bom-price": {
        "schema", "file", "as_of", "currency", "quotes_read", "quotes_added", "prices_kept",
        "unmatched", "lines", *MONEY,
    },
    "bom-check": {
        "schema", "bill", "currency", "currency_assumed", "totals", "counts", "findings",
    },
    "bom-fix": {"schema", "output", "fixed", "left"},
    "bom-cost": {
        "schema", "bill", "currency", "pods", "total", "per_pod", "parts_total", "bays", "per_bay",
        "raw_bytes", "per_tb", "charges", "categories", "lines", "unpriced", "other_currencies",
    },
    "bom-report": {"schema", "output", "format", "bytes", "counts"},
    "bom-diff": {
        "schema", "before", "after", "currency", "changes", "difference", *MONEY,
    },
}  # fmt: skip


@pytest.fixture
def answers() -> dict[str, dict[str, Any]]:
    """Return the answer of every command, by the name of its schema."""
    pod = new_pod()
    other = new_pod("other.toml")
    Path("quotes.csv").write_text(
        "part,vendor,date,currency,price\nPSM-5760V,Shop,2026-11-01,USD,250.00\n"
    )
    commands = {
        "bom-list": ("list",),
        "bom-list lines": ("list", pod),
        "bom-parts": ("parts", "backplane"),
        "bom-new": ("new", "new.toml"),
        "bom-add": ("add", pod, "ST4000DM000x45", "--price", "120"),
        "bom-set": ("set", pod, "psu", "quantity=3"),
        "bom-remove": ("remove", pod, "switch"),
        "bom-import": ("import", PASTED, "-o", "imported.toml"),
        "bom-price": ("price", pod, "quotes.csv", "--as-of", "2026-11-23"),
        "bom-check": ("check", other),
        "bom-fix": ("fix", other, "-o", "fixed.toml"),
        "bom-cost": ("cost", other, "--drives", "4TB@120", "--tax", "8", "--shipping", "9"),
        "bom-report": ("report", other, "-o", "report.html"),
        "bom-diff": ("diff", other, pod),
    }
    return {name: bom(*words, "--json").json for name, words in commands.items()}


def test_every_command_answers_with_its_schema_and_its_keys(answers):
    for name, answer in answers.items():
        assert answer["schema"] == f"podplanner/{name.split()[0]}/1"
        assert set(answer) == TOP[name], name


def test_every_command_of_the_noun_is_pinned_here():
    from podplanner.cli.bom import COMMANDS

    assert {f"bom-{name}" for name in COMMANDS} == {name.split()[0] for name in TOP}


def test_entries_have_their_keys(answers):
    expected = {
        ("bom-list", "pods"): {"name", "file", "title", "lines", "stated_total", "currency"},
        ("bom-list lines", "lines"): {
            "line", "id", "part", "matched", "title", "description", "kind", "section", "quantity",
            "unit_price", "total", "currency",
        },
        ("bom-add", "added"): {"id", "part", "quantity", "unit_price"},
        ("bom-import", "to_confirm"): {"line", "id", "part"},
        ("bom-price", "lines"): {
            "line", "id", "part", "quantity", "unit_price", "total", "before", "chosen",
            "alternatives",
        },
        ("bom-check", "findings"): {
            "code", "severity", "line", "id", "source", "message", "fix", "count",
        },
        ("bom-fix", "fixed"): {"code", "line", "id", "field", "value"},
        ("bom-fix", "left"): {"code", "severity", "line", "message", "choices"},
        ("bom-cost", "charges"): {"title", "amount"},
        ("bom-cost", "categories"): {"category", "lines", "amount", "share", "cumulative"},
        ("bom-cost", "lines"): {
            "line", "id", "title", "category", "quantity", "amount", "share", "cumulative",
            "vital", "offer",
        },
        ("bom-diff", "changes"): {
            "change", "id", "title", "fields", "cost_before", "cost_after", "difference",
        },
    }  # fmt: skip
    for (name, key), keys in expected.items():
        entries = answers[name][key]
        assert entries, (name, key)
        assert all(set(entry) == keys for entry in entries), (name, key)
    assert set(answers["bom-price"]["lines"][0]["chosen"]) == OFFER


def test_the_check_has_the_shape_that_others_rely_on(answers):
    check = answers["bom-check"]
    assert {"stated", "lines", "computed"} <= set(check["totals"])
    assert set(check["counts"]) == {"error", "warning", "note", "unknown"}
    assert sum(check["counts"].values()) == len(check["findings"])
    for finding in check["findings"]:
        assert set(finding["source"]) == {"file", "row", "column"}
        assert finding["severity"] in check["counts"]
        assert finding["line"] is None or 1 <= finding["line"] <= 22
        assert (finding["line"] is None) == (finding["id"] is None)
        assert finding["message"]
        assert finding["fix"]


def test_exact_numbers_are_strings_and_counts_are_integers(answers):
    def numbers(value: object, path: str) -> None:
        assert not isinstance(value, float), path
        if isinstance(value, dict):
            for key, inner in value.items():
                if key in MONEY | {"total", "unit_price", "amount", "stated", "computed"}:
                    assert inner is None or isinstance(inner, str), f"{path}.{key}"
                    assert inner is None or Decimal(inner).is_finite()
                numbers(inner, f"{path}.{key}")
        elif isinstance(value, list):
            for inner in value:
                numbers(inner, path)

    for name, answer in answers.items():
        numbers(answer, name)


def test_a_total_that_cannot_be_had_is_null_and_says_how_far_it_goes():
    Path("a.toml").write_text(
        '[[line]]\ntitle = "A"\nquantity = 2\nunit_price = "5.00"\n\n'
        '[[line]]\ntitle = "B"\nquantity = 1\n'
    )
    totals = bom("check", "a.toml", "--json").json["totals"]
    assert totals["computed"] is None
    assert Decimal(totals["computed_partial"]) == 10
    assert (totals["computed_covered"], totals["count"]) == (1, 2)
    assert totals["stated"] is None
    assert totals["lines"] is None


def test_sums_in_several_currencies_are_null_and_not_added():
    Path("a.toml").write_text(
        'currency = "USD"\n[[line]]\ntitle = "A"\nquantity = 2\nunit_price = "5.00"\n\n'
        '[[line]]\ntitle = "B"\nquantity = 1\nunit_price = "7.00"\ncurrency = "EUR"\n'
    )
    totals = bom("check", "a.toml", "--json").json["totals"]
    assert totals["computed"] is None
    assert totals["computed_partial"] is None
    cost = bom("cost", "a.toml", "--json").json
    assert Decimal(cost["total"]) == 10
    assert [(m["currency"], Decimal(m["amount"])) for m in cost["other_currencies"]] == [("EUR", 7)]


def test_a_finding_names_the_file_the_row_and_the_column_of_a_table():
    Path("a.csv").write_text("Item,Qty,Unit price,Total\nCase,1,20.00,20.00\nTape,5,7.66,3.83\n")
    (error,) = [f for f in bom("check", "a.csv", "--json").json["findings"]
                if f["severity"] == "error"]  # fmt: skip
    assert error["source"] == {"file": "a.csv", "row": 3, "column": 4}
    assert error["line"] == 2


def test_one_schema_name_has_one_shape():
    pod = new_pod()
    said = bom("report", pod, "-o", "report.json", "--json").json
    written = json.loads(Path("report.json").read_text())
    assert said["schema"] != written["schema"] or set(said) == set(written)
