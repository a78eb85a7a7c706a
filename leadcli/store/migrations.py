"""Brings an older file up to date: named steps kept by sqlite-utils' Migrations, in one transaction, after a copy.

Tables, columns and indexes that the registry has and a file lacks are added; anything else is a step, applied once and
in order. What lacks is decided under the lock, since another process may have been faster. Each step and its record
share a savepoint of sqlite-utils inside this transaction, so that a killed run leaves the old file or the new one.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from sqlite_utils import Database, Migrations

from leadcli.errors import BadDatabase
from leadcli.model.fields import RECORDS
from leadcli.store import engine, schema
from leadcli.store.migration_due_days import convert_due_days
from leadcli.store.safety_copy import copy_beside
from leadcli.system.database_files import follower_mark


class Upgrade(NamedTuple):
    """What was done: the formats before and after, and the copy made first."""

    old_format: int
    new_format: int
    copied: Path

    def __str__(self) -> str:
        formats = f"from format {self.old_format} to {self.new_format}" if self.old_format < self.new_format else (
            f"(format {self.new_format})")  # fmt: skip
        return f"upgraded the desk {formats}; the copy is {self.copied}."


def open_database(connection: engine.Connection) -> Database:
    """An open connection as sqlite-utils sees it; neither its plugins nor its settings touch the connection."""
    return Database(connection, recursive_triggers=False, execute_plugins=False)


def upgrade_file(path: Path, *, lock_timeout: float | None) -> Upgrade | None:
    """Bring the file up to date. None when it lacked no data: another process was faster, or only an index was missing.

    Raises BadDatabase, Busy after `lock_timeout`, Failed when there is no room for the copy.
    """
    with closing(engine.connect(path, write=True, lock_timeout=lock_timeout)) as connection:
        with engine.transaction(connection, lock_timeout=lock_timeout):
            if not schema.is_outdated(connection):
                return None
            old_format = connection.execute("PRAGMA user_version").fetchone()[0]
            copied = _copy_before(path, lock_timeout) if lacks_data(connection) else None
            _upgrade_schema(connection)
        return Upgrade(old_format, schema.VERSION, copied) if copied else None


def _copy_before(path: Path, lock_timeout: float | None) -> Path:
    """The copy, by a connection of its own: SQLite does not copy from one that holds the lock."""
    with closing(engine.connect(path, write=False, lock_timeout=lock_timeout)) as connection:
        return copy_beside(connection, path, f"before-{schema.registry_fingerprint()}")


def _upgrade_schema(connection: engine.Connection) -> None:
    database = open_database(connection)
    statements = {schema.statement_name(each): each for each in schema.schema_statements(RECORDS.values())}
    there = _names_in(connection)
    for name, statement in statements.items():
        if statement.startswith("CREATE TABLE") and name not in there:
            connection.execute(statement)
    for table, definition in missing_columns(connection):
        connection.execute(f"ALTER TABLE {table} ADD COLUMN {definition}")
    there = _names_in(connection)
    for name, statement in statements.items():
        if name not in there:
            connection.execute(statement)
    _adopt_records(database)
    steps().apply(database)
    fingerprint = schema.registry_fingerprint()
    if not connection.execute("UPDATE settings SET value = ? WHERE name = 'registry'", (fingerprint,)).rowcount:
        connection.execute("INSERT INTO settings (name, value) VALUES ('registry', ?)", (fingerprint,))
    connection.execute(f"PRAGMA user_version = {schema.VERSION}")


def _names_in(connection: engine.Connection) -> set[str]:
    return {row[0] for row in connection.execute("SELECT name FROM sqlite_schema")}


def _adopt_records(database: Database) -> None:
    """The records of steps that a file of an earlier format keeps in a table of leadcli's own move to sqlite-utils'."""
    steps().ensure_migrations_table(database)
    if schema.OLD_STEP_TABLE not in database.table_names():
        return
    old = database.table(schema.OLD_STEP_TABLE)
    rows = [{"migration_set": schema.STEP_SET, "name": row["name"], "applied_at": row["at"]} for row in old.rows]
    database.table(schema.STEP_TABLE).insert_all(rows, ignore=True)
    old.drop()


def lacks_data(connection: engine.Connection) -> bool:
    """True when the file lacks more than what makes it faster: a column, or a step that was not applied."""
    return bool(missing_columns(connection) or pending_steps(connection))


def pending_steps(connection: engine.Connection) -> list[str]:
    """The named steps this program has and the file has not gone through."""
    database = open_database(connection)
    applied = {each.name for each in steps().applied(database)}
    if schema.OLD_STEP_TABLE in database.table_names():
        applied |= {row["name"] for row in database.table(schema.OLD_STEP_TABLE).rows}
    return [name for name in schema.STEPS if name not in applied]


def missing_columns(connection: engine.Connection) -> list[tuple[str, str]]:
    """(table, column definition) of what a new file would have and this one lacks."""
    missing = []
    for record in RECORDS.values():
        # Not sqlite-utils' columns, which leave out those that SQLite computes.
        there = {row[1] for row in connection.execute(f"PRAGMA table_xinfo({record.table})")}
        missing += [(record.table, text) for name, text in schema.columns_of(record).items() if name not in there]
    return missing


def may_upgrade(connection: engine.Connection, path: Path, *, write: bool) -> bool:
    """Whether to bring a file up to date: a follower never, for reading only a file of this user's own.

    False means to read it as it is; BadDatabase where that cannot be, as the file lacks something.
    """
    if follower_mark(path) is not None:
        if lacks_data(connection):
            raise BadDatabase(
                f"{path} follows a desk that an older leadcli wrote, and a follower cannot be brought up to date.",
                hint="write to the desk it follows with this version once: any change brings it up to date",
            )
        return False
    if write or not hasattr(os, "geteuid") or path.stat().st_uid == os.geteuid():
        return True
    if lacks_data(connection):
        raise BadDatabase(
            f"{path} was written by an older leadcli and belongs to another user, so reading does not change it.",
            hint="let its owner run a command, or bring it up to date yourself: leadcli doctor --fix",
        )
    return False


def steps() -> Migrations:
    """The steps that change shape or data, in the order of schema.STEPS."""
    migrations = Migrations(schema.STEP_SET)
    for name in schema.STEPS:
        migrations(name=name)(_STEPS[name])
    return migrations


def _deduplicate_keys(database: Database) -> None:
    """Keys that repeat their value, and moments of leads that never moved, are stored no more."""
    for table in schema.KEYED:
        _deduplicate_list_keys(database.conn, table)
    lead = RECORDS["lead"]
    names = ("uid", "name_key")
    for name in names:
        database.table("leads").drop_index(f"leads_{name}")
    database.execute("""UPDATE leads SET moved_at = CASE WHEN status_at <> created_at THEN status_at END,
                        other_name_key = nullif(coalesce(name_key, ''), coalesce(lower(name), ''))""")
    for name, definition in schema.virtual_columns(lead).items():
        database.execute(f"ALTER TABLE leads DROP COLUMN {name}")
        database.execute(f"ALTER TABLE leads ADD COLUMN {definition}")
    for name in names:
        database.execute(schema.index_sql(lead, name))


def _deduplicate_list_keys(connection: engine.Connection, table: str) -> None:
    """Not by sqlite-utils' transform, which loses computed columns."""
    names, usual = ", ".join(schema.list_columns(table)), schema.KEYED[table]
    connection.execute(f"ALTER TABLE {table} RENAME TO {table}_before")
    connection.execute(schema.list_table_sql(table))
    connection.execute(
        f"INSERT INTO {table} ({names}, other_key) SELECT {names}, nullif(key, {usual}) FROM {table}_before"
    )
    connection.execute(f"DROP TABLE {table}_before")
    connection.execute(f"CREATE INDEX {table}_key ON {table}(key)")


def _index_closed(database: Database) -> None:
    """What was won and lost lately is read from one index, which is there already."""
    database.execute("DROP INDEX IF EXISTS leads_closed_at")


def _days_as_days(database: Database) -> None:
    """A due date typed as a day is kept as that day."""
    convert_due_days(database.conn)


_STEPS: dict[str, Callable[[Database], None]] = {
    "store-once": _deduplicate_keys,
    "closed-together": _index_closed,
    "due-days": _days_as_days,
}
