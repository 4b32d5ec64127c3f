"""Modules of PyTorch: saved here, loaded into a module in another process, the same answers."""

import copy
import gc
import pickle
import struct
import threading
import weakref

import pytest
from support.saved import elsewhere, flip, make_store

from podplanner.errors import (
    FormatError,
    ObjectCorruptError,
    WrongUsageError,
)
from podplanner.models import load, origin, save
from podplanner.models.adapters.torch_lanes import Arrivals
from podplanner.models.adapters.torch_module import parameters_in
from podplanner.store.reading.whole import ReadTensor

torch = pytest.importorskip("torch", reason="needs torch")

NET = """
import torch
class Net(torch.nn.Module):
    def __init__(self, words=11):
        super().__init__()
        self.embed = torch.nn.Embedding(words, 4)
        self.body = torch.nn.LSTM(4, 4)
        self.norm = torch.nn.BatchNorm1d(4)
        self.drop = torch.nn.Dropout(0.5)
        self.head = torch.nn.Linear(4, words, bias=False)
        self.head.weight = self.embed.weight
        self.register_buffer("scale", torch.full((4,), 2.0))
        self.register_buffer("cache", torch.full((4,), 3.0), persistent=False)
    def forward(self, x):
        seen = self.norm(self.body(self.embed(x))[0])
        return self.head(self.drop(seen * self.scale + self.cache))
"""
_names: dict = {"__name__": __name__}
exec(NET, _names)
Net = _names["Net"]
X = torch.arange(7)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """Give a store with one network in it, and the network."""
    torch.manual_seed(0)
    net = Net()
    net(X)  # batch norm has seen something
    store = make_store(tmp_path_factory.mktemp("shared") / "store")
    save(net, "team/net", store=store)
    return store, net.eval()


def test_the_answers_are_the_same_in_another_process(shared):
    store, net = shared
    out = elsewhere(
        NET
        + f"""
torch.set_num_threads(1)
from podplanner.models import load, origin
net = load("team/net:1", store={store.address!r}, factory=Net)
print(net(torch.arange(7)).detach().numpy().tobytes().hex())
print(origin(net).reference, net.training, {{one.requires_grad for one in net.parameters()}})
"""
    )
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    answer = net(X).detach().numpy().tobytes().hex()
    torch.set_num_threads(threads)
    assert out == f"{answer}\nteam/net:1 False {{False}}\n"


def test_without_torch_the_files_come_and_loading_names_what_is_missing(shared, tmp_path):
    store, net = shared
    out = elsewhere(
        f"""
from podplanner.errors import MissingPackageError
from podplanner.models import load
from podplanner.store import open_store
store = open_store({store.address!r})
store.pull("team/net", {str(tmp_path / "out")!r})
try:
    load("team/net", store=store)
except MissingPackageError as error:
    print(error, error.hint)
arrays = load("team/net", store=store, framework="numpy")
print(sorted(arrays), arrays["head.weight"] is arrays["embed.weight"])
""",
        without=("torch",),
    )
    first, second = out.splitlines()
    assert first == (
        "torch is not installed, and is needed to load team/net:1 "
        'Run `pip install torch`, or ask for arrays with `framework="numpy"`.'
    )
    assert second == f"{sorted(net.state_dict())} True"
    assert (tmp_path / "out" / "model.safetensors").is_file()


def test_safetensors_itself_reads_the_file_and_ties_again(shared, tmp_path):
    from safetensors.torch import load_model, save_model

    store, net = shared
    store.pull("team/net", tmp_path / "out")
    other = Net()
    assert load_model(other, tmp_path / "out" / "model.safetensors") == (set(), [])
    assert torch.equal(other.eval()(X), net(X))
    save_model(net, str(tmp_path / "own.safetensors"))
    (tmp_path / "pushed").mkdir()
    (tmp_path / "own.safetensors").rename(tmp_path / "pushed" / "model.safetensors")
    store.push(tmp_path / "pushed", "theirs")
    found = load("theirs", store=store, framework="torch")
    assert found["head.weight"] is found["embed.weight"]
    assert set(found) == set(net.state_dict())


def test_tied_weights_are_kept_once_and_are_one_parameter_again(shared):
    store, net = shared
    loaded = load("team/net", store=store, factory=Net, trainable=True)
    assert loaded.head.weight is loaded.embed.weight
    assert {name for name, one in loaded.named_parameters() if one.requires_grad} == {
        name for name, _ in net.named_parameters()
    }
    tensors = load("team/net", store=store)
    assert tensors["head.weight"] is tensors["embed.weight"]
    assert "cache" not in tensors
    version = store.show("team/net").metadata
    assert version["environment"]["torch"] == str(torch.__version__)
    assert version["extra"]["saved"]["parameters"] == parameters_in(net)
    assert parameters_in(net) == sum(one.numel() for one in net.parameters())


def test_weights_that_the_saved_module_tied_are_tied_in_one_that_does_not(shared):
    store, net = shared
    other = Net()
    other.head.weight = torch.nn.Parameter(torch.zeros(11, 4))
    load("team/net", store=store, into=other)
    assert other.head.weight is other.embed.weight
    assert torch.equal(other(X), net(X))


def test_a_module_that_ties_what_differs_is_refused(store):
    net = Net()
    net.head.weight = torch.nn.Parameter(torch.zeros(11, 4))
    save(net, "net", store=store)
    with pytest.raises(FormatError, match=r"embed.weight and head.weight differ in net:1"):
        load("net", store=store, factory=Net)


def test_parts_of_one_storage_are_stored_each(store):
    whole = torch.arange(12.0)
    net = torch.nn.Module()
    net.register_buffer("front", whole[:8])
    net.register_buffer("back", whole[4:])
    net.register_buffer("turned", whole.reshape(3, 4).T)
    save(net, "net", store=store)
    found = load("net", store=store)
    assert all(torch.equal(found[name], one) for name, one in net.state_dict().items())


def test_what_does_not_fit_is_named_and_the_module_is_as_it_was(shared):
    store, _ = shared
    other = Net(words=12)
    other.extra = torch.nn.ModuleList(torch.nn.Linear(2, 2, bias=False) for _ in range(9))
    del other.scale
    before = {name: (one, one.clone()) for name, one in other.state_dict(keep_vars=True).items()}
    with pytest.raises(FormatError) as caught:
        load("team/net", store=store, into=other)
    message = str(caught.value)
    assert "it lacks extra.0.weight, extra.1.weight" in message
    assert "and 4 more" in message
    assert "the module has no scale" in message
    assert "embed.weight [11, 4] instead of [12, 4]" in message
    after = other.state_dict(keep_vars=True)
    assert all(after[name] is one and torch.equal(one, was) for name, (one, was) in before.items())
    assert other.training


def test_a_failure_half_way_leaves_the_module_as_it_was(shared):
    store, _ = shared

    class Fails(Net):
        def __init__(self):
            super().__init__()
            self.zz = _Fails()

    class _Fails(torch.nn.Module):
        def _load_from_state_dict(self, *arguments):
            raise ValueError("it does not like them")

    other = Fails()
    before = dict(other.state_dict(keep_vars=True))
    flat = list(other.body._flat_weights)
    with pytest.raises(FormatError, match="it does not like them"):
        load("team/net", store=store, into=other)
    assert all(other.state_dict(keep_vars=True)[name] is one for name, one in before.items())
    assert all(one is was for one, was in zip(other.body._flat_weights, flat, strict=True))


def test_the_types_of_the_store_win(store):
    save(torch.nn.Linear(3, 2).to(torch.bfloat16), "half", store=store)
    into = torch.nn.Linear(3, 2)
    assert load("half", store=store, into=into) is into
    assert into.weight.dtype == torch.bfloat16


def test_a_frozen_module_stays_in_eval_mode_and_its_copies_are_ordinary(shared):
    store, net = shared
    frozen = load("team/net", store=store, factory=Net)
    assert isinstance(frozen, Net)
    around = torch.nn.Sequential(frozen)
    with pytest.warns(UserWarning, match="Net was loaded for inference and stays in eval mode"):
        around.train()
    assert not frozen.training
    assert not frozen.drop.training
    assert torch.equal(frozen(X), net(X))
    own = copy.deepcopy(frozen)
    assert not own.training
    assert own.train().training
    kept = load("team/net", store=store, into=frozen, trainable=True)
    assert type(kept) is Net
    assert kept.train().training


def test_a_frozen_module_is_pickled_as_what_it_was(store):
    save(torch.nn.Linear(2, 2), "linear", store=store)
    frozen = load("linear", store=store, into=torch.nn.Linear(2, 2))
    again = pickle.loads(pickle.dumps(frozen))
    assert type(again) is torch.nn.Linear
    assert torch.equal(again.weight, frozen.weight)
    assert b"podplanner" not in pickle.dumps(frozen)


def test_a_frozen_module_goes_when_nobody_has_it(store):
    save(torch.nn.Linear(2, 2), "linear", store=store)
    frozen = load("linear", store=store, into=torch.nn.Linear(2, 2))
    gone = weakref.ref(frozen)
    gc.disable()
    try:
        del frozen
        assert gone() is None
    finally:
        gc.enable()


def test_making_a_frozen_class_calls_no_hook_of_subclasses(store):
    made = []

    class Registered(torch.nn.Linear):
        def __init_subclass__(cls, *, needed):
            made.append(cls)

    save(torch.nn.Linear(2, 2), "linear", store=store)
    load("linear", store=store, into=Registered(2, 2))
    assert made == []


def test_wrappers_are_taken_off_and_put_up_with(store):
    net = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 2))
    net[1] = torch.compile(net[1], backend="eager")
    save(torch.compile(torch.nn.DataParallel(net), backend="eager"), "net", store=store)
    plain = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 2))
    load("net", store=store, into=plain)
    assert torch.equal(plain[1].weight, net[1].weight)
    assert set(load("net", store=store)) == set(plain.state_dict())
    wrapped = torch.nn.DataParallel(
        torch.nn.Sequential(
            torch.nn.Linear(2, 2), torch.compile(torch.nn.Linear(2, 2), backend="eager")
        )
    )
    assert load("net", store=store, into=wrapped) is wrapped
    assert torch.equal(wrapped.module[1].weight, net[1].weight)
    assert origin(wrapped).reference == "net:1"
    assert (
        store.show("net").metadata["extra"]["saved"]["class"]
        == "torch.nn.modules.container.Sequential"
    )


class _Extra(torch.nn.Module):
    def __init__(self, extra):
        super().__init__()
        self.extra = extra

    def get_extra_state(self):
        return self.extra

    def set_extra_state(self, extra):
        self.extra = extra


def _with(name, value):
    net = torch.nn.Module()
    net.register_buffer(name, value)
    return net


@pytest.mark.filterwarnings("ignore:.*quantize.*", "ignore:Sparse .*", "ignore:TypedStorage")
@pytest.mark.filterwarnings("ignore:Lazy modules are a new feature")
def test_what_has_no_safe_form_is_refused_with_what_to_do(store):
    refused = {
        "is a dict, no tensor": _Extra({"a": 1}),
        "has no values yet": torch.nn.Linear(2, 2, device="meta"),
        "has no shape yet": torch.nn.LazyLinear(2),
        "of the layout sparse_coo": _with("s", torch.eye(3).to_sparse()),
        "is quantized": _with("q", torch.quantize_per_tensor(torch.ones(2), 0.1, 0, torch.qint8)),
        "has the type torch.complex128": _with("c", torch.ones(2, dtype=torch.complex128)),
    }
    for words, net in refused.items():
        with pytest.raises(FormatError, match=words) as caught:
            save(net, "net", store=store)
        assert caught.value.hint
    save(_Extra(torch.ones(2)), "net", store=store)
    assert torch.equal(load("net", store=store, into=_Extra(torch.zeros(2))).extra, torch.ones(2))


def test_options_that_make_no_sense_are_refused(shared):
    store, _ = shared
    for words, options in {
        "both say": {"into": Net(), "factory": Net},
        "the factory made a dict": {"factory": dict},
        "a str takes no tensors": {"into": "net"},
        "on `meta`": {"device": "meta"},
        "'gpu' is no device": {"device": "gpu"},
        "there is no cuda:9 here": {"device": "cuda:9"},
        "no tensors of 'numpy'": {"framework": "numpy", "factory": Net},
        "arrays of numpy have no device": {"framework": "numpy", "device": "meta"},
    }.items():
        with pytest.raises(WrongUsageError, match=words):
            load("team/net", store=store, **options)


@pytest.mark.filterwarnings("ignore:Lazy modules are a new feature")
def test_modules_without_shapes_or_values(shared):
    store, net = shared
    with pytest.raises(FormatError, match=r"weight, bias of the LazyLinear has no shape yet"):
        load("team/net", store=store, into=torch.nn.LazyLinear(2))
    with torch.device("meta"):
        empty = Net()
    with pytest.raises(FormatError, match=r"cache of the Net has no values"):
        load("team/net", store=store, into=empty)
    assert empty.embed.weight.is_meta
    empty.cache = torch.full((4,), 3.0)
    assert torch.equal(load("team/net", store=store, into=empty)(X), net(X))


def test_flipped_bits_are_noticed(store, tmp_path):
    save(torch.nn.Linear(400, 400), "net", store=store)
    assert flip(tmp_path / "store")
    into = torch.nn.Linear(400, 400)
    before = into.weight.clone()
    with pytest.raises(ObjectCorruptError):
        load("net", store=store, into=into)
    assert torch.equal(into.weight, before)


def test_second_names_that_a_stranger_wrote_do_no_harm(store, tmp_path):
    header = (
        b'{"__metadata__":{"format":"w","w":"w","x":"nothing","__class__":"w"},'
        b'"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
    )
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.safetensors").write_bytes(
        struct.pack("<Q", len(header)) + header + struct.pack("<f", 1.5)
    )
    store.push(tmp_path / "model", "theirs")
    net = torch.nn.Module()
    net.w = torch.nn.Parameter(torch.zeros(1))
    assert load("theirs", store=store, into=net) is net
    assert net.w.item() == 1.5


def test_tensors_go_to_their_devices_as_they_come():
    sent, there = [], threading.Event()

    class Lane:
        def __init__(self, device):
            self.device = device

        def send(self, tensor):
            sent.append((self.device.type, tensor.numel()))
            return tensor + 1

        def wait(self):
            there.set()

    import numpy as np

    arrivals = Arrivals(lambda name: torch.device("cpu" if name == "a" else "meta"), Lane)
    reads = [
        ReadTensor(name, "F32", (size,), "f", np.zeros(4 * size, np.uint8))
        for name, size in (("a", 1), ("b", 2), ("c", 3))
    ]
    threads = [threading.Thread(target=arrivals, args=(read,)) for read in reads]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not there.is_set()
    found = arrivals.all()
    assert there.is_set()
    assert sorted(sent) == [("cpu", 1), ("meta", 2), ("meta", 3)]
    assert {name: one.tolist() for name, one in found.items()} == {
        "a": [1.0], "b": [1.0, 1.0], "c": [1.0, 1.0, 1.0],
    }  # fmt: skip


def test_on_the_cpu_tensors_keep_the_memory_that_was_read(shared):
    store, _ = shared
    found = load("team/net", store=store, device="cpu")
    assert found["scale"].device.type == "cpu"
    net = load("team/net", store=store, into=Net(), device="cpu")
    assert net.scale.device.type == "cpu"
