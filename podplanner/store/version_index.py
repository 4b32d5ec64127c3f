"""What listings say of models and their versions, without reading a record."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import groupby

from podplanner.errors import WrongUsageError
from podplanner.store.backend import Backend, ObjectInfo
from podplanner.store.names import HIGHEST_NUMBER, ModelName
from podplanner.store.record_keys import MODELS, aliases_prefix, versions_prefix
from podplanner.store.wide_listing import list_wide


@dataclass(frozen=True, slots=True)
class VersionIndex:
    """What one listing says of a model's versions, without reading a record."""

    numbers: tuple[int, ...]
    """All that were ever taken, rising."""
    deleted: frozenset[int]
    relayouts: Mapping[int, int] = field(default_factory=dict)
    """Number -> highest k of its further layouts."""
    buried: Mapping[int, float] = field(default_factory=dict)
    """Number -> time of its tombstone, by the store's clock."""
    swept: frozenset[int] = frozenset()
    """Deleted ones whose content has been given up: they cannot come back."""

    @property
    def highest(self) -> int:
        """The highest number ever taken; 0 when there is none."""
        return self.numbers[-1] if self.numbers else 0

    @property
    def live(self) -> tuple[int, ...]:
        """Numbers that are not deleted, rising."""
        return tuple(number for number in self.numbers if number not in self.deleted)


@dataclass(frozen=True, slots=True)
class Surveyed:
    """A model as a listing of all that is below its folder shows it."""

    model: ModelName
    index: VersionIndex
    records: Mapping[str, ObjectInfo]
    """What is in its folder of versions, by key."""
    aliases: Mapping[str, ObjectInfo]
    """Alias -> the record of its last move."""


def model_of_folder(folder: str) -> ModelName | None:
    """Return the model whose folder it is; None for nobody's, such as a copy of one."""
    try:
        model = ModelName.from_key(folder)
    except WrongUsageError:
        return None
    return model if model.key == folder else None


def survey(backend: Backend) -> Iterator[Surveyed]:
    """Yield every model from one listing of them all, in order of the keys of their folders.

    A thousand keys take one request, where a listing for each model takes one for each.
    """
    infos = list_wide(backend, MODELS)
    for folder, below in groupby(infos, key=lambda info: info.key[len(MODELS) :].split("/", 1)[0]):
        model = model_of_folder(folder)
        if model is not None:
            yield _surveyed(model, below)


def survey_of(backend: Backend, model: ModelName) -> Surveyed:
    """Return what a listing of a model's folder of versions shows; nothing of its aliases."""
    return _surveyed(model, backend.keys(versions_prefix(model)))


def _surveyed(model: ModelName, infos: Iterable[ObjectInfo]) -> Surveyed:
    records: dict[str, ObjectInfo] = {}
    aliases: dict[str, ObjectInfo] = {}
    versions = versions_prefix(model)
    for info in infos:
        if info.key.startswith(versions):
            records[info.key] = info
        elif (move := alias_move(model, info.key)) is not None:
            # They are listed from the last move back.
            aliases.setdefault(move[0], info)
    return Surveyed(model, index_of(model, records.values()), records, aliases)


def index_of(model: ModelName, infos: Iterable[ObjectInfo]) -> VersionIndex:
    """Return what a listing of a model's folder of versions says."""
    numbers: list[int] = []
    buried: dict[int, float] = {}
    swept: set[int] = set()
    relayouts: dict[int, int] = {}
    begins = len(versions_prefix(model))
    for info in infos:
        digits, _, rest = info.key[begins:].partition(".")
        if len(digits) != 10 or not digits.isdigit():
            continue
        number = int(digits)
        if rest == "json":
            numbers.append(number)
        elif rest == "deleted.json":
            buried[number] = info.time
        elif rest == "swept.json":
            swept.add(number)
        elif rest.startswith("layout-") and rest.endswith(".json"):
            k = rest[len("layout-") : -len(".json")]
            if k.isdigit():
                relayouts[number] = max(relayouts.get(number, 0), int(k))
    deleted = frozenset(swept.union(buried))
    return VersionIndex(tuple(sorted(numbers)), deleted, relayouts, buried, frozenset(swept))


def alias_move(model: ModelName, key: str) -> tuple[str, int] | None:
    """Return which alias a key below a model moves, and by which move of it; None for others.

    >>> alias_move(ModelName.parse("cat"), "models/cat/aliases/prod/9999999998.json")
    ('prod', 1)
    """
    prefix = aliases_prefix(model)
    if not key.startswith(prefix):
        return None
    alias, _, name = key[len(prefix) :].partition("/")
    word = name.removesuffix(".json")
    if len(word) != 10 or not word.isdigit():
        return None
    return alias, HIGHEST_NUMBER - int(word)
