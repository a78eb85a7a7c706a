"""Changes records, one or many at once: sets, adds to and clears fields under the rules of type and status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from leadcli.domain.customers import references
from leadcli.domain.leads import record_values
from leadcli.domain.leads.create import explain_read_only
from leadcli.domain.leads.lists import changed_records, record_table
from leadcli.domain.leads.targets import Target
from leadcli.domain.pipeline import rules
from leadcli.errors import Usage
from leadcli.model.fields import Field
from leadcli.model.kinds import Record
from leadcli.model.kinds.many import ManyKind
from leadcli.model.results import ResultNote
from leadcli.store.journal.batch import STAMP, Edit
from leadcli.store.journal.operation import Operation, begin_operation
from leadcli.store.store import Store

PLACED = ("phones", "products")  # read in the country or currency of their record
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
    warnings: dict[str, None] = {}
    with begin_operation(store) as operation:
        edits = EditPlanner(operation, target.record, plan, force=force, warnings=warnings).edits(target.ids)
        changes = operation.write_edits(target.record, edits)
        changed = {change.id: {name: new for name, (_, new) in change.fields.items()} for change in changes}
        pairs = [(edit.row, changed[edit.row["id"]]) for edit in edits if edit.row["id"] in changed]
        operation.react()
        records = changed_records(store, list(changed), record=target.record)
    return ResultNote(
        _edit_note(store, target, pairs), format_ids(store, target, pairs), records, warnings=list(warnings)
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


class EditPlanner:
    """What one change means for each of many records. Equal records are parsed once; adds to `warnings`."""

    def __init__(
        self, operation: Operation, record: str, plan: EditRequest, *, force: bool, warnings: dict[str, None]
    ) -> None:
        self.operation, self.record, self.plan, self.force, self.warnings = operation, record, plan, force, warnings
        self.store = operation.store
        self.type = self.store.type(record)
        self._is_about_money = "currency" in plan.replaced  # the amounts a record has become others
        self._parsed: dict[tuple[Any, Any], tuple[Record, Mapping[str, Any]]] = {}

    def edits(self, ids: Sequence[int]) -> list[Edit]:
        """The new values of these records. All or nothing: a rule that refuses one refuses all."""
        return [self._edit(row) for row in self.store.fetch(self.record, ids, fields=self._fields())]

    def _fields(self) -> Sequence[str] | None:
        """What the change and the rules look at: of a lead only that, of a customer's record everything."""
        if self.record != "lead":
            return None
        fields = self.type.fields
        names = {*self.plan.replaced, *self.plan.added, *self.plan.removed, *self.plan.first, *self.plan.cleared}
        if any(name in ("currency", *PLACED) or fields[name].kind.filter == "money" for name in names):
            names |= {"currency", "country", *(name for name in fields if fields[name].kind.filter == "money")}
            names -= {name for name in names if fields[name].sql}
        return [*names, *(rules.MOVE_FIELDS if names & {"status", "type"} else (STAMP,))]

    def _edit(self, old: Record) -> Edit:
        values = self._new_values(old)
        if self.record != "lead":
            return Edit(old, {**values, **references.apply_customer_rules(self.operation, self.record, old, values)})
        if values.keys().isdisjoint(("status", "type")):
            return Edit(old, values)
        plan = self._plan_move(old, values)
        if plan.refusal and not self.force:
            rules.refuse_move([plan.refusal])
        return rules.as_edit(old, plan)

    def _new_values(self, old: Record) -> Record:
        """The values one record gets, parsed in its currency and country."""
        replaced, additions = self._parse(old)
        if not additions:
            return replaced
        values = dict(replaced)
        for name in additions:
            kind = self.type.fields[name].kind
            assert isinstance(kind, ManyKind)
            items = kind.merge(values.get(name, old[name]) or [], additions[name])
            removed = self.plan.removed.get(name, ())
            items = [item for item in items if not any(_is_item_named(kind, item, text) for text in removed)]
            values[name] = _first_value(kind, items, self.plan.first[name]) if name in self.plan.first else items
        return values

    def _parse(self, old: Record) -> tuple[Record, Mapping[str, Any]]:
        """(values that replace, items that are added), once for each currency and country."""
        place = (old.get("currency"), old.get("country"))
        if place not in self._parsed or self._is_about_money:
            plan, store = self.plan, self.store
            parsed = record_values.parse_values(store, self.record, plan.replaced, old=old)
            cleared: Record = {name: ([] if self.type.fields[name].kind.many else None) for name in plan.cleared}
            names = {**plan.added, **plan.removed, **plan.first}
            additions = record_values.parse_values(
                store, self.record, {name: [*plan.added.get(name, ())] for name in names}, old=old
            )
            self.warnings |= dict.fromkeys([*parsed.warnings, *additions.warnings])
            values = {**parsed.values, **cleared}
            record_values.learn_options(self.operation, self.type, values)
            self._parsed[place] = values, additions.values
        return self._parsed[place]

    def _plan_move(self, old: Record, values: Record) -> rules.ChangePlan:
        """The values with what a change of status or type brings. A lost status needs a reason, and no customer."""
        status = values.get("status")
        if "status" in values and status is None:
            raise Usage("a lead cannot be without a status.", hint="move it instead: leadcli status ID STATUS")
        if status and status != old["status"] and rules.status_state(self.store, status) == "lost":
            rules.refuse_won(self.store, [old])
            loss = {name: values.get(name) or old.get(name) for name in LOSS}
            required = rules.is_reason_required(self.store)
            reason = rules.check_reason(self.store, *loss.values(), required=required)
            values = {**values, **loss, "lost_reason": reason}
        plan = rules.plan_change(self.store, old, values, at=self.operation.at)
        if plan.reset:
            sentence = f"type {values['type']} does not allow {old['status']}: lead {old['id']} is {plan.reset} now"
            self.warnings[sentence] = None
        return plan


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


def no_match_note(store: Store, target: Target) -> ResultNote:
    """The note for a filter that matched nothing."""
    text = target.query.text if target.query else ""
    return ResultNote(
        f"Nothing matches{': ' + text if text else ''}; nothing was changed.",
        [],
        record_table(store, [], record=target.record),
    )


_PARTS_SHOWN = 3


def describe_edit(store: Store, target: Target, change: EditRequest) -> str:
    """What a change does, for a question: "Set owner to bob and priority to high", "Add tags vip", "Empty city"."""
    type_ = store.type(target.record)

    def titled(name: str) -> str:
        field = type_.find(name)
        return field.title if field else name

    def listed(verb: str, texts: Mapping[str, str | Sequence[str]], joint: str) -> list[str]:
        joined = {name: text if isinstance(text, str) else ", ".join(text) for name, text in texts.items()}
        return [
            f"{verb} {titled(name)}{joint}{text}" if text else f"empty {titled(name)}" for name, text in joined.items()
        ]

    parts = [
        *listed("set", change.replaced, " to "), *listed("add", change.added, " "),
        *listed("remove", change.removed, " "), *listed("put first", change.first, " "),
        *(f"empty {titled(name)}" for name in change.cleared),
    ]  # fmt: skip
    if len(parts) > _PARTS_SHOWN:
        parts = [*parts[:_PARTS_SHOWN], f"{len(parts) - _PARTS_SHOWN} more"]
    text = " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))
    return text[:1].upper() + text[1:]


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
    verb = store.desk.choose_verb("Changed", "change")
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
        field = type_.fields[name]
        text = _change_text(field, {**edits[0][0], **edits[0][1]})
        is_common = all(_change_text(field, {**old, **new}) == text for old, new in edits)
        parts.append(f"{field.title} -> {text}" if is_common else field.title)
    return f"{verb} {len(edits)} {type_.table}: {', '.join(parts)}." + store.desk.undo_hint


def _change_text(field: Field, record: Record) -> str:
    return field.kind.plain(record.get(field.name), record) or "-"
