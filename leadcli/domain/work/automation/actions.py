"""The actions of a rule: checked when the rule is stored, then applied to many leads at once.

A rule: an event, a condition, actions.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from leadcli.domain.leads import record_values
from leadcli.domain.leads.create import resolve_field_names
from leadcli.domain.pipeline import rules
from leadcli.domain.work.automation.consent import Subject
from leadcli.errors import LeadError, Usage, unknown_name
from leadcli.model.fields import RecordType
from leadcli.model.kinds import Record, option_key
from leadcli.store.journal import bulk_update, events
from leadcli.store.journal.batch import STAMP, Edit
from leadcli.store.journal.operation import Operation
from leadcli.store.journal.rule_effects import RuleEffect
from leadcli.store.store import Store

ROUND_ROBIN, LEAST_BUSY = "round-robin", "least-busy"
WAYS = (ROUND_ROBIN, LEAST_BUSY)


class Actions(NamedTuple):
    """The actions of a rule, named as the options of `rule add`.

    `set` is field -> text as typed, `mail` the name of a template, `run` a command line for the shell.
    """

    set: Mapping[str, str] = {}
    tag: Sequence[str] = ()
    untag: Sequence[str] = ()
    task: str = ""
    due: str = ""
    assign: str = ""
    mail: str = ""
    run: str = ""

    def text(self) -> str:
        """The stored form: JSON without empty values."""
        return json.dumps({name: value for name, value in self._asdict().items() if value}, ensure_ascii=False)

    def words(self) -> str:
        """The form as typed: --set owner=ann --task 'call back'."""
        parts: list[str] = []
        for name, value in self._asdict().items():
            many = [f"{key}={text}" for key, text in value.items()] if isinstance(value, Mapping) else value
            for each in [many] if isinstance(many, str) else many:
                parts += [f"--{name}", each] if each else []
        return shlex.join(parts)

    @property
    def fields(self) -> frozenset[str]:
        """The names of the fields that change."""
        return frozenset((*self.set, *(["owner"] if self.assign else [])))


def load_actions(text: str) -> Actions:
    """Parse the text of `Actions.text`. Raises ValueError for anything else."""
    try:
        actions = Actions(**json.loads(text or "{}"))
    except (TypeError, RecursionError) as error:
        raise ValueError("no actions") from error
    lists = isinstance(actions.set, Mapping) and all(isinstance(each, (list, tuple)) for each in actions[1:3])
    if not lists or not all(isinstance(each, str) for each in (*actions[3:], *actions.tag, *actions.untag)):
        raise ValueError("no actions")
    return actions


# Checked


def check_actions(store: Store, actions: Actions) -> Actions:
    """The same actions with the registry's names of fields. Raises Usage for actions that cannot be carried out."""
    if not any(actions):
        raise Usage(
            "what should the rule do?", hint="for example: --set owner=ann --tag hot --task 'call back' --due +1d"
        )
    values = resolve_field_names(store, actions.set)
    checked = actions._replace(set={name: str(text) for name, text in values.items()})
    read = record_values.parse_values(store, "lead", checked.set).values
    if actions.assign:
        parse_assignment(actions.assign)
        if "owner" in checked.set:
            raise Usage("--assign and --set owner would both name an owner.", hint="give one of them")
    status = read.get("status")
    if "status" in read and (status is None or rules.status_state(store, status) == "lost"):
        raise Usage("a rule cannot close leads as lost.", hint="a person does: leadcli lost ID --reason R")
    if actions.due and not actions.task:
        raise Usage("--due needs a task: --task TEXT.")
    if actions.task:
        resolve_due(store, actions)
    if actions.mail:
        from leadcli.domain.work.mail import templates

        templates.template_filler(store, templates.find_template(store, actions.mail))
    return checked


def parse_assignment(text: str) -> tuple[str, list[str]]:
    """`round-robin:ann,bob` -> the way to assign and the owners in order. Raises Usage."""
    way, _, names = text.partition(":")
    owners = list(dict.fromkeys(name.strip() for name in names.split(",") if name.strip()))
    if way not in WAYS:
        raise unknown_name("way to assign", way, WAYS, title="Ways", hint="write --assign round-robin:ann,bob")
    if not owners:
        raise Usage(f"--assign {text} names nobody.", hint=f"write --assign {way}:ann,bob")
    return way, owners


def resolve_due(store: Store, actions: Actions) -> str:
    """The due date of the task, counted from now. Raises Usage when it cannot be parsed."""
    due_at: str = store.type("activity").fields["due_at"].parse(actions.due or "today", store.context)
    return due_at


# Done


class RuleRun(NamedTuple):
    """One run of a rule inside an operation. `reason` goes into the history, `turn` is the next owner's index."""

    operation: Operation
    reason: str
    turn: int = 0


def run_actions(rule_run: RuleRun, actions: Actions, ids: Sequence[int]) -> int:
    """Apply all actions but mail and command to these leads. Returns the number of turns a round robin took."""
    turns = 0
    if actions.set:
        _set_fields(rule_run, ids, actions.set)
    if actions.assign:
        turns = _assign_owners(rule_run, ids, actions.assign)
    store = rule_run.operation.store
    for text in actions.tag:
        for tag in store.type("lead").fields["tags"].parse(text, store.context):
            bulk_update.add_tag(rule_run.operation, ids, tag, reason=rule_run.reason)
    if actions.untag:
        _remove_tags(rule_run, ids, actions.untag)
    if actions.task:
        _add_tasks(rule_run, ids, actions.task, resolve_due(store, actions))
    return turns


def rule_effect(store: Store, actions: Actions, reason: str) -> RuleEffect | None:
    """The actions as values that an import writes into its new leads.

    None when they are invalid, need values of each lead, or do more than set fields, tag and add a task.
    """
    type_ = store.type("lead")
    try:
        check_actions(store, actions)
    except LeadError:
        return None  # run_automation warns of it
    if actions.untag or actions.assign or actions.mail or actions.run or _needs_lead(store, actions.set):
        return None
    values = record_values.parse_values(store, "lead", actions.set).values
    if not all(value is not None and _is_set_in_bulk(type_, name) for name, value in values.items()):
        return None
    tags = [tag for text in actions.tag for tag in type_.fields["tags"].parse(text, store.context)]
    return RuleEffect(reason, values, tags, (actions.task, resolve_due(store, actions)) if actions.task else None)


def _assign_owners(rule_run: RuleRun, ids: Sequence[int], text: str) -> int:
    """Distribute leads among owners. Returns the turns of a round robin, 0 for the other way."""
    way, owners = parse_assignment(text)
    store = rule_run.operation.store
    owner_names = [str(store.type("lead").fields["owner"].parse(owner, store.context)) for owner in owners]
    leads_by_owner: dict[str, list[int]] = {owner: [] for owner in owner_names}
    load = events.count_open_leads(store, owner_names, without=ids) if way == LEAST_BUSY else {}
    for number, id in enumerate(ids):
        # min returns the first of equal values, so ties go by the order of the owners
        owner = (
            min(owner_names, key=load.__getitem__) if load else owner_names[(rule_run.turn + number) % len(owner_names)]
        )
        leads_by_owner[owner].append(id)
        if load:
            load[owner] += 1
    for owner, lead_ids in leads_by_owner.items():
        if lead_ids:
            _update_leads(rule_run, lead_ids, {"owner": owner})
    return len(ids) if way == ROUND_ROBIN else 0


_OUTCOME_FIELDS = ("id", "status", "type", "closed_at", "probability", "lost_reason", "value", "currency", "country")


def _set_fields(rule_run: RuleRun, ids: Sequence[int], typed: Mapping[str, str]) -> None:
    """Set fields. Leads that get equal values are updated together.

    Leads that the pipeline does not allow to change stay as they are, with one warning for all.
    """
    store = rule_run.operation.store
    groups: dict[str, tuple[Record, list[int]]] = {}
    read: dict[tuple[Any, Any], Record] = {}
    refused: list[str] = []
    if not _needs_lead(store, typed):
        _update_leads(rule_run, ids, record_values.parse_values(store, "lead", typed).values)
        return
    for lead in store.fetch("lead", ids, fields=_OUTCOME_FIELDS):
        place = (lead.get("currency"), lead.get("country"))
        if place not in read:
            read[place] = record_values.parse_values(store, "lead", typed, old=lead).values
        plan = rules.plan_change(store, lead, read[place], at=rule_run.operation.at)
        if plan.refusal:
            refused.append(plan.refusal)
            continue
        values = plan.values
        groups.setdefault(repr(sorted(values.items())), (values, []))[1].append(lead["id"])
    for values, lead_ids in groups.values():
        _update_leads(rule_run, lead_ids, values)
    if refused:
        others = f" and {len(refused) - 1} more" if len(refused) > 1 else ""
        store.desk.warn(f"{rule_run.reason} left out: {refused[0]}{others}.")


def _needs_lead(store: Store, typed: Mapping[str, str]) -> bool:
    """Whether the values depend on each lead: on its status, type, currency or country."""
    fields = store.type("lead").fields
    return any(
        name in ("status", "type", "currency", "phones") or fields[name].kind.filter == "money" for name in typed
    )


def _is_set_in_bulk(type_: RecordType, name: str) -> bool:
    """Whether one SQL statement can set the field on all leads."""
    return type_.fields[name].stored and bulk_update.can_set_in_bulk(name)


def _update_leads(rule_run: RuleRun, ids: Sequence[int], values: Record) -> None:
    """Write the same stored values to all leads."""
    operation, type_ = rule_run.operation, rule_run.operation.store.type("lead")
    record_values.learn_options(operation, type_, values)
    if all(_is_set_in_bulk(type_, name) for name in values):
        bulk_update.set_fields(operation, ids, values, reason=rule_run.reason)
    else:
        operation.update_many("lead", dict.fromkeys(ids, values), reason=rule_run.reason)
    operation.derived.flush()


def _remove_tags(rule_run: RuleRun, ids: Sequence[int], removed: Sequence[str]) -> None:
    """Take tags away from leads."""
    operation = rule_run.operation
    keys = {option_key(tag) for text in removed for tag in text.split(",")}
    leads = operation.store.fetch("lead", ids, fields=("tags", STAMP))
    edits = (
        Edit(lead, {"tags": [tag for tag in lead["tags"] if option_key(tag) not in keys]}, rule_run.reason)
        for lead in leads
    )
    operation.write_edits("lead", edits)
    operation.derived.flush()


def _add_tasks(rule_run: RuleRun, ids: Sequence[int], text: str, due_at: str) -> None:
    """One task for each lead. It belongs to the lead's owner."""
    operation = rule_run.operation
    bulk_update.attach_tasks(operation, ids, text, due_at, reason=rule_run.reason)
    operation.derived.add_texts((id, text) for id in ids)
    operation.derived.task_dates_dirty.update(ids)
    operation.derived.flush()


# After the commit


def send_rule_mail(store: Store, actions: Actions, ids: Sequence[int], reason: str) -> None:
    """Send the mail of a rule. Errors become warnings, because the change is committed."""
    from leadcli.domain.leads.targets import Target
    from leadcli.domain.work.mail import lead_mail, templates, transport

    try:
        how = lead_mail.MailOptions()
        batch = lead_mail.prepare_mail(
            store, Target("lead", ids, True), templates.find_template(store, actions.mail), how=how
        )
        way = transport.choose_transport(store.config)
        try:
            note = lead_mail.send_mail(store, batch, way, how=how)
        finally:
            way.close()
    except LeadError as error:
        store.desk.warn(f"{reason}: the mail {actions.mail} was not sent: {error.message}")
        return
    for sentence in note.warnings:
        store.desk.warn(f"{reason}: {sentence}")
    if note.code:
        store.desk.warn(f"{reason}: {note.sentence}")
    elif note.ids:
        store.desk.say(f"{reason} {note.sentence[:1].lower()}{note.sentence[1:]}")


class Rule(NamedTuple):
    """One rule. `event` is one of RULE_EVENTS, `condition` a filter as typed ('' is every lead)."""

    name: str
    event: str
    condition: str
    actions: Actions
    active: bool = True
    turn: int = 0
    id: int = 0
    fault: str = ""  # why its actions cannot be read; it does nothing then

    @property
    def subject(self) -> Subject:
        """What its user has to allow."""
        verbs = (*(["run its command"] if self.actions.run else []), *(["send its mail"] if self.actions.mail else []))
        return Subject("rule", self.name, verbs, (self.event, self.condition, self.actions.text()))

    @property
    def reason(self) -> str:
        """The reason of its changes in the history."""
        return f"rule {self.name}"

    def row(self) -> Record:
        """The row of a rule in lists and JSON."""
        return {
            "name": self.name,
            "on": self.event,
            "if": self.condition,
            "do": self.actions.words(),
            "active": self.active,
        }
