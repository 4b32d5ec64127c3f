"""Lists of models on a real engine: what they say, and how many requests they take."""

import pytest
from conformance.registry import bucket_backend
from support.buckets import moved_to
from support.engines.engine import Engine
from support.engines.proxy import FaultProxy
from support.store_writer import push
from support.stores import new_root

from podplanner.store.backends.retrying import RetryingBackend
from podplanner.store.listing import models, show, versions
from podplanner.store.names import ModelName, Reference
from podplanner.store.root import open_root
from podplanner.store.upkeep import delete, undelete

MODELS = 100


@pytest.fixture(scope="module")
def made():
    """Return a store of 100 models with three versions and an alias each."""
    root = new_root()
    for number in range(MODELS):
        name = f"team/m{number:03}"
        for one in range(3):
            push(root, name, {"a": [b"%d %d" % (number, one)]})
        root.refs.move_alias(ModelName.parse(name), "prod", 2)
    return root


@pytest.fixture
def proxy(engine):
    with FaultProxy(engine.endpoint) as proxy:
        yield proxy


def in_bucket(made, engine, proxy, prefix):
    """Return a store in a bucket, seen through a proxy."""
    moved_to(made, bucket_backend(engine, prefix=prefix))
    proxied = Engine("proxied", proxy.endpoint)
    return open_root(RetryingBackend(bucket_backend(proxied, prefix=prefix)))


def asked(proxy, work):
    proxy.forget()
    return work(), dict(proxy.counts())


def test_a_list_takes_two_requests_a_model_and_the_second_one_only_listings(engine, proxy, made):
    root = in_bucket(made, engine, proxy, "list/first")
    found, requests = asked(proxy, lambda: models(root))
    assert [(one.name, one.latest, one.versions, one.aliases) for one in found] == [
        (f"team/m{number:03}", 3, 3, {"prod": 2}) for number in range(MODELS)
    ]
    assert requests == {"GET": 2 * MODELS + 1}
    assert asked(proxy, lambda: models(root)) == (found, {"GET": 1})


def test_a_list_is_right_after_all_that_may_happen_to_a_model(engine, proxy):
    made = new_root()
    for number in range(3):
        for one in range(2):
            push(made, f"m{number}", {"a": [b"%d %d" % (number, one)]})
    root = in_bucket(made, engine, proxy, "list/changing")
    assert [(one.latest, one.aliases) for one in models(root)] == [(2, {})] * 3
    push(root, "m0", {"a": [b"more"]})
    root.refs.move_alias(ModelName.parse("m1"), "prod", 2)
    root.refs.move_alias(ModelName.parse("m1"), "prod", 1)
    delete(root, Reference.parse("m2:2"))
    told = [(one.latest, one.versions, one.aliases) for one in models(root)]
    assert told == [(3, 3, {}), (2, 2, {"prod": 1}), (1, 1, {})]
    undelete(root, Reference.parse("m2:2"))
    assert [one.latest for one in models(root)] == [3, 2, 2]


def test_the_versions_of_a_model_are_read_once(engine, proxy):
    made = new_root()
    for number in range(50):
        push(made, "cat", {"a": [bytes([number])]})
    root = in_bucket(made, engine, proxy, "list/versions")
    cat = ModelName.parse("cat")
    found, requests = asked(proxy, lambda: versions(root, cat))
    assert [one.record.number for one in found] == list(range(50, 0, -1))
    assert requests == {"GET": 1 + 50 + 1}
    assert asked(proxy, lambda: versions(root, cat)) == (found, {"GET": 2})
    shown, requests = asked(proxy, lambda: show(root, Reference.parse("cat")))
    assert shown.record.number == 50
    assert requests["GET"] <= 6
