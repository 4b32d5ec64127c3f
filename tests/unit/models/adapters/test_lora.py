"""LoRA: the adapter alone is saved, put on its base elsewhere, and on no other base."""

import copy
import json

import pytest
from support.saved import elsewhere, flip, make_store

from podplanner.errors import ConflictError, FormatError, ObjectCorruptError, WrongUsageError
from podplanner.models import load, origin, save
from podplanner.models.adapters.lora import ADAPTER
from podplanner.store import MemoryFiles

torch = pytest.importorskip("torch", reason="needs torch")
peft = pytest.importorskip("peft", reason="needs peft")

BASE = """
import torch
def made():
    return torch.nn.Sequential(
        torch.nn.Linear(6, 8), torch.nn.ReLU(), torch.nn.Dropout(0.5), torch.nn.Linear(8, 3)
    )
"""
_names: dict = {}
exec(BASE, _names)
made = _names["made"]
X = torch.linspace(-1, 1, 24).reshape(4, 6)


def settings(**more):
    given = {"r": 2, "target_modules": ["0", "3"], "lora_dropout": 0.1}
    return peft.LoraConfig(**(given | more))


def trained(base, **more):
    model = peft.get_peft_model(base, settings(**more))
    for name, one in model.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(one)
    return model


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """Give a store with a base and an adapter of it, and the model of both."""
    torch.manual_seed(0)
    store = make_store(tmp_path_factory.mktemp("shared") / "store")
    save(made(), "team/base", store=store)
    base = load("team/base", store=store, factory=made, trainable=True)
    model = trained(base)
    save(model, "team/lora", store=store)
    return store, model.eval()


def test_the_answers_are_the_same_in_another_process(shared):
    store, model = shared
    out = elsewhere(
        BASE
        + f"""
torch.set_num_threads(1)
from podplanner.models import load, origin
def base():
    return load("team/base", store={store.address!r}, factory=made)
model = load("team/lora", store={store.address!r}, factory=base)
x = torch.linspace(-1, 1, 24).reshape(4, 6)
print(model(x).numpy().tobytes().hex())
print(origin(model).reference, model.training, any(one.requires_grad for one in model.parameters()))
"""
    )
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    answer = model(X).detach().numpy().tobytes().hex()
    torch.set_num_threads(threads)
    assert out == f"{answer}\nteam/lora:1 False False\n"


def test_the_base_is_the_parent_and_its_digest_is_recorded(shared):
    store, model = shared
    shown = store.show("team/lora")
    base = origin(model.get_base_model())
    assert shown.metadata["base_model"] == ["team/base:1"]
    assert shown.metadata["extra"]["saved"]["base"] == {
        "model": "team/base", "version": 1, "digest": base.digest,
    }  # fmt: skip
    assert shown.lineage[0].reference == "team/base:1"
    assert shown.metadata["extra"]["saved"]["parameters"] == 2 * (6 + 8) + 2 * (8 + 3)
    assert shown.metadata["hyperparameters"]["r"] == 2
    assert [one.path for one in shown.files] == ["adapter_config.json", "adapter_model.safetensors"]


def test_peft_itself_reads_what_was_saved_and_the_other_way_round(shared, tmp_path):
    store, model = shared
    store.pull("team/lora", tmp_path / "ours")
    base = load("team/base", store=store, factory=made)
    theirs = peft.PeftModel.from_pretrained(base, tmp_path / "ours")
    assert torch.equal(theirs(X), model(X))
    model.save_pretrained(tmp_path / "theirs")
    ours, same = (
        json.loads((tmp_path / one / "adapter_config.json").read_text())
        for one in ("ours", "theirs")
    )
    del same["auto_mapping"], same["megatron_config"], same["megatron_core"]
    for one in (ours, same):
        one["target_modules"] = sorted(one["target_modules"])
    assert ours == same
    store.push(tmp_path / "theirs", "pushed")
    found = load("pushed", store=store, into=load("team/base", store=store, factory=made))
    assert torch.equal(found(X), model(X))


def test_another_base_is_a_conflict(shared):
    store, _ = shared
    save(made(), "other", store=store)
    other = load("other", store=store, factory=made)
    with pytest.raises(ConflictError, match=r"was trained on team/base:1 .* this base is other:1"):
        load("team/lora", store=store, into=other)
    assert not any("lora" in name for name, _ in other.named_modules())
    unknown = made()
    assert load("team/lora", store=store, into=unknown).get_base_model() is unknown


def test_tensors_alone_or_a_model_to_train_on(shared):
    store, model = shared
    tensors = load("team/lora", store=store)
    assert {name.rpartition("lora_")[2] for name in tensors} == {"A.weight", "B.weight"}
    base = load("team/base", store=store, factory=made)
    found = load("team/lora", store=store, into=base, trainable=True)
    found.train()
    assert base.training  # the base was frozen, and its dropout is to work now
    assert {name for name, one in found.named_parameters() if one.requires_grad} == {
        name for name, _ in model.named_parameters() if "lora_" in name
    }
    saved = save(found, "team/lora-2", store=store)
    assert store.show("team/lora-2").lineage[0].reference == "team/lora:1"
    assert saved.version == 1


def test_types_are_kept_and_heads_come_along(store):
    torch.manual_seed(3)
    base = made().to(torch.bfloat16)
    same = copy.deepcopy(base)
    model = trained(base, target_modules=["0"], modules_to_save=["3"]).to(torch.bfloat16)
    with torch.no_grad():
        model.base_model.model[3].modules_to_save["default"].bias += 1
    save(model, "lora", store=store)
    found = load("lora", store=store, into=same)
    given = X.to(torch.bfloat16)
    assert torch.equal(found(given), model.eval()(given))
    assert {one.dtype for one in found.parameters()} == {torch.bfloat16}


def test_an_adapter_that_does_not_fit_leaves_the_base_as_it_was(shared):
    store, _ = shared
    base = torch.nn.Sequential(
        torch.nn.Linear(5, 8), torch.nn.ReLU(), torch.nn.Dropout(), torch.nn.Linear(8, 3)
    )
    parts, words = list(base.modules()), set(vars(base))
    with pytest.raises(FormatError, match=r"shapes differ: base_model.model.0.lora_A.weight"):
        load("team/lora", store=store, into=base)
    without = torch.nn.Sequential(torch.nn.ReLU())
    with pytest.raises(FormatError, match=r"cannot be put on this Sequential"):
        load("team/lora", store=store, into=without)
    assert all(one is was for one, was in zip(base.modules(), parts, strict=True))
    assert set(vars(base)) == words
    assert all(one.requires_grad for one in base.parameters())
    assert base.training


def pushed(shared, change):
    """Store the adapter again with another configuration."""
    store, model = shared
    files = dict(ADAPTER.write(model).files)
    config = json.loads(b"".join(files["adapter_config.json"])) | change
    files["adapter_config.json"] = [memoryview(json.dumps(config).encode())]
    store.push(MemoryFiles(files), "odd")
    return store, model


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"peft_type": "evil.Config"}, "of the kind 'evil.Config'"),
        ({"peft_type": ["LORA"]}, "of the kind"),
        ({"peft_type": "XLORA"}, "of the kind 'XLORA'"),
        ({"megatron_config": {"a": 1}, "megatron_core": "evil"}, "megatron"),
        ({"init_lora_weights": "pissa"}, "'pissa' has changed its base"),
        ({"a_new_field": 3}, "has a_new_field, which is not known"),
        ({"r": -1}, "cannot be put on"),
        ({"r": 10**5}, "shapes differ"),
        ({"r": "x"}, "."),
        ({"target_modules": 3}, "."),
        ({"target_modules": "("}, "."),
        ({"target_modules": ["nowhere"]}, "cannot be put on"),
        ({"target_modules": ["0"]}, "the base has no place for base_model.model.3.lora_A.weight"),
    ],
)
def test_settings_that_make_no_sense_are_errors_of_ours(shared, change, words):
    store, _ = pushed(shared, change)
    base = made()
    with pytest.raises(FormatError, match=words):
        load("odd", store=store, into=base)
    assert not any("lora" in name for name, _ in base.named_modules())


def test_modules_that_settings_name_are_not_imported(shared, tmp_path, monkeypatch):
    (tmp_path / "evil.py").write_text(f"open({str(tmp_path / 'done')!r}, 'w')\nclass Model: pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    store, model = pushed(
        shared,
        {
            "auto_mapping": {"base_model_class": "Model", "parent_library": "evil"},
            "megatron_core": "evil",
            "base_model_name_or_path": "stranger/model",
            "loftq_config": {"loftq_bits": 4},
        },
    )
    base = load("team/base", store=store, factory=made)
    assert torch.equal(load("odd", store=store, into=base)(X), model(X))
    assert not (tmp_path / "done").exists()


def test_what_is_not_one_plain_adapter_is_refused(shared, store):
    _, model = shared
    with pytest.raises(WrongUsageError, match="has an adapter of PEFT already"):
        load("team/lora", store=shared[0], into=model)
    two = trained(made())
    two.add_adapter("more", settings())
    two.base_model.set_adapter(["default", "more"])
    with pytest.raises(FormatError, match="more than one adapter at work"):
        save(two, "lora", store=store)
    odd = peft.get_peft_model(made(), settings(init_lora_weights="olora"))
    with pytest.raises(FormatError, match="'olora' has changed its base"):
        save(odd, "lora", store=store)
    vera = peft.get_peft_model(
        torch.nn.Sequential(torch.nn.Linear(4, 4)), peft.VeraConfig(r=2, target_modules=["0"])
    )
    with pytest.raises(FormatError, match="of the kind VERA are not saved from memory"):
        save(vera, "lora", store=store)


def test_flipped_bits_are_noticed_and_the_base_is_as_it_was(store, tmp_path):
    save(trained(made()), "lora", store=store)
    assert flip(tmp_path / "store")
    base = made()
    with pytest.raises(ObjectCorruptError):
        load("lora", store=store, into=base)
    assert not any("lora" in name for name, _ in base.named_modules())


def test_without_peft_the_tensors_come_and_loading_names_what_is_missing(shared):
    store, _ = shared
    assert (
        elsewhere(
            BASE
            + f"""
from podplanner.errors import MissingPackageError
from podplanner.models import load
print(len(load("team/lora", store={store.address!r})))
try:
    load("team/lora", store={store.address!r}, factory=made)
except MissingPackageError as error:
    print(error, error.hint)
""",
            without=("peft",),
        )
        == "4\npeft is not installed, and is needed to load team/lora:1 Run `pip install peft`.\n"
    )
