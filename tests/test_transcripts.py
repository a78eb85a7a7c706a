"""Plays every golden session of tests/transcripts."""

from __future__ import annotations

from pathlib import Path

import pytest
import transcripts

FILES = sorted(transcripts.FOLDER.glob("*.txt"))


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
def test_session_goes_as_written(path: Path, tmp_path: Path) -> None:
    difference = transcripts.difference(path, tmp_path)
    assert not difference, f"\n{difference}\n\nIf this is right: python tests/transcripts.py --write {path}"


@pytest.mark.parametrize(
    ("line", "argv"),
    [
        ("leadcli list 'value>5000' --count", ["list", "value>5000", "--count"]),
        ('leadcli add "Ada Lovelace" --set a=b', ["add", "Ada Lovelace", "--set", "a=b"]),
        ("leadcli list value>5000", None),
        ('leadcli show "$id"', None),
        ("LEADCLI_ME=bob leadcli list", None),
        ("leadcli list | head -1", None),
        ("# a remark", None),
    ],
)
def test_only_plain_lines_bypass_bash(line: str, argv: list[str] | None) -> None:
    assert transcripts.words(line) == argv


def test_a_changed_output_is_found(tmp_path: Path) -> None:
    session = tmp_path / "session.txt"
    session.write_text("A title.\n\n$ printf 'one\\n\\ntwo\\n'; exit 3\none\n\n2\n[exit 3]\n\n$ # a remark\n", "utf-8")
    home = tmp_path / "home"
    home.mkdir()
    changed = [line for line in transcripts.difference(session, home).splitlines()[2:] if line[0] in "+-"]
    assert changed == ["-2", "+two"]
