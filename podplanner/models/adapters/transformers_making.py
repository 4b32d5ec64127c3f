"""Models of transformers made from tensors and a configuration, by transformers' own rules."""

from typing import TYPE_CHECKING, Any

from podplanner.errors import FormatError, WrongUsageError
from podplanner.models.adapters.tensors import LoadedTensors
from podplanner.models.adapters.torch_filling import some

if TYPE_CHECKING:
    import torch


def class_for(factory: Any, config: Any, source: str) -> Any:
    """Return the class of the model; None where the factory is to be called with the config."""
    import torch
    import transformers

    if isinstance(factory, type) and issubclass(factory, transformers.PreTrainedModel):
        return factory
    if not hasattr(factory, "from_config"):
        if callable(factory):
            return None
        raise WrongUsageError(
            f"a {type(factory).__name__} makes no models",
            hint="Give a class such as `transformers.AutoModelForSequenceClassification`.",
        )
    try:
        with torch.device("meta"):
            return type(factory.from_config(config))
    except Exception as error:
        # Whatever a class of transformers makes of values that it does not expect.
        raise FormatError(
            f"{getattr(factory, '__name__', 'the factory')} makes nothing of {source}: {error}",
            hint="Give the class that it was saved as; `podplanner model show` has it.",
        ) from error


def converted(
    model_class: Any, config: Any, tensors: LoadedTensors, source: str
) -> tuple[Any, LoadedTensors]:
    """Return a model with the tensors, by transformers' own rules for names that changed.

    Beside it comes what it is to hold: transformers brings all to one type, on the processor;
    what is otherwise as it was stored is to be exactly that.

    Raises:
        FormatError: They do not fit; says what is missing, unexpected, of another shape.
    """
    host = {name: tensor.to("cpu") for name, tensor in tensors.items()}
    try:
        made, info = model_class.from_pretrained(
            None,
            config=config,
            state_dict=host,
            output_loading_info=True,
            ignore_mismatched_sizes=True,
        )
    except Exception as error:
        # Whatever a class of transformers makes of values that it does not expect.
        raise FormatError(
            f"a {model_class.__name__} takes nothing of {source}: {error}",
            hint="Give the class that it was saved as; `podplanner model show` has it.",
        ) from error
    wrong = [
        f"{words} {some(sorted(names))}"
        for words, names in (
            ("it lacks", info["missing_keys"]),
            ("the model has no", info["unexpected_keys"]),
            ("shapes differ:", [str(one[0]) for one in info["mismatched_keys"]]),
            ("", info["error_msgs"]),
        )
        if names
    ]
    if wrong:
        raise FormatError(
            f"{source} does not fit {model_class.__name__}: {'; '.join(wrong)}",
            hint="Give the class that it was saved as; `podplanner model show` has it.",
        )
    return made, _state(made, host, tensors)


def _state(made: Any, host: "dict[str, torch.Tensor]", tensors: LoadedTensors) -> LoadedTensors:
    state = LoadedTensors(made.state_dict(keep_vars=True))
    ties: dict[int, list[str]] = {}
    for name, one in state.items():
        ties.setdefault(id(one), []).append(name)
    for names in ties.values():
        own = state[names[0]].detach()
        stored = next((name for name in names if name in host), None)
        same = stored is not None and _unchanged(own, host[stored])
        for name in names:
            state[name] = tensors[stored] if stored is not None and same else own
    return state


def _unchanged(made: "torch.Tensor", stored: "torch.Tensor") -> bool:
    """Return whether a tensor is what was stored, but for its type."""
    import torch

    if made.shape != stored.shape:
        return False
    if made.dtype == stored.dtype and made.data_ptr() == stored.data_ptr():
        return True
    return bool(torch.equal(made, stored.to(made.dtype)))
