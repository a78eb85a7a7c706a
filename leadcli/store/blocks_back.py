"""Records that were taken away in long rows come back page by page: what the redo of an undone import needs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import nullcontext
from itertools import repeat
from typing import TYPE_CHECKING, NamedTuple

from leadcli.fields import RecordType
from leadcli.kinds import Record
from leadcli.store import bulk
from leadcli.store.blocks import IN_BLOCKS, WORTH_IT
from leadcli.store.derived import columns, index, texts
from leadcli.store.journal import DELETE, STAMP, Operation, side_rows
from leadcli.store.schema import quoted

if TYPE_CHECKING:
    from leadcli.store.namings import Namings
    from leadcli.store.store import Store

_PAGE = 2000
_MOST = 100  # runs that are told apart; what is left comes back one by one


class Run(NamedTuple):
    """Changes `first`..`last` of an undo that deleted neighbouring records, the highest id first."""

    record: str
    first: int
    last: int


def runs(store: Store, number: int) -> list[Run]:
    """The long runs of deletes of an operation, the last first."""
    listed = ", ".join(f"'{record}'" for record in IN_BLOCKS)
    # Within a run a change's number grows by one as the record's id falls by one.
    sql = f"""SELECT record, min(id), max(id) FROM changes
              WHERE operation = ? AND field = '{DELETE}' AND record IN ({listed})
              GROUP BY record, id + record_id HAVING count(*) >= {WORTH_IT} AND max(id) - min(id) + 1 = count(*)
              ORDER BY count(*) DESC LIMIT {_MOST}"""
    return sorted((Run(*row) for row in store.select(sql, (number,))), key=lambda run: -run.last)


def bring_back(running: Operation, run: Run, namings: Namings) -> None:
    """Insert the records of a run again, with their old ids, as blocks of the journal."""
    store, type_ = running.store, running.store.type(run.record)
    sql = "SELECT min(record_id), max(record_id) FROM changes WHERE id IN (?, ?)"
    block = bulk.Block(*store.select(sql, (run.first, run.last))[0])
    fields = [field.sql_column for field in type_.stored()]
    names = namings.names(run.record, run.first)  # its changes follow each other: none of a field is among them
    with bulk.indexes_last(store, block, fields) if run.record == "lead" else nullcontext():
        for last in range(run.last, run.first - 1, -_PAGE):
            sql = "SELECT record_id, old FROM changes WHERE id BETWEEN ? AND ? ORDER BY id DESC"
            rows = store.select(sql, (max(run.first, last - _PAGE + 1), last))
            page = {id: json.loads(kept) for id, kept in rows}
            if names:
                page = {
                    id: {names.get(name, name): value for name, value in values.items()} for id, values in page.items()
                }
            _insert(running, type_, page)
    running.block(run.record, block.first, block.last)
    _stamped(running, run.record, block)


def _insert(running: Operation, type_: RecordType, page: Mapping[int, Record]) -> None:
    write = running.store.connection.executemany
    if type_.name == "activity":
        # Their leads will be found by their texts, and have other dates of work.
        running.derived.rework(row["record_id"] for row in page.values() if row["record"] == "lead")
    flat = {field.name: field.sql_column for field in type_.stored() if field.name != "id"}
    flat |= running.removed_fields.columns(type_.name)
    there = set[str]().union(*page.values())
    used = [name for name in flat if name in there]
    keys = {id: columns(type_.name, values) for id, values in page.items()}
    derived = next(iter(keys.values()))
    named = [*(flat[name] for name in used), *derived]
    # Binding a None takes Python ten times as long as binding what stands for it here: no value is '', no key is 0.
    marks = ", ".join(["nullif(?, '')"] * len(used) + ["nullif(?, 0)"] * len(derived))
    rows = ((id, *map(values.get, used, repeat("")), *(0 if key is None else key for key in keys[id].values()))
            for id, values in page.items())  # fmt: skip
    write(f"INSERT INTO {type_.table} (id, {', '.join(map(quoted, named))}) VALUES (?, {marks})", rows)
    for field in type_.many():
        found = [side_rows(type_.name, id, field, values[field.name])
                 for id, values in page.items() if field.name in values]  # fmt: skip
        if found:
            write(found[0][0], [row for _, those in found for row in those])
    if type_.name == "lead":
        index(running.store.connection, texts(running.store, ({"id": id, **row} for id, row in page.items())))


def _stamped(running: Operation, record: str, span: bulk.Block) -> None:
    """Of those that were changed after they were added, the time of the last change is to be found again."""
    sql = f"""SELECT DISTINCT record_id FROM changes WHERE record = ? AND record_id BETWEEN ? AND ?
              AND field IN ('{STAMP}', 'status')"""
    ids = [row[0] for row in running.store.select(sql, (record, *span))]
    running.touched.setdefault(record, {}).update(dict.fromkeys(ids))
