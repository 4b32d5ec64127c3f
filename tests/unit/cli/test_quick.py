"""Commands of models and stores start without the libraries that they do not need."""

import json
import subprocess
import sys
from typing import Annotated, Literal

import pytest
import typer

from podplanner.cli.quick import QuickCommand

SLOW = {"pydantic", "numpy", "jinja2", "openpyxl", "lxml", "tomlkit"}


def imported(script):
    code = f"import sys, json\n{script}\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


def modules(noun):
    from podplanner.cli import model, store

    homes = {"model": model, "store": store}[noun].COMMANDS.values()
    return sorted({home.partition(":")[0] for home in homes})


@pytest.mark.parametrize("noun", ["model", "store"])
def test_importing_the_commands_needs_none_of_the_slow_libraries(noun):
    found = imported(f"import podplanner.cli.app, {', '.join(modules(noun))}")
    assert not found & SLOW


def test_reading_the_words_of_a_command_needs_none_either():
    script = (
        "from podplanner.cli import app\n"
        "sys.argv = 'podplanner model push here team/cat --store ./none --meta a=1 --meta b=2 "
        "--encoding fast --delta --progress none'.split()\n"
        "try:\n    app.main()\nexcept SystemExit:\n    pass\n"
    )
    found = imported(script)
    assert "podplanner.cli.model.pushing" in found
    assert not found & SLOW


@pytest.fixture
def run():
    """Return a function that runs a quick command and gives what it was called with."""
    app = typer.Typer()
    called = {}

    @app.command(cls=QuickCommand)
    def command(
        word: str,
        more: Annotated[list[str] | None, typer.Argument()] = None,
        several: Annotated[list[str] | None, typer.Option("--several")] = None,
        one_of: Annotated[Literal["a", "b"], typer.Option("--one-of")] = "a",
        number: Annotated[int, typer.Option("--number", min=1)] = 5,
        perhaps: Annotated[int | None, typer.Option("--perhaps")] = None,
        flag: Annotated[bool, typer.Option("--flag")] = False,
    ) -> None:
        called.update(locals())

    def run(*words):
        called.clear()
        app(list(words), standalone_mode=False)
        return {name: value for name, value in called.items() if name != "called"}

    return run


def test_words_arrive_as_typer_would_give_them(run):
    assert run("x") == {"word": "x", "more": None, "several": None, "one_of": "a", "number": 5,
                        "perhaps": None, "flag": False}  # fmt: skip
    assert run("x", "y", "z", "--several", "1", "--several", "2", "--one-of", "b", "--number", "7",
               "--perhaps", "0", "--flag") == {
        "word": "x", "more": ["y", "z"], "several": ["1", "2"], "one_of": "b", "number": 7,
        "perhaps": 0, "flag": True,
    }  # fmt: skip


@pytest.mark.parametrize(
    "words",
    [("x", "--one-of", "c"), ("x", "--number", "0"), ("x", "--number", "many"), (),
     ("x", "--perhaps", "1.5"), ("x", "--nope")],
)  # fmt: skip
def test_wrong_words_meet_typers_own_errors(run, words):
    with pytest.raises(typer.BadParameter.__mro__[1]):
        run(*words)
