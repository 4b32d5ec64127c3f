"""Measure how long a checkpoint keeps a training waiting, and what its storing costs beside it.

Usage: python bench/checkpoints.py [--folder DIR] [--megabytes 500] [--rounds 7] [--threads N]
       [--json FILE]

The state is a transformer's weights in fp32 and the two moments of AdamW for each, `--megabytes`
together. Every round measures, one after the other and each time in another order:

- `checkpoint`: `run.checkpoint(state, step=...)`, which returns when all is copied;
- `copy`: `copy_` of the same tensors into tensors that are used again each round;
- `torch.save`: `torch.save` of the same state into a file of the same disk, and fsync.

Nothing runs in the background meanwhile: each checkpoint is stored before the next is measured.
Then a training of a small network makes steps, by turns alone and while a checkpoint is stored.
Last, what ten checkpoints of a fine-tuning, ten steps of AdamW at 1e-5 apart, take in the store.
Medians, ratios of each round, and of the quickest of each, which other work on the machine touches
least; the table on stdout, all figures as JSON with --json.
"""

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import torch

from podplanner.models import training
from podplanner.store import Store, open_store
from podplanner.store.founding import found_store

WIDTH = 512
# Of the transformer's layers; a layer has 12 x WIDTH^2 weights.
CHECKPOINTS = 10


def state_of(size: int) -> dict:
    """Return weights and moments of about `size` bytes together."""
    torch.manual_seed(1)
    layers = max(1, size // (3 * 4 * 12 * WIDTH * WIDTH))
    layer = torch.nn.TransformerEncoderLayer(WIDTH, 8, 4 * WIDTH, batch_first=True)
    model = torch.nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
    for parameter in model.parameters():
        parameter.grad = torch.randn_like(parameter) * 0.01
    optimizer.step()
    return {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": 1}


def tensors_in(state: object) -> list[torch.Tensor]:
    if isinstance(state, torch.Tensor):
        return [state]
    if isinstance(state, dict):
        state = list(state.values())
    return [one for part in state for one in tensors_in(part)] if isinstance(state, list) else []


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def new_store(folder: Path) -> Store:
    found_store(str(folder), single_writer=True)
    return open_store(folder)


def touch(tensors: list[torch.Tensor]) -> None:
    """Change weights as a step does, so that every checkpoint has new content to store."""
    for tensor in tensors:
        if tensor.is_floating_point() and tensor.numel() > 1:
            tensor.add_(1e-4)


def blocked(folder: Path, size: int, rounds: int) -> dict:
    state = state_of(size)
    tensors = tensors_in(state)
    reused = [torch.zeros_like(tensor) for tensor in tensors]
    total = sum(tensor.numel() * tensor.element_size() for tensor in tensors)

    def copy() -> None:
        for target, tensor in zip(reused, tensors, strict=True):
            target.copy_(tensor)

    def save() -> None:
        with (folder / "state.pt").open("wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())

    times: dict[str, list[float]] = {"checkpoint": [], "copy": [], "torch.save": []}
    store = new_store(folder / "blocked")
    with training("bench", store=store, keep_last=1) as run:
        step = 0

        def checkpoint() -> None:
            run.checkpoint(state, step=step)

        # The first two take the memory, and the first copies touch theirs.
        first = []
        for step in range(1, 3):  # noqa: B007  `checkpoint` uses it
            first.append(timed(checkpoint))
            run.flush()
            copy()
        work = {"checkpoint": checkpoint, "copy": copy, "torch.save": save}
        for step in range(3, 3 + rounds):
            touch(tensors)
            for name in Random(step).sample(list(work), len(work)):
                os.sync()
                times[name].append(timed(work[name]))
                run.flush()
                print(f"round {step - 2}: {name} {times[name][-1]:.4f} s", file=sys.stderr)
    return {
        "bytes": total,
        "tensors": len(tensors),
        "first_s": first,
        "seconds": times,
        "median_s": {name: statistics.median(one) for name, one in times.items()},
        "to_copy": ratios(times["checkpoint"], times["copy"]),
        "to_torch_save": ratios(times["checkpoint"], times["torch.save"]),
    }


def ratios(ours: list[float], other: list[float]) -> dict:
    each = [one / two for one, two in zip(ours, other, strict=True)]
    return {
        "of_medians": statistics.median(ours) / statistics.median(other),
        "of_quickest": min(ours) / min(other),
        "median": statistics.median(each),
        "each": each,
    }


def beside(folder: Path, size: int, rounds: int) -> dict:
    """Measure steps a second of a training alone, and while a checkpoint is stored."""
    state = state_of(size)
    tensors = tensors_in(state)
    model = torch.nn.Sequential(
        torch.nn.Linear(256, 512), torch.nn.ReLU(), torch.nn.Linear(512, 256)
    )
    optimizer = torch.optim.AdamW(model.parameters())
    batch = torch.randn(64, 256)
    longest = 0.0

    def one_step() -> None:
        optimizer.zero_grad()
        model(batch).square().mean().backward()
        optimizer.step()

    def rate(is_over: Callable[[], bool]) -> tuple[float, float]:
        count, start, slowest = 0, time.perf_counter(), 0.0
        while not is_over():
            slowest = max(slowest, timed(one_step))
            count += 1
        return count / (time.perf_counter() - start), slowest

    found: dict[str, list[float]] = {"alone": [], "storing": [], "push_s": [], "slowest_step_s": []}
    store = new_store(folder / "beside")
    with training("bench", store=store, keep_last=1, delta=False) as run:
        for step in range(1, rounds + 1):
            touch(tensors)
            until = time.perf_counter() + 3
            found["alone"].append(rate(lambda until=until: time.perf_counter() > until)[0])
            run.checkpoint(state, step=step)
            begun = time.perf_counter()
            speed, longest = rate(lambda: not run.storing)
            found["storing"].append(speed)
            found["push_s"].append(time.perf_counter() - begun)
            found["slowest_step_s"].append(longest)
    share = [one / two for one, two in zip(found["storing"], found["alone"], strict=True)]
    return {"steps_per_s": found, "share": statistics.median(share), "each": share}


def stored(folder: Path) -> dict:
    """Measure what checkpoints of a real, small fine-tuning take in the store."""
    result = {}
    for word, kind, delta in (
        ("fp32, whole", torch.float32, False),
        ("fp32, differences", torch.float32, True),
        ("rounded to bf16, differences", torch.bfloat16, True),
    ):
        torch.manual_seed(2)
        model = torch.nn.Sequential(
            torch.nn.Linear(512, 2048), torch.nn.GELU(), torch.nn.Linear(2048, 512)
        )
        target = torch.nn.Linear(512, 512)
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)

        def steps(count: int, model=model, target=target, optimizer=optimizer) -> None:
            for _ in range(count):
                batch = torch.randn(64, 512)
                optimizer.zero_grad()
                (model(batch) - target(batch)).square().mean().backward()
                optimizer.step()

        steps(100)
        optimizer.param_groups[0]["lr"] = 1e-5
        store = new_store(folder / f"{kind}-{delta}")
        with training("bench", store=store, delta=delta) as run:
            for number in range(1, CHECKPOINTS + 1):
                steps(10)
                weights = {name: one.to(kind) for name, one in model.state_dict().items()}
                run.checkpoint(weights, step=10 * number)
        records = [one.record for one in store.versions("bench-checkpoints")][::-1]
        result[word] = {
            "plain_bytes": records[0].total_bytes,
            "stored_bytes": [record.stored_bytes for record in records],
        }
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--folder", type=Path, help="on the disk to measure; emptied at the end")
    parser.add_argument("--megabytes", type=int, default=500)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, help="of torch; 1 where others use the machine")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    if asked.threads:
        torch.set_num_threads(asked.threads)
    size = asked.megabytes * 10**6
    with tempfile.TemporaryDirectory(dir=asked.folder) as name:
        os.environ["XDG_CACHE_HOME"] = f"{name}/cache"
        folder = Path(name)
        found = {
            "machine": {
                "processors": os.cpu_count(),
                "system": platform.platform(),
                "torch": torch.__version__,
                "threads": torch.get_num_threads(),
            },
            "blocked": blocked(folder, size, asked.rounds),
            "beside": beside(folder, size, max(3, asked.rounds // 2)),
            "stored": stored(folder),
        }
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1) + "\n")
    print(table(found))


def table(found: dict) -> str:
    one, two, three = found["blocked"], found["beside"], found["stored"]
    median = one["median_s"]
    lines = [
        f"state of {one['bytes'] / 1e6:.0f} MB in {one['tensors']} tensors, "
        f"{found['machine']['processors']} processors",
        "",
        "| what | seconds, median | quickest | checkpoint to it | of the quickest | aim |",
        "|---|---:|---:|---:|---:|---:|",
        *(
            f"| {words} | {median[name]:.3f} | {min(one['seconds'][name]):.3f} "
            f"| {ratio['median']:.2f} | {ratio['of_quickest']:.2f} | {aim} |"
            for words, name, ratio, aim in (
                (
                    "checkpoint: the training waits",
                    "checkpoint",
                    {"median": 1, "of_quickest": 1},
                    "",
                ),
                ("copy into used memory", "copy", one["to_copy"], "1.30"),
                ("torch.save and fsync", "torch.save", one["to_torch_save"], "0.25"),
            )
        ),
        "",
        f"steps a second while a checkpoint is stored: {100 * two['share']:.0f} % of those alone; "
        f"slowest step {max(two['steps_per_s']['slowest_step_s']) * 1000:.0f} ms",
        "",
        "| checkpoints of a training | stored, % of plain, all but the first |",
        "|---|---:|",
    ]
    for word, row in three.items():
        part = statistics.mean(row["stored_bytes"][1:]) / row["plain_bytes"]
        lines.append(f"| {word} | {100 * part:.1f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
