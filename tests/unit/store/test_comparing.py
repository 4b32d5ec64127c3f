"""Two versions side by side, cut by the real cutting."""

import json
import struct
import subprocess
import sys

import numpy as np
import pytest

from podplanner.store.comparing import Side, State, compare
from podplanner.store.cutting import understand
from podplanner.store.digest import NO_DIGEST, digest_of
from podplanner.store.manifest import FORMAT, FileEntry, Manifest
from podplanner.store.metadata import merge_meta
from podplanner.store.tables import Piece
from podplanner.store.tensor_contents import Known, contents_of

MIB = 2**20


class Bytes:
    def __init__(self, content):
        self.content = content

    def read_at(self, offset, length):
        return self.content[offset : offset + length]


class Version:
    """A version that lies in memory."""

    def __init__(self, files, *, metadata=(), executable=(), reading=True):
        self.files = dict(sorted(files.items()))
        self.by_path, self.tensors, entries = {}, {}, []
        self.asked = []
        for path, content in self.files.items():
            found = understand(Bytes(content), len(content), name=path)
            pieces = []
            for span in found.spans():
                at = span.offset
                for length in span.lengths:
                    digest = NO_DIGEST if span.hole else digest_of(content[at : at + length])
                    pieces.append(Piece(length, digest))
                    at += length
            self.by_path[path] = pieces
            if found.tensors is not None:
                self.tensors[path] = found.tensors
            entries.append(
                FileEntry(
                    path=path, size=len(content), pieces=len(pieces), format=found.format,
                    executable=path in executable,
                )
            )  # fmt: skip
        self.manifest = Manifest(
            format=FORMAT, files=tuple(entries), metadata=merge_meta([], metadata)
        )
        self.side = Side(self.manifest, self.tensors, self.pieces, self.read if reading else None)

    def pieces(self, path):
        self.asked.append(path)
        return iter(self.by_path[path])

    def read(self, path, offset, length):
        return self.files[path][offset : offset + length]


def safetensors(tensors, *, note=""):
    """Return a file of safetensors."""
    header, at, bodies = {"__metadata__": {"note": note}} if note else {}, 0, []
    for name, array in tensors.items():
        body = array.tobytes()
        word = {"float32": "F32", "float16": "F16", "int64": "I64"}[array.dtype.name]
        header[name] = {
            "dtype": word, "shape": list(array.shape), "data_offsets": [at, at + len(body)],
        }  # fmt: skip
        at += len(body)
        bodies.append(body)
    raw = json.dumps(header).encode()
    raw += b" " * (-len(raw) % 8)
    return struct.pack("<Q", len(raw)) + raw + b"".join(bodies)


def weights(seed, *shape):
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)


MODEL = {
    "embed": weights(1, 1000, 256),
    "layer.0.weight": weights(2, 512, 512),
    "layer.1.weight": weights(3, 512, 512),
    "norm.weight": weights(4, 256),
    "norm.bias": weights(5, 256),
    "big": weights(6, 3 * MIB),
}


def model(*, note="", **changes):
    return safetensors(MODEL | changes, note=note)


def compared(old, new):
    return compare(Version(old).side, Version(new).side)


def test_a_version_and_itself_are_the_same():
    files = {"a.safetensors": model(), "config.json": b"{}", "empty": b""}
    found = compared(files, files)
    assert found.is_empty
    assert (found.same_files, found.same_tensors, found.moved_tensors) == (3, 6, 0)


def test_files_are_added_removed_changed_and_renamed():
    old = {"a.txt": b"a" * 100, "b.txt": b"b" * 100, "c.txt": b"c" * 100, "e": b"", "same": b"s"}
    new = {"a.txt": b"A" * 100, "sub/b.txt": b"b" * 100, "d.txt": b"d" * 50, "f": b"", "same": b"s"}
    found = compared(old, new)
    assert [tuple(change) for change in found.files] == [
        ("a.txt", State.CHANGED, 100, 100, 100, None),
        ("c.txt", State.REMOVED, 100, None, 0, None),
        ("d.txt", State.ADDED, None, 50, 50, None),
        ("e", State.REMOVED, 0, None, 0, None),
        ("f", State.ADDED, None, 0, 0, None),
        ("sub/b.txt", State.RENAMED, 100, 100, 0, "b.txt"),
    ]
    assert found.same_files == 1


def test_a_copy_is_added_and_costs_nothing():
    found = compared({"a": b"x" * 100}, {"a": b"x" * 100, "b": b"x" * 100})
    assert [tuple(change) for change in found.files] == [("b", State.ADDED, None, 100, 0, None)]


def test_an_executable_bit_is_a_change_of_no_bytes():
    old, new = Version({"run.sh": b"echo"}), Version({"run.sh": b"echo"}, executable=["run.sh"])
    (change,) = compare(old.side, new.side).files
    assert (change.state, change.changed_bytes) == (State.CHANGED, 0)


def test_a_changed_tensor_is_named_with_how_much_of_it_changed():
    big = MODEL["big"].copy()
    big[0] += 1
    found = compared({"m": model()}, {"m": model(big=big, embed=weights(9, 1000, 256))})
    assert [(c.name, c.state) for c in found.tensors] == [
        ("big", State.CHANGED), ("embed", State.CHANGED),
    ]  # fmt: skip
    big_change, embed_change = found.tensors
    assert (big_change.size, big_change.changed_bytes) == (12 * MIB, 8 * MIB)
    assert embed_change.changed_bytes == embed_change.size == 1000 * 256 * 4
    assert (big_change.dtype, big_change.shape) == ("F32", (3 * MIB,))
    assert found.same_tensors == 4


def test_sums_are_by_dtype_and_shape():
    layers = {f"layer.{n}.weight": weights(20 + n, 512, 512) for n in range(2)}
    found = compared({"m": model()}, {"m": model(**layers, new=weights(7, 300, 300))})
    assert [tuple(total) for total in found.by_shape()] == [
        (State.CHANGED, "F32", (512, 512), 2, 2 * MIB, 2 * MIB),
        (State.ADDED, "F32", (300, 300), 1, 360_000, 360_000),
    ]


def test_an_edited_header_changes_no_tensor():
    found = compared({"m": model()}, {"m": model(note="trained on cats " * 40)})
    assert found.tensors == ()
    assert found.same_tensors == 6
    (change,) = found.files
    assert change.state is State.CHANGED
    assert 0 < change.changed_bytes < 3000


def test_tensors_of_another_sharding_are_the_same_and_moved():
    names = list(MODEL)
    one = {"model.safetensors": model()}
    two = {
        "model-1.safetensors": safetensors({name: MODEL[name] for name in names[:2]}),
        "model-2.safetensors": safetensors({name: MODEL[name] for name in names[2:]}),
    }
    found = compared(one, two)
    assert found.tensors == ()
    assert (found.same_tensors, found.moved_tensors) == (6, 6)
    assert sum(change.changed_bytes for change in found.files) < 2000
    assert compared(two, one).tensors == ()


def test_tensors_that_are_inserted_leave_the_others_as_they_are():
    changed = {"first": weights(11, 400, 400), **MODEL}
    found = compared({"m": model()}, {"m": safetensors(changed)})
    assert [(change.name, change.state) for change in found.tensors] == [("first", State.ADDED)]


def test_a_grown_vocabulary_costs_its_last_pieces():
    grown = np.concatenate([MODEL["embed"], weights(12, 1, 256)])
    found = compared({"m": model()}, {"m": model(embed=grown)})
    (change,) = found.tensors
    assert change.state is State.CHANGED
    assert (change.shape, change.old_shape) == ((1001, 256), (1000, 256))
    assert change.changed_bytes < change.size / 4


def test_another_dtype_or_shape_is_a_change():
    found = compared(
        {"m": model()},
        {"m": model(embed=MODEL["embed"].reshape(500, 512), big=MODEL["big"].astype(np.float16))},
    )
    big, embed = found.tensors
    assert (big.dtype, big.old_dtype, big.old_shape) == ("F16", "F32", None)
    assert (embed.old_shape, embed.changed_bytes) == ((1000, 256), 0)


def test_tensors_are_removed():
    rest = {name: array for name, array in MODEL.items() if name != "embed"}
    (change,) = compared({"m": model()}, {"m": safetensors(rest)}).tensors
    assert (change.name, change.state, change.changed_bytes) == ("embed", State.REMOVED, 0)
    assert change.size == MODEL["embed"].nbytes


def test_small_tensors_are_read_where_pieces_do_not_tell():
    changed = MODEL["norm.bias"] + 1
    new = {"m": model(**{"norm.bias": changed})}
    found = compared({"m": model()}, new)
    assert [(c.name, c.state) for c in found.tensors] == [("norm.bias", State.CHANGED)]
    blind = compare(Version({"m": model()}, reading=False).side, Version(new, reading=False).side)
    assert [(c.name, c.state) for c in blind.tensors] == [
        ("norm.bias", State.UNKNOWN), ("norm.weight", State.UNKNOWN),
    ]  # fmt: skip


def test_parts_of_a_pipeline_share_names_and_are_kept_apart():
    def pipeline(seed):
        return {
            "unet/a-1.safetensors": safetensors({"w": weights(seed, 200, 200)}),
            "vae/a.safetensors": safetensors({"w": weights(seed + 1, 200, 200)}),
        }

    sharded = {
        "unet/b.safetensors": pipeline(1)["unet/a-1.safetensors"],
        "vae/b.safetensors": pipeline(5)["vae/a.safetensors"],
    }
    found = compared(pipeline(1), sharded)
    assert [(c.name, c.path, c.state) for c in found.tensors] == [
        ("w", "vae/b.safetensors", State.CHANGED)
    ]
    assert (found.same_tensors, found.moved_tensors) == (1, 1)


def test_a_name_that_is_there_twice_is_not_guessed():
    old = {"a/x.safetensors": safetensors({"w": weights(1, 200, 200)})}
    new = {
        "b/x.safetensors": safetensors({"w": weights(1, 200, 200)}),
        "c/x.safetensors": safetensors({"w": weights(2, 200, 200)}),
    }
    states = sorted(change.state.value for change in compared(old, new).tensors)
    assert states == ["added", "added", "removed"]


def test_metadata_stand_side_by_side():
    old = Version({}, metadata=["license=mit", "metrics.f1=0.5", "tags=a"])
    new = Version({}, metadata=["license=mit", "metrics.f1=0.6", "extra.seed=7"])
    found = compare(old.side, new.side)
    assert [tuple(change) for change in found.metadata] == [
        ("extra.seed", None, "7"), ("metrics.f1", "0.5", "0.6"), ("tags", "a", None),
    ]  # fmt: skip
    assert found.same_metadata == 1


def test_the_pieces_of_each_file_are_asked_for_once():
    old, new = Version({"a": model(), "b": b"x"}), Version({"a": model(note="y"), "c": b"z"})
    compare(old.side, new.side)
    assert (old.asked, new.asked) == (["a", "b"], ["a", "c"])


@pytest.mark.parametrize(
    ("offsets", "lengths"),
    [((2**60, 0), (8, 8)), ((0, 0), (2**60, 2**60)), ((50, 10), (60, 90)), ((0, 0), (0, 0))],
)
def test_lists_of_tensors_that_lie_do_no_harm(offsets, lengths):
    version = Version({"m": safetensors({"a": weights(1, 4), "b": weights(2, 4)})})
    listed = version.tensors["m"]
    lying = type(listed)(
        format=listed.format, names=listed.names, dtypes=listed.dtypes, shapes=listed.shapes,
        offsets=offsets, lengths=lengths,
    )  # fmt: skip
    side = version.side._replace(tensors={"m": lying}, read=None)
    found = compare(side, side)
    assert found.is_empty
    assert compare(version.side, side).same_tensors <= 2


def test_known_pieces_are_told_from_new_ones():
    known = Known()
    assert known.which([Piece(1, digest_of(b"a"))]) == [False]
    for word in (b"a", b"b"):
        known.add(digest_of(word))
    asked = [Piece(1, digest_of(word)) for word in (b"b", b"c", b"a")]
    assert known.which(asked) == [True, False, True]
    known.add(digest_of(b"c"))
    assert known.which(asked) == [True, True, True]


def test_holes_are_known_where_the_old_version_has_holes():
    manifest = Manifest(format=FORMAT, files=(FileEntry(path="a", size=10, pieces=1),))
    known = Known()
    known.add(NO_DIGEST)
    contents = contents_of(manifest, {}, lambda _: iter([Piece(10, NO_DIGEST)]), known=known)
    assert contents.files["a"].new_bytes == 0


LARGE = """
import hashlib, resource, sys, time
from podplanner.store.comparing import Side, compare
from podplanner.store.manifest import FORMAT, FileEntry, Manifest, TensorList
from podplanner.store.tables import Piece
from podplanner.store.tensor_contents import Known
Known().which([])
import numpy
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
pieces, step, names = 300_000, 2**23, 3000
files = (FileEntry(path="m", size=pieces * step, pieces=pieces),)
per = pieces // names
tensors = TensorList(
    format="podplanner/tensors/1", names=tuple(f"w{n}" for n in range(names)),
    dtypes=("BF16",) * names, shapes=((step * per // 2,),) * names,
    offsets=tuple(n * step * per for n in range(names)), lengths=(step * per,) * names,
)
def run(salt):
    block = [hashlib.blake2b(b"%d-%d" % (salt, n), digest_size=32).digest() for n in range(100)]
    for n in range(pieces):
        head = n.to_bytes(4, "little")
        yield Piece(step, (head + block[n % 100][4:] if n % 3 else head * 8))
manifest = Manifest(format=FORMAT, files=files)
sides = [Side(manifest, {"m": tensors}, lambda _, s=s: run(s)) for s in (1, 2)]
found = compare(*sides)
assert len(found.tensors) == names
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def test_memory_stays_flat_with_300_000_pieces():
    done = subprocess.run([sys.executable, "-c", LARGE], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 40
