"""Telephone cells as people keep them: every door reads them alike, and no number is made up of them."""

from __future__ import annotations

import json

import pytest
from desk import Desk

from leadcli.text.phone_cells import e164, read_phone

SURE = [  # text, region, [(number, label)], is warned of
    ("+49 30 123456 (privat)", "", [("+4930123456", "privat")], False),
    ("+49 30 123456 (abends)", "", [("+4930123456", "abends")], False),
    ("+43 1 2345678 mobil", "", [("+4312345678", "mobil")], False),
    ("Mobil 0171 1234567", "DE", [("+491711234567", "mobil")], False),
    ("Tel. 030 123456", "DE", [("+4930123456", "")], False),
    ("+49 30 123456 (ab 18 Uhr)", "", [("+4930123456", "")], True),
    ("Frau Meier 030 123456", "DE", [("+4930123456", "")], True),
    ("+49 30 123456 ab 18 Uhr", "", [("+4930123456", "")], True),
    ("+7 (495) 123-45-67 раб.", "", [("+74951234567", "раб")], False),
    ("+49 30 123456 App. 12", "", [("+4930123456;ext=12", "")], False),
    ("+49 30 123456 DW 12", "", [("+4930123456;ext=12", "")], False),
    ("+49 30 123456 Durchwahl -12", "", [("+4930123456;ext=12", "")], False),
    ("+44 20 7946 0000 ext 12", "", [("+442079460000;ext=12", "")], False),
    ("+44 20 7946 0000x12", "", [("+442079460000;ext=12", "")], False),
    ("+44 20 7946 0000 (ext. 12)", "", [("+442079460000;ext=12", "")], False),
    ("+1 202 555 0101 #12", "", [("+12025550101;ext=12", "")], False),
    ("+33 1 42 68 53 00 poste 12", "", [("+33142685300;ext=12", "")], False),
    ("+39 06 6982 1234 int. 12", "", [("+390669821234;ext=12", "")], False),
    ("+48 22 123 45 67 wew. 12", "", [("+48221234567;ext=12", "")], False),
    ("+7 (495) 123-45-67 доб. 12", "", [("+74951234567;ext=12", "")], False),
    ("8 (495) 123-45-67, доб. 12", "RU", [("+74951234567;ext=12", "")], False),
    ("+1 (202) 555-0101 ext. 12 (office)", "", [("+12025550101;ext=12", "office")], False),
    ("+12025550101,,123#", "", [("+12025550101;ext=123", "")], False),
    ("tel:+44-20-7946-0000;ext=12", "", [("+442079460000;ext=12", "")], False),
    ("tel:030-123456;phone-context=+49", "", [("+4930123456", "")], False),
    ("1-800-FLOWERS", "US", [("+18003569377", "")], False),
    ("+1 800 GOT-JUNK", "", [("+18004685865", "")], False),
    ("(212) 664-TOWN", "US", [("+12126648696", "")], False),
    ("0800 REIMANN", "DE", [("+498007346266", "")], False),
    ("030/123456 o. 0171/1234567", "DE", [("+4930123456", ""), ("+491711234567", "")], False),
    ("030/123456 oder 0171/1234567", "DE", [("+4930123456", ""), ("+491711234567", "")], False),
    ("030 123456 or 0171 1234567", "DE", [("+4930123456", ""), ("+491711234567", "")], False),
    ("030/123456 und 0171/1234567", "DE", [("+4930123456", ""), ("+491711234567", "")], False),
    ("030/123456, 0171/1234567", "DE", [("+4930123456", ""), ("+491711234567", "")], False),
    ("030/123456; 0171/1234567", "DE", [("+4930123456", ""), ("+491711234567", "")], False),
    ("030/123456 | 0171/1234567", "DE", [("+4930123456", ""), ("+491711234567", "")], False),
    ("030/123456\n0171/1234567", "DE", [("+4930123456", ""), ("+491711234567", "")], False),
    ("030/123456 / 0171/1234567", "DE", [("+4930123456", ""), ("+491711234567", "")], False),
    ("030 123456 (privat) / 0171 1234567 (mobil)", "DE", [("+4930123456", "privat"), ("+491711234567", "mobil")],
     False),
    ("+49 30 123456 +49 171 1234567", "", [("+4930123456", ""), ("+491711234567", "")], False),
    ("+12025550102,+12025550103", "", [("+12025550102", ""), ("+12025550103", "")], False),
    ("404/233-7673", "US", [("+14042337673", "")], False),
    ("01/42/68/53/00", "FR", [("+33142685300", "")], False),
    ("0664/1234/567", "AT", [("+436641234567", "")], False),
    ("+44 20 7946 0000 x12 / 13", "", [("+442079460000;ext=12", "")], True),
    ("+353 1 234 5678 / 9", "", [("+35312345678", "")], True),
    ("+353 1 234 5678/9", "IE", [("+35312345678", "")], True),
    ("030 123456-0 / -12", "DE", [("+49301234560", "")], True),
    ("+49 30 123456 2. OG", "", [("+4930123456", "")], True),
    ("+49 30 123456 17 Uhr", "", [("+4930123456", "")], True),
    ("+49 30 123456 8-17 Uhr", "", [("+4930123456", "")], True),
    ("+49 30 123456 8:00-17:00", "", [("+4930123456", "")], True),
    ("+49 30 123456 (8-17)", "", [("+4930123456", "")], True),
    ("+44 20 7946 0000 3rd floor", "", [("+442079460000", "")], True),
    ("+44 20 7946 0000 9am-5pm", "", [("+442079460000", "")], True),
    ("+49 30 123456 // +49 30 654321", "", [("+4930123456", ""), ("+4930654321", "")], False),
    ("+49 30 123456 - +49 30 654321", "", [("+4930123456", ""), ("+4930654321", "")], False),
    ("030/123456/78", "DE", [("+4930123456", "")], True),
    ("030 123456 oder 0171", "DE", [("+4930123456", "")], True),
    ("+49 (0)30 123456", "", [("+4930123456", "")], False),
    ("0049 (0)30 123456", "DE", [("+4930123456", "")], False),
    ("00442079460000", "", [("+442079460000", "")], False),
    ("00442079460000", "US", [("+442079460000", "")], False),
    ("011 44 20 7946 0000", "US", [("+442079460000", "")], False),
    ("011 44 20 7946 0000", "DE", [("+442079460000", "")], False),
    ("+４９ ３０ １２３４５６", "", [("+4930123456", "")], False),
    ("０３０ １２３４５６", "DE", [("+4930123456", "")], False),
    ("442079460000", "GB", [("+442079460000", "")], False),
    ("442079460000.0", "GB", [("+442079460000", "")], False),
    ("4915112345678", "DE", [("+4915112345678", "")], False),
    ("2025550101", "US", [("+12025550101", "")], False),
    ("3331234567", "IT", [("+393331234567", "")], False),
    ("30123456", "DE", [("+4930123456", "")], False),
    ("84951234567", "RU", [("+74951234567", "")], False),
    ("(323) 603-8705", "US", [("+13236038705", "")], False),
    ("3236038705", "US", [("+13236038705", "")], True),  # may be Belgian
]  # fmt: skip
UNSURE = [
    ("+9915551212,0012025551212", ""), ("+9915551212,0012025551212", "DE"), ("1-800-FLOWERS", ""),
    ("1-800-FLOWERS", "DE"), ("212 555 home", "US"), ("030 12O456", "DE"), ("kein Telefon", "DE"), ("ext 12", "DE"),
    ("4.42079E+11", "DE"), ("https://x.example/491711234567", "DE"), ("442079460000", "DE"), ("442079460000", "US"),
    ("442079460000", ""), ("44 20 7946 0000", "DE"), ("442079460000.0", "DE"), ("12025550101", "DE"),
    ("390612345678", "DE"), ("4930123456", "US"), ("12 / +49 30 123456", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "region", "numbers", "is_warned"), SURE)
def test_a_number_is_read_and_its_remark_is_not_dialled(
    text: str, region: str, numbers: list[tuple[str, str]], is_warned: bool
) -> None:
    readings = read_phone(text, region)
    assert [(each.e164, each.label) for each in readings] == numbers
    assert any(each.warning for each in readings) is is_warned


@pytest.mark.parametrize(("text", "region"), UNSURE)
def test_what_is_not_sure_keeps_its_text_with_a_warning(text: str, region: str) -> None:
    (reading,) = read_phone(text, region)
    assert (reading.value, reading.e164, reading.label) == (text, None, "")
    assert reading.warning
    assert e164(text, region) is None


def test_digits_that_lost_their_plus_are_offered_with_it() -> None:
    (reading,) = read_phone("442079460000", "DE")
    assert reading.warning.startswith("may be +442079460000; kept as typed")
    assert "--phone-region" in reading.warning


def phones_of(desk: Desk) -> list[list[dict[str, str | None]]]:
    """The phones of all leads, in the order they came."""
    return [lead["phones"] for lead in json.loads(desk.ok("list", "--json", "--sort", "id"))]


@pytest.mark.parametrize("region", ["", "DE", "US"])
def test_every_door_reads_a_cell_alike(desk: Desk, region: str) -> None:
    cells = [text for text, *_ in [*SURE, *UNSURE] if not set(text) & set("\n;|")]
    if region:
        desk.ok("config", "phone_region", region)
    leads = [{"name": f"lead {place}", "phone": text} for place, text in enumerate(cells)]
    rows = "\n".join(f'{lead["name"]},"{lead["phone"]}"' for lead in leads)
    desk.ok("import", desk.file("a.csv", f"name,phone\n{rows}\n"))
    by_csv = phones_of(desk)
    desk.ok("undo")
    desk.ok("import", desk.file("a.json", json.dumps(leads)))
    by_json = phones_of(desk)
    expected = [
        [{"value": each.value, "e164": each.e164, "label": each.label or None} for each in read_phone(text, region)]
        for text in (text.removeprefix("tel:") for text in cells)
    ]
    assert by_csv == by_json == expected


@pytest.mark.parametrize(
    "text",
    ["+49 30 123456 (privat)", "030/123456 o. 0171/1234567", "tel:+44-20-7946-0000;ext=12", "442079460000",
     "030 123456-0 / -12", "privat:+49 30 123456 (abends)", "030 123456 ab 18:30"],
)  # fmt: skip
def test_an_option_an_edit_and_json_read_like_a_file(desk: Desk, text: str) -> None:
    desk.ok("config", "phone_region", "DE")
    desk.ok("import", desk.file("a.csv", f"name,phone\nAda,{text}\n"))
    desk.ok("add", "Bob", "--phone", text, "--force")
    desk.ok("add", "Cora")
    desk.ok("edit", "3", "--add-phone", text)
    desk.ok("add", "--force", "--json-in", desk.file("a.json", json.dumps({"name": "Dan", "phone": text})))
    by_file, *others = phones_of(desk)
    assert others == [by_file] * 3


@pytest.mark.parametrize("policy", ["update", "fill"])
@pytest.mark.parametrize("region", ["DE", "US", ""])
def test_a_plus_lost_in_a_spreadsheet_changes_no_number(desk: Desk, policy: str, region: str) -> None:
    desk.ok("add", "Ada", "--email", "ada@x.example", "--phone", "work:+442079460000")
    desk.ok("add", "Bob", "--email", "bob@x.example", "--phone", "+3236038705")
    before = desk.ok("list", "--json", "--sort", "id")
    path = desk.file("a.csv", "name,email,phone\nAda,ada@x.example,442079460000\nBob,bob@x.example,3236038705\n")
    desk.ok("import", path, "--on-duplicate", policy, *(["--phone-region", region] if region else []))
    assert desk.ok("list", "--json", "--sort", "id") == before


def test_a_caller_is_found_whose_number_was_kept_as_typed(desk: Desk) -> None:
    result = desk.run("add", "Ada", "--phone", "442079460000")
    assert "may be +442079460000; kept as typed" in result.stderr
    assert desk.ok("list", "phone:+442079460000", "--ids").split() == result.stdout.split()


def test_an_export_keeps_its_pluses_in_a_spreadsheet(desk: Desk) -> None:
    """LibreOffice Calc leaves '+44 as it is, Gnumeric takes the apostrophe off: an import reads both."""
    desk.ok("add", "Ada", "--phone", "+442079460000")
    written = desk.ok("export", "--fields", "name,phones")
    assert written == "name,phones\nAda,'+442079460000"
    for text in (written, written.replace("'", "")):
        desk.ok("undo")
        desk.ok("import", desk.file("b.csv", text))
        assert desk.ok("list", "--fields", "phones").strip() == "+442079460000"
