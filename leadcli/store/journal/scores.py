"""Reads the data behind lead scores and writes scores: derived data, which belongs to no operation and no history."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from leadcli.store import engine

if TYPE_CHECKING:
    from leadcli.store.store import Store

# What a lead's chances are read from: (variable, SQL over `r`). The status comes first, tags come apart.
_HAS = "EXISTS (SELECT 1 FROM {} s WHERE s.record = 'lead' AND s.record_id = r.id)"
VARIABLES = (
    "status",
    "source",
    "medium",
    "campaign",
    "country",
    "region",
    "type",
    "channel",
    "has e-mail",
    "has phone",
)
_COLUMNS = [f"r.{name}" for name in VARIABLES[:8]] + [
    f"CASE WHEN {_HAS.format(table)} THEN 'yes' ELSE 'no' END" for table in ("emails", "phones")
]
_BETWEEN = "\x1f"
Values = tuple[str | None, ...]


class LeadProfile(NamedTuple):
    """What equal leads have in common: their score and their values of VARIABLES."""

    score: float | None
    values: Values


class OutcomeCounts(NamedTuple):
    """How many closed leads had something."""

    won: int
    lost: int


def read_profiles(
    store: Store, *, statuses: Iterable[str] = (), ids: Sequence[int] | None = None
) -> dict[LeadProfile, list[int]]:
    """Profile -> ids of the leads that have it: of all leads, of those in these statuses, or of these ids.

    The values of a lead come as one text: a million leads have few different ones, and Python sees each once.
    """
    labels, condition = list(statuses), "1"
    if ids is not None:
        condition = "r.id IN (SELECT value FROM json_each(:ids))"
    elif labels:
        condition = "r.status IN (SELECT value FROM json_each(:labels))"
    text = f" || '{_BETWEEN}' || ".join(f"coalesce({column}, '')" for column in ("r.score", *_COLUMNS))
    bound = {"ids": json.dumps(list(ids or ())), "labels": json.dumps(labels)}
    cursor = store.connection.execute(f"SELECT r.id, {text} FROM leads r WHERE {condition}", bound)
    ids_by_key: dict[str, list[int]] = {}
    while page := cursor.fetchmany(10_000):
        for id, key in page:
            if key in ids_by_key:
                ids_by_key[key].append(id)
            else:
                ids_by_key[key] = [id]
    return {_read_profile(key): leads for key, leads in ids_by_key.items()}


def _read_profile(key: str) -> LeadProfile:
    score, *values = key.split(_BETWEEN)
    return LeadProfile(float(score) if score else None, tuple(value or None for value in values))


def statuses_before_loss(store: Store, lost: Sequence[str]) -> dict[str | None, int]:
    """How many lost leads left which status; None where the history does not say (they were added as lost)."""
    sql = """SELECT (SELECT c.old FROM changes c JOIN operations o ON o.id = c.operation
                     WHERE c.record = 'lead' AND c.field = 'status' AND c.record_id = r.id
                     AND o.undone_by IS NULL AND o.undoes IS NULL
                     AND c.old NOT IN (SELECT value FROM json_each(:lost)) ORDER BY c.operation DESC LIMIT 1), count(*)
             FROM leads r WHERE r.status IN (SELECT value FROM json_each(:lost)) GROUP BY 1"""
    return dict(store.select(sql, {"lost": json.dumps(list(lost))}))


def tag_outcomes(store: Store, won: Sequence[str], lost: Sequence[str], *, least: int) -> dict[str, OutcomeCounts]:
    """Tag key -> outcomes, of tags on at least so many closed leads."""
    ended = "sum(r.status IN (SELECT value FROM json_each(:{})))"
    sql = f"""SELECT t.key, {ended.format("won")} AS won, {ended.format("lost")} AS lost
              FROM tags t JOIN leads r ON r.id = t.record_id WHERE t.record = 'lead'
              GROUP BY 1 HAVING won + lost >= :least"""
    rows = store.select(sql, {"won": json.dumps(list(won)), "lost": json.dumps(list(lost)), "least": least})
    return {key: OutcomeCounts(won_, lost_) for key, won_, lost_ in rows}


def tags_of_leads(store: Store, keys: Iterable[str], ids: Sequence[int] | None = None) -> dict[int, list[str]]:
    """Lead -> those of these tags that it has."""
    which = "AND record_id IN (SELECT value FROM json_each(:ids))" if ids is not None else ""
    sql = (
        f"SELECT record_id, key FROM tags WHERE record = 'lead' AND key IN (SELECT value FROM json_each(:keys)) {which}"
    )
    tags: dict[int, list[str]] = {}
    for id, key in store.select(sql, {"keys": json.dumps(list(keys)), "ids": json.dumps(list(ids or ()))}):
        tags.setdefault(id, []).append(key)
    return tags


def write_scores(store: Store, scores: Iterable[tuple[float | None, int]]) -> None:
    """Keep (score, lead) pairs, in one transaction."""
    desk = store.desk
    with engine.transaction(store.connection, keep=desk.keep, waiting=desk.waiting, lock_timeout=desk.lock_timeout):
        store.connection.executemany("UPDATE leads SET score = ?1 WHERE id = ?2 AND score IS NOT ?1", scores)
