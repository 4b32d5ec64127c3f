"""Make stores with more pieces, or more versions, than real models have."""

import sys
from pathlib import Path

from processes import Run, fresh, run

HERE = Path(__file__).parent
PIECES = 2_000_000
PIECE_BYTES = 64
_PUSH = f"""
import sys
from pathlib import Path
from podplanner.store import open_store
from podplanner.store.cutting import Span, Understood
from podplanner.store.pushing import hashing

def tiny(file, size, **_):
    step = 2_048 * {PIECE_BYTES}
    def spans():
        for at in range(0, size, step):
            yield Span(at, (({PIECE_BYTES},) * (min(step, size - at) // {PIECE_BYTES})))
    return Understood(None, None, spans)

hashing.understand = tiny
open_store(sys.argv[1]).push(sys.argv[2], "pieces")
"""
# The real push, but for where it cuts: a model of 2 million real pieces takes half a terabyte.


def write_many_pieces(folder: Path, env: dict[str, str]) -> Run:
    """Push one file that is cut into two million pieces."""
    source = fresh(folder / "pieces")
    source.mkdir()
    with (source / "many.bin").open("wb") as file:
        for number in range(PIECES):
            file.write(number.to_bytes(8, "little") * (PIECE_BYTES // 8))
    return run([sys.executable, "-c", _PUSH, env["PODPLANNER_STORE"], str(source)], env=env)


def write_many_versions(store: Path, *, models: int, versions: int) -> None:
    """Write many versions, each with a manifest, a layout and tables of its own."""
    from podplanner.store import layout as layouts
    from podplanner.store import manifest as manifests
    from podplanner.store import open_store
    from podplanner.store.digest import digest_of
    from podplanner.store.documents import encode, pack
    from podplanner.store.names import ModelName
    from podplanner.store.reader import DocumentKey
    from podplanner.store.record_keys import record_key
    from podplanner.store.records import VERSION_FORMAT, VersionRecord, proven
    from podplanner.store.tables import RAW, ObjectKey, Piece, PieceTable, Place, PlaceTable

    root = open_store(store).root
    backend = root.backend

    def put(kind: str, content: bytes) -> DocumentKey:
        key = DocumentKey(kind, digest_of(content))  # type: ignore[arg-type]
        backend.put(key.key, [pack(content)])
        return key

    for number in range(models):
        model = ModelName(f"team/model-{number:04d}")
        # All pieces of a model lie in one bundle; a version has one of its own and nine that
        # others have too.
        contents = [f"{number:08d}{piece:08d}".encode() for piece in range(versions + 9)]
        bundle = b"".join(contents)
        key = ObjectKey(digest_of(bundle))
        backend.put(key.key, [bundle])
        for version in range(1, versions + 1):
            chosen = range(version - 1, version + 9)
            rows = [Piece(16, digest_of(contents[piece])) for piece in chosen]
            places = [Place(key, len(bundle), 16 * piece, 16, RAW) for piece in chosen]
            table = put("tables", PieceTable.of(rows).encode())
            place = put("tables", PlaceTable.of(places).encode())
            made = manifests.Manifest(
                format=manifests.FORMAT,
                files=(manifests.FileEntry(path="model.bin", size=160, pieces=10),),
                tables=(manifests.TableRef(table=table.word, pieces=10, bytes=160),),
            )
            manifest = put("manifests", encode(made))
            layout = layouts.Layout(
                format=layouts.FORMAT,
                manifest=manifest.word,
                tables=(layouts.PlaceTableRef(table=place.word, pieces=10),),
                stored_bytes=160,
            )
            record = VersionRecord(
                format=VERSION_FORMAT,
                model=model.shown,
                number=version,
                push_id=f"{number:016x}{version:016x}",
                time="2026-11-24T00:00:00.000Z",
                who="bench@here",
                manifest=manifest.word,
                layout=put("layouts", encode(layout)).word,
                files=1,
                total_bytes=160,
            )
            backend.put(record_key(model, version), [encode(proven(record))])
