"""Made-up leads for tests of duplicates: different persons, and the same ones as somebody else writes them down."""

from __future__ import annotations

import csv
import io
import itertools
import random
from collections.abc import Sequence

from desk import Desk

COLUMNS = ("name", "company", "emails", "phones", "street", "city", "postcode", "external_id")


def desk_of(desk: Desk, rows: Sequence[dict[str, str]]) -> Desk:
    """A desk with these leads, as they are."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="")
    writer.writeheader()
    writer.writerows(rows)
    desk.run("import", desk.file("leads.csv", text.getvalue()), "--on-duplicate", "create")
    return desk


FIRST = [
    "Ada", "Boris", "Carla", "Dmitri", "Elena", "Felix", "Greta", "Hugo", "Ingrid", "Jonas", "Katrin", "Ludwig",
    "Marta", "Nikolai", "Olivia", "Pavel", "Quentin", "Rosalie", "Stefan", "Tamara", "Ulrich", "Valentin", "Wanda",
    "Xavier", "Yvonne", "Zoltan",
]  # fmt: skip
PARTS = [
    "bar", "cel", "dom", "fur", "gan", "hol", "jek", "kas", "lim", "mor", "nav", "pol", "qui", "ros", "sten", "tav",
    "ulm", "vik", "wen", "zor",
]  # fmt: skip


def people(count: int) -> list[dict[str, str]]:
    """So many different persons of different firms, the same ones each time."""
    chance = random.Random(11)
    words = ["".join(each) for each in itertools.product(PARTS, repeat=3 if count < 8000 else 4)]
    families, firms = chance.sample(words, count), chance.sample(words, count)
    return [
        {"name": f"{chance.choice(FIRST)} {family.title()}", "company": firm.title()}
        for family, firm in zip(families, firms, strict=True)
    ]


def messy(row: dict[str, str], chance: random.Random) -> dict[str, str]:
    """The same person as somebody else would write it down."""
    first, _, last = row["name"].partition(" ")
    slip = chance.randrange(1, len(last) - 1)
    name = chance.choice([f"{last}, {first}", f"{first[0]}. {last}", f"{first} {last[:slip]}{last[slip + 1 :]}",
                          row["name"].upper(), f"Dr. {row['name']}"])  # fmt: skip
    kept = {part: row[part] for part in ("emails", "phones", "street") if chance.random() < 0.6}
    return {"name": name, "company": row["company"].replace(" Ltd", ""), "city": row["city"], **kept}


def labelled(count: int) -> tuple[list[dict[str, str]], list[set[int]]]:
    """Leads of `count` persons, every third of them twice, and which ids are one person."""
    chance = random.Random(7)
    rows, pairs = [], []
    for number, person in enumerate(people(count)):
        first, _, last = person["name"].casefold().partition(" ")
        row = {
            "name": person["name"], "company": f"{person['company']} Ltd", "city": f"{PARTS[number % 20]}ville",
            "emails": f"{first}.{last}@{last}{number % 97}.com", "phones": f"+44207{9000000 + number * 37}",
            "street": f"{number % 300 + 1} {FIRST[number % 19]} Street",
        }  # fmt: skip
        rows.append(row)
        if number % 3 == 0:
            rows.append(messy(row, chance))
            pairs.append({len(rows) - 1, len(rows)})
    return rows, pairs
