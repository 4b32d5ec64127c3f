"""Tables counted from rows of data."""

from collections.abc import Iterable, Mapping
from math import isfinite

import numpy as np

from podplanner.errors import WrongUsageError
from podplanner.models.bayesian.network import BayesianNetwork, Variable
from podplanner.store.paths import printable


def fit(
    network: BayesianNetwork, rows: Iterable[Mapping[str, str]], *, prior: float
) -> BayesianNetwork:
    """Return the network with tables counted from rows; see `BayesianNetwork.fit`."""
    if not (isfinite(prior) and prior >= 0):
        raise WrongUsageError(f"the prior is {prior}", hint="Give 0 or more; 1 is Laplace's rule.")
    counts = [np.zeros(one.table.shape, dtype=np.int64) for one in network.variables]
    families = [
        [*(network.position(parent) for parent in one.parents), number]
        for number, one in enumerate(network.variables)
    ]
    for number, row in enumerate(rows, start=1):
        states = [_state(network, one, row, number) for one in network.variables]
        for count, family in zip(counts, families, strict=True):
            count[tuple(states[one] for one in family)] += 1
    return BayesianNetwork(
        network.name,
        tuple(
            Variable(one.name, one.states, one.parents, _table(one, count, prior))
            for one, count in zip(network.variables, counts, strict=True)
        ),
    )


def _state(network: BayesianNetwork, one: Variable, row: Mapping[str, str], number: int) -> int:
    if one.name not in row:
        raise WrongUsageError(
            f"row {number} says nothing of {printable(one.name)}",
            hint="Leave the row out, or fill in what is missing.",
        )
    return network.state(one.name, row[one.name])


def _table(
    one: Variable, count: "np.ndarray[tuple[int, ...], np.dtype[np.int64]]", prior: float
) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    # Whole numbers, and so exact in any order.
    total = count.sum(axis=-1, keepdims=True)
    if prior == 0 and not total.all():
        raise WrongUsageError(
            f"some states of the parents of {printable(one.name)} are in no row",
            hint="Give a prior above 0, or more rows.",
        )
    table: np.ndarray[tuple[int, ...], np.dtype[np.float64]] = (count + prior) / (
        total + prior * len(one.states)
    )
    return table
