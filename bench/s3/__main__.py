"""Measure the store in a bucket beside other tools, on an engine that is started for it.

Usage: python bench/s3 [--folder DIR] [--runs 3] [--tools WORD,WORD ...] [--layers 22]
                       [--link 500] [--no-link] [--json FILE]

Every tool is a whole process, and has an engine of its own with an empty folder: SeaweedFS, on
this machine. Tools take turns, in the other order every second time; medians are shown. Requests
and bytes are what the engine has counted, CPU is the tool's own. What was pulled is compared with
what was pushed. DIR (by default `podplanner-bench` in the folder for temporary files) keeps the
models and the other tools; it takes about 20 GB. The link of limited speed takes root, `ip` and
`tc`. Tools: podplanner-raw, podplanner-fast, s5cmd, s5cmd-tuned, boto3, boto3-tuned, obstore,
rclone, mlflow, dvc, restic, modelstore.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "store"))
sys.path.append(str(Path(__file__).resolve().parents[2] / "tests"))

import link
from engine import SeaweedFs
from models import FULL_LAYERS, Models, made_models
from report import Report
from steps import Done, Walk, WrongFilesError
from tools import Tool, all_tools

MB = 10**6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--folder", type=Path, default=Path(tempfile.gettempdir()) / "podplanner-bench"
    )
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument(
        "--tools", default="", help="their words, with commas between; all if empty"
    )
    parser.add_argument("--layers", type=int, default=FULL_LAYERS, help="22 make a model of 2 GiB")
    parser.add_argument("--link", type=int, default=500, help="speed of the link, MB/s")
    parser.add_argument("--no-link", action="store_true", help="leave the link out")
    parser.add_argument("--only-link", action="store_true", help="leave all else out")
    parser.add_argument("--json", type=Path, help="file for the figures")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    wanted = {word for word in asked.tools.split(",") if word}
    tools = list(all_tools(asked.folder, wanted))
    models = made_models(asked.folder, asked.layers)
    done: list[Done] = []
    if not asked.only_link:
        done += _in_turn(asked.runs, tools, lambda tool: _walk(tool, asked.folder, models))
    if not asked.no_link:
        try:
            with link.limited(asked.link * MB) as far:
                done += _in_turn(
                    asked.runs, tools, lambda tool: _walk(tool, asked.folder, models, far)
                )
        except link.NoLinkError as error:
            print(f"the link of limited speed is left out: {error}", file=sys.stderr)
    report = Report(tools, done, models.first_bytes)
    for words in report.tables():
        print(words, end="\n\n")
    print(report.aims())
    if asked.json:
        asked.json.write_text(json.dumps(report.as_json(), indent=2))


def _in_turn(
    runs: int, tools: Iterable[Tool], walk: Callable[[Tool], Iterable[Done]]
) -> list[Done]:
    """Have every tool walk through its steps, `runs` times in turn.

    A tool that fails is left out from there on.
    """
    done: list[Done] = []
    left = list(tools)
    for number in range(runs):
        for tool in list(left) if number % 2 == 0 else list(reversed(left)):
            if number and tool.once:
                continue
            print(f"run {number + 1} of {runs}: {tool.name}", file=sys.stderr)
            try:
                for one in walk(tool):
                    print(f"  {one.step}: {one.run.wall_s:.2f} s", file=sys.stderr)
                    done.append(one)
            except (SystemExit, WrongFilesError) as error:
                print(f"{tool.name} is left out: {error}", file=sys.stderr)
                left.remove(tool)
    return done


def _walk(tool: Tool, folder: Path, models: Models, far: link.Link | None = None) -> Iterable[Done]:
    host = {} if far is None else {"host": far.host}
    with SeaweedFs(folder / "engine", **host) as engine:
        walk = Walk(tool, engine, folder / "work", () if far is None else far.before)
        try:
            yield from walk.through(models) if far is None else walk.over_link(models)
        finally:
            walk.clear()


if __name__ == "__main__":
    main()
