"""import: whoever opted out in another program is not mailed, whatever its file calls that."""

from __future__ import annotations

import json

import pytest
from desk import Desk

REFUSALS = (
    "Do Not Contact", "Do Not Email", "DoNotEmail", "do_not_email", "Donotbulkemail", "Do Not Mail", "Do Not SMS",
    "Do Not Phone", "Do not allow Bulk Emails", "Do not allow Phone Calls", "Do not call list", "Don't call",
    "NO BULK EMAILS (User Opt Out)", "No Email", "No marketing", "EMAIL_BLACKLISTED", "Email Blacklisted", "Suppressed",
    "Unsubscribed from all email", "Is Unsubscribed", "Unsubscribed On", "UNSUB_TIME", "Email Opt Out Date",
    "Is Opt-out?", "Marketing Opt Out", "Has opted out", "HasOptedOutOfEmail", "Opted out of email: Campaign news",
    "Email optout", "DNC", "DNM", "Contact: Do Not Email", "Consent withdrawn", "Not subscribed",
    "Nicht kontaktieren", "Kein Kontakt", "Keine E-Mails", "Abgemeldet", "Newsletter abgemeldet", "Werbesperre",
    "E-Mail-Sperre", "Widerspruch", "Ne pas contacter", "Désabonnée", "Désinscrit", "No contactar", "Dado de baja",
    "Non contattare", "Disiscritto", "Não contatar", "Descadastrado", "Niet contacteren", "Uitgeschreven",
    "Nie kontaktować", "Wypisany", "Nekontaktovať", "Odhlásený", "Nekontaktovat", "Odhlášen",
)  # fmt: skip
CONSENTS = (
    "Accepts Email Marketing", "accepts_marketing", "Subscribed", "Email Subscribed", "Subscribed to newsletter",
    "Email Opt In", "Opt-In", "Marketing consent", "GDPR consent", "Newsletter", "Newsletter (Yes/No)",
    "Permission to email", "OK to contact", "Can be contacted", "Werbeeinwilligung", "DSGVO-Einwilligung",
    "Consentement", "Consenso marketing", "Consentimiento", "Nieuwsbrief", "Toestemming", "Zgoda marketingowa",
    "Súhlas", "Souhlas",
)  # fmt: skip
OTHERS = (
    "Subscribed At", "Opt-in date", "Subscription plan", "Subscription Date", "Do not delete", "Do Not Trade",
    "Unsubscribe link", "Unsubscribe URL", "UNSUB_REASON", "UNSUB_CAMPAIGN_TITLE", "Unsubscribed Mode", "OPTIN_IP",
    "Cookie consent", "Contact No", "No. of calls", "Liefersperre", "Not contacted", "Stock Status", "Email Bounced",
    "Newsletter name", "Marketing channel", "Options", "Do Not Reply",
)  # fmt: skip


def load(desk: Desk, text: str, *words: str, name: str = "in.csv") -> str:
    """What an import of this text says."""
    result = desk.run("import", desk.file(name, text), *words)
    assert result.returncode == 0, result.both
    return result.both


def mailed(desk: Desk) -> set[str]:
    """The local parts of the addresses a `mail` to everybody would reach."""
    letter = desk.run("mail", "is:any", "--subject", "Hi", "--body", "-", "--dry-run", stdin="Hello")
    assert letter.returncode in (0, 3, 4), letter.both
    return {name for name in ("ada", "ben", "cec", "dan", "eva") if f"{name}@x.example.com" in letter.stdout}


def rows(heading: str, *cells: str) -> str:
    people = zip(("ada", "ben", "cec", "dan", "eva"), cells, strict=False)
    return f'Name;Email;"{heading}"\n' + "".join(f"{name};{name}@x.example.com;{cell}\n" for name, cell in people)


@pytest.mark.parametrize("heading", REFUSALS)
def test_a_refusal_sets_do_not_contact_by_a_yes_or_a_date(desk: Desk, heading: str) -> None:
    load(desk, rows(heading, "Yes", "0", "", "2026-03-04 10:00:00", "TRUE"))
    assert desk.ok("list", "do_not_contact:yes", "--fields", "name", "--sort", "name").split() == ["ada", "dan", "eva"]
    assert mailed(desk) == {"ben", "cec"}


@pytest.mark.parametrize("heading", CONSENTS)
def test_a_consent_sets_it_by_a_no_and_by_nothing_else(desk: Desk, heading: str) -> None:
    load(desk, rows(heading, "no", "yes", "", "FALSE", "1"))
    assert mailed(desk) == {"ben", "cec", "eva"}


@pytest.mark.parametrize("heading", OTHERS)
def test_a_heading_of_another_thing_is_no_optout_and_not_proposed_as_one(desk: Desk, heading: str) -> None:
    assert "do_not_contact" not in load(desk, rows(heading, "yes", "no", "1"), "--dry-run")
    load(desk, rows(heading, "yes", "no", "1"))
    assert mailed(desk) == {"ada", "ben", "cec"}


@pytest.mark.parametrize(
    ("heading", "cells", "reached"),
    [
        ("Do Not Email", ("x", "Ja", "oui", "✓", "03/04/2026 2:30 PM"), set()),
        ("Do Not Email", ("Nein", "non", "-", "n/a", "0000-00-00 00:00:00"), {"ada", "ben", "cec", "dan", "eva"}),
        ("Unsubscribed On", ("4 Mar 2026", "Mar 4, 2026", "04.03.2026", "1772582400", "2026-03-04T10:00:00Z"), set()),
        ("Opt-out", ("Opted out", "Opted in", "Unsubscribed", "Subscribed", ""), {"ben", "dan", "eva"}),
        ("Email Marketing Status", ("SUBSCRIBED", "UNSUBSCRIBED", "Never subscribed", "opted_out", ""), {"ada", "eva"}),
        ("Email status", ("Subscribed", "Opted out", "Blacklisted", "Do not contact", "subscribed"), {"ada", "eva"}),
        ("Newsletter", ("abonniert", "abgemeldet", "désabonné", "dado de baja", "suscrito"), {"ada", "eva"}),
    ],
)
def test_the_words_of_a_cell(desk: Desk, heading: str, cells: tuple[str, ...], reached: set[str]) -> None:
    assert "warning" not in load(desk, rows(heading, *cells))
    assert mailed(desk) == reached


@pytest.mark.parametrize(
    ("heading", "cells"),
    [("Email status", ("Verified", "Invalid")), ("Subscription status", ("past_due", "trialing")),
     ("Newsletter", ("Weekly", "Monthly")), ("No Contact", ("+44 20 7946 0000", "+44 20 7946 0001"))],
)  # fmt: skip
def test_a_heading_of_two_meanings_counts_only_with_cells_that_bear_it_out(
    desk: Desk, heading: str, cells: tuple[str, str]
) -> None:
    assert "do_not_contact" not in load(desk, rows(heading, *cells), "--dry-run")


@pytest.mark.parametrize("heading", ["Do Not Email", "Accepts Email Marketing", "do_not_contact"])
def test_a_cell_that_is_not_understood_costs_a_warning_and_no_row(desk: Desk, heading: str) -> None:
    text = load(desk, rows(heading, "perhaps", "", "later"))
    assert "row 2  do_not_contact  'perhaps'  warning" in text
    assert "row 4  do_not_contact  'later'  warning" in text
    assert "3 new" in text


def test_of_several_columns_any_optout_wins(desk: Desk) -> None:
    load(desk, "Name,Email,Do Not Call,Email Opt Out,Accepts Email Marketing,Unsubscribed On\n"
               "ada,ada@x.example.com,no,no,yes,\nben,ben@x.example.com,no,yes,yes,\n"
               "cec,cec@x.example.com,no,no,no,\ndan,dan@x.example.com,no,no,yes,2026-03-04\n"
               "eva,eva@x.example.com,yes,,,\n")  # fmt: skip
    assert mailed(desk) == {"ada"}


def test_a_channel_the_desk_has_none_of_gives_way_to_mail_and_calls(desk: Desk) -> None:
    load(desk, "Name,Email,Do Not Email,Do Not Mail,Do Not Sms\nada,ada@x.example.com,0,1,1\n")
    assert mailed(desk) == {"ada"}


@pytest.mark.parametrize(
    "record",
    [{"doNotEmail": True}, {"email_marketing_consent": {"state": "unsubscribed"}}, {"marketing": {"consent": False}},
     {"unsubscribed_at": "2026-03-04T10:00:00Z"}],
)  # fmt: skip
def test_json_keys_are_known_too(desk: Desk, record: dict[str, object]) -> None:
    people = [{"name": "ada", "email": "ada@x.example.com", **record}, {"name": "ben", "email": "ben@x.example.com"}]
    load(desk, json.dumps(people), name="in.json")
    assert mailed(desk) == {"ben"}


def test_a_property_of_a_card_is_known_too(desk: Desk) -> None:
    cards = "".join(
        f"BEGIN:VCARD\nVERSION:3.0\nFN:{name}\nEMAIL:{name}@x.example.com\n{line}\nEND:VCARD\n"
        for name, line in (("ada", "X-DO-NOT-CALL:1"), ("ben", "X-OPT-IN:no"), ("cec", "X-NEWSLETTER:yes"))
    )
    load(desk, cards, name="in.vcf")
    assert mailed(desk) == {"cec"}


def test_a_column_mapped_by_hand_reads_words_and_dates(desk: Desk) -> None:
    load(desk, rows("Weird", "2026-03-04", "nein", "ja", "", "opted out"), "--map", "Weird=do_not_contact")
    assert mailed(desk) == {"ben", "dan"}


@pytest.mark.parametrize("policy", ["fill", "update"])
def test_an_optout_comes_to_a_lead_that_is_there(desk: Desk, policy: str) -> None:
    load(desk, rows("do_not_contact", "no", "no"))
    load(desk, rows("Do Not Email", "yes", "no"), "--on-duplicate", policy, name="two.csv")
    assert mailed(desk) == {"ben"}


@pytest.mark.parametrize(
    ("heading", "cell"), [("Accepts Email Marketing", "yes"), ("Do Not Email", "no"), ("Do Not Email", "")]
)
def test_no_other_programs_column_takes_an_optout_back(desk: Desk, heading: str, cell: str) -> None:
    load(desk, rows("do_not_contact", "yes"))
    again = load(desk, rows(heading, cell), "--on-duplicate", "update", "--blank-clears", name="two.csv")
    assert "do_not_contact stays yes on 1 lead" in again
    assert mailed(desk) == set()


@pytest.mark.parametrize(
    ("heading", "words"), [("do_not_contact", ()), ("Do Not Email", ("--map", "Do Not Email=do_not_contact"))]
)
def test_a_column_called_so_takes_it_back(desk: Desk, heading: str, words: tuple[str, ...]) -> None:
    load(desk, rows("do_not_contact", "yes"))
    load(desk, rows(heading, "no"), "--on-duplicate", "update", *words, name="two.csv")
    assert mailed(desk) == {"ada"}


def test_a_skipped_row_with_an_optout_is_named(desk: Desk) -> None:
    load(desk, rows("Phone", "", ""))
    text = load(desk, rows("Unsubscribed", "yes", "no"), name="two.csv")
    assert "1 row skipped with an opt-out their lead does not have: --on-duplicate fill brings it" in text


def test_a_consent_is_shown_as_the_contrary(desk: Desk) -> None:
    text = load(desk, rows("Accepts Email Marketing", "no"), "--dry-run")
    assert "≠ do_not_contact  no" in text
    assert "(a consent: no sets it)" in text
