"""Titles that run into their descriptions."""

import pytest

from podplanner.catalog.readers.titles import split_title


@pytest.mark.parametrize(
    ("text", "title", "description"),
    [
        ("CPUIntel Core i3 processor i3-2100", "CPU", "Intel Core i3 processor i3-2100"),
        ("SATA CableSATA cables from the shop", "SATA Cable", "SATA cables from the shop"),
        ("760 Watt Power SupplyZippy PSM-5760V", "760 Watt Power Supply", "Zippy PSM-5760V"),
        ("8GB DDR3 RAM4GB Samsung", "8GB DDR3 RAM", "4GB Samsung"),
        ("MotherboardSupermicro MBD-X9SCL-F", "Motherboard", "Supermicro MBD-X9SCL-F"),
    ],
)
def test_title_ends_where_a_kind_of_part_ends(text, title, description):
    assert split_title(text) == (title, description)


@pytest.mark.parametrize(
    "text",
    ["Seagate IronWolf 16 TB", "Fan", "", "FrozenCPU", "SanDisk Ultra", "MicroATX", "WD4000FYYZ"],
)
def test_title_without_a_sure_seam_stays_whole(text):
    assert split_title(text) == (text, "")
