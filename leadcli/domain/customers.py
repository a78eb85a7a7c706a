"""Rules of accounts, contacts and opportunities: a name each, and a stage that opens and closes an opportunity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leadcli.errors import Usage
from leadcli.kinds import Record
from leadcli.store.journal import Operation
from leadcli.store.store import Store


def ruled(operation: Operation, record: str, old: Record, values: Mapping[str, Any]) -> Record:
    """What a change brings with it: closed_at follows the state of an opportunity's stage. Usage for an empty name."""
    letter = operation.store.type(record).letter
    if record in ("account", "contact", "opportunity") and "name" in values and not values["name"]:
        raise Usage(f"{record} {letter}{old['id']} cannot be without a name.", hint='give another: --name "NAME"')
    if record != "opportunity" or "stage" not in values:
        return {}
    if values["stage"] is None:
        raise Usage(
            "an opportunity cannot be without a stage.", hint=f"move it: leadcli edit O{old['id']} --stage STAGE"
        )
    return staged(operation.store, old, values["stage"], at=operation.at)


def staged(store: Store, old: Record, stage: str, *, at: str) -> Record:
    """closed_at for a stage: now when it closes the opportunity, none when it opens it again."""
    states = {option.label: option.state for option in store.options("stage")}
    state, before = states.get(stage, "open"), states.get(old["stage"], "open")
    if state == "open":
        return {"closed_at": None}
    return {"closed_at": old["closed_at"] if state == before and old["closed_at"] else at}
