"""Time reading, checking and pricing a bill of 10,000 lines, as whole processes.

Usage: python bench/large_bill.py [LINES]

First, reading, checking and pricing in one process, its start not included; then the commands
as whole processes. Each runs five times after one warm-up; the median is what to quote. For
scale, the same
file is also read by Python's own reader of the format (`csv`, `tomllib`, `json`) in a process of
its own.
"""

import csv
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path

RUNS = 5
PARTS = ["PSM-5760V", "ST4000DM000", "i3-2100", "CFI-B53PM", "SY-PEX40008", "unknown"]
PODPLANNER = [sys.executable, "-m", "podplanner"]
ALL_THREE = """
import gc, sys, time
gc.set_threshold(100_000, 20, 50)
from datetime import date
from podplanner.catalog.library import library
from podplanner.catalog.opening import open_bill
from podplanner.catalog.pod import assemble
from podplanner.planning.cost import cost_of
from podplanner.rules import ALL_RULES
from podplanner.rules.base import run
start = time.perf_counter()
pod = assemble(open_bill(sys.argv[1], library()), library(), as_of=date.today())
run(ALL_RULES, pod), cost_of(pod)
print(time.perf_counter() - start)
"""


def rows(number: int) -> list[tuple[str, ...]]:
    """Return lines with a total that fits, one in five with a known part number."""
    chance = random.Random(20261123)
    found = []
    for index in range(number):
        part = chance.choice(PARTS) if index % 5 == 0 else f"X{index:05d}-{chance.randrange(99)}"
        quantity = chance.randrange(1, 200)
        unit = Decimal(chance.randrange(1, 50000)) / 100
        title = f"{chance.choice(['Screw', 'SATA cable', 'Fan', 'Backplane'])} {part} size {index}"
        found.append((title, part, str(quantity), f"{unit:.2f}", f"{unit * quantity:.2f}"))
    return found


def write_lists(folder: Path, number: int) -> dict[str, Path]:
    """Write the list as CSV, as TOML (through `bom import`) and as quotes."""
    heading = ("Item", "Part number", "Qty", "Unit price", "Total")
    lines = rows(number)
    table, quotes, native = folder / "big.csv", folder / "quotes.csv", folder / "big.toml"
    with table.open("w", newline="") as file:
        csv.writer(file).writerows([heading, *lines])
    with quotes.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("part", "vendor", "date", "currency", "price"))
        writer.writerows((line[1], "Example", "2026-11-01", "USD", line[3]) for line in lines[::10])
    subprocess.run(
        [*PODPLANNER, "bom", "import", str(table), "-o", str(native), "--force"],
        check=True, capture_output=True,
    )  # fmt: skip
    return {"csv": table, "toml": native, "quotes": quotes}


def median_s(command: list[str]) -> float:
    """Return the median wall time of a command, in seconds."""
    times = []
    for run in range(RUNS + 1):
        start = time.perf_counter()
        subprocess.run(command, capture_output=True, check=False)
        if run:
            times.append(time.perf_counter() - start)
    return statistics.median(times)


def median_work_s(path: Path) -> float:
    """Return the median time to read, check and price a list, start of Python not included."""
    times = [
        float(subprocess.run(
            [sys.executable, "-c", ALL_THREE, str(path)], capture_output=True, check=True, text=True
        ).stdout)
        for _ in range(RUNS + 1)
    ]  # fmt: skip
    return statistics.median(times[1:])


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as name:
        files = write_lists(Path(name), number)
        bom = [*PODPLANNER, "bom"]
        commands = {
            "bom check, CSV": [*bom, "check", str(files["csv"]), "--json"],
            "bom check, TOML": [*bom, "check", str(files["toml"]), "--json"],
            "bom cost, CSV": [*bom, "cost", str(files["csv"]), "--json"],
            "bom cost, TOML": [*bom, "cost", str(files["toml"]), "--json"],
            "Python's csv alone": [
                sys.executable, "-c", "import csv,sys; list(csv.reader(open(sys.argv[1])))",
                str(files["csv"]),
            ],
            "Python's tomllib alone": [
                sys.executable, "-c", "import tomllib,sys; tomllib.load(open(sys.argv[1],'rb'))",
                str(files["toml"]),
            ],
        }  # fmt: skip
        result = {
            f"read, checked and priced, {kind}": round(median_work_s(files[kind]), 3)
            for kind in ("csv", "toml")
        }
        result |= {what: round(median_s(command), 3) for what, command in commands.items()}
    print(json.dumps({"lines": number, "median_s": result}, indent=2))


if __name__ == "__main__":
    main()
