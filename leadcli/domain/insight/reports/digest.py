"""The daily and the weekly digest: what is new, moved, won, lost, overdue and next, lead by lead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from leadcli import query as filters
from leadcli.domain.insight.reports.others import JOIN_VALID
from leadcli.domain.leads import saved_views
from leadcli.domain.leads.lists import as_column
from leadcli.model.kinds import TEXT, Record
from leadcli.model.results import Column
from leadcli.query import Query
from leadcli.store.store import Store
from leadcli.text.dates import words as date_words
from leadcli.text.dates.words import Span

SECTION_LIMIT = 25
SHOWN = ("id", "name", "company", "value", "status", "owner", "due")


class DigestSection(NamedTuple):
    """One section of a digest.

    In `filter`, {first} and {last} are the days of the digest, {first_ahead} and {ahead} the days to look ahead.
    `detail` is the field shown last.
    """

    name: str
    filter: str
    sort: str = ""
    detail: str = ""


# A state is written as not being another: the index on the date is read, for few leads have such a date and many have
# the state.
SECTIONS = (
    DigestSection("new", "created:{first}..{last}", "", "source"),
    DigestSection("won", "closed:{first}..{last} not (is:open or is:lost or is:recycled)", "-value"),
    DigestSection("lost", "closed:{first}..{last} not (is:open or is:won or is:recycled)", "-value", "lost_reason"),
    DigestSection("overdue", "is:overdue", "due", "next_task"),
    DigestSection("next", "due:{first_ahead}..{ahead} not (is:closed or is:overdue)", "due", "next_task"),
)
MOVED = "moved"


def choose_days(store: Store, name: str, window: Span) -> Span:
    """The days of a digest: those of `window`, else yesterday and today, or the last seven days for `weekly`."""
    today = store.context.today
    first = window.first or (window.last or today) - timedelta(days=6 if name == "weekly" else 1)
    return Span(first, window.last or today, "")


def make_digest(
    store: Store, query: Query, window: Span, *, limit: int | None, ahead: int
) -> tuple[Sequence[Column], list[Record], Record]:
    """All sections with at most `limit` leads each (None is 25, 0 is all). The totals count all leads."""
    rows: list[Record] = []
    totals: Record = {}
    for name, section_rows, count in _digest_sections(
        store, query, window, SECTION_LIMIT if limit is None else limit, ahead
    ):
        totals[name] = count
        rows += section_rows
    fields = store.type("lead").fields
    columns = [Column("section", "section", TEXT, 0), *(as_column(fields[name]) for name in SHOWN)]
    columns += [Column("detail", "detail", TEXT, 4), as_column(fields["currency"])._replace(priority=9)]
    return columns, rows, {"count": sum(totals.values()), **totals}


def _digest_sections(
    store: Store, query: Query, window: Span, limit: int, ahead: int
) -> Iterator[tuple[str, list[Record], int]]:
    today = store.context.today
    words = {"first": window.first, "last": window.last, "first_ahead": today, "ahead": today + timedelta(days=ahead)}
    for section in SECTIONS:
        section_query = filters.combine(query, saved_views.parse_with_views(store, [section.filter.format(**words)]))
        fields = [*SHOWN, *([section.detail] if section.detail else [])]
        # Ids first: an index has them in order, so that few rows are read however many leads there are.
        ids = store.ids("lead", section_query, sort=section.sort, limit=limit)
        leads = store.fetch("lead", ids, fields=fields)
        rows = [{**lead, "section": section.name, "detail": lead.get(section.detail)} for lead in leads]
        yield section.name, rows, store.count("lead", section_query) if limit and len(rows) == limit else len(rows)
        if section.name == "new":
            yield MOVED, *_moved_leads(store, query, window, limit)


def _moved_leads(store: Store, query: Query, window: Span, limit: int) -> tuple[list[Record], int]:
    """(leads, how many): those that changed their status on these days and are not closed. The detail is the change."""
    start, end = date_words.utc_bounds(window.first, window.last, date_words.zone_of(store.context.now))
    condition = filters.compile_where(
        filters.combine(query, saved_views.parse_with_views(store, ["not (is:won or is:lost)"])), store.context
    )
    sql = f"""SELECT c.record_id, c.old, r.status FROM changes c {JOIN_VALID} JOIN leads r ON r.id = c.record_id
              WHERE c.operation IN (SELECT id FROM operations WHERE at >= :start AND at < :end)
              AND c.record = 'lead' AND c.field = 'status' AND c.old <> r.status AND {condition.sql}
              ORDER BY c.operation, c.id"""
    was: dict[int, tuple[Any, Any]] = {}
    for id, old, new in store.select(sql, store.bound({**condition.params, "start": start, "end": end})):
        was.setdefault(id, (old, new))
    ids = list(was)[::-1][: limit or None]
    leads = store.fetch("lead", ids, fields=SHOWN)
    return [
        {**lead, "section": MOVED, "detail": f"{was[lead['id']][0]} → {was[lead['id']][1]}"} for lead in leads
    ], len(was)
