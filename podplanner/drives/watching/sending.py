"""Messages to people, by the apprise library: mail, chat, telephone, some hundred services.

The address of a target holds its secret (a token, a password), so nothing here shows one: a target
is known by its number and by the name of its service.
"""

import hashlib
import logging
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from podplanner.drives.watching.memory import Message, Tone
from podplanner.drives.watching.naming import printable
from podplanner.errors import PodplannerError, WrongUsageError

_KINDS = {
    Tone.ALARM: "FAILURE",
    Tone.WARNING: "WARNING",
    Tone.NOTE: "INFO",
    Tone.BETTER: "SUCCESS",
}
"""apprise's own words for how a message looks."""
_APART = re.compile(r"[:/?&=#,;@+\s]+")
_SHORTEST_SECRET = 3
# Letters; shorter parts of an address are no secret, and stand in many sentences.
_LONGEST_REASON = 160


class NoNotifyError(PodplannerError):
    """The library that sends messages is not installed."""

    code = "not-installed"
    exit_code = 3


@dataclass(frozen=True, slots=True)
class Target:
    """Where messages go.

    Attributes:
        address: The secret.
        name: What may be shown: `target 2 (mailto)`.
        mark: By which it is known again; tells nothing of the address.
    """

    address: str
    name: str
    mark: str

    def __repr__(self) -> str:
        """Show no secret, also in a traceback."""
        return f"Target({self.name!r})"


def targets_of(addresses: Sequence[str]) -> tuple[Target, ...]:
    """Return the targets behind addresses, each once, all of them understood by apprise.

    Raises:
        NoNotifyError: There is an address and no apprise.
        WrongUsageError: apprise does not understand one.
    """
    found: dict[str, Target] = {}
    for number, address in enumerate(addresses, 1):
        mark = hashlib.blake2b(address.encode(errors="surrogateescape"), digest_size=12).hexdigest()
        service = address.partition("://")[0] if "://" in address else ""
        name = f"target {number} ({service})" if service.isalnum() else f"target {number}"
        found.setdefault(mark, Target(address, name, mark))
    for target in found.values():
        with _quiet():
            understood = bool(_library().Apprise().add(target.address))
        if not understood:
            raise WrongUsageError(
                f"{target.name}: apprise does not understand its address",
                hint="Its documentation (appriseit.com) says how the address of each service is "
                "written, such as mailto://user:password@example.org.",
            )
    return tuple(found.values())


def send(target: Target, message: Message) -> str:
    """Send a message; return why the target did not take it, or nothing.

    The reason holds no part of the target's address.
    """
    apprise = _library()
    with _quiet() as said:
        sender = apprise.Apprise()
        sender.add(target.address)
        try:
            taken = bool(
                sender.notify(
                    title=message.title,
                    body=message.body,
                    notify_type=getattr(apprise.NotifyType, _KINDS[message.tone]),
                    body_format=apprise.NotifyFormat.TEXT,
                )
            )
        except Exception as error:  # noqa: BLE001  of any of a hundred services: the others go on
            return type(error).__name__
    if taken:
        return ""
    return _without(target.address, said[0]) if said else "the service refused it"


def _without(address: str, words: str) -> str:
    """Return words without any part of an address."""
    service, _, rest = address.partition("://")
    parts = {
        part
        for form in (rest or service, unquote(rest or service))
        for part in _APART.split(form)
        if len(part) >= _SHORTEST_SECRET
    }
    for part in sorted(parts, key=len, reverse=True):
        words = re.sub(re.escape(part), "...", words, flags=re.IGNORECASE)
    return printable(words, _LONGEST_REASON).rstrip(".")


class _Listener(logging.Handler):
    """Keeps what the library says of a failure, instead of printing it with the address."""

    def __init__(self, said: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._said = said

    def emit(self, record: logging.LogRecord) -> None:
        self._said.append(record.getMessage())


@contextmanager
def _quiet() -> Iterator[list[str]]:
    """Keep apprise from printing anything; yield what it would have said."""
    said: list[str] = []
    logger, listener = logging.getLogger("apprise"), _Listener(said)
    kept = logger.propagate
    logger.propagate = False
    logger.addHandler(listener)
    try:
        with warnings.catch_warnings():
            # Its plug-ins import what Python means to drop one day.
            warnings.simplefilter("ignore")
            yield said
    finally:
        logger.removeHandler(listener)
        logger.propagate = kept


def _library() -> Any:  # noqa: ANN401  optional: its types are not known where it is not installed
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import apprise
    except ImportError as error:
        raise NoNotifyError(
            "messages are sent by the apprise library, which is not installed",
            hint="Install it: `pip install 'podplanner[notify]'`.",
        ) from error
    return apprise
