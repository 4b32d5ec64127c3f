"""Signatures beside versions: made by a push, demanded by a pull."""

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from support.stores import object_keys, write_tree

from podplanner.errors import FileAccessError, SignatureError
from podplanner.store.backends.directory import DirectoryBackend
from podplanner.store.root import make_root
from podplanner.store.store import Store


@pytest.fixture
def store(tmp_path):
    (tmp_path / "pod").mkdir()
    return Store(make_root(DirectoryBackend(tmp_path / "pod")))


@pytest.fixture
def model(tmp_path):
    return write_tree(tmp_path / "model", {"a.bin": b"a" * 1000, "config.json": b"{}"})


def key_pair(folder, name, password=None):
    private = ec.generate_private_key(ec.SECP256R1())
    how = serialization.NoEncryption()
    if password:
        how = serialization.BestAvailableEncryption(password.encode())
    secret, public = folder / f"{name}.pem", folder / f"{name}.pub"
    pem = serialization.Encoding.PEM
    secret.write_bytes(private.private_bytes(pem, serialization.PrivateFormat.PKCS8, how))
    public.write_bytes(
        private.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return secret, public


def test_a_signed_version_is_pulled_by_whoever_demands_its_signature(store, model, tmp_path):
    secret, public = key_pair(tmp_path, "team")
    store.push(model, "cat", sign_with=secret)
    store.pull("cat", tmp_path / "out", require_signature=public)
    assert (tmp_path / "out" / "a.bin").read_bytes() == b"a" * 1000


def test_a_version_without_a_signature_is_refused_and_nothing_written(store, model, tmp_path):
    _, public = key_pair(tmp_path, "team")
    store.push(model, "cat")
    with pytest.raises(SignatureError, match="cat:1 is not signed"):
        store.pull("cat", tmp_path / "out", require_signature=public)
    assert not (tmp_path / "out").exists()


def test_another_key_is_refused(store, model, tmp_path):
    secret, _ = key_pair(tmp_path, "team")
    _, other = key_pair(tmp_path, "other")
    store.push(model, "cat", sign_with=secret)
    with pytest.raises(SignatureError):
        store.pull("cat", tmp_path / "out", require_signature=other)


def test_a_signature_of_one_version_does_not_serve_for_another(store, model, tmp_path):
    secret, public = key_pair(tmp_path, "team")
    store.push(model, "cat", sign_with=secret)
    (model / "a.bin").write_bytes(b"b" * 1000)
    store.push(model, "cat")
    refs = store.root.refs
    first, second = (refs.version(refs.latest(store_name()).model, n) for n in (1, 2))
    for note in refs.notes(first.model, 1):
        refs.add_note(second, note)
    with pytest.raises(SignatureError):
        store.pull("cat:2", tmp_path / "out", require_signature=public)


def store_name():
    from podplanner.store.names import ModelName

    return ModelName.parse("cat")


def test_one_good_signature_among_others_is_enough(store, model, tmp_path):
    first, public = key_pair(tmp_path, "first")
    second, _ = key_pair(tmp_path, "second")
    store.push(model, "cat", sign_with=first)
    store.push(model, "cat", sign_with=second)
    store.pull("cat:1", tmp_path / "out", require_signature=public)


def test_an_encrypted_key_takes_its_password_from_the_environment(
    store, model, tmp_path, monkeypatch
):
    secret, public = key_pair(tmp_path, "team", password="much secret")
    with pytest.raises(SignatureError):
        store.push(model, "cat", sign_with=secret)
    monkeypatch.setenv("PODPLANNER_KEY_PASSWORD", "much secret")
    store.push(model, "cat", sign_with=secret)
    store.pull("cat", tmp_path / "out", require_signature=public)


@pytest.mark.parametrize("content", [None, b"no key"])
def test_a_key_that_cannot_be_used_is_refused_before_anything_is_stored(
    store, model, tmp_path, content
):
    key = tmp_path / "bad.pem"
    if content is not None:
        key.write_bytes(content)
    with pytest.raises(FileAccessError if content is None else SignatureError):
        store.push(model, "cat", sign_with=key)
    assert not object_keys(store.root)
