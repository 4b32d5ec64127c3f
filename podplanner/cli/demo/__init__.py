"""`podplanner demo`: the whole way, from a parts list to an answer, in one command."""

import os
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from podplanner.cli.console import emit
from podplanner.cli.demo.telling import Quiet, Teller, show_end

Framework = Literal["auto", "numpy", "torch"]


def demo(
    folder: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="A new folder, in which everything is made.")
    ] = Path("podplanner-demo"),
    framework: Annotated[
        Framework,
        typer.Option("--framework", help="What trains: auto takes PyTorch where it is installed, "
                     "else numpy."),
    ] = "auto",
    seed: Annotated[
        int,
        typer.Option("--seed", metavar="N", min=0, max=2**32 - 1,
                     help="Of pictures and training: the same seed, the same figures."),
    ] = 7,
    quick: Annotated[
        bool, typer.Option("--quick", help="Fewer pictures and epochs; a poorer model.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Take the place of an earlier demo in DIR.")
    ] = False,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave what was made even when a step fails.")
    ] = False,
    open_page: Annotated[
        bool | None,
        typer.Option("--open/--no-open", show_default=False,
                     help="Open the page in a browser; by default on a terminal with a display."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:  # fmt: skip
    """See the whole way: a pod, a plan, its drives, a model trained, stored, and asked.

    A pod is priced and planned, the recorded drives of a sample pod are checked, and a small
    network learns to tell cats from other things. It goes to a store in DIR, a second version is
    tuned from it, the better one is promoted and asked in other processes, and feedback on a
    wrong answer is kept for the next training. `DIR/story.html` tells all of it. Nothing is
    fetched; DIR is finished, or as it was before.

    \b
    Examples:
      podplanner demo
      podplanner demo /tmp/demo --framework numpy --seed 11
      podplanner demo --force --no-open --json
    """
    from podplanner.demo.threads import one_thread

    one_thread()
    # Before numpy is imported, by which it is read.
    from podplanner.demo.folder import claimed
    from podplanner.demo.frameworks import learner_for
    from podplanner.demo.running import PAGE, Wishes, run

    learner = learner_for(framework)
    told = Quiet() if as_json else Teller()
    try:
        with claimed(folder, force=force, keep=keep):
            story = run(folder, learner, Wishes(seed, quick=quick), told)
    finally:
        told.wipe()
    page = folder / PAGE
    opened = _open(page, wanted=open_page, as_json=as_json)
    if as_json:
        from podplanner.cli.demo.records import record_of

        emit("demo", {**record_of(story, folder, page), "quick": quick, "opened": opened})
        return
    show_end(story, page, opened=opened)


def _open(page: Path, *, wanted: bool | None, as_json: bool) -> bool:
    """Open the page where somebody sees it, and return whether it was."""
    if wanted is None:
        seen = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
        at_desk = seen or sys.platform in ("darwin", "win32")
        wanted = not as_json and sys.stdout.isatty() and at_desk
    if not wanted:
        return False
    import webbrowser

    return webbrowser.open(page.resolve().as_uri())
