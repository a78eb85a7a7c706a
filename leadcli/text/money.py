"""Money: decimal text <-> integer minor units of an ISO 4217 currency, and how an amount looks.

No floating point anywhere. Codes and decimals are those of ISO 4217.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from leadcli.text.patterns import LazyPattern

if TYPE_CHECKING:
    from decimal import Decimal

# ISO 4217, list one of 2026, without metals and test codes; then what list three took out in the last years.
_CODE_LIST = """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF
    CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD
    HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD
    MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN
    PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD
    TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAD XAF XCD XCG XDR XOF XPF XSU XUA YER ZAR ZMW ZWG
    ANG BGN CUC HRK SLL ZWL
"""
CODES = frozenset(_CODE_LIST.split())
_WHOLE = ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF")
_THREE = ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND")
PRECISION = dict.fromkeys((*_WHOLE, "XOF", "XPF"), 0)
PRECISION |= dict.fromkeys(_THREE, 3) | {"CLF": 4, "UYW": 4}
SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹", "KRW": "₩"}
SYMBOLS |= {"UAH": "₴", "VND": "₫", "ILS": "₪"}
# What else people write for a currency, in small letters and without a dot at the end.
_MARKS = {sign: code for code, sign in SYMBOLS.items()} | {
    "us$": "USD", "a$": "AUD", "au$": "AUD", "c$": "CAD", "ca$": "CAD", "can$": "CAD", "nz$": "NZD", "hk$": "HKD",
    "s$": "SGD", "sg$": "SGD", "nt$": "TWD", "r$": "BRL", "mx$": "MXN", "mex$": "MXN", "rs": "INR", "re": "INR",
    "zł": "PLN", "zl": "PLN", "złotych": "PLN", "kč": "CZK", "kc": "CZK", "ft": "HUF", "lei": "RON", "leu": "RON",
    "лв": "BGN", "₺": "TRY", "tl": "TRY", "₽": "RUB", "руб": "RUB", "грн": "UAH", "din": "RSD", "дин": "RSD",
    "₱": "PHP", "฿": "THB", "₦": "NGN", "₡": "CRC", "₲": "PYG", "₸": "KZT", "₾": "GEL", "₼": "AZN", "rp": "IDR",
    "rm": "MYR", "r": "ZAR", "s/": "PEN", "fr": "CHF", "sfr": "CHF", "rmb": "CNY", "cn¥": "CNY", "元": "CNY",
    "円": "JPY", "원": "KRW", "euro": "EUR", "euros": "EUR", "dollar": "USD", "dollars": "USD", "pound": "GBP",
    "pounds": "GBP", "kr": "KR", "kronor": "KR", "kroner": "KR", "-kr": "KR",
}  # fmt: skip
KRONE, _KRONER = "KR", ("SEK", "NOK", "DKK", "ISK")
_COMMA_GROUPS = ("USD", "GBP", "INR")  # whose amounts are written one way: a comma before three digits groups
SUFFIXES = {"": 1, "k": 1000, "m": 1000000}
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
    return (1, 10, 100, 1000, 10000)[minor_unit_digits(currency)]


PLAIN, POINT, COMMA, EITHER = 0, 1, 2, 3  # the form of an amount: what it tells about its column
_SPACES = LazyPattern(r"(?<=\d)[ \u00a0\u202f\u2009'\u2019](?=\d{3}(?!\d))")
_PARTS = LazyPattern(r"(\D*?)((?:(?<![^\W\d_])[.,](?=[0-9]))?[0-9][0-9.,]*)[ \u00a0]?([kKmM](?![^\W\d_]))?(\D*)")
_POINTED = LazyPattern(
    r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?|[1-9]\d?(?:,\d{2})+,\d{3}(?:\.\d+)?|\d+\.?\d*|\.\d+", re.ASCII
)
_COMMAED = LazyPattern(r"[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?|\d+(?:,\d+)?|,\d+", re.ASCII)
_GROUP = LazyPattern(r"\d{1,3}[.,]\d{3}", re.ASCII)
_WHOLE_END = LazyPattern(r"(?<=\d)[.,][-\u2013\u2014=]+(?=\D*$)")  # `500,-` is 500
_NO_AMOUNT = "is not an amount; write it like 12500, 12500.50, 12.5k or 12500 USD"


class NoAmountError(ValueError):
    """The text is no amount at all: neither its number nor its currency is in doubt."""

    def __init__(self) -> None:
        super().__init__(_NO_AMOUNT)


class AmountReading(NamedTuple):
    """An amount read with a decimal point and with a decimal comma, None where that is not possible, and its form."""

    pointed: Amount | None
    commaed: Amount | None
    form: int


def parse_amount(text: str, currency: str = "", locale: str = "") -> Amount:
    """`12500` `12500.50` `12.5k` `12500 USD` `€1.234,50` `₹1,50,000` -> Amount.

    One separator before exactly three digits may group or begin decimals. The currency decides (the one typed, else
    `currency`), then the notation of `locale`. ValueError names both amounts where nothing decides.
    """
    reading = read_amount(text)
    pointed, commaed = reading.pointed, reading.commaed
    if pointed is None or commaed is None or reading.form != EITHER:
        amount = pointed or commaed
        assert amount
        return amount
    code, is_comma = pointed.currency or currency, "," in text
    # Decimals of three digits are written with a point by leadcli itself; commas group where dollars are counted.
    if code in _COMMA_GROUPS or (minor_unit_digits(code) == 3 and not is_comma):
        return pointed
    if locale:
        return commaed if _decimal_mark(locale) == "," else pointed
    raise ValueError(_both_amounts(pointed, commaed, locale_of="en_US" if is_comma else "de_DE"))


def _decimal_mark(locale: str) -> str:
    from babel.numbers import get_decimal_symbol

    return str(get_decimal_symbol(locale))


def _both_amounts(pointed: Amount, commaed: Amount, *, locale_of: str) -> str:
    low, high = sorted((pointed.major.normalize(), commaed.major.normalize()))
    decimals = len(f"{low:f}".partition(".")[2])
    plain = [f"{high:f}"] + ([f"{low:.2f}" if decimals else f"{low:f}"] if decimals <= 2 else [])
    return (
        f"can mean {high:f} or {low:f}; write {' or '.join(plain)}, "
        f"or say how you write amounts: leadcli config locale {locale_of}"
    )


def read_amount(text: str) -> AmountReading:
    """`12.500,00` -> (None, 12500.00, COMMA); `12500` -> twice the same, PLAIN.

    NoAmountError when it is no amount at all, ValueError when its currency is none of ISO 4217.
    """
    if text.isascii() and text.isdigit():
        value = _amount("", text, "", "")
        return AmountReading(value, value, PLAIN)
    from unicodedata import normalize  # not at the start of every command

    bare = (text if text.isascii() else normalize("NFKC", text)).strip().replace("\u2212", "-")
    if bare[:1] == "(" and bare[-1:] == ")":  # bookkeepers' minus
        bare = "-" + bare[1:-1].strip()
    parts = _PARTS.fullmatch(_WHOLE_END.sub("", _SPACES.sub("", bare)))
    if not parts:
        is_doubtful = re.fullmatch(r"[+-]?\d[\d.,' \u00a0\u202f]*[kKmM]?", bare)
        if not is_doubtful:
            raise NoAmountError
        raise ValueError("can be read in two ways; write plain digits with a decimal point, such as 1234.56")
    before, digits, suffix, after = parts[1], parts[2], parts[3] or "", parts[4]
    sign, currency = _sign_and_currency(before, after)
    if "." not in digits and "," not in digits:
        value = _amount(sign, digits, suffix, currency)
        return AmountReading(value, value, PLAIN)
    pointed = _amount(sign, digits.replace(",", ""), suffix, currency) if _POINTED.fullmatch(digits) else None
    plain = digits.replace(".", "").replace(",", ".")
    commaed = _amount(sign, plain, suffix, currency) if _COMMAED.fullmatch(digits) else None
    if pointed is None and commaed is None:
        raise ValueError("can be read in two ways; write plain digits with a decimal point, such as 1234.56")
    if pointed is None or commaed is None:
        return AmountReading(pointed, commaed, POINT if commaed is None else COMMA)
    if currency in _COMMA_GROUPS and "," in digits:
        return AmountReading(pointed, None, POINT)
    if currency and minor_unit_digits(currency) == 0:  # yen and won have no decimals, so that this is a group
        return AmountReading(pointed, None, POINT) if "," in digits else AmountReading(None, commaed, COMMA)
    return AmountReading(pointed, commaed, EITHER if _GROUP.fullmatch(digits) else PLAIN)


def _amount(sign: str, digits: str, suffix: str, currency: str) -> Amount:
    if len(digits) > _DIGITS + 1:
        raise ValueError("is larger than leadcli can add up (10^15 minor units), or has more decimals than money has")
    from decimal import Decimal

    major = Decimal(digits) * SUFFIXES[suffix.lower()]
    return Amount(-major if sign == "-" else major, currency)


def _sign_and_currency(before: str, after: str) -> tuple[str, str]:
    """What stands around the digits: `-€`, `EUR -`, ` zł`."""
    front = re.fullmatch(r"\s*([+-]?)\s*(.*?)\s*([+-]?)\s*", before)
    if not front or (front[1] and front[3]):
        raise NoAmountError
    named = [read_currency(word) for word in (front[2], after.strip()) if word]
    if len(named) == 2 and named[0] != named[1] and front[2] != "$":
        raise ValueError(f"names two currencies, {named[0]} and {named[1]}; write one")
    return front[1] or front[3], named[-1] if named else ""


def read_currency(word: str) -> str:
    """`EUR`, `eur`, `€`, `lei`, `US$` -> the code of ISO 4217. ValueError for an unknown one, with the nearest."""
    code = word.strip().upper()
    if code in CODES:
        return code
    if mark := _MARKS.get(word.strip().casefold().rstrip(".")):
        return mark
    if not re.fullmatch(r"[A-Z]{3}", code):
        raise NoAmountError
    from difflib import get_close_matches

    close = get_close_matches(code, sorted(CODES), n=1)
    raise ValueError(f"names no currency of ISO 4217: '{code}'." + (f" Did you mean '{close[0]}'?" if close else ""))


def settle_currency(named: str, usual: str) -> str:
    """The currency meant: kr is that of the desk where the desk's is a krone, anything else stays."""
    return usual if named == KRONE and usual in _KRONER else named


def minor_units(value: Amount, currency: str | None) -> int:
    """Minor units of an amount in `currency`. ValueError: more decimals than the currency has, or too large."""
    if currency == KRONE:
        raise ValueError(f"is in a krone of several countries; write {', '.join(_KRONER[:-1])} or {_KRONER[-1]}")
    units = value.major * minor_unit_scale(currency)
    if units != units.to_integral_value():
        places = minor_unit_digits(currency)
        allowed = "no decimals" if places == 0 else f"{places} decimals"
        raise ValueError(
            f"has more decimals than {currency or 'money'} has ({allowed}); 1.234 is never read as 1234; write 1234"
        )
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
