"""What a report can be grouped by: any field - a choice, a text, a day or moment by its period, an age, a tag."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from leadcli.domain.reports import periods
from leadcli.errors import Usage, unknown
from leadcli.fields import Field
from leadcli.kinds import Choice, Day, Flag, Moment, Money
from leadcli.query.scope import expression
from leadcli.store.store import Store

NONE = "(none)"
# Days up to which a lead counts as so old; the last bracket is open.
AGES = (7, 30, 60, 90, 180, 365)
# Many-valued fields one can group by: the column of their side table that names the group.
LISTED = {"tags": "value", "products": "product", "emails": "value", "phones": "value"}
# Vocabularies whose order says more than the size of the groups.
ORDERED = ("status", "type", "priority")


class Group(NamedTuple):
    """One dimension. `sql` is the raw key over `r`, `fold` makes of it what a row shows (None: nothing there).

    `known` are groups in their order; those in `always` have a row even when empty. `period` is set for dates. `many`
    says that one lead may stand in several groups.
    """

    name: str
    label: str
    sql: str
    fold: Callable[[Any], Any]
    join: str = ""
    known: Sequence[str] = ()
    always: Sequence[str] = ()
    period: str = ""
    many: bool = False


def of_field(store: Store, field: Field, period: str) -> Group:
    """The group a field makes. Usage for money, which no group can have."""
    if isinstance(field.kind, Money):
        raise Usage(
            f"leads cannot be grouped by {field.name}.",
            hint=f"measure it: --measure value, or filter: {field.name}:1000..5000",
        )
    if isinstance(field.kind, Moment):
        return _moment(store, field, period)
    if isinstance(field.kind, Day):
        return Group("period", period, expression(field), periods.of_day(period), period=period)
    if field.name == "age":
        return Group("age", "age", expression(field), _bracket, known=_brackets(), always=_brackets())
    if field.kind.many:
        return _listed(field)
    if isinstance(field.kind, Choice):
        return _choice(store, field)
    return Group(field.name, field.title, expression(field), _shown(field))


def _moment(store: Store, field: Field, period: str) -> Group:
    if field.stored:
        sql, fold = periods.of_moment(store, field.sql_column, "leads", period)
    else:
        sql, fold = periods.of_expression(store, expression(field), None, period)
    return Group("period", period, sql, fold, period=period)


def _choice(store: Store, field: Field) -> Group:
    options = store.options(field.kind.vocabulary)  # type: ignore[attr-defined]
    known = [option.label for option in options] if field.name in ORDERED else []
    always = [option.label for option in options if option.active] if field.name == "status" else []
    return Group(field.name, field.title, expression(field), lambda value: value or None, known=known, always=always)


def _listed(field: Field) -> Group:
    table = field.kind.many
    if field.name not in LISTED:
        raise Usage(
            f"leads cannot be grouped by {field.name}.", hint="group by a field with one value, such as --by city"
        )
    join = f"LEFT JOIN {table} s ON s.record = 'lead' AND s.record_id = r.id"
    return Group(field.name, field.title, f"s.{LISTED[field.name]}", lambda value: value or None, join=join, many=True)


def _shown(field: Field) -> Callable[[Any], Any]:
    if isinstance(field.kind, Flag):
        return lambda value: None if value is None else "yes" if value else "no"
    if field.kind.filter == "reference":
        return lambda value: None if value is None else field.kind.plain(value, {})
    return lambda value: None if value == "" else value


def _brackets() -> list[str]:
    lows = [0, *(each + 1 for each in AGES)]
    return [*(f"{low}-{high} days" for low, high in zip(lows, AGES, strict=False)), f"over {AGES[-1]} days"]


def _bracket(age: Any) -> str | None:
    if age is None:
        return None
    return _brackets()[next((at for at, high in enumerate(AGES) if age <= high), len(AGES))]


def chosen(store: Store, names: Sequence[str], period: str) -> list[Group]:
    """The groups called so, by field name or alias. Usage with a suggestion; two dates are one too many."""
    type_ = store.type("lead")
    fields: dict[str, Field] = {}
    for name in names:
        field = type_.find(name)
        if field is None:
            raise unknown("field", name, type_.fields, hint="all fields: leadcli list --fields help")
        fields[field.name] = field
    found = [of_field(store, field, period) for field in fields.values()]
    if sum(bool(group.period) for group in found) > 1:
        raise Usage("a report can be grouped by one date only.", hint="name one of them: --by created")
    return found


def is_date(store: Store, name: str) -> bool:
    """The field of that name is a day or a moment."""
    field = store.type("lead").find(name)
    return field is not None and isinstance(field.kind, Day | Moment)


def rank(groups: Sequence[Group], sizes: Sequence[Mapping[Any, float]]) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    """How rows are ordered: periods by time, known vocabularies in their order ((none) last), the rest by size."""
    places = [{label: at for at, label in enumerate(group.known)} for group in groups]

    def key(labels: Sequence[Any]) -> tuple[Any, ...]:
        found: list[Any] = []
        for group, label, place, size in zip(groups, labels, places, sizes, strict=True):
            if group.period:
                found.append((label == NONE, 0, str(label)))
            elif group.known:
                found.append((label == NONE, place.get(label, len(place)), str(label)))
            else:
                found.append((-size.get(label, 0), label == NONE, str(label).casefold()))
        return tuple(found)

    return key
