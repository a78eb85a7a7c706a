"""Two connections that count for one answer: they see the same moment, and one of them is enough."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from desk import Desk

from leadcli.errors import LeadError
from leadcli.run import Run
from leadcli.store.reads import counts
from leadcli.store.reads.counts import Statement
from leadcli.store.store import Store

HOW_MANY: Statement = ("SELECT count(*) FROM leads", {})


@pytest.fixture
def store(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A desk with one lead that passes for a large one."""
    desk.ok("add", "Ada", "--value", "100")
    monkeypatch.setattr(counts, "LARGE", 0)
    run = Run([], desk.env)
    yield run.store()
    run.close()


def test_every_statement_is_answered_in_its_place(store: Store) -> None:
    asked: list[Statement] = [("SELECT :n, count(*) FROM leads", {"n": n}) for n in range(50)]
    found = counts.count_in_parallel(store, lambda: asked)
    assert found == [(each, [(n, 1)]) for n, each in enumerate(asked)]
    assert not store.connection.in_transaction


def test_what_is_written_meanwhile_shows_in_all_answers_or_in_none(store: Store, desk: Desk) -> None:
    times = iter(["Grace"])

    def asked() -> list[Statement]:
        seen = store.select(*HOW_MANY)  # this connection's moment is before, the other's after
        assert seen == [(1,)] or "written" in said
        for name in times:
            desk.ok("add", name)
            said.append("written")
        return [HOW_MANY] * 50

    said: list[str] = []
    found = counts.count_in_parallel(store, asked)
    assert [rows for _, rows in found] == [[(2,)]] * 50


def test_both_connections_count(store: Store) -> None:
    counting = "WITH RECURSIVE t(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM t WHERE k < 100000) SELECT count(*) FROM t"
    own: list[str] = []
    store.connection.set_trace_callback(own.append)
    asked: list[Statement] = [(counting, {})] * 20
    assert [rows for _, rows in counts.count_in_parallel(store, lambda: asked)] == [[(100_000,)]] * 20
    assert 0 < own.count(counting) < 20


def test_a_statement_that_fails_leaves_the_connection_as_it_was(store: Store) -> None:
    usual = store.select("PRAGMA cache_size")
    with pytest.raises(LeadError):
        counts.count_in_parallel(store, lambda: [("SELECT count(*) FROM nowhere", {})] * 9)
    assert store.select("PRAGMA cache_size") == usual
    assert not store.connection.in_transaction


def test_one_connection_does_it_all_where_another_cannot_be_had(store: Store, desk: Desk) -> None:
    store.path = desk.file("other.db", "not a database, so that opening it fails" * 100)
    found = counts.count_in_parallel(store, lambda: [HOW_MANY] * 50)
    assert [rows for _, rows in found] == [[(1,)]] * 50


def test_inside_a_transaction_its_own_state_is_counted(store: Store, desk: Desk) -> None:
    store.connection.execute("BEGIN")
    assert store.select(*HOW_MANY) == [(1,)]
    desk.ok("add", "Grace")
    assert [rows for _, rows in counts.count_in_parallel(store, lambda: [HOW_MANY] * 9)] == [[(1,)]] * 9
    store.connection.execute("ROLLBACK")


def test_the_board_of_a_large_file_is_that_of_a_small_one(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.ok("add", "Ada", "--value", "12.5k")
    desk.ok("add", "Yen", "--value", "1000 JPY", "--status", "contacted")
    desk.ok("add", "Nothing")
    small = desk.json("board")
    monkeypatch.setattr(counts, "LARGE", 0)
    assert desk.json("board") == small
