"""Editing keeps every byte that it does not change, and writes a file whole or not at all."""

import difflib
import os
import subprocess
import sys
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from podplanner.catalog.bill import Line, Quote
from podplanner.catalog.editing import EDITABLE, Draft, matching_total, parsed_values
from podplanner.catalog.writers.files import write_whole
from podplanner.errors import ConflictError, OutputError, UnknownNameError, WrongUsageError

LIST = '''\
# Bought by hand; keep these words.

title = "Lab"   # the one in the cellar
currency = "USD"

# === Cases ===

# the case came late
[[line]] # here it stands
id = "case"   # short
title = "Case"
quantity =    1   # one
unit_price = "382.35"
total = "382.35"
# black, not grey

[[line]]
id = "psu"
title = \'\'\'PSU "silent"\'\'\'
quantity = 2
unit_price = "269.00"
total = "538.00"

# === Drives ===

[[line]]
id = "drive"
title = """Drive
[[line]]
# no comment"""
quantity = 45
unit_price = "120.00"

# how they hang together
[[link]]
to = "drive.1"
power = "psu.1"

# the end
'''


def draft(text: str = LIST) -> Draft:
    return Draft.of(text, "lab.toml")


def rows_of(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def lost(before: str, after: str) -> list[str]:
    """Return the rows of `before` that are not in `after`, or not in their order."""
    changed = difflib.ndiff(rows_of(before), rows_of(after))
    return [row[2:] for row in changed if row.startswith("- ")]


def gained(before: str, after: str) -> list[str]:
    return lost(after, before)


# --- one edit ---


def test_a_set_key_changes_its_own_value_and_no_other_byte():
    after = draft().with_values(0, {"quantity": Decimal(3)})
    assert after.text == LIST.replace("quantity =    1   # one", "quantity =    3   # one")


def test_setting_what_is_there_already_changes_nothing():
    assert draft().with_values(1, {"quantity": Decimal(2)}).text == LIST


def test_a_new_key_is_one_new_row():
    after = draft().with_values(1, {"note": "by courier"})
    assert lost(LIST, after.text) == []
    assert gained(LIST, after.text) == ['note = "by courier"\n']
    assert after.bill.lines[1].note == "by courier"


def test_a_removed_key_is_one_row_less():
    after = draft().with_values(1, {"total": None})
    assert lost(LIST, after.text) == ['total = "538.00"\n']
    assert gained(LIST, after.text) == []


def test_an_added_line_loses_nothing_and_follows_the_last_line():
    after = draft().with_lines([Line(id="new", title="Cable", quantity=9)])
    assert lost(LIST, after.text) == []
    assert [line.id for line in after.bill.lines] == ["case", "psu", "drive", "new"]


def test_a_removed_line_takes_its_own_comment_along_and_no_other():
    after = draft().without_line(0)
    assert [line.id for line in after.bill.lines] == ["psu", "drive"]
    assert "the case came late" not in after.text
    for words in ("keep these words", "=== Cases ===", "=== Drives ===", "how they hang"):
        assert words in after.text


def test_a_heading_that_stands_apart_survives_the_line_above_it():
    assert "# === Drives ===\n" in draft().without_line(1).text


def test_words_at_the_top_of_the_file_survive_its_first_line():
    text = '# Licence: mine.\n\n[[line]]\nid = "a"\ntitle = "A"\nquantity = 1\n'
    assert draft(text).without_line(0).text.startswith("# Licence: mine.\n")


def test_keys_at_the_top_are_set_there():
    after = draft().with_head({"stated_lines": Decimal("920.35"), "title": "Attic"})
    assert after.bill.title == "Attic"
    assert lost(LIST, after.text) == ['title = "Lab"   # the one in the cellar\n']
    assert "# the one in the cellar" in after.text


def test_quotes_are_added_at_the_end_and_leave_all_else():
    quote = Quote(part="psu", unit_price="250.00", vendor="Shop")
    after = draft().with_quotes([quote])
    assert after.text.startswith(LIST)
    assert after.bill.quotes[0].model_copy(update={"place": None}) == quote
    assert draft().with_quotes([]).text == LIST


def test_a_file_without_a_last_line_end_gets_one_before_what_is_added():
    after = draft(LIST.rstrip("\n")).with_quotes([Quote(part="psu", unit_price="1")])
    assert after.text.startswith(LIST.rstrip("\n") + "\n\n[[quote]]\n")


def test_a_heading_inside_a_text_is_no_line():
    assert len(draft().bill.lines) == 3
    assert draft().without_line(2).bill.lines[-1].id == "psu"


@pytest.mark.parametrize(
    "row",
    ['title = "x" # """ odd', "title = \"x\" # ''' odd", "title = \"three ''' ticks\"",
     "title = 'three \"\"\" marks'", 'title = "\\"\\"\\""'],
)  # fmt: skip
def test_quote_marks_in_comments_and_short_strings_open_no_long_string(row):
    text = f'[[line]]\nid = "a"\n{row}\nquantity = 1\n\n[[line]]\nid = "b"\nquantity = 2\n'
    after = draft(text).with_values(1, {"quantity": Decimal(3)})
    assert after.text == text.replace("quantity = 2", "quantity = 3")


def test_lines_written_inline_are_refused_rather_than_rewritten():
    with pytest.raises(ConflictError, match=r"\[\[line\]\]"):
        draft('line = [{id = "a", title = "A", quantity = 1}]\n')


def test_further_readings_stay_with_their_line():
    text = (
        '[[line]]\nid = "a"\ntitle = "A"\nquantity = 1\n'
        '[[line.readings]]\ntitle = "Z"\nquantity = 2\n\n[[line]]\nid = "b"\nquantity = 1\n'
    )
    after = draft(text).with_values(0, {"note": "n"})
    assert [len(line.readings) for line in after.bill.lines] == [1, 0]
    assert draft(text).without_line(0).text.strip() == '[[line]]\nid = "b"\nquantity = 1'


# --- what is refused ---


def test_a_line_is_found_by_its_id_and_by_its_number_and_by_nothing_else():
    assert [draft().find(name) for name in ("case", "1", "drive", "3")] == [0, 0, 2, 2]
    for name in ("0", "4", "-1", "", "CASE", "²", "٣", "1.0"):
        with pytest.raises(UnknownNameError):
            draft().find(name)


def test_a_mistyped_id_brings_the_nearest_to_mind():
    with pytest.raises(UnknownNameError) as caught:
        draft().find("drives")
    assert "drive" in caught.value.hint


@pytest.mark.parametrize("key", ["nope", "place", "contents", "readings", "", "Quantity"])
def test_a_key_that_lines_do_not_have_is_refused_with_those_they_have(key):
    with pytest.raises(WrongUsageError) as caught:
        draft().with_values(0, {key: "x"})
    assert "quantity" in caught.value.hint


@pytest.mark.parametrize(
    "values",
    [{"quantity": Decimal(-1)}, {"quantity": Decimal("1e400")}, {"spares": Decimal(-1)},
     {"currency": "usd"}, {"matched": "sure"}, {"id": "psu"}, {"id": ""}],
)  # fmt: skip
def test_an_edit_that_would_make_the_file_unreadable_is_refused(values):
    with pytest.raises(WrongUsageError):
        draft().with_values(0, values)


@pytest.mark.parametrize("written", ["nan", "NaN", "inf", "-inf", "sNaN", "abc", "1,5", "0x10"])
@pytest.mark.parametrize("key", ["quantity", "unit_price", "total", "spares", "discount_percent"])
def test_what_is_no_number_is_refused(key, written):
    with pytest.raises(WrongUsageError):
        draft().with_values(0, parsed_values([f"{key}={written}"]))


def test_words_without_an_equals_sign_are_refused():
    with pytest.raises(WrongUsageError, match="key=value"):
        parsed_values(["quantity"])


def test_values_have_the_type_of_their_key():
    from datetime import date

    assert parsed_values(
        ["quantity=0.5", "note=", "approximate=true", "price_date=2026-11-23", "vendor=a=b"]
    ) == {
        "quantity": Decimal("0.5"), "note": None, "approximate": True,
        "price_date": date(2026, 11, 23), "vendor": "a=b",
    }  # fmt: skip


# --- totals that follow ---


def line(quantity: object, unit: object, total: object) -> Line:
    return Line(id="a", quantity=quantity, unit_price=unit, total=total)


@pytest.mark.parametrize(
    ("old", "new", "follows"),
    [
        ((2, "269.00", "538.00"), (3, "269.00", "538.00"), "807.00"),
        ((2, "269.00", "538.00"), (2, "255", "538.00"), "510.00"),
        ((2, "269.00", "538.00"), (0, "269.00", "538.00"), "0.00"),
        ((4, "0.02", "0.08"), (5, "0.02", "0.08"), "0.10"),
        ((72, "0.02", "1.44"), (80, "0.02", "1.44"), "1.60"),
        ((72, "0.02", "1.44"), (73, "0.02", "1.44"), "1.46"),
    ],
)
def test_a_total_that_fitted_follows_quantity_and_unit_price(old, new, follows):
    assert matching_total(line(*old), line(*new)) == Decimal(follows)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ((5, "7.66", "3.83"), ("0.5", "7.66", "3.83")),
        ((5, "7.66", "3.83"), (6, "7.66", "3.83")),
        ((2, "269.00", None), (3, "269.00", None)),
        ((2, None, "538.00"), (3, None, "538.00")),
        ((None, "269.00", "538.00"), (3, "269.00", "538.00")),
        ((2, "269.00", "538.00"), (None, "269.00", "538.00")),
    ],
)
def test_a_total_of_which_nobody_knows_what_it_is_of_stays(old, new):
    assert matching_total(line(*old), line(*new)) is None


def test_a_total_that_shows_the_true_unit_price_grows_with_the_quantity():
    # 12 x 0.18 = 2.10 says that the unit price is 0.175: 24 pieces cost 4.20, not 4.32.
    assert matching_total(line(12, "0.18", "2.10"), line(24, "0.18", "2.10")) == Decimal("4.20")


# --- any sequence of edits ---

KEYS = [key for key in EDITABLE if key not in ("id", "matched", "bill")]
_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\r\x85\u2028\u2029"), max_size=9)


def _value(key: str) -> st.SearchStrategy[object]:
    if key in ("quantity", "spares"):
        return st.decimals(0, 10**6, places=2)
    if key in ("unit_price", "total", "discount_percent"):
        return st.decimals(-(10**6), 10**6, places=2)
    if key == "currency":
        return st.sampled_from(["USD", "EUR"])
    if key == "approximate":
        return st.booleans()
    if key == "price_date":
        return st.dates()
    return _TEXT


_SET = st.sampled_from(KEYS).flatmap(
    lambda key: st.tuples(st.just("set"), st.integers(0, 9), st.just(key), st.none() | _value(key))
)
_ADD = st.tuples(st.just("add"), _TEXT, st.decimals(0, 99, places=1))
_REMOVE = st.tuples(st.just("remove"), st.integers(0, 9))


@settings(max_examples=60, deadline=None)
@given(steps=st.lists(st.one_of(_SET, _ADD, _REMOVE), max_size=6))
def test_any_sequence_of_edits_touches_the_lines_it_names_and_nothing_else(steps):
    now = draft()
    touched: set[str] = set()
    gone: set[str] = set()
    for number, step in enumerate(steps):
        names = [entry.id for entry in now.bill.lines]
        if step[0] == "add":
            now = now.with_lines([Line(id=f"new{number}", title=step[1], quantity=step[2])])
        elif names and step[0] == "set":
            name = names[step[1] % len(names)]
            now = now.with_values(names.index(name), {step[2]: step[3]})
            touched.add(name)
            was = getattr(now.bill.lines[names.index(name)], step[2])
            assert step[3] is None or was == step[3]
        elif names and step[0] == "remove":
            name = names[step[1] % len(names)]
            now = now.without_line(names.index(name))
            gone.add(name)
    first = {entry.id: index for index, entry in enumerate(draft().bill.lines)}
    blocks = [block.text for block in draft().blocks if block.table == "line"]
    for name, index in first.items():
        if name not in touched | gone:
            assert blocks[index].rstrip() in now.text
    for words in ("keep these words", "the one in the cellar", "how they hang", "# the end"):
        assert words in now.text
    if "case" not in gone:
        for words in ("the case came late", "here it stands", "black, not grey"):
            assert words in now.text
    kept = [name for name in first if name not in gone]
    assert [entry.id for entry in now.bill.lines if entry.id in first] == kept


@settings(max_examples=60, deadline=None)
@given(key=st.sampled_from(KEYS), data=st.data(), where=st.integers(0, 2))
def test_setting_a_key_and_removing_it_again_leaves_the_other_lines_byte_for_byte(key, data, where):
    value = data.draw(_value(key))
    after = draft().with_values(where, {key: value}).with_values(where, {key: None})
    before = [b.text for b in draft().blocks]
    now = [b.text for b in after.blocks]
    assert len(before) == len(now)
    assert [i for i in range(len(now)) if before[i] != now[i]] in ([], [where + 1])


# --- files, whole or not at all ---


def test_a_file_that_changed_meanwhile_is_not_written_over(tmp_path):
    file = tmp_path / "pod.toml"
    file.write_bytes(b"theirs")
    with pytest.raises(ConflictError):
        write_whole(file, b"ours", expect=b"what we read")
    assert file.read_bytes() == b"theirs"
    assert [entry.name for entry in tmp_path.iterdir()] == ["pod.toml"]


@pytest.mark.parametrize("name", ["fsync", "replace", "rename"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_fault_while_writing_leaves_the_old_file_and_no_litter(
    tmp_path, monkeypatch, name, error
):
    import pathlib

    file = tmp_path / "pod.toml"
    file.write_bytes(b"old")

    def fail(*_args, **_words):
        raise error

    monkeypatch.setattr(os, name, fail)
    if name == "replace":
        monkeypatch.setattr(pathlib.Path, "replace", fail)
    try:
        write_whole(file, b"new")
    except (OutputError, KeyboardInterrupt):
        assert file.read_bytes() == b"old"
    else:
        assert name == "rename"  # not every system call is used
        assert file.read_bytes() == b"new"
    assert [entry.name for entry in tmp_path.iterdir()] == ["pod.toml"]


def test_a_link_stays_a_link_and_its_file_keeps_its_permissions(tmp_path):
    file, link = tmp_path / "real.toml", tmp_path / "link.toml"
    file.write_bytes(b"old")
    file.chmod(0o640)
    link.symlink_to("real.toml")
    write_whole(link, b"new", expect=b"old")
    assert link.is_symlink()
    assert file.read_bytes() == b"new"
    assert file.stat().st_mode & 0o777 == 0o640


def test_a_missing_folder_and_a_folder_in_the_way_are_said(tmp_path):
    with pytest.raises(OutputError):
        write_whole(tmp_path / "none" / "x", b"")
    with pytest.raises(OutputError, match="folder"):
        write_whole(tmp_path, b"")
    with pytest.raises(OutputError, match="No space left"):
        write_whole("/dev/full", b"x")


_WRITER = """
import sys, time
from pathlib import Path
from podplanner.catalog.writers.files import write_whole
from podplanner.errors import ConflictError
file, done = Path(sys.argv[1]), 0
sys.stdin.readline()
for _ in range(150):
    data = file.read_bytes()
    try:
        write_whole(file, data + b"x", expect=data)
        done += 1
    except ConflictError:
        pass
print(done)
"""


def test_of_many_writers_at_once_none_loses_what_another_was_told_is_written(tmp_path):
    file = tmp_path / "pod.toml"
    file.write_bytes(b"")
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(file)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for _ in range(4)
    ]  # fmt: skip
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    told = sum(int(writer.communicate()[0]) for writer in writers)
    assert told > 0
    assert len(file.read_bytes()) == told
