"""What was pulled where: remembered for one user, and never in the way."""

import pytest

from podplanner.store.worktree import records
from podplanner.store.worktree.identity import FileIdentity
from podplanner.store.worktree.records import Pulled, recall, remember_pull

ONE = FileIdentity(2**64 - 1, 2**63, 3, -4, 5 * 10**18)


def test_the_last_pull_to_a_directory_is_recalled_by_any_name_of_it(tmp_path):
    state = tmp_path / "state"
    (tmp_path / "dest").mkdir()
    (tmp_path / "link").symlink_to("dest")
    assert recall(tmp_path / "dest", folder=state) is None
    remember_pull(tmp_path / "dest", "ab" * 32, "id", {"a": ONE, "日本": ONE}, folder=state)
    remember_pull(tmp_path / "link", "cd" * 32, "id", {"b/c": ONE}, folder=state)
    assert recall(tmp_path / "dest", folder=state) == Pulled("cd" * 32, "id", {"b/c": ONE})
    assert recall(tmp_path / "other", folder=state) is None
    assert (state / "pulls").stat().st_mode & 0o777 == 0o700


def test_it_lies_in_the_state_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    remember_pull(tmp_path, "ab", "id", {"a": ONE})
    assert recall(tmp_path) == Pulled("ab", "id", {"a": ONE})
    assert len(list((tmp_path / "state/podplanner/pulls").iterdir())) == 1


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"format":"podplanner/pulled/9"}', b"[" * 9999]
)
def test_a_broken_record_is_none(tmp_path, content):
    remember_pull(tmp_path, "ab", "id", {}, folder=tmp_path / "state")
    (record,) = (tmp_path / "state/pulls").iterdir()
    record.write_bytes(content)
    assert recall(tmp_path, folder=tmp_path / "state") is None


def test_a_folder_that_cannot_be_written_is_done_without(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    remember_pull(tmp_path, "ab", "id", {}, folder=tmp_path / "file")
    assert recall(tmp_path, folder=tmp_path / "file") is None


def test_the_oldest_are_forgotten(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "_MOST", 3)
    for number in range(6):
        remember_pull(tmp_path / str(number), "ab", "id", {}, folder=tmp_path)
    kept = [n for n in range(6) if recall(tmp_path / str(n), folder=tmp_path)]
    assert len(kept) == 3
    assert 5 in kept
