"""The log of a lease: whatever is put into it, a second run and a collector can read."""

from support.stores import new_root

from podplanner.store.lease import Lease, find_leases, read_log
from podplanner.store.names import ModelName
from podplanner.store.tables import MOST_PIECES, RAW, ObjectKey, Piece, Place


def test_a_log_takes_more_rows_at_once_than_one_table_may_have():
    backend = new_root().backend
    lease = Lease(backend, ModelName.parse("cat"), what="push")
    count = MOST_PIECES + 5
    rows = [
        (Piece(8, number.to_bytes(32, "big")), Place(ObjectKey(b"k" * 32), 8 * count, 0, 8, RAW))
        for number in range(1, count + 1)
    ]
    lease.log([piece for piece, _ in rows], [place for _, place in rows])
    (found,) = find_leases(backend)
    assert [row for key in found.logs for row in read_log(backend, key)] == rows
    lease.release()
    assert not list(backend.keys("leases/"))
