"""Bytes become text in the encoding they are in; what is no text is refused by its name."""

import codecs
import gzip
import io
import os
import threading

import pytest

from podplanner.catalog.readers import read_bill, read_source
from podplanner.catalog.readers.source import MAX_BYTES, Source, load, text_of
from podplanner.errors import FileAccessError, FormatError

LIST = "Artikel;Menge;Preis\nLüfter;2;3,50 €\nGehäuse;1;99,00 €\n"


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8", codecs.BOM_UTF8),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
        ("utf-16-le", b""),
        ("utf-16-be", b""),
        ("utf-32-le", codecs.BOM_UTF32_LE),
        ("utf-32-be", codecs.BOM_UTF32_BE),
        ("cp1252", b""),
    ],
)
def test_text_is_read_in_the_encoding_that_its_bytes_show(encoding, mark):
    source = Source("liste.csv", mark + LIST.encode(encoding))
    assert text_of(source) == LIST
    assert [line.title for line in read_source(source).lines] == ["Lüfter", "Gehäuse"]


def test_bytes_that_western_windows_leaves_free_are_read_as_dos_letters():
    assert text_of(Source("liste.csv", "Lüfter\n".encode("cp850"))) == "Lüfter\n"


def test_encoding_that_is_named_counts_before_what_the_bytes_show():
    data = "Ł;1\n".encode("cp1250")
    assert text_of(Source("lista.csv", data), "cp1250") == "Ł;1\n"
    assert text_of(Source("lista.csv", data)) != "Ł;1\n"


def test_encoding_that_does_not_fit_is_named_with_the_byte():
    with pytest.raises(FormatError, match=r"is not utf-8 \(byte 2 does not fit\)"):
        text_of(Source("liste.csv", b"L\xfcfter"), "utf-8")


def test_unknown_encoding_is_named():
    with pytest.raises(FormatError, match="no encoding 'klingon'"):
        text_of(Source("liste.csv", b"x"), "klingon")


@pytest.mark.parametrize("encoding", [None, "utf-8"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_is_one_line_end(end, encoding):
    data = LIST.replace("\n", end).encode()
    assert text_of(Source("liste.csv", data), encoding) == LIST


@pytest.mark.parametrize(
    ("magic", "what"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00", "PNG picture"),
        (b"%PDF-1.7\n", "PDF"),
        (gzip.compress(b"Item,Qty\n", mtime=0), "gzip archive"),
        (b"\xff\xd8\xff\xe0", "JPEG picture"),
        (b"\x7fELF\x02", "program"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Excel file"),
        (b"SQLite format 3\x00", "database"),
        (b"MZ\x90\x00\x03", "Windows program"),
    ],
)
def test_file_of_another_kind_is_refused_by_its_name(magic, what):
    with pytest.raises(FormatError, match=f"parts.csv is an? {what}") as caught:
        text_of(Source("parts.csv", magic))
    assert caught.value.hint


@pytest.mark.parametrize("letters", ["MZ-77E4T0B", "BZh"])
def test_part_number_that_begins_like_a_program_is_text(letters):
    assert text_of(Source("parts.csv", f"{letters},1\n".encode())) == f"{letters},1\n"


@pytest.mark.parametrize("data", [b"", b" \n\t", b"\r\n"])
def test_empty_file_is_refused(data):
    with pytest.raises(FormatError, match="is empty"):
        text_of(Source("parts.csv", data))


def test_zero_bytes_are_no_text():
    with pytest.raises(FormatError, match="binary file"):
        text_of(Source("parts.csv", b"Item\x00,Qty\x00\x00\n" * 3))


def test_huge_file_is_refused_by_its_size_before_it_is_read(tmp_path):
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(2 * 2**30)
    with pytest.raises(FileAccessError, match=r"has 2,147 MB, which is more than the 64 MiB"):
        load(path)


def test_file_of_the_largest_size_is_read_and_one_byte_more_is_not(tmp_path):
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(FileAccessError):
        load(path)
    os.truncate(path, MAX_BYTES)
    assert len(load(path).data) == MAX_BYTES


def test_standard_input_without_an_end_is_refused():
    class Endless(io.RawIOBase):
        def readable(self):
            return True

        def readinto(self, buffer):
            buffer[:] = b"x" * len(buffer)
            return len(buffer)

    with pytest.raises(FileAccessError, match="standard input has more than the 64 MiB"):
        load("-", io.BufferedReader(Endless()))


def test_standard_input_is_read_by_its_own_name():
    assert load("-", io.BytesIO(b"Item")) == Source("standard input", b"Item")


def test_pipe_is_read_to_its_end(tmp_path):
    path = tmp_path / "pipe.csv"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(LIST.encode(),))
    writer.start()
    try:
        assert [line.title for line in read_bill(path).lines] == ["Lüfter", "Gehäuse"]
    finally:
        writer.join()


def test_folder_is_refused(tmp_path):
    with pytest.raises(FileAccessError, match="is a folder"):
        load(tmp_path)


def test_missing_file_is_named(tmp_path):
    with pytest.raises(FileAccessError, match=r"there is no file .*none\.csv"):
        load(tmp_path / "none.csv")


@pytest.mark.parametrize("name", ["a\0b.csv", "x" * 5000])
def test_name_that_no_file_can_have_is_refused(name):
    with pytest.raises(FileAccessError):
        load(name)


def test_link_in_a_circle_is_refused(tmp_path):
    path = tmp_path / "loop.csv"
    path.symlink_to(path)
    with pytest.raises(FileAccessError):
        load(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_file_that_may_not_be_read_is_refused(tmp_path):
    path = tmp_path / "secret.csv"
    path.write_text(LIST)
    path.chmod(0)
    with pytest.raises(FileAccessError, match="permission denied"):
        load(path)


@pytest.mark.parametrize(
    ("name", "suffix"),
    [("a.CSV", "csv"), ("b.tar.xlsx", "xlsx"), ("c", ""), ("standard input", "")],
)
def test_suffix_is_in_lower_case_and_without_its_point(name, suffix):
    assert Source(name, b"").suffix == suffix
