"""The case in a terminal: every bay once, in its row, with the sign of its verdict."""

import re

import pytest
from support.drives.painted import VERDICTS, checked_drive, painted

from podplanner.catalog.library import find_part, library
from podplanner.drives.assessment import Verdict
from podplanner.drives.bays.making import map_of_chassis, map_of_count
from podplanner.drives.checked import CheckedPod
from podplanner.report.chassis_text import chassis_lines

SIGN = {Verdict.OK: "+", Verdict.WATCH: "o", Verdict.WARNING: "!", Verdict.REPLACE: "X",
        Verdict.UNKNOWN: "?"}  # fmt: skip
ESCAPES = re.compile(r"\x1b\[[\d;]*m")


def case(sku):
    return map_of_chassis(find_part(library(), sku))


MAPS = {
    "45": lambda: case("STORAGE-POD-3.0-CASE"),
    "60": lambda: case("CLASS-CASE-4U-60-TOP"),
    "unknown": lambda: map_of_count(24),
    "hundred": lambda: map_of_count(120, each=24),
    "small-backplanes": lambda: map_of_count(60, each=2),
}


@pytest.mark.parametrize("name", MAPS)
def test_every_bay_stands_once_with_its_sign_and_lines_fit_80_columns(name):
    elsewhere = [checked_drive(f"{n}" * 30, Verdict.WARNING) for n in "ABC"]
    pod, bay_map = painted(MAPS[name](), *elsewhere)
    lines = chassis_lines(pod, bay_map, colour=False)
    assert max(map(len, lines)) <= 80
    lines = lines[: next(n for n, line in enumerate(lines) if line.startswith("in no known bay"))]
    cells = re.findall(r"(?<!\d)(\d{2,3})([X!?o+~s.-])", "\n".join(lines))
    assert [int(number) for number, _ in cells] == [b.number for b in bay_map.bays]
    last = len(bay_map.bays)
    other = {5: "~", last - 2: "-", last - 1: "s", last: "."}
    for number, sign in cells:
        assert sign == other.get(int(number), SIGN[VERDICTS.get(int(number), Verdict.OK)])


def test_rows_are_those_of_the_case_the_front_one_first():
    lines = chassis_lines(*painted(MAPS["45"]()), colour=False)
    assert [line for line in lines if line.startswith("row")] == ["row 1 (front)", "row 2", "row 3"]
    assert lines[1].split() == ["backplane", "1", "backplane", "2", "backplane", "3"]
    assert "[07X]" in lines[2]
    assert "rear" in lines


def test_names_of_backplanes_stand_over_their_bays():
    lines = chassis_lines(*painted(MAPS["45"]()), colour=False)
    assert lines[1].index("backplane 2") == lines[2].index("06+")


def test_rows_that_are_not_known_are_said_to_be_so():
    lines = chassis_lines(*painted(map_of_count(24)), colour=False)
    assert "row 1" in lines
    assert "How these rows lie in the case is not known." in lines


@pytest.mark.parametrize("name", MAPS)
def test_colours_are_added_and_change_nothing_else(name):
    pod, bay_map = painted(MAPS[name]())
    plain = chassis_lines(pod, bay_map, colour=False)
    coloured = chassis_lines(pod, bay_map, colour=True)
    assert tuple(ESCAPES.sub("", line) for line in coloured) == plain
    assert any("\x1b[1;97;41m07X\x1b[0m" in line or "41m007X" in line for line in coloured)
    assert all(line.count("\x1b[0m") * 2 == line.count("\x1b[") for line in coloured)


def test_what_a_drive_says_cannot_steer_the_terminal():
    pod, bay_map = painted(map_of_count(24), checked_drive("\x1b[2J\x07EVIL", Verdict.REPLACE))
    lines = chassis_lines(pod, bay_map, colour=False)
    assert "EVIL (REPLACE)" in lines[-1]
    assert all(sign.isprintable() for line in lines for sign in line)


def test_a_map_without_bays_says_so():
    pod, bay_map = painted(map_of_count(4))
    assert chassis_lines(pod, bay_map.model_copy(update={"bays": ()}), colour=False) == (
        "The bay map has no bays.",
    )
    assert chassis_lines(CheckedPod(pod.at, ()), map_of_count(2), colour=False)[-1] == (
        ". not learned 2"
    )
