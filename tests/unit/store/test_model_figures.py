"""What a version is, in figures."""

from podplanner.store.manifest import FORMAT, TENSORS_FORMAT, FileEntry, Manifest, TensorList
from podplanner.store.model_figures import summarise
from podplanner.store.pickles import PickleFindings


def listed(**tensors):
    """Return a list of tensors, each given as dtype, shape and bytes."""
    columns = list(zip(*tensors.values(), strict=True)) or [(), (), ()]
    return TensorList(
        format=TENSORS_FORMAT, names=tuple(tensors), dtypes=columns[0], shapes=columns[1],
        lengths=columns[2], offsets=(0,) * len(tensors),
    )  # fmt: skip


def figures(files, tensors, folders=()):
    entries = tuple(
        FileEntry(path=path, size=size, pieces=1, format=form)
        for path, (size, form) in files.items()
    )
    return summarise(Manifest(format=FORMAT, files=entries, folders=folders), tensors)


WEIGHTS = listed(embed=("BF16", (10, 20), 400), norm=("F32", (20,), 80), scale=("F32", (), 4))


def test_parameters_are_counted_by_dtype():
    found = figures(
        {"model.safetensors": (500, "safetensors"), "config.json": (20, None)},
        {"model.safetensors": WEIGHTS}, folders=("empty",),
    )  # fmt: skip
    assert (found.parameters, found.tensors) == (221, 3)
    assert [tuple(row) for row in found.by_dtype] == [("BF16", 1, 200, 400), ("F32", 2, 21, 84)]
    assert [tuple(row) for row in found.formats] == [
        ("safetensors", 1, 500, 3, 221), ("other", 1, 20, 0, 0),
    ]  # fmt: skip
    assert (found.files, found.folders, found.size) == (2, 1, 520)


def test_a_model_in_several_formats_and_precisions_is_counted_once():
    half = listed(embed=("F16", (10, 20), 400))
    found = figures(
        {
            "model.fp16.safetensors": (400, "safetensors"),
            "model.safetensors": (500, "safetensors"),
            "model-q4.gguf": (150, "gguf"),
            "optimizer.npz": (9000, "zip"),
        },
        {
            "model.fp16.safetensors": half,
            "model.safetensors": WEIGHTS,
            "model-q4.gguf": listed(**{"blk.0": ("GGML:Q4_K", (220,), 124)}),
            "optimizer.npz": listed(**{f"m{n}": ("F32", (221,), 884) for n in range(10)}),
        },
    )
    assert found.parameters == 221
    assert {row.format: row.parameters for row in found.formats} == {
        "zip": 2210, "safetensors": 221, "gguf": 220,
    }  # fmt: skip


def test_parts_of_a_pipeline_add_up():
    found = figures(
        {"unet/m.safetensors": (1, "safetensors"), "vae/m.safetensors": (1, "safetensors")},
        {"unet/m.safetensors": WEIGHTS, "vae/m.safetensors": WEIGHTS},
    )
    assert found.parameters == 442


def test_arrays_alone_are_counted_where_nothing_else_is():
    found = figures({"w.npz": (80, "zip")}, {"w.npz": listed(w=("F32", (20,), 80))})
    assert found.parameters == 20


def test_without_tensors_parameters_are_not_known():
    found = figures({"a.txt": (5, None)}, {})
    assert (found.parameters, found.tensors, found.by_dtype) == (None, 0, ())


def test_pickles_are_shown_with_what_is_unsafe_about_them():
    words = PickleFindings(("os.system",), ("cannot be followed: is cut off",)).words
    entries = (
        FileEntry(path="a.pt", size=1, pieces=1, pickle=words),
        FileEntry(path="b.txt", size=1, pieces=1),
        FileEntry(path="c.pkl", size=1, pieces=1, pickle=()),
    )
    found = summarise(Manifest(format=FORMAT, files=entries), {})
    assert set(found.pickles) == {"a.pt", "c.pkl"}
    assert found.pickles["a.pt"].unknown == ("os.system",)
    assert found.pickles["a.pt"].oddities == ("cannot be followed: is cut off",)
    assert found.pickles["c.pkl"].safe
