"""Saved views, saved reports and rules that name a choice: they follow when it gets another name."""

from __future__ import annotations

from leadcli.domain import actions, views
from leadcli.domain.actions import Actions
from leadcli.kinds import Choice, Option, Record, option_key
from leadcli.query.renaming import renamed
from leadcli.store.journal import Operation


def follow(operation: Operation, old: Option, label: str) -> list[str]:
    """Write `label` wherever a view, report or rule names the choice `old`; what was changed: @hot, rule web-to-ann."""
    store = operation.store
    lead, followed = store.type("lead"), []
    for row in store.every("view"):
        query = renamed(row["query"] or "", lead, old, label)
        if query != (row["query"] or ""):
            operation.update("view", row["id"], {"query": query})
            followed.append(f"@{row['name']}" if row["kind"] == views.FILTER else f"report {row['name']}")
    for row in store.every("rule"):
        does = _actions(row)
        if does is None:
            continue
        values = {name: label if _names(operation, name, text, old) else text for name, text in does.set.items()}
        new = {"condition": renamed(row["condition"] or "", lead, old, label),
               "actions": does._replace(set=values).text()}  # fmt: skip
        if new["condition"] != (row["condition"] or "") or values != dict(does.set):
            operation.update("rule", row["id"], new)
            followed.append(f"rule {row['name']}")
    return followed


def _actions(row: Record) -> Actions | None:
    """What a rule does; None when that cannot be read, which the doctor tells."""
    try:
        return actions.kept(row["actions"])
    except ValueError:
        return None


def _names(operation: Operation, name: str, text: str, old: Option) -> bool:
    """A rule's --set FIELD=TEXT means this choice."""
    field = operation.store.type("lead").find(name)
    chooses = field is not None and isinstance(field.kind, Choice) and field.kind.vocabulary == old.field
    return chooses and old.answers(option_key(str(text)))
