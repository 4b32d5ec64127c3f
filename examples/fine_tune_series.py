"""A fine-tune with PyTorch whose checkpoints are kept as differences.

A network of 13 MB is tuned for a few steps; every step is a version of the series
`examples/tuned-checkpoints`, stored as its difference from the one before. Another process goes on
from the last checkpoint: model, optimizer and step.
"""

import torch
from torch import nn

import whole_way
from podplanner.models import load, origin, training
from podplanner.store import open_store

STEPS, WIDTH, LAYERS = 6, 1024, 6
LEARNING_RATE = 1e-5


def make_network() -> nn.Module:
    """Return a network as it was before the fine-tune: bf16, as large models are kept."""
    torch.manual_seed(1)
    layers = [nn.Linear(WIDTH, WIDTH) for _ in range(LAYERS)]
    return nn.Sequential(*(part for layer in layers for part in (layer, nn.GELU()))).bfloat16()


def tune(network: nn.Module, step: int) -> float:
    """Take one step of gradient descent and return the loss."""
    source = torch.Generator().manual_seed(step)
    inputs = torch.randn(64, WIDTH, generator=source).bfloat16()
    loss = (network(inputs) - inputs.roll(1, 1)).pow(2).mean()
    network.zero_grad()
    loss.backward()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter -= LEARNING_RATE * parameter.grad.sign()
    return loss.item()


def train(store: str) -> None:
    """Tune, keeping every step."""
    with training(
        "examples/tuned",
        store=store,
        hyperparameters={"learning_rate": LEARNING_RATE, "steps": STEPS},
        seed=1,
        keep_last=4,
    ) as run:
        network = make_network()
        for step in range(1, STEPS + 1):
            loss = tune(network, step)
            run.checkpoint(
                {"model": network.state_dict(), "step": step},
                step=step,
                metrics={"loss": round(loss, 4)},
            )
        saved = run.save(network, metrics={"loss": round(loss, 4)}, alias="prod")
    print(f"saved {saved.reference}")
    for version in reversed(open_store(store).versions("examples/tuned-checkpoints")):
        record = version.record
        share = record.stored_bytes / record.total_bytes
        print(
            f"checkpoint {record.number}: {record.total_bytes / 1e6:.1f} MB, "
            f"stored as {record.stored_bytes / 1e6:.2f} MB ({share:.0%})"
        )


def infer(store: str) -> None:
    """Go on from the last checkpoint, and answer with the finished model."""
    torch.set_num_threads(1)
    state = load("examples/tuned-checkpoints", store=store, trainable=True)
    network = make_network()
    network.load_state_dict(state["model"])
    print(f"would go on after step {state['step']} of {origin(state).reference}")
    finished = load("examples/tuned:prod", store=store, factory=make_network)
    inputs = torch.ones(1, WIDTH).bfloat16()
    same = torch.equal(finished(inputs), network(inputs))
    print(f"the last checkpoint answers as the finished model does: {same}")
    print(f"sum of the answer: {float(finished(inputs).float().sum())!r}")
    print(f"answered by {origin(finished).reference}, digest {origin(finished).digest}")


if __name__ == "__main__":
    whole_way.main(train, infer)
