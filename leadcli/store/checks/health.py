"""Checks that the file is sound: SQLite's integrity check, the schema against the registry, rows without an owner.

Lists of choices that cannot be read: named, and emptied after a copy.

Stored values that are not what their field holds: a broken date, JSON cut short, an unknown type, bytes of no text.

SQLite takes them for sound, and they come from damaged pages and from other programs. Reading only, on a bare
connection: what is wrong here may be what keeps a Store from being used.

Finds why a command failed on a file: damaged pages, a broken full-text index, a missing table, wrong values.

Asked after a failure only, so that a plain run pays nothing for it; reading, on a connection of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from leadcli.errors import BadDatabase, Damaged, Failed, LeadError, Unforeseen
from leadcli.model.fields import RECORDS, Field, RecordType
from leadcli.model.kinds import CUSTOM, Currency, Day, Due, Json, Moment, Number
from leadcli.store import engine, failures, safety_copy, schema
from leadcli.store.reads.choices import LISTS, parse_list
from leadcli.store.search import index_text
from leadcli.store.store import refuse_strange_schema

if TYPE_CHECKING:
    from leadcli.store.store import Store

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


_PAGE = 2000
_SOME = 5
# Tables whose rows belong to a record: (table, what a row is called).
OWNED = {"emails": "e-mails", "phones": "phones", "addresses": "addresses", "tags": "tags",
          "lead_products": "products", "document_lines": "document lines", "activities": "activities",
          "attachments": "attachments", "documents": "documents", "enrollments": "enrollments"}  # fmt: skip
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
        return [f"{name} cannot be read as it was written" for name in damaged_tables(connection)]
    if remarks == ["ok"]:
        return []
    tables = damaged_tables(connection)
    return remarks if tables or not broken_search(connection) else []


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


def unreadable_lists(store: Store) -> list[tuple[int, str, str]]:
    """(id, column, sentence) of each list that cannot be read."""
    rows = engine.select(store.connection, f"SELECT id, label, field, {', '.join(LISTS)} FROM options ORDER BY id")
    return [
        (row[0], name, f"the choice '{row[1]}' of {row[2]} holds a list that cannot be read ({name})")
        for row in rows
        for name, text in zip(LISTS, row[3:], strict=True)
        if text and parse_list(text) is None
    ]


def empty_unreadable_lists(store: Store) -> None:
    """Empty the lists that cannot be read: any status may follow, no other spelling is known."""
    lists = unreadable_lists(store)
    with engine.transaction(store.connection, lock_timeout=store.desk.lock_timeout):
        for id, name, _ in lists:
            store.connection.execute(f"UPDATE options SET {name} = NULL WHERE id = ?", (id,))
    store.forget()


_EXAMPLES = 3  # so many rows are named
_DAY = "date({0}) IS NOT {0} OR {0} < '0001'"
_MOMENT = "strftime('%Y-%m-%dT%H:%M:%SZ', {0}) IS NOT {0} OR {0} < '0001'"
# Kind -> (SQL that is true of a wrong value, what the value is not).
_WRONG: Mapping[type, tuple[str, str]] = {
    Day: (_DAY, "a day"),
    Due: (f"({_DAY}) AND ({_MOMENT})", "a day or a moment"),
    Moment: (_MOMENT, "a moment"),
    Currency: ("{0} NOT GLOB '[A-Z][A-Z][A-Z]'", "a currency"),
    Number: ("{0} GLOB '*[^0-9.eE+-]*' OR {0} = ''", "a number"),
    Json: ("NOT json_valid({0}) OR json_type({0}) NOT IN ('array', 'object')", "readable JSON"),
}


def misfits(connection: engine.Connection) -> Iterator[str]:
    """A sentence for each column that has such values. Raises the failures of a damaged file in our words."""
    for type_ in RECORDS.values():
        for field in type_.stored():
            yield from _of_field(connection, type_, field)
    known = ", ".join(f"'{name}'" for name in (*CUSTOM, "choice"))
    yield from _rows(connection, "custom_fields", "type", f"type NOT IN ({known})", "a type this leadcli knows")
    yield from _of_journal(connection)
    for (table,) in engine.select(connection, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name"):
        yield from _not_text(connection, table)


def _of_field(connection: engine.Connection, type_: RecordType, field: Field) -> Iterator[str]:
    condition, thing = _WRONG.get(type(field.kind), ("", ""))
    if condition:
        name = schema.quote_name(field.sql_column)
        yield from _rows(connection, type_.table, field.sql_column, condition.format(name), thing)


def _of_journal(connection: engine.Connection) -> Iterator[str]:
    yield from _rows(connection, "operations", "at", _MOMENT.format("at"), "a moment")
    known = ", ".join(f"'{name}'" for name in RECORDS)
    yield from _rows(connection, "changes", "record", f"record NOT IN ({known})", "a kind of record")
    unreadable = "field = '-' AND NOT json_valid(old)"
    yield from _rows(connection, "changes", "old", unreadable, "readable JSON")


def _rows(connection: engine.Connection, table: str, column: str, condition: str, thing: str) -> Iterator[str]:
    name = schema.quote_name(column)
    sql = f"SELECT id FROM {table} WHERE {name} IS NOT NULL AND ({condition}) LIMIT {_EXAMPLES}"
    rows = [str(row[0]) for row in engine.select(connection, sql)]
    if rows:
        yield f"{column} in {table} is not {thing} (row {', '.join(rows)})"


def _not_text(connection: engine.Connection, table: str) -> Iterator[str]:
    """Bytes that are no UTF-8, looked for in all text columns of a row at once."""
    columns = [
        schema.quote_name(row[1])
        for row in engine.select(connection, f"PRAGMA table_info({schema.quote_name(table)})")
        if row[2] in ("TEXT", "ANY")
    ]
    if not columns:
        return
    joined = " || ".join(f"CASE typeof({name}) WHEN 'text' THEN {name} ELSE '' END" for name in columns)
    usual, connection.text_factory = connection.text_factory, bytes
    try:
        rows = connection.execute(f"SELECT {joined} FROM {schema.quote_name(table)}")
        wrong = next((at for at, (text,) in enumerate(rows, 1) if not _is_text(text)), 0)
    except engine.FAILURES as error:
        raise failures.translate(error, failures.file_of(connection)) from error
    finally:
        connection.text_factory = usual
    if wrong:
        yield f"{table} holds text that is not UTF-8 (first in its {wrong}. row)"


def _is_text(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def mark_unmarked(path: Path) -> int:
    """Mark a file without a mark as a desk where it is whole and has all that one of this version has: its leads.

    BadDatabase with what is wrong for any other file, which stays untouched.
    """
    untouched = "it was not touched"
    with closing(engine.open_connection(f"{path.absolute().as_uri()}?mode=rw")) as connection:
        try:
            faults = _faults(connection, path)
        except engine.Error as error:
            raise BadDatabase(f"{path} cannot be read as a database: {error}.", hint=untouched) from error
        if faults:
            named = "; ".join(faults[:3]) + (f" and {len(faults) - 3} more" if len(faults) > 3 else "")
            raise BadDatabase(f"{path} is no desk of this leadcli: {named}.", hint=untouched)
        schema.mark_as_desk(connection)
        return int(connection.execute("SELECT count(*) FROM leads").fetchone()[0])


def _faults(connection: engine.Connection, path: Path) -> list[str]:
    from leadcli.store.checks.schema_comparison import compare_schema  # it loads sqlite-utils

    damage = [row[0] for row in connection.execute("PRAGMA quick_check(3)") if row[0] != "ok"]
    if damage:
        return damage
    refuse_strange_schema(connection, path)
    return [str(difference) for difference in compare_schema(connection)]
