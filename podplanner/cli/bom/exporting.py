"""A report in each format, written whole."""

import json
import tempfile
from datetime import date
from pathlib import Path

from podplanner.catalog.pod import Pod
from podplanner.catalog.writers.files import write_whole
from podplanner.planning.cost import Cost
from podplanner.planning.totals import totals_of
from podplanner.report.model import report_of
from podplanner.report.records import render_csv, render_json
from podplanner.report.render import render_html
from podplanner.report.text import render_markdown
from podplanner.rules.base import Verdict

FORMATS = ("html", "csv", "xlsx", "json", "md")


def export(
    wanted: str, output: Path, pod: Pod, cost: Cost, verdicts: tuple[Verdict, ...], made_on: date
) -> int:
    """Write a report and return its size in bytes.

    Raises:
        OutputError: The file cannot be written.
    """
    found = report_of(pod, cost, verdicts, totals_of(pod.bill), made_on=made_on)
    if wanted == "html":
        data = render_html(found).encode(errors="backslashreplace")
    elif wanted == "csv":
        data = render_csv(found).encode(
            "utf-8-sig", errors="backslashreplace"
        )  # the mark tells spreadsheets that it is UTF-8
    elif wanted == "json":
        data = (json.dumps(render_json(found), ensure_ascii=False, indent=2) + "\n").encode(
            errors="backslashreplace"
        )
    elif wanted == "md":
        data = render_markdown(found).encode(errors="backslashreplace")
    else:
        from podplanner.report.records import write_xlsx

        with tempfile.TemporaryDirectory() as folder:
            write_xlsx(found, Path(folder) / "report.xlsx")
            data = (Path(folder) / "report.xlsx").read_bytes()
    write_whole(output, data)
    return len(data)
