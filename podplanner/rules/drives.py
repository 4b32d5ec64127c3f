"""DRV: do the drives suit each other, and the layout that groups them?"""

from collections.abc import Iterator

from podplanner.catalog import facts
from podplanner.catalog.drive_layout import DriveLayout, read_layout
from podplanner.catalog.parts import Drive
from podplanner.catalog.pod import Item, Pod, pieces
from podplanner.catalog.vocabulary import fold
from podplanner.rules.base import Finding, Rule, Severity, named
from podplanner.units.numbers import plain
from podplanner.units.quantity import say_bytes


def _layout(pod: Pod) -> DriveLayout | None:
    return read_layout(pod.bill.layout) if pod.bill.layout else None


def _is_spare(item: Item) -> bool:
    """Return whether a line buys drives that wait for another to fail."""
    text = fold(f"{item.line.title} {item.line.description} {item.line.category or ''}")
    return "spare" in text


def _members(pod: Pod) -> tuple[Item, ...]:
    return tuple(item for item in pod.data_drives if not _is_spare(item))


def _spares(pod: Pod) -> tuple[Item, ...]:
    return tuple(item for item in pod.data_drives if _is_spare(item))


def _drive(item: Item) -> Drive | None:
    return item.part if isinstance(item.part, Drive) else None


def shingled_drives_keep_out_of_parity(pod: Pod) -> Iterator[Finding]:
    """No drive-managed SMR drive is in a layout that rebuilds onto it.

    Why it matters: shingled drives rewrite whole bands behind the host's back. A rebuild writes the
    whole drive at once: it takes many times as long, and arrays drop such a drive for not
    answering.

    Fails when: the recording is `SMR` and the layout has parity; a warning with mirrors, or when no
    layout is stated. `HM-SMR` fails in any layout: the host must write its bands in order, which
    none of them does. Unknown when the layout has parity and a recording is not stated.
    """
    layout = _layout(pod)
    if layout is not None and layout.scheme == "single":
        return
    for item in pod.data_drives:
        drive = _drive(item)
        recording = drive.recording if drive else None
        if recording == "HM-SMR":
            yield Finding(item, "the host must write the bands of this drive in order (HM-SMR)",
                          fix="Choose CMR drives.")  # fmt: skip
        elif recording == "SMR":
            where = f"in {layout}" if layout else "and the list states no layout"
            parity = layout is not None and layout.has_parity
            yield Finding(
                item, f"a drive with drive-managed SMR {where}", fix="Choose CMR drives.",
                severity=Severity.ERROR if parity else Severity.WARNING,
            )  # fmt: skip
        elif recording is None and layout is not None and layout.has_parity:
            yield Finding.unknown(
                item, f"whether the drive is shingled is not known, and {layout} has parity",
                wants="its recording (CMR or SMR)",
            )  # fmt: skip


def sectors_are_alike(pod: Pod) -> Iterator[Finding]:
    """The drives of a layout have sectors of one logical size.

    Why it matters: a 4Kn drive cannot take the place of a 512e or 512n drive in an array that was
    made of those, so a failed drive may have no replacement.

    Fails when: some drives are 4Kn and others 512e or 512n. Unknown when there are several models
    and one does not state its sectors.
    """
    items = pod.data_drives
    models = {item.name for item in items}
    if len(models) < 2:
        return
    formats = [(item, drive.sector_format if (drive := _drive(item)) else None) for item in items]
    native = [item for item, format_ in formats if format_ == "4Kn"]
    emulated = [item for item, format_ in formats if format_ in ("512e", "512n")]
    unknown = [item for item, format_ in formats if format_ is None]
    if native and emulated:
        yield Finding(
            native[0], f"4Kn drives ({named(native)}) beside drives with 512-byte sectors "
            f"({named(emulated)})", fix="Choose drives of one sector format.",
        )  # fmt: skip
    elif unknown:
        yield Finding.unknown(unknown[0], "whether all sectors are of one size is not known",
                              wants=f"the sector format of {named(unknown)}")  # fmt: skip


def members_are_of_one_size(pod: Pod) -> Iterator[Finding]:
    """The drives of a layout are of one size.

    Why it matters: every member of a group counts as much as its smallest one; the rest of the
    larger ones is paid for and idle.

    Fails when: drives of several sizes are listed under a layout that groups them. Unknown when one
    of several models does not state its size.
    """
    layout, items = _layout(pod), _members(pod)
    if layout is None or layout.scheme == "single" or len(items) < 2:
        return
    sizes = [(item, _printed(item)) for item in items]
    known = [size for _, size in sizes if size is not None]
    unknown = [item for item, size in sizes if size is None]
    if known and min(known) != max(known):
        least = min(known)
        idle = sum((size - least) * int(i.quantity or 0) for i, size in sizes if size is not None)
        yield Finding(
            items[0], f"drives of {say_bytes(least)} to {say_bytes(max(known))} in {layout}: if "
            f"they are mixed in a group, up to {say_bytes(idle)} stay idle",
            fix="Choose drives of one size, or make groups of one size each.",
        )  # fmt: skip
    elif unknown and known:
        yield Finding.unknown(unknown[0], "whether all members are of one size is not known",
                              wants=f"the size of {named(unknown)}")  # fmt: skip


def _printed(item: Item) -> int | None:
    return facts.drive_size(item)


def _exact(item: Item) -> int | None:
    drive = _drive(item)
    return drive.exact_bytes if drive else None


def spares_are_large_enough(pod: Pod) -> Iterator[Finding]:
    """A spare has at least as many bytes as the smallest drive that it may replace.

    Why it matters: two drives of one printed size may differ by a few megabytes, and a spare that
    is one sector too small is refused when it is needed.

    Fails when: a line whose words say that it is a spare has fewer bytes than the smallest data
    drive. Unknown when both print one size and the exact bytes of one are not stated. Spares of a
    line's own (`spares`) are the same part.
    """
    members = _members(pod)
    for spare in _spares(pod):
        others = [m for m in members if m.part is None or m.part is not spare.part]
        if not members or not others:
            continue
        sizes = [size for m in others if (size := _printed(m)) is not None]
        small = min(sizes, default=None)
        mine, exact = _printed(spare), _exact(spare)
        unknown = [m for m in others if _printed(m) is None]
        rivals = [m for m in others if _printed(m) == small]
        if small is not None and mine is not None and mine < small:
            yield Finding(
                spare, f"the spare has {say_bytes(mine)}, the smallest drive {say_bytes(small)}",
                fix="Choose a spare at least as large.",
            )  # fmt: skip
        elif mine is None or small is None or unknown:
            yield Finding.unknown(spare, "whether the spare is large enough is not known",
                                  wants="the size of the spare and of every drive")  # fmt: skip
        elif mine == small:
            yield from _to_the_byte(spare, exact, rivals)


def _to_the_byte(spare: Item, exact: int | None, rivals: list[Item]) -> Iterator[Finding]:
    """Compare drives that print one size."""
    bytes_of = [_exact(rival) for rival in rivals]
    known = [number for number in bytes_of if number is not None]
    if exact is not None and known and exact < min(known):
        yield Finding(
            spare, f"the spare has {plain(exact)} bytes, the smallest drive {plain(min(known))}: "
            f"{plain(min(known) - exact)} too few", fix="Choose a spare at least as large.",
        )  # fmt: skip
    elif exact is None or len(known) < len(bytes_of):
        yield Finding.unknown(
            spare, "whether the spare is large enough to the byte is not known",
            wants="the exact bytes of the spare and of the drives that print the same size",
        )  # fmt: skip


def spares_are_no_members(pod: Pod) -> Iterator[Finding]:
    """The drives beside the spares are as many as the layout takes.

    Why it matters: a spare that is made a member is no spare any more; and a drive that no group
    uses was paid for.

    Fails when: the layout takes more drives than the list has beside those that it calls spares.
    More drives than it takes are a note: hot spares, or idle. Unknown when a quantity is not
    stated.
    """
    layout, drives = _layout(pod), pod.data_drives
    if layout is None or layout.drives is None or not drives:
        return
    number, spares, need = pieces(drives), pieces(_spares(pod)), layout.drives
    if number is None or spares is None:
        yield Finding.unknown(drives[0], f"whether drives are left beside {layout} is not known",
                              wants="the quantity of data drives and spares")  # fmt: skip
        return
    takes = f"{layout} takes {need} drives ({layout.groups} x {layout.width})"
    if number >= need > number - spares:
        yield Finding(
            drives[0], f"{takes}, the list has {number}, {spares} of them called spares",
            fix="Add drives, or call them members.", severity=Severity.ERROR, field="quantity",
        )  # fmt: skip
    elif number > need:
        yield Finding(drives[0], f"{takes}, the list has {number}: {number - need} are hot spares, "
                      "or idle", fix="Nothing to mend.")  # fmt: skip


RULES = (
    Rule("DRV001", Severity.ERROR, shingled_drives_keep_out_of_parity),
    Rule("DRV002", Severity.WARNING, sectors_are_alike),
    Rule("DRV003", Severity.WARNING, members_are_of_one_size),
    Rule("DRV004", Severity.ERROR, spares_are_large_enough),
    Rule("DRV005", Severity.NOTE, spares_are_no_members),
)
