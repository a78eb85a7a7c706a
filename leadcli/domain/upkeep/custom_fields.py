"""Custom fields: adds them as columns, renames, removes and lists them beside the fields of the registry."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from leadcli.domain.leads import record_values
from leadcli.domain.pipeline import rules
from leadcli.domain.upkeep import choice_lists
from leadcli.domain.upkeep.choice_lists import ChoiceChange
from leadcli.errors import Refused, Usage, unknown_name
from leadcli.model.fields import Field
from leadcli.model.kinds import CUSTOM, FLAG, INTEGER, TEXT, Record
from leadcli.model.kinds.many import TAGS
from leadcli.model.results import Column, ResultNote, Table
from leadcli.query.choices import state_meanings
from leadcli.store.journal.operation import begin_operation, write_setting
from leadcli.store.reads import records as record_reads
from leadcli.store.store import CUSTOMISED, Store

TYPES = (*CUSTOM, "choice")
_COLUMNS = (
    Column("name", "field", TEXT, 0),
    Column("label", "label", TEXT, 7),
    Column("kind", "kind", TEXT, 1),
    Column("custom", "custom", FLAG, 5),
    Column("required", "required", FLAG, 6),
    Column("choices", "choices", TAGS, 2),
)
_CHOICE_COLUMNS = (
    Column("choice", "choice", TEXT, 0),
    Column("state", "state", TEXT, 1),
    Column("colour", "colour", TEXT, 5),
    Column("rot_days", "rot days", INTEGER, 4),
    Column("next", "may be followed by", TAGS, 2),
    Column("allow", "allows", TAGS, 2),
    Column("active", "active", FLAG, 3),
)


class FieldChange(NamedTuple):
    """The changes of `field edit` to the field itself. None leaves `required` as it is."""

    rename: str = ""
    required: bool | None = None


def field_table(store: Store) -> Table:
    """Every field of a lead, the custom ones last, with its kind and choices."""
    return Table(_COLUMNS, [_field_row(store, field) for field in store.type("lead").fields.values()], key="name")


def field_choices(store: Store, name: str) -> Table:
    """The choices of one list, in order."""
    options = store.options(choice_lists.find_vocabulary(store, name))
    rows = [
        {
            "choice": each.label,
            "state": each.state or None,
            "colour": each.colour or None,
            "rot_days": each.rot_days,
            "next": list(each.next),
            "allow": list(each.allow),
            "active": each.active,
        }
        for each in options
    ]
    return Table(
        _CHOICE_COLUMNS, rows, key="choice", empty=f"No choices yet. Add one: leadcli field edit {name} --choice NAME"
    )


def _field_row(store: Store, field: Field) -> Record:
    return {
        "name": field.name,
        "label": field.title,
        "kind": _field_kind(store, field),
        "custom": int(field.custom),
        "required": int(field.required),
        "choices": choice_lists.list_choices(store, field),
    }


def _field_kind(store: Store, field: Field) -> str:
    types = {row["name"]: row["type"] for row in store.every("custom_field")} if field.custom else {}
    return str(types.get(field.name, field.kind.name))


def add_field(store: Store, name: str, type_: str, *, labels: Sequence[str] = (), required: bool = False) -> ResultNote:
    """Add a custom field to leads and customers. Raises Refused for a name in use, Usage for an unknown type."""
    if type_ not in TYPES:
        raise unknown_name("type of field", type_, TYPES, title="Types")
    if bool(labels) != (type_ == "choice"):
        raise Usage(
            "a choice field needs its choices."
            if type_ == "choice"
            else f"--choice is for choice fields, not {type_}.",
            hint="for example: --type choice --choice EMEA --choice APAC",
        )
    name = check_free_name(store, name)
    with begin_operation(store) as operation:
        last = max((row["position"] or 0 for row in store.every("custom_field")), default=0)
        row = {
            "name": name,
            "column": record_reads.free_column(store, name),
            "type": type_,
            "position": last + 1,
            "required": int(required),
        }
        operation.insert("custom_field", row)
        for label in labels:
            record_values.add_option(operation, name, choice_lists.check_label(label))
        shown = _field_row(store, store.type("lead").fields[name])
    if not store.desk.keep:
        store.forget()
    what = f"choice: {', '.join(shown['choices'])}" if labels else type_
    value = shown["choices"][0] if labels else "VALUE"
    return ResultNote(
        f"{store.desk.choose_verb('Added', 'add')} field {name} ({what}). "
        f"Filter: {name}:{value}   Set: leadcli edit 12 --set {name}={value}",
        json=shown,
    )


def check_free_name(store: Store, name: str) -> str:
    """The name in the form of field names. Raises Usage when it cannot be typed, Refused when it is in use."""
    name = re.sub(r"[\s-]+", "_", name.strip().casefold())
    if not re.fullmatch(r"[^\W\d]\w{0,39}", name):
        raise Usage(
            f"'{name}' cannot be the name of a field.",
            hint="use letters, digits and underscores, such as segment or team_size",
        )
    existing = next((field for record in CUSTOMISED if (field := store.type(record).find(name))), None)
    if existing and existing.custom:
        raise Refused(f"field {name} exists already.", hint=f"change it: leadcli field edit {name}")
    if existing or name in (
        *choice_lists.vocabulary_names(store),
        *state_meanings("lead"),
        "product",
        "not",
        "and",
        "or",
    ):
        means = f" (it means {existing.name})" if existing and existing.name != name else ""
        raise Refused(f"'{name}' is a name leadcli has already{means}.", hint=f"choose another, such as my_{name}")
    return name


def edit_field(store: Store, name: str, change: FieldChange, choice_change: ChoiceChange) -> ResultNote:
    """Change a custom field, or the choices of any list, in one operation."""
    if choice_change == ChoiceChange() and change == FieldChange():
        raise Usage(
            "nothing to change.",
            hint="say what: --choice, --remove-choice, --rename, --required; all: leadcli field edit --help",
        )
    if _is_lost_reason(store, name) and change.required is not None and not change.rename:
        return _require_reason(store, choice_change, required=change.required)
    custom = _find_custom(store, name) if change != FieldChange() else None
    done: list[str] = []
    with begin_operation(store) as operation:
        if choice_change != ChoiceChange():
            done += choice_lists.change_choices(operation, choice_lists.find_vocabulary(store, name), choice_change)
        if custom:
            row = next(row for row in store.every("custom_field") if row["name"] == custom.name)
            values: Record = {}
            if change.required is not None:
                values["required"] = int(change.required)
                done.append("required" if change.required else "optional")
            if change.rename:
                values["name"] = check_free_name(store, change.rename)
                done.append(f"called {values['name']} now")
                for each in store.options(custom.name):
                    operation.update("option", each.id, {"field": values["name"]})
            operation.update("custom_field", row["id"], values)
            name = values.get("name", name)
        field = store.type("lead").find(name)
        shown = (
            _field_row(store, field)
            if field
            else {"name": name, "choices": [each.label for each in store.options(name)]}
        )
    if not store.desk.keep:
        store.forget()
    what = "; ".join(done) or "nothing, all is as asked already"
    return ResultNote(f"{store.desk.choose_verb('Changed', 'change')} field {shown['name']}: {what}.", json=shown)


def _find_custom(store: Store, name: str) -> Field:
    """The custom field called `name`. Raises Refused for a built-in one, or for none."""
    field = store.type("lead").find(name)
    if field is None or not field.custom:
        raise Refused(
            f"field {name} belongs to leadcli: it cannot be renamed or made required.",
            hint="its choices can be changed: --choice NAME --rename OTHER",
        )
    return field


def _is_lost_reason(store: Store, name: str) -> bool:
    field = store.type("lead").find(name)
    return field is not None and field.name == "lost_reason"


def _require_reason(store: Store, choice_change: ChoiceChange, *, required: bool) -> ResultNote:
    """Say for the whole desk whether a lost lead needs a reason; choices may change in the same operation."""
    done = ["required" if required else "optional"]
    with begin_operation(store) as operation:
        if choice_change != ChoiceChange():
            done += choice_lists.change_choices(operation, "lost_reason", choice_change)
        write_setting(operation, rules.REASON_REQUIRED, str(int(required)))
        shown = {"name": "lost_reason", "required": required,
                 "choices": [each.label for each in store.options("lost_reason")]}  # fmt: skip
    verb = store.desk.choose_verb("Changed", "change")
    return ResultNote(f"{verb} field lost_reason: {'; '.join(done)}.", json=shown)


def remove_field(store: Store, name: str) -> ResultNote:
    """Remove a custom field. Undo restores it with all its values. Raises Refused for a built-in field."""
    field = store.type("lead").find(name)
    if field is None:
        names = [row["name"] for row in store.every("custom_field")]
        raise unknown_name("field", name, names, title="Your own fields")
    if not field.custom:
        raise Refused(
            f"field {field.name} belongs to leadcli and cannot be removed.", hint="your own fields: leadcli field list"
        )
    row = next(row for row in store.every("custom_field") if row["name"] == field.name)
    shown, used = _field_row(store, field), record_reads.count_filled(store, field)
    with begin_operation(store) as operation:
        for each in store.options(field.name):
            operation.delete("option", each.id)
        operation.delete("custom_field", row["id"])
    if not store.desk.keep:
        store.forget()
    uses = ", ".join(f"{count} {type_.table if count != 1 else type_.name}" for type_, count in used)
    had = f" {uses} had a value." if used else ""
    back = store.desk.undo_hint
    return ResultNote(f"{store.desk.choose_verb('Removed', 'remove')} field {field.name}.{had}{back}", json=shown)
