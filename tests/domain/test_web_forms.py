"""Web forms: a visitor's words become a lead or stand on the lead they are from, once; robots leave no trace."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from desk import REPOSITORY, Desk, Result
from outside_programs import require_program

ADA = {"Your name": "Ada Lovelace", "Your email": "Ada@Acme.com", "Company": "Acme", "Your message": "Please call",
       "How many seats?": 12}  # fmt: skip


def send(desk: Desk, body: object, *words: str) -> Result:
    text = body if isinstance(body, (str, bytes)) else json.dumps(body)
    return desk.run("inbox", "--form", *words, stdin=text)


@pytest.mark.parametrize("body", [ADA, urllib.parse.urlencode(ADA), json.dumps(ADA, indent=1).encode("utf-8-sig")])
def test_a_stranger_becomes_a_lead(desk: Desk, body: object) -> None:
    result = send(desk, body)
    assert result.stderr == "Added lead 1 (Ada Lovelace) from the form. Undo: leadcli undo\n"
    lead = desk.json("show", "1")
    assert (lead["name"], lead["email"], lead["company"], lead["source"]) == (
        "Ada Lovelace", "Ada@acme.com", "Acme", "Website")  # fmt: skip
    assert lead["description"] == "Please call\nHow many seats?: 12"
    assert desk.run("list", "is:unanswered", "--ids").lines == ["1"]
    desk.ok("undo")
    assert desk.run("list", "is:any", "--count").lines == ["0"]


def test_a_known_one_is_logged_and_the_same_body_is_known(desk: Desk) -> None:
    desk.ok("add", "Ada", "--email", "ada@acme.com", "--company", "Engines")
    assert "Logged the form on lead 1 (Ada)." in send(desk, ADA).stderr
    assert desk.json("show", "1")["company"] == "Engines"
    assert [each["text"] for each in desk.json("activities", "1")] == [
        "Web form\n\nPlease call\nHow many seats?: 12"]  # fmt: skip
    backwards = dict(reversed(ADA.items()))
    result = send(desk, backwards, "--json")
    assert json.loads(result.stdout) == {"new": 0, "logged": 0, "known": 1, "rejected": 0, "leads": []}
    assert len(desk.json("activities", "1")) == 1


def test_a_visitor_says_nothing_about_our_pipeline(desk: Desk) -> None:
    send(desk, {"name": "Eve", "status": "Converted", "owner": "boss", "tags": "vip", "priority": "High", "uid": "x"})
    lead = desk.json("show", "1")
    assert (lead["status"], lead["owner"], lead["tags"]) == ("New", "ann", [])
    assert "status: Converted" in lead["description"]


def test_a_profile_maps_and_a_field_of_robots_drops(desk: Desk) -> None:
    rows = desk.file("a.csv", "fname,mail\nZoe,zoe@acme.com\n")
    desk.ok("import", rows, "--map", "fname=first_name", "--map", "mail=email", "--set", "source=Event",
            "--save-profile", "site")  # fmt: skip
    send(desk, {"fname": "Lea", "mail": "lea@acme.com"}, "--profile", "site")
    lead = desk.json("show", "2")
    assert (lead["first_name"], lead["email"], lead["source"]) == ("Lea", "lea@acme.com", "Event")
    result = send(desk, {"name": "Bot", "email": "bot@acme.com", "Fax": "1"}, "--honeypot", "fax")
    assert (result.returncode, result.both) == (0, "")
    send(desk, {"name": "Person", "email": "p@acme.com", "fax": " "}, "--honeypot", "fax")
    assert desk.run("list", "is:any", "--count").lines == ["3"]


def test_what_cannot_be_read_is_kept_as_text(desk: Desk) -> None:
    result = send(desk, {"name": "Ada", "budget amount": "a lot", "birthday": "spring", "phone": "ring me"})
    assert result.returncode == 0
    assert "spring" in desk.json("show", "1")["description"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("", "is empty"), ("{}", "is empty"), ("[1]", "is JSON, and no object"), ('{"a":', "is no JSON"),
        ("hello", "is neither JSON nor name=value pairs"), (b"a=\xff", "is not UTF-8"),
        ("--x\r\nContent-Disposition: form-data", "is multipart"), ("message=hi", "names nobody"),
        ("email=a@b@c", "has an e-mail that is none: a@b@c"),
        ({"a": {"b": {"c": {"d": {"e": 1}}}}}, "is nested too deeply"),
        ({f"f{number}": "x" for number in range(300)}, "has more than 200 fields"),
        ("name=" + "x" * (1 << 20), "is larger than 1 MiB"),
    ],
)  # fmt: skip
def test_what_is_no_form_is_rejected_with_the_reason(desk: Desk, body: object, says: str) -> None:
    for quiet in ((), ("--quiet",)):
        result = send(desk, body, *quiet)
        assert result.returncode == 4
        assert f"The form was rejected: it {says}" in result.stderr
    assert not desk.db.exists() or desk.run("list", "is:any", "--count").lines == ["0"]


def test_options_of_forms_are_for_forms(desk: Desk) -> None:
    desk.fails(2, "inbox", "x.eml", "--honeypot", "fax", says="--honeypot only means something with --form")
    desk.fails(2, "inbox", "x.eml", "--profile", "site", says="--profile only means something with --form")
    desk.fails(2, "inbox", "x.eml", "--form", says="--form reads standard input")
    desk.fails(2, "inbox", says="which mail?")
    desk.fails(2, "inbox", "--form", "--imap", says="--form and --imap are two sources")
    desk.fails(2, "inbox", "--imap", "x.eml", says="--imap reads a mail server, and no files")


@contextmanager
def web_server(desk: Desk) -> Iterator[str]:
    """A small web server with the CGI script of the examples; its address."""
    scripts = desk.home / "site" / "cgi-bin"
    scripts.mkdir(parents=True)
    shutil.copy(REPOSITORY / "examples" / "contact_form.py", scripts)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [require_program("busybox"), "httpd", "-f", "-p", f"127.0.0.1:{port}", "-h", str(scripts.parent)]
    server = subprocess.Popen(command, cwd=desk.home, env=desk.env)
    try:
        _wait_for(port)
        yield f"http://127.0.0.1:{port}/cgi-bin/contact_form.py"
    finally:
        server.kill()
        server.wait()


def _wait_for(port: int) -> None:
    for _ in range(100):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
            return
        time.sleep(0.05)
    raise AssertionError("the web server did not start")


def test_the_cgi_script_behind_a_real_web_server(desk: Desk) -> None:
    desk.ok("init")
    with web_server(desk) as address:
        with urllib.request.urlopen(address, urllib.parse.urlencode(ADA).encode(), timeout=60) as answer:
            assert "Thank you" in answer.read().decode()
        urllib.request.urlopen(address, b"name=Bot&email=bot@acme.com&fax=1", timeout=60).close()
        with pytest.raises(urllib.error.HTTPError, match="400"):
            urllib.request.urlopen(address, b"message=hi", timeout=60)
    assert [lead["name"] for lead in desk.json("list", "is:any")] == ["Ada Lovelace"]


@pytest.mark.parametrize("is_http", [True, False])
def test_the_relay_of_a_webhook(desk: Desk, is_http: bool) -> None:
    body = json.dumps(ADA)
    request = f"POST /hook HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n{body}" if is_http else body
    script = str(REPOSITORY / "examples" / "webhook.sh")
    result = desk.command(["bash", script], stdin=request)
    assert result.returncode == 0, result.both
    assert result.stdout.startswith("HTTP/1.1 204") == is_http
    assert desk.json("show", "1")["name"] == "Ada Lovelace"
    assert desk.command(["bash", script], stdin="message=hi").returncode == 4
    assert Path(script).stat().st_mode & 0o111
