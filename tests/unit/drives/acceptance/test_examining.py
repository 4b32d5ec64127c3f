"""What keeps a drive that just came from being trusted, and what does not."""

from dataclasses import replace

import pytest
from support.drives.newcomers import SIZE, newcomer, of_model, seen, starts
from support.drives.self_tested import logged

from podplanner.drives.acceptance.check import Check, Examination, Outcome, Result
from podplanner.drives.acceptance.examining import examine
from podplanner.drives.acceptance.newcomer import Label, Wanted
from podplanner.drives.assessment import Verdict
from podplanner.drives.reading import Identity, Protocol, Trouble
from podplanner.drives.signals import Signal


def _result(drive, name):
    found = [check for check in examine(drive).checks if check.name == name]
    assert len(found) == 1, (name, found)
    return found[0].result


def _words(drive, name):
    return next(check.words for check in examine(drive).checks if check.name == name)


def _names(drive):
    return [check.name for check in examine(drive).checks]


def test_a_new_drive_that_fits_and_passed_its_test_is_accepted():
    examination = examine(newcomer())
    assert {check.result for check in examination.checks} == {Result.PASS}
    assert examination.outcome is Outcome.ACCEPT
    assert examination.words.startswith("All ")


def test_a_drive_that_cannot_be_read_is_unknown_and_nothing_else_is_said():
    drive = newcomer(trouble=Trouble.TIMED_OUT, trouble_words="did not answer")
    assert _names(drive) == ["reading"]
    assert examine(drive).outcome is Outcome.UNKNOWN


def test_the_worst_check_decides():
    def outcome(*results, needed=True):
        return Examination(tuple(Check("x", r, "", needed=needed) for r in results)).outcome

    assert outcome() is Outcome.UNKNOWN
    assert outcome(Result.PASS) is Outcome.ACCEPT
    assert outcome(Result.PASS, Result.UNKNOWN) is Outcome.UNKNOWN
    assert outcome(Result.PASS, Result.UNKNOWN, needed=False) is Outcome.ACCEPT
    assert outcome(Result.UNKNOWN, Result.WARNING) is Outcome.WARNING
    assert outcome(Result.WARNING, Result.NOT_YET) is Outcome.NOT_YET
    assert outcome(Result.NOT_YET, Result.FAIL, Result.WARNING) is Outcome.REFUSE


class TestSerialNumber:
    def test_one_that_was_never_seen_passes(self):
        assert _result(newcomer(known=(seen(key="EX-18T/OTHER"),)), "serial number") is Result.PASS

    def test_one_that_came_days_ago_is_still_new(self):
        assert _result(newcomer(known=(seen(9),)), "serial number") is Result.PASS

    def test_one_that_is_known_for_long_wants_a_look(self):
        drive = newcomer(known=(seen(200, bay=7),))
        assert _result(drive, "serial number") is Result.WARNING
        assert "bay 7" in _words(drive, "serial number")

    def test_one_that_was_retired_or_was_to_be_replaced_is_refused(self):
        retired = seen(400, retired_at=seen(30).first_seen, note="clicks")
        assert _result(newcomer(known=(retired,)), "serial number") is Result.FAIL
        assert "clicks" in _words(newcomer(known=(retired,)), "serial number")
        failed = seen(9, verdict=Verdict.REPLACE, replaced_by="EX-18T/X", reason="340 pending")
        assert _result(newcomer(known=(failed,)), "serial number") is Result.FAIL

    def test_one_that_another_model_had_wants_a_look(self):
        drive = newcomer(known=(seen(key="OTHER/SER00001"),))
        assert _result(drive, "serial number") is Result.WARNING

    def test_without_a_history_it_is_unknown_and_only_a_broken_one_matters(self):
        assert examine(newcomer(known=None)).outcome is Outcome.ACCEPT
        assert "serial number" in examine(newcomer(known=None)).words
        broken = newcomer(known=None, history_trouble="the database is corrupt")
        assert examine(broken).outcome is Outcome.UNKNOWN

    def test_a_drive_without_one_is_unknown(self):
        assert examine(newcomer(identity=Identity("EX-18T"))).outcome is Outcome.UNKNOWN

    def test_a_drive_that_an_array_uses_is_refused(self):
        assert _result(newcomer(member_of="raidz2-0"), "in use") is Result.FAIL
        assert "in use" not in _names(newcomer())


class TestSize:
    def test_one_byte_too_few_is_refused_and_as_many_are_enough(self):
        assert _result(newcomer(wanted=Wanted(SIZE + 1, "x")), "size") is Result.FAIL
        assert "1 bytes less" in _words(newcomer(wanted=Wanted(SIZE + 1, "x")), "size")
        assert _result(newcomer(wanted=Wanted(SIZE, "x")), "size") is Result.PASS

    def test_one_that_was_compared_with_nothing_is_told_and_not_passed(self):
        examination = examine(newcomer(wanted=None))
        assert examination.outcome is Outcome.ACCEPT
        assert "size" in examination.words
        assert _result(newcomer(wanted=None), "size") is Result.UNKNOWN

    def test_one_that_should_be_compared_and_cannot_be_is_unknown(self):
        assert examine(newcomer(wanted=Wanted(None, "never read"))).outcome is Outcome.UNKNOWN
        assert examine(newcomer(capacity_bytes=None)).outcome is Outcome.UNKNOWN

    def test_a_drive_with_less_or_more_than_its_label_is_another_one(self):
        for label, result in ((18 * 10**12, "PASS"), (20 * 10**12, "FAIL"), (16 * 10**12, "FAIL")):
            drive = newcomer(label=Label("EX", label, "CMR"))
            assert _result(drive, "label") == result

    def test_sectors_of_4096_want_a_look_unless_the_group_has_them(self):
        assert _result(newcomer(logical_sector_bytes=4_096), "sectors") is Result.WARNING
        beside = Wanted(SIZE, "x", logical_sector_bytes=4_096)
        drive = newcomer(logical_sector_bytes=4_096, wanted=beside)
        assert _result(drive, "sectors") is Result.PASS

    def test_sectors_of_disk_arrays_are_refused(self):
        drive = newcomer(logical_sector_bytes=520)
        assert _result(drive, "sectors") is Result.FAIL
        assert "sg_format" in _words(drive, "sectors")


class TestRecording:
    @pytest.mark.parametrize(
        ("model", "result"),
        [("WDC WD60EFAX-68SHWN0", "FAIL"), ("WDC WD80EFAX-68LHPN0", "PASS"),
         ("ST8000DM004-2CX188", "FAIL"), ("TOSHIBA HDWD240", "FAIL"),
         ("ST16000NT001-3LV101", "PASS"), ("ST4000VN006-3CW104", "PASS"),
         ("WDC WD40EFRX-68N32N0", "PASS"), ("MADE UP 4000", "UNKNOWN")],
    )  # fmt: skip
    def test_models_are_known_by_their_number(self, model, result):
        assert _result(of_model(newcomer(), model), "recording") == result

    def test_what_the_drive_says_outweighs_every_table(self):
        assert _result(newcomer(smr=True), "recording") is Result.FAIL
        said = replace(of_model(newcomer(smr=False), "MADE UP 4000"))
        assert _result(said, "recording") is Result.PASS

    def test_a_shingled_one_is_refused_whatever_the_user_looked_up(self):
        drive = of_model(newcomer(smr=True, not_shingled=True), "MADE UP 4000")
        assert _result(drive, "recording") is Result.FAIL

    def test_smartctls_own_database_is_believed(self):
        drive = of_model(newcomer(), "MADE UP 4000", family="Somebody's Archive (SMR)")
        assert _result(drive, "recording") is Result.FAIL

    def test_the_catalog_is_asked(self):
        assert _result(newcomer(label=Label("EX", None, "SMR")), "recording") is Result.FAIL
        assert _result(newcomer(label=Label("EX", None, "HM-SMR")), "recording") is Result.FAIL

    def test_an_unknown_model_is_no_pass_until_the_user_looked_it_up(self):
        drive = of_model(newcomer(), "MADE UP 4000")
        assert examine(drive).outcome is Outcome.UNKNOWN
        assert "--not-smr" in _words(drive, "recording")
        assert examine(replace(drive, not_shingled=True)).outcome is Outcome.ACCEPT

    def test_a_solid_state_drive_has_no_tracks(self):
        assert "recording" not in _names(newcomer(rotation_rpm=0))


class TestAge:
    def test_hours_beyond_a_day_are_a_used_drive(self):
        used = newcomer({Signal.POWER_ON_H: 9_000}, tests=[logged(at=8_999)])
        assert _result(used, "power-on hours") is Result.WARNING
        assert "9,000 h" in _words(used, "power-on hours")
        assert _result(replace(used, used=True), "power-on hours") is Result.PASS

    def test_hours_of_our_own_long_test_are_not_counted(self):
        # 24 h of test after 6 h: the drive came with 5.
        assert _result(newcomer({Signal.POWER_ON_H: 30}), "power-on hours") is Result.PASS
        runs = newcomer({Signal.POWER_ON_H: 40}, tests=[], left=10, long_min=2_400)
        assert _result(runs, "power-on hours") is Result.PASS

    def test_an_old_test_at_the_factory_does_not_make_a_used_drive_new(self):
        used = newcomer({Signal.POWER_ON_H: 9_000}, tests=[logged(at=2)])
        assert _result(used, "power-on hours") is Result.WARNING

    def test_hours_since_it_came_are_not_counted(self):
        drive = newcomer({Signal.POWER_ON_H: 250}, tests=[], known=(seen(10),))
        assert _result(drive, "power-on hours") is Result.PASS
        first = newcomer({Signal.POWER_ON_H: 9_250}, tests=[],
                         known=(seen(10, first_power_on_h=9_000),))  # fmt: skip
        assert _result(first, "power-on hours") is Result.WARNING

    def test_a_drive_that_says_no_hours_is_unknown(self):
        assert examine(newcomer({Signal.POWER_ON_H: None}, tests=[])).outcome is not Outcome.ACCEPT
        drive = newcomer({Signal.POWER_ON_H: None}, tests=[])
        assert _result(drive, "power-on hours") is Result.UNKNOWN

    @pytest.mark.parametrize(
        ("farm", "hours", "result"),
        [(30, 30, "PASS"), (31, 30, "PASS"), (54, 30, "PASS"), (55, 30, "FAIL"),
         (25_000, 3, "FAIL"), (0, 25_000, "WARNING")],
    )  # fmt: skip
    def test_seagates_own_hours_tell_counters_that_were_reset(self, farm, hours, result):
        drive = newcomer({Signal.POWER_ON_H: hours}, farm_power_on_h=farm)
        assert _result(drive, "hours by FARM") == result

    def test_reset_counters_are_refused_even_of_a_drive_sold_as_used(self):
        drive = newcomer({Signal.POWER_ON_H: 3}, farm_power_on_h=25_000, used=True)
        assert examine(drive).outcome is Outcome.REFUSE

    def test_a_seagate_drive_whose_own_hours_were_not_read_is_told(self):
        drive = of_model(newcomer(), "ST16000NT001-3LV101")
        assert _result(drive, "hours by FARM") is Result.UNKNOWN
        assert "7.4" in _words(drive, "hours by FARM")
        assert examine(drive).outcome is Outcome.ACCEPT
        assert "hours by FARM" not in _names(of_model(newcomer(), "WDC WD40EFRX-68N32N0"))

    def test_a_drive_that_was_often_started_wants_a_look(self):
        assert _result(newcomer({Signal.POWER_CYCLES: 51}), "starts") is Result.WARNING
        assert _result(newcomer(attributes=starts(900)), "starts") is Result.WARNING
        assert _result(newcomer(attributes=starts(900), used=True), "starts") is Result.PASS
        assert _result(newcomer({Signal.POWER_CYCLES: None}), "starts") is Result.UNKNOWN

    def test_a_worn_solid_state_drive_is_not_new(self):
        for worn, result in ((0, "PASS"), (1, "PASS"), (2, "WARNING")):
            drive = newcomer({Signal.WEAR_PERCENT: worn}, rotation_rpm=0)
            assert _result(drive, "wear") == result


class TestCondition:
    @pytest.mark.parametrize(
        ("verdict", "result"),
        [(Verdict.OK, "PASS"), (Verdict.WATCH, "PASS"), (Verdict.WARNING, "WARNING"),
         (Verdict.REPLACE, "FAIL"), (Verdict.UNKNOWN, "UNKNOWN")],
    )  # fmt: skip
    def test_its_health_is_judged(self, verdict, result):
        assert _result(newcomer(verdict=verdict), "health") == result

    @pytest.mark.parametrize(
        "signal",
        [Signal.REALLOCATED, Signal.PENDING, Signal.OFFLINE_UNCORRECTABLE, Signal.GROWN_DEFECTS,
         Signal.REPORTED_UNCORRECTABLE, Signal.MEDIA_ERRORS, Signal.UNCORRECTED_ERRORS,
         Signal.FAILED_SELF_TESTS],
    )  # fmt: skip
    def test_one_defect_is_one_too_many(self, signal):
        assert examine(newcomer({signal: 1})).outcome is Outcome.REFUSE

    def test_a_hard_drive_that_does_not_tell_its_pending_sectors_is_unknown(self):
        assert _result(newcomer({Signal.PENDING: None}), "defects") is Result.UNKNOWN

    def test_a_drive_that_tells_no_defects_at_all_is_unknown(self):
        none = {Signal.REALLOCATED: None, Signal.PENDING: None, Signal.OFFLINE_UNCORRECTABLE: None}
        drive = newcomer({**none, Signal.FAILED_SELF_TESTS: 0}, protocol=Protocol.SCSI)
        assert _result(drive, "defects") is Result.UNKNOWN

    def test_crc_errors_are_of_the_bay_and_want_a_look(self):
        drive = newcomer({Signal.CRC_ERRORS: 3})
        assert _result(drive, "errors") is Result.WARNING
        assert "seat it anew" in _words(drive, "errors")

    def test_an_error_log_with_entries_wants_a_look_but_not_of_nvme(self):
        assert _result(newcomer({Signal.ERROR_LOG_ENTRIES: 1}), "error log") is Result.WARNING
        nvme = newcomer({Signal.ERROR_LOG_ENTRIES: 99, Signal.MEDIA_ERRORS: 0}, rotation_rpm=0,
                        protocol=Protocol.NVME)  # fmt: skip
        assert _result(nvme, "error log") is Result.PASS

    def test_a_link_that_fell_back_wants_a_look_and_an_older_port_does_not(self):
        assert _result(newcomer(link_mbps=1_500), "link") is Result.WARNING
        assert _result(newcomer(link_mbps=3_000), "link") is Result.PASS
        assert _result(newcomer(link_mbps=1_500, link_most_mbps=1_500), "link") is Result.PASS
        assert "link" not in _names(newcomer(link_mbps=None))


class TestLongTest:
    def test_none_yet_is_not_yet_and_says_how_to_begin(self):
        drive = newcomer(tests=[])
        assert examine(drive).outcome is Outcome.NOT_YET
        assert "podplanner drive test --kind long /dev/sd1" in _words(drive, "long test")

    def test_a_short_one_is_none(self):
        assert _result(newcomer(tests=[logged("short", at=29)]), "long test") is Result.NOT_YET

    def test_one_that_runs_is_waited_for(self):
        drive = newcomer(left=40)
        assert _result(drive, "long test") is Result.NOT_YET
        assert "40 % left" in _words(drive, "long test")

    def test_one_that_failed_refuses(self):
        failed = [logged(at=29, passed=False), logged(at=5)]
        assert _result(newcomer(tests=failed), "long test") is Result.FAIL

    def test_one_that_failed_before_a_later_one_passed_does_not(self):
        assert _result(newcomer(tests=[logged(at=29), logged(at=5, passed=False)]),
                       "long test") is Result.PASS  # fmt: skip

    def test_one_of_weeks_ago_or_of_an_unknown_time_is_not_enough(self):
        old = newcomer({Signal.POWER_ON_H: 400}, tests=[logged(at=100)])
        assert _result(old, "long test") is Result.NOT_YET
        assert _result(newcomer(tests=[logged(at=None)]), "long test") is Result.NOT_YET

    def test_it_need_not_be_asked_for(self):
        assert "long test" not in _names(newcomer(tests=[], long=False))
