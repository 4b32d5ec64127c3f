"""Write a small model as training would leave it, to try the store with.

Usage: python small_model.py DIR [--tuned]

Nothing but Python is needed. DIR gets one safetensors file of 16 MB with 12 tensors, a
configuration and a vocabulary. With `--tuned` two of the tensors, and the number of steps, are
other ones: what a short fine-tune of the last layers changes.
"""

import json
import random
import struct
import sys
from pathlib import Path

WIDTH, LAYERS, WORDS = 512, 5, 4000


def tensors(*, tuned: bool) -> dict[str, tuple[list[int], bytes]]:
    """Return name -> shape and bytes of bf16 numbers; the same ones each time."""
    shapes = {"embedding.weight": [WORDS, WIDTH]}
    for layer in range(LAYERS):
        shapes[f"layers.{layer}.attention.weight"] = [WIDTH, WIDTH]
        shapes[f"layers.{layer}.mlp.weight"] = [2 * WIDTH, WIDTH]
    shapes["head.weight"] = [WORDS, WIDTH]
    found = {}
    for number, (name, shape) in enumerate(shapes.items()):
        changed = tuned and name.startswith(f"layers.{LAYERS - 1}.")
        seed = number + (1000 if changed else 0)
        found[name] = (shape, numbers(shape[0] * shape[1], seed))
    return found


def numbers(count: int, seed: int) -> bytes:
    """Return bf16 numbers around zero: random signs and fractions, exponents near 2**-6."""
    source = random.Random(seed)
    block = b"".join(
        struct.pack("<H", source.getrandbits(1) << 15 | source.randint(118, 122) << 7 | low)
        for low in [source.getrandbits(7) for _ in range(WIDTH * 8)]
    )
    rows = -(-count * 2 // len(block))
    shifts = [source.randrange(0, len(block), 2) for _ in range(rows)]
    return b"".join(block[shift:] + block[:shift] for shift in shifts)[: 2 * count]


def main() -> None:
    """Write the model."""
    folder, tuned = Path(sys.argv[1]), "--tuned" in sys.argv[2:]
    folder.mkdir(parents=True, exist_ok=True)
    head: dict[str, object] = {}
    at = 0
    members = tensors(tuned=tuned)
    for name, (shape, content) in members.items():
        head[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [at, at + len(content)]}
        at += len(content)
    header = json.dumps(head).encode()
    header += b" " * (-len(header) % 8)
    with (folder / "model.safetensors").open("wb") as file:
        file.write(struct.pack("<Q", len(header)) + header)
        for _, content in members.values():
            file.write(content)
    config = {"hidden_size": WIDTH, "layers": LAYERS, "steps": 1200 if tuned else 1000}
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    (folder / "vocabulary.txt").write_text("".join(f"word{n}\n" for n in range(WORDS)))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main()
