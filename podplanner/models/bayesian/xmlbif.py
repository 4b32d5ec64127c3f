"""XMLBIF 0.3: Bayesian networks in XML, as JavaBayes, GeNIe, Weka and pgmpy write them.

Source: F. Cozman, "The Interchange Format for Bayesian Networks in XML" (version 0.3, 1998): in a
table the states of the variable itself change fastest, before them those of the last parent.
"""

from math import isfinite
from typing import TYPE_CHECKING

from podplanner.errors import FormatError
from podplanner.models.bayesian.assembling import Block, Declared, Rows, assembled
from podplanner.models.bayesian.network import BayesianNetwork
from podplanner.models.safe_xml import parse_xml

if TYPE_CHECKING:
    from lxml.etree import _Element

_LONGEST_NUMBER = 1000


def parse_xmlbif(text: str) -> BayesianNetwork:
    """Return the network that a document describes.

    Raises:
        FormatError: It cannot be read, or contradicts itself; names the line.
        UnsafeContentError: It declares entities.
    """
    root = parse_xml(text, what="the network", doctype=True)
    network = root if root.tag == "NETWORK" else root.find("NETWORK")
    if network is None:
        raise FormatError("the document has no NETWORK", hint="Give a file in XMLBIF 0.3.")
    declared = [
        Declared(
            _only(one, "NAME"),
            tuple(_text(state) for state in one.findall("OUTCOME")),
            _line(one),
        )
        for one in network.findall("VARIABLE")
    ]
    sizes = {one.name: len(one.states) for one in declared}
    blocks = [_block(one, sizes) for one in network.findall("DEFINITION")]
    name = network.find("NAME")
    return assembled((_text(name) if name is not None else "") or "unknown", declared, blocks)


def _block(definition: "_Element", sizes: dict[str, int]) -> Block:
    line = _line(definition)
    name = _only(definition, "FOR")
    table = definition.find("TABLE")
    if table is None:
        raise FormatError(f"line {line}: the definition of {name!r} has no TABLE")
    numbers = [_number(word, _line(table)) for word in _text(table).split()]
    states = sizes.get(name, 0)
    rows = Rows()
    if states and len(numbers) % states == 0:
        # Turned so that the variable's own states change slowest, as a table of BIF has them.
        numbers = [number for state in range(states) for number in numbers[state::states]]
    rows.take_table(numbers, _line(table))
    return Block(name, tuple(_text(one) for one in definition.findall("GIVEN")), rows, line)


def _number(word: str, line: int) -> float:
    try:
        value = float(word[:_LONGEST_NUMBER])
    except ValueError:
        value = float("nan")
    if not isfinite(value) or "_" in word or len(word) > _LONGEST_NUMBER:
        raise FormatError(f"line {line}: {word[:40]!a} is no number")
    return value


def _only(parent: "_Element", tag: str) -> str:
    found = parent.findall(tag)
    if len(found) != 1:
        raise FormatError(
            f"line {_line(parent)}: {parent.tag} has {len(found)} {tag}, and needs one"
        )
    return _text(found[0])


def _text(element: "_Element") -> str:
    return "".join(map(str, element.itertext())).strip()


def _line(element: "_Element") -> int:
    return int(str(element.sourceline or 1))
