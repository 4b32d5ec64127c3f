"""The rows of the table: each makes what it needs and yields what it found."""

import shutil
import statistics
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from data import Variant, size_of, variants, write_base
from peers import Peer
from processes import (
    Run,
    Times,
    alternately,
    copy,
    forget_pages,
    fresh,
    podplanner,
    run,
)
from synthetic import write_many_pieces, write_many_versions
from table import Table

Row = tuple[str, str, str, str, str]
MIB = 2**20
_AGAIN = """
import sys, time
from podplanner.store import open_store
for _ in range(2):
    began = time.perf_counter()
    done = open_store(sys.argv[1]).push(sys.argv[2], "bench")
    took = time.perf_counter() - began
assert not done.created
print(took)
"""
HERE = Path(__file__).parent


def seconds(times: Times) -> str:
    return (
        f"{times.wall_s:.2f} s ({times.low_s:.2f} to {times.high_s:.2f}), CPU {times.cpu_s:.2f} s"
    )


def new_store(folder: Path, name: str = "store") -> tuple[Path, dict[str, str]]:
    """Make an empty store, and caches of its own beside it."""
    store = fresh(folder / name)
    caches = fresh(folder / f"{name}-caches")
    podplanner("store", "init", str(store))
    return store, {
        "PODPLANNER_STORE": str(store),
        "XDG_CACHE_HOME": str(caches / "cache"),
        "XDG_STATE_HOME": str(caches / "state"),
    }


def first_push(folder: Path, runs: int) -> Iterator[Row]:
    base = write_base(folder)

    def theirs() -> Run:
        return copy(base, fresh(folder / "copy"))

    def mine() -> Run:
        _, env = new_store(folder)
        return podplanner("model", "push", str(base), "bench", env=env)

    cp, push = alternately(runs, theirs, mine)
    yield (
        "first push, raw: wall time", seconds(push), f"cp {seconds(cp)}",
        f"{push.wall_s / cp.wall_s:.2f} x", "at most 1.3 x",
    )  # fmt: skip
    yield (
        "first push, raw: CPU", f"{push.cpu_s:.2f} s", f"cp {cp.cpu_s:.2f} s",
        f"{push.cpu_s / cp.cpu_s:.2f} x", "at most 2.8 x",
    )  # fmt: skip
    yield ("first push, raw: memory", f"{push.rss_bytes / MIB:.0f} MiB", "", "", "under 200 MB")
    fresh(folder / "copy")


def first_pull(folder: Path, runs: int) -> Iterator[Row]:
    base = write_base(folder)
    _, env = new_store(folder)
    podplanner("model", "push", str(base), "bench", env=env)

    def theirs() -> Run:
        return copy(base, fresh(folder / "copy"))

    def mine() -> Run:
        return podplanner("model", "pull", "bench", str(fresh(folder / "pulled")), env=env)

    # A push writes past the page cache: without this the first pull would read the disk, and cp
    # the memory.
    theirs()
    mine()
    cp, pull = alternately(runs, theirs, mine)
    run(["diff", "-r", str(base), str(folder / "pulled")])
    yield (
        "pull to an empty directory, verified", seconds(pull), f"cp {seconds(cp)}",
        f"{pull.wall_s / cp.wall_s:.2f} x", "at most 1.3 x",
    )  # fmt: skip
    yield ("pull: memory", f"{pull.rss_bytes / MIB:.0f} MiB", "", "", "under 200 MB")
    fresh(folder / "copy")
    fresh(folder / "pulled")


def push_again(folder: Path, runs: int) -> Iterator[Row]:
    base = write_base(folder)
    _, env = new_store(folder)
    podplanner("model", "push", str(base), "bench", env=env)

    def theirs() -> Run:
        return copy(base, fresh(folder / "copy"))

    def hashed() -> Run:
        done = podplanner("model", "push", str(base), "bench", "--rehash", env=env)
        assert done.json()["stored_bytes"] == 0, done.out
        return done

    def by_times() -> Run:
        done = podplanner("model", "push", str(base), "bench", env=env)
        assert done.json()["created"] is False, done.out
        return done

    cp, all_read, known = alternately(runs, theirs, hashed, by_times)
    yield (
        "push again, everything hashed", seconds(all_read), f"cp {seconds(cp)}",
        f"{cp.wall_s / all_read.wall_s:.1f} x faster", "at least 1.7 x faster",
    )  # fmt: skip
    yield (
        "push again, by the stat cache", seconds(known), f"cp {seconds(cp)}",
        f"{cp.wall_s / known.wall_s:.1f} x faster", "at least 20 x faster",
    )  # fmt: skip
    words = [sys.executable, "-c", _AGAIN, env["PODPLANNER_STORE"], str(base)]
    inside = statistics.median(float(run(words, env=env).out) for _ in range(runs))
    yield (
        "the same from Python, `store.push`, imports done", f"{1000 * inside:.1f} ms",
        f"cp {seconds(cp)}", f"{cp.wall_s / inside:.0f} x faster", "at least 20 x faster",
    )  # fmt: skip
    fresh(folder / "copy")


def new_bytes(folder: Path, runs: int) -> Iterator[Row]:
    base = write_base(folder)
    for variant in variants(folder):
        _, env = new_store(folder)
        podplanner("model", "push", str(base), "bench", env=env)
        done = podplanner("model", "push", str(variant.folder), "bench", env=env).json()
        yield _new_row(variant, done["new_bytes"], done["total_bytes"])


def _new_row(variant: Variant, new: int, total: int) -> Row:
    own = 100 * variant.changed_bytes / total
    aim = "at most 0.3 %" if variant.name.startswith("vocab") else f"at most {own + 0.3:.2f} %"
    return (
        f"new bytes: {variant.name}", f"{100 * new / total:.3f} %",
        f"the tensors' own: {own:.3f} %", "", aim,
    )  # fmt: skip


def fine_tune(folder: Path, runs: int) -> Iterator[Row]:
    tuned = folder / "tuned"
    run([sys.executable, str(HERE.parent / "fine_tune.py"), str(tuned)])
    kinds = {"pure": "weights and moments in bf16", "master": "fp32 weights, saved as bf16"}
    for kind, words in kinds.items():
        for steps, aim in ((1, "at most 4 %"), (40, "at most 15 %"), (400, "report")):
            _, env = new_store(folder)
            for name in ("parent", f"{kind}-{steps}"):
                model = _as_safetensors(tuned, name)
                push = ("model", "push", str(model), "tuned", "--delta")
                done = podplanner(*push, env=env).json()
            share = 100 * done["stored_bytes"] / done["total_bytes"]
            yield (
                f"full fine-tune, `--delta`, {steps} AdamW steps ({words}): stored",
                f"{share:.2f} %", "100 % without", "", aim,
            )  # fmt: skip


def _as_safetensors(tuned: Path, name: str) -> Path:
    """Write the arrays of one step as a safetensors file in a folder of its own."""
    target = tuned / "models" / name
    run([sys.executable, str(HERE / "as_safetensors.py"), str(tuned / f"{name}.npz"), str(target)])
    return target


def pull_over(folder: Path, runs: int) -> Iterator[Row]:
    base = write_base(folder)
    changed = variants(folder)[0]
    _, env = new_store(folder)
    podplanner("model", "push", str(base), "bench", env=env)
    pushed = podplanner("model", "push", str(changed.folder), "bench", env=env).json()
    target = fresh(folder / "pulled")
    podplanner("model", "pull", "bench:1", str(target), env=env)
    done = podplanner("model", "pull", "bench:2", str(target), "--force", env=env)
    run(["diff", "-r", str(changed.folder), str(target)])
    fetched = done.json()["fetched_bytes"]
    yield (
        "pull v2 where v1 lies: read from the store",
        f"{fetched / MIB:.1f} MiB", f"new in v2: {pushed['stored_bytes'] / MIB:.1f} MiB", "",
        "only what differs",
    )  # fmt: skip
    fresh(folder / "pulled")


def memory(folder: Path, runs: int) -> Iterator[Row]:
    _, env = new_store(folder)
    push = write_many_pieces(folder, env)
    pull = podplanner("model", "pull", "pieces", str(fresh(folder / "pulled")), env=env)
    check = podplanner("store", "check", env["PODPLANNER_STORE"], env=env)
    collect = podplanner("store", "gc", env["PODPLANNER_STORE"], "--grace", "0", env=env)
    words = [f"{name} {one.rss_bytes / MIB:.0f} MiB" for name, one in (
        ("push", push), ("pull", pull), ("check", check), ("gc", collect),
    )]  # fmt: skip
    yield ("peak memory, 2 million pieces", ", ".join(words), "", "", "under 200 MB")
    _, env = new_store(folder)
    write_many_versions(Path(env["PODPLANNER_STORE"]), models=100, versions=1000)
    collect = podplanner("store", "gc", env["PODPLANNER_STORE"], "--grace", "0", env=env)
    yield (
        "collection of 100,000 versions: memory",
        f"{collect.rss_bytes / MIB:.0f} MiB (in {collect.wall_s:.0f} s)", "", "", "under 200 MB",
    )  # fmt: skip
    fresh(folder / "pulled")


def one_tensor(folder: Path, runs: int) -> Iterator[Row]:
    base = write_base(folder)
    store, env = new_store(folder)
    podplanner("model", "push", str(base), "bench", env=env)
    name, file = "model.layers.7.self_attn.q_proj.weight", "model-00001-of-00002.safetensors"
    script = str(HERE / "read_tensor.py")

    once = "import sys, read_tensor; read_tensor.by_{}(*sys.argv[1:])"

    def whole(how: str, place: Path, where: Path) -> Run:
        forget_pages(place)
        words = [sys.executable, "-c", once.format(how), str(where), name]
        return run(words, env=env, cwd=HERE)

    def second(how: str, where: Path) -> float:
        return float(run([sys.executable, script, how, str(where), name], env=env).out)

    them, us = alternately(
        max(runs, 5),
        lambda: whole("safetensors", base, base / file),
        lambda: whole("podplanner", store, store),
    )
    times = {"safetensors": [], "podplanner": []}
    for _ in range(max(runs, 5)):
        times["safetensors"].append(second("safetensors", base / file))
        times["podplanner"].append(second("podplanner", store))
    theirs, ours = (1000 * statistics.median(some) for some in times.values())
    yield (
        "one tensor of 8 MB from a cold store, from opening to the array", f"{ours:.1f} ms",
        f"safetensors {theirs:.1f} ms", f"{ours / theirs:.2f} x", "below 1 x",
    )  # fmt: skip
    yield (
        "the same, whole process with its imports", seconds(us),
        f"safetensors {seconds(them)}", f"{us.wall_s / them.wall_s:.2f} x", "",
    )  # fmt: skip


def long_list(folder: Path, runs: int) -> Iterator[Row]:
    store, env = new_store(folder, "long")
    write_many_versions(store, models=1000, versions=100)
    podplanner("model", "list", env=env)
    times = Times.of([podplanner("model", "list", env=env) for _ in range(runs)])
    yield ("`model list`, 1,000 models x 100 versions", seconds(times), "", "", "under 1 s")
    shutil.rmtree(store)


def beside(folder: Path, runs: int, everybody: Sequence[Peer]) -> Table:
    """Push three times and pull once with everybody, on the same models and disk."""
    base = write_base(folder)
    changed = variants(folder)[0].folder
    table = Table(["store", "first push", "again", "10 % changed", "pull", "stored, GiB"])
    for peer in everybody:
        steps: dict[str, list[Run]] = {"1": [], "again": [], "2": [], "pull": []}
        for _ in range(1 if peer.once else runs):
            store = fresh(folder / "peer-store")
            peer.make(store)
            steps["1"].append(peer.push(store, base, 1))
            steps["again"].append(peer.push(store, base, 1))
            steps["2"].append(peer.push(store, changed, 2))
            steps["pull"].append(peer.pull(store, fresh(folder / "peer-pulled"), 2))
            stored = size_of(store / "remote" if (store / "remote").is_dir() else store)
        medians = [Times.of(some) for some in steps.values()]
        cells = [f"{one.wall_s:.2f} s, CPU {one.cpu_s:.1f} s" for one in medians]
        table.add([peer.name, *cells, f"{stored / 2**30:.2f}"])
        print(f"measured: {peer.name}", file=sys.stderr)
    fresh(folder / "peer-store")
    fresh(folder / "peer-pulled")
    return table
