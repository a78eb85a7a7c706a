"""Stored values that are not what their field holds: a broken date, JSON cut short, an unknown type, bytes of no text.

SQLite takes them for sound, and they come from damaged pages and from other programs. Reading only, on a bare
connection: what is wrong here may be what keeps a Store from being used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from leadcli.model.fields import RECORDS, Field, RecordType
from leadcli.model.kinds import CUSTOM, Currency, Day, Due, Json, Moment, Number
from leadcli.store import engine, failures, schema

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
