"""Bad input of `plan`: one clear error with its status, and one object with `--json`."""

import os
from importlib.util import find_spec
from pathlib import Path

import pytest
from unit.cli.running import bom, new_pod, podplanner

from podplanner.cli.plan import COMMANDS

OF_A_LIST = {
    "check": (), "power": (), "bandwidth": (), "place": ("--layout", "raidz2:15x3"),
    "capacity": ("--layout", "raidz2:15x3"), "cost": (), "report": ("-o", "plan.html"),
}  # fmt: skip
"""Commands that read a list, with the options that they need."""
OF_NO_LIST = {"durability", "find"}
WITH_LAYOUT = ("check", "place", "capacity", "cost", "report")

GROUPS = ("--layout", "raidz2:15x3")
LOSS = ("durability", *GROUPS, "--afr", "1%")
REBUILT = (*LOSS, "--rebuild", "3d")
SIZE = ("capacity", *GROUPS, "--drive-bytes")


@pytest.fixture(autouse=True)
def _files(monkeypatch):
    pod = new_pod()
    assert bom("add", pod, "ST4000NM0033x45", "--price", "120").status == 0
    Path("empty.toml").write_text("")
    Path("noise.toml").write_bytes(bytes(range(256)) * 4)
    Path("picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50))
    for name, quantity in (("negative", "-5"), ("nan", "nan"), ("huge", "1" + "0" * 30)):
        Path(f"{name}.toml").write_text(
            f'[[line]]\ntitle = "Drive"\npart = "ST4000NM0033"\nquantity = {quantity}\n'
        )
    Path("none-of-it.toml").write_text(
        '[[line]]\ntitle = "Drive"\npart = "ST4000NM0033"\nquantity = 0\n'
    )
    Path("bad-layout.toml").write_text(
        'layout = "raidz9:3"\n[[line]]\ntitle = "Drive"\npart = "ST4000NM0033"\nquantity = 45\n'
    )
    Path("there.svg").write_text("mine")
    Path("folder").mkdir()


def refused(*words: object) -> tuple[int, str, str]:
    """Return status, message and hint of a command that fails, which it says in both ways."""
    done = podplanner("plan", *words, "--json")
    answer = done.json
    assert answer["schema"] == "podplanner/error/1"
    assert set(answer["error"]) == {"code", "message", "hint"}
    assert done.err == ""
    people = podplanner("plan", *words)
    assert people.status == done.status
    assert people.out == ""
    assert people.err.startswith("error: ")
    assert people.err.count("error: ") == 1
    assert "Traceback" not in people.err
    assert answer["error"]["hint"], "it says what to do next"
    return done.status, answer["error"]["message"], answer["error"]["hint"]


def test_every_command_is_tried_here():
    assert set(OF_A_LIST) | OF_NO_LIST == set(COMMANDS)


@pytest.mark.parametrize(
    "command", [name for name, home in COMMANDS.items() if find_spec(home.partition(":")[0])]
)
def test_every_command_has_json_and_examples_in_its_help(command):
    done = podplanner("plan", command, "--help")
    assert done.status == 0
    assert "--json" in done.out
    assert "Examples:" in done.out
    assert f"podplanner plan {command}" in done.out


@pytest.mark.parametrize("command", OF_A_LIST)
@pytest.mark.parametrize(
    ("file", "status", "says"),
    [
        ("none.toml", 3, "no file none.toml"), ("folder", 3, "is a folder"),
        ("empty.toml", 4, "is empty"), ("noise.toml", 4, "binary file"),
        ("picture.png", 4, "PNG picture"), ("negative.toml", 4, "greater than or equal to 0"),
        ("nan.toml", 4, "not a number"), ("huge.toml", 4, "out of range"),
        ("bad-layout.toml", 4, "'raidz9:3' is no layout"),
    ],
)  # fmt: skip
def test_a_list_that_cannot_be_read_is_one_error(command, file, status, says):
    found, message, _ = refused(command, file, *OF_A_LIST[command])
    assert found == status
    assert says in message
    assert file in message
    assert not Path("plan.html").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
@pytest.mark.parametrize("command", OF_A_LIST)
def test_a_list_without_permission_is_one_error(command):
    Path("pod.toml").chmod(0)
    status, message, _ = refused(command, "pod.toml", *OF_A_LIST[command])
    assert status == 3
    assert "pod.toml" in message


IMPOSSIBLE = [
    ("raidz2:2x3", "at least 3 drives"), ("raidz2:0x3", "at least 3 drives"),
    ("raidz2:15x0", "at least one group"), ("raidz2:-1x3", "is no layout"),
    ("raidz4:15", "is no layout"), ("raidz2:15.5x3", "is no layout"),
    ("raidz2:nanx3", "is no layout"), (f"raidz2:{'9' * 40}x3", "is no number of drives"),
    ("draid2:6d:7c:0s", "do not fit 7 drives"), ("mirror:1x4", "at least 2 drives"),
    ("ceph-ec:0+1", "at least one data"), ("seaweed-rs:10+0", "at least one data"),
    ("", "is no layout"),
]  # fmt: skip


@pytest.mark.parametrize("layout", IMPOSSIBLE, ids=lambda layout: layout[0][:20] or "empty")
@pytest.mark.parametrize("command", [*WITH_LAYOUT, "durability"])
def test_a_layout_that_cannot_be_is_one_error_that_names_the_option(command, layout):
    words = {
        "durability": ("durability", "--afr", "1%", "--rebuild", "3d"),
        "report": ("report", "pod.toml", "-o", "plan.html"),
    }.get(command, (command, "pod.toml"))
    status, message, _ = refused(*words, "--layout", layout[0])
    assert status == 2
    assert message.startswith("--layout ")
    assert layout[1] in message
    assert "Write it like" not in message.replace("write", "Write")  # the hint says that, once


SIZES = [
    ("0", "more than 0 bytes"), ("-4TB", "not negative"), ("4Tb", "means bits"),
    ("4tb", "may mean bits or bytes"), ("4 Gb", "means bits"), ("nan", "no size"),
    ("inf", "no size"), ("9" * 40 + "TB", "more than 8 EiB"), ("4", "64 MiB"),
    ("4TiBB", "no unit of bytes"), ("4,000TB", "no unit of bytes"), ("", "no size"),
]  # fmt: skip


@pytest.mark.parametrize(("size", "says"), SIZES)
@pytest.mark.parametrize("words", [SIZE, (*LOSS, "--rebuild-rate", "100MB/s", "--drive-bytes")])
def test_a_size_that_cannot_be_is_one_error_that_names_the_option(words, size, says):
    status, message, hint = refused(*words, size)
    assert status == 2
    assert message.startswith("--drive-bytes ")
    assert says in message
    assert "TB" in hint


NUMBERS = ("-1", "nan", "inf", "x", "", "1e999", "9" * 400, "1,5,3")
AMOUNTS = (
    "--years", "--watts", "--drive-price", "--kwh-price", "--pue", "--rack-unit-month",
    "--cloud-price", "--egress-share",
)  # fmt: skip


@pytest.mark.parametrize("option", AMOUNTS)
def test_an_amount_that_cannot_be_is_one_error_that_names_the_option(option):
    for number in NUMBERS:
        status, message, _ = refused("cost", "pod.toml", *GROUPS, option, number)
        assert status == 2, number
        assert message.startswith(f"{option} "), number


OTHERS = [
    # words, status, option that the message names, what it says
    (("place", "none-of-it.toml", *GROUPS), 7, "", "no bay for a data drive"),
    (("capacity", "none-of-it.toml", *GROUPS), 2, "", "no data drives"),
    (("power", "none-of-it.toml"), 7, "", "the supplies"),
    (("bandwidth", "none-of-it.toml"), 7, "", "no bay for a data drive"),
    (("place", "pod.toml", "--layout", "raidz2:15x4"), 7, "", "takes 60 drives"),
    (("place", "pod.toml", *GROUPS, "--pods", "0"), 2, "--pods", "greater than or equal to 1"),
    (("place", "pod.toml", *GROUPS, "--pods", "2"), 2, "--pods", "in one pod"),
    (("place", "pod.toml", *GROUPS, "--zpool", "a b"), 2, "--zpool", ""),
    (("place", "pod.toml", *GROUPS, "--zpool", "mirror"), 2, "--zpool", ""),
    (("place", "pod.toml"), 2, "", "no drive layout"),
    (("power", "pod.toml", "--spin-up", "0"), 2, "--spin-up", "1 to 1,000"),
    (("power", "pod.toml", "--spin-up", "soon"), 2, "--spin-up", "none of at-once"),
    (("power", "pod.toml", "--spin-up", "9" * 40), 2, "--spin-up", ""),
    (("power", "pod.toml", "--drive", "0xST4000NM0033"), 2, "--drive", "1 to 1,000"),
    (("power", "pod.toml", "--drive", "99999xST4000NM0033"), 2, "--drive", "1 to 1,000"),
    (("power", "pod.toml", "--drive", "NOPE-1"), 6, "", "no part 'NOPE-1'"),
    (("bandwidth", "pod.toml", "--drive", "PSM-5760V"), 2, "--drive", "no drive"),
    (("bandwidth", "pod.toml", "--drive", "45xPSM-5760V"), 2, "--drive", "no drive"),
    (("check", "pod.toml", "--rack-depth", "0mm"), 2, "--rack-depth", "more than 0"),
    (("check", "pod.toml", "--rack-depth", "-5mm"), 2, "--rack-depth", ""),
    (("check", "pod.toml", "--rack-depth", "nan"), 2, "--rack-depth", "no length"),
    (("check", "pod.toml", "--rack-depth", "5Gb"), 2, "--rack-depth", "no length"),
    (("check", "pod.toml", "--rack-units", "0"), 2, "--rack-units", ""),
    ((*SIZE, "4TB", "--drives", "0"), 2, "--drives", ""),
    ((*SIZE, "4TB", "--drives", "14"), 2, "", "45 drives"),
    ((*SIZE, "4TB", "--drives", "9" * 30), 2, "", "drives"),
    ((*SIZE, "4TB", "--pods", "9" * 30), 2, "", "pods"),
    ((*SIZE, "4TB", "--ashift", "99"), 2, "", "ashift"),
    ((*SIZE, "4TB", "--record-size", "0"), 2, "--record-size", ""),
    ((*SIZE, "4TB", "--record-size", "128Kb"), 2, "--record-size", "means bits"),
    ((*SIZE, "4TB", "--drive", "ST4000NM0033"), 2, "--drive", "both say"),
    (("capacity", *GROUPS), 2, "", "how large is a drive"),
    (("cost", "pod.toml", "--pods", "0"), 2, "--pods", ""),
    (("cost", "pod.toml", "--pods", "9" * 30), 2, "--pods", ""),
    (("cost", "pod.toml", "--years", "0"), 2, "--years", "more than 0"),
    (("cost", "pod.toml", "--pue", "0.9"), 2, "--pue", "1 to 10 times"),
    (("cost", "pod.toml", "--afr", "2"), 2, "--afr", "%"),
    (("cost", "pod.toml", "--drive-price", "5 EUR"), 2, "--drive-price", "USD"),
    (("cost", "pod.toml", "--cloud", "nope"), 6, "", "no tariff"),
    (("cost", "pod.toml", "--egress-price", "1"), 2, "--egress-price", "--cloud-price"),
    (("durability", "--data", "17"), 2, "", "which drives protect each other"),
    (("durability", "--data", "0", "--parity", "3"), 2, "--data", "at least 1"),
    (("durability", "--data", "17", "--parity", "-1"), 2, "--parity", "at least 0"),
    (("durability", *GROUPS, "--afr", "2", "--rebuild", "3d"), 2, "--afr", "%"),
    (("durability", *GROUPS, "--afr", "-1%", "--rebuild", "3d"), 2, "--afr", ""),
    (("durability", *GROUPS, "--afr", "nan", "--rebuild", "3d"), 2, "--afr", ""),
    (("durability", *GROUPS, "--rebuild", "3d"), 2, "", "failure rate"),
    (("durability", *GROUPS, "--afr-from", "none.json", "--rebuild", "3d"), 3, "", "none.json"),
    (("durability", *GROUPS, "--afr-from", "folder", "--rebuild", "3d"), 3, "", "folder"),
    (("durability", *GROUPS, "--afr-from", "picture.png", "--rebuild", "3d"), 4, "", "picture"),
    ((*LOSS, "--rebuild", "0"), 2, "--rebuild", ""),
    ((*LOSS, "--rebuild", "-3d"), 2, "--rebuild", ""),
    ((*LOSS, "--rebuild", "nan"), 2, "--rebuild", ""),
    ((*LOSS, "--rebuild", "400d"), 2, "--rebuild", "year"),
    ((*LOSS, "--drive-bytes", "4TB", "--rebuild-rate", "100Mb/s"), 2, "--rebuild-rate", "bits"),
    ((*LOSS, "--drive-bytes", "4TB", "--rebuild-rate", "0"), 2, "--rebuild-rate", ""),
    ((*REBUILT, "--drives", "14"), 2, "--drives", "45 drives"),
    ((*REBUILT, "--pods", "9" * 30), 2, "--pods", ""),
    ((*REBUILT, "--ure", "15"), 2, "--ure", "errors per bit"),
    ((*REBUILT, "--batch-factor", "nan"), 2, "--batch-factor", ""),
    ((*REBUILT, "--common-cause", "2"), 2, "--common-cause", ""),
    ((*REBUILT, "--simulate", "0"), 2, "--simulate", ""),
    ((*REBUILT, "--simulate", "9" * 30), 2, "--simulate", ""),
    ((*REBUILT, "--spares", "2"), 2, "", "simulated only"),
    ((*REBUILT, "--simulate", "10", "--crews", "0"), 2, "--crews", "below 1"),
    ((*REBUILT, "--simulate", "10", "--spares", "-1"), 2, "--spares", "below 0"),
    ((*REBUILT, "--simulate", "10", "--ageing", "0"), 2, "--ageing", "not above 0"),
    ((*REBUILT, "--simulate", "10", "--age", "-1"), 2, "--age", "negative"),
    ((*REBUILT, "--simulate", "10", "--outage", "1-25@5%"), 2, "--outage", ""),
    ((*REBUILT, "--simulate", "10", "--destroyed", "0-5@1%"), 2, "--destroyed", ""),
    (("report", "pod.toml", "-o", "plan.pdf"), 2, "", "pdf"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "status", "option", "says"), OTHERS, ids=[" ".join(case[0])[:70] for case in OTHERS]
)
def test_bad_input_is_one_clear_error(words, status, option, says):
    found, message, _ = refused(*words)
    assert found == status
    assert option in message
    assert says in message


# --- Files that are written ---

WRITING = [
    ("power", "pod.toml", "--drawing"), ("bandwidth", "pod.toml", "--drawing"),
    ("place", "pod.toml", *GROUPS, "--drawing"), ("place", "pod.toml", *GROUPS, "--bay-map"),
    (*REBUILT, "--chart"),
]  # fmt: skip
each_writing = pytest.mark.parametrize("words", WRITING, ids=lambda w: f"{w[0]} {w[-1]}")


@each_writing
def test_a_file_that_is_there_is_kept_without_force(words):
    status, message, hint = refused(*words, "there.svg")
    assert status == 8
    assert "there.svg is there already" in message
    assert "--force" in hint
    assert Path("there.svg").read_text() == "mine"
    assert podplanner("plan", *words, "there.svg", "--force").status == 0
    assert Path("there.svg").read_text() != "mine"


@each_writing
def test_a_missing_folder_is_said_before_anything_is_written(words):
    status, message, _ = refused(*words, "nowhere/new.svg")
    assert status == 8
    assert "nowhere/new.svg" in message
    assert "no such folder" in message


@each_writing
def test_a_folder_is_no_file(words):
    Path("folder.svg").mkdir()
    status, message, _ = refused(*words, "folder.svg", "--force")
    assert status == 8
    assert "folder" in message


@pytest.mark.parametrize("alias", ["the list", "a symbolic link", "a hard link"])
@pytest.mark.parametrize("words", WRITING[:4], ids=lambda words: f"{words[0]} {words[-1]}")
def test_the_list_is_never_written_over(words, alias):
    file = Path("pod.toml").rename("pod.svg")  # what a file holds decides, not its name
    before = file.read_bytes()
    name = file if alias == "the list" else Path("other.svg")
    if alias == "a symbolic link":
        name.symlink_to(file)
    elif alias == "a hard link":
        name.hardlink_to(file)
    command, _, *options = words
    status, message, _ = refused(command, file, *options, name, "--force")
    assert status == 8
    assert "is the list itself" in message
    assert file.read_bytes() == before


def test_of_two_files_none_is_written_where_one_cannot_be():
    status, _, _ = refused(
        "place", "pod.toml", *GROUPS, "--bay-map", "new.toml", "--drawing", "nowhere/x.svg"
    )
    assert status == 8
    assert not Path("new.toml").exists()


def test_what_cannot_be_computed_writes_nothing():
    refused("power", "none-of-it.toml", "--drawing", "new.svg")
    refused(*REBUILT, "--simulate", "0", "--chart", "new.svg")
    assert not Path("new.svg").exists()
