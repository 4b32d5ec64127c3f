"""docs/bay-map.md says what the reader of bay maps does."""

import re
from pathlib import Path

import pytest

from podplanner.catalog.bay_map import BayMap, MappedBay, bay_map_of_toml

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "bay-map.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("heading", "model"), [("### Bay map", BayMap), ("### Bay", MappedBay)])
def test_every_key_is_documented_and_no_other(heading, model):
    section = PAGE.split(f"\n{heading}\n", 1)[1].split("\n#", 1)[0]
    keys = {info.alias or name for name, info in model.model_fields.items()}
    assert set(re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE)) == keys


def test_the_example_reads_and_has_every_key():
    (example,) = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    found = bay_map_of_toml(example, "docs/bay-map.md")
    assert [bay.role for bay in found.bays] == ["data", "spare", "empty"]
    for key in MappedBay.model_fields:
        assert re.search(rf"^{key} = ", example, re.MULTILINE)
