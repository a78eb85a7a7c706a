"""Where incoming messages stand: one .eml file, an mbox of any variant, a Maildir. Read as a stream, one at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from leadcli.errors import Usage

LARGEST = 64 * 1000**2  # bytes of one message
_LONGEST_LINE = 64 * 1024
_SEPARATOR = re.compile(rb"From \S*.*\d{4}")
_HEADER = re.compile(rb"[!-9;-~]+[ \t]*:|>From ")
_QUOTED = re.compile(rb">+From ")


def is_maildir(path: str) -> bool:
    """Whether the path is a Maildir. Raises Usage for any other folder."""
    folder = Path(path)
    if not folder.is_dir():
        return False
    if not any((folder / name).is_dir() for name in ("cur", "new")):
        raise Usage(f"{path} is a folder, and no Maildir.", hint="a Maildir has folders cur and new; or name the files")
    return True


def maildir_files(path: str) -> list[Path]:
    """The messages of a Maildir in order of their names, those in tmp left out: they are being delivered."""
    files = [each for name in ("cur", "new") for each in (Path(path) / name).glob("*") if each.is_file()]
    return sorted((each for each in files if not each.name.startswith(".")), key=lambda each: each.name)


def read_messages(stream: BinaryIO) -> Iterator[bytes]:
    """The messages of a mailbox, or the one of an .eml file, from a stream that can seek.

    A message begins with a line `From ` that ends in a year, behind a blank line and before a header (RFC 4155). Lines
    `>From ` lose one `>`. A Content-Length (mboxcl) counts when a message or the end follows there. A message of more
    than LARGEST bytes is cut to LARGEST + 1 bytes, so that `parse_message` refuses it.
    """
    lines: list[bytes] = []
    size, is_box, is_blank, is_start, in_header, end = 0, False, True, True, True, 0
    while line := stream.readline(_LONGEST_LINE):
        if is_start and is_blank and (is_box or not lines) and stream.tell() > end and _is_separator(line, stream):
            if lines:
                yield b"".join(lines)
            lines, size, is_box, is_blank, in_header = [], 0, True, False, True
            continue
        was_start, is_start = is_start, line.endswith(b"\n")
        is_blank = was_start and not line.strip()
        if in_header and is_blank and lines:
            in_header, end = False, _declared_end(lines, stream) if is_box else 0
        if is_box and was_start and _QUOTED.match(line):
            if in_header:
                continue
            line = line[1:]
        if (lines or not is_blank) and size <= LARGEST:
            lines.append(line[: LARGEST + 1 - size])
            size += len(line)
    if any(line.strip() for line in lines):
        yield b"".join(lines)


def _is_separator(line: bytes, stream: BinaryIO) -> bool:
    if not _SEPARATOR.match(line):
        return False
    here = stream.tell()
    following = stream.readline(_LONGEST_LINE)
    stream.seek(here)
    return bool(_HEADER.match(following))


def _declared_end(header: list[bytes], stream: BinaryIO) -> int:
    """Where the body ends by its Content-Length, 0 without one or when neither a message nor the end follows there."""
    for line in header:
        if match := re.match(rb"content-length:\s*(\d{1,12})\s*$", line, re.IGNORECASE):
            here = stream.tell()
            stream.seek(here + int(match[1]))
            following = stream.read(200)
            is_past = stream.seek(0, 2) < here + int(match[1])
            stream.seek(here)
            is_end = not is_past and (not following.strip() or _SEPARATOR.match(following.lstrip(b"\r\n")))
            return here + int(match[1]) if is_end else 0
    return 0
