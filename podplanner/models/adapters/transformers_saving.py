"""What a model of transformers has in files: as `save_pretrained` would write it."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from podplanner.errors import FormatError
from podplanner.models.adapters.torch_filling import some
from podplanner.models.adapters.torch_module import is_one_of, plain_state
from podplanner.store.pushing.sources import Content


def tensors_to_save(module: Any) -> dict[str, Any]:
    """Return the tensors under the names that `save_pretrained` gives them, tied ones once."""
    if getattr(module, "hf_quantizer", None) is not None:
        raise FormatError(
            f"this {type(module).__name__} is quantized",
            hint="Write it with `save_pretrained`, and push the folder: `podplanner model push`.",
        )
    if getattr(module, "_hf_peft_config_loaded", False):
        raise FormatError(
            f"this {type(module).__name__} has adapters of PEFT in it",
            hint="Save the PeftModel that `peft.get_peft_model` returns.",
        )
    ignored = set(getattr(module, "_keys_to_ignore_on_save", None) or ())
    tied = _tied_names(module)
    tensors, second_names = plain_state(module, last=tied)
    for second, kept in second_names.items():
        if not is_one_of(second, tied):
            # The class does not tie it, and looks for it when it is loaded.
            tensors[second] = tensors[kept]
    return _reverted(module, {key: one for key, one in tensors.items() if key not in ignored})


def _tied_names(module: Any) -> list[str]:
    """Return patterns of names that the class ties to others; as transformers keeps them."""
    found = []
    for place, part in module.named_modules():
        tied = getattr(part, "_tied_weights_keys", None) or ()
        found += [f"{place}.{key}" if place else str(key) for key in tied]
    return found


def _reverted(module: Any, tensors: dict[str, Any]) -> dict[str, Any]:
    """Return the tensors as they are in files, where a model has them otherwise in memory."""
    try:
        from transformers.core_model_loading import revert_weight_conversion
    except ImportError:
        return tensors  # before transformers 5 they are the same
    return dict(revert_weight_conversion(module, tensors))


def files_beside(other: Any, files: Mapping[str, Content]) -> dict[str, Content]:
    """Return the files that a tokenizer or processor writes, but no code."""
    with TemporaryDirectory() as folder:
        other.save_pretrained(folder)
        found = {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(Path(folder).rglob("*"))
            if path.is_file() and path.suffix != ".py"
        }
    if twice := sorted(found.keys() & files.keys()):
        raise FormatError(
            f"{some(twice)} is a file of the model, and of the {type(other).__name__} too",
            hint="Save the model alone, and give the other's files as `files=`.",
        )
    return {path: [memoryview(content)] for path, content in found.items()}
