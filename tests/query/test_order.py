"""--sort: vocabulary order, money across currencies, empty last, ties by the highest id."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from leadcli.errors import Usage
from leadcli.model.fields import RecordType
from leadcli.query import EVERYTHING, order_by
from leadcli.store.store import Store


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("", [6, 5, 4, 3, 2, 1]),
        ("id", [1, 2, 3, 4, 5, 6]),
        ("-id", [6, 5, 4, 3, 2, 1]),
        ("name", [1, 4, 2, 3, 5, 6]),
        ("-created", [5, 1, 2, 3, 4, 6]),
        ("status", [6, 1, 2, 5, 4, 3]),
        ("-status,id", [3, 4, 5, 2, 1, 6]),
        ("value", [1, 4, 2, 6, 5, 3]),
        ("-value", [2, 4, 1, 6, 5, 3]),
        ("margin", [2, 1, 3, 6, 5, 4]),
        ("company", [5, 1, 2, 4, 6, 3]),
        ("due", [2, 1, 5, 6, 4, 3]),
        ("account", [1, 6, 5, 4, 3, 2]),
        ("tag", [2, 1, 6, 5, 4, 3]),
        ("email", [1, 2, 6, 5, 4, 3]),
        ("emails,-id", [1, 2, 6, 5, 4, 3]),
        ("products", [5, 6, 4, 3, 2, 1]),
        ("owner, name", [1, 5, 2, 4, 3, 6]),
        ("-age", [6, 4, 3, 2, 1, 5]),
    ],
)
def test_leads_in_order(sort: str, expected: list[int], store: Store) -> None:
    assert store.ids("lead", EVERYTHING, sort=sort) == expected


def test_every_field_of_every_record_sorts_or_says_why(store: Store) -> None:
    for record in store.records.values():
        for field in record.fields:
            if field == "addresses":
                continue
            by = order_by(f"-{field},{field}", record, store.context)
            store.select(f"SELECT r.id FROM {record.table} r ORDER BY {by}", store.bound())


def test_an_unknown_field_gets_a_suggestion(store: Store, lead: RecordType, matching: Callable[..., list[int]]) -> None:
    with pytest.raises(Usage) as caught:
        matching("", sort="valeu")
    assert caught.value.message == "unknown field 'valeu'. Did you mean 'value'?"
    with pytest.raises(Usage, match="cannot sort by addresses: it is a list"):
        order_by("addresses", lead, store.context)


def test_a_long_vocabulary_sorts_by_the_alphabet(store: Store, lead: RecordType) -> None:
    options = [store.context.options("status")[0]] * 51
    assert (
        order_by("campaign", lead, store.context._replace(options=lambda field: options))
        == "r.campaign COLLATE NOCASE ASC NULLS LAST, r.id DESC"
    )
    assert "FROM options" in order_by("campaign", lead, store.context._replace(options=lambda field: options[:50]))
