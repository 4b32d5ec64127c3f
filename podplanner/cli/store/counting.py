"""`store stats`."""

from podplanner.cli.console import emit, show
from podplanner.cli.model.opening import Json, reading
from podplanner.cli.progress import AGAIN, HowOption, telling
from podplanner.cli.store.opening import Named, named
from podplanner.units.words import say_size


def stats(address: Named = None, progress: HowOption = "auto", as_json: Json = False) -> None:
    """Say what a store holds, and what of it nothing needs.

    `plain` is what all versions would take if each were kept whole. `pinned` is what bundles hold
    that no version needs, kept for the rest of the bundle.

    \b
    Examples:
      podplanner store stats /mnt/pod/models
      podplanner store stats /mnt/pod/models --json
    """
    opened = reading(named(address))
    with telling(progress, AGAIN) as told:
        found = opened.stats(progress=told)
    if as_json:
        emit("store-stats", {
            "models": found.models, "versions": found.versions, "plain_bytes": found.plain_bytes,
            "object_bytes": found.object_bytes, "objects": found.objects,
            "pinned_bytes": found.pinned_bytes,
        })  # fmt: skip
        return
    show(f"models    {found.models:,}")
    show(f"versions  {found.versions:,}")
    show(f"plain     {say_size(found.plain_bytes)}")
    share = f" ({found.object_bytes / found.plain_bytes * 100:.1f} % of plain)" \
        if found.plain_bytes else ""  # fmt: skip
    show(f"objects   {found.objects:,}, {say_size(found.object_bytes)}{share}")
    show(f"pinned    {say_size(found.pinned_bytes)}")
