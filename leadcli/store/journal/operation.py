"""An operation: the transaction in which record tables are written (by batch.py), and what follows from its changes.

An operation is what one command did: number, time, actor, command line. Its changes say per field what was and what is,
so history is a SELECT and undo applies them backwards (undo.py). An insert is recorded without its values (they are
in the table), a block of neighbouring inserts as one row that never crosses a multiple of BLOCK (so that the row of one
record is found by looking at BLOCK rows at most); a delete keeps the whole record.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Any

from leadcli.errors import Failed
from leadcli.model.kinds import Record
from leadcli.store import engine, failures
from leadcli.store.journal.batch import INSERT, Edit, RecordWriter

if TYPE_CHECKING:
    from leadcli.store.store import Store

BLOCK = 4096


class Operation(RecordWriter):
    """A running operation: what it writes, and what follows from it before and after its commit."""

    def __init__(self, store: Store, id: int, *, undoes: int | None = None, keep: bool = True) -> None:
        super().__init__(store, id, undoes=undoes)
        self.keep = keep
        self.leads = 0
        self.note = ""
        self.spans: list[tuple[str, int, int]] = []
        self.afterwards: list[Callable[[], None]] = []
        self._react = store.desk.react if undoes is None else None
        self.is_joint = False  # several verbs share it: the desk reacts once, at its end
        self.ruled = False  # a rule is what does this: it must not set off others
        self.acted: set[int] = set()  # rules that did their part before the operation was whole (see rule_effects.py)

    def react(self) -> None:
        """Let the desk react to what was done so far: rules, hooks. At the end at the latest, and once."""
        self.derived.flush()
        if self.is_joint:
            return
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


class ChangeBatch:
    """Deletes, updates and inserts of an operation that wait until `write`, in this order.

    The rows given are whole ones as they are now (every stored field), and each is deleted or updated once at most.
    """

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self.deletes: dict[str, list[Record]] = {}
        self.updates: dict[str, list[Edit]] = {}
        self.inserts: dict[str, list[Record]] = {}

    def delete(self, record: str, row: Record) -> None:
        """Take a record away, kept whole in the journal."""
        self.deletes.setdefault(record, []).append(row)

    def update(self, record: str, row: Record, values: Mapping[str, Any]) -> None:
        """Set fields of a record."""
        self.updates.setdefault(record, []).append(Edit(row, values))

    def insert(self, record: str, values: Record) -> None:
        """Add a record."""
        self.inserts.setdefault(record, []).append(values)

    def write(self) -> None:
        """Write all that waits."""
        for record, rows in self.deletes.items():
            self.operation.delete_rows(record, rows)
        for record, edits in self.updates.items():
            self.operation.write_edits(record, edits)
        for record, records in self.inserts.items():
            self.operation.insert_many(record, records)
        self.deletes, self.updates, self.inserts = {}, {}, {}


@contextmanager
def begin_operation(
    store: Store, note: str = "", *, keep: bool | None = None, command: str = "", undoes: int | None = None
) -> Iterator[Operation]:
    """One command's writes: BEGIN IMMEDIATE, a numbered operation, COMMIT. Without a change there is no operation.

    With `keep` False it is rolled back at its end; None leaves that to the run (a dry run keeps nothing). Inside
    `join_operations` the running operation is shared, and only that one is committed.
    """
    if store.running:
        yield store.running
        return
    connection = store.connection
    keep = store.desk.keep if keep is None else keep
    with (
        _rare_collection(),
        engine.transaction(connection, waiting=store.desk.waiting, lock_timeout=store.desk.lock_timeout, keep=False),
    ):
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
            _commit(running)
            store.last_operation = running.id
    for act in running.afterwards if keep else ():
        act()


def _commit(operation: Operation) -> None:
    """COMMIT. What fails after the desk has the operation - a full temporary folder, say - does not deny it.

    Raises Failed naming the operation where only its safety is uncertain, as the disk did not confirm it.
    """
    store = operation.store
    try:
        engine.commit(store.connection, store.desk.lock_timeout)
    except engine.Error as error:
        if store.connection.in_transaction or not _is_committed(operation):
            raise
        if failures.primary_code(error) != failures.FULL:  # full is the scratch file of an import, never the desk
            raise Failed(
                f"the disk failed ({failures.name_of(error)}) after operation {operation.id} was written; it is in "
                "the desk, but a power cut could still undo it.",
                hint=f"look: leadcli history --operation {operation.id}; then check the disk",
            ) from error


def _is_committed(operation: Operation) -> bool:
    """Whether another connection sees the operation."""
    store = operation.store
    if store.path is None:
        return False
    sql = "SELECT 1 FROM operations WHERE id = ? AND at = ? AND actor = ?"
    with suppress(*engine.FAILURES), closing(engine.connect(store.path, write=False, lock_timeout=1)) as other:
        return bool(other.execute(sql, (operation.id, operation.at, operation.store.actor)).fetchone())
    return False


@contextmanager
def _rare_collection() -> Iterator[None]:
    """Python looks for circles less often: a batch is many small objects without any, and going over them is slow."""
    usual = gc.get_threshold()
    gc.set_threshold(100_000, 5, 5)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


@contextmanager
def join_operations(store: Store) -> Iterator[Operation]:
    """Everything written inside is one operation: committed at the end, or rolled back by the first exception.

    Rules and hooks act once, at the end, on all of it.
    """
    with begin_operation(store) as running:
        store.running, running.is_joint = running, True
        try:
            yield running
        finally:
            store.running, running.is_joint = None, False


def write_setting(operation: Operation, name: str, value: str) -> None:
    """Set what the desk itself says, such as its base currency (`Store.setting` reads it)."""
    row = operation.store.select("SELECT id FROM settings WHERE name = ?", (name,))
    if row:
        operation.update("setting", row[0][0], {"value": value})
    else:
        operation.insert("setting", {"name": name, "value": value})
