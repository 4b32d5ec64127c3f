"""Commands that replace an OSD: docs.ceph.com, Adding/Removing OSDs, Replacing an OSD."""

from collections.abc import Iterator

from podplanner.drives.pulling.card import Step
from podplanner.drives.pulling.quoting import quoted
from podplanner.drives.pulling.seating import Seat


def before(seat: Seat, new: str) -> Iterator[Step]:
    """Yield what takes an OSD out of use before its drive is pulled."""
    del new
    osd, number = quoted(seat.member.name), _number(seat)
    if "in" in seat.member.words.replace(";", ",").split(", "):
        yield Step("Take it out: Ceph copies its data elsewhere.", f"ceph osd out {osd}")
    yield Step("Wait until nothing on it is needed (hours to days).",
               f"while ! ceph osd safe-to-destroy {osd}; do sleep 60; done")  # fmt: skip
    if seat.member.words.startswith("up"):
        yield Step("Stop it (with cephadm: `ceph orch daemon stop`).",
                   f"systemctl stop ceph-osd@{number}")  # fmt: skip
    yield Step("Mark it destroyed; its number is kept for the new drive. This asks nothing any "
               "more: be sure that safe-to-destroy has said yes.",
               f"ceph osd destroy {number} --yes-i-really-mean-it")  # fmt: skip


def onto_spare(seat: Seat, new: str, hot: bool) -> Iterator[Step]:
    """Yield the same: Ceph rebuilds onto all its other drives and wants no spare."""
    del hot
    yield from before(seat, new)


def afterwards(seat: Seat, new: str) -> Iterator[Step]:
    """Yield what makes an OSD of the new drive, under the old number."""
    device = new if new.strip("'").startswith("/") else f"/dev/{new}"
    yield Step("Make an OSD of the new drive (with cephadm: `ceph orch daemon add osd`).",
               f"ceph-volume lvm create --osd-id {_number(seat)} --data {device}")  # fmt: skip


def checks(seat: Seat) -> Iterator[Step]:
    """Yield what shows that the cluster is whole again."""
    yield Step("HEALTH_OK, all placement groups active+clean?", "ceph status")
    yield Step("Is it up and in?", f"ceph osd find {quoted(_number(seat))}")


def _number(seat: Seat) -> str:
    return quoted(seat.member.name.removeprefix("osd."))
