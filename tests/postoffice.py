"""Mail servers on loopback: a real one with TLS of a test authority, and one that misbehaves as it is told."""

from __future__ import annotations

import contextlib
import email
import email.policy
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from email.message import EmailMessage
from pathlib import Path

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword
from desk import Desk

HOST = "127.0.0.1"
HANG = "hang"  # a reply that never comes
DRIP = "drip"  # one that comes a letter at a time
CLOSE = "close"  # the connection instead of a reply


def configure(desk: Desk, **mail: object) -> Path:
    """Write the settings [mail] of a desk: nothing waits long, and the file is nobody else's."""
    given = {"from": "Ann Lee <ann@example.com>", "pause": 0, "timeout": 5, **mail}
    lines = [f"{name} = {_toml(value)}" for name, value in given.items()]
    path = desk.home / "config" / "leadcli" / "config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("[mail]\n" + "\n".join(lines) + "\n", "utf-8")
    path.chmod(0o600)
    return path


def _toml(value: object) -> str:
    return str(value) if isinstance(value, int) else "'" + str(value) + "'"


def read(text: bytes | str) -> EmailMessage:
    """A message as a mail program reads it."""
    content = text.encode() if isinstance(text, str) else text
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


class Office:
    """What a server on loopback took: envelopes, and the messages in them."""

    def __init__(self, *, slow: float = 0) -> None:
        self.envelopes: list[Envelope] = []
        self.slow = slow

    @property
    def messages(self) -> list[EmailMessage]:
        return [read(each.content or b"") for each in self.envelopes]

    async def handle_DATA(self, server: SMTP, session: object, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        import asyncio

        await asyncio.sleep(self.slow)
        self.envelopes.append(envelope)
        return "250 taken"


class _Tls(Controller):
    """TLS from the first byte."""

    def factory(self) -> SMTP:
        return SMTP(self.handler, **self.SMTP_kwargs)


@contextlib.contextmanager
def office(
    *, authority: trustme.CA | None = None, tls: bool = False, slow: float = 0, password: str = ""
) -> Iterator[tuple[Office, int]]:
    """A mail server; with an authority it wants STARTTLS, or speaks TLS from the start. Yields it and its port."""
    taken = Office(slow=slow)
    context = None
    if authority:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert(HOST).configure_cert(context)

    def known(server: SMTP, session: object, envelope: object, mechanism: str, data: LoginPassword) -> AuthResult:
        return AuthResult(success=data.password == password.encode(), handled=False)

    more: dict[str, object] = {"authenticator": known, "auth_required": True} if password else {}
    if context and tls:
        server = _Tls(taken, hostname=HOST, port=free_port(), ssl_context=context, **more)
    elif context:
        server = Controller(taken, hostname=HOST, port=free_port(), tls_context=context, require_starttls=True, **more)
    else:
        server = Controller(taken, hostname=HOST, port=free_port(), enable_SMTPUTF8=True, **more)
    server.start()
    try:
        yield taken, server.port
    finally:
        server.stop()


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


class Rude:
    """A server that answers each command with the lines it was given, the last one again and again.

    `said` are the commands it heard. A reply may be HANG, DRIP or CLOSE; "END" is what ends the message.
    """

    def __init__(self, replies: Mapping[str, str | list[str]]) -> None:
        usual = {"BANNER": "220 hello", "EHLO": "250 loopback", "MAIL": "250 ok", "RCPT": "250 ok", "DATA": "354 go on"}
        given = {**usual, "END": "250 taken", "QUIT": "221 bye", **replies}
        self.replies = {verb: [reply] if isinstance(reply, str) else list(reply) for verb, reply in given.items()}
        self.said: list[str] = []
        self.messages: list[bytes] = []
        self.done = threading.Event()
        self.listener = socket.create_server((HOST, 0))
        self.port = int(self.listener.getsockname()[1])
        threading.Thread(target=self._listen, daemon=True).start()

    def __enter__(self) -> Rude:
        return self

    def __exit__(self, *_: object) -> None:
        self.done.set()
        self.listener.close()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                threading.Thread(target=self._talk, args=[connection], daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection, connection.makefile("rb") as heard:
            if not self._answer(connection, "BANNER"):
                return
            for line in heard:
                self.said.append(line.decode().strip())
                verb = line[:4].decode().upper()
                if not self._answer(connection, verb):
                    return
                if verb == "DATA" and not self._message(connection, heard):
                    return

    def _message(self, connection: socket.socket, heard) -> bool:  # type: ignore[no-untyped-def]
        lines = []
        for line in heard:
            if line == b".\r\n":
                self.messages.append(b"".join(lines))
                return self._answer(connection, "END")
            lines.append(line)
        return False

    def _answer(self, connection: socket.socket, verb: str) -> bool:
        replies = self.replies.get(verb, ["502 what?"])
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        if reply == HANG:
            self.done.wait(20)
        if reply in (HANG, CLOSE):
            return False
        if reply == DRIP:
            while not self.done.is_set():
                connection.sendall(b"250-x\r\n")
                time.sleep(0.1)
        connection.sendall(reply.encode() + b"\r\n")
        return True
