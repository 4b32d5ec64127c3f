"""BIF and XMLBIF: what files have, and what is refused with its line."""

import pytest
from support.networks import ASIA, CANCER

from podplanner.errors import FileAccessError, FormatError, UnsafeContentError
from podplanner.models.bayesian import BayesianNetwork

TWO = """network n {}
variable a { type discrete [ 2 ] { x, y }; }
variable b { type discrete [ 2 ] { u, v }; }
probability ( a ) { table 0.25 0.75; }
"""


def table(text, name="b"):
    return BayesianNetwork.from_text(text).variable(name).table.tolist()


def test_the_published_networks_are_written_and_read_again():
    for text in (ASIA, CANCER):
        network = BayesianNetwork.from_text(text)
        again = BayesianNetwork.from_text(network.to_bif())
        assert again.to_bif() == network.to_bif()
        for one, other in zip(network.variables, again.variables, strict=True):
            assert one.table.tobytes() == other.table.tobytes()


def test_a_table_has_the_states_of_the_variable_itself_slowest():
    """As JavaBayes writes them: p(u|x), p(u|y), p(v|x), p(v|y)."""
    text = TWO + "probability ( b | a ) { table 0.6, 0.05, 0.4, 0.95; }"
    assert table(text) == [[0.6, 0.4], [0.05, 0.95]]
    # Version 0.15 has no bar, quotes names, and has properties and comments anywhere.
    old = """// a comment
    network "Dog Problem" { property "author = me; really" ; property version 1 ; }
    variable "a" { /* two
    lines */ type discrete[2] { "x" "y" }; property "position = (1, 2)" ; }
    variable "b" { property p; type discrete[2] { "u" "v" }; }
    probability ( "a" ) { table 0.25 0.75 ; }
    probability ( "b" "a" ) { property q; table 0.6 0.05 0.4 0.95 ; }"""
    assert table(old) == [[0.6, 0.4], [0.05, 0.95]]
    assert BayesianNetwork.from_text(old).name == "Dog Problem"


def test_rows_may_come_in_any_order_and_a_default_fills_in():
    assert table(TWO + "probability ( b | a ) { (y) 0 1; (x) 1e0, 0.; }") == [[1, 0], [0, 1]]
    assert table(TWO + "probability(b|a){default .5 .5; (y) 0 1;}") == [[0.5, 0.5], [0, 1]]


def test_states_as_real_files_have_them():
    text = """network child { }
    variable "type" { type discrete [ 4 ] { <5, 5-12, 12+, Asy/Patch }; }
    variable O2 { type discrete [ 3 ] { <7.5, >=7.5, "a, b | c" }; }
    probability ( "type" ) { table 0.25, 0.25, 0.25, 0.25; }
    probability ( O2 ) { table 0.5, 0.25, 0.25; }"""
    network = BayesianNetwork.from_text(text)
    assert network.variable("type").states == ("<5", "5-12", "12+", "Asy/Patch")
    assert network.variable("O2").states == ("<7.5", ">=7.5", "a, b | c")
    assert BayesianNetwork.from_text(network.to_bif()).variable("type").states[3] == "Asy/Patch"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("", "line 3: b has no probabilities"),
        ("probability ( b | a ) {\n (x) 1 0;\n}", "line 5: b has no probabilities given y"),
        ("probability ( b | a ) {\n(x) 1 0;\n(y) 0.5 0.4; }", "line 7: the probabilities sum"),
        ("probability ( b | a ) {\n(x) 1 0;\n(z) 1 0; }", r"line 7: \(z\) are no states"),
        ("probability ( b | a ) {\n(x) 1 0;\n(x) 1 0; }", "line 7: a row that stands twice"),
        ("probability ( b | a ) {\n(x, y) 1 0; }", r"line 6: \(x, y\) are no states"),
        ("probability ( b | a ) {\n(x) 1 0 0; }", "line 6: 3 probabilities where .* have to be 2"),
        ("probability ( b | a ) {\ntable 1 0 1; }", "line 6: 3 probabilities where .* be 4"),
        ("probability ( b | a ) {\n(x) 1 0; table 1 0 1 0; }", "line 6: a table beside"),
        ("probability ( b | a ) {\ntable 1 0 0 1; default 1 0; }", "line 6: a default row beside"),
        ("probability ( b ) {\ntable 2 -1; }", "line 6: a probability is not between"),
        ("probability ( b ) {\ntable 1 nan; }", "line 6: 'nan' before this is no number"),
        ("probability ( b ) {\ntable 1_0 0; }", "line 6: '1_0' before this is no number"),
        ("probability ( b ) {\ntable 1e999 0; }", "line 6: '1e999' before this is no number"),
        ("probability ( b | c ) { }", "line 5: there is no variable c"),
        ("probability ( b | b ) { }", "line 5: a variable stands twice"),
        ("probability ( a ) { }", "line 5: a has probabilities already"),
        ("probability ( ) { }", "line 5: probabilities of no variable"),
        ("variable a { type discrete [1] { x }; }", "line 5: a is declared twice"),
        ("variable c { type discrete [2] { x }; }", "line 5: 1 states where '2' are announced"),
        ("variable c { type discrete [2] { x, x }; }", "line 5: c has no states, too many, or"),
        ("variable c { type real; }", "line 5: a type other than discrete"),
        ("variable c { }", "line 5: the variable 'c' has no type"),
        ("variable c { property never ends }", "line 5: a property that does not end"),
        ("probability ( b ) {\n table 1 0", "line 6: the end where a name should stand"),
        ("/* no end", "line 5: a comment or a text in quotes that does not end"),
        ('variable "c', "line 5: a comment or a text in quotes that does not end"),
        ("nonsense { }", "line 5: 'nonsense' where network, variable"),
        ("{ }", "line 5: '{' where a block should stand"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_with_its_line(more, words):
    with pytest.raises(FormatError, match=words):
        BayesianNetwork.from_text(TWO + more)


def test_a_cycle_is_told_with_its_line():
    text = """variable a { type discrete [1] { x }; }
variable b { type discrete [1] { x }; }
probability ( a | b ) { (x) 1; }
probability ( b | a ) { (x) 1; }"""
    with pytest.raises(FormatError, match=r"line [34]: [ab]: it depends on itself"):
        BayesianNetwork.from_text(text)


def test_a_small_text_cannot_fill_the_memory():
    names = [f"p{number}" for number in range(26)]
    text = "".join(f"variable {one} {{ type discrete [2] {{ a, b }}; }}\n" for one in names)
    text += "".join(f"probability ( {one} ) {{ table 1 0; }}\n" for one in names[1:])
    text += f"probability ( {' '.join(names)} ) {{ default 1 0; }}"
    with pytest.raises(FormatError, match="line 52: p0: with it the tables have more than"):
        BayesianNetwork.from_text(text)


def test_more_parents_than_a_table_can_have_axes_are_refused():
    names = [f"p{number}" for number in range(70)]
    text = "".join(f"variable {one} {{ type discrete [1] {{ a }}; }}\n" for one in names)
    text += f"probability ( {' '.join(names)} ) {{ table 1; }}\n"
    text += "".join(f"probability ( {one} ) {{ table 1; }}\n" for one in names[1:])
    with pytest.raises(FormatError, match="line 71: p0: it has more than 30 parents"):
        BayesianNetwork.from_text(text)


XML = """<?xml version="1.0" encoding="US-ASCII"?>
<!DOCTYPE BIF [ <!ELEMENT BIF ( NETWORK )*> <!ATTLIST BIF VERSION CDATA #REQUIRED> ]>
<!-- as JavaBayes writes it -->
<BIF VERSION="0.3"><NETWORK><NAME>Dogs</NAME>
<VARIABLE TYPE="nature"><NAME>a</NAME><OUTCOME>x</OUTCOME><OUTCOME>y</OUTCOME></VARIABLE>
<VARIABLE TYPE="nature"><NAME>b</NAME><OUTCOME>u</OUTCOME><OUTCOME>v</OUTCOME>
<PROPERTY>position = (73, 165)</PROPERTY></VARIABLE>
<DEFINITION><FOR>a</FOR><TABLE>0.25 0.75</TABLE></DEFINITION>
<DEFINITION><FOR>b</FOR><GIVEN>a</GIVEN><TABLE>0.6 0.4 <!-- y --> 0.05 0.95</TABLE></DEFINITION>
</NETWORK></BIF>"""


def test_xml_has_the_states_of_the_variable_itself_fastest():
    assert table(XML) == [[0.6, 0.4], [0.05, 0.95]]
    assert BayesianNetwork.from_text(XML).name == "Dogs"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("<NETWORK>", "<X>", "not well-formed"),
        ("0.05 0.95", "0.05 0.9", "line 9: the probabilities sum to 0.95"),
        ("0.05 0.95", "0.05", "line 9: 3 probabilities where there have to be 4"),
        ("0.05 0.95", "0.05 nan", "line 9: 'nan' is no number"),
        ("<GIVEN>a", "<GIVEN>c", "line 9: there is no variable c"),
        ("<NAME>b</NAME>", "", "line 6: VARIABLE has 0 NAME"),
        ("<TABLE>0.25 0.75</TABLE>", "", "line 8: the definition of 'a' has no TABLE"),
    ],
)
def test_xml_that_does_not_fit_is_refused(old, new, words):
    assert old in XML
    with pytest.raises(FormatError, match=words):
        BayesianNetwork.from_text(XML.replace(old, new))
    with pytest.raises(FormatError, match="no NETWORK"):
        BayesianNetwork.from_text("<BIF/>")


def test_entities_are_never_resolved(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("0.5 0.5")
    entity = f'<!ENTITY x SYSTEM "file://{secret}"> ]>'
    with pytest.raises(UnsafeContentError, match="declares entities"):
        BayesianNetwork.from_text(XML.replace("]>", entity).replace("0.25 0.75", "&x;"))
    with pytest.raises((UnsafeContentError, FormatError)):
        BayesianNetwork.from_text(XML.replace("0.25 0.75", "&x;"))


def test_files_that_cannot_be_read_are_named(tmp_path):
    with pytest.raises(FileAccessError, match="No such file"):
        BayesianNetwork.from_file(tmp_path / "none.bif")
    (tmp_path / "bad.bif").write_bytes(b"\xff\xfe")
    with pytest.raises(FormatError, match="is not UTF-8"):
        BayesianNetwork.from_file(tmp_path / "bad.bif")
    (tmp_path / "asia.bif").write_text(ASIA)
    assert BayesianNetwork.from_file(tmp_path / "asia.bif").parameters == 18
