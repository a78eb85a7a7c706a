"""What one received message says: its writer, text, ids, and whether a program sent it."""

from __future__ import annotations

import time

import pytest

from leadcli.domain.work.mail.incoming import IncomingMail, parse_message


def parse(headers: str = "", body: str | bytes = "hello\n", *, sender: str = "Ada <ada@acme.example>") -> IncomingMail:
    head = "".join(f"{line}\n" for line in (f"From: {sender}" if sender else "", headers.strip("\n")) if line)
    return parse_message(head.encode() + b"\n" + (body if isinstance(body, bytes) else body.encode()))


def multipart(kind: str, *parts: str) -> str:
    return "".join(f"--b\n{part}\n" for part in parts) + "--b--\n"


PLAIN, HTML = "Content-Type: text/plain\n\n{}\n", "Content-Type: text/html; charset=utf-8\n\n{}\n"
PICTURE = "Content-Type: image/png; name=a.png\nContent-Transfer-Encoding: base64\n\niVBORw0K\n"


@pytest.mark.parametrize(
    ("kind", "parts", "text"),
    [
        ("alternative", [PLAIN.format("plain"), HTML.format("<p>rich</p>")], "plain"),
        ("alternative", [PLAIN.format("  \n "), HTML.format("<p>rich</p>")], "rich"),
        ("alternative", [PLAIN.format(""), HTML.format("")], ""),
        ("alternative", [HTML.format("<p>rich</p>"), PLAIN.format("plain")], "plain"),
        ("alternative", [PLAIN.format("Your program does not show HTML."), HTML.format("<p>" + "long " * 60 + "</p>")],
         ("long " * 60).strip()),
        ("mixed", [PLAIN.format("above"), PICTURE, PLAIN.format("below")], "above\n\nbelow"),
        ("mixed", [HTML.format("<b>above</b>"), PICTURE, PLAIN.format("below"), HTML.format("last")],
         "above\n\nbelow\n\nlast"),
        ("mixed", [PICTURE, PLAIN.format("only below")], "only below"),
        ("related", [HTML.format("see <img src=cid:1 alt=plan>"), PICTURE], "see plan"),
        ("mixed", ['Content-Type: text/plain; name="notes.txt"\n\na file\n', PLAIN.format("the text")], "the text"),
        ("signed", [PLAIN.format("signed"), "Content-Type: application/pgp-signature\n\nxx\n"], "signed"),
    ],
)  # fmt: skip
def test_all_text_of_a_message_is_read_in_its_order(kind: str, parts: list[str], text: str) -> None:
    assert parse(f"Content-Type: multipart/{kind}; boundary=b", multipart(kind, *parts)).text == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ('<a href="https://x.example/offer">our offer</a>', "our offer <https://x.example/offer>"),
        ('<a href="https://x.example/">https://x.example</a>', "https://x.example"),
        ('<a href="mailto:a@x.example">a@x.example</a>', "a@x.example"),
        ('<a href="mailto:a@x.example">write</a>', "write <mailto:a@x.example>"),
        ('<a href="javascript:x()">press</a>', "press"),
        ("<table><tr><td>Name</td><td>Ada</td></tr><tr><th>City</th><td>Rome</td></tr></table>", "Name Ada\nCity Rome"),
        ("<table><tr><td><p>a</p></td><td><p>b</p></td></tr></table>", "a\n\nb"),
        ("<ul><li>one<li>two</ul>", "- one\n- two"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<p>a</p><p>b</p>", "a\n\nb"),
        ("<div>a</div><div>b</div>", "a\nb"),
        ("x<blockquote>quoted<blockquote>twice</blockquote></blockquote>y", "x\n\n> quoted\n>\n>> twice\n\ny"),
        ('<div style="display:none">preheader</div>text', "text"),
        ("<title>t</title><style>p{}</style><script>x()</script>text<!-- no -->", "text"),
        ("a &amp; b&nbsp;&lt;c&gt; &euro;5", "a & b <c> €5"),
        ("<b>bo</b><i>th</i>", "both"),
        ("un<p>closed <b>marks", "un\n\nclosed marks"),
    ],
)
def test_html_is_read_as_a_person_sees_it(html: str, text: str) -> None:
    assert parse("Content-Type: text/html; charset=utf-8", html).text == text


@pytest.mark.parametrize(
    ("charset", "raw", "text"),
    [
        ("gb2312", "朱镕基".encode("gbk"), "朱镕基"),
        ("utf-8", "Grüße".encode("cp1252"), "Grüße"),
        ("iso-8859-1", "Grüße".encode(), "Grüße"),
        ("iso-8859-1", "“5 €”".encode("cp1252"), "“5 €”"),
        ("us-ascii", "Grüße".encode(), "Grüße"),
        ("us-ascii", "Grüße".encode("latin-1"), "Grüße"),
        ("nosuch", "Grüße".encode(), "Grüße"),
        ("x-unknown", "é".encode("cp1252"), "é"),
        ("ks_c_5601-1987", "똠방각하".encode("cp949"), "똠방각하"),
        ("shift_jis", "①髙".encode("cp932"), "①髙"),
        ("koi8-r", "Привет".encode("koi8-r"), "Привет"),
        ("windows-1251", "Привет".encode("cp1251"), "Привет"),
        ("iso-2022-jp", "こんにちは".encode("iso2022_jp"), "こんにちは"),
        ("windows-874", "สวัสดี".encode("cp874"), "สวัสดี"),
        ("utf-16", "Grüße".encode("utf-16"), "Grüße"),
        ("rot13", b"plain", "plain"),
        ("idna", b"plain", "plain"),
        ("'utf-8'", "Grüße".encode(), "Grüße"),
    ],
)  # fmt: skip
def test_a_charset_is_read_as_it_was_meant(charset: str, raw: bytes, text: str) -> None:
    assert parse(f'Content-Type: text/plain; charset="{charset}"', raw).text == text


def test_html_says_its_charset_itself() -> None:
    html = b'<meta http-equiv=Content-Type content="text/html; charset=koi8-r">' + "Привет".encode("koi8-r")
    assert parse("Content-Type: text/html", html).text == "Привет"


def test_flowed_lines_are_joined() -> None:
    assert parse("Content-Type: text/plain; format=flowed", "one \ntwo\n> q \nthree\n").text == "one two\n> q \nthree"


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("Yes.\n\nOn Fri, 20 Nov 2026 Ann wrote:\n> Will you?\n", "Yes."),
        ("Yes.\n\nOn Fri, 20 Nov 2026 at 10:00, Ann Other\n<ann@x.example> wrote:\n> Will you?\n", "Yes."),
        ("Ja.\n\nAm 20.11.2026 um 10:00 schrieb Ann:\n> Kommen Sie?\n", "Ja."),
        ("Oui.\n\nLe ven. 20 nov. 2026 à 10:00, Ann a écrit :\n> Et ?\n", "Oui."),
        ("Yes.\n\n-----Original Message-----\nFrom: Ann\n\nWill you?\n", "Yes."),
        ("Yes.\n________________________________\nFrom: Ann\n\nWill you?\n", "Yes."),
        ("Yes.\n-- \nAda Lovelace\nEngines\n", "Yes."),
        ("> Will you?\nYes.\n> When?\nToday.\n", "> Will you?\nYes.\n> When?\nToday."),
        ("> only a quote\n", "> only a quote"),
        ("On Friday we wrote: a letter\n", "On Friday we wrote: a letter"),
    ],
)
def test_what_is_new_in_a_reply(text: str, reply: str) -> None:
    mail = parse("", text)
    assert (mail.reply, mail.text) == (reply, text.strip())


@pytest.mark.parametrize(
    ("sender", "headers", "writer"),
    [
        ("=?utf-8?q?M=C3=BCller=2C_Eva?= <e@x.example>", "", ("Eva Müller", "e@x.example")),
        ('"=?utf-8?q?J=C3=B6rg?=" <j@x.example>', "", ("Jörg", "j@x.example")),
        ("=?utf-8?q?Ada_=3Cada=40x=2Eexample=3E?=", "", ("Ada", "ada@x.example")),
        ("=?utf-8?b?8J+YgA==?= =?iso-8859-1?q?_Zo=EB?= <z@x.example>", "", ("😀 Zoë", "z@x.example")),
        ("=?utf-8?q?=3D=3Futf-8=3Fq=3Fx=3F=3D?= <n@x.example>", "", ("=?utf-8?q?x?=", "n@x.example")),
        ("Jörg <j@x.example>", "", ("Jörg", "j@x.example")),
        ('"Lovelace, Ada" <ada@x.example>', "", ("Ada Lovelace", "ada@x.example")),
        ("Team: Eva <e@x.example>, Max <m@x.example>;", "", ("Eva", "e@x.example")),
        ("e@x.example (Eva Roth)", "", ("Eva Roth", "e@x.example")),
        ('"e@x.example" <e@x.example>', "", ("", "e@x.example")),
        ("", "Sender: Eva <e@x.example>", ("Eva", "e@x.example")),
        ("undisclosed", "Reply-To: e@x.example", ("", "e@x.example")),
        ("Eva <e@x.example>", "Reply-To: eva@home.example\nTo: us@shop.example", ("Eva", "e@x.example")),
        ("Eva <e@x.example>", "Resent-From: Bob <b@x.example>\nSender: Aide <a@x.example>", ("Eva", "e@x.example")),
        # Forms of a web site that write for a person.
        ("Shop <noreply@shop.example>", "Reply-To: Eva Roth <e@x.example>\nTo: us@desk.example",
         ("Eva Roth", "e@x.example")),
        ("wordpress@shop.example", "Reply-To: e@x.example\nTo: info@shop.example", ("", "e@x.example")),
        ("Shop <info@shop.example>", "Reply-To: Eva <e@x.example>\nTo: info@shop.example", ("Eva", "e@x.example")),
        ("Forms <hello@forms.example>", "X-Mailer: PHPMailer 6.9\nReply-To: Eva <e@x.example>\nTo: a@b.example",
         ("Eva", "e@x.example")),
        # Lists that rewrite From.
        ("'Eve Hill' via Sales <sales@x.example>", "Reply-To: Eve Hill <eve@y.example>\nTo: sales@x.example\n"
         "List-Id: <sales.x.example>", ("Eve Hill", "eve@y.example")),
        ("Eve via Sales <sales@lists.example>", "Reply-To: eve@y.example", ("Eve", "eve@y.example")),
        ("Eve Hill via team <team@x.example>", "X-Original-From: Eve Hill <eve@y.example>\nReply-To: team@x.example\n"
         "To: team@x.example", ("Eve Hill", "eve@y.example")),
        ("Shop <noreply@shop.example>", "Reply-To: support@shop.example\nTo: support@shop.example",
         ("Shop", "noreply@shop.example")),
    ],
)  # fmt: skip
def test_the_writer(sender: str, headers: str, writer: tuple[str, str]) -> None:
    mail = parse(headers, sender=sender)
    assert (mail.name, mail.address) == writer


def test_two_headers_of_one_name_are_the_first() -> None:
    mail = parse("From: Eve <eve@x.example>\nSubject: one\nSubject: two\nMessage-ID: <1@x>\nMessage-ID: <2@x>")
    assert (mail.address, mail.subject, mail.id) == ("ada@acme.example", "one", "<1@x>")


@pytest.mark.parametrize(
    ("kind", "sender", "headers"),
    [
        ("", "ada@x.example", ""),
        ("", "ada@x.example", "Auto-Submitted: no"),
        ("", "ada@x.example", "Precedence: normal\nX-Spam-Flag: NO\nReturn-Path: <ada@x.example>"),
        ("", "ada@x.example", "Subject: Re: Out of office furniture"),
        ("", "nora.reply@x.example", ""),
        ("", "rooter@x.example", "Subject: Delivery of the engines"),
        ("answer", "ada@x.example", "Auto-Submitted: auto-replied (vacation)"),
        ("answer", "ada@x.example", "X-Autoreply: yes"),
        ("answer", "ada@x.example", "X-Autorespond: Engines"),
        ("answer", "ada@x.example", "Precedence: auto_reply"),
        ("answer", "ada@x.example", "Subject: Automatic reply: Engines"),
        ("answer", "ada@x.example", "Subject: Automatische Antwort: Motoren"),
        ("answer", "ada@x.example", "Subject: =?utf-8?q?R=C3=A9ponse_automatique_=3A_moteurs?="),
        ("answer", "ada@x.example", "Subject: Abwesenheitsnotiz: Motoren"),
        ("answer", "ada@x.example", "Subject: Out of Office: Engines\nX-Auto-Response-Suppress: All"),
        ("answer", "ada@x.example", "Subject: Re: Engines (Out of Office)\nAuto-Submitted: auto-replied"),
        ("list", "ada@x.example", "List-Id: <news.x.example>"),
        ("list", "ada@x.example", "List-Unsubscribe: <mailto:u@x.example>"),
        ("list", "ada@x.example", "Precedence: bulk"),
        ("program", "ada@x.example", "Auto-Submitted: auto-generated"),
        ("program", "ada@x.example", "X-Auto-Response-Suppress: OOF"),
        ("program", "ada@x.example", "Return-Path: <>"),
        ("program", "ada@x.example", "X-Loop: ada@x.example"),
        ("program", "ada@x.example", "Feedback-ID: 1:2:3"),
        ("program", "no-reply@x.example", ""),
        ("program", "Shop <donotreply@x.example>", ""),
        ("program", "no_reply+77@x.example", ""),
        ("program", "bounces+1=a.b@x.example", ""),
        ("program", "Cron Daemon <root@x.example>", "Subject: Cron <ada@box> run"),
        ("program", "noreply-dmarc-support@x.example", "Subject: Report domain: x.example"),
        ("program", "dmarcreport@x.example", ""),
        ("spam", "ada@x.example", "X-Spam-Flag: YES"),
        ("bounce", "MAILER-DAEMON@x.example", "Subject: Undelivered Mail Returned to Sender"),
        ("bounce", "Mail Delivery System <mailer-daemon@x.example>", "Subject: failure notice"),
        ("bounce", "postmaster@x.example", "Subject: Undeliverable: Engines"),
        ("bounce", "ada@x.example", "X-Failed-Recipients: bob@y.example"),
        (
            "receipt",
            "ada@x.example",
            "Content-Type: multipart/report; report-type=disposition-notification; boundary=b",
        ),
    ],
)
def test_what_a_program_sent_is_told_from_what_a_person_wrote(kind: str, sender: str, headers: str) -> None:
    assert parse(headers, sender=sender).automatic == kind


@pytest.mark.parametrize(
    "header", ["Auto-Submitted: auto-generated", "X-Auto-Response-Suppress: All", "X-Loop: a@b.example"]
)
def test_a_form_that_writes_for_a_person_is_that_person(header: str) -> None:
    mail = parse(f"{header}\nReply-To: Eva <e@x.example>\nTo: us@desk.example", sender="noreply@shop.example")
    assert (mail.address, mail.automatic) == ("e@x.example", "")


DSN = """--b
Content-Type: text/plain

Your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Original-Recipient: rfc822;Bob@Y.example
Final-Recipient: rfc822; bob@y.example
Action: {}
Status: 5.1.1

--b--
"""
REPORT = "Content-Type: multipart/report; report-type=delivery-status; boundary=b"


@pytest.mark.parametrize(
    ("headers", "body", "kind", "failed"),
    [
        (REPORT, DSN.format("failed"), "bounce", ["bob@y.example"]),
        (REPORT, DSN.format("Failed"), "bounce", ["bob@y.example"]),
        (REPORT, DSN.format("delayed"), "delay", ["bob@y.example"]),
        ("X-Failed-Recipients: bob@y.example, eve@y.example", "x", "bounce", ["bob@y.example", "eve@y.example"]),
        ("Subject: failure notice", "Hi. This is the qmail-send program.\n\n<bob@y.example>:\nno mailbox\n", "bounce",
         ["bob@y.example"]),
        ("Subject: Mail delivery failed: returning message to sender", "  bob@y.example\n    unknown user\n", "bounce",
         ["bob@y.example"]),
    ],
)  # fmt: skip
def test_a_bounce_names_the_addresses_that_failed(headers: str, body: str, kind: str, failed: list[str]) -> None:
    mail = parse(headers, body, sender="MAILER-DAEMON@mx.example")
    assert (mail.automatic, list(mail.failed)) == (kind, failed)
    assert not mail.files


@pytest.mark.parametrize(
    ("headers", "references"),
    [
        ("In-Reply-To: <1@x.example>", ["<1@x.example>"]),
        ("References: <1@x.example>\n <2@x.example>\nIn-Reply-To: <2@x.example>", ["<1@x.example>", "<2@x.example>"]),
        ('In-Reply-To: Message of Friday from Ann "<1@x.example>"', ["<1@x.example>"]),
        ("In-Reply-To: no id", []),
    ],
)
def test_what_a_message_answers(headers: str, references: list[str]) -> None:
    assert parse(headers).references == references


@pytest.mark.parametrize(
    "added", ["Status: RO", "X-Status: A\nX-UID: 7", "X-Keywords:\nReceived: by mx.example", "X-Mozilla-Status: 0001"]
)
def test_a_message_without_id_is_known_whatever_a_mail_program_adds(added: str) -> None:
    dated = "Date: Fri, 20 Nov 2026 10:00:00 +0000\nSubject: Hi"
    first = parse(dated)
    assert parse(f"{dated}\n{added}").id == first.id
    assert parse(f"{dated}\n{added}", "hello\r\n\r\n").id == first.id
    assert parse(dated, "another").id != first.id


def test_an_id_folded_or_spoilt_by_spaces_is_one() -> None:
    assert parse("Message-ID:\n <1@x.example>").id == parse("Message-ID: < 1@x.example >").id == "<1@x.example>"


HOSTILE = ["\x1b[31mred\x1b[0m", "\u202eover\u202c", "a\x07b\x00c", "=?utf-8?q?=1B=5B31m?=", "=?utf-8?b?!!!?=",
           "x" * 50_000, "=?utf-8?q?" * 2_000, "(" * 50, '"' * 50,
           "=?utf-8?q?hi=0ABcc=3A_evil=40x.example?="]  # fmt: skip
HEADERS = ["From", "To", "Subject", "Date", "Message-ID", "References", "Reply-To", "Content-Type",
           "Content-Transfer-Encoding", "Content-Disposition", "Auto-Submitted", "X-Mailer", "Precedence"]  # fmt: skip


@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_in_a_header_is_harmless(header: str, text: str) -> None:
    mail = parse(f"{header}: {text}", sender="Ada <ada@acme.example>" if header != "From" else f"{text} <a@x.example>")
    for value in (mail.name, mail.address, mail.subject, mail.text, mail.id, *(file.name for file in mail.files)):
        assert not any(letter in value for letter in "\x1b\x07\x00\r\u202e")
        assert len(value) <= 1000 or value is mail.text
    assert "\n" not in mail.name + mail.subject + mail.id


@pytest.mark.parametrize(
    "html",
    ["<div>" * 4_000, "&nbsp;" * 50_000, "a<br>" * 50_000, "<blockquote>" * 4_000, "<p> </p>" * 30_000, "<" * 9**6],
)
def test_long_and_deep_html_is_read_in_a_moment(html: str) -> None:
    begin = time.process_time()
    assert len(parse("Content-Type: text/html", html).text) <= 300_000
    assert time.process_time() - begin < 2


@pytest.mark.parametrize(
    ("sender", "address"),
    [
        ("Ada (ACME <ada@acme.example>", "ada@acme.example"),
        ('"Ada <ada@acme.example>', "ada@acme.example"),
        ("Ada (ACME) <ada@acme.example>", "ada@acme.example"),
    ],
)
def test_a_bracket_that_nobody_closes_hides_no_sender(sender: str, address: str) -> None:
    assert parse("Subject: Hi", sender=sender).address == address
