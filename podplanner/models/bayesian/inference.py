"""Exact inference by variable elimination, in an order that depends on the network alone.

Sums are taken state by state and products factor by factor, each of them one operation of IEEE
754, so answers do not depend on the processor or on how numpy adds up. After every step a table
is scaled by a power of two, which is exact, so that much evidence does not underflow.
Source: Koller and Friedman, Probabilistic Graphical Models (2009), chapter 9 (sum and max
product) and section 9.4.3 (min-fill).
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from math import frexp, ldexp
from typing import TYPE_CHECKING, Any

import numpy as np

from podplanner.errors import ConflictError
from podplanner.models.bayesian.elimination import elimination_order
from podplanner.models.bayesian.network import BayesianNetwork

if TYPE_CHECKING:
    Table = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, slots=True, eq=False)
class _Factor:
    """A table over some variables: `table * 2**exponent`."""

    scope: tuple[int, ...]
    """Positions of variables in the network, rising; one axis each."""
    table: "Table"
    exponent: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class _Choice:
    """What is best for a variable, once others are known."""

    variable: int
    scope: tuple[int, ...]
    best: "np.ndarray[Any, np.dtype[np.intp]]"


def posterior(
    network: BayesianNetwork, variable: str, evidence: Mapping[str, str]
) -> dict[str, float]:
    """Return the probabilities of a variable's states; see `BayesianNetwork.posterior`."""
    wanted = network.position(variable)
    known = _positions(network, evidence)
    states = network.variables[wanted].states
    given = known.get(wanted)
    left = _summed(network, known, keep=() if given is not None else (wanted,))
    if given is not None:
        if left.table == 0.0:
            raise _impossible(evidence)
        return {state: float(number == given) for number, state in enumerate(states)}
    numbers = left.table.tolist()
    total = _sum_in_order(numbers)
    if total == 0.0:
        raise _impossible(evidence)
    return {state: number / total for state, number in zip(states, numbers, strict=True)}


def probability(network: BayesianNetwork, evidence: Mapping[str, str]) -> float:
    """Return the probability of evidence; see `BayesianNetwork.probability`."""
    found = _summed(network, _positions(network, evidence), keep=())
    return ldexp(float(found.table), found.exponent)


def most_probable(network: BayesianNetwork, evidence: Mapping[str, str]) -> dict[str, str]:
    """Return the likeliest states of all variables; see `BayesianNetwork.most_probable`."""
    known = _positions(network, evidence)
    every = range(len(network.variables))
    choices: list[_Choice] = []

    def maximised(factor: _Factor, variable: int) -> _Factor:
        axis = factor.scope.index(variable)
        left = factor.scope[:axis] + factor.scope[axis + 1 :]
        choices.append(_Choice(variable, left, np.argmax(factor.table, axis=axis)))
        return _scaled(left, np.max(factor.table, axis=axis), factor.exponent)

    found = _eliminated(network, known, every, keep=(), out=maximised)
    if found.table == 0.0:
        raise _impossible(evidence)
    states = dict(known)
    for choice in reversed(choices):
        states[choice.variable] = int(choice.best[tuple(states[one] for one in choice.scope)])
    return {one.name: one.states[states[number]] for number, one in enumerate(network.variables)}


def _summed(
    network: BayesianNetwork, known: Mapping[int, int], *, keep: Collection[int]
) -> _Factor:
    """Return the factor over `keep` and the evidence; what has no bearing on it is left out."""
    relevant = _with_ancestors(network, (*keep, *known))
    return _eliminated(network, known, relevant, keep=keep, out=_summed_out)


def _eliminated(
    network: BayesianNetwork,
    known: Mapping[int, int],
    relevant: Iterable[int],
    *,
    keep: Collection[int],
    out: Callable[[_Factor, int], _Factor],
) -> _Factor:
    factors = [_of(network, number, known) for number in relevant]
    sizes = {number: len(one.states) for number, one in enumerate(network.variables)}
    names = [one.name for one in network.variables]
    order = elimination_order([factor.scope for factor in factors], sizes, keep=keep, names=names)
    for variable in order:
        touched = [factor for factor in factors if variable in factor.scope]
        factors = [factor for factor in factors if variable not in factor.scope]
        factors.append(out(_product(touched), variable))
    return _product(factors)


def _of(network: BayesianNetwork, number: int, known: Mapping[int, int]) -> _Factor:
    """Return the table of a variable as a factor, cut down to the evidence."""
    variable = network.variables[number]
    axes = [*(network.position(parent) for parent in variable.parents), number]
    cut = tuple(known[axis] if axis in known else slice(None) for axis in axes)
    free = [axis for axis in axes if axis not in known]
    order = sorted(range(len(free)), key=free.__getitem__)
    table = np.asarray(variable.table[cut]).transpose(order)
    return _Factor(tuple(sorted(free)), table)


def _product(factors: Iterable[_Factor]) -> _Factor:
    """Return the product of factors, multiplied from left to right."""
    found = _Factor((), np.array(1.0))
    for factor in factors:
        scope = tuple(sorted({*found.scope, *factor.scope}))
        table = _spread(found, scope) * _spread(factor, scope)
        found = _scaled(scope, table, found.exponent + factor.exponent)
    return found


def _spread(factor: _Factor, scope: tuple[int, ...]) -> "Table":
    """Return a table with an axis of length 1 for each variable that it does not have."""
    own = iter(factor.table.shape)
    shape = tuple(next(own) if one in factor.scope else 1 for one in scope)
    return factor.table.reshape(shape)


def _summed_out(factor: _Factor, variable: int) -> _Factor:
    axis = factor.scope.index(variable)
    first = np.moveaxis(factor.table, axis, 0)
    total = first[0]
    for one in first[1:]:
        total = total + one
    return _scaled(factor.scope[:axis] + factor.scope[axis + 1 :], total, factor.exponent)


def _scaled(scope: tuple[int, ...], table: "Table", exponent: int) -> _Factor:
    """Return a factor whose largest number is between 0.5 and 1, or 0."""
    largest = float(np.max(table))
    shift = frexp(largest)[1]
    return _Factor(scope, np.ldexp(table, -shift), exponent + shift if largest else 0)


def _sum_in_order(numbers: Iterable[float]) -> float:
    total = 0.0
    for number in numbers:
        total += number
    return total


def _with_ancestors(network: BayesianNetwork, some: Iterable[int]) -> list[int]:
    """Return variables and all that they depend on, in order: others sum to 1."""
    found: set[int] = set()
    waiting = list(some)
    while waiting:
        number = waiting.pop()
        if number not in found:
            found.add(number)
            waiting += (network.position(name) for name in network.variables[number].parents)
    return sorted(found)


def _positions(network: BayesianNetwork, evidence: Mapping[str, str]) -> dict[int, int]:
    return {network.position(name): network.state(name, state) for name, state in evidence.items()}


def _impossible(evidence: Mapping[str, str]) -> ConflictError:
    said = ", ".join(f"{name}={state}" for name, state in sorted(evidence.items())[:8])
    return ConflictError(
        f"the network holds this to be impossible: {said or 'anything at all'}",
        hint="Leave out what is least certain, or train the network with a prior above 0.",
    )
