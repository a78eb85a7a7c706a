"""Value kinds: what is written in a file is read back as the same value; what is no value says why."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadcli.model import kinds
from leadcli.model.kinds import ChoiceOption, Context, base, many
from leadcli.text import money, phone_cells, phones

OPTIONS = {"status": [ChoiceOption("status", "new", "New"), ChoiceOption("status", "inprocess", "In Process")]}
CONTEXT = Context(
    date(2026, 11, 22), datetime(2026, 11, 22, 9, tzinfo=UTC), "ann", options=lambda name: OPTIONS.get(name, [])
)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=40)
LABEL = st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9 -]{0,10}\Z").map(str.strip)
CURRENCY = st.sampled_from(["EUR", "USD", "JPY", "KWD"])


@given(TEXT)
def test_text_is_trimmed_once_and_stays(text: str) -> None:
    once = kinds.TEXT.parse(text, CONTEXT)
    assert kinds.TEXT.parse(kinds.TEXT.plain(once, {}), CONTEXT) == once
    assert once is None or not set("\t\r\n") & set(once)


@given(st.integers(-(10**14), 10**14), CURRENCY)
def test_money_is_exact(units: int, currency: str) -> None:
    written = kinds.MONEY.plain(units, {"currency": currency})
    assert money.minor_units(money.parse_amount(written, currency), currency) == units
    assert money.major_units(units, currency) == Decimal(written)


@pytest.mark.parametrize(
    ("units", "text"),
    [(0, "€0"), (80000, "€800"), (99994, "€999.9"), (99995, "€1k"), (1250000, "€12.5k"), (-99999999, "-€1M"),
     (12345678901200, "€123.5B"), (500000000000000000, "€5000T")],
)  # fmt: skip
def test_amounts_at_a_glance(units: int, text: str) -> None:
    assert money.short_amount(units, "EUR") == text


@pytest.mark.parametrize(
    ("text", "currency", "units"),
    [("12500", "EUR", 1250000), ("12.5k", "EUR", 1250000), ("1.2m", "JPY", 1200000), ("12500 USD", "USD", 1250000),
     ("0.001", "KWD", 1), ("-3", "EUR", -300), ("€99", "EUR", 9900)],
)  # fmt: skip
def test_amounts_as_people_type_them(text: str, currency: str, units: int) -> None:
    assert money.minor_units(money.parse_amount(text), currency) == units


@pytest.mark.parametrize("text", ["1.2.3", "1,2,3"])
def test_an_amount_of_odd_groups_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="two ways"):
        money.parse_amount(text)


@pytest.mark.parametrize(
    ("text", "both"),
    [("1.234", "can mean 1234 or 1.234; write 1234, or"), ("12,345 EUR", "can mean 12345 or 12.345; write 12345, or"),
     ("12.500", "can mean 12500 or 12.5; write 12500 or 12.50, or"), ("12,000", "can mean 12000 or 12; write 12000 or"),
     ("1.500k", "can mean 1500000 or 1500; write 1500000 or 1500, or"), ("1,234 KWD", "can mean 1234 or 1.234; write")],
)  # fmt: skip
def test_an_amount_that_can_mean_two_is_refused_with_both(text: str, both: str) -> None:
    with pytest.raises(ValueError, match="can mean") as error:
        money.parse_amount(text, "EUR")
    assert str(error.value).startswith(both)
    assert "leadcli config locale" in str(error.value)


@pytest.mark.parametrize(
    ("text", "currency", "locale", "units"),
    [("12.500", "EUR", "de_DE", 1250000), ("12.500", "EUR", "en_GB", 1250), ("12,500", "EUR", "en_GB", 1250000),
     ("12,500", "EUR", "fr_FR", 1250), ("12,500", "USD", "", 1250000), ("$12,500", "EUR", "de_DE", 1250000),
     ("1.234", "KWD", "", 1234), ("0.500", "EUR", "", 50), ("1.234.567", "EUR", "", 123456700),
     ("1.234,50", "EUR", "en_US", 123450)],
)  # fmt: skip
def test_currency_and_notation_decide_an_amount(text: str, currency: str, locale: str, units: int) -> None:
    assert money.minor_units(money.parse_amount(text, currency, locale), currency) == units


@pytest.mark.parametrize(("text", "currency"), [("1.2345", "EUR"), ("1.5", "JPY")])
def test_more_decimals_than_the_currency_has_are_refused(text: str, currency: str) -> None:
    with pytest.raises(ValueError, match="more decimals"):
        money.minor_units(money.parse_amount(text), currency)


@pytest.mark.parametrize("text", ["lots", "12 34 EUR", "1e3", "NaN", "inf", "--5", "½"])
def test_what_is_no_amount_says_so(text: str) -> None:
    with pytest.raises(ValueError, match=r"not an amount|two ways"):
        money.parse_amount(text)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3))
def test_numbers_are_exact(value: Decimal) -> None:
    stored = kinds.NUMBER.parse(f"{value:f}", CONTEXT)
    assert Decimal(stored) == value


@given(st.lists(st.tuples(LABEL | st.just(""), TEXT.map(str.strip).filter(bool)), max_size=4))
def test_a_cell_of_many_values_comes_apart_again(pairs: list[tuple[str, str]]) -> None:
    cell = many.join_cell(pairs)
    assert [many.split_label(part) for part in many.split_cell(cell)] == pairs


@given(st.lists(TEXT.filter(lambda text: kinds.clean_text(text)), max_size=5))
def test_tags_come_back(texts: list[str]) -> None:
    tags = many.TAGS.merge([], [kinds.clean_text(text) for text in texts])
    assert many.TAGS.parse(many.TAGS.plain(tags, {}), CONTEXT) == tags


@given(st.lists(st.fixed_dictionaries({part: TEXT | st.none() for part in many.ADDRESS_PARTS}), max_size=3))
def test_addresses_come_back(found: list[dict[str, Any]]) -> None:
    cleaned = [
        {"label": None, **{k: kinds.clean_text(v) or None if v else None for k, v in each.items()}} for each in found
    ]
    addresses = [each for each in cleaned if any(each.values())]
    again = many.ADDRESSES.parse(many.ADDRESSES.plain(addresses, {}), CONTEXT)
    assert again == addresses
    json.dumps(many.ADDRESSES.json(addresses, {}))


@given(st.from_regex("".join(base._PLAIN.split()), fullmatch=True) | st.emails())
def test_a_plain_address_is_one_the_library_takes_as_it_is(text: str) -> None:
    from email_validator import validate_email

    if base.plain_address(text):
        assert validate_email(text, check_deliverability=False).normalized == text


@pytest.mark.parametrize(
    "text",
    ["a@b.test", "a..b@x.com", ".a@x.com", "a@-x.com", "a@x-.com", "a@xn--x.com", "a@x", "a@@x.com", "a b@x.com"],
)
def test_what_may_be_wrong_is_left_to_the_library(text: str) -> None:
    assert not base.plain_address(text)


def test_choices_match_without_case_spaces_and_hyphens() -> None:
    status = kinds.Choice("status")
    assert [status.parse(text, CONTEXT) for text in ("new", "in-process", "IN PROCESS", "in_process")] == [
        "New",
        *["In Process"] * 3,
    ]
    with pytest.raises(ValueError, match="Did you mean 'New'"):
        status.parse("nwe", CONTEXT)
    assert kinds.Choice("source", open=True).parse("Fair", CONTEXT) == "Fair"


@pytest.mark.parametrize(
    ("text", "region", "found"),
    [("020 7946 0000", "GB", "+442079460000"), ("+421 900 123 456", "", "+421900123456"), ("020 7946 0000", "", None),
     ("(202) 555-0143 x12", "US", "+12025550143;ext=12"), ("call me", "US", None), ("bad", "", None)],
)  # fmt: skip
def test_phones_are_read_where_their_country_is_known(text: str, region: str, found: str | None) -> None:
    assert phone_cells.e164(text, region) == found


@pytest.mark.parametrize(
    ("cell", "parts"),
    [
        ("404/233-7673", ["404/233-7673"]),
        ("+421 900 123 456 / +421 2 5930 0000", ["+421 900 123 456", "+421 2 5930 0000"]),
    ],
)
def test_two_numbers_in_one_cell_are_split_only_when_both_are_numbers(cell: str, parts: list[str]) -> None:
    assert [each.value for each in phone_cells.read_phone(cell, "US")] == parts


@pytest.mark.parametrize(
    ("name", "code"), [("Germany", "DE"), ("Deutschland", "DE"), ("UK", "GB"), ("u.s.", "US"), ("Narnia", "")]
)
def test_a_country_means_a_region(name: str, code: str) -> None:
    assert phones.region_of(name) == code
