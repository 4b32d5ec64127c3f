"""How a bucket is reached: the environment wins over the project's file, and makes sense."""

import pytest

from podplanner.errors import FormatError, WrongUsageError
from podplanner.store.backends.s3.settings import Keys, S3Settings, connect
from podplanner.store.project import BucketSettings, bucket_settings

PROJECT = BucketSettings(
    endpoint="https://project.example",
    region="eu-west-1",
    addressing="virtual",
    ca_bundle="/project/ca.pem",
)


def settings(**environ: str) -> S3Settings:
    return S3Settings.of_environment(environ, PROJECT)


def test_a_projects_file_is_asked_where_the_environment_says_nothing():
    found = settings()
    assert found.endpoint == "https://project.example"
    assert (found.region, found.addressing) == ("eu-west-1", "virtual")
    assert found.ca_bundle == "/project/ca.pem"
    assert S3Settings.of_environment({}) == S3Settings()


@pytest.mark.parametrize(
    ("variable", "value", "name", "expected"),
    [
        ("PODPLANNER_S3_ENDPOINT", "http://pod:8333", "endpoint", "http://pod:8333"),
        # Left to boto3, which takes it from the same place.
        ("AWS_ENDPOINT_URL_S3", "http://pod:8333", "endpoint", None),
        ("AWS_ENDPOINT_URL", "http://pod:8333", "endpoint", None),
        ("AWS_REGION", "us-west-2", "region", "us-west-2"),
        ("AWS_DEFAULT_REGION", "us-west-2", "region", "us-west-2"),
        ("PODPLANNER_S3_ADDRESSING", "path", "addressing", "path"),
        ("AWS_CA_BUNDLE", "/own/ca.pem", "ca_bundle", "/own/ca.pem"),
        ("PODPLANNER_S3_STALL_SECONDS", "2.5", "stall_s", 2.5),
    ],
)
def test_the_environment_wins(variable, value, name, expected):
    assert getattr(settings(**{variable: value}), name) == expected


def test_of_two_names_of_the_region_that_of_the_other_clients_wins():
    assert settings(AWS_REGION="a", AWS_DEFAULT_REGION="b").region == "a"


def test_empty_variables_say_nothing():
    assert settings(PODPLANNER_S3_ENDPOINT="", AWS_REGION="").endpoint == PROJECT.endpoint


@pytest.mark.parametrize(
    "endpoint",
    [
        "pod:8333",
        "ftp://pod",
        "http://",
        "http://pod:port",
        "http://[pod",
        "http://pod?x=1",
        "//pod",
    ],
)
def test_an_endpoint_that_is_no_url_is_refused_wherever_it_stands(endpoint):
    with pytest.raises(WrongUsageError) as caught:
        S3Settings.of_environment({"PODPLANNER_S3_ENDPOINT": endpoint})
    assert endpoint in caught.value.message
    with pytest.raises(WrongUsageError):
        S3Settings.of_environment({}, BucketSettings(endpoint=endpoint))


def test_a_password_in_an_endpoint_is_refused_and_not_repeated():
    with pytest.raises(WrongUsageError) as caught:
        S3Settings.of_environment({"PODPLANNER_S3_ENDPOINT": "http://KEY:hush@pod:8333"})
    assert "hush" not in caught.value.message + caught.value.hint


def test_keys_show_no_secret():
    assert "hush" not in repr(S3Settings(keys=Keys("KEY", "hush", "hush-token")))


@pytest.mark.parametrize(
    ("given", "base", "region"),
    [
        (S3Settings(), "https://pods.s3.amazonaws.com/", "us-east-1"),
        (S3Settings(region="eu-west-1"), "https://pods.s3.eu-west-1.amazonaws.com/", "eu-west-1"),
        (S3Settings(endpoint="http://pod:8333"), "http://pod:8333/pods/", "us-east-1"),
        (
            S3Settings(endpoint="http://pod:8333", addressing="virtual"),
            "http://pods.pod:8333/",
            "us-east-1",
        ),
    ],
)
def test_buckets_of_aws_stand_in_the_host_and_those_at_home_in_the_path(given, base, region):
    from dataclasses import replace

    access = connect("pods", replace(given, keys=Keys("KEY", "hush")))
    assert (access.base_url, access.region) == (base, region)
    assert base.startswith(access.endpoint)


def test_boto3s_own_variable_names_the_engine_too(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://pod:8333")
    assert connect("pods", S3Settings(keys=Keys("KEY", "hush"))).base_url == "http://pod:8333/pods/"
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://KEY:hush@pod:8333")
    with pytest.raises(WrongUsageError) as caught:
        connect("pods", S3Settings(keys=Keys("KEY", "hush")))
    assert "hush" not in caught.value.message


# The project's file


def write(folder, text):
    (folder / "podplanner.toml").write_text(f"[store]\n{text}\n")


def test_a_file_speaks_of_the_bucket_that_its_address_names(tmp_path):
    write(tmp_path, 'address = "s3://pods/models"\nendpoint = "http://pod:8333"')
    for bucket, endpoint in (("pods", "http://pod:8333"), ("pods2", None), ("po", None)):
        assert bucket_settings(bucket, tmp_path).endpoint == endpoint


def test_a_file_without_an_address_speaks_of_every_bucket(tmp_path):
    write(tmp_path, 'endpoint = "http://pod:8333"')
    assert bucket_settings("any", tmp_path).endpoint == "http://pod:8333"


def test_the_nearest_file_that_speaks_of_the_bucket_counts(tmp_path):
    deep = tmp_path / "a" / "b"
    deep.mkdir(parents=True)
    write(tmp_path, 'endpoint = "http://top:1"')
    write(tmp_path / "a", 'address = "s3://other"\nendpoint = "http://other:1"')
    write(deep, 'address = "s3://pods"')
    assert bucket_settings("pods", deep).endpoint == "http://top:1"
    write(deep, 'address = "s3://pods"\nregion = "eu-west-1"')
    assert bucket_settings("pods", deep) == BucketSettings(region="eu-west-1")


def test_a_file_of_certificates_is_relative_to_the_projects_file(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", "/home/ann")
    for written, meant in (
        ("ca.pem", str(tmp_path / "ca.pem")),
        ("/etc/ca.pem", "/etc/ca.pem"),
        ("~/ca.pem", "/home/ann/ca.pem"),
    ):
        write(tmp_path, f'ca_bundle = "{written}"')
        assert bucket_settings("pods", tmp_path).ca_bundle == meant


@pytest.mark.parametrize(
    "name",
    [
        "access_key",
        "secret_access_key",
        "AWS_ACCESS_KEY_ID",
        "session_token",
        "password",
        "profile",
    ],
)
def test_credentials_in_a_projects_file_are_refused_and_not_repeated(tmp_path, name):
    write(tmp_path, f'address = "s3://pods"\n{name} = "hush"')
    with pytest.raises(FormatError, match=name) as caught:
        bucket_settings("pods", tmp_path)
    assert "hush" not in caught.value.message + caught.value.hint
    assert "AWS_ACCESS_KEY_ID" in caught.value.hint


@pytest.mark.parametrize("text", ['endpont = "http://pod"', "endpoint = 3", 'region = ""'])
def test_what_means_nothing_in_a_projects_file_is_refused(tmp_path, text):
    write(tmp_path, text)
    with pytest.raises(FormatError, match=text.split()[0]) as caught:
        bucket_settings("pods", tmp_path)
    assert caught.value.hint
