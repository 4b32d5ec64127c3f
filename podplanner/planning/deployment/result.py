"""What a deployment answers when it cannot be, and what speaks against one that can."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]


class DeploymentError(ValueError):
    """Words or figures of which no cluster can be made.

    Attributes:
        fix: One imperative sentence that says what to do next.
    """

    def __init__(self, message: str, *, fix: str) -> None:
        super().__init__(message)
        self.fix = fix


@dataclass(frozen=True, slots=True)
class Finding:
    """What speaks against a cluster.

    Attributes:
        code: One word for machines; it never changes its meaning.
        severity: An error means that the cluster cannot keep what it shall, so nothing is written.
        fix: What would mend it; empty for a note.
    """

    code: str
    severity: Severity
    message: str
    fix: str = ""
