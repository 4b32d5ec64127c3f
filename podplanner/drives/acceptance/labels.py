"""What the catalog has of a drive's model."""

from collections.abc import Mapping

from podplanner.catalog.naming import normal
from podplanner.catalog.parts import Drive, Part
from podplanner.drives.acceptance.newcomer import Label
from podplanner.drives.acceptance.recording_models import model_numbers


def label_of(model: str | None, parts: Mapping[str, Part]) -> Label | None:
    """Return what the catalog has of a model as a drive states it; None: it has none.

    Args:
        model: `WDC WD60EFAX-68SHWN0`; None: the drive does not say.
        parts: The catalog, by SKU.
    """
    wanted = {normal(number) for number in model_numbers(model or "")}
    for part in parts.values():
        if isinstance(part, Drive) and wanted & {normal(part.sku), *map(normal, part.aliases)}:
            return Label(part.sku, part.capacity, part.recording)
    return None
