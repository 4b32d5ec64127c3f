"""Write the tables of docs/drive-health.md that say what each count means.

    python tests/unit/docs/drive_rules.py

replaces what stands between the two marks of the page.
"""

from pathlib import Path

from podplanner.drives.judging.counts import HARD_DRIVE, SOLID_STATE
from podplanner.drives.judging.steps import NEVER, Course

PAGE = Path(__file__).resolve().parents[3] / "docs" / "drive-health.md"
BEGIN = "<!-- tables of counts: written by tests/unit/docs/drive_rules.py -->"
END = "<!-- end of the tables -->"


def _steps(steps):
    three = (steps.watch, steps.warning, steps.replace)
    return " / ".join("-" if step >= NEVER else f"{step:,}" for step in three)


def _rows(rules):
    for rule in rules:
        new = rule.levels[Course.NEW]
        settled = rule.levels.get(Course.SETTLED, new)
        growing = rule.levels.get(Course.GROWING, new)
        yield (
            f"| `{rule.signal}` | {_steps(new)} | {_steps(settled)} | {_steps(growing)} "
            f"| {_steps(rule.growth)} | {rule.source} |"
        )


def tables():
    """Return both tables."""
    head = (
        "| figure | first seen | settled | growing | growth alone | from |\n"
        "|---|---|---|---|---|---|"
    )
    parts = []
    for title, rules in (("Hard drives", HARD_DRIVE), ("Solid-state drives", SOLID_STATE)):
        parts += [f"#### {title}", "", head, *_rows(rules), ""]
    return "\n".join(parts)


def page():
    """Return the page with the tables as they are now."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{tables()}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
