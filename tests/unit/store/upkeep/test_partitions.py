import tracemalloc
from random import Random

import pytest

from podplanner.store.epochs import KeyList, row_of
from podplanner.store.reader import DocumentKey
from podplanner.store.tables import ObjectKey
from podplanner.store.upkeep.partitions import (
    KEY_BYTES,
    PARTS,
    ROW_BYTES,
    Partitions,
    as_rows,
)
from podplanner.store.upkeep.unused import still_unused


def use(key, size=100, offset=0, stored=100):
    numbers = (size, offset, stored) if isinstance(key, ObjectKey) else (0, 0, 0)
    return row_of(key) + b"".join(number.to_bytes(4, "big") for number in numbers)


def some_key(random):
    digest = random.randbytes(32)
    if random.random() < 0.2:
        # What `numpy` takes for padding.
        digest = digest[:20] + bytes(12)
    if random.random() < 0.5:
        return ObjectKey(digest, random.choice((0, 3, 256, 2**31)))
    return DocumentKey(random.choice(("tables", "manifests", "layouts")), digest)


@pytest.mark.parametrize("held_bytes", [0, 500 * ROW_BYTES, 2**24])
def test_rows_come_back_once_each_parted_and_sorted_however_much_is_held(held_bytes, monkeypatch):
    monkeypatch.setattr("podplanner.store.upkeep.partitions._STAGED_BYTES", 100 * ROW_BYTES)
    random = Random(1)
    rows = [use(some_key(random)) for _ in range(3000)]
    with Partitions(held_bytes=held_bytes) as partitions:
        for _ in range(2):
            random.shuffle(rows)
            for row in rows:
                partitions.add(row)
        found = []
        for number in range(PARTS):
            part = [bytes(row) for row in partitions.part(number).rows]
            assert part == sorted(part)
            assert all(row[1] == number for row in part)
            found += part
    assert sorted(found) == sorted(set(rows))


def test_what_is_lacking_is_told_exactly():
    random = Random(2)
    keys = [some_key(random) for _ in range(2000)]
    with Partitions() as partitions:
        for key in keys[:1000]:
            partitions.add(use(key, offset=random.randrange(5)))
        left = still_unused(KeyList.of(keys), [partitions])
    assert set(left.all_keys()) == set(keys[1000:])


def test_pinned_bytes_count_each_use_once():
    key = ObjectKey(bytes([7]) * 32)
    whole = ObjectKey(bytes([7]) * 31 + b"\1")
    with Partitions() as partitions:
        for offset in (0, 0, 30):
            partitions.add(use(key, size=100, offset=offset, stored=20))
        partitions.add(use(whole, size=50, stored=50))
        partitions.add(use(DocumentKey("tables", bytes([7]) * 32)))
        assert partitions.part(7).pinned_bytes() == 60
        assert partitions.part(8).pinned_bytes() == 0


def test_an_empty_part_lacks_everything():
    with Partitions() as partitions:
        rows = as_rows(row_of(ObjectKey(bytes(32))), KEY_BYTES)
        assert partitions.part(0).lacks(rows).tolist() == [True]


def test_memory_stays_flat_beyond_what_is_held(monkeypatch):
    monkeypatch.setattr("podplanner.store.upkeep.partitions._STAGED_BYTES", 2**16)
    random = Random(3)
    with Partitions(held_bytes=2**20) as partitions:
        tracemalloc.start()
        for _ in range(120):
            partitions.add(b"".join(b"\0" + random.randbytes(ROW_BYTES - 1) for _ in range(1000)))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert sum(len(partitions.part(number).rows) for number in range(PARTS)) == 120_000
    # 5.9 MB of rows went through.
    assert peak < 3 * 2**20
