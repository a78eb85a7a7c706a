"""vCards as programs write them: commas that are text, escapes, broken cards, cards glued together."""

from __future__ import annotations

from pathlib import Path

import pytest

from leadcli.domain.data.import_.readers.delimited import Row
from leadcli.domain.data.import_.readers.open_file import open_source

VERSIONS = ("2.1", "3.0", "4.0")


def read(tmp_path: Path, text: str) -> list[Row]:
    (tmp_path / "in.vcf").write_bytes(text.replace("\n", "\r\n").encode())
    return list(open_source(str(tmp_path / "in.vcf")).rows)


def cards(tmp_path: Path, text: str) -> list[dict[str, str]]:
    (tmp_path / "in.vcf").write_bytes(text.replace("\n", "\r\n").encode())
    source = open_source(str(tmp_path / "in.vcf"))
    rows = list(source.rows)
    assert [row.error for row in rows] == [""] * len(rows)
    return [{name: cell for name, cell in zip(source.headers, row.cells, strict=True) if cell} for row in rows]


def card(line: str, version: str = "3.0") -> str:
    return f"BEGIN:VCARD\nVERSION:{version}\n{line}\nEND:VCARD\n"


def a(name: str) -> str:
    return card(f"FN:{name}")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("line", "field", "text"),
    [
        ("ORG:Müller, Söhne;Sales", "company", "Müller, Söhne"),
        ("ORG:Müller\\, Söhne", "company", "Müller, Söhne"),
        ("ORG;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:M=C3=BCller=2C S=C3=B6hne", "company", "Müller, Söhne"),
        ("ORG;encoding=quoted-printable;charset=utf-8:M=C3=BCller=2C S=C3=B6hne", "company", "Müller, Söhne"),
        ("ORG:Acme\\: West", "company", "Acme: West"),
        ("ORG:A\\;B\\\\C", "company", "A;B\\C"),
        ("FN:Ada, Countess", "name", "Ada, Countess"),
        ("TITLE:Head of Sales, EMEA", "job_title", "Head of Sales, EMEA"),
        ("ROLE:Buyer, pumps\\: all", "job_title", "Buyer, pumps: all"),
        ("NOTE:met in Rome, Paris; and Oslo", "description", "met in Rome, Paris; and Oslo"),
        ("NOTE:at 10\\:30\\, room\\; B\\nlate", "description", "at 10:30, room; B\nlate"),
        ("NOTE;ENCODING=QUOTED-PRINTABLE:Rome=2C Paris=0D=0AOslo", "description", "Rome, Paris\nOslo"),
        ("NOTE;ENCODING=QUOTED-PRINTABLE:Rome=\n=2C Paris", "description", "Rome, Paris"),
        ("NOTE:Rome, Pa\n ris, Os\n lo", "description", "Rome, Paris, Oslo"),
        ("NOTE:a\n END:VCARD b", "description", "aEND:VCARD b"),
        ("NOTE:one\nNOTE:two, three", "description", "one\n\ntwo, three"),
        ("URL:https://x.example/?a=1,2", "website", "https://x.example/?a=1,2"),
        ("URL:https\\://x.example/a\\,b", "website", "https://x.example/a,b"),
        ("item1.URL:https://x.example/a,b;c", "website", "https://x.example/a,b;c"),
        ("UID:abc,def", "external_id", "abc,def"),
        ("ADR:;;1 St\\: rear;Town;;;", "street", "1 St: rear"),
        ("ADR:;;1 High St, Flat 2;Lake, Upper;;;", "street", "1 High St, Flat 2"),
        ("ADR:;;1 High St, Flat 2;Lake, Upper;;;", "city", "Lake, Upper"),
        ("ADR:;;1 High St\\, Flat 2\\nRear;Town;;;", "street", "1 High St, Flat 2\nRear"),
        ("CATEGORIES:a\\:b,c\\,d", "tags", r"a\:b;c\,d"),
        ("N:Berg;Anna\\, Maria;;;", "first_name", "Anna, Maria"),
        ("N:Berg\\: A;Anna;;;", "last_name", "Berg: A"),
        ("TEL:+12025550102;ext=7", "phones", "+12025550102\\;ext=7"),
        ("item1.TEL;TYPE=WORK:tel:+1-202-555-0102\nitem1.X-ABLabel:Desk, left", "phones", "Desk, left:+1-202-555-0102"),
        ("EMAIL:a@x.example,b@x.example", "emails", "a@x.example;b@x.example"),
        ("EMAIL;TYPE=WORK:a@x.example; mailto:b@x.example", "emails", "work:a@x.example;work:b@x.example"),
        ("TEL;TYPE=WORK:+12025550102;+12025550103", "phones", "work:+12025550102;work:+12025550103"),
    ],
)
def test_a_text_is_read_whole(tmp_path: Path, version: str, line: str, field: str, text: str) -> None:
    assert cards(tmp_path, card(line, version))[0][field] == text


def test_names_are_parted_at_commas_where_the_version_has_lists(tmp_path: Path) -> None:
    line = "N:Berg;Anna;Maria,Eva;Dr.,Prof.;"
    listed, plain = cards(tmp_path, card(line, "4.0") + card(line, "2.1"))
    assert (listed["middle_name"], listed["salutation"]) == ("Maria Eva", "Dr. Prof.")
    assert plain["middle_name"] == "Maria,Eva"


BROKEN = {
    "a line that is no property": card("???"),
    "an unknown character set": card("FN;ENCODING=QUOTED-PRINTABLE;CHARSET=X-NONE:=41"),
    "bytes of another character set": card("FN;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:=FF"),
    "no end": "BEGIN:VCARD\nVERSION:3.0\nFN:half\n",
    "an end of something else": card("END:VEVENT"),
    "no beginning": "VERSION:3.0\nFN:half\nEND:VCARD\n",
    "far too long": card("NOTE:" + "x" * 5_000_000 + "\n " + "y" * 5_000_000),
    "a NUL": card("FN:a\0b"),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_a_broken_card_costs_itself_only(tmp_path: Path, broken: str) -> None:
    rows = read(tmp_path, a("Ada") + broken + a("Eva"))
    assert [(row.number, bool(row.error)) for row in rows] == [(1, False), (2, True), (3, False)]
    assert (rows[0].cells[0], rows[2].cells[0]) == ("Ada", "Eva")


def test_the_last_card_of_a_file_that_was_cut_off_is_a_row_with_an_error(tmp_path: Path) -> None:
    first, last = read(tmp_path, a("Ada") + "BEGIN:VCARD\nFN:E")
    assert not first.error
    assert last.error == "begins on line 5 and has no END:VCARD; is the file whole?"


@pytest.mark.parametrize(
    "text",
    [
        a("Ada").rstrip("\n") + a("Eva"),
        a("Ada").rstrip("\n") + "\ufeff" + a("Eva"),
        "\ufeff" + a("Ada") + "\ufeff" + a("Eva"),
        a("Ada") + "\n\n  \n" + a("Eva"),
        f"BEGIN:VADDRESSBOOK\n{a('Ada')}{a('Eva')}END:VADDRESSBOOK\n",
        f"BEGIN:VADDRESSBOOK\nVERSION:1.0\nX-WR-NAME:Friends\n{a('Ada')}END:VADDRESSBOOK\n"
        f"BEGIN:VADDRESSBOOK\n{a('Eva').rstrip()}END:VADDRESSBOOK\n",
        (a("Ada") + a("Eva")).lower().replace("ada", "Ada").replace("eva", "Eva"),
        card("FN:Ada\nAGENT:\nBEGIN:VCARD\nFN:Max\nEND:VCARD") + a("Eva"),
        card("FN:Ada\nPHOTO;ENCODING=BASE64;JPEG:/9j/4AAQ\n SkZJRg\nABAQAAAQ==\n") + a("Eva"),
    ],
    ids=["glued", "glued with a mark", "two files with marks", "empty lines", "wrapped", "two wrappers",
         "small letters", "a card within a card", "a picture that is not folded"],
)  # fmt: skip
def test_how_cards_stand_in_a_file(tmp_path: Path, text: str) -> None:
    assert [each["name"] for each in cards(tmp_path, text)] == ["Ada", "Eva"]


def test_a_wrapper_is_recognised_without_a_telling_name(tmp_path: Path) -> None:
    (tmp_path / "book").write_text(f"BEGIN:VADDRESSBOOK\n{a('Ada')}END:VADDRESSBOOK\n")
    assert open_source(str(tmp_path / "book")).format == "vcard"


@pytest.mark.parametrize(
    ("text", "birthday", "about"),
    [
        ("1985-04-15", "1985-04-15", ""), ("19850415T000000Z", "1985-04-15", ""), ("--0415", "", "Birthday: 04-15"),
        ("1985", "", "Birthday: 1985"), ("1985-04", "", "Birthday: 1985-04"),
        ("0000-04-15", "", "Birthday: 0000-04-15"),
        ("1985-13-45", "", "Birthday: 1985-13-45"), ("April 15", "", "Birthday: April 15"),
    ],
)  # fmt: skip
def test_a_birthday_that_is_no_whole_date_is_kept_as_text(tmp_path: Path, text: str, birthday: str, about: str) -> None:
    (fields,) = cards(tmp_path, card(f"FN:Ada\nBDAY:{text}"))
    assert (fields.get("birthday", ""), fields.get("description", "")) == (birthday, about)
