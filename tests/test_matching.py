"""Guards the match keys: two spellings of one thing have one key, two things have two."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from leadcli.text import match_keys, word_lists

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
WORD = st.text("abcdefghijklmnopqrstuvwxyzáčďéíňóřšťúýžäöü", min_size=2, max_size=10)


@given(TEXT)
def test_folding_twice_changes_nothing(text: str) -> None:
    once = match_keys.fold_text(text)
    assert match_keys.fold_text(once) == once
    assert match_keys.name_key(match_keys.name_key(text)) == match_keys.name_key(text)


@given(TEXT)
def test_case_does_not_matter(text: str) -> None:
    assert match_keys.fold_text(text.casefold()) == match_keys.fold_text(text)


@given(TEXT)
def test_every_text_has_keys(text: str) -> None:
    assert match_keys.person_key(text).count("|") in (0, 2)
    assert match_keys.address_key(text, text, text).count("|") in (0, 2)
    match_keys.person_and_company(text, text, first=text, last=text)


@given(TEXT, TEXT)
def test_a_mailbox_is_one_in_any_case(local: str, domain: str) -> None:
    address = f"{local}@{domain}"
    assert match_keys.email_key(match_keys.email_key(address)) == match_keys.email_key(address)
    assert match_keys.email_key(f" {address.casefold()} ") == match_keys.email_key(address.casefold())


@pytest.mark.parametrize(
    ("text", "folded"),
    [("Šárka", "sarka"), ("Großmann", "grossmann"), ("Łódź", "lodz"), ("İSTANBUL", "istanbul"), ("ＡＢＣ", "abc"),
     ("Straße", "strasse"), ("Ærø", "aero"), ("ガ", "ガ"), ("김철수", "김철수"), ("a\u200bb", "ab")],
)  # fmt: skip
def test_accents_and_wide_letters_go(text: str, folded: str) -> None:
    assert match_keys.fold_text(text) == folded


@pytest.mark.parametrize(
    ("address", "key"),
    [("Ada.L+crm@GoogleMail.com", "adal@gmail.com"), ("a.d.a@gmail.com", "ada@gmail.com"),
     ("+x@gmail.com", "+x@gmail.com"),
     ("Ada.L+crm@acme.com", "ada.l+crm@acme.com"), ("not an address", "not an address")],
)  # fmt: skip
def test_only_gmail_ignores_dots_and_tags(address: str, key: str) -> None:
    assert match_keys.email_key(address) == key


@given(WORD, WORD)
def test_a_name_is_one_either_way_round(first: str, last: str) -> None:
    said = {match_keys.fold_text(first), match_keys.fold_text(last)}
    assume(said.isdisjoint(word_lists.TITLES | word_lists.DEGREES | word_lists.GENERATIONS.keys()))
    key = match_keys.person_key(f"{last}, {first}")
    assert key == match_keys.person_key(f"{first} {last}") == match_keys.person_key("", first=first, last=last)
    assert key == match_keys.person_key(f"{first} {last}", first=first, last=last)


@pytest.mark.parametrize(
    ("name", "key"),
    [("Dr. Ada B. Lovelace", "ada|lovelace|"), ("LOVELACE, Ada", "ada|lovelace|"), ("Ada", "ada||"),
     ("van der Berg, Jan", "jan|van der berg|"), ("Jan van der Berg", "jan|van der berg|"),
     ("Mary Ann Smith Jr", "mary ann|smith|jr"), ("O'Hare, Kim PhD", "kim|ohare|"), ("", "")],
)  # fmt: skip
def test_titles_degrees_and_middle_initials_go(name: str, key: str) -> None:
    assert match_keys.person_key(name) == key


@pytest.mark.parametrize(
    ("name", "key"),
    [("Analytical Engines Ltd.", "analytical engines"), ("Müller & Söhne GmbH & Co. KG", "muller sohne"),
     ("A.B.C. Media, s. r. o.", "abc media"), ("THE Foo Company, Inc.", "foo"), ("Ltd", "ltd"), ("", "")],
)  # fmt: skip
def test_a_company_is_one_whatever_its_legal_form(name: str, key: str) -> None:
    assert match_keys.company_key(name) == key


@pytest.mark.parametrize(
    ("name", "company", "found"),
    [("Ada Lovelace", "Engines Ltd", ("ada|lovelace|", "engines")), ("Engines", "Engines Ltd", ("", "engines")),
     ("A.B.C. Media", "ABC Media s.r.o.", ("", "abc media")), ("Foo Bar GmbH", "", ("", "foo bar")),
     ("info", "Engines", ("", "engines")), ("+44 20 7946", "", ("", "")), ("", "Engines", ("", "engines"))],
)  # fmt: skip
def test_a_lead_is_a_person_or_a_company(name: str, company: str, found: tuple[str, str]) -> None:
    assert match_keys.person_and_company(name, company) == found


@pytest.mark.parametrize(
    ("one", "other"),
    [("12 North Main Street", "12 N. Main St."), ("Hauptstraße 5", "Hauptstr. 5"), ("5 Park Road", "5 PARK RD.")],
)
def test_a_street_is_one_however_it_is_shortened(one: str, other: str) -> None:
    assert match_keys.street_key(one) == match_keys.street_key(other)


def test_a_city_has_one_name() -> None:
    assert match_keys.city_key("Munich") == match_keys.city_key("MÜNCHEN") == "munchen"
    assert match_keys.address_key("", "", "") == ""
    assert match_keys.address_key("1 Main St", "Rome", "E1 4-A") == "1 main st|roma|e14a"
