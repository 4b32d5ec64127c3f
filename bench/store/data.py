"""Make the models that the store is measured with: two shards in bf16, and what becomes of them."""

import json
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

HIDDEN, INNER, LAYERS, VOCABULARY, KEYS = 2048, 5632, 22, 32_000, 256
# The shape of TinyLlama-1.1B, whose weights take 2.05 GiB in bf16.
# Source: huggingface.co/TinyLlama/TinyLlama-1.1B-Chat-v1.0, config.json.
SEED = 20_261_124


@dataclass(frozen=True, slots=True)
class Tensor:
    """A tensor that is made when it is written: its numbers come from its own seed."""

    name: str
    shape: tuple[int, ...]
    scale: float
    seed: int
    extra_rows: int = 0
    """Rows that were appended later, with numbers of their own."""

    @property
    def rows(self) -> int:
        return self.shape[0] + self.extra_rows

    @property
    def nbytes(self) -> int:
        return 2 * self.rows * int(np.prod(self.shape[1:], dtype=np.int64))

    @property
    def full_shape(self) -> list[int]:
        return [self.rows, *self.shape[1:]]

    def content(self) -> bytes:
        first = _bf16(self.shape, self.scale, self.seed)
        if not self.extra_rows:
            return first
        return first + _bf16((self.extra_rows, *self.shape[1:]), self.scale, self.seed + 1)


def _bf16(shape: tuple[int, ...], scale: float, seed: int) -> bytes:
    """Return numbers as trained weights are spread: normal, each row with a scale of its own."""
    rng = np.random.default_rng((SEED, seed))
    numbers = rng.standard_normal(shape, dtype=np.float32) * np.float32(scale)
    if len(shape) > 1:
        numbers *= np.exp(0.3 * rng.standard_normal((shape[0], 1), dtype=np.float32))
    return (numbers.view(np.uint32) >> 16).astype("<u2").tobytes()


def tensors(layers: int = LAYERS) -> list[Tensor]:
    """Return the tensors of the model, in the order of its shards."""
    found = [Tensor("model.embed_tokens.weight", (VOCABULARY, HIDDEN), 0.02, 1)]
    for layer in range(layers):
        shapes = {
            "input_layernorm": (HIDDEN,),
            "mlp.down_proj": (HIDDEN, INNER),
            "mlp.gate_proj": (INNER, HIDDEN),
            "mlp.up_proj": (INNER, HIDDEN),
            "post_attention_layernorm": (HIDDEN,),
            "self_attn.k_proj": (KEYS, HIDDEN),
            "self_attn.o_proj": (HIDDEN, HIDDEN),
            "self_attn.q_proj": (HIDDEN, HIDDEN),
            "self_attn.v_proj": (KEYS, HIDDEN),
        }
        for number, (name, shape) in enumerate(shapes.items()):
            full = f"model.layers.{layer}.{name}.weight"
            found.append(Tensor(full, shape, 0.02, 100 * (layer + 1) + 3 * number))
    found.append(Tensor("model.norm.weight", (HIDDEN,), 1.0, 50))
    found.append(Tensor("lm_head.weight", (VOCABULARY, HIDDEN), 0.02, 3))
    return found


def write_shard(path: Path, members: list[Tensor], metadata: dict[str, str]) -> None:
    """Write one safetensors file."""
    head: dict[str, object] = {"__metadata__": metadata}
    at = 0
    for one in members:
        head[one.name] = {
            "dtype": "BF16",
            "shape": one.full_shape,
            "data_offsets": [at, at + one.nbytes],
        }
        at += one.nbytes
    header = json.dumps(head, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(header)))
        file.write(header)
        for one in members:
            file.write(one.content())


def shards_of(members: list[Tensor], count: int) -> Iterator[list[Tensor]]:
    """Yield the members in `count` shards of about one size, in their order."""
    total = sum(one.nbytes for one in members)
    shard: list[Tensor] = []
    done = 0
    left = count
    for one in members:
        shard.append(one)
        done += one.nbytes
        if left > 1 and done >= total * (count - left + 1) / count:
            yield shard
            shard, left = [], left - 1
    yield shard


def write_model(
    folder: Path, members: list[Tensor], *, shards: int = 2, step: str = "1000"
) -> Path:
    """Write a model as training leaves it: shards, index, configuration, tokenizer."""
    if folder.is_dir():
        return folder
    making = folder.with_name(f"{folder.name}.making")
    making.mkdir(parents=True)
    index = {}
    for number, shard in enumerate(shards_of(members, shards), 1):
        name = f"model-{number:05d}-of-{shards:05d}.safetensors"
        write_shard(making / name, shard, {"format": "pt", "step": step})
        index.update({one.name: name for one in shard})
    total = sum(one.nbytes for one in members)
    (making / "model.safetensors.index.json").write_text(
        json.dumps({"metadata": {"total_size": total}, "weight_map": index}, indent=2)
    )
    config = {"hidden_size": HIDDEN, "intermediate_size": INNER, "vocab_size": members[0].rows}
    (making / "config.json").write_text(json.dumps(config))
    words = {f"word{number}": number for number in range(VOCABULARY)}
    (making / "tokenizer.json").write_text(json.dumps({"model": {"vocab": words}}))
    making.rename(folder)
    return folder


@dataclass(frozen=True, slots=True)
class Variant:
    """What became of the model, and how many bytes of it are new by their nature."""

    name: str
    folder: Path
    changed_bytes: int
    """Of the tensors that changed or came in addition."""


def write_variants(folder: Path) -> Iterator[Variant]:
    """Write and yield the variants one by one."""
    base = tensors()
    chosen = [n for n in range(len(base)) if n % 10 == 3]
    changed = list(base)
    for number in chosen:
        one = base[number]
        changed[number] = Tensor(one.name, one.shape, one.scale, one.seed + 50_000)
    yield Variant(
        "10 % of tensors changed",
        write_model(folder / "changed", changed),
        sum(base[number].nbytes for number in chosen),
    )
    yield Variant("header edited", write_model(folder / "edited", base, step="1001 more words"), 0)
    yield Variant("2 shards become 3", write_model(folder / "resharded", base, shards=3), 0)
    inserted = list(base)
    new = [
        Tensor(f"model.layers.{layer}.adapter.weight", (64, HIDDEN), 0.02, 70_000 + layer)
        for layer in (2, 9, 15)
    ]
    for place, one in zip((20, 90, 150), new, strict=True):
        inserted.insert(place, one)
    yield Variant(
        "tensors inserted",
        write_model(folder / "inserted", inserted),
        sum(one.nbytes for one in new),
    )
    grown = [
        Tensor(one.name, one.shape, one.scale, one.seed, extra_rows=1)
        if one.shape == (VOCABULARY, HIDDEN)
        else one
        for one in base
    ]
    yield Variant("vocabulary + 1 row", write_model(folder / "vocabulary", grown), 2 * 2 * HIDDEN)


def write_base(folder: Path) -> Path:
    """Write the model from which the variants come, in a process of its own, and return it."""
    _in_a_process(folder, "base")
    return folder / "base"


def variants(folder: Path) -> list[Variant]:
    """Write the variants, in a process of its own, and return them."""
    found = json.loads(_in_a_process(folder, "variants"))
    return [Variant(name, Path(place), changed) for name, place, changed in found]


def _in_a_process(folder: Path, what: str) -> str:
    """Make models where their memory does not count as that of what is measured.

    Linux takes the memory of the process that starts another for the other's highest.
    """
    words = [sys.executable, __file__, str(folder), what]
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout


def size_of(folder: Path) -> int:
    """Return the bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


if __name__ == "__main__":
    place = Path(sys.argv[1])
    if sys.argv[2] == "base":
        write_model(place / "base", tensors())
    else:
        made = [(one.name, str(one.folder), one.changed_bytes) for one in write_variants(place)]
        print(json.dumps(made))
