"""Whatever is typed: a query or a clear error, never an SQL error; `q` and `not q` part the records in two."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadcli.errors import Usage
from leadcli.model.fields import LEAD, RECORDS
from leadcli.query import explain_query, is_ids_only, mentions_state, parse_query
from leadcli.query.conditions import FAMILIES
from leadcli.query.grammar import OPERATORS
from leadcli.store.store import Store

VALUES = [
    *("", "none", "a", "1", "1..5", "..", "5k..", "today", "7d..", "last-week..", "2026-11-20T09:00", "noon", "yes"),
    *("new", "New,lost", "me", "A1", "-1", "1e5", "ada@acme.com", "+442079460000", "020 7946 0000", "10 USD"),
    *("ß", "é*[x]", '"', "99999999999999999999"),
]
LONG = "é" * 3000  # slow to read, and the same for each field of a kind
WORDS = st.sampled_from(
    [
        "ada",
        "a*",
        '"a b"',
        "NEAR",
        "AND",
        "-",
        "+",
        "^a",
        "a:b",
        "{x}",
        "ê",
        "🙂",
        "ᦰ",
        "12",
        "1-3",
        "#4",
        "@v",
        "@w",
        "́",
        "''",
        "%",
    ],
)
TERMS = st.builds(
    lambda field, operator, value: f"{field}{operator}" + (f'"{value}"' if " " in value or '"' in value else value),
    st.sampled_from(
        [*LEAD.fields, "is", "has", "no", "kind", "note", "segment", "margin", "bonus", "renewal", "checked"]
    ),
    st.sampled_from(OPERATORS),
    st.sampled_from([*VALUES, "open", "stale", "overdue", "phone", "email", "call"]),
)
QUERIES = st.recursive(
    WORDS | TERMS | TERMS,
    lambda inner: (
        st.builds("{} {}".format, inner, inner)
        | st.builds("({} or {})".format, inner, inner)
        | st.builds("not ({})".format, inner)
    ),
    max_leaves=6,
)
VIEWS = {"v": "is:open ada", "w": "1 or not @v"}


@pytest.mark.parametrize("name", sorted(RECORDS))
def test_every_operator_on_every_field_gives_sql_or_a_usage_error(name: str, store: Store) -> None:
    record = store.type(name)
    done = 0
    kinds = {field.kind.filter: field.name for field in record.fields.values()}
    for field in (*record.fields, "is", "has", "no"):
        for operator in OPERATORS:
            for value in [*VALUES, LONG] if field not in record.fields or field in kinds.values() else VALUES:
                quoted = value.replace('"', '\\"')
                try:
                    query = parse_query(f'{field}{operator}"{quoted}"', record, store.context)
                except Usage:
                    continue
                store.ids(name, query)
                done += 1
    assert done


@given(text=QUERIES)
def test_a_query_and_its_opposite_part_the_leads(text: str, store: Store) -> None:
    record = store.type("lead")
    try:
        found = store.ids("lead", parse_query(text, record, store.context, views=lambda: VIEWS))
    except Usage:
        return
    others = store.ids("lead", parse_query(f"not ({text})", record, store.context, views=lambda: VIEWS))
    assert sorted(found + others) == [1, 2, 3, 4, 5, 6]


@given(text=st.text() | st.text(alphabet="ab1:=<>~!\"()@#,.-+\\ \t\n'*^", max_size=25))
def test_any_text_is_a_query_or_a_usage_error(text: str, store: Store) -> None:
    for name in ("lead", "account", "activity"):
        try:
            query = parse_query(text, store.type(name), store.context, views=lambda: VIEWS)
        except Usage:
            continue
        store.ids(name, query)
        assert explain_query(query, store.context)
        assert isinstance(mentions_state(query), bool)
        assert isinstance(is_ids_only(query), bool)


@given(text=st.text(min_size=1))
def test_a_quoted_text_is_only_looked_for(text: str, store: Store) -> None:
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    for filter_ in (
        f'"{quoted}"',
        f'name:"{quoted}"',
        f'company="{quoted}"',
        f'note~"{quoted}"',
        f'email:"{quoted}"',
        f'phone:"{quoted}"',
        f'tag:"{quoted}"',
    ):
        try:
            query = parse_query(filter_, store.type("lead"), store.context)
        except Usage as error:
            refused = error.message
        else:
            store.ids("lead", query)
            refused = ""
        assert not refused or re.search("NUL|UTF-8|no text", refused)


def test_every_kind_of_field_has_its_family() -> None:
    assert {field.kind.filter for record in RECORDS.values() for field in record.fields.values()} <= set(FAMILIES)
