"""The views leads_view and opportunities_view: leads as people read them, for Datasette, sqlite-utils and SQL shells.

Money is in major units, computed fields and the first e-mail and phone are columns, tags are one text, and custom
fields stand under their names. SQLite alone can read them: no function of leadcli's own is in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from leadcli.model.fields import RECORDS, Field
from leadcli.store import engine
from leadcli.text.money import PRECISION

VIEWS = {"leads_view": "lead", "opportunities_view": "opportunity"}
_MARK = "/* made by leadcli */"
_NOW = "strftime('%Y-%m-%dT%H:%M:%SZ', 'now')"


def view_statements(customs: Iterable[tuple[str, str, str]] = ()) -> Iterator[str]:
    """The CREATE VIEW of each view; `customs` are (name, column, type) of the desk's custom fields."""
    fields = list(customs)
    for view, name in VIEWS.items():
        record = RECORDS[name]
        columns = [_column_sql(name, field) for field in record.fields.values()]
        columns += [f"{_custom_sql(column, type_)} AS {_quote(custom)}" for custom, column, type_ in fields]
        yield f"CREATE VIEW {view} AS {_MARK} SELECT {', '.join(filter(None, columns))} FROM {record.table} r"


def drop_views(connection: engine.Connection) -> None:
    """Drop the views that leadcli made: SQLite renames no table while a view reads one that is not there."""
    for view in VIEWS:
        if _MARK in _present_views(connection).get(view, ""):
            connection.execute(f"DROP VIEW {view}")


def _present_views(connection: engine.Connection) -> dict[str, str]:
    """Name -> SQL of all views and tables."""
    return dict(connection.execute("SELECT name, sql FROM sqlite_schema WHERE type IN ('view', 'table')").fetchall())


def refresh_views(connection: engine.Connection) -> None:
    """Make the views anew, with the custom fields of today. A view of the user's own under such a name stays."""
    drop_views(connection)
    present = _present_views(connection)
    customs = connection.execute('SELECT name, "column", type FROM custom_fields ORDER BY position, id').fetchall()
    for view, statement in zip(VIEWS, view_statements(customs), strict=True):
        if view not in present:
            connection.execute(statement)


def _column_sql(record: str, field: Field) -> str:
    """One column, '' for a list that has no short form."""
    name = _quote(field.name)
    if field.kind.filter == "money":
        amount = field.sql or f'r."{field.sql_column}"'
        return f"round(({amount}) / {_scale()}, 3) AS {name}"
    if field.sql:
        # A day sorts before the moments of the same day as texts, too.
        expression = re.sub(r"start_of\(([^()]*)\)", r"\1", field.sql).replace(":now", _NOW)
        return f"{expression} AS {name}"
    if field.name == "tags":
        items = f"SELECT value FROM tags WHERE record = '{record}' AND record_id = r.id ORDER BY position"
        return f"(SELECT group_concat(value, ', ') FROM ({items})) AS {name}"
    return "" if field.kind.many else f'r."{field.sql_column}" AS {name}'


def _custom_sql(column: str, type_: str) -> str:
    plain = f"r.{_quote(column)}"
    forms = {"money": f"round({plain} / {_scale()}, 3)", "number": f"CAST({plain} AS NUMERIC)"}
    return forms.get(type_, plain)


def _scale() -> str:
    """SQL: minor units in one unit of the currency of `r`."""
    by_digits: dict[int, list[str]] = {}
    for code, digits in PRECISION.items():
        by_digits.setdefault(digits, []).append(f"'{code}'")
    cases = " ".join(
        f"WHEN r.currency IN ({', '.join(codes)}) THEN {10.0**digits}" for digits, codes in by_digits.items()
    )
    return f"CASE {cases} ELSE 100.0 END"


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
