"""The English of --explain."""

from __future__ import annotations

import pytest

from leadcli.model.fields import RecordType
from leadcli.query import explain_query, parse_query
from leadcli.store.store import Store


def test_the_example_of_the_manual(store: Store, lead: RecordType) -> None:
    assert explain_query(parse_query("status:new created:7d.. not tag:spam", lead, store.context), store.context) == [
        "status is new",
        "and created on or after 2026-11-15 (7 days before today, 2026-11-22)",
        "and not (has tag spam)",
        "sorted by newest first",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "all leads"),
        ("ada lovelace", "mentions ada and lovelace"),
        ('"Ada L"', 'mentions "Ada L"'),
        ("12,14 20-25", "id is 12, 14 or 20-25"),
        ("status:new,lost", "status is new or lost"),
        ("owner:me", "owner is Ann"),
        ("company:acme", "company contains acme"),
        ("company=Acme", "company is exactly Acme"),
        ("company:", "company is empty"),
        ("company!=", "not (company is empty)"),
        ("value:1k..5k", "value at least 1000 and at most 5000"),
        ("value>5000", "value over 5000"),
        ("value:5000USD..", "value at least 5000 USD"),
        ("probability:40%", "probability is 40"),
        ("due:none", "due is empty"),
        ("due:..today", "due on or before 2026-11-22 (today)"),
        ("created:last-month", "created from 2026-10-01 to 2026-10-31 (last month)"),
        ("created:2026-11-20", "created on 2026-11-20"),
        ("created>2026-10", "created after 2026-10-31"),
        ("close<2026-10", "expected close before 2026-10-01"),
        ("created>=2026-11-20T09:00", "created on or after 2026-11-20T09:00:00Z"),
        ("email:ada@acme.com", "e-mail is ada@acme.com"),
        ("phone:7946", "phone contains 7946"),
        ("is:won,lost", "is won or lost"),
        ("has:phone,email", "has phone or email"),
        ("no:email", "has no email"),
        ("kind:call", "has an activity of kind call"),
        ("note:x", "has an activity that says x"),
        ("do_not_contact:yes", "do not contact is yes"),
        ("account:A1", "account is A1"),
        ("tag:a,b", "has tag a or b"),
        ("status:new or (is:won tag:x)", "status is new or (is won and has tag x)"),
        ("not (status:new or is:won)", "not (status is new or is won)"),
        ("@hot", "@hot: (is open and has tag urgent)"),
        ("priority>=high", "priority is high or urgent"),
    ],
)
def test_every_condition_reads_as_english(text: str, said: str, store: Store, lead: RecordType) -> None:
    query = parse_query(text, lead, store.context, views=lambda: {"hot": "is:open tag:urgent"})
    assert explain_query(query, store.context) == [said, "sorted by newest first"]


def test_the_order_is_told(store: Store, lead: RecordType) -> None:
    query = parse_query("is:open", lead, store.context)
    assert explain_query(query, store.context, sort="-value,name")[-1] == "sorted by value (descending), then name"
