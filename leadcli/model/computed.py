"""SQL of the computed fields: expressions over the row alias `r`, with the parameters :today and :now.

Some of them stand in the file, too: as a column that SQLite computes (`next_touch_sql`), or in the statement that
keeps a column up to date (`last_letter_sql`, `CONTACT_TEST`).
"""

from __future__ import annotations

BANT = ("budget", "authority", "need", "timeline")

WEIGHTED = "CAST(round(r.value * r.probability / 100.0) AS INTEGER)"
TOUCHED = "max(r.updated_at, coalesce(r.activity_at, ''))"
# What counts as a contact with somebody, over the alias `a` of an activity: a task is a plan.
CONTACT_TEST = "a.due_at IS NULL AND a.kind IN ('call', 'email', 'meeting', 'visit')"
# The column holds the latest, also one that is planned for later: then the past ones are looked through.
LAST_CONTACT = (
    "CASE WHEN r.contacted_at <= :now THEN r.contacted_at ELSE (SELECT max(a.at) FROM activities a WHERE "
    f"a.record = 'lead' AND a.record_id = r.id AND {CONTACT_TEST} AND a.at <= :now) END"
)
# Where a lead has tasks due on days and at moments, both firsts are stored: the zone decides which of them is first.
NEXT_DUE = (
    "CASE WHEN r.other_due_at IS NULL OR start_of(r.due_at) <= start_of(r.other_due_at) THEN r.due_at "
    "ELSE r.other_due_at END"
)


def bant_sql() -> str:
    """How many of the four answers are yes."""
    return f"({' + '.join(map(_yes, BANT))})"


def _yes(column: str) -> str:
    answer = f"lower(coalesce(r.{column}, 'unknown'))"
    return (
        f"({answer} NOT IN ('no', 'unknown') AND {answer} NOT GLOB 'no[^a-z]*' AND {answer} NOT GLOB 'unknown[^a-z]*')"
    )


def days_between_sql(end: str, start: str) -> str:
    """Whole days from one moment to another."""
    return f"CAST(julianday(date({end})) - julianday(date({start})) AS INTEGER)"


def primary_sql(table: str, record: str) -> str:
    """The first value of a list such as emails."""
    return f"(SELECT value FROM {table} WHERE record = '{record}' AND record_id = r.id AND position = 0)"


def next_task_sql(column: str, record: str) -> str:
    """A column of the record's next open task."""
    return (
        f"(SELECT {column} FROM activities WHERE record = '{record}' AND record_id = r.id "
        "AND due_at IS NOT NULL AND done_at IS NULL ORDER BY start_of(due_at), due_at, id LIMIT 1)"
    )


def next_touch_sql(since: str, every: str) -> str:
    """The moment that comes `every` (6w, 3m) after the moment `since`, NULL without either.

    The 31st becomes the last day of a shorter month.
    """
    count, unit = f"CAST({every} AS INTEGER)", f"substr({every}, -1)"
    months = f"'+' || ({count} * CASE {unit} WHEN 'm' THEN 1 WHEN 'y' THEN 12 ELSE 0 END) || ' months'"
    days = f"'+' || ({count} * CASE {unit} WHEN 'd' THEN 1 WHEN 'w' THEN 7 ELSE 0 END) || ' days'"
    month_end = f"date({since}, 'start of month', {months}, '+1 month', '-1 day')"
    moment = f"date(min(date({since}, {months}), {month_end}), {days}) || substr({since}, 11)"
    return f"CASE WHEN {every} <> '' THEN {moment} END"


def last_letter_sql(direction: str, whose: str) -> str:
    """When the last contact among the activities `whose` was, if it was an e-mail in this direction, else NULL.

    `whose` is a condition over `a`. What is dated later than it was written down is a plan, and counts from then.
    """
    return (
        f"(SELECT CASE WHEN a.kind = 'email' AND a.direction = '{direction}' THEN a.at END FROM activities a WHERE "
        f"({whose}) AND {CONTACT_TEST} ORDER BY min(a.at, coalesce(a.created_at, a.at)) DESC, a.id DESC LIMIT 1)"
    )


def last_contact_sql(whose: str) -> str:
    """The last contact among the activities `whose`, a condition over `a`."""
    return f"(SELECT max(a.at) FROM activities a WHERE ({whose}) AND {CONTACT_TEST} AND a.at <= :now)"


# Whose activities are contacts with a customer: its own, and those of the records it is linked with.
_OWN = "a.record = '{record}' AND a.record_id = r.id"
_LINKED = "a.record = '{linked}' AND a.record_id IN (SELECT id FROM {table} WHERE {record} = r.id)"
_TABLES = {"lead": "leads", "contact": "contacts", "opportunity": "opportunities"}


def customer_activities(record: str, *linked: str) -> str:
    """A condition over `a`: an activity of this account or contact, or of a linked record of one of these kinds."""
    parts = [_LINKED.format(linked=each, table=_TABLES[each], record=record) for each in linked]
    return " OR ".join(f"({part})" for part in (_OWN.format(record=record), *parts))


def customer_letters(record: str) -> str:
    """The same for letters: what a contact wrote is the contact's, not its account's."""
    lead = "a.record = 'lead' AND a.record_id IN (SELECT id FROM leads WHERE {} = r.id{})"
    of_leads = lead.format(record, "" if record == "contact" else " AND contact IS NULL")
    return f"({_OWN.format(record=record)}) OR ({of_leads})"
