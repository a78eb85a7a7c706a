"""Counts take the shorter way round, and lists by a word no detour; both say what a plain count says."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from itertools import combinations

import pytest
from desk import Desk

from leadcli.domain.leads import saved_views
from leadcli.run import Run

STATUSES = ("New", "Contacted", "Qualified", "Converted", "Lost")


@pytest.fixture
def forty(desk: Desk) -> Desk:
    desk.ok("import", desk.file("a.csv", "name\n" + "".join(f"Ada {n}\n" for n in range(40))))
    return desk


def put(desk: Desk, shares: dict[str | None, int]) -> None:
    """Give the first leads the first status, the next ones the next."""
    every = [status for status, share in shares.items() for _ in range(share)]
    with closing(sqlite3.connect(desk.db)) as connection, connection:
        connection.executemany("UPDATE leads SET status = ? WHERE id = ?", zip(every, range(1, 41), strict=False))


@pytest.mark.parametrize(
    "shares",
    [
        {"New": 40},
        {"Lost": 40},
        {"New": 30, "Lost": 9, "Converted": 1},
        {"Contacted": 2, "Lost": 30, "Converted": 8},
        {"New": 10, "Contacted": 10, "Lost": 10, "Qualified": 10},
        {None: 5, "New": 30, "Lost": 5},
        {None: 30, "Qualified": 10},
    ],
)
def test_any_set_of_statuses_is_counted_whichever_most_leads_have(shares: dict[str | None, int], forty: Desk) -> None:
    put(forty, shares)
    for size in range(1, 6):
        for named in combinations(STATUSES, size):
            said = int(forty.ok("filter", f"status:{','.join(named)}", "--count"))
            assert said == sum(shares.get(status, 0) for status in named), named
    assert int(forty.ok("list", "--count")) == sum(shares.get(status, 0) for status in STATUSES[:3])


def test_what_most_leads_have_is_counted_the_other_way_round(forty: Desk) -> None:
    run = Run(["--db", str(forty.db)], forty.env)
    run.db = str(forty.db)
    store, asked = run.store(), list[str]()
    store.connection.set_trace_callback(asked.append)
    for status, detours in (("new", 1), ("lost", 0)):
        store.count("lead", saved_views.parse_with_views(store, [f"status:{status}"]))
        assert sum("WITH RECURSIVE each" in sql for sql in asked) == detours
        asked.clear()
    run.close()


def test_an_empty_desk_counts_nothing(desk: Desk) -> None:
    desk.ok("init")
    assert desk.ok("list", "--count") == "0"


def test_a_list_by_a_word_looks_the_word_up_once(forty: Desk) -> None:
    from leadcli.domain.leads import lists

    run = Run(["--db", str(forty.db)], forty.env)
    run.db = str(forty.db)
    store, asked = run.store(), list[str]()
    store.connection.set_trace_callback(asked.append)
    table = lists.list_table(store, lists.ListRequest(["ada", "status:new"], limit=25))
    assert [row["id"] for row in table.rows] == list(range(40, 15, -1))
    assert len([sql for sql in asked if "search MATCH" in sql]) == 1
    run.close()
