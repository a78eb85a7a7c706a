"""Reads the leads that are on their way through a sequence, with what has happened to them since it began."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from leadcli.store.store import Store

RUNNING, PAUSED, STOPPED, DONE = "running", "paused", "stopped", "done"
ACTIVE = (RUNNING, PAUSED)


class Enrollment(NamedTuple):
    """A lead in a sequence; `step` is the index of its next step. The flags are about the time since it started."""

    id: int
    sequence: int
    lead: int
    step: int
    state: str
    reason: str
    due: str
    token: str
    name: str
    status: str
    is_gone: bool
    do_not_contact: bool
    bounced: bool
    replied: bool
    moved: bool


_SINCE = "a.record = 'lead' AND a.record_id = e.record_id AND a.at >= e.started_at"
_SELECT = f"""SELECT e.id, e.sequence, e.record_id, e.step, e.state, coalesce(e.reason, ''), e.due_at, e.token,
      coalesce(l.name, ''), coalesce(l.status, ''), l.id IS NULL, coalesce(l.do_not_contact, 0),
      EXISTS (SELECT 1 FROM activities a WHERE {_SINCE} AND a.outcome = 'undelivered'),
      EXISTS (SELECT 1 FROM activities a WHERE {_SINCE} AND a.direction = 'in'),
      coalesce(l.moved_at > e.started_at, 0)
    FROM enrollments e LEFT JOIN leads l ON l.id = e.record_id"""


def due_enrollments(store: Store, day: str) -> list[Enrollment]:
    """The running ones whose next step is due by this day, the earliest first."""
    return _read(store, "e.state = 'running' AND e.due_at <= :day ORDER BY e.due_at, e.id", {"day": day})


def active_enrollments(store: Store) -> list[Enrollment]:
    """The running and the paused ones, the earliest step first."""
    return _read(store, "e.state IN ('running', 'paused') ORDER BY e.due_at, e.id", {})


def enrollments_of(store: Store, leads: Sequence[int], *, sequence: int = 0) -> list[Enrollment]:
    """The running and paused ones of these leads, of one sequence or of all."""
    named = "e.record_id IN (SELECT value FROM json_each(:leads)) AND e.state IN ('running', 'paused')"
    which = " AND e.sequence = :sequence" if sequence else ""
    return _read(store, f"{named}{which} ORDER BY e.id", {"leads": json.dumps(list(leads)), "sequence": sequence})


def _read(store: Store, condition: str, parameters: dict[str, object]) -> list[Enrollment]:
    return [Enrollment(*row) for row in store.select(f"{_SELECT} WHERE {condition}", parameters)]


def has_running(store: Store) -> bool:
    """Whether any lead is on its way."""
    return bool(store.select("SELECT 1 FROM enrollments WHERE state = 'running' LIMIT 1"))


def count_states(store: Store) -> dict[int, dict[str, int]]:
    """Sequence -> state -> number of leads."""
    counts: dict[int, dict[str, int]] = {}
    for sequence, state, count in store.select("SELECT sequence, state, count(*) FROM enrollments GROUP BY 1, 2"):
        counts.setdefault(sequence, {})[state] = count
    return counts


def enrollment_ids(store: Store, sequence: int) -> list[int]:
    """All enrollments of a sequence, ended ones too."""
    return [row[0] for row in store.select("SELECT id FROM enrollments WHERE sequence = ? ORDER BY id", (sequence,))]


def leads_of_activities(store: Store, activities: Sequence[int]) -> list[int]:
    """The leads to which these activities belong."""
    sql = """SELECT DISTINCT record_id FROM activities WHERE record = 'lead'
             AND id IN (SELECT value FROM json_each(?)) ORDER BY 1"""
    return [row[0] for row in store.select(sql, (json.dumps(list(activities)),))]
