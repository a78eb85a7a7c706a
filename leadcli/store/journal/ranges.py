"""Ranges of ids deleted and restored by a few statements each: what undoing an import of a million rows needs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from itertools import repeat
from typing import TYPE_CHECKING, NamedTuple

from leadcli.model.fields import Field, RecordType
from leadcli.model.kinds import Record
from leadcli.store import schema
from leadcli.store.engine import insert_rows
from leadcli.store.journal import bulk_insert
from leadcli.store.journal.batch import DELETE, STAMP, list_rows
from leadcli.store.journal.operation import Operation
from leadcli.store.match_key_columns import match_key_columns
from leadcli.store.schema import quote_name
from leadcli.store.search.index_text import index_lead, indexed_texts, remove_from_index, search_texts

if TYPE_CHECKING:
    from leadcli.store.journal.field_renames import FieldRenames
    from leadcli.store.store import Store

WORTH_IT = 64
IN_BLOCKS = ("lead", "activity")  # those that come and go by the thousand
_PART = 32_768
_PAIRS = 60  # SQLite's functions take 127 arguments at least


def delete_range(running: Operation, record: str, span: tuple[int, int]) -> None:
    """Delete the records first..last, each kept whole in the journal.

    The journal keeps the same JSON as for a single delete (operation.py), so that undo restores both the same way.
    """
    store, type_ = running.store, running.store.type(record)
    with _with_indexes(running, span) if record == "lead" else nullcontext():
        # In parts, the last first: what one frees the next one fills, and the file does not grow twice.
        for start in reversed(range(span[0], span[1] + 1, _PART)):
            part = {"low": start, "high": min(start + _PART - 1, span[1])}
            if record == "activity":
                _refresh_remaining_leads(running, part)
            gone = _keep_records(running, type_, part)
            running.leads += gone if record == "lead" else 0
            for field in type_.many():
                sql = f"DELETE FROM {field.kind.many} WHERE record = '{record}' AND record_id BETWEEN :low AND :high"
                store.connection.execute(sql, part)
            store.connection.execute(f"DELETE FROM {type_.table} WHERE id BETWEEN :low AND :high", part)
    running.changes += 1


def _keep_records(running: Operation, type_: RecordType, part: Mapping[str, int]) -> int:
    """Write the records into the journal by one INSERT ... SELECT; how many they are."""
    sql = f"""INSERT INTO changes (operation, record, record_id, field, old)
              SELECT {running.id}, '{type_.name}', r.id, '{DELETE}', {_record_json_sql(running, type_, part)}
              FROM {type_.table} r WHERE r.id BETWEEN :low AND :high ORDER BY r.id DESC"""
    return running.store.connection.execute(sql, part).rowcount


@contextmanager
def _with_indexes(running: Operation, span: tuple[int, int]) -> Iterator[None]:
    """Where more leads are deleted than remain, all indexes are dropped first and rebuilt for the remaining ones."""
    store = running.store
    going, there = "SELECT count(*) FROM leads WHERE id BETWEEN ? AND ?", "SELECT count(*) FROM leads"
    if not store.select(f"SELECT ({going}) * 2 > ({there})", span)[0][0]:
        for rows in indexed_texts(store, range(span[0], span[1] + 1)):
            remove_from_index(store.connection, rows)
        yield
        return
    with bulk_insert.rebuild_indexes(store, schema.index_statements(store.type("lead"))):
        yield
    running.derived.is_rebuild_due = True


def _refresh_remaining_leads(running: Operation, part: Mapping[str, int]) -> None:
    """Leads whose activities go are found by fewer words, and have other dates of work."""
    sql = """SELECT DISTINCT a.record_id FROM activities a JOIN leads l ON l.id = a.record_id
             WHERE a.id BETWEEN :low AND :high AND a.record = 'lead'"""
    running.derived.remember_work([row[0] for row in running.store.select(sql, part)])


def _record_json_sql(running: Operation, type_: RecordType, span: Mapping[str, int]) -> str:
    """SQL for a record as JSON; columns and lists that are empty in the whole block are left out, nulls
    dropped (RFC 7396).
    """
    store = running.store
    flat = {field.name: quote_name(field.sql_column) for field in type_.stored() if field.name != "id"}
    flat |= {name: quote_name(column) for name, column in running.removed_fields.columns(type_.name).items()}
    sums = ", ".join(f"count({column})" for column in flat.values())
    counts = store.select(f"SELECT {sums} FROM {type_.table} WHERE id BETWEEN :low AND :high", span)[0]
    parts = [f"'{name}', r.{column}" for (name, column), count in zip(flat.items(), counts, strict=True) if count]
    parts += [
        f"'{field.name}', json({_list_columns(type_.name, field)})"
        for field in type_.many()
        if _has_list_items(store, type_.name, field, span)
    ]
    record_json = "'{}'"
    for start in range(0, len(parts), _PAIRS):
        record_json = f"json_patch({record_json}, json_object({', '.join(parts[start : start + _PAIRS])}))"
    return record_json


def _has_list_items(store: Store, record: str, field: Field, span: Mapping[str, int]) -> bool:
    sql = f"SELECT 1 FROM {field.kind.many} WHERE record = '{record}' AND record_id BETWEEN :low AND :high LIMIT 1"
    return bool(store.select(sql, span))


def _list_columns(record: str, field: Field) -> str:
    names: tuple[str, ...] = field.kind.columns  # type: ignore[attr-defined]
    item = names[0] if len(names) == 1 else f"json_object({', '.join(f'{name!r}, {name}' for name in names)})"
    inner = (
        f"SELECT {item} AS item FROM {field.kind.many} WHERE record = '{record}' AND record_id = r.id ORDER BY position"
    )
    wrap = "item" if len(names) == 1 else "json(item)"
    return f"(SELECT CASE WHEN count(*) THEN json_group_array({wrap}) END FROM ({inner}))"


def seed_vocabulary(store: Store, options: Sequence[Record], settings: Sequence[tuple[str, str]]) -> None:
    """Write the choices and settings of a new desk, outside the journal: they come before its first operation."""
    names = ("field", "key", "label", "position", "colour", "state", "next", "also")
    rows = [(*map(option.get, names), 1) for option in options]
    insert_rows(store.connection, f"options ({', '.join(names)}, active)", rows)
    insert_rows(store.connection, "settings (name, value)", settings)


_PAGE = 2000
_MOST = 100  # runs that are restored as ranges; the remaining records come back one by one


class RangeRun(NamedTuple):
    """Changes `first`..`last` of an undo that deleted neighbouring records, the highest id first."""

    record: str
    first: int
    last: int


def range_runs(store: Store, number: int) -> list[RangeRun]:
    """The long runs of deletes of an operation, the last first."""
    listed = ", ".join(f"'{record}'" for record in IN_BLOCKS)
    # Within a run a change's number grows by one as the record's id falls by one.
    sql = f"""SELECT record, min(id), max(id) FROM changes
              WHERE operation = ? AND field = '{DELETE}' AND record IN ({listed})
              GROUP BY record, id + record_id HAVING count(*) >= {WORTH_IT} AND max(id) - min(id) + 1 = count(*)
              ORDER BY count(*) DESC LIMIT {_MOST}"""
    return sorted((RangeRun(*row) for row in store.select(sql, (number,))), key=lambda run: -run.last)


def restore_range(running: Operation, run: RangeRun, namings: FieldRenames) -> None:
    """Insert the records of a run again, with their old ids, as blocks of the journal."""
    store, type_ = running.store, running.store.type(run.record)
    sql = "SELECT min(record_id), max(record_id) FROM changes WHERE id IN (?, ?)"
    block = bulk_insert.Block(*store.select(sql, (run.first, run.last))[0])
    fields = [field.sql_column for field in type_.stored()]
    names = namings.names(run.record, run.first)  # its changes follow each other: none of a field is among them
    with bulk_insert.indexes_rebuilt_last(store, block, fields) if run.record == "lead" else nullcontext():
        for last in range(run.last, run.first - 1, -_PAGE):
            sql = "SELECT record_id, old FROM changes WHERE id BETWEEN ? AND ? ORDER BY id DESC"
            rows = store.select(sql, (max(run.first, last - _PAGE + 1), last))
            page = {id: json.loads(text) for id, text in rows}
            if names:
                page = {
                    id: {names.get(name, name): value for name, value in values.items()} for id, values in page.items()
                }
            _insert_page(running, type_, page)
    running.block(run.record, block.first, block.last)
    _with_stamps(running, run.record, block)


def _insert_page(running: Operation, type_: RecordType, page: Mapping[int, Record]) -> None:
    write = running.store.connection.executemany
    if type_.name == "activity":
        # Their leads will be found by their texts, and have other dates of work.
        running.derived.remember_work(row["record_id"] for row in page.values() if row.get("record") == "lead")
    flat = {field.name: field.sql_column for field in type_.stored() if field.name != "id"}
    flat |= running.removed_fields.columns(type_.name)
    there = set[str]().union(*page.values())
    used = [name for name in flat if name in there]
    keys = {id: match_key_columns(type_.name, values) for id, values in page.items()}
    derived = next(iter(keys.values()))
    named = [*(flat[name] for name in used), *derived]
    # Binding a None takes Python ten times as long as binding what stands for it here: no value is '', no key is 0.
    marks = ", ".join(["nullif(?, '')"] * len(used) + ["nullif(?, 0)"] * len(derived))
    rows = ((id, *map(values.get, used, repeat("")), *(0 if key is None else key for key in keys[id].values()))
            for id, values in page.items())  # fmt: skip
    write(f"INSERT INTO {type_.table} (id, {', '.join(map(quote_name, named))}) VALUES (?, {marks})", rows)
    for field in type_.many():
        lists = ((id, values[field.name]) for id, values in page.items() if field.name in values)
        insert_rows(running.store.connection, *list_rows(type_.name, field, lists))
    if type_.name == "lead":
        index_lead(
            running.store.connection, search_texts(running.store, ({"id": id, **row} for id, row in page.items()))
        )


def _with_stamps(running: Operation, record: str, span: bulk_insert.Block) -> None:
    """Of those that were changed after they were added, the time of the last change is to be found again."""
    sql = f"""SELECT DISTINCT record_id FROM changes WHERE record = ? AND record_id BETWEEN ? AND ?
              AND field IN ('{STAMP}', 'status')"""
    ids = [row[0] for row in running.store.select(sql, (record, *span))]
    running.touched.setdefault(record, {}).update(dict.fromkeys(ids))
