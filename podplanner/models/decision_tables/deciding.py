"""What a table decides when some of its rules hit: the hit policies of DMN.

Source: OMG, Decision Model and Notation 1.3 (formal/21-01-01), section 8.2.10.
"""

from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from podplanner.errors import ConflictError
from podplanner.models.decision_tables.values import Value, total

if TYPE_CHECKING:
    from podplanner.models.decision_tables.table import DecisionTable

Outputs: TypeAlias = dict[str, "Value | tuple[Value, ...]"]


def decide(
    table: "DecisionTable", hits: list[int], values: tuple[Value, ...]
) -> tuple[list[int], Outputs]:
    """Return the rules that count, and the outputs; see `DecisionTable.decide`."""
    policy = table.hit_policy
    if policy == "RULE ORDER" or (policy == "COLLECT" and table.aggregation is None):
        columns = enumerate(table.outputs)
        return hits, {
            one.name: tuple(table.rules[hit].then[column] for hit in hits)
            for column, one in columns
        }
    if policy == "COLLECT" and table.aggregation == "COUNT":
        return hits, {table.outputs[0].name: Decimal(len(hits))}
    if not hits:
        return [], _defaults(table, values)
    if policy == "COLLECT":
        return hits, {table.outputs[0].name: _aggregated(table, hits)}
    if policy in ("UNIQUE", "ANY"):
        _demand_agreement(table, hits, values)
        chosen = hits if policy == "ANY" else hits[:1]
    elif policy == "FIRST":
        chosen = hits[:1]
    else:
        chosen = [min(hits, key=lambda hit: _rank(table, hit))]
    then = table.rules[chosen[0]].then
    return chosen, {one.name: value for one, value in zip(table.outputs, then, strict=True)}


def _defaults(table: "DecisionTable", values: tuple[Value, ...]) -> Outputs:
    found: Outputs = {one.name: one.default for one in table.outputs if one.default is not None}
    if len(found) == len(table.outputs):
        return found
    raise ConflictError(
        f"no rule of {table.name!r} covers {table.described(values) or 'this'}",
        hint="Add a rule, or give every output a default; `problems()` finds all gaps.",
    )


def _demand_agreement(table: "DecisionTable", hits: list[int], values: tuple[Value, ...]) -> None:
    different = table.hit_policy == "UNIQUE" or len({table.rules[hit].then for hit in hits}) > 1
    if len(hits) < 2 or not different:
        return
    said = " and ".join(str(hit + 1) for hit in hits[:3])
    raise ConflictError(
        f"rules {said} of {table.name!r} hit at once for {table.described(values)}, "
        f"which {table.hit_policy} does not allow",
        hint="Make them exclude each other (`problems()` finds all such), or choose FIRST.",
    )


def _aggregated(table: "DecisionTable", hits: list[int]) -> Decimal:
    numbers = [value for hit in hits if isinstance(value := table.rules[hit].then[0], Decimal)]
    if table.aggregation == "SUM":
        return total(numbers)
    return min(numbers) if table.aggregation == "MIN" else max(numbers)


def _rank(table: "DecisionTable", hit: int) -> tuple[tuple[int, ...], int]:
    """Return how early a rule's outputs stand among those allowed; then its place."""
    then = zip(table.outputs, table.rules[hit].then, strict=True)
    return tuple(one.allowed.index(value) for one, value in then if one.allowed), hit
