"""Bayesian networks of any shape: written and read, and asked, as enumeration answers."""

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.networks import ASIA, enumerated

from podplanner.errors import ConflictError, FormatError
from podplanner.models.bayesian import BayesianNetwork, Variable

NAMES = st.text(
    st.characters(exclude_characters='"', exclude_categories=("C", "Zl", "Zp", "Zs"))
    | st.sampled_from(' ,|{}();/*"'.replace('"', "")),
    min_size=1, max_size=6,
)  # fmt: skip


@st.composite
def networks(draw):
    """Draw a network of up to six variables, some of their probabilities 0."""
    names = draw(st.lists(NAMES, min_size=1, max_size=6, unique=True))
    variables = []
    for number, name in enumerate(names):
        states = draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))
        parents = draw(st.sets(st.sampled_from(variables), max_size=3)) if number else set()
        above = sorted(parents, key=lambda one: one.name)
        shape = (*(len(one.states) for one in above), len(states))
        weights = draw(
            st.lists(st.integers(0, 9), min_size=int(np.prod(shape)), max_size=int(np.prod(shape)))
        )
        table = np.array(weights, dtype=float).reshape(shape)
        table[..., 0] += table.sum(axis=-1) == 0
        table /= table.sum(axis=-1, keepdims=True)
        variables.append(Variable(name, tuple(states), tuple(one.name for one in above), table))
    return BayesianNetwork(draw(NAMES), tuple(draw(st.permutations(variables))))


@given(networks())
def test_every_network_is_written_and_read_bit_for_bit(network):
    again = BayesianNetwork.from_text(network.to_bif())
    assert again.name == network.name
    for one, other in zip(network.variables, again.variables, strict=True):
        assert (one.name, one.states, one.parents) == (other.name, other.states, other.parents)
        assert one.table.tobytes() == other.table.tobytes()


@given(networks(), st.data())
def test_every_answer_is_that_of_enumeration(network, data):
    some = data.draw(st.sets(st.sampled_from(network.variables), max_size=3))
    evidence = {
        one.name: data.draw(st.sampled_from(one.states))
        for one in sorted(some, key=lambda one: one.name)
    }
    found = enumerated(network, evidence)
    total = sum(number for _, number in found)
    assert network.probability(evidence) == pytest.approx(total, rel=1e-9)
    asked = data.draw(st.sampled_from(network.variables))
    if total == 0:
        with pytest.raises(ConflictError):
            network.posterior(asked.name, evidence)
        with pytest.raises(ConflictError):
            network.most_probable(evidence)
        return
    for state, number in network.posterior(asked.name, evidence).items():
        expected = sum(n for states, n in found if states[asked.name] == state) / total
        assert number == pytest.approx(expected, rel=1e-9, abs=1e-12)
    best = network.most_probable(evidence)
    reached = next(number for states, number in found if states == best)
    assert reached == pytest.approx(max(number for _, number in found), rel=1e-9)


@given(st.text() | st.text(alphabet='{}()[];,|"/* \nvariablednetwork01.'))
def test_any_text_is_a_network_or_a_format_error(text):
    with pytest.raises(FormatError):
        BayesianNetwork.from_text(text)


@given(st.data())
def test_a_file_with_faults_is_a_network_or_an_error_that_names_the_line(data):
    text = list(ASIA)
    places = st.tuples(st.integers(0, len(text) - 1), st.sampled_from('{}()[];,|"/*\n 019.-e'))
    for at, letter in data.draw(st.lists(places, min_size=1, max_size=4)):
        text[at] = letter
    faulty = "".join(text)
    network = None
    with suppress(FormatError):
        network = BayesianNetwork.from_text(faulty)
    if network is None:
        with pytest.raises(FormatError, match="line "):
            BayesianNetwork.from_text(faulty)
        return
    assert BayesianNetwork.from_text(network.to_bif()).to_bif() == network.to_bif()
