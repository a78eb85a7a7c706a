"""Columns known by their cells: right, or left alone; never put into another field."""

from __future__ import annotations

import json

import pytest
from desk import Desk
from hypothesis import given
from hypothesis import strategies as st

from leadcli.domain.data.import_.columns.mapping import map_columns

CELLS = {
    "emails": [f"p{n}@x.example.com" for n in range(6)],
    "phones": [f"+44 20 7946 00{n}0" for n in range(6)],
    "website": [f"https://s{n}.example.com" for n in range(6)],
    "days": [f"2026-03-0{n + 1}" for n in range(6)],
    "amounts": [f"{n + 1}.500,00 €" for n in range(6)],
    "flags": ["yes", "no", "yes", "yes", "no", "no"],
    "owners": ["ann@desk.example", "bob@desk.example"] * 3,
    "profiles": [f"https://linkedin.com/in/p{n}" for n in range(6)],
    "states": ["active", "bounced", "unsubscribed", "active", "active", "active"],
}


@given(
    kind=st.sampled_from(sorted(CELLS)), heading=st.text("bdfgjkqvwxz", min_size=7, max_size=12), rows=st.integers(4, 6)
)
def test_cells_under_a_nonsense_heading_go_to_their_field_or_nowhere(kind: str, heading: str, rows: int) -> None:
    column = map_columns(["name", heading], [["Deal", cell] for cell in CELLS[kind][:rows]]).columns[1]
    assert column.field in ("", kind)
    assert column.suggestion in ("", kind)


@pytest.mark.parametrize(
    ("heading", "kind", "field"),
    [
        ("Phone", "emails", "emails"), ("Email", "phones", "phones"), ("Contact", "phones", "phones"),
        ("Company", "emails", "emails"), ("Birthday", "flags", ""), ("Email", "flags", ""), ("Phone", "days", ""),
        ("Website", "emails", "emails"), ("City", "days", ""), ("Owner", "owners", "owner"), ("State", "states", ""),
        ("First Name", "owners", ""), ("Created", "flags", ""), ("Manager Email", "emails", ""),
    ],
)  # fmt: skip
def test_cells_speak_louder_than_a_heading(heading: str, kind: str, field: str) -> None:
    column = map_columns(["name", heading], [["Deal", cell] for cell in CELLS[kind]]).columns[1]
    assert column.field == field or (kind == "states" and column.part == "consent")


@pytest.mark.parametrize(
    ("headers", "fields"),
    [
        (("Nom", "Prénom"), "last_name first_name"), (("Nom", "E-mail"), "person emails"),
        (("Nome", "Cognome"), "first_name last_name"), (("Name", "Vorname"), "last_name first_name"),
        (("ID", "Contact ID"), "external_id "), (("Primary Contact - Email", "E-Mail 1 - Value"), "emails emails"),
        (("billing_address_city", "Person - Phone - Work"), "city phones"),
        (("Email Status", "Company Description"), " "),
        (("Opportunity ID", "House Number"), " street"), (("Additional Emails", "Postal Address"), "emails street"),
        (("電話番号", "会社名"), "phones company"), (("Фамилия", "Телефон"), "last_name phones"),
    ],
)  # fmt: skip
def test_headings_are_read_word_by_word(headers: tuple[str, ...], fields: str) -> None:
    columns = map_columns(headers).columns
    assert " ".join(column.field for column in columns) == fields
    assert not any(column.suggestion for column in columns)


def test_the_unprefixed_country_belongs_to_the_prefixed_address(desk: Desk) -> None:
    desk.ok("import", desk.file("in.csv", "Name,Person Street,Person City,Country\nX,1 St,Dover,United States\n"))
    lead = json.loads(desk.ok("show", "1", "--json"))
    assert (lead["street"], lead["city"], lead["country"], lead["addresses"]) == ("1 St", "Dover", "United States", [])


def test_a_mailing_state_rejects_no_row_and_only_its_opt_outs_count(desk: Desk) -> None:
    text = "Email,First Name,Status\na@x.example.com,A,Unsubscribed\nb@x.example.com,B,Active\n"
    result = json.loads(desk.ok("import", desk.file("in.csv", text), "--json"))
    assert result["columns"][2] == {
        "column": "Status", "field": None, "how": "values", "sample": "Unsubscribed", "suggestion": None,
        "optouts": True,
    }  # fmt: skip
    assert [column["how"] for column in result["columns"][:2]] == ["heading", "heading"]
    assert desk.ok("export", "do_not_contact:yes", "--fields", "first_name").split() == ["first_name", "A"]


def test_an_amounts_heading_may_name_its_currency(desk: Desk) -> None:
    desk.ok("import", desk.file("in.csv", "Deal Name,Amount (USD)\nPumps,1200\nTaps,900 EUR\n"))
    assert desk.ok("export", "--fields", "name,value,currency").splitlines()[1:] == [
        "Pumps,1200.00,USD",
        "Taps,900.00,EUR",
    ]
