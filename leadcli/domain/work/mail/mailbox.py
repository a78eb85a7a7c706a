"""Incoming mail: parses the messages of an .eml file or a mailbox into sender, subject, text, time and files.

The input is untrusted. A malformed part is read as far as possible, or the message is refused with a reason. It never
becomes an internal error.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses, parsedate_to_datetime
from html.parser import HTMLParser
from typing import BinaryIO, NamedTuple

from leadcli.domain.work.attachments import StoredFile, file_name
from leadcli.model.kinds import clean_text
from leadcli.store.store import utc_text

LARGEST = 64 * 1000**2  # bytes of one message
_MOST_PARTS, _LONGEST_BODY = 200, 100_000
_SEPARATOR = re.compile(rb"From \S*.*\d{4}")
_SILENT = ("script", "style", "head", "title")
_BREAKING = ("p", "div", "br", "tr", "li", "h1", "h2", "h3", "table", "blockquote")


class ReceivedMessage(NamedTuple):
    """One message. `at` is UTC, '' when its date cannot be parsed. `automatic` is true for mail sent by a program."""

    id: str
    name: str
    address: str
    subject: str
    body: str
    at: str
    automatic: bool
    files: Sequence[StoredFile]


def read_messages(stream: BinaryIO) -> Iterator[bytes]:
    """The messages of a mailbox (RFC 4155: separated by lines that begin with `From `), or the one of an .eml file.

    A message of more than LARGEST bytes is cut to LARGEST + 1 bytes, so that `parse_message` refuses it.
    """
    lines: list[bytes] = []
    size, boxed, blank = 0, False, True
    for line in stream:
        if blank and _SEPARATOR.match(line) and (boxed or not lines):
            if lines:
                yield b"".join(lines)
            lines, size, boxed, blank = [], 0, True, False
            continue
        blank = not line.strip()
        if size <= LARGEST:
            content = line[1:] if boxed and re.match(rb">+From ", line) else line
            lines.append(content[: LARGEST + 1 - size])
            size += len(content)
    if any(line.strip() for line in lines):
        yield b"".join(lines)


def parse_message(content: bytes) -> ReceivedMessage:
    """Parse a message. Raises ValueError with the reason: no sender, too large, too many or too deeply nested parts."""
    if len(content) > LARGEST:
        raise ValueError(f"is larger than {LARGEST // 1000**2} MB")
    try:
        return _parse_message(content)
    except RecursionError:
        raise ValueError("is nested too deeply") from None


def _parse_message(content: bytes) -> ReceivedMessage:
    mail = message_from_bytes(content, policy=policy.default)
    parts = list(_parts(mail))
    name, address = _sender(mail)
    stamp = _header(mail, "Message-ID").strip()
    return ReceivedMessage(
        stamp[:400] or f"<{hashlib.sha256(content).hexdigest()}@no.message-id>", name, address,
        _text(_header(mail, "Subject")), _body(parts), _moment(_header(mail, "Date")), _is_automatic(mail, address),
        [_file(part, number) for number, part in enumerate(parts, 1) if _is_file(part)],
    )  # fmt: skip


def _parts(mail: EmailMessage) -> Iterator[EmailMessage]:
    """The leaf parts, in order. A forwarded message is one part. Raises ValueError for more than _MOST_PARTS."""
    pending = [mail]
    count = 0
    while pending:
        part = pending.pop(0)
        count += 1
        if count > _MOST_PARTS:
            raise ValueError(f"has more than {_MOST_PARTS} parts")
        inner = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(inner, list):
            pending[:0] = [each for each in inner if isinstance(each, EmailMessage)]
        else:
            yield part


def _header(mail: EmailMessage, name: str) -> str:
    """A header on one line, '' without one. A header that Python cannot parse is returned as it is written."""
    try:
        header = mail[name]
        return re.sub(r"\s*[\r\n]+\s*", " ", str(header)) if header is not None else ""
    except Exception:  # malformed headers raise errors of many kinds there
        raw = next((value for key, value in mail.raw_items() if key.casefold() == name.casefold()), "")
        return re.sub(r"\s*[\r\n]+\s*", " ", str(raw))


def _sender(mail: EmailMessage) -> tuple[str, str]:
    """(display name, address). Raises ValueError when there is no address."""
    senders = [(name, address) for name, address in getaddresses([_header(mail, "From")]) if "@" in address]
    if not senders:
        raise ValueError("has no sender")
    name, address = senders[0]
    name = _text(name).strip("'\" ")
    return ("" if "@" in name else name), _text(address)


def _text(text: str) -> str:
    return clean_text(text.replace("\0", "").encode("utf-8", "replace").decode("utf-8"))


def _moment(date: str) -> str:
    """A date header in UTC, '' when it cannot be parsed."""
    try:
        moment = parsedate_to_datetime(date)
        return utc_text(moment.astimezone()) if 1970 < moment.year < 9000 else ""
    except (ValueError, TypeError, IndexError, OverflowError, OSError):
        return ""


def _is_automatic(mail: EmailMessage, address: str) -> bool:
    """Whether a program sent it: a bounce, an out-of-office note or a newsletter (RFC 3834)."""
    auto_submitted = _header(mail, "Auto-Submitted").strip().casefold()
    precedence = _header(mail, "Precedence").strip().casefold()
    return (
        (bool(auto_submitted) and not auto_submitted.startswith("no"))
        or precedence in ("bulk", "junk", "list", "auto_reply")
        or mail.get_content_type() == "multipart/report"
        or address.casefold().startswith(("mailer-daemon@", "postmaster@"))
    )


def _body(parts: Sequence[EmailMessage]) -> str:
    """The first plain text part, else the first HTML part as text."""
    for kind in ("text/plain", "text/html"):
        for part in parts:
            if part.get_content_type() == kind and not _is_file(part):
                text = _decode(part)
                return clean_text((_html_to_text(text) if kind == "text/html" else text)[:_LONGEST_BODY], lines=True)
    return ""


def _decode(part: EmailMessage) -> str:
    content = part.get_payload(decode=True)
    raw = content if isinstance(content, bytes) else b""
    try:
        text = raw.decode(part.get_content_charset() or "utf-8", "replace")
    except (LookupError, UnicodeError):
        text = raw.decode("utf-8", "replace")
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


class _TextParser(HTMLParser):
    """Collects the visible text of HTML. `silent` counts the open elements whose text is not shown."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in _SILENT
        if tag in _BREAKING:
            self.pieces.append("\n\n" if tag == "p" else "\n")

    def handle_endtag(self, tag: str) -> None:
        self.silent = max(0, self.silent - (tag in _SILENT))

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.pieces.append(re.sub(r"\s+", " ", data))


def _html_to_text(html: str) -> str:
    reader = _TextParser()
    reader.feed(html)
    reader.close()
    lines = (line.strip() for line in "".join(reader.pieces).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _is_file(part: EmailMessage) -> bool:
    """Whether a part is an attachment and no text of the message."""
    try:
        named = part.get_filename()
        attached = part.get_content_disposition() == "attachment"
    except Exception:  # as for headers
        named, attached = None, True
    return bool(named) or attached or part.get_content_maintype() not in ("text", "multipart")


def _file(part: EmailMessage, number: int) -> StoredFile:
    """The file of a part. `number` names it when it has no name."""
    try:
        name = part.get_filename() or ""
    except Exception:
        name = ""
    inner = part.get_payload()
    if isinstance(inner, list):  # a forwarded message
        return StoredFile(
            file_name(name or f"message-{number}.eml"),
            inner[0].as_bytes() if inner and isinstance(inner[0], EmailMessage) else b"",
        )
    content = part.get_payload(decode=True)
    suffix = "" if name else f".{re.sub('[^a-z0-9]', '', part.get_content_subtype())[:10]}"
    return StoredFile(file_name(name or f"part-{number}{suffix}"), content if isinstance(content, bytes) else b"")
