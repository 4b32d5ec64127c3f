"""What the pages say must be what the program does."""

import csv
import io
import json
import os
import re
import shlex
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import get_args

import pytest
import tomli
import typer
from unit.cli.model_folders import model_folder
from unit.docs import checks_page, drive_rules

from podplanner.catalog.bill import BillOfMaterials, Charge, Line, Link, Quote, Reading, Section
from podplanner.catalog.library import library, read_part
from podplanner.catalog.parts import PART, Part, PartBase
from podplanner.catalog.readers.native import bill_of_toml
from podplanner.catalog.readers.quotes import read_quotes
from podplanner.cli import app as front
from podplanner.cli import bom, drive, model, plan, store
from podplanner.errors import ALL_ERRORS
from podplanner.rules import ALL_RULES, PLAN_RULES

ROOT = Path(__file__).resolve().parents[3]
CLI = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
FORMAT = (ROOT / "docs" / "parts-list.md").read_text(encoding="utf-8")
CHECKS = (ROOT / "docs" / "checks.md").read_text(encoding="utf-8")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("examples/*.md")])

NOUNS = {"bom": bom, "plan": plan, "drive": drive, "model": model, "store": store}
NAMES = tuple(f"{noun} {name}" for noun, home in NOUNS.items() for name in home.COMMANDS)
ALONE = tuple(front.VERBS)
"""Commands without a noun."""

FIRST_CELL = re.compile(r"^\| `([^`]+)` \|", re.MULTILINE)


def section(page, heading):
    """Return what stands under a heading, up to the next one of the same depth or above."""
    depth = len(heading) - len(heading.lstrip("#"))
    start = page.index(f"\n{heading}\n") + len(heading) + 2
    end = re.search(rf"^#{{1,{depth}}} ", page[start:], re.MULTILINE)
    return page[start : start + end.start()] if end else page[start:]


def blocks(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


# --- exit codes ---


def test_the_table_of_exit_codes_is_complete_and_has_nothing_else():
    table = section(CLI, "## Exit codes")
    said = re.findall(r"^\| (\d+) \| ?`?([a-z-]*)`? ?\|", table, re.MULTILINE)
    expected = [("0", ""), ("1", ""), ("70", "bug"), ("130", "interrupted")]
    expected += [(str(error.exit_code), error.code) for error in ALL_ERRORS]
    assert sorted(said) == sorted(expected)


# --- checks ---


def test_the_page_of_checks_is_what_the_docstrings_say():
    assert checks_page.page() == CHECKS, "run: python tests/unit/docs/checks_page.py"


def test_the_tables_of_what_drives_count_are_the_rules():
    text = drive_rules.PAGE.read_text(encoding="utf-8")
    assert drive_rules.page() == text, "run: python tests/unit/docs/drive_rules.py"


@pytest.mark.parametrize("rule", [*ALL_RULES, *PLAN_RULES], ids=lambda rule: rule.code)
def test_every_rule_is_documented(rule):
    assert "Why it matters:" in rule.check.__doc__
    assert "Fails when:" in rule.check.__doc__
    page = section(CHECKS, f"### {rule.code}")
    assert f"Severity: {rule.severity.value}. **{rule.title}**" in page
    row = f"| [{rule.code}](#{rule.code.lower()}) | {rule.severity.value} | {rule.title} |"
    assert row in CHECKS.splitlines()


@pytest.mark.parametrize(
    ("command", "rules"), [("bom check", ALL_RULES), ("plan check", PLAN_RULES)]
)
def test_the_page_of_checks_has_the_rules_of_each_command_and_no_other(command, rules):
    start = CHECKS.index(f"\n## Rules of `{command}`\n")
    end = CHECKS.find("\n## Rules of ", start + 1)
    part = CHECKS[start:end] if end > 0 else CHECKS[start:]
    said = re.findall(r"^### (\w+)$", part, re.MULTILINE)
    assert said == [rule.code for rule in checks_page.in_order(rules)]
    if command == "plan check":
        assert "`podplanner plan check FILE` runs every rule from here on" in part


# --- commands ---


def command_of(name):
    noun, _, verb = name.rpartition(" ")
    group = NOUNS[noun].app if noun else front.app
    return typer.main.get_command(group).get_command(None, verb)


def test_every_command_has_its_place():
    said = re.findall(rf"^### `((?:{'|'.join(NOUNS)}) [a-z]+)`$", CLI, re.MULTILINE)
    assert sorted(said) == sorted(NAMES)
    assert re.findall(r"^### `([a-z]+)`$", CLI, re.MULTILINE) == list(ALONE)


@pytest.mark.parametrize("name", [*NAMES, *ALONE])
def test_every_option_is_documented_and_no_other(name):
    command = command_of(name)
    real = {
        word
        for parameter in command.params
        for word in (*parameter.opts, *parameter.secondary_opts)
        if word.startswith("-")
    } - {"-h", "--help"}
    table = section(CLI, f"### `{name}`").split("\n| option |", 1)[1].split("\n\n", 1)[0]
    cells = [row.split("|")[1] for row in table.splitlines()[2:]]
    said = {word for cell in cells for word in re.findall(r"`(-[^`]+)`", cell)}
    assert said == real


# --- the format ---


def keys_of(model):
    return {info.alias or name for name, info in model.model_fields.items() if not info.exclude}


@pytest.mark.parametrize(
    ("heading", "model"),
    [
        ("### Bill", BillOfMaterials), ("### Line", Line), ("### Reading", Reading),
        ("### Section", Section), ("### Charge", Charge), ("### Link", Link),
        ("### Quote", Quote),
    ],
)  # fmt: skip
def test_every_key_of_the_format_is_documented_and_no_other(heading, model):
    assert set(FIRST_CELL.findall(section(FORMAT, heading))) == keys_of(model)


def test_every_key_of_every_part_is_documented_and_no_other():
    said = set(FIRST_CELL.findall(section(FORMAT, "### Every part")))
    assert said == {"kind", *PartBase.model_fields}


def test_every_figure_of_every_kind_is_documented_and_no_other():
    said = {}
    for row in section(FORMAT, "### Figures by kind").splitlines():
        if row.startswith("| `"):
            _, kinds, keys, _ = row.split("|")
            keys = re.sub(r"\([^)]*\)", "", keys)
            for kind in re.findall(r"`(\w+)`", kinds):
                said[kind] = set(re.findall(r"`(\w+)`", keys))
    models = get_args(get_args(Part)[0])
    assert said == {
        kind: set(model.model_fields) - set(PartBase.model_fields) - {"kind"}
        for model in models
        for kind in get_args(model.model_fields["kind"].annotation)
    }


BILLS = [block for block in blocks(FORMAT, "toml") if block.startswith("schema")]
PARTS = [block for block in blocks(FORMAT, "toml") if block.startswith("kind")]


@pytest.mark.parametrize("text", BILLS)
def test_every_bill_on_the_page_reads(text):
    assert bill_of_toml(text, "docs/parts-list.md").lines


@pytest.mark.parametrize("text", PARTS)
def test_every_part_on_the_page_reads(text):
    assert PART.validate_python(tomli.loads(text)).source


def test_the_page_shows_bills_and_parts():
    assert len(BILLS) >= 2
    assert len(PARTS) >= 1
    shown = tomli.loads(max(BILLS, key=len))
    assert {"line", "section", "charge", "link", "quote"} <= set(shown)


# --- links and examples ---


def anchors(page):
    """Return the anchors of a page's headings, as GitHub makes them."""
    found = set()
    for heading in re.findall(
        r"^#+ (.+)$", re.sub(r"^```.*?^```$", "", page, flags=re.M | re.S), re.M
    ):
        plain = re.sub(r"[^\w\- ]", "", heading.lower())
        found.add(plain.replace(" ", "-"))
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page):
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    broken = []
    for target in re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = page if not name else (page.parent / name)
        if not file.exists() or (
            anchor and anchor not in anchors(file.read_text(encoding="utf-8"))
        ):
            broken.append(target)
    assert broken == []


def test_the_pages_are_found():
    names = {page.name for page in PAGES}
    assert {"README.md", "CHANGELOG.md", "cli.md", "checks.md", "parts-list.md"} <= names


@pytest.mark.parametrize("adr", sorted((ROOT / "docs" / "adr").glob("*.md")), ids=lambda p: p.stem)
def test_every_decision_is_dated_and_has_its_parts(adr):
    text = adr.read_text(encoding="utf-8")
    assert re.match(rf"# {adr.name[:4]}\. \S", text)
    assert re.search(r"^Date: \d{4}-\d{2}-\d{2}$", text, re.MULTILINE)
    heads = re.findall(r"^## (\w+)$", text, re.MULTILINE)
    assert heads == ["Context", "Options", "Outcome"]


def test_the_examples_are_read():
    assert len(read_quotes(ROOT / "examples" / "quotes.csv")) == 4
    assert read_part(ROOT / "examples" / "own-part.toml").sku == "RAIL-26"


# --- what the pages show is what comes out ---


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A folder with the files that the pages use, and no parts of one's own."""
    pasted = ROOT / "bom" / "pods" / "storage-pod-3.0.txt"
    (tmp_path / "pasted.txt").write_bytes(pasted.read_bytes())
    for name in ("quotes.csv", "drive-scan.json", "drive-stats.csv"):
        (tmp_path / name).write_bytes((ROOT / "examples" / name).read_bytes())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PODPLANNER_PARTS", str(tmp_path / "none"))
    monkeypatch.setenv("PODPLANNER_STORE", "models")
    for name in ("XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "own"))
    model_folder("cat", seed=1)
    model_folder("cat-2", seed=1, changed=1)
    library.cache_clear()
    yield tmp_path
    library.cache_clear()


def run(monkeypatch, command):
    """Run one command line; return what it prints, both streams in order, and its status."""
    words = shlex.split(command)
    assert words[0] == "podplanner"
    monkeypatch.setattr("sys.argv", words)
    out, both = io.StringIO(), io.StringIO()

    class Both(io.StringIO):
        def write(self, text):
            out.write(text)
            return both.write(text)

    with redirect_stdout(Both()), redirect_stderr(both), pytest.raises(SystemExit) as ended:
        front.main()
    return out.getvalue(), both.getvalue(), ended.value.code


def settled(text):
    """Return text without what may differ between two runs: the size of a report."""
    return re.sub(r"\([\d,]+ bytes\)", "(N bytes)", text)


def test_the_tour_of_the_readme_is_real(desk, monkeypatch):
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    for words in (["model"], ["tuned", "--tuned"]):
        example = str(ROOT / "examples" / "small_model.py")
        subprocess.run([sys.executable, example, *words], check=True)
    tours = blocks(page, "console")
    shown = 0
    for tour in tours:
        for entry in re.split(r"^\$ ", tour, flags=re.MULTILINE)[1:]:
            command, _, expected = entry.partition("\n")
            if not command.startswith("podplanner"):
                continue
            _, both, _ = run(monkeypatch, command)
            pattern = ".*?".join(re.escape(settled(part)) for part in expected.split("...\n"))
            assert re.fullmatch(pattern, settled(both), re.DOTALL), f"$ {command}\n{both}"
            shown += 1
    assert shown >= 10


def test_every_json_example_is_real(desk, monkeypatch):
    found = re.findall(r"^```console\n\$ (.*?)\n```\n```json\n(.*?)^```$", CLI, re.M | re.S)
    assert set(NAMES) == {" ".join(command.split()[1:3]) for command, _ in found}, (
        "an example of every command"
    )
    for command, example in found:
        out, _, status = run(monkeypatch, command)
        _compare(json.loads(example), json.loads(out), command)
        if "error" in json.loads(out):
            assert status == 3


PACKED = (".stored_bytes", ".fetched_bytes", ".object_bytes", ".marked_bytes", ".sent_bytes")
"""Bytes that depend on the release of zstd which packed them."""


def _compare(shown, real, where):
    """Compare an example with the output: the same keys; the same values where nothing is cut."""
    if isinstance(shown, dict):
        missing = set(shown) ^ set(real)
        if where.endswith((".sources", ".fields")):
            missing = set(shown) - set(real)
        assert not missing, f"{where}: {missing}"
        for key, value in shown.items():
            _compare(value, real[key], f"{where}.{key}")
    elif isinstance(shown, list):
        assert len(shown) <= len(real), where
        for index, value in enumerate(shown):
            _compare(value, real[index], f"{where}[{index}]")
        assert bool(shown) == bool(real), where
    elif isinstance(shown, str) and "..." in shown:
        pattern = ".*".join(re.escape(part) for part in shown.split("..."))
        assert re.fullmatch(pattern, real.replace(os.sep, "/"), re.DOTALL), where
    elif not where.endswith((".bytes", *PACKED)):
        assert shown == real, where


def test_quotes_of_the_example_have_the_headings_that_the_help_names():
    with (ROOT / "examples" / "quotes.csv").open(newline="") as file:
        headings = next(csv.reader(file))
    named = command_of("bom price").help
    assert all(heading in " ".join(named.split()) for heading in headings)
