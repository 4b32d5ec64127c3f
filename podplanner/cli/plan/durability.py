"""`plan durability`."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from podplanner.cli.bom.opening import Json
from podplanner.cli.plan.choices import picture_option
from podplanner.cli.plan.durability_options import Asked, Correlated, Shape, Waiting, ask
from podplanner.cli.plan.durability_play import Options, play
from podplanner.cli.plan.durability_words import print_answer, print_record
from podplanner.cli.plan.outputs import Force, refuse_outputs, write_outputs
from podplanner.errors import WrongUsageError
from podplanner.planning.durability.answer import Question, answer
from podplanner.report.durability_chart import as_file, chart_of

Model = Literal["window", "parallel", "serial"]


def durability(
    data: Annotated[
        int | None, typer.Option("--data", metavar="D", help="Data drives of a group.")
    ] = None,
    parity: Annotated[
        int | None, typer.Option("--parity", metavar="P", help="Drives of it that may fail.")
    ] = None,
    groups: Annotated[
        int | None, typer.Option("--groups", metavar="N", help="Groups of --data and --parity.")
    ] = None,
    layout: Annotated[
        str | None,
        typer.Option(
            "--layout",
            metavar="WORDS",
            help="Instead: raidz2:15x3, draid2:6d:24c:0s, mirror:2x22, ceph-ec:8+3 ...",
        ),
    ] = None,
    drives: Annotated[
        int | None,
        typer.Option(
            "--drives",
            metavar="N",
            help="Data drives of all pods together; by default what the layout takes.",
        ),
    ] = None,
    pods: Annotated[
        int,
        typer.Option(
            "--pods",
            metavar="N",
            help="Pods alike; --data/--parity groups and clusters lie across them.",
        ),
    ] = 1,
    drive: Annotated[
        str | None,
        typer.Option(
            "--drive",
            metavar="SKU",
            help="Takes failure rate, size and speed from the catalog.",
        ),
    ] = None,
    drive_bytes: Annotated[
        str | None, typer.Option("--drive-bytes", metavar="SIZE", help="Size of a drive: 20TB.")
    ] = None,
    afr: Annotated[
        str | None,
        typer.Option("--afr", metavar="RATE", help="Failures per drive-year: 1.57% or 0.0157."),
    ] = None,
    afr_from: Annotated[
        Path | None,
        typer.Option("--afr-from", metavar="FILE", help="Takes them from a drive report (JSON)."),
    ] = None,
    rebuild: Annotated[
        str | None,
        typer.Option(
            "--rebuild", metavar="TIME", help="From failure to whole again: 6.5d, 156h, 2h30m, 90m."
        ),
    ] = None,
    rebuild_rate: Annotated[
        str | None,
        typer.Option(
            "--rebuild-rate",
            metavar="RATE",
            help="Instead: a drive's share in a rebuild, 100MB/s; needs its size.",
        ),
    ] = None,
    delay: Annotated[
        str | None,
        typer.Option("--delay", metavar="TIME", help="With it: until a rebuild begins (12h)."),
    ] = None,
    model: Annotated[
        Model, typer.Option("--model", help="Which loss is the answer; all three are shown.")
    ] = "window",
    ure: Annotated[
        str | None,
        typer.Option(
            "--ure",
            metavar="P",
            help="Unrecoverable errors per bit read: 1e-15, or `stated` by the drive.",
        ),
    ] = None,
    batch: Annotated[
        float,
        typer.Option(
            "--batch-factor",
            metavar="X",
            help="While one drive of a group is down, the others fail X times as often.",
        ),
    ] = 1.0,
    common_cause: Annotated[
        str,
        typer.Option(
            "--common-cause", metavar="SHARE", help="Share of failures that take a whole group: 1%."
        ),
    ] = "0",
    pod_loss: Annotated[
        str,
        typer.Option(
            "--pod-loss",
            metavar="RATE",
            help="Pods destroyed with their drives, per pod-year: 0.1%.",
        ),
    ] = "0",
    simulate: Annotated[
        int | None, typer.Option("--simulate", metavar="YEARS", help="Play that many years too.")
    ] = None,
    rare: Annotated[
        bool, typer.Option("--rare", help="Estimate a rare loss by importance splitting too.")
    ] = False,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Of the random numbers.")] = 0,
    fixed: Annotated[
        bool, typer.Option("--fixed-repair", help="Simulated repairs all take the same time.")
    ] = False,
    crews: Annotated[
        int | None, typer.Option("--crews", metavar="N", help="Simulated repairs at once, in all.")
    ] = None,
    spares: Annotated[
        int | None, typer.Option("--spares", metavar="N", help="Simulated drives on the shelf.")
    ] = None,
    restock: Annotated[
        str | None, typer.Option("--restock", metavar="TIME", help="Until a spare is replaced.")
    ] = None,
    ageing: Annotated[
        float, typer.Option("--ageing", metavar="SHAPE", help="Weibull shape; 1 is no ageing.")
    ] = 1.0,
    age: Annotated[
        float, typer.Option("--age", metavar="YEARS", help="Of the drives at the start.")
    ] = 0.0,
    outage: Annotated[
        list[str] | None,
        typer.Option(
            "--outage",
            metavar="DRIVES@RATE:TIME",
            help="A supply or link that takes drives away for a while: 1-25@5%:24h.",
        ),
    ] = None,
    destroyed: Annotated[
        list[str] | None,
        typer.Option(
            "--destroyed",
            metavar="DRIVES@RATE",
            help="Something that destroys drives together: 1-5@0.1%.",
        ),
    ] = None,
    chart: Annotated[
        Path | None,
        typer.Option(
            "--chart", metavar="FILE.svg", help="Draw nines against rebuild time and failure rate."
        ),
    ] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Say how likely a drive layout loses data.

    The loss within a year by three models, the nines that leaves, and, when asked, a simulation.
    What the models and the options mean is in docs/durability.md.

    \b
    Examples:
      podplanner plan durability --data 17 --parity 3 --afr 0.00405 --rebuild 6.5d
      podplanner plan durability --layout raidz2:15x3 --drive ST20000NM007D --rebuild-rate 100MB/s
      podplanner plan durability --layout raidz2:15x3 --afr 1.57% --rebuild 3d --simulate 1000000
      podplanner plan durability --data 17 --parity 3 --groups 45 --pods 20 --afr 1.5% --rebuild 2d
    """  # fmt: skip
    settled = ask(
        Asked(
            Shape(data, parity, groups, layout, drives, pods),
            Waiting(rebuild, rebuild_rate, delay),
            Correlated(ure, batch, common_cause, pod_loss),
            drive, drive_bytes, afr, afr_from,
        )
    )  # fmt: skip
    options = Options(
        simulate, rare, seed, fixed, crews, spares, restock, ageing, age,
        tuple(outage or ()), tuple(destroyed or ()),
    )  # fmt: skip
    charts = () if chart is None else (picture_option("--chart", chart),)
    refuse_outputs(None, charts, force=force)
    found = answer(settled.question)
    drawn = {path: _drawn(settled.question, model) for path in charts}
    seen = play(settled.question, options, model)
    write_outputs(None, drawn, force=force)
    (print_record if as_json else print_answer)(settled, found, model, seen)


def _drawn(question: Question, model: Model) -> str:
    if not (drawing := chart_of(question, model)):
        raise WrongUsageError(
            "--chart: nothing fails, so there is nothing to draw", hint="Give a higher --afr."
        )
    return as_file(drawing)
