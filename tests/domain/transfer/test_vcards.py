"""vCards of Apple, Android, Outlook and the 4.0 standard."""

from __future__ import annotations

from pathlib import Path

import pytest

from leadcli.domain.data.import_.readers.delimited import Source
from leadcli.domain.data.import_.readers.open_file import open_source
from leadcli.errors import Usage

APPLE = """BEGIN:VCARD
VERSION:3.0
PRODID:-//Apple Inc.//macOS 14//EN
N:Lovelace;Ada;King;Dr.;
FN:Ada Lovelace
ORG:Analytical Engines;
TITLE:Chief Engi
 neer
EMAIL;type=INTERNET;type=HOME:ada@home.example
item3.EMAIL;type=INTERNET;type=pref:ada@acme.example
item3.X-ABLabel:Assistant
item1.TEL;type=HOME;type=VOICE:+44 20 7946 0000
item5.TEL:+44 20 7946 0001
item5.X-ABLabel:_$!<Work>!$_
TEL;type=CELL;type=VOICE;type=pref:+44 7700 900123
TEL;type=WORK;type=FAX:+44 20 7946 0009
TEL;type=PAGER:+44 7600 900000
item4.ADR;type=WORK;type=pref:;;1 High St\\nFloor 2;London;Greater London;E1 6AN;United Kingdom
ADR;type=HOME:;;2 Low Rd;Leeds;;LS1;United Kingdom
item2.URL;type=pref:https\\://acme.example
item2.X-ABLabel:_$!<HomePage>!$_
BDAY:1978-01-20
NOTE:line one\\nline two\\, done
CATEGORIES:vip,a\\;b
PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAMCAgICAgMCAgID
 AwMDBAYEBAQEBAgGBgUGCQgKCgkICQkKDA8MCgsOCwkJDRENDg8QEBEQCgwSExIQEw8QEBD/
UID:0A1B:ABPerson
END:VCARD
"""
FOUR = """BEGIN:VCARD
VERSION:4.0
FN:Jean Dupont
N:Dupont;Jean;;M.;
TEL;VALUE=uri;PREF=2;TYPE="voice,work":tel:+33-1-99-00-00-01
TEL;VALUE=uri;PREF=1;TYPE="voice,home":tel:+33-6-12-34-56-78
EMAIL;TYPE=work:jean@ex.example
ORG;SORT-AS="ABC":ABC\\, Inc.;Sales
UID:urn:uuid:4fbe8971-0bc3-424c-9c26-36c3e1eff6b1
BDAY:--0415
END:VCARD
"""
OLD = """BEGIN:VCARD
VERSION:2.1
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=C3=B6rg;;;
TEL;CELL;PREF:0171 123
TEL;WORK;FAX:0171 999
NOTE;ENCODING=QUOTED-PRINTABLE:one=0D=0A=
two
EMAIL;INTERNET:j@x.example
END:VCARD
"""


def opened(tmp_path: Path, text: str) -> Source:
    (tmp_path / "in.vcf").write_bytes(text.replace("\n", "\r\n").encode())
    return open_source(str(tmp_path / "in.vcf"))


def cards(tmp_path: Path, text: str) -> list[dict[str, str]]:
    source = opened(tmp_path, text)
    return [{name: cell for name, cell in zip(source.headers, row.cells, strict=True) if cell} for row in source.rows]


def test_a_card_of_apple(tmp_path: Path) -> None:
    assert cards(tmp_path, APPLE) == [
        {
            "name": "Ada Lovelace", "salutation": "Dr.", "first_name": "Ada",
            "middle_name": "King", "last_name": "Lovelace",
            "job_title": "Chief Engineer", "company": "Analytical Engines",
            "emails": "Assistant:ada@acme.example;home:ada@home.example",
            "phones": "mobile:+44 7700 900123;home:+44 20 7946 0000;work:+44 20 7946 0001",
            "street": "1 High St\nFloor 2", "city": "London", "region": "Greater London", "postcode": "E1 6AN",
            "country": "United Kingdom",
            "address_label": "work",
            "addresses": '[{"label": "home", "street": "2 Low Rd", "city": "Leeds", "region": "", "postcode": "LS1", '
                         '"country": "United Kingdom"}]',
            "website": "https://acme.example", "birthday": "1978-01-20", "tags": r"vip;a\;b",
            "description": "line one\nline two, done", "external_id": "0A1B:ABPerson",
        }
    ]  # fmt: skip


def test_a_card_of_the_4_0_standard(tmp_path: Path) -> None:
    assert cards(tmp_path, FOUR) == [
        {
            "name": "Jean Dupont", "salutation": "M.", "first_name": "Jean", "last_name": "Dupont",
            "company": "ABC, Inc.",
            "emails": "work:jean@ex.example", "phones": "home:+33-6-12-34-56-78;work:+33-1-99-00-00-01",
            "description": "Birthday: 04-15", "external_id": "4fbe8971-0bc3-424c-9c26-36c3e1eff6b1",
        }
    ]  # fmt: skip


def test_a_card_of_an_old_phone(tmp_path: Path) -> None:
    assert cards(tmp_path, OLD) == [
        {
            "first_name": "Jörg",
            "last_name": "Müller",
            "emails": "j@x.example",
            "phones": "mobile:0171 123",
            "description": "one\ntwo",
        }
    ]


def test_what_has_no_column_is_named_at_the_end(tmp_path: Path) -> None:
    source = opened(tmp_path, APPLE + APPLE.replace("NOTE:", "URL:https://second.example\nNICKNAME:Countess\nNOTE:"))
    list(source.rows)
    assert source.notes[-1] == "left out PHOTO (2), URL (1), NICKNAME (1)"


def test_a_uid_of_leadcli_itself_is_a_uid(tmp_path: Path) -> None:
    own = "BEGIN:VCARD\nVERSION:3.0\nPRODID:-//leadcli//EN\nFN:Ada\nN:Ada;;;;\nUID:0190-x\nEND:VCARD\n"
    assert cards(tmp_path, own) == [{"name": "Ada", "last_name": "Ada", "uid": "0190-x"}]


def test_a_broken_card_is_a_row_with_an_error_and_the_next_is_read(tmp_path: Path) -> None:
    rows = list(opened(tmp_path, "BEGIN:VCARD\nVERSION:3.0\n???\nEND:VCARD\n" + FOUR).rows)
    assert [row.number for row in rows] == [1, 2]
    assert rows[0].error.startswith("is not a vCard that can be read")
    assert not rows[1].error


@pytest.mark.parametrize("text", ["name,email\n", "BEGIN:VCALENDAR\nEND:VCALENDAR\n"])
def test_what_is_no_vcard_file_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(Usage, match="line 1 is outside any card"):
        list(opened(tmp_path, text).rows)


def test_a_card_without_a_telling_name_is_recognised(tmp_path: Path) -> None:
    (tmp_path / "contacts").write_text(FOUR)
    assert open_source(str(tmp_path / "contacts")).format == "vcard"
