"""SMTP transport: verified TLS, a time limit for each reply, three attempts while the server answers 4xx.

Until the end of the message is sent nothing was delivered, and the message may be sent again. When the end was sent and
no reply came, the outcome is unknown, and the message is not sent again automatically.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

from leadcli.domain.work.mail.message import Message, OutcomeUnknown, RecipientRejected
from leadcli.errors import Busy, Failed, LeadError, Usage

TRIES = 3
_HERE = ("localhost", "127.0.0.1", "::1")
_DROPPED = (smtplib.SMTPServerDisconnected, OSError)


class ServerAddress(NamedTuple):
    """A mail server. `security` is starttls, tls or none. `user` '' means no login."""

    host: str
    port: int
    security: str
    user: str

    @property
    def name(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class TryLater(Busy):
    """The server answered 4xx, or closed the connection before the message was sent."""


class MailServer:
    """A transport (see transport.py) that reuses its connection. `timeout` and `pause` are seconds."""

    def __init__(self, place: ServerAddress, password: Callable[[], str], *, timeout: int, pause: int) -> None:
        self.place, self.password, self.timeout, self.pause = place, password, max(1, timeout), pause
        self.where = f"mail server {place.name}"
        self.handing_over = False
        self._client: smtplib.SMTP | None = None

    def send(self, message: Message) -> None:
        """Send one message, with up to TRIES attempts. Raises Busy, Failed, RecipientRejected, OutcomeUnknown."""
        for attempt in range(1, TRIES + 1):
            reused = self._client is not None
            try:
                self._deliver(message)
                return
            except TryLater as later:
                self._drop_client()
                if attempt == TRIES:
                    raise Busy(later.message, hint=later.hint) from later
                # A reused connection may only have been idle for too long.
                time.sleep(0 if reused else self.pause * attempt)
            except LeadError:
                self._drop_client()
                raise

    def check(self) -> None:
        """Connect, secure, log in. Raises Busy, Failed, Usage."""
        try:
            self._open_client()
        finally:
            self.close()

    def close(self) -> None:
        """Send QUIT and ignore errors."""
        client, self._client = self._client, None
        if client:
            with suppress(smtplib.SMTPException, OSError):
                client.quit()

    def _drop_client(self) -> None:
        client, self._client = self._client, None
        if client:
            client.close()

    # One message

    def _deliver(self, message: Message) -> None:
        self.handing_over = False
        client = self._open_client()
        options = ["body=8bitmime"] if not message.recipient.isascii() else []
        if not message.recipient.isascii():
            if not client.has_extn("smtputf8"):
                raise RecipientRejected(f"{self.where} cannot write to {message.recipient}: it does not know SMTPUTF8.",
                             hint="use an address in ASCII, or another mail server")  # fmt: skip
            options.append("smtputf8")
        with self._undelivered_on_failure():
            self._accept(client.mail(message.sender, options), message)
            self._accept(client.rcpt(message.recipient), message)
            self._accept(client.docmd("DATA"), message, expected=354)
        self._accept(self._hand_over(client, message), message)

    def _hand_over(self, client: smtplib.SMTP, message: Message) -> tuple[int, bytes]:
        """Send the content after DATA and wait for the final reply. Raises OutcomeUnknown when none comes."""
        self.handing_over = True
        try:
            client.send(re.sub(rb"(?m)^\.", b"..", message.data) + b".\r\n")
            reply = client.getreply()
        except _DROPPED as error:
            raise OutcomeUnknown(
                f"{self.where} took the message to {message.recipient} and hung up without an answer: "
                "whether it arrived is unknown.",
                hint="look whether it came; to send it again: --resend-unknown",
            ) from error
        self.handing_over = False
        return reply

    def _accept(self, reply: tuple[int, bytes], message: Message, *, expected: int = 250) -> None:
        """Raises Busy or RecipientRejected for another reply than `expected`."""
        code, text = reply
        if code == expected or (expected == 250 and code == 251):
            return
        refusal = self._reply_error(code, text, f"did not take the message to {message.recipient}")
        raise refusal if isinstance(refusal, Busy) else RecipientRejected(refusal.message, hint=refusal.hint)

    def _reply_error(self, code: int, text: Any, what: str) -> LeadError:
        """The error for a reply of the server: TryLater for 4xx, else Failed."""
        answer = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
        sentence = f"{self.where} {what}: {code} {' '.join(answer.split())[:300]}".rstrip(". ") + "."
        if 400 <= code < 500 or code == -1:
            return TryLater(sentence, hint="try again later; what was sent is not sent twice")
        return Failed(sentence, hint="nothing was sent; the server's answer says why")

    @contextmanager
    def _undelivered_on_failure(self) -> Iterator[None]:
        """Translate connection errors in a phase in which nothing was delivered yet."""
        try:
            yield
        except smtplib.SMTPServerDisconnected as error:
            raise TryLater(f"{self.where} hung up.", hint="try again later") from error
        except TimeoutError as error:
            raise self._timeout_error() from error
        except OSError as error:
            raise TryLater(f"the connection to {self.where} broke: {error.strerror or error}.", hint=_AGAIN) from error

    def _timeout_error(self) -> Busy:
        return Busy(f"{self.where} did not answer within {self.timeout} s.", hint=_AGAIN)

    # The connection

    def _open_client(self) -> smtplib.SMTP:
        """The open connection, connected and logged in if there is none."""
        if self._client is None:
            self._client = self._connect()
            self._introduce(self._client)
        return self._client

    def _connect(self) -> smtplib.SMTP:
        name = socket.gethostname()
        # smtplib would look up a host name without a domain in DNS, which may take half a minute.
        options: dict[str, Any] = {"timeout": self.timeout, "local_hostname": name if "." in name else "[127.0.0.1]"}
        try:
            if self.place.security == "tls":
                return _TimedSmtpTls(self.place.host, self.place.port, context=ssl.create_default_context(), **options)
            return _TimedSmtp(self.place.host, self.place.port, **options)
        except smtplib.SMTPConnectError as error:
            raise self._reply_error(error.smtp_code, error.smtp_error, "takes no mail now") from error
        except ssl.SSLError as error:
            raise self._tls_error(error) from error
        except TimeoutError as error:
            raise self._timeout_error() from error
        except (smtplib.SMTPException, OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or str(error) or "it hung up"
            raise Busy(f"{self.where} cannot be reached: {reason.rstrip('.')}.",
                       hint="is it running? the settings: leadcli config mail.host, mail.port") from error  # fmt: skip

    def _introduce(self, client: smtplib.SMTP) -> None:
        """EHLO, STARTTLS with the certificate verified, login."""
        try:
            with self._undelivered_on_failure():
                client.ehlo_or_helo_if_needed()
                if self.place.security == "starttls":
                    self._secure(client)
                    client.ehlo()
                if self.place.user:
                    self._log_in(client)
        except smtplib.SMTPHeloError as error:
            self._drop_client()
            raise self._reply_error(error.smtp_code, error.smtp_error, "does not talk to us") from error
        except LeadError:
            self._drop_client()
            raise

    def _secure(self, client: smtplib.SMTP) -> None:
        if not client.has_extn("starttls"):
            raise Failed(
                f"{self.where} offers no STARTTLS: the connection cannot be secured, so nothing was sent.",
                hint="somebody may be listening in; a server with TLS from the start: mail.security tls",
            )
        try:
            code, text = client.starttls(context=ssl.create_default_context())
        except ssl.SSLError as error:
            raise self._tls_error(error) from error
        if code != 220:
            raise self._reply_error(code, text, "refused to secure the connection")

    def _tls_error(self, error: ssl.SSLError) -> LeadError:
        if isinstance(error, ssl.SSLCertVerificationError):
            return Failed(
                f"the certificate of {self.where} cannot be trusted: {error.verify_message.rstrip('.')}.",
                hint="nothing was sent; for a certificate authority of your own set SSL_CERT_FILE",
            )
        return Failed(f"{self.where} and TLS do not get on: {error.reason or error}.",
                      hint="is mail.security right for this port? starttls is usually 587, tls 465")  # fmt: skip

    def _log_in(self, client: smtplib.SMTP) -> None:
        if self.place.security == "none" and self.place.host not in _HERE:
            raise Usage(f"{self.where} would get the password of {self.place.user} unprotected.",
                        hint="leadcli config mail.security starttls")  # fmt: skip
        secret = self.password()
        try:
            client.login(self.place.user, secret)
        except smtplib.SMTPAuthenticationError as error:
            raise self._reply_error(
                error.smtp_code, error.smtp_error, f"did not let {self.place.user} in"
            ) from None  # a traceback would show the password
        except smtplib.SMTPServerDisconnected:
            raise
        except smtplib.SMTPException as error:
            raise Failed(f"{self.where} knows no way to log in: {error}.",
                         hint="without a login: leadcli config unset mail.user") from None  # fmt: skip


_AGAIN = "try again later; is the host right? leadcli config mail.host"


class _TimedSmtp(smtplib.SMTP):
    """Limits the time for a whole reply. The timeout of a socket only limits the time between two bytes."""

    late = False

    def getreply(self) -> tuple[int, bytes]:
        alarm = threading.Timer(self.timeout, self._hang_up)
        alarm.daemon = True
        alarm.start()
        try:
            return super().getreply()
        except smtplib.SMTPServerDisconnected as error:
            if self.late or isinstance(error.__context__, TimeoutError):
                raise TimeoutError("no answer in time") from error
            raise
        finally:
            alarm.cancel()

    def _hang_up(self) -> None:
        self.late = True
        sock = self.sock  # None when the reading thread closed it first
        if sock:
            with suppress(OSError):
                # The shutdown of the TLS socket would drop its TLS state while the other thread reads.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)


class _TimedSmtpTls(_TimedSmtp, smtplib.SMTP_SSL):
    """The same with TLS from the first byte."""
