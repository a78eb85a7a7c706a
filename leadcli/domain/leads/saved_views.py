"""Saved views: a filter stored under a name and used anywhere as @name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from leadcli import query
from leadcli.errors import NotFound, Refused, Usage, unknown_name
from leadcli.model.kinds import INTEGER, TEXT, Record
from leadcli.model.results import Column, ResultNote, Table
from leadcli.query import Query
from leadcli.store.store import Store

if TYPE_CHECKING:
    from leadcli.store.journal.operation import Operation

FILTER, REPORT = "filter", "report"


def view_texts(store: Store) -> Mapping[str, str]:
    """The saved filters: name -> text."""
    return {row["name"]: row["query"] for row in store.every("view") if row["kind"] == FILTER}


def parse_with_views(store: Store, words: Sequence[str], *, record: str = "lead", strict: bool = False) -> Query:
    """Parse a typed filter with the views, fields and choice lists of this desk; `strict` refuses bare words."""
    text = query.join_words(words)
    return query.parse_query(text, store.type(record), store.context, views=lambda: view_texts(store), words=not strict)


def save_view(store: Store, name: str, words: Sequence[str]) -> ResultNote:
    """Save a filter under a name. A view of the same name is replaced."""
    name = check_view_name(name)
    if not words:
        raise Usage("a view needs a filter.", hint=f"for example: leadcli filter --save {name} is:open value:5k..")
    criteria = parse_with_views(store, words)
    if f"@{name}" in criteria.text.split():
        raise Usage(f"view @{name} would contain itself.", hint="choose another name")
    old = store.find_named("view", name, kind=FILTER)
    with _begin_operation(store) as operation:
        if old:
            operation.update("view", old["id"], {"query": criteria.text})
        else:
            operation.insert("view", {"name": name, "kind": FILTER, "query": criteria.text})
    count = store.count("lead", criteria)
    match = "lead matches" if count == 1 else "leads match"
    sentence = f"Saved view @{name} ({criteria.text}): {count} {match} now. Use it anywhere: leadcli list @{name}"
    return ResultNote(sentence, json={"name": name, "query": criteria.text, "count": count})


def _begin_operation(store: Store) -> AbstractContextManager[Operation]:
    from leadcli.store.journal.operation import begin_operation  # a plain list must not load the journal

    return begin_operation(store)


def check_view_name(name: str) -> str:
    """A name that can be typed without quotes. Usage otherwise."""
    name = name.removeprefix("@")
    if not re.fullmatch(r"[^\W\d][\w-]{0,39}", name):
        raise Usage(
            f"'{name}' cannot be the name of a view.", hint="use letters, digits and hyphens, such as hot or this-week"
        )
    return name


def delete_view(store: Store, name: str) -> ResultNote:
    """Delete a view."""
    row = _existing_view(store, name)
    with _begin_operation(store) as operation:
        operation.delete("view", row["id"])
    return ResultNote(f"Deleted view @{row['name']} ({row['query']}). Undo: leadcli undo", json={"name": row["name"]})


def rename_view(store: Store, old: str, new: str) -> ResultNote:
    """Give a view another name. Refused when that one exists."""
    row, name = _existing_view(store, old), check_view_name(new)
    if store.find_named("view", name, kind=FILTER):
        raise Refused(f"view @{name} exists already.", hint=f"delete it first: leadcli filter --delete {name}")
    with _begin_operation(store) as operation:
        operation.update("view", row["id"], {"name": name})
    return ResultNote(f"View @{row['name']} is now @{name}.", json={"name": name, "query": row["query"]})


def _existing_view(store: Store, name: str) -> Record:
    row = store.find_named("view", name.removeprefix("@"), kind=FILTER)
    if row is None:
        raise unknown_name("view", name.removeprefix("@"), view_texts(store), title="Views")
    return row


def view_table(store: Store) -> Table:
    """All views with their filters and how many leads match now."""
    rows = []
    default = str(store.config.get("default_view") or "")
    for name, text in view_texts(store).items():
        try:
            count: int | None = store.count("lead", parse_with_views(store, [text]))
        except (Usage, NotFound):  # it names a field or value that no longer exists; doctor reports which
            count = None
        rows.append(
            {"name": name, "query": text, "count": count, "note": "default view" if default == f"@{name}" else ""}
        )
    columns = (
        Column("name", "view", TEXT, 0),
        Column("query", "filter", TEXT, 0),
        Column("count", "leads", INTEGER, 1),
    )
    return Table(
        columns,
        rows,
        title="Views",
        key="name",
        empty="No views yet. Save one: leadcli filter --save hot is:open value:5k..",
    )
