"""A small desk in memory, filled by the journal as a real one is; filters run against it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest

from leadcli.domain.upkeep.new_desk import vocabulary_filler
from leadcli.model.fields import RecordType
from leadcli.model.kinds import Context
from leadcli.query import parse_query
from leadcli.store.journal.operation import begin_operation
from leadcli.store.store import Session, Store, memory_store

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
CONTEXT = Context(today=date(2026, 11, 22), now=NOW, me="Ann", region="GB")

LEADS: list[dict[str, Any]] = [
    {"name": "Ada Lovelace", "company": "Analytical Engines Ltd.", "status": "New", "source": "Referral",
     "owner": "Ann", "value": 1250000, "currency": "EUR", "probability": 40.0, "priority": "High",
     "tags": ["urgent", "vip"],
     "emails": [{"value": "ada@acme.com", "label": None}, {"value": "ada.l@gmail.com", "label": "home"}],
     "phones": [{"value": "020 7946 0000", "e164": "+442079460000", "label": None}], "expected_close": "2026-12-15",
     "description": "met at the fair", "created_at": "2026-11-20T09:00:00Z", "updated_at": "2026-11-20T09:00:00Z"},
    {"name": "Jürg Müller", "company": "Großmann & Söhne", "status": "Contacted", "source": "Event", "owner": "Bob",
     "value": 500000, "currency": "JPY", "city": "Zürich", "country": "Switzerland", "tags": ["spam"],
     "emails": [{"value": "juerg@zh.example.ch", "label": None}], "created_at": "2026-10-10T23:30:00Z",
     "updated_at": "2026-10-11T08:00:00Z"},
    {"name": "O'Brien 50% [x] *", "status": "Lost", "lost_reason": "No budget", "closed_at": "2026-10-05T12:00:00Z",
     "created_at": "2026-07-01T00:00:00Z", "updated_at": "2026-10-05T12:00:00Z", "do_not_contact": 1},
    {"name": "Grace Hopper", "company": "Navy Reserve", "status": "Converted", "value": 50000000, "currency": "KWD",
     "closed_at": "2026-11-01T12:00:00Z", "created_at": "2026-06-02T00:00:00Z", "updated_at": "2026-11-01T12:00:00Z"},
    {"name": "Šárka Nováková", "company": "ACME", "status": "Qualified", "owner": "Ann",
     "budget": "yes: 10k", "need": "yes",
     "created_at": "2026-11-21T22:00:00Z", "updated_at": "2026-11-21T22:00:00Z", "external_id": "X-1",
     "products": [{"product": "Pump", "quantity": "3", "price": 1200}],
     "addresses": [{"label": "work", "street": "Hlavná 1", "city": "Košice", "region": None, "country": None}]},
    {"name": "Ἀλέξανδρος", "company": "STRASSE AG", "status": "New", "created_at": "2026-01-05T10:00:00Z",
     "updated_at": "2026-01-05T10:00:00Z",
     "phones": [{"value": "+421 900 123 456", "e164": "+421900123456", "label": None}]},
]  # fmt: skip
ACTIVITIES: list[dict[str, Any]] = [
    {"record": "lead", "record_id": 1, "kind": "call", "text": "talked about Übergabe", "at": "2026-11-20T10:00:00Z"},
    {"record": "lead", "record_id": 1, "kind": "task", "text": "send offer", "due_at": "2026-11-22"},
    {"record": "lead", "record_id": 2, "kind": "task", "text": "call back", "due_at": "2026-11-18T09:00:00Z"},
    {"record": "lead", "record_id": 5, "kind": "note", "text": "likes pumps", "at": "2026-11-21T22:30:00Z"},
    {"record": "lead", "record_id": 5, "kind": "task", "text": "visit", "due_at": "2026-11-29T12:00:00Z"},
]
CUSTOM = (("segment", "choice"), ("margin", "number"), ("bonus", "money"), ("renewal", "date"), ("checked", "bool"))


@pytest.fixture(scope="session")
def store() -> Store:
    """Six leads, their activities, two accounts, a contact, an opportunity, custom fields; today is 2026-11-22."""
    made = memory_store(Session("ann", NOW, CONTEXT), vocabulary_filler("default"))
    with begin_operation(made) as operation:
        for position, label in enumerate(("Ann", "Bob")):
            row = {"field": "owner", "key": label.lower(), "label": label, "active": 1, "position": position}
            operation.insert("option", row)
        for position, (name, kind) in enumerate(CUSTOM):
            operation.insert("custom_field", {"name": name, "column": f"x_{name}", "type": kind, "position": position})
        for position, label in enumerate(("EMEA", "Asia, Pacific")):
            row = {
                "field": "segment",
                "key": label.lower().replace(" ", ""),
                "label": label,
                "active": 1,
                "position": position,
            }
            operation.insert("option", row)
    with begin_operation(made) as operation:
        account = operation.insert("account", {"name": "Acme Industries", "created_at": "2026-01-01T00:00:00Z"})
        operation.insert("account", {"name": "Zürcher Kantonalbank"})
        operation.insert("contact", {"name": "Zoë Acker", "account": account})
        deals: list[Mapping[str, Any]] = [
            {"name": "Pumps 2027", "account": account, "stage": "Open", "value": 900, "currency": "EUR"},
            {"name": "Valves", "stage": "Won"},
        ]
        for deal in deals:
            operation.insert("opportunity", deal)
        custom: dict[int, dict[str, Any]] = {
            1: {
                "segment": "EMEA",
                "margin": "12.50",
                "bonus": 100050,
                "renewal": "2027-01-31",
                "checked": 1,
                "account": account,
            },
            2: {"segment": "Asia, Pacific", "margin": "-3", "bonus": 7},
            3: {"margin": "123456789012345678901234567890"},
        }
        for id, lead in enumerate(LEADS, 1):
            operation.insert("lead", {"uid": f"u{id}", **lead, **custom.get(id, {})})
        for activity in ACTIVITIES:
            operation.insert("activity", activity)
    return made


@pytest.fixture(scope="session")
def lead(store: Store) -> RecordType:
    return store.type("lead")


@pytest.fixture(scope="session")
def matching(store: Store) -> Callable[..., list[int]]:
    """The ids of the records (leads unless told) a filter matches, in order of id."""

    def ids(text: str, record: str = "lead", *, me: str = "Ann", sort: str = "id") -> list[int]:
        return store.ids(record, parse_query(text, store.type(record), store.context._replace(me=me)), sort=sort)

    return ids
