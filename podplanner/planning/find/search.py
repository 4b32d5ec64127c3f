"""The quick search: every design that may be on the front, evaluated from tables."""

from dataclasses import dataclass

from podplanner.planning.find.design import Design
from podplanner.planning.find.hunt import Hunt, Progress
from podplanner.planning.find.need import Need
from podplanner.planning.find.stock import Stock


@dataclass(frozen=True, slots=True)
class Searched:
    """The front of a need, and how it was found.

    Attributes:
        front: Cheapest first.
        evaluated: Designs whose figures were computed.
        space: Designs that parts and layouts of the stock can be put together to, with one number
            of pods each, whether or not they fit.
    """

    front: tuple[Design, ...]
    evaluated: int
    space: int

    @property
    def pruned(self) -> int:
        """Return the designs that were left out by proof or because their parts do not fit."""
        return self.space - self.evaluated


def search(need: Need, stock: Stock, progress: Progress | None = None) -> Searched:
    """Return the designs that meet a need and that no other equals or exceeds in everything."""
    hunt = Hunt(need, stock)
    designs = tuple(one.design(need.spares) for _, one in hunt.run(progress))
    return Searched(designs, hunt.evaluated, hunt.space)
