"""Write arrays of bf16 words as a safetensors file.

Usage: python as_safetensors.py FILE.npz DIR
"""

import sys
from pathlib import Path

import numpy as np
from data import write_shard


class Words:
    """An array of bf16 words, as `write_shard` takes tensors."""

    def __init__(self, name: str, words: np.ndarray) -> None:
        self.name = name
        self.full_shape = list(words.shape)
        self.nbytes = words.nbytes
        self._words = words

    def content(self) -> bytes:
        return self._words.tobytes()


arrays = np.load(sys.argv[1])
folder = Path(sys.argv[2])
folder.mkdir(parents=True, exist_ok=True)
members = [Words(name, arrays[name]) for name in arrays.files if not name.endswith(".f32")]
write_shard(folder / "model.safetensors", members, {"format": "np"})
