"""BIF 0.15, the interchange format of Bayesian networks: read within limits, and written.

Source: F. Cozman, "The Interchange Format for Bayesian Networks" (version 0.15, 1996), and files
as the bnlearn repository and pgmpy write them. In a `table` the states of the variable itself
change slowest, then those of its parents in order. Commas and bars only part words.
"""

import itertools
from collections.abc import Iterator, Sequence

from podplanner.errors import FormatError
from podplanner.models.bayesian.assembling import Block, Declared, Rows, assembled
from podplanner.models.bayesian.bif_words import KEYWORDS, Reader
from podplanner.models.bayesian.network import BayesianNetwork, Variable

_WORD_NEEDS_NO_QUOTES = "_-.+<>="
# Beside letters and digits of ASCII.


def parse_bif(text: str) -> BayesianNetwork:
    """Return the network that a text describes.

    Raises:
        FormatError: It cannot be read, or contradicts itself; names the line.
    """
    reader = Reader(text)
    name, declared, blocks = "unknown", list[Declared](), list[Block]()
    while (word := reader.keyword_or_end()) is not None:
        if word == "network":
            name = reader.name()
            _properties(reader)
        elif word == "variable":
            declared.append(_variable(reader))
        elif word == "probability":
            blocks.append(_probability(reader))
        else:
            raise reader.error(f"{word!r} where network, variable or probability should stand")
    return assembled(name, declared, blocks)


def write_bif(network: BayesianNetwork) -> str:
    """Return a network as text; numbers in the fewest digits that give the same bits again."""
    return "".join(_lines(network))


def _properties(reader: Reader) -> None:
    """Go past a block that has nothing but properties."""
    reader.demand("{")
    while not reader.took("}"):
        if not reader.took_keyword("property"):
            raise reader.error("something other than a property")
        reader.skip_to_semicolon()


def _variable(reader: Reader) -> Declared:
    line, name = reader.line, reader.name()
    states: list[str] | None = None
    reader.demand("{")
    while not reader.took("}"):
        if reader.took_keyword("property"):
            reader.skip_to_semicolon()
        elif states is None and reader.took_keyword("type"):
            if not reader.took_keyword("discrete"):
                raise reader.error("a type other than discrete")
            states = _states(reader)
        else:
            raise reader.error("something other than one type and properties")
    if states is None:
        raise FormatError(f"line {line}: the variable {name!r} has no type")
    return Declared(name, tuple(states), line)


def _states(reader: Reader) -> list[str]:
    reader.demand("[")
    count = reader.name()
    reader.demand("]")
    reader.demand("{")
    found = reader.names_up_to("}")
    reader.demand(";")
    if not (count.isascii() and count.isdigit() and int(count[:9]) == len(found)):
        raise reader.error(f"{len(found)} states where {count[:20]!r} are announced")
    return found


def _probability(reader: Reader) -> Block:
    line = reader.line
    reader.demand("(")
    names = reader.names_up_to(")")
    if not names:
        raise reader.error("probabilities of no variable")
    rows = Rows()
    reader.demand("{")
    while not reader.took("}"):
        at = reader.line
        if reader.took_keyword("property"):
            reader.skip_to_semicolon()
        elif reader.took_keyword("table"):
            rows.take_table(_numbers(reader), at)
        elif reader.took_keyword("default"):
            rows.take_default(_numbers(reader), at)
        elif reader.took("("):
            rows.take_row(tuple(reader.names_up_to(")")), _numbers(reader), at)
        else:
            raise reader.error("something other than a row, a table or a property")
    return Block(names[0], tuple(names[1:]), rows, line)


def _numbers(reader: Reader) -> list[float]:
    return [reader.as_number(word) for word in reader.names_up_to(";")]


def _lines(network: BayesianNetwork) -> Iterator[str]:
    yield f"network {_word(network.name)} {{\n}}\n"
    for one in network.variables:
        states = ", ".join(map(_word, one.states))
        yield f"variable {_word(one.name)} {{\n"
        yield f"  type discrete [ {len(one.states)} ] {{ {states} }};\n}}\n"
    for one in network.variables:
        given = f" | {', '.join(map(_word, one.parents))}" if one.parents else ""
        yield f"probability ( {_word(one.name)}{given} ) {{\n"
        yield from _rows(network, one)
        yield "}\n"


def _rows(network: BayesianNetwork, one: Variable) -> Iterator[str]:
    rows = one.table.reshape(-1, len(one.states)).tolist()
    if not one.parents:
        yield f"  table {_written(rows[0])};\n"
        return
    above = [map(_word, network.variable(parent).states) for parent in one.parents]
    for states, row in zip(itertools.product(*above), rows, strict=True):
        yield f"  ({', '.join(states)}) {_written(row)};\n"


def _written(row: Sequence[float]) -> str:
    return ", ".join(map(repr, row))


def _word(name: str) -> str:
    """Return a name as it is written: in quotes where it would not be one word."""
    plain = all(
        (letter.isascii() and letter.isalnum()) or letter in _WORD_NEEDS_NO_QUOTES
        for letter in name
    )
    return name if plain and name not in KEYWORDS else f'"{name}"'
