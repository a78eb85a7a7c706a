"""The effects of rules on every new lead of an import: written with the leads, noted in the journal row of their range.

Changing a hundred thousand leads that were just written costs as much again as writing them. The journal row of an
inserted range says in `new` what rules set on each of its leads, as JSON [[field, value, reason], ...] in order. Undo
does not need it, as the leads are deleted. History shows it as changes of their own (`open_effects`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from leadcli.model.kinds import Record
from leadcli.store.journal.batch import DELETE, INSERT, STAMP
from leadcli.text import match_keys
from leadcli.text.dates.words import first_of_each

if TYPE_CHECKING:
    from leadcli.store.store import Store


class RuleEffect(NamedTuple):
    """What one rule sets: fields (see bulk_update.py), tags after those of the lead, a task as (text, due date).

    `reason` is what the history says.
    """

    reason: str
    fields: Mapping[str, Any] = {}
    tags: Sequence[str] = ()
    task: tuple[str, str] | None = None


def can_apply_in_bulk(store: Store, fields: Sequence[str], effect: RuleEffect) -> bool:
    """Every new row of the stage takes all of it: none brings such a value or tag itself, or a row to be merged in.

    `fields` are the columns the stage fills.
    """
    type_ = store.type("lead")
    changed = [
        *(type_.fields[name].sql_column for name in effect.fields),
        *([STAMP] if effect.fields or effect.tags else []),
    ]
    if not {*changed}.isdisjoint(fields):
        return False
    sql = """SELECT 1 FROM outcomes WHERE outcome = 'merge' AND lead < 0
             UNION ALL SELECT 1 FROM stage_tags WHERE key IN (SELECT value FROM json_each(?)) LIMIT 1"""
    return not store.select(sql, (json.dumps([tag.casefold() for tag in effect.tags]),))


def effect_columns(store: Store, effects: Sequence[RuleEffect], at: str) -> dict[str, Any]:
    """Column of `leads` -> the value all of them have. Of several rules the last one decides."""
    type_ = store.type("lead")
    columns = {type_.fields[name].sql_column: value for effect in effects for name, value in effect.fields.items()}
    dues = first_of_each(effect.task[1] for effect in effects if effect.task)
    firsts = dict(zip(("due_at", "other_due_at"), dues, strict=False))
    return columns | ({**firsts, "activity_at": at} if dues else {})


def effect_tags(effects: Sequence[RuleEffect]) -> list[str]:
    """The tags all of them have after their own."""
    return [value for name, value, _ in _effects(effects) if name == "tags"]


def effect_words(effects: Sequence[RuleEffect]) -> str:
    """The words of the full-text index that all of them share."""
    texts = [*effect_tags(effects), *(effect.task[0] for effect in effects if effect.task)]
    return " ".join(filter(None, map(match_keys.fold_text, texts)))


def note_effects(effects: Sequence[RuleEffect]) -> str | None:
    """The effects as JSON for the journal row of an inserted range; None when there are none."""
    entries = list(_effects(effects))
    return json.dumps(entries, ensure_ascii=False) if entries else None


def _effects(effects: Sequence[RuleEffect]) -> Iterator[tuple[str, Any, str]]:
    """(field, value, reason), without what an earlier rule did already."""
    now: dict[str, Any] = {}
    for effect in effects:
        for name, value, mark in (
            *((name, value, name) for name, value in effect.fields.items()),
            *(("tags", tag, f"tag {tag.casefold()}") for tag in effect.tags),
        ):
            if mark not in now or (name != "tags" and now[mark] != value):
                yield name, value, effect.reason
            now[mark] = value


def _effects_of(rows: Iterable[Record]) -> list[int]:
    return [row["record_id"] for row in rows if row["field"] == INSERT and row["new"]]


def tag_effects(store: Store, rows: Iterable[Record]) -> dict[int, list[str]]:
    """Lead -> its tags of now, for the leads with effects in these rows: `open_effects` goes back from them."""
    ids = _effects_of(rows)
    return {lead["id"]: lead["tags"] for lead in store.fetch("lead", ids, fields=("tags",))} if ids else {}


def open_effects(rows: Sequence[Record], tagged: Mapping[int, Sequence[str]]) -> Sequence[Record]:
    """Journal rows of single records, in order, with a row for each effect after that of the insert."""
    ids = _effects_of(rows)
    if not ids:
        return rows
    had = {id: tagged[id] for id in ids if id in tagged}
    opened: list[Record] = []
    for row in reversed(rows):  # what a lead's tags were is what the next change says they were
        id = row["record_id"]
        if row["field"] == INSERT and row["new"]:
            opened += [*_lines(row, had.get(id) or [])][::-1]
            row = {**row, "new": None}
        elif row["record"] == "lead" and row["field"] == "tags":
            had[id] = json.loads(row["old"] or "[]")
        elif row["record"] == "lead" and row["field"] == DELETE:
            had[id] = json.loads(row["old"]).get("tags")
        opened.append(row)
    return opened[::-1]


def _lines(row: Record, had: Sequence[str]) -> Iterator[Record]:
    """One change for each effect; `had` are the tags of the lead after all of them."""
    entries = json.loads(row["new"])
    count = len(had) - sum(name == "tags" for name, _, _ in entries)
    before: dict[str, Any] = {}
    for name, value, reason in entries:
        old, new = before.get(name), value
        if name == "tags":
            old, new, count = json.dumps(had[:count]), json.dumps(had[: count + 1]), count + 1
        before[name] = value
        yield {**row, "field": name, "old": old, "new": new, "last_id": None, "reason": reason}


def effects_of_blocks(rows: Iterable[Record], *, each: bool = False) -> Iterator[Record]:
    """Journal rows of an operation, with a row for each effect on a range; its reason names the last lead.

    With `each` there is a row for every lead of the range instead.
    """
    for row in rows:
        yield {**row, "new": None} if row["field"] == INSERT else row
        if row["field"] != INSERT or not row["new"]:
            continue
        first, last = row["record_id"], row["last_id"]
        upto = f", to {last}" if last > first and not each else ""
        for name, value, reason in json.loads(row["new"]):
            new = json.dumps([value]) if name == "tags" else value
            for id in range(first, last + 1) if each else (first,):
                yield {
                    **row, "record_id": id, "field": name, "new": new, "reason": f"{reason}{upto}", "last_id": None,
                }  # fmt: skip
