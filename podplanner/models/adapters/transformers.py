"""Models of transformers: `config.json` and `model.safetensors`, as `save_pretrained` has them."""

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from podplanner.errors import FormatError, PodplannerError, WrongUsageError
from podplanner.models.adapter import ReadOptions, Written
from podplanner.models.adapters.tensors import LoadedTensors
from podplanner.models.adapters.torch_filling import some
from podplanner.models.adapters.torch_freezing import own_class
from podplanner.models.adapters.torch_loading import fill, target_of, tensors_of_torch
from podplanner.models.adapters.torch_module import (
    class_name,
    is_one_of,
    parameters_in,
    plain_state,
    versions,
)
from podplanner.models.adapters.torch_wrappers import unwrapped
from podplanner.models.adapters.transformers_config import CONFIG, config_of, config_text, parsed
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
        tensors = _as_saved(module)
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
            files |= _files_of(other, files)
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
        target = target_of(options)
        tensors = _tensors(stored, options)
        if target is None:
            return tensors
        source = stored.origin.reference
        transformers = require("transformers", why=f"to load {source}")
        import torch

        into = unwrapped(target)
        if isinstance(into, transformers.PreTrainedModel):
            whole = _converted(own_class(into), into.config, tensors, source)
            return fill(target, _state(whole, tensors), stored, options)
        if isinstance(target, torch.nn.Module):
            return fill(target, tensors, stored, options)
        config = config_of(stored.text(CONFIG), source, tensors=len(tensors))
        model_class = _class_for(target, config, source)
        if model_class is None:
            module = target(config)
            if not isinstance(module, transformers.PreTrainedModel):
                return fill(lambda: module, tensors, stored, options)
            whole = _converted(own_class(module), module.config, tensors, source)
        else:
            module = whole = _converted(model_class, config, tensors, source)
        found = fill(module, _state(whole, tensors), stored, options)
        _set_generation(found, stored)
        return found


ADAPTER = TransformersAdapter()


def _as_saved(module: Any) -> dict[str, Any]:
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


def _files_of(other: Any, files: Mapping[str, Content]) -> dict[str, Content]:
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


def _class_for(factory: Any, config: Any, source: str) -> Any:
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


def _converted(model_class: Any, config: Any, tensors: LoadedTensors, source: str) -> Any:
    """Return a model with the tensors, by transformers' own rules for names that changed."""
    host = {name: tensor.to("cpu") for name, tensor in tensors.items()}
    try:
        made, info = model_class.from_pretrained(
            None,
            config=config,
            state_dict=host,
            output_loading_info=True,
            ignore_mismatched_sizes=True,
        )
    except PodplannerError:
        raise
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
    return made


def _state(whole: Any, tensors: LoadedTensors) -> LoadedTensors:
    """Return what a model is to hold: what was stored, as it was stored, and what was made of it.

    Transformers brings all to one type; types of the store are kept, and tensors that are on
    their device already are taken from there.
    """
    state = LoadedTensors(whole.state_dict(keep_vars=True))
    ties: dict[int, list[str]] = {}
    for name, one in state.items():
        ties.setdefault(id(one), []).append(name)
    for names in ties.values():
        made = state[names[0]].detach()
        stored = next((tensors[name] for name in names if name in tensors), made)
        for name in names:
            state[name] = stored if stored.shape == made.shape else made
    return state


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
