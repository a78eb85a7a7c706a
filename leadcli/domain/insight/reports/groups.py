"""What a report can be grouped by: a choice, a text, a day or moment by its period, an age, a tag."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, NamedTuple

from leadcli.errors import Usage, unknown_name
from leadcli.model.fields import Field
from leadcli.model.kinds import Choice, Day, Flag, Moment, Money
from leadcli.query.scope import sql_expression
from leadcli.store.store import Store
from leadcli.text.dates import words

NONE = "(none)"
# Upper bounds of the age brackets in days. The last bracket is open.
AGES = (7, 30, 60, 90, 180, 365)
# List fields that can be a group -> the column of their side table that names the group.
LIST_COLUMNS = {"tags": "value", "products": "product", "emails": "value", "phones": "value"}
# Choice fields whose groups are sorted in the order of their list, not by size.
ORDERED = ("status", "type", "priority")


class Grouping(NamedTuple):
    """One dimension of a report.

    `sql` is the raw key over the alias `r`. `make_label` turns the key into what a row shows, None for no value. `join`
    is what `sql` needs beside leads. `known` are labels in their order. Labels in `always` have a row even when no lead
    has them. `period` is set for dates. `many` is true when one lead may be in several groups.
    """

    name: str
    label: str
    sql: str
    make_label: Callable[[Any], Any]
    join: str = ""
    known: Sequence[str] = ()
    always: Sequence[str] = ()
    period: str = ""
    many: bool = False


def make_grouping(store: Store, field: Field, period: str) -> Grouping:
    """The dimension of a field. Usage for money and for lists that cannot be grouped by."""
    if isinstance(field.kind, Money):
        raise Usage(
            f"leads cannot be grouped by {field.name}.",
            hint=f"measure it: --measure value, or filter: {field.name}:1000..5000",
        )
    if isinstance(field.kind, Moment):
        return _group_by_moment(store, field, period)
    if isinstance(field.kind, Day):
        return Grouping("period", period, sql_expression(field), make_day_label(period), period=period)
    if field.name == "age":
        return Grouping(
            "age",
            "age",
            sql_expression(field),
            _find_age_bracket,
            known=_list_age_brackets(),
            always=_list_age_brackets(),
        )
    if field.kind.many:
        return _group_by_list(field)
    if isinstance(field.kind, Choice):
        return _group_by_choice(store, field)
    return Grouping(field.name, field.title, sql_expression(field), _make_label_function(field))


def _group_by_moment(store: Store, field: Field, period: str) -> Grouping:
    if field.stored:
        sql, make_label = group_moments(store, field.sql_column, "leads", period)
    else:
        sql, make_label = group_moment_expression(store, sql_expression(field), None, period)
    return Grouping("period", period, sql, make_label, period=period)


def _group_by_choice(store: Store, field: Field) -> Grouping:
    options = store.options(field.kind.vocabulary)  # type: ignore[attr-defined]
    known = [option.label for option in options] if field.name in ORDERED else []
    always = [option.label for option in options if option.active] if field.name == "status" else []
    return Grouping(
        field.name, field.title, sql_expression(field), lambda value: value or None, known=known, always=always
    )


def _group_by_list(field: Field) -> Grouping:
    table = field.kind.many
    if field.name not in LIST_COLUMNS:
        raise Usage(
            f"leads cannot be grouped by {field.name}.", hint="group by a field with one value, such as --by city"
        )
    join = f"LEFT JOIN {table} s ON s.record = 'lead' AND s.record_id = r.id"
    return Grouping(
        field.name, field.title, f"s.{LIST_COLUMNS[field.name]}", lambda value: value or None, join=join, many=True
    )


def _make_label_function(field: Field) -> Callable[[Any], Any]:
    if isinstance(field.kind, Flag):
        return lambda value: None if value is None else "yes" if value else "no"
    if field.kind.filter == "reference":
        return lambda value: None if value is None else field.kind.plain(value, {})
    return lambda value: None if value == "" else value


def _list_age_brackets() -> list[str]:
    lows = [0, *(each + 1 for each in AGES)]
    return [*(f"{low}-{high} days" for low, high in zip(lows, AGES, strict=False)), f"over {AGES[-1]} days"]


def _find_age_bracket(age: Any) -> str | None:
    if age is None:
        return None
    return _list_age_brackets()[next((at for at, high in enumerate(AGES) if age <= high), len(AGES))]


def find_groupings(store: Store, names: Sequence[str], period: str) -> list[Grouping]:
    """The dimensions named by field name or alias. Usage for an unknown field (with a suggestion) and two dates."""
    type_ = store.type("lead")
    fields: dict[str, Field] = {}
    for name in names:
        field = type_.find(name)
        if field is None:
            raise unknown_name("field", name, type_.fields, hint="all fields: leadcli list --fields help")
        fields[field.name] = field
    groupings = [make_grouping(store, field, period) for field in fields.values()]
    if sum(bool(group.period) for group in groupings) > 1:
        raise Usage("a report can be grouped by one date only.", hint="name one of them: --by created")
    return groupings


def is_date(store: Store, name: str) -> bool:
    """The field of that name is there, and is a day or a moment."""
    field = store.type("lead").find(name)
    return field is not None and isinstance(field.kind, Day | Moment)


def make_sort_key(
    groups: Sequence[Grouping], sizes: Sequence[Mapping[Any, float]]
) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    """The sort key of a row's labels: periods by time, known labels in their order, others by size.

    (none) comes last among periods and known labels. `sizes` is {label: number of leads} for each group.
    """
    places = [{label: at for at, label in enumerate(group.known)} for group in groups]

    def key(labels: Sequence[Any]) -> tuple[Any, ...]:
        rank: list[Any] = []
        for group, label, place, size in zip(groups, labels, places, sizes, strict=True):
            if group.period:
                rank.append((label == NONE, 0, str(label)))
            elif group.known:
                rank.append((label == NONE, place.get(label, len(place)), str(label)))
            else:
                rank.append((-size.get(label, 0), label == NONE, str(label).casefold()))
        return tuple(rank)

    return key


MAX_PERIODS = 40_000  # more empty periods than this between two filled ones come from a slip in a date
HOUR, HALF, MINUTE = 3600, 1800, 60


def name_period(day: date, period: str) -> str:
    """The period that holds a day: 2026-11-22 (day), 2026-W47, 2026-11, 2026-Q4 or 2026."""
    if period == "week":
        year, week, _ = day.isocalendar()
        return f"{year:04}-W{week:02}"
    if period == "month":
        return f"{day.year:04}-{day.month:02}"
    if period == "quarter":
        return f"{day.year:04}-Q{(day.month + 2) // 3}"
    return f"{day.year:04}" if period == "year" else day.isoformat()


def parse_period_start(name: str) -> date:
    """The first day of a period by its name."""
    day = words.parse_span(name, date.min, forward=False).first
    assert day is not None
    return day


def list_periods(first: str, last: str, period: str) -> list[str]:
    """The names of all periods from first to last, both included, at most MAX_PERIODS."""
    return list(_walk_periods(first, last, period))


def _walk_periods(first: str, last: str, period: str) -> Iterator[str]:
    length = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}[period]
    day, count = parse_period_start(first), 0
    while (name := name_period(day, period)) <= last and count < MAX_PERIODS:
        yield name
        count += 1
        try:
            # A period's first day plus its greatest length is inside the next one.
            day = parse_period_start(name_period(day + timedelta(days=length), period))
        except (OverflowError, ValueError):
            return


def make_day_label(period: str) -> Callable[[Any], str | None]:
    """A function from 'YYYY-MM-DD' to the name of the period, or to None for a text that is no date."""

    def make_label(text: Any) -> str | None:
        try:
            return name_period(date.fromisoformat(str(text)[:10]), period)
        except ValueError:
            return None

    return make_label


def group_moments(store: Store, column: str, table: str, period: str) -> tuple[str, Callable[[Any], str | None]]:
    """How moments in `r.column` are grouped: (SQL of the key, function from the key to its local period)."""
    return group_moment_expression(store, f"r.{column}", _read_moment_range(store, column, table), period)


def group_moment_expression(
    store: Store, sql: str, reach: tuple[str, str] | None, period: str
) -> tuple[str, Callable[[Any], str | None]]:
    """The same for any expression. `reach` is its earliest and latest moment, None when unknown."""
    zone = words.zone_of(store.context.now)
    step = _choose_grid(reach, zone)
    if step == 0:
        return f"substr({sql}, 1, 10)", make_day_label(period)
    key = {
        HOUR: f"substr({sql}, 1, 13)",
        HALF: f"substr({sql}, 1, 14) || CASE WHEN substr({sql}, 15, 1) < '3' THEN '00' ELSE '30' END",
    }
    return key.get(step, f"substr({sql}, 1, 16)"), lambda text: _name_local_period(text, zone, period)


def _name_local_period(text: Any, zone: tzinfo | None, period: str) -> str | None:
    if len(str(text)) == 10:
        return make_day_label(period)(text)  # a day without a time is the same day in every time zone
    whole = str(text) + "0000-00-00T00:00:00"[len(str(text)) :]
    try:
        return name_period(datetime.fromisoformat(whole).replace(tzinfo=UTC).astimezone(zone).date(), period)
    except (ValueError, OverflowError, OSError):
        return make_day_label(period)(text)  # a year out of the range of datetime: the day in UTC


def _read_moment_range(store: Store, column: str, table: str) -> tuple[str, str] | None:
    """The earliest and latest moment of a column, read from its index. None when it is empty."""
    ends = [
        store.select(f"SELECT {end}({column}) FROM {table} WHERE {column} IS NOT NULL")[0][0] for end in ("min", "max")
    ]
    return (ends[0], ends[1]) if ends[0] else None


def _choose_grid(reach: tuple[str, str] | None, zone: tzinfo | None) -> int:
    """The coarsest grid in seconds that has every local midnight of `reach`. 0 when local days are UTC days."""
    if reach is None:
        return MINUTE
    try:
        first, last = (datetime.fromisoformat(each) for each in reach)
        if (last - first).days > 366 * 60:
            return MINUTE
        offsets = set()
        while first <= last + timedelta(days=15):
            away = first.astimezone(zone).utcoffset()
            offsets.add(int(away.total_seconds()) if away else 0)
            first += timedelta(days=15)
        away = last.astimezone(zone).utcoffset()
        offsets.add(int(away.total_seconds()) if away else 0)
    except (ValueError, OverflowError, OSError):
        return MINUTE
    if offsets == {0}:
        return 0
    return next((grid for grid in (HOUR, HALF) if all(offset % grid == 0 for offset in offsets)), MINUTE)
