"""Merging records that are the same one: fields by their rules, all that belongs to them moved, one operation.

Apply decisions about duplicates: keep records apart for good, or merge groups, as one operation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

from leadcli.domain.data.duplicates import merge_rules
from leadcli.domain.leads import lists
from leadcli.domain.leads.targets import Target
from leadcli.domain.work import activities
from leadcli.errors import Refused, Usage
from leadcli.model.fields import RecordType
from leadcli.model.kinds import TEXT, Record
from leadcli.model.results import Card, Column, ResultNote, Table, format_count
from leadcli.store.journal.batch import STAMP
from leadcli.store.journal.operation import ChangeBatch, Operation, begin_operation
from leadcli.store.reads import duplicate_keys
from leadcli.store.store import Store

MERGEABLE = ("lead", "account", "contact")
SURVIVOR_RULES = ("oldest", "newest", "fullest")
_MAX_CONFLICTS = 10  # conflicts an operation's note names
_BATCH = 500  # groups read at a time


class MergeGroup(NamedTuple):
    """Records to become one, and the values somebody decided on.

    `keep` says which of them stays: '' the first named, `best` by the survivor order, `oldest`, `newest`, `fullest`, or
    a number.
    """

    ids: Sequence[int]
    keep: str = ""
    chosen: Mapping[str, Any] = {}


class MergeResult(NamedTuple):
    """What became of one group."""

    record: str
    keep: int
    gone: Sequence[int]
    losses: Sequence[merge_rules.LostValue]


def merge_records(store: Store, target: Target) -> ResultNote:
    """Merge the others of a target into its first record.

    Refused (exit 5) when another is converted and the first is not, or several are; Usage when there is nothing to
    merge it with.
    """
    rows = survivor_order(store, target)
    with begin_operation(store) as operation:
        done = fold_records(operation, target.record, [MergeGroup([row["id"] for row in rows])])[0]
        operation.note = add_conflict_notes([done])
        operation.react()
    return _note(store, done)


def merge_preview(store: Store, target: Target) -> Table:
    """The fields of all side by side, and what the one record would have."""
    rows = survivor_order(store, target)
    merged = merge_rules.merge_values(store, target.record, rows)
    type_ = store.type(target.record)
    lines = []
    for field in type_.fields.values():
        if field.sql or field.name in ("id", "uid", STAMP, "created_by") or field.name not in merged.values:
            continue
        texts = [field.kind.plain(row[field.name], row) or "" for row in rows]
        result = field.kind.plain(merged.values[field.name], merged.values) or ""
        if any(texts):
            cells = {f"of {row['id']}": text for row, text in zip(rows, texts, strict=True)}
            lines.append({"field": field.title, **cells, "result": result})
    names = [Column(f"of {row['id']}", f"{type_.letter}{row['id']}", TEXT, 0) for row in rows]
    columns = [Column("field", "field", TEXT, 0), *names, Column("result", "result", TEXT, 0)]
    footer = f"Nothing was changed: run it without --dry-run to merge into {names[0].label}."
    return Table(columns, lines, footer=footer)


def merge_card(store: Store, target: Target) -> Card:
    """The record that would stay, complete, for a dry run with --json."""
    rows = survivor_order(store, target)
    with begin_operation(store, keep=False) as operation:
        fold_records(operation, target.record, [MergeGroup([row["id"] for row in rows])])
        operation.react()
        return survivor_of(store, target)


def survivor_of(store: Store, target: Target) -> Card:
    """The first record of a target as JSON shows it."""
    row = store.get(target.record, target.ids[0])
    return Card("", "", [], row, lists.all_columns(store.type(target.record)))


def survivor_order(store: Store, target: Target) -> list[Record]:
    """The first of a target, then the others in survivor order. Usage, Refused as `merge` says."""
    type_ = store.type(target.record)
    first = target.ids[0]
    if len(target.ids) < 2:
        raise Usage(f"which {type_.table} is {type_.letter}{first} to be merged with?", hint="leadcli merge KEEP OTHER")
    if len(set(target.ids)) < len(target.ids):
        twice = next(id for id in target.ids if list(target.ids).count(id) > 1)
        raise Usage(f"{type_.name} {type_.letter}{twice} cannot be merged with itself.", hint="name another one")
    rows = {row["id"]: row for row in read_records(store, target.record, target.ids)}
    refuse_converted(rows[first], [rows[id] for id in target.ids[1:]])
    return [rows[first], *merge_rules.survivor_order(store, target.record, [rows[id] for id in target.ids[1:]])]


def read_records(store: Store, record: str, ids: Sequence[int]) -> list[Record]:
    """The stored fields of records, in the order of ids; those that are gone are left out."""
    names = [field.name for field in store.type(record).fields.values() if not field.sql]
    return store.fetch(record, ids, fields=names)


def refuse_converted(keep: Record, others: Iterable[Record]) -> None:
    """A customer's lead stays: Refused when another one is converted. Two customers are merged themselves."""
    for other in others:
        if not other.get("converted_at"):
            continue
        if keep["converted_at"]:
            raise Refused(
                f"lead {keep['id']} and lead {other['id']} are both converted.",
                hint=f"merge their customers instead: leadcli merge A{keep['account']} A{other['account']}",
            )
        raise Refused(
            f"lead {other['id']} is converted and lead {keep['id']} is not.",
            hint=f"keep the converted one: leadcli merge {other['id']} {keep['id']}",
        )


def arrange_records(store: Store, record: str, rows: Sequence[Record], keep: str) -> list[Record]:
    """Rows in survivor order, the one to keep first. A converted lead stays whatever `keep` says; a second one is left
    out, for it is another customer's. Refused when a lead was named that would be kept instead of a converted one.
    """
    if not keep:
        return list(rows)
    ordered = merge_rules.survivor_order(store, record, rows)
    if ordered[0].get("converted_at"):
        if keep == str(ordered[0]["id"]) or not keep.isdecimal() or int(keep) not in [row["id"] for row in ordered]:
            return [ordered[0], *(row for row in ordered[1:] if not row["converted_at"])]
        refuse_converted(next(row for row in ordered if str(row["id"]) == keep), ordered[:1])
    first = _named_survivor(store.type(record), ordered, keep)
    return [first, *(row for row in ordered if row is not first)]


def _named_survivor(type_: RecordType, rows: Sequence[Record], keep: str) -> Record:
    if keep == "oldest":
        return min(rows, key=lambda row: (row["created_at"], row["id"]))
    if keep == "newest":
        return max(rows, key=lambda row: (row["created_at"], row["id"]))
    if keep == "fullest":
        return max(rows, key=lambda row: merge_rules.filled_count(type_, row))
    return next((row for row in rows if str(row["id"]) == keep), rows[0])


def fold_records(
    operation: Operation,
    record: str,
    groups: Sequence[MergeGroup],
    progress: Callable[[int, int], object] = lambda done, total: None,
) -> list[MergeResult]:
    """Merge each group into one record inside an operation; what changed meanwhile is read anew.

    `progress` is called with the groups done and their total.
    """
    store = operation.store
    done: list[MergeResult] = []
    for start in range(0, len(groups), _BATCH):
        batch = groups[start : start + _BATCH]
        ids = [id for group in batch for id in group.ids]
        rows = {row["id"]: row for row in read_records(store, record, ids)}
        if record == "lead":
            operation.derived.remember_rows(rows.values())
        belongings = duplicate_keys.list_belongings(store, record, ids)
        changes = ChangeBatch(operation)
        for group in batch:
            there = [rows.pop(id) for id in group.ids if id in rows]  # a record is in one group only
            ordered = arrange_records(store, record, there, group.keep) if there else []
            if len(ordered) > 1:
                done.append(_fold(changes, record, ordered, group.chosen, belongings))
        changes.write()
        progress(start + len(batch), len(groups))
    return done


def _fold(
    changes: ChangeBatch,
    record: str,
    rows: Sequence[Record],
    chosen: Mapping[str, Any],
    belongings: Mapping[int, Sequence[tuple[str, int, str]]],
) -> MergeResult:
    operation, keep = changes.operation, rows[0]
    store = operation.store
    merged = merge_rules.merge_values(store, record, rows, chosen=chosen)
    for row in rows[1:]:
        for child, id, link in belongings.get(row["id"], ()):
            operation.update(child, id, {link: keep["id"]})
    for row in rows[1:]:
        changes.delete(record, row)
        gone = {"kind": record, "old_id": row["id"], "new_id": keep["id"], "old_uid": row.get("uid")}
        changes.insert("merged", gone)
    changes.update(record, keep, merged.values)
    done = MergeResult(record, keep["id"], [row["id"] for row in rows[1:]], merged.losses)
    if merged.losses:
        lost = "; ".join(map(_conflict_lines, merged.losses))
        text = f"Merged {_list_line(store.type(record), done.gone)} into this {record}. Not kept: {lost}."
        changes.insert(
            "activity", activities.activity_record(operation, (record, keep["id"]), {"kind": "note", "text": text})
        )
    return done


def _conflict_lines(loss: merge_rules.LostValue) -> str:
    return f"{loss.field.replace('_', ' ')} {loss.lost} ({loss.id})" + (
        f", but {loss.survivor}" if loss.survivor else ""
    )


def _list_line(type_: RecordType, ids: Sequence[int]) -> str:
    labels = [f"{type_.letter}{id}" for id in ids]
    return ", ".join(labels[:-1]) + f" and {labels[-1]}" if len(labels) > 1 else labels[0]


def add_conflict_notes(done: Sequence[MergeResult]) -> str:
    """What the operation's note says of conflicts."""
    losses = [f"{_conflict_lines(loss)}" for each in done for loss in each.losses]
    others = f"; and {len(losses) - _MAX_CONFLICTS} more" if len(losses) > _MAX_CONFLICTS else ""
    return f"not kept: {'; '.join(losses[:_MAX_CONFLICTS])}{others}" if losses else ""


def _note(store: Store, done: MergeResult) -> ResultNote:
    type_ = store.type(done.record)
    verb, undo = store.desk.choose_verb("Merged", "merge"), store.desk.undo_hint
    progress = f" Not kept: {'; '.join(map(_conflict_lines, done.losses))}." if done.losses else ""
    name = store.get(done.record, done.keep, fields=("name",))["name"] if store.desk.keep else ""
    whom = f"{type_.letter}{done.keep}" + (f" ({name})" if name else "")
    sentence = f"{verb} {type_.name} {_list_line(type_, done.gone)} into {whom}.{progress}{undo}"
    return ResultNote(sentence, [f"{type_.letter}{done.keep}" if type_.letter else done.keep])


Progress = Callable[[int, int], object]
_PAGE = 500


def keep_apart(store: Store, target: Target) -> ResultNote:
    """Remember that these records are different ones, whatever becomes of them; they are never proposed again."""
    ids = list(dict.fromkeys(target.ids))
    if len(ids) < 2:
        raise Usage("which ones are different? Two are needed.", hint="leadcli dedupe --keep-apart 12 47")
    with begin_operation(store) as operation:
        for uids in _pairs_to_keep_apart(store, target.record, [ids]):
            operation.insert("apart", {"kind": target.record, "first_uid": uids[0], "other_uid": uids[1]})
    type_ = store.type(target.record)
    named = " and ".join(f"{type_.letter}{id}" for id in ids)
    verb, undo = store.desk.choose_verb("Kept", "keep"), store.desk.undo_hint
    sentence = f"{verb} {named} apart: they will not be proposed again.{undo}"
    letters = [f"{type_.letter}{id}" if type_.letter else id for id in ids]
    return ResultNote(
        sentence, letters, lists.record_table(store, store.fetch(target.record, ids), record=target.record)
    )


def _pairs_to_keep_apart(store: Store, record: str, groups: Iterable[Sequence[int]]) -> Iterator[tuple[str, str]]:
    """Pairs of uids that are not kept apart yet. Accounts and contacts have no uid, but their id is never reused."""
    known = set(duplicate_keys.known_distinct_pairs(store, record))
    letter = store.type(record).letter
    for ids in groups:
        rows = store.fetch(record, ids, fields=("uid",)) if record == "lead" else [{"id": id} for id in ids]
        uids = {int(row["id"]): str(row.get("uid") or f"{letter}{row['id']}") for row in rows}
        for one, other in combinations(sorted(uids), 2):
            if (one, other) not in known:
                yield uids[one], uids[other]


class Conflict(NamedTuple):
    """One field that the records of a group fill differently: (text, value, id) of each, the one that stays first."""

    field: str
    title: str
    values: Sequence[tuple[str, Any, int]]


def find_conflicts(store: Store, record: str, group: MergeGroup) -> list[Conflict]:
    """What somebody may want to decide before a group is merged; equal values are no question."""
    rows = arrange_records(store, record, read_records(store, record, group.ids), group.keep)
    type_ = store.type(record)
    conflicts = []
    for name in dict.fromkeys(loss.field for loss in merge_rules.merge_values(store, record, rows).losses):
        field, values = type_.fields[name], dict[str, tuple[str, Any, int]]()
        for row in rows:
            text = field.kind.plain(row[name], row)
            if text:
                values.setdefault(text.casefold(), (text, row[name], row["id"]))
        if field.merge == "first" and field.kind.filter != "money" and len(values) > 1:
            conflicts.append(Conflict(name, field.title, list(values.values())))
    return conflicts


class Decisions(NamedTuple):
    """What is to be done: groups to merge, groups to keep apart, and which of a group stays."""

    merges: Sequence[MergeGroup]
    apart: Sequence[Sequence[int]] = ()


def apply_decisions(
    store: Store, record: str, decisions: Decisions, progress: Progress = lambda done, total: None
) -> ResultNote:
    """Merge the groups and remember which records are kept apart, all in one operation.

    A second customer's lead in a group is left out and named in a warning.
    """
    with begin_operation(store) as operation:
        for uids in _pairs_to_keep_apart(store, record, decisions.apart):
            operation.insert("apart", {"kind": record, "first_uid": uids[0], "other_uid": uids[1]})
        done = fold_records(operation, record, decisions.merges, progress)
        operation.note = add_conflict_notes(done)
        operation.react()
        ids = [each.keep for each in done]
        rows = list(_survivor_ids(store, record, ids)) if not store.desk.keep else []
        left_out = _refused_groups(store, record, decisions.merges, done)
    type_ = store.type(record)
    gone = sum(len(each.gone) for each in done)
    verb, undo = store.desk.choose_verb("Merged", "merge"), store.desk.undo_hint
    groups = format_count(len(done), "group")
    result = f"{verb} {groups} ({gone + len(done):,} {type_.table} into {len(done):,})." if done else ""
    apart = f"Kept {format_count(len(decisions.apart), 'group')} apart." if decisions.apart else ""
    shown = Table(lists.all_columns(type_), rows or _survivor_ids(store, record, ids))
    changes = " ".join(filter(None, (result, apart)))
    sentence = changes + undo if changes else "No duplicates to merge; nothing was changed."
    named = [f"{type_.letter}{id}" if type_.letter else id for id in ids]
    return ResultNote(sentence, named, shown, warnings=left_out)


def _refused_groups(store: Store, record: str, groups: Sequence[MergeGroup], done: Sequence[MergeResult]) -> list[str]:
    """A sentence for each group with a second customer's lead, which no merge takes in."""
    if record != "lead":
        return []
    gone = {id for each in done for id in each.gone}
    sentences = []
    for group in groups:
        if len(gone.intersection(group.ids)) == len(group.ids) - 1:
            continue
        rows = store.fetch("lead", group.ids, fields=("converted_at",))
        customers = [str(row["id"]) for row in rows if row["converted_at"]]
        if len(customers) > 1:
            sentences.append(
                f"leads {', '.join(customers)} were not merged: each is a customer already "
                f"(merge their accounts, or: leadcli dedupe --keep-apart {' '.join(customers)})"
            )
    return sentences


def _survivor_ids(store: Store, record: str, ids: Sequence[int]) -> Iterator[Record]:
    for start in range(0, len(ids), _PAGE):
        yield from store.fetch(record, ids[start : start + _PAGE])
