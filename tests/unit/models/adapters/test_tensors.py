"""Tensors of numpy: saved here, loaded in another process, the same bit for bit."""

import numpy as np
import pytest
from support.saved import elsewhere, flip

from podplanner.errors import FormatError, ObjectCorruptError
from podplanner.models import load, origin, save


def test_arrays_come_back_the_same_in_another_process(store):
    saved = save({"w": np.arange(6, dtype="f4").reshape(2, 3)}, "team/cat", store=store)
    out = elsewhere(
        f"""
from podplanner.models import load, origin
found = load("team/cat", store={store.address!r})
print(found["w"].tolist(), found["w"].dtype, found["w"].flags.writeable, origin(found).digest)
"""
    )
    assert out == f"[[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]] float32 False {saved.manifest}\n"


def test_flipped_bits_are_noticed(store, tmp_path):
    save({"w": np.arange(600_000, dtype="f4")}, "cat", store=store)
    assert flip(tmp_path / "store")
    with pytest.raises(ObjectCorruptError):
        load("cat", store=store)


def test_every_type_and_layout_comes_back(store):
    import ml_dtypes

    model = {
        "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "big": np.arange(4, dtype=">i4"),
        "scalar": np.array(3, "f2"),
        "empty": np.zeros((0, 3), "u1"),
        "flags": np.array([True, False]),
        "brain": np.arange(3).astype(ml_dtypes.bfloat16),
    }
    save(model, "cat", store=store)
    found = load("cat", store=store, trainable=True)
    for name, array in model.items():
        assert found[name].dtype == array.dtype.newbyteorder("<")
        assert np.array_equal(found[name], array)
    assert found["big"].flags.writeable
    assert origin(found).reference == "cat:1"


def test_what_has_no_type_there_is_refused(store):
    with pytest.raises(FormatError, match="words has the type <U3"):
        save({"words": np.array(["abc"])}, "cat", store=store)
