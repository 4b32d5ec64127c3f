"""Files that safetensors and GGUF's own packages write are understood; they read what is made."""

import warnings

import gguf
import numpy as np
import safetensors.numpy
from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType
from support.cuts import understood
from support.model_files import gguf_file, quantised, safetensors_file, weight

from podplanner.store.cutting.ggml import BLOCKS

RANDOM = np.random.default_rng(1)
ARRAYS = {
    "embed.weight": RANDOM.random((500, 64), "f4"),
    "norm": RANDOM.random(64).astype("f2"),
    "ids": np.arange(20),
    "none": np.zeros((0, 4), "f4"),
}


def listed(content: bytes) -> dict[str, tuple[str, tuple[int, ...], bytes]]:
    tensors = understood(content).tensors
    columns = zip(
        tensors.names,
        tensors.dtypes,
        tensors.shapes,
        tensors.offsets,
        tensors.lengths,
        strict=True,
    )
    return {name: (t, shape, content[at : at + length]) for name, t, shape, at, length in columns}


def test_what_safetensors_writes_is_understood():
    words = {"float32": "F32", "float16": "F16", "int64": "I64"}
    content = safetensors.numpy.save(ARRAYS, {"format": "np"})
    assert listed(content) == {
        name: (words[array.dtype.name], array.shape, array.tobytes())
        for name, array in ARRAYS.items()
    }


def test_safetensors_reads_what_is_made_for_the_other_tests():
    made = [weight("a", (300, 20), seed=1, dtype="F32"), weight("b", (7,), seed=2, dtype="I64")]
    loaded = safetensors.numpy.load(safetensors_file(made, {"format": "np"}))
    assert {name: array.tobytes() for name, array in loaded.items()} == {
        one.name: one.content for one in made
    }


def test_what_gguf_writes_is_understood(tmp_path):
    path = tmp_path / "model.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_token_list([f"token{n}" for n in range(40_000)])
    writer.add_token_scores([0.5] * 40_000)
    writer.add_custom_alignment(64)
    q8 = RANDOM.integers(0, 256, (32, 2 * 34), "u1")
    writer.add_tensor("token_embd.weight", ARRAYS["embed.weight"])
    writer.add_tensor("q8", q8, raw_dtype=GGMLQuantizationType.Q8_0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    assert listed(path.read_bytes()) == {
        "token_embd.weight": ("F32", (500, 64), ARRAYS["embed.weight"].tobytes()),
        "q8": ("GGML:Q8_0", (32, 64), q8.tobytes()),
    }


def test_gguf_reads_what_is_made_for_the_other_tests(tmp_path):
    made = [
        quantised("a", (30, 512), seed=1, dtype="GGML:Q4_K"),
        weight("b", (7, 3), seed=2, dtype="F32"),
    ]
    path = tmp_path / "made.gguf"
    path.write_bytes(gguf_file(made, {"tokens": ["a", "b"]}, alignment=128))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = gguf.GGUFReader(path).tensors
    assert [(one.name, one.data.tobytes()) for one in found] == [
        (one.name, one.content) for one in made
    ]


def test_types_of_ggml_are_as_its_package_has_them():
    # It may have more than are known here; of those only where a tensor begins is known.
    theirs = {int(kind): (kind.name, *sizes) for kind, sizes in GGML_QUANT_SIZES.items()}
    ours = {
        number: (block.dtype.removeprefix("GGML:"), block.elements, block.bytes)
        for number, block in BLOCKS.items()
    }
    assert ours.items() <= theirs.items()
    assert len(ours) > 30
