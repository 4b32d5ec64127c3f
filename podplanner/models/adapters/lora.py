"""Adapters of PEFT (LoRA and its kin): their own weights and settings, the base as parent."""

import copy
import json
import sys
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from podplanner.errors import ConflictError, FormatError, WrongUsageError
from podplanner.models.adapter import ReadOptions, Written
from podplanner.models.adapters.tensors import LoadedTensors
from podplanner.models.adapters.torch_filling import some
from podplanner.models.adapters.torch_freezing import freeze, thaw
from podplanner.models.adapters.torch_loading import module_for, target_of, tensors_of_torch
from podplanner.models.adapters.torch_module import class_name, versions
from podplanner.models.adapters.torch_wrappers import unwrapped
from podplanner.models.adapters.transformers_config import parsed
from podplanner.models.origins import origin_if_known
from podplanner.models.packages import installed_version, require
from podplanner.models.safetensors_file import safetensors_file
from podplanner.models.stored import StoredModel
from podplanner.models.torch_tensors import stored_tensor
from podplanner.store.paths import printable

if TYPE_CHECKING:
    import torch

CONFIG = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"
BASE = "base"
"""Key of what is known of the base, in what `save` wrote down."""
_KINDS = ("LORA", "LOHA", "LOKR", "IA3")
# Those that leave the base as it is and are wholly described by plain values.
_BEGINNINGS = (True, False, "gaussian", "orthogonal", "eva")
# Of `init_lora_weights`: the others (pissa, olora, corda, loftq ...) change the base's weights.
_NAMES_CODE = frozenset({"auto_mapping", "megatron_config", "megatron_core", "runtime_config"})
# Fields from which PEFT imports modules, or that hold for one machine. Source: peft 0.21,
# `auto.py` and `tuners/lora/tp_layer.py`.
_ONLY_BEGINNING = frozenset({"loftq_config", "eva_config", "corda_config", "lora_ga_config"})
# Fields that say only how the first weights are found.


class LoraAdapter:
    """An adapter of PEFT on its base, which is stored for itself."""

    kind = "peft"
    package: str | None = "peft"

    def fits(self, model: object) -> bool:
        """Return whether it is a model of PEFT."""
        peft, torch = sys.modules.get("peft"), sys.modules.get("torch")
        if peft is None or torch is None or not isinstance(model, torch.nn.Module):
            return False
        return isinstance(unwrapped(model), peft.PeftModel | peft.PeftMixedModel)

    def write(self, model: Any) -> Written:
        """Return the active adapter's files, named as `save_pretrained` names them."""
        from peft import get_peft_model_state_dict

        module = unwrapped(model)
        name, config = _active(module)
        # Without the base's embeddings, which PEFT adds where they might have changed, and asks
        # the hub about: they are in the base.
        tensors = get_peft_model_state_dict(module, adapter_name=name, save_embedding_layers=False)
        stored = {key: stored_tensor(key, tensor) for key, tensor in tensors.items()}
        base = origin_if_known(module.get_base_model())
        known = (
            {"model": base.model, "version": base.version, "digest": base.digest} if base else {}
        )
        settings = _settings(config)
        return Written(
            files={
                CONFIG: [memoryview((json.dumps(settings, indent=2, sort_keys=True)).encode())],
                WEIGHTS: safetensors_file(stored, {"format": "pt"}),
            },
            library="peft",
            class_name=class_name(module),
            parameters=sum(one.numel() for one in tensors.values()),
            hyperparameters=_hyperparameters(settings),
            versions={
                "peft": installed_version("peft") or "unknown",
                "transformers": installed_version("transformers") or "unknown",
                **versions(),
            },
            details={BASE: known} if known else {},
            made_from=base,
            base_model=base.reference if base else None,
        )

    def recognises(self, stored: StoredModel) -> bool:
        """Return whether it has the files that `save_pretrained` writes."""
        return {CONFIG, WEIGHTS}.issubset(stored.paths)

    def read(self, stored: StoredModel, options: ReadOptions) -> Any:
        """Return the adapter's tensors, or its base with the adapter in it."""
        target = target_of(options)
        if target is None:
            return tensors_of_torch(stored, replace(options, path=options.path or WEIGHTS))
        source = stored.origin.reference
        peft = require("peft", why=f"to load {source}")
        base = module_for(target)
        inner = unwrapped(base)
        if isinstance(inner, peft.PeftModel | peft.PeftMixedModel):
            raise WrongUsageError(
                "`into` has an adapter of PEFT already",
                hint="Give the base itself, such as `model.unload()` returns.",
            )
        _check_base(stored, base, inner)
        config = _config(stored, trainable=options.trainable)
        tensors = tensors_of_torch(stored, replace(options, path=WEIGHTS, into=None))
        before = _Before(inner)
        try:
            made = _put_on(inner, config, tensors, source)
            if options.device is not None:
                made.to(options.device)
        except BaseException:
            before.restore()
            raise
        if options.trainable:
            thaw(inner)
        else:
            freeze(made, made)
        return made


ADAPTER = LoraAdapter()


def _active(model: Any) -> tuple[str, Any]:
    """Return the name of the active adapter and its settings."""
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


def _settings(config: Any) -> dict[str, Any]:
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


def _hyperparameters(settings: dict[str, Any]) -> dict[str, Any]:
    names = ("r", "alpha", "lora_alpha", "lora_dropout", "target_modules", "use_rslora", "use_dora")
    return {name: settings[name] for name in names if settings.get(name) not in (None, False)}


def _config(stored: StoredModel, *, trainable: bool) -> Any:
    """Return the settings as an object of PEFT's class for their kind, from plain values."""
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


def _check_base(stored: StoredModel, *bases: Any) -> None:
    """Refuse a base that is known to be another than the adapter was trained on."""
    wanted = stored.saved.get(BASE)
    known = next((found for base in bases if (found := origin_if_known(base))), None)
    if not isinstance(wanted, dict) or known is None or wanted.get("digest") == known.digest:
        return
    name = f"{wanted.get('model')}:{wanted.get('version')}"
    raise ConflictError(
        f"{stored.origin.reference} was trained on {printable(name)} "
        f"({str(wanted.get('digest'))[:12]}), and this base is {known.reference} "
        f"({known.digest[:12]})",
        hint=f"Load {printable(name)} and give that.",
    )


def _put_on(base: Any, config: Any, tensors: LoadedTensors, source: str) -> Any:
    """Return a base with an adapter that has these tensors."""
    from peft import get_peft_model, set_peft_model_state_dict

    try:
        made = get_peft_model(base, config, autocast_adapter_dtype=False)
        _check_names(made, tensors, source)
        # As for weights on `meta`: they become the module's, and keep their types.
        set_peft_model_state_dict(made, dict(tensors), low_cpu_mem_usage=True)
    except FormatError:
        raise
    except Exception as error:
        # Whatever PEFT makes of settings and a base that do not go together.
        raise FormatError(
            f"the adapter {source} cannot be put on this {type(base).__name__}: {error}",
            hint="Give the base that it was trained on; `podplanner model log` has its parent.",
        ) from error
    return made


def _check_names(made: Any, tensors: LoadedTensors, source: str) -> None:
    from peft import get_peft_model_state_dict

    own = get_peft_model_state_dict(made, save_embedding_layers=False)
    allowed = set(own)
    if tensors.keys() - allowed and hasattr(made, "get_input_embeddings"):
        # PEFT itself stores the base's embeddings too, where it targets them.
        allowed |= set(get_peft_model_state_dict(made, save_embedding_layers=True))
    wrong = [
        f"{words} {some(sorted(names))}"
        for words, names in (
            ("it lacks", own.keys() - tensors.keys()),
            ("the base has no place for", tensors.keys() - allowed),
            (
                "shapes differ:",
                [
                    key
                    for key, one in own.items()
                    if key in tensors and one.shape != tensors[key].shape
                ],
            ),
        )
        if names
    ]
    if wrong:
        raise FormatError(
            f"the adapter {source} does not fit this {type(made.get_base_model()).__name__}: "
            + "; ".join(wrong),
            hint="Give the base that it was trained on; `podplanner model log` has its parent.",
        )


class _Before:
    """What a base was made of."""

    def __init__(self, base: "torch.nn.Module") -> None:
        self._base = base
        self._names = set(vars(base))
        self._parts = [(part, dict(part._modules), part.training) for part in base.modules()]
        self._learned = [(one, one.requires_grad) for one in base.parameters()]

    def restore(self) -> None:
        """Make it of that again."""
        for part, modules, training in self._parts:
            part._modules.clear()
            part._modules.update(modules)
            part.training = training
        for one, learned in self._learned:
            one.requires_grad_(learned)
        for name in set(vars(self._base)) - self._names:
            delattr(self._base, name)
