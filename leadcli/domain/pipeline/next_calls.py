"""Lists whom to contact next, best first: each lead once, with its best reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from leadcli import query
from leadcli.domain.leads import lists, saved_views
from leadcli.domain.leads.edit import EditRequest, edit_records
from leadcli.domain.leads.targets import Target
from leadcli.domain.work import activities
from leadcli.errors import Usage
from leadcli.model.kinds import DUE, MOMENT, TEXT
from leadcli.model.results import Column, PlainText, ResultNote, Table, format_count
from leadcli.query import Query
from leadcli.store.reads import timeline
from leadcli.store.store import Store
from leadcli.text.dates.words import start_of

LIMIT = 20
_DRAWN = ("id", "name", "company", "reason", "since", "due", "phone", "value")
_PIPED = ("id", "name", "company", "reason", "since", "status", "owner", "due", "phone", "email")


class Reason(NamedTuple):
    """Why to contact a lead: its filter, the order of its leads, and the field that says since when."""

    text: str
    filter: str
    order: str
    since: str


class ReasonWalk(NamedTuple):
    """One pass over the leads: the filter `among`, the index `by` and the reasons to check."""

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
# Leads marked do-not-contact are listed for their tasks only.
_CONTACTABLE = "not do_not_contact:yes"
_RECENT_IDS = 1000  # so many of the newest ids are searched before all others


class NextRequest(NamedTuple):
    """What to list: at most `limit` leads (0 is all); `complete` takes every field, `drawn` is for a terminal.

    `all` lists closed leads for their tasks, too.
    """

    words: Sequence[str] = ()
    limit: int = LIMIT
    fields: Sequence[str] = ()
    complete: bool = False
    drawn: bool = False
    all: bool = False


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
    """A due day or moment as a moment: a day stands for its beginning in the local zone."""
    return start_of(value) if value else None


def _find_leads(store: Store, request: NextRequest) -> dict[int, Reason]:
    """{lead id: best reason}, best first. Stops after the walk that fills the list: fast even at a million leads."""
    criteria, max_leads = saved_views.parse_with_views(store, request.words), request.limit
    newest = timeline.newest_id(store)
    walks = [ReasonWalk(f"{_state(request.all)} due:..today", "due", _task_reasons(request.all))]
    if max_leads:
        walks.append(ReasonWalk(f"is:open {_CONTACTABLE} id:{max(newest - _RECENT_IDS, 0)}-{newest}", "newest", FRESH))
    walks.append(ReasonWalk(f"is:open {_CONTACTABLE}", "", REASONS[len(TASKS) :]))
    best_reasons: dict[int, Reason] = {}
    for walk in walks:
        among = query.combine(_parse_filter(store, walk.among), criteria)
        reasons = [timeline.ReasonQuery(_parse_filter(store, reason.filter), reason.order) for reason in walk.reasons]
        # A walk also returns leads listed already for a better reason, so the limit grows by them.
        limit = max_leads + len(best_reasons) if max_leads else 0
        for id, place in timeline.find_first_reasons(store, among, reasons, walk=walk.by, limit=limit):
            if not max_leads or len(best_reasons) < max_leads:
                best_reasons.setdefault(id, walk.reasons[place])
        if max_leads and len(best_reasons) >= max_leads:
            break
    return best_reasons


def _task_reasons(every: bool) -> Sequence[Reason]:
    """The reasons for tasks; is:overdue speaks of open leads only."""
    overdue, today = TASKS
    return (overdue._replace(filter="is:overdue or due:..yesterday"), today) if every else TASKS


def _state(every: bool) -> str:
    return "is:any" if every else "is:open"


def _parse_filter(store: Store, text: str) -> Query:
    return query.parse_query(text, store.type("lead"), store.context)


def explain_next(store: Store, words: Sequence[str], *, every: bool = False) -> PlainText:
    """The reasons in order, each with its filter explained."""
    criteria = saved_views.parse_with_views(store, words)
    lines = []
    for reason in (*_task_reasons(every), *REASONS[len(TASKS) :]):
        *parts, _ = query.explain_query(
            query.combine(_parse_filter(store, f"{_state(every and reason.since == 'due')} {reason.filter}"), criteria),
            store.context,
        )
        lines.append(f"{reason.text}: {' '.join(parts)}\n")
    return PlainText("".join(lines))


def column_names(store: Store, words: Sequence[str] = (), *, drawn: bool = False) -> list[str]:
    """The columns that words name, without words the usual ones. Usage with a suggestion for an unknown field."""
    return [column.name for column in _columns(store, NextRequest(fields=words, drawn=drawn))]


def _columns(store: Store, request: NextRequest) -> list[Column]:
    type_ = store.type("lead")
    reason_columns = {"reason": Column("reason", "reason", TEXT, 1), "since": Column("since", "since", MOMENT, 4)}
    if request.complete:
        return [*lists.all_columns(type_), *reason_columns.values()]
    names = request.fields or (_DRAWN if request.drawn else _PIPED)
    return [reason_columns.get(name) or lists.as_column(lists.field_named(type_, name)) for name in names]


def _footer(count: int, limit: int) -> str:
    return (
        f"the first {count}; all: --limit 0" if limit and count == limit else format_count(count, "lead", grouped=False)
    )


# Left alone until a day

SNOOZABLE = ("lead", "account", "contact")


def read_snooze(store: Store, text: str) -> str:
    """The day or moment until which to leave somebody alone, '' for `off`. Raises Usage for one that is not ahead."""
    if text.strip().casefold() == "off":
        return ""
    try:
        until: str | None = DUE.parse(text, store.context)
    except ValueError as error:
        raise Usage(f"'{text}': {error}", hint="write fri, 2w, 2026-12-24 or 'tomorrow 14:00'; or off") from error
    if not until or not DUE.is_ahead(until, store.context):
        raise Usage(f"'{text}' is not ahead of now.", hint="snooze until a later day: fri, 2w, 2026-12-24; or off")
    return until


def snooze_records(store: Store, target: Target, until: str) -> ResultNote:
    """Leave records out of `next` until then (see read_snooze), or end that."""
    change = EditRequest(replaced={"snoozed_until": until}) if until else EditRequest(cleared=["snoozed_until"])
    note = edit_records(store, target, change)
    type_, done = store.type(target.record), store.desk.keep
    if not note.ids:
        return note
    whom = f"{type_.name} {note.ids[0]}" if len(note.ids) == 1 else f"{len(note.ids)} {type_.table}"
    undo = " Undo: leadcli undo" if done and len(note.ids) > 1 else ""
    if not until:
        return note._replace(sentence=f"{'Woke' if done else 'Would wake'} {whom}.{undo}")
    verb = "Snoozed" if done else "Would snooze"
    return note._replace(sentence=f"{verb} {whom} until {activities.due_text(store, until)}.{undo}")
