"""What a report says below its numbers, to people: conversion, median age, leads without a probability."""

from __future__ import annotations

from leadcli import query as filters
from leadcli.domain import views
from leadcli.domain.reports.journal import median
from leadcli.domain.reports.measures import percent
from leadcli.fields import LEAD
from leadcli.query import Query
from leadcli.store.store import Store


def counted(store: Store, query: Query, text: str) -> int:
    """How many of the leads also match `text`."""
    return store.count("lead", filters.both(query, views.parse(store, [text])))


def pipeline(store: Store, query: Query) -> str:
    """ "Conversion 58.6 % of closed (17 of 29) · median age of open leads 23 days"."""
    said = []
    won, closed = counted(store, query, "is:won"), counted(store, query, "is:closed")
    if closed:
        said.append(f"Conversion {percent(won, closed):g} % of closed ({won:,} of {closed:,})")
    age = median_age(store, query)
    if age is not None:
        said.append(f"median age of open leads {age:g} day{'' if age == 1 else 's'}")
    text = " · ".join(said)
    return text[:1].upper() + text[1:]


def median_age(store: Store, query: Query) -> float | None:
    """Days; None when nothing is open."""
    condition = filters.where(filters.both(query, views.parse(store, ["is:open"])), store.context)
    sql = f"SELECT {LEAD.fields['age'].sql}, count(*) FROM leads r WHERE {condition.sql} GROUP BY 1 ORDER BY 1"
    found = [(age or 0, count) for age, count in store.select(sql, store.bound(condition.params))]
    return median(found) if found else None


def unweighted(store: Store, query: Query) -> str:
    """How many leads the weighted sum leaves out; '' for none."""
    count = counted(store, query, "has:value no:probability")
    if not count:
        return ""
    said = "1 lead has no probability and is" if count == 1 else f"{count:,} leads have no probability and are"
    return f"{said} left out of weighted"
