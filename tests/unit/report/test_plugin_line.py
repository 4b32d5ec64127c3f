"""The status line of monitoring plug-ins."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.drives.pods import drive, pod

from podplanner.drives.assessment import Verdict
from podplanner.drives.reading import Temperature, Trouble
from podplanner.report.plugin_line import plugin_line

_FIGURE = re.compile(r"(?P<label>[a-z]+)=(?P<value>-?\d+)((;[\d.~:@-]*){0,4})")
# 'label'=value[UOM];[warn];[crit];[min];[max]: the guidelines' own words, for plain labels.


def figures(line: str) -> dict[str, list[str]]:
    words, _, told = line.partition(" | ")
    assert words
    assert "|" not in told
    for one in told.split(" "):
        assert _FIGURE.fullmatch(one), one
    return {one.partition("=")[0]: one.partition("=")[2].split(";") for one in told.split(" ")}


def test_a_whole_pod_in_one_line():
    whole = pod(
        *(drive(n, temperature=Temperature(30 + n, 60, 70)) for n in range(1, 12)),
        drive(12, Verdict.REPLACE, "24 sectors cannot be read."),
        drive(13, Verdict.WATCH, "A cable."),
    )
    assert plugin_line(whole) == (
        "CRITICAL - 13 drives: 1 REPLACE, 1 WATCH, 11 OK; REPLACE bay 12, MADE UP 4000 SN0012 "
        "(/dev/sdl): 24 sectors cannot be read"
        " | replace=1;;0;0;13 warning=0;0;;0;13 unknown=0;;;0;13 watch=1;;;0;13 drives=13;;;0; "
        "hottest=41;60;70"
    )


@pytest.mark.parametrize(
    ("verdict", "state"),
    [
        (Verdict.OK, "OK"),
        (Verdict.WATCH, "OK"),
        (Verdict.WARNING, "WARNING"),
        (Verdict.REPLACE, "CRITICAL"),
        (Verdict.UNKNOWN, "UNKNOWN"),
    ],
)
def test_the_state_is_the_word_of_the_exit_status(verdict, state):
    assert plugin_line(pod(drive(1), drive(2, verdict))).startswith(f"{state} - 2 drives: ")


def test_no_drive_is_unknown_and_not_fine():
    line = plugin_line(pod())
    assert line.startswith("UNKNOWN - no drives were found | ")
    assert figures(line)["drives"][0] == "0"


def test_a_temperature_that_nobody_tells_is_absent_and_not_zero():
    assert "hottest" not in figures(plugin_line(pod(drive(1))))


def test_the_hottest_is_the_drive_nearest_to_its_own_limit():
    one = drive(1, temperature=Temperature(50, 70, None))
    other = drive(2, temperature=Temperature(45, 50, 55))
    without = drive(3, temperature=Temperature(58))
    assert figures(plugin_line(pod(one, other, without)))["hottest"] == ["45", "50", "55"]
    assert figures(plugin_line(pod(without)))["hottest"] == ["58"]


def test_words_of_a_drive_cannot_begin_figures_or_a_second_line():
    bad = drive(
        1,
        Verdict.REPLACE,
        "one | two\nthree\u2028four <b>\x1b[31m",
        model="A|replace=0\nB",
        serial="S\r|N",
    )
    line = plugin_line(pod(bad))
    assert line.isprintable()
    assert not set("<>`") & set(line)
    assert figures(line)["replace"][0] == "1"


def test_a_pod_of_bad_drives_fits_into_the_smallest_packet_and_says_how_many_are_left_out():
    line = plugin_line(pod(*(drive(n, Verdict.REPLACE, "ä" * 400) for n in range(1, 61))))
    assert len(line.encode()) < 1_024
    assert (found := re.search(r"; and (\d+) more \|", line))
    assert line.count("REPLACE bay") + int(found[1]) == 60
    assert figures(line)["replace"] == ["60", "", "0", "0", "60"]


_words = st.text(max_size=400)


@given(
    st.lists(
        st.tuples(st.sampled_from(Verdict), _words, _words, _words, st.integers(-40, 200)),
        max_size=12,
    )
)
def test_whatever_drives_say_the_line_is_one_line_of_text_and_figures(found):
    line = plugin_line(
        pod(
            *(
                drive(
                    n,
                    verdict,
                    reason,
                    model=model,
                    serial=serial,
                    temperature=Temperature(hot, 60),
                    trouble=Trouble.TIMED_OUT if verdict is Verdict.UNKNOWN else None,
                )
                for n, (verdict, reason, model, serial, hot) in enumerate(found, 1)
            )
        )
    )
    assert line.isprintable()
    assert len(line.encode()) < 1_024
    counts = figures(line)
    assert int(counts["drives"][0]) == len(found)
    assert int(counts["replace"][0]) == sum(v is Verdict.REPLACE for v, *_ in found)
