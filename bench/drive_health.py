"""How well drives that fail are told from those that do not, beside the usual rules.

    python bench/drive_health.py --drive-stats CSV ... [--recordings DIR] [--rates]

`--drive-stats` takes files of Backblaze's Drive Stats (a row for each drive and day): recall, false
alarms and precision by tier, beside "any of ATA 5, 187, 188, 197, 198 above zero", and whether the
risk that is shown beside a verdict is the one that was seen. `--recordings` takes a folder of
recorded smartctl outputs with an `index.csv` of what they should be judged (columns `file`,
`expected_verdict`). `--rates` prints the tables of bom/drives/rates.toml that these files give.
"""

import argparse
import csv
from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from podplanner.drives.assessment import Verdict
from podplanner.drives.backtest import Judged, backtest, judged
from podplanner.drives.drive_stats import read_drive_stats
from podplanner.drives.judging import assess
from podplanner.drives.judging.growth import growth_of
from podplanner.drives.judging.steps import Course
from podplanner.drives.recordings import read_recordings
from podplanner.drives.signals import Signal
from podplanner.planning.durability.rate import rate_of_counts

DAYS_A_YEAR = 365.25
BINS = {
    Signal.REALLOCATED: ((1, 16), (17, 70), (71, 260), (261, 1000), (1001, None)),
    Signal.PENDING: ((1, 2), (3, 16), (17, None)),
}
BAD = (Verdict.WARNING, Verdict.REPLACE)
ALLOWED = {
    "failing": {"REPLACE"},
    "warning/failing": {"WARNING", "REPLACE"},
    "warning": {"WARNING"},
    "warning (watch)": {"WATCH", "WARNING"},
    "warning (cable)": {"WATCH", "WARNING"},
    "warning (wear)": {"WATCH", "WARNING"},
    "healthy": {"OK", "WATCH"},
    "unknown": {"UNKNOWN"},
    "error": {"UNKNOWN"},
}


def expected(words):
    """Return the verdicts that agree with an entry of the index; None for a scan listing."""
    if words.startswith("scan"):
        return None
    for start in ("warning (watch)", "warning (cable)", "warning (wear)", "warning/failing"):
        if words.startswith(start):
            return ALLOWED[start]
    return ALLOWED[words.split()[0]]


def stats(paths, *, rates):
    fleet = read_drive_stats(paths)
    found = backtest(fleet)
    print(f"{found.drives:,} drives, {found.failures} failed, {fleet.rows:,} rows")
    print("| judged | recall | false alarms | precision |")
    print("|---|---|---|---|")
    for name, tier in (
        ("REPLACE", found.replace),
        ("WARNING and above", found.warning),
        ("any of 5, 187, 188, 197, 198 above 0", found.any_of_five),
    ):
        print(
            f"| {name} | {tier.recall:.1%} ({tier.failed} of {tier.failures}) "
            f"| {tier.false_alarm_rate:.2%} ({tier.false_alarms:,}) | {tier.precision:.1%} |"
        )
    drives = list(judged(fleet))
    calibration(drives)
    if rates:
        for signal, bins in BINS.items():
            print_rates(drives, signal, bins)


def weightiest(one: Judged):
    risks = [e.risk.yearly for e in one.assessment.evidence if e.risk is not None]
    return max(risks, default=None)


def calibration(drives):
    print("\n| risk shown, a year | drives | failures expected | failures seen |")
    print("|---|---|---|---|")
    edges = (0.0, 0.1, 0.3, 1.0, 1e9)
    for low, high in pairwise(edges):
        inside = [(d, r) for d in drives if (r := weightiest(d)) is not None and low <= r < high]
        if inside:
            years = [d.drive.observed_days / DAYS_A_YEAR for d, _ in inside]
            due = sum(r * y for (_, r), y in zip(inside, years, strict=True))
            seen = sum(d.drive.failed for d, _ in inside)
            top = f"{high:.0%}" if high < 1e9 else "more"
            print(f"| {low:.0%} to {top} | {len(inside):,} | {due:.1f} | {seen} |")


def print_rates(drives, signal, bins):
    tally = Counter(), Counter()
    for one in drives:
        count = one.reading.signals.get(signal, 0)
        place = next((b for b in bins if b[0] <= count and (b[1] is None or count <= b[1])), None)
        if place is None:
            continue
        course = growth_of(signal, count, one.past, one.reading.read_at).course
        for grew in (None, course is Course.GROWING) if course is not Course.NEW else (None,):
            tally[0][place, grew] += one.drive.failed
            tally[1][place, grew] += one.drive.observed_days
    for (low, high), grew in sorted(tally[1], key=str):
        failures, days = tally[0][(low, high), grew], tally[1][(low, high), grew]
        rate = rate_of_counts(failures, days, "")
        print("[[table.rate]]")
        print(f"low = {low}" + ("" if high is None else f"\nhigh = {high}"))
        if grew is not None:
            print(f"grew = {str(grew).lower()}")
        print(
            f"yearly = {rate.estimate:.3f}\nyearly_low = {rate.low:.3f}\n"
            f"yearly_high = {rate.high:.3f}\nfailures = {failures}\ndrive_days = {days}\n"
        )


def recordings(folder):
    with (folder / "index.csv").open(encoding="utf-8") as file:
        index = {row["file"]: row for row in csv.DictReader(file)}
    read = read_recordings([folder])
    now = datetime.now(UTC)
    agree, five, smartctl = Counter(), Counter(), Counter()
    for reading in read.readings:
        allowed = expected(index[reading.source]["expected_verdict"])
        verdict = assess(reading, now=now).verdict
        kind = index[reading.source]["expected_verdict"].split()[0].split("/")[0]
        agree[kind, verdict.value in allowed] += 1
        if verdict.value not in allowed:
            print(f"DISAGREES {reading.source}: {verdict}, {index[reading.source]}")
        bad = any(
            reading.signals.get(s, 0)
            for s in (
                Signal.REALLOCATED,
                Signal.REPORTED_UNCORRECTABLE,
                Signal.COMMAND_TIMEOUTS,
                Signal.PENDING,
                Signal.OFFLINE_UNCORRECTABLE,
            )
        )
        five[kind] += bad
        smartctl[kind] += reading.passed is False
    print("\n| recordings | agree | any of five above 0 | the drive's own verdict |")
    print("|---|---|---|---|")
    for kind in dict.fromkeys(kind for kind, _ in agree):
        total = agree[kind, True] + agree[kind, False]
        print(
            f"| {kind} ({total}) | {agree[kind, True]} | {five[kind]} flagged "
            f"| {smartctl[kind]} flagged |"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--drive-stats", nargs="*", type=Path, default=[])
    parser.add_argument("--recordings", type=Path)
    parser.add_argument("--rates", action="store_true")
    asked = parser.parse_args()
    if asked.drive_stats:
        stats(asked.drive_stats, rates=asked.rates)
    if asked.recordings:
        recordings(asked.recordings)
