"""attach: files in the database - kept, listed, saved without overwriting, removed; names are data."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from pathlib import Path

import pytest
from desk import Desk
from hypothesis import given
from hypothesis import strategies as st

from leadcli.domain.work import attachments


@pytest.fixture
def ada(desk: Desk) -> Desk:
    desk.ok("add", "Ada Lovelace")
    return desk


def test_a_file_comes_back_byte_for_byte(ada: Desk) -> None:
    content = bytes(range(256)) * 50
    ada.file("offer.pdf", content)
    done = ada.run("attach", "1", "offer.pdf")
    assert (done.stdout, done.stderr) == ("F1\n", "Attached offer.pdf to lead 1 as F1.\n")
    assert ada.json("attach", "list", "1") == [
        {"id": "F1", "name": "offer.pdf", "type": "application/pdf", "size": len(content),
         "sha256": hashlib.sha256(content).hexdigest()}
    ]  # fmt: skip
    assert ada.ok("attach", "save", "F1", "-o", "new/folder") == "new/folder/offer.pdf"
    assert (ada.home / "new/folder/offer.pdf").read_bytes() == content
    assert "offer.pdf" in ada.ok("show", "1")


def test_saving_never_overwrites(ada: Desk) -> None:
    ada.file("offer.txt", "mine")
    ada.ok("attach", "1", "offer.txt")
    (ada.home / "out").mkdir()
    os.symlink(ada.home / "elsewhere", ada.home / "out" / "offer.txt")
    ada.file("out/offer-2.txt", "theirs")
    assert ada.ok("attach", "save", "1", "-o", "out") == "out/offer-3.txt"
    assert (ada.home / "out/offer-2.txt").read_text() == "theirs"
    assert not (ada.home / "elsewhere").exists()
    ada.ok("attach", "1", "offer.txt")
    assert ada.ok("attach", "save", "1", "-o", "both").split() == ["both/offer.txt", "both/offer-2.txt"]


def test_equal_contents_are_kept_once(ada: Desk) -> None:
    ada.file("a.txt", "same")
    ada.file("b.txt", "same")
    assert ada.ok("attach", "1", "a.txt", "b.txt").split() == ["F1", "F2"]
    connection = sqlite3.connect(ada.db)
    assert connection.execute("SELECT count(*) FROM attachment_contents").fetchall() == [(1,)]
    connection.close()


def test_only_regular_files_within_the_cap(ada: Desk) -> None:
    ada.file("big", b"x" * 2001)
    os.mkfifo(ada.home / "pipe")
    (ada.home / "folder").mkdir()
    ada.fails(2, "attach", "1", "folder", says="a directory")
    ada.fails(2, "attach", "1", "/dev/null", says="device")
    ada.fails(2, "attach", "1", "pipe", says="pipe")
    ada.fails(3, "attach", "1", "missing", says="no file missing")
    ada.fails(2, "attach", "1", says="which file")
    ada.ok("config", "attach_max", "2kB")
    ada.fails(2, "attach", "1", "big", says=("larger than 2 kB", "attach_max"))
    ada.file("small", b"x" * 2000)
    ada.fails(2, "attach", "1", "small", "big", says="larger")
    assert ada.json("attach", "list", "1") == []
    ada.ok("attach", "1", "small")


def test_removed_files_come_back_with_undo(ada: Desk) -> None:
    ada.file("a.txt", "text")
    ada.ok("log", "1", "see there", "--file", "a.txt")
    assert ada.run("attach", "rm", "F1").stderr == "Removed F1 a.txt. Undo: leadcli undo\n"
    ada.fails(3, "attach", "save", "1", says="no files")
    ada.fails(3, "attach", "rm", "F9", says="F9")
    ada.fails(2, "attach", "rm", "1", says="F5")
    ada.ok("undo")
    ada.ok("attach", "save", "F1", "-o", "out")
    assert (ada.home / "out/a.txt").read_text() == "text"


def test_a_damaged_content_is_said(ada: Desk) -> None:
    ada.file("a.txt", "text")
    ada.ok("attach", "1", "a.txt")
    with sqlite3.connect(ada.db) as connection:
        connection.execute("UPDATE attachment_contents SET content = x'00'")
    connection.close()
    ada.fails(6, "attach", "save", "F1", "-o", "out", says=("damaged", "doctor"))


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("../../x", "x"),
        ("..\\..\\evil.exe", "evil.exe"),
        ("a/b/", "b"),
        ("..", "file"),
        ("a\nb", "a_b"),
        ("", "file"),
        (".bashrc", ".bashrc"),
    ],
)
def test_a_name_is_the_last_part(path: str, name: str) -> None:
    assert attachments.file_name(path) == name


@given(st.text())
def test_a_name_never_leaves_its_folder(path: str) -> None:
    name = attachments.file_name(path)
    assert name not in ("", ".", "..")
    assert Path(name).name == name
    assert 0 < len(name.encode("utf-8")) <= 255


def test_a_hostile_name_in_the_database_stays_in_the_folder(ada: Desk) -> None:
    ada.file("a.txt", "text")
    ada.ok("attach", "1", "a.txt")
    with sqlite3.connect(ada.db) as connection:
        connection.execute("UPDATE attachments SET name = '../../../escaped.txt'")
    connection.close()
    assert ada.ok("attach", "save", "F1", "-o", "deep/er") == "deep/er/escaped.txt"
    assert [path.name for path in ada.home.rglob("escaped.txt")] == ["escaped.txt"]
