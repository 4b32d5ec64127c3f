"""A cluster is laid out so that it keeps what it shall, or says why it does not."""

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.deployments import cluster, plan, sites

from podplanner.catalog.drive_layout import read_layout
from podplanner.planning.capacity import capacity_of
from podplanner.planning.capacity.cluster import VOLUME_BYTES
from podplanner.planning.deployment import (
    DeploymentError,
    Site,
    check_sites,
    cluster_layout,
    findings_of,
    ports_of,
    read_host,
    read_hosts,
    redundancy_of,
    room_of,
    storage_of,
    with_racks,
)
from podplanner.planning.deployment.cluster import spread_over_racks
from podplanner.planning.deployment.credentials import (
    identities_json,
    is_for_bucket,
    new_credentials,
)
from podplanner.planning.deployment.room import most_parts, restorable, stored

# --- where the pods are ---


def test_a_file_of_hosts_has_names_addresses_and_racks():
    found = read_hosts("# pods\na 10.0.0.1\n\nb  10.0.0.2 left  # the old one\n")
    assert found == (Site("a", "10.0.0.1", "a"), Site("b", "10.0.0.2", "left"))


@pytest.mark.parametrize(
    "written",
    ["pod-1", "pod-1=", "=10.0.0.1", "pod-1=pod-1.lab", "pod-1=0.0.0.0", "pod-1=224.0.0.1",
     "pod-1=10.0.0", "pod-1=::1", "-a=10.0.0.1", "a b=10.0.0.1", "a$b=10.0.0.1", "a..b=10.0.0.1",
     "a/b=10.0.0.1", f"{'a' * 64}=10.0.0.1"],
)  # fmt: skip
def test_a_host_that_could_spoil_a_file_or_cannot_be_listened_on_is_refused(written):
    with pytest.raises(DeploymentError) as caught:
        read_host(written)
    assert caught.value.fix


def test_a_bad_line_of_hosts_is_named():
    with pytest.raises(DeploymentError, match="line 2"):
        read_hosts("a 10.0.0.1\nb\n")
    with pytest.raises(DeploymentError, match=r"line 1.*no IPv4 address"):
        read_hosts("a b\n")


def test_racks_are_given_by_pod():
    found = with_racks(sites("ab"), ["pod-2=a"])
    assert [site.rack for site in found] == ["a", "a"]
    for written in ("pod-9=a", "pod-1", "pod-1=a b"):
        with pytest.raises(DeploymentError):
            with_racks(sites("ab"), [written])


def test_pods_that_cannot_be_told_apart_are_refused():
    one, two = sites("ab")
    for other in (Site(two.name, one.address, "b"), Site(one.name.upper(), two.address, "b")):
        with pytest.raises(DeploymentError, match="two pods have the"):
            check_sites([one, other])


# --- where volumes lie ---


def test_every_drive_has_a_folder_where_the_pod_keeps_no_redundancy():
    storage = storage_of(plan(drives=12))
    assert storage.folders[0] == "/srv/seaweedfs/drive01"
    assert len(storage.folders) == 12
    # 1 % stays free, and one volume is compacted beside the others.
    assert storage.volumes == (4 * 10**12 * 99 // 100 - VOLUME_BYTES) // VOLUME_BYTES
    assert storage.layout is None
    assert storage_of(plan(12, layout="seaweed-rep:010")).folders == storage.folders


def test_a_pool_is_one_folder_filled_as_plan_capacity_advises():
    storage = storage_of(plan(15, layout="raidz2:15x1"), ["/mnt/pod"])
    advised = capacity_of(
        read_layout("raidz2:15x1"), drives=15, drive_bytes=4 * 10**12
    ).recommended_bytes
    assert storage.folders == ("/mnt/pod",)
    assert storage.volumes == advised // VOLUME_BYTES


def test_every_array_of_linux_raid_is_a_folder():
    storage = storage_of(plan(30, layout="mdraid6:15x2"))
    assert storage.folders == ("/srv/seaweedfs/array1", "/srv/seaweedfs/array2")


def test_folders_are_taken_as_they_are_named():
    assert storage_of(plan(2), ["/mnt/x", "/mnt/y/"]).folders == ("/mnt/x", "/mnt/y")
    for folders in (["/mnt/x", "/mnt/y", "/mnt/z"], ["/mnt/x", "/mnt/x"], ["mnt"], ["/mnt/a,b"],
                    ["/mnt/a b"], ["/mnt/../x"], ["/mnt/%i"]):  # fmt: skip
        with pytest.raises(DeploymentError):
            storage_of(plan(2), folders)


def test_plans_that_hold_nothing_or_belong_to_another_engine_are_refused():
    with pytest.raises(DeploymentError, match="no room for a volume"):
        storage_of(plan(2, "32 GB"))
    with pytest.raises(DeploymentError, match="the list has no data drives"):
        storage_of(plan(0))
    with pytest.raises(DeploymentError, match="raidz2:15x1 takes 15 drives"):
        storage_of(plan(4, layout="raidz2:15x1"))
    with pytest.raises(DeploymentError, match="another engine"):
        cluster_layout(plan(4, layout="ceph-rep:3"))
    assert cluster_layout(plan(4, layout="raidz1:4x1")) is None


# --- redundancy ---


@pytest.mark.parametrize(
    ("copies", "racks", "placement"),
    [(1, "abc", "000"), (2, "abc", "010"), (2, "ab", "010"), (2, "aaa", "001"), (3, "abc", "020"),
     (3, "aab", "011"), (3, "aaa", "002")],
)  # fmt: skip
def test_copies_go_to_as_many_racks_as_there_are(copies, racks, placement):
    kept = redundancy_of(None, copies, list(racks))
    assert (kept.placement, kept.copies) == (placement, copies)


def test_the_plan_comes_before_the_options_and_is_not_contradicted():
    layout = read_layout("seaweed-rep:001")
    assert redundancy_of(layout, None, list("abc")).placement == "001"
    assert redundancy_of(layout, 2, list("abc")).placement == "001"
    with pytest.raises(DeploymentError, match="2 copies, not 3"):
        redundancy_of(layout, 3, list("abc"))
    with pytest.raises(DeploymentError, match="nothing of copies"):
        redundancy_of(None, None, list("abc"))


def test_what_is_encoded_later_is_kept_as_copies_first():
    for layout, coded in ((read_layout("seaweed-rs:10+4"), None), (None, "10+4")):
        kept = redundancy_of(layout, None, list("abcd"), coded)
        assert (kept.placement, str(kept.coding)) == ("010", "seaweed-rs:10+4")
    with pytest.raises(DeploymentError):
        redundancy_of(read_layout("seaweed-rs:10+4"), None, list("abcd"), "8+3")
    with pytest.raises(DeploymentError, match="--erasure ten"):
        redundancy_of(None, None, list("abcd"), "ten")


# --- who does what ---


def test_masters_and_gateways_are_spread_over_racks():
    at = sites("aabbc")
    assert [site.name for site in spread_over_racks(at, 3)] == ["pod-1", "pod-3", "pod-5"]
    assert [site.name for site in spread_over_racks(at, 4)] == ["pod-1", "pod-3", "pod-5", "pod-2"]


def test_services_of_each_pod_are_in_the_order_of_their_start():
    found = cluster("abcd", gateways=2)
    assert [member.services for member in found.members] == [
        ("etcd", "master", "volume", "filer", "s3"), ("etcd", "master", "volume", "filer", "s3"),
        ("etcd", "master", "volume"), ("volume",),
    ]  # fmt: skip
    small = cluster("ab", metadata="leveldb", masters=1, gateways=1)
    assert small.members[0].services == ("master", "volume", "filer", "s3")


def test_ports_leave_room_for_grpc():
    assert ports_of({"s3": 80}).s3 == 80
    for changed in ({"s4": 1}, {"s3": 0}, {"s3": 60_000}, {"s3": 8888}, {"etcd": 18_080}):
        with pytest.raises(DeploymentError) as caught:
            ports_of(changed)
        assert caught.value.fix


# --- how much it holds ---


@given(st.lists(st.integers(0, 12), min_size=1, max_size=5), st.integers(1, 6), st.integers(1, 4))
def test_no_larger_part_fits(sizes, parts, together):
    def fits(part):
        return sum(min(size, together * part) for size in sizes) >= parts * part

    found = most_parts(sizes, parts=parts, together=together)
    assert fits(found)
    assert not any(fits(part) for part in range(found + 1, sum(sizes) + 2))


def test_room_is_what_the_engine_has_places_for():
    found = cluster()
    slots = sum(len(m.storage.folders) * m.storage.volumes for m in found.members)
    room = room_of(found)
    assert room.raw_bytes == 3 * 4 * 4 * 10**12
    assert room.usable_bytes == slots * VOLUME_BYTES // 2
    # Two pods are left for what three held.
    assert room.recommended_bytes == slots // 3 * VOLUME_BYTES
    sizes = [step.bytes for step in room.steps]
    assert sizes == sorted(sizes, reverse=True)


def test_a_rack_that_is_larger_than_the_others_stays_partly_empty():
    found = cluster("ab", plans=[plan(8), plan(2)], metadata="leveldb", masters=1)
    small = found.members[1].storage
    assert room_of(found).usable_bytes == small.volume_bytes
    assert "uneven" in {finding.code for finding in findings_of(found)}


def test_erasure_coding_holds_ten_of_fourteen():
    found = cluster("abcd", copies=None, coded="10+4")
    whole = sum(member.storage.volume_bytes for member in found.members)
    assert room_of(found).usable_bytes == 10 * (whole // 14)
    assert stored(found, found.members[:3]) == 0


@pytest.mark.parametrize(
    ("racks", "copies", "goes_on"),
    [("abc", 2, True), ("ab", 2, False), ("abc", 3, False), ("abcd", 3, True), ("aab", 2, False),
     ("aabb", 2, True), ("aaa", 2, True), ("aab", 3, False)],
)  # fmt: skip
def test_copies_are_restored_only_where_enough_racks_are_left_whichever_pod_fails(
    racks, copies, goes_on
):
    assert restorable(cluster(racks, copies=copies)) is goes_on


# --- what speaks against it ---


def codes(found, severity):
    return {one.code for one in findings_of(found) if one.severity == severity}


def test_nothing_speaks_against_three_pods_of_two_copies():
    assert findings_of(cluster()) == ()


@pytest.mark.parametrize(
    ("found", "severity", "code"),
    [
        (cluster("ab", copies=3, masters=1, metadata="leveldb"), "error", "placement"),
        (cluster("ab", layout=read_layout("seaweed-rep:020"), copies=None, masters=1), "error",
         "placement"),
        (cluster("abc", layout=read_layout("seaweed-rep:001"), copies=None), "error", "placement"),
        (cluster("abc", layout=read_layout("seaweed-rep:100"), copies=None), "error", "placement"),
        (cluster(copies=1), "warning", "one-copy"),
        (cluster("aabb", layout=read_layout("seaweed-rep:001"), copies=None), "warning",
         "shared-rack"),
        (cluster(copies=3), "warning", "no-spare-pod"),
        (cluster(copies=None, coded="10+4"), "error", "erasure"),
        (cluster("abcd", copies=None, coded="8+3"), "error", "erasure"),
        (cluster("aabb", copies=None, coded="10+4"), "warning", "erasure"),
        (cluster("abcd", copies=None, coded="10+4"), "warning", "no-spare-pod"),
        (cluster(masters=2), "error", "masters"),
        (cluster(masters=1, metadata="own"), "warning", "masters"),
        (cluster("aab"), "warning", "masters"),
        (cluster(gateways=1), "warning", "gateways"),
        (cluster(metadata="leveldb"), "error", "metadata"),
        (cluster(metadata="leveldb", gateways=1), "warning", "metadata"),
        (cluster(masters=1), "error", "metadata"),
        (cluster(metadata="own"), "note", "metadata"),
        (cluster(plans=[plan(60, "20 TB")] * 3), "warning", "metadata-size"),
    ],
)  # fmt: skip
def test_what_a_cluster_cannot_keep_is_said(found, severity, code):
    assert code in codes(found, severity)
    assert all(one.fix or one.severity == "note" for one in findings_of(found))


def test_racks_that_fail_alone_are_not_held_against_four_pods():
    assert codes(cluster("abcd", copies=None, coded="10+4"), "error") == set()
    assert findings_of(cluster("abcde", copies=None, coded="10+4")) == ()
    assert "masters" not in codes(cluster("abc"), "warning")
    # One rack for all is a choice that nothing here can better.
    assert codes(cluster("aaa"), "warning") == set()


def test_loopback_is_warned_of():
    found = cluster()
    here = Site("pod-1", "127.0.0.1", "a")
    member = found.members[0]
    moved = type(found)(
        (type(member)(here, member.storage, member.services), *found.members[1:]),
        found.redundancy, found.metadata, found.ports, found.bucket,
    )  # fmt: skip
    assert codes(moved, "warning") == {"loopback"}


# --- keys ---


def test_keys_are_new_each_time_long_and_never_shown():
    one, two = new_credentials(os.urandom), new_credentials(os.urandom)
    words = [word for keys in (one, two) for word in (
        keys.volume_key, keys.filer_key, keys.filer_read_key,
        *(key for pair in keys.pairs.values() for key in (pair.access_key, pair.secret_key)),
    )]  # fmt: skip
    assert len(set(words)) == len(words) == 18
    assert all(len(word) == 20 or len(word) >= 52 for word in words)
    hidden = [pair.secret_key for pair in one.pairs.values()]
    assert not any(word in repr(one) for word in (*hidden, one.volume_key, one.filer_key))


def test_identities_are_bound_to_the_bucket():
    text = identities_json(new_credentials(os.urandom), "models")
    allowed = {one["name"]: one["actions"] for one in json.loads(text)["identities"]}
    assert allowed["push"] == ["Read:models", "Write:models", "List:models", "Tagging:models"]
    assert allowed["pull"] == ["Read:models", "List:models"]
    assert "Admin" in allowed["admin"]
    assert is_for_bucket(text, "models")
    for other in ("", "{}", '{"identities": [1]}', text.replace("Write:models", "Write:m")):
        assert not is_for_bucket(other, "models")
    assert not is_for_bucket(text, "other")
