"""Choice lists (statuses, sources, lost reasons ...): adds, renames, orders, retires and removes their choices."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from leadcli.domain.leads import record_values, saved_views
from leadcli.domain.upkeep import new_desk
from leadcli.domain.work.automation import actions
from leadcli.domain.work.automation.actions import Actions
from leadcli.errors import Refused, Usage, unknown_name
from leadcli.model.fields import Field
from leadcli.model.kinds import Choice, ChoiceOption, Record, clean_text, option_key
from leadcli.model.results import format_count
from leadcli.query.choices import rename_in_query
from leadcli.store.journal.batch import RENAMED
from leadcli.store.journal.operation import Operation
from leadcli.store.reads import records as record_reads
from leadcli.store.store import Store

STATES = ("open", "won", "lost", "recycled")
COLOURS = ("grey", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
PIPELINES = ("status", "stage")  # lists whose values have a state


class ChoiceChange(NamedTuple):
    """The changes of `field edit` to one list. None leaves an attribute as it is, '' clears it.

    `named` are choices to add or change, `removed` choices to remove.
    """

    named: Sequence[str] = ()
    removed: Sequence[str] = ()
    replacement: str = ""
    rename: str = ""
    after: str = ""
    state: str = ""
    colour: str | None = None
    rot_days: int | None = None
    next: str | None = None
    allow: str | None = None
    active: bool | None = None

    def single_choice_flags(self) -> list[str]:
        """The flags in use that change one choice only."""
        values = {
            "--rename": self.rename,
            "--after": self.after,
            "--state": self.state,
            "--colour": self.colour is not None,
            "--rot-days": self.rot_days is not None,
            "--next": self.next is not None,
            "--allow": self.allow is not None,
            "--inactive or --active": self.active is not None,
        }
        return [flag for flag, is_set in values.items() if is_set]


def vocabulary_names(store: Store) -> list[str]:
    """The names of all choice lists, in the order of the field registry."""
    kinds = [field.kind for type_ in store.records.values() for field in type_.fields.values()]
    return list(dict.fromkeys(kind.vocabulary for kind in kinds if isinstance(kind, Choice)))


def find_vocabulary(store: Store, word: str) -> str:
    """The list called `word`, by its name or by the name of a field that uses it.

    Raises Usage for a field without choices and for an unknown name.
    """
    known, name = vocabulary_names(store), word.casefold().replace("-", "_")
    field = store.type("lead").find(word)
    if name in known:
        return name
    if field and isinstance(field.kind, Choice):
        return field.kind.vocabulary
    if name == "product" or (field and field.name == "products"):
        raise Usage("products have a command of their own.", hint="leadcli product add NAME --price 120")
    if field:
        raise Usage(
            f"field {field.name} has no choices: it takes {field.kind.name}.", hint=f"lists: {', '.join(known)}"
        )
    raise unknown_name("field", word, [*store.type("lead").fields, *known], hint="all fields: leadcli field list")


def change_choices(operation: Operation, vocabulary: str, change: ChoiceChange) -> list[str]:
    """Apply a change to a list. Returns a clause for each thing done.

    Raises Usage for options that do not fit the list, Refused for a change after which the list cannot work.
    """
    _check_change(vocabulary, change)
    done = []
    for label in change.named:
        option, added = _put_option(operation, vocabulary, label, change.state)
        done += [f"added {option.label}"] if added else []
        done += _change_attributes(operation, option, change, added=added)
        if change.after:
            done.append(_place_choice(operation, option, change.after))
        if change.rename:
            done.append(_rename_choice(operation, option, change.rename))
    for label in change.removed:
        done.append(_remove_choice(operation, vocabulary, label, change.replacement))
    if vocabulary in PIPELINES:
        new_desk.refuse_unworkable(operation.store.options(vocabulary), vocabulary)
    return done


def _check_change(vocabulary: str, change: ChoiceChange) -> None:
    """Raises Usage for options that need one choice, that belong to other lists, or whose value is not allowed."""
    flags = change.single_choice_flags()
    if flags and len(change.named) != 1:
        raise Usage(f"{flags[0]} acts on one choice.", hint=f"name it: --choice NAME {flags[0]} ...")
    if change.replacement and not change.removed:
        raise Usage("--replace-with needs --remove-choice: which one goes?")
    fitting = {"--state": PIPELINES, "--rot-days": ("status",), "--next": ("status",), "--allow": ("type",)}
    for flag, lists in fitting.items():
        if flag in flags and vocabulary not in lists:
            raise Usage(f"{flag} is for the choices of {' and '.join(lists)}, not of {vocabulary}.")
    if change.state and change.state not in STATES:
        raise unknown_name("state", change.state, STATES, title="States")
    if change.colour and change.colour not in COLOURS and not re.fullmatch(r"#[0-9a-fA-F]{6}", change.colour):
        raise unknown_name("colour", change.colour, COLOURS, title="Colours", hint="or write it like #ff8800")
    if change.rot_days is not None and change.rot_days < 0:
        raise Usage(f"--rot-days {change.rot_days} is less than nothing.", hint="0 means it never rots")


def find_choice(store: Store, vocabulary: str, label: str) -> ChoiceOption:
    """The choice called `label`, in any case and spacing. Raises Usage with all labels when there is none."""
    options = store.options(vocabulary)
    match = next((each for each in options if each.key == option_key(label)), None)
    if match is None:
        title = f"{vocabulary.replace('_', ' ').capitalize()} choices"
        raise unknown_name(vocabulary.replace("_", " "), label, [each.label for each in options], title=title)
    return match


def _put_option(operation: Operation, vocabulary: str, label: str, state: str) -> tuple[ChoiceOption, bool]:
    """The choice, and whether it had to be added. A new status or stage is open unless `state` says otherwise."""
    existing = next((each for each in operation.store.options(vocabulary) if each.key == option_key(label)), None)
    if existing:
        return existing, False
    record_values.add_option(
        operation, vocabulary, check_label(label), state=(state or "open") if vocabulary in PIPELINES else ""
    )
    return find_choice(operation.store, vocabulary, label), True


def check_label(label: str) -> str:
    """A cleaned label. Raises Usage when it is empty or holds a comma or semicolon, which separate choices."""
    label = clean_text(label)
    if not label or "," in label or ";" in label:
        raise Usage(f"'{label}' cannot be a choice.", hint="give it a name without commas and semicolons")
    return label


def _change_attributes(operation: Operation, old: ChoiceOption, change: ChoiceChange, *, added: bool) -> list[str]:
    """Change the attributes of one choice. Returns a clause for each that differs now."""
    store, values, done = operation.store, Record(), []
    if change.colour is not None:
        values["colour"] = change.colour or None
    if change.rot_days is not None:
        values["rot_days"] = change.rot_days
    for name, text in (("next", change.next), ("allow", change.allow)):
        if text is not None:
            values[name] = _parse_statuses(store, text, old, name)
    if change.active is not None:
        values["active"] = int(change.active)
    if change.state and not added:
        values["state"] = change.state
    changed = operation.update("option", old.id, values).fields if values else {}
    if "state" in changed:
        _restate_leads(operation, old)
    for name in changed:
        done.append(_choice_note(old.label, name, values[name]))
    return done


def _choice_note(label: str, name: str, value: Any) -> str:
    """The new value of one attribute in words."""
    if name == "active":
        return f"{label} is {'offered' if value else 'no longer offered'}"
    if name in ("next", "allow"):
        labels = ", ".join(json.loads(value)) if value else "any status"
        return f"{label} {'may be followed by' if name == 'next' else 'allows'} {labels}"
    return f"{name.replace('_', ' ')} of {label} is {'none' if value is None else value}"


def _parse_statuses(store: Store, text: str, old: ChoiceOption, name: str) -> str | None:
    """`new,qualified` -> a JSON list of labels, None for ''.

    Raises Usage for an unknown status, Refused when a type would allow no open status.
    """
    labels = list(dict.fromkeys(find_choice(store, "status", part).label for part in text.split(",") if part.strip()))
    states = {each.label: each.state for each in store.options("status")}
    if labels and name == "allow" and "open" not in {states[label] for label in labels}:
        raise Refused(f"type {old.label} would have no open status, and leads start in one.", hint="allow one more")
    return json.dumps(labels, ensure_ascii=False) if labels else None


def _restate_leads(operation: Operation, old: ChoiceOption) -> None:
    """Close or reopen the records in a status or stage whose state changed."""
    store = operation.store
    state = find_choice(store, old.field, old.label).state
    for type_, _, ids in record_reads.users_of_value(store, old.field, old.label):
        for row in store.fetch(type_.name, ids, fields=("closed_at",)):
            closed_at = row["closed_at"] if old.state != "open" else operation.at
            values: Record = {"closed_at": None if state == "open" else closed_at}
            if type_.name == "lead" and old.state == "lost":
                values |= {"lost_reason": None, "lost_note": None}
            operation.update(type_.name, row["id"], values)


def _place_choice(operation: Operation, moved: ChoiceOption, after: str) -> str:
    """Move a choice behind another one. Raises Usage when both are the same."""
    store = operation.store
    before = find_choice(store, moved.field, after)
    if before.id == moved.id:
        raise Usage(f"{moved.label} cannot come after itself.")
    order = [each for each in store.options(moved.field) if each.id != moved.id]
    order.insert(order.index(before) + 1, moved)
    for position, each in enumerate(order):
        if each.position != position:
            operation.update("option", each.id, {"position": position})
    return f"{moved.label} comes after {before.label}"


def _rename_choice(operation: Operation, old: ChoiceOption, new: str) -> str:
    """Give a choice another label, in all records too. Raises Refused when another choice has that label."""
    store, label = operation.store, check_label(new)
    if option_key(label) != old.key and any(each.key == option_key(label) for each in store.options(old.field)):
        raise Refused(
            f"{old.field.replace('_', ' ')} '{label}' exists already.",
            hint=f"unite them: --remove-choice '{old.label}' --replace-with '{label}'",
        )
    uses = _replace_choice(operation, old, label)
    operation.update("option", old.id, {"label": label, "key": option_key(label)})
    return f"{old.label} is now {label}" + (f" ({uses})" if uses else "")


def _replace_choice(operation: Operation, old: ChoiceOption, label: str) -> str:
    """Write `label` wherever the choice `old` is stored or named. Returns the places: 3 records, @hot, rule x."""
    count = 0
    for type_, field, ids in record_reads.users_of_value(operation.store, old.field, old.label):
        for id in ids:
            operation.update(type_.name, id, {field.name: label}, reason=RENAMED)
        count += len(ids)
    _replace_in_status_lists(operation, old, label)
    counted = [format_count(count, "record", grouped=False)] if count else []
    return ", ".join([*counted, *rename_choice_uses(operation, old, label)])


def _replace_in_status_lists(operation: Operation, old: ChoiceOption, label: str) -> None:
    """Replace a status in the lists `next` and `allow` of other choices. '' removes it from them.

    Raises Refused when such a list would become empty, because an empty list allows every status.
    """
    if old.field != "status":
        return
    for each in [*operation.store.options("status"), *operation.store.options("type")]:
        for name in ("next", "allow"):
            labels: Sequence[str] = getattr(each, name)
            if old.label in labels:
                remaining = list(
                    dict.fromkeys(part for part in (label if one == old.label else one for one in labels) if part)
                )
                if not remaining:
                    raise Refused(
                        f"{each.field} {each.label} allows nothing but {old.label}.",
                        hint=f"change that first: leadcli field edit {each.field} --choice '{each.label}' --{name} A,B",
                    )
                operation.update("option", each.id, {name: json.dumps(remaining, ensure_ascii=False)})


def _remove_choice(operation: Operation, vocabulary: str, label: str, replacement: str) -> str:
    """Remove a choice. Raises Refused when it is in use and has no replacement, or one of another state."""
    store = operation.store
    old = find_choice(store, vocabulary, label)
    used = record_reads.users_of_value(store, vocabulary, old.label)
    if used and not replacement:
        uses = ", ".join(f"{len(ids)} {type_.table if len(ids) != 1 else type_.name}" for type_, _, ids in used)
        raise Refused(
            f"{vocabulary.replace('_', ' ')} {old.label} is used by {uses}.",
            hint=f"name what comes in its place: --replace-with NAME; or retire it: --choice '{old.label}' --inactive",
        )
    uses, new = "", find_choice(store, vocabulary, replacement) if replacement else None
    if new and new.id == old.id:
        raise Usage(f"{old.label} cannot take its own place.")
    if new and new.state != old.state and used:
        raise Refused(
            f"{old.label} is {old.state} and {new.label} is {new.state}.",
            hint="replace it by one of the same state, or move those leads first",
        )
    if new:
        uses = _replace_choice(operation, old, new.label)
    else:
        _replace_in_status_lists(operation, old, "")
    operation.delete("option", old.id)
    return f"removed {old.label}" + (f" ({new.label} takes its place: {uses})" if new and uses else "")


def list_choices(store: Store, field: Field) -> list[str]:
    """The active labels of a field. Empty for a field without choices."""
    kind = field.kind
    return [each.label for each in store.options(kind.vocabulary) if each.active] if isinstance(kind, Choice) else []


def rename_choice_uses(operation: Operation, old: ChoiceOption, label: str) -> list[str]:
    """Write `label` wherever a view, report or rule names the choice `old`. Returns those changed: @hot, rule x."""
    store = operation.store
    lead, followed = store.type("lead"), []
    for row in store.every("view"):
        query = rename_in_query(row["query"] or "", lead, old, label)
        if query != (row["query"] or ""):
            operation.update("view", row["id"], {"query": query})
            followed.append(f"@{row['name']}" if row["kind"] == saved_views.FILTER else f"report {row['name']}")
    for row in store.every("rule"):
        does = _load_rule_actions(row)
        if does is None:
            continue
        values = {name: label if _sets_choice(operation, name, text, old) else text for name, text in does.set.items()}
        new = {"condition": rename_in_query(row["condition"] or "", lead, old, label),
               "actions": does._replace(set=values).text()}  # fmt: skip
        if new["condition"] != (row["condition"] or "") or values != dict(does.set):
            operation.update("rule", row["id"], new)
            followed.append(f"rule {row['name']}")
    return followed


def _load_rule_actions(row: Record) -> Actions | None:
    """The actions of a stored rule. None when they cannot be parsed; the doctor reports that."""
    try:
        return actions.load_actions(row["actions"])
    except ValueError:
        return None


def _sets_choice(operation: Operation, name: str, text: str, old: ChoiceOption) -> bool:
    """Whether --set FIELD=TEXT of a rule sets this choice."""
    field = operation.store.type("lead").find(name)
    is_same_list = field is not None and isinstance(field.kind, Choice) and field.kind.vocabulary == old.field
    return is_same_list and old.answers(option_key(str(text)))
