"""How flows share links: all rise together until a link is full, then those on it stay.

That is max-min fairness, which drives read in stripes and links that serve in turn come near to.
On a tree with one root it also gives the largest total that the links allow.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Flow:
    """What one drive sends, and the links on its way.

    Attributes:
        links: Index of a link -> share of the flow that takes it, above 0 and up to 1; in the
            order of the way.
        wish: The most that it sends; None: as much as the links give.
    """

    links: tuple[tuple[int, Fraction], ...]
    wish: int | None


@dataclass(frozen=True, slots=True)
class Share:
    """What one flow gets.

    Attributes:
        rate: None where neither its wish nor a link on its way is known.
        limit: Index of the link that holds it back, the nearest of several; None: its own wish.
    """

    rate: Fraction | None
    limit: int | None


def fair_shares(flows: Sequence[Flow], capacities: Sequence[int | None]) -> tuple[Share, ...]:
    """Return what each flow gets when all of them work at once.

    Args:
        flows: In any order.
        capacities: Of the links, by index; None is unlimited, as far as one knows.

    >>> flow = Flow(((0, Fraction(1)),), wish=150)
    >>> fair_shares([flow] * 5, [300])[0]
    Share(rate=Fraction(60, 1), limit=0)
    """
    users = Counter(link for flow in flows for link, _ in flow.links)
    cut = [_cut(flow, users, capacities) for flow in flows]
    # Flows that are alike get the same: a pod has far fewer sorts of flow than drives.
    waiting = Counter(entry.sort for entry in cut)
    settled: dict[_Sort, Share] = {}
    left = {n: Fraction(c) for n, c in enumerate(capacities) if c is not None}
    while waiting:
        level = _next_level(waiting, left)
        if level is None:
            settled.update(dict.fromkeys(waiting, Share(None, None)))
            break
        rate, full = level
        stopped = {
            sort: Share(rate, limit)
            for sort in waiting
            if (limit := _holder(sort, rate, full)) is not None or sort.most == rate
        }
        for sort in stopped:
            for link, share in sort.links:
                if link in left:
                    left[link] -= share * rate * waiting[sort]
            del waiting[sort]
        settled.update(stopped)
    return tuple(_named(settled[entry.sort], entry) for entry in cut)


@dataclass(frozen=True, slots=True)
class _Sort:
    """Flows that are alike: the links that they share with others, and the most that each sends."""

    links: tuple[tuple[int, Fraction], ...]
    most: Fraction | None

    def __hash__(self) -> int:
        # To hash a fraction takes a division by its denominator modulo a prime: whole numbers tell
        # sorts apart well enough.
        most = None if self.most is None else self.most.numerator
        return hash((most, *(link for link, _ in self.links)))


@dataclass(frozen=True, slots=True)
class _Cut:
    """A flow without the links that it has alone.

    Attributes:
        alone: The link of its own that sets the most that it sends; None: its wish does.
    """

    sort: _Sort
    alone: int | None


def _cut(flow: Flow, users: Mapping[int, int], capacities: Sequence[int | None]) -> _Cut:
    most = None if flow.wish is None else Fraction(flow.wish)
    alone: int | None = None
    shared: list[tuple[int, Fraction]] = []
    for link, share in flow.links:
        capacity = capacities[link]
        if users[link] > 1:
            shared.append((link, share))
        elif capacity is not None and (most is None or capacity / share < most):
            most, alone = capacity / share, link
    return _Cut(_Sort(tuple(shared), most), alone)


def _named(share: Share, entry: _Cut) -> Share:
    """Return a share with the link that holds it back, also where that is one of its own."""
    own = share.rate == entry.sort.most and share.limit is None
    return Share(share.rate, entry.alone) if own else share


def _next_level(
    waiting: Mapping[_Sort, int], left: Mapping[int, Fraction]
) -> tuple[Fraction, frozenset[int]] | None:
    """Return the rate at which the next flows stop, and the links that are full then."""
    weights: dict[int, Fraction] = {}
    for sort, count in waiting.items():
        for link, share in sort.links:
            if link in left:
                weights[link] = weights.get(link, Fraction(0)) + share * count
    levels = {link: left[link] / weight for link, weight in weights.items()}
    wishes = [sort.most for sort in waiting if sort.most is not None]
    if not levels and not wishes:
        return None
    rate = min([*levels.values(), *wishes])
    return rate, frozenset(link for link, level in levels.items() if level == rate)


def _holder(sort: _Sort, rate: Fraction, full: frozenset[int]) -> int | None:
    """Return the nearest full link on the way of a flow; None when it has the most it sends."""
    if sort.most == rate:
        return None
    return next((link for link, _ in sort.links if link in full), None)
