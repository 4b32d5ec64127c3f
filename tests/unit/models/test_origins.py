"""Origins: which version a model is, for as long as it lives, and of no other object."""

import copy
import gc
import threading

import numpy as np
import pytest

from podplanner.errors import UnknownNameError
from podplanner.models import load, origin, save
from podplanner.models.origins import Origin, origin_if_known, remember


class Model:
    """Anything that can be referred to weakly; equal to all others, and not to be hashed."""

    __hash__ = None

    def __eq__(self, other):
        return True


def where(number):
    return Origin("/store", "cat", number, "ab" * 32, {"license": "mit"})


def test_each_object_has_its_own_although_they_are_equal():
    first, second = Model(), Model()
    remember(first, where(1))
    assert origin(first).reference == "cat:1"
    assert origin_if_known(second) is None
    with pytest.raises(UnknownNameError, match="this Model was not loaded from a store") as raised:
        origin(second)
    assert "load" in raised.value.hint


def test_a_new_object_in_the_place_of_one_that_died_has_none():
    for _ in range(2000):
        model = Model()
        assert origin_if_known(model) is None
        remember(model, where(1))
        del model
    gc.collect()


def test_what_is_loaded_into_the_same_object_again_is_the_last():
    model = Model()
    remember(model, where(1))
    remember(model, where(2))
    assert origin(model).version == 2
    del model
    gc.collect()


def test_a_copy_is_not_what_was_loaded(store):
    save({"w": np.zeros(2)}, "cat", store=store)
    model = load("cat", store=store)
    assert origin_if_known(copy.deepcopy(model)) is None
    assert origin(model).store == store.address


def test_what_cannot_be_referred_to_weakly_is_a_mistake_of_the_adapter():
    with pytest.raises(TypeError):
        remember({}, where(1))


def test_metadata_is_there_and_is_no_part_of_what_is_compared(store):
    save({"w": np.zeros(2)}, "cat", store=store, metrics={"accuracy": 0.5})
    found = origin(load("cat", store=store))
    assert found.metadata["metrics"] == {"accuracy": {"decimal": "0.5"}}
    assert found == Origin(store.address, "cat", 1, found.digest)
    assert "accuracy" not in repr(found)


def test_threads_remember_at_once():
    wrong = []

    def work(number):
        for _ in range(500):
            model = Model()
            remember(model, where(number))
            if origin(model).version != number:
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
