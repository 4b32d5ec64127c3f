"""The drives of a pod as a page: what it says, of whom, and what it does with hostile words."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from support.drives import checked_pods as made
from unit.report.test_render import Page

from podplanner.catalog.bay_map import BayMap
from podplanner.drives.arrays.state import ArrayState
from podplanner.drives.assessment import Assessment, Evidence, Verdict
from podplanner.drives.checked import CheckedPod
from podplanner.drives.fleet_rate import FleetCount
from podplanner.drives.pulling.card import Pull, Safety, Step
from podplanner.drives.reading import Trouble
from podplanner.drives.signals import Signal
from podplanner.report.chassis_drawing import draw_chassis
from podplanner.report.drive_model import Aside, drive_report_of
from podplanner.report.drive_values import DriveReport
from podplanner.report.render import render_drives_html
from podplanner.report.shape import Refusal

SECTIONS = ("first", "picture", "drives", "evidence", "silent", "warmth", "arrays", "accepted",
            "failures", "notes")  # fmt: skip
FLEET = FleetCount(2, 41_234, 48, 300, 1, made.NOW - timedelta(days=900), made.NOW)


def report(pod: CheckedPod | None = None, aside: Aside | None = None, **changes) -> DriveReport:
    words = {"title": "Rack 3, pod 2", "made_at": made.NOW, **changes}
    return drive_report_of(pod or made.pod(), aside or Aside(), **words)


def full() -> DriveReport:
    pod = made.pod()
    picture = draw_chassis(pod, made.bay_map(), pull=23)
    return report(pod, Aside(made.card(), picture, made.arrays(), FLEET))


def hostile() -> DriveReport:
    bad, words = made.hostile(), made.HOSTILE
    pod = CheckedPod(made.NOW, (bad, made.failing(), made.hanging()), (words * 9,))
    state = made.arrays()
    array = replace(state.arrays[0], name=words, kind=words, scrub=words, trouble=(words,))
    group = replace(array.groups[1], name=words, kind=words, trouble=(words,))
    array = replace(array, groups=(group, *array.groups))
    card = replace(made.card(bad), serial=words, reason=words, device=words, model=words,
                   pull=Pull(Safety.DO_NOT_PULL, words), steps=(Step(words, words),),
                   based_on=(words,))  # fmt: skip
    aside = Aside(card, Refusal(words), ArrayState((array,), (words,), (words,)), FLEET)
    return report(pod, aside, title=words)


def alone(drive, **changes) -> DriveReport:
    return report(CheckedPod(made.NOW, (drive,)), **changes)


REPORTS = {
    "full": full,
    "bare": report,
    "hostile": hostile,
    "no drives": lambda: report(CheckedPod(made.NOW, ())),
    "one that hangs": lambda: alone(made.hanging()),
    "sixty": lambda: report(made.pod(60), Aside(arrays=ArrayState(trouble=("no zpool here",)))),
}


@pytest.fixture(scope="module")
def reports():
    return {name: make() for name, make in REPORTS.items()}


@pytest.mark.parametrize("name", REPORTS)
def test_a_page_is_whole_and_points_nowhere_on_its_own(reports, name):
    text = render_drives_html(reports[name])
    page = Page(text)
    assert page.open == []
    assert len(page.ids) == len(set(page.ids))
    assert not {"script", "img", "iframe", "object", "b", "form"} & set(page.tags)
    for link in page.links:
        assert link == "data:," or link.startswith("#")
        if link.startswith("#"):
            assert link[1:] in page.ids
    assert "default-src 'none'" in text
    assert not re.search(r"url\((?!#)|@import", text)
    assert text.count("<caption") == text.count("<table")
    assert not re.search(r"<th(?![^>]*scope=)[ >]", text)
    for anchor in SECTIONS:
        assert anchor in page.ids


def test_hostile_words_are_printed_not_run(reports):
    text = render_drives_html(reports["hostile"])
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)" in text
    # Neither escapes of terminals nor turns of the direction of writing reach the page.
    assert not [c for c in text if not c.isprintable() and c != "\n"]
    text.encode()


def test_no_drive_fills_the_page_with_its_own_words(reports):
    assert len(render_drives_html(reports["hostile"])) < 120_000


def test_the_worst_drives_come_first_and_none_is_left_out(reports):
    found = [drive.verdict for drive in reports["full"].drives]
    assert found[:3] == ["REPLACE", "WARNING", "UNKNOWN"]
    assert found[3:] == ["OK"] * 42
    text = render_drives_html(reports["full"])
    for number in range(1, 46):
        assert f"MADE{number:04}" in text
    places = [text.index(f'href="#{drive.anchor}"><span class="said"')
              for drive in reports["full"].drives]  # fmt: skip
    assert places == sorted(places)


def test_the_card_tells_bay_label_safety_and_each_command_as_it_stands():
    card = replace(made.card(), steps=(Step("Put it in.", "zpool replace  'my  pool' a b"),))
    text = render_drives_html(report(aside=Aside(card)))
    first = text[text.index('id="first"') : text.index('id="picture"')]
    for words in ("bay 23", "MADE0023", "SAFE TO PULL", "MADE0022", "raidz2-1 of tank",
                  "zpool replace  &#39;my  pool&#39; a b", "12,000,000,000,000 bytes",
                  "without this one, 1 more drive"):  # fmt: skip
        assert words in first


def test_a_command_that_cannot_be_shown_whole_is_not_shown():
    card = replace(made.card(), steps=(Step("Type this.", "zpool replace t a\x1b[2K b"),))
    entry = report(aside=Aside(card)).first.card
    assert entry.steps[0].command == ""
    assert "cannot be printed" in entry.steps[0].words


@pytest.mark.parametrize(
    ("safety", "severity"),
    [(Safety.SAFE, "ok"), (Safety.WAIT, "warning"), (Safety.DO_NOT_PULL, "error")],
)
def test_only_what_is_safe_looks_safe(safety, severity):
    card = replace(made.card(), pull=Pull(safety, "because"))
    text = render_drives_html(report(aside=Aside(card)))
    assert f'class="pull pull--{severity}"' in text
    assert f'severity--{severity}">{safety.value}</span>' in text


def test_evidence_has_its_risk_with_interval_and_source(reports):
    text = render_drives_html(reports["full"])
    assert "17 to 70 reallocated sectors: failure rate of 23.6 % a year" in text
    assert "95 % interval 11 % to 42 %" in text
    assert "An invented fleet, 2030" in text
    assert "14 failures in 21,653 drive-days" in text


def test_a_rate_without_a_count_claims_none():
    risk = replace(made.RISK, low=None, high=None, failures=0, drive_days=0)
    drive = made.failing()
    seen = replace(drive.assessment.evidence[0], risk=risk)
    drive = replace(drive, assessment=replace(drive.assessment, evidence=(seen,)))
    said = alone(drive).drives[0].evidence[0].risk.said
    assert said == "17 to 70 reallocated sectors: failure rate of 23.6 % a year"


def test_no_failure_among_such_drives_is_a_bound_and_no_promise():
    risk = replace(made.RISK, yearly=0.0, low=0.0, high=0.031, failures=0)
    drive = made.failing()
    seen = replace(drive.assessment.evidence[0], risk=risk)
    drive = replace(drive, assessment=replace(drive.assessment, evidence=(seen,)))
    said = alone(drive).drives[0].evidence[0].risk.said
    assert "none was seen to fail, so at most 3.1 % a year, 0 failures in 21,653" in said


def test_a_drive_that_does_not_answer_is_named_with_when_it_was_seen(reports):
    silent = reports["full"].silent
    assert [drive.place for drive in silent] == ["bay 41"]
    assert silent[0].name == "MADE0041"  # as the bay map has it: the drive says nothing
    assert silent[0].last_seen == "3 days ago, 2031-03-06 03:14 UTC"
    assert "Look at its cable" in silent[0].why


def test_a_sleeping_drive_with_a_verdict_is_listed_as_not_read():
    drive = made.drive(3, trouble=Trouble.ASLEEP)
    drive = replace(drive, last_seen=made.NOW - timedelta(hours=30))
    found = alone(drive)
    assert found.silent[0].verdict == "OK"
    assert found.silent[0].why == "asleep"
    assert found.silent[0].last_seen.startswith("30 hours ago")


def test_a_drive_that_was_never_seen_before_has_no_last_time():
    drive = replace(made.hanging(), last_seen=None)
    assert alone(drive).silent[0].last_seen == "unknown"


def test_what_was_accepted_is_quiet_until_the_judgement_says_otherwise():
    drive = made.accepted()
    (quiet,) = alone(drive).accepted
    assert (quiet.value, quiet.note, quiet.standing) == (31, "bad cable, replaced", "quiet: now 31")
    seen = replace(drive.assessment.evidence[0], verdict=Verdict.WARNING, accepted=False)
    reading = replace(drive.reading, signals={**drive.reading.signals, Signal.CRC_ERRORS: 90})
    louder = replace(drive, reading=reading, assessment=replace(
        drive.assessment, verdict=Verdict.WARNING, evidence=(seen,)))  # fmt: skip
    (loud,) = alone(louder).accepted
    assert (loud.standing, loud.severity) == ("no longer quiet: now 90", "warning")
    silent = replace(drive, reading=made.hanging().reading, assessment=made.hanging().assessment)
    (open_,) = alone(silent).accepted
    assert (open_.standing, open_.severity) == ("not read now", "unknown")


def test_unknown_is_never_summed_up_as_well():
    assert report(CheckedPod(made.NOW, ())).verdict == "UNKNOWN"
    assert report(CheckedPod(made.NOW, ())).first.sentence == (
        "No drive was found, so nothing is known."
    )
    assert alone(made.hanging()).first.sentence == "Of 1 drive: 1 that could not be judged."
    assert "may" in alone(made.hanging()).first.nothing
    assert alone(made.drive(1)).first.sentence == "Nothing to do: the drive is well."
    assert alone(made.drive(1)).first.nothing == "No drive needs pulling."


def test_a_drive_in_no_bay_is_called_by_what_was_read():
    drive = replace(made.drive(3, source="bay03.json"), bay=None)
    assert alone(drive).drives[0].place == "bay03.json"
    chart = alone(drive).temperatures.chart
    assert "drives by name" in chart
    assert ">bay<" not in chart


def test_notes_of_the_round_are_on_the_page(reports):
    assert "One recording was of no drive." in render_drives_html(reports["full"])


# --- Temperatures ---


def test_the_hottest_and_the_one_nearest_its_limit_are_told_apart():
    warm = made.drive(1, temperature=replace(made.drive(1).reading.temperature, current_c=61,
                                             limit_c=85))  # fmt: skip
    tight = made.drive(2, temperature=replace(made.drive(2).reading.temperature, current_c=50,
                                              limit_c=55))  # fmt: skip
    found = report(CheckedPod(made.NOW, (warm, tight))).temperatures
    assert found.hottest.place == "bay 1"
    assert found.headlines == (
        "The hottest is bay 1 (MADE0001) with 61 °C of 85 °C.",
        "Nearest to its limit is bay 2 (MADE0002), 5 °C below it (50 °C of 55 °C).",
    )


def test_a_drive_above_its_limit_is_said_to_be(reports):
    assert reports["full"].temperatures.headlines[1] == "It is also 2 °C above its limit."


def test_temperatures_that_cannot_be_are_no_temperatures():
    found = alone(made.hostile()).temperatures
    assert found.missing == "No drive says how warm it is."
    assert found.unsaid.startswith("1 drive without a temperature: ")


def test_drives_without_a_limit_of_their_own_are_not_said_to_be_below_one():
    bare = replace(made.drive(1).reading.temperature, limit_c=None)
    found = alone(made.drive(1, temperature=bare)).temperatures
    assert found.headlines[1] == "No drive says at which temperature it may still work."


# --- Arrays ---


def test_each_group_says_how_many_more_it_can_lose(reports):
    groups = reports["full"].arrays.arrays[0].groups
    assert [(g.standing, g.severity) for g in groups] == [
        ("whole; it can lose 2 more", "ok"),
        ("1 drive gone; it can lose 1 more", "warning"),
        ("2 drives gone; one more loses data", "error"),
    ]
    assert groups[1].rebuild == "resilver, 41.0 % done, about 2:30 h to go"
    assert "permanent errors have been detected" in render_drives_html(reports["full"])


def test_a_group_of_unknown_tolerance_is_not_said_to_be_safe():
    group = replace(made.arrays().arrays[0].groups[0], tolerance=None)
    state = ArrayState((replace(made.arrays().arrays[0], groups=(group,)),))
    found = report(aside=Aside(arrays=state)).arrays.arrays[0].groups[0]
    assert found.severity == "unknown"
    assert "not known" in found.standing


def test_a_group_without_redundancy_is_said_to_lose_data_with_its_next_drive():
    group = replace(made.arrays().arrays[0].groups[0], tolerance=0)
    state = ArrayState((replace(made.arrays().arrays[0], groups=(group,)),))
    found = report(aside=Aside(arrays=state)).arrays.arrays[0].groups[0]
    assert (found.standing, found.severity) == ("whole; one more loses data", "warning")


def test_arrays_that_cannot_be_read_are_unknown(reports):
    section = reports["sixty"].arrays
    assert section.missing.endswith("not known.")
    assert section.trouble == ("no zpool here",)


# --- Trends ---


def test_trends_end_with_the_reading_of_now(reports):
    drive = reports["full"].drives[0]
    trend = next(t for t in drive.trends if t.signal == "reallocated_sectors")
    assert [point.value for point in trend.points] == [0, 0, 8, 24, 40]
    assert trend.points[-1].at == made.NOW
    assert trend.words == "from 0 on 2030-11-09 to 40 after 120 days"


def test_every_trend_is_drawn_with_what_was_accepted():
    drive = made.accepted()
    seen = replace(drive.assessment.evidence[0], verdict=Verdict.WARNING, accepted=False)
    loud = replace(drive, assessment=replace(drive.assessment, verdict=Verdict.WARNING,
                                             evidence=(seen,)))  # fmt: skip
    (trend,) = alone(loud).drives[0].trends
    assert trend.chart.startswith("<svg")
    assert "accepted 31" in trend.chart
    assert trend.words == "31 in all 3 readings over 60 days"
    assert trend.chart in render_drives_html(alone(loud))


def test_a_warm_drive_is_drawn_against_its_limit():
    drive = replace(made.hot(), past=made.grown(Signal.TEMPERATURE_C, 50, 55, 58))
    (trend,) = alone(drive).drives[0].trends
    assert "limit 60" in trend.chart


def test_a_drive_seen_for_the_first_time_has_no_trend():
    drive = replace(made.failing(), past=made.NOTHING)
    assert alone(drive).drives[0].trends == ()


def test_long_histories_are_drawn_with_their_first_and_last_reading():
    drive = made.failing()
    past = made.grown(Signal.REALLOCATED, *range(1000))
    (trend, *_) = alone(replace(drive, past=past)).drives[0].trends
    assert len(trend.points) == 60
    assert (trend.points[0].value, trend.points[-1].value) == (0, 40)


# --- The failure rate ---


def test_the_rate_has_its_interval_and_says_how_little_few_failures_tell():
    fleet = report(aside=Aside(fleet=FLEET)).fleet
    assert fleet.estimate == pytest.approx(2 / (41_234 / 365))
    assert fleet.low < fleet.estimate < fleet.high
    assert fleet.words == "1.77 % a year (95 % interval 0.214 % to 6.4 %)"
    assert any(note.startswith("2 failures say little") for note in fleet.notes)
    assert any("300 drive-days" in note for note in fleet.notes)
    assert any(note.startswith("1 drive stopped answering") for note in fleet.notes)


def test_many_failures_are_trusted():
    fleet = report(aside=Aside(fleet=replace(FLEET, failures=40, drive_days=900_000))).fleet
    assert not any("say little" in note for note in fleet.notes)


def test_no_failure_is_not_a_rate_of_zero():
    fleet = report(aside=Aside(fleet=replace(FLEET, failures=0))).fleet
    assert fleet.high > 0
    assert any("does not mean that drives never fail" in note for note in fleet.notes)


@pytest.mark.parametrize("count", [None, FleetCount(1, 0, 3, 0, 0, made.NOW, made.NOW)])
def test_without_days_the_rate_is_unknown(count):
    fleet = report(aside=Aside(fleet=count)).fleet
    assert (fleet.failures, fleet.drive_days, fleet.estimate) == (None, None, None)
    assert fleet.words == "unknown"
    assert fleet.missing
    assert fleet.missing in render_drives_html(report(aside=Aside(fleet=count)))


# --- Size ---


def test_a_page_of_sixty_drives_in_trouble_can_be_sent_by_mail():
    past = made.grown(Signal.REALLOCATED, *range(60))
    drives = tuple(
        replace(made.failing(n), past=past, assessment=Assessment(
            Verdict.REPLACE, "Many things.", made.failing(n).assessment.evidence * 2
            + (Evidence(Verdict.WARNING, made.Cause.LINK, "CRC errors grow.",
                        Signal.CRC_ERRORS, 4),)))
        for n in range(1, 61)
    )  # fmt: skip
    pod = CheckedPod(made.NOW, drives)
    bays = BayMap.model_validate({
        "schema": "podplanner/bay-map/1",
        "bay": [made.bay(n, f"MADE{n:04}").model_dump(exclude_none=True) for n in range(1, 61)],
    })  # fmt: skip
    aside = Aside(made.card(), draw_chassis(pod, bays), made.arrays(), FLEET)
    found = report(pod, aside)
    assert len(render_drives_html(found).encode()) < 500_000
    # The worst are drawn, and each is told in words.
    assert [bool(d.trends[0].chart) for d in found.drives] == [True] * 30 + [False] * 30
    assert all(d.trends[0].words for d in found.drives)
