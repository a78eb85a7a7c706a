"""Texts handed to a command in a file, or on standard input."""

from __future__ import annotations

import sys
from pathlib import Path

from leadcli.errors import NotFound, Usage


def text_of(path: str, *, option: str) -> str:
    """The text of a file, or of standard input for -. NotFound for a missing file, Usage for one that is no text."""
    try:
        return sys.stdin.read() if path == "-" else Path(path).read_text("utf-8-sig")
    except FileNotFoundError as error:
        raise NotFound(f"there is no file '{path}'.", hint=f"{option} takes a file, or - for standard input") from error
    except UnicodeDecodeError as error:
        raise Usage(f"{option}: '{path}' is not UTF-8 text.", hint="save it as UTF-8") from error
