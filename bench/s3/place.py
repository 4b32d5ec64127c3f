"""Where a tool works: the engine, a folder for what it keeps, and what is being moved."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine import BUCKET, environment
from processes import Run, run

_FORGOTTEN = ("AWS_CA_BUNDLE", "AWS_PROFILE", "AWS_SESSION_TOKEN", "HTTP_PROXY", "HTTPS_PROXY")
# They would lead a tool elsewhere, or keep it from starting.


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a model, as the tools name it."""

    model: str
    number: int

    def __str__(self) -> str:
        return f"{self.model}/{self.number}"


@dataclass(frozen=True, slots=True)
class Place:
    """An engine as seen by one tool."""

    endpoint: str
    scratch: Path
    """A folder of the tool's own, empty at first."""
    before: tuple[str, ...] = ()
    """What is written before every command, so that it runs at the far end of a link."""

    @property
    def bucket(self) -> str:
        return BUCKET

    def run(
        self, *words: str | Path, env: dict[str, str] | None = None, cwd: Path | None = None
    ) -> Run:
        """Run a command of the tool to its end.

        Raises:
            SystemExit: It failed; with its last words.
        """
        forget: Sequence[str] = [word for name in _FORGOTTEN for word in ("-u", name)]
        return run(
            [*self.before, "env", *forget, *map(str, words)],
            env={
                **environment(self.endpoint),
                "XDG_CACHE_HOME": str(self.scratch / "cache"),
                "XDG_STATE_HOME": str(self.scratch / "state"),
                **(env or {}),
            },
            cwd=cwd,
        )

    def elsewhere(self) -> dict[str, str]:
        """Return the environment of a reader, who has none of the writer's caches."""
        return {
            "XDG_CACHE_HOME": str(self.scratch / "reader-cache"),
            "XDG_STATE_HOME": str(self.scratch / "reader-state"),
        }
