"""`bom new`, `add`, `set`, `remove`, `price`, `fix` as somebody who sees them first uses them."""

from decimal import Decimal
from pathlib import Path

import pytest
from unit.cli.running import POD, bom, findings, new_pod

from podplanner.catalog.bill import BillOfMaterials
from podplanner.catalog.readers.native import bill_of_toml

QUOTES = """\
Part;Vendor;Date;Currency;Price;Pack;Break;Lead time;Valid until;Link
PSM-5760V;Acme;2026-11-01;USD;250,00;1;1;2 weeks;2026-12-31;https://shop.example/1
psm5760v;Bulk;2026-11-02;USD;200,00;1;10;3-5 days;;
PSM-5760V;Euro;2026-11-02;EUR;100,00;1;1;;;
PSM-5760V;Old;2024-01-02;USD;10,00;1;1;;;
PSM-5760V;Gone;2026-10-02;USD;20,00;1;1;;2026-11-01;
CFI-B53PM;Packs;2026-11-02;USD;30,00;5;;ca. 10 Tage;;
CFI-B53PM;Single;2026-11-02;USD;33,00;;;;;
NOPE-1;Acme;2026-11-01;USD;1,00;1;1;;;
"""
AS_OF = ("--as-of", "2026-11-23")


def rows(file: Path) -> list[str]:
    return file.read_text().splitlines()


def bill(file: Path) -> BillOfMaterials:
    return bill_of_toml(file.read_text(), file.name)


def changes(file: Path) -> tuple[list[str], list[str]]:
    """Return the rows that the shipped pod has and `file` lacks, and the other way round."""
    import difflib

    diff = list(difflib.ndiff(rows(POD), rows(file)))
    return [r[2:] for r in diff if r.startswith("- ")], [r[2:] for r in diff if r.startswith("+ ")]


# --- the way that the issue describes ---


def test_a_stranger_begins_with_a_shipped_pod_adds_drives_changes_and_prices_it():
    pod = new_pod()
    assert pod.read_bytes() == POD.read_bytes()
    added = bom("add", pod, "ST24000NM000Cx45", "--price", "500")
    assert added.status == 0
    assert "1,942.60 -> 24,442.60 USD (+22,500.00)" in added.out
    changed = bom("set", pod, "tape", "quantity=0.5")
    assert changed.status == 0
    assert "cost" in changed.out
    Path("quotes.csv").write_text(QUOTES)
    priced = bom("price", pod, "quotes.csv", *AS_OF)
    assert priced.status == 0
    comments = [row for row in rows(POD) if row.startswith("#")]
    assert [row for row in rows(pod) if row.startswith("#")] == comments
    assert [line.id for line in bill(pod).lines][:22] == [line.id for line in bill(POD).lines]
    after = bom("check", pod, *AS_OF, "--json")
    assert after.status == 0
    assert after.json["totals"]["stated"] == "1942.59"


# --- new ---


def test_an_empty_list_explains_itself_and_can_be_checked_and_filled():
    assert bom("new", "mine.toml", "--title", 'The "lab"', "--currency", "EUR").status == 0
    assert bill(Path("mine.toml")).title == 'The "lab"'
    assert bill(Path("mine.toml")).currency == "EUR"
    assert bom("check", "mine.toml").status == 0
    assert bom("cost", "mine.toml").status == 0
    assert bom("add", "mine.toml", "PSM-5760V").status == 0
    assert len(bill(Path("mine.toml")).lines) == 1


def test_a_file_that_is_there_is_written_over_only_by_force():
    pod = new_pod()
    bom("remove", pod, "tape")
    assert bom("new", pod, "--from", "storage-pod-3.0").status == 8
    assert len(bill(pod).lines) == 21
    assert bom("new", pod, "--from", "storage-pod-3.0", "--force").status == 0
    assert len(bill(pod).lines) == 22


def test_a_new_list_may_begin_with_another_file():
    Path("a.csv").write_text("Item,Qty,Unit price,Total\nFan,2,5.00,10.00\nCase,1,20.00,20.00\n")
    assert bom("new", "b.toml", "--from", "a.csv", "--title", "B").status == 0
    assert [str(line.total) for line in bill(Path("b.toml")).lines] == ["10.00", "20.00"]
    assert bill(Path("b.toml")).title == "B"


@pytest.mark.parametrize("currency", ["usd", "DOLLAR", "", "$", 'U"D'])
def test_a_currency_that_is_no_code_makes_no_file(currency):
    assert bom("new", "x.toml", "--currency", currency).status in (2, 4)
    assert not Path("x.toml").exists()


# --- add ---


@pytest.mark.parametrize(
    ("words", "quantity"),
    [
        (["ST24000NM000Cx45"], 45), (["ST24000NM000C", "x45"], 45), (["ST24000NM000C", "45"], 45),
        (["st24000nm000cx45"], 45), (["ST24000NM000CX45"], 45), (["ST24000NM000C×45"], 45),
        (["ST24000NM000C*45"], 45), (["ST24000NM000C"], 1), (["ST-24000-NM000C", "45x"], 45),
        (["ST24000NM000C x45"], 45), (["45xST24000NM000C"], 45),
    ],
)  # fmt: skip
def test_a_part_and_its_quantity_are_written_as_people_write_them(words, quantity):
    pod = new_pod()
    done = bom("add", pod, *words)
    assert done.status == 0, done.err
    line = bill(pod).lines[-1]
    assert (line.part, line.quantity) == ("ST24000NM000C", quantity)
    assert changes(pod)[0] == []


def test_several_parts_are_added_in_one_go():
    pod = new_pod()
    assert bom("add", pod, "ST24000NM000Cx2", "ST4000DM000", "x3").status == 0
    assert [(line.part, line.quantity) for line in bill(pod).lines[-2:]] == [
        ("ST24000NM000C", 2), ("ST4000DM000", 3),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["NOPE-1"], 6), (["NOPE-1x3"], 6), (["xST24000NM000C"], 6), ([""], 6), (["x45"], 6),
        (["45"], 6), (["ST24000NM000Cx-4"], 6), (["ST24000NM000Cx2x3"], 6), (["PSM-5760V"], 7),
        (["ST4000DM000", "ST4000DM000"], 7), ([], 2),
        (["ST24000NM000Cx99999999999999999999999"], 2),
        (["ST24000NM000Cx" + "9" * 5000], 2),
        (["ST24000NM000C", "2", "3"], 2),
    ],
)  # fmt: skip
def test_what_cannot_be_added_is_refused_and_leaves_the_file_alone(words, status):
    pod = new_pod()
    done = bom("add", pod, *words)
    assert done.status == status
    assert done.err.startswith("error: ")
    assert pod.read_bytes() == POD.read_bytes()


def test_an_unknown_part_brings_the_nearest_to_mind():
    assert "ST4000DM000" in bom("add", new_pod(), "ST4000DM00").err


@pytest.mark.parametrize("price", ["abc", "-1", "nan", "inf", "", "1e5"])
def test_a_price_that_is_none_is_refused(price):
    pod = new_pod()
    assert bom("add", pod, "ST4000DM000", "--price", price).status == 2
    assert pod.read_bytes() == POD.read_bytes()


@pytest.mark.parametrize("price", ["€120", "120 EUR", "£120", "120 CHF"])
def test_a_price_in_another_currency_is_not_taken_for_the_list_s(price):
    pod = new_pod()
    done = bom("add", pod, "ST4000DM000", "--price", price)
    if done.status == 0:
        assert bill(pod).lines[-1].currency in ("EUR", "GBP", "CHF")
    else:
        assert done.status == 2
        assert pod.read_bytes() == POD.read_bytes()


@pytest.mark.parametrize("price", ["120", "120.00", "$120", "120,00", "USD 120"])
def test_a_price_in_the_list_s_own_currency_is_written_in_any_usual_way(price):
    pod = new_pod()
    assert bom("add", pod, "ST4000DM000x2", "--price", price).status == 0
    assert bill(pod).lines[-1].computed == 240


def test_a_catalog_price_is_taken_with_its_day_and_named():
    pod = new_pod()
    done = bom("add", pod, "ST24000NM000C")
    line = bill(pod).lines[-1]
    assert line.unit_price is not None
    assert line.price_date is not None
    assert str(line.price_date) in done.err


def test_a_catalog_price_in_another_currency_is_left_unknown():
    bom("new", "mine.toml", "--currency", "EUR")
    done = bom("add", "mine.toml", "ST24000NM000C")
    assert bill(Path("mine.toml")).lines[0].unit_price is None
    assert "USD" in done.err


def test_a_line_of_free_text_needs_no_catalog():
    pod = new_pod()
    done = bom("add", pod, "RAIL-26", "x2", "--title", "Slide rails", "--price", "70", "--id", "r")
    assert done.status == 0
    line = bill(pod).lines[-1]
    assert (line.id, line.mpn, line.quantity, line.computed) == ("r", "RAIL-26", 2, 140)


@pytest.mark.parametrize("name", ["a.b", "a:1", "a b"])
def test_an_id_that_no_link_could_name_is_refused(name):
    pod = new_pod()
    assert bom("add", pod, "X", "--title", "x", "--id", name).status == 2
    assert bom("set", pod, "psu", f"id={name}").status == 2
    assert pod.read_bytes() == POD.read_bytes()


# --- set ---


def test_a_line_is_set_by_id_and_by_number():
    for name in ("tape", "22"):
        pod = new_pod(f"{name}.toml")
        assert bom("set", pod, name, "quantity=0.5").status == 0
        assert changes(pod) == (["quantity = 5"], ["quantity = 0.5"])


def test_the_total_follows_and_the_change_in_cost_is_printed():
    pod = new_pod()
    done = bom("set", pod, "psu", "quantity=3")
    assert "538.00 -> 807.00" in done.err
    assert "1,942.60 -> 2,211.60 USD (+269.00)" in done.out
    assert changes(pod) == (
        ["quantity = 2", 'total = "538.00"'],
        ['stated_lines = "1942.60"', "quantity = 3", 'total = "807.00"'],
    )


@pytest.mark.parametrize(
    ("line", "quantity", "total"),
    [("backplane_screw", 80, "1.60"), ("boot_drive_screw", 5, "0.10"), ("terminal", 24, "0.48")],
)
def test_the_total_of_a_cheap_line_follows_too(line, quantity, total):
    pod = new_pod()
    bom("set", pod, line, f"quantity={quantity}")
    found = next(entry for entry in bill(pod).lines if entry.id == line)
    assert found.total == Decimal(total)


def test_a_stated_total_is_not_called_wrong_after_an_edit():
    pod = new_pod()
    bom("set", pod, "tape", "quantity=0.5")
    bom("set", pod, "psu", "quantity=3")
    said = {f["code"]: f["severity"] for f in findings(pod)}
    assert said["SUM007"] == "note"
    assert "SUM005" not in said


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["nope", "quantity=1"], 6), (["23", "quantity=1"], 6), (["²", "quantity=1"], 6),
        (["tape", "nope=1"], 2), (["tape", "quantity=abc"], 2), (["tape", "quantity=-1"], 2),
        (["tape", "quantity=nan"], 2), (["tape", "quantity=1e400"], 2), (["tape", "quantity"], 2),
        (["tape"], 2), (["psu", "id=case"], 2), (["psu", "currency=usd"], 2),
        (["psu", "price_date=2026-13-01"], 2), (["psu", "approximate=yes"], 2),
        (["psu", "spares=nan"], 2), (["psu", "spares=-1"], 2), (["psu", "=5"], 2),
    ],
)  # fmt: skip
def test_what_cannot_be_set_is_refused_and_leaves_the_file_alone(words, status):
    pod = new_pod()
    done = bom("set", pod, *words)
    assert done.status == status
    assert done.err.startswith("error: ")
    assert pod.read_bytes() == POD.read_bytes()


def test_costs_in_two_currencies_are_not_said_as_one_number():
    pod = new_pod()
    done = bom("set", pod, "psu", "currency=EUR", "--json")
    assert done.status == 0
    assert done.json["cost_after"] != "0"
    assert done.json["cost_after"] in (None, "1404.60")


def test_the_cost_of_a_bill_of_bills_counts_the_bills_in_it():
    new_pod()
    Path("rack.toml").write_text(
        'currency = "USD"\n[[line]]\nid = "pods"\nbill = "pod.toml"\nquantity = 3\n'
        '[[line]]\nid = "switch"\ntitle = "Switch"\nquantity = 1\nunit_price = "100"\n'
    )
    done = bom("set", "rack.toml", "switch", "quantity=2", "--json")
    assert (done.json["cost_before"], done.json["cost_after"]) == ("5927.80", "6027.80")


def test_renaming_a_line_leaves_no_link_behind_unsaid():
    pod = new_pod()
    with pod.open("a") as file:
        file.write('\n[[link]]\nto = "backplane.1"\npower = "psu.1"\n')
    done = bom("set", pod, "psu", "id=supply")
    followed = 'power = "supply.1"' in pod.read_text()
    assert done.status == 0
    assert followed or "link" in done.err


# --- bytes ---


def test_line_ends_of_windows_stay():
    text = POD.read_bytes().replace(b"\n", b"\r\n")
    Path("dos.toml").write_bytes(text)
    assert bom("set", "dos.toml", "tape", "quantity=0.5").status == 0
    after = Path("dos.toml").read_bytes()
    assert after == text.replace(b"quantity = 5\r\n", b"quantity = 0.5\r\n")


def test_added_lines_end_as_the_lines_of_the_file_do():
    Path("dos.toml").write_bytes(POD.read_bytes().replace(b"\n", b"\r\n"))
    assert bom("add", "dos.toml", "ST4000DM000x2").status == 0
    after = Path("dos.toml").read_bytes()
    assert after.count(b"\n") == after.count(b"\r\n")


def test_a_byte_order_mark_stays():
    Path("mark.toml").write_bytes(b"\xef\xbb\xbf" + POD.read_bytes())
    assert bom("set", "mark.toml", "tape", "quantity=0.5").status == 0
    assert Path("mark.toml").read_bytes().startswith(b"\xef\xbb\xbf#")


def test_repairs_keep_comments_order_and_line_ends():
    text = POD.read_bytes().replace(b"\n", b"\r\n")
    Path("dos.toml").write_bytes(text)
    bom("fix", "dos.toml", "-o", "fixed.toml", "--choose", "22=quantity")
    after = Path("fixed.toml").read_bytes()
    comments = [row for row in text.split(b"\r\n") if row.startswith(b"#")]
    assert [row for row in after.split(b"\r\n") if row.startswith(b"#")] == comments


def test_a_file_without_a_last_line_end_can_be_edited():
    Path("short.toml").write_text('[[line]]\nid = "a"\ntitle = "A"\nquantity = 1')
    assert bom("add", "short.toml", "ST4000DM000").status == 0
    assert bom("set", "short.toml", "a", "quantity=2").status == 0
    assert [line.quantity for line in bill(Path("short.toml")).lines] == [2, 1]


def test_inline_lines_and_other_formats_are_refused_with_the_way_out():
    Path("inline.toml").write_text('line = [{title = "A", quantity = 1}]\n')
    Path("list.csv").write_text("Item,Qty,Price,Total\nFan,2,5.00,10.00\nCase,1,20.00,20.00\n")
    for file in ("inline.toml", "list.csv"):
        done = bom("set", file, "1", "quantity=2")
        assert done.status == 7
        assert "bom import" in done.err


def test_standard_input_cannot_be_edited_and_the_error_says_so():
    done = bom("set", "-", "psu", "quantity=3", stdin=POD.read_bytes())
    assert done.status == 2
    assert "standard input" in done.err


# --- remove ---


def test_a_removed_line_is_named_and_its_cost_is_gone():
    pod = new_pod()
    done = bom("remove", pod, "switch")
    assert "(-24.95)" in done.out
    lost = changes(pod)[0]
    assert 'id = "switch"' in lost
    assert not any(row.startswith("id = ") for row in lost if row != 'id = "switch"')


def test_links_that_still_name_a_removed_line_are_said():
    pod = new_pod()
    with pod.open("a") as file:
        file.write('\n[[link]]\nto = "backplane.1"\npower = "psu.1"\n')
    assert "link" in bom("remove", pod, "psu").err


# --- price ---


@pytest.fixture
def quotes():
    Path("quotes.csv").write_text(QUOTES)
    return "quotes.csv"


def test_the_cheapest_valid_quote_for_the_wanted_quantity_is_taken(quotes):
    pod = new_pod()
    done = bom("price", pod, quotes, *AS_OF, "--json").json
    chosen = {entry["id"]: entry["chosen"]["vendor"] for entry in done["lines"]}
    assert chosen == {"psu": "Acme", "backplane": "Single"}
    refused = {a["vendor"]: a["refused"] for entry in done["lines"] if entry["id"] == "psu"
               for a in entry["alternatives"]}  # fmt: skip
    assert refused["Bulk"] is None
    assert "EUR" in refused["Euro"]
    assert "year" in refused["Old"]
    assert "expired" in refused["Gone"]
    assert done["unmatched"] == ["NOPE-1"]


def test_the_price_of_before_and_every_quote_are_kept(quotes):
    pod = new_pod()
    bom("price", pod, quotes, *AS_OF)
    kept = bill(pod).quotes
    assert len([quote for quote in kept if not quote.superseded]) == 8
    assert {(q.part, str(q.unit_price)) for q in kept if q.superseded} == {
        ("PSM-5760V", "269.00"), ("CFI-B53PM", "40.00"),
    }  # fmt: skip


def test_a_price_that_was_only_a_total_is_kept_too():
    Path("a.toml").write_text(
        'currency = "USD"\n[[line]]\nid = "a"\ntitle = "A"\nquantity = 2\ntotal = "30.00"\n'
    )
    Path("quotes.csv").write_text("part,vendor,price,date\na,Shop,10.00,2026-11-01\n")
    bom("price", "a.toml", "quotes.csv", *AS_OF)
    assert any(quote.unit_price == 15 for quote in bill(Path("a.toml")).quotes)


def test_the_same_quotes_twice_change_nothing_the_second_time(quotes):
    pod = new_pod()
    bom("price", pod, quotes, *AS_OF)
    first = pod.read_bytes()
    again = bom("price", pod, quotes, *AS_OF, "--json").json
    assert pod.read_bytes() == first
    assert (again["quotes_read"], again["quotes_added"], again["prices_kept"]) == (8, 0, 0)


def test_the_day_decides_which_quotes_are_valid(quotes):
    pod = new_pod()
    done = bom("price", pod, quotes, "--as-of", "2026-10-15", "--json").json
    chosen = {entry["id"]: entry["chosen"] and entry["chosen"]["vendor"] for entry in done["lines"]}
    assert chosen == {"psu": "Gone", "backplane": None}


def test_quotes_in_a_workbook_are_read_as_those_in_a_text(quotes):
    from openpyxl import Workbook

    book = Workbook()
    for row in QUOTES.splitlines():
        book.active.append(row.split(";"))
    book.save("quotes.xlsx")
    one, other = new_pod("one.toml"), new_pod("other.toml")
    bom("price", one, quotes, *AS_OF)
    assert bom("price", other, "quotes.xlsx", *AS_OF).status == 0
    assert one.read_bytes() == other.read_bytes()


def test_the_cost_that_is_printed_is_the_cost_that_bom_cost_gives():
    pod = new_pod()
    Path("packs.csv").write_text(
        "part,vendor,date,currency,price,pack\nCFI-B53PM,Packs,2026-11-02,USD,20.00,5\n"
    )
    done = bom("price", pod, "packs.csv", *AS_OF, "--json").json
    assert done["cost_after"] == bom("cost", pod, *AS_OF, "--json").json["total"]


def test_many_quotes_are_merged_without_reading_the_list_once_for_each(monkeypatch):
    from podplanner.catalog import editing

    reads = []
    read = editing.bill_of_toml
    monkeypatch.setattr(editing, "bill_of_toml", lambda *a: reads.append(1) or read(*a))
    Path("long.toml").write_text(
        'currency = "USD"\n' + "".join(
            f'\n[[line]]\nid = "l{n}"\ntitle = "Part {n}"\nquantity = 2\nunit_price = "1.50"\n'
            for n in range(40)
        )
    )  # fmt: skip
    Path("quotes.csv").write_text(
        "part,vendor,price\n" + "".join(f"l{n},A,1.40\n" for n in range(30))
    )
    assert bom("price", "long.toml", "quotes.csv", *AS_OF).status == 0
    assert len(reads) < 8
    assert bill(Path("long.toml")).lines[29].unit_price == Decimal("1.40")


def test_pricing_touches_only_the_lines_that_have_quotes(quotes):
    pod = new_pod()
    bom("price", pod, quotes, *AS_OF)
    assert changes(pod)[0] == [
        'unit_price = "269.00"', 'total = "538.00"', 'unit_price = "40.00"', 'total = "360.00"',
    ]  # fmt: skip
    assert [row for row in rows(pod) if row.startswith("#")] == [
        row for row in rows(POD) if row.startswith("#")
    ]


# --- fix ---


@pytest.mark.parametrize(
    "choice", ["22=nope", "22", "22=", "=quantity", "23=quantity", "x=y", "1=quantity"]
)
def test_a_choice_that_means_nothing_writes_nothing(choice):
    done = bom("fix", POD, "-o", "fixed.toml", "--choose", choice)
    assert done.status == 2
    assert not Path("fixed.toml").exists()


def test_two_choices_for_one_line_contradict_each_other():
    done = bom("fix", POD, "-o", "x.toml", "--choose", "22=quantity", "--choose", "tape=unit")
    assert done.status == 2
    assert not Path("x.toml").exists()


def test_every_repair_is_listed():
    done = bom("fix", POD, "-o", "fixed.toml")
    assert done.out.count("fixed ") == 3
    assert done.out.count("left ") == 1
    assert len(changes(Path("fixed.toml"))[1]) == 3


def test_a_file_may_be_fixed_in_place_and_a_fixed_one_has_nothing_left():
    pod = new_pod()
    assert bom("fix", pod, "-o", pod, "--choose", "tape=unit").status == 0
    first = pod.read_bytes()
    assert bom("fix", pod, "-o", pod, "--json").json["fixed"] == []
    assert pod.read_bytes() == first


def test_a_bill_of_bills_can_be_fixed():
    new_pod()
    Path("rack.toml").write_text(
        'currency = "USD"\n[[line]]\nid = "pods"\nbill = "pod.toml"\nquantity = 3\n'
        '[[line]]\nid = "wrong"\ntitle = "Tape"\nquantity = 5\nunit_price = "7.66"\n'
        'total = "3.83"\n'
    )
    done = bom("fix", "rack.toml", "-o", "fixed.toml", "--choose", "2=quantity")
    assert done.status == 0, done.err
    assert bill(Path("fixed.toml")).lines[1].quantity == Decimal("0.5")


def test_any_format_can_be_fixed():
    Path("a.csv").write_text("Item,Qty,Unit price,Total\nTape,5,7.66,3.83\nCase,1,20.00,20.00\n")
    assert bom("fix", "a.csv", "-o", "fixed.toml").status == 1
    assert bom("fix", "a.csv", "-o", "f.toml", "--choose", "1=quantity").status == 0
    assert bill(Path("f.toml")).lines[0].quantity == Decimal("0.5")
