"""How the arrays of a pod stand, in words."""

from podplanner.drives.arrays.state import Array, ArrayState, Group, Member, MemberState
from podplanner.report.card_words import say_rebuild
from podplanner.report.drive_values import ArrayEntry, ArraySection, GroupEntry
from podplanner.report.drive_words import clean
from podplanner.report.wording import listed, plural

_KINDS = {"zfs": "ZFS pool", "md": "Linux md", "ceph": "Ceph"}


def array_section(state: ArrayState | None) -> ArraySection:
    """Return how the arrays stand; None: nobody asked them."""
    if state is None:
        return ArraySection("The arrays were not asked.", "", (), ())
    trouble = tuple(clean(words) for words in state.trouble)
    source = ", ".join(clean(words) for words in state.source)
    if not state.arrays:
        missing = "No array was found; what a drive holds is not known."
        return ArraySection(missing, source, (), trouble)
    return ArraySection("", source, tuple(_array(array) for array in state.arrays), trouble)


def _array(array: Array) -> ArrayEntry:
    notes = [clean(words) for words in array.trouble]
    if array.scrub:
        notes.append(clean(array.scrub))
    if array.spares:
        spares = listed(tuple(clean(spare.name, 64) for spare in array.spares))
        notes.append(f"{plural(len(array.spares), 'hot spare')}: {spares}")
    kind = _KINDS.get(array.kind, clean(array.kind))
    groups = tuple(_group(group) for group in array.groups)
    return ArrayEntry(array, clean(array.name, 64), kind, tuple(notes), groups)


def _group(group: Group) -> GroupEntry:
    standing, severity = _stands(group)
    rebuild = "" if group.rebuild is None else clean(say_rebuild(group.rebuild))
    odd = tuple(_member(m) for m in group.members if m.state is not MemberState.ONLINE)
    return GroupEntry(
        clean(group.name, 64), clean(group.kind, 64), len(group.members), standing, severity,
        rebuild, odd, tuple(clean(words) for words in group.trouble),
    )  # fmt: skip


def _stands(group: Group) -> tuple[str, str]:
    """Return how many more drives a group can lose, in words, and how bad that is."""
    left = group.spare_losses
    if left is None:
        return f"{_gone(group)}; how many more it can lose is not known", "unknown"
    if left < 0:
        return f"{_gone(group)}, more than it can lose", "error"
    if left == 0:
        bare = group.tolerance == 0
        return f"{_gone(group)}; one more loses data", "warning" if bare else "error"
    return f"{_gone(group)}; it can lose {left} more", "warning" if group.gone else "ok"


def _gone(group: Group) -> str:
    return f"{plural(group.gone, 'drive')} gone" if group.gone else "whole"


def _member(member: Member) -> str:
    errors = (
        ("read", member.read_errors), ("write", member.write_errors),
        ("checksum", member.checksum_errors),
    )  # fmt: skip
    said = ", ".join(f"{count:,} {kind} errors" for kind, count in errors if count)
    parts = (clean(member.name, 64), member.state.value, said, clean(member.words))
    return ": ".join((parts[0], ", ".join(part for part in parts[1:] if part)))
