"""All checks of a drive that just came, in the order in which people read them."""

from collections.abc import Callable, Iterator

from podplanner.drives.acceptance.age import (
    is_unused,
    is_unworn,
    was_not_reset,
    was_seldom_started,
)
from podplanner.drives.acceptance.check import Check, Examination
from podplanner.drives.acceptance.condition import (
    has_empty_error_log,
    has_its_link,
    has_no_defects,
    has_no_doubts,
    is_well,
)
from podplanner.drives.acceptance.identity import is_free, is_new, is_readable
from podplanner.drives.acceptance.long_test import passed_long_test
from podplanner.drives.acceptance.newcomer import Newcomer
from podplanner.drives.acceptance.recording import is_not_shingled
from podplanner.drives.acceptance.size import fits, has_plain_sectors, is_as_labelled

ALL_CHECKS: tuple[Callable[[Newcomer], Iterator[Check]], ...] = (
    is_free,
    is_new,
    fits,
    is_as_labelled,
    has_plain_sectors,
    is_not_shingled,
    is_unused,
    was_not_reset,
    was_seldom_started,
    is_unworn,
    is_well,
    has_no_defects,
    has_no_doubts,
    has_empty_error_log,
    has_its_link,
    passed_long_test,
)


def examine(newcomer: Newcomer) -> Examination:
    """Return all checks of a drive that just came; of one that cannot be read, only that."""
    if unread := tuple(is_readable(newcomer)):
        return Examination(unread)
    return Examination(tuple(found for check in ALL_CHECKS for found in check(newcomer)))
