"""The only writer of record tables: every change is stored and executed here, inside one operation.

An operation is what one command did: number, time, actor, command line. Its changes say per field what was and what is,
so history is a SELECT and undo applies them backwards (undo.py). An insert is recorded without its values (they are
in the table), a block of neighbouring inserts as one row that never crosses a multiple of BLOCK (so that the row of one
record is found by looking at BLOCK rows at most); a delete keeps the whole record.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from leadcli.model.fields import Field, RecordType
from leadcli.model.kinds import Record
from leadcli.store import engine, schema
from leadcli.store.journal.derived import Derived, recompute_keys, without_empty_fields
from leadcli.store.journal.removed_fields import RemovedFields
from leadcli.store.match_key_columns import match_key_columns, other_key
from leadcli.store.search.index_text import SEARCHED

if TYPE_CHECKING:
    from leadcli.store.store import Store

INSERT, DELETE, STAMP = "+", "-", "updated_at"
RENAMED = "renamed"  # reason of a change that gives a value another name: no move through the pipeline
BLOCK = 4096


class Change(NamedTuple):
    """One record's change: {field: (old, new)}; for an insert or a delete `kind` says so and one side is None."""

    record: str
    id: int
    kind: str  # insert | update | delete
    fields: Mapping[str, tuple[Any, Any]]
    reason: str = ""


class Operation:
    """A running operation. `touched` are the ids written so far by record."""

    def __init__(self, store: Store, id: int, *, undoes: int | None = None, keep: bool = True) -> None:
        self.store, self.id, self.undoes, self.keep = store, id, undoes, keep
        self.at = store.now
        self.derived = Derived(store)
        self.removed_fields = RemovedFields(store)
        self.touched: dict[str, dict[int, None]] = {}
        self.changes = 0
        self.leads = 0
        self.note = ""
        self.spans: list[tuple[str, int, int]] = []
        self.afterwards: list[Callable[[], None]] = []
        self._react = store.desk.react if undoes is None else None
        self.ruled = False  # a rule is what does this: it must not set off others
        self.acted: set[int] = set()  # rules that did their part before the operation was whole (see rule_effects.py)

    def insert(self, record: str, values: Mapping[str, Any], *, id: int | None = None, reason: str = "") -> int:
        """Add a record (with its old `id` when it comes back from the dead). Returns its id."""
        filled = {name: value for name, value in values.items() if value is not None and value != []}
        change = Change(record, id or 0, "insert", {name: (None, value) for name, value in filled.items()}, reason)
        return self.write(change)

    def update(self, record: str, id: int, values: Mapping[str, Any], *, reason: str = "") -> Change:
        """Set fields of a record; those that stay the same are left out of the change."""
        old = self.store.get(record, id, fields=values)
        changed = {name: (old[name], value) for name, value in values.items() if values_differ(old[name], value)}
        change = Change(record, id, "update", changed, reason)
        if changed:
            self.write(change)
        return change

    def update_removed(self, record: str, id: int, name: str, value: Any) -> None:
        """Set what a record has of a removed field, `name` in the journal (see removed_fields.py)."""
        self.store.get(record, id, fields=("id",))  # NotFound for one that went
        column = self.removed_fields.columns(record)[name]
        old = self.removed_fields.values(record, [id])[id].get(name)
        sql = f"UPDATE {self.store.type(record).table} SET {schema.quote_name(column)} = ? WHERE id = ?"
        self.store.connection.execute(sql, (value, id))
        self._record(record, id, name, values=(old, value))
        self.touched.setdefault(record, {})[id] = None
        self.changes += 1

    def delete(self, record: str, id: int, *, reason: str = "") -> Record:
        """Take a record away, kept whole in the journal. Returns it."""
        old = self._whole(record, id)
        self.write(Change(record, id, "delete", {name: (value, None) for name, value in old.items()}, reason))
        return old

    def write(self, change: Change) -> int:
        """Execute and record one change; the id of its record."""
        execute = {"insert": self._insert, "update": self._update, "delete": self._delete}[change.kind]
        self._before(change)
        id = execute(self.store.type(change.record), change)
        self.touched.setdefault(change.record, {})[id] = None
        self.changes += 1
        if change.record in ("option", "custom_field"):
            self._vocabulary(change)
        return id

    def _whole(self, record: str, id: int) -> Record:
        type_ = self.store.type(record)
        names = [field.name for field in type_.fields.values() if not field.sql]
        return without_empty_fields(self.store.get(record, id, fields=names))

    def _before(self, change: Change) -> None:
        """Tell the search index and the dates what is about to move under them."""
        if (
            change.record == "lead"
            and change.kind != "insert"
            and (change.kind == "delete" or any(name in SEARCHED for name in change.fields))
        ):
            self.derived.remember(change.id)
        if change.record != "activity":
            return
        owner = (
            {name: new if change.kind == "insert" else old for name, (old, new) in change.fields.items()}
            if change.kind != "update"
            else self.store.get("activity", change.id, fields=("record", "record_id"))
        )
        leads = {owner["record_id"]} if owner["record"] == "lead" else set()
        if "record_id" in change.fields and change.kind == "update":  # a merge moves activities to the survivor
            leads.add(change.fields["record_id"][1])
        for lead in leads:
            self.derived.remember(lead)
            self.derived.task_dates_dirty.add(lead)

    def _insert(self, type_: RecordType, change: Change) -> int:
        values = {name: new for name, (_, new) in change.fields.items()}
        flat = {
            field.sql_column: values[field.name]
            for field in type_.stored()
            if field.name in values and field.name != "id"
        }
        flat |= match_key_columns(type_.name, values) | self.removed_fields.flat(type_.name, values)
        if change.id:
            flat["id"] = change.id
        names = ", ".join(map(schema.quote_name, flat))
        marks = ", ".join("?" * len(flat))
        sql = (
            f"INSERT INTO {type_.table} ({names}) VALUES ({marks})"
            if flat
            else f"INSERT INTO {type_.table} DEFAULT VALUES"
        )
        id = int(self.store.connection.execute(sql, list(flat.values())).lastrowid or 0)
        for field in type_.many():
            self._set_list(type_.name, id, field, values.get(field.name, ()))
        if type_.name == "lead":
            self.derived.inserted.add(id)
        self._record(type_.name, id, INSERT, reason=change.reason)
        return id

    def _update(self, type_: RecordType, change: Change) -> int:
        values = {name: new for name, (_, new) in change.fields.items()}
        if STAMP in type_.fields and STAMP not in values and self.undoes is None:
            old = self.store.get(type_.name, change.id, fields=(STAMP,))[STAMP]
            values[STAMP] = self.at
            self._record(type_.name, change.id, STAMP, values=(old, self.at))
        flat = {field.sql_column: values[field.name] for field in type_.stored() if field.name in values}
        flat |= recompute_keys(self.store, type_.name, change.id, values)
        if type_.name == "lead" and "status" in values and change.reason != RENAMED:
            flat["moved_at"] = self.at
        if flat:
            sets = ", ".join(f"{schema.quote_name(name)} = ?" for name in flat)
            self.store.connection.execute(f"UPDATE {type_.table} SET {sets} WHERE id = ?", [*flat.values(), change.id])
        for field in type_.many():
            if field.name in change.fields:
                self._set_list(type_.name, change.id, field, values[field.name])
        for name, (was, now) in change.fields.items():
            pair = stored_values(type_.fields[name], was), stored_values(type_.fields[name], now)
            self._record(type_.name, change.id, name, values=pair, reason=change.reason)
        return change.id

    def _delete(self, type_: RecordType, change: Change) -> int:
        record = {name: old for name, (old, _) in change.fields.items() if name != "id"}
        record |= self.removed_fields.values(type_.name, [change.id]).get(change.id, {})
        text = json.dumps(record, ensure_ascii=False)
        self._record(type_.name, change.id, DELETE, values=(text, None), reason=change.reason)
        for field in type_.many():
            self._set_list(type_.name, change.id, field, ())
        self.store.connection.execute(f"DELETE FROM {type_.table} WHERE id = ?", (change.id,))
        if type_.name == "lead":
            self.derived.inserted.discard(change.id)
        return change.id

    def _set_list(self, record: str, id: int, field: Field, items: Sequence[Any] | None) -> None:
        table = field.kind.many
        self.store.connection.execute(f"DELETE FROM {table} WHERE record = ? AND record_id = ?", (record, id))
        self.store.connection.executemany(*list_rows(record, id, field, items))

    def _record(
        self, record: str, id: int, field: str, *, values: tuple[Any, Any] = (None, None), reason: str = ""
    ) -> None:
        self.store.connection.execute(
            """INSERT INTO changes (operation, record, record_id, field, old, new, last_id, reason)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
            (self.id, record, id, field, *values, id if field == INSERT else None, reason or None),
        )

    def react(self) -> None:
        """Let the desk react to what was done so far: rules, hooks. At the end at the latest, and once."""
        self.derived.flush()
        react, self._react = self._react, None
        if react:
            react(self)
            self.derived.flush()

    def block(self, record: str, first: int, last: int, *, reason: str = "", gifts: str | None = None) -> None:
        """Record the inserts first..last as blocks; whoever inserted them in bulk has written their rows.

        `gifts` is a note of what rules set on each of them (see rule_effects.py).
        """
        self.spans.append((record, first, last))
        start = first
        rows = []
        while start <= last:
            end = min(last, start // BLOCK * BLOCK + BLOCK - 1)
            rows.append((self.id, record, start, INSERT, gifts, end, reason or None))
            start = end + 1
        self.store.connection.executemany(
            """INSERT INTO changes (operation, record, record_id, field, new, last_id, reason)
               VALUES (?, ?, ?, ?, ?, ?, ?)""",
            rows,
        )
        self.changes += len(rows)
        self.leads += last - first + 1 if record == "lead" else 0

    def in_no_block(self, leads: Iterable[int]) -> list[int]:
        """Those of these leads that came in none of this operation's blocks (`leads` counts what did)."""
        blocks = [range(first, last + 1) for record, first, last in self.spans if record == "lead"]
        return [id for id in leads if not any(id in block for block in blocks)]

    def _vocabulary(self, change: Change) -> None:
        self.store.forget()
        self.removed_fields.forget()
        if change.record == "custom_field" and change.kind == "insert":
            for name in ("lead", "account", "contact", "opportunity"):
                type_ = self.store.type(name)
                schema.add_column(self.store.connection, type_, type_.fields[change.fields["name"][1]])


def list_rows(record: str, id: int, field: Field, items: Sequence[Any] | None) -> tuple[str, list[tuple[Any, ...]]]:
    """The statement that writes items of a many-valued field, and its rows for this record."""
    table, names = field.kind.many, field.kind.columns  # type: ignore[attr-defined]
    rows = []
    for position, item in enumerate(items or ()):
        values = [item] if len(names) == 1 else [item.get(name) for name in names]
        rows.append((record, id, position, *values, *([other_key(table, item)] if table in schema.KEYED else [])))
    keyed = ", other_key" if table in schema.KEYED else ""
    marks = ", ".join("?" * (len(names) + 3 + bool(keyed)))
    return f"INSERT INTO {table} (record, record_id, position, {', '.join(names)}{keyed}) VALUES ({marks})", rows


def stored_values(field: Field, value: Any) -> Any:
    """How the journal keeps a value: lists as JSON, the rest as it is in its column."""
    return json.dumps(value, ensure_ascii=False) if field.kind.many and value is not None else value


def restored_values(field: Field, value: Any) -> Any:
    """The reverse of `stored_values`."""
    return json.loads(value) if field.kind.many and value is not None else value


def values_differ(old: Any, new: Any) -> bool:
    return (old or None) != (new or None) if isinstance(old or new, (list, str)) else old != new


@contextmanager
def begin_operation(
    store: Store, note: str = "", *, keep: bool | None = None, command: str = "", undoes: int | None = None
) -> Iterator[Operation]:
    """One command's writes: BEGIN IMMEDIATE, a numbered operation, COMMIT. Without a change there is no operation.

    With `keep` False it is rolled back at its end; None leaves that to the run (a dry run keeps nothing).
    """
    connection = store.connection
    keep = store.desk.keep if keep is None else keep
    with engine.transaction(connection, waiting=store.desk.waiting, lock_timeout=store.desk.lock_timeout, keep=False):
        sql = "INSERT INTO operations (at, actor, command, undoes) VALUES (?, ?, ?, ?)"
        id = connection.execute(sql, (store.now, store.actor, command or store.desk.command, undoes)).lastrowid
        running = Operation(store, int(id or 0), undoes=undoes, keep=keep)
        running.note = note
        yield running
        if not running.changes:
            return
        running.react()
        leads = running.leads + len(running.in_no_block(running.touched.get("lead", ())))
        connection.execute(
            "UPDATE operations SET note = ?, leads = ? WHERE id = ?", (running.note or None, leads, running.id)
        )
        if keep:
            engine.commit(connection, store.desk.lock_timeout)
    for act in running.afterwards if keep else ():
        act()
