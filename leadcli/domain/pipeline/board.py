"""The kanban board: leads in lanes by status or any other choice field, each lane counted and summed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from leadcli import query
from leadcli.domain.leads import edit as editing
from leadcli.domain.leads import lists, saved_views
from leadcli.domain.leads.targets import Target
from leadcli.errors import Usage
from leadcli.model.fields import Field
from leadcli.model.kinds import Choice
from leadcli.model.results import Board, Lane, PlainText, ResultNote
from leadcli.query import Query
from leadcli.query.choices import spell_choice
from leadcli.query.grammar import Term, Value
from leadcli.store.reads import currency_totals
from leadcli.store.reads.board_totals import board_totals
from leadcli.store.store import Store

CARDS = 5
NOTHING = "(none)"
_CARD_FIELDS = (
    "id", "name", "company", "value", "currency", "owner", "priority", "status", "due", "created_at", "age",
    "snoozed_until",
)  # fmt: skip


class BoardRequest(NamedTuple):
    """What a board shows: `limit` cards a lane (0 is all); `complete` takes every field of a card."""

    words: Sequence[str] = ()
    by: str = "status"
    limit: int = CARDS
    fields: Sequence[str] = ()
    complete: bool = False


def build_board(store: Store, request: BoardRequest) -> Board:
    """All leads that match, closed ones too, in lanes. Every value of the choice list is a lane, even without leads.

    Raises Usage for a field that is no choice.
    """
    field = lane_field(store, request.by or "status")
    criteria = saved_views.parse_with_views(store, request.words)
    type_ = store.type("lead")
    names = [lists.field_named(type_, name).name for name in request.fields]
    columns = (
        lists.all_columns(type_)
        if request.complete
        else [lists.as_column(type_.fields[name]) for name in dict.fromkeys((*_CARD_FIELDS, *names))]
    )
    column_names = [column.name for column in columns]
    rates = currency_totals.load_converter(store)
    counts = board_totals(store, criteria, field, rates)
    sums, total = currency_totals.convert_groups(rates, {label: amounts for label, (_, amounts) in counts.items()})
    lanes, marks = [], _priority_marks(store)
    for label, colour in _lane_labels(store, field, list(counts)):
        count = counts[label][0] if label in counts else 0
        inside = lane_query(criteria, field, label)
        # The count does not depend on the limit. An empty lane needs no query for its cards.
        cards = store.find("lead", inside, fields=column_names, limit=request.limit) if count else []
        for card in cards:
            card["mark"] = marks.get(card.get("priority") or "", "")
            card["snoozed"] = lists.snooze_text(store, card)
        lanes.append(Lane(label or NOTHING, count, sums.get(label, ()), cards, inside.text, colour))
    return Board(
        f"Leads by {field.title}" + (f": {criteria.text}" if criteria.text else ""), field.name, lanes, columns,
        total.remark, currency_totals.json_keys(total),
    )  # fmt: skip


def _priority_marks(store: Store) -> dict[str, str]:
    """The two highest priorities as signs: Urgent !!, High !."""
    highest = [option.label for option in store.options("priority") if option.active][1:][-2:]
    return dict(zip(reversed(highest), ("!!", "!"), strict=False))


def explain_board(store: Store, request: BoardRequest) -> PlainText:
    """How the filter is read; nothing is run."""
    lane_field(store, request.by or "status")
    return PlainText(
        "\n".join(query.explain_query(saved_views.parse_with_views(store, request.words), store.context)) + "\n"
    )


def lane_field(store: Store, name: str) -> Field:
    """The choice field a board is made by. Usage otherwise."""
    field = lists.field_named(store.type("lead"), name)
    if not isinstance(field.kind, Choice):
        choices = [each.name for each in store.type("lead").fields.values() if isinstance(each.kind, Choice)]
        raise Usage(
            f"a board cannot be made by {field.title}: it is no list of choices.", hint=f"one of: {', '.join(choices)}"
        )
    return field


def move_card(store: Store, by: str, lead: int, lane: str) -> ResultNote:
    """Give a lead the value of a lane; the lane without a value empties the field."""
    field = lane_field(store, by)
    change = (
        editing.EditRequest(cleared=[field.name])
        if lane == NOTHING
        else editing.EditRequest(replaced={field.name: lane})
    )
    return editing.edit_records(store, Target("lead", [lead], True), change)


def lane_query(criteria: Query, field: Field, label: str | None) -> Query:
    """The filter of one lane."""
    text = f"no:{field.name}" if label is None else f"{field.name}:{spell_choice(label)}"
    term = (
        Term("no", ":", Value(field.name, (field.name,)), text)
        if label is None
        else Term(field.name, "=", Value(label, (label,), quoted=True), text)
    )
    return query.combine(criteria, Query(text, term, criteria.record))


def _lane_labels(store: Store, field: Field, present: Sequence[str | None]) -> list[tuple[str | None, str]]:
    """(value, colour) of each lane: the choice list in order, other values that leads have, then no value."""
    assert isinstance(field.kind, Choice)
    options = store.options(field.kind.vocabulary)
    known = [(option.label, option.colour) for option in options if option.active or option.label in present]
    labels = [label for label, _ in known]
    others = sorted(value for value in present if value is not None and value not in labels)
    return [*known, *((value, "") for value in others), *([(None, "")] if None in present else [])]
