"""Two bills compared: lines added, gone and changed, and what each does to the cost."""

from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from podplanner.catalog.bill import BillOfMaterials, Charge, Line
from podplanner.catalog.pod import Pod, assemble
from podplanner.planning.difference import compare

TODAY = date(2026, 11, 23)


def line(name: str, title: str, price: object = "5.00", quantity: object = 2, **more: object):
    return Line(id=name, title=title, quantity=quantity, unit_price=price, **more)


FAN, CASE, CABLE = line("fan", "Fan"), line("case", "Case"), line("cable", "Cable")


def pod(*lines: Line, **bill: object) -> Pod:
    bill = {"currency": "USD", **bill}
    return assemble(BillOfMaterials(lines=lines, **bill), {}, as_of=TODAY)


def changes(old: Pod, new: Pod) -> list[tuple[str, str, Decimal | None]]:
    return [(c.kind, c.id, c.difference) for c in compare(old, new).changes]


def test_equal_bills_do_not_differ():
    found = compare(pod(FAN, CASE), pod(FAN, CASE))
    assert found.changes == ()
    assert (found.before, found.after, found.difference) == (20, 20, 0)


def test_what_is_added_gone_and_changed_is_said_with_its_cost():
    more = FAN.model_copy(update={"quantity": Decimal(3)})
    found = compare(pod(FAN, CASE), pod(more, CABLE))
    assert [(c.kind, c.id, c.difference) for c in found.changes] == [
        ("changed", "fan", 5), ("added", "cable", 10), ("gone", "case", -10),
    ]  # fmt: skip
    (field,) = found.changes[0].fields
    assert (field.name, field.before, field.after) == ("quantity", "2", "3")
    assert found.difference == 5


def test_another_order_is_no_difference():
    assert changes(pod(FAN, CASE, CABLE), pod(CABLE, FAN, CASE)) == []


def test_other_ids_are_no_difference():
    renamed = [entry.model_copy(update={"id": f"part_{n}"}) for n, entry in enumerate((FAN, CASE))]
    assert changes(pod(FAN, CASE), pod(*renamed)) == []


def test_ids_that_were_dealt_anew_do_not_mix_up_the_lines():
    swapped = (FAN.model_copy(update={"id": "case"}), CASE.model_copy(update={"id": "fan"}))
    assert changes(pod(FAN, CASE), pod(*swapped)) == []


def test_a_changed_title_is_a_change_of_the_same_line():
    other = FAN.model_copy(update={"title": "Quiet fan"})
    found = compare(pod(FAN, CASE), pod(other, CASE))
    assert [(c.kind, [f.name for f in c.fields]) for c in found.changes] == [("changed", ["title"])]


def test_the_same_part_bought_twice_is_paired_one_by_one():
    twin = FAN.model_copy(update={"id": "fan_2"})
    assert changes(pod(FAN), pod(FAN, twin)) == [("added", "fan_2", 10)]
    assert changes(pod(FAN, twin), pod(FAN)) == [("gone", "fan_2", -10)]


def test_digits_alone_make_no_difference():
    assert changes(pod(line("a", "A", "5.00")), pod(line("a", "A", "5.0"))) == []


def test_a_cost_that_is_unknown_has_no_difference():
    blank = FAN.model_copy(update={"unit_price": None})
    assert changes(pod(FAN), pod(blank)) == [("changed", "fan", None)]
    assert changes(pod(), pod(blank)) == [("added", "fan", None)]


def test_bills_in_different_currencies_have_no_difference_in_cost():
    found = compare(pod(FAN), pod(CASE, currency="EUR"))
    assert (found.currency, found.before, found.after, found.difference) == (None,) * 4
    assert all(change.difference is None for change in found.changes)


def test_a_line_that_changes_its_currency_has_no_difference_in_cost():
    other = FAN.model_copy(update={"currency": "EUR"})
    (change,) = compare(pod(FAN), pod(other)).changes
    assert change.difference is None


def test_a_charge_that_changes_is_no_silent_change_of_cost():
    old = pod(FAN, charges=[Charge(kind="shipping", title="Freight", amount="10.00")])
    new = pod(FAN, charges=[Charge(kind="shipping", title="Freight", amount="25.00")])
    found = compare(old, new)
    assert found.difference == 15
    assert sum(change.difference for change in found.changes) == 15


prices = st.integers(0, 10**6).map(lambda cents: Decimal(cents).scaleb(-2))
bills = st.lists(
    st.tuples(st.sampled_from(["Fan", "Case", "Cable", "Screw"]), prices, st.integers(0, 50)),
    max_size=6,
).map(lambda rows: pod(*(line(f"l{n}", t, p, q) for n, (t, p, q) in enumerate(rows))))


@settings(max_examples=150, deadline=None)
@given(old=bills, new=bills)
def test_the_differences_of_the_lines_add_up_to_that_of_the_bills(old, new):
    found = compare(old, new)
    assert sum((change.difference for change in found.changes), Decimal(0)) == found.difference


@settings(max_examples=100, deadline=None)
@given(old=bills, new=bills)
def test_the_way_back_costs_as_much_as_the_way_there(old, new):
    there, back = compare(old, new), compare(new, old)
    assert there.difference == -back.difference
    count = {kind: sum(c.kind == kind for c in there.changes) for kind in ("added", "gone")}
    assert count["added"] == sum(c.kind == "gone" for c in back.changes)
    assert count["gone"] == sum(c.kind == "added" for c in back.changes)
