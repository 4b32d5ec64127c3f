import pytest

from podplanner.errors import WrongUsageError
from podplanner.store.names import HIGHEST_NUMBER, ModelName, Reference, alias_of, number_of


@pytest.mark.parametrize(
    ("word", "key"),
    [
        ("cat", "cat"),
        ("a", "a"),
        ("Team/Cat-Detector", "team%2fcat-detector"),
        ("Qwen/Qwen2-7B", "qwen%2fqwen2-7b"),
        ("v1.5_final", "v1.5_final"),
    ],
)
def test_a_name_has_a_key_in_lower_case(word, key):
    name = ModelName.parse(word)
    assert (str(name), name.key) == (word, key)
    assert ModelName.from_key(key).key == key


@pytest.mark.parametrize(
    "word",
    [
        "", "/", "a/", "/a", "a/b/c", "-a", "a-", ".a", "a.", "a..b", "a--b", "a b", "a\\b", "ä",
        "../x", "con", "NUL.bin", "team/com1", "lpt9.x/cat", "a\n", "a:b", "x" * 97, "a%2fb",
    ],
)  # fmt: skip
def test_a_name_that_breaks_a_rule_is_refused_with_a_hint(word):
    with pytest.raises(WrongUsageError) as caught:
        ModelName.parse(word)
    assert caught.value.hint
    assert "\n" not in caught.value.message


def test_a_name_of_the_greatest_length_is_taken():
    assert ModelName.parse("x" * 96 + "/" + "y" * 96)


@pytest.mark.parametrize(
    ("word", "version", "alias"),
    [
        ("team/cat", None, None),
        ("team/cat:latest", None, None),
        ("team/cat:LATEST", None, None),
        ("team/cat:3", 3, None),
        ("cat:007", 7, None),
        ("cat:prod", None, "prod"),
        ("cat:Prod", None, "prod"),
        (f"cat:{HIGHEST_NUMBER}", HIGHEST_NUMBER, None),
    ],
)
def test_a_reference_names_a_version_or_an_alias_or_the_latest(word, version, alias):
    found = Reference.parse(word)
    assert (found.version, found.alias) == (version, alias)
    assert Reference.parse(str(found)) == found


@pytest.mark.parametrize(
    "word",
    ["cat:", "cat:0", "cat:-1", "cat:1.5", "cat:3x", "cat:a:b", "cat:²", "cat:" + "9" * 400,
     f"cat:{HIGHEST_NUMBER + 1}"],
)  # fmt: skip
def test_a_reference_that_names_nothing_is_refused(word):
    with pytest.raises(WrongUsageError):
        Reference.parse(word)


def test_latest_is_no_alias():
    with pytest.raises(WrongUsageError, match="latest"):
        alias_of("Latest")


def test_a_version_is_a_whole_number_from_one():
    assert number_of("12") == 12
    with pytest.raises(WrongUsageError):
        number_of("٣")


def test_what_cannot_be_an_alias_is_told_of_aliases():
    for word in ("3", "latest", ""):
        with pytest.raises(WrongUsageError, match="cannot name an alias") as caught:
            alias_of(word)
        assert "prod" in caught.value.hint
