"""A pull that is killed at any moment leaves only whole files, and the same pull goes on."""

import os
import random
import signal
import subprocess
import sys
import time

import pytest

from podplanner.store.worktree.destination import Overwrite
from podplanner.store.worktree.existing import WantedFile
from podplanner.store.worktree.placing import prepare

_PULL = """
import sys
from pathlib import Path
from podplanner.store.worktree.destination import Overwrite
from podplanner.store.worktree.existing import WantedFile
from podplanner.store.worktree.placing import prepare

dest, way = Path(sys.argv[1]), sys.argv[2]
new = {f"d{n % 5}/f{n}": bytes([n]) * (n * 997) for n in range(40)}
files = [WantedFile(path, len(new[path]), False) for path in sorted(new)]
overwrite = Overwrite(force=way == "force", swap=way == "swap")
print("ready", flush=True)
with prepare(dest, files, (), manifest="ab", overwrite=overwrite) as plan:
    for one in plan.to_judge:
        with plan.open_present(one.path) as there:
            same = there.read_at(0, there.size) == new[one.path]
        (plan.keep if same else plan.differs)(one.path)
    plan.begin()
    for one in plan.remaining():
        with plan.open_file(one.path) as out:
            out.write_at(0, new[one.path])
            out.finish()
    plan.commit()
"""
NEW = {f"d{n % 5}/f{n}": bytes([n]) * (n * 997) for n in range(40)}
OLD = {f"d{n % 5}/f{n}": b"old" * n for n in range(0, 40, 2)} | {"mine": b"!"}


def content(root):
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and ".podplanner-" not in str(path.relative_to(root))
    }


def run(dest, way, kill_after=None):
    pull = subprocess.Popen([sys.executable, "-c", _PULL, str(dest), way], stdout=subprocess.PIPE)
    with pull:
        assert pull.stdout.readline() == b"ready\n"
        if kill_after is None:
            assert pull.wait(60) == 0
            return
        time.sleep(kill_after)
        pull.send_signal(signal.SIGKILL)


@pytest.mark.parametrize("way", ["new", "force", "swap"])
def test_a_pull_killed_at_any_moment_leaves_only_whole_files(tmp_path, way):
    dest = tmp_path / "dest"
    if way != "new":
        for path, words in OLD.items():
            (dest / path).parent.mkdir(parents=True, exist_ok=True)
            (dest / path).write_bytes(words)
    before = content(dest)
    chance = random.Random(way)
    for _ in range(8):
        run(dest, way, kill_after=chance.uniform(0, 0.06))
        now = content(dest)
        if way == "force":
            assert now["mine"] == b"!"
            for path, words in now.items():
                assert words in (NEW.get(path), OLD.get(path))
        else:
            assert now in (before, NEW)
    run(dest, way)
    assert content(dest) == (NEW | {"mine": b"!"} if way == "force" else NEW)
    left = [path for path in tmp_path.iterdir() if path != dest]
    # One that was killed before it could say whose it is stays for a minute.
    assert [path for path in left if (path / "pull.json").exists()] == []
    for path in left:
        os.utime(path, (0, 0))
    run(dest, way)
    assert [path.name for path in tmp_path.iterdir()] == ["dest"]


def test_two_processes_pull_the_same_at_once(tmp_path):
    dest = tmp_path / "dest"
    both = [
        subprocess.Popen(
            [sys.executable, "-c", _PULL, str(dest), "new"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    ends = []
    for one in both:
        _, told = one.communicate(timeout=60)
        ends.append((one.returncode, told))
    # One may be told to run again, because the other was faster.
    assert any(code == 0 for code, _ in ends)
    assert all(code == 0 or "ConflictError" in told for code, told in ends)
    assert content(dest) == NEW
    run(dest, "new")
    assert content(dest) == NEW
    assert [path.name for path in tmp_path.iterdir()] == ["dest"]


def test_another_process_sees_that_a_pull_is_under_way(tmp_path):
    files = [WantedFile("a", 1, executable=False)]
    plan = prepare(tmp_path / "dest", files, (), manifest="ab", overwrite=Overwrite())
    plan.begin()
    child = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; from pathlib import Path\n"
            "from podplanner.store.worktree.staging import find\n"
            "print([one.abandoned for one in find(sys.argv[1], 'dest')])",
            str(tmp_path),
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert child.stdout == "[False]\n"
    plan.abandon()
