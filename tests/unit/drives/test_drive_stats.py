from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podplanner.drives.backtest import backtest
from podplanner.drives.drive_stats import read_drive_stats
from podplanner.errors import FileAccessError, FormatError

HEADER = "date,serial_number,model,capacity_bytes,failure,smart_5_raw,smart_9_raw,smart_197_raw"


def written(path, *rows, header=HEADER):
    path.write_text("\n".join((header, *rows)) + "\n")
    return path


def test_a_drive_keeps_its_first_and_last_day_and_those_that_changed(tmp_path):
    rows = [f"2026-01-{day:02},A,ST1,1000,0,{0 if day < 10 else 8},{day},0" for day in range(1, 21)]
    fleet = read_drive_stats([written(tmp_path / "a.csv", *rows)])
    (drive,) = fleet.drives
    days = [day.day.day for day in drive.days]
    assert days[0] == 1
    assert days[-1] == 20
    assert 10 in days
    assert len(days) < 10
    assert drive.observed_days == 20


def test_files_may_come_in_any_order(tmp_path):
    late = written(tmp_path / "b.csv", "2026-01-02,A,ST1,1000,1,9,2,0")
    early = written(tmp_path / "a.csv", "2026-01-01,A,ST1,1000,0,0,1,0")
    fleet = read_drive_stats([late, early])
    assert [day.day for day in fleet.drives[0].days] == [date(2026, 1, 1), date(2026, 1, 2)]
    assert fleet.drives[0].failed
    assert read_drive_stats([tmp_path]).drives[0].days == fleet.drives[0].days


def test_columns_are_found_by_name_and_empty_cells_are_unknown(tmp_path):
    path = written(
        tmp_path / "a.csv", "ST1,A,2026-01-01,0,,7.0",
        header="model,serial_number,date,failure,smart_5_raw,smart_197_raw",
    )  # fmt: skip
    (drive,) = read_drive_stats([path]).drives
    assert drive.days[0].raw == {197: 7}
    assert drive.capacity_bytes is None


@pytest.mark.parametrize(
    "row",
    ["2026-13-01,A,ST1,1,0,0,0,0", "2026-01-01,,ST1,1,0,0,0,0", "2026-01-01,A,ST1,1,0,x,0,0", "a"],
)
def test_a_row_that_cannot_be_read_is_counted_and_left_out(tmp_path, row):
    fleet = read_drive_stats([written(tmp_path / "a.csv", row, "2026-01-01,B,ST1,1,0,0,0,0")])
    assert (fleet.rows, fleet.unread_rows, len(fleet.drives)) == (2, 1, 1)


def test_a_file_of_something_else_is_refused_with_what_is_missing(tmp_path):
    with pytest.raises(FormatError, match="serial_number"):
        read_drive_stats([written(tmp_path / "a.csv", "1,2", header="date,model,failure")])
    with pytest.raises(FormatError, match="smart_"):
        read_drive_stats([written(tmp_path / "a.csv", header="date,serial_number,model,failure")])
    with pytest.raises(FileAccessError):
        read_drive_stats([tmp_path / "none.csv"])
    with pytest.raises(FileAccessError, match="holds no"):
        read_drive_stats([_empty(tmp_path)])


def _empty(tmp_path):
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder


def test_tiers_count_what_was_told_of_what_failed(tmp_path):
    path = written(
        tmp_path / "a.csv",
        "2026-01-01,A,ST4000DM000,1,1,4000,1,0",  # failed, told by its level
        "2026-01-01,B,ST4000DM000,1,1,0,1,0",  # failed without a sign
        "2026-01-01,C,ST4000DM000,1,0,20,1,0",  # alive with a warning
        "2026-01-01,D,ST4000DM000,1,0,0,1,0",
    )
    found = backtest(read_drive_stats([path]))
    assert (found.drives, found.failures) == (4, 2)
    assert (found.replace.recall, found.replace.false_alarm_rate, found.replace.precision) == (
        0.5, 0.0, 1.0,
    )  # fmt: skip
    assert (found.warning.recall, found.warning.false_alarm_rate) == (0.5, 0.5)
    assert found.any_of_five.false_alarms == 1


def test_growth_within_the_rows_is_seen(tmp_path):
    rows = ["2026-01-01,A,ST4000DM000,1,0,0,1,0", "2026-01-20,A,ST4000DM000,1,1,150,1,0"]
    assert backtest(read_drive_stats([written(tmp_path / "a.csv", *rows)])).replace.recall == 1.0


def test_shares_of_nothing_are_unknown(tmp_path):
    found = backtest(read_drive_stats([written(tmp_path / "a.csv", "2026-01-01,A,ST1,1,0,0,1,0")]))
    assert found.replace.recall is None
    assert found.replace.precision is None
    assert found.replace.false_alarm_rate == 0.0


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_in_words(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("stats") / "a.csv"
    path.write_text(HEADER + "\n" + text, errors="replace")
    try:
        fleet = read_drive_stats([path])
    except FormatError:
        return
    assert len(fleet.drives) <= fleet.rows
