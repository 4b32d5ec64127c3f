"""A placement as a bay map, for all who have to find a drive later."""

from podplanner.catalog.bay_map import SCHEMA, BayMap, MappedBay
from podplanner.catalog.pod import Pod
from podplanner.planning.placement.placing import Placement


def bay_map_of(pod: Pod, placement: Placement) -> BayMap:
    """Return the bay map of a placement, with no serial number in it yet."""
    case = pod.chassis.part if pod.chassis else None
    bays = tuple(
        MappedBay(
            number=bay.number,
            backplane=bay.backplane,
            place=bay.place,
            cables=tuple(sorted({path.cable for path in bay.paths})),
            adapters=tuple(sorted({path.adapter for path in bay.paths})),
            supplies=bay.supplies,
            role=seat.role,
            group=seat.group,
            member=seat.member,
            drive=drive.part.sku if drive is not None and drive.part is not None else None,
        )
        for bay, seat, drive in zip(
            placement.topology.bays, placement.seats, placement.drives, strict=True
        )
    )
    return BayMap(
        format=SCHEMA,
        title=pod.bill.title,
        layout=placement.layout.written,
        chassis=case.sku if case else None,
        bays=bays,
    )
