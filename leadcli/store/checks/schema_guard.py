"""The first look at a file, before anything is read from it: does it hold SQL that would run by itself?

A desk may come from anybody. leadcli has no trigger and no view, and computes only the columns that
`schema.computed_columns` lists; what looks different is judged in `strange_objects`, which is loaded only then.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from leadcli.store import engine, schema

# SQLite itself leaves out most tables in 40 microseconds: a computed column says AS, a virtual table has no page.
_SUSPECTS = """SELECT type, name, tbl_name, sql FROM sqlite_schema
               WHERE type IN ('trigger', 'view') OR type = 'table' AND (rootpage = 0 OR sql LIKE '%as%')"""


def check(connection: engine.Connection, path: Path) -> None:
    """Raise StrangeSchema (exit 6) for SQL in the file that is not leadcli's and would run by itself."""
    suspects = find_suspects(connection)
    if not suspects:
        return
    from leadcli.store.checks.strange_objects import StrangeSchema, judge

    objects = judge(connection, suspects)
    if objects:
        raise StrangeSchema(path, objects)


def find_suspects(connection: engine.Connection) -> list[tuple[str, str, str, str]]:
    """(type, name, table, SQL) of all in the file that is no plain table, search table or index of leadcli's kind."""
    rows: list[Any] = connection.execute(_SUSPECTS).fetchall()
    return [row for row in rows if row[0] != "table" or not _is_plain(row[1], row[3].lower())]


def _is_plain(name: str, sql: str) -> bool:
    """A table without computed columns but ours, or one of our full-text tables. `sql` in small letters."""
    if sql.lstrip().startswith("create virtual"):
        return name.lower() in schema.SEARCH and "using fts5(" in sql and "content=''" in sql
    for literal in schema.computed_columns():
        sql = sql.replace(literal.lower(), " ")
    at = sql.find("as")
    while at >= 0:
        if not _continues(sql[at - 1 : at]) and not _continues(sql[at + 2 : at + 3]):
            return False
        at = sql.find("as", at + 2)
    return True


def _continues(letter: str) -> bool:
    """It belongs to a word, so that an `as` beside it is only a part of one."""
    return letter.isalnum() or letter in ("_", "$")
