"""Rules: adds, lists, tests, switches and removes them. triggers.py decides when they act."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from leadcli import query
from leadcli.domain.leads import lists, saved_views
from leadcli.domain.work.automation import actions as rule_actions
from leadcli.domain.work.automation import consent
from leadcli.domain.work.automation.actions import Actions, Rule
from leadcli.errors import LeadError, Refused, Usage, unknown_name
from leadcli.model.kinds import FLAG, TEXT, Record
from leadcli.model.kinds.numbers import Flag
from leadcli.model.results import Card, Column, ResultNote, Table
from leadcli.query import Query
from leadcli.store.journal.events import EVENTS, PERIODS
from leadcli.store.journal.operation import begin_operation
from leadcli.store.store import Store


class Consent(Flag):
    """Whether a rule's command or mail may run here. Text shows only a refusal. JSON has true, false or null."""

    def plain(self, value: Any, record: Record) -> str:
        return "not allowed here" if value is False else ""


RULE_EVENTS = (*EVENTS, *PERIODS)
NAME, EVENT, CONDITION = Column("name", "rule", TEXT, 0), Column("on", "on", TEXT, 0), Column("if", "if", TEXT, 1)
DOES, ACTIVE = Column("do", "does", TEXT, 0), Column("active", "active", FLAG, 3)
COLUMNS = (NAME, EVENT, CONDITION, DOES, ACTIVE)
ALLOWED = Column("allowed", "allowed", Consent(), 2)  # where a rule runs a command or sends mail


def all_rules(store: Store) -> list[Rule]:
    """All rules in the order in which they act."""
    rows = sorted(store.every("rule"), key=lambda row: (row["position"] or 0, row["id"]))
    return [_rule_of_row(row) for row in rows]


def _rule_of_row(row: Mapping[str, Any]) -> Rule:
    """The rule of a stored row. Damaged actions become empty ones, with `fault` set."""
    actions, fault = Actions(), ""
    try:
        actions = rule_actions.load_actions(row["actions"])
    except ValueError:
        fault = f"its actions are damaged; take it away: leadcli rule rm {row['name']}"
    condition, active, turn = row["condition"] or "", bool(row["active"]), row["turn"] or 0
    return Rule(row["name"], row["event"], condition, actions, active, turn, row["id"], fault)


def find_rule(store: Store, name: str) -> Rule:
    """The rule called `name`, in any case. Raises Usage with a suggestion when there is none."""
    row = store.find_named("rule", name)
    if row is None:
        raise unknown_name("rule", name, [rule.name for rule in all_rules(store)], title="Rules")
    return _rule_of_row(row)


def rule_condition(store: Store, rule: Rule) -> Query:
    """The filter for the leads of a rule. Raises Usage when it cannot be parsed or the actions are damaged."""
    if rule.fault:
        raise Usage(f"rule {rule.name} cannot act: {rule.fault}.")
    matches_condition = saved_views.parse_with_views(store, [rule.condition] if rule.condition else [], strict=True)
    if rule.event in PERIODS:
        due = saved_views.parse_with_views(store, [f"is:{rule.event} not is:snoozed"])
        return query.combine(due, matches_condition)
    return matches_condition


def add_rule(store: Store, rule: Rule, *, force: bool = False) -> ResultNote:
    """Add a rule behind the others. Raises Refused when its name is in use, unless `force` replaces that rule."""
    name = _check_rule_name(rule.name)
    if rule.event not in RULE_EVENTS:
        raise unknown_name("event", rule.event, RULE_EVENTS, title="Events")
    rule = rule._replace(
        name=name, condition=rule.condition.strip(), actions=rule_actions.check_actions(store, rule.actions)
    )
    rule_condition(store, rule)
    if rule.subject.verbs:
        consent.require_trusted_desk(store, rule.subject)
    old = store.find_named("rule", name)
    if old and not force:
        raise Refused(f"rule {name} exists already.", hint="--force replaces it; or: leadcli rule rm " + name)
    values = {"name": name, "event": rule.event, "condition": rule.condition, "actions": rule.actions.text()}
    position = max((row["position"] or 0 for row in store.every("rule")), default=-1) + 1
    with begin_operation(store) as operation:
        if old:
            operation.update("rule", old["id"], values)
        else:
            operation.insert("rule", {**values, "position": position, "active": 1, "turn": 0})
    verb = store.desk.choose_verb("Added", "add")
    sentence = (
        f"{'Replaced' if old else verb} rule {name}: on {rule.event}{f' if {rule.condition}' if rule.condition else ''}"
    )
    return ResultNote(f"{sentence} {rule.actions.words()}. Try it: leadcli rule test {name}", json=rule.row(),
                warnings=[*_conflict_warnings(store, rule), *consent.allow_new(store, rule.subject)])  # fmt: skip


def allow_rules(store: Store, names: Sequence[str]) -> ResultNote:
    """Show what rules do, then let them run commands and send mail on this machine.

    Raises Distrusted when others can write the desk, Failed when the consent cannot be stored.
    """
    rules = [find_rule(store, name) for name in names]
    for rule in rules:
        store.desk.say(_describe_rule(store, rule))
        if rule.subject.verbs and store.desk.keep:
            consent.allow(store, rule.subject)
    verb = store.desk.choose_verb("Allowed", "allow")
    return ResultNote(
        f"{verb} rule {', '.join(rule.name for rule in rules)} here.", json=[_row(store, rule) for rule in rules]
    )


def _describe_rule(store: Store, rule: Rule) -> str:
    """A rule and its mail template in full. Lines after the first are indented, so that none can pass for a message of
    leadcli.
    """
    when = f"on {rule.event}{f' if {rule.condition}' if rule.condition else ''}"
    text = f"Rule {rule.name}: {when} {rule.actions.words()}"
    if rule.actions.mail:
        from leadcli.domain.work.mail import templates

        template = templates.find_template(store, rule.actions.mail)
        text += f"\nTemplate {template.name}: {template.subject}\n{template.body}"
    if not rule.subject.verbs:
        text += "\nIt runs no command and sends no mail, which needs no leave."
    return "\n  ".join(text.rstrip().splitlines())


def _row(store: Store, rule: Rule) -> Record:
    """The row of a rule with `allowed`: None for a rule that needs no consent."""
    return {**rule.row(), "allowed": consent.is_allowed(store, rule.subject) if rule.subject.verbs else None}


def disallowed_rules(store: Store) -> list[str]:
    """A sentence for each active rule whose command or mail is not allowed here, for the doctor."""
    return [
        consent.refusal(rule.subject)
        for rule in all_rules(store)
        if rule.active and _row(store, rule)["allowed"] is False
    ]


def _check_rule_name(name: str) -> str:
    """The name, if it can be typed without quotes. Raises Usage otherwise."""
    if not re.fullmatch(r"[^\W\d][\w-]{0,39}", name):
        raise Usage(
            f"'{name}' cannot be the name of a rule.", hint="use letters, digits and hyphens, such as web-to-ann"
        )
    return name


def _conflict_warnings(store: Store, rule: Rule) -> list[str]:
    """A warning for each active rule of the same event that sets a field to another value."""
    sentences = []
    others = [each for each in all_rules(store) if each.active and each.event == rule.event and each.name != rule.name]
    for other in others:
        both = other.actions.fields & rule.actions.fields
        differing = [name for name in sorted(both) if other.actions.set.get(name) != rule.actions.set.get(name, "")]
        if differing:
            sentences.append(
                f"rule {other.name} sets {', '.join(differing)} too; where both fit, {rule.name} acts later and decides"
            )
    return sentences


def rule_table(store: Store) -> Table:
    """All rules in the order in which they act."""
    rows = [_row(store, rule) for rule in all_rules(store)]
    columns = (*COLUMNS, ALLOWED) if any(row["allowed"] is not None for row in rows) else COLUMNS
    empty = 'No rules yet. Add one: leadcli rule add hot --on added --if "value:5k.." --tag hot'
    return Table(columns, rows, title="Rules", key="name", empty=empty)


def rule_card(store: Store, name: str) -> Card:
    """The card of one rule."""
    rule = find_rule(store, name)
    problem = _rule_problem(store, rule)
    badges = "broken" if problem else "on" if rule.active else "off"
    record = {**_row(store, rule), "broken": problem or None}
    allowed = (ALLOWED,) if rule.subject.verbs else ()
    columns = (*COLUMNS, *allowed, Column("broken", "broken", TEXT, 3))
    return Card(f"Rule {rule.name}", badges, [("", columns[1:])], record, columns)


def test_rule(store: Store, name: str, words: Sequence[str], *, request: lists.ListRequest) -> Table:
    """The leads that match both a rule and a filter. Changes nothing."""
    rule = find_rule(store, name)
    matches = query.combine(rule_condition(store, rule), saved_views.parse_with_views(store, words))
    columns = lists.chosen_columns(store.type("lead"), request)
    rows = list(store.rows("lead", matches, fields=[column.name for column in columns], limit=request.limit or 0))
    count = store.count("lead", matches)
    sentence = f"{count:,} lead{' fits' if count == 1 else 's fit'} rule {rule.name}; it would {rule.actions.words()}."
    return Table(columns, rows, footer=sentence, empty=f"No lead fits rule {rule.name} now.")


def switch_rules(store: Store, names: Sequence[str], *, on: bool) -> ResultNote:
    """Switch rules on or off."""
    matches = [find_rule(store, name) for name in names]
    with begin_operation(store) as operation:
        for rule in matches:
            operation.update("rule", rule.id, {"active": int(on)})
    problems = {rule.name: problem for rule in matches if on and (problem := _rule_problem(store, rule))}
    warnings = [f"rule {name} is broken: {problem}" for name, problem in problems.items()]
    if on:
        warnings += [consent.refusal(rule.subject) for rule in matches if _row(store, rule)["allowed"] is False]
    rows = [rule._replace(active=on).row() for rule in matches]
    return ResultNote(f"Rule {', '.join(names)} is {'on' if on else 'off'}.", json=rows, warnings=warnings)


def remove_rules(store: Store, names: Sequence[str]) -> ResultNote:
    """Delete rules. Undo restores them."""
    matches = [find_rule(store, name) for name in names]
    with begin_operation(store) as operation:
        for rule in matches:
            operation.delete("rule", rule.id)
    return ResultNote(f"Deleted rule {', '.join(rule.name for rule in matches)}. Undo: leadcli undo",
                json=[{"name": rule.name} for rule in matches])  # fmt: skip


def broken_rules(store: Store) -> list[str]:
    """A sentence for each rule that cannot act, with the reason, for the doctor."""
    return [f"rule {rule.name}: {problem}" for rule in all_rules(store) if (problem := _rule_problem(store, rule))]


def _rule_problem(store: Store, rule: Rule) -> str:
    """Why a rule cannot act, '' when it can."""
    try:
        rule_condition(store, rule)
        rule_actions.check_actions(store, rule.actions)
    except LeadError as error:
        return error.message
    return ""
