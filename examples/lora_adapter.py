"""A LoRA adapter whose parent is its base model: two versions that belong together.

The base is a small transformer with random weights (a real one takes its place by
`from_pretrained`). The adapter is a few kilobytes; loading it onto another base is refused.
"""

import peft
import torch
import transformers

import whole_way
from podplanner.models import load, origin, save
from podplanner.store import open_store

CONFIG = transformers.GPT2Config(
    vocab_size=512, n_positions=64, n_embd=128, n_layer=2, n_head=4, bos_token_id=0, eos_token_id=0
)
WORDS = torch.tensor([[5, 17, 200, 3, 9, 42, 7, 1]])

transformers.utils.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()


def base_model(store: str, *, trainable: bool = False) -> transformers.PreTrainedModel:
    """Return the base from the store; to train an adapter its dropout must be able to work."""
    return load(
        "examples/base",
        store=store,
        factory=transformers.AutoModelForCausalLM,
        trainable=trainable,
    )


def train(store: str) -> None:
    """Save a base; tune an adapter on top of it; save that alone."""
    torch.manual_seed(3)
    saved = save(transformers.GPT2LMHeadModel(CONFIG), "examples/base", store=store)
    print(f"saved the base {saved.reference}: {saved.total_bytes / 1e6:.2f} MB")

    model = peft.get_peft_model(
        base_model(store, trainable=True),
        peft.LoraConfig(r=4, lora_alpha=8, target_modules=["c_attn"], fan_in_fan_out=True),
    )
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-2)
    for _ in range(10):
        optimizer.zero_grad()
        loss = model(input_ids=WORDS, labels=WORDS).loss
        loss.backward()
        optimizer.step()
    saved = save(
        model,
        "examples/base-lora",
        store=store,
        hyperparameters={"learning_rate": "0.01", "steps": 10},
        metrics={"loss": round(loss.item(), 4)},
        alias="prod",
    )
    record = open_store(store).show(saved.reference).record
    print(f"saved the adapter {saved.reference}: {saved.total_bytes / 1e3:.0f} kB, "
          f"parent {record.parent}")  # fmt: skip


def infer(store: str) -> None:
    """Put the adapter on its base, and answer."""
    torch.set_num_threads(1)
    base = base_model(store)
    plain = base(input_ids=WORDS).logits[0, -1]
    model = load("examples/base-lora:prod", store=store, into=base)
    tuned = model(input_ids=WORDS).logits[0, -1]
    print(f"next word of the base {int(plain.argmax())}, with the adapter {int(tuned.argmax())}")
    print(f"its score {float(tuned.max())!r}")
    print(f"answered by {origin(model).reference}, digest {origin(model).digest}")


if __name__ == "__main__":
    whole_way.main(train, infer)
