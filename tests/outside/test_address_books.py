"""Cards through khard, vdirsyncer and abook, and back: every value an address book carries stays what it was."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from desk import Desk, Result
from outside_programs import require_program

pytestmark = pytest.mark.slow
Program = Callable[..., Result]

# What a card carries (README "Export").
FIELDS = ("uid,name,salutation,first_name,middle_name,last_name,job_title,company,emails,phones,street,city,region,"
          "postcode,country,addresses,website,birthday,tags,description")  # fmt: skip
KHARD = "[addressbooks]\n[[leads]]\npath = {home}/book\n[general]\ndefault_action = list\n"
VDIRSYNCER = """[general]
status_path = "{home}/status/"
[pair leads]
a = "file"
b = "folder"
collections = null
[storage file]
type = "singlefile"
path = "{home}/book.vcf"
[storage folder]
type = "filesystem"
path = "{home}/book/"
fileext = ".vcf"
"""


@pytest.fixture
def people(desk: Desk) -> Desk:
    """Three leads whose values hold what cards escape, fold and part."""
    desk.ok("add", "Ada Lovelace", "--salutation", "Dr", "--first-name", "Ada", "--middle-name", "K.", "--last-name",
            "Lovelace", "--company", "Müller, Söhne; Partner", "--job-title", "Head of Sales, EMEA", "--email",
            "work:ada@x.example", "--email", "home:ada2@x.example", "--phone", "work:+493023125411", "--phone",
            "mobile:+12025550101", "--street", "1 St; rear, left", "--city", "Berlin", "--postcode", "01067",
            "--country", "Germany", "--website", "https://x.example/a,b?c=1;2", "--birthday", "1985-04-01", "--tag",
            "vip", "--tag", "expo 26", "--description",
            "met in Rome, Paris; and Oslo\nC:\\new\\team " + "é" * 90)  # fmt: skip
    desk.ok("add", "李雷", "--company", "中文公司", "--email", "li@x.example")
    desk.ok("add", "Bob", "--phone", "+442079460000")
    return desk


@pytest.fixture
def shelf(people: Desk, outside: Program) -> Desk:
    """The cards in a folder that khard reads. khard ends a web address at a comma, so there is none."""
    people.ok("edit", "1", "--website", "https://x.example/a?b=1;2")
    people.ok("export", "-o", "book.vcf")
    (people.home / "book").mkdir()
    sync(people, outside)
    people.file("khard.conf", KHARD.format(home=people.home))
    return people


def carried(desk: Desk, db: Path, fields: str = FIELDS) -> list[dict[str, str]]:
    text = desk.ok("--db", db, "export", "--fields", fields, "--sort", "name", "--raw", "--format", "csv")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def taken_back(desk: Desk, files: Sequence[Path], fields: str = FIELDS) -> list[dict[str, str]]:
    db = desk.home / "back.db"
    for file in files:
        desk.ok("--db", db, "import", file, "--match", "uid", "--yes")
    return carried(desk, db, fields)


def sync(desk: Desk, outside: Program) -> None:
    desk.file("vdirsyncer.conf", VDIRSYNCER.format(home=desk.home))
    outside("vdirsyncer", "-c", "vdirsyncer.conf", "discover", stdin="y\ny\n")
    outside("vdirsyncer", "-c", "vdirsyncer.conf", "sync")


def test_vdirsyncer_makes_a_folder_of_our_file_and_it_comes_back(people: Desk, outside: Program) -> None:
    people.ok("export", "-o", "book.vcf")
    (people.home / "book").mkdir()
    sync(people, outside)
    files = sorted((people.home / "book").glob("*.vcf"))
    assert len(files) == 3
    assert taken_back(people, files) == carried(people, people.db)


def test_vdirsyncer_makes_one_file_of_a_folder(people: Desk, outside: Program) -> None:
    (people.home / "book").mkdir()
    people.ok("export", "-o", "one.vcf")
    cards = (people.home / "one.vcf").read_bytes().decode().split("BEGIN:VCARD")[1:]
    for number, card in enumerate(cards):
        people.file(f"book/{number}.vcf", "BEGIN:VCARD" + card)
    sync(people, outside)
    assert "BEGIN:VADDRESSBOOK" in (people.home / "book.vcf").read_text()
    assert taken_back(people, [people.home / "book.vcf"]) == carried(people, people.db)


def test_khard_reads_our_cards(shelf: Desk, outside: Program) -> None:
    emails = outside("khard", "-c", "khard.conf", "email", "--parsable").stdout
    assert sorted(line.split("\t")[0] for line in emails.splitlines() if "@" in line) == [
        "ada2@x.example", "ada@x.example", "li@x.example",
    ]  # fmt: skip
    shown = outside("khard", "-c", "khard.conf", "show", "Lovelace").stdout
    for text in ("Müller, Söhne; Partner", "Head of Sales, EMEA", "1 St; rear, left", "met in Rome, Paris; and Oslo",
                 "https://x.example/a?b=1;2", "01067 Berlin", "04/01/85", "expo 26", "work, pref=1: +493023125411"
                 ):  # fmt: skip
        assert text in shown, shown


def test_khard_changes_a_card_and_the_rest_comes_back(shelf: Desk, outside: Program) -> None:
    text = outside("khard", "-c", "khard.conf", "show", "--format", "yaml", "Lovelace").stdout
    shelf.file("change.yaml", text.replace("Head of Sales, EMEA", "Chief, of all"))
    outside("khard", "-c", "khard.conf", "edit", "--input-file", "change.yaml", "Lovelace", stdin="y\n")
    back = taken_back(shelf, sorted((shelf.home / "book").glob("*.vcf")))
    assert back == [
        row | {"job_title": "Chief, of all"} if row["company"].startswith("Müller") else row
        for row in carried(shelf, shelf.db)
    ]


NEW = """First name: Zoë
Last name: Mc; Donald
Organisation: Acme, Inc.
Title: Boss
Phone:
    work: "+49 30 23125411"
Email:
    work:
        - zoe@x.example
        - zoe2@x.example
Address:
    home:
        Box: ""
        Extended: ""
        Street: 1 Main, rear
        Code: "00123"
        City: Rome
        Region: ""
        Country: Italy
Note: |
    two
    lines, and a comma
Categories:
    - vip
"""


def test_a_card_khard_made_is_read(desk: Desk, outside: Program) -> None:
    (desk.home / "book").mkdir()
    desk.file("khard.conf", KHARD.format(home=desk.home))
    desk.file("new.yaml", NEW)
    outside("khard", "-c", "khard.conf", "new", "--addressbook", "leads", "--input-file", "new.yaml")
    (card,) = (desk.home / "book").glob("*.vcf")
    desk.ok("import", card)
    lead = desk.json("show", "1")
    assert (lead["first_name"], lead["last_name"], lead["company"], lead["job_title"]) == (
        "Zoë", "Mc; Donald", "Acme, Inc.", "Boss",
    )  # fmt: skip
    assert [each["value"] for each in lead["emails"]] == ["zoe@x.example", "zoe2@x.example"]
    assert (lead["street"], lead["postcode"], lead["city"], lead["country"]) == (
        "1 Main, rear",
        "00123",
        "Rome",
        "Italy",
    )
    assert (lead["description"], lead["tags"]) == ("two\nlines, and a comma", ["vip"])


ABOOK = """[format]
program=abook
version=0.6.1

[0]
name=Ada Lovelace
email=ada@x.example,ada2@x.example
address=1 Main St
city=Berlin
zip=01067
country=Germany
workphone=+49 30 23125411
mobile=+1 202 555 0101
notes=met in Rome, Paris
"""


def test_what_abook_writes_is_read(desk: Desk) -> None:
    desk.file("addressbook", ABOOK)
    done = desk.command([require_program("abook"), "--convert", "--informat", "abook", "--infile", "addressbook",
                         "--outformat", "vcard", "--outfile", "abook.vcf"])  # fmt: skip
    assert done.returncode == 0, done.both
    desk.ok("import", "abook.vcf")
    lead = desk.json("show", "1")
    assert (lead["name"], [each["value"] for each in lead["emails"]]) == (
        "Ada Lovelace", ["ada@x.example", "ada2@x.example"],
    )  # fmt: skip
    assert (lead["street"], lead["city"], lead["postcode"], lead["country"], lead["description"]) == (
        "1 Main St", "Berlin", "01067", "Germany", "met in Rome, Paris",
    )  # fmt: skip
    assert sorted(each["e164"] for each in lead["phones"]) == ["+12025550101", "+493023125411"]
