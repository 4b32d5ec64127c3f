"""Which objects of a store a writer may refer to."""

import threading

from podplanner.store.backend import Backend
from podplanner.store.bad_keys import BadKeys, read_bad_keys
from podplanner.store.epochs import AnyKey, Epochs, read_epochs
from podplanner.store.tables import ObjectKey

_TRUSTED_AFTER = 16
# Absent objects in a row, after which the next are taken for absent too.
_LOOK_EVERY = 8
# Of those, one is looked for all the same.


class Presence:
    """Looks objects up, once each; usable from threads.

    An object may be referred to when it is there with the right length, no epoch lists it and no
    check found it to be bad.
    """

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.epochs: Epochs = read_epochs(backend)
        self.bad: BadKeys = read_bad_keys(backend)
        self._lock = threading.Lock()
        self._sizes: dict[AnyKey, int] = {}
        self._absent_in_a_row = 0
        self._passed_over = 0
        self._unsettled: set[str] = set()

    def is_usable(self, key: ObjectKey, size: int, *, settled: bool, guessed: bool = False) -> bool:
        """Return whether an object may be referred to.

        Args:
            key: The object.
            size: How long it must be, in bytes.
            settled: Whether a live version refers to it, so that it survives a power cut. On a
                remote backend it is taken to be there then.
            guessed: Whether nothing says that it is there: on a remote backend not every guess is
                looked at, and one that is not counts as wrong.
        """
        if settled and self.backend.traits.is_remote:
            # A request for each would take longer than all the rest.
            return not self.epochs.lists_key(key) and key.key not in self.bad
        found = self._sizes.get(key)
        if found is None:
            if guessed and not self._is_worth_a_look():
                return False
            found = self._look(key)
        if found != size:
            return False
        if not settled:
            self.must_settle(key.key)
        return True

    def takes_for_granted(self) -> bool:
        """Return whether all objects that live versions refer to may be referred to again."""
        remote = self.backend.traits.is_remote
        return remote and not self.epochs.lists and not self.bad.keys

    def _look(self, key: ObjectKey) -> int:
        """Return the length of an object that may be used; -1 when there is none."""
        size = -1
        if not self.epochs.lists_key(key) and key.key not in self.bad:
            info = self.backend.head(key.key)
            size = info.size if info else -1
            self._absent_in_a_row = 0 if info else self._absent_in_a_row + 1
        with self._lock:
            self._sizes[key] = size
        return size

    def _is_worth_a_look(self) -> bool:
        """Return whether an object that is looked for may well be there.

        On a remote backend, after many that were not, only now and then one is looked for: what is
        there all the same is written once more, as it is.
        """
        if not self.backend.traits.is_remote or self._absent_in_a_row < _TRUSTED_AFTER:
            return True
        with self._lock:
            self._passed_over += 1
            return self._passed_over % _LOOK_EVERY == 0

    def is_there(self, key: str) -> bool:
        """Return whether there is something under a key that is not known to be bad."""
        return key not in self.bad and self.backend.head(key) is not None

    def is_torn(self, key: ObjectKey, size: int) -> bool:
        """Return whether something is under the key that is not what it should be."""
        return self._sizes.get(key, -1) not in (-1, size) or key.key in self.bad

    def stored(self, key: ObjectKey, size: int) -> None:
        """Take note that an object has just been written."""
        with self._lock:
            self._sizes[key] = size
        self.must_settle(key.key)

    def must_settle(self, key: str) -> None:
        """Take note that a key must be settled before anything refers to it."""
        with self._lock:
            self._unsettled.add(key)

    def take_unsettled(self) -> list[str]:
        """Return the keys that must be settled, and forget them."""
        with self._lock:
            keys, self._unsettled = self._unsettled, set()
        return sorted(keys)
