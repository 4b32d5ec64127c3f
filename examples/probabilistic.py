"""Probabilistic: a Bayesian network learns how likely things are; another process asks it.

Who sees a wet lawn asks whether it rained or the sprinkler ran. The tables are learnt from 5,000
mornings, which are drawn by chance here, and kept in the text form BIF that other tools read too.
"""

import random

import whole_way
from podplanner.models import load, origin, save
from podplanner.models.bayesian import BayesianNetwork

STATES = {name: ["yes", "no"] for name in ("clouds", "rain", "sprinkler", "wet")}
PARENTS = {"rain": ["clouds"], "sprinkler": ["clouds"], "wet": ["rain", "sprinkler"]}


def mornings(count: int, seed: int) -> list[dict[str, str]]:
    """Return what was seen on some mornings."""
    chance = random.Random(seed)

    def drawn(probability: float) -> str:
        return "yes" if chance.random() < probability else "no"

    found = []
    for _ in range(count):
        clouds = drawn(0.5)
        rain = drawn(0.8 if clouds == "yes" else 0.1)
        sprinkler = drawn(0.1 if clouds == "yes" else 0.5)
        wet = drawn({"yesyes": 0.99, "yesno": 0.9, "noyes": 0.9, "nono": 0.01}[rain + sprinkler])
        found.append({"clouds": clouds, "rain": rain, "sprinkler": sprinkler, "wet": wet})
    return found


def train(store: str) -> None:
    """Learn the tables by counting, measure on mornings that were not counted, and save."""
    network = BayesianNetwork.untrained(STATES, PARENTS, name="lawn").fit(mornings(5000, seed=1))
    new = mornings(1000, seed=2)
    right = 0
    for morning in new:
        evidence = {name: morning[name] for name in ("clouds", "wet")}
        likely = network.posterior("rain", evidence)
        right += max(likely, key=likely.__getitem__) == morning["rain"]
    saved = save(
        network,
        "examples/lawn",
        store=store,
        hyperparameters={"prior": 1},
        metrics={"accuracy": round(right / len(new), 4)},
        alias="prod",
    )
    print(f"saved {saved.reference}: rain told in {right} of {len(new)} new mornings")


def infer(store: str) -> None:
    """Ask why the lawn is wet."""
    network = load("examples/lawn:prod", store=store)
    for evidence in ({"wet": "yes"}, {"wet": "yes", "sprinkler": "yes"}, {"clouds": "no"}):
        rain = network.posterior("rain", evidence)["yes"]
        seen = ", ".join(f"{name} {state}" for name, state in evidence.items())
        print(f"rain, given {seen}: {rain!r}")
    likeliest = network.most_probable({"wet": "yes"})
    print("most likely, given a wet lawn:", ", ".join(f"{k} {v}" for k, v in likeliest.items()))
    print(f"answered by {origin(network).reference}, digest {origin(network).digest}")


if __name__ == "__main__":
    whole_way.main(train, infer)
