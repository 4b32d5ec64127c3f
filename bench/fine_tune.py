"""Make versions of one small language model as training makes them, with numpy alone.

Usage: python bench/fine_tune.py DIR

A transformer of 5.2 million weights (4 layers of width 256, a vocabulary of 4,096 words) learns
the standard library's own source for 300 steps; its weights, rounded to bf16, are the parent. It is
then fine-tuned in full on other sources of the library by AdamW with a constant learning rate of
2e-5, and kept after 1, 40 and 400 steps. Gradients are real, by backpropagation. Two usual ways:

- `master`: weights are trained in fp32 and rounded to bf16 when saved (mixed precision);
- `pure`: weights and moments are bf16 themselves and rounded in every step.

The same seed, numpy and processor give the same bytes. DIR gets `parent.npz`, `master-40.npz` ...,
whose arrays are bf16 words in uint16 (`.f32` beside them: fp32 before rounding), made once.
"""

import os
import re
import sys
import sysconfig
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# One thread: the order of sums stays the same, and no thread spins where cores are shared.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import ml_dtypes
import numpy as np

WIDTH, HEADS, LAYERS, VOCABULARY, CONTEXT, BATCH = 256, 4, 4, 4096, 64, 16
STEPS = (1, 40, 400)
RATE = 2e-5
# A usual rate for full fine-tunes of language models.
BETAS, EPSILON, DECAY = (0.9, 0.999), 1e-8, 0.01
# Defaults of torch.optim.AdamW.
BF16 = ml_dtypes.bfloat16
Weights = dict[str, np.ndarray]


def tokens_of(
    folders: list[str], words: dict[str, int] | None
) -> tuple[np.ndarray, dict[str, int]]:
    """Return the words of the library's sources as numbers; 0 stands for any rare word."""
    library = Path(sysconfig.get_path("stdlib"))
    found: list[str] = []
    for folder in folders:
        for path in sorted((library / folder).glob("*.py")):
            found += re.findall(r"\w+|[^\w\s]|\n", path.read_text("utf-8", errors="replace"))
    if words is None:
        common = Counter(found).most_common(VOCABULARY - 1)
        words = {word: 1 + number for number, (word, _) in enumerate(common)}
    return np.array([words.get(word, 0) for word in found]), words


def fresh(rng: np.random.Generator) -> Weights:
    shapes = {"embedding": (VOCABULARY, WIDTH), "position": (CONTEXT, WIDTH)}
    for layer in range(LAYERS):
        shapes |= {
            f"{layer}.qkv": (WIDTH, 3 * WIDTH),
            f"{layer}.out": (WIDTH, WIDTH),
            f"{layer}.up": (WIDTH, 4 * WIDTH),
            f"{layer}.down": (4 * WIDTH, WIDTH),
        }
    shapes["head"] = (WIDTH, VOCABULARY)
    # 0.02: the usual start of GPT-2 and its heirs.
    weights = {k: rng.standard_normal(s, dtype=np.float32) * 0.02 for k, s in shapes.items()}
    gains = [f"{layer}.{name}" for layer in range(LAYERS) for name in ("norm1", "norm2")]
    return weights | {name: np.ones(WIDTH, np.float32) for name in [*gains, "norm"]}


def normed(x: np.ndarray, gain: np.ndarray) -> tuple[np.ndarray, tuple]:
    scale = 1 / np.sqrt((x * x).mean(-1, keepdims=True) + 1e-6)
    return x * scale * gain, (x, scale, gain)


def normed_back(grad: np.ndarray, kept: tuple) -> tuple[np.ndarray, np.ndarray]:
    x, scale, gain = kept
    flat = (grad * x * scale).reshape(-1, WIDTH).sum(0)
    g = grad * gain
    return scale * g - x * scale**3 * (g * x).mean(-1, keepdims=True), flat


def attended(qkv: np.ndarray) -> tuple[np.ndarray, tuple]:
    batch = qkv.shape[0]
    q, k, v = qkv.reshape(batch, CONTEXT, 3, HEADS, -1).transpose(2, 0, 3, 1, 4)
    scale = np.float32(q.shape[-1] ** -0.5)
    scores = q @ k.swapaxes(-1, -2) * scale + np.triu(np.full((CONTEXT,) * 2, -1e9, np.float32), 1)
    shares = np.exp(scores - scores.max(-1, keepdims=True))
    shares /= shares.sum(-1, keepdims=True)
    mixed = (shares @ v).transpose(0, 2, 1, 3).reshape(batch, CONTEXT, WIDTH)
    return mixed, (q, k, v, shares, scale)


def attended_back(grad: np.ndarray, kept: tuple) -> np.ndarray:
    q, k, v, shares, scale = kept
    batch = grad.shape[0]
    g = grad.reshape(batch, CONTEXT, HEADS, -1).transpose(0, 2, 1, 3)
    s = g @ v.swapaxes(-1, -2)
    s = shares * (s - (s * shares).sum(-1, keepdims=True)) * scale
    back = np.stack([s @ k, s.swapaxes(-1, -2) @ q, shares.swapaxes(-1, -2) @ g])
    return back.transpose(1, 3, 0, 2, 4).reshape(batch, CONTEXT, 3 * WIDTH)


def loss_and_gradients(weights: Weights, batch: np.ndarray) -> tuple[float, Weights]:
    """Return the mean loss of the next word, and the gradient of every weight."""
    inputs, wanted = batch[:, :-1], batch[:, 1:]
    x = weights["embedding"][inputs] + weights["position"]
    kept = []
    for layer in range(LAYERS):
        w = {name: weights[f"{layer}.{name}"] for name in ("qkv", "out", "up", "down")}
        h1, norm1 = normed(x, weights[f"{layer}.norm1"])
        mixed, attention = attended(h1 @ w["qkv"])
        x = x + mixed @ w["out"]
        h2, norm2 = normed(x, weights[f"{layer}.norm2"])
        wide = np.maximum(h2 @ w["up"], 0)
        x = x + (wide * wide) @ w["down"]
        kept.append((h1, norm1, mixed, attention, h2, norm2, wide))
    last, norm = normed(x, weights["norm"])
    logits = last @ weights["head"]
    logits -= logits.max(-1, keepdims=True)
    odds = np.exp(logits)
    odds /= odds.sum(-1, keepdims=True)
    rows, columns = np.indices(wanted.shape)
    loss = -np.log(odds[rows, columns, wanted] + 1e-30).mean()
    odds[rows, columns, wanted] -= 1
    odds /= wanted.size
    grads = {"head": outer(last, odds)}
    g, grads["norm"] = normed_back(odds @ weights["head"].T, norm)
    for layer in reversed(range(LAYERS)):
        h1, norm1, mixed, attention, h2, norm2, wide = kept[layer]
        grads[f"{layer}.down"] = outer(wide * wide, g)
        u = g @ weights[f"{layer}.down"].T * 2 * wide
        grads[f"{layer}.up"] = outer(h2, u)
        back, grads[f"{layer}.norm2"] = normed_back(u @ weights[f"{layer}.up"].T, norm2)
        g = g + back
        grads[f"{layer}.out"] = outer(mixed, g)
        a = attended_back(g @ weights[f"{layer}.out"].T, attention)
        grads[f"{layer}.qkv"] = outer(h1, a)
        back, grads[f"{layer}.norm1"] = normed_back(a @ weights[f"{layer}.qkv"].T, norm1)
        g = g + back
    grads["position"] = g.sum(0)
    grads["embedding"] = np.zeros_like(weights["embedding"])
    np.add.at(grads["embedding"], inputs.ravel(), g.reshape(-1, WIDTH))
    return float(loss), grads


def outer(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    return left.reshape(-1, left.shape[-1]).T @ right.reshape(-1, right.shape[-1])


@dataclass
class AdamW:
    """AdamW as in Loshchilov and Hutter, "Decoupled weight decay regularization", 2019."""

    rate: float
    pure: bool = False

    def train(
        self, weights: Weights, tokens: np.ndarray, steps: int, seed: int
    ) -> Iterator[tuple[int, float]]:
        """Change the weights in place; yield the number and the loss of every step."""
        rng = np.random.default_rng(seed)
        first = {name: np.zeros_like(w) for name, w in weights.items()}
        second = {name: np.zeros_like(w) for name, w in weights.items()}
        for step in range(1, steps + 1):
            starts = rng.integers(0, len(tokens) - CONTEXT - 1, BATCH)
            batch = tokens[starts[:, None] + np.arange(CONTEXT + 1)]
            loss, grads = loss_and_gradients(weights, batch)
            for name, w in weights.items():
                m = first[name] = self._kept(BETAS[0] * first[name] + (1 - BETAS[0]) * grads[name])
                v = BETAS[1] * second[name] + (1 - BETAS[1]) * grads[name] ** 2
                v = second[name] = self._kept(v)
                root = np.sqrt(v / np.float32(1 - BETAS[1] ** step)) + np.float32(EPSILON)
                w[:] = self._kept(w * np.float32(1 - self.rate * DECAY))
                w[:] = self._kept(w - np.float32(self.rate / (1 - BETAS[0] ** step)) * m / root)
            yield step, loss

    def _kept(self, values: np.ndarray) -> np.ndarray:
        return values.astype(BF16).astype(np.float32) if self.pure else values


def save(path: Path, weights: Weights) -> None:
    words = {name: w.astype(BF16).view(np.uint16) for name, w in weights.items()}
    np.savez(path, **words, **{f"{name}.f32": w for name, w in weights.items()})


def make(folder: Path) -> None:
    """Write the versions into the folder, unless they are there."""
    last = folder / f"pure-{STEPS[-1]}.npz"
    if last.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    tokens, words = tokens_of([".", "asyncio", "email", "http", "unittest"], None)
    weights = fresh(np.random.default_rng(1))
    started = time.perf_counter()
    for step, loss in AdamW(1e-3).train(weights, tokens, 300, seed=2):
        if step % 50 == 0 or step == 1:
            print(f"parent: step {step}, loss {loss:.2f}, {time.perf_counter() - started:.0f} s")
    save(folder / "parent.npz", weights)
    tokens, _ = tokens_of(["idlelib", "distutils", "lib2to3", "tkinter", "xml/dom"], words)
    for way in ("master", "pure"):
        tuned = {name: w.astype(BF16).astype(np.float32) for name, w in weights.items()}
        for step, loss in AdamW(RATE, pure=way == "pure").train(tuned, tokens, STEPS[-1], seed=3):
            if step in STEPS:
                print(f"{way}: step {step}, loss {loss:.2f}, {time.perf_counter() - started:.0f} s")
                save(folder / f"{way}-{step}.npz", tuned)


if __name__ == "__main__":
    make(Path(sys.argv[1]))
