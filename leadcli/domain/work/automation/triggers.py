"""What the desk does by itself when something was written, or when time went by: its rules, then the hooks.

`react` is called once for every operation, before it is kept: what rules change belongs to the operation and is undone
with it. Rules act in their order, each on what the ones before left; what they change sets off no other rule.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from leadcli.errors import LeadError
from leadcli.store.journal.operation import Operation, begin_operation
from leadcli.store.store import Store

if TYPE_CHECKING:
    from leadcli.domain.work.automation.rule import Rule
    from leadcli.model.results import ResultNote
    from leadcli.store.journal.rule_effects import RuleEffect


def run_automation(operation: Operation) -> None:
    """Run the rules and hooks of what this operation did. Refused (5) or Failed (1) when a hook forbids it.

    Distrusted (1) when a program should run that others could have written.
    """
    store = operation.store
    changed = operation.touched.get("lead") or any(record == "lead" for record, _, _ in operation.spans)
    if not changed:
        return
    if not operation.ruled and any(row["active"] for row in store.every("rule")):
        _run_rules(operation)
    folder = getattr(store.config, "hooks", None) if store.desk.hooks else None
    if folder and folder.is_dir():
        from leadcli.domain.work.automation.hooks import call_hooks

        call_hooks(operation, folder)


def _run_rules(operation: Operation) -> None:
    from leadcli.domain.work.automation import rules
    from leadcli.store.journal import events

    store = operation.store
    upto = events.last_change_of(store)
    for rule in rules.all_rules(store):
        if rule.active and rule.event in events.EVENTS and rule.id not in operation.acted:
            _run_or_skip(store, rule, lambda rule=rule: _run_rule(operation, rule, events.leads_of_event(
                store, rule.event, rules.rule_condition(store, rule), operation=operation.id, upto=upto)))  # type: ignore[misc]  # fmt: skip


def collect_bulk_effects(operation: Operation, columns: Sequence[str]) -> list[RuleEffect]:
    """What rules give to every new lead of an import, whatever it is: those that come before the first that must look.

    They have acted then. `columns` are those of `leads` that the import fills.
    """
    store = operation.store
    if not store.desk.react or not any(row["active"] for row in store.every("rule")):
        return []
    from leadcli.domain.leads import record_values
    from leadcli.domain.work.automation import actions, rules
    from leadcli.store.journal.rule_effects import can_apply_in_bulk

    effects: list[RuleEffect] = []
    for rule in (rule for rule in rules.all_rules(store) if rule.active and rule.event == "added"):
        effect = None if rule.condition or rule.fault else actions.rule_effect(store, rule.actions, rule.reason)
        if effect is None or not can_apply_in_bulk(store, columns, effect):
            break
        record_values.learn_options(operation, store.type("lead"), effect.fields)
        effects.append(effect)
        operation.acted.add(rule.id)
    return effects


def _run_or_skip(store: Store, rule: Rule, act: Callable[[], int]) -> int:
    """A rule that cannot act is skipped and named; the command goes on, unless others could have written the rule."""
    from leadcli.system.trust import Distrusted

    try:
        return act()
    except Distrusted:
        raise
    except LeadError as error:
        store.desk.warn(f"rule {rule.name} was skipped: {error.message}")
        return 0


def _run_rule(operation: Operation, rule: Rule, ids: Sequence[int]) -> int:
    """Do a rule's actions to these leads; how many they are, 0 where all it does is not allowed or left out."""
    from leadcli.domain.work.automation import actions

    store = operation.store
    if not ids or _is_idle(store, rule):
        return 0
    may_run = _may_run(store, rule)
    actions.check_actions(store, rule.actions)  # all or nothing
    turns = actions.run_actions(actions.RuleRun(operation, rule.reason, rule.turn), rule.actions, ids)
    if turns:
        owners = len(actions.parse_assignment(rule.actions.assign)[1])
        operation.update("rule", rule.id, {"turn": (rule.turn + turns) % owners}, reason=rule.reason)
    operation.derived.settle()
    if rule.actions.mail and may_run:
        operation.afterwards.append(
            lambda: _run_without_rules(store, lambda: actions.send_rule_mail(store, rule.actions, ids, rule.reason))
        )
    if rule.actions.run and may_run:
        from leadcli.domain.work.automation.hooks import run_command

        operation.afterwards.append(lambda: run_command(store, rule, ids, operation.id))
    return len(ids)


def _may_run(store: Store, rule: Rule) -> bool:
    """Whether the rule's command and mail act here. What is not allowed is said once a run; its other actions act."""
    from leadcli.domain.work.automation import consent

    if not consent.is_needed(rule) or not store.desk.hooks:
        return False
    if consent.is_allowed(store, rule):
        consent.require_trusted_desk(store, rule)
        return True
    if rule.name not in store.warned:
        store.warned.add(rule.name)
        store.desk.warn(consent.refusal(rule))
    return False


def _is_idle(store: Store, rule: Rule) -> bool:
    """All the rule does is run or mail, and it may not: its leads are not done with, and it acts once it may."""
    return not any(rule.actions._replace(run="", mail="")) and not _may_run(store, rule)


def _run_without_rules(store: Store, act: Callable[[], None]) -> None:
    """What a rule sets off sets off nothing itself."""
    desk = store.desk
    store.desk = desk._replace(react=None)
    try:
        act()
    finally:
        store.desk = desk


def run_timed_rules(store: Store, names: Sequence[str]) -> ResultNote:
    """Run the rules of time (stale, overdue), or the named ones: each once per lead and period, in one operation."""
    from leadcli.domain.work.automation import rules
    from leadcli.errors import Usage
    from leadcli.model.results import ResultNote
    from leadcli.store.journal import bulk_update, events

    timed_rules = [rules.find_rule(store, name) for name in names] or [
        rule for rule in rules.all_rules(store) if rule.active
    ]
    for rule in timed_rules if names else ():
        if rule.event not in events.PERIODS:
            raise Usage(f"rule {rule.name} acts when a lead is {rule.event}, not by time.",
                        hint=f"see whom it fits: leadcli rule test {rule.name}")  # fmt: skip
    done: list[tuple[Rule, int]] = []
    with begin_operation(store) as operation:
        operation.ruled = True
        for rule in (rule for rule in timed_rules if rule.event in events.PERIODS):

            def act(rule: Rule = rule) -> int:
                ids = events.due_leads(store, rule.event, rules.rule_condition(store, rule), rule.reason)
                if ids and not _is_idle(store, rule):
                    period = events.PERIODS[rule.event]
                    bulk_update.remember_effects(operation, ids, rule.reason, period, reason=rule.reason)
                return _run_rule(operation, rule, ids)

            done.append((rule, _run_or_skip(store, rule, act)))
    return ResultNote(_run_note(store, done), json=[{"name": rule.name, "leads": count} for rule, count in done])


def _run_note(store: Store, done: Sequence[tuple[Rule, int]]) -> str:
    acted = [f"{rule.name} on {count:,} lead{'' if count == 1 else 's'}" for rule, count in done if count]
    verb = "Ran" if store.desk.keep else "Would run"
    return f"{verb} {', '.join(acted)}. Undo: leadcli undo" if acted else "Nothing to do for the rules."
