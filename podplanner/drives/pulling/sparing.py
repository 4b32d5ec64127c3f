"""Find the smallest spare, in bytes, that fits in a drive's stead."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from podplanner.catalog.parts import Drive
from podplanner.catalog.pod import Item, Pod
from podplanner.drives.arrays.state import Member, MemberState
from podplanner.drives.assessment import Verdict
from podplanner.drives.bays.locating import known_serial
from podplanner.drives.checked import CheckedDrive
from podplanner.drives.history.known import KnownDrive
from podplanner.drives.pulling.card import Spare, SpareSearch
from podplanner.drives.pulling.missing import is_same
from podplanner.drives.pulling.seating import Seating
from podplanner.drives.pulling.targets import Target
from podplanner.drives.reading import Protocol

HOT, IN_BAY, IN_BILL = "hot spare", "spare in a bay", "line of the bill"
DISTRIBUTED = "distributed spare"
_SECTOR = 512
_BASE_SECTORS, _SECTORS_PER_GB, _BASE_GB = 97_696_368, 1_953_504, 50
# Sectors of a drive by its label, up to 8 TB: IDEMA LBA1-03, which makers keep from 50 GB on.
_LARGEST_GB, _STEP_SECTORS = 8_000, 2**21
# Above 8 TB the next multiple of 2**21 sectors: SFF-8447.
_GOOD = (Verdict.OK, Verdict.WATCH)
_SMR = ("SMR", "HM-SMR")
_FITS = {Protocol.ATA: ("SATA",), Protocol.SCSI: ("SAS", "SATA"), Protocol.NVME: ("NVMe",)}
# A SAS drive does not work at a SATA port; the other way round it does.


@dataclass(frozen=True, slots=True)
class Stock:
    """Where spares are looked for.

    Attributes:
        number: A drive's place in `drives` is its place in `seating`.
    """

    drives: Sequence[CheckedDrive]
    seating: Seating
    bill: Pod | None = None
    known: Sequence[KnownDrive] = ()


@dataclass(frozen=True, slots=True)
class _Offer:
    spare: Spare
    drive: CheckedDrive | None


def bytes_of_label(capacity: int) -> int:
    """Return how many bytes a drive of a decimal label holds, as makers agreed.

    >>> bytes_of_label(4 * 10**12), bytes_of_label(20 * 10**12)
    (4000787030016, 20000588955648)
    """
    gigabytes = capacity // 10**9
    if gigabytes < _BASE_GB:
        return capacity
    if gigabytes > _LARGEST_GB:
        step = _STEP_SECTORS * _SECTOR
        return -(-capacity // step) * step
    return (_BASE_SECTORS + _SECTORS_PER_GB * (gigabytes - _BASE_GB)) * _SECTOR


def find_spare(target: Target, stock: Stock) -> SpareSearch:
    """Return the smallest spare that fits: in the pod if there is one, else of the bill.

    A drive with fewer bytes does not fit, whatever its label says; nor does one that writes
    shingled tracks, has larger sectors, or is not healthy itself.
    """
    need = _needed(target, stock)
    if need is None:
        return SpareSearch(None, None, ("how large it must be is not known: read the label",))
    refused: list[str] = []
    here = [offer for offer in (*_distributed(target, need), *_in_pod(target, stock))
            if _accepted(_refusal(offer, need, target), offer, refused)]  # fmt: skip
    if here:
        # Of equal size the one that the array knows already.
        best = min(here, key=lambda o: (o.spare.size_bytes, o.spare.kind == IN_BAY))
        return SpareSearch(need, _with_line(best, stock.bill), tuple(refused))
    listed = [
        offer for offer in _in_bill(stock.bill)
        if _accepted(_refusal_of_line(offer, need, target, stock.bill), offer, refused)
    ]  # fmt: skip
    found = min(listed, key=lambda offer: (not offer.spare.on_shelf, offer.spare.size_bytes),
                default=None)  # fmt: skip
    return SpareSearch(need, found.spare if found else None, tuple(refused))


def _accepted(reason: str | None, offer: _Offer, refused: list[str]) -> bool:
    if reason is None:
        return True
    bay = f" in bay {offer.spare.bay}" if offer.spare.bay is not None else ""
    refused.append(f"{offer.spare.serial or offer.spare.name}{bay}: {reason}")
    return False


def _needed(target: Target, stock: Stock) -> int | None:
    """Return the bytes that a spare must have: those of the drive, else of its group."""
    if target.drive is not None and target.drive.reading.capacity_bytes:
        return target.drive.reading.capacity_bytes
    for one in stock.known:
        if target.serial and one.capacity_bytes and is_same(one.serial, target.serial):
            return one.capacity_bytes
    # An array uses no more of any member than the smallest has.
    sizes = [
        size
        for number, seats in stock.seating.seats.items()
        if any(seat.group is own.group for seat in seats for own in target.seats)
        and (size := stock.drives[number].reading.capacity_bytes)
    ]
    if sizes:
        return min(sizes)
    return max(
        (m.size_bytes for seat in target.seats for m in seat.group.members if m.size_bytes),
        default=None,
    )


def _distributed(target: Target, need: int) -> Iterator[_Offer]:
    """Yield the distributed spares of a dRAID, which fit: `draid2-0-1` is one of `...-0`."""
    for seat in target.seats:
        for member in seat.array.spares:
            vdev = member.name.split("-")[1:2]
            if member.words == DISTRIBUTED and member.state is MemberState.ONLINE and (
                seat.group.kind.startswith("draid") and seat.group.name.split("-")[-1:] == vdev
            ):  # fmt: skip
                yield _Offer(Spare(DISTRIBUTED, member.name, need), None)


def _in_pod(target: Target, stock: Stock) -> Iterator[_Offer]:
    arrays = [seat.array for seat in target.seats]
    matched: list[Member] = []
    for number, (array, member) in stock.seating.spares.items():
        if any(array is own for own in arrays) or not arrays:
            matched.append(member)
            if member.state is MemberState.ONLINE and not stock.seating.of(number):
                yield _offer(HOT, member.name, stock.drives[number])
    for array in arrays:
        for member in array.spares:
            known = any(member is one for one in matched)
            if not known and member.state is MemberState.ONLINE and member.size_bytes:
                matched.append(member)
                yield _Offer(Spare(HOT, member.name, member.size_bytes), None)
    for number, drive in enumerate(stock.drives):
        if drive.bay is None or drive.bay.role != "spare" or number == target.number:
            continue
        if number not in stock.seating.spares and not stock.seating.of(number):
            yield _offer(IN_BAY, drive.reading.device or drive.reading.source, drive)


def _offer(kind: str, name: str, drive: CheckedDrive) -> _Offer:
    return _Offer(
        Spare(kind, name, drive.reading.capacity_bytes or 0, serial=known_serial(drive.reading),
              bay=drive.bay.number if drive.bay else None),
        drive,
    )  # fmt: skip


def _refusal(offer: _Offer, need: int, target: Target) -> str | None:
    """Return why a drive in the pod does not do; None: it does."""
    if offer.drive is not None:
        reading, verdict = offer.drive.reading, offer.drive.assessment.verdict
        if reading.trouble is not None or not reading.capacity_bytes:
            return "it could not be read"
        if verdict not in _GOOD:
            return f"its own verdict is {verdict}"
        if reading.smr:
            return "it writes shingled tracks (SMR), with which a rebuild takes days"
        old = target.drive.reading.logical_sector_bytes if target.drive else None
        if old and reading.logical_sector_bytes and reading.logical_sector_bytes > old:
            return f"its sectors have {reading.logical_sector_bytes} bytes, the old one's {old}"
    return _too_small(offer.spare.size_bytes, need)


def _too_small(size: int, need: int) -> str | None:
    return None if size >= need else f"{size:,} bytes are {need - size:,} too few"


def _in_bill(bill: Pod | None) -> Iterator[_Offer]:
    for item in bill.data_drives if bill is not None else ():
        part = item.part
        if not isinstance(part, Drive) or (part.exact_bytes or part.capacity) is None:
            continue
        size = part.exact_bytes or bytes_of_label(part.capacity or 0)
        yield _Offer(
            Spare(IN_BILL, part.sku, size, assumed=part.exact_bytes is None, line=item.line.id,
                  position=item.position, on_shelf=int(item.line.spares or 0)),
            None,
        )  # fmt: skip


def _refusal_of_line(offer: _Offer, need: int, target: Target, bill: Pod | None) -> str | None:
    item = _item(offer.spare.line, bill)
    part = item.part if item else None
    if isinstance(part, Drive):
        if part.recording in _SMR:
            return "it writes shingled tracks (SMR), with which a rebuild takes days"
        fits = _FITS.get(target.drive.reading.protocol) if target.drive else None
        if fits and part.interface and part.interface not in fits:
            return f"it has {part.interface}, the old one {fits[0]}"
    return _too_small(offer.spare.size_bytes, need)


def _item(line: str | None, bill: Pod | None) -> Item | None:
    return next((i for i in bill.items if i.line.id == line), None) if bill is not None else None


def _with_line(offer: _Offer, bill: Pod | None) -> Spare:
    """Return a spare in the pod with the line of the bill that bought it, where that is known."""
    model = offer.drive.reading.identity.model if offer.drive else None
    if bill is None or not model:
        return offer.spare
    for item in bill.data_drives:
        part = item.part
        names = (part.sku, *part.aliases) if isinstance(part, Drive) else ()
        if any(_is_model(name, model) for name in names):
            return replace(offer.spare, line=item.line.id, position=item.position,
                           on_shelf=int(item.line.spares or 0))  # fmt: skip
    return offer.spare


def _is_model(name: str, model: str) -> bool:
    """Return whether a model as a drive says it is a part: `WDC WD40EFRX-68WT0N0`, WD40EFRX."""
    short = name.upper()
    return any(
        word == short or word.startswith(f"{short}-")
        for word in (model.upper(), *model.upper().split())
    )
