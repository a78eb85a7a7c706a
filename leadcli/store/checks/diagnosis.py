"""Finds why a command failed on a file: damaged pages, a broken full-text index, a missing table, wrong values.

Asked after a failure only, so that a plain run pays nothing for it; reading, on a connection of its own.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from leadcli.errors import BadDatabase, Damaged, LeadError, Unforeseen
from leadcli.store import engine, failures, schema
from leadcli.store.checks.misfits import misfits
from leadcli.store.search import index_text

_PATIENCE = 2.0  # seconds to wait for a writer
_SHADOWS = tuple(f"{table}_" for table in schema.SEARCH)


def explain(error: Exception, path: Path) -> LeadError | None:
    """What a failure of a run over the file at `path` means; None when it is no fault of that file.

    Also a fault of this program's own is looked into: a value no leadcli wrote may be what it stumbled over.
    """
    meaning = failures.translate(error, str(path)) if isinstance(error, engine.Error) else error
    if isinstance(meaning, LeadError) and not isinstance(meaning, Damaged | Unforeseen):
        return meaning
    return diagnose(path) or (meaning if isinstance(meaning, Damaged) else None)


def diagnose(path: Path) -> LeadError | None:
    """Why the file at `path` cannot be used as it is, in one sentence; None when nothing is wrong with it."""
    try:
        with closing(engine.connect(path, write=False, lock_timeout=_PATIENCE)) as connection:
            return _lacking(connection, path) or _damaged(connection, path) or _misfitting(connection, path)
    except engine.FAILURES as error:
        return _only_trouble(failures.translate(error, str(path)))
    except LeadError as error:
        return _only_trouble(error)


def _only_trouble(error: LeadError) -> LeadError | None:
    return None if isinstance(error, Unforeseen) else error


def _lacking(connection: engine.Connection, path: Path) -> BadDatabase | None:
    from leadcli.store.checks.schema_comparison import compare_schema  # it loads sqlite-utils

    lost = next((each.part for each in compare_schema(connection) if each.is_lost), "")
    if not lost:
        return None
    hint = "another program changed the file: put the newest backup in its place"
    return BadDatabase(f"{path} lacks {lost}.", hint=hint)


def _tables(connection: engine.Connection) -> list[str]:
    names = engine.select(connection, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    return [name for (name,) in names]


def _damaged(connection: engine.Connection, path: Path) -> BadDatabase | None:
    """Checked table by table: a damaged full-text index can be rebuilt, a damaged table is lost data."""
    tables = damaged_tables(connection)
    if tables:
        return failures.damaged(str(path), detail=f"{', '.join(tables)} cannot be read as written")
    return failures.search_damaged(str(path)) if broken_search(connection) else None


def damaged_tables(connection: engine.Connection) -> list[str]:
    """The tables that are not as they were written; those of the search indexes aside."""
    return [name for name in _tables(connection) if not _is_search(name) and not _is_sound(connection, name)]


def broken_search(connection: engine.Connection) -> list[str]:
    """The search indexes whose own tables are damaged or whose words cannot be read."""
    return [
        table
        for table in schema.SEARCH
        if not _is_searchable(connection, table)
        or not all(_is_sound(connection, name) for name in _tables(connection) if name.startswith(f"{table}_"))
    ]


def _is_search(table: str) -> bool:
    return table in schema.SEARCH or table.startswith(_SHADOWS)


def _is_sound(connection: engine.Connection, table: str) -> bool:
    """SQLite's own check of one table and its indexes."""
    try:
        rows = connection.execute(f"PRAGMA integrity_check({schema.quote_name(table)})").fetchall()
    except engine.FAILURES as error:
        if not isinstance(failures.translate(error), BadDatabase | Unforeseen):
            raise
        return False
    return bool(rows == [("ok",)])


def _is_searchable(connection: engine.Connection, table: str) -> bool:
    try:
        connection.execute(f"SELECT rowid FROM {table} WHERE {table} MATCH 'a' LIMIT 1").fetchall()
        for _ in index_text.read_terms(connection, table):
            pass
    except engine.FAILURES as error:
        if not isinstance(failures.translate(error), BadDatabase | Unforeseen):
            raise
        return False
    return True


def _misfitting(connection: engine.Connection, path: Path) -> BadDatabase | None:
    wrong = next(misfits(connection), "")
    if not wrong:
        return None
    return BadDatabase(
        f"{path} holds what no leadcli wrote: {wrong}.",
        hint="see all of it: leadcli doctor; mend the value, or put the newest backup in its place",
    )
