"""Funnel and velocity, read from the journal: which statuses leads reached, and how long they stayed in each.

Operations that were undone do not count, nor do undo and redo themselves. A bulk import writes no change for each lead,
so its leads began in the status they were imported with.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from leadcli import query as filters
from leadcli.domain.insight.reports.groups import NONE
from leadcli.domain.insight.reports.measures import COUNT, FIGURE, percent
from leadcli.model.kinds import PERCENT, TEXT, ChoiceOption, Record
from leadcli.model.results import Column
from leadcli.query import Query
from leadcli.store.store import Store

JOIN_VALID = "JOIN operations o ON o.id = c.operation AND o.undone_by IS NULL AND o.undoes IS NULL"
MOVES = f"FROM changes c {JOIN_VALID} WHERE c.record = 'lead' AND c.field = 'status'"
TENTHS_OF_DAY = "max({} - {}, 0) / 8640"  # of a day, from seconds
TO_CLOSE = "to close"


def measure_funnel(store: Store, query: Query) -> tuple[Sequence[Column], list[Record], Record]:
    """How many of the leads that match reached each status.

    A lead counts for every status up to the furthest it reached: one imported as Qualified counts for New and Contacted
    too. Lost and recycled count when a lead was ever there. `rate` is the share of all leads, `step` the share of the
    status before.
    """
    stages, exits = _read_stages(store)
    condition = filters.compile_where(query, store.context)
    bound: dict[str, Any] = {f"s{at}": option.label for at, option in enumerate([*stages, *exits])}
    stage_cases = " ".join(f"WHEN :s{at} THEN {at}" for at in range(len(stages)))
    furthest = f"max(coalesce(CASE c.old {stage_cases} END, 0), coalesce(CASE c.new {stage_cases} END, 0))"
    flags = [f":s{at + len(stages)}" for at in range(len(exits))]
    visited = "".join(f", max(c.new = {flag} OR c.old = {flag}) AS e{at}" for at, flag in enumerate(flags))
    ended = "".join(f", max(r.status = {flag}, coalesce(m.e{at}, 0))" for at, flag in enumerate(flags))
    keys = ", ".join(str(at + 1) for at in range(len(exits) + 1))
    sql = f"""
        WITH m AS MATERIALIZED (SELECT c.record_id AS id, max({furthest}) AS far{visited} {MOVES} GROUP BY c.record_id)
        SELECT max(coalesce(CASE r.status {stage_cases} END, 0), coalesce(m.far, 0)){ended}, count(*)
        FROM leads r LEFT JOIN m ON m.id = r.id WHERE {condition.sql} GROUP BY {keys}"""
    counts = store.select(sql, store.bound({**condition.params, **bound}))
    total = sum(row[-1] for row in counts)
    rows, before = [], total
    for at, option in enumerate(stages):
        count = sum(row[-1] for row in counts if row[0] >= at)
        rows.append(
            {"status": option.label, "count": count, "rate": percent(count, total), "step": percent(count, before)}
        )
        before = count
    for at, option in enumerate(exits):
        count = sum(row[-1] for row in counts if row[1 + at])
        rows.append({"status": option.label, "count": count, "rate": percent(count, total), "step": None})
    columns = (Column("status", "status", TEXT, 0), Column("count", "leads", COUNT, 0),
               Column("rate", "of all", PERCENT, 1), Column("step", "of the step before", PERCENT, 2))  # fmt: skip
    return columns, rows if total else [], {"count": total}


def _read_stages(store: Store) -> tuple[list[ChoiceOption], list[ChoiceOption]]:
    """(open statuses in order and then the won ones, lost and recycled statuses). Inactive statuses are left out."""
    active = [option for option in store.options("status") if option.active]
    stages = [option for option in active if option.state == "open"] + [
        option for option in active if option.state == "won"
    ]
    return stages, [option for option in active if option.state in ("lost", "recycled")]


def measure_velocity(store: Store, query: Query) -> tuple[Sequence[Column], list[Record], Record]:
    """Median and mean days of the stays that ended, by status, and from creation to close."""
    condition = filters.compile_where(query, store.context)
    parameters = store.bound(condition.params)
    days = TENTHS_OF_DAY.format("m.ended", "coalesce(m.began, unixepoch(r.created_at))")
    # One operation may have moved a million leads. Its moment is converted once.
    stays = f"""
        WITH o AS MATERIALIZED (
            SELECT id, unixepoch(at) AS at FROM operations WHERE undone_by IS NULL AND undoes IS NULL),
        m AS (SELECT c.record_id AS id, c.old AS status, o.at AS ended,
              lag(o.at) OVER (PARTITION BY c.record_id ORDER BY c.operation, c.id) AS began
              FROM changes c JOIN o ON o.id = c.operation WHERE c.record = 'lead' AND c.field = 'status')
        SELECT m.status, {days} AS tenths, count(*) FROM m JOIN leads r ON r.id = m.id
        WHERE {condition.sql} GROUP BY 1, 2 ORDER BY 1, 2"""
    days = TENTHS_OF_DAY.format("unixepoch(r.closed_at)", "unixepoch(r.created_at)")
    closes = f"""
        SELECT NULL, {days} AS tenths, count(*) FROM leads r
        WHERE r.closed_at IS NOT NULL AND {condition.sql} GROUP BY 2 ORDER BY 2"""
    by_status: dict[str, list[tuple[int, int]]] = {}
    for status, tenths, count in store.select(stays, parameters):
        by_status.setdefault(status or NONE, []).append((tenths, count))
    order = {option.label: at for at, option in enumerate(store.options("status"))}
    rows = [
        _make_stay_row(status, by_status[status])
        for status in sorted(by_status, key=lambda each: (order.get(each, 999), each))
    ]
    closed = [(tenths, count) for _, tenths, count in store.select(closes, parameters)]
    if closed:
        rows.append(_make_stay_row(TO_CLOSE, closed))
    columns = (Column("status", "status", TEXT, 0), Column("median", "median days", FIGURE, 0),
               Column("mean", "mean days", FIGURE, 1), Column("count", "stays", COUNT, 1))  # fmt: skip
    return columns, rows, {"count": sum(row["count"] for row in rows if row["status"] != TO_CLOSE)}


def _make_stay_row(status: str, histogram: Sequence[tuple[int, int]]) -> Record:
    """Median and mean days of a sorted histogram [(tenths of a day, how often)]."""
    count = sum(each for _, each in histogram)
    mean = sum(tenths * each for tenths, each in histogram) / count / 10
    return {"status": status, "median": median(histogram) / 10, "mean": round(mean, 1), "count": count}


def median(histogram: Sequence[tuple[int, int]]) -> float:
    """The median of a sorted histogram [(value, how often)]: of an even count, the mean of the middle two."""
    count, seen, low = sum(each for _, each in histogram), 0, None
    for value, each in histogram:
        seen += each
        if low is None and 2 * seen >= count:
            low = value
            if 2 * seen > count:
                return float(value)
        elif low is not None:
            return (low + value) / 2
    return float(low or 0)
