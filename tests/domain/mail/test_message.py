"""Messages: what is in them, and that nothing gets into their headers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from postoffice import read

from leadcli.domain.work.mail.message import (
    LONGEST_SUBJECT,
    Attachment,
    MailText,
    Message,
    author_address,
    check_address,
    compose_message,
    header_text,
    unsubscribe_header,
)
from leadcli.errors import Usage

NOW = datetime(2026, 11, 22, 9, 0, 0, 123, tzinfo=UTC)
PLAIN = ["From", "To", "Subject", "Date", "Message-ID", "Content-Type", "Content-Transfer-Encoding", "MIME-Version"]
# What Python before 3.11.10 turns into a header of its own (CVE-2024-6923).
SMUGGLED = "=?utf-8?q?hi=0ABcc=3A_evil=40x.org?="
HOSTILE = [
    SMUGGLED,
    "hi\r\nBcc: evil@x.org",
    "hi\nBcc: evil@x.org\n\nbody",
    "hi\u2028Bcc: evil@x.org",
    "=\r?utf-8?q?hi=0ABcc=3A_evil=40x.org?=",
    "\u202egnp.exe",
    "=?utf-8?b?aGkKQmNjOiBldmlsQHgub3Jn?=",
    "é" * 300,
    "x" * 5000,
    "",
]


def composed(letter: MailText) -> Message:
    return compose_message(letter._replace(sender=letter.sender or "Ann <ann@example.com>"), now=NOW)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_subject_stays_a_subject(text: str) -> None:
    message = composed(MailText("bob@example.com", text, "Hello"))
    assert read(message.data).keys() == PLAIN
    assert "=?utf-8?q?hi" not in message.text
    assert [each.addr_spec for each in read(message.data)["To"].addresses] == ["bob@example.com"]


@given(st.text(max_size=300), st.sampled_from(["bob@example.com", "jörg@exämple.com"]))
def test_any_text_in_any_place_adds_no_header(text: str, recipient: str) -> None:
    files = [Attachment(text or "a.csv", "text/csv", b"a,b\n")]
    letter = MailText(
        recipient, text, text, text, f'"{text.translate({34: "", 60: "", 62: ""})}" <ann@example.com>', text
    )
    message = composed(letter._replace(automatic=True, attachments=files, unsubscribe="mailto:stop@example.com"))
    found = read(message.data)
    more = {"List-Id"} if text else set()
    assert set(found.keys()) == {*PLAIN, "Auto-Submitted", "List-Unsubscribe", *more} - {"Content-Transfer-Encoding"}
    assert all(len(line) <= 998 for line in message.data.split(b"\r\n"))
    assert b"\n" not in message.data.replace(b"\r\n", b"")


@given(st.text(alphabet="=?utf-8bq \r\n\t_é\u202e\u200b", max_size=60))
def test_a_heading_is_one_line_without_encoded_words(text: str) -> None:
    found = header_text(text)
    assert "=?" not in found
    assert found.isprintable()
    assert len(found) <= 2 * LONGEST_SUBJECT


def test_a_message_tells_where_it_comes_from() -> None:
    found = read(
        composed(MailText("bob@example.com", "Daily", "x", "<p>x</p>", list="report daily", automatic=True)).data
    )
    assert found["From"] == "Ann <ann@example.com>"
    assert found["Date"] == "Sun, 22 Nov 2026 09:00:00 +0000"
    assert found["Message-ID"].endswith("@example.com>")
    assert found["Auto-Submitted"] == "auto-generated"
    assert found["List-Id"] == "leadcli report daily <report-daily.leadcli.localhost>"
    assert found.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in found.iter_parts()] == ["text/plain", "text/html"]


def test_a_file_goes_along() -> None:
    letter = MailText(
        "bob@example.com", "Numbers", "x", "<p>x</p>", attachments=[Attachment("a b.csv", "text/csv", b"n\n1\n")]
    )
    found = read(composed(letter).data)
    assert [(part.get_filename(), part.get_content()) for part in found.iter_attachments()] == [("a b.csv", "n\n1\n")]
    assert found.get_body(("html",)) is not None


def test_a_text_arrives_as_it_was_written() -> None:
    text = "Grüße 🙂\n\n.\nFrom here on\n" + "long " * 400 + "\nend\x00\x1b[31m\n"
    found = read(composed(MailText("bob@example.com", "x", text)).data).get_content()
    assert found.replace("\r\n", "\n") == text.replace("\x00", "").replace("\x1b", "")


@pytest.mark.parametrize(
    "text",
    [
        "a@x.com, b@y.com",
        "a@x.com;b@y.com",
        "a@x.com b@y.com",
        "a@x.com\nBcc: b@y.com",
        "a@",
        "",
        "Ann <a@x.com>",
        "a@x",
    ],
)
def test_what_is_not_one_address_is_refused(text: str) -> None:
    with pytest.raises(Usage) as error:
        check_address(text, option="--email")
    assert "--email" in error.value.message


def test_a_domain_travels_in_ascii() -> None:
    assert check_address(" bob@exämple.com ") == "bob@xn--exmple-cua.com"


@pytest.mark.parametrize(
    "text", ["Ann", "Ann <ann>", "ann@example.com, bob@example.com", "Ann <a@x.com> <b@x.com>", "jörg@example.com"]
)
def test_an_author_has_one_address(text: str) -> None:
    with pytest.raises(Usage):
        author_address(text)


@pytest.mark.parametrize(("text", "name"), [("ann@example.com", ""), ('"Lee, Ann" <ann@example.com>', "Lee, Ann")])
def test_an_author_may_have_a_name(text: str, name: str) -> None:
    assert (author_address(text).display_name, author_address(text).addr_spec) == (name, "ann@example.com")


@pytest.mark.parametrize(
    "text", ["stop@example.com", "https://x.org/a b", "mailto:a@x.org>\r\nBcc: b@x.org", "ftp://x.org/stop"]
)
def test_an_address_to_unsubscribe_is_a_link(text: str) -> None:
    with pytest.raises(Usage):
        unsubscribe_header(text)
