"""What filters match: every row of the reference's tables, against a desk of six leads (see conftest)."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from leadcli.errors import Usage
from leadcli.model.fields import RecordType
from leadcli.query import (
    EVERYTHING,
    Query,
    combine,
    compile_where,
    ids_in_query,
    is_ids_only,
    mentions_state,
    parse_query,
    query_of_ids,
)
from leadcli.store.store import Store

Matching = Callable[..., list[int]]
VIEWS = {
    "hot": "is:open value:5k.. tag:urgent",
    "either": "1 or 2",
    "words": "ada",
    "loop": "@pool",
    "pool": "@loop",
    "bad": "status:nwe",
    "broken": "(",
}


def lines(name: str) -> list[str]:
    """The cases of a file beside this one."""
    text = (Path(__file__).parent / name).read_text("utf-8")
    return [line for line in text.splitlines() if " =>" in line and not line.startswith("# ")]


def blocks(name: str) -> list[str]:
    """The cases of a file whose further lines are indented: a filter, its error, the hint below it."""
    return re.split(r"\n(?=\S)", (Path(__file__).parent / name).read_text("utf-8").strip())


@pytest.mark.parametrize("case", lines("matches.txt"))
def test_leads(case: str, store: Store, lead: RecordType) -> None:
    text, _, expected = case.rpartition(" =>")
    query = parse_query(text, lead, store.context, views=lambda: VIEWS)
    assert store.ids("lead", query, sort="id") == [int(id) for id in expected.split()]


@pytest.mark.parametrize("case", lines("matches_others.txt"))
def test_other_records(case: str, matching: Matching) -> None:
    asked, _, expected = case.rpartition(" =>")
    record, _, text = asked.partition(": ")
    assert matching(text, record) == [int(id) for id in expected.split()]


@pytest.mark.parametrize("case", blocks("errors.txt"))
def test_errors_name_the_thing_and_the_remedy(case: str, store: Store, lead: RecordType) -> None:
    text, message, *hint = (line.removeprefix("    ") for line in case.splitlines())
    with pytest.raises(Usage) as caught:
        parse_query(text, lead, store.context, views=lambda: VIEWS)
    assert caught.value.message == message
    if hint:
        assert f"hint: {caught.value.hint}" == (hint[0] if hint != ["no hint"] else "hint: ")


def test_text_that_no_file_can_hold_is_refused(store: Store, lead: RecordType) -> None:
    with pytest.raises(Usage, match="the filter contains a NUL character"):
        parse_query("name:a\0b", lead, store.context)
    with pytest.raises(Usage, match="the filter contains bytes that are not UTF-8"):
        parse_query("name:\udcff", lead, store.context)


def test_an_error_inside_a_view_names_it(store: Store, lead: RecordType) -> None:
    with pytest.raises(Usage, match="in the saved view @broken: filter ends too early"):
        parse_query("@broken", lead, store.context, views=lambda: VIEWS)


def test_a_filter_has_bounds(store: Store, lead: RecordType) -> None:
    assert store.ids("lead", parse_query("name:a " * 399 + "1", lead, store.context)) == [1]
    with pytest.raises(Usage, match="more than 400 terms"):
        parse_query("name:a " * 401, lead, store.context)
    doubling = {f"v{level}": f"@v{level + 1} @v{level + 1}" for level in range(30)}
    with pytest.raises(Usage, match="nested too deep"):
        parse_query("@v0", lead, store.context, views=lambda: doubling)


def test_me_must_be_known(matching: Matching) -> None:
    with pytest.raises(Usage, match="does not know who 'me' is") as caught:
        matching("owner:me", me="")
    assert caught.value.hint == "say it once: leadcli config me NAME"


def test_an_unknown_value_of_an_open_vocabulary_gives_a_hint(store: Store, lead: RecordType) -> None:
    query = parse_query("source:evnt or owner:xyz or source:evnt", lead, store.context)
    assert query.hints == ("no source is called 'evnt'; did you mean 'Event'?", "no owner is called 'xyz'.")
    assert store.ids("lead", query) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("12 ada", "'ada' is not a lead ID; to match by name write name:ada"),
        ('"Ada L"', "'Ada L' is not a lead ID; to match by name write name:\"Ada L\""),
        ("a@b.cz", "'a@b.cz' is not a lead ID; to match by e-mail write email:a@b.cz"),
        ("A4", "'A4' is not a lead ID; to match by name write name:A4"),
    ],
)
def test_words_are_refused_where_something_is_written(text: str, message: str, store: Store, lead: RecordType) -> None:
    with pytest.raises(Usage) as caught:
        parse_query(text, lead, store.context, words=False)
    assert caught.value.message == message


def test_terms_ids_and_views_are_welcome_where_something_is_written(store: Store, lead: RecordType) -> None:
    query = parse_query("1,2 @words name:ada", lead, store.context, words=False, views=lambda: VIEWS)
    assert store.ids("lead", query) == [1]
    assert ids_in_query(parse_query("99999999999", lead, store.context, words=False)) == (
        range(99999999999, 100000000000),
    )
    with pytest.raises(Usage, match="'x' is not a task ID; to match by text write text:x"):
        parse_query("x", store.type("activity"), store.context, words=False)


@pytest.mark.parametrize(
    "text",
    [
        "status:lost",
        "stage:new",
        "not is:open",
        "closed:week",
        "reason:no-budget",
        "12",
        "id:12",
        "id>3",
        "email:acme",
        "phone:7946",
        "@hot",
        "a or is:won",
        "ada@acme.com",
        "has:closed",
    ],
)
def test_queries_that_name_a_state(text: str, store: Store, lead: RecordType) -> None:
    assert mentions_state(parse_query(text, lead, store.context, views=lambda: VIEWS))


@pytest.mark.parametrize("text", ["", "ada", "value:5k..", "no:email", "tag:x owner:bob", "kind:call"])
def test_queries_that_leave_the_state_open(text: str, store: Store, lead: RecordType) -> None:
    assert not mentions_state(parse_query(text, lead, store.context))


def test_explicit_ids_are_told_apart(store: Store, lead: RecordType) -> None:
    def of(text: str) -> Query:
        return parse_query(text, lead, store.context)

    assert ids_in_query(of("12,14 20-22")) == (range(12, 13), range(14, 15), range(20, 23))
    assert is_ids_only(of("id:3"))
    assert not is_ids_only(of("3 is:open"))
    assert not is_ids_only(of("not 3"))
    assert not is_ids_only(of(""))
    assert not is_ids_only(EVERYTHING)


def test_many_ids_are_one_query(store: Store) -> None:
    query = query_of_ids(range(2, 100_000), store.type("lead"))
    assert store.ids("lead", query, sort="id") == [2, 3, 4, 5, 6]
    assert is_ids_only(query)
    wide = parse_query(",".join(f"{low}-{low + 1}" for low in range(3, 500, 3)), store.type("lead"), store.context)
    assert store.ids("lead", wide, sort="id") == [3, 4, 6]


def test_two_queries_make_one(store: Store, lead: RecordType) -> None:
    def of(first: str, other: str) -> list[int]:
        return store.ids(
            "lead", combine(parse_query(first, lead, store.context), parse_query(other, lead, store.context)), sort="id"
        )

    assert of("is:open", "value:5k..") == [1, 2]
    assert of("1 2", "2 3") == [2]
    assert of("1 or 2", "") == [1, 2]
    assert of("", "") == [1, 2, 3, 4, 5, 6]
    assert (
        combine(parse_query("1 or 2", lead, store.context), parse_query("is:open", lead, store.context)).text
        == "(1 or 2) is:open"
    )


def test_everything_is_one(store: Store) -> None:
    assert compile_where(EVERYTHING, store.context) == ("1", {})
    assert compile_where(parse_query("is:any", store.type("lead"), store.context), store.context) == ("1", {})


INDEXES = {
    "owner:me": "leads_owner",
    "status:new": "leads_status",
    "is:open": "leads_status",
    "created:7d..": "leads_created_at",
    "due:..today": "leads_due_at",
    "is:overdue": "leads_due_at",
    "email:ada@acme.com": "emails_key",
    "phone:+442079460000": "phones_key",
    "tag:urgent": "tags_key",
    "company=acme": "leads_company_key",
    "name=ada": "leads_name_key",
    "name:ada": "name_search",
    "ada": "search",
    "account:A1": "leads_account",
    "closed:week": "leads_closed_at",
    "external_id:x": "leads_external_id",
    "12,14": "PRIMARY KEY",
}


@pytest.mark.parametrize("text", INDEXES)
def test_filters_use_their_index(text: str, store: Store, lead: RecordType) -> None:
    condition = compile_where(parse_query(text, lead, store.context), store.context)
    sql = f"EXPLAIN QUERY PLAN SELECT r.id FROM leads r WHERE {condition.sql}"
    plan = store.select(sql, store.bound(condition.params))
    assert any(INDEXES[text] in row[3] for row in plan), plan


def test_values_never_stand_in_the_sql(store: Store, lead: RecordType) -> None:
    text = "name:x42 value:4242.. tag:x42 x42 email:x42 owner:x42 created:2024-02-24.. account:x42 424242"
    condition = compile_where(parse_query(text, lead, store.context), store.context)
    assert "42" not in condition.sql
    assert "2024" not in condition.sql
