"""Reports that do not group leads: activities, missing values, certain duplicates, how well scores predicted.

Funnel and velocity, read from the journal: which statuses leads reached, and how long they stayed in each.

Operations that were undone do not count, nor do undo and redo themselves. A bulk import writes no change for each lead,
so its leads began in the status they were imported with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from leadcli import query as filters
from leadcli.domain.insight import score
from leadcli.domain.insight.reports.groups import NONE
from leadcli.domain.insight.reports.measures import COUNT, FIGURE, percent
from leadcli.domain.leads import saved_views
from leadcli.model.kinds import PERCENT, TEXT, ChoiceOption, Record
from leadcli.model.results import Column
from leadcli.query import Query
from leadcli.store.journal import scores
from leadcli.store.store import Store
from leadcli.text.dates import words
from leadcli.text.dates.words import Span

ReportRows = tuple[Sequence[Column], list[Record], Record]

# Column of the activity report -> kind of activity. A task counts on the day it was added. Once done, it counts under
# `done` as well.
KINDS: Mapping[str, str] = {
    "calls": "call", "emails": "email", "meetings": "meeting", "visits": "visit", "notes": "note", "tasks": "task",
}  # fmt: skip

CHECKS: Sequence[tuple[str, str]] = (
    ("no owner", "no:owner"), ("no close date", "no:close"), ("no contact", "no:email,phone"), ("no value", "no:value"),
    ("no source", "no:source"), ("no next step", "no:due"),
)  # fmt: skip


def count_activities(store: Store, query: Query, window: Span) -> ReportRows:
    """How many activities of each kind, by owner, up to now and within `window`.

    An activity without an owner counts for the user who logged it.
    """
    condition = filters.compile_where(query, store.context)
    start, end = words.utc_bounds(window.first, window.last, words.zone_of(store.context.now))
    mine = (
        ""
        if condition.sql == "1"
        else f"AND a.record = 'lead' AND a.record_id IN (SELECT r.id FROM leads r WHERE {condition.sql})"
    )
    counts = [f"sum(a.kind = '{kind}')" for kind in KINDS.values()]
    done = "sum(a.kind = 'task' AND a.done_at IS NOT NULL)"
    within = "(:start IS NULL OR a.at >= :start) AND (:end IS NULL OR a.at < :end)"
    walk = "" if start else "NOT INDEXED"  # it reads most rows: a scan beats the index on their day
    sql = f"""SELECT coalesce(a.owner, a.created_by), {", ".join(counts)}, {done}, count(*)
              FROM activities a {walk} WHERE a.at <= :now AND {within} {mine} GROUP BY 1 ORDER BY count(*) DESC, 1"""
    names = [*KINDS, "done", "count"]
    records = store.select(sql, store.bound({**condition.params, "start": start, "end": end}))
    rows = [{"owner": row[0] or NONE, **dict(zip(names, row[1:], strict=True))} for row in records]
    labels = {"emails": "e-mails", "done": "tasks done", "count": "all"}
    columns = [Column("owner", "owner", TEXT, 0), *(Column(name, labels.get(name, name), COUNT, 2) for name in names)]
    return columns, rows, {name: sum(row[name] for row in rows) for name in names}


def count_missing_values(store: Store, query: Query) -> ReportRows:
    """How many leads lack each of the values that selling needs. Each check is a filter that lists those leads."""
    condition = filters.compile_where(query, store.context)
    parameters: dict[str, Any] = dict(condition.params)
    sums = []
    for at, (_, text) in enumerate(CHECKS):
        check_condition = filters.compile_where(saved_views.parse_with_views(store, [text]), store.context)
        sql = check_condition.sql
        for name in sorted(check_condition.params, key=len, reverse=True):
            sql = sql.replace(f":{name}", f":c{at}_{name}")
            parameters[f"c{at}_{name}"] = check_condition.params[name]
        sums.append(f"sum({sql})")
    row = store.select(
        f"SELECT {', '.join(sums)}, count(*) FROM leads r WHERE {condition.sql}", store.bound(parameters)
    )[0]
    total = row[-1]
    rows = [{"check": check, "count": count or 0, "rate": percent(count, total), "query": text}
            for (check, text), count in zip(CHECKS, row, strict=False)] if total else []  # fmt: skip
    columns = (Column("check", "what is missing", TEXT, 0), Column("count", "leads", COUNT, 0),
               Column("rate", "of all", PERCENT, 1), Column("query", "list them", TEXT, 3))  # fmt: skip
    return columns, rows, {"count": total}


def count_duplicates(store: Store, query: Query) -> ReportRows:
    """Leads that share a key that should be unique. Pairs marked as different people are left out."""
    condition = filters.compile_where(query, store.context)
    # The + keeps SQLite from using the primary key: the index on `key` yields the groups in order.
    keys = {
        "same e-mail": "SELECT key, record_id AS id FROM emails WHERE +record = 'lead' AND key <> ''",
        "same phone": "SELECT key, record_id AS id FROM phones WHERE +record = 'lead' AND key <> ''",
        "same external id": "SELECT external_id AS key, id FROM leads WHERE external_id <> ''",
    }
    rows, everyone = [], 0
    for match, sql in keys.items():
        groups, leads = _count_shared_keys(store, sql, condition)
        rows.append({"match": match, "groups": groups, "count": len(leads)})
        everyone |= _make_bitset(leads)
    columns = (
        Column("match", "match", TEXT, 0),
        Column("groups", "groups", COUNT, 1),
        Column("count", "leads", COUNT, 0),
    )
    rows = [row for row in rows if row["count"]]
    return columns, rows, {"groups": sum(row["groups"] for row in rows), "count": everyone.bit_count()}


def _make_bitset(ids: Sequence[int]) -> int:
    """A set of ids as the bits of one integer: a million ids take 125 kB, and a union is one operation."""
    marks = bytearray(max(ids, default=0) // 8 + 1)
    for id in ids:
        marks[id >> 3] |= 1 << (id & 7)
    return int.from_bytes(marks, "little")


def _count_shared_keys(store: Store, keys: str, condition: filters.Condition) -> tuple[int, list[int]]:
    """(number of groups, ids of the leads in them) for one kind of key. `keys` is a SELECT of (key, id)."""
    only = "" if condition.sql == "1" else f"WHERE k.id IN (SELECT r.id FROM leads r WHERE {condition.sql})"
    sql = f"""
        WITH k AS ({keys}),
        shared AS (SELECT k.key, min(k.id) AS low, max(k.id) AS high FROM k {only}
                   GROUP BY k.key HAVING min(k.id) <> max(k.id)),
        kept AS MATERIALIZED (SELECT s.key FROM shared s WHERE NOT (
            EXISTS (SELECT 1 FROM not_duplicates a, leads one, leads other WHERE one.id = s.low AND other.id = s.high
                    AND ((a.first_uid = one.uid AND a.other_uid = other.uid)
                      OR (a.first_uid = other.uid AND a.other_uid = one.uid)))
            AND NOT EXISTS (SELECT 1 FROM k WHERE k.key = s.key AND k.id NOT IN (s.low, s.high))))
        SELECT DISTINCT k.id, (SELECT count(*) FROM kept) FROM kept JOIN k ON k.key = kept.key {only}"""
    rows = store.select(sql, store.bound(condition.params))
    return (rows[0][1] if rows else 0), [row[0] for row in rows]


_COLUMNS = (Column("score", "score when new", TEXT, 0), Column("count", "leads", COUNT, 0),
            Column("predicted", "predicted", PERCENT, 0), Column("rate", "won", PERCENT, 0))  # fmt: skip
_STEP = 10


def compare_scores_with_outcomes(store: Store, query: Query) -> tuple[Sequence[Column], list[Record], Record]:
    """Closed leads in steps of ten percent: how many, the mean score without their status, how many were won.

    The scores come from today's model, which has learned from these same leads: the fit is better than for new leads.
    """
    model = score.learn_model(store)
    closed = filters.combine(saved_views.parse_with_views(store, ["is:won,lost"]), query)
    ids = store.ids("lead", closed) if model else []
    if model is None or not ids:
        return _COLUMNS, [], {"count": 0}
    tagged = scores.tags_of_leads(store, model.factors[score.TAG], ids)
    steps: dict[int, list[tuple[float, bool]]] = {}
    for (_, values), lead_ids in scores.read_profiles(store, ids=ids).items():
        for id in lead_ids:
            factors = [each for each in model.find_factors(values, tagged.get(id, ())) if each.variable != "status"]
            chance = score.compute_score(model.base, factors)
            steps.setdefault(int(chance // _STEP), []).append((chance, model.ends[values[0] or ""] > 0))
    rows = [_make_calibration_row(f"{step * _STEP}-{step * _STEP + _STEP} %", steps[step]) for step in sorted(steps)]
    return _COLUMNS, rows, _make_calibration_row("", [each for outcomes in steps.values() for each in outcomes])


def _make_calibration_row(label: str, outcomes: Sequence[tuple[float, bool]]) -> Record:
    won = sum(1 for _, was in outcomes if was)
    predicted = round(sum(chance for chance, _ in outcomes) / len(outcomes), 1)
    return {"score": label or None, "count": len(outcomes), "predicted": predicted, "rate": percent(won, len(outcomes))}


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
    stays_count = sum(row["count"] for row in rows if row["status"] != TO_CLOSE)
    return columns, rows, {"count": stays_count} if stays_count or not rows else {}


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
