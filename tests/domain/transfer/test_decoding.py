"""Encodings: marks are honoured, UTF-8 is taken strictly, anything else is refused with its place."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from leadcli.domain.data.import_.readers.open_file import open_source
from leadcli.errors import Usage

TEXT = "name,city\nJörg Müller,Zürich\nŁukasz,Łódź\n"


def read(tmp_path: Path, data: bytes, **options: str) -> tuple[list[str], list[list[str]]]:
    path = tmp_path / "in.csv"
    path.write_bytes(data)
    source = open_source(str(path), **options)
    return source.notes, [list(source.headers), *(list(row.cells) for row in source.rows)]


@pytest.mark.parametrize(
    ("data", "label"),
    [
        (TEXT.encode(), "UTF-8"),
        (TEXT.encode("utf-8-sig"), "UTF-8 with BOM"),
        (TEXT.encode("utf-16"), "UTF-16"),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), "UTF-16"),
        (TEXT.encode("utf-32"), "UTF-32"),
    ],
)
def test_a_byte_order_mark_decides_and_is_no_part_of_the_first_header(tmp_path: Path, data: bytes, label: str) -> None:
    notes, rows = read(tmp_path, data)
    assert rows == [["name", "city"], ["Jörg Müller", "Zürich"], ["Łukasz", "Łódź"]]
    assert label in notes


def test_bytes_that_are_not_utf8_are_refused_with_place_preview_and_remedy(tmp_path: Path) -> None:
    with pytest.raises(Usage) as caught:
        read(tmp_path, b"name,email\nJos\xe9,jose@acme.com\nAda,ada@x.org\nBob,b@x.org\n")
    first, *preview = caught.value.message.splitlines()
    assert first.endswith("in.csv is not UTF-8: byte 14 (line 2) is 0xE9.")
    assert preview == ["       1  name,email", "       2  Jos\\xe9,jose@acme.com", "       3  Ada,ada@x.org"]
    assert caught.value.hint.startswith("--encoding cp1252")


@pytest.mark.parametrize("lines", [10, 2_000, 70_000])
def test_the_byte_offset_counts_from_the_start_of_the_file(tmp_path: Path, lines: int) -> None:
    good = b"name,city\n" + "Zoë,Zürich\n".encode() * lines
    with pytest.raises(Usage, match=rf"byte {len(good) + 2:,} \(line {lines + 2:,}\) is 0xFF"):
        read(tmp_path, good + b"ab\xffc,d\n")


def test_a_character_cut_off_at_the_end_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Usage, match=r"byte 8 \(line 2\) is 0xC3"):
        read(tmp_path, b"name\nAda\xc3")


def test_encoding_reads_what_it_names(tmp_path: Path) -> None:
    assert read(tmp_path, "name\nJosé\n".encode("cp1252"), encoding="cp1252")[1] == [["name"], ["José"]]
    assert read(tmp_path, TEXT.encode("utf-16-le"), encoding="utf-16-le")[1][0] == ["name", "city"]
    assert read(tmp_path, "name\nAda\n".encode("utf-8-sig"), encoding="UTF8")[1] == [["name"], ["Ada"]]


@pytest.mark.parametrize("name", ["klingon", "hex", "rot13", "idna", "utf-7", "unicode_escape", "a\0b", "x" * 300])
def test_an_encoding_that_is_none_of_text_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Usage, match="encoding"):
        read(tmp_path, b"name\nAda\n", encoding=name)


def test_a_wrong_encoding_is_told_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(Usage, match=r"is not cp1252: byte 6 \(line 2\) is 0x81"):
        read(tmp_path, b"name\na\x81b\n", encoding="cp1252")


@pytest.mark.parametrize(
    ("text", "codec"),
    [
        ("name;city\nJosé García;Málaga\nSøren;Århus\nHélène;Nîmes\n", "cp1252"),
        ("name;city\nŽofia;Žilina\nJán Kováč;Košice\nŠimon;Prešov\n", "cp1250"),
        ("name;city\nАнна Петрова;Москва\nИван;Казань\n", "cp1251"),
        ("name;city\nJosé;Málaga\n", "utf-8"),
        ("name;city\nAda;London\n", "utf-8"),
    ],
)
def test_auto_guesses_and_says_so(tmp_path: Path, text: str, codec: str) -> None:
    notes, rows = read(tmp_path, text.encode(codec), encoding="auto")
    assert rows == [line.split(";") for line in text.splitlines()]
    assert ("UTF-8" if codec == "utf-8" else f"guessed to be {codec}") in notes


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"PK\x03\x04" + b"\x14\0\x06\0" * 9, "a zip archive or an Office file"),
        (b"\x1f\x8b\x08\0" * 9, "compressed with gzip"),
        (b"%PDF-1.7\n", "a PDF document"),
        (b"SQLite format 3\0" + b"\x10\0\1\1", "an SQLite database"),
        (bytes(range(256)) * 4, "is a binary file"),
        (b"\x7fELF" + b"\0\1\2\3" * 50, "is a binary file"),
        ("name,city\nAda,London\n".encode("utf-16-le"), "looks like UTF-16 without a byte order mark"),
    ],
)
def test_what_is_no_text_is_refused_by_name(tmp_path: Path, data: bytes, said: str) -> None:
    with pytest.raises(Usage, match=said):
        read(tmp_path, data)
