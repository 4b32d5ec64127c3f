"""Callbacks of training frameworks, each in a tiny real training."""

import pytest
from support.saved import elsewhere

from podplanner.errors import NoSpaceError, WrongUsageError
from podplanner.models import load
from podplanner.models.checkpoints_callbacks import CallbackRun, metrics_of
from podplanner.models.checkpoints_series import Series

torch = pytest.importorskip("torch", reason="needs torch")


def shown(store, name="team/cat-checkpoints"):
    numbers = [one.record.number for one in store.versions(name)][::-1]
    return [store.show(f"{name}:{number}") for number in numbers]


def facts(one):
    return one.metadata["extra"]["training"]


def data():
    features = torch.randn(16, 4, generator=torch.Generator().manual_seed(1))
    return features, features.sum(1, keepdim=True)


# Lightning


@pytest.fixture
def lightning():
    return pytest.importorskip("lightning.pytorch", reason="needs lightning")


def small(lightning, fails_at=None):
    class Small(lightning.LightningModule):
        def __init__(self, width, rate, kind=None):
            super().__init__()
            self.save_hyperparameters()
            self.layer = torch.nn.Linear(4, width)
            self.out = torch.nn.Linear(width, 1)

        def training_step(self, batch, index):
            if self.global_step == fails_at:
                raise ZeroDivisionError
            loss = (self.out(self.layer(batch[0]).tanh()) - batch[1]).square().mean()
            self.log("loss", loss)
            return loss

        def configure_optimizers(self):
            optimizer = torch.optim.AdamW(self.parameters(), lr=self.hparams.rate)
            return [optimizer], [torch.optim.lr_scheduler.MultiStepLR(optimizer, [2, 4])]

    return Small(8, 0.1, kind=torch.nn.Tanh)


def fit(lightning, module, callback, folder, **options):
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(*data()), batch_size=4)
    trainer = lightning.Trainer(
        accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
        enable_model_summary=False, callbacks=[callback], default_root_dir=folder, **options,
    )  # fmt: skip
    trainer.fit(module, loader)


# Lightning's own words on how few processes load data, and on its use of torch.
@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
class TestLightning:
    def test_a_training_is_a_series_and_a_model(self, store, tmp_path, lightning):
        from podplanner.models.lightning import StoreCheckpoints

        callback = StoreCheckpoints("team/cat", store=store, every_n_steps=3, alias="prod")
        assert isinstance(callback, lightning.Callback)
        module = small(lightning)
        # Two batches make a step: four a epoch make two.
        fit(lightning, module, callback, tmp_path, max_epochs=3, accumulate_grad_batches=2)
        steps = [facts(one)["step"] for one in shown(store)]
        assert steps == [3, 6]
        for one in shown(store):
            assert one.metadata["hyperparameters"]["width"] == 8
            assert one.metadata["hyperparameters"]["rate"] == {"decimal": "0.1"}
            assert "Tanh" in one.metadata["hyperparameters"]["kind"]
            assert "decimal" in one.metadata["metrics"]["loss"]
        state = load("team/cat-checkpoints", store=store)
        assert state["global_step"] == 6
        other = small(lightning)
        other.load_state_dict(state["state_dict"])
        optimizers, schedulers = other.configure_optimizers()
        optimizers[0].load_state_dict(state["optimizer_states"][0])
        schedulers[0].load_state_dict(state["lr_schedulers"][0])
        assert optimizers[0].state_dict()["state"][0]["step"] == 6
        model = store.show("team/cat:prod")
        assert facts(model)["step"] == 6
        assert facts(model)["checkpoints"] == "team/cat-checkpoints:2"
        weight = load("team/cat", store=store)["layer.weight"]
        assert torch.equal(weight, module.layer.weight)
        assert callback.run is None

    def test_a_training_that_fails_keeps_its_checkpoints(self, store, tmp_path, lightning):
        from podplanner.models.lightning import StoreCheckpoints

        callback = StoreCheckpoints("team/cat", store=store, every_n_steps=2, optimizer=False)
        with pytest.raises(ZeroDivisionError):
            fit(lightning, small(lightning, fails_at=5), callback, tmp_path, max_epochs=3)
        assert [facts(one)["step"] for one in shown(store)] == [2, 4]
        assert [one.name for one in store.models()] == ["team/cat-checkpoints"]
        assert load("team/cat-checkpoints", store=store)["layer.weight"].shape == (8, 4)


# transformers


@pytest.fixture
def trained(store, tmp_path):
    """Return a function that trains a tiny classifier by the Trainer."""
    transformers = pytest.importorskip("transformers", reason="needs transformers")
    pytest.importorskip("accelerate", reason="needs accelerate")
    from podplanner.models.trainer import StoreCheckpoints

    def train(**options):
        torch.manual_seed(2)
        config = transformers.BertConfig(
            vocab_size=32, hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
            intermediate_size=16, max_position_embeddings=8,
        )  # fmt: skip
        model = transformers.BertForSequenceClassification(config)
        rows = [{"input_ids": torch.arange(6) + n, "labels": torch.tensor(n % 2)} for n in range(8)]
        callback = StoreCheckpoints("team/cat", store=store, **options)
        arguments = transformers.TrainingArguments(
            output_dir=str(tmp_path / "out"), num_train_epochs=2, per_device_train_batch_size=2,
            learning_rate=0.01, logging_steps=1, save_strategy="no", report_to=[], use_cpu=True,
            disable_tqdm=True, hub_token="secret",
        )  # fmt: skip
        trainer = transformers.Trainer(
            model=model, args=arguments, train_dataset=rows, callbacks=[callback]
        )
        trainer.train()
        return model, callback

    return train


# The Trainer asks for pinned memory though there is no accelerator.
@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
class TestTrainer:
    def test_a_training_is_a_series_and_a_model(self, store, trained, capsys):
        model, callback = trained(every_n_epochs=1, keep_last=1)
        (last,) = shown(store)
        assert facts(last)["step"] == 8
        assert last.metadata["hyperparameters"]["learning_rate"] == {"decimal": "0.01"}
        assert "secret" not in str(last.metadata)
        assert "decimal" in last.metadata["metrics"]["loss"]
        state = load("team/cat-checkpoints", store=store)
        assert (state["global_step"], state["epoch"]) == (8, 2.0)
        assert state["optimizer"]["state"][0]["step"] == 8
        assert state["scheduler"]["last_epoch"] == 8
        name, weight = next(iter(model.state_dict().items()))
        assert torch.equal(state["model"][name], weight)
        assert facts(store.show("team/cat"))["checkpoints"] == "team/cat-checkpoints:2"
        assert callback.run is None

    def test_a_checkpoint_that_cannot_be_stored_ends_the_training(
        self, store, trained, monkeypatch
    ):
        def full(self, checkpoint):
            raise NoSpaceError("the disk is full")

        monkeypatch.setattr(Series, "_pushed", full)
        with pytest.raises(NoSpaceError, match="full"):
            trained(every_n_steps=1)


# Both


def test_other_ranks_push_nothing(store):
    run = CallbackRun("cat", store=store, every_n_steps=1)
    assert not run.is_due_after_step(1)
    run.checkpoint({"w": torch.ones(1)}, 1, {})
    run.finish({"w": torch.ones(1)}, 1, {})
    run.fail(ValueError())
    assert store.models() == []


def test_without_a_word_there_is_one_after_every_epoch(store):
    run = CallbackRun("cat", store=store)
    run.begin({}, step=4)
    assert not run.is_due_after_step(8)
    assert run.is_due_after_epoch(1, 8)
    assert not run.is_due_after_epoch(1, 4)
    run.close()


def test_metrics_are_numbers_whatever_they_were():
    found = metrics_of(
        {
            "a": torch.tensor(0.5),
            "b": 3,
            "c": float("nan"),
            "d": object(),
            "e": torch.tensor([2]),
            "f": torch.zeros(2),
        }
    )
    assert found == {"a": 0.5, "b": 3, "c": "nan", "e": 2}


@pytest.mark.parametrize("options", [{"every_n_steps": 0}, {"every_n_epochs": -1}])
def test_a_rhythm_that_cannot_be_is_refused(options):
    with pytest.raises(WrongUsageError):
        CallbackRun("cat", **options)


def test_a_framework_that_is_missing_is_named(tmp_path):
    out = elsewhere(
        """
from podplanner.errors import MissingPackageError
for module in ("lightning", "trainer"):
    try:
        exec(f"from podplanner.models.{module} import StoreCheckpoints")
    except MissingPackageError as error:
        print(error.hint)
""",
        without=("lightning", "pytorch_lightning", "transformers"),
    )
    assert out == "Run `pip install lightning`.\nRun `pip install transformers`.\n"
