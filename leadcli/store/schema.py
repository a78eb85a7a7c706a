"""The tables of a desk: columns derived from the registry, side tables, indexes, search, and named migrations.

A column that the registry has and a file lacks is added when the file is next opened for writing; anything else is a
named step in MIGRATIONS, applied once, in order, in one transaction, after a copy of the file was made and named to
the user.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from leadcli.errors import BadDatabase
from leadcli.model.fields import RECORDS, Field, RecordType
from leadcli.model.kinds import Reference
from leadcli.store import engine
from leadcli.store.safety_copy import DESK_UID, copy_beside
from leadcli.system.database_files import follower_mark

VERSION = 3

# Written by the journal, in no registry: what lists and filters need to be flat at a million leads.
DERIVED: Mapping[str, tuple[str, ...]] = {
    "lead": (
        "other_name_key",
        "person_key",
        "company_key",
        "address_key",
        "moved_at",
        "contacted_at",
        "activity_at",
        "due_at",
        "other_due_at",
    ),
    "account": ("name_key", "company_key", "address_key"),
    "contact": ("name_key", "person_key", "address_key"),
}
# Computed when read: most keys are the name in small letters, and most leads are in their status since they were added.
_VIRTUAL: Mapping[str, Mapping[str, str]] = {
    "lead": {
        "name_key": "nullif(coalesce(other_name_key, lower(name)), '')",
        "status_at": "coalesce(moved_at, created_at)",
    }
}
_PARTIAL = {
    "external_id",
    "account",
    "contact",
    "opportunity",
    "closed_at",
    "expected_close",
    "due_at",
    "message_id",
    "priority",
    "company_key",
    "person_key",
}
_SIDE = {
    "emails": "value TEXT NOT NULL, label TEXT",
    "phones": "value TEXT NOT NULL, e164 TEXT, label TEXT",
    "addresses": "label TEXT, street TEXT, city TEXT, region TEXT, postcode TEXT, country TEXT",
    "tags": "value TEXT NOT NULL",
    "lead_products": "product TEXT NOT NULL, quantity TEXT NOT NULL, price INTEGER",
    "document_lines": "text TEXT NOT NULL, quantity TEXT NOT NULL, price INTEGER",
}
# What the match key of a side table's row usually is. Only another one is stored (`other_key`): the addresses of a
# million leads would fill two thirds more of the file with their copies.
KEYED = {"emails": "value", "phones": "substr(e164, 2)", "tags": "value"}
SIDE_INDEXES = [f"CREATE INDEX {table}_key ON {table}(key)" for table in KEYED]
# The full-text tables: their column, and how it is cut into what can be looked for.
SEARCH = {"search": ("words", "unicode61"), "name_search": ("name", "trigram")}

_SYSTEM = (
    """CREATE TABLE operations (id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, actor TEXT NOT NULL,
       command TEXT NOT NULL, note TEXT, leads INTEGER NOT NULL DEFAULT 0, undoes INTEGER REFERENCES operations(id),
       undone_by INTEGER REFERENCES operations(id)) STRICT""",
    """CREATE TABLE changes (id INTEGER PRIMARY KEY, operation INTEGER NOT NULL REFERENCES operations(id),
       record TEXT NOT NULL, record_id INTEGER NOT NULL, field TEXT NOT NULL, old ANY, new ANY, last_id INTEGER,
       reason TEXT) STRICT""",
    "CREATE INDEX changes_record ON changes(record, record_id, field)",
    "CREATE INDEX changes_operation ON changes(operation)",
    "CREATE INDEX changes_status ON changes(record_id, operation) WHERE record = 'lead' AND field = 'status'",
    "CREATE TABLE attachment_contents (sha256 TEXT PRIMARY KEY, content BLOB NOT NULL) STRICT",
    # What an import brought: a row is known again by 64 bits of its key, unchanged by 64 bits of its cells.
    """CREATE TABLE import_rows (key INTEGER PRIMARY KEY, hash INTEGER NOT NULL, record_id INTEGER NOT NULL,
       operation INTEGER NOT NULL) STRICT""",
    "CREATE TABLE import_files (digest TEXT PRIMARY KEY, operation INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    """CREATE TABLE outbox (id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, recipient TEXT NOT NULL,
       subject TEXT, lead INTEGER,
       template TEXT, state TEXT NOT NULL, at TEXT NOT NULL, error TEXT, operation INTEGER) STRICT""",
)


def table_names() -> frozenset[str]:
    """Every table of a desk, the full-text ones too; what SQLite keeps for those aside."""
    names = ("operations", "changes", "attachment_contents", "import_rows", "import_files", "outbox", "migrations")
    return frozenset((*(record.table for record in RECORDS.values()), *_SIDE, *names, *SEARCH))


def computed_columns() -> list[str]:
    """The definitions of all columns that SQLite computes, as they stand in a file.

    One that changes stays here as it was beside its new form: a file is looked at before it is brought up to date.
    """
    virtual = [f"{name} TEXT AS ({sql})" for columns in _VIRTUAL.values() for name, sql in columns.items()]
    return [*virtual, *dict.fromkeys(f"key TEXT AS (coalesce(other_key, {usual}))" for usual in KEYED.values())]


def quote_name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def column_sql(field: Field) -> str:
    """The column definition of a stored field."""
    text = f"{quote_name(field.sql_column)} {field.kind.sql}"
    if isinstance(field.kind, Reference):
        text += f" REFERENCES {RECORDS[field.kind.record].table}(id) DEFERRABLE INITIALLY DEFERRED"
    return f"{text} CHECK ({field.check})" if field.check else text


def schema_statements(records: Iterable[RecordType]) -> Iterable[str]:
    """Everything a new file needs, as SQL."""
    for record in records:
        columns = columns_of(record).values()
        yield f"CREATE TABLE {record.table} (id INTEGER PRIMARY KEY AUTOINCREMENT, {', '.join(columns)}) STRICT"
        yield from (index_sql(record, name) for name in record.indexes)
    yield from map(list_table_sql, _SIDE)
    yield from SIDE_INDEXES
    yield "CREATE UNIQUE INDEX options_key ON options(field, key)"
    yield from _SYSTEM
    yield from map(search_table_sql, SEARCH)


def list_table_sql(table: str) -> str:
    """The table of a list that records have; its key is computed when read, unless it is an unusual one."""
    usual = KEYED.get(table)
    key = f"other_key TEXT, key TEXT AS (coalesce(other_key, {usual})), " if usual else ""
    return (
        f"CREATE TABLE {table} (record TEXT NOT NULL, record_id INTEGER NOT NULL, position INTEGER NOT NULL, "
        f"{_SIDE[table]}, {key}PRIMARY KEY (record, record_id, position)) STRICT, WITHOUT ROWID"
    )


def search_table_sql(table: str, database: str = "") -> str:
    """A full-text table, which holds no text, only where it is found; `database` is "scratch." if it is not ours."""
    column, tokens = SEARCH[table]
    return (
        f"CREATE VIRTUAL TABLE {database}{table} USING fts5({column}, content='', detail=none, columnsize=0, "
        f"tokenize='{tokens}')"
    )


def uid_end(uid: str) -> str:
    """SQL for what is indexed of a uid: its end tells almost any two apart, and such an index is half as large.

    Whoever asks compares the whole as well.
    """
    return f"substr({uid}, -12)"


def index_sql(record: RecordType, name: str) -> str:
    """An index a list or a filter uses; where most rows are empty, only of the filled ones."""
    by = uid_end(name) if name == "uid" else name
    first = name.partition(",")[0]
    partial = f" WHERE {first} IS NOT NULL" if first in _PARTIAL else ""
    called = f"{record.table}_{name.replace(', ', '_')}"
    return f"CREATE INDEX {called} ON {record.table}({by}){partial}"


def index_statements(record: RecordType) -> list[str]:
    """The statements that make the indexes of a record and of its lists."""
    return [*(index_sql(record, name) for name in record.indexes), *SIDE_INDEXES]


def index_name(statement: str) -> str:
    return statement.partition(" INDEX ")[2].partition(" ON ")[0]


def build_schema(connection: engine.Connection) -> None:
    """Make all tables in an empty database and stamp it as ours."""
    for statement in schema_statements(RECORDS.values()):
        connection.execute(statement)
    connection.execute("CREATE TABLE migrations (name TEXT PRIMARY KEY, at TEXT NOT NULL) STRICT")
    connection.executemany(
        "INSERT INTO migrations VALUES (?, strftime('%Y-%m-%dT%H:%M:%SZ'))", [(name,) for name in MIGRATIONS]
    )
    connection.execute("INSERT INTO settings(name, value) VALUES ('registry', ?)", (registry_fingerprint(),))
    identify_desk(connection)
    connection.execute(f"PRAGMA application_id = {engine.APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {VERSION}")


def identify_desk(connection: engine.Connection) -> None:
    """Give the desk a random identity unless it has one (`Store.setting(DESK_UID)` reads it)."""
    connection.execute(
        """INSERT INTO settings (name, value) SELECT ?, lower(hex(randomblob(16)))
           WHERE NOT EXISTS (SELECT 1 FROM settings WHERE name = ?)""",
        (DESK_UID, DESK_UID),
    )


def ensure_desk_uid(connection: engine.Connection) -> None:
    """The same for a file made before desks had one, in a transaction of its own."""
    if not connection.execute("SELECT 1 FROM settings WHERE name = ?", (DESK_UID,)).fetchone():
        with engine.transaction(connection):
            identify_desk(connection)


def registry_fingerprint() -> str:
    """A short text that changes when the columns or indexes of a new file do."""
    names = ";".join(f"{record.table}:{','.join(_names(record))}:{record.indexes}" for record in RECORDS.values())
    return f"{VERSION}-{zlib.crc32(names.encode()):08x}"


def _deduplicate_keys(connection: engine.Connection) -> None:
    """Keys that repeat their value, and moments of leads that never moved, are stored no more."""
    for table, usual in KEYED.items():
        names = ["record", "record_id", "position", *(text.split()[0] for text in _SIDE[table].split(", "))]
        listed = ", ".join(names)
        connection.execute(f"ALTER TABLE {table} RENAME TO {table}_before")
        connection.execute(list_table_sql(table))
        connection.execute(
            f"INSERT INTO {table} ({listed}, other_key) SELECT {listed}, nullif(key, {usual}) FROM {table}_before"
        )
        connection.execute(f"DROP TABLE {table}_before")
        connection.execute(f"CREATE INDEX {table}_key ON {table}(key)")
    lead = RECORDS["lead"]
    for name in ("uid", "name_key"):
        connection.execute(f"DROP INDEX leads_{name}")
    connection.execute("""UPDATE leads SET moved_at = CASE WHEN status_at <> created_at THEN status_at END,
                          other_name_key = nullif(coalesce(name_key, ''), coalesce(lower(name), ''))""")
    for name, sql in _VIRTUAL["lead"].items():
        connection.execute(f"ALTER TABLE leads DROP COLUMN {name}")
        connection.execute(f"ALTER TABLE leads ADD COLUMN {name} TEXT AS ({sql})")
    for name in ("uid", "name_key"):
        connection.execute(index_sql(lead, name))


def _index_closed(connection: engine.Connection) -> None:
    """What was won and lost lately is read from one index, which upgrade() has made already."""
    connection.execute("DROP INDEX IF EXISTS leads_closed_at")


def _days_as_days(connection: engine.Connection) -> None:
    """A due date typed as a day is kept as that day."""
    from leadcli.store.migration_due_days import convert_due_days  # only an older file needs it

    convert_due_days(connection)


# Steps that change shape or data, in order; a released one is never edited.
MIGRATIONS: dict[str, Callable[[engine.Connection], None]] = {
    "store-once": _deduplicate_keys,
    "closed-together": _index_closed,
    "due-days": _days_as_days,
}


def is_outdated(connection: engine.Connection) -> bool:
    """True when the file lacks a column or a step that this program has."""
    row = connection.execute("SELECT value FROM settings WHERE name = 'registry'").fetchone()
    return row is None or row[0] != registry_fingerprint()


def readable_follower(connection: engine.Connection, path: Path) -> bool:
    """True for a follower, which nobody may bring up to date here, that lacks nothing but what makes it faster.

    Raises BadDatabase for one that lacks more.
    """
    if follower_mark(path) is None:
        return False
    if missing_columns(connection) or pending_steps(connection):
        raise BadDatabase(
            f"{path} follows a desk that an older leadcli wrote, and a follower cannot be brought up to date.",
            hint="write to the desk it follows with this version once: any change brings it up to date",
        )
    return True


def may_upgrade(connection: engine.Connection, path: Path, *, write: bool) -> bool:
    """Whether to bring a file up to date: a follower never, for reading only a file of this user's own.

    False means to read it as it is; BadDatabase where that cannot be, as the file lacks something.
    """
    if readable_follower(connection, path):
        return False
    if write or not hasattr(os, "geteuid") or path.stat().st_uid == os.geteuid():
        return True
    if missing_columns(connection) or pending_steps(connection):
        raise BadDatabase(
            f"{path} was written by an older leadcli and belongs to another user, so reading does not change it.",
            hint="let its owner run a command, or bring it up to date yourself: leadcli doctor --fix",
        )
    return False


def upgrade_schema(connection: engine.Connection, path: Path | None) -> Path | None:
    """Bring an older file up to date, in one transaction. Returns the copy made first, or None if nothing was to do."""
    lacking, steps = missing_columns(connection), pending_steps(connection)
    copied = _copy_first(connection, path) if path and (lacking or steps) else None
    with engine.transaction(connection):
        for table, definition in missing_columns(connection):
            connection.execute(f"ALTER TABLE {table} ADD COLUMN {definition}")
        there = {row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'index'")}
        statements = [index_sql(record, name) for record in RECORDS.values() for name in record.indexes]
        for statement in statements:
            if index_name(statement) not in there:
                connection.execute(statement)
        for name in steps:
            MIGRATIONS[name](connection)
            connection.execute("INSERT INTO migrations VALUES (?, strftime('%Y-%m-%dT%H:%M:%SZ'))", (name,))
        connection.execute("UPDATE settings SET value = ? WHERE name = 'registry'", (registry_fingerprint(),))
        connection.execute(f"PRAGMA user_version = {VERSION}")
    return copied


def pending_steps(connection: engine.Connection) -> list[str]:
    """The named steps this program has and the file has not gone through."""
    done = {row[0] for row in connection.execute("SELECT name FROM migrations")}
    return [name for name in MIGRATIONS if name not in done]


def _copy_first(connection: engine.Connection, path: Path) -> Path:
    return copy_beside(connection, path, f"before-{registry_fingerprint()}")


def missing_columns(connection: engine.Connection) -> list[tuple[str, str]]:
    """(table, column definition) of what a new file would have and this one lacks."""
    missing = []
    for record in RECORDS.values():
        there = {row[1] for row in connection.execute(f"PRAGMA table_xinfo({record.table})")}
        missing += [(record.table, text) for name, text in columns_of(record).items() if name not in there]
    return missing


def _names(record: RecordType) -> Iterable[str]:
    """The names alone: every start asks for them."""
    columns = [field.sql_column for field in record.stored() if field.name != "id"]
    return dict.fromkeys((*columns, *DERIVED.get(record.name, ()), *_VIRTUAL.get(record.name, ())))


def columns_of(record: RecordType) -> dict[str, str]:
    """Column -> its definition, for the stored fields and what the journal derives; the id aside."""
    columns = {field.sql_column: column_sql(field) for field in record.stored() if field.name != "id"}
    columns |= {name: f"{name} TEXT" for name in DERIVED.get(record.name, ())}
    return columns | {name: f"{name} TEXT AS ({sql})" for name, sql in _VIRTUAL.get(record.name, {}).items()}


def add_column(connection: engine.Connection, record: RecordType, field: Field) -> None:
    """The real column of a custom field, unless a field that was removed left it there."""
    there = {row[1] for row in connection.execute(f"PRAGMA table_info({record.table})")}
    if field.sql_column not in there:
        connection.execute(f"ALTER TABLE {record.table} ADD COLUMN {column_sql(field)}")
