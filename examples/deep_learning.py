"""Deep learning: a network of PyTorch tells rings from squares; another process looks at new ones.

The pictures are drawn: 20 x 20 pixels, a ring or a square of any size and place, under noise. What
is stored are the network's tensors: the class stays here, and `factory` makes it.
"""

import torch
from torch import nn

import whole_way
from podplanner.models import Dataset, load, origin, training

SIDE = 20
HYPERPARAMETERS = {"learning_rate": 0.003, "epochs": 6, "batch": 64, "dropout": 0.2, "channels": 8}


def make_network() -> nn.Module:
    """Return a network that has learnt nothing yet."""
    channels = HYPERPARAMETERS["channels"]
    return nn.Sequential(
        nn.Conv2d(1, channels, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(channels, 2 * channels, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Dropout(HYPERPARAMETERS["dropout"]),
        nn.Linear(2 * channels * (SIDE // 4) ** 2, 2),
    )


def draw(count: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return pictures, count x 1 x 20 x 20, and what each is: 0 a ring, 1 a square."""
    source = torch.Generator().manual_seed(seed)
    kinds = torch.randint(2, (count,), generator=source)
    middle = 7 + 6 * torch.rand(count, 2, 1, 1, generator=source)
    size = 3 + 3 * torch.rand(count, 1, 1, generator=source)
    line = torch.arange(SIDE, dtype=torch.float32)
    across, down = (line[None, None, :] - middle[:, 0]), (line[None, :, None] - middle[:, 1])
    ring = (across**2 + down**2).sqrt()
    square = torch.maximum(across.abs(), down.abs())
    distance = torch.where(kinds[:, None, None] == 0, ring, square * 1.1)
    edge = torch.exp(-((distance - size) ** 2))
    noise = torch.randn(count, SIDE, SIDE, generator=source)
    return (edge + 0.35 * noise).unsqueeze(1), kinds


def train(store: str) -> None:
    """Learn, keeping a checkpoint of every epoch, and save what came out."""
    torch.set_num_threads(1)  # a network as small as this is slower on several
    pictures, kinds = draw(3000, seed=1)
    new, new_kinds = draw(1000, seed=2)
    dataset = Dataset.from_arrays(pictures, kinds, name="rings and squares")
    with training(
        "examples/shapes", store=store, hyperparameters=HYPERPARAMETERS, dataset=dataset, seed=7
    ) as run:
        network = make_network()
        optimizer = torch.optim.Adam(network.parameters(), HYPERPARAMETERS["learning_rate"])
        for epoch in range(HYPERPARAMETERS["epochs"]):
            network.train()
            for batch in torch.randperm(len(pictures)).split(HYPERPARAMETERS["batch"]):
                optimizer.zero_grad()
                loss = nn.functional.cross_entropy(network(pictures[batch]), kinds[batch])
                loss.backward()
                optimizer.step()
            run.checkpoint(network, step=epoch + 1, metrics={"loss": round(loss.item(), 4)})
        network.eval()
        with torch.inference_mode():
            accuracy = float((network(new).argmax(1) == new_kinds).float().mean())
        saved = run.save(network, metrics={"accuracy": round(accuracy, 4)}, alias="prod")
    print(f"saved {saved.reference}: accuracy {accuracy:.3f} on {len(new)} new pictures")


def infer(store: str) -> None:
    """Answer for pictures that the network has never seen."""
    torch.set_num_threads(1)
    new, new_kinds = draw(5, seed=3)
    network = load("examples/shapes:prod", store=store, factory=make_network)
    chances = network(new).softmax(1)
    for kind, chance in zip(new_kinds.tolist(), chances.tolist(), strict=True):
        print(f"a {'square' if kind else 'ring'}: a square with probability {chance[1]!r}")
    print(f"answered by {origin(network).reference}, digest {origin(network).digest}")


if __name__ == "__main__":
    whole_way.main(train, infer)
