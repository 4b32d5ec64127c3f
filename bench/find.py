"""Time `plan find`: how many designs are evaluated a second, and how long whole searches take.

Usage: python bench/find.py [--searches]

First the evaluator alone, on one core: every design of one case with a few drives, with nothing
left out for being covered by a design that was found before. Then, with `--searches`, three needs
on the whole catalog, as `plan find` seeks them. Seconds are of this process's CPU, so that other
work on the machine does not count.
"""

import statistics
import sys
import time
from collections.abc import Callable

from podplanner.catalog.library import library
from podplanner.planning.find.cases import Case
from podplanner.planning.find.front import Incumbents
from podplanner.planning.find.hunt import Hunt
from podplanner.planning.find.need import Need
from podplanner.planning.find.search import search
from podplanner.planning.find.stock import Stock, stock_of

RUNS = 3
CASE, DRIVES = "4U-4424", 12
LAB = Need(50 * 10**12, read=10**9, nines=6)
TEAM = Need(500 * 10**12, read=2 * 10**9, nines=9)
CLUSTER = Need(10 * 10**15, read=20 * 10**9, write=5 * 10**9, nines=11)


class NoIncumbents(Incumbents):
    """Covers nothing, so that every design is evaluated."""

    def cover(self, best: object) -> bool:
        """Return that nothing is covered."""
        return False


def evaluate(stock: Stock, cases: tuple[Case, ...]) -> int:
    """Evaluate every design of one case with some drives, and return how many there were."""
    hunt = Hunt(TEAM, stock, cases=cases, incumbents=NoIncumbents())
    one = [case for case in cases if case.frame.chassis.sku == CASE]
    for pace in hunt.paces[:DRIVES]:
        for _ in hunt.of_drive(pace, one):
            pass
    return hunt.evaluated


def timed(work: Callable[[], int]) -> tuple[int, float]:
    """Return what `work` gives, and the median of its CPU seconds."""
    seconds, result = [], 0
    for _ in range(RUNS):
        start = time.process_time()
        result = work()
        seconds.append(time.process_time() - start)
    return result, statistics.median(seconds)


def main() -> None:
    """Print what was measured."""
    stock = stock_of(library())
    cases = Hunt(TEAM, stock).cases
    number, seconds = timed(lambda: evaluate(stock, cases))
    print(f"evaluator: {number:,} designs in {seconds:.2f} s, {number / seconds:,.0f} a second")
    if "--searches" not in sys.argv[1:]:
        return
    for name, need in (("50 TB", LAB), ("500 TB", TEAM), ("10 PB", CLUSTER)):
        start = time.process_time()
        found = search(need, stock)
        took = time.process_time() - start
        print(
            f"{name}: {took:.1f} s, {found.evaluated:,} designs evaluated, {found.pruned:,} left "
            f"out, {len(found.front):,} on the front"
        )


if __name__ == "__main__":
    main()
