"""Choose the drive to see to first, and the order of those that wait."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from podplanner.catalog.bay_map import BayMap, MappedBay
from podplanner.catalog.pod import Pod
from podplanner.drives.arrays.state import ArrayState
from podplanner.drives.assessment import Cause, Verdict
from podplanner.drives.bays.locating import known_serial
from podplanner.drives.checked import CheckedDrive, CheckedPod
from podplanner.drives.history.known import KnownDrive
from podplanner.drives.pulling.card import Card, InGroup, Neighbour, Pull, Safety, Step
from podplanner.drives.pulling.missing import missing_drives
from podplanner.drives.pulling.naming import Match, Names, match
from podplanner.drives.pulling.plan import Replacement, checks_of, steps_of
from podplanner.drives.pulling.safety import Circumstances, after_pull, may_pull
from podplanner.drives.pulling.seating import Seat, Seating, seat
from podplanner.drives.pulling.sparing import IN_BILL, Stock, find_spare
from podplanner.drives.pulling.targets import Target, Urgency, latest, targets

_FIND = Step(
    "Find out which of them it is: read each one while looking at the lights (a drive that hangs "
    "stays dark), or read the labels.",
    "podplanner drive bays learn",
)
_AGAIN = Step("Then ask again.", "podplanner drive next")


def first_card(
    pod: CheckedPod,
    arrays: ArrayState,
    *,
    bay_map: BayMap | None,
    known: Sequence[KnownDrive] = (),
    bill: Pod | None = None,
) -> Card | None:
    """Return the card of the drive to see to first; None: no drive needs pulling."""
    return next(iter(cards(pod, arrays, bay_map=bay_map, known=known, bill=bill)), None)


def cards(
    pod: CheckedPod,
    arrays: ArrayState,
    *,
    bay_map: BayMap | None,
    known: Sequence[KnownDrive] = (),
    bill: Pod | None = None,
) -> tuple[Card, ...]:
    """Return a card for each drive that needs something done, the most urgent first.

    Args:
        pod: The drives, read and judged.
        arrays: Their arrays, of the same time.
        bay_map: Which drive is in which bay; None: no card names a bay.
        known: Drives of the history, by which one that does not answer may be told.
        bill: In which a spare is looked for, and its line.
    """
    drives = latest(pod.drives)
    seating = seat(drives, arrays)
    missing = missing_drives(drives, seating, bay_map, known, pod.at)
    about = _About(drives, arrays, seating, bay_map, Stock(drives, seating, bill, known))
    return tuple(about.card(target) for target in targets(drives, seating, missing))


@dataclass(frozen=True, slots=True)
class _About:
    """Everything that a card is made of."""

    drives: Sequence[CheckedDrive]
    arrays: ArrayState
    seating: Seating
    bay_map: BayMap | None
    stock: Stock

    def card(self, target: Target) -> Card:
        search = find_spare(target, self.stock)
        spare = search.found
        in_pod = None if spare is None or spare.kind == IN_BILL else spare.name
        free = self._free_bay()
        pull = self._pull(target, another_way=in_pod is not None or free is not None)
        counts = any(one.counts for one in target.seats)
        # Even where it may be pulled at once, a spare in the pod is better filled while it helps.
        first = (in_pod is not None and counts) or (
            pull.safety is not Safety.SAFE and (in_pod is not None or free is not None or counts)
        )
        plan = Replacement(target, pull, spare, in_pod, free, first)
        verdict = target.drive.assessment.verdict if target.drive else Verdict.UNKNOWN
        return Card(
            drive=target.drive,
            bay=target.bay,
            model=target.model,
            serial=target.serial,
            device=_device(target),
            verdict=verdict,
            reason=target.reason,
            pull=pull,
            evidence=tuple(_evidence(target)),
            neighbours=tuple(self._neighbours(target.bay)),
            candidates=target.candidates,
            groups=tuple(_in_groups(target.seats)),
            spare=search,
            steps=(_FIND, _AGAIN) if target.candidates else steps_of(plan),
            after=() if target.candidates else checks_of(plan),
            based_on=self.arrays.source,
        )

    def _pull(self, target: Target, *, another_way: bool) -> Pull:
        if target.candidates:
            return Pull(Safety.DO_NOT_PULL, "which of several drives it is, is not known: find it "
                        "by its label, or by the one whose light stays dark")  # fmt: skip
        is_spare = target.bay is not None and target.bay.role == "spare"
        if target.number is not None:
            is_spare = is_spare or target.number in self.seating.spares
            unsure = self.seating.unsure.get(target.number, ())
        else:
            names = Names(target.serial, bay=target.bay.number if target.bay else None)
            unsure = tuple(s for s in self.seating.empty
                           if match(s.member, names) is not Match.OTHER)  # fmt: skip
        found = may_pull(
            target.seats, unsure,
            Circumstances(self.arrays, self.seating, self.drives, is_spare, another_way),
        )  # fmt: skip
        if target.urgency is Urgency.WARNING and found.safety is Safety.SAFE:
            return Pull(Safety.WAIT, _not_yet(target))
        return found

    def _free_bay(self) -> int | None:
        taken = {drive.bay.number for drive in self.drives if drive.bay is not None}
        bays = self.bay_map.bays if self.bay_map is not None else ()
        return next(
            (b.number for b in bays if b.role == "empty" and b.number not in taken), None
        )  # fmt: skip

    def _neighbours(self, bay: MappedBay | None) -> Iterator[Neighbour]:
        if bay is None or self.bay_map is None:
            return
        for side, number in (("before", bay.number - 1), ("after", bay.number + 1)):
            beside = self.bay_map.numbered(number)
            if beside is None or beside.backplane != bay.backplane:
                continue
            seen = next((d for d in self.drives if d.bay and d.bay.number == number), None)
            serial = known_serial(seen.reading) if seen is not None else None
            yield Neighbour(side, number, serial or beside.serial,
                            empty=beside.role == "empty" and seen is None)  # fmt: skip


def _device(target: Target) -> str | None:
    if target.drive is None:
        return None
    return target.drive.reading.device or target.drive.reading.source


def _not_yet(target: Target) -> str:
    evidence = target.drive.assessment.evidence if target.drive else ()
    if evidence and evidence[0].cause is Cause.LINK:
        return ("it need not be pulled: what is seen speaks of its cable, backplane or adapter. "
                "Seat or change those first")  # fmt: skip
    return "it need not be pulled yet: have the spare at hand, and look again within a week"


def _evidence(target: Target) -> Iterator[str]:
    if target.drive is None:
        return
    for piece in target.drive.assessment.evidence:
        if piece.words != target.reason:
            yield piece.words
    if target.drive.last_seen is not None:
        yield f"it last answered at {target.drive.last_seen:%Y-%m-%d %H:%M} UTC"
    yield from target.drive.past.notes


def _in_groups(seats: Sequence[Seat]) -> Iterator[InGroup]:
    """Yield the groups of a drive, the one in most danger first, each once."""
    found: list[InGroup] = []
    seen: list[object] = []
    for one in seats:
        if any(one.group is group for group in seen):
            continue
        seen.append(one.group)
        found.append(InGroup(
            array=one.array.name, array_kind=one.array.kind, group=one.group.name,
            group_kind=one.group.kind, member=one.member.name,
            state=one.member.words or one.member.state.value,
            spare_losses=one.group.spare_losses, after_pull=after_pull(one.group, seats),
            rebuild=one.group.rebuild,
        ))  # fmt: skip
    yield from sorted(found, key=lambda g: -1 if g.after_pull is None else g.after_pull)
