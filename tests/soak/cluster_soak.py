"""Kill parts of a cluster in the midst of pushes and pulls, and find that nothing is lost by it.

Usage: python tests/soak/cluster_soak.py [--rounds 1] [--seed N] [--only NAME]

SeaweedFS runs as three masters, volume servers in a rack each, a filer and two S3 gateways. Each
round does all of these once, with commands of their own processes and 40 MB models:

- server-in-push, server-in-pull: a volume server is killed, comes back empty, and is filled again;
- masters: the leader is killed in pushes, another one in a pull;
- gateway-back: the gateway in use is killed and started again, in a push and a pull at once;
- gateway-gone: it stays away, and the commands are run again through the other;
- two-pushers: one model is pushed through both gateways at once;
- each-server: every object is read while each of the servers is away in turn;
- collection: a version is deleted and collected;
- erasure-coded: on four servers, volumes become shards, and one server is lost.

Every version that was pushed is read back byte by byte, where copies and shards lie is compared
with the disks, `store check` finds nothing bad, and of several creators of a key exactly one wins,
whichever gateway they use. It prints one line of a table for each thing that was killed, and ends
with an error at the first broken promise.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from support.engines.cluster import SHARDS_TO_READ, Cluster
from support.engines.site import GRACE, UNAVAILABLE, Outcome, Site

_AWAY_S = 5.0
# A gateway that its service manager starts again.
_SMALL = 200_000
_WAVES = 3


@dataclass(frozen=True, slots=True)
class Line:
    """What was killed, and what was seen of it: a line of the table."""

    killed: str
    when: str
    seen: str
    stood_still_s: float | None = None
    again: int | None = None
    """Bytes that were moved more than once."""

    def __str__(self) -> str:
        still = "" if self.stood_still_s is None else f"{self.stood_still_s:.1f}"
        again = "" if self.again is None else f"{self.again / 1e6:.1f}"
        return f"| {self.killed} | {self.when} | {self.seen} | {still} | {again} |"


HEAD = "| killed | when | seen | stand-still, s | moved again, MB |\n|---|---|---|---|---|"


def line_of(killed: str, outcome: Outcome, seen: str = "") -> Line:
    """Return what became of one job as a line."""
    went = "went on by itself" if outcome.runs == 1 else f"ended after {outcome.runs} runs"
    if outcome.ended.code:
        error = outcome.ended.result["error"]
        went += f"; the first ended with {error['code']} after {outcome.seconds:.0f} s"
    when = f"{outcome.job.what}, {outcome.share:.0%} moved"
    return Line(
        killed, when, "; ".join(filter(None, (went, seen))), outcome.stood_still_s, outcome.again
    )


def server_in_push(site: Site) -> Iterator[Line]:
    """Kill a volume server in a push, and let it come back empty."""
    yield _with_server_killed(site, "push")


def server_in_pull(site: Site) -> Iterator[Line]:
    """Kill a volume server in a pull, and let it come back empty."""
    yield _with_server_killed(site, "pull")


def _with_server_killed(site: Site, kind: Literal["push", "pull"]) -> Line:
    cluster = site.cluster
    victim = site.random.choice(site.servers_with_content())
    (outcome,) = site.with_kill([kind], lambda: cluster.kill(victim))
    alone = cluster.placement().volumes_with_fewer_copies_than(2)
    assert alone, f"{victim} held nothing"
    began = time.monotonic()
    cluster.wipe(victim)
    cluster.repair()
    volumes = site.demand_in_two_racks()
    took = time.monotonic() - began
    seen = (
        f"volumes with one copy left: {len(alone)}; back empty, all {volumes} with content in "
        f"two racks again after {took:.0f} s"
    )
    return line_of("volume server", outcome, seen)


def masters(site: Site) -> Iterator[Line]:
    """Kill the leading master in two pushes, and another one in a pull."""
    cluster = site.cluster
    # By chance, and once all bytes are moved: then the records that decide are still to come.
    for share in (None, 1.0):
        led = cluster.leader()
        (outcome,) = site.with_kill(["push"], partial(cluster.kill, led), share=share)
        assert cluster.leader() != led
        cluster.start(led)
        yield line_of("leading master", outcome)

    led = cluster.leader()
    other = site.random.choice([name for name in cluster.masters if name != led])
    (outcome,) = site.with_kill(["pull"], lambda: cluster.kill(other))
    assert cluster.leader() == led
    cluster.start(other)
    yield line_of("another master", outcome)


def gateway_back(site: Site) -> Iterator[Line]:
    """Kill the gateway in use and start it again, in a push and a pull at once."""

    def back() -> None:
        time.sleep(_AWAY_S)
        site.restore("gateway-0")

    for outcome in site.with_kill(["push", "pull"], lambda: site.cut("gateway-0"), back=back):
        yield line_of(f"gateway, back after {_AWAY_S:.0f} s and its start", outcome)


def gateway_gone(site: Site) -> Iterator[Line]:
    """Kill the gateway in use for good, and go on through the other."""
    outcomes = site.with_kill(["push", "pull"], lambda: site.cut("gateway-0"), then="gateway-1")
    site.restore("gateway-0")
    for outcome in outcomes:
        assert outcome.ended.code == UNAVAILABLE, outcome
        assert outcome.runs == 2, outcome
        assert "PODPLANNER_S3_ENDPOINT" in outcome.ended.result["error"]["hint"], outcome
        yield line_of("gateway, for good; run again through the other", outcome)


def two_pushers(site: Site) -> Iterator[Line]:
    """Push one model through both gateways at once, large versions and small ones."""
    numbers = []
    for size in (None, *[_SMALL] * _WAVES):
        jobs = [site.push_job() if size is None else site.push_job(size) for _ in range(2)]
        before = max(site.versions)
        pushes = [
            site.start(job, gateway)
            for job, gateway in zip(jobs, site.cluster.gateways, strict=True)
        ]
        found = [site.pushed(job, push.end()) for job, push in zip(jobs, pushes, strict=True)]
        assert sorted(found) == [before + 1, before + 2], found
        numbers += found
    races = site.demand_one_winner()
    seen = (
        f"versions {min(numbers)} to {max(numbers)}, each once; "
        f"one winner in {races} races of writers on both gateways"
    )
    yield Line("nothing", "two pushes of one model at once, 4 times", seen)


def each_server(site: Site) -> Iterator[Line]:
    """Read every object while each volume server is away in turn."""
    for server in site.cluster.volume_servers:
        site.cluster.kill(server)
        objects = site.check()
        site.cluster.start(server)
    yield Line("each volume server in turn", "store check", f"{objects} objects read each time")


def collection(site: Site) -> Iterator[Line]:
    """Delete a version and collect what only it needed."""
    job = site.push_job()
    site.pushed(job, site.start(job, "gateway-0").end())
    marked, freed = site.collect()
    assert 0 < freed <= marked
    objects = site.check()
    assert objects
    yield Line(
        "nothing",
        f"store gc --grace {GRACE}",
        f"{freed} of {marked} marked objects freed, {objects} left and sound",
    )


def erasure_coded(site: Site) -> Iterator[Line]:
    """Turn volumes into shards, lose a server of four, and compute its shards anew."""
    cluster = site.cluster
    for _ in range(2):
        job = site.push_job()
        site.pushed(job, site.start(job, "gateway-0").end())
    whole = cluster.volumes_with_content()
    cluster.erasure_code()
    assert cluster.volumes_with_content() == []
    coded = cluster.placement()
    assert coded.shards.keys() >= set(whole)
    _demand_any_may_go(site)

    victim = site.random.choice(cluster.volume_servers)
    (pulled,) = site.with_kill(["pull"], lambda: cluster.kill(victim))
    lost = sum(len(held.get(victim, ())) for held in coded.shards.values())
    all_of_them = sum(len(at) for held in coded.shards.values() for at in held.values())
    site.check("gateway-1")
    job = site.push_job()
    began = time.monotonic()
    site.pushed(job, site.start(job, "gateway-1").end())
    pushed_s = time.monotonic() - began
    began = time.monotonic()
    cluster.wipe(victim)
    cluster.repair_shards()
    cluster.repair()
    _demand_any_may_go(site)
    site.demand_in_two_racks()
    took = time.monotonic() - began
    seen = (
        f"{len(coded.shards)} volumes read without {lost} of their {all_of_them} shards; a push to "
        f"new volumes meanwhile took {pushed_s:.0f} s; all shards computed anew after {took:.0f} s"
    )
    yield line_of("volume server of four, volumes erasure-coded", pulled, seen)
    # The shards that were computed are read, and not only those that were there.
    others = [name for name in cluster.volume_servers if name != victim]
    second = site.random.choice(others)
    (pulled,) = site.with_kill(["pull"], lambda: cluster.kill(second))
    objects = site.check()
    cluster.start(second)
    seen = f"all {objects} objects read, with shards that were computed"
    yield line_of("another volume server of the four", pulled, seen)


def _demand_any_may_go(site: Site) -> None:
    placement = site.cluster.placement()
    for server in site.cluster.volume_servers:
        needing = placement.volumes_that_need(server, shards=SHARDS_TO_READ)
        assert not needing, f"without {server} volumes {needing} are lost: {placement.shards}"


def doctor(site: Site) -> Iterator[Line]:
    """Examine the store through both gateways."""
    for gateway in site.cluster.gateways:
        yield Line("nothing", f"store doctor through {gateway}", site.doctor(gateway))


Part = Callable[[Site], Iterator[Line]]

REPLICATED: tuple[Part, ...] = (
    server_in_push,
    server_in_pull,
    masters,
    gateway_back,
    two_pushers,
    each_server,
    collection,
    gateway_gone,
    doctor,
)
CODED: tuple[Part, ...] = (erasure_coded, doctor)


def soak(parts: Sequence[Part], *, servers: int, rounds: int, seed: int) -> None:
    """Do parts in turn on a new cluster, and find everything in order after each."""
    with Cluster(volume_servers=servers) as cluster, tempfile.TemporaryDirectory() as folder:
        site = Site(cluster, Path(folder), seed)
        try:
            first = site.push_job()
            site.pushed(first, site.start(first, "gateway-1").end())
            for _ in range(rounds):
                for part in parts:
                    began = time.monotonic()
                    for line in part(site):
                        print(line, flush=True)
                    site.demand_all_read_back()
                    site.demand_in_two_racks()
                    objects = site.check("gateway-1")
                    print(
                        f"{part.__name__}: {time.monotonic() - began:.0f} s, {len(site.versions)} "
                        f"versions read back, {objects} objects sound",
                        file=sys.stderr,
                        flush=True,
                    )
        finally:
            site.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", metavar="NAME", help="one part, such as server-in-push")
    arguments = parser.parse_args()
    began = time.monotonic()
    print(HEAD, flush=True)
    for parts, servers in ((REPLICATED, 3), (CODED, 4)):
        chosen = [
            part for part in parts if arguments.only in (None, part.__name__.replace("_", "-"))
        ]
        if chosen:
            soak(chosen, servers=servers, rounds=arguments.rounds, seed=arguments.seed)
    print(
        f"{arguments.rounds} rounds, nothing lost, {time.monotonic() - began:.0f} s; "
        f"--seed {arguments.seed}",
        file=sys.stderr,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
