"""A click on an address leads to that address and does nothing else."""

from __future__ import annotations

import re
from email.headerregistry import Address

import pytest
from desk import Desk

from leadcli.text.links import mail_link, phone_link, web_link

MAIL = {
    "ada@example.com": "mailto:ada@example.com",
    "ada.l-b_c~d@sub.example.com": "mailto:ada.l-b_c~d@sub.example.com",
    "ada+crm@example.com": "mailto:ada%2Bcrm@example.com",
    "ada?bcc=eve@example.com": "mailto:ada%3Fbcc%3Deve@example.com",
    "ada&cc=eve@example.com": "mailto:ada%26cc%3Deve@example.com",
    "ada%0Abcc:eve@example.com": "mailto:ada%250Abcc%3Aeve@example.com",
    "ada@example.com,eve@example.com": "mailto:ada%40example.com%2Ceve@example.com",
    '"ada; eve"@example.com': "mailto:%22ada%3B%20eve%22@example.com",
    "ada#x/y@example.com": "mailto:ada%23x%2Fy@example.com",
    "zoë@example.com": "mailto:zo%C3%AB@example.com",
    "ada@example.com?bcc=eve": "",
    "ada@example.com?subject=x&bcc=eve@example.com": "mailto:ada%40example.com%3Fsubject%3Dx%26bcc%3Deve@example.com",
    "ada\x1b]8;;x\x07@example.com": "",
    "ada": "",
    "@example.com": "",
    "": "",
}
PHONES = {
    "+49 30 1234567": "tel:+49301234567", "030/12 34": "tel:0301234", "*#06#;phone-context=x": "tel:06",
    "+49+1": "tel:+491", "none": "", "": "",
}  # fmt: skip
WEB = {
    "example.com": "https://example.com",
    "https://example.com/a?b=c&d=e#f": "https://example.com/a?b=c&d=e#f",
    'http://example.com/a b;c"d<e>': "http://example.com/a%20b%3Bc%22d%3Ce%3E",
    "https://example.com/ä": "https://example.com/%C3%A4",
    "https://exämple.com/": "",
    "javascript:alert(1)": "", "file:///etc/hosts": "", "data:text/html,x": "", "https://": "",
    "https://example.com/\x1b\\": "", "https://example.com/\n": "",
}  # fmt: skip


@pytest.mark.parametrize("address", MAIL)
def test_a_mail_link_has_one_recipient_and_no_header(address: str) -> None:
    assert mail_link(address) == MAIL[address]


@pytest.mark.parametrize("number", PHONES)
def test_a_phone_link_dials_digits(number: str) -> None:
    assert phone_link(number) == PHONES[number]


@pytest.mark.parametrize("address", WEB)
def test_a_web_link_is_http(address: str) -> None:
    assert web_link(address) == WEB[address]


@pytest.mark.parametrize("local", ["ada?bcc=eve", "ada&cc=eve", "a%b", "a/b", "a+b", "a=b", "a{b}", "a`b", "a'b"])
def test_the_address_in_a_link_is_the_one_in_the_record(local: str, desk: Desk) -> None:
    from urllib.parse import unquote, urlsplit

    address = Address(username=local, domain="example.com").addr_spec
    desk.ok("add", "Ada", "--email", address)
    for command in (["list", "--fields", "name,email", "--format", "table"], ["show", "1", "--format", "table"]):
        shown = desk.ok(*command, "--color", "always", FORCE_COLOR="1")
        links = re.findall(r"\x1b\]8;[^;]*;(mailto:[^\x1b\x07]*)", shown)
        assert links
        for link in links:
            split = urlsplit(link)
            assert (unquote(split.path), split.query, split.fragment) == (address, "", "")


def test_a_card_for_address_books_has_no_link_but_http(desk: Desk) -> None:
    import contextlib
    import sqlite3

    desk.ok("add", "Ada", "--website", "https://example.com/a")
    assert "URL:https://example.com/a" in desk.ok("show", "1", "--format", "vcf")
    with contextlib.closing(sqlite3.connect(desk.db)) as connection, connection:
        connection.execute("UPDATE leads SET website = 'javascript:alert(1)'")
    assert "URL" not in desk.ok("show", "1", "--format", "vcf")
