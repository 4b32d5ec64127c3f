"""Bay maps: what is written reads back, and what is wrong is named."""

import pytest
import tomli
from support.sample_pods import drives, storage_pod

from podplanner.catalog.bay_map import BayMap, bay_map_of_toml
from podplanner.catalog.drive_layout import read_layout
from podplanner.catalog.readers.bay_map import read_bay_map
from podplanner.catalog.writers.toml_bay_map import write_bay_map
from podplanner.errors import FileAccessError, FormatError
from podplanner.planning.placement import Placement, place
from podplanner.planning.placement.mapping import bay_map_of

BAY = "[[bay]]\nnumber = 1\nplace = 1\n"
HEAD = 'schema = "podplanner/bay-map/1"\n'
DATA = (
    '[[bay]]\nnumber = {n}\nplace = {n}\nrole = "data"\ngroup = 1\nmember = {n}\nserial = "{s}"\n'
)


def made(layout="raidz2:10x4", number=42):
    pod = storage_pod(extra=(drives(number),))
    placement = place(pod, read_layout(layout))
    assert isinstance(placement, Placement)
    return bay_map_of(pod, placement)


def test_a_bay_map_reads_back_as_it_was_written():
    found = made()
    assert bay_map_of_toml(write_bay_map(found), "bays.toml") == found
    assert len(found.bays) == 45
    assert found.layout == "raidz2:10x4"
    assert found.chassis == "POD-CASE-45"


def test_serial_numbers_are_left_open_and_can_be_filled_in():
    text = write_bay_map(made())
    assert [bay.get("serial") for bay in tomli.loads(text)["bay"]].count("") == 42
    filled = text.replace('serial = ""', 'serial = "Z1Z00001"', 1)
    found = bay_map_of_toml(filled, "bays.toml")
    bay = found.at("Z1Z00001")
    assert bay is not None
    assert (bay.number, bay.backplane, bay.place, bay.role) == (1, 1, 1, "data")
    assert found.at("NOWHERE") is None


def test_each_bay_knows_its_backplane_and_its_place():
    bay = made().bays[16]
    assert (bay.number, bay.backplane, bay.place) == (17, 4, 2)


def test_what_is_not_known_is_left_out():
    pod = storage_pod(extra=(drives(45),))
    placement = place(pod, read_layout("raidz2:15x3"))
    text = write_bay_map(bay_map_of(pod, placement))
    first = tomli.loads(text)["bay"][0]
    known = placement.topology.bays[0]
    assert ("supplies" in first) is bool(known.supplies)
    assert ("cables" in first) is bool(known.paths)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "schema"),
        ('schema = "podplanner/bay-map/2"', "schema"),
        ("schema = ", "no TOML"),
        (HEAD + 'colour = "red"', "colour"),
        (HEAD + 'layout = "raid9"', "raid9"),
        (HEAD + '[[bay]]\nnumber = 0\nplace = 1\nrole = "empty"', "bay 1 number"),
        (HEAD + BAY + 'role = "data"', "belong to a bay"),
        (HEAD + BAY + 'role = "spare"\ngroup = 1\nmember = 1', "belong to"),
        (HEAD + BAY + 'role = "empty"\nserial = "X"', "no serial number"),
        (HEAD + DATA.format(n=1, s="A") + DATA.format(n=2, s="A"), "same serial: A"),
        (HEAD + DATA.format(n=1, s="") * 2, "same number: 1"),
        (HEAD + DATA.format(n=1, s="") + DATA.format(n=2, s="").replace("member = 2", "member = 1"),
         "same group and member"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(text, words):
    with pytest.raises(FormatError, match=words):
        bay_map_of_toml(text, "bays.toml")


def test_two_open_serial_numbers_are_not_the_same():
    found = bay_map_of_toml(HEAD + DATA.format(n=1, s="") + DATA.format(n=2, s=" "), "bays.toml")
    assert isinstance(found, BayMap)
    assert [bay.serial for bay in found.bays] == [None, None]


def test_a_file_that_is_none_is_said(tmp_path):
    with pytest.raises(FileAccessError, match="cannot be opened"):
        read_bay_map(tmp_path / "none.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FormatError, match="UTF-8"):
        read_bay_map(tmp_path / "bytes.toml")
    (tmp_path / "bays.toml").write_text(write_bay_map(made()), encoding="utf-8")
    assert len(read_bay_map(tmp_path / "bays.toml").bays) == 45
