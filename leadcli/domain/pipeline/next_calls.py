"""Whom to contact now, best first, each lead once with its best reason: what a seller opens in the morning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from leadcli import query
from leadcli.domain.leads import lists, saved_views
from leadcli.model.kinds import MOMENT, TEXT
from leadcli.model.results import Column, PlainText, Table
from leadcli.query import Query
from leadcli.store.reads import next_calls
from leadcli.store.store import Store
from leadcli.text.dates.due_dates import start_of

LIMIT = 20
_DRAWN = ("id", "name", "company", "reason", "since", "due", "phone", "value")
_PIPED = ("id", "name", "company", "reason", "since", "status", "owner", "due", "phone", "email")


class Reason(NamedTuple):
    """Why to contact a lead: the filter it holds for, how such leads follow each other, which field says since when."""

    text: str
    filter: str
    order: str
    since: str


class ReasonWalk(NamedTuple):
    """A way through the leads: which of them, by which index, for which reasons."""

    among: str
    by: str
    reasons: Sequence[Reason]


TASKS = (Reason("overdue task", "is:overdue", "due", "due"), Reason("due today", "due:today", "due", "due"))
FRESH = (Reason("never contacted", "no:last_contact", "newest", "created_at"),)
REASONS = (
    *TASKS,
    *FRESH,
    Reason("idle too long", "is:stale", "longest", "touched"),
    Reason("no next step", "no:due", "longest", "touched"),
    Reason("no owner", "no:owner", "longest", "created_at"),
    Reason("no expected close", "no:expected_close", "longest", "created_at"),
    Reason("high score", "score:70..", "highest", "updated_at"),
)
# Those who must not be contacted are only here for what was promised: their tasks.
_CONTACTABLE = "not do_not_contact:yes"
_RECENT_IDS = 1000  # so many leads are looked through before all of them are


class NextRequest(NamedTuple):
    """What was asked for: at most `limit` leads (0 is all), `complete` gives every field, `drawn` is for eyes."""

    words: Sequence[str] = ()
    limit: int = LIMIT
    fields: Sequence[str] = ()
    complete: bool = False
    drawn: bool = False


def next_table(store: Store, request: NextRequest) -> Table:
    """Open leads that need something, each for its best reason."""
    columns = _columns(store, request)
    known = store.type("lead").fields
    since = [reason.since for reason in REASONS]
    needed = dict.fromkeys([*(column.name for column in columns if column.name in known), *since])
    best_reasons = _find_leads(store, request)
    rows = store.fetch("lead", list(best_reasons), fields=needed)
    listed = [
        {**row, "reason": best_reasons[row["id"]].text, "since": _since(row[best_reasons[row["id"]].since])}
        for row in rows
    ]
    return Table(columns, listed, empty="Nobody needs you now.", footer=_footer(len(listed), request.limit))


def _since(value: str | None) -> str | None:
    """Since when, as a moment: a task due on a day has its reason since the day began here."""
    return start_of(value) if value else None


def _find_leads(store: Store, request: NextRequest) -> dict[int, Reason]:
    """Lead -> its best reason, best first. A walk that fills the list is the last: a million leads take no longer."""
    criteria, most = saved_views.parse_with_views(store, request.words), request.limit
    newest = next_calls.newest_id(store)
    walks = [ReasonWalk("is:open due:..today", "due", TASKS)]
    if most:
        walks.append(ReasonWalk(f"is:open {_CONTACTABLE} id:{max(newest - _RECENT_IDS, 0)}-{newest}", "newest", FRESH))
    walks.append(ReasonWalk(f"is:open {_CONTACTABLE}", "", REASONS[len(TASKS) :]))
    best_reasons: dict[int, Reason] = {}
    for walk in walks:
        among = query.combine(_parse_filter(store, walk.among), criteria)
        reasons = [next_calls.ReasonQuery(_parse_filter(store, reason.filter), reason.order) for reason in walk.reasons]
        # Those found for a better reason come again.
        limit = most + len(best_reasons) if most else 0
        for id, place in next_calls.find_first_reasons(store, among, reasons, walk=walk.by, limit=limit):
            if not most or len(best_reasons) < most:
                best_reasons.setdefault(id, walk.reasons[place])
        if most and len(best_reasons) >= most:
            break
    return best_reasons


def _parse_filter(store: Store, text: str) -> Query:
    return query.parse_query(text, store.type("lead"), store.context)


def explain_next(store: Store, words: Sequence[str]) -> PlainText:
    """The reasons in order, each with its filter as it is read."""
    criteria = saved_views.parse_with_views(store, words)
    lines = []
    for reason in REASONS:
        *parts, _ = query.explain_query(
            query.combine(_parse_filter(store, f"is:open {reason.filter}"), criteria), store.context
        )
        lines.append(f"{reason.text}: {' '.join(parts)}\n")
    return PlainText("".join(lines))


def _columns(store: Store, request: NextRequest) -> list[Column]:
    type_ = store.type("lead")
    reason_columns = {"reason": Column("reason", "reason", TEXT, 1), "since": Column("since", "since", MOMENT, 4)}
    if request.complete:
        return [*lists.all_columns(type_), *reason_columns.values()]
    names = request.fields or (_DRAWN if request.drawn else _PIPED)
    return [reason_columns.get(name) or lists.as_column(lists.field_named(type_, name)) for name in names]


def _footer(count: int, most: int) -> str:
    return (
        f"the first {count}; all: --limit 0" if most and count == most else f"{count} lead{'' if count == 1 else 's'}"
    )
