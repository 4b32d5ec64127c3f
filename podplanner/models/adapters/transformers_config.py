"""Configurations of transformers: read as data, from JSON that a stranger may have written."""

import json
from collections.abc import Mapping
from typing import Any

from podplanner.errors import FormatError
from podplanner.store.paths import printable

CONFIG = "config.json"
_LARGEST = 16 * 2**20
# Bytes; those with the longest lists of labels have some hundred kilobytes.
_MOST_LAYERS = 1000
# Beyond this a model has at least as many tensors as layers; guards against a made-up number.
_NAMES_CODE = frozenset(
    {
        "auto_map",  # a class in a file of the repository, to be imported
        "custom_pipelines",  # likewise
        "attn_implementation",  # may name a kernel on the hub: compiled code that is fetched
        "_attn_implementation",
        "_attn_implementation_internal",
        "experts_implementation",
        "_experts_implementation",
        "_experts_implementation_internal",
        "kernel_config",
        "use_kernels",
        "fusion_config",  # replaces classes of modules
        "transformers_weights",  # another file of weights
        "name_or_path",  # where to fetch what is missing
        "_name_or_path",
    }
)
# What names code or places elsewhere; left out wherever it stands. Source: transformers 5.24,
# `configuration_utils.py` and `PreTrainedModel.from_pretrained`.


def parsed(text: str, what: str) -> dict[str, Any]:
    """Return an object of JSON without what names code.

    Raises:
        FormatError: It is no object of JSON.
    """
    try:
        found = json.loads(text)
        if isinstance(found, dict) and len(text) <= _LARGEST:
            return {key: _harmless(value) for key, value in found.items() if key not in _NAMES_CODE}
    except (ValueError, RecursionError) as error:
        raise FormatError(f"{printable(what)} is not JSON: {error}") from error
    raise FormatError(f"{printable(what)} is no object of JSON, or far too large")


def config_of(text: str, source: str, *, tensors: int) -> Any:
    """Return a configuration, of the class that transformers itself has for its `model_type`.

    Args:
        text: `config.json`.
        source: For errors: `team/cat:3`.
        tensors: How many the version has.

    Raises:
        FormatError: It is none, or of a kind that transformers does not have.
    """
    from transformers import CONFIG_MAPPING

    fields = parsed(text, CONFIG)
    kind = fields.pop("model_type", None)
    if not isinstance(kind, str) or kind not in CONFIG_MAPPING:
        raise FormatError(
            f"{source} is of the model type {kind!r}, which this transformers does not have",
            hint="Install a newer transformers, or make the model yourself and pass it as `into=`.",
        )
    if fields.get("quantization_config") is not None:
        raise FormatError(
            f"{source} is quantized, and is loaded by transformers alone",
            hint="Pull it with `podplanner model pull`, then use `from_pretrained` on the folder.",
        )
    _check_counts(fields, source, max(_MOST_LAYERS, tensors))
    config_class = CONFIG_MAPPING[kind]
    try:
        return config_class.from_dict(fields)
    except Exception as error:
        # Whatever a class of transformers makes of values that it does not expect.
        raise FormatError(f"{CONFIG} of {source} is no {config_class.__name__}: {error}") from error


def config_text(config: Any, *, architecture: str, dtype: str | None) -> str:
    """Return `config.json` as `save_pretrained` writes it, without what names code."""
    fields = json.loads(config.to_json_string(use_diff=True))
    fields = {key: value for key, value in fields.items() if key not in _NAMES_CODE}
    fields["architectures"] = [architecture]
    word = "dtype" if hasattr(config, "dtype") else "torch_dtype"
    # The second before transformers 4.56; newer ones read both.
    if dtype is not None:
        fields[word] = dtype
    return json.dumps(fields, indent=2, sort_keys=True) + "\n"


def _harmless(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            # Weights of a backbone that would be fetched from elsewhere.
            key: False if key == "use_pretrained_backbone" else _harmless(one)
            for key, one in value.items()
            if key not in _NAMES_CODE
        }
    return [_harmless(one) for one in value] if isinstance(value, list) else value


def _check_counts(fields: Mapping[str, Any], source: str, most: int) -> None:
    for key, value in fields.items():
        if isinstance(value, Mapping):
            _check_counts(value, source, most)
        elif "layer" in key and isinstance(value, int) and value > most:
            raise FormatError(
                f"{CONFIG} of {source} says {printable(key)} = {value}, and there are not as many "
                "tensors",
                hint="See where the version is from: `podplanner model show`.",
            )
