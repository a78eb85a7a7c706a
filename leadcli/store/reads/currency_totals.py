"""Sums of money in one currency: the desk's rates, and how sums of many leads are converted exactly.

A rate says what one unit of a currency is in the base currency from its day on; the newest that is not after a day
counts for it. Open leads, and closed ones whose closing day nobody knows, are converted by the rate of today, others
by that of the local day on which they were closed. SQL adds up the leads of one currency and one rate; the products
are fractions until the last step, so that a total is rounded once.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from leadcli.query import Query, compile_where
from leadcli.text import money
from leadcli.text.dates import words

if TYPE_CHECKING:
    from leadcli.store.store import Store

BASE = "base_currency"  # the name of the desk's own setting
UNDATED = ""  # the day of a rate for all days that have no older one
CurrencySums = list[tuple[str, int]]  # currency, minor units


class RateHistory(NamedTuple):
    """The rates of one currency: days in order, UNDATED first, and the rate from each of them on."""

    days: Sequence[str]
    rates: Sequence[Fraction]

    def at(self, day: str) -> Fraction | None:
        """The rate of a day; None before the first."""
        index = bisect_right(self.days, day)
        return self.rates[index - 1] if index else None

    def day_at(self, day: str) -> str:
        """The day of the rate that counts for a day."""
        return self.days[bisect_right(self.days, day) - 1]


class MoneyTotal(NamedTuple):
    """What amounts to be added up come to: one sum in the base currency, or one a currency where rates are missing."""

    sums: CurrencySums
    used: Mapping[str, Fraction] = {}  # the rates of today by which something was converted
    day: str = ""  # the newest day of these rates
    missing: Sequence[str] = ()  # currencies without a rate

    @property
    def is_converted(self) -> bool:
        return bool(self.used)

    @property
    def remark(self) -> str:
        """ "rates of 2026-11-20"; for several currencies "no rate for USD: leadcli rates set USD RATE"."""
        if self.is_converted:
            return f"rates of {self.day}" if self.day else "at the desk's rates"
        if not self.missing or len(self.sums) < 2:
            return ""
        return f"no rate for {', '.join(self.missing)}: leadcli rates set {self.missing[0]} RATE"


def json_keys(total: MoneyTotal) -> dict[str, Any]:
    """The keys of JSON that say how sums were converted; none where they were not."""
    if not total.is_converted:
        return {}
    rates = {code: float(rate) for code, rate in total.used.items()}
    return {"currency": total.sums[0][0], "converted": True, "rates": rates}


class CurrencyConverter:
    """The desk's rates for one run. `keys` are the values of `key_sql`; None stands for today."""

    def __init__(
        self,
        base: str,
        histories: Mapping[str, RateHistory],
        today: date,
        bounds: Sequence[str],
        *,
        apart: bool = False,
    ) -> None:
        self.base, self.histories, self.today, self.apart = base, histories, today.isoformat(), apart
        self._days = sorted({day for history in histories.values() for day in history.days if day != UNDATED})
        self._bounds = bounds  # the moment (UTC) at which each of these days begins

    @property
    def key_sql(self) -> str:
        """SQL over `r` for which leads have one rate: NULL is that of today, else a number of `rate_at`.

        A search tree of comparisons: for ten years of daily rates twelve of them a lead.
        """
        if not self._days:
            return "NULL"
        tree = _search_tree(self._bounds, 0, len(self._bounds))
        return f"CASE WHEN r.closed_at IS NULL OR r.currency = '{self.base}' THEN NULL ELSE {tree} END"

    def rate_at(self, currency: str, key: int | None) -> Fraction | None:
        """The rate for a currency and a value of `key_sql`. None where there is none."""
        if currency == self.base:
            return Fraction(1)
        history = self.histories.get(currency)
        if history is None:
            return None
        return history.at(self.today if key is None else self._days[key - 1] if key else UNDATED)

    def total(self, rows: Iterable[tuple[str, int | None, int]]) -> MoneyTotal:
        """Add up rows of (currency, key, minor units). By currency, unconverted, when any of them has no rate."""
        rows = list(rows)
        by_currency: dict[str, int] = {}
        for currency, _, units in rows:
            by_currency[currency] = by_currency.get(currency, 0) + units
        sums = sorted(by_currency.items(), key=lambda item: -item[1])
        if set(by_currency) <= {self.base}:
            return MoneyTotal(sums)
        rates = [self.rate_at(currency, key) for currency, key, _ in rows]
        missing = sorted({currency for (currency, _, _), rate in zip(rows, rates, strict=True) if rate is None})
        if missing:
            return MoneyTotal(sums, missing=() if self.apart else missing)
        parts = (self.convert(row[2], row[0], rate) for row, rate in zip(rows, rates, strict=True) if rate)
        used = self.rates_today(by_currency)
        return MoneyTotal([(self.base, round_half_up(sum(parts, Fraction(0))))], used, self.newest_day(by_currency))

    def convert(self, units: Any, currency: str, rate: Fraction) -> Fraction:
        """Minor units of a currency -> minor units of the base currency, exact."""
        return Fraction(units) * rate * money.minor_unit_scale(self.base) / money.minor_unit_scale(currency)

    def rates_today(self, currencies: Iterable[str]) -> dict[str, Fraction]:
        """The rates of today of these currencies, the base currency aside."""
        rates = {code: self.histories[code].at(self.today) for code in currencies if code in self.histories}
        return {code: rate for code, rate in sorted(rates.items()) if rate is not None}

    def newest_day(self, currencies: Iterable[str]) -> str:
        """The newest day of the rates of today of these currencies, '' when no rate has a day."""
        used = self.rates_today(currencies)
        return max((self.histories[code].day_at(self.today) for code in used), default=UNDATED)


def _search_tree(bounds: Sequence[str], low: int, high: int) -> str:
    """SQL: how many of the bounds are not after r.closed_at, known to be between low and high."""
    if low == high:
        return str(low)
    middle = (low + high) // 2
    less, further = _search_tree(bounds, low, middle), _search_tree(bounds, middle + 1, high)
    return f"CASE WHEN r.closed_at < '{bounds[middle]}' THEN {less} ELSE {further} END"


def round_half_up(value: Fraction) -> int:
    """The nearest whole number, halves away from zero, as banks round."""
    magnitude = (2 * abs(value.numerator) + value.denominator) // (2 * value.denominator)
    return magnitude if value >= 0 else -magnitude


# The currencies that have rates, by a look-up each, of which a lead or an opportunity has an amount; and of their rates
# those that count for a day from :since on.
_NEEDED = """
    WITH RECURSIVE known(code) AS (
        SELECT min(currency) FROM rates
        UNION ALL SELECT (SELECT min(currency) FROM rates WHERE currency > known.code) FROM known WHERE code IS NOT NULL
    )
    SELECT currency, day, rate FROM rates WHERE currency IN (
        SELECT code FROM known WHERE EXISTS (SELECT 1 FROM leads WHERE currency = code)
        OR EXISTS (SELECT 1 FROM opportunities WHERE currency = code)
    ) AND day >= coalesce((SELECT max(older.day) FROM rates older WHERE older.currency = rates.currency
                           AND older.day <= :since), '')
    ORDER BY currency, day
"""
_FIRST_CLOSED = """
    SELECT min(first) FROM (SELECT min(closed_at) AS first FROM leads WHERE closed_at IS NOT NULL
                            UNION ALL SELECT min(closed_at) FROM opportunities)
"""


def load_converter(store: Store, *, apart: bool = False) -> CurrencyConverter:
    """The rates of the desk, without any when each currency is shown by itself (`apart`, or for the whole run)."""
    histories: dict[str, tuple[list[str], list[Fraction]]] = {}
    today, zone = store.context.today, words.zone_of(store.context.now)
    apart = apart or store.desk.apart
    if not apart and store.select("SELECT 1 FROM rates LIMIT 1"):
        first = store.select(_FIRST_CLOSED)[0][0]
        # A day earlier: in the local calendar the first one may have been closed then.
        since = min(str(first or today.isoformat())[:10], today.isoformat())
        since = (date.fromisoformat(since) - timedelta(days=1)).isoformat()
        for currency, day, rate in store.select(_NEEDED, {"since": since}):
            days, rates = histories.setdefault(currency, ([], []))
            days.append(day)
            rates.append(Fraction(rate))
    known = {currency: RateHistory(*lists) for currency, lists in histories.items()}
    days = sorted({day for history in known.values() for day in history.days if day != UNDATED})
    bounds = [words.utc_bounds(date.fromisoformat(day), None, zone)[0] or "" for day in days]
    return CurrencyConverter(base_currency(store), known, today, bounds, apart=apart)


def base_currency(store: Store) -> str:
    """The base currency of the desk, or what it would become with the first rate: the setting `currency`."""
    return store.setting(BASE) or store.context.currency


def convert_groups(
    converter: CurrencyConverter, groups: Mapping[Any, Sequence[tuple[str, int | None, int]]]
) -> tuple[dict[Any, CurrencySums], MoneyTotal]:
    """The sums of each group, and the total. All are converted, or, where any rate is missing, none."""
    total = converter.total(row for rows in groups.values() for row in rows)
    alone = converter if total.is_converted else CurrencyConverter(converter.base, {}, date.min, ())
    return {name: alone.total(rows).sums for name, rows in groups.items()}, total


def sum_values(store: Store, record: str, query: Query) -> MoneyTotal:
    """The value of all records that match."""
    converter = load_converter(store)
    condition = compile_where(query, store.context)
    has_day = "closed_at" in store.type(record).fields
    key = converter.key_sql if has_day else "NULL"
    sql = f"""SELECT coalesce(r.currency, ''), {key}, sum(r.value) FROM {store.type(record).table} r
              WHERE {condition.sql} AND r.value IS NOT NULL GROUP BY 1, 2"""
    rows = store.select(sql, store.bound(condition.params))
    return converter.total((currency or store.context.currency, day, units) for currency, day, units in rows)
