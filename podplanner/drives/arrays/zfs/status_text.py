"""Read what `zpool status` writes for people, which is all that OpenZFS before 2.3 has."""

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from podplanner.drives.arrays.state import Rebuild
from podplanner.drives.arrays.zfs.numbers import about
from podplanner.drives.arrays.zfs.vdev import PoolStatus, Vdev, kind_by_name

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
# ZFS_COLOR=1 colours states.
_KEY = re.compile(r" {0,7}(pool|id|state|status|action|see|scan|scrub|remove|checkpoint|expand|"
                  r"config|errors|dedup|comment):(?: (.*)|)$")  # fmt: skip
# Keys are set flush right at eight columns; what goes on is behind a tab.
_STATES = (
    "ONLINE", "DEGRADED", "FAULTED", "OFFLINE", "REMOVED", "UNAVAIL", "AVAIL", "INUSE", "SPLIT",
    "SUSPENDED",
)  # fmt: skip
# zpool_state_to_name() of libzfs, and what print_status_config() says of spares.
_LINE = re.compile(
    rf"( *)(\S.*?) +({'|'.join(_STATES)})(?: +(\d\S*) +(\d\S*) +(\d\S*))?(?: +(\S.*?))? *"
)
_CLASSES = {"logs": "log", "log": "log", "special": "special", "dedup": "dedup"}
_SECTIONS = (*_CLASSES, "cache", "spares")
_WAS = re.compile(r"was (/\S+)")
_DONE = re.compile(r"(\d+(?:\.\d+)?)% done")
_LEFT = re.compile(r"(?:(\d+) days? )?(\d+):(\d\d):(\d\d) to go|(\d+)h(\d+)m to go")
_REBUILD = re.compile(r"resilver \((.+?)\) in progress")
_WITH_ERRORS = re.compile(r"resilvered .* with (\d+) errors")
_COUNTED = re.compile(r"(\d+) data errors?\b")


@dataclass(slots=True)
class _Section:
    """One pool as its lines by key."""

    name: str
    values: dict[str, list[str]] = field(default_factory=dict)

    def words(self, key: str) -> str:
        return " ".join(line.strip() for line in self.values.get(key, ()) if line.strip())


@dataclass(slots=True)
class _Branch:
    """A vdev that is being read, with the column at which its name begins."""

    column: int
    vdev: Vdev
    children: list["_Branch"] = field(default_factory=list)

    def built(self) -> Vdev:
        children = tuple(child.built() for child in self.children)
        kind = kind_by_name(self.vdev.name, has_children=bool(children))
        return replace(self.vdev, kind=kind, children=children)


def pools_of_text(text: str) -> tuple[PoolStatus, ...]:
    """Return the pools of a text; what is cut off or not understood is a pool's trouble."""
    return tuple(_pool(section) for section in _sections(text))


def _sections(text: str) -> Iterator[_Section]:
    plain = textwrap.dedent(_COLOUR.sub("", text).expandtabs(8))
    section: _Section | None = None
    key = ""
    for line in plain.splitlines():
        found = _KEY.match(line)
        if found and found[1] == "pool":
            if section is not None:
                yield section
            section, key = _Section((found[2] or "").strip()), "pool"
        elif section is None:
            continue
        elif found:
            key = found[1]
            section.values.setdefault(key, []).append(found[2] or "")
        else:
            section.values.setdefault(key, []).append(line)
    if section is not None:
        yield section


def _pool(section: _Section) -> PoolStatus:
    trouble: list[str] = []
    parts, odd = _config(section.values.get("config", []))
    trouble += odd
    roots = parts.pop("", [])
    if len(roots) != 1:
        trouble.append("it does not say which drives the pool is made of")
    elif not roots[0].children:
        trouble.append("it names no drive of the pool; record it without -e")
    errors = section.words("errors")
    if not errors:
        trouble.append("it is cut off: its end does not say whether data are damaged")
    words = f"{section.words('status')} {section.words('action')} {errors}"
    state = section.words("state")
    if "suspended" in words.lower() and state != "SUSPENDED":
        trouble.append("its input and output are suspended")
    scan = section.words("scan") or section.words("scrub")
    trouble += _passes(section, scan)
    return PoolStatus(
        name=section.name,
        state=state,
        vdevs=roots[0].children if len(roots) == 1 else (),
        classes=tuple(
            (_CLASSES[name], vdev) for name, vdevs in parts.items() if name in _CLASSES
            for vdev in vdevs
        ),
        cache=tuple(parts.get("cache", ())),
        spares=tuple(parts.get("spares", ())),
        resilver=_resilver(scan),
        rebuilds=tuple((name, _rebuild("a sequential resilver runs", scan))
                       for name in _REBUILD.findall(scan)),
        scrub=_scrub(scan),
        data_errors=_data_errors(errors),
        trouble=tuple(trouble),
    )  # fmt: skip


def _config(lines: Sequence[str]) -> tuple[dict[str, list[Vdev]], list[str]]:
    """Return the vdevs by section, the pool itself under an empty name, and what is odd."""
    parts: dict[str, list[_Branch]] = {"": []}
    odd: list[str] = []
    stack: list[_Branch] = []
    section, headed = "", False
    for line in lines:
        words = line.strip()
        if not words:
            continue
        if words.split()[:2] == ["NAME", "STATE"]:
            headed = True
        elif words in _SECTIONS:
            section, stack = words, []
            parts.setdefault(section, [])
        elif found := _LINE.fullmatch(line):
            branch = _Branch(len(found[1]), _vdev(found))
            while stack and stack[-1].column >= branch.column:
                stack.pop()
            (stack[-1].children if stack else parts[section]).append(branch)
            stack.append(branch)
        else:
            odd.append(f"this line of it is not understood: {words[:80]}")
    if not headed:
        odd.append("it has no table of drives")
    built = {name: [b.built() for b in branches] for name, branches in parts.items()}
    return built, odd[:3]


def _vdev(found: re.Match[str]) -> Vdev:
    words = found[7] or ""
    was = _WAS.search(words)
    name = found[2]
    try:
        errors = tuple(about(found[n] or "0") for n in (4, 5, 6))
    except ValueError:
        errors = (1, 1, 1)
        # Counters that are not understood are none that are 0.
    return Vdev(
        name=name, kind="", state=found[3], path=name if name.startswith("/") else None,
        was=was[1] if was else None, errors=(errors[0], errors[1], errors[2]),
        filling="(resilvering)" in words or "(awaiting resilver)" in words, words=words,
    )  # fmt: skip


def _passes(section: _Section, scan: str) -> Iterator[str]:
    if "in progress" in section.words("remove"):
        yield "a vdev is being removed from it"
    if "in progress" in section.words("expand"):
        yield "one of its groups is being expanded"
    ended = _WITH_ERRORS.search(scan)
    if ended and int(ended[1][:9]):
        yield f"its last resilver ended with {ended[1][:9]} errors"


def _resilver(scan: str) -> Rebuild | None:
    return _rebuild("a resilver runs", scan) if "resilver in progress" in scan else None


def _rebuild(words: str, scan: str) -> Rebuild:
    done = _DONE.search(scan)
    share = float(done[1]) if done and len(done[1]) < 10 else None
    return Rebuild(words, share if share is not None and share <= 100 else None, _left(scan))


def _left(scan: str) -> int | None:
    found = _LEFT.search(scan)
    if found is None or any(len(part or "") > 6 for part in found.groups()):
        return None
    days, hours, minutes, seconds, old_hours, old_minutes = (int(n or 0) for n in found.groups())
    return (
        ((days * 24 + hours) * 60 + minutes) * 60 + seconds
        + (old_hours * 60 + old_minutes) * 60
    )  # fmt: skip


def _scrub(scan: str) -> str:
    if "scrub in progress" not in scan:
        return ""
    done = _DONE.search(scan)
    return f"a scrub runs, {done[1]} % done" if done else "a scrub runs"


def _data_errors(errors: str) -> int | None:
    if errors.startswith("No known data errors"):
        return 0
    if found := _COUNTED.search(errors):
        return int(found[1][:18])
    return 1 if errors.startswith("Permanent errors") else None
