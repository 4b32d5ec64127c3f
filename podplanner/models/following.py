"""Following: a service answers with the version that an alias names, and swaps without a gap.

A thread asks the store which version the alias names. When it is another, the thread loads and
prepares the new one beside the old, and then lets the service have it in one step. Whatever goes
wrong on the way, the old one answers on. For the time of the swap both are in memory.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from os import PathLike
from types import TracebackType
from typing import Any, NamedTuple, Self

from podplanner.errors import WrongUsageError
from podplanner.models.loading import load
from podplanner.models.opening import AnyStore, the_store
from podplanner.models.origins import Origin, origin
from podplanner.store import Store
from podplanner.store.names import Reference

_EVERY_S = 5.0
# One listing and one small object: nothing to a directory, 17,000 requests a day to a bucket.
_LONGEST_WAIT_S = 300.0
# Between two tries when they fail again and again; a mended store is noticed after that.


class Serving(NamedTuple):
    """A model with the version that it is; they belong together."""

    model: Any
    origin: Origin


def follow(
    reference: str,
    *,
    store: AnyStore = None,
    every_s: float = _EVERY_S,
    into: None = None,
    factory: Callable[..., Any] | None = None,
    trusted: Sequence[str] = (),
    device: str | None = None,
    framework: str | None = None,
    path: str | None = None,
    require_signature: str | PathLike[str] | None = None,
    prepare: Callable[[Any], object] | None = None,
    on_swap: Callable[[Origin], object] | None = None,
    on_trouble: Callable[[Exception], object] | None = None,
) -> "Following":
    """Load the version that an alias names, and follow the alias from then on.

    Args:
        reference: `team/cat:prod`, or `team/cat` for the latest version.
        store: An open store, its address, or None for what the environment says.
        every_s: How often to look, in seconds; after trouble less often, up to five minutes.
        into: Not possible here: each version needs a module of its own, so give `factory`.
        factory: As `load` takes it; called for each version.
        trusted: As `load` takes it.
        device: As `load` takes it.
        framework: As `load` takes it.
        path: As `load` takes it.
        require_signature: As `load` takes it; a version that is not signed is never served.
        prepare: Called with each new model before it is served, such as for one inference that
            warms it up; an error keeps the old one.
        on_swap: Called, from the thread, after each swap.
        on_trouble: Called, from the thread, with each error.

    Raises:
        WrongUsageError: `into` is given, or the reference names a number, which never moves.
        PodplannerError: As `load`, and whatever `factory` and `prepare` raise: without a first
            model there is nothing to serve.

    Example:
        with follow("team/cat:prod", factory=CatNet) as following:
            with following.using() as (model, where):
                answer(model(pixels), version=where.digest)
    """
    if into is not None:
        raise WrongUsageError(
            "a module cannot take the tensors of a new version while it answers for the old one",
            hint="Give `factory=`, which makes a module for each version.",
        )
    parsed = Reference.parse(reference)
    if parsed.version is not None:
        raise WrongUsageError(
            f"{parsed} is always the same version, and there is nothing to follow",
            hint=f"Name an alias such as {parsed.model}:prod, or use `load`.",
        )
    if not 0 < every_s < float("inf"):
        raise WrongUsageError(f"every_s={every_s} is no time to wait", hint="Give seconds.")
    opened = the_store(store, read_only=True)

    def load_version(number: int, digest: str) -> Serving:
        model = load(
            f"{parsed.model}:{number}",
            store=opened,
            factory=factory,
            trusted=trusted,
            device=device,
            framework=framework,
            path=path,
            digest=digest,
            require_signature=require_signature,
        )
        if prepare is not None:
            prepare(model)
        return Serving(model, origin(model))

    return Following(
        opened,
        parsed,
        load_version,
        every_s=every_s,
        on_swap=on_swap,
        on_trouble=on_trouble,
    )


class Following:
    """Has the model that an alias names; see `follow`.

    Of a process that forks, only the one that made it follows: make it after the fork.
    """

    def __init__(
        self,
        store: Store,
        reference: Reference,
        load_version: Callable[[int, str], Serving],
        *,
        every_s: float,
        on_swap: Callable[[Origin], object] | None = None,
        on_trouble: Callable[[Exception], object] | None = None,
    ) -> None:
        """Load the first version and start the thread.

        Args:
            store: Open for reading.
            reference: A model, or an alias of it.
            load_version: Returns a version by its number and digest, ready to be served.
            every_s: Seconds between two looks.
            on_swap: Hears of each swap.
            on_trouble: Hears of each error.
        """
        self._store = store
        self._reference = reference
        self._load_version = load_version
        self._every_s = every_s
        self._on_swap = on_swap
        self._on_trouble = on_trouble
        self._trouble: Exception | None = None
        self._serving = self._load_named()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"follow {reference}", daemon=True)
        self._thread.start()

    @property
    def model(self) -> Any:
        """The model that serves now; for one request take `using` instead."""
        return self._serving.model

    @property
    def origin(self) -> Origin:
        """The version that serves now."""
        return self._serving.origin

    @property
    def trouble(self) -> Exception | None:
        """Why the version that the alias names does not serve; None: it does."""
        return self._trouble

    @contextmanager
    def using(self) -> Iterator[Serving]:
        """Have one model and its version for the length of a request, whatever is swapped."""
        yield self._serving

    def look(self) -> bool:
        """Look now, in this thread, and return whether another version serves since.

        Raises:
            PodplannerError: The store does not answer, or the new version cannot be served.
        """
        named = self._named()
        if named == self.origin.version:
            return False
        self._serving = self._load_named()
        return True

    def close(self, timeout_s: float | None = None) -> None:
        """Stop following; the model stays. A second time does nothing.

        Args:
            timeout_s: How long to wait for a load that is under way; None: until it is done.
        """
        self._end.set()
        if self._thread is not threading.current_thread():
            self._thread.join(timeout_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _named(self) -> int:
        """Return the number that is named now, by as few requests as there can be.

        A number is never used twice, so the same number is the same version.
        """
        refs, model = self._store.root.refs, self._reference.model
        if self._reference.alias is not None:
            number = refs.alias(model, self._reference.alias)
        else:
            latest = refs.latest(model)
            number = None if latest is None else latest.number
        # With the error, and its words, that there are for it.
        return refs.resolve(self._reference).number if number is None else number

    def _load_named(self) -> Serving:
        found = self._store.root.refs.resolve(self._reference)
        return self._load_version(found.number, found.record.manifest)

    def _run(self) -> None:
        wait_s = self._every_s
        while not self._end.wait(wait_s):
            try:
                swapped = self.look()
                if swapped and self._on_swap is not None:
                    self._on_swap(self.origin)
            except Exception as error:  # noqa: BLE001  factories and callbacks are anybody's
                # Told to whoever asks: a service that answers must not end for a swap that fails.
                self._tell(error)
                wait_s = min(2 * wait_s, max(_LONGEST_WAIT_S, self._every_s))
            else:
                self._trouble = None
                wait_s = self._every_s

    def _tell(self, error: Exception) -> None:
        self._trouble = error
        if self._on_trouble is not None:
            try:
                self._on_trouble(error)
            except Exception as another:  # noqa: BLE001  as above
                self._trouble = another
