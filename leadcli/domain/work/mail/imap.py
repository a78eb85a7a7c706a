"""Reads mail from an IMAP server (RFC 9051): each message once, by its UID, and the mailbox stays as it is.

The folder is opened read-only and bodies are fetched with PEEK, so that nothing is marked as read. The connection is
verified TLS; without it only to this machine. What was fetched is remembered as UIDVALIDITY and the last UID: where
UIDVALIDITY has changed, the folder is read anew, and messages are known by their Message-ID.
"""

from __future__ import annotations

import base64
import imaplib
import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date
from typing import Any, NamedTuple

from leadcli.domain.work.mail.mailbox import LARGEST
from leadcli.errors import Busy, Failed, LeadError, NotFound, Usage

TLS_PORT, PLAIN_PORT = 993, 143
_HERE = ("localhost", "127.0.0.1", "::1")
_AT_ONCE = 500  # messages whose sizes are asked for together: an answer is a line, and lines have a limit
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_LATER = ("UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "OVERQUOTA")  # response codes of RFC 5530: not now


class Mailbox(NamedTuple):
    """A folder on a server, and whose it is."""

    host: str
    port: int
    user: str
    folder: str

    @property
    def where(self) -> str:
        return f"mail server {self.host}:{self.port}"

    @property
    def key(self) -> str:
        """The name under which a desk remembers how far it was read."""
        return f"imap {self.user}@{self.host}:{self.port}/{self.folder}"


class Position(NamedTuple):
    """How far a folder was read."""

    validity: int = 0
    last: int = 0

    def text(self) -> str:
        return f"{self.validity} {self.last}"


def parse_mailbox(host: str, user: str, folder: str) -> Mailbox:
    """The settings mail.imap_* -> where to read. Raises Usage."""
    match = re.fullmatch(r"\[?([^\s\[\]]+?)\]?(?::(\d{1,5}))?", host)
    if not host or not match or int(match[2] or 1) > 65535:
        what = f"mail.imap_host '{host}' is no host" if host else "mail.imap_host is not set"
        raise Usage(f"{what}.", hint="leadcli config mail.imap_host imap.example.com")
    if not user:
        raise Usage("mail.imap_user is not set.", hint="leadcli config mail.imap_user ann@example.com")
    return Mailbox(match[1], int(match[2] or TLS_PORT), user, folder or "INBOX")


def parse_position(text: str) -> Position:
    """What `Position.text` wrote; the start for anything else."""
    match = re.fullmatch(r"(\d{1,10}) (\d{1,10})", text)
    return Position(int(match[1]), int(match[2])) if match else Position()


class ImapReader:
    """New messages of one folder. `position` moves on with each message, `error` is what broke the reading off."""

    def __init__(self, mailbox: Mailbox, password: Callable[[], str], *, timeout: int) -> None:
        self.mailbox, self.password, self.timeout = mailbox, password, max(1, timeout)
        self.position = Position()
        self.error: LeadError | None = None
        self._client: imaplib.IMAP4 | None = None

    def open(self) -> None:
        """Connect, log in and open the folder read-only. Raises Busy, Failed, NotFound, Usage."""
        self._client = self._connect()
        try:
            with self._translated():
                self._secure_and_log_in(self._client)
                self._select(self._client)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Log out and ignore errors."""
        client, self._client = self._client, None
        if client:
            with suppress(imaplib.IMAP4.error, OSError):
                client.logout()

    def messages(self, position: Position, since: date | None = None) -> Iterator[bytes]:
        """The messages after `position`, those that arrived on `since` or later, one at a time.

        A message that is too large comes as its first LARGEST + 1 bytes, so that the parser refuses it. When the
        connection breaks the iterator ends, and `error` says why.
        """
        client = self._client
        assert client
        try:
            with self._translated():
                validity, following = self._status(client)
                last = position.last if validity == position.validity else 0
                self.position = Position(validity, last)
                for low in range(last + 1, following, _AT_ONCE):
                    yield from self._fetch_range(client, low, min(low + _AT_ONCE, following) - 1, since)
                    self.position = Position(validity, min(low + _AT_ONCE, following) - 1)
        except LeadError as error:
            self.error = error

    def _fetch_range(self, client: imaplib.IMAP4, low: int, high: int, since: date | None) -> Iterator[bytes]:
        for uid in self._uids(client, low, high, since):
            body = self._fetch(client, uid)
            if body is not None:
                yield body
            self.position = Position(self.position.validity, uid)

    def _uids(self, client: imaplib.IMAP4, low: int, high: int, since: date | None) -> list[int]:
        words = ["UID", f"{low}:{high}"]
        if since:
            words += ["SINCE", f"{since.day}-{_MONTHS[since.month - 1]}-{since.year}"]
        lines = _answer(client.uid("SEARCH", *words))
        numbers = sorted(int(word) for line in lines for word in line.split() if word.isdigit())
        return [uid for uid in numbers if low <= uid <= high]  # a range whose end is missing gives the last message

    def _fetch(self, client: imaplib.IMAP4, uid: int) -> bytes | None:
        """One message; None for one that is gone meanwhile."""
        _, answer = client.uid("FETCH", str(uid), f"(BODY.PEEK[]<0.{LARGEST + 1}>)")
        return next((part[1] for part in answer or () if isinstance(part, tuple) and len(part) > 1), None)

    # The connection

    def _connect(self) -> imaplib.IMAP4:
        place = self.mailbox
        try:
            if place.port == PLAIN_PORT:
                return imaplib.IMAP4(place.host, place.port, timeout=self.timeout)
            context = ssl.create_default_context()
            return imaplib.IMAP4_SSL(place.host, place.port, ssl_context=context, timeout=self.timeout)
        except ssl.SSLError as error:
            raise self._tls_error(error) from error
        except imaplib.IMAP4.error as error:
            raise self._refusal(str(error), "takes no connection now") from error
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or str(error) or "it hung up"
            raise Busy(f"{place.where} cannot be reached: {reason.rstrip('.')}.",
                       hint="is it right? leadcli config mail.imap_host") from error  # fmt: skip

    def _secure_and_log_in(self, client: imaplib.IMAP4) -> None:
        place = self.mailbox
        if place.port == PLAIN_PORT and place.host not in _HERE:
            if "STARTTLS" not in client.capabilities:
                raise Failed(f"{place.where} offers no STARTTLS: the password would go unprotected.",
                             hint=f"leadcli config mail.imap_host {place.host}:{TLS_PORT}")  # fmt: skip
            try:
                client.starttls(ssl.create_default_context())
            except ssl.SSLError as error:
                raise self._tls_error(error) from error
        secret = self.password()
        try:
            # Not `login`, which knows ASCII alone.
            client.authenticate("PLAIN", lambda _: b"\0".join([b"", place.user.encode(), secret.encode()]))
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            raise self._refusal(str(error), f"did not let {place.user} in") from None  # a traceback would show it

    def _select(self, client: imaplib.IMAP4) -> None:
        status, answer = client.select(quote_folder(self.mailbox.folder), readonly=True)
        if status != "OK":
            raise NotFound(f"{self.mailbox.where} has no folder '{self.mailbox.folder}': {_text(answer)}.",
                           hint="leadcli config mail.imap_folder INBOX")  # fmt: skip

    def _status(self, client: imaplib.IMAP4) -> tuple[int, int]:
        """UIDVALIDITY and the UID that the next message will get."""
        _, answer = client.status(quote_folder(self.mailbox.folder), "(UIDVALIDITY UIDNEXT)")
        text = _text(answer)
        validity, following = (re.search(rf"{name} (\d+)", text) for name in ("UIDVALIDITY", "UIDNEXT"))
        if not validity or not following:
            raise Failed(f"{self.mailbox.where} does not number its messages: {text}.", hint="another server is needed")
        return int(validity[1]), int(following[1])

    def _refusal(self, text: str, what: str) -> LeadError:
        words = " ".join(text.strip("b'\"").split())[:300]
        sentence = f"{self.mailbox.where} {what}: {words}".rstrip(". ") + "."
        if any(f"[{code}]" in words.upper() for code in _LATER):
            return Busy(sentence, hint="try again later")
        return Failed(sentence, hint="the settings: leadcli config mail.imap_user, mail.imap_password_command")

    def _tls_error(self, error: ssl.SSLError) -> LeadError:
        if isinstance(error, ssl.SSLCertVerificationError):
            return Failed(
                f"the certificate of {self.mailbox.where} cannot be trusted: {error.verify_message.rstrip('.')}.",
                hint="nothing was read; for a certificate authority of your own set SSL_CERT_FILE",
            )
        return Failed(f"{self.mailbox.where} and TLS do not get on: {error.reason or error}.",
                      hint=f"TLS is usually on port {TLS_PORT}: leadcli config mail.imap_host")  # fmt: skip

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Errors of the connection as those of leadcli."""
        try:
            yield
        except TimeoutError as error:
            raise Busy(
                f"{self.mailbox.where} did not answer within {self.timeout} s.", hint="try again later"
            ) from error
        except (imaplib.IMAP4.abort, OSError, EOFError) as error:
            raise Busy(f"the connection to {self.mailbox.where} broke: {str(error)[:200].rstrip('.')}.",
                       hint="try again later; what was read is not read twice") from error  # fmt: skip
        except imaplib.IMAP4.error as error:
            raise self._refusal(str(error), "refused") from error


def quote_folder(name: str) -> str:
    """A folder's name as a quoted string in modified UTF-7 (RFC 3501, 5.1.3): `Größe & Co` -> "Gr&APYA3w-e &- Co"."""
    encoded = re.sub(r"&|[^ -~]+", lambda match: "&-" if match[0] == "&" else _shift(match[0]), name)
    return '"' + encoded.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _shift(text: str) -> str:
    return "&" + base64.b64encode(text.encode("utf-16-be")).decode().rstrip("=").replace("/", ",") + "-"


def _answer(answer: tuple[str, list[Any]]) -> list[bytes]:
    """The lines of an answer; the shapes for none are ('OK', [None]) and ('OK', [b''])."""
    return [line for line in answer[1] or () if isinstance(line, bytes)]


def _text(answer: list[Any]) -> str:
    return " ".join(" ".join(line.decode("utf-8", "replace") for line in answer if isinstance(line, bytes)).split())[
        :300
    ]
