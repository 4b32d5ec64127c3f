"""In which order variables are summed out: each time the one that ties fewest others together."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from math import prod

from podplanner.errors import WrongUsageError
from podplanner.models.bayesian.network import LARGEST_TABLE
from podplanner.store.paths import printable

_MOST_DIMENSIONS = 32
# What every numpy can have of axes (numpy 1 has 32, numpy 2 has 64).


def elimination_order(
    scopes: Iterable[Sequence[int]],
    sizes: Mapping[int, int],
    *,
    keep: Collection[int],
    names: Sequence[str],
) -> list[int]:
    """Return the variables of some factors in the order in which to sum them out (min-fill).

    Ties are broken by the size of the table that is made, then by the position of the variable:
    the same network and evidence always give the same order.

    Args:
        scopes: The variables of each factor.
        sizes: Variable -> number of its states.
        keep: Variables that stay.
        names: For errors.

    Raises:
        WrongUsageError: A table on the way would be too large, however the order is chosen here.
    """
    near: dict[int, set[int]] = {}
    for scope in scopes:
        for one in scope:
            near.setdefault(one, set()).update(other for other in scope if other != one)
    costs = {one: _cost(one, near, sizes) for one in near if one not in keep}
    order = []
    while costs:
        one = min(costs, key=costs.__getitem__)
        around = near.pop(one)
        if prod(sizes[other] for other in around) * sizes[one] > LARGEST_TABLE or (
            len(around) >= _MOST_DIMENSIONS
        ):
            raise WrongUsageError(
                f"exact inference needs a table over {printable(names[one])} and {len(around)} "
                f"other variables, of more than {LARGEST_TABLE:,} numbers or {_MOST_DIMENSIONS} "
                "axes",
                hint="Give more evidence, or make the network sparser.",
            )
        del costs[one]
        order.append(one)
        for other in around:
            near[other].discard(one)
            near[other] |= around - {other}
        changed = set(around).union(*(near[other] for other in around))
        for other in changed & costs.keys():
            costs[other] = _cost(other, near, sizes)
    if prod(sizes[one] for one in keep) > LARGEST_TABLE:
        raise WrongUsageError("the answer is a table that is too large", hint="Ask for less.")
    return order


def _cost(one: int, near: Mapping[int, set[int]], sizes: Mapping[int, int]) -> tuple[int, int, int]:
    """Return the ties that summing out a variable adds, the size of the table, its position."""
    around = near[one]
    missing = sum(len(around) - 1 - len(near[other] & around) for other in around) // 2
    return missing, prod(sizes[other] for other in around) * sizes[one], one
