"""import: joined files, doubled columns, lines above the header, country names and days as others write them."""

from __future__ import annotations

from typing import Any

import pytest
from desk import Desk


def leads(desk: Desk, fields: str) -> list[str]:
    return sorted(desk.ok("list", "--fields", fields, "--format", "csv").splitlines()[1:])


FILES: list[Any] = [
    # joined files
    ("name,email\nA,a@x.example\nname,email\nB,b@x.example\n", "name,emails", ["A,a@x.example", "B,b@x.example"]),
    (
        "\ufeffname,email\nA,a@x.example\n\ufeffname,email\nB,b@x.example\n",
        "name,emails",
        ["A,a@x.example", "B,b@x.example"],
    ),
    ("First Name,Last Name,City\nA,B,C\nFirst Name,Last Name,City\nD,E,F\n", "name,city", ["A B,C", "D E,F"]),
    ("Name;City\nA;B\nName;City\nName;City\nD;E\n", "name,city", ["A,B", "D,E"]),
    ('"Name","City"\nA,B\n"Name","City"\n', "name,city", ["A,B"]),
    ("Name\r\nA\r\nName\r\nB\r\n", "name", ["A", "B"]),
    # doubled headings
    ("Name,Email,Email\nPia,p@x.example,p.alt@x.example\n", "emails", ["p@x.example;p.alt@x.example"]),
    ("Name,Phone,Phone\nPia,+442079460000,+442079460001\n", "phones", ["'+442079460000;+442079460001"]),
    ("Name,Comment,Comment\nPia,one,two\n", "description", ["one"]),
    ("Name,Tags,Tags\nPia,one,two\n", "tags", ["one;two"]),
    ("Name,Email,Email,Email\nPia,,,p@x.example\n", "emails", ["p@x.example"]),
    # lines above the header
    (
        '"DKB-Business";"DE12"\n"Zeitraum";"2026"\n\n"Firma";"E-Mail";"Telefon"\n"Acme";"a@x.example";"+4930123456"\n',
        "company,emails",
        ["Acme,a@x.example"],
    ),
    ("Report;Leads\nDate;22.11.2026\n\nName;Email\nAda;a@x.example\n", "name,emails", ["Ada,a@x.example"]),
    ("Export of,the shop\nby,ann\n\nName,Email,City\nAda,a@x.example,Bonn\n", "name,city", ["Ada,Bonn"]),
    ("Filter,open\nName,Email,City\nAda,a@x.example,Bonn\n", "name,city", ["Ada,Bonn"]),
    ("Title of it\n\nName,Email\nAda,a@x.example\n", "name", ["Ada"]),
    ("Name,Email\n\nLead,Contact\n", "name", ["Lead"]),
]


@pytest.mark.parametrize(("text", "fields", "rows"), FILES)
def test_a_file_of_another_program_is_read_whole(desk: Desk, text: str, fields: str, rows: list[str]) -> None:
    desk.ok("import", desk.file("in.csv", text))
    assert leads(desk, fields) == rows


@pytest.mark.parametrize(
    ("country", "phone", "e164"),
    [
        ("Turkey", "0212 555 01 01", "+902125550101"),
        ("Czech Republic", "222 555 010", "+420222555010"),
        ("Czechia", "222 555 010", "+420222555010"),
        ("United States of America", "(202) 555-0101", "+12025550101"),
        ("U.S.A.", "(202) 555-0101", "+12025550101"),
        ("Hong Kong", "2123 4567", "+85221234567"),
        ("Scotland", "020 7946 0000", "+442079460000"),
        ("Korea", "02-312-3456", "+8223123456"),
        ("Holland", "020 123 4567", "+31201234567"),
        ("Russian Federation", "8 (495) 123-45-67", "+74951234567"),
        ("DEU", "030 12345678", "+493012345678"),
        ("GBR", "020 7946 0000", "+442079460000"),
        ("FRA", "01 23 45 67 89", "+33123456789"),
        ("Republic of Ireland", "01 234 5678", "+35312345678"),
        ("UAE", "04 234 5678", "+97142345678"),
        ("Viet Nam", "024 3825 5555", "+842438255555"),
    ],
)
def test_a_phone_is_read_by_the_country_people_name(desk: Desk, country: str, phone: str, e164: str) -> None:
    desk.ok("import", desk.file("in.csv", f"Name,Country,Phone\nAda,{country},{phone}\n"))
    assert desk.json("list", "id:1", "--fields", "phones")[0]["phones"][0]["e164"] == e164
