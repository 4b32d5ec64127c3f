"""The programs of the pages about models: they run, and say what the pages say that they say."""

import ast
import re
from pathlib import Path

import pytest
from support.saved import make_store

DOCS = Path(__file__).resolve().parents[3] / "docs"
BLOCK = re.compile(r"<!-- run by the tests -->\n```python\n(.*?)```\n", re.DOTALL)
PROGRAMS = {
    f"{page}-{number}": code
    for page in ("models", "training", "inference")
    for number, code in enumerate(BLOCK.findall((DOCS / f"{page}.md").read_text("utf-8")))
}

PREPARED = {
    # The second block of rules goes on from the first; the network's from the page's beginning.
    "models-1": "from podplanner.models.decision_tables import RuleBase\n",
    "models-2": "from podplanner.models import load, save\n",
}


def expected(lines, statement):
    """Return what a comment behind or below an expression says of its value; None: nothing."""
    last = lines[statement.end_lineno - 1][statement.end_col_offset :]
    below = lines[statement.end_lineno] if statement.end_lineno < len(lines) else ""
    comment = last if "#" in last else below if below.startswith("#") else ""
    return comment.partition("#")[2].strip() or None


def run(code):
    """Run a program, and return how many of its values were compared."""
    lines, names, compared = code.splitlines(), {}, 0
    for statement in ast.parse(code).body:
        says = expected(lines, statement) if isinstance(statement, ast.Expr) else None
        part = ast.Module([statement], [])
        if says is None:
            exec(compile(part, "page", "exec"), names)
            continue
        value = eval(compile(ast.Expression(statement.value), "page", "eval"), names)
        assert repr(value) == says
        compared += 1
    return compared


def test_there_are_programs():
    assert len(PROGRAMS) == 4


@pytest.mark.parametrize("name", PROGRAMS)
def test_it_runs_and_says_what_the_page_says(name, tmp_path, monkeypatch):
    code = PROGRAMS[name]
    if "import torch" in code:
        pytest.importorskip("torch", reason="needs torch")
    monkeypatch.setenv("PODPLANNER_STORE", make_store(tmp_path / "store").address)
    compared = run(PREPARED.get(name, "") + code)
    assert compared or "import torch" in code
