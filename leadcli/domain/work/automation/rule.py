"""A rule: an event, a condition, actions."""

from __future__ import annotations

from typing import NamedTuple

from leadcli.domain.work.automation.actions import Actions
from leadcli.model.kinds import Record


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
