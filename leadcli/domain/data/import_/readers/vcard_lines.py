"""The text of a vCard file: its cards apart, and the folded lines of each joined."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from leadcli.domain.data.import_.readers import decoding
from leadcli.domain.data.import_.readers.byte_source import ByteSource
from leadcli.errors import Usage

_WRAPPER = ("BEGIN:VADDRESSBOOK", "END:VADDRESSBOOK")
_GLUED = re.compile(r"(?<=END:VCARD)[\s\ufeff]*(?=BEGIN:|END:)", re.IGNORECASE)
_MEDIA = re.compile(r"(?:[\w-]+\.)?(?:PHOTO|LOGO|SOUND|KEY)[;:]", re.IGNORECASE)
_AGENT = re.compile(r"(?:[\w-]+\.)?AGENT(?:;[^:]*)?:\s*", re.IGNORECASE)  # a card within a card, of vCard 2.1


class CardText(NamedTuple):
    """The lines of one card, BEGIN to END, or what is wrong with them."""

    lines: list[str]
    error: str = ""


class Cards:
    """The cards of a file, in order. What is wrong with one is its own error: the next one begins at its BEGIN.

    Cards glued together without a line end and those in a wrapper (BEGIN:VADDRESSBOOK) are read. Usage (2) for a file
    that begins with anything else.
    """

    def __init__(self, feed: ByteSource, encoding: decoding.Encoding) -> None:
        self.feed, self.encoding = feed, encoding
        self.lines: list[str] = []
        self.depth = self.size = self.begin = 0
        self.wrapped = False  # within a wrapper, whose own properties are passed over
        self.strays = 0  # lines outside any card, since the last card

    def __iter__(self) -> Iterator[CardText]:
        for number, line in enumerate(decoding.Lines(self.feed, self.encoding), start=1):
            for part in _GLUED.split(line.rstrip("\r\n").removeprefix("\ufeff")) if line.strip() else ():
                yield from self._outside(number, part) if not self.depth else self._inside(number, part)
        if self.depth:
            yield self._broken_card(f"begins on line {self.begin:,} and has no END:VCARD; is the file whole?")

    def _outside(self, number: int, line: str) -> Iterator[CardText]:
        word = line.strip().upper()
        if word == "BEGIN:VCARD":
            self._open(number)
        elif word in _WRAPPER:
            self.wrapped = word.startswith("BEGIN:")
        elif not self.wrapped:
            if not self.begin:
                raise Usage(f"{self.feed.name} is not a vCard file: line {number:,} is outside any card.")
            self.strays += 1
            if self.strays == 1:
                yield CardText([], f"line {number:,} is outside any card")

    def _inside(self, number: int, line: str) -> Iterator[CardText]:
        word = line.rstrip().upper()  # a marker behind a space is a part of the folded line before it
        if word == "BEGIN:VCARD" and not _AGENT.fullmatch(self.lines[-1]):
            yield self._broken_card(f"begins on line {self.begin:,} and has no END:VCARD")
            self._open(number)
            return
        self.depth += (word == "BEGIN:VCARD") - (word == "END:VCARD")
        self.size += len(line)
        if self.size <= decoding.LINE_LIMIT:
            self.lines.append(line)
        if self.depth:
            return
        if self.size > decoding.LINE_LIMIT:
            yield self._broken_card(f"begins on line {self.begin:,} and is longer than {decoding.LINE_LIMIT >> 20} MiB")
        else:
            yield CardText(self.lines)
            self.lines = []

    def _open(self, number: int) -> None:
        self.lines, self.depth, self.size, self.begin, self.strays = ["BEGIN:VCARD"], 1, 0, number, 0

    def _broken_card(self, error: str) -> CardText:
        self.lines, self.depth = [], 0
        return CardText([], error)


def unfold(lines: Sequence[str]) -> Iterator[str]:
    """The logical lines: those that go on after a space, or after the `=` of quoted-printable text, in one.

    Of a picture or sound only the beginning stays, since nobody reads it.
    """
    parts: list[str] = []
    quoted = media = False
    for line in lines:
        if quoted and parts[-1].endswith("="):
            parts.append("\n" + line)
        elif parts and (line[0] in " \t" or (media and ":" not in line)):
            parts += [] if media else [line[1:]]
        else:
            yield from ["".join(parts)] if parts else ()
            media = _MEDIA.match(line) is not None
            parts = [line.partition(":")[0] + ":" if media else line]
            quoted = not media and "quoted-printable" in line.partition(":")[0].casefold()
    yield from ["".join(parts)] if parts else ()
