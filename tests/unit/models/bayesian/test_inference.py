"""Exact inference, held against published figures and against enumeration."""

import itertools
import weakref
from fractions import Fraction

import numpy as np
import pytest
from support.networks import ASIA, CANCER, enumerated, joint

from podplanner.errors import ConflictError, FormatError, UnknownNameError, WrongUsageError
from podplanner.models.bayesian import BayesianNetwork, Variable

YES_YES = {"asia": "yes", "dysp": "yes"}


@pytest.fixture(scope="module")
def asia():
    return BayesianNetwork.from_text(ASIA)


def test_asia_has_the_published_probabilities(asia):
    """As gRain, a package of R, prints them: Højsgaard (2012), J. Stat. Softw. 46(10)."""
    for name, expected in (("tub", 0.0104), ("lung", 0.055), ("bronc", 0.45)):
        assert asia.posterior(name)["yes"] == pytest.approx(expected, rel=1e-12)
    assert asia.posterior("lung", YES_YES)["yes"] == pytest.approx(0.09952515, abs=5e-9)
    assert asia.posterior("bronc", YES_YES)["yes"] == pytest.approx(0.8114021, abs=5e-8)
    assert asia.probability(YES_YES) == pytest.approx(0.004501375, rel=1e-9)
    # As the bnlearn repository counts them.
    assert asia.parameters == 18


def test_cancer_has_the_probabilities_that_its_tables_give_by_hand():
    """Reckoned on paper from the tables that Korb and Nicholson publish, in fractions."""
    cancer = BayesianNetwork.from_text(CANCER)
    ill = Fraction(1163, 100_000)
    breathless = Fraction(65, 100) * ill + Fraction(3, 10) * (1 - ill)
    said = [
        ({}, "Cancer", "True", ill),
        ({}, "Dyspnoea", "True", breathless),
        ({"Smoker": "True"}, "Cancer", "True", Fraction(32, 1000)),
        ({"Smoker": "True"}, "Dyspnoea", "True", Fraction(3112, 10_000)),
        ({"Dyspnoea": "True"}, "Cancer", "True", Fraction(65, 100) * ill / breathless),
        ({"Cancer": "True"}, "Smoker", "True", Fraction(960, 1163)),
        ({"Cancer": "True"}, "Pollution", "high", Fraction(290, 1163)),
        ({"Cancer": "True", "Smoker": "True"}, "Dyspnoea", "True", Fraction(65, 100)),
    ]
    for evidence, name, state, number in said:
        assert cancer.posterior(name, evidence)[state] == pytest.approx(float(number), rel=1e-12)
    # As the bnlearn repository counts them.
    assert cancer.parameters == 10


def test_every_state_has_the_probability_that_enumeration_gives(asia):
    for evidence in ({}, YES_YES, {"xray": "yes", "smoke": "no"}, {"either": "yes"}):
        found = enumerated(asia, evidence)
        total = sum(number for _, number in found)
        assert asia.probability(evidence) == pytest.approx(total, rel=1e-12)
        for one in asia.variables:
            for state, number in asia.posterior(one.name, evidence).items():
                expected = sum(n for states, n in found if states[one.name] == state)
                assert number == pytest.approx(expected / total, rel=1e-12, abs=1e-15)


def test_the_likeliest_states_are_those_of_enumeration(asia):
    for evidence in ({}, YES_YES, {"xray": "yes", "bronc": "no"}):
        best = max(enumerated(asia, evidence), key=lambda pair: pair[1])
        assert asia.most_probable(evidence) == best[0]


def test_of_equal_states_the_first_is_taken():
    network = BayesianNetwork.untrained({"a": ["x", "y"], "b": ["u", "v", "w"]}, {"b": ["a"]})
    assert network.most_probable() == {"a": "x", "b": "u"}
    assert network.most_probable({"a": "y"}) == {"a": "y", "b": "u"}


def test_what_is_known_is_certain_and_what_is_impossible_is_refused(asia):
    assert asia.posterior("asia", {"asia": "no"}) == {"yes": 0.0, "no": 1.0}
    impossible = {"tub": "yes", "either": "no"}
    assert asia.probability(impossible) == 0.0
    for ask in (
        lambda: asia.posterior("lung", impossible),
        lambda: asia.posterior("tub", impossible),
        lambda: asia.most_probable(impossible),
    ):
        with pytest.raises(ConflictError, match="impossible: either=no, tub=yes"):
            ask()


def test_names_that_are_none_are_told_with_those_there_are(asia):
    with pytest.raises(UnknownNameError, match="no variable weight") as raised:
        asia.posterior("weight")
    assert "asia, tub, smoke" in raised.value.hint
    with pytest.raises(UnknownNameError, match="asia has no state maybe") as raised:
        asia.posterior("lung", {"asia": "maybe"})
    assert "yes, no" in raised.value.hint


def chain(length, states=2):
    names = [f"v{number}" for number in range(length)]
    labels = [f"s{number}" for number in range(states)]
    above = {one: [before] for before, one in itertools.pairwise(names)}
    return BayesianNetwork.untrained(dict.fromkeys(names, labels), above)


def test_much_evidence_does_not_underflow():
    network = chain(3000)
    evidence = {f"v{number}": "s0" for number in range(2999)}
    assert network.posterior("v2999", evidence) == {"s0": 0.5, "s1": 0.5}
    # 2 ** -2999 is less than any float.
    assert network.probability(evidence) == 0.0
    assert set(network.most_probable(evidence).values()) == {"s0"}


def test_a_question_that_needs_too_large_a_table_is_refused_before_it_is_made():
    states = {f"p{number}": ["a", "b"] for number in range(30)}
    parents = {}
    for number in range(30):
        for other in range(number):
            states[f"c{number}-{other}"] = ["a", "b"]
            parents[f"c{number}-{other}"] = [f"p{number}", f"p{other}"]
    network = BayesianNetwork.untrained(states, parents)
    evidence = dict.fromkeys(parents, "a")
    with pytest.raises(WrongUsageError, match="exact inference needs a table over"):
        network.posterior("p0", evidence)
    # What has no bearing on the question costs nothing.
    assert network.posterior("p0") == {"a": 0.5, "b": 0.5}


def test_a_network_cannot_be_changed_and_can_be_referred_to_weakly(asia):
    with pytest.raises(AttributeError):
        asia.name = "other"
    with pytest.raises(ValueError, match="read-only"):
        asia.variables[0].table[0] = 1
    given = np.array([0.25, 0.75])
    network = BayesianNetwork("n", (Variable("v", ("a", "b"), (), given),))
    given[0] = 1
    assert network.posterior("v") == {"a": 0.25, "b": 0.75}
    assert weakref.ref(network)() is network


def variable(name, *parents, table=None, states=("a", "b")):
    shape = (2,) * len(parents) + (len(states),)
    return Variable(name, states, parents, np.full(shape, 0.5) if table is None else table)


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ((), "there are no variables"),
        ((variable("a"), variable("a")), "two variables have one name"),
        ((variable("a", "b"),), "a: its parent b is no variable"),
        ((variable("a", "a"),), "a: a parent stands twice"),
        ((variable("a", "b"), variable("b", "a")), "depends on itself"),
        ((variable("a", states=("x", "x")),), "two states have one name"),
        ((variable("a", states=()),), "it has 0 states"),
        ((variable("a", table=np.array([0.5, 0.4])),), "a: the probabilities sum to 0.9, not 1"),
        ((variable("a", table=np.array([1.5, -0.5])),), "not between 0 and 1"),
        ((variable("a", table=np.array([np.nan, 1])),), "not between 0 and 1"),
        ((variable("a", table=np.array([1.0])),), r"the shape \(1,\), not \(2,\)"),
        ((variable('a"'),), "has a quote"),
        ((variable(""),), "a name is empty"),
        ((variable("a", states=("x", "\n")),), "a character without a form"),
    ],
)
def test_networks_that_contradict_themselves_are_refused(variables, words):
    with pytest.raises(FormatError, match=words):
        BayesianNetwork("n", variables)


def test_networks_too_large_are_refused_before_they_are_made():
    states = {f"p{number}": ["a", "b"] for number in range(23)} | {"c": ["a", "b"]}
    with pytest.raises(FormatError, match="c: with it the tables have more than 4,194,304"):
        BayesianNetwork.untrained(states, {"c": [f"p{number}" for number in range(23)]})
    with pytest.raises(FormatError, match="'d' has parents and no states"):
        BayesianNetwork.untrained({"c": ["a"]}, {"d": ["c"]})


def test_probabilities_of_everything_together_sum_to_one(asia):
    assert sum(number for _, number in joint(asia)) == pytest.approx(1)
