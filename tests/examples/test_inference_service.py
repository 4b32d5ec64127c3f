"""The service of the examples: it follows its alias, and no request falls into a gap."""

import json
import re
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from support.saved import make_store

from podplanner.models import load, save

SCRIPT = Path(__file__).resolve().parents[2] / "examples" / "inference_service.py"
MODEL = "examples/service"
INPUT = [1.0, -2.0, 0.5, 3.0]
PATIENCE_S = 60


def train(store):
    done = subprocess.run(
        [sys.executable, SCRIPT, "train", store], capture_output=True, text=True, check=True
    )
    return re.search(r"digest ([0-9a-f]{64})", done.stdout)[1]


def ask(address, path="/infer", inputs=INPUT):
    body = None if path == "/health" else json.dumps(inputs).encode()
    with urllib.request.urlopen(f"{address}{path}", body, timeout=30) as answer:
        return json.load(answer)


@pytest.fixture
def service(tmp_path):
    """A service, its address and its store; the first version is there."""
    store = make_store(tmp_path / "store")
    train(store.address)
    with subprocess.Popen(
        [sys.executable, SCRIPT, "serve", store.address, "0"], stdout=subprocess.PIPE, text=True
    ) as process:
        address = process.stdout.readline().split()[0]
        yield address, store
        process.terminate()


class Asking(threading.Thread):
    """Asks without a break, and keeps every answer."""

    def __init__(self, address):
        super().__init__()
        self.answers, self.errors, self.address, self.stop = [], [], address, False

    def run(self):
        while not self.stop:
            try:
                self.answers.append(ask(self.address))
            except OSError as error:
                self.errors.append(error)


def wait_for(address, reference):
    end = time.monotonic() + PATIENCE_S
    while (health := ask(address, "/health"))["model"] != reference:
        assert time.monotonic() < end, health
        time.sleep(0.1)
    return health


def test_a_new_version_takes_over_without_a_failed_request(service):
    address, store = service
    asking = Asking(address)
    asking.start()
    try:
        second = train(store.address)
        assert wait_for(address, f"{MODEL}:2")["digest"] == second
        seen = len(asking.answers)
        while len(asking.answers) < seen + 20:
            time.sleep(0.01)
    finally:
        asking.stop = True
        asking.join()
    assert not asking.errors
    order = [answer["model"] for answer in asking.answers]
    assert order == sorted(order)
    assert set(order) == {f"{MODEL}:1", f"{MODEL}:2"}
    for reference in sorted(set(order)):
        # Every answer is that of the version that it names, to the last bit.
        expected = (np.asarray(INPUT) @ load(reference, store=store)["weights"]).tolist()
        answers = [one["output"] for one in asking.answers if one["model"] == reference]
        assert answers
        assert all(output == expected for output in answers)


def test_a_version_that_cannot_answer_never_gets_a_request(service):
    address, store = service
    save({"weights": np.zeros((7, 7))}, MODEL, store=store, alias="prod")
    end = time.monotonic() + PATIENCE_S
    while (health := ask(address, "/health"))["trouble"] is None:
        assert time.monotonic() < end
        time.sleep(0.1)
    assert health["model"] == f"{MODEL}:1"
    assert "mismatch" in health["trouble"]
    assert ask(address)["model"] == f"{MODEL}:1"


@pytest.mark.parametrize("inputs", [[1, 2], "cat", None, {"a": 1}, [1, 2, 3, "x"]])
def test_a_bad_request_is_told_so_and_the_service_goes_on(shared_service, inputs):
    with pytest.raises(urllib.error.HTTPError) as caught:
        ask(shared_service, inputs=inputs)
    with caught.value as told:
        assert told.code == 400
    assert len(ask(shared_service)["output"]) == 3


@pytest.fixture(scope="module")
def shared_service(tmp_path_factory):
    store = make_store(tmp_path_factory.mktemp("served") / "store")
    train(store.address)
    with subprocess.Popen(
        [sys.executable, SCRIPT, "serve", store.address, "0"], stdout=subprocess.PIPE, text=True
    ) as process:
        yield process.stdout.readline().split()[0]
        process.terminate()
