"""Sending: the pieces of one version that another store does not have, as they lie.

Nothing is encoded anew. An object all of whose pieces are missing in the target goes over whole,
under its own name; of others the missing pieces are gathered into new bundles. A base that a
difference needs, and that the target does not have, goes along as it lies: decoding instead would
make a whole model of every fine-tune of a base that is gone.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from podplanner.errors import NoSpaceError, ObjectCorruptError, ObjectMissingError, StoreError
from podplanner.store.digest import digest_of
from podplanner.store.paths import printable
from podplanner.store.progress import Progress
from podplanner.store.pushing.bases import as_base
from podplanner.store.pushing.bundling import ALONE_BYTES, Bundler, Slot
from podplanner.store.pushing.known import Known
from podplanner.store.pushing.placing import Count, LogBuffer
from podplanner.store.reader import OpenVersion
from podplanner.store.reading.rows import TableRows
from podplanner.store.reading.workers import thread_count, work_off
from podplanner.store.refs import Version
from podplanner.store.session import Session
from podplanner.store.tables import DELTA, RAW, Base, ObjectKey, Piece, Place
from podplanner.store.upkeep.stored_forms import StoredForms, Want

Group = list[Want]
"""Pieces whose stored forms lie in one object of the source, in order of their offsets."""


def hurt(error: StoreError, version: Version, address: str, path: str = "") -> StoreError:
    """Return the error of something that is lost or wrong in the source of a copy.

    Args:
        error: What reading it raised.
        version: In the source.
        address: Of the source.
        path: The file in the version; empty: a document, which all files need.
    """
    kind = ObjectMissingError if isinstance(error, ObjectMissingError) else ObjectCorruptError
    what = f"{printable(path)} of {version}" if path else str(version)
    return kind(
        f"{what} is hurt in {address} and cannot be copied: {error.message}",
        hint=(
            f"Run `podplanner store check {address} --repair-from OTHER` to mend it from a second "
            "store, then copy again: what has been sent is not sent again."
        ),
    )


class Sender:
    """Finds the pieces of a version in the store of a session, or sends them there.

    Attributes:
        avoided: Objects of the target that are not to be referred to.
    """

    def __init__(
        self, version: OpenVersion, session: Session, known: Known, progress: Progress
    ) -> None:
        self._version = version
        self._source = version.reader.backend
        self._session = session
        self._known = known
        self._progress = progress
        self._count = Count()
        self._log = LogBuffer(session)
        self._bundler = Bundler(session, self._stored)
        self.avoided: frozenset[ObjectKey] = frozenset()

    @property
    def new_bytes(self) -> int:
        """Plain bytes of pieces for which bytes were written so far."""
        return self._count.new_bytes

    def flush_log(self) -> None:
        """Write what the log has not yet."""
        self._log.flush()

    def slots(self, table: TableRows) -> list[Slot | None]:
        """Return the slot of every row, filled: with what the target has, or with what was sent."""
        slots: list[Slot | None] = []
        missing: list[Want] = []
        there = 0
        for number, piece in enumerate(table.pieces):
            if table.is_hole(number):
                slots.append(None)
                there += piece.length
                continue
            slot, mine = self._known.claim(piece)
            slots.append(slot)
            if not mine or self._fill(piece, slot):
                there += piece.length
            else:
                missing.append(Want(piece, table.row(number).place, slot, number, piece.length))
        self._progress.advance(size=there)
        self.send(table, missing)
        return slots

    def _fill(self, piece: Piece, slot: Slot) -> bool:
        """Fill a slot with the place that the target has; return whether it has one."""
        hit = self._known.find(piece)
        if hit is None:
            return False
        slot.place, only_logged = hit
        self._known.remember([piece], [slot.place])
        if only_logged:
            self._log.add([piece], [slot.place])
        return True

    def send(self, table: TableRows, missing: Sequence[Want]) -> None:
        """Send pieces and fill their slots; those that stand by themselves before differences.

        Raises:
            ObjectMissingError: Something is lost in the source.
            ObjectCorruptError: Something holds wrong bytes in the source.
            NoSpaceError: The target has no room for them.
        """
        if not missing:
            return
        self._check_space(missing)
        whole: list[Group] = []
        deltas: list[Group] = []
        for group in _grouped(missing):
            (deltas if any(want.place.base for want in group) else whole).append(group)
        self._send_groups(table, whole)
        self._bundler.flush()
        if deltas:
            self._send_deltas(table, deltas, {want.piece.digest: want for want in missing})
            self._bundler.flush()

    def _check_space(self, missing: Sequence[Want]) -> None:
        needed = sum(want.place.stored for want in missing)
        free = self._session.backend.free_bytes()
        if free is not None and needed > free:
            raise NoSpaceError(
                f"{self._session.backend.address} has {free:,} bytes free, and the next part of "
                f"{self._version.version} takes {needed:,}",
                hint="Free space there with `podplanner store gc`, then copy again.",
            )

    # Differences

    def _send_deltas(
        self, table: TableRows, groups: list[Group], missing: dict[bytes, Want]
    ) -> None:
        """Send groups with differences, after the bases that the target does not have."""
        bases: dict[bytes, Slot] = {}
        first: list[Want] = []
        for want in (want for group in groups for want in group):
            base = want.place.base
            if base is None or base.digest in bases:
                continue
            row = missing.get(base.digest)
            if row is not None and row.place.base is None:
                # A piece of this very version, in one of the groups, or sent already.
                bases[base.digest] = row.slot
                if row.slot.place is None:
                    first.append(row)
                continue
            piece = Piece(base.length, base.digest)
            slot = bases[base.digest] = self._find_base(piece)
            if slot.place is None:
                first.append(Want(piece, _place_of(base), slot, want.row))
        self._send_groups(table, _grouped(first))
        self._bundler.flush()
        for want in (want for group in groups for want in group):
            base = want.place.base
            place = None if base is None else bases[base.digest].place
            if base is not None and place is not None:
                want.base = as_base(Piece(base.length, base.digest), place)
        sent = {id(want) for want in first}
        rest = ([want for want in group if id(want) not in sent] for group in groups)
        self._send_groups(table, [group for group in rest if group])

    def _find_base(self, piece: Piece) -> Slot:
        """Return a slot for a base: filled where the target has the piece, and stored whole."""
        slot, mine = self._known.claim(piece)
        if mine and not self._fill(piece, slot):
            return slot
        place = slot.place
        return slot if place is not None and place.encoding != DELTA else Slot()

    # Objects

    def _send_groups(self, table: TableRows, groups: list[Group]) -> None:
        if groups:
            both = (self._source, self._session.backend)
            threads = max(thread_count(None, backend.traits) for backend in both)
            work_off(iter(groups), lambda: self._worker(table), min(threads, len(groups)))

    def _worker(self, table: TableRows) -> Callable[[Group], None]:
        """Return what sends one group; for one thread."""
        forms = StoredForms(self._source)

        def do(group: Group) -> None:
            where = group[0].place
            key = self._session.epochs.name_object(where.object.digest)
            if key not in self.avoided and self._session.is_usable(
                key, where.object_bytes, settled=False
            ):
                self._put_in(group, key)
                self._tell(group, moved=0)
            elif tiles(group):
                self._send_whole(group, forms, table)
            else:
                self._send_parts(group, forms, table)

        return do

    def _send_whole(self, group: Group, forms: StoredForms, table: TableRows) -> None:
        """Send an object of which every byte is needed."""
        for _ in self._verified(group, forms, table):
            continue
        content = forms.run
        is_plain = len(group) == 1 and group[0].place.encoding == RAW
        digest = group[0].piece.digest if is_plain else digest_of(content)
        key, written = self._session.put_object(digest, [content], len(content))
        if written:
            self._count.add(sum(want.piece.length for want in group))
        self._put_in(group, key)
        self._tell(group, moved=len(content))

    def _send_parts(self, group: Group, forms: StoredForms, table: TableRows) -> None:
        """Send pieces of an object, to be gathered in bundles."""
        for want, stored in self._verified(group, forms, table):
            piece, place = want.piece, want.place
            if place.stored >= ALONE_BYTES:
                key, _ = self._session.put_object(digest_of(stored), [stored], len(stored))
                want.place = place._replace(object_bytes=place.stored, offset=0)
                self._put_in([want], key)
            else:
                self._bundler.add(
                    piece, want.slot, [stored], place.stored, place.encoding, want.base
                )
            self._count.add(piece.length)
            self._tell([want], moved=place.stored)

    def _verified(
        self, group: Group, forms: StoredForms, table: TableRows
    ) -> Iterator[tuple[Want, memoryview]]:
        """Yield verified stored forms, each void when the next is asked for."""
        at = 0
        try:
            for stored in forms.fetch(group):
                yield group[at], stored
                at += 1
        except (ObjectMissingError, ObjectCorruptError) as error:
            path = self._version.manifest.files[table.files[group[at].row]].path
            raise hurt(error, self._version.version, self._source.address, path) from error

    def _put_in(self, wants: Sequence[Want], key: ObjectKey) -> None:
        """Fill the slots of pieces that lie in an object of the target as in that of the source."""
        places = [want.place._replace(object=key, base=want.base) for want in wants]
        for want, place in zip(wants, places, strict=True):
            want.slot.place = place
        self._stored([want.piece for want in wants], places)

    def _stored(self, pieces: list[Piece], places: list[Place]) -> None:
        self._known.remember(pieces, places)
        self._log.add(pieces, places)

    def _tell(self, wants: Sequence[Want], *, moved: int) -> None:
        self._progress.advance(size=sum(want.told for want in wants), moved=moved)


def _grouped(wants: Iterable[Want]) -> list[Group]:
    """Return pieces by the object of the source in which they lie."""
    groups: dict[ObjectKey, Group] = {}
    for want in wants:
        groups.setdefault(want.place.object, []).append(want)
    return [sorted(group, key=lambda want: want.place.offset) for group in groups.values()]


def tiles(group: Group) -> bool:
    """Return whether pieces of one object, in order of their offsets, are all of it."""
    at = 0
    for want in group:
        if want.place.offset != at:
            return False
        at += want.place.stored
    return at == group[0].place.object_bytes


def _place_of(base: Base) -> Place:
    return Place(base.object, base.object_bytes, base.offset, base.stored, base.encoding)
