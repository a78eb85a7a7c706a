"""What a shell may offer where the cursor stands: fields, values, views, ids. Fifty at most, and silent on any trouble.

Values that a shell could take for more than text are not offered: a tag may say anything, and a completion is typed
into a command line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from itertools import islice
from typing import TYPE_CHECKING

import typer

from leadcli import domain
from leadcli.model.fields import LEAD, RecordType
from leadcli.model.kinds import Choice, Record
from leadcli.query.choices import spell_choice
from leadcli.run import Run

if TYPE_CHECKING:
    from leadcli.store.store import Store

Offer = tuple[str, str]  # what is typed, and what it means
Offering = Callable[[typer.Context, str], list[Offer]]
MOST = 50
RECENT = 200  # leads whose tags are offered
_OPEN_TASKS = domain.TaskRequest(limit=RECENT)
STATES = (
    "open", "closed", "won", "lost", "overdue", "stale", "unanswered", "awaiting", "snoozed", "neglected", "any",
)  # fmt: skip
DAYS = ("today", "yesterday", "tomorrow", "7d..", "..7d", "week", "month", "last-week", "last-month", "none")
COMING_DAYS = ("today", "tomorrow", "fri", "next-mon", "1w", "2w", "eom", "next-week", "next-month")
PAST_DAYS = ("today", "yesterday", "7d", "30d", "week", "month", "last-week", "last-month", "quarter", "year")
_HARMLESS = re.compile(r"(?:[\w.@%+,/:=~-]|!=)+")
_HARMLESS_HELP = re.compile(r"[^\w .,@+/-]+")
_TERM = re.compile(r"([A-Za-z_]+)(!=|>=|<=|[:=~<>])((?:.*,)?)([^,]*)")


def _silently(offering: Callable[[typer.Context, str], Iterable[Offer]]) -> Offering:
    """No trouble shows while somebody types, and no answer is long."""

    @wraps(offering)
    def offered(ctx: typer.Context, incomplete: str) -> list[Offer]:
        try:
            return list(islice(_matching_offers(offering(ctx, incomplete), incomplete), MOST))
        except Exception:
            return []

    return offered


def _matching_offers(offers: Iterable[Offer], typed: str) -> Iterator[Offer]:
    """Those that begin with what was typed, in any case, spelled on as it was begun; each once."""
    seen = set()
    for text, about in offers:
        if text.casefold().startswith(typed.casefold()) and _HARMLESS.fullmatch(text) and text not in seen:
            seen.add(text)
            yield typed + text[len(typed) :], _HARMLESS_HELP.sub(" ", about).strip()


def _completion_run(ctx: typer.Context) -> Run:
    """A run that reads the database the command line names, and waits for nobody."""
    run = Run([])
    places = [ctx, *([ctx.parent] if ctx.parent else [])]
    run.db = next((str(place.params["db"]) for place in places if place.params.get("db")), "")
    run.timeout = 0.3
    return run


@_silently
def complete_query(ctx: typer.Context, incomplete: str) -> Iterable[Offer]:
    """The next step of a filter: st -> status: -> status:new."""
    if incomplete.startswith("@"):
        return _view_names(ctx)
    term = _TERM.fullmatch(incomplete)
    if not term:
        return _fields_of_filter(LEAD)
    field, operator, before, _ = term.groups()
    return ((f"{field}{operator}{before}{text}", about) for text, about in _field_values(ctx, field))


@_silently
def complete_target(ctx: typer.Context, incomplete: str) -> Iterable[Offer]:
    """Ids with their names, else a filter."""
    if incomplete and not incomplete.isdigit():
        return complete_query(ctx, incomplete)
    words = [f"id:{incomplete}.."] if incomplete else ["is:open"]
    return [(str(lead["id"]), str(lead["name"] or "")) for lead in _recent_leads(ctx, words, ["id", "name"])]


def _recent_leads(ctx: typer.Context, words: list[str], fields: list[str]) -> list[Record]:
    store = _completion_run(ctx).store()
    try:
        return store.find("lead", domain.parse_with_views(store, words), fields=fields, sort="-id", limit=RECENT)
    finally:
        store.close()


_WORD = re.compile(r"[^\W\d_][\w-]+")


@_silently
def _complete_lead(ctx: typer.Context, incomplete: str) -> Iterable[Offer]:
    """Ids with their names; for letters the words and e-mails by which an open lead can be named, then a filter."""
    if not _WORD.fullmatch(incomplete):
        return complete_target(ctx, incomplete)
    called: dict[str, list[str]] = {}
    fields = ["id", "name", "first_name", "last_name", "company", "email"]
    for lead in _recent_leads(ctx, ["is:open", f'"{incomplete}"'], fields):
        label = f"{lead['id']} {lead['name'] or ''}"
        text = " ".join(str(lead[name] or "") for name in fields[1:-1])
        for word in dict.fromkeys([*_WORD.findall(text), lead["email"] or ""]):
            called.setdefault(word, []).append(label)
    names = [(word, labels[0] if len(labels) == 1 else f"{len(labels)} leads") for word, labels in called.items()]
    return [*names, *complete_query(ctx, incomplete)]


@_silently
def _complete_status(ctx: typer.Context, incomplete: str) -> Iterable[Offer]:
    """A lead first, then its new status, or one more lead."""
    leads = _complete_lead(ctx, incomplete)
    if not ctx.params.get("words"):
        return leads
    return [*_field_values(ctx, "status"), *(leads if incomplete else ())]


def _with_days(complete: Offering, *words: str) -> Offering:
    """A target first, then a day, or one more of the target."""

    def offered(ctx: typer.Context, incomplete: str) -> Iterable[Offer]:
        behind = ctx.params.get("words") or ctx.params.get("task")
        days = [(day, "") for day in (*COMING_DAYS, *words)] if behind else []
        return [*days, *complete(ctx, incomplete)] if incomplete or not days else days

    return _silently(offered)


@_silently
def _complete_setting(ctx: typer.Context, incomplete: str) -> Iterable[Offer]:
    """A field, the desk's own ones first, then its value: seg -> segment= -> segment=EMEA."""
    name, equals, _ = incomplete.partition("=")
    if equals:
        return [(f"{name}={text}", about) for text, about in _field_values(ctx, name)]
    return ((f"{name}=", about) for name, about in _read_names(ctx, _writable_names))


def _writable_names(store: Store) -> list[Offer]:
    """The fields that can be set, the desk's own ones first."""
    fields = sorted(store.type("lead").writable(), key=lambda field: not field.custom)
    return [(field.name, field.help) for field in fields]


@_silently
def _complete_task(ctx: typer.Context, incomplete: str) -> Iterable[Offer]:
    """Open tasks, the next due first, else a filter."""
    if incomplete and not re.fullmatch(r"[Tt]?\d*", incomplete):
        return complete_query(ctx, incomplete)
    letter = "" if incomplete.isdigit() else "T"
    return _read_names(
        ctx, lambda store: [(f"{letter}{row['id']}", row["text"]) for row in domain.find_tasks(store, _OPEN_TASKS)]
    )


def complete_named(kind: str) -> Offering:
    """What is offered where a name of this kind, a filter, a target or a report is typed."""
    return NAMED[kind]


@_silently
def _complete_report(ctx: typer.Context, incomplete: str) -> Iterable[Offer]:
    """Its name first, then a filter."""
    if ctx.params.get("words"):
        return complete_query(ctx, incomplete)

    ready = [(each.name, each.title) for each in domain.REPORTS.values()]
    run = _completion_run(ctx)
    if not run.path.exists():
        return ready
    return _read_names(ctx, lambda store: [(row["name"], row["title"]) for row in domain.list_reports(store).rows])


def _read_names(ctx: typer.Context, offers: Callable[[Store], Iterable[Offer]]) -> list[Offer]:
    store = _completion_run(ctx).store()
    try:
        return list(offers(store))
    finally:
        store.close()


def _operations(store: Store) -> Iterator[Offer]:
    yield from ((str(number), command) for number, command in domain.undoable_operations(store, RECENT))


def _rule_names(store: Store) -> Iterator[Offer]:

    yield from ((rule.name, f"on {rule.event}") for rule in domain.all_rules(store))


def _event_names(ctx: typer.Context, incomplete: str) -> list[Offer]:

    return [(event, "") for event in domain.RULE_EVENTS]


NAMED: dict[str, Offering] = {
    "query": complete_query,
    "target": complete_target,
    "lead": _complete_lead,
    "status": _complete_status,
    "set": _complete_setting,
    "coming days": _silently(lambda ctx, _: ((day, "") for day in COMING_DAYS)),
    "past days": _silently(lambda ctx, _: ((day, "") for day in PAST_DAYS)),
    "own field": _silently(lambda ctx, _: _read_names(ctx, _writable_names)),
    "operation": _silently(lambda ctx, _: _read_names(ctx, _operations)),
    "task": _complete_task,
    "task and date": _with_days(_complete_task),
    "target and date": _with_days(complete_target, "off"),
    "report": _complete_report,
    "event": _silently(_event_names),
    "rule": _silently(lambda ctx, _: _read_names(ctx, _rule_names)),
    "sequence": _silently(
        lambda ctx, _: _read_names(
            ctx, lambda store: [(each.name, f"{len(each.steps)} steps") for each in domain.all_sequences(store)]
        )
    ),
    "template": _silently(
        lambda ctx, _: _read_names(
            ctx, lambda store: [(row["name"], row["subject"]) for row in store.every("template")]
        )
    ),
    "view": _silently(lambda ctx, _: ((name.removeprefix("@"), text) for name, text in _view_names(ctx))),
}


def complete_option(offers: str) -> Callable[[typer.Context, list[str], str], list[Offer]] | None:
    """The offering for an option's value, by what it `offers`; None leaves it to the shell (files)."""
    kind, _, rest = offers.partition(":")
    if kind in ("words", "field"):
        names = rest.split() or list(LEAD.fields)
        return lambda ctx, args, incomplete: _complete_list(ctx, incomplete, names)
    if kind == "value":
        return lambda ctx, args, incomplete: _silently(lambda ctx, _: _field_values(ctx, rest))(ctx, incomplete)
    return (lambda ctx, args, incomplete: NAMED[kind](ctx, incomplete)) if kind else None


def _complete_list(ctx: typer.Context, incomplete: str, names: list[str]) -> list[Offer]:
    """A comma-separated list of names, each of which may begin with a minus sign."""
    before = re.match(r"(?:.*,)?-?", incomplete)
    head = before[0] if before else ""
    return _silently(lambda ctx, _: ((head + name, "") for name in names))(ctx, incomplete)


def _fields_of_filter(record: RecordType) -> Iterator[Offer]:
    yield from (("is:", "open, won, overdue"), ("has:", "field is filled"), ("no:", "field is empty"), ("not", ""))
    yield ("kind:", "kind of activity")
    yield from ((f"{field.name}:", field.help) for field in record.fields.values())


def _field_values(ctx: typer.Context, word: str) -> Iterator[Offer]:
    if word == "is":
        yield from ((state, "") for state in STATES)
        return
    if word == "kind":
        yield from ((kind, "") for kind in domain.ACTIVITY_KINDS)
        return
    if word in ("has", "no"):
        yield from ((field.name, field.help) for field in LEAD.fields.values())
        return
    run = _completion_run(ctx)
    store = run.store()
    try:
        field = store.type("lead").find(word)
        if field is None:
            return
        if isinstance(field.kind, Choice):
            labels = [option.label for option in store.options(field.kind.vocabulary) if option.active]
            labels += _used_values(store, field.name) if field.kind.open else []
            yield from ((spell_choice(label), label) for label in labels)
        elif field.name == "tags":
            yield from ((tag, "") for tag in _used_values(store, "tags"))
        elif field.kind.filter in ("date", "moment", "due"):
            yield from ((day, "") for day in DAYS)
        elif field.kind.filter == "flag":
            yield from (("yes", ""), ("no", ""))
    finally:
        store.close()


def _used_values(store: Store, name: str) -> list[str]:
    """The values recent leads have in a field."""

    values: dict[str, None] = {}
    for lead in store.find(
        "lead", domain.parse_with_views(store, ["is:any"]), fields=["id", name], sort="-id", limit=RECENT
    ):
        value = lead.get(name)
        values.update(dict.fromkeys(value if isinstance(value, list) else [value] if value else []))
    return list(values)


def _view_names(ctx: typer.Context) -> list[Offer]:

    return _read_names(ctx, lambda store: [(f"@{name}", text) for name, text in domain.view_texts(store).items()])
