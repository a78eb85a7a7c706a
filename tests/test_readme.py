"""Plays the README: its console blocks are one session that must go as written."""

from __future__ import annotations

from pathlib import Path

import transcripts


def test_readme_is_true(repository: Path, tmp_path: Path) -> None:
    difference = transcripts.difference(repository / "README.md", tmp_path)
    assert not difference, f"\n{difference}\n\nIf this is right: python tests/transcripts.py --write README.md"
