"""The models that are pushed: one, the same with a tenth of its tensors changed, and small files.

Usage: python models.py FOLDER LAYERS
"""

import json
import random
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
FULL_LAYERS = 22
"""As many as the model has whose shape is taken: 2.05 GiB."""
SMALL_FILES = 2_000
_SMALL_MOST = 32_768
# Bytes; half of it on average, as of configuration, tokenizers and adapters.


@dataclass(frozen=True, slots=True)
class Models:
    """Folders of files."""

    first: Path
    second: Path
    """The first, a tenth of its tensors changed."""
    small: Path
    """Many small files."""

    @property
    def first_bytes(self) -> int:
        return sum(path.stat().st_size for path in self.first.rglob("*") if path.is_file())


def made_models(folder: Path, layers: int = FULL_LAYERS) -> Models:
    """Make what is not there, in a process of its own so that its memory does not count as ours."""
    words = [sys.executable, __file__, str(folder), str(layers)]
    done = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True)
    return Models(*map(Path, json.loads(done.stdout)))


def _write(folder: Path, layers: int) -> list[str]:
    sys.path.insert(0, str(HERE.parent / "store"))
    from data import Tensor, tensors, write_model

    ending = "" if layers == FULL_LAYERS else f"-{layers}"
    base = tensors(layers)
    changed = [
        Tensor(one.name, one.shape, one.scale, one.seed + 50_000) if number % 10 == 3 else one
        for number, one in enumerate(base)
    ]
    return [
        str(write_model(folder / f"base{ending}", base)),
        str(write_model(folder / f"changed{ending}", changed)),
        str(_write_small(folder / "small-files")),
    ]


def _write_small(folder: Path) -> Path:
    if folder.is_dir():
        return folder
    making = folder.with_name(f"{folder.name}.making")
    rng = random.Random(20_261_124)
    for number in range(SMALL_FILES):
        path = making / f"part-{number % 20:02d}" / f"file-{number:04d}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(rng.randbytes(rng.randrange(1, _SMALL_MOST)))
    making.rename(folder)
    return folder


if __name__ == "__main__":
    print(json.dumps(_write(Path(sys.argv[1]), int(sys.argv[2]))))
