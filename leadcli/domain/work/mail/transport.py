"""Mail transports: a program such as sendmail or msmtp, or a mail server, chosen by the settings mail.*."""

from __future__ import annotations

import os
import re
import shlex
import stat
import subprocess
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from leadcli.config.settings import SMTP_PASSWORD, Config
from leadcli.domain.work.mail.message import Message, OutcomeUnknown, RecipientRejected
from leadcli.errors import Busy, Failed, LeadError, Usage
from leadcli.store import outbox
from leadcli.store.outbox import FAILED, LATER, SENDING, SENT, UNKNOWN, OutboxEntry
from leadcli.store.store import Store

# EX_TEMPFAIL, EX_UNAVAILABLE and EX_PROTOCOL of sysexits.h: sendmail says "later" by the first, msmtp by the others,
# which it uses for a server's 4xx and for any bad greeting. So the server's own words decide where they are shown.
_LATER_CODES = (75, 69, 76)
_REFUSAL = re.compile(r"server message: 5\d\d\b")


class Transport(Protocol):
    """A transport for mail.

    `where` names it in messages. `handing_over` is true while an interruption leaves the outcome unknown.
    """

    where: str
    handing_over: bool

    def send(self, message: Message) -> None:
        """Send one message. Raises Busy (try again), Failed (never), OutcomeUnknown."""

    def check(self) -> None:
        """Test the transport without sending. Raises Busy, Failed, Usage."""

    def close(self) -> None:
        """Close the connection."""


def choose_transport(config: Mapping[str, Any]) -> Transport:
    """The transport of the settings mail.*. Opens nothing.

    Raises Usage for settings that cannot work, Distrusted for settings in a file that others can write.
    """
    environ = config.environ if isinstance(config, Config) else {}
    if config["mail.transport"] == "sendmail":
        return ProgramTransport(config["mail.command"], timeout=config["mail.timeout"])
    from leadcli.domain.work.mail.smtp import MailServer, ServerAddress

    security, host = config["mail.security"], config["mail.host"]
    usual = {"starttls": 587, "tls": 465, "none": 25}[security]
    place = ServerAddress(host, config["mail.port"] or usual, security, config["mail.user"])
    if not host or place.port > 65535:
        raise Usage(f"mail server {place.name} cannot be: it needs a host and a port up to 65535.",
                    hint="leadcli config mail.host smtp.example.com")  # fmt: skip
    if not config["mail.from"]:
        raise Usage("mail.from is not set, and a mail server wants to know who writes.",
                    hint="leadcli config mail.from 'Ann <ann@example.com>'")  # fmt: skip
    patience = config["mail.timeout"], config["mail.pause"]
    return MailServer(place, lambda: smtp_password(config, environ), timeout=patience[0], pause=patience[1])


class ProgramTransport:
    """A program that reads a message with its recipient from standard input, such as `/usr/sbin/sendmail -t -oi`."""

    def __init__(self, command: str, *, timeout: int) -> None:
        self.where, self.timeout = command, max(1, timeout)
        self.handing_over = False
        try:
            self.words = shlex.split(command)
        except ValueError as error:
            raise Usage(f"mail.command '{command}': {error}.", hint="write it like: msmtp -t") from error
        if not self.words:
            raise Usage("mail.command is empty.", hint="leadcli config mail.command 'msmtp -t'")

    def send(self, message: Message) -> None:
        """Run the program. Raises Busy for an exit code that says later, RecipientRejected for any other, Failed when
        it cannot be run, OutcomeUnknown when it takes too long.
        """
        self.handing_over = True
        try:
            done = subprocess.run(self.words, input=message.text.encode(), capture_output=True, check=False,
                                  timeout=self.timeout)  # fmt: skip
        except subprocess.TimeoutExpired:
            raise OutcomeUnknown(
                f"{self.where} did not end within {self.timeout} s: whether the mail to {message.recipient} left is "
                "unknown.",
                hint="look whether it came; to send it again: --resend-unknown",
            ) from None
        except OSError as error:
            self.handing_over = False
            raise self._missing_program_error(error) from error
        self.handing_over = False
        if done.returncode:
            text = done.stderr.decode("utf-8", "replace")
            lines = [line.strip() for line in text.splitlines() if line.strip()]
            reason = f": {'; '.join(lines)[:300]}" if lines else f" (exit code {done.returncode})"
            is_later = done.returncode in _LATER_CODES and not _REFUSAL.search(text)
            kind = Busy if is_later else RecipientRejected
            raise kind(f"{self.where} did not take the mail to {message.recipient}{reason}.", hint=_LOOK)

    def check(self) -> None:
        """Raises Failed when the program is not on the path."""
        import shutil

        if not shutil.which(self.words[0]):
            raise self._missing_program_error(FileNotFoundError(2, "No such file or directory"))

    def close(self) -> None:
        """Does nothing: no connection is open."""

    def _missing_program_error(self, error: OSError) -> Failed:
        return Failed(
            f"mail cannot leave: {self.words[0]} cannot be run ({error.strerror}).",
            hint="name another program: leadcli config mail.command 'msmtp -t', or a server: mail.transport smtp",
        )


_LOOK = "try the program by hand, or add --dry-run to see the message"


# The password: never an argument, never in the file of settings, never shown


def smtp_password(config: Mapping[str, Any], environ: Mapping[str, str]) -> str:
    """The password from mail.password_command, else LEADCLI_SMTP_PASSWORD, else the keyring.

    Raises Failed when the command or keyring fails, Usage when there is no password.
    """
    return _password(config, "mail.", environ.get(SMTP_PASSWORD, ""))


def imap_password(config: Mapping[str, Any]) -> str:
    """The password from mail.imap_password_command, else the keyring. Raises Failed, Usage."""
    return _password(config, "mail.imap_", "")


def _password(config: Mapping[str, Any], prefix: str, usual: str) -> str:
    setting, user = f"{prefix}password_command", config[f"{prefix}user"]
    command = config[setting]
    password = _command_output(setting, command) if command else usual or _keyring_password(user)
    if not password:
        other = f", or set {SMTP_PASSWORD}" if prefix == "mail." else ""
        raise Usage(f"there is no password for {prefix}user '{user}'.",
                    hint=f"leadcli config {setting} 'pass show mail'{other}")  # fmt: skip
    return password


def _command_output(setting: str, command: str) -> str:
    """The first line that a command prints. Raises Failed."""
    try:
        done = subprocess.run(
            shlex.split(command), stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=True
        )
    except subprocess.CalledProcessError as error:
        complaint = error.stderr.decode("utf-8", "replace").strip().splitlines()
        reason = f": {complaint[-1][:200]}" if complaint else f" (exit code {error.returncode})"
        raise Failed(f"{setting} '{command}' failed{reason}.", hint=_ALONE) from None
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise Failed(f"{setting} '{command}' cannot be run: {_reason(error)}.", hint=_ALONE) from None
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    return lines[0] if lines else ""


_ALONE = "it must work without a terminal and print the password on its first line"


def _reason(error: Exception) -> str:
    return "it took too long" if isinstance(error, subprocess.TimeoutExpired) else str(error)


def _keyring_password(user: str) -> str:
    """The password in the keyring, '' without one or without the package keyring. Raises Failed."""
    try:
        import keyring
    except ImportError:
        return ""
    try:
        return keyring.get_password("leadcli", user) or ""
    except Exception as error:  # each back end raises its own errors; under cron there is often no D-Bus
        raise Failed(f"the keyring cannot be asked for the mail password: {error}.",
                     hint="set mail.password_command instead: cron has no keyring") from error  # fmt: skip


def _has_password_settings(config: Mapping[str, Any]) -> bool:
    """Whether settings for a login are written, also in a file that is not trusted."""
    keys = ("mail.user", "mail.password_command", "mail.imap_user", "mail.imap_password_command")
    return any(config.value(key)[0] if isinstance(config, Config) else config[key] for key in keys)


def exposed_settings_warning(config: Mapping[str, Any], path: Path | None) -> str:
    """A warning when others can read the settings that lead to a password, else ''."""
    if path is None or os.name == "nt" or not _has_password_settings(config):
        return ""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return ""
    return f"{path} can be read by others ({mode:o}): chmod 600 {path}" if mode & 0o077 else ""


__all__ = [
    "FAILED",
    "LATER",
    "SENDING",
    "SENT",
    "UNKNOWN",
    "OutboxEntry",
    "SendOutcome",
    "resendable_states",
    "send_once",
]


class SendOutcome(NamedTuple):
    """The outbox state of a message, whether this run set it (`now`), and the error when it was not sent."""

    state: str
    now: bool
    error: LeadError | None = None


def resendable_states(*, force: bool = False, resend_unknown: bool = False) -> Collection[str]:
    """The outbox states that do not prevent sending.

    A failed message may always be tried again, a sent one with --force, an unknown one with --resend-unknown.
    """
    return {FAILED, LATER, *([SENT] if force else ()), *([UNKNOWN] if resend_unknown else ())}


def send_once(
    store: Store, transport: Transport, message: Message, entry: OutboxEntry, *, over: Collection[str]
) -> SendOutcome:
    """Send a message unless it was sent before or another run is sending it.

    `over` are the states that do not prevent sending. Errors of the transport are returned in the outcome.
    """
    before = outbox.claim_messages(store, entry, over=over)
    if before:
        return SendOutcome(before, False)
    try:
        transport.send(message)
    except LeadError as error:
        state = UNKNOWN if isinstance(error, OutcomeUnknown) else LATER if isinstance(error, Busy) else FAILED
        outbox.settle_message(store, entry.key, state, error=error.message)
        return SendOutcome(state, True, error)
    except BaseException:
        outbox.settle_message(store, entry.key, UNKNOWN if transport.handing_over else LATER, error="interrupted")
        raise
    outbox.settle_message(store, entry.key, SENT)
    return SendOutcome(SENT, True)
