"""Whole-numbered flows through a small network: the most that passes, or one within bounds."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

SOURCE, SINK = 0, 1
# The first two nodes of every network.

Edge = tuple[int, int]
"""From which node to which."""


@dataclass(frozen=True, slots=True)
class Flow:
    """The largest flow from source to sink.

    Attributes:
        value: How much passes.
        cut: Positions of the edges that hold it back: all full, and together as wide as `value`.
    """

    value: int
    cut: tuple[int, ...]


def largest(nodes: int, edges: Sequence[Edge], most: Sequence[int]) -> Flow:
    """Return the largest flow, and the edges of a smallest cut, which prove that it is.

    Args:
        nodes: Number of nodes.
        edges: In any order; several may join the same two nodes.
        most: What each edge takes at most.

    >>> largest(3, [(SOURCE, 2), (2, SINK)], [4, 3])
    Flow(value=3, cut=(1,))
    """
    network = _Network.of(nodes, edges, most)
    value = network.fill(SOURCE, SINK)
    reached = network.reached(SOURCE)
    cut = tuple(
        position
        for position, (tail, head) in enumerate(edges)
        if reached[tail] >= 0 and reached[head] < 0
    )
    return Flow(value, cut)


def within(
    nodes: int, edges: Sequence[Edge], least: Sequence[int], most: Sequence[int], value: int
) -> tuple[int, ...] | None:
    """Return a flow of `value` that keeps every edge within its bounds; None: there is none.

    Lower bounds are met in the usual way: each is shipped beforehand from an extra source to an
    extra sink, and the rest must make up for all of it.
    """
    extra_source, extra_sink = nodes, nodes + 1
    excess = [0] * nodes
    for (tail, head), low in zip(edges, least, strict=True):
        excess[head] += low
        excess[tail] -= low
    excess[SOURCE] += value
    excess[SINK] -= value
    spare = [high - low for low, high in zip(least, most, strict=True)]
    if min(spare, default=0) < 0:
        return None
    network = _Network.of(nodes + 2, edges, spare)
    wanted = 0
    for node, amount in enumerate(excess):
        if amount > 0:
            network.add(extra_source, node, amount)
            wanted += amount
        elif amount < 0:
            network.add(node, extra_sink, -amount)
    if network.fill(extra_source, extra_sink) < wanted:
        return None
    return tuple(low + network.passed(position) for position, low in enumerate(least))


@dataclass(slots=True)
class _Network:
    """Edges in pairs, each beside its own reverse; `room` is what an edge still takes."""

    leaving: list[list[int]]
    heads: list[int] = field(default_factory=list)
    room: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, nodes: int, edges: Sequence[Edge], most: Sequence[int]) -> "_Network":
        network = cls([[] for _ in range(nodes)])
        for (tail, head), room in zip(edges, most, strict=True):
            network.add(tail, head, room)
        return network

    def add(self, tail: int, head: int, room: int) -> None:
        self.leaving[tail].append(len(self.heads))
        self.leaving[head].append(len(self.heads) + 1)
        self.heads += (head, tail)
        self.room += (room, 0)

    def passed(self, position: int) -> int:
        """Return what flows through the edge that was added as number `position`."""
        return self.room[2 * position + 1]

    def fill(self, source: int, sink: int) -> int:
        """Send as much as passes, along the shortest ways first (Edmonds and Karp, 1972)."""
        total = 0
        while (came_by := self.reached(source))[sink] >= 0:
            way, node = [], sink
            while node != source:
                way.append(came_by[node])
                node = self.heads[came_by[node] ^ 1]
            amount = min(self.room[edge] for edge in way)
            for edge in way:
                self.room[edge] -= amount
                self.room[edge ^ 1] += amount
            total += amount
        return total

    def reached(self, source: int) -> list[int]:
        """Return by which edge each node is reached; -1: not at all; the source: any other."""
        came_by = [-1] * len(self.leaving)
        came_by[source] = len(self.heads)
        waiting = deque([source])
        while waiting:
            for edge in self.leaving[waiting.popleft()]:
                head = self.heads[edge]
                if self.room[edge] > 0 and came_by[head] < 0:
                    came_by[head] = edge
                    waiting.append(head)
        return came_by
