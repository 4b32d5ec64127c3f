"""The article and the lists that lie beside the checkout, where they do."""

from pathlib import Path

import pytest
from unit.cli.running import bom

BESIDE = Path(__file__).resolve().parents[4] / "shared"
BOMS = BESIDE / "facts" / "boms"

pytestmark = pytest.mark.skipif(
    not BOMS.is_dir(), reason="there is no folder ../shared beside the checkout"
)

TOTALS = {
    # name: (lines, stated, sum of lines, quantity x unit, exit status of the check)
    "storage_pod_3_0.csv": (22, "1942.59", "1942.60", "1977.15", 1),
    "homelab_budget_2023-07.csv": (36, "5793", "5793", None, 0),
    "homelab_u2_2023-07.csv": (35, "8022", "8022", None, 0),
    "ugly_nas_2022-11.csv": (12, "834.18", "834.18", None, 0),
    "backblaze_pod_4_5_45drives_config.csv": (7, None, None, None, 0),
}


@pytest.mark.parametrize("name", TOTALS)
def test_a_list_is_read_with_no_hand_editing_and_its_totals_are_those_it_states(name):
    lines, stated, summed, computed, status = TOTALS[name]
    read = bom("import", BOMS / name, "-o", "list.toml", "--json")
    assert read.status == 0, read.err
    assert read.json["lines"] == lines
    for file in (BOMS / name, "list.toml"):
        done = bom("check", file, "--json")
        totals = done.json["totals"]
        assert (totals["stated"], totals["lines"], totals["computed"]) == (stated, summed, computed)
        assert done.status == status


@pytest.mark.parametrize(
    ("name", "subtotals"),
    [("homelab_budget_2023-07.csv", ["4177", "624", "992"]),
     ("homelab_u2_2023-07.csv", ["6410", "624", "988"])],
)  # fmt: skip
def test_the_subtotals_of_the_stages_are_those_of_the_comments(name, subtotals):
    bom("report", BOMS / name, "-o", "report.json")
    import json

    sections = json.loads(Path("report.json").read_text())["sections"]
    assert [section["stated"] for section in sections] == subtotals
    assert [section["lines"] for section in sections] == subtotals


def test_a_table_of_whole_systems_is_refused_with_the_reason():
    done = bom("check", BOMS / "pods_summary.csv", "--json")
    assert done.status == 5
    assert "system" in done.json["error"]["message"]


def test_a_list_without_prices_has_no_totals_and_its_unknown_quantities_are_unknown():
    done = bom("check", BOMS / "backblaze_pod_4_5_45drives_config.csv", "--json")
    said = {f["code"]: f["severity"] for f in done.json["findings"]}
    assert said["SUM010"] == "unknown"
    assert said["PRC001"] == "unknown"


def test_shipping_is_in_the_total_and_not_among_the_parts():
    read = bom("import", BOMS / "ugly_nas_2022-11.csv", "-o", "nas.toml", "--json").json
    assert (read["lines"], read["charges"]) == (12, 1)
    assert bom("check", "nas.toml", "--json").json["totals"]["charges"] == "39.43"


def test_the_table_in_the_article_is_found_and_the_prose_is_not():
    (article,) = (BESIDE / "inputs").glob("ai-101*.txt")
    read = bom("import", article, "-o", "pod.toml", "--json")
    assert read.json["lines"] == 22
    lines = bom("list", "pod.toml", "--json").json["lines"]
    assert [lines[6]["quantity"], lines[8]["quantity"]] == ["1", "3"]
    assert lines[6]["description"].endswith("i3-2100")
    assert lines[8]["description"].endswith("SY-PEX40008")
    done = bom("check", "pod.toml", "--json").json
    assert [f["line"] for f in done["findings"] if f["severity"] == "error"] == [22]
    fixed = bom("fix", "pod.toml", "-o", "fixed.toml", "--choose", "22=quantity")
    assert fixed.status == 0
    assert bom("check", "fixed.toml", "--json").json["totals"]["computed"] == "1942.68"
