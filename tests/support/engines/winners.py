"""Races of writers that create the same keys through several gateways at once."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from support.engines.promises import backend_at

from podplanner.errors import BackendUnavailableError
from podplanner.store.backends.s3 import S3Backend
from podplanner.store.backends.s3.racing import Try, is_sound
from podplanner.store.claims import new_id

_KEYS, _WRITERS_A_GATEWAY = 16, 2


def demand_one_winner(address: str, endpoints: Sequence[str]) -> int:
    """Find one winner for each key, whose content every gateway shows.

    Args:
        address: Where in a bucket there is nothing else.
        endpoints: Of the gateways.

    Returns:
        For how many keys exactly one writer was told that it won; where an answer was lost, none
        need know.
    """
    backends = [backend_at(address, endpoint) for endpoint in endpoints]
    writers = backends * _WRITERS_A_GATEWAY
    keys = [f"race/{new_id()}" for _ in range(_KEYS)]
    with ThreadPoolExecutor(len(writers) * len(keys)) as pool:
        racing = {key: [pool.submit(_write, backend, key) for backend in writers] for key in keys}
        tries = {key: [one.result() for one in of_key] for key, of_key in racing.items()}
    for key, of_key in tries.items():
        for backend in backends:
            assert is_sound(of_key, backend.get(key)), f"{key}: {of_key}"
    backends[0].delete_all(keys)
    return sum(sum(one.won is True for one in of_key) == 1 for of_key in tries.values())


def _write(backend: S3Backend, key: str) -> Try:
    content = new_id().encode()
    try:
        return Try(content, backend.create(key, content))
    except BackendUnavailableError:
        return Try(content, None)
