"""Signatures by the real library, with real keys."""

import base64
import json
import subprocess
import sys

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from podplanner.errors import FileAccessError, SignatureError
from podplanner.store.digest import digest_of
from podplanner.store.documents import encode
from podplanner.store.manifest import FORMAT, FileEntry, Manifest, TableRef
from podplanner.store.signing import sign_manifest, verify_bundle

PASSWORD = "tr0ub4dor"


def manifest(**changes):
    """Return the bytes of a manifest, with something in it changed."""
    entry = {"path": "model.safetensors", "size": 3000, "pieces": 2, "executable": False}
    entry |= {key: value for key, value in changes.items() if key in entry}
    table = changes.get("table", "ab" * 32)
    return encode(
        Manifest(
            format=FORMAT,
            files=(FileEntry(**entry),),
            folders=changes.get("folders", ()),
            tables=(TableRef(table=table, pieces=2, bytes=3000),),
            metadata=changes.get("metadata", {"license": "mit"}),
        )
    )


def write_keys(folder, name, private, password=None):
    secret = (
        serialization.BestAvailableEncryption(password.encode())
        if password
        else serialization.NoEncryption()
    )
    (folder / f"{name}.pem").write_bytes(
        private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, secret)
    )
    (folder / f"{name}.pub").write_bytes(
        private.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """A folder with keys of several kinds."""
    folder = tmp_path_factory.mktemp("keys")
    write_keys(folder, "mine", ec.generate_private_key(ec.SECP256R1()))
    write_keys(folder, "other", ec.generate_private_key(ec.SECP256R1()))
    write_keys(folder, "p384", ec.generate_private_key(ec.SECP384R1()))
    write_keys(folder, "p521", ec.generate_private_key(ec.SECP521R1()))
    write_keys(folder, "locked", ec.generate_private_key(ec.SECP256R1()), PASSWORD)
    write_keys(folder, "koblitz", ec.generate_private_key(ec.SECP256K1()))
    write_keys(folder, "rsa", rsa.generate_private_key(65537, 2048))
    (folder / "text.pem").write_text("no key")
    (folder / "broken.pem").write_text(
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
    )
    (folder / "folder.pem").mkdir()
    return folder


@pytest.mark.parametrize("name", ["mine", "p384", "p521"])
def test_what_is_signed_verifies_with_the_other_half_of_the_key(keys, name):
    bundle = sign_manifest(manifest(), keys / f"{name}.pem")
    verify_bundle(bundle, manifest(), keys / f"{name}.pub")
    assert json.loads(bundle)["mediaType"].startswith("application/vnd.dev.sigstore.bundle")


def test_a_key_with_a_password_needs_it(keys):
    bundle = sign_manifest(manifest(), keys / "locked.pem", PASSWORD)
    verify_bundle(bundle, manifest(), keys / "locked.pub")
    for password in (None, "wrong", ""):
        with pytest.raises(SignatureError, match="cannot sign with"):
            sign_manifest(manifest(), keys / "locked.pem", password)
    with pytest.raises(SignatureError, match="cannot sign with"):
        sign_manifest(manifest(), keys / "mine.pem", PASSWORD)


def test_the_error_of_a_password_says_where_it_is_given(keys):
    with pytest.raises(SignatureError) as caught:
        sign_manifest(manifest(), keys / "locked.pem")
    assert "PODPLANNER_KEY_PASSWORD" in caught.value.hint


def test_the_wrong_half_of_a_key_and_a_key_of_another_kind_are_named_as_such(keys):
    bundle = sign_manifest(manifest(), keys / "mine.pem")
    with pytest.raises(SignatureError, match="is a private key") as caught:
        verify_bundle(bundle, manifest(), keys / "mine.pem")
    assert "-pubout" in caught.value.hint
    with pytest.raises(SignatureError, match="is a public key"):
        sign_manifest(manifest(), keys / "mine.pub")
    with pytest.raises(SignatureError, match="not an elliptic curve key"):
        sign_manifest(manifest(), keys / "rsa.pem")
    with pytest.raises(SignatureError, match="made with another key"):
        verify_bundle(bundle, manifest(), keys / "other.pub")
    with pytest.raises(FileAccessError) as missing:
        verify_bundle(bundle, manifest(), keys / "nothere.pub")
    assert missing.value.hint


CHANGES = {
    "a path": {"path": "model.safetensorz"},
    "a size": {"size": 3001},
    "a number of pieces": {"pieces": 1},
    "an executable bit": {"executable": True},
    "a byte of a file": {"table": "ac" * 32},
    "a folder": {"folders": ("empty",)},
    "metadata": {"metadata": {"license": "bsd"}},
}


@pytest.mark.parametrize("changes", CHANGES.values(), ids=CHANGES)
def test_any_change_breaks_the_signature(keys, changes):
    bundle = sign_manifest(manifest(), keys / "mine.pem")
    with pytest.raises(SignatureError, match="it is of another version"):
        verify_bundle(bundle, manifest(**changes), keys / "mine.pub")


def test_another_key_does_not_verify_even_if_the_bundle_says_so(keys):
    bundle = json.loads(sign_manifest(manifest(), keys / "mine.pem"))
    with pytest.raises(SignatureError, match="does not hold"):
        verify_bundle(json.dumps(bundle), manifest(), keys / "other.pub")
    other = json.loads(sign_manifest(manifest(), keys / "other.pem"))
    bundle["verificationMaterial"] = other["verificationMaterial"]
    with pytest.raises(SignatureError, match="does not hold"):
        verify_bundle(json.dumps(bundle), manifest(), keys / "other.pub")


def test_a_payload_that_was_changed_does_not_verify(keys):
    bundle = json.loads(sign_manifest(manifest(), keys / "mine.pem"))
    payload = json.loads(base64.b64decode(bundle["dsseEnvelope"]["payload"]))
    evil = manifest(metadata={"license": "evil"})
    (resource,) = payload["predicate"]["resources"]
    resource["name"] = f"{digest_of(evil).hex()}.json"
    bundle["dsseEnvelope"]["payload"] = base64.b64encode(json.dumps(payload).encode()).decode()
    with pytest.raises(SignatureError):
        verify_bundle(json.dumps(bundle), evil, keys / "mine.pub")


@pytest.mark.parametrize("at", range(0, 1400, 97))
def test_a_bundle_with_one_other_character_is_refused_or_the_same(keys, at):
    bundle = sign_manifest(manifest(), keys / "mine.pem")
    at = min(at, len(bundle) - 1)
    changed = bundle[:at] + ("A" if bundle[at] != "A" else "B") + bundle[at + 1 :]
    with pytest.raises(SignatureError):
        verify_bundle(changed, manifest(), keys / "mine.pub")


def signed_by_the_library(keys, folder, bundle, **options):
    """Sign a folder by the library itself, as its user would."""
    from model_signing import hashing, signing

    ignored = options.pop("ignored", ())
    config = hashing.Config().use_file_serialization(**options)
    config.add_ignored_paths(model_path=folder, paths=ignored)
    signing.Config().use_elliptic_key_signer(private_key=keys / "mine.pem").set_hashing_config(
        config
    ).sign(folder, bundle)
    return bundle.read_text()


def test_a_signature_of_something_else_by_the_same_key_is_none_of_a_version(keys, tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    name = f"{digest_of(manifest()).hex()}.json"
    (folder / name).write_bytes(manifest())
    bundle = signed_by_the_library(keys, folder, tmp_path / "a")
    verify_bundle(bundle, manifest(), keys / "mine.pub")
    (folder / "more").write_text("x")
    for options in ({}, {"ignored": [name]}, {"hashing_algorithm": "blake3"}):
        bundle = signed_by_the_library(keys, folder, tmp_path / "b", **options)
        with pytest.raises(SignatureError):
            verify_bundle(bundle, manifest(), keys / "mine.pub")
    (folder / "more").unlink()
    ignoring = signed_by_the_library(keys, folder, tmp_path / "c", ignored=[name])
    with pytest.raises(SignatureError):
        verify_bundle(ignoring, manifest(), keys / "mine.pub")


def test_the_library_s_own_command_verifies_a_signature(keys, tmp_path):
    content = manifest()
    folder = tmp_path / "manifests"
    folder.mkdir()
    (folder / f"{digest_of(content).hex()}.json").write_bytes(content)
    bundle = tmp_path / "bundle.json"
    bundle.write_text(sign_manifest(content, keys / "mine.pem"))
    command = [
        sys.executable, "-m", "model_signing", "verify", "key", str(folder),
        "--signature", str(bundle), "--public_key", str(keys / "mine.pub"),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, "succeeded" in done.stdout) == (0, True), done.stderr
    (folder / f"{digest_of(content).hex()}.json").write_bytes(manifest(size=1))
    assert subprocess.run(command, capture_output=True).returncode != 0


@pytest.mark.parametrize(
    "bundle", ["", "{}", "[]", "null", "7", "{", '{"mediaType": "x"}', "x" * 2**21]
)
def test_what_is_no_bundle_is_refused(keys, bundle):
    with pytest.raises(SignatureError):
        verify_bundle(bundle, manifest(), keys / "mine.pub")


@pytest.mark.parametrize("name", ["text", "broken", "koblitz", "rsa"])
def test_keys_that_cannot_sign_are_refused_with_how_to_make_one(keys, name):
    with pytest.raises(SignatureError) as raised:
        sign_manifest(manifest(), keys / f"{name}.pem")
    assert "openssl" in raised.value.hint


def test_the_wrong_half_of_a_key_is_refused(keys):
    with pytest.raises(SignatureError):
        sign_manifest(manifest(), keys / "mine.pub")
    bundle = sign_manifest(manifest(), keys / "mine.pem")
    with pytest.raises(SignatureError):
        verify_bundle(bundle, manifest(), keys / "mine.pem")


@pytest.mark.parametrize("name", ["missing.pem", "folder.pem"])
def test_keys_that_cannot_be_read_are_named(keys, name):
    with pytest.raises(FileAccessError, match=name):
        sign_manifest(manifest(), keys / name)


def test_a_bundle_is_small_for_any_number_of_files(keys):
    files = tuple(FileEntry(path=f"f{n:06}", size=1, pieces=1) for n in range(50_000))
    content = encode(Manifest(format=FORMAT, files=files))
    bundle = sign_manifest(content, keys / "mine.pem")
    assert len(bundle) < 3000
    verify_bundle(bundle, content, keys / "mine.pub")


WITHOUT = """
import sys
sys.modules["model_signing"] = None
from pathlib import Path
from podplanner.errors import SignatureError
from podplanner.store.signing import sign_manifest
try:
    sign_manifest(b"", Path("key"))
except SignatureError as error:
    print(error.hint)
"""


def test_without_the_library_one_line_says_what_to_install():
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True)
    assert done.stdout == "Install it: `pip install 'podplanner[sign]'`.\n", done.stderr
