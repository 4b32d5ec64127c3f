"""Signatures in the store: kept as notes on the version that they sign."""

import os
from collections.abc import Callable
from pathlib import Path

from podplanner.errors import SignatureError
from podplanner.store.claims import who_am_i
from podplanner.store.clock import written
from podplanner.store.reader import located
from podplanner.store.records import NOTE_FORMAT, NoteRecord
from podplanner.store.refs import Version
from podplanner.store.root import StoreRoot
from podplanner.store.signing import sign_manifest, verify_bundle

PASSWORD_VARIABLE = "PODPLANNER_KEY_PASSWORD"  # noqa: S105  the name of a variable
"""Environment variable with the password of an encrypted private key."""
_BUNDLE = "bundle"


def signer(root: StoreRoot, private_key: Path) -> Callable[[Version], None]:
    """Return what signs a version; the key is tried at once, before anything is stored.

    Raises:
        SignatureError: The key cannot be used, or the library is not installed.
        FileAccessError: The key cannot be read.
    """
    password = os.environ.get(PASSWORD_VARIABLE)
    sign_manifest(b"{}", private_key, password)

    def sign(version: Version) -> None:
        note = NoteRecord(
            format=NOTE_FORMAT,
            kind="signature",
            values={_BUNDLE: sign_manifest(_manifest(root, version), private_key, password)},
            manifest=version.record.manifest,
            time=written(root.backend.now()),
            who=who_am_i(),
        )
        root.refs.add_note(version, note)

    return sign


def checker(root: StoreRoot, public_key: Path) -> Callable[[Version], None]:
    """Return what raises SignatureError for a version that the key has not signed."""

    def check(version: Version) -> None:
        bundles = [
            str(note.values.get(_BUNDLE, ""))
            for note in root.refs.notes(version.model, version.number)
            if note.kind == "signature"
        ]
        if not bundles:
            raise SignatureError(
                f"{version} is not signed",
                hint="Sign it with `podplanner model push --sign KEY`, or pull without asking.",
            )
        manifest = _manifest(root, version)
        last: SignatureError | None = None
        for bundle in reversed(bundles):
            try:
                verify_bundle(bundle, manifest, public_key)
            except SignatureError as error:
                last = last or error
            else:
                return
        if last is not None:
            raise last

    return check


def _manifest(root: StoreRoot, version: Version) -> bytes:
    """Return the manifest's bytes, as they are signed."""
    layout = root.reader.layout(version.layout)
    key = located("manifests", version.record.manifest, layout.renamed)
    return root.reader.content(key)
