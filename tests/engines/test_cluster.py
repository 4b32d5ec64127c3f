"""The cluster that tests start: what lies where, and what is still read without a part of it."""

import os

import pytest
from support.engines.cluster import SHARDS_TO_READ, Cluster
from support.engines.topology import Placement

OBJECTS = 6


def put_some(engine):
    objects = {f"cluster/{n}": os.urandom(1_500_000) for n in range(OBJECTS)}
    client = engine.client()
    for key, body in objects.items():
        client.put_object(Bucket=engine.bucket, Key=key, Body=body)
    return objects


def all_of(engine, keys):
    client = engine.client()
    return {
        key: client.get_object(Bucket=engine.bucket, Key=key)["Body"].read() for key in sorted(keys)
    }


@pytest.mark.usefixtures("weed_is_there")
def test_with_copies_in_two_racks_a_server_a_master_and_a_gateway_can_go():
    with Cluster() as cluster:
        objects = put_some(cluster.engine())
        before = cluster.placement()
        assert before.copies
        assert before.volumes_with_fewer_copies_than(2) == []
        lost = next(iter(before.copies[min(before.copies)]))

        cluster.kill(lost)
        assert lost not in frozenset().union(*cluster.placement().copies.values())
        assert all_of(cluster.engine("gateway-1"), objects) == objects
        cluster.wipe(lost)
        assert min(before.copies) in cluster.placement().volumes_with_fewer_copies_than(2)

        led = cluster.leader()
        cluster.kill(led)
        cluster.kill("gateway-0")
        assert cluster.leader() != led
        assert all_of(cluster.engine("gateway-1"), objects) == objects


@pytest.mark.usefixtures("weed_is_there")
def test_of_an_erasure_coded_volume_any_one_server_can_go_and_its_shards_come_back():
    with Cluster(volume_servers=4) as cluster:
        objects = put_some(cluster.engine())
        whole = cluster.volumes_with_content()
        cluster.erasure_code()
        coded = cluster.placement()
        assert whole
        assert sorted(coded.shards) == whole
        assert cluster.volumes_with_content() == []
        assert survives_any_loss(coded, cluster.volume_servers)

        cluster.kill("volume-2")
        assert all_of(cluster.engine(), objects) == objects
        cluster.wipe("volume-2")
        assert not survives_any_loss(cluster.placement(), cluster.volume_servers)
        cluster.repair_shards()

        assert survives_any_loss(cluster.placement(), cluster.volume_servers)
        assert all_of(cluster.engine(), objects) == objects


def survives_any_loss(placement, servers):
    return all(
        placement.volumes_that_need(server, shards=SHARDS_TO_READ) == [] for server in servers
    )


def test_a_volume_whose_shards_lie_on_one_server_is_named():
    most = frozenset(range(3, 14))
    uneven = Placement(
        copies={7: frozenset({"a"}), 8: frozenset({"a", "b"})},
        shards={9: {"a": most, "b": frozenset({0}), "c": frozenset({1}), "d": frozenset({2})}},
    )

    assert uneven.volumes_that_need("a", shards=SHARDS_TO_READ) == [9]
    assert uneven.volumes_that_need("b", shards=SHARDS_TO_READ) == []
    assert uneven.volumes_with_fewer_copies_than(2) == [7]
