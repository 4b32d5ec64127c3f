"""Addresses: what a person types, or has set up, and the backend that it names."""

import os
from pathlib import Path

import pytest

from podplanner.errors import (
    FormatError,
    NoStoreError,
    NotPermittedError,
    ObjectMissingError,
    WrongUsageError,
)
from podplanner.store.backends.directory import DirectoryBackend
from podplanner.store.backends.read_only import ReadOnlyBackend
from podplanner.store.locate import (
    BucketAddress,
    DirectoryAddress,
    find_address,
    least_grace_s,
    open_backend,
    parse_address,
)


def found(given=None, environ=None, cwd=Path("/nowhere/at/all")) -> str:
    return find_address(given, environ or {}, cwd)


def test_what_is_given_wins_then_the_environment_then_the_project(tmp_path):
    (tmp_path / "podplanner.toml").write_text('store = "/from/file"')
    environ = {"PODPLANNER_STORE": "/from/environment"}
    assert found("/given", environ, tmp_path) == "/given"
    assert found(None, environ, tmp_path) == "/from/environment"
    assert found("", environ, tmp_path) == "/from/environment"
    assert found(None, {"PODPLANNER_STORE": ""}, tmp_path) == "/from/file"


def test_where_nothing_names_a_store_the_error_says_how_to_make_one(tmp_path):
    with pytest.raises(NoStoreError, match="PODPLANNER_STORE") as caught:
        found(cwd=tmp_path)
    assert "podplanner store init DIR" in caught.value.hint
    assert "--store" in caught.value.hint


def test_the_nearest_project_file_that_names_a_store_is_taken(tmp_path):
    deep = tmp_path / "a" / "b" / "c"
    deep.mkdir(parents=True)
    (tmp_path / "podplanner.toml").write_text('store = "/top"')
    assert found(cwd=deep) == "/top"
    (tmp_path / "a" / "podplanner.toml").write_text('[store]\naddress = "/middle"\n')
    assert found(cwd=deep) == "/middle"
    (deep / "podplanner.toml").write_text("[other]\nthing = 1\n")
    assert found(cwd=deep) == "/middle", "a file that names none does not end the search"
    assert found(cwd=tmp_path) == "/top"


@pytest.mark.parametrize("text", ['store = "sub/store"', '[store]\naddress = "sub/store"'])
def test_a_relative_path_in_a_project_file_is_relative_to_the_file(tmp_path, text):
    (tmp_path / "deep").mkdir()
    (tmp_path / "podplanner.toml").write_text(text)
    assert found(cwd=tmp_path / "deep") == str(tmp_path / "sub/store")


def test_a_url_in_a_project_file_stays_one(tmp_path):
    (tmp_path / "podplanner.toml").write_text('store = "s3://bucket/prefix"')
    assert found(cwd=tmp_path) == "s3://bucket/prefix"


def test_the_users_home_is_known_in_a_project_file(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "podplanner.toml").write_text('store = "~/store"')
    assert found(cwd=tmp_path) == str(tmp_path / "home" / "store")


@pytest.mark.parametrize("text", ["store = 3", "store = []", 'store = ""', "[store]\naddress = 1"])
def test_a_project_file_that_names_a_store_by_no_string_is_refused(tmp_path, text):
    (tmp_path / "podplanner.toml").write_text(text)
    with pytest.raises(FormatError, match=r"podplanner\.toml") as caught:
        found(cwd=tmp_path)
    assert caught.value.hint


@pytest.mark.parametrize("content", [b"store = ", b"\xff\xfe", b"\0"])
def test_a_project_file_that_cannot_be_read_is_an_error_and_not_passed_over(tmp_path, content):
    (tmp_path / "podplanner.toml").write_bytes(content)
    with pytest.raises(FormatError, match=r"podplanner\.toml"):
        found(cwd=tmp_path)


def test_paths_are_taken_from_the_working_directory(tmp_path):
    assert parse_address("a/b", cwd=tmp_path) == DirectoryAddress(tmp_path / "a/b")
    assert parse_address("/a/b") == DirectoryAddress(Path("/a/b"))
    assert str(parse_address("/a/b")) == "/a/b"


@pytest.mark.parametrize(
    ("word", "path"),
    [
        ("file:///a/b", "/a/b"),
        ("file://localhost/a", "/a"),
        ("file:///a%20b/%C3%A9", "/a b/é"),
    ],
)
def test_file_urls_are_paths(word, path):
    assert parse_address(word).path == Path(path)


@pytest.mark.parametrize(
    "word",
    ["", "  ", "a\0b", "http://x/y", "file://host/a", "file://", "file:///a%00b", "file:///a?b",
     "file:///a#b", "gs://bucket"],
)  # fmt: skip
def test_what_is_no_address_is_refused_with_a_hint(word):
    with pytest.raises(WrongUsageError) as caught:
        parse_address(word)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("word", "bucket", "prefix", "shown"),
    [
        ("s3://bucket", "bucket", "", "s3://bucket"),
        ("s3://bucket/", "bucket", "", "s3://bucket"),
        ("s3://my.bucket-1/a/b/", "my.bucket-1", "a/b", "s3://my.bucket-1/a/b"),
    ],
)
def test_buckets_have_a_place_in_them(word, bucket, prefix, shown):
    address = parse_address(word)
    assert address == BucketAddress(bucket, prefix)
    assert str(address) == shown


@pytest.mark.parametrize(
    "word",
    ["s3://", "s3:///a", "s3://Bucket", "s3://a", "s3://bu..cket", "s3://bucket/A", "s3://b:80/a",
     "s3://bucket/a//b", "s3://bucket/../a", "s3://bucket/a b", "s3://bucket/a?b", "s3://bücket"],
)  # fmt: skip
def test_what_can_be_no_place_in_a_bucket_is_refused(word):
    with pytest.raises(WrongUsageError):
        parse_address(word)


def test_credentials_in_an_address_are_refused_and_not_repeated():
    with pytest.raises(WrongUsageError) as caught:
        parse_address("s3://AKIA123:sEcReT@bucket/prefix")
    assert "sEcReT" not in f"{caught.value.message} {caught.value.hint}"
    assert "AKIA123" not in caught.value.message


def test_a_directory_is_opened_and_not_written_to(tmp_path):
    backend = open_backend(DirectoryAddress(tmp_path))
    assert isinstance(backend, DirectoryBackend)
    assert backend.address == str(tmp_path)
    with pytest.raises(ObjectMissingError):
        backend.get("store.json")
    assert list(tmp_path.iterdir()) == []


def test_a_store_may_be_reached_by_a_symbolic_link(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    open_backend(DirectoryAddress(tmp_path / "link")).put("a", [b"x"])
    assert (tmp_path / "real" / "a").read_bytes() == b"x"


def test_read_only_is_read_only(tmp_path):
    backend = open_backend(DirectoryAddress(tmp_path), read_only=True)
    assert isinstance(backend, ReadOnlyBackend)
    with pytest.raises(NotPermittedError):
        backend.create("store.json", b"{}")


def test_a_directory_that_is_not_there_is_an_error_unless_it_shall_be_made(tmp_path):
    address = DirectoryAddress(tmp_path / "a" / "b")
    with pytest.raises(NoStoreError, match="is not there") as caught:
        open_backend(address)
    assert f"podplanner store init {tmp_path / 'a' / 'b'}" in caught.value.hint
    assert list(tmp_path.iterdir()) == []
    assert open_backend(address, make=True).create("store.json", b"{}")


@pytest.mark.parametrize("make", [False, True])
def test_a_file_is_no_store(tmp_path, make):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(NoStoreError, match="is no directory"):
        open_backend(DirectoryAddress(tmp_path / "file"), make=make)


def test_a_directory_below_a_file_is_an_error(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises((NoStoreError, NotPermittedError)):
        open_backend(DirectoryAddress(tmp_path / "file" / "store"), make=True)
    with pytest.raises(NoStoreError):
        open_backend(DirectoryAddress(tmp_path / "file" / "store"))


@pytest.mark.skipif(not Path("/proc/version").exists() or os.name == "nt", reason="needs /proc")
def test_a_directory_that_cannot_be_made_says_why():
    with pytest.raises((NotPermittedError, NoStoreError)) as caught:
        open_backend(DirectoryAddress(Path("/proc/none/store")), make=True)
    assert caught.value.hint


@pytest.mark.parametrize(("kind", "seconds"), [("nfs4", 600.0), ("cifs", 600.0), ("ext4", 0.0)])
def test_a_collection_waits_longer_on_a_file_server(tmp_path, monkeypatch, kind, seconds):
    from podplanner.store.backends.directory import mounts

    mount = mounts.Mount(str(tmp_path), kind, "somewhere", frozenset())
    monkeypatch.setattr(mounts, "mount_of", lambda path: mount)
    assert least_grace_s(str(tmp_path)) == seconds
