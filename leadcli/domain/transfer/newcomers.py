"""What a row needs to become a lead: a name, a status its type allows, an owner, a currency; or why it cannot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from leadcli.domain import leads, pipeline
from leadcli.domain.transfer.values import Wrong
from leadcli.kinds import Record
from leadcli.store.store import Store

# What may be filled in. A stage remembers it a bit each: a lead that is there already takes only what the file said.
MADE = ("name", "status", "owner", "type", "currency", "closed_at", "probability", "channel", "uid")
BITS = {name: 1 << place for place, name in enumerate(MADE)}
NEEDED = "is empty (a lead needs a name, a person, a company, an e-mail, a phone or an item)"


class Newcomers(NamedTuple):
    """The rules for new leads of one desk, read once (they are asked a million times).

    `owner` is who gets rows of files without an owner column; '' nobody.
    """

    owner: str
    now: str
    currency: str
    channels: Sequence[str]
    needs_channel: bool
    only_type: str
    first: dict[str | None, str]
    allowed: dict[str | None, Sequence[str]]
    states: dict[str, str]
    fields: tuple[str, ...]

    def complete(self, values: Record) -> int | Wrong:
        """Fill in what is missing; the bits of what was. A row with a uid is a lead already and stays as it is.

        A type's list of statuses binds, the lists of next statuses do not; a lost lead needs no reason here.
        """
        made = 0
        own = "uid" in values
        if not values.get("name"):
            values["name"] = leads.built_name(values)
            if not values["name"]:
                return Wrong("name", NEEDED)
            made |= BITS["name"]
        if not own:
            made |= self._usual(values)
        type_ = values.get("type")
        status = values.get("status")
        if not status:
            if type_ not in self.first:
                type_ = None
            values["status"] = self.first[type_]
            return made | BITS["status"]
        allowed = self.allowed.get(type_)
        if allowed and status not in allowed:
            return Wrong("status", f"'{status}' is not allowed for type '{type_}', which allows: {', '.join(allowed)}.")
        if self.states.get(status) and not own:
            made |= self._closed(values, self.states[status])
        if self.needs_channel and not values.get("channel"):
            if len(self.channels) != 1:
                return Wrong("channel", f"is empty, and this desk's leads need one: {', '.join(self.channels)}.")
            values["channel"] = self.channels[0]
            made |= BITS["channel"]
        return made

    def _usual(self, values: Record) -> int:
        made = 0
        if self.owner and not values.get("owner"):
            values["owner"] = self.owner
            made |= BITS["owner"]
        if self.only_type and not values.get("type"):
            values["type"] = self.only_type
            made |= BITS["type"]
        if not values.get("currency") and values.get("value") is not None:
            values["currency"] = self.currency
            made |= BITS["currency"]
        return made

    def _closed(self, values: Record, state: str) -> int:
        """A closed lead has a closing time: its own, else its last change, else now. A lost one has no chance."""
        made = 0
        if not values.get("closed_at"):
            values["closed_at"] = values.get("updated_at") or self.now
            made |= BITS["closed_at"]
        if state == "lost" and values.get("probability") is None:
            values["probability"] = 0.0
            made |= BITS["probability"]
        return made


def newcomers(store: Store, fed: Sequence[str]) -> Newcomers:
    """The rules as this desk has them; `fed` are the fields the file brings."""
    options = store.options
    types = [option.label for option in options("type") if option.active]
    allowed: dict[str | None, Sequence[str]] = {None: ()}
    allowed.update({option.label: option.allow for option in options("type") if option.allow})
    first: dict[str | None, str] = {None: pipeline.first_status(store)}
    first.update({label: pipeline.first_status(store, label) for label in types})
    me = store.context.me
    return Newcomers(
        owner=leads.owner_spelling(store, me) if me and "owner" not in fed else "",
        now=store.now,
        currency=store.context.currency,
        channels=[option.label for option in options("channel") if option.active],
        needs_channel=bool(store.setting("needs_channel")),
        only_type=types[0] if len(types) == 1 else "",
        first=first,
        allowed=allowed,
        states={option.label: option.state for option in options("status") if option.state in pipeline.ENDED},
        fields=tuple(name for name in MADE if name in store.type("lead").fields),
    )  # fmt: skip
