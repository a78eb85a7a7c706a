"""Lists whom to contact next, best first: each lead, contact and account once, with its best reason.

Who is snoozed is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from leadcli import query
from leadcli.domain.leads import lists, saved_views
from leadcli.domain.leads.edit import EditRequest, edit_records
from leadcli.domain.leads.targets import Target
from leadcli.domain.work import activities
from leadcli.errors import Usage
from leadcli.model.fields import unreadable
from leadcli.model.kinds import DUE, PAST_MOMENT, TEXT, ChoiceOption, Record
from leadcli.model.results import Column, PlainText, ResultNote, Table
from leadcli.query import Query
from leadcli.query.grammar import All, Either, Ids, Node, Not, View
from leadcli.store.reads import timeline
from leadcli.store.store import Store
from leadcli.text.dates.words import local_day, start_of

LIMIT = 20
_DRAWN = ("id", "name", "company", "reason", "since", "due", "phone", "value")
_PIPED = ("id", "name", "company", "reason", "since", "status", "owner", "due", "phone", "email")
CUSTOMERS = ("contact", "account")


class Reason(NamedTuple):
    """Why to contact somebody: its filter, the order of its records, and the field that says since when."""

    text: str
    filter: str
    order: str
    since: str


class ReasonWalk(NamedTuple):
    """One pass over the leads: the filter `among`, the walk `by` (see timeline.py) and the reasons to check."""

    among: str
    by: str
    reasons: Sequence[Reason]


class Match(NamedTuple):
    """A record that needs something, with its best reason."""

    record: str
    id: int
    reason: Reason


WROTE = Reason("they wrote and wait", "is:unanswered", "unanswered", "unanswered_at")
OVERDUE = Reason("overdue task", "is:overdue", "due", "due")
DUE_TODAY = Reason("due today", "due:today", "due", "due")
KEEP_IN_TOUCH = Reason("keep in touch", "is:neglected", "touch", "last_contact")
CLOSE_PASSED = Reason("expected close passed", "close:..yesterday", "close", "expected_close")
IDLE = Reason("idle", "is:stale", "longest", "touched")
FRESH = Reason("never contacted", "no:last_contact", "newest", "created_at")
NO_STEP = Reason("no next step", "no:due", "longest", "touched")
HIGH_SCORE = Reason("high score", "score:70..", "highest", "updated_at")
# The order in which they come. Customers have no status and no deal: of them only these are asked.
REASONS = (WROTE, OVERDUE, DUE_TODAY, KEEP_IN_TOUCH, CLOSE_PASSED, IDLE, FRESH, NO_STEP, HIGH_SCORE)
OF_CUSTOMERS = REASONS[:4]
# Who must not be contacted is listed for what they wrote and for tasks only.
_CONTACTABLE = "not do_not_contact:yes"
# A lead that is won is a customer; without a contact nobody else would show what it wrote.
_WRITERS = "(is:open or (is:won no:contact))"
_RECENT_IDS = 1000  # so many of the newest ids are searched before all others


class NextRequest(NamedTuple):
    """What to list: at most `limit` records (0 is all); `complete` takes every field, `drawn` is for a terminal.

    `all` lists closed leads for their tasks and letters, too.
    """

    words: Sequence[str] = ()
    limit: int = LIMIT
    fields: Sequence[str] = ()
    complete: bool = False
    drawn: bool = False
    all: bool = False


def next_table(store: Store, request: NextRequest) -> Table:
    """Open leads, contacts and accounts that need something, each for its best reason."""
    columns = _columns(store, request)
    matches = _find_matches(store, request)
    rows = _read_rows(store, matches, [column.name for column in columns])
    return Table(columns, rows, empty="Nobody needs you now.", footer=_footer(matches, request.limit))


def _read_rows(store: Store, matches: Sequence[Match], names: Sequence[str]) -> list[Record]:
    """The matches as rows with the fields of a lead, their reason and since when it holds (UTC)."""
    rows: dict[tuple[str, int], Record] = {}
    for record in ("lead", *CUSTOMERS):
        ids = [match.id for match in matches if match.record == record]
        if ids:
            since = (match.reason.since for match in matches if match.record == record)
            known = store.type(record).fields
            fields = dict.fromkeys(name for name in (*names, *since, "created_at") if name in known)
            fetched = store.fetch(record, ids, fields=fields)
            for row in fetched if record == "lead" else _as_leads(store, record, fetched):
                rows[record, row["id"]] = row
    return [_as_row(store, match, rows[match.record, match.id]) for match in matches]


def _as_row(store: Store, match: Match, row: Record) -> Record:
    record, id, reason = match
    text, since, letter = reason.text, row.get(reason.since), store.type(record).letter
    if reason is KEEP_IN_TOUCH:
        text += f": {last_contact_text(since, store.context.today)}"
    # A due day stands for its beginning in the local zone.
    since = start_of(since or row["created_at"])
    return {**row, "id": f"{letter}{id}" if letter else id, "record": record, "reason": text, "since": since}


def _as_leads(store: Store, record: str, rows: Sequence[Record]) -> list[Record]:
    """Customers as rows of leads: a contact has the company of its account, an account is its own."""
    empty: Record = {name: [] if field.kind.many else None for name, field in store.type("lead").fields.items()}
    accounts = [row["id"] if record == "account" else row.get("account") for row in rows]
    names = {row["id"]: row["name"] for row in store.fetch("account", list(filter(None, accounts)), fields=("name",))}
    return [
        {**empty, **row, record: row["id"], "account": account, "company": names.get(account)}
        for row, account in zip(rows, accounts, strict=True)
    ]


def last_contact_text(last: str | None, today: date) -> str:
    """`last contact 7 weeks ago`."""
    if not last:
        return "no contact yet"
    days = (today - local_day(last)).days
    unit, length = next((unit, length) for unit, length, least in _AGES if days >= least)
    count = days // length
    return f"last contact {count} {unit}{'' if count == 1 else 's'} ago" if days > 0 else "last contact today"


_AGES = (("year", 365, 730), ("month", 30, 90), ("week", 7, 14), ("day", 1, -1))  # unit, its days, from how many on


def _find_matches(store: Store, request: NextRequest) -> list[Match]:
    """Who needs something, best first. Stops after the walk that fills the list: fast even at a million leads."""
    criteria, most = saved_views.parse_with_views(store, request.words), request.limit
    leads: dict[int, timeline.ReasonMatch] = {}
    for walk in _walks(store, request):
        among = query.combine(_parse_filter(store, f"not is:snoozed {walk.among}"), criteria)
        # A walk also returns leads listed already for a better reason, so the limit grows by them.
        limit = most + len(leads) if most else 0
        for match in _find_first(store, among, walk.reasons, walk=walk.by, limit=limit):
            leads.setdefault(match.id, match)
        if most and len(leads) >= most:
            break
    pairs = [("lead", match) for match in leads.values()]
    if not _names_ids(criteria.tree):
        pairs += _find_customers(store, request.words)
    # What customers share with leads is merged by time; the rest is in order.
    pairs.sort(key=lambda pair: (pair[1].place, pair[1].key if pair[1].place < len(OF_CUSTOMERS) else ""))
    return [Match(record, match.id, REASONS[match.place]) for record, match in pairs[: most or None]]


def _find_first(
    store: Store, among: Query, reasons: Sequence[Reason], *, walk: str = "", limit: int = 0
) -> list[timeline.ReasonMatch]:
    """The records with their first reason, as its place in REASONS."""
    record = among.record.name
    queries = [timeline.ReasonQuery(_parse_filter(store, each.filter, record), each.order) for each in reasons]
    places = [[each.text for each in REASONS].index(reason.text) for reason in reasons]
    matches = timeline.find_first_reasons(store, among, queries, walk=walk, limit=limit)
    return [match._replace(place=places[match.place]) for match in matches]


def _find_customers(store: Store, words: Sequence[str]) -> list[tuple[str, timeline.ReasonMatch]]:
    """Contacts and accounts that need something; none where the filter asks for what only leads have."""
    pairs = []
    for record in CUSTOMERS:
        try:
            criteria = saved_views.parse_with_views(store, words, record=record)
        except Usage:
            continue
        among = query.combine(_parse_filter(store, "not is:snoozed", record), criteria)
        contactable = f" {_CONTACTABLE}" if "do_not_contact" in store.type(record).fields else ""
        touch = KEEP_IN_TOUCH._replace(filter=KEEP_IN_TOUCH.filter + contactable)
        pairs += [(record, match) for match in _find_first(store, among, (WROTE, OVERDUE, DUE_TODAY, touch))]
    return pairs


def _names_ids(node: Node) -> bool:
    """A filter that names leads by number is about these leads only."""
    if isinstance(node, All | Either):
        return any(map(_names_ids, node.parts))
    if isinstance(node, Not | View):
        return node.tree is not None and _names_ids(node.tree)
    return isinstance(node, Ids)


def _walks(store: Store, request: NextRequest) -> Iterator[ReasonWalk]:
    """The passes over the leads in the order of the reasons; all but the last follow an index and may stop early."""
    state, writers = ("", "") if request.all else ("is:open ", f" {_WRITERS}")
    yield ReasonWalk(f"is:unanswered{writers}", "unanswered", (WROTE,))
    yield ReasonWalk(f"{state}due:..today", "due", _task_reasons(request.all))
    among = f"is:open {_CONTACTABLE}"
    yield ReasonWalk(f"{among} is:neglected", "touch", (KEEP_IN_TOUCH,))
    yield ReasonWalk(f"{among} {CLOSE_PASSED.filter}", "close", (CLOSE_PASSED,))
    patience = [store.context.stale_days if each.rot_days is None else each.rot_days for each in _open_statuses(store)]
    if any(patience):
        latest = store.context.today - timedelta(days=min(filter(None, patience)))
        yield ReasonWalk(f"{among} is:stale created:..{latest}", "oldest", (IDLE,))
    fresh = FRESH._replace(filter=_fresh_filter(store))
    if request.limit:
        newest = timeline.newest_id(store)
        recent = f"id:{max(newest - _RECENT_IDS, 0)}-{newest}"
        yield ReasonWalk(f"{among} {fresh.filter} {recent}", "newest", (fresh,))
    yield ReasonWalk(among, "", (fresh, NO_STEP, HIGH_SCORE))


def _task_reasons(every: bool) -> tuple[Reason, Reason]:
    """The reasons for tasks; is:overdue speaks of open leads only."""
    return OVERDUE._replace(filter="is:overdue or due:..yesterday") if every else OVERDUE, DUE_TODAY


def _open_statuses(store: Store) -> list[ChoiceOption]:
    return [each for each in store.options("status") if each.state == "open"]


def _fresh_filter(store: Store) -> str:
    """Never contacted: nobody was in touch, and the lead is where leads begin."""
    labels = [each.label.replace("\\", r"\\").replace('"', r"\"") for each in _open_statuses(store)][:1]
    return " ".join([FRESH.filter, *(f'status="{label}"' for label in labels)])


def _parse_filter(store: Store, text: str, record: str = "lead") -> Query:
    return query.parse_query(text, store.type(record), store.context)


def explain_next(store: Store, words: Sequence[str], *, every: bool = False) -> PlainText:
    """The reasons in order, each with its filter explained."""
    criteria = saved_views.parse_with_views(store, words)
    overdue, today = _task_reasons(every)
    state = "" if every else "is:open "
    filters = {
        WROTE: "is:unanswered" if every else f"is:unanswered {_WRITERS}",
        OVERDUE: f"{state}{overdue.filter}",
        DUE_TODAY: f"{state}{today.filter}",
        FRESH: f"is:open {_fresh_filter(store)}",
    }
    lines = []
    for reason in REASONS:
        text = filters.get(reason, f"is:open {reason.filter}")
        whole = query.combine(_parse_filter(store, text), criteria)
        *parts, _ = query.explain_query(whole, store.context)
        lines.append(f"{reason.text}: {' '.join(parts)}\n")
    return PlainText("".join(lines))


def column_names(store: Store, words: Sequence[str] = (), *, drawn: bool = False) -> list[str]:
    """The columns that words name, without words the usual ones. Usage with a suggestion for an unknown field."""
    return [column.name for column in _columns(store, NextRequest(fields=words, drawn=drawn))]


def _columns(store: Store, request: NextRequest) -> list[Column]:
    type_ = store.type("lead")
    further_columns = {
        "reason": Column("reason", "reason", TEXT, 1, whole=True),
        "since": Column("since", "since", PAST_MOMENT, 4),
        "record": Column("record", "record", TEXT, 6),
    }
    if request.complete:
        return [*lists.all_columns(type_), *further_columns.values()]
    names = request.fields or (_DRAWN if request.drawn else _PIPED)
    columns = [further_columns.get(name) or lists.as_column(lists.field_named(type_, name)) for name in names]
    return [column._replace(whole=True) if column.name == "phone" else column for column in columns]


def _footer(matches: Sequence[Match], limit: int) -> str:
    if limit and len(matches) == limit:
        return f"the first {limit}; all: --limit 0"
    noun = "leads" if all(match.record == "lead" for match in matches) else "leads and customers"
    return "1 lead" if len(matches) == 1 and noun == "leads" else f"{len(matches)} {noun}"


# Left alone until a day

SNOOZABLE = ("lead", "account", "contact")


def read_snooze(store: Store, text: str) -> str:
    """The day or moment until which to leave somebody alone, '' for `off`. Raises Usage for one that is not ahead."""
    if text.strip().casefold() == "off":
        return ""
    try:
        until: str | None = DUE.parse(text, store.context)
    except ValueError as error:
        raise unreadable("until", text, error) from error
    if not until or not DUE.is_ahead(until, store.context):
        raise Usage(
            f"'{text}' is not ahead of now.", hint="a later day: fri, 2w, 24 dec (see: leadcli help dates); or off"
        )
    return until


def snooze_records(store: Store, target: Target, until: str) -> ResultNote:
    """Leave records out of `next` until then (see read_snooze), or end that."""
    change = EditRequest(replaced={"snoozed_until": until}) if until else EditRequest(cleared=["snoozed_until"])
    note = edit_records(store, target, change)
    type_ = store.type(target.record)
    if not note.ids:
        return note
    whom = f"{type_.name} {note.ids[0]}" if len(note.ids) == 1 else f"{len(note.ids)} {type_.table}"
    undo = store.desk.undo_hint if len(note.ids) > 1 else ""
    if not until:
        return note._replace(sentence=f"{store.desk.choose_verb('Woke', 'wake')} {whom}.{undo}")
    verb = store.desk.choose_verb("Snoozed", "snooze")
    return note._replace(sentence=f"{verb} {whom} until {activities.due_text(store, until)}.{undo}")
