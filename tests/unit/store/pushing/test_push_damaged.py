"""Pushing to a store whose documents are lost or damaged: it goes on, and heals what it can."""

import time

import pytest
from support.stores import contents, new_root, noise, safetensors, write_tree

from podplanner.store.names import Reference
from podplanner.store.pushing import PushOptions, push
from podplanner.store.root import open_root

MIB = 2**20


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    folder = write_tree(
        tmp_path_factory.mktemp("model"),
        {
            "a.bin": noise(MIB, 1),
            "w.safetensors": safetensors({"w": ("F32", (256, 256), noise(MIB // 4, 50))}),
        },
    )
    time.sleep(2.1)  # what was written in the last two seconds is never trusted
    return folder


def hurt(backend, kind, how):
    for info in list(backend.keys(kind)):
        content = backend.get(info.key)
        middle = len(content) // 2
        flipped = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
        if how == "lost":
            backend.delete(info.key)
        else:
            backend.put(info.key, [flipped if how == "flipped" else content[:-3]])


def files_of(root, reference):
    """Return the files of a version, every document that it needs read."""
    root = open_root(root.backend)
    version = root.open(root.refs.resolve(Reference.parse(reference)))
    assert all(root.reader.content(key) for key in version.document_keys())
    return contents(root, reference)


def expected(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


DAMAGE = [
    (kind, how)
    for kind in ("manifests/", "layouts/", "tables/")
    for how in ("lost", "flipped", "truncated")
]


@pytest.mark.parametrize("rehash", [False, True])
@pytest.mark.parametrize(("kind", "how"), DAMAGE)
def test_the_same_content_heals_documents(source, kind, how, rehash):
    root = new_root()
    push(root, source, "cat")
    hurt(root.backend, kind, how)
    done = push(open_root(root.backend), source, "cat", PushOptions(rehash=rehash))
    assert (done.created, done.version) == (False, 1)
    assert files_of(root, "cat:1") == expected(source)
    if kind != "tables/":
        records = [info.key for info in root.backend.keys("models/") if ".layout-" in info.key]
        assert records == [], "the layout is just as it was"


@pytest.mark.parametrize("delta", [False, True])
@pytest.mark.parametrize(("kind", "how"), DAMAGE)
def test_other_content_is_pushed_beside_a_damaged_version(source, tmp_path, kind, how, delta):
    """What both versions need must be whole again: a new version rests on nothing damaged."""
    root = new_root()
    push(root, source, "cat")
    hurt(root.backend, kind, how)
    other = write_tree(tmp_path / "other", expected(source) | {"b.bin": b"more"})
    done = push(open_root(root.backend), other, "cat", PushOptions(delta=delta))
    assert (done.created, done.version) == (True, 2)
    assert files_of(root, "cat:2") == expected(other)
