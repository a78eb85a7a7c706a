"""The batch of changes: changes of many records written by few statements, journaled like single ones."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from leadcli.model.kinds import Record
from leadcli.store.journal.derived import without_empty_fields
from leadcli.store.journal.operation import DELETE, INSERT, Operation, list_rows, stored_values
from leadcli.store.match_key_columns import KEYED_BY, match_key_columns
from leadcli.store.schema import quote_name

Fields = Mapping[str, tuple[Any, Any]]


class ChangeBatch:
    """Deletes, updates and inserts of an operation that wait until `write`, in this order.

    The rows given are whole ones as they are now (every stored field), and each is deleted or updated once at most; of
    leads `operation.derived` knows the words already.
    """

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self.deletes: dict[str, list[Record]] = {}
        self.updates: dict[str, list[tuple[Record, Fields]]] = {}
        self.inserts: dict[str, list[Record]] = {}

    def delete(self, record: str, row: Record) -> None:
        """Take a record away, kept whole in the journal."""
        self.deletes.setdefault(record, []).append(row)

    def update(self, record: str, row: Record, fields: Fields) -> None:
        """Change {field: (old, new)} of a record, its updated_at among them."""
        self.updates.setdefault(record, []).append((row, fields))

    def insert(self, record: str, values: Record) -> None:
        """Add a record that has no lists."""
        self.inserts.setdefault(record, []).append({name: value for name, value in values.items() if value is not None})

    def write(self) -> None:
        """Write all that waits."""
        for record, rows in self.deletes.items():
            self._delete(record, rows)
        for record, changes in self.updates.items():
            self._update(record, changes)
        for record, records in self.inserts.items():
            self._insert(record, records)
        self.deletes, self.updates, self.inserts = {}, {}, {}

    def _delete(self, record: str, rows: Sequence[Record]) -> None:
        type_ = self.operation.store.type(record)
        names = [field.name for field in type_.fields.values() if not field.sql and field.name != "id"]
        ids = [row["id"] for row in rows]
        removed = self.operation.removed_fields.values(record, ids)
        records = (
            (row["id"], without_empty_fields({name: row[name] for name in names}) | removed.get(row["id"], {}))
            for row in rows
        )
        self._record((record, id, DELETE, json.dumps(values, ensure_ascii=False), None, None) for id, values in records)
        bound = {"record": record, "ids": json.dumps(ids)}
        among = "IN (SELECT value FROM json_each(:ids))"
        for field in type_.many():
            self._run(f"DELETE FROM {field.kind.many} WHERE record = :record AND record_id {among}", [bound])
        self._run(f"DELETE FROM {type_.table} WHERE id {among}", [bound])
        self._touched(record, ids)

    def _update(self, record: str, changes: Sequence[tuple[Record, Fields]]) -> None:
        type_, at = self.operation.store.type(record), self.operation.at
        rows_by_columns: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
        lists: dict[str, list[tuple[int, Any]]] = {}
        flat_names = {field.name: field.sql_column for field in type_.stored()}
        for row, fields in changes:
            values = {name: new for name, (_, new) in fields.items()}
            flat = {flat_names[name]: value for name, value in values.items() if name in flat_names}
            if any(name in values for name in KEYED_BY.get(record, ())):
                flat |= match_key_columns(record, {**row, **values})
            if record == "lead" and "status" in values:
                flat["moved_at"] = at
            rows_by_columns.setdefault(tuple(flat), []).append((*flat.values(), row["id"]))
            for name in values.keys() - flat_names.keys():
                lists.setdefault(name, []).append((row["id"], values[name]))
        for names, rows in rows_by_columns.items():
            sets = ", ".join(f"{quote_name(name)} = ?" for name in names)
            self._run(f"UPDATE {type_.table} SET {sets} WHERE id = ?", rows)
        for name, items in lists.items():
            field = type_.fields[name]
            table = field.kind.many
            self._run(f"DELETE FROM {table} WHERE record = ? AND record_id = ?", [(record, id) for id, _ in items])
            statements = [list_rows(record, id, field, value) for id, value in items]
            self._run(statements[0][0], [row for _, rows in statements for row in rows])
        self._record(
            (
                record,
                row["id"],
                name,
                stored_values(type_.fields[name], was),
                stored_values(type_.fields[name], now),
                None,
            )
            for row, fields in changes
            for name, (was, now) in fields.items()
        )
        self._touched(record, [row["id"] for row, _ in changes])

    def _insert(self, record: str, records: Sequence[Record]) -> None:
        type_, derived = self.operation.store.type(record), self.operation.derived
        sql = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = ?"
        last = self.operation.store.select(sql, (type_.table,))[0][0]
        rows_by_columns: dict[tuple[str, ...], list[tuple[Any, ...]]] = {}
        for id, values in enumerate(records, last + 1):
            rows_by_columns.setdefault(("id", *values), []).append((id, *values.values()))
        for names, rows in rows_by_columns.items():
            named = ", ".join(quote_name(type_.fields[name].sql_column) for name in names)
            self._run(f"INSERT INTO {type_.table} ({named}) VALUES ({', '.join('?' * len(names))})", rows)
        ids = range(last + 1, last + 1 + len(records))
        self._record((record, id, INSERT, None, None, id) for id in ids)
        self._touched(record, ids)
        if record == "activity":
            derived.task_dates_dirty.update(values["record_id"] for values in records if values["record"] == "lead")

    def _record(self, rows: Iterable[tuple[Any, ...]]) -> None:
        """(record, id, field, old, new, last_id) into the journal."""
        number = self.operation.id
        self._run(
            """INSERT INTO changes (operation, record, record_id, field, old, new, last_id)
               VALUES (?, ?, ?, ?, ?, ?, ?)""",
            [(number, *row) for row in rows],
        )

    def _touched(self, record: str, ids: Iterable[int]) -> None:
        before = len(met := self.operation.touched.setdefault(record, {}))
        met.update(dict.fromkeys(ids))
        self.operation.changes += max(1, len(met) - before)

    def _run(self, sql: str, rows: Sequence[Any]) -> None:
        self.operation.store.connection.executemany(sql, rows)
