"""Every status of the store's errors is one that somebody meets, and says what to do next."""

import json
import os
import pickle
import threading
from pathlib import Path

import pytest
from unit.cli.model_folders import STORE, model, model_folder, new_store, pushed, store
from unit.cli.running import podplanner

from podplanner.errors import ALL_ERRORS, StoreError
from podplanner.store.lease import find_leases
from podplanner.store.locate import open_backend, parse_address

TRIED: dict[str, str] = {}
"""Code -> the test that meets it."""


def meets(code):
    """Say which code a test meets."""

    def mark(test):
        TRIED[code] = test.__name__
        return test

    return mark


def refused(done, code):
    error = done.json["error"]
    assert error["code"] == code, error
    assert error["hint"], error
    (status,) = {each.exit_code for each in ALL_ERRORS if each.code == code}
    assert done.status == status


@pytest.fixture(autouse=True)
def _store():
    new_store()


def largest() -> Path:
    return max(STORE.glob("objects/*/*"), key=lambda path: path.stat().st_size)


@meets("no-store")
def test_no_store_is_named_or_there_is_none():
    refused(podplanner("model", "list", "--json"), "no-store")
    refused(model("list", "--json", store=Path("nowhere")), "no-store")
    Path("empty").mkdir()
    refused(store("stats", "empty", "--json"), "no-store")


@meets("format-version")
def test_a_store_of_a_newer_format_is_refused_by_name():
    policy = json.loads((STORE / "store.json").read_text())
    (STORE / "store.json").chmod(0o644)
    (STORE / "store.json").write_text(json.dumps({**policy, "format": "podplanner/store/2"}))
    done = model("list", "--json")
    refused(done, "format-version")
    assert "podplanner/store/2" in done.json["error"]["message"]
    (STORE / "store.json").write_text(json.dumps({**policy, "requires": ["antigravity"]}))
    done = model("list", "--json")
    refused(done, "format-version")
    assert "antigravity" in done.json["error"]["message"]


@meets("object-missing")
def test_an_object_that_is_lost_is_named():
    pushed()
    largest().unlink()
    refused(model("pull", "team/cat", "out", "--json"), "object-missing")
    assert not list(Path().glob("out/*"))


@meets("object-corrupt")
def test_an_object_that_holds_other_bytes_is_not_handed_out():
    pushed()
    victim = largest()
    victim.chmod(0o644)
    victim.write_bytes(bytes(victim.stat().st_size))
    refused(model("pull", "team/cat", "out", "--json"), "object-corrupt")
    refused(model("cat", "team/cat", "model.safetensors", "--json"), "object-corrupt")


@meets("unsafe")
def test_what_could_do_harm_is_refused():
    folder = model_folder()
    (folder / "run.pkl").write_bytes(pickle.dumps(os.system))
    refused(model("push", folder, "cat", "--json"), "unsafe")
    (folder / "run.pkl").unlink()
    (folder / "nul").write_text("a device on Windows")
    refused(model("push", folder, "cat", "--json"), "unsafe")


@meets("source-changed")
def test_a_source_that_is_written_to_meanwhile_is_refused():
    folder = model_folder()
    over = threading.Event()

    def write_on():
        with (folder / "log.txt").open("ab") as file:
            while not over.is_set():
                file.write(b"x" * 100)
                file.flush()

    writer = threading.Thread(target=write_on)
    writer.start()
    try:
        done = model("push", folder, "cat", "--json")
    finally:
        over.set()
        writer.join()
    refused(done, "source-changed")
    assert model("list", "--json").json["models"] == []


@meets("no-space")
def test_a_disk_without_room_is_said_before_anything_is_written(monkeypatch):
    backend = type(open_backend(parse_address(str(STORE))))
    monkeypatch.setattr(backend, "free_bytes", lambda self: 1000)
    before = sorted(STORE.glob("objects/*"))
    refused(model("push", model_folder(), "cat", "--json"), "no-space")
    assert sorted(STORE.glob("objects/*")) == before


@meets("not-permitted")
def test_where_no_folder_can_be_made_is_told():
    Path("mine").write_text("x")
    refused(store("init", "mine/below", "--json"), "not-permitted")


@meets("signature")
def test_a_version_without_the_signature_that_is_required_is_refused():
    pushed()
    key = Path("team.pub")
    key.write_text("-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n")
    refused(model("pull", "team/cat", "out", "--require-signature", key, "--json"), "signature")
    assert not Path("out").exists()


@meets("lease-lost")
def test_a_push_that_was_taken_for_dead_says_to_run_it_again():
    from podplanner.store import session
    from podplanner.store.fencing import fence
    from podplanner.store.refs import Refs

    inner = session.Session.publish

    def late(self, *words, **named):
        # A collector has taken this push for dead while it slept.
        (lease,) = find_leases(self.backend)
        fence(self.backend, Refs(self.backend), lease)
        return inner(self, *words, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session.Session, "publish", late)
        refused(model("push", model_folder(), "cat", "--json"), "lease-lost")
    assert model("push", model_folder(), "cat", "--json").json["created"] is True


@meets("unavailable")
def test_a_store_that_goes_away_in_the_middle_is_said():
    pushed()
    backend = type(open_backend(parse_address(str(STORE))))
    inner = backend.put

    def put(self, key, parts):
        if key.startswith("objects/") and STORE.exists():
            STORE.rename("elsewhere")
        return inner(self, key, parts)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backend, "put", put)
        refused(model("push", model_folder(seed=2), "cat", "--json"), "unavailable")
    Path("elsewhere").rename(STORE)
    assert model("push", model_folder(seed=2), "cat", "--json").json["created"] is True


def test_every_error_of_the_store_is_tried():
    codes = {error.code for error in ALL_ERRORS if issubclass(error, StoreError)}
    # `store` is the family; a lost reply shares the status of a place that does not answer.
    assert set(TRIED) == codes - {"store", "outcome-unknown"}
