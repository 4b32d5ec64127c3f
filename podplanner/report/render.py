"""Report models as pages: one file each, without scripts and without anything to fetch."""

from functools import cache
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from podplanner.report.drive_values import DriveReport
from podplanner.report.plan_values import PlanReport
from podplanner.report.values import BillReport
from podplanner.resources import data_dir

if TYPE_CHECKING:
    from podplanner.report.chassis_page import ChassisPage
    from podplanner.report.story_values import Story


def render_html(report: BillReport) -> str:
    """Return the report of a bill as one self-contained HTML file."""
    return _environment().get_template("bill.html.j2").render(report=report)


def render_plan_html(report: PlanReport) -> str:
    """Return the plan of a pod as one self-contained HTML file."""
    return _environment().get_template("plan.html.j2").render(report=report)


def render_drives_html(report: DriveReport) -> str:
    """Return the drives of a pod as one self-contained HTML file."""
    return _environment().get_template("drives.html.j2").render(report=report)


def render_bays_html(page: "ChassisPage") -> str:
    """Return the chassis with its drives as one self-contained HTML file."""
    return _environment().get_template("bays.html.j2").render(page=page)


def render_story_html(story: "Story") -> str:
    """Return the story of the demo as one self-contained HTML file."""
    from podplanner.report.story import page_of

    return _environment().get_template("story.html.j2").render(page=page_of(story))


@cache
def _environment() -> Environment:
    """Return templates that escape everything and stop at a name that does not exist.

    One for the process: it keeps each template that it has compiled, which takes longer than to
    fill it in.
    """
    return Environment(
        loader=FileSystemLoader(data_dir("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
