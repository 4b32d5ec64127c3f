"""Where the pods stand: names, addresses and racks, and the words in which those are written."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from ipaddress import AddressValueError, IPv4Address

from podplanner.planning.deployment.result import DeploymentError

MOST_PODS = 200
# As many as `plan find` offers: beyond that, a slip of the finger.

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
# A name becomes a folder, a member of etcd and a word in files that a shell reads.
_LIKE = "Write --host pod-1=10.0.0.1, once for each pod."


@dataclass(frozen=True, slots=True)
class Site:
    """One pod where it stands.

    Attributes:
        address: IPv4, of the network on which the pods talk to each other and are read.
        rack: What fails together: a rack, a room, or the pod alone.
    """

    name: str
    address: str
    rack: str


def read_host(written: str) -> Site:
    """Return the pod that `NAME=ADDRESS` means, in a rack of its own.

    Raises:
        DeploymentError: It is no name, or no address that a pod can listen on.

    >>> read_host("pod-1=10.0.0.1")
    Site(name='pod-1', address='10.0.0.1', rack='pod-1')
    """
    name, equals, address = written.strip().partition("=")
    if not equals:
        raise DeploymentError(f"{written!r} has no address", fix=_LIKE)
    return _site(name.strip(), address.strip(), name.strip())


def read_hosts(text: str) -> tuple[Site, ...]:
    """Return the pods of a file: a line each, `NAME ADDRESS [RACK]`; `#` begins a remark.

    Raises:
        DeploymentError: A line says something else; the message says which.
    """
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        if len(words) not in (2, 3):
            raise DeploymentError(
                f"line {number} has {len(words)} words", fix="Write each line as NAME ADDRESS RACK."
            )
        try:
            found.append(_site(words[0], words[1], words[-1] if len(words) == 3 else words[0]))
        except DeploymentError as error:
            raise DeploymentError(f"line {number}: {error}", fix=error.fix) from error
    return tuple(found)


def with_racks(sites: Sequence[Site], written: Iterable[str]) -> tuple[Site, ...]:
    """Return the pods in the racks that `POD=RACK` names; the others stay where they are.

    Raises:
        DeploymentError: There is no such pod, or the word is no name of a rack.
    """
    moved = {site.name: site for site in sites}
    for words in written:
        name, equals, rack = (part.strip() for part in words.partition("="))
        if not equals or name not in moved:
            raise DeploymentError(
                f"{words!r} names no pod", fix=f"Write it like {sites[0].name}=rack-a."
            )
        moved[name] = replace(moved[name], rack=_name(rack, "rack"))
    return tuple(moved[site.name] for site in sites)


def check_sites(sites: Sequence[Site]) -> None:
    """Refuse pods that cannot be told apart.

    Raises:
        DeploymentError: A name or an address is given twice, or there are far too many.
    """
    if len(sites) > MOST_PODS:
        raise DeploymentError(
            f"{len(sites)} pods are more than {MOST_PODS}", fix="Deploy fewer at once."
        )
    for what, words in (
        ("name", [site.name.lower() for site in sites]),
        ("address", [site.address for site in sites]),
    ):
        twice = next((word for word in words if words.count(word) > 1), None)
        if twice is not None:
            raise DeploymentError(
                f"two pods have the {what} {twice}", fix=f"Give each pod a {what} of its own."
            )


def _site(name: str, address: str, rack: str) -> Site:
    return Site(_name(name, "pod"), _address(address), _name(rack, "rack"))


def _name(word: str, what: str) -> str:
    if not _NAME.fullmatch(word) or ".." in word:
        raise DeploymentError(
            f"{word!r} is no name of a {what}",
            fix="Use letters, digits, `-`, `_` and `.`, at most 63, with a letter or digit at both "
            "ends.",
        )
    return word


def _address(word: str) -> str:
    try:
        address = IPv4Address(word)
    except AddressValueError:
        raise DeploymentError(
            f"{word!r} is no IPv4 address",
            fix="Give the address itself: etcd listens on none that must be looked up, and many "
            "systems look their own name up as 127.0.1.1.",
        ) from None
    if address.is_unspecified or address.is_multicast or address.is_reserved:
        raise DeploymentError(
            f"{word} is the address of no single pod", fix="Give the pod's own address."
        )
    return str(address)
