"""Tensors into a module: all of them or none."""

from collections import OrderedDict, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from podplanner.errors import FormatError
from podplanner.models.adapters.torch_wrappers import plain_name
from podplanner.store.paths import printable

if TYPE_CHECKING:
    import torch

_NAMED = 5
# Names of each kind that an error shows.


def assign(
    module: "torch.nn.Module",
    tensors: Mapping[str, "torch.Tensor"],
    *,
    source: str,
    device: "torch.device | None" = None,
) -> None:
    """Make tensors the parameters and buffers of a module, without copying them.

    Parameters keep their `requires_grad`; types are those of the tensors. What is one tensor
    under two names, in the module or among the tensors, is one parameter afterwards.

    Args:
        module: Without wrappers round it; after an error it is as it was.
        tensors: By their names.
        source: What they are of, for errors: `team/cat:3`.
        device: Where all of the module is to be; None: each where what it replaces is.

    Raises:
        FormatError: Names are missing, or there are too many, or shapes differ.
    """
    own = module.state_dict(keep_vars=True)
    found = _matched(module, own, tensors, source)
    _tie(own, found, source)
    state = _as_parameters(own, found, device)
    state_metadata = getattr(own, "_metadata", None)
    before = _Before(module)
    try:
        _load(module, state, state_metadata, source)
        _settle(module, device, source)
    except BaseException:
        before.restore()
        raise


def same_memory(tensor: "torch.Tensor") -> Hashable:
    """Return a key that tensors have in common when they are one tensor under two names."""
    if tensor.is_meta or not tensor.numel():
        return id(tensor)
    place = (tensor.device, tensor.data_ptr(), tensor.dtype)
    return (*place, tuple(tensor.shape), tensor.stride())


def _matched(
    module: "torch.nn.Module",
    own: Mapping[str, Any],
    tensors: Mapping[str, "torch.Tensor"],
    source: str,
) -> "dict[str, torch.Tensor]":
    """Return the tensors by the module's own names for them."""
    import torch

    tensors_of_it = {name: one for name, one in own.items() if isinstance(one, torch.Tensor)}
    if lazy := [name for name, one in tensors_of_it.items() if torch.nn.parameter.is_lazy(one)]:
        raise FormatError(
            f"{some(lazy)} of the {type(module).__name__} has no shape yet",
            hint="Run one batch through the module before its tensors are loaded.",
        )
    twins = _by_memory(tensors_of_it)
    found: dict[str, torch.Tensor] = {}
    missing, wrong = [], []
    for name in own:
        alike = twins[same_memory(own[name])] if name in tensors_of_it else ()
        named = next((one for one in map(plain_name, (name, *alike)) if one in tensors), None)
        if named is None:
            missing.append(plain_name(name))
            continue
        found[name] = tensors[named]
        if alike and own[name].shape != found[name].shape:
            given, wanted = list(found[name].shape), list(own[name].shape)
            wrong.append(f"{printable(plain_name(name))} {given} instead of {wanted}")
    used = {id(tensor) for tensor in found.values()}
    expected = set(map(plain_name, own))
    unexpected = [
        # A second name for a tensor that has found its place is none too many.
        name
        for name, tensor in tensors.items()
        if name not in expected and id(tensor) not in used
    ]
    if missing or unexpected or wrong:
        raise _unfit(module, source, missing, unexpected, wrong)
    return found


def _unfit(
    module: "torch.nn.Module",
    source: str,
    missing: Sequence[str],
    unexpected: Sequence[str],
    wrong: Sequence[str],
) -> FormatError:
    said = [
        f"{word} {some(names)}"
        for word, names in (
            ("it lacks", missing),
            ("the module has no", unexpected),
            ("shapes differ:", wrong),
        )
        if names
    ]
    return FormatError(
        f"{source} does not fit this {type(module).__name__}: {'; '.join(said)}",
        hint="Make the module with the settings that it was saved with; `podplanner model show` "
        "has the version's tensors.",
    )


def some(names: Sequence[str]) -> str:
    """Return the first of some names, and how many there are beside them."""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(printable(name) for name in names[:_NAMED]) + more


def _by_memory(tensors: "Mapping[str, torch.Tensor]") -> dict[Hashable, list[str]]:
    found: dict[Hashable, list[str]] = defaultdict(list)
    for name, tensor in tensors.items():
        found[same_memory(tensor)].append(name)
    return found


def _tie(own: Mapping[str, Any], found: "dict[str, torch.Tensor]", source: str) -> None:
    """Let names that the module ties have one tensor."""
    import torch

    tensors = {name: own[name] for name in found if isinstance(own[name], torch.Tensor)}
    for first, *others in _by_memory(tensors).values():
        for name in others:
            if not _same_bits(found[first], found[name]):
                raise FormatError(
                    f"{printable(first)} and {printable(name)} differ in {source}, and the module "
                    "has one tensor for both",
                    hint="Make the module without tied weights.",
                )
            found[name] = found[first]


def _same_bits(one: "torch.Tensor", other: "torch.Tensor") -> bool:
    import torch

    if one is other:
        return True
    if one.dtype != other.dtype or one.shape != other.shape or one.device != other.device:
        return False
    flat, against = (tensor.reshape(-1).view(torch.uint8) for tensor in (one, other))
    return bool(torch.equal(flat, against))


def _as_parameters(
    own: Mapping[str, Any], found: "Mapping[str, torch.Tensor]", device: "torch.device | None"
) -> "dict[str, torch.Tensor]":
    """Return what the module is to hold: of one tensor one parameter, where it is to be."""
    import torch

    parameters: dict[int, torch.nn.Parameter] = {}
    state: dict[str, torch.Tensor] = {}
    for name, tensor in found.items():
        old = own[name]
        if id(tensor) not in parameters:
            stays = not isinstance(old, torch.Tensor) or old.is_meta
            there = tensor.to(device or (tensor.device if stays else old.device))
            parameters[id(tensor)] = torch.nn.Parameter(there, requires_grad=False)
        one = parameters[id(tensor)]
        state[name] = one if isinstance(old, torch.nn.Parameter) else one.data
    return state


def _load(
    module: "torch.nn.Module", state: "dict[str, torch.Tensor]", metadata: Any, source: str
) -> None:
    ordered: Any = OrderedDict(state)
    ordered._metadata = metadata
    # Versions of the module's own parts: without them some take the tensors for those of old ones.
    try:
        module.load_state_dict(ordered, strict=True, assign=True)
    except (RuntimeError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise FormatError(
            f"a {type(module).__name__} does not take the tensors of {source}: {error}",
            hint="Make the module with the settings that it was saved with.",
        ) from error


def _settle(module: "torch.nn.Module", device: "torch.device | None", source: str) -> None:
    """Bring what no version holds to where the rest is."""
    import torch

    held = [*module.named_parameters(), *module.named_buffers()]
    if empty := [name for name, tensor in held if tensor.is_meta]:
        raise FormatError(
            f"{some(empty)} of the {type(module).__name__} has no values: it was made on `meta`, "
            f"and {source} does not hold it",
            hint="Make the module without `meta`: what is not persistent is not saved.",
        )
    if device is not None:
        module.to(device)
    for part in module.modules():
        if isinstance(part, torch.nn.RNNBase):
            part.flatten_parameters()


class _Before:
    """What a module held."""

    def __init__(self, module: "torch.nn.Module") -> None:
        self._held = [
            (part, dict(part._parameters), dict(part._buffers)) for part in module.modules()
        ]
        self._extra = [
            (part, part.get_extra_state())
            for part in module.modules()
            if type(part).get_extra_state is not _plain_extra_state()
        ]

    def restore(self) -> None:
        """Let it hold that again."""
        for part, *held in self._held:
            for name, old in (item for kind in held for item in kind.items()):
                if getattr(part, name) is not old:
                    # As an attribute: recurrent modules keep lists of theirs.
                    setattr(part, name, old)
        for part, extra in self._extra:
            part.set_extra_state(extra)


def _plain_extra_state() -> Any:
    import torch

    return torch.nn.Module.get_extra_state
