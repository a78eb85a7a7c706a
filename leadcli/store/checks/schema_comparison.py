"""Compares the schema of a file with that of a new desk, both as sqlite-utils reads them.

Looked at: tables, columns with their types, primary keys, links to other tables, CHECK constraints, STRICT, indexes
with their columns, and full-text tables. What a file has beyond that is its user's own and no difference.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import NamedTuple

from sqlite_utils import Database
from sqlite_utils.db import Column, Table

from leadcli.model.fields import RECORDS
from leadcli.store import engine, schema
from leadcli.store.migrations import open_database

_MISSING = "is missing"


class Difference(NamedTuple):
    """A part of the schema and what is wrong with it: ("the column owner of leads", "is missing")."""

    part: str
    flaw: str

    @property
    def is_lost(self) -> bool:
        """A table or column is gone, and what it held with it; an index only makes the file faster."""
        return self.flaw == _MISSING and self.part.startswith(("the table ", "the column "))

    def __str__(self) -> str:
        return f"{self.part} {self.flaw}"


def compare_schema(connection: engine.Connection) -> Iterator[Difference]:
    """What a new desk has and the file of `connection` has not or otherwise, its custom fields included."""
    with closing(engine.memory()) as model:
        schema.build_schema(model)
        new, file = open_database(model), open_database(connection)
        names = set(file.table_names())
        for name in new.table_names():
            if name.startswith(tuple(f"{table}_" for table in schema.SEARCH)):
                continue  # SQLite's own, beside a search table
            if name in names:
                yield from _compare_table(file, new.table(name))
            else:
                yield Difference(f"the table {name}", _MISSING)
        yield from _custom_columns(file)


def _compare_table(file: Database, model: Table) -> Iterator[Difference]:
    there = file.table(model.name)
    if model.virtual_table_using:
        if there.virtual_table_using != model.virtual_table_using:
            yield Difference(f"the table {model.name}", "is no full-text table")
        return
    yield from _compare_columns(there, model)
    yield from _compare_constraints(there, model)
    yield from _compare_indexes(there, model)


def _columns(table: Table) -> dict[str, Column]:
    """Name -> column; those that SQLite computes, which sqlite-utils leaves out, by an own look."""
    rows = table.db.execute(f"PRAGMA table_xinfo({schema.quote_name(table.name)})").fetchall()
    return {row[1]: Column(*row[:6]) for row in rows} | {column.name: column for column in table.columns}


def _compare_columns(there: Table, model: Table) -> Iterator[Difference]:
    columns = _columns(there)
    for name, column in _columns(model).items():
        part = f"the column {name} of {model.name}"
        if name not in columns:
            yield Difference(part, _MISSING)
        elif columns[name].type != column.type:
            yield Difference(part, f"holds {columns[name].type or 'anything'}, not {column.type}")
        elif column.notnull > columns[name].notnull:
            yield Difference(part, "may be empty, which it must not be")
    if there.pks != model.pks:
        yield Difference(f"the table {model.name}", f"has the key {', '.join(there.pks)}, not {', '.join(model.pks)}")


def _compare_constraints(there: Table, model: Table) -> Iterator[Difference]:
    links = {(key.columns, key.other_table) for key in there.foreign_keys}
    for key in sorted(model.foreign_keys, key=lambda each: each.columns):
        if (key.columns, key.other_table) not in links and set(key.columns) <= set(there.columns_dict):
            yield Difference(f"the link from {model.name} to {key.other_table} ({', '.join(key.columns)})", _MISSING)
    checks = {each.check for each in there.checks}
    for check in model.checks:
        if check.check not in checks and check.column in there.columns_dict:
            yield Difference(f"the CHECK ({check.check}) of {model.name}", _MISSING)
    if model.strict and not there.strict:
        yield Difference(f"the table {model.name}", "is not STRICT")


def _compare_indexes(there: Table, model: Table) -> Iterator[Difference]:
    indexes = {index.name: index for index in there.indexes}
    for index in sorted(model.indexes, key=lambda each: each.name):
        if index.origin != "c":
            continue  # it belongs to the primary key, which was compared
        similar = indexes.get(index.name)
        if similar is None:
            yield Difference(f"the index {index.name}", _MISSING)
        elif (similar.columns, similar.unique, similar.partial) != (index.columns, index.unique, index.partial):
            yield Difference(f"the index {index.name}", "is over other rows or columns than leadcli's")


def _custom_columns(file: Database) -> Iterator[Difference]:
    if "custom_fields" not in file.table_names():
        return
    columns = file.table(RECORDS["lead"].table).columns_dict
    for row in file.table("custom_fields").rows_where(select='"column"'):
        if row["column"] not in columns:
            yield Difference(f"the column {row['column']} of leads", _MISSING)
