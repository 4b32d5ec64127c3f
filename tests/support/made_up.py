"""Parts with the figures that a test gives them and no others, and pods made of them."""

from collections.abc import Iterable, Mapping
from datetime import date

from podplanner.catalog.bill import BillOfMaterials
from podplanner.catalog.parts import PART, Part
from podplanner.catalog.pod import Pod, assemble

DAY = date(2026, 11, 24)


def made(kind: str, sku: str, **figures: object) -> Part:
    """Return a part with these figures and no others."""
    return PART.validate_python(
        {"kind": kind, "sku": sku, "title": sku, "source": "made up for this test", **figures}
    )


def made_of(
    known: Mapping[str, Part],
    parts: Iterable[tuple[str, int | None]],
    *,
    links: Iterable[Mapping[str, str]] = (),
    extra: Iterable[Mapping[str, object]] = (),
) -> Pod:
    """Return a pod of (SKU, quantity), with whole lines behind them.

    The id of a line is its SKU in small letters.
    """
    lines = [
        {"id": sku.lower(), "part": sku, "title": sku, "quantity": number} for sku, number in parts
    ]
    bill = BillOfMaterials.model_validate({"line": [*lines, *extra], "link": list(links)})
    return assemble(bill, known, as_of=DAY)
