"""Models of transformers: saved here, loaded elsewhere by class or by files, the same answers."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.saved import elsewhere, flip, make_store

from podplanner.errors import FormatError, ObjectCorruptError, WrongUsageError
from podplanner.models import load, origin, save
from podplanner.models.adapters.transformers import ADAPTER
from podplanner.models.adapters.transformers_config import parsed
from podplanner.models.saving import metadata_for
from podplanner.store import MemoryFiles

torch = pytest.importorskip("torch", reason="needs torch")
transformers = pytest.importorskip("transformers", reason="needs transformers")

X = torch.arange(8)[None]
NO_IDS = {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}


def small(**more):
    return transformers.GPT2Config(
        n_layer=2, n_embd=32, n_head=2, vocab_size=50, n_positions=32, **NO_IDS, **more
    )


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """Give a store with a language model in it, and the model."""
    torch.manual_seed(0)
    model = transformers.GPT2LMHeadModel(small()).eval()
    model.generation_config.max_new_tokens = 3
    store = make_store(tmp_path_factory.mktemp("shared") / "store")
    save(model, "team/gpt", store=store)
    return store, model


def test_the_answers_are_the_same_elsewhere_loaded_and_pulled(shared, tmp_path):
    store, model = shared
    store.pull("team/gpt", tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "config.json", "generation_config.json", "model.safetensors",
    ]  # fmt: skip
    out = elsewhere(
        f"""
import torch, transformers
from podplanner.models import load, origin
torch.set_num_threads(1)
x = torch.arange(8)[None]
found = load("team/gpt:1", store={store.address!r}, factory=transformers.AutoModelForCausalLM)
pulled = transformers.AutoModelForCausalLM.from_pretrained({str(tmp_path / "out")!r})
print(found(x).logits.detach().numpy().tobytes().hex())
print(torch.equal(found(x).logits, pulled(x).logits))
print(origin(found).reference, found.training, type(found).__name__)
print(found.generation_config.max_new_tokens)
print(found.lm_head.weight is found.transformer.wte.weight)
"""
    )
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    answer = model(X).logits.detach().numpy().tobytes().hex()
    torch.set_num_threads(threads)
    assert out == f"{answer}\nTrue\nteam/gpt:1 False GPT2LMHeadModel\n3\nTrue\n"


def test_names_are_those_that_save_pretrained_writes(shared, tmp_path):
    from safetensors.torch import load_file

    store, model = shared
    model.save_pretrained(tmp_path / "theirs")
    store.pull("team/gpt", tmp_path / "ours")
    theirs, ours = (load_file(tmp_path / one / "model.safetensors") for one in ("theirs", "ours"))
    assert theirs.keys() == ours.keys()
    assert all(torch.equal(theirs[name], ours[name]) for name in ours)
    configs = [
        json.loads((tmp_path / one / "config.json").read_text()) for one in ("theirs", "ours")
    ]
    assert configs[0] == configs[1]


@pytest.mark.parametrize("shard", ["5GB", "40KB"])
def test_what_save_pretrained_wrote_is_loaded_whole_or_in_shards(shared, tmp_path, shard):
    store, model = shared
    model.save_pretrained(tmp_path / "theirs", max_shard_size=shard)
    assert (tmp_path / "theirs" / "model.safetensors.index.json").is_file() is (shard == "40KB")
    store.push(tmp_path / "theirs", f"pushed-{shard.lower()}")
    found = load(f"pushed-{shard.lower()}", store=store, factory=transformers.GPT2LMHeadModel)
    assert torch.equal(found(X).logits, model(X).logits)


def test_tensors_a_class_a_function_and_a_model_of_ones_own(shared):
    store, model = shared
    tensors = load("team/gpt", store=store)
    assert torch.equal(tensors["transformer.wte.weight"], model.transformer.wte.weight)
    configs = []

    def made(config):
        configs.append(config)
        return transformers.GPT2LMHeadModel(config)

    into = transformers.GPT2LMHeadModel(small())
    for options in (
        {"factory": transformers.GPT2LMHeadModel},
        {"factory": made},
        {"into": into},
        {"into": into, "trainable": True},
    ):
        found = load("team/gpt", store=store, **options)
        assert torch.equal(found.eval()(X).logits, model(X).logits)
        assert found.lm_head.weight is found.transformer.wte.weight
    assert found is into
    assert configs[0].n_layer == 2
    assert any(one.requires_grad for one in load(
        "team/gpt", store=store, factory=made, trainable=True
    ).parameters())  # fmt: skip


def test_another_class_than_it_was_saved_as_is_refused_and_changes_nothing(shared):
    store, _ = shared
    with pytest.raises(FormatError, match=r"does not fit .*it lacks score.weight"):
        load("team/gpt", store=store, factory=transformers.AutoModelForSequenceClassification)
    with pytest.raises(FormatError, match=r"makes nothing of team/gpt:1"):
        load("team/gpt", store=store, factory=transformers.AutoModelForImageClassification)
    larger = transformers.GPT2LMHeadModel(
        transformers.GPT2Config(
            n_layer=3, n_embd=32, n_head=2, vocab_size=50, n_positions=32, **NO_IDS
        )
    )
    before = dict(larger.state_dict(keep_vars=True))
    with pytest.raises(FormatError, match=r"it lacks transformer.h.2"):
        load("team/gpt", store=store, into=larger)
    assert all(larger.state_dict(keep_vars=True)[name] is one for name, one in before.items())
    with pytest.raises(WrongUsageError, match=r"a int makes no models"):
        load("team/gpt", store=store, factory=3)


def test_types_and_tokenizers_come_along(store, tmp_path):
    from tokenizers import Tokenizer, models, pre_tokenizers

    torch.manual_seed(1)
    model = transformers.BertForSequenceClassification(
        transformers.BertConfig(
            hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
            vocab_size=9, num_labels=2, max_position_embeddings=16,
        )
    ).to(torch.bfloat16)  # fmt: skip
    model.classifier.to(torch.float32)  # of two types, as layers that are kept precise
    raw = Tokenizer(models.WordLevel({"[UNK]": 0, "cat": 1, "dog": 2}, unk_token="[UNK]"))
    raw.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=raw, unk_token="[UNK]")
    base = save((model, tokenizer), "bert", store=store)
    found = load("bert", store=store, factory=transformers.AutoModelForSequenceClassification)
    assert found.classifier.weight.dtype == torch.float32
    assert found.bert.pooler.dense.weight.dtype == torch.bfloat16
    assert origin(found).digest == base.manifest
    store.pull("bert", tmp_path / "out")
    again = transformers.AutoTokenizer.from_pretrained(tmp_path / "out")
    assert again("cat dog")["input_ids"] == [1, 2]
    with torch.no_grad():
        found.classifier.bias += 1
    assert save((found, tokenizer), "tuned", store=store).version == 1
    assert store.show("tuned").lineage[0].reference == "bert:1"


HOSTILE = {
    "auto_map": {
        "AutoConfig": "evil.Config",
        "AutoModelForCausalLM": "evil.Model",
    },
    "attn_implementation": "stranger/kernel",
    "_attn_implementation": "stranger/kernel",
    "_name_or_path": "stranger/model",
    "transformers_weights": "other.safetensors",
}


def test_code_and_places_that_a_config_names_are_left_alone(shared, tmp_path):
    store, model = shared
    folder = tmp_path / "hostile"
    model.save_pretrained(folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | HOSTILE))
    (folder / "evil.py").write_text(f"open({str(tmp_path / 'done')!r}, 'w')\n")
    store.push(folder, "hostile")
    for factory in (
        transformers.AutoModelForCausalLM,
        transformers.GPT2LMHeadModel,
        lambda config: transformers.GPT2LMHeadModel(config),
    ):
        found = load("hostile", store=store, factory=factory)
        assert torch.equal(found(X).logits, model(X).logits)
        assert not hasattr(found.config, "auto_map")
        assert "stranger" not in str(found.config)
        assert found.config._attn_implementation in ("sdpa", "eager")
    assert not (tmp_path / "done").exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"model_type": "evil"}, "of the model type 'evil'"),
        ({"model_type": ["gpt2"]}, "of the model type"),
        ({"model_type": None}, "of the model type None"),
        ({"quantization_config": {"quant_method": "gptq"}}, "is quantized"),
        ({"n_layer": 10**9}, "says n_layer = 1000000000"),
        ({"n_embd": "x"}, "."),
        ({"n_embd": 10**9}, "."),
        ({"n_embd": -1}, "."),
        ({"n_head": 0}, "."),
        ({"vocab_size": None}, "."),
        ({"dtype": "os", "torch_dtype": "os"}, "."),
    ],
)
def test_a_config_that_makes_no_sense_is_an_error_of_ours(shared, change, words):
    store, model = shared
    written = ADAPTER.write(model)
    config = json.loads(b"".join(written.files["config.json"]))
    files = dict(written.files) | {
        "config.json": [memoryview(json.dumps(config | change).encode())]
    }
    store.push(MemoryFiles(files), "odd", meta=metadata_for("transformers", written))
    with pytest.raises(FormatError, match=words):
        load("odd", store=store, factory=transformers.AutoModelForCausalLM)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda one: (
        st.lists(one, max_size=3)
        | st.dictionaries(st.sampled_from([*HOSTILE, "n_embd", "text_config"]), one, max_size=4)
    ),
    max_leaves=12,
)


@given(JSON)
def test_what_names_code_is_left_out_at_any_depth(value):
    try:
        found = parsed(json.dumps(value), "config.json")
    except FormatError:
        assert not isinstance(value, dict)
        return
    assert isinstance(value, dict)
    assert not any(f'"{name}":' in json.dumps(found) for name in HOSTILE)


@given(st.text() | st.binary().map(lambda content: content.decode("latin-1")))
def test_text_that_is_no_object_is_an_error_of_ours(text):
    with contextlib.suppress(FormatError):
        assert isinstance(parsed(text, "config.json"), dict)


def test_files_that_are_no_model_are_errors_of_ours(shared, tmp_path):
    store, model = shared
    model.save_pretrained(tmp_path / "m", max_shard_size="40KB")
    index = tmp_path / "m" / "model.safetensors.index.json"
    places = json.loads(index.read_text())
    first = next(iter(places["weight_map"]))
    for content, words in {
        "{": "is not JSON",
        "[]": "no object of JSON",
        "[" * 100_000: "is not JSON",
        '{"weight_map": 3}': "has no `weight_map`",
        json.dumps({"weight_map": {"w": "../../etc/passwd"}}): "lacks ../../etc/passwd",
        json.dumps(
            {"weight_map": places["weight_map"] | {"w": places["weight_map"][first]}}
        ): "lacks w",
    }.items():
        index.write_text(content)
        store.push(tmp_path / "m", "shards")
        with pytest.raises(FormatError, match=words):
            load("shards", store=store, factory=transformers.AutoModelForCausalLM)


def test_flipped_bits_are_noticed(store, tmp_path):
    save(transformers.GPT2LMHeadModel(small()), "gpt", store=store)
    assert flip(tmp_path / "store")
    with pytest.raises(ObjectCorruptError):
        load("gpt", store=store, factory=transformers.AutoModelForCausalLM)


def test_without_transformers_the_tensors_come_and_loading_names_what_is_missing(shared):
    store, _ = shared
    code = f"""
from podplanner.errors import MissingPackageError
from podplanner.models import load
if sys.modules.get("torch", 1):
    print(len(load("team/gpt", store={store.address!r})))
try:
    load("team/gpt", store={store.address!r}, factory=lambda config: None)
except MissingPackageError as error:
    print(error, error.hint)
"""
    assert elsewhere(code, without=("transformers",)) == (
        "28\ntransformers is not installed, and is needed to load team/gpt:1 "
        "Run `pip install transformers`.\n"
    )
    assert "torch is not installed" in elsewhere(code, without=("torch", "transformers"))


def test_what_save_pretrained_alone_can_write_is_refused(store):
    model = transformers.GPT2LMHeadModel(small())
    model.hf_quantizer = object()
    with pytest.raises(FormatError, match="is quantized"):
        save(model, "gpt", store=store)
