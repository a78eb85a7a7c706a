"""Mail from a real IMAP server: each message once, the mailbox stays as it is, and what goes wrong is said."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk import Desk, Result
from imap_server import HOST, PASSWORD, USER, ImapServer, dovecot
from postoffice import configure

from leadcli.domain.work.mail.imap import Position, parse_position, quote_folder

pytestmark = pytest.mark.slow


def letter(number: int, sender: str = "", extra: str = "") -> bytes:
    head = f"From: {sender or f'P{number} <p{number}@acme.com>'}\nTo: ann@example.com\nSubject: Letter {number}\n"
    dated = f"Message-ID: <{number}@acme.com>\nDate: Fri, 20 Nov 2026 08:00:00 +0000\n{extra}\nHello\n"
    return f"{head}{dated}".encode()


@pytest.fixture(scope="module")
def server() -> Iterator[ImapServer]:
    with dovecot() as running:
        yield running


@pytest.fixture
def folder(server: ImapServer, tmp_path: Path) -> str:
    """A folder of the server that only this test uses."""
    name = f"T{abs(hash(tmp_path)) % 10**8}"
    server.deliver("0", letter(0), f".{name}").unlink()
    return name


@pytest.fixture
def reader(desk: Desk, server: ImapServer, folder: str) -> Desk:
    """A desk whose settings lead to the folder over verified TLS."""
    configure(desk, imap_host=f"{HOST}:{server.tls}", imap_user=USER, imap_folder=folder,
              imap_password_command=f"cat {desk.file('secret', PASSWORD)}")  # fmt: skip
    desk.env["SSL_CERT_FILE"] = str(server.authority)
    return desk


def fetch(desk: Desk, *words: str) -> Result:
    return desk.process("inbox", "--imap", *words)


def names(folder: Path) -> list[str]:
    return sorted(each.name for part in ("new", "cur") for each in (folder / part).glob("*"))


def test_each_message_is_taken_once_and_the_mailbox_stays(reader: Desk, server: ImapServer, folder: str) -> None:
    for number in range(1, 4):
        server.deliver(f"{number}", letter(number), f".{folder}")
    assert "Read 3 messages: 3 new leads" in fetch(reader).stderr
    assert not [name for name in names(server.maildir / f".{folder}") if name.endswith("S")]  # none is marked as read
    assert "Read 0 messages" in fetch(reader).stderr
    server.deliver("4", letter(4, "P1 <p1@acme.com>"), f".{folder}")
    numbers = json.loads(fetch(reader, "--json").stdout)
    assert (numbers["new"], numbers["logged"], numbers["known"]) == (0, 1, 0)
    reader.ok("undo")
    assert "Read 0 messages" in fetch(reader).stderr  # undone is not fetched again
    assert reader.run("list", "is:any", "--count").lines == ["3"]


def test_a_folder_made_anew_is_read_anew_and_known_by_message_id(reader: Desk, server: ImapServer, folder: str) -> None:
    server.deliver("1", letter(1), f".{folder}")
    fetch(reader)
    for path in (server.maildir / f".{folder}").glob("dovecot*"):
        path.unlink()
    server.deliver("2", letter(2), f".{folder}")
    assert "1 new lead, 0 logged, 1 known already" in fetch(reader).stderr


def test_a_big_message_is_rejected_in_bounded_memory_and_the_rest_is_taken(
    reader: Desk, server: ImapServer, folder: str
) -> None:
    server.deliver("1", letter(1) + b"x" * 70_000_000, f".{folder}")
    server.deliver("2", letter(2), f".{folder}")
    result = fetch(reader)
    assert result.returncode == 4
    assert "message 1 is larger than 64 MB" in result.stderr
    assert "1 new lead" in result.stderr


def test_since_leaves_out_what_arrived_before(reader: Desk, server: ImapServer, folder: str) -> None:
    server.deliver("1", letter(1), f".{folder}")
    assert "Read 0 messages" in fetch(reader, "--since", "2099-01-01", "--today", "2099-06-01").stderr


def test_a_folder_with_letters_of_all_kinds(reader: Desk, server: ImapServer) -> None:
    server.deliver("1", letter(1), ".Gr&APYA3w-e &- Co")
    reader.ok("config", "mail.imap_folder", "Größe & Co")
    assert "1 new lead" in fetch(reader).stderr


@pytest.mark.parametrize(
    ("setting", "value", "code", "says"),
    [
        ("mail.imap_password_command", "echo wrong", 1, "did not let ann in: [AUTHENTICATIONFAILED]"),
        ("mail.imap_folder", "Nowhere", 3, "has no folder 'Nowhere'"),
        ("mail.imap_host", "127.0.0.1:9", 75, "cannot be reached"),
        ("mail.imap_host", "", 2, "mail.imap_host is not set"),
        ("mail.imap_host", "a b", 2, "mail.imap_host 'a b' is no host"),
        ("mail.imap_user", "", 2, "mail.imap_user is not set"),
        ("mail.imap_password_command", "", 2, "there is no password for mail.imap_user"),
    ],
)
def test_what_goes_wrong_is_said(reader: Desk, setting: str, value: str, code: int, says: str) -> None:
    reader.ok("config", setting, value)
    result = fetch(reader)
    assert (result.returncode, says in result.stderr) == (code, True), result.both
    assert len(result.stderr.strip().splitlines()) <= 2


def test_a_certificate_of_nobody_is_refused(reader: Desk) -> None:
    reader.env.pop("SSL_CERT_FILE")
    result = fetch(reader)
    assert result.returncode == 1
    assert "cannot be trusted" in result.stderr


@pytest.mark.parametrize("greeting", [b"* BYE [UNAVAILABLE] later\r\n", b""])
def test_a_server_that_is_not_there_now_is_asked_later(reader: Desk, greeting: bytes) -> None:
    """Port 143 of this machine needs no TLS; here one that hangs up."""
    with socket.create_server((HOST, 0)) as listening:
        port = listening.getsockname()[1]

        def hang_up() -> None:
            connection, _ = listening.accept()
            connection.sendall(greeting)
            connection.close()

        threading.Thread(target=hang_up, daemon=True).start()
        reader.ok("config", "mail.imap_host", f"{HOST}:{port}")
        assert fetch(reader).returncode in (1, 75)


def test_what_came_before_a_break_is_taken(reader: Desk, server: ImapServer, folder: str) -> None:
    """A relay cuts the connection in the middle of the second message; the next run takes the rest."""
    server.deliver("1", letter(1), f".{folder}")
    server.deliver("2", letter(2) + b"x" * 3_000_000, f".{folder}")
    with socket.create_server((HOST, 0)) as listening:
        relay = threading.Thread(target=_relay, args=(listening, server.tls, 1_000_000), daemon=True)
        relay.start()
        reader.ok("config", "mail.imap_host", f"{HOST}:{listening.getsockname()[1]}")
        result = fetch(reader)
    assert result.returncode == 75
    assert "broke" in result.stderr
    assert "1 new lead" in result.stderr
    reader.ok("config", "mail.imap_host", f"{HOST}:{server.tls}")
    assert "1 new lead, 0 logged, 1 known already" in fetch(reader).stderr  # another port is another server


def _relay(listening: socket.socket, port: int, most: int) -> None:
    """Pass one connection on, and cut it after so many bytes from the server."""
    client, _ = listening.accept()
    target = socket.create_connection((HOST, port))

    def up() -> None:
        while data := client.recv(65536):
            target.sendall(data)

    threading.Thread(target=up, daemon=True).start()
    passed = 0
    while passed < most and (data := target.recv(65536)):
        client.sendall(data)
        passed += len(data)
    for each in (client, target):
        each.shutdown(socket.SHUT_RDWR)
        each.close()


def test_it_runs_as_cron_does(reader: Desk, server: ImapServer, folder: str) -> None:
    server.deliver("1", letter(1), f".{folder}")
    result = reader.bash('env -i HOME="$HOME" PATH="$PATH" SSL_CERT_FILE="$SSL_CERT_FILE" LEADCLI_DB="$LEADCLI_DB" '
                         'XDG_CONFIG_HOME="$XDG_CONFIG_HOME" leadcli -q inbox --imap')  # fmt: skip
    assert (result.returncode, result.stderr) == (0, "")
    assert reader.run("list", "is:any", "--count").lines == ["1"]


@pytest.mark.parametrize(
    ("name", "quoted"),
    [("INBOX", '"INBOX"'), ("My Folder", '"My Folder"'),
     ("Größe & Co", '"Gr&APYA3w-e &- Co"'), ('a"b\\', '"a\\"b\\\\"'),
     ("日本語", '"&ZeVnLIqe-"')],
)  # fmt: skip
def test_names_of_folders_are_quoted(name: str, quoted: str) -> None:
    assert quote_folder(name) == quoted


@pytest.mark.parametrize("text", ["", "x", "1", "1 2 3", "-1 2"])
def test_a_damaged_position_is_the_start(text: str) -> None:
    assert parse_position(text) == Position()
    assert parse_position(Position(7, 9).text()) == Position(7, 9)
