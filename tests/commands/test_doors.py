"""One reader a kind: a text means the same typed at add or edit, and in JSON, CSV and vCard."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from desk import Desk
from hypothesis import given
from hypothesis import strategies as st

from leadcli.domain.data.import_.rows.address_checks import Mailboxes
from leadcli.model.kinds import EMAIL
from leadcli.model.kinds.many import EMAILS

ADDRESSES = [
    ("nora@x.example, nora2@x.example", "nora@x.example;nora2@x.example"),
    ("ada@x.example,ada2@x.example", "ada@x.example;ada2@x.example"),
    ("a@x.example / b@x.example", "a@x.example;b@x.example"),
    ("a@x.example b@x.example", "a@x.example;b@x.example"),
    ("a@x.example and b@x.example", "a@x.example;b@x.example"),
    ("a@x.example\nb@x.example", "a@x.example;b@x.example"),
    ("Tim <tim@x.example>", "tim@x.example"),
    ('"Tim, T" <tim@x.example>', "tim@x.example"),
    ('"Tim; T" <tim@x.example>; Eva <eva@x.example>', "tim@x.example;eva@x.example"),
    ("<uwe@x.example>", "uwe@x.example"),
    ("mailto:uwe@x.example", "uwe@x.example"),
    ("MAILTO:uwe@x.example?subject=Hi", "uwe@x.example"),
    ("<mailto:uwe@x.example>", "uwe@x.example"),
    ("uwe@x.example,", "uwe@x.example"),
    ("'uwe@x.example'", "uwe@x.example"),
    ("uwe@x.example.", "uwe@x.example"),
    ("val@x.example (work)", "work:val@x.example"),
    ("val@x.example (work), val@y.example (home)", "work:val@x.example;home:val@y.example"),
    ("work:val@x.example;val@y.example", "work:val@x.example;val@y.example"),
    ('["a@x.example","b@x.example"]', "a@x.example;b@x.example"),
    ("INFO@x.example", "info@x.example"),
    ("INFO@x.com", "info@x.com"),
    ("Ada@X.Example", "Ada@x.example"),
    ("a@x.example, n/a", "a@x.example"),
    ("n/a", ""),
    ("-", ""),
    ("none", ""),
    ("NULL", ""),
]


def as_csv(heading: str, text: str) -> str:
    rows = io.StringIO()
    csv.writer(rows).writerows([["Name", heading], ["Ada", text]])
    return rows.getvalue()


def stored(desk: Desk, field: str, id: str = "1") -> Any:
    return desk.ok("list", f"id:{id}", "--fields", field, "--format", "csv").split("\n", 1)[1].strip().strip('"')


@pytest.mark.parametrize(("text", "addresses"), ADDRESSES)
def test_an_email_is_read_alike_at_every_door(desk: Desk, text: str, addresses: str) -> None:
    desk.ok("add", "Ada", "--email", text)
    desk.ok("add", "Ada", "--email", "old@x.example")
    desk.ok("edit", "2", "--email", text)
    files = [("in.csv", as_csv("Email", text)), ("in.json", json.dumps([{"name": "Eva", "email": text}]))]
    for name, content in files:
        desk.ok("import", desk.file(name, content), "--on-duplicate", "create")
    assert [stored(desk, "emails", str(id)) for id in (1, 2, 3, 4)] == [addresses] * 4


@pytest.mark.parametrize("text", ["foo@foo", "a@x.example, foo@", "a@b@x.example", "ada@x.example tel 12"])
def test_what_is_no_address_is_refused_at_every_door(desk: Desk, text: str) -> None:
    desk.fails(2, "add", "Ada", "--email", text, says="email")
    desk.fails(4, "import", desk.file("in.csv", as_csv("Email", text)), says="1 rejected")


NAMES = st.from_regex(r"[A-Za-z0-9._+-]{1,12}", fullmatch=True)
HOSTS = st.from_regex(r"[A-Za-z0-9-]{1,10}\.(com|example|de|test)", fullmatch=True)


@given(st.one_of(st.builds("{}@{}".format, NAMES, HOSTS), st.sampled_from([text for text, _ in ADDRESSES])))
def test_the_quick_check_of_imports_agrees_with_the_kind(text: str) -> None:
    """What an import checks by the million is what `add` checks one by one."""
    readings = []
    for check in (Mailboxes().check, lambda value: EMAIL.parse(value, None) or ""):  # type: ignore[arg-type]
        try:
            readings.append(EMAILS.read(text, check))
        except ValueError:
            readings.append([])
    assert readings[0] == readings[1]


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ('"One tag"', "One tag"),
        ('["x","y"]', "x;y"),
        ('["x, y","z"]', "x\\, y;z"),
        ("[x, y]", "x;y"),
        ("'x', 'y'", "x;y"),
        ('"x","y"', "x;y"),
        ("x, y", "x;y"),
        ("* x ::: y", "x;y"),
    ],
)
def test_tags_lose_the_marks_of_the_program_that_wrote_them(desk: Desk, text: str, tags: str) -> None:
    desk.ok("import", desk.file("in.csv", as_csv("Tags", text)))
    assert stored(desk, "tags") == tags
    if ":::" not in text:
        desk.ok("add", "Eva", "--tag", text)
        assert stored(desk, "tags", "2") == tags


AMOUNTS = [
    ("EUR 1.234,50", "1234.50", "EUR"),
    ("€ 1.234,50", "1234.50", "EUR"),
    ("1.234,50 €", "1234.50", "EUR"),
    ("1 234,50 zł", "1234.50", "PLN"),
    ("12 500 EUR", "12500.00", "EUR"),
    ("1'234.50 CHF", "1234.50", "CHF"),
    ("Fr. 1'234.50", "1234.50", "CHF"),
    ("500,- Kč", "500.00", "CZK"),
    ("1.500,00 Ft", "1500.00", "HUF"),
    ("US$ 10", "10.00", "USD"),
    ("US$1,234.50", "1234.50", "USD"),
    ("$12,000", "12000.00", "USD"),
    ("£12,000", "12000.00", "GBP"),
    ("A$ 5", "5.00", "AUD"),
    ("R$ 1.234,50", "1234.50", "BRL"),
    ("R$1.234,50", "1234.50", "BRL"),
    ("₹1,50,000.00", "150000.00", "INR"),
    ("₹1,50,000", "150000.00", "INR"),
    ("Rs. 1,50,000", "150000.00", "INR"),
    ("INR 12,34,567.50", "1234567.50", "INR"),
    ("100 lei", "100.00", "RON"),
    ("(500.00)", "-500.00", "EUR"),
    ("-€5", "-5.00", "EUR"),
    ("€-5", "-5.00", "EUR"),
    ("12.5k USD", "12500.00", "USD"),
    ("12,5k €", "12500.00", "EUR"),
    ("10 000 kr SEK", None, ""),
    ("¥12,000", "12000", "JPY"),
    ("￥12,000", "12000", "JPY"),
    ("₩10,000", "10000", "KRW"),
    ("12.000 JPY", "12000", "JPY"),
    ("SEK 10 000", "10000.00", "SEK"),
    ("CLF 1.2345", "1.2345", "CLF"),
    ("KWD 1.2", "1.200", "KWD"),
    ("Rs.500", "500.00", "INR"),
    ("500 Kč", "500.00", "CZK"),
    ("10 000 kr", None, ""),
    ("100 XYZ", None, ""),
    ("EUE 100", None, ""),
    ("12,345 EUR", None, ""),
    ("$10 EUR 5", None, ""),
]


@pytest.mark.parametrize(("text", "amount", "code"), AMOUNTS)
def test_an_amount_is_read_alike_at_every_door(desk: Desk, text: str, amount: str | None, code: str) -> None:
    file = desk.file("in.csv", as_csv("Value", text))
    if amount is None:
        desk.fails(2, "add", "Ada", "--value", text, says="--value")
        result = desk.run("import", file)
        is_kept = "is no amount; it stands in the description" in result.both
        assert (result.returncode, is_kept) in ((4, False), (0, True)), result.both
        return
    desk.ok("add", "Ada", "--value", text)
    desk.ok("import", file)
    desk.ok("import", desk.file("in.json", json.dumps([{"name": "Eva", "value": text}])))
    assert [stored(desk, "value,currency", str(id)) for id in (1, 2, 3)] == [f"{amount},{code}"] * 3


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("eur", "EUR"),
        ("€", "EUR"),
        ("lei", "RON"),
        ("US$", "USD"),
        ("Rs.", "INR"),
        ("XYZ", ""),
        ("EUE", ""),
        ("kr", ""),
    ],
)
def test_currencies_are_those_of_iso_4217(desk: Desk, text: str, code: str) -> None:
    if code:
        desk.ok("add", "Ada", "--value", "5", "--currency", text)
        assert stored(desk, "currency") == code
    else:
        desk.fails(2, "add", "Ada", "--currency", text, says="currency")
    nearest = desk.fails(2, "add", "Ada", "--value", "5 EUE")
    assert "Did you mean 'EUR'?" in nearest.stderr


def test_kr_is_the_krone_of_the_desk_or_row(desk: Desk) -> None:
    desk.ok("import", desk.file("in.csv", "Name,Value,Currency\nAda,10 000 kr,NOK\n"))
    desk.ok("config", "currency", "SEK")
    desk.ok("add", "Eva", "--value", "10 000 kr")
    assert [stored(desk, "value,currency", str(id)) for id in (1, 2)] == ["10000.00,NOK", "10000.00,SEK"]


@pytest.mark.parametrize(
    ("text", "percent"), [("12,5", "12.5"), ("12.5", "12.5"), ("12,5 %", "12.5"), ("7,25", "7.25")]
)
def test_a_percentage_is_read_alike_at_every_door(desk: Desk, text: str, percent: str) -> None:
    desk.ok("add", "Ada", "--probability", text)
    desk.ok("import", desk.file("in.csv", as_csv("Probability", text)))
    assert [stored(desk, "probability", str(id)) for id in (1, 2)] == [percent] * 2
