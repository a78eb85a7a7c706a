"""Due dates, days and moments side by side, in zones of every kind: filters, states and order against a plain model."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadcli.domain.upkeep.new_desk import vocabulary_filler
from leadcli.model.kinds import Context
from leadcli.query import parse_query
from leadcli.store.journal.operation import begin_operation
from leadcli.store.store import Session, Store, memory_store
from leadcli.text.dates import words

ZONES = (
    "UTC", "Asia/Tokyo", "America/New_York", "Africa/Cairo", "Asia/Beirut", "America/Santiago",
    "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu",
)  # fmt: skip
# An ordinary day, and days that begin at one o'clock in Cairo, Beirut and Santiago.
MIDDLES = (date(2026, 11, 27), date(2026, 4, 24), date(2026, 3, 29), date(2026, 9, 6))


class World(NamedTuple):
    """A zone, the time there, and the due dates of the open tasks of each lead."""

    zone: str
    now: datetime
    leads: list[list[str]]


@st.composite
def worlds(draw: st.DrawFn) -> World:
    zone, middle = draw(st.sampled_from(ZONES)), draw(st.sampled_from(MIDDLES))
    days = st.integers(-2, 2).map(lambda ahead: (middle + timedelta(days=ahead)).isoformat())
    noon = datetime(middle.year, middle.month, middle.day, 12, tzinfo=UTC)
    quarters = st.integers(-4 * 48, 4 * 48).map(lambda ahead: noon + timedelta(minutes=15 * ahead))
    dues = days | quarters.map(words.utc_text)
    leads = draw(st.lists(st.lists(dues, min_size=1, max_size=3), min_size=1, max_size=6))
    return World(zone, draw(quarters).astimezone(ZoneInfo(zone)), leads)


def local_day(due: str, zone: str) -> date:
    if words.is_day(due):
        return date.fromisoformat(due)
    return datetime.fromisoformat(due.replace("Z", "+00:00")).astimezone(ZoneInfo(zone)).date()


def start(due: str, zone: str) -> datetime:
    """When a day begins in a zone: the first instant at which its calendar shows it."""
    if not words.is_day(due):
        return datetime.fromisoformat(due.replace("Z", "+00:00"))
    day = date.fromisoformat(due)
    at = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=15)
    while at.astimezone(ZoneInfo(zone)).date() < day:
        at += timedelta(minutes=15)
    return at


def is_late(due: str, world: World) -> bool:
    if words.is_day(due):
        return date.fromisoformat(due) < world.now.date()
    return start(due, world.zone) < world.now


@pytest.fixture
def computer_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    def move(zone: str) -> None:
        monkeypatch.setenv("TZ", zone)
        time.tzset()

    yield move
    monkeypatch.undo()
    time.tzset()


def filled(world: World) -> Store:
    now = world.now.astimezone()
    store = memory_store(
        Session("ann", now, Context(today=now.date(), now=now, me="ann")), vocabulary_filler("default")
    )
    with begin_operation(store) as operation:
        for dues in world.leads:
            lead = operation.insert("lead", {"name": "Ada", "status": "New"})
            for due in dues:
                operation.insert("activity", {"record": "lead", "record_id": lead, "kind": "task", "due_at": due})
    return store


def ids(store: Store, text: str, *, record: str = "lead", sort: str = "id") -> list[int]:
    return store.ids(record, parse_query(text, store.type(record), store.context), sort=sort)


@given(world=worlds(), ahead=st.integers(-2, 2))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_days_and_moments_are_due_on_the_local_calendar(
    world: World, ahead: int, computer_in: Callable[[str], None]
) -> None:
    computer_in(world.zone)
    store = filled(world)
    tasks = dict(enumerate((due for dues in world.leads for due in dues), 1))
    first = {id: min(dues, key=lambda due: start(due, world.zone)) for id, dues in enumerate(world.leads, 1)}
    day = world.now.date() + timedelta(days=ahead)
    conditions = {
        f"due:{day}": lambda due: due == day,
        f"due:..{day}": lambda due: due <= day,
        f"due:{day}..": lambda due: due >= day,
        f"due>{day}": lambda due: due > day,
        f"due<{day}": lambda due: due < day,
        f"due:{day}..{day + timedelta(days=1)}": lambda due: day <= due <= day + timedelta(days=1),
    }
    for text, holds in conditions.items():
        for record, dues in (("activity", tasks), ("lead", first)):
            expected = [id for id, due in dues.items() if holds(local_day(due, world.zone))]
            assert ids(store, text, record=record) == expected, (text, record)
    assert ids(store, "is:overdue", record="activity") == [id for id, due in tasks.items() if is_late(due, world)]
    late = [id for id, dues in enumerate(world.leads, 1) if any(is_late(due, world) for due in dues)]
    assert ids(store, "is:overdue") == late
    for sort, sign in (("due,id", 1), ("-due,id", -1)):
        in_order = sorted(tasks, key=lambda id: (sign * start(tasks[id], world.zone).timestamp(), id))
        assert ids(store, "", record="activity", sort=sort) == in_order
    shown = {row["id"]: row["due"] for row in store.fetch("lead", [*first], fields=["due"])}
    assert {id: start(due, world.zone) for id, due in shown.items()} == {
        id: start(due, world.zone) for id, due in first.items()
    }


@given(world=worlds(), minutes=st.integers(-200, 200).map(lambda steps: steps * 15))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_compared_with_a_time_a_day_is_its_first_moment(
    world: World, minutes: int, computer_in: Callable[[str], None]
) -> None:
    computer_in(world.zone)
    store = filled(world)
    at = (world.now + timedelta(minutes=minutes)).astimezone(UTC).replace(second=0, microsecond=0)
    tasks = dict(enumerate((start(due, world.zone) for dues in world.leads for due in dues), 1))
    word = f"{at:%Y-%m-%dT%H:%M}Z"
    for text, holds in {
        f'due>="{word}"': lambda due: due >= at,
        f'due<"{word}"': lambda due: due < at,
        f'due>"{word}"': lambda due: due > at,
        f'due<="{word}"': lambda due: due <= at,
    }.items():
        assert ids(store, text, record="activity") == [id for id, due in tasks.items() if holds(due)], text


@pytest.mark.parametrize("text", ["due:today", "due:..today", "due:..'today 14:00'", "due:today..7d", "is:overdue"])
@pytest.mark.parametrize("record", ["lead", "activity"])
def test_an_index_serves(text: str, record: str) -> None:
    from leadcli.query import compile_where

    now = datetime(2026, 11, 22, 15, tzinfo=UTC)
    store = filled(World("UTC", now, [["2026-11-22"]]))
    query = parse_query(text.replace("'", '"'), store.type(record), store.context)
    condition = compile_where(query, store.context)
    table = store.type(record).table
    plan = store.select(
        f"EXPLAIN QUERY PLAN SELECT r.id FROM {table} r WHERE {condition.sql}", store.bound(condition.params)
    )
    assert f"{table}_due_at (due_at" in str(plan)
