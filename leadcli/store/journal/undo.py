"""Undo, redo: an operation's changes applied backwards as a new operation, refused when later ones went over them.

An operation is live when it was not undone and is itself no undo or redo. `undo` takes the last live one; `redo`
takes back the last undo, as long as nothing else was done since. Blocks of inserts go in a few set-based statements.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from leadcli.errors import NotFound, Refused
from leadcli.store import engine
from leadcli.store.failures import is_twin
from leadcli.store.journal import erasure, ranges, undo_checks
from leadcli.store.journal.batch import DELETE, INSERT, RENAMED, STAMP, restored_values
from leadcli.store.journal.field_renames import FieldRenames
from leadcli.store.journal.operation import Operation, begin_operation
from leadcli.store.store import Store

_Row = tuple[int, str, int, str, Any, int | None]  # a change: id, record, record_id, field, old, last_id
_PAGE = 2000  # records that come back together
_LIVE = "o.undone_by IS NULL AND o.undoes IS NULL"


class UndoResult(NamedTuple):
    """What an undo or redo did: its own operation, the one it took back, and the fields that went back."""

    operation: int
    undid: int
    command: str
    leads: int
    fields: Sequence[str]
    note: str


def undo_operation(store: Store, number: int | None = None) -> UndoResult:
    """Take back one operation, the last live one if no number is given.

    Raises NotFound for a number that does not exist, Refused when there is nothing to undo, it was undone already,
    or later operations touched the same fields (they are named).
    """
    return _undo_changes(store, _operation_to_undo(store, number))


def redo_operation(store: Store) -> UndoResult:
    """Take back the last undo. Refused when something else was done since, or nothing was undone."""
    rows = store.select("""
        SELECT o.id FROM operations o JOIN operations u ON u.id = o.undoes
        WHERE u.undoes IS NULL AND o.undone_by IS NULL
          AND NOT EXISTS (SELECT 1 FROM operations n WHERE n.id > o.id AND n.undoes IS NULL)
        ORDER BY o.id DESC LIMIT 1""")
    if not rows:
        raise Refused(
            "there is nothing to redo.", hint="only an undo that nothing followed can be redone; see: leadcli history"
        )
    return _undo_changes(store, rows[0][0])


def _operation_to_undo(store: Store, number: int | None) -> int:
    if number is None:
        rows = store.select(f"SELECT max(id) FROM operations o WHERE {_LIVE}")
        if rows[0][0] is None:
            raise Refused("there is nothing to undo.", hint="see what was done: leadcli history")
        return int(rows[0][0])
    rows = store.select("SELECT undone_by FROM operations WHERE id = ?", (number,))
    if not rows:
        raise NotFound(f"no operation {number}.", hint="list them: leadcli history")
    if rows[0][0] is not None:
        raise Refused(f"operation {number} was already undone by operation {rows[0][0]}.", hint="redo it: leadcli redo")
    return number


def _undo_changes(store: Store, number: int) -> UndoResult:
    command, note, leads = store.select(
        "SELECT command, coalesce(note, ''), leads FROM operations WHERE id = ?", (number,)
    )[0]
    with begin_operation(store, undoes=number) as running:
        _operation_to_undo(store, number)  # again, now that nobody else can write
        erasure.refuse_erased(store, number)
        _refuse_if_stale(store, number)
        _refuse_if_overtaken(store, number)
        fields = _reverse_changes(store, running, number)
        for id, by in _standing_operations(store, number, by=running.id):
            store.connection.execute("UPDATE operations SET undone_by = ? WHERE id = ?", (by, id))
        undo_checks.refuse_orphans(store, running)
        undo_checks.refuse_links(store, running)
        undo_checks.refuse_used_values(store, running)
        undo_checks.refuse_twins(store, running)
        _restamp(store, running)
        running.note = f"undo of {number}"
        return UndoResult(running.id, number, command, leads, fields, note)


def _standing_operations(store: Store, number: int, *, by: int | None) -> Iterator[tuple[int, int | None]]:
    """(operation, undone by) of an operation and, when it is an undo, of what it took back, and so on.

    What a standing undo took back is undone by it; what an undone one took back is live again.
    """
    while number:
        yield number, by
        by = number if by is None else None
        number = store.select("SELECT undoes FROM operations WHERE id = ?", (number,))[0][0]


def _refuse_if_stale(store: Store, number: int) -> None:
    """An undo or redo is over once what it took back, or brought back, was brought or taken back otherwise."""
    for id, by in _standing_operations(store, number, by=None):
        since = store.select("SELECT undone_by FROM operations WHERE id = ?", (id,))[0][0]
        if since != by:
            raise Refused(
                f"operation {number} cannot be undone: operation {id} was {'undone' if since else 'redone'} since.",
                hint="see what happened since: leadcli history",
            )


def _reverse_changes(store: Store, running: Operation, number: int) -> list[str]:
    try:
        return _reverse(store, running, number)
    except engine.Error as error:
        if not is_twin(error):
            raise
        raise Refused(
            f"operation {number} cannot be undone: a choice of the same name was added since.",
            hint="take that one away first: leadcli field edit NAME --remove-choice A",
        ) from error


def _refuse_if_overtaken(store: Store, number: int) -> None:
    rows = store.select(
        f"""
        SELECT DISTINCT n.operation, o.command, n.record, n.record_id, n.field FROM changes c
        JOIN changes n ON n.record = c.record AND n.record_id BETWEEN c.record_id AND coalesce(c.last_id, c.record_id)
         AND n.operation > c.operation AND (n.field = c.field OR c.field IN ('+', '-') OR n.field IN ('+', '-'))
        JOIN operations o ON o.id = n.operation AND {_LIVE}
        WHERE c.operation = ? AND c.field <> '{STAMP}' AND n.field <> '{STAMP}'
          AND c.field NOT LIKE 'rule %' AND NOT (c.record = 'rule' AND c.field = 'turn')
        ORDER BY n.operation LIMIT {undo_checks.LOOKED_AT}""",
        (number,),
    )
    rows = sorted([*map(tuple, rows), *undo_checks.changes_under_new_names(store, number)])
    if not rows:
        return
    reasons = [
        f"operation {row[0]} ({row[1]}) changed {_name_change(store, row[2], row[3], row[4])}" for row in rows[:5]
    ]
    suffix = ", and more" if len(rows) > 5 else ""
    raise Refused(
        f"operation {number} cannot be undone: {'; '.join(reasons)}{suffix} since.",
        hint=f"undo that first: leadcli undo {rows[-1][0]}",
    )


def _name_change(store: Store, record: str, id: int, field: str) -> str:
    what = {INSERT: "", DELETE: ""}.get(field, f"{field} of ")
    return f"{what}{record} {store.type(record).letter}{id}"


def _reverse(store: Store, running: Operation, number: int) -> list[str]:
    """Apply the changes of an operation backwards; the names of the fields that went back."""
    fields: dict[str, None] = {}
    pending = PendingWrites(running)
    namings = FieldRenames(store)
    runs = ranges.range_runs(store, number)
    waiting = list(runs)
    for change, record, id, field, old, last in _to_reverse(store, number, runs):
        while waiting and waiting[0].last > change:
            pending.write()
            ranges.restore_range(running, waiting.pop(0), namings)
        if record != pending.record:  # a field that comes back changes what the next records are called
            pending.write()
        names = namings.names(record, change)
        called = names.get(field, field)
        if field == INSERT:
            pending.write()
            _remove(store, running, record, (id, last or id))
        elif field == DELETE:
            pending.insert(record, id, {names.get(name, name): value for name, value in json.loads(old).items()})
        elif called in running.removed_fields.columns(record):
            pending.write()
            running.update_removed(record, id, called, old)
        elif field != STAMP and (known := store.type(record).fields.get(called)):
            pending.update(record, id, known.name, restored_values(known, old))
            fields[known.name] = None
    pending.write()
    for run in waiting:
        ranges.restore_range(running, run, namings)
    return list(fields)


class PendingWrites:
    """Records that come back and fields that go back, written together as long as they are alike, in their order."""

    def __init__(self, running: Operation) -> None:
        self.running = running
        self.record, self.last = "", 0
        self.inserts: list[dict[str, Any]] = []
        self.updates: dict[int, dict[str, Any]] = {}

    def insert(self, record: str, id: int, values: dict[str, Any]) -> None:
        """Bring a record back under its old id."""
        if record != self.record or self.updates or len(self.inserts) == _PAGE:
            self.write()
        self.record = record
        self.inserts.append({**values, "id": id})

    def update(self, record: str, id: int, name: str, value: Any) -> None:
        """Set a field of a record, after what waits."""
        # A record that comes again after others was changed again: the earlier value is the one that stays.
        if record != self.record or self.inserts or (id != self.last and id in self.updates):
            self.write()
        self.record, self.last = record, id
        self.updates.setdefault(id, {})[name] = value

    def write(self) -> None:
        """Write all that waits."""
        inserts, self.inserts = self.inserts, []
        updates, self.updates = self.updates, {}
        if inserts:
            self.running.insert_many(self.record, inserts)
        if updates:
            self.running.update_many(self.record, updates)


def _to_reverse(store: Store, number: int, runs: Sequence[ranges.RangeRun]) -> Iterator[_Row]:
    """The changes of an operation, last first, but for those of `runs`.

    What it changed on records it had added goes with them; whose turn it is goes back only when nobody had one since.
    """
    apart = " ".join(f"AND id NOT BETWEEN {run.first} AND {run.last}" for run in runs)
    sql = f"""SELECT id, record, record_id, field, old, last_id FROM changes WHERE operation = ? {apart}
              AND field <> '{STAMP}' AND NOT (record = 'rule' AND field = 'turn'
                       AND new IS NOT (SELECT turn FROM rules WHERE id = record_id)) ORDER BY id DESC"""
    rows = _join_reasons(store.select(sql, (number,)))
    added: list[tuple[str, range]] = []
    for record, first, last in sorted((row[1], row[2], row[5] or row[2]) for row in rows if row[3] == INSERT):
        if added and added[-1][0] == record and added[-1][1].stop == first:
            first = added.pop()[1].start
        added.append((record, range(first, last + 1)))
    if not added:
        yield from rows
        return
    # Leads before their activities: to delete from the full-text index, FTS5 needs all their words.
    rows.sort(key=lambda row: row[1:4:2] != ("lead", INSERT))
    for row in rows:
        if row[3] in (INSERT, DELETE) or not any(record == row[1] and row[2] in span for record, span in added):
            yield row


def _join_reasons(rows: Iterable[_Row]) -> list[_Row]:
    """Inserts of neighbours that follow each other, as one."""
    joined: list[_Row] = []
    for row in rows:
        change, record, id, field, old, last = row
        before = joined[-1] if joined and field == INSERT else None
        if before and before[1] == record and before[3] == INSERT and before[2] == (last or id) + 1:
            joined[-1] = (change, record, id, field, old, before[5] or before[2])
        else:
            joined.append(row)
    return joined


def _remove(store: Store, running: Operation, record: str, span: tuple[int, int]) -> None:
    first, last = span
    if last - first >= ranges.WORTH_IT and record in ranges.IN_BLOCKS:
        ranges.delete_range(running, record, span)
        return
    running.delete_many(record, range(last, first - 1, -1))


def _restamp(store: Store, running: Operation) -> None:
    """updated_at and moved_at as of the last live operation that set them."""
    for record in ("lead", "account", "contact", "opportunity"):
        if ids := list(running.touched.get(record, ())):
            table = store.type(record).table
            sets = f"updated_at = coalesce({_stamp(record, table)}, updated_at)"
            sets += f", moved_at = {_moved_at_sql()}" if record == "lead" else ""
            sql = f"UPDATE {table} SET {sets} WHERE id IN (SELECT value FROM json_each(?))"
            store.connection.execute(sql, (json.dumps(ids),))


def _stamp(record: str, table: str) -> str:
    of = f"""FROM changes c JOIN operations o ON o.id = c.operation
             WHERE c.record = '{record}' AND c.record_id = {table}.id AND c.field = '{STAMP}'"""
    latest = f"(SELECT c.new {of} AND {_LIVE} ORDER BY c.operation DESC LIMIT 1)"
    return f"{latest}, (SELECT c.old {of} ORDER BY c.operation LIMIT 1)"


def _moved_at_sql() -> str:
    return f"""(SELECT o.at FROM changes c JOIN operations o ON o.id = c.operation
                WHERE c.record = 'lead' AND c.record_id = leads.id
                AND c.field = 'status' AND coalesce(c.reason, '') <> '{RENAMED}' AND {_LIVE}
                ORDER BY c.operation DESC LIMIT 1)"""
