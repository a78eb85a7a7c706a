"""Erasing: the legal kind of deleting. Takes the values of deleted records out of all that remembers them.

History, imports, the outbox, attached contents and the duplicates' memory lose them in the operation that deleted the
records; its number stays. `scrub_file` then takes the bytes out: SQLite keeps old ones in free pages, in the full-text
index until it is merged, and in the write-ahead log.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from leadcli.errors import Refused
from leadcli.store import engine
from leadcli.store.failures import is_busy
from leadcli.store.journal.batch import DELETE, INSERT

if TYPE_CHECKING:
    from leadcli.store.journal.operation import Operation
    from leadcli.store.store import Store

ERASED = "erased"  # reason of the change that stays of a record, and the note of an operation whose bytes are gone
ERASING = "erasing"  # its note until then
_SHORT = 3  # a value of fewer letters is looked for in no other command
_PAIR = "(record, record_id) IN (SELECT value ->> 0, value ->> 1 FROM json_each(:pairs))"
_NAMING = frozenset({"name", "first_name", "last_name", "emails", "phones"})  # fields that say who somebody is


class _Traces(NamedTuple):
    """What is looked for: records, the texts that say who they are, all their texts, and their attached contents."""

    pairs: list[tuple[str, int]]
    names: set[str]
    texts: set[str]
    contents: set[str]


def overwrite_deleted(store: Store) -> None:
    """Let SQLite write zeros over what this connection deletes."""
    store.connection.execute("PRAGMA secure_delete = ON")


def erase_traces(operation: Operation, record: str, ids: Sequence[int]) -> None:
    """Forget records that this operation has deleted, with all that belonged to them and was merged into them."""
    store = operation.store
    traces = _find_traces(store, _with_merged(store, record, ids))
    bound = {"pairs": json.dumps(traces.pairs)}
    _blank_commands(store, traces)
    run = store.connection.execute
    run(f"UPDATE changes SET old = '{{}}', new = NULL, reason = '{ERASED}' WHERE {_PAIR} AND field = '{DELETE}'", bound)
    run(
        f"""DELETE FROM changes WHERE {_PAIR} AND field NOT IN ('{INSERT}', '{DELETE}')
            AND coalesce(last_id, record_id) = record_id""",
        bound,
    )
    leads = json.dumps([id for name, id in traces.pairs if name == "lead"])
    run("DELETE FROM import_rows WHERE record_id IN (SELECT value FROM json_each(?))", (leads,))
    _forget_letters(store, leads, traces.names)
    _forget_contents(store, traces.contents)
    operation.note = ERASING


def _with_merged(store: Store, record: str, ids: Sequence[int]) -> list[tuple[str, int]]:
    """The records and those that were merged into them, whose links are forgotten here."""
    known = dict.fromkeys(ids)
    waiting = list(ids)
    while waiting:
        sql = "SELECT id, old_id FROM merged WHERE kind = ? AND new_id = ?"
        for link, old in store.select(sql, (record, waiting.pop())):
            store.connection.execute("DELETE FROM merged WHERE id = ?", (link,))
            store.connection.execute("DELETE FROM changes WHERE record = 'merged' AND record_id = ?", (link,))
            if old not in known:
                known[old] = None
                waiting.append(old)
    return [(record, id) for id in known]


def _find_traces(store: Store, pairs: list[tuple[str, int]]) -> _Traces:
    """What the journal knows of the records; what belonged to them was deleted too, so that its owner stands there."""
    belonging = f"""SELECT DISTINCT record, record_id FROM changes WHERE field = '{DELETE}' AND json_valid(old)
                    AND (old ->> 'record', old ->> 'record_id') IN (SELECT value ->> 0, value ->> 1
                         FROM json_each(:pairs))"""
    pairs = [*pairs, *map(tuple, store.select(belonging, {"pairs": json.dumps(pairs)}))]
    traces = _Traces(pairs, set(), set(), set())
    sql = f"SELECT record, field, old, new FROM changes WHERE {_PAIR}"
    for record, field, *values in store.select(sql, {"pairs": json.dumps(pairs)}):
        for name, text in (each for value in values for each in _texts(field, value)):
            traces.texts.add(text.casefold())
            if name in _NAMING and record in ("lead", "account", "contact", "opportunity"):
                traces.names.add(text.casefold())
            if name == "sha256":
                traces.contents.add(text)
            if name == "uid":
                _forget_pairs(store, text)
    return traces


def _texts(field: str, value: Any) -> Iterator[tuple[str, str]]:
    """(field, text) of what a change says: a plain text, a list, or a whole record."""
    if not isinstance(value, str):
        return
    try:
        parsed = json.loads(value) if value[:1] in ("[", "{") else value
    except ValueError:
        parsed = value
    items = parsed.items() if isinstance(parsed, dict) else [(field, parsed)]
    for name, item in items:
        yield from ((name, text) for text in _leaves(item) if text.strip())


def _leaves(item: Any) -> Iterator[str]:
    if isinstance(item, str):
        yield item
    elif isinstance(item, dict | list):
        for each in item.values() if isinstance(item, dict) else item:
            yield from _leaves(each)


def _forget_pairs(store: Store, uid: str) -> None:
    """That a record is no duplicate of another one, with its history."""
    for (id,) in store.select("SELECT id FROM not_duplicates WHERE ? IN (first_uid, other_uid)", (uid,)):
        store.connection.execute("DELETE FROM not_duplicates WHERE id = ?", (id,))
        store.connection.execute("DELETE FROM changes WHERE record = 'apart' AND record_id = ?", (id,))


def _blank_commands(store: Store, traces: _Traces) -> None:
    """Leave of a command line its first word where it says a value of the records, or was about nothing else."""
    bound = {"pairs": json.dumps(traces.pairs)}
    touching = f"""SELECT operation, min({_PAIR}) FROM changes
                   WHERE operation IN (SELECT operation FROM changes WHERE {_PAIR}) GROUP BY 1"""
    alone = dict(store.select(touching, bound))
    for id, command, note in store.select("SELECT id, command, coalesce(note, '') FROM operations"):
        text = f"{command}\n{note}".casefold()
        searched = traces.texts if id in alone else traces.names
        if alone.get(id) or any(len(each) >= _SHORT and each in text for each in searched):
            blank = f"{command.split()[0]} ({ERASED})" if command.split() else ""
            store.connection.execute("UPDATE operations SET command = ?, note = NULL WHERE id = ?", (blank, id))


def _forget_letters(store: Store, leads: str, names: Iterable[str]) -> None:
    """What the outbox knows of letters to the leads, and of any message that names them."""
    run = store.connection.execute
    run("DELETE FROM outbox WHERE lead IN (SELECT value FROM json_each(?))", (leads,))
    naming = [name for name in names if len(name) >= _SHORT]
    rows = store.select("SELECT id, key, recipient, coalesce(subject, ''), coalesce(error, '') FROM outbox")
    for id, *texts in rows:
        text = "\n".join(texts).casefold()
        if any(name in text for name in naming):
            run("DELETE FROM outbox WHERE id = ?", (id,))


def _forget_contents(store: Store, names: Iterable[str]) -> None:
    """Contents of attached files that nobody else has or had."""
    for name in names:
        elsewhere = "SELECT 1 FROM attachments WHERE sha256 = ?1 UNION SELECT 1 FROM changes WHERE instr(old, ?1)"
        if not store.select(elsewhere, (name,)):
            store.connection.execute("DELETE FROM attachment_contents WHERE sha256 = ?", (name,))


def refuse_erased(store: Store, number: int) -> None:
    """Refused for an operation that erased records: nothing is left to bring back."""
    if store.select("SELECT 1 FROM changes WHERE operation = ? AND reason = ? LIMIT 1", (number, ERASED)):
        raise Refused(
            f"operation {number} erased records; nothing is left of them to bring back.",
            hint="an operation before it is undone by its number: leadcli history",
        )


def pending_erasures(store: Store) -> list[int]:
    """Operations that erased records whose bytes may still be in the file."""
    return [row[0] for row in store.select("SELECT id FROM operations WHERE note = ? ORDER BY id", (ERASING,))]


def done_erasures(store: Store) -> list[int]:
    """Operations that erased records whose bytes are gone."""
    return [row[0] for row in store.select("SELECT id FROM operations WHERE note = ? ORDER BY id", (ERASED,))]


def scrub_file(store: Store) -> bool:
    """Take the bytes of what was erased out of the file and its log; False when another program had it open."""
    connection, run = store.connection, store.connection.execute
    run("PRAGMA secure_delete = ON")
    try:
        with engine.transaction(connection, lock_timeout=store.desk.lock_timeout):
            for table in ("search", "name_search"):
                run(f"INSERT INTO {table}({table}) VALUES ('optimize')")
        run("VACUUM")
        if not _empty_log(store):
            return False
        with engine.transaction(connection, lock_timeout=store.desk.lock_timeout):
            run("UPDATE operations SET note = ? WHERE note = ?", (ERASED, ERASING))
        return True
    except engine.Error as error:
        if is_busy(error):
            return False
        raise


def _empty_log(store: Store) -> bool:
    """Whether the write-ahead log, where there is one, is in the file and cut to nothing."""
    store.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    log = Path(f"{store.path}-wal")
    return not store.path or not log.exists() or not log.stat().st_size
