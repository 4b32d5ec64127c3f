"""This machine's arrays, asked by its own programs."""

import json
import time

import pytest
from support.drives.array_states import document, raidz2_pool, text
from support.drives.array_states_ceph import cluster
from support.drives.array_states_md import md, mdstat

from podplanner.drives.arrays.devices import real_device
from podplanner.drives.arrays.live import Machine, read_arrays
from podplanner.drives.smartctl.running import Command, Ran, run_process


def machine(root, *programs):
    """Return a machine under a folder that has some programs."""
    return Machine(lambda name: str(root / name) if name in programs else None, root, {})


def put(root, path, content=""):
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(content)


def program(root, name, script):
    put(root, name, "#!/bin/sh\n" + script)
    (root / name).chmod(0o755)


def test_a_machine_without_arrays_has_no_trouble(tmp_path):
    state = read_arrays(machine=machine(tmp_path))
    assert (state.arrays, state.source, state.trouble) == ((), (), ())


def test_zpool_and_mdstat_are_read(tmp_path):
    put(tmp_path, "pool.json", json.dumps(document(raidz2_pool())))
    program(
        tmp_path, "zpool", f'[ "$*" = "status -j --json-int -T u" ] && cat {tmp_path}/pool.json'
    )
    put(tmp_path, "proc/mdstat", mdstat(md()))
    state = read_arrays(machine=machine(tmp_path, "zpool"))
    assert state.trouble == ()
    assert [a.name for a in state.arrays] == ["tank", "md0"]
    assert state.source == ("zpool status -j", "/proc/mdstat")


def test_a_zpool_without_json_is_read_in_words(tmp_path):
    put(tmp_path, "pool.txt", text(raidz2_pool()))
    program(
        tmp_path,
        "zpool",
        f"""
        case "$*" in *-j*) echo "invalid option 'j'" >&2; exit 2;; esac
        cat {tmp_path}/pool.txt""",
    )
    state = read_arrays(machine=machine(tmp_path, "zpool"))
    assert state.trouble == ()
    assert [a.name for a in state.arrays] == ["tank"]


def test_a_zpool_that_hangs_is_left_and_is_trouble(tmp_path):
    program(tmp_path, "zpool", "exec sleep 30")

    def impatient(command):
        return run_process(Command(command.arguments, 0.3))

    before = time.monotonic()
    state = read_arrays(impatient, machine=machine(tmp_path, "zpool"))
    assert time.monotonic() - before < 10
    assert any("did not answer" in words for words in state.trouble)


def test_a_zpool_that_hangs_in_the_kernel_is_named_by_its_process(tmp_path):
    state = read_arrays(lambda command: Ran(timed_out=True, left=4242),
                        machine=machine(tmp_path, "zpool"))  # fmt: skip
    assert any("4242" in words for words in state.trouble)


def test_a_zpool_that_fails_says_why(tmp_path):
    program(tmp_path, "zpool", "echo 'cannot open tank: I/O error' >&2; exit 1")
    put(tmp_path, "sys/module/zfs/version")
    state = read_arrays(machine=machine(tmp_path, "zpool"))
    assert any("I/O error" in words for words in state.trouble)


def test_a_zpool_without_its_module_has_no_pools(tmp_path):
    program(tmp_path, "zpool", "echo 'The ZFS modules cannot be auto-loaded.' >&2; exit 1")
    assert read_arrays(machine=machine(tmp_path, "zpool")).trouble == ()


def test_zfs_without_zpool_is_trouble(tmp_path):
    put(tmp_path, "sys/module/zfs/version")
    assert any("zpool" in words for words in read_arrays(machine=machine(tmp_path)).trouble)


@pytest.mark.parametrize("written", ["", "{", "no pools available"])
def test_output_that_is_no_json_is_trouble(tmp_path, written):
    program(tmp_path, "zpool", f"printf '%s' '{written}'")
    assert read_arrays(machine=machine(tmp_path, "zpool")).trouble


def test_ceph_is_asked_where_osds_are(tmp_path):
    files = cluster(down=(3,), out=(3,), acting={"1.0": ("active+clean", (0, 1, 2))}, drained=(3,))
    for name, content in files.items():
        put(tmp_path, f"answers/{name}", json.dumps(content))
    program(
        tmp_path,
        "ceph",
        f"""
        shift 2
        case "$1 $2" in
          "status -f") cat {tmp_path}/answers/status.json;;
          "osd dump") cat {tmp_path}/answers/dump.json;;
          "osd metadata") cat {tmp_path}/answers/metadata.json;;
          "pg dump") cat {tmp_path}/answers/pgs.json;;
          "osd safe-to-destroy") [ "$3" = 3 ] && cat {tmp_path}/answers/drained.json; exit 16;;
        esac""",
    )
    put(tmp_path, "var/lib/ceph/osd/ceph-0/ready")
    state = read_arrays(machine=machine(tmp_path, "ceph"))
    assert state.trouble == ()
    assert state.arrays[0].groups[0].gone == 0
    assert state.arrays[0].groups[0].members[3].words == "down, out"


def test_ceph_without_osds_here_is_not_asked(tmp_path):
    program(tmp_path, "ceph", "exit 1")
    assert read_arrays(machine=machine(tmp_path, "ceph")).trouble == ()


def test_osds_without_ceph_are_trouble(tmp_path):
    put(tmp_path, "var/lib/ceph/0000-1111/osd.3/ready")
    assert any("OSDs" in words for words in read_arrays(machine=machine(tmp_path)).trouble)


def test_a_ceph_that_does_not_answer_is_asked_once(tmp_path):
    put(tmp_path, "var/lib/ceph/osd/ceph-0/ready")
    asked = []

    def run(command):
        asked.append(command.arguments)
        return Ran(timed_out=True)

    state = read_arrays(run, machine=machine(tmp_path, "ceph"))
    assert len(asked) == 1
    assert state.trouble


def test_links_and_encryption_are_followed_to_the_drive(tmp_path):
    put(tmp_path, "dev/sdb1")
    put(tmp_path, "dev/dm-0")
    (tmp_path / "dev/disk/by-id").mkdir(parents=True)
    (tmp_path / "dev/disk/by-id/link").symlink_to("../../sdb1")
    (tmp_path / "sys/class/block/dm-0/slaves/sdc1").mkdir(parents=True)
    assert real_device("/dev/disk/by-id/link", tmp_path) == "/dev/sdb1"
    assert real_device("/dev/dm-0", tmp_path) == "/dev/sdc1"
    assert real_device("/dev/absent", tmp_path) is None
    assert real_device("tank", tmp_path) is None
