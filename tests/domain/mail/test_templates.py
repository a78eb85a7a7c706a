"""Mail templates: kept, checked, filled in."""

from __future__ import annotations

import pytest
from desk import Desk


def add(desk: Desk, body: str, *, name: str = "intro", subject: str = "Hello {{ name }}") -> None:
    desk.ok("template", "add", name, "--subject", subject, "--body", "-", stdin=body)


def test_a_template_is_kept_shown_changed_and_deleted(desk: Desk) -> None:
    add(desk, "Dear {{ name }},\n")
    assert desk.ok("template", "show", "INTRO") == "Subject: Hello {{ name }}\n\nDear {{ name }},"
    assert desk.json("template", "list")[0]["name"] == "intro"
    assert desk.json("template", "show", "intro")["body"] == "Dear {{ name }},\n"
    desk.ok("template", "edit", "intro", "--subject", "Hi")
    assert desk.json("template")[0]["subject"] == "Hi"
    desk.ok("template", "rm", "intro")
    assert desk.json("template") == []
    desk.ok("undo")
    assert desk.ok("template").startswith("intro\tHi")


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("Dear\n{{ frist_name }}", ("template 'intro', line 2", "'frist_name'", "first_name")),
        ("{{ name", ("template 'intro', line 1", "expected")),
        ("a\n{% if name %}", ("line 2", "endif")),
        ("{{ name|shoutt }}", ("line 1", "shoutt")),
        ("{% include 'x' %}", "include"),
        ("", "text"),
    ],
)
def test_a_template_is_checked_when_it_is_kept(desk: Desk, body: str, says: str | tuple[str, ...]) -> None:
    desk.ok("init")
    desk.fails(2, "template", "add", "intro", "--subject", "Hi", "--body", "-", stdin=body, says=says)
    assert desk.json("template") == []


def test_a_subject_is_checked_too(desk: Desk) -> None:
    desk.ok("init")
    wrong = ("template", "add", "intro", "--subject", "Hi {{ nmae }}", "--body", "-")
    desk.fails(2, *wrong, stdin="x", says=("template 'intro', subject", "'name'"))
    desk.fails(2, "template", "add", "2 much", "--subject", "Hi", "--body", "-", stdin="x", says="name")
    desk.fails(2, "template", "add", "intro", says="--subject")
    desk.fails(3, "template", "add", "intro", "--subject", "Hi", "--body", "nosuch.txt", says="nosuch.txt")
    desk.fails(2, "template", "add", "intro", "--subject", "Hi", "--body", desk.file("l.txt", b"\xe9"), says="UTF-8")


def test_names_are_unique_and_unknown_ones_suggested(desk: Desk) -> None:
    add(desk, "x")
    desk.fails(5, "template", "add", "Intro", "--subject", "Hi", "--body", "-", stdin="x", says="exists")
    desk.fails(2, "template", "show", "intor", says="'intro'")
    desk.fails(2, "mail", "is:any", "--template", "intor", says="'intro'")
    desk.fails(2, "template", "edit", "intro", says="nothing to change")


def test_a_letter_has_the_words_of_json(desk: Desk) -> None:
    desk.ok(
        "add", "Ada Lovelace", "--email", "ada@acme.com", "--value", "12500.50", "--tag", "vip", "--close", "2026-12-01"
    )
    add(desk, "{{ value }} {{ currency }} {{ expected_close }} {{ tags|join(',') }} {{ me }} {{ today }} [{{ city }}]")
    said = desk.ok("mail", "1", "--template", "intro", "--dry-run")
    assert "12500.50 EUR 2026-12-01 vip ann 2026-11-22 []" in said


def test_what_fails_for_one_lead_names_it_and_stops_all(desk: Desk) -> None:
    desk.ok("add", "Ada", "--email", "ada@acme.com", "--phone", "+44 20 7946 0000")
    desk.ok("add", "Bob", "--email", "bob@acme.com")
    add(desk, "call\n\n{{ phones[0].value }}")
    desk.fails(2, "mail", "1,2", "--template", "intro", "--dry-run", says=("template 'intro', line 3", "lead 2 (Bob)"))


def test_a_template_stays_in_its_sandbox(desk: Desk) -> None:
    desk.ok("add", "Ada", "--email", "ada@acme.com")
    add(desk, "{{ name.__class__.__mro__ }}")
    desk.fails(2, "mail", "1", "--template", "intro", "--dry-run", says="line 1")
    desk.ok("template", "edit", "intro", "--body", "-", stdin="{% for a in range(999999999) %}x{% endfor %}")
    desk.fails(2, "mail", "1", "--template", "intro", "--dry-run", says="line 1")
