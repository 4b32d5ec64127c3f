"""`podplanner demo`: the whole way, from a parts list to an answer, in one command."""

import os
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from podplanner.cli.console import coloured, emit, say, show, width, wrapped

if TYPE_CHECKING:
    from podplanner.report.story_values import Story, VersionPart

Framework = Literal["auto", "numpy", "torch"]
_INDENT = 3


def demo(
    folder: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="A new folder, in which everything is made.")
    ] = Path("podplanner-demo"),
    framework: Annotated[
        Framework,
        typer.Option("--framework", help="What trains: auto takes PyTorch where it is installed, "
                     "else numpy."),
    ] = "numpy",
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
      podplanner demo /tmp/demo --framework torch --seed 11
      podplanner demo --force --no-open --json
    """
    from podplanner.demo.threads import one_thread

    one_thread()
    # Before numpy is imported, by which it is read.
    from podplanner.demo.folder import claimed
    from podplanner.demo.frameworks import learner_for
    from podplanner.demo.running import PAGE, Wishes, run

    learner = learner_for(framework)
    told = _Quiet() if as_json else _Teller()
    try:
        with claimed(folder, force=force, keep=keep):
            story = run(folder, learner, Wishes(seed, quick=quick), told)
    finally:
        told.wipe()
    page = folder / PAGE
    opened = _open(page, wanted=open_page, as_json=as_json)
    if as_json:
        emit("demo", {**_record(story, folder, page), "quick": quick, "opened": opened})
        return
    _show_end(story, page, opened=opened)


class _Quiet:
    """Says nothing: the one JSON object says it all."""

    def step(self, title: str, why: str) -> None: ...

    def typed(self, command: str) -> None: ...

    def found(self, words: str) -> None: ...

    def advanced(self, what: str, done: int, of: int) -> None: ...

    def wipe(self) -> None: ...


class _Teller(_Quiet):
    """Prints each step: what is done and why, what one types for it, what came out."""

    def __init__(self) -> None:
        self._number = 0
        self._line = sys.stderr is not None and sys.stderr.isatty()
        self._drawn = False

    def step(self, title: str, why: str) -> None:
        self.wipe()
        self._number += 1
        if self._number > 1:
            show()
        show(f". {title}", before=f"{self._number:>2}")
        self._print(why)

    def typed(self, command: str) -> None:
        self.wipe()
        in_shell = command.startswith(("podplanner", "python"))
        prompt = "$ " if in_shell else ">>> "
        lines = _cut(command, _INDENT + len(prompt)) if in_shell else command.split("\n")
        for number, line in enumerate(lines):
            before = prompt if number == 0 else " " * len(prompt)
            show(line, before=" " * _INDENT + coloured(before, "note"))

    def found(self, words: str) -> None: ...

    def advanced(self, what: str, done: int, of: int) -> None: ...

    def wipe(self) -> None: ...


class _Teller(_Quiet):
    """Prints each step: what is done and why, what one types for it, what came out."""

    def __init__(self) -> None:
        self._number = 0
        self._line = sys.stderr is not None and sys.stderr.isatty()
        self._drawn = False

    def step(self, title: str, why: str) -> None:
        self.wipe()
        self._number += 1
        if self._number > 1:
            show()
        show(f". {title}", before=f"{self._number:>2}")
        self._print(why)

    def typed(self, command: str) -> None:
        self.wipe()
        first, *more = command.split("\n")
        room = width() - _INDENT - len(_TYPED)
        # A line that is cut for the eye ends as a shell would have it, and can be pasted.
        lines = textwrap.wrap(first, max(room - 2, 20), break_long_words=False,
                              break_on_hyphens=False, subsequent_indent="  ") or [""]  # fmt: skip
        shown = [
            " \\\n".join(lines) if first.startswith(("podplanner", "python")) else first,
            *more,
        ]
        prompt = _TYPED if first.startswith(("podplanner", "python")) else ">>> "
        for number, line in enumerate("\n".join(shown).split("\n")):
            before = prompt if number == 0 else " " * len(prompt)
            show(line, before=" " * _INDENT + coloured(before, "note"))

    def found(self, words: str) -> None:
        self.wipe()
        self._print(words)

    def _print(self, words: str) -> None:
        show(" " * _INDENT + wrapped(words, _INDENT, min(width(), 100)))

    def advanced(self, what: str, done: int, of: int) -> None:
        if self._line:
            sys.stderr.write(f"\r{' ' * _INDENT}{what}: {done} of {of}\x1b[K")
            sys.stderr.flush()
            self._drawn = True

    def wipe(self) -> None:
        if self._drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._drawn = False


def _cut(command: str, indent: int) -> list[str]:
    """Return a command in lines that fit, cut as a shell takes it: it can be pasted."""
    lines = textwrap.wrap(command, max(width() - indent - 2, 20), break_long_words=False,
                          break_on_hyphens=False, subsequent_indent="  ")  # fmt: skip
    return [*(f"{line} \\" for line in lines[:-1]), *lines[-1:]]


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


def _show_end(story: "Story", page: Path, *, opened: bool) -> None:
    from podplanner.units.words import say_size

    show()
    show(f"All of it in {story.seconds:.0f} s; the store holds {say_size(story.store_bytes)}.")
    if opened:
        say("the page is open in your browser")
    show(f"The story: {page.resolve().as_uri()}")
    show("Go on from here:")
    for command in story.go_on:
        show(f"  {command.words}:")
        for line in _cut(command.typed, 4):
            show(f"    {line}")


def _record(story: "Story", folder: Path, page: Path) -> dict[str, object]:
    answered, said = story.inference, story.feedback
    return {
        "folder": str(folder), "page": str(page), "seconds": round(story.seconds, 3),
        "seed": story.seed, "framework": story.framework, "versions": dict(story.versions),
        "pod": {
            "lines": story.pod.lines, "stated_total": story.pod.stated,
            "with_drives": story.pod.with_drives, "per_tb": story.pod.per_tb,
            "currency": story.pod.currency, "errors": story.pod.errors,
            "page": str(folder / story.pod.page),
        },
        "plan": {
            "layout": story.plan.layout, "drives": story.plan.drives,
            "raw_bytes": story.plan.raw_bytes,
            "recommended_bytes": story.plan.recommended_bytes,
            "wanted_bytes": story.plan.wanted_bytes, "page": str(folder / story.plan.page),
        },
        "drives": {
            "sample": story.drives.sample, "counts": dict(story.drives.counts),
            "pull": story.drives.drive, "place": story.drives.place or None,
            "reason": story.drives.reason or None, "safety": story.drives.safety or None,
            "page": str(folder / story.drives.page),
        },
        "data": {
            "kinds": list(story.data.kinds), "counts": dict(story.data.counts),
            "digest": story.data.digest, "seconds": round(story.data.seconds, 3),
        },
        "trained": [_version_record(one) for one in story.trained],
        "promoted": story.promoted, "store_bytes": story.store_bytes,
        "inference": {
            "reference": answered.reference, "version": answered.version,
            "digest": answered.digest, "processes": answered.processes,
            "same_bits": answered.same_bits, "load_s": round(answered.load_seconds, 3),
            "answers": [
                {"is": one.picture.kind, "said": one.said,
                 "probabilities": dict(zip(story.data.kinds, one.probabilities, strict=True))}
                for one in answered.answers
            ],
        },
        "feedback": {
            "series": said.series, "records": said.records, "digest": said.digest,
            "said": said.said, "correction": said.correction,
        },
    }  # fmt: skip


def _version_record(one: "VersionPart") -> dict[str, object]:
    return {
        "version": one.reference, "digest": one.digest, "parent": one.parent,
        "hyperparameters": dict(one.hyperparameters), "parameters": one.parameters,
        "learned": one.learned, "accuracy": one.accuracy, "by_light": dict(one.by_light),
        "cat_or_not": one.cats, "accuracy_to_choose_by": one.chosen_by,
        "confusion": [list(row) for row in one.confusion], "total_bytes": one.total_bytes,
        "new_bytes": one.new_bytes, "seconds": round(one.seconds, 3),
    }  # fmt: skip
