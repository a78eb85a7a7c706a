"""Columns and indexes computed from the data: match keys, search words, dates of the next task and the last contact.

They are written with every change and recorded by none, so that `undo` restores them by computing them again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from leadcli.model.kinds import Record
from leadcli.store.schema import SEARCH
from leadcli.text import match_keys

if TYPE_CHECKING:
    from leadcli.store.engine import Connection
    from leadcli.store.store import Store

_PAGE = 500  # leads read at a time
_NONE = ("", "")
_FTS_VERSION = 4  # of the tables an FTS5 index consists of
INDEXES = {table: column for table, (column, _) in SEARCH.items()}  # in the order in which `texts` gives their words
SEARCHED = ("name", "first_name", "middle_name", "last_name", "company", "emails", "phones", "tags", "description")
# The fields behind the match keys: when one of them changes, all keys of the record are computed again.
_PLACE = ("street", "city", "postcode")
KEYED_BY: Mapping[str, tuple[str, ...]] = {
    "lead": ("name", "company", "first_name", "last_name", *_PLACE),
    "account": ("name", *_PLACE),
    "contact": ("name", "first_name", "last_name", *_PLACE),
}


def columns(record: str, values: Mapping[str, Any]) -> dict[str, str | None]:
    """The match keys of a whole record, by column (see matching.py); None for an empty one."""
    if record not in KEYED_BY:
        return {}
    get = values.get
    name, first, last = get("name") or "", get("first_name") or "", get("last_name") or ""
    if record == "lead":
        keys = lead_keys([name], [get("company") or ""], [(first, last)], [match_keys.address_key(*_place(values))])
        found = {column: key or None for column, (key,) in zip(LEAD_KEYS, keys, strict=True)}
        return {"other_name_key": _unusual(found.pop("name_key"), values.get("name")), **found}
    found = {"name_key": match_keys.name_key(name), "address_key": match_keys.address_key(*_place(values))}
    if record == "account":
        found["company_key"] = match_keys.company_key(name)
    else:
        found["person_key"] = match_keys.person_key(name, first=first, last=last)
    return {column: key or None for column, key in found.items()}


def _unusual(key: str | None, name: str | None) -> str | None:
    """The key of a name as it is stored: None where it is the name in small letters (of ASCII: SQLite's lower())."""
    return None if (key or "") == (name or "").encode().lower().decode() else key or ""


LEAD_KEYS = ("name_key", "address_key", "person_key", "company_key")


def lead_keys(
    names: Sequence[str], companies: Iterable[str], people: Iterable[tuple[str, str]], addresses: Sequence[str],
    folded: Sequence[str] | None = None,
) -> list[Sequence[str]]:  # fmt: skip
    """The match keys of leads, a column each in the order of LEAD_KEYS, '' for none.

    `people` are first and last names, `addresses` address_keys; the names may come `folded` already.
    """
    found = match_keys.namings(names, companies, people, match_keys.folds(names) if folded is None else folded)
    named, persons, firms = zip(*found, strict=True) if found else ((), (), ())
    return [named, addresses, persons, firms]


def _place(values: Mapping[str, Any]) -> tuple[str, str, str]:
    return values.get("street") or "", values.get("city") or "", values.get("postcode") or ""


def recomputed(store: Store, record: str, id: int, values: Mapping[str, Any]) -> dict[str, str | None]:
    """The match keys of a record of which `values` change; {} when no key depends on them."""
    sources = KEYED_BY.get(record, ())
    if not any(name in values for name in sources):
        return {}
    return columns(record, {**store.get(record, id, fields=sources), **values})


def other_key(table: str, item: Any) -> str | None:
    """The match key as it is stored: None where it is the usual one of its table (see schema.KEYED)."""
    key = side_key(table, item)
    if table == "phones":
        return None if item["e164"] and key == item["e164"][1:] else key
    return None if key == (item if isinstance(item, str) else item["value"]) else key


def side_key(table: str, item: Any) -> str:
    """The indexed match key of one e-mail, phone or tag."""
    if table == "emails":
        return match_keys.email_key(item["value"])
    if table == "phones":
        return phone_key(item)
    return str(item).casefold()


def phone_key(item: Mapping[str, Any]) -> str:
    """Digits of the E.164 form without extension, else the digits as typed."""
    number = item["e164"].partition(";")[0] if item["e164"] else item["value"]
    return "".join(filter(str.isdigit, number))


def words(record: Mapping[str, Any], notes: Iterable[str] = ()) -> str:
    """The text a lead is found by, folded: what people call it, its addresses and numbers, tags, description, notes."""
    parts = [record.get(name) for name in ("name", "first_name", "middle_name", "last_name", "company", "description")]
    parts += [item["value"] for item in record.get("emails") or ()]
    for item in record.get("phones") or ():
        typed = "".join(filter(str.isdigit, item["value"]))
        key = phone_key(item)
        parts += [typed, key] if typed != key else [key]
    parts += record.get("tags") or ()
    return match_keys.fold(" ".join(part for part in (*parts, *notes) if part))


def texts(store: Store, leads: Iterable[Mapping[str, Any]]) -> dict[int, tuple[str, str]]:
    """What the search indexes hold of these leads, in the order of INDEXES; of SEARCHED fields empty ones may lack."""
    leads = list(leads)
    notes: dict[int, list[str]] = {}
    sql = """SELECT record_id, text FROM activities WHERE record = 'lead' AND text IS NOT NULL
             AND record_id IN (SELECT value FROM json_each(?)) ORDER BY id"""
    for lead, text in store.select(sql, (json.dumps([row["id"] for row in leads]),)):
        notes.setdefault(lead, []).append(text)
    return {
        row["id"]: (words(row, notes.get(row["id"], ())), match_keys.name_key(row.get("name") or "")) for row in leads
    }


def indexed(store: Store, ids: range | None = None) -> Iterator[dict[int, tuple[str, str]]]:
    """The same for the leads among `ids`, or all, a page at a time."""
    if ids is None:
        low, high = store.select("SELECT coalesce(min(id), 0), coalesce(max(id), -1) FROM leads")[0]
        ids = range(low, high + 1)
    for start in range(0, len(ids), _PAGE):
        yield texts(store, store.fetch("lead", ids[start : start + _PAGE], fields=SEARCHED))


def index_all(store: Store) -> None:
    """Build both search indexes anew from the data."""
    write = store.connection
    for table in INDEXES:
        write.execute(f"INSERT OR REPLACE INTO {table}_config VALUES ('version', {_FTS_VERSION})")  # may be damaged
        write.execute(f"INSERT INTO {table}({table}) VALUES ('delete-all')")
    for rows in indexed(store):
        index(write, rows)


def index(write: Connection, rows: Mapping[int, tuple[str, str]]) -> None:
    """Add leads to the search indexes, given what `texts` tells of them."""
    for place, (table, column) in enumerate(INDEXES.items()):
        filled = [(id, found[place]) for id, found in rows.items() if found[place]]
        write.executemany(f"INSERT INTO {table}(rowid, {column}) VALUES (?, ?)", filled)


def forget(write: Connection, rows: Mapping[int, tuple[str, str]]) -> None:
    """Take leads out of the search indexes, which hold no text and must be told what they were fed."""
    for place, (table, column) in enumerate(INDEXES.items()):
        held = [(id, found[place]) for id, found in rows.items() if found[place]]
        write.executemany(f"INSERT INTO {table}({table}, rowid, {column}) VALUES ('delete', ?, ?)", held)


class Derived:
    """What one operation touched and has to settle before it commits."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.fresh: set[int] = set()
        self.before: dict[int, tuple[str, str]] = {}
        self.worked: set[int] = set()
        self.anew = False  # most leads go: the search indexes are built again for those that stay

    def remember(self, lead: int) -> None:
        """Keep what the search index holds for a lead: a contentless index is told its old text to forget it."""
        if lead not in self.fresh and lead not in self.before:
            found = texts(self.store, self.store.fetch("lead", [lead], fields=SEARCHED))
            self.before[lead] = found.get(lead, _NONE)

    def know(self, leads: Iterable[Mapping[str, Any]]) -> None:
        """The same for many leads, which were just read."""
        rows = [row for row in leads if row["id"] not in self.fresh and row["id"] not in self.before]
        self.before |= texts(self.store, rows)

    def rework(self, leads: Iterable[int]) -> None:
        """The same for many leads whose activities come or go: the dates of work are computed again as well."""
        ids = sorted(set(leads))
        self.know(self.store.fetch("lead", ids, fields=SEARCHED))
        self.worked.update(ids)

    def settle(self) -> None:
        """Bring the search indexes and the dates of touched leads up to date."""
        write = self.store.connection
        touched = [] if self.anew else list(self.fresh | self.before.keys())
        for start in range(0, len(touched), _PAGE):
            ids = touched[start : start + _PAGE]
            now = texts(self.store, self.store.fetch("lead", ids, fields=SEARCHED))
            moved = [id for id in ids if self.before.get(id, _NONE) != now.get(id, _NONE)]
            forget(write, {id: self.before[id] for id in moved if id in self.before})
            index(write, {id: now[id] for id in moved if id in now})
        if self.anew:
            index_all(self.store)
        write.executemany(WORK, [(lead,) for lead in self.worked])
        self.fresh, self.before, self.worked, self.anew = set(), {}, set(), False


# A task is an activity with a due date; a plan for the future is no contact yet, so a later read asks again
# (fields.py).
# Of due days and due moments the first of each is kept, the one with the smaller text as due_at (see fields.py).
WORK = """UPDATE leads SET
    (due_at, other_due_at) = (
        SELECT min(first), CASE WHEN count(*) > 1 THEN max(first) END FROM (
            SELECT min(due_at) AS first FROM activities a WHERE a.record = 'lead' AND a.record_id = leads.id
            AND due_at IS NOT NULL AND done_at IS NULL GROUP BY length(due_at))),
    activity_at = (SELECT max(at) FROM activities a WHERE a.record = 'lead' AND a.record_id = leads.id),
    contacted_at = (SELECT max(at) FROM activities a WHERE a.record = 'lead' AND a.record_id = leads.id
                    AND due_at IS NULL AND kind IN ('call', 'email', 'meeting', 'visit'))
    WHERE id = ?"""


def whole(record: Record) -> Record:
    """A record without its empty fields, as the journal keeps a deleted one."""
    return {name: value for name, value in record.items() if value is not None and value != []}
