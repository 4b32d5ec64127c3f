"""Models of transformers: `config.json` and `model.safetensors`, as `save_pretrained` has them."""

import sys
from dataclasses import replace
from typing import Any

from podplanner.errors import FormatError
from podplanner.models.adapter import ReadOptions, Written
from podplanner.models.adapters.tensors import LoadedTensors
from podplanner.models.adapters.torch_filling import some
from podplanner.models.adapters.torch_freezing import own_class
from podplanner.models.adapters.torch_loading import (
    arrays_of,
    arrays_wanted,
    fill,
    target_of,
    tensors_of_torch,
)
from podplanner.models.adapters.torch_module import (
    class_name,
    parameters_in,
    versions,
)
from podplanner.models.adapters.torch_wrappers import unwrapped
from podplanner.models.adapters.transformers_config import CONFIG, config_of, config_text, parsed
from podplanner.models.adapters.transformers_making import class_for, converted
from podplanner.models.adapters.transformers_saving import files_beside, tensors_to_save
from podplanner.models.origins import origin_if_known
from podplanner.models.packages import installed_version, require
from podplanner.models.safetensors_file import safetensors_file
from podplanner.models.stored import StoredModel
from podplanner.models.torch_tensors import stored_tensor
from podplanner.store.paths import printable
from podplanner.store.pushing.sources import Content

WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"
GENERATION = "generation_config.json"


class TransformersAdapter:
    """A model of transformers; also one with its tokenizer or processor: `(model, tokenizer)`."""

    kind = "transformers"
    package: str | None = "transformers"

    def fits(self, model: object) -> bool:
        """Return whether it is a model of transformers, alone or first of several."""
        transformers = sys.modules.get("transformers")
        torch = sys.modules.get("torch")
        if transformers is None or torch is None:
            return False
        first, *others = model if isinstance(model, tuple | list) and model else (model,)
        if not isinstance(first, torch.nn.Module):
            return False
        return isinstance(unwrapped(first), transformers.PreTrainedModel) and all(
            callable(getattr(one, "save_pretrained", None)) for one in others
        )

    def write(self, model: Any) -> Written:
        """Return the model's files, and those of what is beside it."""
        first, *others = model if isinstance(model, tuple | list) else (model,)
        module = unwrapped(first)
        tensors = tensors_to_save(module)
        stored = {name: stored_tensor(name, tensor) for name, tensor in tensors.items()}
        dtype = str(module.dtype).removeprefix("torch.")
        name = own_class(module).__name__
        text = config_text(module.config, architecture=name, dtype=dtype)
        files: dict[str, Content] = {
            CONFIG: [memoryview(text.encode())],
            WEIGHTS: safetensors_file(stored, {"format": "pt"}),
        }
        if module.can_generate() and module.generation_config is not None:
            generation = module.generation_config.to_json_string(use_diff=True)
            files[GENERATION] = [memoryview(generation.encode())]
        for other in others:
            files |= files_beside(other, files)
        return Written(
            files=files,
            library="transformers",
            class_name=class_name(module),
            parameters=parameters_in(module),
            versions={"transformers": installed_version("transformers") or "unknown", **versions()},
            made_from=origin_if_known(first),
        )

    def recognises(self, stored: StoredModel) -> bool:
        """Return whether it has the files that `save_pretrained` writes."""
        if not {WEIGHTS, INDEX}.intersection(stored.paths) or CONFIG not in stored.paths:
            return False
        try:
            return isinstance(parsed(stored.text(CONFIG), CONFIG).get("model_type"), str)
        except FormatError:
            return False

    def read(self, stored: StoredModel, options: ReadOptions) -> Any:
        """Return the tensors, or the model that takes them."""
        if arrays_wanted(options):
            return arrays_of(stored, options)
        target = target_of(options)
        tensors = _tensors(stored, options)
        if target is None:
            return tensors
        source = stored.origin.reference
        transformers = require("transformers", why=f"to load {source}")
        import torch

        into = unwrapped(target)
        if isinstance(into, transformers.PreTrainedModel):
            _, state = converted(own_class(into), into.config, tensors, source)
            return fill(target, state, stored, options)
        if isinstance(target, torch.nn.Module):
            return fill(target, tensors, stored, options)
        config = config_of(stored.text(CONFIG), source, tensors=len(tensors))
        model_class = class_for(target, config, source)
        if model_class is None:
            module = target(config)
            if not isinstance(module, transformers.PreTrainedModel):
                return fill(lambda: module, tensors, stored, options)
            _, state = converted(own_class(module), module.config, tensors, source)
        else:
            module, state = converted(model_class, config, tensors, source)
        found = fill(module, state, stored, options)
        _set_generation(found, stored)
        return found


ADAPTER = TransformersAdapter()


def _tensors(stored: StoredModel, options: ReadOptions) -> LoadedTensors:
    """Return the tensors of the model's own files: one, or those that the index names."""
    if options.path is not None or WEIGHTS in stored.paths:
        return tensors_of_torch(stored, replace(options, path=options.path or WEIGHTS))
    places = parsed(stored.text(INDEX), INDEX).get("weight_map")
    if not isinstance(places, dict) or not all(isinstance(one, str) for one in places.values()):
        raise FormatError(f"{INDEX} of {stored.origin.reference} has no `weight_map`")
    found = LoadedTensors()
    for path in sorted(set(places.values())):
        if path not in stored.paths:
            raise FormatError(
                f"{stored.origin.reference} lacks {printable(path)}, which {INDEX} names",
                hint="Push the whole folder again.",
            )
        for name, tensor in tensors_of_torch(stored, replace(options, path=path)).items():
            if places.get(name, path) != path:
                continue
            found[name] = tensor
    if lost := sorted(places.keys() - found.keys()):
        raise FormatError(f"{stored.origin.reference} lacks {some(lost)}, which {INDEX} names")
    return found


def _set_generation(model: Any, stored: StoredModel) -> None:
    """Let a model generate as it did when it was saved."""
    if GENERATION not in stored.paths or not unwrapped(model).can_generate():
        return
    from transformers import GenerationConfig

    fields = parsed(stored.text(GENERATION), GENERATION)
    try:
        unwrapped(model).generation_config = GenerationConfig.from_dict(fields)
    except Exception as error:
        # Whatever the class makes of values that it does not expect.
        raise FormatError(f"{GENERATION} of {stored.origin.reference} is none: {error}") from error
