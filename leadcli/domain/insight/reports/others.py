"""Reports that do not group leads: activities, missing values, certain duplicates, how well scores predicted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from leadcli import query as filters
from leadcli.domain.insight import score
from leadcli.domain.insight.reports.groups import NONE
from leadcli.domain.insight.reports.measures import COUNT, percent
from leadcli.domain.leads import saved_views
from leadcli.model.kinds import PERCENT, TEXT, Record
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
