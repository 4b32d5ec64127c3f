"""Bills in bills: rolled up, never in a circle, and never with a price that nobody knows."""

from decimal import Decimal

import pytest

from podplanner.catalog.opening import open_bill
from podplanner.errors import ConflictError, FileAccessError, FormatError


@pytest.fixture
def write(tmp_path):
    def _write(name: str, *lines: str, head: str = 'currency = "USD"'):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"{head}\n" + "".join(f"\n[[line]]\n{line}\n" for line in lines))
        return file

    return _write


def of(bill: str, quantity: object = 1, more: str = "") -> str:
    return f'id = "inner"\nbill = "{bill}"\nquantity = {quantity}\n{more}'


FAN = 'id = "fan"\ntitle = "Fan"\nquantity = 2\nunit_price = "5.00"'
CASE = 'id = "case"\ntitle = "Case"\nquantity = 1\nunit_price = "20.00"'


def test_a_bill_in_a_bill_costs_what_its_lines_cost(write):
    write("pod.toml", FAN, CASE, head='title = "Pod"\ncurrency = "USD"')
    bill = open_bill(write("rack.toml", of("pod.toml", 3)), {})
    (line,) = bill.lines
    assert (line.unit_price, line.amount, line.title) == (Decimal(30), Decimal(90), "Pod")
    assert [inner.id for inner in line.contents.lines] == ["fan", "case"]


def test_charges_of_the_inner_bill_are_part_of_its_cost(write):
    write("pod.toml", FAN + '\n\n[[charge]]\nkind = "shipping"\ntitle = "s"\namount = "4.00"')
    assert open_bill(write("rack.toml", of("pod.toml", 2)), {}).lines[0].amount == 28


def test_bills_nest_through_folders_each_relative_to_its_own(write):
    write("parts/pod.toml", FAN)
    write("racks/rack.toml", of("../parts/pod.toml", 2))
    bill = open_bill(write("cluster.toml", of("racks/rack.toml", 3)), {})
    assert bill.lines[0].amount == 60


def test_the_same_bill_twice_is_no_circle(write):
    write("pod.toml", FAN)
    two = (of("pod.toml"), of("pod.toml").replace("inner", "other"))
    assert [line.amount for line in open_bill(write("rack.toml", *two), {}).lines] == [10, 10]


@pytest.mark.parametrize("ring", [1, 2, 3])
def test_a_bill_that_holds_itself_is_refused_with_the_ring(write, ring):
    files = [write(f"bill{n}.toml", of(f"bill{(n + 1) % ring}.toml")) for n in range(ring)]
    with pytest.raises(ConflictError, match=r"holds itself.*bill0\.toml"):
        open_bill(files[0], {})


def test_a_circle_through_a_link_is_found(write, tmp_path):
    file = write("a.toml", of("b.toml"))
    (tmp_path / "b.toml").symlink_to(file)
    with pytest.raises(ConflictError):
        open_bill(file, {})


def test_a_tower_of_bills_ends_somewhere(write):
    for n in range(60):
        write(f"bill{n}.toml", of(f"bill{n + 1}.toml"))
    write("bill60.toml", FAN)
    with pytest.raises(ConflictError, match="deep"):
        open_bill(write("top.toml", of("bill0.toml")), {})


def test_a_missing_inner_bill_is_named(write):
    with pytest.raises(FileAccessError, match=r"none\.toml"):
        open_bill(write("rack.toml", of("none.toml")), {})


@pytest.mark.parametrize("name", ["", ".", "-", "\\u0000", "a" * 5000])
def test_a_path_that_is_none_is_refused_or_no_bill(write, name):
    file = write("rack.toml", of(name))
    try:
        bill = open_bill(file, {})
    except (FileAccessError, FormatError):
        return
    assert bill.lines[0].contents is None
    assert bill.lines[0].amount is None


def test_a_price_that_is_missing_inside_is_missing_outside(write):
    write("pod.toml", FAN, 'title = "Case"\nquantity = 1')
    line = open_bill(write("rack.toml", of("pod.toml", 3)), {}).lines[0]
    assert line.contents is not None
    assert line.amount is None


def test_a_price_that_the_outer_bill_states_stands(write):
    write("pod.toml", FAN)
    bill = open_bill(write("rack.toml", of("pod.toml", 2, 'unit_price = "9.00"')), {})
    assert bill.lines[0].amount == 18


def test_another_currency_comes_along_and_is_not_added(write):
    write("pod.toml", FAN, head='currency = "EUR"')
    bill = open_bill(write("rack.toml", of("pod.toml"), CASE), {})
    assert [(m.currency, m.amount) for m in bill.amounts()] == [("EUR", 10), ("USD", 20)]


def test_two_currencies_inside_have_no_price_outside(write):
    write("pod.toml", FAN, CASE + '\ncurrency = "EUR"')
    assert open_bill(write("rack.toml", of("pod.toml")), {}).lines[0].amount is None


def test_an_inner_bill_may_have_any_format(write, tmp_path):
    (tmp_path / "list.csv").write_text(
        "Item,Qty,Unit price,Total\nFan,2,5.00,10.00\nCase,1,20.00,20.00\n"
    )
    assert open_bill(write("rack.toml", of("list.csv", 2)), {}).lines[0].amount == 60
