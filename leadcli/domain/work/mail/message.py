"""Composes mail messages: plain text, optional HTML and files, with headers that are safe from injection.

User text enters a header only through `header_text`, and a recipient only through `check_address`. The serialised
message is parsed again and compared before it is sent, because Python before 3.11.10 does not quote line breaks in a
header (CVE-2024-6923).
"""

from __future__ import annotations

import re
import socket
from collections.abc import Sequence
from datetime import datetime
from email import message_from_string, policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import NamedTuple
from unicodedata import category

from leadcli.errors import Failed, Usage

LONGEST_SUBJECT = 200
# Format characters (category Cf) can reverse or hide text. Joiners stay, because languages and emoji use them.
_JOINERS = "\u200c\u200d"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Attachment(NamedTuple):
    """An attached file. `type` is a MIME type such as text/csv. Text is UTF-8."""

    name: str
    type: str
    content: bytes


class MailText(NamedTuple):
    """The input of a message. `sender` is the setting mail.from, '' leaves it to the sending program.

    `list` names a regular message ("report daily"). `automatic` marks a message that no person wrote. `unsubscribe` is
    a mailto: or web address. `draft` marks a message to be sent by hand from a mail program.
    """

    recipient: str
    subject: str
    text: str
    html: str = ""
    sender: str = ""
    list: str = ""
    automatic: bool = False
    unsubscribe: str = ""
    draft: bool = False
    attachments: Sequence[Attachment] = ()


class Message(NamedTuple):
    """A serialised message (bytes with CRLF) and its envelope. `sender` is '' when the text names none."""

    data: bytes
    sender: str
    recipient: str
    id: str
    subject: str

    @property
    def text(self) -> str:
        """The message as text with line feeds only, for programs and files."""
        return self.data.decode("utf-8").replace("\r\n", "\n")


def compose_message(letter: MailText, *, now: datetime) -> Message:
    """Compose a message. Raises Usage for an invalid address, Failed when the bytes do not parse to the same message.

    Sources: RFC 5322 (headers), 2919 (List-Id), 3834 (Auto-Submitted), 2369 (List-Unsubscribe).
    """
    recipient = check_address(letter.recipient)
    sender = author_address(letter.sender) if letter.sender else None
    domain = sender.domain if sender else _host()
    mail = EmailMessage(policy=policy.SMTP.clone(utf8=not recipient.isascii(), cte_type="7bit"))
    subject = header_text(letter.subject)
    if sender:
        mail["From"] = sender
    mail["To"] = Address(addr_spec=recipient) if recipient.isascii() else recipient
    mail["Subject"] = subject
    mail["Date"] = format_datetime(now.replace(microsecond=0))
    mail["Message-ID"] = make_msgid(domain=domain if domain.isascii() else "localhost")
    for name, value in _optional_headers(letter):
        mail[name] = value
    _fill_message(mail, letter)
    message = Message(mail.as_bytes(), sender.addr_spec if sender else "", recipient, str(mail["Message-ID"]), subject)
    _verify_message(message, mail.keys())
    return message


def check_address(text: str, *, option: str = "") -> str:
    """One valid address with its domain in ASCII. Raises Usage for anything else, also for two addresses."""
    from email_validator import EmailNotValidError, validate_email

    called = f"{option} '{text}'" if option else f"'{text}'"
    if re.search(r"[,;\s]", text.strip()):
        raise Usage(f"{called} is not one e-mail address.", hint="one address at a time; the option may be repeated")
    try:
        address = validate_email(text.strip(), check_deliverability=False)
    except EmailNotValidError as error:
        raise Usage(f"{called}: {error}", hint="write it like ann@example.com") from error
    return f"{address.local_part}@{address.ascii_domain}"


def author_address(text: str) -> Address:
    """`Ann <ann@example.com>` or `ann@example.com` -> an address. Raises Usage otherwise."""
    match = re.fullmatch(r'\s*"?([^"<>]*?)"?\s*<([^<>]+)>\s*', text)
    name, spec = (match[1], match[2]) if match else ("", text)
    spec = check_address(spec, option="mail.from")
    if not spec.isascii():
        raise Usage(f"mail.from '{spec}' has letters before the @ that not every mail server can take.",
                    hint="use an address in ASCII: leadcli config mail.from 'Ann <ann@example.com>'")  # fmt: skip
    return Address(display_name=header_text(name), addr_spec=spec)


def header_text(text: str) -> str:
    """Text that is safe in a header: one line, at most LONGEST_SUBJECT characters, no encoded word, no bidi control.

    >>> header_text("Hi\\r\\nBcc: evil@x.org =?utf-8?q?hi?=")
    'Hi Bcc: evil@x.org = ?utf-8?q?hi? ='
    """
    safe = "".join(_safe_letter(letter) for letter in text[: 4 * LONGEST_SUBJECT])
    line = " ".join(safe.split())
    line = line if len(line) <= LONGEST_SUBJECT else line[: LONGEST_SUBJECT - 1].rstrip() + "…"
    return line.replace("=?", "= ?").replace("?=", "? =")


def _safe_letter(letter: str) -> str:
    kind = category(letter)
    if kind in ("Cc", "Zl", "Zp", "Zs"):
        return " "
    return "" if kind == "Cs" or (kind == "Cf" and letter not in _JOINERS) else letter


def _host() -> str:
    """The host name for a Message-ID. The full name is not looked up, because DNS may take half a minute."""
    name = socket.gethostname()
    return name if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.-]{0,200}", name) else "localhost"


def _optional_headers(letter: MailText) -> list[tuple[str, str]]:
    headers = []
    if letter.automatic:
        headers.append(("Auto-Submitted", "auto-generated"))
    if letter.list:
        words = re.sub(r"[^a-z0-9]+", "-", letter.list.casefold()).strip("-") or "list"
        headers.append(("List-Id", f"leadcli {header_text(letter.list)} <{words}.leadcli.localhost>"))
    if letter.unsubscribe:
        headers.append(("List-Unsubscribe", f"<{unsubscribe_header(letter.unsubscribe)}>"))
    if letter.draft:
        headers.append(("X-Unsent", "1"))
    return headers


def unsubscribe_header(text: str) -> str:
    """The setting mail.unsubscribe. Raises Usage when it is neither a mailto: nor a web address."""
    if not re.fullmatch(r"(mailto:|https?://)[!-;=?-~]{3,500}", text):
        raise Usage(f"mail.unsubscribe '{text}' is neither mailto: nor a web address.",
                    hint="for example: leadcli config mail.unsubscribe mailto:stop@example.com")  # fmt: skip
    return text


def _fill_message(mail: EmailMessage, letter: MailText) -> None:
    mail.set_content(_body(letter.text))
    if letter.html:
        mail.add_alternative(_body(letter.html), subtype="html")
    for each in letter.attachments:
        main, _, sub = each.type.partition("/")
        parameters = {"charset": "utf-8"} if main == "text" else {}
        mail.add_attachment(
            each.content, maintype=main, subtype=sub, filename=header_text(each.name), params=parameters
        )


def _body(text: str) -> str:
    """Text without control characters that ends with one line feed."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").decode("utf-8")
    return _CONTROL.sub("", text).rstrip("\n") + "\n"


def _verify_message(message: Message, names: Sequence[str]) -> None:
    """Raises Failed unless the bytes parse to these header names, this one recipient and this subject."""
    read = message_from_string(message.text, policy=policy.default)
    recipients = [each.addr_spec for each in read["To"].addresses] if "To" in read else []
    subject = "".join(str(read["Subject"] or "").split())
    if (
        list(read.keys()) != list(names)
        or recipients != [message.recipient]
        or subject != "".join(message.subject.split())
    ):
        raise Failed("the message does not read as it was written, so it was not sent.",
                     hint="look at its subject and recipient: add --dry-run")  # fmt: skip


class RecipientRejected(Failed):
    """This message was rejected. The next one may be accepted."""


class OutcomeUnknown(Failed):
    """The message was sent and no reply came, so it is unknown whether it arrived."""
