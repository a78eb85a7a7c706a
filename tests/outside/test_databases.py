"""An exported database in Datasette: rows, lists, facets and search without a word of configuration."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from desk import Desk, Result

pytestmark = pytest.mark.slow
Program = Callable[..., Result]


@pytest.fixture
def shown(desk: Desk, outside: Program) -> Callable[[str], Any]:
    """What Datasette answers to a path of the exported leads."""
    desk.ok("add", "Ada Lovelace", "--email", "ada@x.example", "--email", "ada2@x.example", "--value", "12500.50",
            "--tag", "vip", "--close", "2026-12-20", "--description", "met in Rome")  # fmt: skip
    desk.ok("add", "Bob", "--owner", "bob", "--postcode", "01067")
    desk.ok("export", "is:any", "-o", "shelf.db")
    return lambda path: json.loads(outside("datasette", "shelf.db", "--get", f"/shelf/{path}").stdout)


def test_datasette_shows_the_leads_with_their_values(shown: Callable[[str], Any]) -> None:
    ada, bob = shown("leads.json?_shape=array&_sort=id")
    assert (ada["name"], ada["value"], ada["expected_close"]) == ("Ada Lovelace", 12500.5, "2026-12-20")
    assert (bob["owner"], bob["postcode"]) == ("bob", "01067")


def test_datasette_shows_lists_and_follows_their_links(shown: Callable[[str], Any]) -> None:
    emails = shown("emails.json?_shape=array&_labels=on")
    assert [each["value"] for each in emails] == ["ada@x.example", "ada2@x.example"]
    assert emails[0]["lead"] == {"value": 1, "label": "Ada Lovelace"}
    assert [each["value"] for each in shown("tags.json?_shape=array")] == ["vip"]


@pytest.mark.parametrize(("word", "names"), [("rome", ["Ada Lovelace"]), ("bob", ["Bob"]), ("nobody", [])])
def test_datasette_searches_the_text(word: str, names: list[str], shown: Callable[[str], Any]) -> None:
    assert [each["name"] for each in shown(f"leads.json?_shape=array&_search={word}")] == names


def test_datasette_counts_by_owner(shown: Callable[[str], Any]) -> None:
    facets = shown("leads.json?_facet=owner")["facet_results"]["owner"]["results"]
    assert {each["value"]: each["count"] for each in facets} == {"ann": 1, "bob": 1}
