"""Placing pieces from several threads: no slot is given out that nobody is going to fill."""

import pytest
from support.backends import Always, Fault, FaultyBackend
from support.stores import new_root

from podplanner.errors import NoSpaceError
from podplanner.store.cutting import Span
from podplanner.store.digest import digest_of
from podplanner.store.names import ModelName
from podplanner.store.progress import Silent
from podplanner.store.pushing.cache import PieceCache
from podplanner.store.pushing.known import Known
from podplanner.store.pushing.placing import Count, CountingPlacer, StoringPlacer
from podplanner.store.session import Session
from podplanner.store.tables import Piece


@pytest.fixture
def session():
    root = new_root(None)
    session = Session(root.backend, ModelName.parse("cat"))
    yield session
    session.lease.release()


@pytest.fixture
def known(session):
    known = Known(session.presence, new_root().reader, PieceCache("none"))
    yield known
    known.close()


def storing(session, known):
    return StoringPlacer(session, known, policy="raw", bases=None, count=Count(), progress=Silent())


@pytest.mark.parametrize("kind", ["storing", "counting"])
def test_looking_for_a_piece_that_is_nowhere_claims_nothing(session, known, kind):
    placer = storing(session, known) if kind == "storing" else CountingPlacer(known, Count())
    piece = Piece(3, digest_of(b"abc"))
    assert placer.find(piece) is None
    _, mine = known.claim(piece)
    assert mine, "whoever comes next stores it"


def test_a_bundle_that_could_not_be_stored_is_told_to_whoever_flushes(session, known):
    session.backend = FaultyBackend(session.backend, Always("put", Fault.NO_SPACE, "objects/"))
    placer = storing(session, known)
    content = memoryview(b"abc")
    piece = Piece(3, digest_of(content))
    slot = placer.place(piece, content, Span(0, (3,)), 0, "a")
    for _ in range(2):
        with pytest.raises(NoSpaceError):
            placer.flush()
    assert slot.place is None
    session.backend.plan.on = False
