"""Bytes to text: which encoding, decoded strictly, in lines of bounded length.

A byte order mark decides; without one UTF-8 is taken strictly and anything else is refused with the place of the first
bad byte, because a guess between 8-bit character sets is wrong often and silently. `auto` guesses, on request only.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from leadcli.domain.data.import_.readers.byte_source import ByteSource
from leadcli.errors import Usage

LINE_LIMIT = 8 << 20  # characters in a line or a value: far above any lead, far below what would hurt
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8 with BOM"),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_STRANGERS = (
    (b"PK\x03\x04", "a zip archive or an Office file", "an Excel file must be named .xlsx; else save it as CSV"),
    (b"\xd0\xcf\x11\xe0", "an old Excel file", "save it as .xlsx or CSV"),
    (b"SQLite format 3\0", "an SQLite database", "to open a desk: leadcli --db FILE list"),
    (b"%PDF-", "a PDF document", "leads come from CSV, JSON, vCard or .xlsx"),
    (b"\x1f\x8b", "compressed with gzip", "unpack it first: gunzip -c FILE | leadcli import -"),
)
_CONTROLS = bytes(code for code in range(32) if code not in b"\t\n\v\f\r\x1b")
_NO_CHARACTER_SETS = ("idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape", "utf-7")
_TYPICAL_LETTERS = {  # bytes that stand between letters in one code page and hardly ever in the others
    "cp1251": re.compile(rb"[\xc0-\xff]{4,}"),
    "cp1250": re.compile(rb"(?<=[A-Za-z])[\x9a\x9d-\x9f\xb3\xb9\xbe\xbf](?=[A-Za-z])|[\x8a\x8e](?=[a-z])"),
}


class Encoding(NamedTuple):
    """`codec` is Python's name, `label` the name shown to people."""

    codec: str
    label: str

    def sample(self, head: bytes) -> str:
        """The beginning of the text, for looking at only: what does not decode is replaced."""
        try:
            return codecs.getincrementaldecoder(self.codec)("replace").decode(head)
        except UnicodeError:  # UTF-16 without its mark; reading the rows will say so
            return ""


def choose(feed: ByteSource, requested: str | None = None) -> Encoding:
    """The encoding of a text input. Usage (2) for an unknown encoding and for what is no text at all."""
    head = feed.head()
    marked = next((Encoding(codec, label) for mark, codec, label in _MARKS if head.startswith(mark)), None)
    named = _look_up_encoding(requested, marked) if requested and requested.casefold() != "auto" else marked
    if not named or not named.codec.startswith(("utf-16", "utf-32")):
        _refuse_binary(feed.name, head)
    if named:
        return named
    return _guess(feed) if requested else Encoding("utf-8", "UTF-8")


def texts(feed: ByteSource, encoding: Encoding) -> Iterator[str]:
    """The decoded text, block by block. Usage (2) with byte, line and preview for the first byte that is not text."""
    decoder = codecs.getincrementaldecoder(encoding.codec)()
    done = lines = 0
    for block in feed.blocks():
        try:
            yield decoder.decode(block)
        except UnicodeError as error:
            raise _not_text(feed, encoding, error, Reached(done + len(block), lines)) from None
        done += len(block)
        lines += _line_ends(block)
    try:
        yield decoder.decode(b"", final=True)
    except UnicodeError as error:
        raise _not_text(feed, encoding, error, Reached(done, lines)) from None


class Lines:
    """The lines of a text input with their ends (LF, CR LF or a lone CR), none longer than LINE_LIMIT (else Usage).

    `nul` says that the text read so far has a NUL in it.
    """

    def __init__(self, feed: ByteSource, encoding: Encoding) -> None:
        self.nul = False
        self._feed, self._encoding = feed, encoding
        self._block = io.StringIO()

    def __iter__(self) -> Iterator[str]:
        return chain.from_iterable(self._blocks())

    @property
    def last(self) -> str:
        """The line that was given last."""
        end = self._block.tell()
        text = self._block.getvalue()
        begin = max(text.rfind("\n", 0, end - 1), text.rfind("\r", 0, max(end - 2, 0))) + 1
        return text[begin:end]

    def _blocks(self) -> Iterator[Iterable[str]]:
        """Blocks of many lines, so that the lines are split in C and not in a Python loop."""
        held: list[str] = []  # the beginning of a line that goes on in the next text
        size = count = 0
        carried = ""
        for text in texts(self._feed, self._encoding):
            self.nul = self.nul or "\0" in text
            text = carried + text
            # A CR at the very end may be the first half of CR LF: it waits for the next text.
            carried = "\r" if text.endswith("\r") else ""
            end = max(text.rfind("\n"), text.rfind("\r", 0, len(text) - len(carried))) + 1
            if end:
                self._block = io.StringIO("".join([*held, text[:end]]), newline="")
                yield self._block
                held, size = [], 0
                count += _line_ends(text[:end])
            held.append(text[end : len(text) - len(carried)])
            size += len(held[-1])
            if size > LINE_LIMIT:
                raise Usage(
                    f"{self._feed.name}: line {count + 1:,} is longer than {LINE_LIMIT >> 20} MiB.",
                    hint="check the file: its line ends may be lost",
                )
        self._block = io.StringIO("".join([*held, carried]), newline="")
        yield self._block


class Reached(NamedTuple):
    """How far reading came: bytes in all, and line ends before the current block."""

    bytes: int
    lines: int


def _line_ends(text: str | bytes) -> int:
    if isinstance(text, bytes):
        return text.count(b"\n") or text.count(b"\r")
    return text.count("\n") or text.count("\r")


def _look_up_encoding(requested: str, marked: Encoding | None) -> Encoding:
    try:
        codec_info = codecs.lookup(requested)
    except (LookupError, ValueError):
        raise Usage(
            f"unknown encoding '{requested}'.", hint="usual ones: utf-8, cp1252, cp1250, utf-16, auto"
        ) from None
    if not getattr(codec_info, "_is_text_encoding", True) or codec_info.name in _NO_CHARACTER_SETS:
        raise Usage(
            f"'{requested}' is not an encoding of text.", hint="usual ones: utf-8, cp1252, cp1250, utf-16, auto"
        )
    if codec_info.name == "utf-8" and marked and marked.codec == "utf-8-sig":
        return marked
    return Encoding(codec_info.name, codec_info.name)


def _refuse_binary(name: str, head: bytes) -> None:
    for start, what, hint in _STRANGERS:
        if head.startswith(start):
            raise Usage(f"{name} is {what}, not text.", hint=hint)
    zeros = head.count(0)
    if zeros * 5 > len(head) * 2 and (codec := _unmarked_utf16(head)):
        raise Usage(f"{name} looks like UTF-16 without a byte order mark.", hint=f"--encoding {codec}")
    strange = len(head) - len(head.translate(None, _CONTROLS))
    if strange > 8 and strange * 20 > len(head) and (zeros > 8 or not _utf8(head)):
        raise Usage(f"{name} is a binary file, not text.", hint="leads come from CSV, JSON, vCard or .xlsx")


def _utf8(head: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return True


def _unmarked_utf16(head: bytes) -> str:
    """Western text in UTF-16 has a zero in every other byte: the second of each pair if little-endian."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    return "utf-16-le" if odd > 10 * even else "utf-16-be" if even > 10 * odd else ""


def _not_text(feed: ByteSource, encoding: Encoding, error: UnicodeError, reached: Reached) -> Usage:
    """`error.object` is the undecoded end of the input, so its length from the end gives the place in the file."""
    if not isinstance(error, UnicodeDecodeError):
        return Usage(f"{feed.name} cannot be read as {encoding.label}: {error}.", hint="try --encoding utf-16-le")
    data, start = error.object, error.start
    offset = reached.bytes - len(data) + start
    line = reached.lines + _line_ends(data[:start]) + 1
    preview = [] if encoding.codec.startswith(("utf-16", "utf-32")) else _preview(data, start, line, encoding.codec)
    sentence = f"{feed.name} is not {encoding.label}: byte {offset:,} (line {line:,}) is 0x{data[start]:02X}."
    return Usage(
        "\n".join([sentence, *preview]),
        hint="--encoding cp1252 if it comes from Excel on Windows, or --encoding auto to guess"
        if encoding.codec.startswith("utf")
        else "try another --encoding, such as cp1252, cp1250 or utf-8",
    )


def _preview(data: bytes, start: int, line: int, codec: str) -> list[str]:
    """The bad line between its neighbours, the bytes that are no text as \\xNN."""
    begin = max(data.rfind(b"\n", 0, start), data.rfind(b"\r", 0, start)) + 1
    before = re.split(rb"\r\n|\n|\r", data[:begin])[-2:-1]
    here, *after = re.split(rb"\r\n|\n|\r", data[begin : start + 4096], maxsplit=2)[:2]
    cut = max(0, start - begin - 40)
    shown = [*((line - 1, each[:72]) for each in before), (line, here[cut : cut + 72])]
    shown += [(line + 1, each[:72]) for each in after]
    return [f"  {number:>6,}  {text.decode(codec, 'backslashreplace')}" for number, text in shown]


def _guess(feed: ByteSource) -> Encoding:
    """UTF-8 if all of it is; else charset-normalizer's word if it is installed; else one of three Windows code pages.

    The own rule: runs of four high letters are Cyrillic (cp1251); letters that only Central Europe writes inside words
    are cp1250; everything else cp1252, the commonest.
    """
    sample = _non_ascii_lines(feed)
    if not sample:
        return Encoding("utf-8", "UTF-8")
    try:
        from charset_normalizer import from_bytes
    except ImportError:
        codec = next(
            (codec for codec, letters in _TYPICAL_LETTERS.items() if len(letters.findall(sample)) > 1), "cp1252"
        )
    else:
        best = from_bytes(sample).best()
        codec = best.encoding if best else "cp1252"
    return Encoding(codec, f"guessed to be {codec}")


def _non_ascii_lines(feed: ByteSource) -> bytes:
    """The lines of the input that have a byte above ASCII, up to 64 KiB, or b"" when all of it is UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    lines, valid = b"", True
    feed.rewind()
    for block in feed.blocks():
        if valid:
            try:
                decoder.decode(block)
            except UnicodeDecodeError:
                valid = False
        if not block.isascii() and len(lines) < 1 << 16:
            lines += b"\n".join(line for line in re.split(rb"[\r\n]+", block) if not line.isascii()) + b"\n"
    try:
        valid = valid and decoder.decode(b"", final=True) is not None
    except UnicodeDecodeError:
        valid = False
    feed.rewind()
    return b"" if valid else lines[: 1 << 16]
