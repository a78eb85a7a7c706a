"""Deleting records with all that hangs on them; the journal keeps everything."""

from __future__ import annotations

from collections.abc import Sequence

from leadcli.domain.leads.edit import format_ids
from leadcli.domain.leads.lists import record_table
from leadcli.domain.leads.targets import Target
from leadcli.domain.pipeline import rules
from leadcli.errors import Refused
from leadcli.model.fields import BELONGINGS
from leadcli.model.kinds import Record
from leadcli.model.results import ResultNote
from leadcli.store.journal import erasure
from leadcli.store.journal.operation import Operation, begin_operation
from leadcli.store.safety_copy import copies_of
from leadcli.store.store import Store


def delete_records(store: Store, target: Target) -> ResultNote:
    """Delete leads with all that hangs on them; the journal keeps everything."""
    with begin_operation(store) as operation:
        deleted = _delete_with_belongings(operation, target.record, target.ids)
    names = (
        f"{target.record} {store.type(target.record).letter}{deleted[0]['id']} ({deleted[0].get('name')})"
        if len(deleted) == 1
        else f"{len(deleted)} {store.type(target.record).table}"
    )
    verb = store.desk.choose_verb("Deleted", "delete")
    warnings = [warning for row in deleted if (warning := _belonging_counts(store, target.record, row))]
    undo = store.desk.undo_hint
    return ResultNote(
        f"{verb} {names}.{undo}",
        format_ids(store, target, [(row, {}) for row in deleted]),
        record_table(store, deleted, record=target.record),
        warnings=warnings,
    )


def erase_records(store: Store, target: Target) -> ResultNote:
    """Delete records for good, with all that hangs on them: no value stays in history, search, imports, outbox or log.

    The operation stays as a number and cannot be undone. Warns where another program kept the file from being cleaned,
    and names the copies beside it that may still hold the values. Refused when other records point to one of them.
    """
    erasure.overwrite_deleted(store)
    with begin_operation(store) as operation:
        deleted = _delete_with_belongings(operation, target.record, target.ids)
        operation.derived.flush()
        erasure.erase_traces(operation, target.record, target.ids)
    letter, table = store.type(target.record).letter, store.type(target.record).table
    what = f"{target.record} {letter}{deleted[0]['id']}" if len(deleted) == 1 else f"{len(deleted)} {table}"
    verb, warnings = store.desk.choose_verb("Erased", "erase"), []
    if any(row.get("converted_at") for row in deleted):
        warnings.append("a customer was made from what is erased; erase its account and contact too")
    if store.desk.keep:
        if not erasure.scrub_file(store):
            warnings.append(
                "another program has the file open, so that old bytes are still in it; close it and run: "
                "leadcli doctor --fix"
            )
        copies = ", ".join(str(path) for path in (copies_of(store.path) if store.path else ()))
        if copies:
            warnings.append(f"copies that may still hold it: {copies}")
    return ResultNote(
        f"{verb} {what} for good. This cannot be undone.",
        format_ids(store, target, [(row, {}) for row in deleted]),
        json=[f"{letter}{row['id']}" if letter else row["id"] for row in deleted],
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
    is_open = record == "lead" and rules.status_state(store, row["status"]) == "open"
    return f"{sentence}; better: leadcli lost {row['id']}" if is_open else sentence


def _delete_with_belongings(operation: Operation, record: str, ids: Sequence[int]) -> list[Record]:
    """Delete records and what belongs to them; as they were. Refused when other records point to one of them."""
    store, letter = operation.store, operation.store.type(record).letter
    rows = store.fetch(record, ids)
    pointing = store.pointing_to(record, ids)
    if pointing:
        id, names = next(iter(pointing.items()))
        raise Refused(
            f"{record} {letter}{id} is the {record} of {', '.join(names[:5])}{' and more' if names[5:] else ''}.",
            hint="delete or unlink those first; undo of the conversion takes all of them back",
        )
    hanging: dict[int, dict[str, int]] = {row["id"]: {} for row in rows}
    for child in BELONGINGS:
        children = store.children_of(child, record, ids)
        for id, counts in hanging.items():
            count = len(children.get(id, ()))
            counts[store.type(child).table if count != 1 else child] = count
        operation.delete_many(child, [each for id in ids for each in children.get(id, ())])
    operation.delete_rows(record, rows)
    return [{**row, "hanging": hanging[row["id"]]} for row in rows]
