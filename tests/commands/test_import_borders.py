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


@pytest.mark.parametrize(
    ("cell", "birthday", "description"),
    [
        ("1985-04-26", "1985-04-26", ""),
        ("2 Nov 1980", "1980-11-02", ""),
        ("April 26, 1985", "1985-04-26", ""),
        (" --06-26", "", "Birthday: 06-26"),
        ("--0626", "", "Birthday: 06-26"),
        ("1604-06-26", "", "Birthday: 06-26"),
        ("0000-06-26", "", "Birthday: 06-26"),
        ("1985", "", "Birthday: 1985"),
        ("1985-04", "", "Birthday: 1985-04"),
        ("June 26", "", "Birthday: June 26"),
        ("in spring", "", "Birthday: in spring"),
    ],
)
def test_a_birthday_that_is_no_day_is_kept_as_text(desk: Desk, cell: str, birthday: str, description: str) -> None:
    result = desk.ok("import", desk.file("in.csv", f'Name,Birthday\nAda,"{cell}"\n'))
    assert leads(desk, "birthday,description") == [f"{birthday},{description}"], result


@pytest.mark.parametrize(
    ("heading", "cell", "description"),
    [
        ("Probability", "likely", "Probability: likely"),
        ("Website", "not yet there", "Website: not yet there"),
        ("Email", "ask her", "E-mail: ask her"),
        ("Value", "on request", "Value: on request"),
        ("Value", "500-1000", "Value: 500-1000"),
        ("Expected close", "2026-13-01", "Expected close: 2026-13-01"),
        ("Created", "2026-11-02 14:30 CET", "Created at: 2026-11-02 14:30 CET"),
    ],
)
def test_a_cell_that_cannot_be_read_is_kept_as_text(desk: Desk, heading: str, cell: str, description: str) -> None:
    run = desk.run("import", desk.file("in.csv", f"Name,{heading},Description\nAda,{cell},hello\nEva,,\n"))
    assert run.returncode == 0
    assert run.both.count("warning") == 1
    ada = desk.json("list", "id:1", "--fields", "description")[0]["description"]
    assert ada == f"hello\n\n{description}"


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("2026-11-02 2:30 PM", "2026-11-02T14:30:00Z"),
        ("2026-11-02 12:05 am", "2026-11-02T00:05:00Z"),
        ("Nov 2, 2026", "2026-11-02T00:00:00Z"),
        ("2 Nov 2026", "2026-11-02T00:00:00Z"),
        ("02-Nov-2026", "2026-11-02T00:00:00Z"),
        ("2nd November 2026 14:30", "2026-11-02T14:30:00Z"),
        ("2. März 2026", "2026-03-02T00:00:00Z"),
        ("2 de noviembre de 2026", "2026-11-02T00:00:00Z"),
        ("Mon, 02 Nov 2026 14:30:00 +0000", "2026-11-02T14:30:00Z"),
        ("Mon, 02 Nov 2026 14:30:00 +0200", "2026-11-02T12:30:00Z"),
        ("Monday, November 2, 2026 2:30:15 PM", "2026-11-02T14:30:15Z"),
    ],
)
def test_a_month_written_out_needs_no_date_format(desk: Desk, cell: str, moment: str) -> None:
    desk.ok("import", desk.file("in.csv", f'Name,Created\nAda,"{cell}"\n'))
    assert leads(desk, "created_at") == [moment]


@pytest.mark.parametrize("pattern", ["%m/%d/%Y", "%m/%d/%Y %I:%M %p", "%m/%d/%Y %H:%M"])
def test_one_date_format_reads_days_and_times(desk: Desk, pattern: str) -> None:
    rows = "Name,Birthday,Created\nAda,03/28/1980,11/02/2026 02:30 pm\nEva,03/28/1980,11/02/2026 14:30\n"
    desk.ok("import", desk.file("in.csv", rows), "--date-format", pattern)
    assert leads(desk, "birthday,created_at") == ["1980-03-28,2026-11-02T14:30:00Z"] * 2


@pytest.mark.parametrize(("heading", "cell"), [("Birthday", "03/04/1980"), ("Created", "03/04/2026")])
def test_a_day_of_two_meanings_is_refused_with_the_way_out(desk: Desk, heading: str, cell: str) -> None:
    desk.fails(4, "import", desk.file("in.csv", f"Name,{heading}\nAda,{cell}\n"), says="--date-format")


@pytest.mark.parametrize("heading", ["Value", "Expected close", "Birthday", "Probability", "Email"])
@pytest.mark.parametrize("cell", ["n/a", "-", "none", "NULL", "keine"])
def test_a_word_for_nothing_is_nothing(desk: Desk, heading: str, cell: str) -> None:
    field = heading.replace(" ", "_")
    text = f"Name,{heading},Description\nAda,{cell},\nEva,,\n"
    run = desk.run("import", desk.file("in.csv", text), "--map", f"{heading}={field}")
    assert (run.returncode, run.both.count("is an empty word; left out")) == (0, 1), run.both
    assert leads(desk, "description") == ['""', '""']


@pytest.mark.parametrize(
    ("heading", "cells", "kind"),
    [
        ("Lead Type", ["New Business", "Existing Business"], "type"),
        ("Status", ["Working", "Nurturing"], "status"),
        ("Priority", ["P1", "P2"], "priority"),
        ("Lost reason", ["Too dear", ""], "lost reason"),
    ],
)
def test_a_column_whose_values_the_desk_does_not_know_is_left_out(
    desk: Desk, heading: str, cells: list[str], kind: str
) -> None:
    file = desk.file("in.csv", f"Name,{heading}\n" + "".join(f"A,{cell}\n" for cell in cells))
    trial = desk.run("import", file, "--dry-run")
    assert f"no value of which is a known {kind}; --create-options adds them" in trial.stderr
    columns = desk.json("import", file, "--dry-run")["columns"]
    assert (columns[1]["field"], columns[1]["suggestion"]) == (None, kind.replace(" ", "_"))
    run = desk.run("import", file)
    assert f"not imported: {heading}, no value of which is a known {kind}" in run.stderr
    assert f'--create-options adds its values, --map "{heading}=FIELD" puts them elsewhere' in run.stderr
    desk.ok("undo", "--yes")
    desk.ok("import", file, "--create-options")
    assert cells[0] in desk.ok("list", "is:any", "--fields", kind.replace(" ", "_"), "--format", "csv")
