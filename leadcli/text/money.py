"""Money: decimal text <-> integer minor units of an ISO 4217 currency, and how an amount looks.

No floating point anywhere. The precision table lists the exceptions of ISO 4217; every other currency has two decimals.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from decimal import Decimal

_WHOLE = ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF")
_THREE = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
PRECISION = dict.fromkeys((*_WHOLE, "XOF", "XPF"), 0)
PRECISION |= dict.fromkeys(_THREE, 3)
SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹", "KRW": "₩"}
SYMBOLS |= {"UAH": "₴", "VND": "₫", "ILS": "₪"}
SUFFIXES = {"": 1, "k": 1000, "m": 1000000}
_AMOUNT, _CODE = r"([+-]?)\s*(\d+(?:\.\d*)?|\.\d+)\s*([kKmM]?)", r"([A-Za-z]{3})$"
# 2**63 - 1 is what an INTEGER column holds; three decimals and a sum over a million rows still fit below this.
_LARGEST = 10**15
_DIGITS = 28  # and a point: decimals are exact up to here


class Amount(NamedTuple):
    """What somebody typed: major units, and the currency if one was named."""

    major: Decimal
    currency: str = ""


def minor_unit_digits(currency: str | None) -> int:
    """Decimals of a currency: JPY 0, EUR 2, KWD 3."""
    return PRECISION.get(currency or "", 2)


def minor_unit_scale(currency: str | None) -> int:
    """Minor units in one major unit."""
    return (1, 10, 100, 1000)[minor_unit_digits(currency)]


def parse_amount(text: str) -> Amount:
    """`12500` `12500.50` `12.5k` `12500 USD` `€12500` -> Amount.

    ValueError when it is none, or could be read two ways.
    """
    rest, currency = text.strip(), ""
    for code, symbol in SYMBOLS.items():
        if symbol in rest:
            rest, currency = rest.replace(symbol, "", 1).strip(), code
    named = re.search(_CODE, rest)
    if named and not currency:
        rest, currency = rest[: named.start()].strip(), named[1].upper()
    match = re.fullmatch(_AMOUNT, rest, re.ASCII)
    if not match:
        if re.fullmatch(r"[+-]?\d[\d.,' \u00a0\u202f]*[kKmM]?", rest):
            raise ValueError("can be read in two ways; write plain digits with a decimal point, such as 1234.56")
        raise ValueError("is not an amount; write it like 12500, 12500.50, 12.5k or 12500 USD")
    sign, digits, suffix = match.groups()
    if len(digits) > _DIGITS + 1:
        raise ValueError("is larger than leadcli can add up (10^15 minor units), or has more decimals than money has")
    from decimal import Decimal

    major = Decimal(digits) * SUFFIXES[suffix.lower()]
    return Amount(-major if sign == "-" else major, currency)


def minor_units(value: Amount, currency: str | None) -> int:
    """Minor units of an amount in `currency`. ValueError: more decimals than the currency has, or too large."""
    units = value.major * minor_unit_scale(currency)
    if units != units.to_integral_value():
        places = minor_unit_digits(currency)
        allowed = "no decimals" if places == 0 else f"{places} decimals"
        raise ValueError(f"has more decimals than {currency or 'money'} has ({allowed}); 1.234 is never read as 1234")
    if abs(units) > _LARGEST:
        raise ValueError("is larger than leadcli can add up (10^15 minor units)")
    return int(units)


def major_units(units: int, currency: str | None) -> Decimal:
    """Minor units -> exact major units."""
    from decimal import Decimal

    return Decimal(units).scaleb(-minor_unit_digits(currency))


def plain_amount(units: int, currency: str | None) -> str:
    """`12500.00`: major units with the currency's decimals, for files and pipes."""
    places = minor_unit_digits(currency)
    if places == 0:
        return str(units)
    sign, digits = ("-" if units < 0 else ""), str(abs(units)).rjust(places + 1, "0")
    return f"{sign}{digits[:-places]}.{digits[-places:]}"


def format_amount(units: int, currency: str | None, locale: str = "") -> str:
    """`€12,500.00`, or as `locale` writes it (through Babel, loaded only when a locale is configured)."""
    if locale and currency:
        from babel.numbers import format_currency

        return str(format_currency(major_units(units, currency), currency, locale=locale))
    text = f"{abs(major_units(units, currency)):,.{minor_unit_digits(currency)}f}"
    sign = "-" if units < 0 else ""
    symbol = SYMBOLS.get(currency or "")
    return f"{sign}{symbol}{text}" if symbol else f"{sign}{text} {currency or ''}".rstrip()


def short_amount(units: int, currency: str | None) -> str:
    """`€12.5k` `€4k` `€800` `€1.2M` `€3.4B`: one glance on a board card."""
    size, names = abs(major_units(units, currency)), ["", "k", "M", "B", "T"]
    while (text := f"{size:.1f}".rstrip("0").rstrip(".")) and size * 20 >= 19999 and len(names) > 1:
        size, names = size / 1000, names[1:]
    text += names[0]
    sign = "-" if units < 0 else ""
    symbol = SYMBOLS.get(currency or "")
    return f"{sign}{symbol}{text}" if symbol else f"{sign}{text} {currency or ''}".rstrip()
