"""Adapters of PEFT (LoRA and its kin): their own weights and settings, the base as parent."""

import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from podplanner.errors import ConflictError, FormatError, WrongUsageError
from podplanner.models.adapter import ReadOptions, Written
from podplanner.models.adapters.lora_settings import (
    CONFIG,
    active_of,
    config_of,
    hyperparameters_in,
    settings_of,
)
from podplanner.models.adapters.tensors import LoadedTensors
from podplanner.models.adapters.torch_filling import some
from podplanner.models.adapters.torch_freezing import freeze, thaw
from podplanner.models.adapters.torch_loading import (
    arrays_of,
    arrays_wanted,
    module_for,
    target_of,
    tensors_of_torch,
)
from podplanner.models.adapters.torch_module import class_name, versions
from podplanner.models.adapters.torch_wrappers import unwrapped
from podplanner.models.origins import origin_if_known
from podplanner.models.packages import installed_version, require
from podplanner.models.safetensors_file import safetensors_file
from podplanner.models.stored import StoredModel
from podplanner.models.torch_tensors import stored_tensor
from podplanner.store.paths import printable

if TYPE_CHECKING:
    import torch

WEIGHTS = "adapter_model.safetensors"
BASE = "base"
"""Key of what is known of the base, in what `save` wrote down."""


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
        name, config = active_of(module)
        # Without the base's embeddings, which PEFT adds where they might have changed, and asks
        # the hub about: they are in the base.
        tensors = get_peft_model_state_dict(module, adapter_name=name, save_embedding_layers=False)
        stored = {key: stored_tensor(key, tensor) for key, tensor in tensors.items()}
        base = origin_if_known(module.get_base_model())
        known = (
            {"model": base.model, "version": base.version, "digest": base.digest} if base else {}
        )
        settings = settings_of(config)
        return Written(
            files={
                CONFIG: [memoryview((json.dumps(settings, indent=2, sort_keys=True)).encode())],
                WEIGHTS: safetensors_file(stored, {"format": "pt"}),
            },
            library="peft",
            class_name=class_name(module),
            parameters=sum(one.numel() for one in tensors.values()),
            hyperparameters=hyperparameters_in(settings),
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
        if arrays_wanted(options):
            return arrays_of(stored, options)
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
        config = config_of(stored, trainable=options.trainable)
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
