"""Drives that were seen before, whether or not they answer now."""

from dataclasses import dataclass
from datetime import datetime

from podplanner.drives.assessment import Verdict


@dataclass(frozen=True, slots=True)
class KnownDrive:
    """One drive as the history has it; every time is in UTC.

    Attributes:
        key: `model/serial`, as `Identity.key` has it.
        first_seen: When it was first heard of.
        last_answered: Of its newest reading; None: it never gave one.
        last_seen: When it was there last, answering or not.
        last_device: By which it was known then (`/dev/sda`).
        bay: The newest that was ever told, at `bay_at`; None: none was.
        verdict, reason: Of its newest reading.
        last_trouble: Why it gave none when it was asked last (a `Trouble`); empty: it gave one.
        retired_at: When the user said that it is out of use; None: it is in use.
        failed: What the user said of its end; None: nothing.
        note: The user's words about its end.
        replaced_by: Key of the drive that was seen in its bay since; None: no such thing was seen.
        perhaps_replaced_by: The same of its device name, which a start may have given to another:
            a hint, and no proof.
        first_power_on_h, last_power_on_h: Hours of power at its first and its newest reading.
    """

    key: str
    model: str
    serial: str
    first_seen: datetime
    last_answered: datetime | None = None
    last_seen: datetime | None = None
    last_device: str | None = None
    bay: int | None = None
    bay_at: datetime | None = None
    verdict: Verdict | None = None
    reason: str = ""
    capacity_bytes: int | None = None
    last_trouble: str = ""
    last_trouble_at: datetime | None = None
    retired_at: datetime | None = None
    failed: bool | None = None
    note: str = ""
    replaced_by: str | None = None
    perhaps_replaced_by: str | None = None
    first_power_on_h: int | None = None
    last_power_on_h: int | None = None

    @property
    def expected(self) -> bool:
        """Return whether it should still be there: nobody retired it, its bay has no other."""
        return self.retired_at is None and self.replaced_by is None

    @property
    def counts_as_failure(self) -> bool:
        """Return whether it failed: as the user said, else gone with the verdict REPLACE."""
        if self.failed is not None:
            return self.failed
        return not self.expected and self.verdict is Verdict.REPLACE

    @property
    def observed_until(self) -> datetime:
        """Return the end of the time in which it was watched, from `first_seen` on."""
        return self.last_answered or self.first_seen
