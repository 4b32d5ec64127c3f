"""A service that follows an alias: no gap, no mixture, no wrong version."""

import gc
import threading
import time
import weakref

import numpy as np
import pytest
from support.remote import RemoteMemory
from support.saved import flip, make_store

from podplanner.errors import (
    BackendUnavailableError,
    ObjectCorruptError,
    SignatureError,
    UnknownNameError,
    WrongUsageError,
)
from podplanner.models import follow, save
from podplanner.store import Store, open_store
from podplanner.store.root import make_root

SOON = 0.01
# Seconds between two looks in these tests.


def version(store, number, *, size=4, **options):
    return save({"w": np.full(size, number, "f4")}, "team/cat", store=store, **options)


def until(true):
    for _ in range(1000):
        if true():
            return
        time.sleep(0.01)
    pytest.fail("it never came true")


def number(model):
    return int(model["w"][0])


@pytest.fixture
def following(store):
    """Follows `prod`, which names the first of two versions."""
    version(store, 1, alias="prod")
    version(store, 2)
    with follow("team/cat:prod", store=store, every_s=SOON) as found:
        yield found


def test_the_version_that_the_alias_names_serves_and_then_the_next(store, following):
    assert (number(following.model), following.origin.reference) == (1, "team/cat:1")
    store.alias("team/cat:2", "prod")
    until(lambda: number(following.model) == 2)
    assert following.origin.reference == "team/cat:2"
    store.alias("team/cat:1", "prod")
    until(lambda: number(following.model) == 1)
    assert following.trouble is None


def test_the_latest_can_be_followed(store):
    version(store, 1)
    with follow("team/cat", store=store.address, every_s=SOON) as following:
        version(store, 2)
        until(lambda: number(following.model) == 2)
        store.delete("team/cat:2")
        until(lambda: number(following.model) == 1)


def test_a_request_has_one_version_for_its_whole_length(store, following):
    with following.using() as (model, where):
        store.alias("team/cat:2", "prod")
        until(lambda: following.origin.version == 2)
        assert (number(model), where.version) == (1, 1)
    with following.using() as (model, where):
        assert (number(model), where.version) == (2, 2)


def test_requests_never_see_a_mixture_and_never_none(store, following):
    wrong, asked, end = [], [], threading.Event()

    def ask():
        while not end.is_set():
            with following.using() as (model, where):
                asked.append(1)
                if not (model["w"] == where.version).all():
                    wrong.append(where)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for named in (2, 1, 2, 1, 2):
        store.alias(f"team/cat:{named}", "prod")
        until(lambda named=named: following.origin.version == named)
    end.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(asked) > 100


def test_the_old_version_goes_when_nobody_uses_it(store, following):
    with following.using() as (model, _):
        old = weakref.ref(model)
        store.alias("team/cat:2", "prod")
        until(lambda: following.origin.version == 2)
        assert old() is not None
    del model, _
    gc.collect()
    assert old() is None


def test_a_version_that_does_not_verify_never_serves(store, tmp_path):
    version(store, 1, alias="prod")
    told = []
    with follow("team/cat:prod", store=store, every_s=SOON, on_trouble=told.append) as following:
        version(store, 2, size=100_000)
        flip(tmp_path / "store")
        store.alias("team/cat:2", "prod")
        until(lambda: told)
        assert isinstance(following.trouble, ObjectCorruptError)
        assert number(following.model) == 1
        version(store, 3, size=10, alias="prod")
        until(lambda: following.origin.version == 3)
        until(lambda: following.trouble is None)


def test_a_deleted_alias_keeps_the_old_version_and_says_so(store, following):
    store.remove_alias("team/cat", "prod")
    until(lambda: following.trouble)
    assert isinstance(following.trouble, UnknownNameError)
    assert number(following.model) == 1
    store.alias("team/cat:2", "prod")
    until(lambda: number(following.model) == 2)
    until(lambda: following.trouble is None)


def test_a_store_that_is_away_keeps_the_old_version(store, following, monkeypatch):
    def away(*_):
        raise BackendUnavailableError("the mount does not answer")

    with monkeypatch.context() as broken:
        broken.setattr(store.root.refs, "alias", away)
        until(lambda: following.trouble)
        assert isinstance(following.trouble, BackendUnavailableError)
        assert number(following.model) == 1
    store.alias("team/cat:2", "prod")
    until(lambda: number(following.model) == 2)


def test_the_new_one_is_prepared_before_it_serves_and_refused_when_that_fails(store):
    version(store, 1, alias="prod")
    seen = []

    def prepare(model):
        seen.append((number(model), holder[0].origin.version if holder else None))
        if number(model) == 2:
            raise ZeroDivisionError

    holder = []
    with follow("team/cat:prod", store=store, every_s=SOON, prepare=prepare) as following:
        holder.append(following)
        version(store, 2, alias="prod")
        until(lambda: isinstance(following.trouble, ZeroDivisionError))
        assert following.origin.version == 1
        version(store, 3, alias="prod")
        until(lambda: following.origin.version == 3)
    assert (3, 1) in seen


def test_callbacks_hear_of_swaps_and_cannot_end_the_thread(store):
    version(store, 1, alias="prod")
    swaps = []

    def on_swap(where):
        swaps.append(where.version)
        raise ZeroDivisionError

    def on_trouble(error):
        raise RuntimeError("a callback that fails")

    with follow(
        "team/cat:prod", store=store, every_s=SOON, on_swap=on_swap, on_trouble=on_trouble
    ) as following:
        version(store, 2, alias="prod")
        until(lambda: swaps == [2])
        version(store, 3, alias="prod")
        until(lambda: swaps == [2, 3])
        assert following.origin.version == 3


def test_trouble_makes_it_look_less_often(store, monkeypatch):
    version(store, 1, alias="prod")
    monkeypatch.setattr("podplanner.models.following._LONGEST_WAIT_S", 0.05)
    looks = []
    with follow("team/cat:prod", store=store, every_s=SOON) as following:
        waits = []
        wait = following._end.wait

        def watched(seconds):
            waits.append(seconds)
            return wait(seconds)

        monkeypatch.setattr(following._end, "wait", watched)

        def fail():
            looks.append(1)
            raise BackendUnavailableError("away")

        with monkeypatch.context() as broken:
            broken.setattr(following, "_named", fail)
            until(lambda: len(waits) > 5)
        grown = [seconds for seconds in waits if seconds > SOON]
        assert grown[:3] == [0.02, 0.04, 0.05]
        until(lambda: waits[-1] == SOON)


def test_what_cannot_begin_raises_at_once(store, tmp_path):
    version(store, 1)
    with pytest.raises(UnknownNameError):
        follow("team/cat:prod", store=store)
    with pytest.raises(WrongUsageError, match="always the same version"):
        follow("team/cat:1", store=store)
    with pytest.raises(WrongUsageError, match="while it answers for the old one") as raised:
        follow("team/cat", store=store, into=object())
    assert "factory" in raised.value.hint
    for every_s in (0, -1, float("nan"), float("inf")):
        with pytest.raises(WrongUsageError, match="no time to wait"):
            follow("team/cat", store=store, every_s=every_s)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("follow")]


def test_closing_ends_the_thread_and_the_model_stays(store, following):
    following.close()
    following.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("follow")]
    store.alias("team/cat:2", "prod")
    time.sleep(0.05)
    assert number(following.model) == 1
    assert following.look()
    assert number(following.model) == 2
    assert not following.look()


def test_a_factory_makes_a_module_for_each_version(store):
    torch = pytest.importorskip("torch", reason="needs torch")
    made = []

    def factory():
        made.append(torch.nn.Linear(2, 1))
        return made[-1]

    save(torch.nn.Linear(2, 1), "net", store=store, alias="prod")
    with follow("net:prod", store=store, every_s=SOON, factory=factory) as following:
        first = following.model
        assert not first.training
        before = first.weight.clone()
        save(torch.nn.Linear(2, 1), "net", store=store, alias="prod")
        until(lambda: following.origin.version == 2)
        assert following.model is made[1]
        assert first is made[0]
        assert torch.equal(first.weight, before)
        assert not torch.equal(following.model.weight, before)


def test_an_unsigned_version_is_never_served(store, tmp_path):
    pytest.importorskip("model_signing", reason="needs model-signing")
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    private, public = tmp_path / "private.pem", tmp_path / "public.pem"
    pem = serialization.Encoding.PEM
    private.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    public.write_bytes(
        key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    version(store, 1, alias="prod", sign_with=private)
    with follow("team/cat:prod", store=store, every_s=SOON, require_signature=public) as following:
        version(store, 2, alias="prod")
        until(lambda: following.trouble)
        assert isinstance(following.trouble, SignatureError)
        assert following.origin.version == 1


def test_looking_is_cheap(store, following, tmp_path):
    following.close()
    calls = []
    backend = store.root.backend
    for name in ("get", "keys", "head", "folders", "get_range"):
        real = getattr(backend, name, None)
        if real is not None:
            setattr(
                backend,
                name,
                lambda *args, real=real, name=name, **more: (
                    calls.append(name),
                    real(*args, **more),
                )[1],
            )
    assert not following.look()
    assert sorted(calls) == ["get", "keys"]


def test_a_store_is_opened_for_reading_alone(tmp_path):
    made = make_store(tmp_path / "other")
    version(made, 1, alias="prod")
    with follow("team/cat:prod", store=open_store(made.address, read_only=True)) as following:
        assert number(following.model) == 1


def test_a_bucket_is_followed_alike_and_asked_little():
    backend = RemoteMemory()
    store = Store(make_root(backend))
    version(store, 1, alias="prod")
    version(store, 2)
    with follow("team/cat:prod", store=store, every_s=1000.0) as following:
        store.alias("team/cat:2", "prod")
        assert following.look()
        assert number(following.model) == 2
        backend.total()
        assert not following.look()
        assert backend.total() == 2
