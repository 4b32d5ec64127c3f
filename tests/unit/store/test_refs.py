"""References: what the folders and records below `models/` say."""

import pytest
from support.remote import RemoteMemory
from support.stores import new_root, write_tree

from podplanner.errors import ConflictError, UnknownNameError
from podplanner.store.backends.memory import MemoryBackend
from podplanner.store.history import history
from podplanner.store.names import ModelName, Reference
from podplanner.store.pushing import PushOptions, push


@pytest.fixture(params=[MemoryBackend, RemoteMemory], ids=["near", "far"])
def root(request, tmp_path):
    # A clock that stands: nothing may depend on two moments being told apart.
    root = new_root(request.param(clock=lambda: 1_000_000.0))
    push(root, write_tree(tmp_path, {"a": b"a"}), "team/cat")
    push(root, tmp_path, "team/cat", PushOptions(new_version=True))
    return root


def test_folders_that_are_no_models_are_passed_over(root):
    for folder in ("team%2fcat--old", "con", "a%2fb%2fc", "team%2fcat.", "%2f"):
        root.backend.put(f"models/{folder}/versions/0000000001.json", [b"{}"])
    assert [str(model) for model in root.refs.models()] == ["team/cat"]


def test_files_that_are_no_records_are_passed_over(root):
    for name in ("1.json", "0000000009.json.tmp", "000000000x.json", "0000000009.layout-x.json"):
        root.backend.put(f"models/team%2fcat/versions/{name}", [b"{}"])
    index = root.refs.index(ModelName.parse("team/cat"))
    assert index.numbers == (1, 2)


def test_a_version_that_is_not_there_is_named_with_what_is(root):
    with pytest.raises(UnknownNameError, match="the last versions are 1, 2"):
        root.refs.resolve(Reference.parse("team/cat:3"))
    with pytest.raises(UnknownNameError, match="no model dog"):
        root.refs.resolve(Reference.parse("dog"))
    with pytest.raises(UnknownNameError, match="team/cat:prod"):
        root.refs.resolve(Reference.parse("team/cat:prod"))


def test_an_alias_moves_only_from_what_it_is_expected_to_name(root):
    model, move = ModelName.parse("team/cat"), root.refs.move_alias
    assert move(model, "prod", 1, expected=None, check=True) is None
    with pytest.raises(ConflictError, match="names version 1, not version 2"):
        move(model, "prod", 2, expected=2, check=True)
    assert move(model, "prod", 2, expected=1, check=True) == 1
    assert move(model, "prod", None) == 2
    assert root.refs.aliases(model) == {}
    moves = [event for event in history(root, model) if event.kind == "alias"]
    assert [(move.version, move.before) for move in moves] == [(None, 2), (2, 1), (1, None)]


def test_an_alias_of_a_version_that_is_not_there_is_refused(root):
    with pytest.raises(UnknownNameError):
        root.refs.move_alias(ModelName.parse("team/cat"), "prod", 9)


def test_an_alias_is_taken_back_from_a_version_that_is_deleted_in_the_same_moment(root):
    model = ModelName.parse("team/cat")
    refs, create = root.refs, root.backend.create

    def bury_first(key, content):
        if "/aliases/prod/" in key and not refs.index(model).deleted:
            refs.bury(model, 2)
        return create(key, content)

    root.backend.create = bury_first
    with pytest.raises(UnknownNameError, match="deleted"):
        refs.move_alias(model, "prod", 2)
    assert refs.aliases(model) == {}
