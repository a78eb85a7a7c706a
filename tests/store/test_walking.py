"""How much a filter takes is told by a look at a few leads, wherever those it takes stand."""

from __future__ import annotations

from desk import Desk

from leadcli.query import Condition
from leadcli.run import Run
from leadcli.store.reads import counts

TAKES = {
    "1": True, "0": False, "r.name IS NULL": False, "r.id < 100": False, "r.id < 400": True, "r.id >= 1900": False,
    "r.id > 1500": True, "r.id % 4 = 1": True, "r.id % 8 = 0": True, "r.id % 40 = 0": False, "r.id % 500 < 100": True,
}  # fmt: skip


def test_more_than_a_tenth_or_less(desk: Desk) -> None:
    desk.ok("import", desk.file("rows.csv", "name\n" + "".join(f"Lead {number}\n" for number in range(2000))))
    store = Run(["--db", str(desk.db)], desk.env).store()
    assert {condition: counts.estimate_share(store, Condition(condition, {})) > 0.1 for condition in TAKES} == TAKES


def test_nobody_is_not_most_of_them(desk: Desk) -> None:
    desk.ok("init")
    store = Run(["--db", str(desk.db)], desk.env).store()
    assert counts.estimate_share(store, Condition("r.name <> ''", {})) == 0
    desk.ok("add", "Ada")
    assert counts.estimate_share(store, Condition("r.name <> ''", {})) == 1
