"""Read /proc/mdstat (md_seq_show() and status_resync() in the kernel's drivers/md/md.c).

It tells how many members are in use, not which of them in which place: a rebuild fills the members
that came last. RAID10 may stand more losses than one copy's, depending on which drives go; here it
is counted as if the next loss hits the worst place.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from podplanner.drives.arrays.state import Array, Group, Member, MemberState, Rebuild

_HEAD = re.compile(r"(md\S*|[A-Za-z]\S*) : (active|inactive|broken)(.*)")
_MEMBER = re.compile(r"(\S+?)\[(\d{1,6})\]((?:\([A-Z]\))*)")
_LEVEL = re.compile(r"raid\d+|linear|multipath|faulty|container")
_BLOCKS = re.compile(r"^\s*(\d{1,20}) blocks\b")
_USE = re.compile(r"\[(\d{1,6})/(\d{1,6})\] \[([U_]+)\]")
_COPIES = re.compile(r"(\d+) (?:near|far|offset)-copies")
_PROGRESS = re.compile(
    r"(recovery|resync|reshape|check|repair|recover) ?= ?(?:\s*(\d{1,3}(?:\.\d+)?)%)?"
    r"(?: \(\d+/(\d{1,20})\))?(?: finish=(\d{1,12}(?:\.\d+)?)min)?"
)
_WAITS = re.compile(r"(recovery|resync|reshape|check|repair)\s*=\s*(DELAYED|PENDING|REMOTE)")
_END = re.compile(r"unused devices:")
_SCRUBS = ("check", "repair")
_KIB = 1024
# Sizes and positions are in blocks of 1 KiB.


@dataclass(frozen=True, slots=True)
class _Entry:
    """One array: its first line, and those that follow."""

    name: str
    state: str
    words: str
    rest: tuple[str, ...]

    @property
    def details(self) -> str:
        return "\n".join(self.rest)


@dataclass(frozen=True, slots=True)
class Mdstat:
    """All arrays; `trouble` where the text is cut off or not understood."""

    arrays: tuple[Array, ...]
    trouble: tuple[str, ...] = ()


def read_mdstat(text: str) -> Mdstat:
    """Return the arrays that the text of /proc/mdstat tells of."""
    lines = text.splitlines()
    trouble: list[str] = []
    if not any(_END.match(line) for line in lines):
        trouble.append("mdstat is cut off: its last line (`unused devices:`) is missing")
    entries, odd = _entries(lines)
    trouble += odd
    found = (_array(entry) for entry in entries)
    return Mdstat(tuple(array for array in found if array is not None), tuple(trouble))


def _entries(lines: Sequence[str]) -> tuple[list[_Entry], list[str]]:
    entries: list[_Entry] = []
    odd: list[str] = []
    for line in lines:
        if not line.strip() or line.startswith("Personalities") or _END.match(line):
            continue
        if line[:1].isspace():
            if entries:
                last = entries[-1]
                entries[-1] = _Entry(last.name, last.state, last.words, (*last.rest, line))
        elif found := _HEAD.fullmatch(line.rstrip()):
            entries.append(_Entry(found[1], found[2], (found[3] or "").strip(), ()))
        else:
            odd.append(f"this line of mdstat is not understood: {line.strip()[:80]}")
    return entries, odd[:3]


def _array(entry: _Entry) -> Array | None:
    if "super external:" in entry.details and "external:/" not in entry.details:
        # The container of arrays of a controller's own format; the arrays stand by themselves.
        return None
    level = next((w for w in entry.words.split() if _LEVEL.fullmatch(w)), None)
    listed = tuple(_MEMBER.finditer(entry.words))
    use = _USE.search(entry.details)
    raid, in_use = (int(use[1]), int(use[2])) if use else (None, None)
    size = _member_size(entry, level, raid)
    rebuild, scrub = _passes(entry)
    active = entry.state == "active"
    members = tuple(_members(listed, in_use, size)) if active else tuple(_idle(listed))
    tolerance = _tolerance(entry, level, raid)
    gone = 0 if raid is None or in_use is None else raid - in_use
    trouble = tuple(f"{entry.name}: {words}" for words in _trouble(entry, level, use, members))
    if tolerance is not None and level == "raid10" and active:
        # It runs, so what is gone has not hit the worst place; the next loss may.
        gone = min(gone, tolerance)
    group = Group(entry.name, level or "unknown", members, tolerance, gone, rebuild)
    spares = tuple(
        Member(m[1], MemberState.ONLINE, f"/dev/{m[1]}", words="spare")
        for m in listed if active and "(S)" in m[3]
    )  # fmt: skip
    return Array(entry.name, "md", (group,), spares, scrub, trouble)


def _trouble(
    entry: _Entry, level: str | None, use: re.Match[str] | None, members: Sequence[Member]
) -> Iterator[str]:
    if entry.state != "active":
        yield f"the array is {entry.state}"
    elif "(read-only)" in entry.words:
        yield "the array is read-only"
    if level is None:
        if entry.state == "active":
            yield "its level is not said"
    elif use is None and level not in ("raid0", "linear"):
        yield "how many of its members are in use is not said"
    if use is not None and (len(use[3]) != int(use[1]) or use[3].count("U") != int(use[2])):
        yield "it contradicts itself about how many members are in use"
    if not members and entry.state == "active":
        yield "it names no member"


def _tolerance(entry: _Entry, level: str | None, raid: int | None) -> int | None:
    if level in ("raid0", "linear"):
        return 0
    if raid is None:
        return None
    if level == "raid1":
        return raid - 1
    if level == "raid10":
        copies = _COPIES.findall(entry.details)
        return int(min(max(int(c[:3]) for c in copies), raid)) - 1 if copies else None
    return {"raid4": 1, "raid5": 1, "raid6": 2}.get(level or "")


def _members(
    listed: Sequence[re.Match[str]], in_use: int | None, size: int | None
) -> Iterator[Member]:
    """Yield the members in use, those that are filled, and those that failed; no spares."""
    holding = sorted(int(m[2]) for m in listed if not re.search(r"\([FSRJ]\)", m[3]))
    extra = max(len(holding) - in_use, 0) if in_use is not None else 0
    filled = set(holding[len(holding) - extra :])
    for found in listed:
        flags = found[3]
        if "(S)" in flags:
            continue
        if "(F)" in flags:
            state, words = MemberState.GONE, "failed"
        elif "(R)" in flags:
            state, words = MemberState.REBUILDING, "replacement that is being filled"
        elif "(J)" in flags:
            state, words = MemberState.ONLINE, "journal"
        elif int(found[2]) in filled:
            state, words = MemberState.REBUILDING, "being filled"
        else:
            state, words = MemberState.ONLINE, "in use"
        yield Member(found[1], state, f"/dev/{found[1]}", size_bytes=size, words=words)


def _idle(listed: Sequence[re.Match[str]]) -> Iterator[Member]:
    """Yield the members of an array that does not run: all are called spares, and hold data."""
    for found in listed:
        yield Member(found[1], MemberState.ONLINE, f"/dev/{found[1]}", words="of an idle array")


def _member_size(entry: _Entry, level: str | None, raid: int | None) -> int | None:
    """Return what the array uses of each member: less than the member, which holds metadata too."""
    found = next((m for line in entry.rest if (m := _BLOCKS.match(line))), None)
    if found is None or raid is None or raid < 1:
        return None
    blocks = int(found[1])
    shares = {"raid1": 1, "raid4": raid - 1, "raid5": raid - 1, "raid6": raid - 2}
    share = shares.get(level or "")
    if share is not None and share > 0:
        return blocks // share * _KIB
    progress = next((m for m in _PROGRESS.finditer(entry.details) if m[3]), None)
    return int(progress[3]) * _KIB if progress and level != "raid10" else None


def _passes(entry: _Entry) -> tuple[Rebuild | None, str]:
    """Return the rebuild that runs or waits, and the check that runs."""
    if waits := _WAITS.search(entry.details):
        what = waits[1]
        if what in _SCRUBS:
            return None, ""
        return Rebuild(f"a {what} waits to begin"), ""
    found = _PROGRESS.search(entry.details)
    if found is None:
        return None, ""
    done = min(float(found[2]), 100.0) if found[2] else None
    if found[1] in _SCRUBS:
        return None, f"a {found[1]} runs" + ("" if done is None else f", {done:.1f} % done")
    left = int(float(found[4]) * 60) if found[4] else None
    return Rebuild(f"a {found[1]} runs", done, left), ""
