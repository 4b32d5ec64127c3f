"""Settings of adapters of PEFT: plain values only, to JSON and back."""

import copy
from dataclasses import fields
from typing import Any

from podplanner.errors import FormatError
from podplanner.models.adapters.torch_filling import some
from podplanner.models.adapters.transformers_config import parsed
from podplanner.models.stored import StoredModel
from podplanner.store.paths import printable

CONFIG = "adapter_config.json"
_KINDS = ("LORA", "LOHA", "LOKR", "IA3")
# Those that leave the base as it is and are wholly described by plain values.
_BEGINNINGS = (True, False, "gaussian", "orthogonal", "eva")
# Of `init_lora_weights`: the others (pissa, olora, corda, loftq ...) change the base's weights.
_NAMES_CODE = frozenset({"auto_mapping", "megatron_config", "megatron_core", "runtime_config"})
# Fields from which PEFT imports modules, or that hold for one machine. Source: peft 0.21,
# `auto.py` and `tuners/lora/tp_layer.py`.
_ONLY_BEGINNING = frozenset({"loftq_config", "eva_config", "corda_config", "lora_ga_config"})
# Fields that say only how the first weights are found.


def active_of(model: Any) -> tuple[str, Any]:
    """Return the name of the active adapter and its settings.

    Raises:
        FormatError: There is not one, or it is not of a kind that is saved from memory.
    """
    import peft

    if isinstance(model, peft.PeftMixedModel) or len(model.active_adapters) != 1:
        raise FormatError(
            "this model has more than one adapter at work",
            hint="Activate one with `set_adapter` and save it; then the next.",
        )
    name = model.active_adapters[0]
    config = model.peft_config[name]
    kind = str(getattr(config.peft_type, "value", config.peft_type))
    if kind not in _KINDS:
        raise FormatError(
            f"adapters of the kind {kind} are not saved from memory",
            hint="Write it with `save_pretrained`, and push the folder: `podplanner model push`.",
        )
    _check_beginning(getattr(config, "init_lora_weights", True))
    if getattr(config, "megatron_config", None) is not None:
        raise FormatError(
            "adapters for Megatron name modules to import, and are not saved",
            hint="Write it with `save_pretrained`, and push the folder: `podplanner model push`.",
        )
    return name, config


def _check_beginning(beginning: Any) -> None:
    if beginning not in _BEGINNINGS:
        raise FormatError(
            f"an adapter that began with {printable(str(beginning))!r} has changed its base",
            hint="Make it a plain one: `save_pretrained` with "
            "`path_initial_model_for_weight_conversion`, then push the folder.",
        )


def settings_of(config: Any) -> dict[str, Any]:
    """Return the fields of `adapter_config.json`, for inference, without what names code."""
    plain = copy.copy(config)
    plain.inference_mode = True
    found = {
        key: sorted(value) if isinstance(value, set) else value
        for key, value in plain.to_dict().items()
        if key not in _NAMES_CODE
    }
    kinds = ("peft_type", "task_type")
    return found | {key: getattr(found[key], "value", found[key]) for key in kinds}


def hyperparameters_in(settings: dict[str, Any]) -> dict[str, Any]:
    """Return those of the settings that frame the training."""
    names = ("r", "alpha", "lora_alpha", "lora_dropout", "target_modules", "use_rslora", "use_dora")
    return {name: settings[name] for name in names if settings.get(name) not in (None, False)}


def config_of(stored: StoredModel, *, trainable: bool) -> Any:
    """Return the settings as an object of PEFT's class for their kind, from plain values.

    Raises:
        FormatError: They are of no known kind, hold what is not known, or make no sense.
    """
    from peft import PEFT_TYPE_TO_CONFIG_MAPPING, PeftType

    source = stored.origin.reference
    given = parsed(stored.text(CONFIG), CONFIG)
    kind = given.pop("peft_type", None)
    if kind not in _KINDS:
        raise FormatError(
            f"{source} is an adapter of the kind {printable(str(kind))!r}, which is not loaded "
            f"into a module; these are: {', '.join(_KINDS)}",
            hint="Pull it with `podplanner model pull`, then use `PeftModel.from_pretrained`.",
        )
    _check_beginning(given.get("init_lora_weights", True))
    config_class = PEFT_TYPE_TO_CONFIG_MAPPING[PeftType(kind)]
    known = {one.name for one in fields(config_class)}
    unknown = [key for key, value in given.items() if key not in known and value]
    if unknown or given.get("megatron_config"):
        raise FormatError(
            f"{CONFIG} of {source} has {some(unknown) or 'megatron_config'}, which is not known",
            hint="Run `pip install --upgrade peft`, or pull it and use PEFT itself.",
        )
    left_out = _NAMES_CODE | _ONLY_BEGINNING | {"base_model_name_or_path", "revision"}
    settings = {key: one for key, one in given.items() if key in known and key not in left_out}
    if "init_lora_weights" in settings:
        settings["init_lora_weights"] = True
    settings["inference_mode"] = not trainable
    try:
        return config_class(**settings)
    except Exception as error:
        # Whatever a class of PEFT makes of values that it does not expect.
        raise FormatError(f"{CONFIG} of {source} is no {config_class.__name__}: {error}") from error
