"""A card in words: whole, honest, and no wider than a terminal."""

from support.drives.array_states import Leaf, document, raidz2_pool
from support.drives.array_states_drives import a_drive, a_pod, arrays_in, bays, pod_of, serial

from podplanner.drives.arrays.state import Rebuild
from podplanner.drives.assessment import Verdict
from podplanner.drives.pulling.card import InGroup, Neighbour, Spare
from podplanner.drives.pulling.choosing import first_card
from podplanner.report.card_text import card_lines
from podplanner.report.card_words import (
    say_bay,
    say_losses,
    say_neighbour,
    say_rebuild,
    say_spare,
)


def in_group(now, after):
    return InGroup("tank", "zfs", "raidz2-0", "raidz2", "sda", "ONLINE", now, after)


def test_losses_are_told_now_and_afterwards():
    assert say_losses(in_group(2, 1)) == "can lose 2 more drives; without this one, 1 more drive"
    assert say_losses(in_group(1, 0)).endswith("no more drive")
    assert "one too many" in say_losses(in_group(0, -1))
    assert "changes nothing" in say_losses(in_group(1, 1))
    assert "not known" in say_losses(in_group(None, None))
    assert "more drives than it can" in say_losses(in_group(-1, -2))


def test_a_rebuild_says_how_far_it_is_where_that_is_known():
    words = say_rebuild(Rebuild("a resilver runs", 12.34, 3 * 3600))
    assert words == "a resilver runs, 12.3 % done, about 3:00 h to go"
    assert say_rebuild(Rebuild("a resync waits to begin")) == "a resync waits to begin"


def test_a_spare_says_its_bytes_and_its_line():
    words = say_spare(Spare("line of the bill", "X-4T", 4_000, assumed=True, line="l1", position=3,
                            on_shelf=0), 3_999)  # fmt: skip
    assert "4,000 bytes (at least 3,999 are needed)" in words
    assert "line 3 of the bill (l1), which buys no spares: order one" in words


def test_bays_and_neighbours_say_what_is_not_known():
    assert say_bay(None) == "bay unknown"
    assert (
        say_neighbour(Neighbour("after", 4, None)) == "bay 4 has a drive of unknown serial number"
    )
    assert say_neighbour(Neighbour("after", 4, None, empty=True)) == "bay 4 is empty"


def test_a_card_begins_with_its_safety_and_stays_within_a_hundred_columns(tmp_path):
    state = arrays_in(tmp_path, pool_json=document(raidz2_pool()))
    card = first_card(pod_of(6, bay_map=bays(6), d2=Verdict.REPLACE), state, bay_map=bays(6))
    lines = card_lines(card)
    assert lines[0].startswith("SAFE TO PULL: bay 2 (backplane 1, place 2), MADE UP-4000")
    assert all(len(line) <= 100 for line in lines if not line.startswith("       "))
    assert any(line.startswith("       zpool offline tank ") for line in lines)


def test_a_card_of_a_drive_that_nobody_can_name_says_how_to_find_it(tmp_path):
    gone = Leaf("", "UNAVAIL", words="was /dev/sdz1", name="1234567890123456789")
    state = arrays_in(tmp_path, pool_json=document(raidz2_pool(gone)))
    pod = a_pod(*(a_drive(n, bay=bays(9).at(serial(n))) for n in range(2, 7)))
    told = "\n".join(card_lines(first_card(pod, state, bay_map=bays(9))))
    assert "MADE0001 in bay 1; MADE0007 in bay 7" in told
    assert "drive bays learn" in told
    without = "\n".join(card_lines(first_card(pod, state, bay_map=None)))
    assert "no bay map says where it is" in without
