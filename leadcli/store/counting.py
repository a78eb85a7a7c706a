"""Counting what matches, the shorter way round where an index knows both sides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadcli.query import Condition
from leadcli.store.walking import share

if TYPE_CHECKING:
    from leadcli.store.store import Store

_LOOK_AT = 30  # rows that say which side is the larger one; near the middle it does not matter
# Every other status is found by a look-up each. SQLite counts a whole table ten times faster than a part of an index.
_LESS_THE_OTHERS = """
    WITH RECURSIVE each(status) AS (
        SELECT min(status) FROM {table}
        UNION ALL SELECT (SELECT min(status) FROM {table} WHERE status > each.status) FROM each WHERE status IS NOT NULL
    )
    SELECT (SELECT count(*) FROM {table}) - (SELECT count(*) FROM {table} WHERE status IS NULL)
           - (SELECT count(*) FROM {table} WHERE status IN (SELECT r.status FROM each r WHERE NOT {condition}))
"""


def count(store: Store, table: str, condition: Condition) -> int:
    """How many rows match. Statuses that most rows have, as those of is:open may be, are all rows less the others."""
    names = ", ".join(f":{name}" for name in condition.params)
    by_status = condition.sql in (f"r.status IN ({names})", f"r.status = {names}")
    sql = f"SELECT count(*) FROM {table} r WHERE {condition.sql}"
    if by_status and share(store, condition, table=table, look_at=_LOOK_AT) > 0.5:
        sql = _LESS_THE_OTHERS.format(table=table, condition=condition.sql)
    return int(store.select(sql, store.bound(condition.params))[0][0])
