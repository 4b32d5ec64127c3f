"""Write docs/checks.md from the docstrings of the rules.

Usage, in the root of a checkout: python tests/unit/docs/checks_page.py
"""

import inspect
import re
from pathlib import Path

from podplanner.rules import ALL_RULES
from podplanner.rules.base import Rule

PAGE = Path(__file__).resolve().parents[3] / "docs" / "checks.md"

FAMILIES = {
    "SUM": "Amounts",
    "FIT": "Counts that must fit each other",
    "TXT": "Wording",
    "LNK": "Links",
    "PRC": "Prices",
    "PRT": "Parts",
}

HEAD = """\
# The checks

`podplanner bom check FILE` runs every rule on this page. What a rule says is a *finding*. This page
is made from the docstrings of the rules (`python tests/unit/docs/checks_page.py`); a test fails
when the two differ.

A rule has a code, a usual severity and a law: the sentence in bold, which says what it looks at.

| severity | meaning | exit status of `bom check` |
|---|---|---|
| `error` | something in the list is wrong | 1 |
| `warning` | something is probably wrong, or will cost you | 0; 1 with `--strict` |
| `unknown` | a fact is missing, so the rule cannot be judged | 0; 1 with `--strict` |
| `note` | worth knowing; nothing to mend | 0 |

Any rule may answer `unknown` in place of its usual severity when it lacks a fact. A finding names
the line, the fact or the number in question, and what would mend it.
"""


def page() -> str:
    """Return the whole page."""
    rules = sorted(ALL_RULES, key=lambda rule: (list(FAMILIES).index(rule.code[:3]), rule.code))
    rows = [
        f"| [{rule.code}](#{rule.code.lower()}) | {rule.severity} | {rule.title} |"
        for rule in rules
    ]
    parts = [HEAD, "\n".join(["| code | severity | law |", "|---|---|---|", *rows]) + "\n"]
    family = ""
    for rule in rules:
        if rule.code[:3] != family:
            family = rule.code[:3]
            parts.append(f"## {family}: {FAMILIES[family]}\n")
        parts.append(section(rule))
    return "\n".join(parts)


def section(rule: Rule) -> str:
    """Return the part of the page that is about one rule."""
    law, *paragraphs = re.split(r"\n\s*\n", inspect.getdoc(rule.check) or "")
    said = [f"### {rule.code}", f"Severity: {rule.severity}. **{law}**"]
    for paragraph in paragraphs:
        said.append(re.sub(r"^(Why it matters:|Fails when:)", r"*\1*", paragraph.strip()))
    return "\n\n".join(said) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
