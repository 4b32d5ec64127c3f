"""One list, pasted in every way that runs its columns together, is the same list."""

from decimal import Decimal

import pytest

from podplanner.catalog.readers import read_source
from podplanner.catalog.readers.source import Source

ROWS = [
    ("4U Enclosure", "Bent steel, painted", "1", "748.00", "748.00"),
    ("Power Supply", "Zippy PSM-5760", "2", "270.00", "540.00"),
    ("Case Fan", "Mechatronics G1238M12B1-FSR", "6", "13.60", "82.00"),
    ("CPU", "Intel E8600", "1", "280.00", "280.00"),
    ("Standoff", "Nylon 4-40 x 3/4", "72", "0.17", "12.00"),
    ("Fan Mount", "Acousti AFM02", "12", "0.40", "5.00"),
    ("Screw", "MPN-0440-06P", "72", "0.02", "1.00"),
]
# All totals are rounded to whole dollars, as in some published lists.

LAYOUTS = {
    "ItemDescriptionQtyPriceTotal": "{t}{d}{q}${u}${s}",
    "Item Description Qty Price Total": "{t} {d} {q} ${u} ${s}",
    "ItemDescriptionPriceQtyTotal": "{t}{d}${u}{q}${s}",
    "PartQuantityPrice Per UnitTotal PriceWhere to Buy": "{t}{d}{q}${u}${s}Here",
    "QtyItemPriceTotal": "{q}{t}${u}${s}",
    "ItemQtyPriceTotal": "{t} {d}{q}{u}{s}",
}


@pytest.mark.parametrize(("heading", "layout"), LAYOUTS.items(), ids=LAYOUTS.keys())
def test_a_list_is_the_same_however_its_columns_run_together(heading, layout):
    rows = [layout.format(t=t, d=d, q=q, u=u, s=s) for t, d, q, u, s in ROWS]
    text = "\n".join(
        ["We built it for $9 a day.", "", heading, *rows, "Total$1,668.00", "", "Bye."]
    )
    bill = read_source(Source("paste.txt", text.encode()))
    assert [(line.quantity, line.unit_price, line.total) for line in bill.lines] == [
        (Decimal(q), Decimal(u), Decimal(s)) for _, _, q, u, s in ROWS
    ]
    assert bill.stated_total == Decimal("1668.00")
