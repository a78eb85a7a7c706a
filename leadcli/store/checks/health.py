"""Checks that the file is sound: SQLite's integrity check, the schema against the registry, rows without an owner."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from leadcli.errors import Failed, Unforeseen
from leadcli.store import engine, failures, safety_copy, schema
from leadcli.store.checks import diagnosis

if TYPE_CHECKING:
    from leadcli.store.store import Store

_PAGE = 2000
_SOME = 5
# Tables whose rows belong to a record: (table, what a row is called).
OWNED = {"emails": "e-mails", "phones": "phones", "addresses": "addresses", "tags": "tags",
          "lead_products": "products", "document_lines": "document lines", "activities": "activities",
          "attachments": "attachments", "documents": "documents"}  # fmt: skip
KEYLESS = ("emails", "phones", "addresses", "tags", "lead_products", "document_lines")
OWNERS = ("lead", "account", "contact", "opportunity", "document")


def copy_database(store: Store, target: Path) -> dict[str, int]:
    """A consistent copy at `target`, looked through before it takes its place. Rows by table.

    Raises Failed when the copy is not sound or lacks a row.
    """
    with engine.snapshot(store.connection):
        counts = _counts(store.connection)

        def check(copied: engine.Connection) -> None:
            if integrity(copied):
                if integrity(store.connection):
                    raise failures.damaged(str(store.path))
                raise Failed("the copy is damaged, the desk is not.", hint="nothing was written; try another disk")
            if _counts(copied) != counts:
                raise Failed("the copy lacks records.", hint="nothing was written; try again")

        safety_copy.copy_desk(store.connection, target, check=check)
    return counts


def _counts(connection: engine.Connection) -> dict[str, int]:
    names = connection.execute(
        """SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'
           AND substr(name, 1, 12) <> '_litestream_' ORDER BY name"""  # Litestream writes those whenever it likes
    ).fetchall()
    return {
        name: connection.execute(f"SELECT count(*) FROM {schema.quote_name(name)}").fetchone()[0] for (name,) in names
    }


def integrity(connection: engine.Connection) -> list[str]:
    """What SQLite's integrity check says; [] when all is well, or nothing but a search index, which can be built again.

    Raises Damaged where the check cannot go on.
    """
    try:
        remarks = [str(row[0]) for row in engine.select(connection, "PRAGMA integrity_check(20)")]
    except Unforeseen:  # one that is not even an index any more ends the check
        return [f"{name} cannot be read as it was written" for name in diagnosis.damaged_tables(connection)]
    if remarks == ["ok"]:
        return []
    tables = diagnosis.damaged_tables(connection)
    return remarks if tables or not diagnosis.broken_search(connection) else []


def dangling_links(store: Store) -> list[str]:
    """Links to records that do not exist."""
    rows = store.select("PRAGMA foreign_key_check")
    return [f"{row[0]} row {row[1]} points to a row of {row[2]} that does not exist" for row in rows[:_SOME]]


def duplicate_uids(store: Store) -> list[str]:
    """Leads with one and the same identity, which no index forbids (schema.uid_end)."""
    end = schema.uid_end("uid")
    rows = store.select(
        f"""SELECT min(id), max(id), uid FROM leads
            WHERE {end} IN (SELECT {end} FROM leads GROUP BY 1 HAVING count(*) > 1)
            GROUP BY uid HAVING count(*) > 1 LIMIT {_SOME}"""
    )
    return [f"leads {first} and {last} have the same uid {uid}" for first, last, uid in rows]


def schema_differences(store: Store) -> list[str]:
    """What the file has not, or otherwise than a new desk."""
    from leadcli.store.checks.schema_comparison import compare_schema  # it loads sqlite-utils

    return [str(each) for each in compare_schema(store.connection)]


def ownerless(store: Store) -> Iterator[tuple[str, str]]:
    """(table, sentence) for rows whose record is gone."""
    for table, called in OWNED.items():
        count = store.select(f"SELECT count(*) FROM {table} c WHERE {ownerless_condition(store)}")[0][0]
        if count:
            yield table, f"{count} {called} belong to no record"
    count = store.select(
        """SELECT count(*) FROM attachments a WHERE NOT EXISTS
           (SELECT 1 FROM attachment_contents c WHERE c.sha256 = a.sha256)"""
    )[0][0]
    if count:
        yield "attachment_contents", f"{count} attached files have no content"


def ownerless_condition(store: Store) -> str:
    """SQL over the alias `c` of a side table: the row's record does not exist."""
    known = ", ".join(f"'{record}'" for record in OWNERS)
    parts = [
        f"(c.record = '{record}' AND NOT EXISTS (SELECT 1 FROM {store.type(record).table} r WHERE r.id = c.record_id))"
        for record in OWNERS
    ]
    return f"c.record NOT IN ({known}) OR {' OR '.join(parts)}"


def journal_mode(store: Store) -> str:
    """wal, delete ..."""
    return str(store.select("PRAGMA journal_mode")[0][0])


def values_of_column(store: Store, table: str) -> Iterator[tuple[str, int, str]]:
    """(record, its id, value) of every row of emails or phones."""
    last = ("", 0, -1)
    while rows := store.select(
        f"""SELECT record, record_id, position, value FROM {table}
            WHERE (record, record_id, position) > (?, ?, ?) ORDER BY 1, 2, 3 LIMIT {_PAGE}""",
        last,
    ):
        yield from ((row[0], row[1], row[3]) for row in rows)
        last = rows[-1][:3]


def unread_phones(store: Store) -> list[tuple[str, int, str]]:
    """(record, its id, number as typed) of phones that could not be read as a number."""
    sql = "SELECT record, record_id, value FROM phones WHERE e164 IS NULL ORDER BY record, record_id"
    return store.select(sql)
