"""Tables that are counted from rows."""

import random

import pytest
from support.networks import ASIA

from podplanner.errors import UnknownNameError, WrongUsageError
from podplanner.models.bayesian import BayesianNetwork

ROWS = [{"rain": "yes", "wet": "yes"}] * 3 + [{"rain": "no", "wet": "no"}] * 5


@pytest.fixture
def untrained():
    return BayesianNetwork.untrained(
        {"rain": ["yes", "no"], "wet": ["yes", "no"]}, {"wet": ["rain"]}
    )


def test_tables_are_counts_with_one_added_to_each(untrained):
    trained = untrained.fit(ROWS)
    assert trained.variable("rain").table.tolist() == [4 / 10, 6 / 10]
    assert trained.variable("wet").table.tolist() == [[4 / 5, 1 / 5], [1 / 7, 6 / 7]]
    assert untrained.variable("rain").table.tolist() == [0.5, 0.5]


def test_without_a_prior_tables_are_shares_and_gaps_are_refused(untrained):
    trained = untrained.fit(ROWS, prior=0)
    assert trained.variable("wet").table.tolist() == [[1, 0], [0, 1]]
    with pytest.raises(WrongUsageError, match="states of the parents of wet are in no row"):
        untrained.fit(ROWS[:3], prior=0)
    with pytest.raises(WrongUsageError, match="of rain are in no row"):
        untrained.fit([], prior=0)
    assert untrained.fit([]).variable("wet").table.tolist() == [[0.5, 0.5], [0.5, 0.5]]


@pytest.mark.parametrize("prior", [-1, float("nan"), float("inf")])
def test_priors_that_are_none_are_refused(untrained, prior):
    with pytest.raises(WrongUsageError, match="the prior is"):
        untrained.fit(ROWS, prior=prior)


def test_rows_that_do_not_fit_are_named(untrained):
    with pytest.raises(WrongUsageError, match="row 2 says nothing of wet"):
        untrained.fit([ROWS[0], {"rain": "no"}])
    with pytest.raises(UnknownNameError, match="wet has no state damp"):
        untrained.fit([{"rain": "no", "wet": "damp"}])


def test_a_network_is_learned_again_from_what_it_draws():
    asia, draw = BayesianNetwork.from_text(ASIA), random.Random(1)
    rows = []
    for _ in range(4000):
        row = {}
        for one in asia.variables:
            above = tuple(asia.state(parent, row[parent]) for parent in one.parents)
            row[one.name] = draw.choices(one.states, one.table[above])[0]
        rows.append(row)
    trained = asia.fit(rows)
    for name in ("lung", "bronc", "dysp"):
        assert trained.posterior(name)["yes"] == pytest.approx(
            asia.posterior(name)["yes"], abs=0.02
        )
    assert trained.posterior("bronc", {"dysp": "yes"})["yes"] == pytest.approx(
        asia.posterior("bronc", {"dysp": "yes"})["yes"], abs=0.03
    )
