"""Writes a CSV of made-up leads, the same for the same number: `python generate.py ROWS FILE`."""

# ruff: noqa: SIM905 - word lists read better as words
from __future__ import annotations

import csv
import random
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

COLUMNS = (
    "name", "company", "job_title", "emails", "phones", "city", "country", "source", "status", "owner", "value",
    "created_at", "lost_reason", "tags",
)  # fmt: skip
FIRST = (
    "Ada Grace Linus Margaret Edsger Barbara Donald Radia Niklaus Frances Ken Shafi Dennis Hedy Tim Anita Alan Karen "
    "Jean Katherine Dorothy Mary Joan Sofia Emmy Maryam Srinivasa Leonhard Carl Évariste Blaise Noor Ingrid Søren "
    "Zoë Łukasz Jürgen Aïcha Chiara Tomás Yuki Wei Priya Kwame Fatima Olga Dmitri Mateo Amélie Björn"
).split()
LAST = (
    "Lovelace Hopper Hamilton Liskov Knuth Perlman Wirth Allen Thompson Goldwasser Lamarr Borg Turing Jones Bartik "
    "Johnson Vaughan Jackson Clarke Kowalska Noether Mirza Raman Euler Gauss Galois Pascal Inayat Bergman Larsen "
    "Åkesson Wójcik Müller Benali Ricci García Tanaka Zhang Sharma Mensah Haddad Ivanova Popov Fernández Dubois "
    "Lindqvist Novák Szabó Papadaki Yılmaz Okafor Van-Dijk O'Neill McAllister Hernandez Anderson Petersen Rossi Silva"
).split()
# Half of the family and company names are put together from these: real files hold many thousands of different words.
SYLLABLE = (
    "ba be bo da den dor el en fal fin gar gil han hol in ka kel kor la lin lor mar mel mo na nel nor o pa pel ra ren "
    "ros sa sel sen ta tel tor u van vel wa win za zel"
).split()
COMPANY = (
    "Analytical Northern Blue Granite Harbour Cedar Summit Copper Orbit Lantern Meridian Falcon Willow Ember Quartz "
    "Atlas Beacon Delta Fjord Garnet Helix Indigo Juniper Kestrel Lotus Maple Nimbus Onyx Prairie Raven"
).split()
TRADE = (
    "Engines Foods Logistics Pumps Textiles Software Robotics Optics Bearings Paper Energy Clinics Hotels Tools "
    "Printing Timber Glass Software Networks Farms Consulting Shipping Motors Ceramics"
).split()
FORM = "Ltd GmbH Inc. S.A. B.V. AB SpA LLC AG Oy s.r.o. Kft.".split()
TITLE = (
    "Buyer", "Head of Purchasing", "CTO", "Owner", "Plant Manager", "Office Manager", "Managing Director", "Engineer",
)  # fmt: skip
# Country, its cities, and how its numbers are written: # is any digit.
PLACES = (
    ("Germany", ("Berlin", "Hamburg", "Köln", "München"), "+49 30 2######"),
    ("United Kingdom", ("London", "Leeds", "Bristol"), "+44 20 7### ####"),
    ("United States", ("Boston", "Denver", "Omaha", "Austin"), "+1 617-2##-####"),
    ("France", ("Paris", "Lyon", "Nantes"), "+33 1 42 ## ## ##"),
    ("Spain", ("Madrid", "Sevilla"), "+34 912 ### ###"),
    ("Poland", ("Kraków", "Gdańsk"), "+48 12 2## ## ##"),
    ("Slovakia", ("Bratislava", "Košice"), "+421 2 5### ####"),
    ("Italy", ("Milano", "Torino"), "+39 02 4### ####"),
)
SOURCES = ("Referral", "Website", "Event", "Call", "Email", "Campaign", "Other")
STATUSES = ("New",) * 5 + ("Contacted",) * 4 + ("Qualified",) * 3 + ("Converted",) * 2 + ("Lost",) * 3
LOST = ("Too expensive", "Chose a competitor", "No budget", "No response", "Bad timing", "Not a fit")
OWNERS = ("ann", "bob", "eva", "hugo")
TAGS = ("expo26", "urgent", "vip", "newsletter", "partner", "demo", "renewal", "export")
LAST_DAY = date(2026, 11, 20)
SEED = 20261122


def rows(count: int) -> Iterator[tuple[object, ...]]:
    """The first `count` leads of one endless list, about 140 bytes each; one in a hundred repeats an earlier e-mail."""
    draw = random.Random(SEED)
    seen = ["ada.lovelace@engines.example.com"]
    for number in range(1, count + 1):
        first, last = draw.choice(FIRST), _word(draw, LAST)
        company = f"{_word(draw, COMPANY)} {draw.choice(TRADE)} {draw.choice(FORM)}"
        country, cities, pattern = draw.choice(PLACES)
        if draw.random() < 0.01:
            email = draw.choice(seen)
        else:
            email = f"{_plain(first)}.{_plain(last)}{number}@{_plain(company.split()[0])}{number % 997}.example.com"
        if number % 50 == 1:
            seen.append(email)
        status = draw.choice(STATUSES)
        yield (
            f"{first} {last}",
            company,
            draw.choice(TITLE) if draw.random() < 0.6 else "",
            email,
            _number(draw, pattern) if draw.random() < 0.6 else "",
            draw.choice(cities),
            country if draw.random() < 0.8 else "",
            draw.choice(SOURCES),
            status,
            draw.choice(OWNERS),
            draw.randrange(2, 400) * 50 if draw.random() < 0.7 else "",
            LAST_DAY - timedelta(days=int(draw.random() ** 2 * 1000)),
            draw.choice(LOST) if status == "Lost" else "",
            ";".join(sorted(draw.sample(TAGS, draw.randrange(3)))),
        )


def write(count: int, path: Path) -> None:
    """Write the leads to `path`, header first."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows(count))


def _word(draw: random.Random, known: list[str]) -> str:
    return draw.choice(known) if draw.random() < 0.5 else "".join(draw.choices(SYLLABLE, k=3)).capitalize()


def _number(draw: random.Random, pattern: str) -> str:
    return "".join(str(draw.randrange(10)) if sign == "#" else sign for sign in pattern)


def _plain(text: str) -> str:
    return "".join(sign for sign in text.lower() if sign.isascii() and sign.isalnum()) or "x"


if __name__ == "__main__":
    write(int(sys.argv[1]), Path(sys.argv[2]))
