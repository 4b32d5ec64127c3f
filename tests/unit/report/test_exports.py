import csv
import io
import json
import re
from decimal import Decimal

import pytest
from openpyxl import load_workbook
from support.reports import report_on
from support.sample_pods import hostile_pod, storage_pod, two_currency_pod, unpriced_pod

from podplanner.errors import OutputError
from podplanner.report.records import SCHEMA, render_csv, render_json, write_xlsx
from podplanner.report.text import plain, render_markdown


def rows_of(text):
    lines = text.split("\r\n")
    while lines[0].startswith("#"):
        lines.pop(0)
    return list(csv.DictReader(io.StringIO("\r\n".join(lines), newline="")))


def test_the_csv_begins_with_its_summary_and_holds_every_line():
    text = render_csv(report_on(storage_pod()))
    assert "# stated total: 1942.59\r\n" in text
    assert "# sum of lines: 1942.60\r\n" in text
    assert "# quantity x unit price: 1977.15\r\n" in text
    assert "# cost by category: Power supply: 538.00 (27.7 %)\r\n" in text
    rows = rows_of(text)
    assert len(rows) == 22
    assert rows[21]["computed"] == "38.30"
    assert rows[21]["total"] == "3.83"
    assert rows[21]["findings"] == "COST001"
    assert sum(Decimal(row["computed"]) for row in rows) == Decimal("1977.15")
    assert "\n" not in text.replace("\r\n", "")


def test_an_unknown_cell_of_the_csv_is_empty_and_an_unknown_total_is_said():
    text = render_csv(report_on(unpriced_pod()))
    assert "# stated total: unknown (the list states no total)" in text
    assert rows_of(text)[1]["quantity"] == ""


def test_no_cell_of_the_csv_is_a_formula():
    text = render_csv(report_on(hostile_pod()))
    rows = rows_of(text)
    assert rows[1]["title"] == '\'=HYPERLINK("http://evil.example","x")'
    assert (rows[1]["description"], rows[1]["maker"], rows[1]["mpn"]) == (
        "'+1",
        "'@SUM(A1)",
        "'-2+3",
    )
    assert rows[2]["total"] == "-5"
    assert rows[3]["title"] == "a | b\nc"
    for row in rows:
        for name in ("id", "part", "title", "description", "maker", "mpn", "unit"):
            assert not row[name].startswith(("=", "+", "-", "@", "\t"))


def test_the_json_is_an_interface():
    found = json.loads(json.dumps(render_json(report_on(storage_pod()))))
    assert found["schema"] == SCHEMA == "podplanner/bill-report/1"
    assert found["totals"]["stated"] == {"amount": "1942.59"}
    assert found["totals"]["computed"]["amount"] == "1977.15"
    assert found["counts"] == {"error": 1, "warning": 1, "note": 1, "unknown": 1}
    assert found["lines"][21]["difference"] == "-34.47"
    assert found["cost"]["categories"][0]["amount"] == "538.00"
    assert found["cost"]["bays"] == 45
    assert found["cost"]["raw_bytes"] is None
    assert found["currency_assumed"] is True


def test_unknown_is_null_in_json():
    found = render_json(report_on(unpriced_pod()))
    assert found["totals"]["lines"]["amount"] is None
    assert found["totals"]["lines"]["covered"] == 0
    assert found["cost"]["total"] is None
    assert found["currency"] is None
    assert found["lines"][1]["quantity"] is None
    json.dumps(found)


def test_markdown_holds_totals_cost_and_lines():
    text = render_markdown(report_on(storage_pod()))
    for words in ("| Stated by the list | 1,942.59 |", "| Sum of the lines | 1,942.60 |",
                  "| Quantity × unit price | 1,977.15 |", "| Power supply | 1 | 538.00 |",
                  r"| sata\_card |"):  # fmt: skip
        assert words in text


@pytest.mark.parametrize("pod", [hostile_pod, two_currency_pod, storage_pod, unpriced_pod])
def test_every_row_of_a_markdown_table_has_the_cells_of_its_heading(pod):
    columns = 0
    for row in render_markdown(report_on(pod())).splitlines():
        if not row.startswith("|"):
            columns = 0
            continue
        cells = len(re.findall(r"(?<!\\)\|", row)) - 1
        columns = columns or cells
        assert cells == columns


def test_markdown_carries_no_markup_of_the_list():
    text = render_markdown(report_on(hostile_pod()))
    assert "<script>" not in text
    assert not re.search(r"(?<!\\)\]\(", text)
    assert "\u202e" not in text
    assert plain("a | b\n<c> `d` [e](f)") == r"a \| b &lt;c&gt; \`d\` \[e\](f)"


def test_the_workbook_holds_numbers_as_numbers(tmp_path):
    path = tmp_path / "report.xlsx"
    write_xlsx(report_on(storage_pod()), path)
    book = load_workbook(path)
    assert book.sheetnames == ["Lines", "Findings", "Cost"]
    sheet = book["Lines"]
    head = {cell.value: cell.column for cell in sheet[1]}
    computed = [sheet.cell(row, head["Computed"]) for row in range(2, 24)]
    assert all(cell.data_type == "n" for cell in computed)
    assert round(sum(cell.value for cell in computed), 2) == 1977.15
    assert computed[0].number_format.startswith("#,##0.00")
    assert sheet.freeze_panes == "A2"
    cost = {row[0].value: row[2].value for row in book["Cost"].iter_rows(min_row=2)}
    assert cost["Stated by the list, USD"] == 1942.59
    assert cost["Power supply"] == 538


def test_no_text_of_the_workbook_is_a_formula(tmp_path):
    path = tmp_path / "hostile.xlsx"
    write_xlsx(report_on(hostile_pod()), path)
    for sheet in load_workbook(path):
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type in ("s", "n", "inlineStr")
    lines = load_workbook(path)["Lines"]
    assert lines["D3"].value == '=HYPERLINK("http://evil.example","x")'
    assert lines["L5"].value == "unknown"


def test_a_workbook_that_cannot_be_written_is_an_error_in_words(tmp_path):
    with pytest.raises(OutputError, match="cannot write"):
        write_xlsx(report_on(storage_pod()), tmp_path / "no folder" / "report.xlsx")


@pytest.mark.parametrize(
    "render", [render_csv, render_markdown, lambda r: json.dumps(render_json(r))]
)
def test_exports_are_deterministic(render):
    assert render(report_on(two_currency_pod())) == render(report_on(two_currency_pod()))
