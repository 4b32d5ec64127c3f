"""Signing of versions by the OpenSSF model-signing library, with key files, offline.

What is signed is the manifest: the bundle is that of a model which is a folder with one file,
`<manifest digest>.json`, as the store names it, so both the store's digest (BLAKE3, the name) and
the library's (SHA-256 of the bytes) are under the signature. The manifest names every path, size
and executable bit, the digests of all pieces (by those of its tables) and the metadata; so nothing
in a version can change under a signature, no file of the model is read again to sign or to verify,
and the bundle has 2 KB for a version of one file or of 100,000. Name, number, aliases and notes of
a version are not signed: the same content under another name has the same signature.

Without podplanner, anybody with the library checks the same: unpack `manifests/<digest>.json.zst`
to `<digest>.json` in an empty folder, and
`model_signing verify key FOLDER --signature BUNDLE --public_key KEY`.
"""

import base64
import binascii
import hashlib
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from podplanner.errors import FileAccessError, PodplannerError, SignatureError
from podplanner.store.digest import digest_of

_ALGORITHM = "sha256"
# The only one that the library's own command verifies.
_LARGEST_BUNDLE = 2**20
# Bytes; ours has 2,000.
_LARGEST_KEY = 64 * 1024
_NO_CURVE = "has no attribute 'curve'"
# How the library says that a key is one of RSA or Ed25519, which it does not look for.
_OTHER_KEY = "Key mismatch"
# How it says that another key has signed.
_OTHER_CONTENT = "Signature mismatch"
# How `verifying.Config.verify` begins when the signature is good, and of other files.


class _Library(NamedTuple):
    signing: ModuleType
    verifying: ModuleType
    hashing: ModuleType


def sign_manifest(manifest: bytes, private_key: Path, password: str | None = None) -> str:
    """Return the signature of a version: a Sigstore bundle as JSON text.

    Args:
        manifest: The manifest's uncompressed bytes, as the store keeps them.
        private_key: An elliptic curve key (P-256, P-384 or P-521) in PEM.
        password: Of the key, where it is encrypted.

    Raises:
        SignatureError: The key cannot be used, or the library is not installed.
        FileAccessError: The key cannot be read.
    """
    library = _library()
    _read_key(private_key)
    secret: Any = None if password is None else password.encode()
    # The library says `str` and hands it to cryptography, which wants bytes.
    with _folder(manifest) as folder, _translated(f"cannot sign with {private_key}", _KEY_HINT):
        bundle = folder.parent / "bundle"
        library.signing.Config().use_elliptic_key_signer(
            private_key=private_key, password=secret
        ).set_hashing_config(_hashing(library)).sign(folder, bundle)
        return bundle.read_text(encoding="utf-8")


def verify_bundle(bundle: str, manifest: bytes, public_key: Path) -> None:
    """Check that a bundle signs this very manifest, with the private half of this key.

    Args:
        bundle: What `sign_manifest` returned.
        manifest: The manifest's uncompressed bytes, from which the version is read.
        public_key: In PEM.

    Raises:
        SignatureError: It does not, or the library is not installed.
        FileAccessError: The key cannot be read.
    """
    library = _library()
    _read_key(public_key, public=True)
    _check_form(bundle)
    with _folder(manifest) as folder, _translated("the signature does not hold", _VERSION_HINT):
        kept = folder.parent / "bundle"
        kept.write_text(bundle, encoding="utf-8")
        library.verifying.Config().use_elliptic_key_verifier(
            public_key=public_key
        ).set_hashing_config(_hashing(library)).verify(folder, kept)
    _check_resources(bundle, manifest)


_KEY_HINT = (
    "Give an elliptic curve key in PEM (`openssl ecparam -name prime256v1 -genkey -noout -out KEY`)"
    " and its password, if it has one, as PODPLANNER_KEY_PASSWORD."
)
_PUBLIC_KEY_HINT = "Give the public half of it in PEM (`openssl ec -in KEY -pubout -out KEY.pub`)."
_VERSION_HINT = (
    "The version, the signature or the key is not the one that you think: do not use the version "
    "before you know which."
)


def _library() -> _Library:
    """Return the library's modules, imported when they are needed: that takes half a second."""
    try:
        from model_signing import hashing, signing, verifying
    except ImportError as error:
        raise SignatureError(
            f"signatures need the model-signing library, which cannot be loaded ({error})",
            hint="Install it: `pip install 'podplanner[sign]'`.",
        ) from error
    return _Library(signing, verifying, hashing)


def _hashing(library: _Library) -> Any:  # noqa: ANN401  the library has no types
    """Return how the library is to hash: set here, so that no bundle chooses it."""
    config = library.hashing.Config()
    return config.use_file_serialization(hashing_algorithm=_ALGORITHM, max_workers=1)


@contextmanager
def _folder(manifest: bytes) -> Iterator[Path]:
    """Give a folder that holds the manifest as the model to sign, with room beside it."""
    with tempfile.TemporaryDirectory(prefix="podplanner-") as name:
        folder = Path(name) / "model"
        folder.mkdir()
        (folder / _resource(manifest)).write_bytes(manifest)
        yield folder


@contextmanager
def _translated(what: str, hint: str) -> Iterator[None]:
    """Turn what the library and its libraries raise into our error, keeping it as the cause."""
    try:
        yield
    except PodplannerError:
        raise
    except Exception as error:
        # ValueError, TypeError, what cryptography and pydantic raise: the library names none.
        said = str(error).strip().splitlines()
        why = said[0][:200] if said else type(error).__name__
        if why.startswith(_OTHER_CONTENT):
            why = "it is of another version"
        elif why.startswith(_OTHER_KEY):
            why = "it was made with another key"
        elif why.endswith(_NO_CURVE):
            why = "it is not an elliptic curve key"
        raise SignatureError(f"{what}: {why}", hint=hint) from error


def _resource(manifest: bytes) -> str:
    """Return the name of the only file of the model that is signed."""
    return f"{digest_of(manifest).hex()}.json"


def _read_key(path: Path, *, public: bool = False) -> None:
    """Refuse what cannot be read as a file, or is the wrong half, before the library is asked."""
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_KEY + 1)
    except OSError as error:
        raise FileAccessError(
            f"cannot read the key {path}: {(error.strerror or '').lower()}",
            hint="Name a key file in PEM that you may read.",
        ) from error
    if len(content) > _LARGEST_KEY or b"-----BEGIN " not in content:
        hint = _PUBLIC_KEY_HINT if public else _KEY_HINT
        raise SignatureError(f"{path} is no key in PEM", hint=hint)
    if public and b"PRIVATE KEY-----" in content:
        raise SignatureError(f"{path} is a private key", hint=_PUBLIC_KEY_HINT)
    if not public and b"-----BEGIN PUBLIC KEY" in content:
        raise SignatureError(f"{path} is a public key: it cannot sign", hint=_KEY_HINT)


def _check_form(bundle: str) -> None:
    """Refuse a bundle of which the library would only warn, or that is no bundle."""
    if len(bundle) > _LARGEST_BUNDLE:
        raise SignatureError(f"a signature of {len(bundle)} bytes is none")
    with _translated("the signature cannot be read", _VERSION_HINT):
        read = json.loads(bundle)
        hint = read["verificationMaterial"]["publicKey"].get("hint")
        signatures = read["dsseEnvelope"]["signatures"]
        if not hint or len(signatures) != 1:
            raise SignatureError(
                "the signature does not say of which key it is", hint="Sign the version again."
            )


def _check_resources(bundle: str, manifest: bytes) -> None:
    """Check that what was signed is the manifest and nothing else."""
    try:
        payload = json.loads(base64.b64decode(json.loads(bundle)["dsseEnvelope"]["payload"]))
        resources = payload["predicate"]["resources"]
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise SignatureError("the signature cannot be read") from error
    wanted = {
        "name": _resource(manifest),
        "algorithm": _ALGORITHM,
        "digest": hashlib.sha256(manifest).hexdigest(),
    }
    if resources != [wanted]:
        raise SignatureError("the signature is of something else", hint=_VERSION_HINT)
