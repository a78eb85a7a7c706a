"""Deleting records with all that hangs on them; the journal keeps everything."""

from __future__ import annotations

from leadcli.domain.leads.edit import format_ids
from leadcli.domain.leads.lists import record_table
from leadcli.domain.leads.targets import Target
from leadcli.errors import Refused
from leadcli.model.kinds import Record
from leadcli.model.results import ResultNote
from leadcli.store.journal.operation import Operation, begin_operation
from leadcli.store.store import Store


def delete_records(store: Store, target: Target) -> ResultNote:
    """Delete leads with all that hangs on them; the journal keeps everything."""
    with begin_operation(store) as operation:
        deleted = [delete_with_belongings(operation, target.record, id) for id in target.ids]
    names = (
        f"{target.record} {store.type(target.record).letter}{deleted[0]['id']} ({deleted[0].get('name')})"
        if len(deleted) == 1
        else f"{len(deleted)} {store.type(target.record).table}"
    )
    verb = "Deleted" if store.desk.keep else "Would delete"
    warnings = [warning for row in deleted if (warning := _belonging_counts(store, target.record, row))]
    undo = " Undo: leadcli undo" if store.desk.keep else ""
    return ResultNote(
        f"{verb} {names}.{undo}",
        format_ids(store, target, [(row, {}) for row in deleted]),
        record_table(store, deleted, record=target.record),
        warnings=warnings,
    )


def _belonging_counts(store: Store, record: str, row: Record) -> str:
    """A warning that lists what was deleted with a record, or ''. For an open lead it suggests `lost` instead."""
    hanging = [f"{count} {what}" for what, count in row["hanging"].items() if count]
    if row.get("converted_at"):
        hanging.append("a customer made from it")
    if not hanging:
        return ""
    sentence = f"{record} {store.type(record).letter}{row['id']} had {', '.join(hanging)}"
    return sentence if record != "lead" or row["closed_at"] else f"{sentence}; better: leadcli lost {row['id']}"


def delete_with_belongings(operation: Operation, record: str, id: int) -> Record:
    """Delete one record and what belongs to it inside an operation. Refused when other records point to it."""
    store = operation.store
    old = store.get(record, id)
    pointing = store.pointing_to(record, id)
    if pointing:
        letter = store.type(record).letter
        raise Refused(
            f"{record} {letter}{id} is the {record} of {', '.join(pointing[:5])}{' and more' if pointing[5:] else ''}.",
            hint="delete or unlink those first; undo of the conversion takes all of them back",
        )
    counts = {}
    for child in ("activity", "attachment", "document"):
        children = store.children(child, record, id)
        counts[store.type(child).table if len(children) != 1 else child] = len(children)
        for each in children:
            operation.delete(child, each)
    operation.delete(record, id)
    return {**old, "hanging": counts}
