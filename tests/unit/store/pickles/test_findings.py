"""What follows from what was found: words, the allowlist, the refusal."""

import _compat_pickle
import importlib
import re

import pytest

from podplanner.errors import UnsafeContentError
from podplanner.store.pickles import PickleFindings, describe, refuse_unsafe
from podplanner.store.pickles.allowlist import REASONS, SAFE, is_safe

EVIL = PickleFindings(("collections.OrderedDict", "os.system"))
STRANGE = PickleFindings((), ("cannot be followed: is cut off",))
FINE = PickleFindings(("collections.OrderedDict",))


def test_findings_come_back_from_what_a_manifest_keeps():
    for found in (EVIL, STRANGE, FINE, PickleFindings(()), PickleFindings(("a.b",), ("x", "y"))):
        assert PickleFindings.of_words(found.words) == found
    assert not PickleFindings.of_words(STRANGE.words).safe


def test_unsafe_files_are_refused_by_name_with_what_they_import():
    with pytest.raises(UnsafeContentError) as raised:
        refuse_unsafe({"b.pt": EVIL, "a.pkl": STRANGE, "c.pt": FINE}, allow=False)
    assert str(raised.value) == (
        "loading this could run code: a.pkl: cannot be followed: is cut off; "
        "b.pt: its pickle imports os.system"
    )
    assert "--allow-pickle" in raised.value.hint


def test_allowed_files_are_named_all_the_same():
    assert refuse_unsafe({"b.pt": EVIL, "c.pt": FINE}, allow=True) == (
        "b.pt: its pickle imports os.system",
    )
    assert refuse_unsafe({"c.pt": FINE}, allow=False) == ()
    assert refuse_unsafe({}, allow=False) == ()


def test_many_unsafe_files_and_globals_make_one_error_that_can_be_read():
    many = PickleFindings(tuple(f"evil.n{n}" for n in range(500)))
    with pytest.raises(UnsafeContentError) as raised:
        refuse_unsafe({f"{n}.pkl": many for n in range(500)}, allow=False)
    assert len(str(raised.value)) < 3000
    assert "492 more" in str(raised.value)


def test_a_path_cannot_write_to_the_terminal():
    with pytest.raises(UnsafeContentError) as raised:
        refuse_unsafe({"a\x1b[2J.pkl": EVIL}, allow=False)
    assert "\x1b" not in str(raised.value)


def test_safe_findings_are_described_as_safe():
    assert describe(FINE) == "safe"


# --- the allowlist ---


def test_every_name_of_the_list_has_a_reason_and_stands_there_once():
    names = [f"{entry.module}.{name}" for entry in SAFE for name in entry.names.split()]
    assert len(names) == len(set(names)) == len(REASONS)
    assert all(len(entry.why) > 10 for entry in SAFE)
    assert 60 <= len(names) <= 130


def test_what_runs_code_is_not_on_the_list():
    for name in (
        "builtins.eval", "builtins.exec", "builtins.getattr", "builtins.__import__", "os.system",
        "builtins.type", "builtins.object", "functools.partial", "operator.attrgetter",
        "torch.storage._load_from_bytes", "torch.load", "pickle.loads", "_pickle.loads",
        "importlib.import_module", "copyreg._reconstructor", "numpy.load", "joblib.load",
        "codecs.decode", "_codecs.decode", "torch:_utils._rebuild_tensor_v2", "", "torch",
    ):  # fmt: skip
        assert not is_safe(name), name


def test_names_of_python_2_lead_to_what_is_on_the_list_too():
    for name in REASONS:
        module, _, word = name.rpartition(".")
        if (module, word) in _compat_pickle.NAME_MAPPING:
            module, word = _compat_pickle.NAME_MAPPING[module, word]
        else:
            module = _compat_pickle.IMPORT_MAPPING.get(module, module)
        assert is_safe(f"{module}.{word}"), (name, module, word)


def test_names_of_the_standard_library_and_numpy_exist_and_can_be_called():
    here = re.compile(r"builtins|collections|datetime|decimal|argparse|pathlib|_codecs|numpy")
    found = 0
    for entry in SAFE:
        if here.fullmatch(entry.module):
            module = importlib.import_module(entry.module)
            for name in entry.names.split():
                assert callable(getattr(module, name))
                found += 1
    assert found > 30
