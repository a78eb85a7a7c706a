"""Rates: what one unit of a currency is in the base currency of the desk, from which day on, and where they come from.

The files of the European Central Bank are read as published (eurofxref.csv, eurofxref-hist.csv): a heading `Date` and a
column a currency, amounts of it for one euro, `N/A` where there is none, a comma at the end of each line.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation, localcontext
from operator import itemgetter
from typing import Any

from leadcli.errors import NotFound, Refused, Usage, nearest_name
from leadcli.model.kinds import TEXT, Record
from leadcli.model.results import Column, ResultNote, Table, format_count
from leadcli.store.journal.operation import begin_operation, write_setting
from leadcli.store.reads.currency_totals import BASE, UNDATED, base_currency
from leadcli.store.store import Store
from leadcli.text import money
from leadcli.text.dates import words

_COLUMNS = (
    Column("currency", "currency", TEXT, 0),
    Column("rate", "rate", TEXT, 0),
    Column("day", "from", TEXT, 0),
    Column("base", "in", TEXT, 3),
)
_DIGITS = 12  # significant ones of a rate that is computed from another
_NONE = ("", "n/a", "na", "-")
Rate = tuple[str, str, str]  # currency, day, rate


def rate_table(store: Store, *, all_days: bool = False) -> Table:
    """The rate of each currency that counts today, and what has none; with `all_days` every rate there is."""
    base = base_currency(store)
    today, rates = store.context.today.isoformat(), store.every("rate")
    rows: dict[Any, Record] = {}
    for row in sorted(rates, key=itemgetter("currency", "day"), reverse=True):
        currency, day, rate = row["currency"], row["day"], row["rate"]
        key = (currency, day) if all_days else currency
        if all_days or day <= today:
            rows.setdefault(key, {"currency": currency, "rate": rate, "day": day or None, "base": base})
    days = f"{format_count(len(rates), 'rate')}, base currency {base}"
    empty = f"No rates yet; sums show each currency by itself. Set one: leadcli rates set USD RATE (in {base})"
    return Table(
        _COLUMNS,
        sorted(rows.values(), key=itemgetter("currency")),
        footer=days if rows else "",
        key="currency",
        empty=empty,
    )


def set_base(store: Store, currency: str) -> ResultNote:
    """Set the base currency. Refused while rates in another one are there, which would be wrong then."""
    base = _check_currency(currency)
    before = base_currency(store)
    count = len(store.every("rate"))
    if count and base != before:
        raise Refused(
            f"{count:,} rate{' is' if count == 1 else 's are'} in {before}, and would be wrong in {base}.",
            hint=f"leadcli rates rm --all, then: leadcli rates base {base}",
        )
    with begin_operation(store) as operation:
        write_setting(operation, BASE, base)
    verb = "The base currency is" if store.desk.keep else "The base currency would be"
    return ResultNote(f"{verb} {base}: sums are shown in it.", json={"base": base})


def set_rate(store: Store, currency: str, rate: str, *, on: str = "") -> ResultNote:
    """Set what one unit of a currency is in the base currency: for `on`, or for every day that has no older rate."""
    code, base = _check_currency(currency), base_currency(store)
    if code == base:
        raise Usage(f"{base} is the base currency: its rate is 1.", hint="another base: leadcli rates base USD")
    day = _read_on(store, on) if on else UNDATED
    number = _check_rate(rate)
    _write_rates(store, [(code, day, number)])
    since = f" from {day} on" if day else ""
    verb = store.desk.choose_verb("Set", "set")
    row = {"currency": code, "rate": number, "day": day or None, "base": base}
    return ResultNote(f"{verb} 1 {code} = {number} {base}{since}.", json=row)


def _read_on(store: Store, text: str) -> str:
    """The day of --on, which has come. Raises Usage."""
    return words.parse_day(text, store.context.today, forward=False, order=store.context.date_order).isoformat()


def import_rates(store: Store, lines: Iterable[str], name: str) -> ResultNote:
    """Read rates from a file of the European Central Bank, or with the columns date, currency and rate.

    A rate of the same currency and day is replaced. Raises Usage, with the line, for what cannot be read: then nothing
    is changed. A file in euros is converted where the base currency is another one that has a rate in it.
    """
    rows = csv.reader(lines)
    heading = [cell.strip() for cell in next(rows, [])]
    names = [cell.casefold() for cell in heading]
    if {"date", "currency", "rate"} <= set(names):
        rates = list(_listed_rates(rows, names, name))
    elif names[:1] == ["date"] and all(re.fullmatch("[A-Z]{3}", cell) for cell in heading[1:] if cell):
        rates = list(_published_rates(rows, heading, base_currency(store), name))
    else:
        raise Usage(
            f"{name} is no file of rates: its heading is '{','.join(heading)[:60]}'.",
            hint="eurofxref.csv of the European Central Bank, or the columns date,currency,rate",
        )
    base = base_currency(store)
    unique = {(currency, day): (currency, day, rate) for currency, day, rate in rates if currency != base}
    changed = _write_rates(store, list(unique.values()))
    days = sorted({day for _, day in unique})
    span = (f" of {days[0]}" if len(days) == 1 else f" of {len(days):,} days up to {days[-1]}") if days else ""
    verb = store.desk.choose_verb("Read", "read")
    same = f", {len(unique) - changed:,} were there already" if changed < len(unique) else ""
    sentence = f"{verb} {format_count(len(unique), 'rate')}{span}, in {base}{same}."
    return ResultNote(sentence, json={"rates": len(unique), "changed": changed, "base": base})


def remove_rates(store: Store, currencies: Sequence[str], *, on: str = "", every: bool = False) -> ResultNote:
    """Remove the rates of currencies, of one day or of all; `every` removes all of all currencies."""
    if bool(currencies) == every:
        raise Usage("which rates?", hint="leadcli rates rm USD, or: leadcli rates rm --all")
    codes = [_check_currency(each) for each in currencies]
    day = _read_on(store, on) if on else None
    ids = [
        row["id"] for row in store.every("rate") if (every or row["currency"] in codes) and day in (None, row["day"])
    ]
    if not ids:
        what = "there are no rates" if every else f"{', '.join(codes)} has no rate" + (f" of {day}" if day else "")
        raise NotFound(f"{what}.", hint="all rates: leadcli rates")
    with begin_operation(store) as operation:
        for id in ids:
            operation.delete("rate", id)
    sentence = f"{store.desk.choose_verb('Removed', 'remove')} {format_count(len(ids), 'rate')}.{store.desk.undo_hint}"
    return ResultNote(sentence, json={"removed": len(ids)})


def _check_currency(text: str) -> str:
    code = text.strip().upper()
    if not re.fullmatch("[A-Z]{3}", code):
        near = nearest_name(code, money.SYMBOLS)
        raise Usage(f"'{text}' is no currency.", hint=f"write its ISO code, such as {near or 'USD'}")
    return code


def _check_rate(text: str, where: str = "") -> str:
    try:
        rate = Decimal(text.strip())
    except InvalidOperation:
        rate = Decimal(0)
    if not rate.is_finite() or not Decimal("1e-9") <= rate <= Decimal("1e9"):
        raise Usage(f"{where}'{text}' is no rate.", hint="a number with a decimal point, such as 0.92")
    return format(rate.normalize(), "f")


def _listed_rates(rows: Iterable[Sequence[str]], names: Sequence[str], file: str) -> Iterator[Rate]:
    at = {name: names.index(name) for name in ("date", "currency", "rate")}
    for number, row in enumerate(rows, start=2):
        if not any(cell.strip() for cell in row):
            continue
        where = f"{file}, line {number}: "
        if len(row) <= max(at.values()):
            raise Usage(f"{where}it has no date, currency and rate.")
        day = row[at["date"]].strip()
        yield _check_currency(row[at["currency"]]), _read_day(day, where), _check_rate(row[at["rate"]], where)


def _published_rates(rows: Iterable[Sequence[str]], heading: Sequence[str], base: str, file: str) -> Iterator[Rate]:
    """Rates of the European Central Bank, there amounts for one euro -> what one unit is in the base currency."""
    for number, row in enumerate(rows, start=2):
        if not any(cell.strip() for cell in row):
            continue
        where = f"{file}, line {number}: "
        day = _read_day(row[0].strip(), where)
        per_euro = {"EUR": Decimal(1)}
        for currency, cell in zip(heading[1:], row[1:], strict=False):
            if currency and cell.strip().casefold() not in _NONE:
                per_euro[currency] = Decimal(_check_rate(cell, where))
        if base not in per_euro:
            raise Usage(f"{where}it has no rate of {base}, the base currency.", hint="leadcli rates base EUR")
        with localcontext() as context:
            context.prec = _DIGITS
            for currency, amount in per_euro.items():
                yield currency, day, format((per_euro[base] / amount).normalize(), "f")


def _read_day(text: str, where: str) -> str:
    """An ISO day, or as the daily file writes it: 30 November 2026."""
    for shape in ("%Y-%m-%d", "%d %B %Y"):
        try:
            return datetime.strptime(text, shape).date().isoformat()
        except ValueError:
            continue
    raise Usage(f"{where}'{text}' is no day.", hint="write 2026-11-30")


def _write_rates(store: Store, rates: Sequence[Rate]) -> int:
    """Write rates in one operation; the first rate of a desk settles its base currency. How many were not there yet."""
    present = {(row["currency"], row["day"]): (row["id"], row["rate"]) for row in store.every("rate")}
    changed = [each for each in rates if present.get(each[:2], (0, ""))[1] != each[2]]
    with begin_operation(store) as operation:
        if not store.setting(BASE):
            write_setting(operation, BASE, base_currency(store))
        new = [each for each in changed if each[:2] not in present]
        operation.insert_many("rate", [{"currency": code, "day": day, "rate": rate} for code, day, rate in new])
        for each in changed:
            if each[:2] in present:
                operation.update("rate", present[each[:2]][0], {"rate": each[2]})
    return len(changed)
