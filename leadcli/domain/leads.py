"""Leads: created, copied, changed, deleted - one at a time or many at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from leadcli.domain import listing, pipeline, records
from leadcli.domain.targets import Target
from leadcli.errors import Refused, Usage
from leadcli.fields import Field
from leadcli.kinds import Record
from leadcli.lists import ManyKind
from leadcli.store.journal import Operation
from leadcli.store.store import Store
from leadcli.table import Note, Table

PERSON = ("salutation", "first_name", "middle_name", "last_name")


class Edit(NamedTuple):
    """A change as it was typed (see commands/options.py FieldValues): replaced, added to, removed from, put first, cleared."""

    given: Mapping[str, str | list[str]] = {}
    added: Mapping[str, list[str]] = {}
    removed: Mapping[str, list[str]] = {}
    first: Mapping[str, str] = {}
    cleared: Sequence[str] = ()


class Extra(NamedTuple):
    """What else `add` does: a first note, a first task, a lead to copy, rules to override."""

    note: str = ""
    task: str = ""
    due: str = ""
    copy: int | None = None
    force: bool = False


def create(store: Store, typed: records.Typed, *, extra: Extra = Extra()) -> Note:  # noqa: B008 - an immutable constant
    """Add one lead. Refused (exit 5) when another has the e-mail or phone, unless forced; Usage when nothing names it."""
    base = copied(store, extra.copy) if extra.copy else {}
    found = records.read(store, "lead", known(store, typed), old=base)
    values = {**base, **found.values}
    warnings = [*found.warnings, *complete(store, values, force=extra.force)]
    with store.operation() as operation:
        if not extra.force:
            refuse_duplicate(store, values)
        id = records.insert(operation, "lead", values)
        _first_work(operation, id, extra)
        lead = store.get("lead", id)
    return Note(f"{'Added' if store.desk.keep else 'Would add'} lead {id}: {summary(store, lead)}.", [id], shown(store, [lead]), warnings=warnings)


def _first_work(operation: Operation, lead: int, extra: Extra) -> None:
    from leadcli.domain import activities

    if extra.note:
        activities.add(operation, ("lead", lead), {"kind": "note", "text": extra.note})
    if extra.task:
        activities.add_task(operation, ("lead", lead), extra.task, due=extra.due)
    elif extra.due:
        raise Usage("--due needs a task: --task TEXT.")


def known(store: Store, typed: records.Typed) -> dict[str, str | Sequence[str]]:
    """What was typed, by field name; `--set KEY=VALUE` may use aliases. Usage for a field nobody knows or may write."""
    type_ = store.type("lead")
    found: dict[str, str | Sequence[str]] = {}
    for word, text in typed.items():
        field = type_.fields.get(word) or records.field_named(type_, word)
        if not field.writable:
            raise Usage(f"'{field.name}' cannot be set by hand.", hint=_way(field))
        found[field.name] = text
    return found


def _way(field: Field) -> str:
    ways = {"lost_reason": "close the lead as lost: leadcli lost ID --reason R", "email": "use --email", "phone": "use --phone"}
    return ways.get(field.name, "leadcli keeps it by itself")


def complete(store: Store, values: Record, *, force: bool = False) -> list[str]:
    """Fill in what a new lead needs: name, status, owner, type, currency. Warnings. Raises Usage, Refused."""
    required = [field for field in store.type("lead").fields.values() if field.required and values.get(field.name) in (None, [])]
    if required:
        raise Usage(f"{required[0].flag if not required[0].custom else '--set ' + required[0].name + '=...'} is required.", hint="see: leadcli field list")
    if not values.get("name"):
        values["name"] = built_name(values)
    if not values["name"]:
        raise Usage("a lead needs a name, a person, a company, an e-mail or a phone.", hint='for example: leadcli add "Ada Lovelace"')
    types = [option for option in store.options("type") if option.active]
    if not values.get("type") and len(types) == 1:
        values["type"] = types[0].label
    if "owner" not in values and store.context.me:
        values["owner"] = owner_spelling(store, store.context.me)
    if values.get("value") is not None and not values.get("currency"):
        values["currency"] = store.context.currency
    _channel(store, values)
    return _start(store, values, force=force)


def _start(store: Store, values: Record, *, force: bool) -> list[str]:
    """The status a new lead starts in, and what a closed one brings with it."""
    if not values.get("status"):
        values["status"] = pipeline.first_status(store, values.get("type"))
        return []
    blocked = pipeline.refuse_type(store, values, values["status"])
    if blocked and not force:
        pipeline.refuse([blocked])
    if pipeline.state_of(store, values["status"]) == "lost":
        raise Usage(f"a lead cannot be added as {values['status']}: it needs a reason.", hint="add it, then: leadcli lost ID --reason R")
    values |= {name: value for name, value in pipeline.consequences(store, {}, values["status"], at=store.now).items() if value is not None}
    return [f"forced: {blocked}"] if blocked else []


def _channel(store: Store, values: Record) -> None:
    """OroCRM's rule: a lead needs an active channel; the only one is taken without asking."""
    if values.get("channel") or not store.setting("needs_channel"):
        return
    active = [option.label for option in store.options("channel") if option.active]
    if len(active) != 1:
        raise Usage("this desk's leads need a channel: --channel NAME.", hint=f"channels: {', '.join(active) or 'none yet; a new name becomes one'}")
    values["channel"] = active[0]


def owner_spelling(store: Store, name: str) -> str:
    """An owner as the desk spells it."""
    return str(store.type("lead").fields["owner"].parse(name, store.context))


def built_name(values: Mapping[str, Any]) -> str | None:
    """What a lead without a name is called: its item, else the person, the company, the e-mail's local part, the phone."""
    person = " ".join(str(values[name]) for name in PERSON if values.get(name))
    if values.get("item"):
        return str(values["item"])
    if person or values.get("company"):
        return person or str(values["company"])
    if values.get("emails"):
        return str(values["emails"][0]["value"]).partition("@")[0]
    return str(values["phones"][0]["value"]) if values.get("phones") else None


def copied(store: Store, id: int) -> Record:
    """What `add --copy` takes from another lead: the fields the registry marks as copied."""
    lead = store.get("lead", store.merged_into("lead", id))
    names = [field.name for field in store.type("lead").fields.values() if field.copied and lead.get(field.name) not in (None, [])]
    return {name: lead[name] for name in names}


def refuse_duplicate(store: Store, values: Mapping[str, Any]) -> None:
    """Refused when a lead has one of these e-mails or phones already (equal keys: a certain duplicate)."""
    for table, what in (("emails", "e-mail"), ("phones", "phone")):
        for item in values.get(table) or ():
            if table == "phones" and not item["e164"]:
                continue
            for id in store.holders(table, item):
                lead = store.get("lead", id, fields=("name", "status"))
                raise Refused(f"lead {id} ({lead['name']}, {lead['status']}) already has the {what} {item['value']}.",
                              hint=f"use --force to add it anyway, or change that lead: leadcli edit {id}")  # fmt: skip


def edit(store: Store, target: Target, change: Edit, *, force: bool = False, more: Mapping[str, Any] | None = None) -> Note:
    """Change leads (or a customer's record). All or nothing: a rule that refuses one refuses all.

    `more` are values that were parsed already (a form). Changing the type resets a status it does not allow.
    """
    plan = _plan(store, target.record, change)
    done: list[tuple[Record, Record]] = []
    warnings: dict[str, None] = {}
    with store.operation() as operation:
        for old in store.fetch(target.record, target.ids):
            values = {**_new_values(store, target.record, plan, old, warnings), **(more or {})}
            if target.record == "lead":
                values |= _ruled(operation, old, values, force=force, warnings=warnings)
            changed = records.update(operation, target.record, old["id"], values, reason=values.pop("forced", ""))
            if changed.fields:
                done.append((old, {name: new for name, (_, new) in changed.fields.items()}))
        fresh = store.fetch(target.record, [old["id"] for old, _ in done])
    return Note(_said(store, target, done), _written(store, target, done), shown(store, fresh, record=target.record), warnings=list(warnings))


def _plan(store: Store, record: str, change: Edit) -> Edit:
    """The same change with every field's own name. Usage for unknown ones, and for none at all."""
    type_ = store.type(record)
    if not any(change):
        raise Usage("nothing to change.", hint="say what, for example --owner bob; all options: leadcli edit --help")

    def own(words: Mapping[str, Any]) -> dict[str, Any]:
        return {records.field_named(type_, word).name: text for word, text in words.items()}

    cleared = [records.field_named(type_, word).name for word in change.cleared]
    plan = Edit(own(change.given), own(change.added), own(change.removed), own(change.first), cleared)
    for name in (*plan.given, *cleared):
        if not type_.fields[name].writable:
            raise Usage(f"'{name}' cannot be set by hand.", hint=_way(type_.fields[name]))
    return plan


def _new_values(store: Store, record: str, plan: Edit, old: Record, warnings: dict[str, None]) -> Record:
    """The values one record gets: read in its own currency and country."""
    type_ = store.type(record)
    found = records.read(store, record, plan.given, old=old)
    values = {**found.values, **{name: ([] if type_.fields[name].kind.many else None) for name in plan.cleared}}
    warnings |= dict.fromkeys(found.warnings)
    for name in {**plan.added, **plan.removed, **plan.first}:
        kind = type_.fields[name].kind
        assert isinstance(kind, ManyKind)
        more = records.read(store, record, {name: [*plan.added.get(name, ())]}, old=old)
        warnings |= dict.fromkeys(more.warnings)
        items = kind.merge(values.get(name, old[name]), more.values[name])
        items = [item for item in items if not any(_means(kind, item, text) for text in plan.removed.get(name, ()))]
        values[name] = _first(kind, items, plan.first[name]) if name in plan.first else items
    return values


def _means(kind: ManyKind, item: Any, text: str) -> bool:
    """The text names this item: its value in any case, or the digits of a phone."""
    value = item if isinstance(item, str) else item.get("value") or kind.plain([item], {})
    wanted = text.strip().casefold()
    digits = "".join(filter(str.isdigit, wanted))
    known = "".join(filter(str.isdigit, (item.get("e164") or value) if isinstance(item, dict) and "e164" in item else ""))
    return value.casefold() == wanted or wanted in value.casefold().split(", ") or bool(known and len(digits) > 5 and known.endswith(digits.lstrip("0")))


def _first(kind: ManyKind, items: Sequence[Any], text: str) -> list[Any]:
    chosen = [item for item in items if _means(kind, item, text)]
    if not chosen:
        raise Usage(f"'{text}' is none of its {kind.name}: {kind.plain(items, {}) or 'there are none'}.", hint="add it first")
    return [chosen[0], *(item for item in items if item is not chosen[0])]


def _ruled(operation: Operation, old: Record, values: Record, *, force: bool, warnings: dict[str, None]) -> Record:
    """What status and type bring with them; refused moves (exit 5) unless forced."""
    store, more = operation.store, Record()
    lead = {**old, **{name: values[name] for name in ("type",) if name in values}}
    if "status" not in values and "type" in values and (reset := pipeline.type_changed(store, old, values)):
        warnings[f"type {values['type']} does not allow {old['status']}: lead {old['id']} is {reset} now"] = None
        return {"status": reset, **pipeline.consequences(store, old, reset, at=operation.at)}
    status = values.get("status")
    if status is None or status == old["status"]:
        if "status" in values and status is None:
            raise Usage("a lead cannot be without a status.", hint="move it instead: leadcli status ID STATUS")
        return more
    if pipeline.state_of(store, status) == "lost":
        reason = pipeline.check_reason(store, old.get("lost_reason"), old.get("lost_note"), required=store.config.get("lost_reason_required") is not False)
        more["lost_reason"] = reason
    blocked = pipeline.refuse_type(store, lead, status) or pipeline.refuse_next(store, old, status)
    if blocked and not force:
        pipeline.refuse([blocked])
    if blocked:
        more["forced"] = f"forced: {blocked}"
    return {**more, **pipeline.consequences(store, old, status, at=operation.at)}


def remove(store: Store, target: Target) -> Note:
    """Delete leads with all that hangs on them; the journal keeps everything."""
    with store.operation() as operation:
        gone = [delete(operation, target.record, id) for id in target.ids]
    names = f"{target.record} {store.type(target.record).letter}{gone[0]['id']} ({gone[0].get('name')})" if len(gone) == 1 else \
        f"{len(gone)} {store.type(target.record).table}"  # fmt: skip
    verb = "Deleted" if store.desk.keep else "Would delete"
    warnings = [said for lead in gone if (said := _hanging(lead))]
    undo = " Undo: leadcli undo" if store.desk.keep else ""
    return Note(f"{verb} {names}.{undo}", _written(store, target, [(row, {}) for row in gone]), shown(store, gone, record=target.record), warnings=warnings)


def _hanging(lead: Record) -> str:
    hanging = [f"{count} {what}" for what, count in lead["hanging"].items() if count]
    if lead.get("converted_at"):
        hanging.append("a customer made from it")
    return f"lead {lead['id']} had {', '.join(hanging)}; better: leadcli lost {lead['id']}" if hanging else ""


def delete(operation: Operation, record: str, id: int) -> Record:
    """Delete one record and what belongs to it inside an operation. Refused when other records point to it."""
    store = operation.store
    old = store.get(record, id)
    pointing = store.pointing_to(record, id)
    if pointing:
        letter = store.type(record).letter
        raise Refused(f"{record} {letter}{id} is the {record} of {', '.join(pointing[:5])}{' and more' if len(pointing) > 5 else ''}.",
                      hint="delete or unlink those first; undo of the conversion takes all of them back")  # fmt: skip
    counts = {}
    for child in ("activity", "attachment", "document"):
        children = store.children(child, record, id)
        counts[store.type(child).table if len(children) != 1 else child] = len(children)
        for each in children:
            operation.delete(child, each)
    operation.delete(record, id)
    return {**old, "hanging": counts}


def nothing(store: Store, target: Target) -> Note:
    """A filter that matched nothing: said, and nothing done."""
    text = target.query.text if target.query else ""
    return Note(f"Nothing matches{': ' + text if text else ''}; nothing was changed.", [], shown(store, [], record=target.record))


def preview(store: Store, target: Target) -> str:
    """The first five of those a bulk change would touch, and how many more."""
    rows = store.fetch(target.record, target.ids[:5])
    lines = [f"  {row['id']:>6}  " + "  ".join(str(row[name]) for name in ("name", "company", "status", "owner") if row.get(name)) for row in rows]
    more = len(target.ids) - len(rows)
    return "\n".join([*lines, *([f"  … {more} more (see all: add --dry-run)"] if more else [])])


def shown(store: Store, rows: Iterable[Record], *, record: str = "lead") -> Table:
    """The changed records, complete, for --json."""
    return Table(listing.every_column(store.type(record)), list(rows))


def _written(store: Store, target: Target, done: Sequence[tuple[Record, Record]]) -> list[int | str]:
    letter = store.type(target.record).letter
    return [f"{letter}{old['id']}" if letter else old["id"] for old, _ in done]


def _said(store: Store, target: Target, done: Sequence[tuple[Record, Record]]) -> str:
    """"Changed lead 12: priority high -> urgent." or "Changed 9 leads: owner -> bob. Undo: leadcli undo"."""
    verb = "Changed" if store.desk.keep else "Would change"
    type_ = store.type(target.record)
    if not done:
        return "Nothing changed: everything is as asked already."
    quiet = ("updated_at",)
    if len(done) == 1:
        old, new = done[0]
        parts = [f"{type_.fields[name].title} {_text(store, type_.fields[name], old)} -> {_text(store, type_.fields[name], {**old, **new})}"
                 for name in new if name not in quiet]  # fmt: skip
        return f"{verb} {type_.name} {type_.letter}{old['id']}: {', '.join(parts)}."
    names = dict.fromkeys(name for _, new in done for name in new if name not in quiet)
    parts = []
    for name in names:
        texts = {_text(store, type_.fields[name], {**old, **new}) for old, new in done}
        parts.append(f"{type_.fields[name].title} -> {texts.pop()}" if len(texts) == 1 else type_.fields[name].title)
    return f"{verb} {len(done)} {type_.table}: {', '.join(parts)}." + (" Undo: leadcli undo" if store.desk.keep else "")


def _text(store: Store, field: Field, record: Record) -> str:
    return field.kind.plain(record.get(field.name), record) or "-"


def summary(store: Store, lead: Record) -> str:
    """"Ada Lovelace, Analytical Engines, €12,500.00, status New, owner ann"."""
    parts = [lead.get("name"), lead.get("company") if lead.get("company") != lead.get("name") else None]
    parts += listing.money(store, [(lead.get("currency") or "", lead["value"])]) if lead.get("value") is not None else []
    parts += [f"status {lead['status']}", f"owner {lead['owner']}" if lead.get("owner") else None]
    return ", ".join(part for part in parts if part)
