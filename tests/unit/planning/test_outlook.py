"""Everything that is reckoned of a pod: the same as each part says, or why it cannot be said."""

from dataclasses import replace
from decimal import Decimal

import pytest
from support.plans import shipped_pod, wishes

from podplanner.catalog.bill import BillOfMaterials
from podplanner.catalog.drive_layout import read_layout
from podplanner.catalog.pod import assemble
from podplanner.planning.bandwidth import bandwidth_of
from podplanner.planning.capacity import capacity_of, holdings_of
from podplanner.planning.durability import layout_losses, rebuild_of
from podplanner.planning.outlook import Durability, Lack, outlook_of, priced
from podplanner.planning.placement import place
from podplanner.planning.power import power_of
from podplanner.planning.spin_up import BY_BACKPLANE

DRIVE = "ST4000NM0033"
LAYOUT = "raidz2:15x3"


@pytest.fixture(scope="module")
def pod():
    return shipped_pod("storage-pod-3.0", drive=DRIVE)


def test_every_result_is_the_one_of_its_own_module(pod):
    found, layout, held = outlook_of(pod, wishes(LAYOUT)), read_layout(LAYOUT), holdings_of(pod)
    assert found.holdings == held
    assert found.power == power_of(pod)
    assert found.bandwidth == bandwidth_of(pod)
    assert found.placement == place(pod, layout)
    assert found.capacity == capacity_of(layout, drives=45, drive_bytes=held.drive_bytes)
    assert found.cost.ownership.stored_bytes == found.capacity.recommended_bytes


def test_the_rebuild_comes_from_the_drives_size_and_half_of_its_speed(pod):
    found, layout = outlook_of(pod, wishes(LAYOUT)).durability, read_layout(LAYOUT)
    assert isinstance(found, Durability)
    # 4,000,787,030,016 bytes at 75 MB/s are 14.8 h, after a day until the drive is changed.
    assert found.question.rebuild.hours == pytest.approx(24 + 4_000_787_030_016 / 75e6 / 3600)
    expected = rebuild_of(layout, drive_bytes=4_000_787_030_016, rate=75e6, drives=45)
    losses = layout_losses(
        layout, drives=45, afr=found.question.afr.cautious, rebuild_h=expected.hours
    )
    assert found.answer.losses == losses


def test_what_a_person_says_goes_before_what_the_list_says(pod):
    wanted = replace(wishes(LAYOUT, afr=0.02), rebuild_h=48.0, spin_up=BY_BACKPLANE)
    found = outlook_of(pod, wanted)
    assert isinstance(found.durability, Durability)
    assert found.durability.question.afr.cautious == 0.02
    assert found.durability.question.rebuild.hours == 48
    assert found.power == power_of(pod, BY_BACKPLANE)
    assert found.cost.ownership.afr == 0.02


def test_a_rebuild_of_over_a_year_is_a_lack_not_a_crash(pod):
    found = outlook_of(pod, replace(wishes(LAYOUT), rebuild_h=9000.0)).durability
    assert isinstance(found, Lack)
    assert "year" in found.reason


def test_without_a_layout_whatever_needs_one_says_so(pod):
    found = outlook_of(pod, wishes())
    for section in (found.placement, found.capacity, found.durability):
        assert isinstance(section, Lack)
        assert "layout" in section.reason
        assert "--layout" in section.fix
    assert not isinstance(found.power, Lack)
    assert found.cloud is None
    assert found.no_cloud is not None


def test_a_layout_of_more_drives_than_there_are_is_a_lack_everywhere(pod):
    found = outlook_of(pod, wishes("raidz2:20x3"))
    for section in (found.placement, found.capacity, found.durability):
        assert isinstance(section, Lack)
        assert "45" in section.reason


def test_of_an_empty_list_everything_is_lacking():
    empty = assemble(BillOfMaterials(), {}, as_of=shipped_pod("storage-pod-3.0").as_of)
    found = outlook_of(empty, wishes(LAYOUT))
    for name in ("holdings", "power", "bandwidth", "placement", "capacity", "durability"):
        section = getattr(found, name)
        assert isinstance(section, Lack), name
        assert section.reason
        assert section.fix.endswith(".")
    assert found.cost.total is None


def test_a_cloud_in_another_currency_is_not_set_beside(pod):
    bill = pod.bill.model_copy(update={"currency": "EUR"})
    found = outlook_of(replace(pod, bill=bill), wishes(LAYOUT))
    assert found.cloud is None
    assert found.no_cloud is not None
    assert "EUR" in found.no_cloud.reason


def test_the_cloud_keeps_what_the_pods_are_advised_to_keep_and_reads_out_a_tenth(pod):
    found = outlook_of(pod, wishes(LAYOUT, pods=2))
    assert found.cloud is not None
    assert found.capacity.recommended_bytes // 10 == found.cloud.egress_bytes_month


def test_pods_of_a_cluster_hold_one_set_of_data(pod):
    one, four = (outlook_of(pod, wishes("ceph-ec:8+3", pods=pods)) for pods in (1, 4))
    assert four.capacity.raw_bytes == 4 * one.capacity.raw_bytes
    assert four.placement.demand.parity > one.placement.demand.parity


def test_planned_drives_cost_what_the_catalog_says_and_listed_ones_what_the_list_says():
    pod = shipped_pod("storage-pod-3.0", drive="MG10ACA20TE")
    planned = priced(pod, None).data_drives[0]
    assert planned.line.unit_price == planned.part.price
    assert priced(pod, Decimal(300)).data_drives[0].line.unit_price == 300
    assert priced(pod, None).items[0] == pod.items[0]
    euros = replace(pod, bill=pod.bill.model_copy(update={"currency": "EUR"}))
    assert priced(euros, None).data_drives[0].line.unit_price is None
