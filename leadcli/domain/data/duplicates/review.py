"""Apply decisions about duplicates: keep records apart for good, or merge groups, as one operation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations
from typing import Any, NamedTuple

from leadcli.domain.data.duplicates import merge, merge_rules
from leadcli.domain.leads import lists
from leadcli.domain.leads.targets import Target
from leadcli.errors import Usage
from leadcli.model.kinds import Record
from leadcli.model.results import ResultNote, Table
from leadcli.store.journal.operation import begin_operation
from leadcli.store.reads import duplicate_keys
from leadcli.store.store import Store

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
    verb = "Kept" if store.desk.keep else "Would keep"
    undo = " Undo: leadcli undo" if store.desk.keep else ""
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


def find_conflicts(store: Store, record: str, group: merge.MergeGroup) -> list[Conflict]:
    """What somebody may want to decide before a group is merged; equal values are no question."""
    rows = merge.arrange_records(store, record, merge.read_records(store, record, group.ids), group.keep)
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

    merges: Sequence[merge.MergeGroup]
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
        done = merge.fold_records(operation, record, decisions.merges, progress)
        operation.note = merge.add_conflict_notes(done)
        operation.react()
        ids = [each.keep for each in done]
        rows = list(_survivor_ids(store, record, ids)) if not store.desk.keep else []
        left_out = _refused_groups(store, record, decisions.merges, done)
    type_ = store.type(record)
    gone = sum(len(each.gone) for each in done)
    verb, undo = ("Merged", " Undo: leadcli undo") if store.desk.keep else ("Would merge", "")
    groups = f"{len(done):,} group{'' if len(done) == 1 else 's'}"
    result = f"{verb} {groups} ({gone + len(done):,} {type_.table} into {len(done):,})."
    apart = f" Kept {len(decisions.apart)} apart." if decisions.apart else ""
    changed = bool(done or decisions.apart)
    shown = Table(lists.all_columns(type_), rows or _survivor_ids(store, record, ids))
    sentence = result + apart + (undo if changed else "") if changed else "No duplicates to merge; nothing was changed."
    named = [f"{type_.letter}{id}" if type_.letter else id for id in ids]
    return ResultNote(sentence, named, shown, warnings=left_out)


def _refused_groups(
    store: Store, record: str, groups: Sequence[merge.MergeGroup], done: Sequence[merge.MergeResult]
) -> list[str]:
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
