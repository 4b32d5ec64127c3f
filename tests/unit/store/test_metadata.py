"""What people say of a version, from words and files to one form."""

import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from podplanner.errors import FileAccessError, FormatError, PodplannerError, WrongUsageError
from podplanner.store.metadata import (
    lines,
    merge_meta,
    parse_values,
    plain,
    split_meta,
    suspected_secrets,
)
from podplanner.store.metadata_files import parse_meta
from podplanner.store.metadata_values import number, of_json, read_word


def said(*words, files=()):
    return parse_meta(words, files)


def written(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


WORDS = {
    "true": True,
    "false": False,
    "7": 7,
    "-7": -7,
    "0.93": {"decimal": "0.93"},
    "0.930": {"decimal": "0.930"},
    "1e-5": {"decimal": "0.00001"},
    "9007199254740991": 9007199254740991,
    "9007199254740992": {"decimal": "9007199254740992"},
    "cats and dogs": "cats and dogs",
    '"7"': "7",
    "": "",
    "True": "True",
    "null": "null",
    "1,5": "1,5",
    "0x10": "0x10",
    "nan": "nan",
    "2026-11-24": "2026-11-24",
    '[1, 0.5, "a"]': [1, {"decimal": "0.5"}, "a"],
    '{"a": {"b": 2}}': {"a": {"b": 2}},
}


@pytest.mark.parametrize(("word", "value"), WORDS.items(), ids=WORDS)
def test_a_word_is_what_it_looks_like(word, value):
    assert read_word(word) == value
    assert type(read_word(word)) is type(value)


def test_numbers_keep_their_digits_and_never_become_floating_point():
    assert number("0.1000000000000000055511151231257827") == {
        "decimal": "0.1000000000000000055511151231257827"
    }
    assert of_json('{"a": 1.10, "b": 123456789012345678901234567890}') == {
        "a": {"decimal": "1.10"}, "b": {"decimal": "123456789012345678901234567890"},
    }  # fmt: skip


@pytest.mark.parametrize("text", ["nan", "inf", "1e99999", "9" * 1001])
def test_numbers_that_cannot_be_kept_are_refused(text):
    with pytest.raises(WrongUsageError):
        number(text)


def test_words_fill_fields_and_extra():
    assert said(
        "license=mit", "tags=a, b", "tags=c", "metrics.accuracy=0.93", "hyperparameters.lr=3e-4",
        "hyperparameters.layers=12", "seed=7", "extra.team.name=vision", "language=en",
        "datasets=squad,imdb@sha256:" + "A" * 64, "datasets=[{\"name\": \"own\", \"url\": \"x\"}]",
        "base_model=team/cat:3", "description=A model = of cats",
    ) == {
        "license": "mit",
        "tags": ["a", "b", "c"],
        "metrics": {"accuracy": {"decimal": "0.93"}},
        "hyperparameters": {"lr": {"decimal": "0.0003"}, "layers": 12},
        "extra": {"seed": 7, "team": {"name": "vision"}},
        "language": ["en"],
        "datasets": [
            {"name": "squad"},
            {"name": "imdb", "digest": "sha256:" + "a" * 64},
            {"name": "own", "url": "x"},
        ],
        "base_model": ["team/cat:3"],
        "description": "A model = of cats",
    }  # fmt: skip


def test_the_same_metadata_is_the_same_bytes_in_whatever_order_it_is_said(tmp_path):
    card = written(tmp_path, "a.json", '{"tags": ["x"], "license": "mit", "seed": 1.50}')
    toml = written(tmp_path, "a.toml", 'license = "mit"\nseed = 1.50\ntags = ["x"]\n')
    forms = [
        said("license=mit", "tags=x", "seed=1.50"),
        said("seed=1.50", "extra.seed2=1", "tags=x", "license=mit"),
        said(files=[card]),
        said(files=[toml]),
        said("license=mit", files=[toml, card]),
    ]
    del forms[1]["extra"]["seed2"]
    assert len({msgspec.json.encode(form, order="sorted") for form in forms}) == 1


def test_words_win_over_files_and_later_files_over_earlier_ones(tmp_path):
    first = written(tmp_path, "a.toml", 'license = "mit"\n[metrics]\nf1 = 0.5\nloss = 1\n')
    second = written(tmp_path, "b.json", '{"license": "bsd", "metrics": {"f1": 0.6}}')
    assert said("metrics.loss=2", files=[first, second]) == {
        "license": "bsd", "metrics": {"f1": {"decimal": "0.6"}, "loss": 2},
    }  # fmt: skip


WRONG = {
    "no key": (["=3"], "no KEY=VALUE"),
    "no value": (["tags"], "no KEY=VALUE"),
    "an empty part": (["metrics..f1=3"], "no KEY=VALUE"),
    "twice": (["license=a", "license=b"], "said twice"),
    "a misspelt field": (["licence=mit"], "no field 'licence'"),
    "another misspelt field": (["hyperparameter.lr=1"], "no field"),
    "what the store counts": (["parameters=7"], "the store knows it"),
    "what the push says": (["parent=cat:1"], "the store knows it"),
    "text for an object": (["metrics=0.9"], "must hold keys and values"),
    "an object for text": (['license={"a": 1}'], "must be text"),
    "a value and parts": (["extra.a=1", "extra.a.b=2"], "cannot hold b too"),
    "a dataset without a name": (['datasets=[{"url": "x"}]'], "a dataset needs a name"),
    "a dataset with a strange key": (['datasets=[{"name": "x", "nam": "y"}]'], "no 'nam'"),
    "a digest that is none": (["datasets=squad@sha256:zz"], "no digest"),
    "broken JSON": (["extra.a={1"], "begins like JSON and is none"),
    "JSON with a key twice": (['extra.a={"b": 1, "b": 2}'], "twice"),
    "JSON with NaN": (["extra.a=[NaN]"], "no number that can be kept"),
    "nothing in a list": (["extra.a=[null]"], "cannot hold nothing"),
    "too deep": (["extra.a=" + "[" * 20 + "]" * 20], "levels deep"),
    "much too deep": (["extra.a=" + "[" * 20_000], "begins like JSON"),
    "too large": (["description=" + "x" * 70_000], "too large"),
    "a NUL": (["description=a\0b"], "NUL"),
    "half a character": (["description=a\udc80b"], "no text in Unicode"),
    "a key with a newline": (["extra.a\nb=1"], "is no key"),
    "a key that is too long": (["extra." + "k" * 200 + "=1"], "is no key"),
}


@pytest.mark.parametrize(("words", "why"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_kept_is_refused_with_its_reason(words, why):
    with pytest.raises(WrongUsageError, match=why):
        said(*words)


def test_a_misspelt_field_is_answered_with_the_right_one():
    with pytest.raises(WrongUsageError) as raised:
        said("licence=mit")
    assert raised.value.hint == "Did you mean license? A field of your own is extra.licence=..."


def test_values_of_metadata_are_parted_from_files():
    assert split_meta(["a=1", "card.toml", "./x=1.json", "metrics.f1=a/b", "README.md"]) == (
        ["a=1", "metrics.f1=a/b"], ["card.toml", "./x=1.json", "README.md"],
    )  # fmt: skip


# --- files ---

CARD = """---
license: apache-2.0
language: no
tags:
- vision
- "1.0"
datasets:
- squad
metrics:
- accuracy
model-index:
- name: cats
  results: [{value: 0.930, verified: true, time: 12:30, nothing: ~}]
inference: false
---
# A model of cats

---
"""


def test_a_model_card_is_read_by_the_rules_of_yaml_1_2(tmp_path):
    pytest.importorskip("yaml", reason="PyYAML is not installed")
    card = written(tmp_path, "README.md", CARD)
    assert said("metrics.accuracy=0.93", files=[card]) == {
        "license": "apache-2.0",
        "language": ["no"],
        "tags": ["vision", "1.0"],
        "datasets": [{"name": "squad"}],
        "metrics": {"accuracy": {"decimal": "0.93"}},
        "extra": {
            "model-index": [
                {"name": "cats", "results": [
                    {"value": {"decimal": "0.930"}, "verified": True, "time": "12:30"}
                ]},
            ],
            "inference": False,
        },
    }  # fmt: skip


BAD_CARDS = {
    "no front matter": ("# Cats\n", "begins with a line"),
    "no end": ("---\nlicense: mit\n", "no end"),
    "no YAML": ("---\na: [1\n---\n", "no YAML"),
    "an anchor": ("---\na: &x [1]\nb: *x\n---\n", "anchor"),
    "a bomb": ("---\na: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n---\n", "anchor"),
    "an object of Python": ("---\na: !!python/object:os.system id\n---\n", "tag"),
    "a key twice": ("---\na: 1\na: 2\n---\n", "twice"),
    "a list as a key": ("---\n? [1]\n: 2\n---\n", "key that is no text"),
    "two documents": ("---\na: 1\n...\nb: 2\n---\n", "YAML|documents"),
    "a list": ("---\n- 1\n---\n", "must hold keys and values"),
    "too deep": ("---\na: " + "[" * 100 + "]" * 100 + "\n---\n", "deep"),
    "infinity": ("---\nmetrics: {a: 1e999999}\n---\n", "out of every range"),
}


@pytest.mark.parametrize(("text", "why"), BAD_CARDS.values(), ids=BAD_CARDS)
def test_a_bad_model_card_is_refused_with_its_name(tmp_path, text, why):
    pytest.importorskip("yaml", reason="PyYAML is not installed")
    with pytest.raises(FormatError, match=why):
        said(files=[written(tmp_path, "README.md", text)])


BAD_FILES = {
    "a.json": [
        "{", "[1]", "7", '{"a": NaN}', '{"a": 1, "a": 2}', "", '{"license": [1]}', "[" * 9999,
    ],
    "a.toml": ["a = ", "a = nan", "a = 1\na = 2", 'licence = {x = inf}'],
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text"), [(name, text) for name, texts in BAD_FILES.items() for text in texts]
)
def test_a_bad_file_is_one_clear_error(tmp_path, name, text):
    with pytest.raises((FormatError, WrongUsageError)) as raised:
        said(files=[written(tmp_path, name, text)])
    assert isinstance(raised.value, PodplannerError)


def test_files_that_cannot_be_read_are_named(tmp_path):
    with pytest.raises(FileAccessError, match=r"missing\.json"):
        said(files=[tmp_path / "missing.json"])
    with pytest.raises(WrongUsageError, match=r"\.json, \.toml and \.md"):
        said(files=[written(tmp_path, "a.ini", "")])
    big = tmp_path / "big.json"
    big.write_bytes(b" " * (2**20 + 1))
    with pytest.raises(FormatError, match="too large"):
        said(files=[big])
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b'a = "\xe9"')
    with pytest.raises(FormatError, match=r"latin\.toml"):
        said(files=[latin])


def test_dates_of_toml_become_text(tmp_path):
    path = written(tmp_path, "a.toml", "day = 2026-11-24\nat = 2026-11-24T10:00:00Z\n")
    assert said(files=[path]) == {"extra": {"day": "2026-11-24", "at": "2026-11-24T10:00:00+00:00"}}


# --- notes ---


def test_a_note_takes_any_key():
    assert parse_values(["accuracy=0.93", "test.f1=1", "ok=true"]) == {
        "accuracy": {"decimal": "0.93"}, "test": {"f1": 1}, "ok": True,
    }  # fmt: skip
    for words in ([], ["a"], ["a=1", "a=2"]):
        with pytest.raises(WrongUsageError):
            parse_values(words)


# --- showing ---


def test_metadata_is_shown_line_by_line():
    metadata = said(
        "tags=a,b", "metrics.f1=0.5", 'extra.deep={"x": [{"y": true}, 2]}', "license=mit"
    )
    assert [tuple(line) for line in lines(metadata)] == [
        ("extra.deep.x[0].y", "yes"),
        ("extra.deep.x[1]", "2"),
        ("license", "mit"),
        ("metrics.f1", "0.5"),
        ("tags", "a, b"),
    ]


def test_exact_numbers_are_texts_in_json():
    metadata = said("metrics.f1=0.50", "metrics.steps=12")
    assert json.loads(json.dumps(plain(metadata))) == {"metrics": {"f1": "0.50", "steps": 12}}


def test_what_looks_like_a_secret_is_named_and_kept():
    metadata = said(
        "extra.api_key=abc", "extra.wandb.token=xyz", "extra.note=uses hf_" + "a" * 34,
        "extra.tokens=50000", "hyperparameters.max_token=512", "license=mit",
    )  # fmt: skip
    assert suspected_secrets(metadata) == ("extra.api_key", "extra.note", "extra.wandb.token")
    assert metadata["extra"]["api_key"] == "abc"


def test_words_that_tokenizers_add_are_no_secrets():
    some = {"pad_token": "<pad>", "eos_token": "</s>", "my_token": "abc", "padtoken": "abc"}
    found = suspected_secrets({"hyperparameters": some})
    assert found == ("hyperparameters.my_token", "hyperparameters.padtoken")
    assert suspected_secrets({"pad_token": "hf_" + "a" * 34}) == ("pad_token",)


KEYS = st.from_regex(r"[a-z]{1,8}", fullmatch=True)
VALUES = st.recursive(
    st.one_of(
        st.booleans(),
        st.integers(-(2**53) + 1, 2**53 - 1),
        st.text(st.characters(codec="utf-8", exclude_characters="\0")),
        st.decimals(allow_nan=False, allow_infinity=False).map(lambda d: {"decimal": str(d)}),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=12,
)  # fmt: skip


@given(st.dictionaries(KEYS.filter(lambda key: key != "decimal"), VALUES, max_size=4))
def test_what_was_kept_can_be_said_again_and_is_the_same(extra):
    text = msgspec.json.encode(extra, order="sorted").decode()
    once = said(f"extra={text}")
    again = said(f"extra={msgspec.json.encode(once.get('extra', {}), order='sorted').decode()}")
    assert once == again
    assert len(list(lines(once))) == len({line.key for line in lines(once)})
    json.dumps(plain(once))


@given(st.lists(st.text(max_size=40), max_size=4))
def test_any_words_are_metadata_or_one_clear_error(words):
    try:
        msgspec.json.encode(said(*words))
    except PodplannerError as error:
        said_of_it = error.message
    else:
        said_of_it = "kept"
    assert said_of_it


def test_nothing_said_is_nothing():
    assert merge_meta([], []) == {}
    assert said("license=", "tags=") == {}


def test_the_examples_of_the_documentation_are_real():
    import doctest

    from podplanner.store import metadata, metadata_values

    for module in (metadata, metadata_values):
        assert doctest.testmod(module).failed == 0
    assert Path(metadata.__file__).is_file()
