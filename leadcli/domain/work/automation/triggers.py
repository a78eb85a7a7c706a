"""Automation: runs rules and hooks on the changes of an operation, and timed rules on request.

`run_automation` is called once for every operation before its commit. The changes of rules belong to the operation and
are undone with it. Rules act in order, each on the values that the rules before it wrote. Their changes
trigger no rule.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from leadcli.errors import LeadError
from leadcli.store.journal.operation import Operation, begin_operation
from leadcli.store.reads import enrollments
from leadcli.store.store import Store

if TYPE_CHECKING:
    from leadcli.domain.work.automation.actions import Rule
    from leadcli.domain.work.automation.sequence_steps import SequenceRun
    from leadcli.model.results import ResultNote
    from leadcli.store.journal.rule_effects import RuleEffect


def run_automation(operation: Operation) -> None:
    """Run the rules and hooks for the changes of this operation.

    Raises Refused or Failed when a pre- hook forbids it, Distrusted when others could have written a program to run.
    """
    store = operation.store
    if enrollments.has_running(store):
        from leadcli.domain.work.automation.sequence_steps import stop_ended

        stop_ended(operation)
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
    """Run the active rules of events, in order."""
    from leadcli.domain.work.automation import rules
    from leadcli.store.journal import events

    store = operation.store
    upto = events.last_change_of(store)
    for rule in rules.all_rules(store):
        if rule.active and rule.event in events.EVENTS and rule.id not in operation.acted:
            _run_or_skip(store, rule, lambda rule=rule: _run_rule(operation, rule, events.leads_of_event(
                store, rule.event, rules.rule_condition(store, rule), operation=operation.id, upto=upto)))  # type: ignore[misc]  # fmt: skip


def collect_bulk_effects(operation: Operation, columns: Sequence[str]) -> list[RuleEffect]:
    """The effects of rules on every new lead of an import, in order, up to the first rule that must look at each lead.

    These rules count as run. `columns` are the columns of `leads` that the import fills.
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
    """Run a rule. A rule that fails is skipped with a warning. Raises Distrusted when others could have written it."""
    from leadcli.system.trust import Distrusted

    try:
        return act()
    except Distrusted:
        raise
    except LeadError as error:
        store.desk.warn(f"rule {rule.name} was skipped: {error.message}")
        return 0


def _run_rule(operation: Operation, rule: Rule, ids: Sequence[int]) -> int:
    """Apply a rule to these leads. Returns their number, 0 when all its actions are switched off or not allowed."""
    from leadcli.domain.work.automation import actions, consent

    store = operation.store
    if not ids or _is_idle(store, rule):
        return 0
    may_run = consent.may_act(store, rule.subject)
    actions.check_actions(store, rule.actions)  # all or nothing
    turns = actions.run_actions(actions.RuleRun(operation, rule.reason, rule.turn), rule.actions, ids)
    if turns:
        owners = len(actions.parse_assignment(rule.actions.assign)[1])
        operation.update("rule", rule.id, {"turn": (rule.turn + turns) % owners}, reason=rule.reason)
    operation.derived.flush()
    if rule.actions.mail and may_run:
        operation.afterwards.append(
            lambda: _run_without_rules(store, lambda: actions.send_rule_mail(store, rule.actions, ids, rule.reason))
        )
    if rule.actions.run and may_run:
        from leadcli.domain.work.automation.hooks import run_command

        operation.afterwards.append(lambda: run_command(store, rule, ids, operation.id))
    return len(ids)


def _is_idle(store: Store, rule: Rule) -> bool:
    """Whether a rule has no other actions than a command or mail that may not run.

    Its leads do not count as handled: the rule acts on them after it is allowed.
    """
    from leadcli.domain.work.automation import consent

    return not any(rule.actions._replace(run="", mail="")) and not consent.may_act(store, rule.subject)


def _run_without_rules(store: Store, act: Callable[[], None]) -> None:
    """Call `act` with automation switched off, so that its changes trigger no rule."""
    desk = store.desk
    store.desk = desk._replace(react=None)
    try:
        act()
    finally:
        store.desk = desk


def run_timed_rules(store: Store, names: Sequence[str]) -> ResultNote:
    """Run all active timed rules (stale, overdue) in one operation, then the steps of sequences; or the named rules.

    A rule acts once for each lead and period. Raises Usage for a named rule that is not timed.
    """
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
    taken = None
    if not names and enrollments.has_running(store):
        from leadcli.domain.work.automation.sequence_steps import run_sequences

        taken = run_sequences(store)
    rows = [{"name": rule.name, "leads": count} for rule, count in done] + (taken.rows() if taken else [])
    return ResultNote(_run_note(store, done, taken), json=rows, code=taken.code if taken else 0)


def _run_note(store: Store, done: Sequence[tuple[Rule, int]], taken: SequenceRun | None) -> str:
    from leadcli.model.results import format_count

    acted = [f"{rule.name} on {format_count(count, 'lead')}" for rule, count in done if count]
    acted += taken.sentences() if taken else []
    verb = store.desk.choose_verb("Ran", "run")
    return f"{verb} {', '.join(acted)}.{store.desk.undo_hint}" if acted else "Nothing to do for the rules."
