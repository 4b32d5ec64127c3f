"""PLC: what `plan check` says of the placement of a layout that the list states."""

import pytest
from support.sample_pods import DAY, PARTS, drives, storage_pod_bill

from podplanner.catalog.pod import assemble
from podplanner.rules.base import Severity, run
from podplanner.rules.placement import RULES


def said(layout, number=45, **changes):
    bill = storage_pod_bill(extra=(drives(number),) if number else (), **changes)
    pod = assemble(bill.model_copy(update={"layout": layout}), PARTS, as_of=DAY)
    return [(v.rule.code, v.severity, v.finding.message) for v in run(RULES, pod)]


def codes(found, severity):
    return [code for code, found_severity, _ in found if found_severity is severity]


def test_a_list_without_a_layout_is_left_alone():
    assert said(None) == []


def test_a_layout_that_any_backplane_may_go_from_has_no_warning_but_a_note_with_numbers():
    found = said("raidz2:15x3")
    assert codes(found, Severity.WARNING) == []
    assert codes(found, Severity.ERROR) == []
    (words,) = [message for _, _, message in found if "when one supply fails" in message]
    assert "takes 25 drives, 9 of one group" in words


def test_a_layout_that_a_backplane_kills_is_warned_of():
    found = said("raidz1:15x3")
    assert codes(found, Severity.WARNING) == ["PLC001"]
    (words,) = [message for code, _, message in found if code == "PLC001"]
    assert "backplane 1 takes 5 drives, 2 of one group" in words
    assert "and 6 more" in words


@pytest.mark.parametrize(
    ("layout", "number", "words"),
    [("raidz2:16x3", 45, "the pod has 45 bays"), ("raidz2:15x3", 30, "the list has 30")],
)
def test_a_layout_without_its_drives_is_an_error(layout, number, words):
    found = said(layout, number)
    assert codes(found, Severity.ERROR) == ["PLC003"]
    assert words in found[0][2]


def test_wiring_that_is_only_assumed_is_unknown_and_no_pass():
    found = said("mirror:2x22", 44)
    assert "PLC002" in codes(found, Severity.UNKNOWN)
    assert any("one adapter is not known" in message for _, _, message in found)


def test_bays_that_cannot_be_counted_are_unknown():
    bill = storage_pod_bill(extra=(drives(45),))
    lines = [line.model_copy(update={"quantity": None}) if line.id == "backplane" else line
             for line in bill.lines]  # fmt: skip
    bill = bill.model_copy(update={"layout": "raidz2:15x3", "lines": tuple(lines)})
    found = run(RULES, assemble(bill, PARTS, as_of=DAY))
    assert [(v.rule.code, v.severity) for v in found] == [("PLC003", Severity.UNKNOWN)]


def test_a_cluster_is_left_to_the_cluster():
    assert said("ceph-ec:8+3") == []
