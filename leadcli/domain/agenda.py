"""Whom to contact now, best first, each lead once with its best reason: what a seller opens in the morning."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from leadcli import query
from leadcli.domain import listing, views
from leadcli.kinds import MOMENT, TEXT, Record
from leadcli.query import Query
from leadcli.store.store import Store
from leadcli.table import Column, Table, Text

LIMIT = 20
_DRAWN = ("id", "name", "company", "reason", "since", "due", "phone", "value")
_PIPED = ("id", "name", "company", "reason", "since", "status", "owner", "due", "phone", "email")


class Reason(NamedTuple):
    """Why to contact a lead: the open leads a filter finds, in this order, `since` when that is so."""

    text: str
    filter: str
    sort: str
    since: Callable[[Record], str | None]


def _field(name: str) -> Callable[[Record], str | None]:
    return lambda row: row[name]


# Best first. Those who must not be contacted are only here for what was promised: their tasks.
_MAY = "not do_not_contact:yes"
REASONS = (
    Reason("overdue task", "is:overdue", "due", _field("due")),
    Reason("due today", "due:today", "due", _field("due")),
    Reason("never contacted", f"no:last_contact {_MAY}", "-id", _field("created_at")),
    Reason("idle too long", f"is:stale {_MAY}", "updated", _field("touched")),
    Reason("no next step", f"no:due {_MAY}", "-id", _field("touched")),
    Reason("no owner", f"no:owner {_MAY}", "-id", _field("created_at")),
    Reason("no expected close", f"no:expected_close {_MAY}", "-id", _field("created_at")),
    Reason("high score", f"score:70.. {_MAY}", "-score", _field("updated_at")),
)  # fmt: skip


class Wanted(NamedTuple):
    """What was asked for: at most `limit` leads (0 is all), `complete` gives every field, `drawn` is for eyes."""

    words: Sequence[str] = ()
    limit: int = LIMIT
    fields: Sequence[str] = ()
    complete: bool = False
    drawn: bool = False


def table(store: Store, wanted: Wanted) -> Table:
    """Open leads that need something.

    Each reason is one walk through an index that stops when the list is full: as quick at a million leads.
    """
    columns = _columns(store, wanted)
    known = store.type("lead").fields
    shown = [column.name for column in columns if column.name in known]
    needed = list(dict.fromkeys([*shown, "due", "created_at", "updated_at", "touched"]))
    asked, most = views.parse(store, wanted.words), wanted.limit
    found: dict[int, Record] = {}
    for reason in REASONS:
        # Those found for a better reason may come again.
        limit = most + len(found) if most else 0
        query_ = query.both(_open(store, reason.filter), asked)
        for row in store.rows("lead", query_, fields=needed, sort=reason.sort, limit=limit):
            if not most or len(found) < most:
                found.setdefault(row["id"], {**row, "reason": reason.text, "since": reason.since(row)})
        if most and len(found) >= most:
            break
    listed = list(found.values())
    return Table(columns, listed, empty="Nobody needs you now.", footer=_footer(len(listed), most))


def explain(store: Store, words: Sequence[str]) -> Text:
    """The reasons in order, each with its filter as it is read."""
    asked = views.parse(store, words)
    lines = []
    for reason in REASONS:
        *said, _ = query.explain(query.both(_open(store, reason.filter), asked), store.context)
        lines.append(f"{reason.text}: {' '.join(said)}\n")
    return Text("".join(lines))


def _open(store: Store, text: str) -> Query:
    return query.parse(f"is:open {text}", store.type("lead"), store.context)


def _columns(store: Store, wanted: Wanted) -> list[Column]:
    type_ = store.type("lead")
    own = {"reason": Column("reason", "reason", TEXT, 1), "since": Column("since", "since", MOMENT, 4)}
    if wanted.complete:
        return [*listing.every_column(type_), *own.values()]
    names = wanted.fields or (_DRAWN if wanted.drawn else _PIPED)
    return [own.get(name) or listing.as_column(listing.named(type_, name)) for name in names]


def _footer(count: int, most: int) -> str:
    return (
        f"the first {count}; all: --limit 0" if most and count == most else f"{count} lead{'' if count == 1 else 's'}"
    )
