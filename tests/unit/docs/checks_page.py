"""Write docs/checks.md from the docstrings of the rules.

Usage, in the root of a checkout: python tests/unit/docs/checks_page.py
"""

import inspect
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from podplanner.rules import ALL_RULES, PLAN_RULES
from podplanner.rules.base import Rule

PAGE = Path(__file__).resolve().parents[3] / "docs" / "checks.md"

FAMILIES = {
    "SUM": "Amounts",
    "FIT": "Counts that must fit each other",
    "TXT": "Wording",
    "LNK": "Links",
    "PRC": "Prices",
    "PRT": "Parts",
    "SLT": "Slots of the board",
    "CPU": "Processor and cooler",
    "MEM": "Memory",
    "CON": "Sockets, cables and plugs",
    "BUS": "What drives, backplanes and adapters speak",
    "MNT": "Bays, places, weight, rack",
    "DRV": "Drives and their layout",
    "PWR": "Power",
    "BWD": "Bandwidth",
    "PLC": "Placement",
}

HEAD = """\
# The checks

`podplanner bom check FILE` runs the first rules of this page, those that look at the list itself.
[`podplanner plan check FILE`](#rules-of-plan-check) runs the others, which look at part against
part. What a rule says is a *finding*. This page is made from the docstrings of the rules
(`python tests/unit/docs/checks_page.py`); a test fails when the two differ.

A rule has a code, a usual severity and a law: the sentence in bold, which says what it looks at.

| severity | meaning | exit status of `bom check` and `plan check` |
|---|---|---|
| `error` | something in the list is wrong | 1 |
| `warning` | something is probably wrong, or will cost you | 0; 1 with `--strict` |
| `unknown` | a fact is missing, so the rule cannot be judged | 0; 1 with `--strict` |
| `note` | worth knowing; nothing to mend | 0 |

Any rule may answer `unknown` in place of its usual severity when it lacks a fact. A finding names
the line, the fact or the number in question, and what would mend it.

## Rules of `bom check`
"""

PLAN_HEAD = """\
## Rules of `plan check`

`podplanner plan check FILE` runs every rule from here on. They compare the figures of the parts
with each other; a figure that a part does not state makes a rule unknown, never a pass. What is
already too much by what is known of it fails, whatever else is missing.
"""


def page() -> str:
    """Return the whole page."""
    return "\n".join((HEAD, *_part(ALL_RULES), PLAN_HEAD, *_part(PLAN_RULES)))


def in_order(rules: Iterable[Rule]) -> list[Rule]:
    """Return rules as the page has them: by family, then by number."""
    return sorted(rules, key=lambda rule: (list(FAMILIES).index(rule.code[:3]), rule.code))


def _part(rules: Iterable[Rule]) -> Iterator[str]:
    """Yield the table of some rules, and a section for each."""
    ordered = in_order(rules)
    rows = [
        f"| [{rule.code}](#{rule.code.lower()}) | {rule.severity} | {rule.title} |"
        for rule in ordered
    ]
    yield "\n".join(["| code | severity | law |", "|---|---|---|", *rows]) + "\n"
    family = ""
    for rule in ordered:
        if rule.code[:3] != family:
            family = rule.code[:3]
            yield f"## {family}: {FAMILIES[family]}\n"
        yield section(rule)


def section(rule: Rule) -> str:
    """Return the part of the page that is about one rule."""
    law, *paragraphs = re.split(r"\n\s*\n", inspect.getdoc(rule.check) or "")
    said = [f"### {rule.code}", f"Severity: {rule.severity}. **{law}**"]
    for paragraph in paragraphs:
        said.append(re.sub(r"^(Why it matters:|Fails when:)", r"*\1*", paragraph.strip()))
    return "\n\n".join(said) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
