"""How mail leaves through a program, and where a password comes from."""

from __future__ import annotations

import sys
import types

import pytest
from desk import Desk
from postoffice import HOST, Rude, configure, free_port, read

from leadcli.domain.work.mail import transport
from leadcli.domain.work.mail.smtp import MailServer, ServerAddress
from leadcli.errors import Busy, Failed, Usage

REPORT = ("report", "pipeline", "--email", "bob@example.com")
SETTINGS = {"mail.user": "ann", "mail.password_command": ""}


@pytest.fixture
def leads(desk: Desk) -> Desk:
    desk.ok("add", "Ada Lovelace", "--email", "ada@acme.com")
    return desk


def program(desk: Desk, script: str, **more: object) -> None:
    """Let mail leave through a shell script of this content."""
    configure(desk, command=f"sh {desk.file('sendmail.sh', script)}", **more)


def test_a_program_takes_the_message(leads: Desk) -> None:
    program(leads, "cat > taken.eml")
    assert leads.ok(*REPORT, "-q") == ""
    content = (leads.home / "taken.eml").read_bytes()
    assert b"\r" not in content
    assert read(content)["To"] == "bob@example.com"


@pytest.mark.parametrize(
    ("words", "exit_code", "code"),
    [
        ("queue is full", 75, 75),
        ("msmtp: the server did not accept the mail\nmsmtp: server message: 451 later\nmsmtp: no", 69, 75),
        ("msmtp: cannot get initial OK message from server\nmsmtp: server message: 421 busy", 76, 75),
        ("msmtp: cannot get initial OK message from server\nmsmtp: server message: 550 blocked", 76, 1),
        ("msmtp: recipient not accepted by the server\nmsmtp: server message: 550 no such user", 65, 1),
        ("service is down", 69, 75),
    ],
)  # fmt: skip
def test_a_program_that_says_later_or_never(words: str, exit_code: int, code: int, leads: Desk) -> None:
    leads.file("words.txt", words + "\n")
    program(leads, f"cat > /dev/null; cat words.txt >&2; exit {exit_code}")
    shown = leads.fails(code, *REPORT, says="; ".join(words.splitlines()))
    assert not shown.stdout


def test_a_program_that_fails(leads: Desk) -> None:
    program(leads, "exit 67")
    leads.fails(1, *REPORT, says=("bob@example.com", "exit code 67"))
    program(leads, "cat > taken.eml")
    leads.ok(*REPORT)


def test_a_program_that_is_not_there(leads: Desk) -> None:
    configure(leads, command="/nowhere/sendmail -t")
    leads.fails(1, *REPORT, says=("/nowhere/sendmail", "mail.command"))
    configure(leads, command=" ")
    leads.fails(2, *REPORT, says="mail.command is empty")


def test_a_program_that_never_ends_leaves_the_end_unknown(leads: Desk) -> None:
    configure(leads, command="sleep 30", timeout=1)
    leads.fails(1, *REPORT, says=("within 1 s", "--resend-unknown"))
    leads.fails(1, *REPORT, says="--resend-unknown")


def test_settings_that_others_may_read_are_told_of(leads: Desk) -> None:
    path = configure(leads, command=f"sh {leads.file('sendmail.sh', 'cat > taken.eml')}", user="ann")
    assert leads.run(*REPORT, "-q").stderr == ""
    path.chmod(0o644)
    assert "chmod 600" in leads.run(*REPORT, "-q", "--force").stderr


def test_a_password_command_beats_the_environment() -> None:
    command = f'{sys.executable} -c \'print("first"); print("second")\''
    found = {**SETTINGS, "mail.password_command": command}
    assert transport.smtp_password(found, {"LEADCLI_SMTP_PASSWORD": "other"}) == "first"
    assert transport.smtp_password(SETTINGS, {"LEADCLI_SMTP_PASSWORD": "other"}) == "other"


def test_a_password_command_that_fails_says_why_and_not_what() -> None:
    command = "sh -c 'echo s3cret; echo no key >&2; exit 2'"
    with pytest.raises(Failed) as error:
        transport.smtp_password({**SETTINGS, "mail.password_command": command}, {})
    assert "no key" in error.value.message
    with pytest.raises(Failed):
        transport.smtp_password({**SETTINGS, "mail.password_command": "/nowhere/pass"}, {})
    with pytest.raises(Usage):
        transport.smtp_password({**SETTINGS, "mail.password_command": "true"}, {})


def test_a_keyring_is_asked_last(monkeypatch: pytest.MonkeyPatch) -> None:
    ring = types.ModuleType("keyring")
    ring.get_password = lambda service, user: f"{service} {user}"  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", ring)
    assert transport.smtp_password(SETTINGS, {}) == "leadcli ann"

    def locked(service: str, user: str) -> str:
        raise RuntimeError("no D-Bus")

    ring.get_password = locked  # type: ignore[attr-defined]
    with pytest.raises(Failed) as error:
        transport.smtp_password(SETTINGS, {})
    assert "no D-Bus" in error.value.message
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(Usage):
        transport.smtp_password(SETTINGS, {})


def test_a_check_sends_nothing() -> None:
    transport.ProgramTransport("sh -c 'exit 1'", timeout=1).check()
    with pytest.raises(Failed):
        transport.ProgramTransport("/nowhere/sendmail -t", timeout=1).check()
    with Rude({}) as rude:
        MailServer(ServerAddress(HOST, rude.port, "none", ""), str, timeout=1, pause=0).check()
        assert not rude.messages
    with pytest.raises(Busy) as error:
        MailServer(ServerAddress(HOST, free_port(), "none", ""), str, timeout=1, pause=0).check()
    assert HOST in error.value.message
