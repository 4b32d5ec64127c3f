"""PLC: can the layout that the list states be placed so that single parts may fail?"""

from collections.abc import Iterator, Sequence

from podplanner.catalog.drive_layout import DriveLayout, read_layout
from podplanner.catalog.pod import Pod
from podplanner.planning.placement import Kill, Misfit, Placement, place
from podplanner.planning.topology import Gap
from podplanner.rules.base import Finding, Rule, Severity

_SHOWN = 3
# Components named one by one in a finding; the rest is counted.


def layout_has_its_drives(pod: Pod) -> Iterator[Finding]:
    """The pod has the bays and the drives that its layout takes.

    Why it matters: a pool that is one drive short cannot be made.

    Fails when: the list states a `layout` that takes more drives than the pod has bays, or more
    than the list buys; unknown when the bays or the drives cannot be counted. A layout of a cluster
    is taken with one member in each pod. A list without drives is left to FIT006.
    """
    layout = _layout(pod)
    if layout is None:
        return
    found = place(pod, layout, pods=layout.width if layout.is_cluster else 1)
    if isinstance(found, Misfit):
        yield Finding(None, found.reason, fix=found.fix)
    elif isinstance(found, Gap):
        yield Finding.unknown(None, f"whether {layout} fits is not known: {found.reason}",
                              wants=found.wants)  # fmt: skip


def any_backplane_may_fail(pod: Pod) -> Iterator[Finding]:
    """The layout can be placed so that any one backplane may fail.

    Why it matters: a backplane takes all of its drives with it at once. With more of a group on it
    than the layout survives, the pool stops until the backplane is replaced; placed otherwise the
    same drives would have gone on.

    Fails when: the best placement that there is (`plan place`) has more drives of a group on a
    backplane than may fail. A layout of a cluster is left to the cluster, which spreads over pods.
    """
    found = _best(pod)
    if found is None:
        return
    kills = [kill for kill in found.kills if kill.component.kind == "backplane"]
    if kills:
        yield Finding(
            None,
            f"{found.layout} cannot be placed so that any one backplane may fail: {_said(kills)}",
            fix="Choose narrower groups or more parity, or fill fewer bays.",
        )


def single_parts_that_stop_the_pool(pod: Pod) -> Iterator[Finding]:
    """No cable, adapter or supply takes more of a group with it than may fail.

    Why it matters: drives that lose their way to the board, or their power, are gone for the pool
    as if they had failed, though they are unharmed: the data is offline until the part is
    replaced. Two supplies without a common bus are two such parts, and no redundancy.

    Fails when: even the best placement (`plan place`) has more drives of a group behind one such
    part than may fail; unknown when it is not known, or only assumed, what hangs on the parts.
    """
    found = _best(pod)
    if found is None:
        return
    for kind in ("cable", "adapter", "supply"):
        kills = [kill for kill in found.kills if kill.component.kind == kind]
        if kills:
            guess = any(
                row.verdict == "offline" and row.reason and row.kind == kind
                for row in found.failures
            )
            words = " (as the wiring is assumed)" if guess else ""
            yield Finding(
                None,
                f"the data is offline when one {kind} fails{words}: {_said(kills)}",
                fix="Keep one as a spare, or choose a layout or a wiring that survives it.",
            )
        elif found.survives_any(kind) is None:
            yield Finding.unknown(
                None,
                f"whether {found.layout} survives the loss of one {kind} is not known: what hangs "
                "on it is not stated",
                wants="the wiring by links in the list",
            )


def _layout(pod: Pod) -> DriveLayout | None:
    return read_layout(pod.bill.layout) if pod.bill.layout else None


def _best(pod: Pod) -> Placement | None:
    """Return the best placement of the layout that the list states; None: nothing to judge."""
    layout = _layout(pod)
    if layout is None or layout.is_cluster:
        return None
    found = place(pod, layout)
    return found if isinstance(found, Placement) else None


def _said(kills: Sequence[Kill]) -> str:
    """Return the components with their drives: `supply 1 takes 25 drives, 9 of one group`."""
    shown = "; ".join(
        f"{kill.component.name} takes {kill.drives} drives, {kill.worst} of one group"
        for kill in kills[:_SHOWN]
    )
    more = len(kills) - _SHOWN
    return shown + (f"; and {more} more" if more > 0 else "")


RULES = (
    Rule("PLC001", Severity.WARNING, any_backplane_may_fail),
    Rule("PLC002", Severity.NOTE, single_parts_that_stop_the_pool),
    Rule("PLC003", Severity.ERROR, layout_has_its_drives),
)
