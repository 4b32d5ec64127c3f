"""`podplanner plan bandwidth`."""

from pathlib import Path
from typing import Annotated

import typer

from podplanner.catalog.pod import Pod
from podplanner.cli.bom.opening import File, Json
from podplanner.cli.console import emit, show, table, wrapped
from podplanner.cli.plan.choices import picture_option
from podplanner.cli.plan.filled import OtherDrives, filled_pod
from podplanner.cli.plan.opening import open_planned
from podplanner.cli.plan.outputs import Force, write_outputs
from podplanner.errors import ConflictError
from podplanner.planning.bandwidth import Bandwidth, Outcome, Question, bandwidth_of
from podplanner.planning.bandwidth_words import about, answers, headlines, wish
from podplanner.planning.loads import LinkLoad, Stage
from podplanner.planning.topology import Basis, Gap
from podplanner.report.bandwidth_drawing import bandwidth_file
from podplanner.report.bandwidth_rows import HEADINGS, NUMBERS, bandwidth_rows


def bandwidth(
    file: File,
    drive: OtherDrives = None,
    drawing: Annotated[
        Path | None,
        typer.Option("--drawing", metavar="FILE.svg", help="Write the links as a picture."),
    ] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Follow the data from drive to network, and name the narrowest link.

    Rates are in MB/s (10^6 bytes a second), for all drives reading in sequence at once.

    \b
    Examples:
      podplanner plan bandwidth pod.toml
      podplanner plan bandwidth storage-pod-3.0 --drive 45xWUH721816ALE6L4 --drawing links.svg
    """  # fmt: skip
    picture = None if drawing is None else picture_option("--drawing", drawing)
    pod = filled_pod(open_planned(file), drive)
    found = bandwidth_of(pod)
    if isinstance(found, Gap):
        raise ConflictError(
            f"the links cannot be followed: {found.reason}", hint=f"State {found.wants}."
        )
    if picture is not None:
        write_outputs(file, {picture: bandwidth_file(found)}, force=force)
    if as_json:
        emit("plan-bandwidth", _record(pod, found))
    else:
        _show(pod, found)


# --- For people ---


def _show(pod: Pod, found: Bandwidth) -> None:
    show(f"{pod.bill.title or pod.bill.file}: {len(found.drives)} drives, rates in MB/s")
    show()
    show(table([row.cells for row in bandwidth_rows(found)], HEADINGS, right=NUMBERS))
    show()
    for sentence in headlines(found):
        show(wrapped(sentence, 0))
    if found.questions:
        show()
        show("Missing:")
        for question in found.questions:
            _show_question(question)
    if found.notes:
        show()
        for note in found.notes:
            show(f"Note: {wrapped(note, 6)}")


def _show_question(question: Question) -> None:
    show(f"  - {wrapped(about(question), 4)}")
    for answer in answers(question):
        show(f"    {wrapped(answer, 6)}")
    show(f"    {wrapped(wish(question), 4)}")


# --- For machines ---


def _record(pod: Pod, found: Bandwidth) -> dict[str, object]:
    return {
        "bill": pod.bill.title,
        "drives": len(found.drives),
        "demand": found.demand,
        "limiting": _limit_record(found.limiting),
        "host": _outcome_record(found.host, found.least_host, certain=found.host_is_certain),
        "network": _outcome_record(
            found.network, found.least_network, certain=found.network_is_certain
        ),
        "steps": [_step_record(stage) for stage in found.stages],
        "bays": [
            {"bay": d.bay, "reads": d.reads, "rate": d.rate, "limit": _limit_record(d.limit)}
            for d in found.drives
        ],
        "missing": [_question_record(question, matters=True) for question in found.questions],
        "settled": [_question_record(question, matters=False) for question in found.settled],
        "wiring": found.basis,
        "wiring_assumed": found.basis is Basis.ASSUMED,
        "notes": found.notes,
    }


def _outcome_record(most: Outcome, least: Outcome | None, *, certain: bool) -> dict[str, object]:
    return {
        "total": most.total, "per_drive": most.per_drive, "certain": certain,
        "limiting": _limit_record(most.limit),
        "least_total": least.total if least else None,
        "least_per_drive": least.per_drive if least else None,
    }  # fmt: skip


def _limit_record(load: LinkLoad | None) -> dict[str, object] | None:
    return None if load is None else {"step": load.link.step, "link": load.link.name}


def _step_record(stage: Stage) -> dict[str, object]:
    return {
        "step": stage.step, "capacity": stage.capacity, "per_drive": stage.per_drive,
        "oversubscription": stage.oversubscription, "known": stage.is_known,
        "links": [
            {
                "link": load.link.name, "part": load.link.subject, "capacity": load.rate,
                "known": load.link.capacity.is_known, "bays": load.bays, "demand": load.demand,
                "oversubscription": load.oversubscription, "per_drive": load.per_drive,
            }
            for load in stage.loads
        ],
    }  # fmt: skip


def _question_record(question: Question, *, matters: bool) -> dict[str, object]:
    return {
        "step": question.step, "part": question.subject, "links": question.links,
        "matters": matters, "wants": question.wants,
        "scenarios": [
            {
                "name": ", ".join(filter(None, (scenario.first, scenario.second))),
                "capacity": scenario.rate, "limiting": scenario.limits,
                "host_total": scenario.host.total, "host_per_drive": scenario.host.per_drive,
                "network_total": scenario.network.total,
                "network_per_drive": scenario.network.per_drive,
            }
            for scenario in question.scenarios
        ],
    }  # fmt: skip
