"""Time the simulation: one million pod-years of a 45-drive pod at real rates, on one core.

Usage: python bench/simulation.py [YEARS]

The pod is raidz2:15x3, its drives fail at 1.57 % a year (Backblaze, drive stats for 2024) and are
whole again after 3 days. The second figure is the same law by the plain event loop, with a clock
for every drive, over a fiftieth of the years; the third is the closed forms, uncached. Times are
the median of five runs.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable

from podplanner.planning.durability import group_losses
from podplanner.planning.durability.scenario import Scenario, consecutive_groups
from podplanner.planning.durability.simulation import simulate

RUNS = 5
AFR, REBUILD_H = 0.0157, 72.0
POD = Scenario(consecutive_groups(3, 15), 2, AFR, REBUILD_H)
CALLS = 10_000


def median_s(work: Callable[[], object]) -> float:
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def closed_forms() -> None:
    # Another rate each time, past the cache.
    uncached = group_losses.__wrapped__
    for call in range(CALLS):
        uncached(drives=15, parity=2, afr=AFR + call * 1e-9, rebuild_h=REBUILD_H)


def main() -> None:
    years = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    skipped_s = median_s(lambda: simulate(POD, years=years, seed=1))
    few = max(1, years // 50)
    plain_s = median_s(lambda: simulate(POD, years=few, seed=1, plain=True))
    seen = simulate(POD, years=years, seed=1)
    print(
        json.dumps(
            {
                "pod_years": years,
                "drives": POD.drives,
                "failures": seen.failures,
                "years_with_loss": seen.lost,
                "seconds": round(skipped_s, 3),
                "microseconds_a_failure": round(skipped_s / max(seen.failures, 1) * 1e6, 3),
                "plain_event_loop": {"pod_years": few, "seconds": round(plain_s, 3)},
                "closed_forms_microseconds": round(median_s(closed_forms) / CALLS * 1e6, 2),
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
