"""What a row needs to become a lead: a name, a status its type allows, an owner, a currency; or why it cannot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from leadcli.domain.data.import_.rows.values import InvalidValue
from leadcli.domain.leads import create
from leadcli.domain.pipeline import rules
from leadcli.store.store import Store

if TYPE_CHECKING:
    from leadcli.domain.data.import_.rows.contacts import Lists
    from leadcli.domain.data.import_.rows.row_batch import RowBatch

# The fields that may be filled in by default, one bit each. The staging table holds the bits of each row: a lead that
# exists already takes only values of the file.
DEFAULTED = ("name", "status", "owner", "type", "currency", "probability", "channel", "uid")
BITS = {name: 1 << place for place, name in enumerate(DEFAULTED)}
_NAMING = ("item", *create.PERSON, "company")
NEEDED = "is empty (a lead needs a name, a person, a company, an e-mail, a phone or an item)"


class NewLeadDefaults(NamedTuple):
    """The rules for new leads of one desk, read once (they are asked a million times).

    `usual` is what any new lead gets; its owner gets rows of files without an owner column.
    """

    usual: create.LeadDefaults
    now: str
    first: dict[str | None, str]
    allowed: dict[str | None, Sequence[str]]
    states: dict[str, str]
    fields: tuple[str, ...]

    def complete(self, work: RowBatch, lists: Lists) -> list[int]:
        """Fill in what is missing, in every row; the bits of what was. A row with a uid is a lead and stays as it is.

        A type's list of statuses binds, the lists of next statuses do not; a lost lead needs no reason here.
        """
        defaulted = [0] * work.count
        has_uid = [uid is not None for uid in work.columns["uid"]] if "uid" in work.columns else [False] * work.count
        self._fill_names(work, lists, defaulted)
        for name, value in (("owner", self.usual.owner), ("type", self.usual.type)):
            if value:
                self._fill(work, name, value, [not each for each in has_uid], defaulted)
        if "value" in work.columns:
            priced = [each is not None for each in work.columns["value"]]
            self._fill(work, "currency", self.usual.currency, priced, defaulted)
        self._fill_statuses(work, defaulted)
        self._fill_chances(work, has_uid, defaulted)
        if self.usual.channels is not None:
            self._fill_channels(work, self.usual.channels, defaulted)
        return defaulted

    def _fill(self, work: RowBatch, name: str, value: str, where: list[bool], defaulted: list[int]) -> None:
        bit, values = BITS[name], work.column(name)
        for place, (here, is_needed) in enumerate(zip(values, where, strict=True)):
            if here is None and is_needed:
                values[place] = value
                defaulted[place] |= bit
        work.columns[name] = values

    def _fill_names(self, work: RowBatch, lists: Lists, defaulted: list[int]) -> None:
        names = work.column("name")
        sources = [(name, work.columns[name]) for name in _NAMING if name in work.columns]
        for place, name in enumerate(names):
            if name:
                continue
            naming_values: dict[str, Any] = {
                source: column[place] for source, column in sources if type(column[place]) is str
            }
            for field in ("emails", "phones"):
                if field in lists.first and lists.first[field][place]:
                    naming_values[field] = [{"value": lists.first[field][place]}]
            names[place] = create.build_name(naming_values)
            defaulted[place] |= BITS["name"]
            if not names[place]:
                work.wrong.setdefault(place, InvalidValue("name", NEEDED))
        work.columns["name"] = names

    def _fill_statuses(self, work: RowBatch, defaulted: list[int]) -> None:
        statuses = work.column("status")
        types = work.column("type") if "type" in work.columns else None
        first = self.first[None]
        for place, status in enumerate(statuses):
            type_ = types[place] if types else None
            if not status:
                statuses[place] = first if type_ is None else self.first.get(type_, first)
                defaulted[place] |= BITS["status"]
            elif type_ is not None and (allowed := self.allowed.get(type_)) and status not in allowed:
                reason = f"'{status}' is not allowed for type '{type_}', which allows: {', '.join(allowed)}."
                work.wrong.setdefault(place, InvalidValue("status", reason))
        work.columns["status"] = statuses

    def _fill_chances(self, work: RowBatch, has_uid: list[bool], defaulted: list[int]) -> None:
        """A lost lead has no chance. When it was closed is known by its file alone: without a day, nobody knows it."""
        chances = work.column("probability")
        for place, status in enumerate(work.columns["status"]):
            if self.states.get(status) == "lost" and chances[place] is None and not has_uid[place]:
                chances[place] = 0.0
                defaulted[place] |= BITS["probability"]
        work.columns["probability"] = chances

    def _fill_channels(self, work: RowBatch, channels: Sequence[str], defaulted: list[int]) -> None:
        """A lead needs an active channel; the only one is taken without asking."""
        if len(channels) == 1:
            self._fill(work, "channel", channels[0], [True] * work.count, defaulted)
            return
        for place, channel in enumerate(work.column("channel")):
            if channel is None:
                reason = f"is empty, and this desk's leads need one: {', '.join(channels) or 'any name'}."
                work.wrong.setdefault(place, InvalidValue("channel", reason))


def read_lead_defaults(store: Store, filled_fields: Sequence[str]) -> NewLeadDefaults:
    """The rules as this desk has them; `filled_fields` are the fields the file brings."""
    options = store.options
    types = [option.label for option in options("type") if option.active]
    allowed: dict[str | None, Sequence[str]] = {None: ()}
    allowed.update({option.label: option.allow for option in options("type") if option.allow})
    first: dict[str | None, str] = {None: rules.first_open_status(store)}
    first.update({label: rules.first_open_status(store, label) for label in types})
    usual = create.read_lead_defaults(store)
    return NewLeadDefaults(
        usual=usual._replace(owner="") if "owner" in filled_fields else usual,
        now=store.now,
        first=first,
        allowed=allowed,
        states={option.label: option.state for option in options("status") if option.state in rules.ENDED},
        fields=tuple(name for name in DEFAULTED if name in store.type("lead").fields),
    )  # fmt: skip
