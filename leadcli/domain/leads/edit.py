"""Changes records, one or many at once: sets, adds to and clears fields under the rules of type and status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from leadcli.domain.customers import references
from leadcli.domain.leads import record_values
from leadcli.domain.leads.create import explain_read_only
from leadcli.domain.leads.lists import record_table
from leadcli.domain.leads.targets import Target
from leadcli.domain.pipeline import rules
from leadcli.errors import Usage
from leadcli.model.fields import Field
from leadcli.model.kinds import Record
from leadcli.model.kinds.many import ManyKind
from leadcli.model.results import ResultNote
from leadcli.store.journal.operation import Operation, begin_operation
from leadcli.store.store import Store

LOSS = ("lost_reason", "lost_note")  # what a move to a lost status brings with it


class EditRequest(NamedTuple):
    """A change as it was typed (see commands/options.py FieldValues): replaced, added to, removed from, put
    first, cleared.
    """

    replaced: Mapping[str, str | list[str]] = {}
    added: Mapping[str, list[str]] = {}
    removed: Mapping[str, list[str]] = {}
    first: Mapping[str, str] = {}
    cleared: Sequence[str] = ()


def edit_records(store: Store, target: Target, change: EditRequest, *, force: bool = False) -> ResultNote:
    """Change leads (or a customer's record). All or nothing: a rule that refuses one refuses all.

    Changing the type resets a status it does not allow.
    """
    plan = _plan_edits(store, target.record, change)
    edits: list[tuple[Record, Record]] = []
    warnings: dict[str, None] = {}
    with begin_operation(store) as operation:
        for old in store.fetch(target.record, target.ids):
            values = _new_values(store, target.record, plan, old, warnings)
            if target.record == "lead":
                values |= _apply_rules(operation, old, values, force=force, warnings=warnings)
            else:
                values |= references.apply_customer_rules(operation, target.record, old, values)
            changed = record_values.update_record(
                operation, target.record, old["id"], values, reason=values.pop("forced", "")
            )
            if changed.fields:
                edits.append((old, {name: new for name, (_, new) in changed.fields.items()}))
        operation.react()
        rows = store.fetch(target.record, [old["id"] for old, _ in edits])
    return ResultNote(
        _edit_note(store, target, edits),
        format_ids(store, target, edits),
        record_table(store, rows, record=target.record),
        warnings=list(warnings),
    )


def _plan_edits(store: Store, record: str, change: EditRequest) -> EditRequest:
    """The change with aliases replaced by field names. Usage for an unknown or read-only field and for no change."""
    type_ = store.type(record)
    if not any(change):
        raise Usage("nothing to change.", hint="say what, for example --owner bob; all options: leadcli edit --help")

    def resolve_names(words: Mapping[str, Any]) -> dict[str, Any]:
        return {record_values.find_field(type_, word).name: text for word, text in words.items()}

    cleared = [record_values.find_field(type_, word).name for word in change.cleared]
    plan = EditRequest(
        resolve_names(change.replaced),
        resolve_names(change.added),
        resolve_names(change.removed),
        resolve_names(change.first),
        cleared,
    )
    for name in (*plan.replaced, *cleared):
        if not type_.fields[name].writable and not (name in LOSS and "status" in plan.replaced):
            raise Usage(f"'{name}' cannot be set by hand.", hint=explain_read_only(type_.fields[name]))
    return plan


def _new_values(store: Store, record: str, plan: EditRequest, old: Record, warnings: dict[str, None]) -> Record:
    """The values one record gets, parsed in its own currency and country. Adds to `warnings`."""
    type_ = store.type(record)
    parsed = record_values.parse_values(store, record, plan.replaced, old=old)
    values = {**parsed.values, **{name: ([] if type_.fields[name].kind.many else None) for name in plan.cleared}}
    warnings |= dict.fromkeys(parsed.warnings)
    for name in {**plan.added, **plan.removed, **plan.first}:
        kind = type_.fields[name].kind
        assert isinstance(kind, ManyKind)
        additions = record_values.parse_values(store, record, {name: [*plan.added.get(name, ())]}, old=old)
        warnings |= dict.fromkeys(additions.warnings)
        items = kind.merge(values.get(name, old[name]) or [], additions.values[name])
        items = [
            item for item in items if not any(_is_item_named(kind, item, text) for text in plan.removed.get(name, ()))
        ]
        values[name] = _first_value(kind, items, plan.first[name]) if name in plan.first else items
    return values


def _is_item_named(kind: ManyKind, item: Any, text: str) -> bool:
    """Whether the text names this item: its value in any case, or the last digits of a phone."""
    value = item if isinstance(item, str) else item.get("value") or kind.plain([item], {})
    folded = text.strip().casefold()
    digits = "".join(filter(str.isdigit, folded))
    known = "".join(
        filter(str.isdigit, (item.get("e164") or value) if isinstance(item, dict) and "e164" in item else "")
    )
    return (
        value.casefold() == folded
        or folded in value.casefold().split(", ")
        or bool(known and len(digits) > 5 and known.endswith(digits.lstrip("0")))
    )


def _first_value(kind: ManyKind, items: Sequence[Any], text: str) -> list[Any]:
    chosen = [item for item in items if _is_item_named(kind, item, text)]
    if not chosen:
        raise Usage(
            f"'{text}' is none of its {kind.name}: {kind.plain(items, {}) or 'there are none'}.", hint="add it first"
        )
    return [chosen[0], *(item for item in items if item is not chosen[0])]


def _apply_rules(
    operation: Operation, old: Record, values: Record, *, force: bool, warnings: dict[str, None]
) -> Record:
    """The fields that follow a change of status or type. Refused (exit 5) when a rule forbids it, unless forced."""
    store, effects = operation.store, Record()
    lead = {**old, **{name: values[name] for name in ("type",) if name in values}}
    if "status" not in values and "type" in values and (reset := rules.status_for_type(store, old, values)):
        warnings[f"type {values['type']} does not allow {old['status']}: lead {old['id']} is {reset} now"] = None
        return {"status": reset, **rules.status_consequences(store, old, reset, at=operation.at)}
    status = values.get("status")
    if status is None or status == old["status"]:
        if "status" in values and status is None:
            raise Usage("a lead cannot be without a status.", hint="move it instead: leadcli status ID STATUS")
        return effects
    if rules.status_state(store, status) == "lost":
        rules.refuse_won(store, [old])
        loss = {name: values.get(name) or old.get(name) for name in LOSS}
        required = rules.is_reason_required(store)
        effects |= {**loss, "lost_reason": rules.check_reason(store, *loss.values(), required=required)}
    blocked = rules.explain_type_refusal(store, lead, status) or rules.explain_next_refusal(store, old, status)
    if blocked and not force:
        rules.refuse_move([blocked])
    if blocked:
        effects["forced"] = f"forced: {blocked}"
    return {**effects, **rules.status_consequences(store, old, status, at=operation.at)}


def no_match_note(store: Store, target: Target) -> ResultNote:
    """The note for a filter that matched nothing."""
    text = target.query.text if target.query else ""
    return ResultNote(
        f"Nothing matches{': ' + text if text else ''}; nothing was changed.",
        [],
        record_table(store, [], record=target.record),
    )


def preview_edit(store: Store, target: Target) -> str:
    """The first five records a bulk change would touch, and how many remain."""
    rows = store.fetch(target.record, target.ids[:5])
    lines = [
        f"  {row['id']:>6}  "
        + "  ".join(str(row[name]) for name in ("name", "company", "status", "owner") if row.get(name))
        for row in rows
    ]
    remaining = len(target.ids) - len(rows)
    return "\n".join([*lines, *([f"  … {remaining} more (see all: add --dry-run)"] if remaining else [])])


def format_ids(store: Store, target: Target, edits: Sequence[tuple[Record, Record]]) -> list[int | str]:
    """The ids of edited records as scripts name them: 12 for a lead, "C9" for a contact."""
    letter = store.type(target.record).letter
    return [f"{letter}{old['id']}" if letter else old["id"] for old, _ in edits]


def _edit_note(store: Store, target: Target, edits: Sequence[tuple[Record, Record]]) -> str:
    """ "Changed lead 12: priority high -> urgent." or "Changed 9 leads: owner -> bob. Undo: leadcli undo"."""
    verb = "Changed" if store.desk.keep else "Would change"
    type_ = store.type(target.record)
    if not edits:
        return "Nothing changed: everything is as asked already."
    quiet = ("updated_at",)
    if len(edits) == 1:
        old, new = edits[0]
        parts = [
            f"{field.title} {_change_text(field, old)} -> {_change_text(field, {**old, **new})}"
            for field in (type_.fields[name] for name in new if name not in quiet)
        ]
        return f"{verb} {type_.name} {type_.letter}{old['id']}: {', '.join(parts)}."
    names = dict.fromkeys(name for _, new in edits for name in new if name not in quiet)
    parts = []
    for name in names:
        texts = {_change_text(type_.fields[name], {**old, **new}) for old, new in edits}
        parts.append(f"{type_.fields[name].title} -> {texts.pop()}" if len(texts) == 1 else type_.fields[name].title)
    return f"{verb} {len(edits)} {type_.table}: {', '.join(parts)}." + (
        " Undo: leadcli undo" if store.desk.keep else ""
    )


def _change_text(field: Field, record: Record) -> str:
    return field.kind.plain(record.get(field.name), record) or "-"
