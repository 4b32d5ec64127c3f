"""The file of metrics that `drive check` and `drive watch` write for Prometheus."""

from pathlib import Path
from typing import Annotated

import typer

from podplanner.catalog.writers.files import write_whole
from podplanner.drives.checked import CheckedPod
from podplanner.errors import WrongUsageError
from podplanner.report.prometheus import prometheus_text

PrometheusFile = Annotated[
    Path | None,
    typer.Option("--prometheus", metavar="FILE.prom",
                 help="Write metrics to this file, for node_exporter's textfile collector."),
]  # fmt: skip

_READABLE = 0o644
# node_exporter runs as a user of its own; the file holds no secret.


def metrics_file(path: Path | None) -> Path | None:
    """Return the file, once its name is one that the collector reads.

    Raises:
        WrongUsageError: It does not end in `.prom`, or its folder is not there.
    """
    if path is None:
        return None
    if path.suffix != ".prom":
        raise WrongUsageError(f"--prometheus {path}: node_exporter reads files that end in .prom",
                              hint=f"Write --prometheus {path.name}.prom")  # fmt: skip
    if not path.parent.is_dir():
        raise WrongUsageError(
            f"--prometheus {path}: there is no such folder",
            hint="Make it, or name the one that --collector.textfile.directory names.",
        )
    return path


def write_metrics(pod: CheckedPod, path: Path) -> None:
    """Write the metrics of a round, whole or not at all.

    Raises:
        OutputError: The file cannot be written.
    """
    write_whole(path, prometheus_text(pod).encode(errors="replace"), mode=_READABLE)
