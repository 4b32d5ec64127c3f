"""How many requests a push and a pull make: every one is a wait where the bucket is far away."""

import itertools
import random
import time

import pytest
from conformance.registry import bucket_backend
from support.engines.faults import Refuse, Strip, StripAnswer, of
from support.engines.proxy import FaultProxy
from support.stores import safetensors

from podplanner.errors import BackendUnavailableError, ConflictError
from podplanner.store.backends.retrying import RetryingBackend
from podplanner.store.root import make_root
from podplanner.store.store import Store

MIB = 2**20
PIECES = 24


@pytest.fixture
def proxy(seaweedfs):
    with FaultProxy(seaweedfs.endpoint) as proxy:
        yield proxy


@pytest.fixture
def store(seaweedfs, proxy, tmp_path) -> Store:
    """A store that is reached through the proxy."""
    backend = bucket_backend(seaweedfs, prefix=tmp_path.name.replace("_", "-"),
                             endpoint=proxy.endpoint)  # fmt: skip
    return Store(make_root(RetryingBackend(backend)))


def write(folder, changed: int = 0):
    """Write files of 1 MiB each, of which some are others each time."""
    folder.mkdir(exist_ok=True)
    for number in range(PIECES):
        seed = f"{number} {changed if number < changed else 0}"
        (folder / f"{number:02}.bin").write_bytes(random.Random(seed).randbytes(MIB))
    return folder


def object_requests(proxy: FaultProxy, method: str) -> int:
    return sum(
        seen.request.method == method and "/objects/" in seen.request.path for seen in proxy.seen
    )


def test_an_unchanged_push_asks_for_no_object(store, proxy, tmp_path):
    model = write(tmp_path / "model")
    # Files are remembered by their times only when they cannot change within the same tick.
    time.sleep(2.1)
    store.push(model, "team/cat")
    proxy.forget()
    assert not store.push(model, "team/cat").created
    assert not any("/objects/" in seen.request.path for seen in proxy.seen)
    assert len(proxy.seen) <= 12, proxy.counts()


def test_an_unchanged_push_of_files_that_must_be_read_again_asks_for_no_object(
    store, proxy, tmp_path
):
    model = write(tmp_path / "model")
    store.push(model, "team/cat")
    proxy.forget()
    assert not store.push(model, "team/cat", rehash=True).created
    assert not any("/objects/" in seen.request.path for seen in proxy.seen)
    assert len(proxy.seen) <= 32, proxy.counts()


def test_a_second_version_sends_what_is_new_and_asks_for_nothing_else(store, proxy, tmp_path):
    store.push(write(tmp_path / "model"), "team/cat")
    proxy.forget()
    pushed = store.push(write(tmp_path / "model", changed=2), "team/cat")
    assert pushed.created
    assert pushed.new_bytes == 2 * MIB
    assert proxy.sent("PUT") < 2.2 * MIB
    assert object_requests(proxy, "GET") == 0
    assert object_requests(proxy, "HEAD") <= object_requests(proxy, "PUT") <= 10


def test_a_pull_reads_each_byte_once(store, proxy, tmp_path):
    store.push(write(tmp_path / "model"), "team/cat")
    proxy.forget()
    store.pull("team/cat", tmp_path / "pulled")
    assert PIECES * MIB <= proxy.received() < 1.02 * PIECES * MIB


def test_many_small_files_are_few_requests(store, proxy, tmp_path):
    folder = tmp_path / "small"
    folder.mkdir()
    for number in range(500):
        (folder / f"{number}.json").write_bytes(random.Random(number).randbytes(2000))
    proxy.forget()
    store.push(folder, "team/small")
    assert len(proxy.seen) < 40, proxy.counts()
    proxy.forget()
    store.pull("team/small", tmp_path / "pulled")
    assert len(proxy.seen) < 20, proxy.counts()


def test_a_push_refuses_an_engine_that_makes_what_is_there(store, proxy, tmp_path):
    model = write(tmp_path / "model")
    proxy.add(Strip("if-none-match"), of("PUT"))
    with pytest.raises(ConflictError, match="overwrite each other"):
        store.push(model, "team/cat")
    assert store.models() == []
    assert list(store.root.backend.keys("leases/")) == []


def test_one_writer_at_a_time_may_use_such_an_engine(seaweedfs, proxy, tmp_path):
    proxy.add(Strip("if-none-match"), of("PUT"))
    backend = bucket_backend(seaweedfs, prefix="single-writer", endpoint=proxy.endpoint)
    store = Store(make_root(backend, single_writer=True))
    assert store.push(write(tmp_path / "model"), "team/cat").version == 1
    assert store.push(write(tmp_path / "model", changed=1), "team/cat").version == 2
    store.pull("team/cat", tmp_path / "pulled")


def test_a_push_that_broke_off_sends_only_the_rest(seaweedfs, proxy, tmp_path):
    address = {"prefix": "broken-off", "endpoint": proxy.endpoint}
    impatient = RetryingBackend(bucket_backend(seaweedfs, **address), tries=1)
    store = Store(make_root(impatient))
    objects = of("PUT", "/objects/")
    seen = itertools.count()
    proxy.add(Refuse(503, "SlowDown"), lambda one: objects(one) and next(seen) >= 1)
    with pytest.raises(BackendUnavailableError):
        store.push(write(tmp_path / "model"), "team/cat")
    assert store.models() == []
    proxy.clear()
    proxy.forget()
    assert store.push(tmp_path / "model", "team/cat").created
    # One bundle of about 8 MiB was stored before.
    assert proxy.sent("PUT") <= (PIECES - 7) * MIB
    store.pull("team/cat", tmp_path / "pulled")


def test_a_first_push_does_not_look_for_every_object(store, proxy, tmp_path):
    count, size = 80, 600_000
    tensors = {
        f"layer.{number}": ("U8", (size,), random.Random(number).randbytes(size))
        for number in range(count)
    }
    (tmp_path / "model").mkdir()
    (tmp_path / "model/weights.safetensors").write_bytes(safetensors(tensors))
    proxy.forget()
    store.push(tmp_path / "model", "team/tensors")
    assert object_requests(proxy, "PUT") > count
    assert object_requests(proxy, "HEAD") < count / 2
    proxy.forget()
    # Under another name: what is there is found by its key, or by the cache, and not sent again.
    store.push(tmp_path / "model", "team/other")
    assert proxy.sent("PUT") < size


def test_an_engine_that_tells_no_time_is_no_clock(seaweedfs, proxy):
    proxy.add(StripAnswer("date"))
    with pytest.raises(BackendUnavailableError, match="no date"):
        bucket_backend(seaweedfs, endpoint=proxy.endpoint).now()
