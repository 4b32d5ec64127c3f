"""Of any state of arrays: nothing is called safe that is not, and nothing crashes."""

import copy
import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.drives.array_states import Leaf, Pool, Top, document, text
from support.drives.array_states_ceph import cluster
from support.drives.array_states_drives import a_drive, a_pod, bays
from support.drives.array_states_md import CHECK, RECOVERY, md, mdstat

from podplanner.drives.arrays.joining import Told, state_of
from podplanner.drives.arrays.recognising import kind_of, text_kind_of
from podplanner.drives.assessment import Verdict
from podplanner.drives.pulling.card import Safety
from podplanner.drives.pulling.choosing import cards
from podplanner.drives.reading import Trouble
from podplanner.report.card_record import card_record
from podplanner.report.card_text import card_lines

_STATES = ("ONLINE", "ONLINE", "ONLINE", "DEGRADED", "FAULTED", "UNAVAIL", "OFFLINE", "REMOVED")
_DRIVES = 14


@st.composite
def _leaf(draw, number):
    state = draw(st.sampled_from(_STATES))
    return Leaf(f"MADE{number:04d}", state, (0, 0, draw(st.sampled_from([0, 0, 0, 5]))),
                resilvering=state == "ONLINE" and draw(st.integers(0, 9)) == 0)  # fmt: skip


@st.composite
def _top(draw, index, numbers):
    kind = draw(st.sampled_from(["raidz1", "raidz2", "raidz3", "mirror", "disk"]))
    places = []
    while numbers and len(places) < draw(st.integers(2, 6)):
        leaf = draw(_leaf(numbers.pop()))
        if numbers and draw(st.integers(0, 7)) == 0:
            shared = draw(st.sampled_from(["spare", "replacing"]))
            other = draw(_leaf(numbers.pop()))
            places.append(Top(f"{shared}-{len(places)}", (leaf, other), "DEGRADED"))
        else:
            places.append(leaf)
        if kind == "disk":
            return places[0]
    return Top(f"{kind}-{index}", tuple(places),
               draw(st.sampled_from(["ONLINE", "DEGRADED", "DEGRADED", "UNAVAIL"])))  # fmt: skip


@st.composite
def _pools(draw):
    numbers = draw(st.permutations(range(1, _DRIVES + 1)))
    numbers = list(numbers)
    found = []
    for name in ("tank", "other")[: draw(st.integers(1, 2))]:
        tops = tuple(draw(_top(i, numbers)) for i in range(draw(st.integers(1, 2))) if numbers)
        if tops:
            scan = draw(st.sampled_from(["", "", "resilver", "scrub"]))
            found.append(Pool(tops, name=name, scan=scan,
                              state=draw(st.sampled_from(["ONLINE", "DEGRADED", "SUSPENDED"])),
                              data_errors=draw(st.sampled_from([0, 0, 0, 2]))))  # fmt: skip
    return found


@st.composite
def _md(draw):
    level = draw(st.sampled_from(["raid0", "raid1", "raid5", "raid6", "raid10"]))
    number = draw(st.integers(2, 6))
    flags = [draw(st.sampled_from(["", "", "", "(F)", "(S)", "(R)", None])) for _ in range(number)]
    members = " ".join(
        f"sd{chr(97 + n)}[{n}]{flag}" for n, flag in enumerate(flags) if flag is not None
    )
    use = "".join(draw(st.sampled_from("UUU_")) for _ in range(number))
    entry = md("md0", level, members or "sda[0]", use="" if level == "raid0" else use,
               extra="512k chunks 2 near-copies" if level == "raid10" else "",
               progress=draw(st.sampled_from(["", "", RECOVERY, CHECK])))  # fmt: skip
    return [Told("mdstat", "mdstat", mdstat(entry))]


@st.composite
def _ceph(draw):
    some = st.lists(st.integers(0, 5), max_size=3, unique=True).map(tuple)
    states = st.sampled_from(["active+clean", "active+clean", "active+undersized+degraded",
                              "active+recovering+degraded", "active+remapped+backfilling",
                              "stale+active+clean"])  # fmt: skip
    acting = st.none() | st.dictionaries(
        st.sampled_from(["1.0", "1.1", "1.2"]),
        st.tuples(states, st.lists(st.integers(0, 5), max_size=3, unique=True).map(tuple)),
    )
    counts = st.dictionaries(states, st.integers(1, 9), max_size=3)
    files = cluster(
        osds=6, down=draw(some), out=draw(some), acting=draw(acting),
        drained=draw(st.none() | some), size=draw(st.integers(1, 4)), states=draw(counts) or None,
    )  # fmt: skip
    return [Told(name, kind_of(content), content) for name, content in files.items()]


@st.composite
def _pod(draw):
    the_map = bays(_DRIVES, spare=draw(st.sampled_from([(), (13,), (13, 14)])))
    drives = []
    for number in range(1, _DRIVES + 1):
        verdict = draw(st.sampled_from([*[Verdict.OK] * 5, Verdict.WARNING, Verdict.REPLACE, None]))
        mapped = draw(st.sampled_from([the_map.bays[number - 1], None]))
        if verdict is None:
            drives.append(a_drive(number, trouble=Trouble.TIMED_OUT, known=draw(st.booleans())))
        elif draw(st.integers(0, 9)):
            drives.append(a_drive(number, verdict, bay=mapped))
    return a_pod(*drives), draw(st.sampled_from([the_map, None]))


def _zfs(draw):
    pools = draw(_pools())
    if draw(st.booleans()):
        return [Told("zpool", "zpool-json", document(*pools))]
    return [Told("zpool", "zpool-text", text(*pools))]


@st.composite
def _told(draw):
    kind = draw(st.sampled_from(["zfs", "zfs", "md", "ceph"]))
    found = _zfs(draw) if kind == "zfs" else draw(_md() if kind == "md" else _ceph())
    if draw(st.integers(0, 4)) == 0:
        found = [*found, Told("cut", "mdstat", "md9 : active raid1 sdx[0]")]
    return found


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(_told(), _pod())
def test_what_is_safe_to_pull_leaves_every_group_one_more_loss_and_disturbs_no_rebuild(told, found):
    pod, bay_map = found
    arrays = state_of(told)
    for card in cards(pod, arrays, bay_map=bay_map):
        assert card_lines(card)
        json.dumps(card_record(card))
        if card.pull.safety is not Safety.SAFE:
            continue
        assert arrays.source
        assert not arrays.trouble
        assert not arrays.rebuilding
        assert not card.candidates
        for own in card.groups:
            (group,) = [g for a in arrays.arrays for g in a.groups
                        if (a.name, g.name) == (own.array, own.group)]  # fmt: skip
            array = next(a for a in arrays.arrays if a.name == own.array)
            assert not group.trouble
            assert not array.trouble
            assert own.after_pull >= 1
            # Counted anew, from the members alone: whatever of them is whole without this drive.
            places = {}
            for member in group.members:
                whole = member.state.value in ("online", "errors") and not _is(member, card)
                key = member.slot or member.name
                places[key] = places.get(key, False) or whole
            if array.kind == "zfs":
                assert group.tolerance - list(places.values()).count(False) >= 1
        for array in arrays.arrays:
            for group in array.groups:
                assert not group.tolerance or group.spare_losses >= 1


def _bare(name):
    return name.rsplit("/", 1)[-1].removesuffix("-part1")


def _is(member, card):
    names = f"{member.name} {member.path} {member.serial}"
    return card.serial is not None and card.serial in names


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(_pools())
def test_json_and_words_tell_the_same(pools):
    from_json = state_of([Told("zpool", "zpool-json", document(*pools))])
    from_words = state_of([Told("zpool", "zpool-text", text(*pools))])
    told = [
        [
            (a.name, _bare(g.name), g.kind, g.tolerance, g.gone, bool(g.rebuild), bool(g.trouble),
             [m.state for m in g.members])
            for a in state.arrays for g in a.groups
        ]
        for state in (from_json, from_words)
    ]  # fmt: skip
    assert told[0] == told[1]
    assert [bool(a.trouble) for a in from_json.arrays] == [
        bool(a.trouble) for a in from_words.arrays
    ]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner,
                                                                max_size=3),
    max_leaves=6,
)  # fmt: skip


@st.composite
def _broken(draw):
    """A document of which one value is another."""
    files = {"zpool.json": document(Pool((Top("raidz1-0", (Leaf("MADE0001"), Leaf("MADE0002"))),))),
             **cluster(acting={"1.0": ("active+clean", (0, 1))}, drained=(3,))}  # fmt: skip
    name = draw(st.sampled_from(sorted(files)))
    found = copy.deepcopy(files[name])
    node, path = found, []
    while isinstance(node, (dict, list)) and node:
        key = draw(st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node))))
        path.append((node, key))
        node = node[key]
        if draw(st.integers(0, 4)) == 0:
            break
    if path:
        parent, key = path[-1]
        parent[key] = draw(_JSON)
    return found


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(_broken(), _JSON)
def test_a_document_with_any_value_in_any_place_is_no_crash(document_, other):
    told = [Told("file", kind, content) for content in (document_, other)
            if (kind := kind_of(content)) is not None]  # fmt: skip
    found = state_of(told)
    for card in cards(a_pod(*(a_drive(n, Verdict.REPLACE) for n in (1, 2))), found, bay_map=None):
        assert card_lines(card)
        json.dumps(card_record(card))


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_text_that_is_cut_or_spoilt_anywhere_is_no_crash(data):
    whole = data.draw(st.sampled_from([
        text(Pool((Top("raidz1-0", (Leaf("MADE0001"), Leaf("MADE0002", "FAULTED"))),))),
        mdstat(md(progress=RECOVERY), md("md1", "raid1", "sdx[0] sdy[1]", use="UU")),
    ]))  # fmt: skip
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(whole))] * 2)))
    spoilt = whole[:start] + data.draw(st.text(max_size=12)) + whole[end:]
    kind = text_kind_of(spoilt)
    state_of([Told("file", kind, spoilt)] if kind else [])
