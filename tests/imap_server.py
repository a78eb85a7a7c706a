"""A real IMAP server for tests: Debian's dovecot on loopback, with one user and a certificate of a test authority."""

from __future__ import annotations

import contextlib
import getpass
import grp
import os
import pwd
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import trustme
from outside_programs import require_program

HOST, USER, PASSWORD = "127.0.0.1", "ann", "geheimü"
CONFIG = """
protocols = imap
base_dir = {home}/run
log_path = {home}/dovecot.log
state_dir = {home}/state
listen = 127.0.0.1
ssl = yes
ssl_cert = <{home}/server.pem
ssl_key = <{home}/server.key
ssl_dh =
mail_location = maildir:{home}/Maildir
first_valid_uid = 1
first_valid_gid = 1
default_internal_user = {internal}
default_login_user = {login}
default_internal_group = {group}
mail_uid = {uid}
mail_gid = {gid}
auth_mechanisms = plain
disable_plaintext_auth = no
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {tls}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


class ImapServer(NamedTuple):
    """Its ports, the Maildir it serves, and the authority that vouches for it."""

    plain: int
    tls: int
    maildir: Path
    authority: Path

    def deliver(self, name: str, content: bytes, folder: str = "") -> Path:
        """Put a message where dovecot finds it."""
        new = (self.maildir / folder if folder else self.maildir) / "new"
        for each in (new.parent, new, new.parent / "cur", new.parent / "tmp"):
            each.mkdir(parents=True, exist_ok=True)
            _give(each)
        path = new / name
        path.write_bytes(content)
        _give(path)
        return path


def _owner() -> tuple[int, int]:
    """Whose mail it is: dovecot keeps none of root's."""
    nobody = pwd.getpwnam("nobody")
    return (os.getuid(), os.getgid()) if os.getuid() else (nobody.pw_uid, nobody.pw_gid)


def _give(path: Path) -> None:
    if not os.getuid():
        os.chown(path, *_owner())


def _free_port() -> int:
    with socket.socket() as free:
        free.bind((HOST, 0))
        return int(free.getsockname()[1])


@contextlib.contextmanager
def dovecot() -> Iterator[ImapServer]:
    """The server while the block runs; its folder is one that its own users can enter."""
    program = require_program("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    with tempfile.TemporaryDirectory(prefix="dovecot-") as folder, _serve(Path(folder), program) as server:
        yield server


@contextlib.contextmanager
def _serve(home: Path, program: str) -> Iterator[ImapServer]:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(home / "authority.pem")
    issued = authority.issue_cert(HOST)
    issued.cert_chain_pems[0].write_to_path(home / "server.pem")
    issued.private_key_pem.write_to_path(home / "server.key")
    for name in ("run", "state", "Maildir/new", "Maildir/cur", "Maildir/tmp"):
        (home / name).mkdir(parents=True)
    plain, tls = _free_port(), _free_port()
    user = getpass.getuser()
    internal, login = (user, user) if os.getuid() else ("dovecot", "dovenull")  # it refuses to answer strangers as root
    for folder in (home, home / "run", home / "state"):
        folder.chmod(0o755)
    for folder in ("Maildir", "Maildir/new", "Maildir/cur", "Maildir/tmp"):
        _give(home / folder)
    values = {"home": home, "internal": internal, "login": login, "uid": _owner()[0],
              "gid": _owner()[1], "group": grp.getgrgid(os.getgid()).gr_name, "password": PASSWORD,
              "plain": plain, "tls": tls}  # fmt: skip
    (home / "dovecot.conf").write_text(CONFIG.format(**values), "utf-8")
    server = subprocess.Popen([program, "-F", "-c", str(home / "dovecot.conf")], stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE)  # fmt: skip
    try:
        _wait_for(plain, server, home / "dovecot.log")
        yield ImapServer(plain, tls, home / "Maildir", home / "authority.pem")
    finally:
        server.terminate()
        server.wait(30)


def _wait_for(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(200):
        if server.poll() is not None:
            break
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=0.5) as connection:
            if connection.recv(100).startswith(b"* OK"):
                return
        time.sleep(0.05)
    complaint = server.stderr.read().decode() if server.stderr and server.poll() is not None else ""
    raise AssertionError(f"dovecot did not start: {complaint}{log.read_text('utf-8') if log.exists() else ''}")
