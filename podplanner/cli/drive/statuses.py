"""Exit statuses of `drive`, which follow monitoring plug-ins.

Source: Monitoring Plugins Development Guidelines, "Plugin Return Codes".
"""

import typer

from podplanner.drives.assessment import Verdict

STATUS_OF = {
    Verdict.OK: 0,
    Verdict.WATCH: 0,
    Verdict.WARNING: 1,
    Verdict.REPLACE: 2,
    Verdict.UNKNOWN: 3,
}


def end_by(verdict: Verdict) -> None:
    """End with the status of a verdict; 0 goes on to the end of the command."""
    if status := STATUS_OF[verdict]:
        raise typer.Exit(status)
