"""The tables of a desk: columns derived from the registry, side tables, indexes and search.

What an older file lacks of this, `store/migrations.py` brings when the file is next opened.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping

from leadcli.model.computed import next_touch_sql
from leadcli.model.fields import RECORDS, Field, RecordType
from leadcli.model.kinds import Reference
from leadcli.store import engine
from leadcli.store.safety_copy import DESK_UID

VERSION = 3
VIEWS_VERSION = 1  # of people_views.py; a file with older ones gets them anew
# The named steps of migrations.py that a new file needs no more, in order; a released one is never edited.
STEPS = ("store-once", "closed-together", "due-days", "last-letters")
STEP_SET, STEP_TABLE, OLD_STEP_TABLE = "leadcli", "_sqlite_migrations", "migrations"

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
        "unanswered_at",
        "awaiting_at",
    ),
    "account": ("name_key", "company_key", "address_key"),
    "contact": ("name_key", "person_key", "address_key"),
}
# Computed when read: most keys are the name in small letters, and most leads are in their status since they were added.
_VIRTUAL: Mapping[str, Mapping[str, str]] = {
    "lead": {
        "name_key": "nullif(coalesce(other_name_key, lower(name)), '')",
        "status_at": "coalesce(moved_at, created_at)",
        "touch_at": next_touch_sql("coalesce(contacted_at, created_at)", "touch_every"),
    },
    # The few activities of customers are found without reading all those of leads.
    "activity": {"customer": "nullif(record, 'lead')"},
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
    "touch_at",
    "touch_every",
    "unanswered_at",
    "customer",
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
    "CREATE TABLE fetched_mail (mailbox TEXT PRIMARY KEY, position TEXT NOT NULL) STRICT, WITHOUT ROWID",
)
# As sqlite-utils' Migrations makes them; written here, since a new desk must not wait for that library to load.
_STEP_RECORDS = (
    f"""CREATE TABLE "{STEP_TABLE}" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
)""",
    f"""CREATE UNIQUE INDEX "idx_{STEP_TABLE}_migration_set_name"
    ON "{STEP_TABLE}" ("migration_set", "name")""",
)


def table_names() -> frozenset[str]:
    """Every table of a desk of any format, the full-text ones too; what SQLite keeps for those aside."""
    names = ("operations", "changes", "attachment_contents", "import_rows", "import_files", "outbox", "fetched_mail",
             STEP_TABLE)  # fmt: skip
    return frozenset((*(record.table for record in RECORDS.values()), *_SIDE, *names, OLD_STEP_TABLE, *SEARCH))


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
    yield from _STEP_RECORDS
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


def statement_name(statement: str) -> str:
    """The table or index that a statement of `schema_statements` makes."""
    words = statement.split("(")[0].split()
    return words[words.index("INDEX" if "INDEX" in words else "TABLE") + 1].strip('"')


def list_columns(table: str) -> list[str]:
    """The columns of a list that are stored, its key aside."""
    return ["record", "record_id", "position", *(text.split()[0] for text in _SIDE[table].split(", "))]


def virtual_columns(record: RecordType) -> dict[str, str]:
    """Column -> definition of those that SQLite computes for a record."""
    return {name: f"{name} TEXT AS ({sql})" for name, sql in _VIRTUAL.get(record.name, {}).items()}


def build_schema(connection: engine.Connection) -> None:
    """Make all tables in an empty database and stamp it as ours."""
    for statement in schema_statements(RECORDS.values()):
        connection.execute(statement)
    connection.executemany(
        f"INSERT INTO {STEP_TABLE} (migration_set, name, applied_at) VALUES (?, ?, strftime('%Y-%m-%d %H:%M:%SZ'))",
        [(STEP_SET, name) for name in STEPS],
    )
    connection.execute("INSERT INTO settings(name, value) VALUES ('registry', ?)", (registry_fingerprint(),))
    from leadcli.store.people_views import refresh_views  # only a new file needs them made

    refresh_views(connection)
    identify_desk(connection)
    mark_as_desk(connection)


def mark_as_desk(connection: engine.Connection) -> None:
    """Write into the file's head that it is a desk, of the format of this version."""
    connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute(f"PRAGMA application_id = {engine.APPLICATION_ID}")


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
    return f"{VERSION}-{zlib.crc32(f'{STEP_TABLE};{VIEWS_VERSION};{names}'.encode()):08x}"


def is_outdated(connection: engine.Connection) -> bool:
    """True when the file lacks a column or a step that this program has."""
    row = connection.execute("SELECT value FROM settings WHERE name = 'registry'").fetchone()
    return row is None or row[0] != registry_fingerprint()


def _names(record: RecordType) -> Iterable[str]:
    """The names alone: every start asks for them."""
    columns = [field.sql_column for field in record.stored() if field.name != "id"]
    return dict.fromkeys((*columns, *DERIVED.get(record.name, ()), *_VIRTUAL.get(record.name, ())))


def columns_of(record: RecordType) -> dict[str, str]:
    """Column -> its definition, for the stored fields and what the journal derives; the id aside."""
    columns = {field.sql_column: column_sql(field) for field in record.stored() if field.name != "id"}
    columns |= {name: f"{name} TEXT" for name in DERIVED.get(record.name, ())}
    return columns | virtual_columns(record)


def add_column(connection: engine.Connection, record: RecordType, field: Field) -> None:
    """The real column of a custom field, unless a field that was removed left it there."""
    there = {row[1] for row in connection.execute(f"PRAGMA table_info({record.table})")}
    if field.sql_column not in there:
        connection.execute(f"ALTER TABLE {record.table} ADD COLUMN {column_sql(field)}")
