"""Rule-based: facts and rules about a sick patient; another process infers what follows.

Nobody trains here: an expert writes the rules, and they are looked through for gaps and overlaps
before they are saved. What is inferred comes with the rules that it rests on. (The rules show how
it works; they are no medical advice.)
"""

import whole_way
from podplanner.models import load, origin, save
from podplanner.models.decision_tables import DecisionTable, RuleBase

SIGNS = """
format = "podplanner/rule-base/1"
name = "signs"
rules = [
  { name = "fever", when = { temperature = ">= 38.0" }, then = { fever = true } },
  { name = "flu-like", when = { fever = "true", cough = "true" }, then = { flu_like = true } },
  { name = "short of air", when = { breaths = ">= 22" }, then = { distress = true } },
  { name = "serious", when = { flu_like = "true", distress = "true" }, then = { serious = true } },
]
"""
URGENCY = """
format = "podplanner/decision-table/1"
name = "urgency"
hit_policy = "UNIQUE"
inputs = [
  { name = "serious", type = "boolean" },
  { name = "age", type = "number", allowed = "[0..120]" },
]
outputs = [{ name = "see_within_h", type = "number" }]
rules = [
  { name = "at once", when = { serious = "true" }, then = { see_within_h = 0.5 } },
  { name = "old", when = { serious = "false", age = "[65..120]" }, then = { see_within_h = 24 } },
  { name = "others", when = { serious = "false", age = "[0..65)" }, then = { see_within_h = 72 } },
]
"""
PATIENTS = (
    {"temperature": 38.6, "cough": True, "breaths": 25, "age": 41},
    {"temperature": 37.2, "cough": True, "breaths": 16, "age": 70},
)


def train(store: str) -> None:
    """Look through the rules, and save them."""
    signs, urgency = RuleBase.from_text(SIGNS), DecisionTable.from_text(URGENCY)
    if problems := urgency.problems():
        raise SystemExit("\n".join(str(problem) for problem in problems))
    for model, name in ((signs, "signs"), (urgency, "urgency")):
        saved = save(model, f"examples/{name}", store=store, alias="prod")
        print(f"saved {saved.reference}: no gaps, no overlaps, {len(model.rules)} rules")


def infer(store: str) -> None:
    """Infer from the facts of patients, and say why."""
    signs = load("examples/signs:prod", store=store)
    urgency = load("examples/urgency:prod", store=store)
    for patient in PATIENTS:
        known = signs.infer(patient)
        serious = known.facts.get("serious", False)
        decided = urgency.decide({"serious": serious, "age": patient["age"]})
        because = ", ".join(step.rule for step in known.why("serious")) if serious else "no rule"
        print(
            f"age {patient['age']}: see within {decided.outputs['see_within_h']} h, "
            f"by the rule '{decided.hits[0].name}' (serious by {because})"
        )
    for model in (signs, urgency):
        print(f"answered by {origin(model).reference}, digest {origin(model).digest}")


if __name__ == "__main__":
    whole_way.main(train, infer)
