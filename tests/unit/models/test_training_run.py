"""A training: what it records, which checkpoints stay, and how another process goes on from it."""

import random

import numpy as np
import pytest
from support.saved import elsewhere

from podplanner.errors import (
    FormatError,
    NoStoreError,
    ObjectMissingError,
    UnknownNameError,
    WrongUsageError,
)
from podplanner.models import load, save, training


def weights(value, size=200_000):
    return {"w": np.linspace(1, 2, size, dtype="f4") * np.float32(1 + value * 1e-6)}


def facts_of(store, reference):
    return store.show(reference).metadata["extra"]["training"]


def numbers(store, name="cat-checkpoints"):
    return [one.record.number for one in store.versions(name)][::-1]


def test_what_a_training_knows_is_recorded(store):
    save(weights(0), "team/base", store=store)
    with training(
        "team/cat",
        store=store,
        hyperparameters={"lr": 0.1},
        dataset="cats@sha256:" + "0" * 64,
        seed=7,
        parent="team/base:1",
        meta={"license": "mit", "extra": {"team": "blue"}},
    ) as run:
        drawn = random.random(), np.random.random()
        run.checkpoint(weights(1), step=10, metrics={"loss": 0.3}, alias="best")
        run.checkpoint(weights(2), step=np.int64(20), metrics={"loss": np.float32(0.25)})
        saved = run.save(weights(3), metrics={"accuracy": 0.93}, alias="prod")
    assert drawn == (random.Random(7).random(), np.random.RandomState(7).random())
    first, second = (store.show(f"team/cat-checkpoints:{number}") for number in (1, 2))
    assert (first.record.parent, second.record.parent) == ("team/base:1", "team/cat-checkpoints:1")
    assert first.aliases == ("best",)
    assert first.metadata["metrics"] == {"loss": {"decimal": "0.3"}}
    facts = facts_of(store, "team/cat-checkpoints:2")
    assert (facts["run"], facts["step"], facts["seed"]) == (run.id, 20, 7)
    assert "decimal" in facts["seconds"]
    model = store.show("team/cat:prod")
    assert saved.reference == "team/cat:1"
    assert model.record.parent == "team/base:1"
    facts = model.metadata["extra"]["training"]
    assert facts["checkpoints"] == run.last == "team/cat-checkpoints:2"
    assert (facts["step"], facts["seed"], facts["run"]) == (20, 7, run.id)
    for one in (first, model):
        assert one.metadata["hyperparameters"] == {"lr": {"decimal": "0.1"}}
        assert one.metadata["datasets"] == [{"name": "cats", "digest": "sha256:" + "0" * 64}]
        assert one.metadata["license"] == "mit"
        assert one.metadata["extra"]["team"] == "blue"
        assert one.metadata["environment"]["python"]


def test_a_model_that_was_loaded_is_the_parent(store):
    save(weights(0), "base", store=store)
    model = load("base", store=store, trainable=True)
    with training("cat", store=store) as run:
        model["w"] += 1
        run.save(model)
    assert store.show("cat").record.parent == "base:1"


def test_retention_keeps_the_last_each_kth_and_those_with_an_alias(store, tmp_path):
    with training("cat", store=store, keep_last=2, keep_every=3) as run:
        for step in range(1, 9):
            run.checkpoint(weights(step), step=step, alias="best" if step == 2 else None)
    assert numbers(store) == [2, 3, 6, 7, 8]
    # Differences hang on the first, which is deleted: its content stays for as long as they do.
    assert store.show("cat-checkpoints:8").stored_bytes > 0
    plain, stored = 200_000 * 4, store.versions("cat-checkpoints")[0].record.stored_bytes
    assert stored < plain * 0.7
    for _ in range(2):
        store.gc(grace_s=0)
    for number in numbers(store):
        assert store.verify(f"cat-checkpoints:{number}").bad == ()
        found = load(f"cat-checkpoints:{number}", store=store)
        assert np.array_equal(found["w"], weights(number)["w"])
    # Content of what is deleted is given up when nothing needs it.
    with pytest.raises((UnknownNameError, ObjectMissingError)):
        load("cat-checkpoints:4", store=store)


def test_checkpoints_of_other_runs_are_left_alone(store):
    with training("cat", store=store) as run:
        for step in (1, 2, 3):
            run.checkpoint(weights(step), step=step)
    with training("cat", store=store, keep_last=1) as run:
        for step in (11, 12, 13):
            run.checkpoint(weights(step), step=step)
    assert numbers(store) == [1, 2, 3, 6]


def test_a_checkpoint_that_somebody_deletes_ends_no_training(store):
    with training("cat", store=store, keep_last=2) as run:
        for step in (1, 2, 3, 4):
            run.checkpoint(weights(step), step=step)
            run.flush()
            if step == 2:
                store.delete("cat-checkpoints:2")
    assert numbers(store) == [3, 4]
    assert store.show("cat-checkpoints:3").record.parent == "cat-checkpoints:1"


def test_another_process_goes_on_from_the_last_checkpoint(store):
    with training("cat", store=store) as run:
        assert run.latest() is None
        for step in (1, 2):
            run.checkpoint(weights(step), step=step)
        mine = run.latest()
    assert (mine.step, mine.reference) == (2, "cat-checkpoints:2")
    out = elsewhere(
        f"""
from podplanner.models import training
with training("cat", store={store.address!r}) as run:
    resumed = run.latest()
    resumed.state["w"] += 1
    run.checkpoint(resumed.state, step=resumed.step + 1)
print(resumed.step, resumed.reference, run.last)
"""
    )
    assert out == "2 cat-checkpoints:2 cat-checkpoints:3\n"
    assert store.show("cat-checkpoints:3").record.parent == "cat-checkpoints:2"
    assert np.array_equal(load("cat-checkpoints", store=store)["w"], weights(2)["w"] + 1)


def test_a_version_that_is_no_checkpoint_is_not_gone_on_from(store):
    save(weights(1), "cat-checkpoints", store=store)
    with training("cat", store=store) as run, pytest.raises(FormatError, match="no checkpoint"):
        run.latest()


@pytest.mark.parametrize(
    "options",
    [
        {"name": "a/b/c"},
        {"name": "c" * 90},
        {"series": "not a name"},
        {"keep_last": 0},
        {"keep_every": 5},
        {"keep_last": 1, "keep_every": 0},
        {"seed": -1},
        {"seed": 2**32},
        {"hyperparameters": {"model": object()}},
        {"meta": {"environment": 3}},
    ],
)
def test_what_cannot_be_is_refused_before_the_training(store, options):
    with pytest.raises(WrongUsageError):
        training(**{"name": "cat", "store": store, **options})


def test_a_store_or_parent_that_is_not_there_is_told_before_the_training(store, tmp_path):
    with pytest.raises(NoStoreError):
        training("cat", store=tmp_path / "nowhere")
    with pytest.raises(UnknownNameError):
        training("cat", store=store, parent="base:3")


def test_what_cannot_be_said_of_a_checkpoint_is_refused_at_once(store):
    with training("cat", store=store) as run:
        for options in (
            {"step": -1},
            {"step": 1.5},
            {"step": True},
            {"step": 1, "alias": "latest"},
            {"step": 1, "metrics": {"loss": float("nan")}},
            {"step": 1, "metrics": {"loss": object()}},
        ):
            with pytest.raises(WrongUsageError):
                run.checkpoint(weights(1), **options)
    assert store.models() == []


class TestTorch:
    """Modules, and the state of an optimizer that changes its tensors in place."""

    @pytest.fixture
    def torch(self):
        return pytest.importorskip("torch", reason="needs torch")

    def test_steps_made_meanwhile_change_nothing_that_is_stored(self, store, torch):
        with training("cat", store=store, seed=3) as run:
            model = torch.nn.Conv2d(8, 64, 5).to(memory_format=torch.channels_last)
            optimizer = torch.optim.AdamW(model.parameters(), lr=0.1)
            expected = []
            for step in range(1, 4):
                optimizer.zero_grad()
                model(torch.randn(2, 8, 9, 9)).square().sum().backward()
                optimizer.step()
                state = {"model": model.state_dict(), "optimizer": optimizer.state_dict()}
                expected.append(
                    (
                        model.weight.detach().clone(),
                        state["optimizer"]["state"][0]["exp_avg"].clone(),
                    )
                )
                run.checkpoint({**state, "step": step}, step=step)
            run.save(model)
        assert torch.initial_seed() == 3
        for step, (weight, average) in enumerate(expected, 1):
            found = load(f"cat-checkpoints:{step}", store=store)
            assert torch.equal(found["model"]["weight"], weight)
            assert torch.equal(found["optimizer"]["state"][0]["exp_avg"], average)
            assert found["step"] == step
        assert torch.equal(load("cat", store=store)["weight"], weight)

    def test_a_module_goes_on_from_its_checkpoint(self, store, torch):
        model = torch.nn.Linear(3, 2)
        with training("cat", store=store) as run:
            run.checkpoint(model, step=5)
            kept = model.weight.detach().clone()
            with torch.no_grad():
                model.weight.add_(1)
            other = torch.nn.Linear(3, 2)
            resumed = run.latest(into=other)
        assert resumed.state is other
        assert resumed.step == 5
        assert torch.equal(other.weight, kept)
        assert other.weight.requires_grad
        assert other.training
