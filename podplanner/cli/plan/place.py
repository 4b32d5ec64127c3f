"""`plan place`: give every drive a bay, and say what kills data."""

from pathlib import Path
from typing import Annotated

import typer

from podplanner.catalog.drive_layout import DriveLayout
from podplanner.catalog.pod import Pod
from podplanner.catalog.writers.toml_bay_map import write_bay_map
from podplanner.cli.bom.opening import File, Json
from podplanner.cli.console import emit, say, show, table, wrapped
from podplanner.cli.plan.choices import LayoutWords, layout_option, picture_option
from podplanner.cli.plan.opening import open_planned
from podplanner.cli.plan.outputs import Force, write_outputs
from podplanner.errors import ConflictError, WrongUsageError
from podplanner.planning.placement import Misfit, Placement
from podplanner.planning.placement import place as placed
from podplanner.planning.placement.mapping import bay_map_of
from podplanner.planning.topology import Basis, Gap
from podplanner.report.placement_drawing import draw_placement
from podplanner.report.placement_text import bay_lines, failure_rows
from podplanner.report.pool_commands import PoolCommandError, mdadm_commands, zpool_commands
from podplanner.report.shape import Refusal

_MOST_PODS = 10_000
# More pods than this are a slip of the finger.


def place(
    file: File,
    layout: LayoutWords = None,
    pods: Annotated[
        int,
        typer.Option("--pods", metavar="N", min=1, max=_MOST_PODS,
                     help="Pods over which a cluster (ceph, seaweed) keeps its data."),
    ] = 1,
    bay_map: Annotated[
        Path | None,
        typer.Option("--bay-map", metavar="FILE", help="Write the bay map to this file (TOML)."),
    ] = None,
    drawing: Annotated[
        Path | None,
        typer.Option("--drawing", metavar="FILE.svg", help="Draw the placement on the case (SVG)."),
    ] = None,
    zpool: Annotated[
        str | None,
        typer.Option("--zpool", metavar="NAME",
                     help="Print the `zpool create` command of a pool of this name, only."),
    ] = None,
    mdadm: Annotated[
        bool, typer.Option("--mdadm", help="Print the `mdadm --create` commands, only.")
    ] = False,
    force: Force = False,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Give every drive a bay, and say what kills data.

    The drives of each group are spread so that as few backplanes, cables, adapters and supplies as
    possible, in this order, hold more of a group than may fail; a proof says why no placement does
    better. The table says what each part takes with it: the data is safe, offline until the part
    is replaced, or lost.

    \b
    Examples:
      podplanner plan place pod.toml --layout raidz2:15x3
      podplanner plan place pod.toml --layout mirror:2x22 --drawing bays.svg --bay-map bays.toml
      podplanner plan place pod.toml --layout raidz2:15x3 --zpool tank
    """
    drawing = None if drawing is None else picture_option("--drawing", drawing)
    pod = open_planned(file)
    found = _placement(pod, _layout_of(pod, layout), pods)
    commands = _commands(found, zpool, mdadm=mdadm)
    write_outputs(file, _texts(pod, found, bay_map, drawing), force=force)
    if as_json:
        emit("plan-place", {**_record(found), "commands": list(commands),
                            "bay_map": str(bay_map) if bay_map else None,
                            "drawing": str(drawing) if drawing else None})  # fmt: skip
    elif commands:
        for line in commands:
            show(line)
    else:
        _show(pod, found)


def _layout_of(pod: Pod, written: str | None) -> DriveLayout:
    written = pod.bill.layout if written is None else written
    if written is None:
        raise WrongUsageError(
            "no drive layout is given, and the list states none",
            hint='Add --layout, such as --layout raidz2:15x3, or write `layout = "raidz2:15x3"` '
            "at the top of the list.",
        )
    return layout_option(written)


def _placement(pod: Pod, layout: DriveLayout, pods: int) -> Placement:
    if pods > 1 and not layout.is_cluster:
        raise WrongUsageError(
            f"--pods {pods}: {layout} keeps its drives in one pod",
            hint="Leave --pods out, or choose a layout of a cluster.",
        )
    found = placed(pod, layout, pods=pods)
    if isinstance(found, Gap):
        raise ConflictError(f"the drives cannot be placed: {found.reason}",
                            hint=f"State {found.wants}.")  # fmt: skip
    if isinstance(found, Misfit):
        raise ConflictError(found.reason, hint=found.fix)
    return found


def _commands(found: Placement, zpool: str | None, *, mdadm: bool) -> tuple[str, ...]:
    try:
        made = zpool_commands(found, zpool) if zpool is not None else ()
        return (*made, *(mdadm_commands(found) if mdadm else ()))
    except PoolCommandError as error:
        option = "--mdadm" if zpool is None else f"--zpool {zpool}"
        raise WrongUsageError(f"{option}: {error}",
                              hint="--zpool takes raidz, draid and mirror, --mdadm takes "
                              "mdraid.") from error  # fmt: skip


def _texts(
    pod: Pod, found: Placement, bay_map: Path | None, drawing: Path | None
) -> dict[Path, str]:
    """Return what the files that are asked for shall hold."""
    if bay_map is not None and drawing is not None and bay_map.resolve() == drawing.resolve():
        raise WrongUsageError("--bay-map and --drawing name the same file", hint="Name two files.")
    texts: dict[Path, str] = {}
    if bay_map is not None:
        texts[bay_map] = write_bay_map(bay_map_of(pod, found))
    if drawing is not None:
        picture = draw_placement(pod, found)
        if isinstance(picture, Refusal):
            raise ConflictError(
                f"--drawing: {picture.reason}",
                hint="Leave --drawing out; the bays are printed anyway.",
            )
        texts[drawing] = picture
    return texts


def _record(found: Placement) -> dict[str, object]:
    topology = found.topology
    return {
        "layout": found.layout.written,
        "bays": [
            {"bay": bay.number, "backplane": bay.backplane, "place": bay.place,
             "group": seat.group, "member": seat.member, "role": seat.role,
             "drive": drive.part.sku if drive and drive.part else None}
            for bay, seat, drive in zip(topology.bays, found.seats, found.drives, strict=True)
        ],
        "survives": {
            "drives": found.demand.parity,
            **{f"any_{kind}": found.survives_any(kind)
               for kind in ("backplane", "cable", "adapter", "supply")},
        },
        "kills": [
            {"component": kill.component.name, "kind": kill.component.kind,
             "number": kill.component.number, "drives": kill.drives, "worst_group": kill.worst,
             "reason": kill.reason}
            for kill in found.kills
        ],
        "proof": list(found.proof), "proven": found.proven,
        "failures": [
            {"component": row.component, "kind": row.kind, "drives": row.drives,
             "worst_group": row.worst, "verdict": row.verdict, "reason": row.reason or None}
            for row in found.failures
        ],
        "wiring": {"data": topology.data_basis, "data_assumed": found.data_assumed,
                   "power": topology.power_basis, "power_assumed": found.power_assumed,
                   "shared_supplies": topology.shared_supplies},
        "notes": list(found.notes),
    }  # fmt: skip


def _show(pod: Pod, found: Placement) -> None:
    show(f"{pod.bill.title or pod.bill.file}: {found.layout} in {len(found.seats)} bays, written "
         "group.member")  # fmt: skip
    show()
    for line in bay_lines(pod, found):
        show(line)
    show()
    for sentence in found.proof:
        show(f"* {wrapped(sentence, 2)}")
    show()
    rows = [(r.component, r.drives, r.worst, r.verdict, r.reason) for r in failure_rows(found)]
    show(table(rows, ("what fails", "drives", "of a group", "data", "why"), right=(1, 2)))
    show()
    show(f"wiring: data {_basis(found.topology.data_basis, assumed=found.data_assumed)}, "
         f"power {_basis(found.topology.power_basis, assumed=found.power_assumed)}")  # fmt: skip
    for note in found.notes:
        say(wrapped(note, 2))


def _basis(basis: Basis, *, assumed: bool) -> str:
    return f"{basis.value}, which is assumed" if assumed and basis is not Basis.ASSUMED else (
        basis.value
    )  # fmt: skip
