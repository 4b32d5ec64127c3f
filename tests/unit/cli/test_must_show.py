"""The figures of the shipped pasted table, from import to report."""

import json

import pytest
from unit.cli.running import PASTED, POD, bom, findings

NUMBERS = {
    "case": 1, "psu": 2, "cpu": 1, "fan": 6, "sata_card": 3, "terminal": 18, "tape": 5,
}  # fmt: skip


@pytest.fixture
def imported():
    done = bom("import", PASTED, "-o", "pod.toml")
    assert done.status == 0, done.err
    return "pod.toml"


def test_the_pasted_table_gives_its_22_lines(imported):
    lines = bom("list", imported, "--json").json["lines"]
    assert len(lines) == 22
    found = {line["id"]: line["quantity"] for line in lines}
    assert {name: int(found[name]) for name in NUMBERS} == NUMBERS
    described = {line["id"]: line["description"] for line in lines}
    assert described["cpu"].endswith("i3-2100")
    assert described["sata_card"].endswith("SY-PEX40008")


def test_all_three_totals_are_shown_and_none_is_chosen(imported):
    done = bom("check", imported)
    for figure in ("1,942.59", "1,942.60", "1,977.15"):
        assert figure in done.out
    totals = bom("check", imported, "--json").json["totals"]
    assert (totals["stated"], totals["lines"], totals["computed"]) == (
        "1942.59", "1942.60", "1977.15",
    )  # fmt: skip


def test_the_tape_is_the_one_error_and_the_status_is_one(imported):
    done = bom("check", imported, "--json")
    errors = [f for f in done.json["findings"] if f["severity"] == "error"]
    assert [(f["code"], f["line"], f["id"]) for f in errors] == [("SUM001", 22, "tape")]
    assert "quantity 0.5" in errors[0]["fix"]
    assert "unit 0.766" in errors[0]["fix"]
    assert done.status == 1


def test_three_rounded_rows_and_one_cent_are_notes(imported):
    notes = [f for f in findings(imported) if f["severity"] == "note"]
    rounded = [f for f in notes if f["code"] == "SUM002"]
    assert [f["line"] for f in rounded] == [16, 20, 21]
    assert ["0.175" in f["message"] for f in rounded] == [False, True, True]
    (cent,) = [f for f in notes if f["code"] == "SUM006"]
    assert "-0.01" in cent["message"]
    assert cent["line"] is None


def test_what_the_list_lacks_is_a_warning_and_what_fits_is_not_mentioned(imported):
    said = {f["code"]: f["severity"] for f in findings(imported)}
    assert said["FIT004"] == "warning"  # the boot drive's own SATA cable
    assert said["FIT005"] == "warning"  # one boot drive
    assert said["FIT006"] == "warning"  # 45 data drives
    assert said["FIT013"] == "note"  # 8GB over 2 x 4 GB
    # 9 x 5 = 45 bays, 12 host ports, 9 cables, 18 terminals, 6 housings, 24 mounts, 72 screws,
    # 2 dampeners
    fitting = {"FIT001", "FIT002", "FIT003", "FIT007", "FIT008", "FIT009", "FIT010", "FIT011"}
    assert not fitting & set(said)
    bays = next(f for f in findings(imported) if f["code"] == "FIT006")
    assert "45" in bays["message"]


def test_the_text_of_the_list_is_questioned_where_it_is_odd(imported):
    said = [(f["code"], f["line"]) for f in findings(imported) if f["code"].startswith("TXT")]
    assert sorted(said) == [("TXT001", 11), ("TXT002", 20), ("TXT002", 21), ("TXT003", 8)]


def test_the_safe_repairs_alone_leave_the_tape_and_the_status_one(imported):
    done = bom("fix", imported, "-o", "fixed.toml", "--json")
    assert done.status == 1
    assert [entry["line"] for entry in done.json["fixed"]] == [11, 20, 21]
    (left,) = done.json["left"]
    assert (left["code"], left["line"]) == ("SUM001", 22)
    assert left["choices"] == {"quantity": "0.5", "unit": "0.766", "total": "38.30"}
    assert bom("check", "fixed.toml").status == 1


def test_half_a_roll_of_tape_makes_the_list_right(imported):
    assert bom("fix", imported, "-o", "fixed.toml", "--choose", "22=quantity").status == 0
    done = bom("check", "fixed.toml", "--json")
    totals = done.json["totals"]
    assert done.status == 0
    assert (totals["stated"], totals["lines"], totals["computed"]) == (
        "1942.59", "1942.60", "1942.68",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("choice", "computed"), [("22=unit", "1942.68"), ("tape=unit_price", "1942.68")]
)
def test_the_other_repair_of_the_tape_can_be_chosen_by_line_and_by_id(imported, choice, computed):
    assert bom("fix", imported, "-o", "fixed.toml", "--choose", choice).status == 0
    assert bom("check", "fixed.toml", "--json").json["totals"]["computed"] == computed


def test_no_repair_alters_the_stated_grand_total(imported):
    for choice in ("22=quantity", "22=unit", "22=total"):
        bom("fix", imported, "-o", "fixed.toml", "--force", "--choose", choice)
        assert bom("check", "fixed.toml", "--json").json["totals"]["stated"] == "1942.59"


def test_repairs_leave_the_list_they_were_made_from_alone(imported):
    from pathlib import Path

    before = Path(imported).read_bytes()
    bom("fix", imported, "-o", "fixed.toml", "--choose", "22=quantity")
    assert Path(imported).read_bytes() == before


def test_strict_fails_on_warnings_and_unknowns(imported):
    bom("fix", imported, "-o", "fixed.toml", "--choose", "22=quantity")
    assert bom("check", "fixed.toml").status == 0
    assert bom("check", "fixed.toml", "--strict").status == 1


def test_the_output_counts_what_could_not_be_checked(imported):
    counts = bom("check", imported, "--json").json["counts"]
    assert f"{counts['unknown']} checks could not be made" in bom("check", imported).out


def test_the_shipped_pod_is_the_pasted_table_with_its_parts():
    shipped = bom("check", "storage-pod-3.0", "--json").json
    pasted = bom("check", PASTED, "--json").json
    assert shipped["totals"] == pasted["totals"]
    errors = [[f["line"] for f in found["findings"] if f["severity"] == "error"]
              for found in (shipped, pasted)]  # fmt: skip
    assert errors == [[22], [22]]
    assert "stated_total" in POD.read_text()


@pytest.mark.parametrize("ending", ["html", "csv", "xlsx", "json", "md"])
def test_the_computed_cost_is_in_every_report(imported, ending):
    done = bom("report", imported, "-o", f"report.{ending}", "--json")
    assert done.status == 0
    assert "1977.15" in _words(f"report.{ending}").replace(",", "")


def _words(file: str) -> str:
    from pathlib import Path

    if file.endswith(".xlsx"):
        from openpyxl import load_workbook

        return " ".join(str(cell.value) for sheet in load_workbook(file) for row in sheet.rows
                        for cell in row)  # fmt: skip
    text = Path(file).read_text(encoding="utf-8-sig")
    return json.dumps(json.loads(text)) if file.endswith(".json") else text
