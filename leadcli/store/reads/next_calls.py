"""Finds leads for the first of several reasons that holds, best first, by one SELECT that can stay within an index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from leadcli.model.fields import LEAD
from leadcli.query import Query, compile_where
from leadcli.store.reads.activities import split_activity_query

if TYPE_CHECKING:
    from leadcli.store.store import Store

# How the leads of one reason follow each other.
_ORDERS = {"due": "start_of(r.due_at)", "newest": "-r.id", "longest": "r.updated_at", "highest": "-r.score"}
# Which way the table is walked: by the tasks that are due, from the newest lead down, or as SQLite thinks best.
_WALKS = {"due": "INDEXED BY leads_due_at", "newest": "NOT INDEXED", "": ""}


class ReasonQuery(NamedTuple):
    """One reason: the leads it holds for, and how they follow each other (one of due, newest, longest, highest)."""

    query: Query
    order: str


def newest_id(store: Store) -> int:
    """The highest id of a lead, 0 when there is none."""
    return int(store.select("SELECT max(id) FROM leads")[0][0] or 0)


def find_first_reasons(
    store: Store, among: Query, reasons: Sequence[ReasonQuery], *, walk: str = "", limit: int = 0
) -> list[tuple[int, int]]:
    """(lead, place of its first reason), in the order of the reasons; `walk` is due, newest or ''."""
    parameters: dict[str, Any] = {}
    cases, keys = [], []
    for place, reason in enumerate(reasons):
        sql, named = split_activity_query(compile_where(reason.query, store.context), f"r{place}_")
        parameters |= named
        cases.append(f"WHEN {sql} THEN {place}")
        keys.append(f"WHEN {place} THEN {_ORDERS[reason.order]}")
    condition = compile_where(among, store.context)
    due = LEAD.fields["due"].sql
    matches = f"""SELECT r.id, CASE {" ".join(cases)} END AS reason, {due} AS due_at, r.updated_at, r.score
                FROM leads r {_WALKS[walk]} WHERE {condition.sql}"""
    # Materialized: otherwise SQLite would compute `reason` again at each use.
    sql = f"""WITH r AS MATERIALIZED ({matches}) SELECT r.id, reason FROM r WHERE reason IS NOT NULL
              ORDER BY reason, CASE reason {" ".join(keys)} END, r.id DESC"""
    if limit:
        sql += f" LIMIT {limit}"
    rows = store.select(sql, store.bound({**condition.params, **parameters}))
    return [(id, place) for id, place in rows]
