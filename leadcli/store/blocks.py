"""Blocks of neighbouring records taken away by a few statements: what undoing an import of a million rows needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

from leadcli.fields import Field, RecordType
from leadcli.kinds import Record
from leadcli.store import bulk, schema
from leadcli.store.derived import forget, indexed
from leadcli.store.journal import DELETE, Operation
from leadcli.store.schema import quoted

if TYPE_CHECKING:
    from leadcli.store.store import Store

WORTH_IT = 64
IN_BLOCKS = ("lead", "activity")  # those that come and go by the thousand
_PART = 32_768
_PAIRS = 60  # SQLite's functions take 127 arguments at least


def remove(running: Operation, record: str, span: tuple[int, int]) -> None:
    """Delete the records first..last, each kept whole in the journal.

    The kept text has the same shape as that of a single delete (journal.py), so that they come back the same way.
    """
    store, type_ = running.store, running.store.type(record)
    with _indexes_kept_up(running, span) if record == "lead" else nullcontext():
        # In parts, the last first: what one frees the next one fills, and the file does not grow twice.
        for start in reversed(range(span[0], span[1] + 1, _PART)):
            part = {"low": start, "high": min(start + _PART - 1, span[1])}
            if record == "activity":
                _rework_leads_that_stay(running, part)
            gone = _keep(running, type_, part)
            running.leads += gone if record == "lead" else 0
            for field in type_.many():
                sql = f"DELETE FROM {field.kind.many} WHERE record = '{record}' AND record_id BETWEEN :low AND :high"
                store.connection.execute(sql, part)
            store.connection.execute(f"DELETE FROM {type_.table} WHERE id BETWEEN :low AND :high", part)
    running.changes += 1


def _keep(running: Operation, type_: RecordType, part: Mapping[str, int]) -> int:
    """Write the records into the journal by one INSERT ... SELECT; how many they are."""
    sql = f"""INSERT INTO changes (operation, record, record_id, field, old)
              SELECT {running.id}, '{type_.name}', r.id, '{DELETE}', {_kept(running, type_, part)}
              FROM {type_.table} r WHERE r.id BETWEEN :low AND :high ORDER BY r.id DESC"""
    return running.store.connection.execute(sql, part).rowcount


@contextmanager
def _indexes_kept_up(running: Operation, span: tuple[int, int]) -> Iterator[None]:
    """Where more leads go than stay, all indexes are made anew for those that stay."""
    store = running.store
    going, there = "SELECT count(*) FROM leads WHERE id BETWEEN ? AND ?", "SELECT count(*) FROM leads"
    if not store.select(f"SELECT ({going}) * 2 > ({there})", span)[0][0]:
        for rows in indexed(store, range(span[0], span[1] + 1)):
            forget(store.connection, rows)
        yield
        return
    with bulk.made_anew(store, schema.indexes(store.type("lead"))):
        yield
    running.derived.anew = True


def _rework_leads_that_stay(running: Operation, part: Mapping[str, int]) -> None:
    """Leads whose activities go are found by fewer words, and have other dates of work."""
    sql = """SELECT DISTINCT a.record_id FROM activities a JOIN leads l ON l.id = a.record_id
             WHERE a.id BETWEEN :low AND :high AND a.record = 'lead'"""
    running.derived.rework([row[0] for row in running.store.select(sql, part)])


def _kept(running: Operation, type_: RecordType, span: Mapping[str, int]) -> str:
    """SQL for a record as JSON; columns and lists that are empty in the whole block are left out, nulls
    dropped (RFC 7396).
    """
    store = running.store
    flat = {field.name: quoted(field.sql_column) for field in type_.stored() if field.name != "id"}
    flat |= {name: quoted(column) for name, column in running.removed_fields.columns(type_.name).items()}
    sums = ", ".join(f"count({column})" for column in flat.values())
    counts = store.select(f"SELECT {sums} FROM {type_.table} WHERE id BETWEEN :low AND :high", span)[0]
    parts = [f"'{name}', r.{column}" for (name, column), count in zip(flat.items(), counts, strict=True) if count]
    parts += [
        f"'{field.name}', json({_listed(type_.name, field)})"
        for field in type_.many()
        if _used(store, type_.name, field, span)
    ]
    kept = "'{}'"
    for start in range(0, len(parts), _PAIRS):
        kept = f"json_patch({kept}, json_object({', '.join(parts[start : start + _PAIRS])}))"
    return kept


def _used(store: Store, record: str, field: Field, span: Mapping[str, int]) -> bool:
    sql = f"SELECT 1 FROM {field.kind.many} WHERE record = '{record}' AND record_id BETWEEN :low AND :high LIMIT 1"
    return bool(store.select(sql, span))


def _listed(record: str, field: Field) -> str:
    names: tuple[str, ...] = field.kind.columns  # type: ignore[attr-defined]
    item = names[0] if len(names) == 1 else f"json_object({', '.join(f'{name!r}, {name}' for name in names)})"
    inner = (
        f"SELECT {item} AS item FROM {field.kind.many} WHERE record = '{record}' AND record_id = r.id ORDER BY position"
    )
    wrap = "item" if len(names) == 1 else "json(item)"
    return f"(SELECT CASE WHEN count(*) THEN json_group_array({wrap}) END FROM ({inner}))"


def seed(store: Store, options: Sequence[Record], settings: Sequence[tuple[str, str]]) -> None:
    """The vocabulary of a new desk, before its first operation: there is nothing yet that undo could go back to."""
    store.connection.executemany(
        """INSERT INTO options (field, key, label, position, colour, state, next, also, active)
           VALUES (:field, :key, :label, :position, :colour, :state, :next, :also, 1)""",
        options,
    )
    store.connection.executemany("INSERT INTO settings (name, value) VALUES (?, ?)", settings)
