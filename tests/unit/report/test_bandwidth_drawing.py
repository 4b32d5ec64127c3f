"""The picture of a pod's links: widths are rates, doubts are dashed, words say it again."""

from datetime import date

import pytest
from lxml import etree
from support.made_up import made

from podplanner.catalog.bill import BillOfMaterials
from podplanner.catalog.pod import assemble
from podplanner.planning.bandwidth import bandwidth_of
from podplanner.report.bandwidth_drawing import bandwidth_file, draw_bandwidth
from podplanner.report.bandwidth_rows import HEADINGS, bandwidth_rows

SVG = "{http://www.w3.org/2000/svg}"


SLOTS = [{"count": 4, "lanes": 8, "size": 16, "generation": 3, "behind": "cpu"}]
PARTS = {
    part.sku: part
    for part in (
        made("backplane", "PM5", ports=5, host_ports=1, fanout="multiplier",
             drive_rate="3 Gb/s", host_rate="3 Gb/s"),
        made("backplane", "DIRECT", ports=8, host_ports=8, fanout="direct", drive_rate="6 Gb/s"),
        made("adapter", "CARD4", ports=4, port_rate="3 Gb/s", fis_switching=True),
        made("adapter", "WIDE4", ports=4, port_rate="3 Gb/s", fis_switching=True, pcie_lanes=4,
             pcie_generation=3),
        made("adapter", "HBA", ports=8, port_rate="6 Gb/s", pcie_lanes=8, pcie_generation=3),
        made("board", "BOARD", slots=SLOTS, lan_ports=2, lan_rate="1 Gb/s"),
        made("nic", "NIC", ports=1, gigabits="25", pcie_lanes=8, pcie_generation=3),
        made("drive", "D150", sustained_rate="150 MB/s"),
        made("drive", "<&>", sustained_rate="150 MB/s"),
    )
}  # fmt: skip


def bandwidth(*parts):
    lines = [
        {"id": f"l{n}", "part": part, "title": part, "quantity": quantity}
        for n, (part, quantity) in enumerate(parts)
    ]
    bill = BillOfMaterials.model_validate({"line": lines})
    return bandwidth_of(assemble(bill, PARTS, as_of=date(2026, 11, 24)))


def drawn(*parts):
    return etree.fromstring(draw_bandwidth(bandwidth(*parts)).encode())


def widths(root, style):
    return [float(r.get("width")) for r in root.iter(f"{SVG}rect") if r.get("class") == style]


def test_a_pipe_is_as_narrow_as_it_is_oversubscribed():
    root = drawn(("PM5", 9), ("WIDE4", 3), ("BOARD", 1), ("NIC", 1), ("D150", 45))
    narrow = widths(root, "narrow")
    assert len(narrow) == 9
    # A ninth of 1,000 units, less an eighth of free room, at 300 of 750 MB/s.
    assert narrow[0] == pytest.approx(1000 / 9 * 7 / 8 * 300 / 750, abs=0.01)
    assert len(widths(root, "pipe")) == 45 + 3 + 1 + 1 + 1


def test_an_unknown_link_is_dashed_with_the_least_in_it_and_its_answers_beside_it():
    root = drawn(("PM5", 9), ("CARD4", 3), ("BOARD", 1), ("D150", 45))
    unknown, sure = widths(root, "unknown"), widths(root, "sure")
    assert len(unknown) == 3 + 1, "three cards, and what reaches the host"
    assert sure[0] == pytest.approx(1000 / 3 * 7 / 8 * 250 / 2250, abs=0.01)
    words = "".join(root.itertext())
    assert "at most 525 MB/s a drive" in words, "the slots of eight lanes are stated, the card not"
    without = drawn(("PM5", 9), ("CARD4", 3), ("D150", 45))
    assert "x1: 16.7 or 33.3, x2: 33.3, x4: not limiting" in "".join(without.itertext())


def test_every_drive_flows_through_every_row():
    root = drawn(("PM5", 2), ("WIDE4", 1), ("BOARD", 1), ("D150", 10))
    streams = [p for p in root.iter(f"{SVG}path") if p.get("class") == "stream"]
    assert len(streams) == 10 + 2 + 1 + 1


def test_network_cards_side_by_side_do_not_cross():
    root = drawn(("DIRECT", 1), ("HBA", 1), ("BOARD", 1), ("NIC", 2), ("D150", 8))
    streams = [p.get("d") for p in root.iter(f"{SVG}path")]
    # 8 drives into their ports, these into the card, host, two cards, their two networks.
    assert len(streams) == 8 + 8 + 1 + 2 + 2


def test_nothing_leaves_the_width_of_the_picture():
    for parts in (
        (("PM5", 9), ("CARD4", 3), ("BOARD", 1)),
        (("DIRECT", 1), ("HBA", 1), ("BOARD", 1), ("NIC", 2), ("D150", 3)),
        (("PM5", 30), ("HBA", 4), ("BOARD", 1), ("D150", 150)),
    ):
        root = drawn(*parts)
        for box in root.iter(f"{SVG}rect"):
            if box.get("class") != "paper":
                assert float(box.get("x")) >= 0
                assert float(box.get("x")) + float(box.get("width")) <= 1000.01


def test_it_says_what_it_shows_and_is_a_file_of_its_own():
    found = bandwidth(("PM5", 9), ("WIDE4", 3), ("BOARD", 1), ("D150", 45))
    root = etree.fromstring(bandwidth_file(found).encode())
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert root.get("aria-labelledby").split() == [title.get("id"), description.get("id")]
    assert "60 MB/s a drive" in description.text
    assert "narrowest" in "".join(root.itertext())
    assert root.find(f"{SVG}style") is not None
    other = draw_bandwidth(found, name="second")
    assert 'id="second-title"' in other
    assert 'id="bandwidth-title"' not in other


def test_names_of_parts_are_no_markup():
    text = draw_bandwidth(bandwidth(("DIRECT", 1), ("HBA", 1), ("BOARD", 1), ("<&>", 8)))
    assert etree.fromstring(text.encode()) is not None


def test_rows_have_a_cell_for_every_heading():
    rows = bandwidth_rows(bandwidth(("PM5", 9), ("CARD4", 3), ("BOARD", 1), ("D150", 45)))
    assert {len(row.cells) for row in rows} == {len(HEADINGS)}
    assert [row.step for row in rows] == [
        "drive", "drive port", "backplane link", "adapter's PCIe link", "chipset link, outward",
        "network",
    ]  # fmt: skip
    assert [row.mark for row in rows] == ["", "", "narrowest", "at most", "unknown", "narrowest"]
