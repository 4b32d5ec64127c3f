"""The pod of the demo: its price, its plan, and which of its drives to pull."""

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from podplanner.catalog.drive_layout import read_layout
from podplanner.catalog.library import find_part, library
from podplanner.catalog.opening import open_bill
from podplanner.catalog.parts import Drive
from podplanner.catalog.pod import Pod, assemble
from podplanner.catalog.prices import tariffs, typical_site
from podplanner.catalog.writers.files import write_whole
from podplanner.catalog.writers.toml_bill import write_toml
from podplanner.demo.telling import Telling
from podplanner.drives.arrays.recordings import read_array_recordings
from podplanner.drives.asking import Asked as AskedDrives
from podplanner.drives.assessment import WORST_FIRST
from podplanner.drives.pulling.card import Card
from podplanner.drives.pulling.choosing import cards
from podplanner.drives.round import bay_map_of, check
from podplanner.drives.samples import resolved
from podplanner.errors import FormatError
from podplanner.planning.capacity import capacity_of, holdings_of
from podplanner.planning.cost import DriveChoice, cost_of
from podplanner.planning.filling import with_drives
from podplanner.planning.find.models import demand_of
from podplanner.planning.find.words import read_models
from podplanner.planning.outlook import Wishes, outlook_of, priced
from podplanner.planning.ownership import Asked
from podplanner.planning.restated import with_layout
from podplanner.planning.totals import totals_of
from podplanner.report.card_words import say_bay, say_drive
from podplanner.report.chassis_drawing import draw_chassis
from podplanner.report.drive_model import UNPLACED, Aside, drive_report_of
from podplanner.report.model import report_of
from podplanner.report.plan_model import plan_report_of
from podplanner.report.render import render_drives_html, render_html, render_plan_html
from podplanner.report.story_values import DrivesPart, PlanPart, PodPart
from podplanner.report.wording import plural
from podplanner.resources import data_dir
from podplanner.rules import ALL_RULES, PLAN_RULES
from podplanner.rules.base import Severity, run, tally
from podplanner.units.words import say_size

SAMPLE = "lab-pod"
_POD = "Storage Pod 3.0"
_DRIVE, _PRICE = "ST4000DM000", Decimal(120)
# The drive of those pods of that time; the price is an assumption, and is said to be one.
_LAYOUT = "raidz2:15x3"
_WANTED, _VERSIONS = "40x7B:bf16", 20
# A team's models: 40 of 7 billion parameters, and 20 versions of each.


def price(folder: Path, told: Telling) -> tuple[Pod, PodPart]:
    """Import the pasted parts list of a pod, check it and price it; write its list and its page."""
    told.step(
        "Price the pod",
        "A parts list, pasted from a web page so that its columns run together, becomes a list "
        "that is checked and priced.",
    )
    source = data_dir("bom") / "pods" / "storage-pod-3.0.txt"
    parts, now = library(), datetime.now(UTC)
    bill = open_bill(str(source), parts).model_copy(update={"title": _POD})
    list_file, page = folder / "pod.toml", folder / "pod.html"
    words = ["Read from storage-pod-3.0.txt by podplanner; edit it freely, it is meant for hands."]
    told.typed(f'podplanner bom import {source} --title "{_POD}" -o {list_file}')
    write_whole(list_file, write_toml(bill, words).encode())
    pod = assemble(open_bill(str(list_file), parts), parts, as_of=now.date())
    chosen = DriveChoice("4 TB drives", None, _PRICE, _drive().capacity)
    cost, totals = cost_of(pod, drives=chosen), totals_of(pod.bill)
    verdicts = run(ALL_RULES, pod)
    told.typed(f"podplanner bom report {list_file} -o {page} --drives 4TB@{_PRICE}")
    report = report_of(pod, cost, verdicts, totals, made_on=now.date())
    write_whole(page, render_html(report).encode(errors="backslashreplace"))
    found = PodPart(
        title=_POD,
        lines=len(pod.bill.lines),
        stated=totals.stated,
        with_drives=cost.known_total,
        per_tb=cost.per_tb,
        currency=pod.bill.currency or "USD",
        drives=f"{chosen.name} at an assumed {_PRICE} {pod.bill.currency} each",
        errors=tally(verdicts)[Severity.ERROR],
        page=page.name,
    )
    told.found(
        f"{plural(found.lines, 'line')}, stated total {_amount(found.stated)} {found.currency}; "
        f"the check finds {plural(found.errors, 'error')} in the list itself"
    )
    told.found(
        f"with drives {_amount(found.with_drives)} {found.currency}, "
        f"{_amount(found.per_tb)} per raw TB ({found.drives})"
    )
    return pod, found


def _drive() -> Drive:
    part = find_part(library(), _DRIVE)
    if not isinstance(part, Drive):
        raise FormatError(
            f"{_DRIVE} is no drive in this catalog",
            hint="Parts of your own win over the shipped ones: look at PODPLANNER_PARTS.",
        )
    return part


def _amount(value: Decimal | None) -> str:
    return "unknown" if value is None else f"{value:,.2f}"


def plan(pod: Pod, folder: Path, told: Telling) -> PlanPart:
    """Reckon what the pod keeps and what models ask for; write the plan as a page."""
    told.step(
        "Plan a store for the models",
        f"45 drives in three groups of 15, of which any two may fail, against what a team wants "
        f"to keep: {_WANTED} with {_VERSIONS} versions of each.",
    )
    layout, drive, page = read_layout(_LAYOUT), _drive(), folder / "plan.html"
    filled = with_drives(pod, drive, None) or pod
    held = holdings_of(filled)
    number = held.in_pods(1)
    told.typed(f"podplanner plan capacity --layout {_LAYOUT} --drive {_DRIVE}")
    capacity = capacity_of(layout, drives=number, drive_bytes=held.drive_bytes)
    demand = demand_of([read_models(_WANTED)], versions=_VERSIONS, loads=None, checkpoints=None)
    told.typed(
        f"podplanner plan report {folder / 'pod.toml'} -o {page} --layout {_LAYOUT} "
        f"--drive {_DRIVE} --drive-price {_PRICE}"
    )
    planned = with_layout(priced(filled, _PRICE), layout)
    wishes = Wishes(
        Asked(years=Decimal(5), layout=layout, drive_price=_PRICE),
        typical_site(),
        tariffs()["s3-standard"],
        Decimal(10),
    )
    today = datetime.now(UTC).date()
    cost, totals = cost_of(planned), totals_of(planned.bill)
    checked, listed = (
        report_of(planned, cost, run(rules, planned), totals, made_on=today)
        for rules in (PLAN_RULES, ALL_RULES)
    )
    report = plan_report_of(outlook_of(planned, wishes), checked, listed)
    write_whole(page, render_plan_html(report).encode(errors="backslashreplace"))
    found = PlanPart(
        layout=_LAYOUT,
        drives=number,
        raw_bytes=capacity.raw_bytes,
        recommended_bytes=capacity.recommended_bytes,
        wanted=f"{_WANTED} --versions {_VERSIONS}",
        wanted_bytes=demand.usable,
        reasons=demand.reasons,
        page=page.name,
    )
    told.found(
        f"{number} drives hold {say_size(found.raw_bytes)}; {_LAYOUT} keeps "
        f"{say_size(found.recommended_bytes)} of it with room to breathe"
    )
    told.found(
        f"the models take {say_size(found.wanted_bytes)} even if no two versions share a byte: "
        f"{found.wanted_bytes / found.recommended_bytes:.0%} of the pod"
    )
    return found


def check_drives(folder: Path, told: Telling) -> DrivesPart:
    """Judge the recorded drives of the sample pod, and say which to pull; write the page."""
    told.step(
        "Check the drives",
        f"What 45 drives of an invented pod ({SAMPLE}) said of themselves, as smartctl records it.",
    )
    page, now = folder / "drives.html", datetime.now(UTC)
    asked = AskedDrives(recordings=(Path(SAMPLE),), forget=True)
    told.typed(f"podplanner drive next --from {SAMPLE}")
    pod, bay_map = check(asked, now=now), bay_map_of(asked)
    arrays = read_array_recordings(resolved(asked.recordings))
    first, *others = cards(pod, arrays, bay_map=bay_map) or (None,)
    told.typed(f"podplanner drive report --from {SAMPLE} -o {page}")
    pull = first.bay.number if first is not None and first.bay is not None else None
    aside = Aside(
        card=first,
        picture=UNPLACED if bay_map is None else draw_chassis(pod, bay_map, pull=pull),
        arrays=arrays,
    )
    title = bay_map.title if bay_map is not None and bay_map.title else SAMPLE
    report = drive_report_of(pod, aside, title=title, made_at=now)
    write_whole(page, render_drives_html(report).encode(errors="backslashreplace"))
    counted = Counter(drive.assessment.verdict for drive in pod.drives)
    found = DrivesPart(
        sample=SAMPLE,
        counts={one.value: counted[one] for one in WORST_FIRST if counted[one]},
        drive=None if first is None else say_drive(first),
        place="" if first is None else say_bay(first.bay),
        reason="" if first is None else first.reason,
        safety="" if first is None else first.pull.safety.value,
        waiting=tuple(_waiting(one) for one in others if one is not None),
        page=page.name,
    )
    told.found(", ".join(f"{count} {verdict}" for verdict, count in found.counts.items()))
    if found.drive is not None:
        told.found(f"{found.safety}: {found.place}, {found.drive}: {found.reason}")
    return found


def _waiting(card: Card) -> str:
    return f"{say_bay(card.bay)}, {card.serial or 'serial unknown'}: {card.verdict}, {card.reason}"
