"""Every report in every format, as a person has read it. Write them anew: see golden.py."""

from __future__ import annotations

import pytest
from desk import Desk
from domain.reports.golden import FOLDER, played

from leadcli.domain.insight.reports.declared import REPORTS


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_looks_as_it_did(small: Desk, name: str) -> None:
    assert played(small, name) == (FOLDER / f"{name}.txt").read_text("utf-8")


def test_the_list_names_every_report(small: Desk) -> None:
    assert [row["name"] for row in small.json("report")] == list(REPORTS)
    assert {"name", "title"} <= set(small.json("report")[0])


@pytest.mark.parametrize("name", REPORTS)
def test_the_json_of_every_report_has_the_same_shape(small: Desk, name: str) -> None:
    found = small.json("report", name)
    assert list(found) == ["report", "filter", "generated", "currency", "columns", "rows", "totals"]
    assert found["report"] == name
    assert all(list(row) == found["columns"] for row in found["rows"])
    assert bool(found["rows"]) is (name not in ("duplicates", "stale"))
    assert "count" in found["totals"]
