"""Dates as people type them in English: months by name, days without a year, ends of periods, times of day."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from desk import Desk
from hypothesis import given
from hypothesis import strategies as st

from leadcli.errors import Usage
from leadcli.text.dates import words
from leadcli.text.dates.clock import has_clock
from leadcli.text.dates.day_names import MONTHS, day_month_order

TODAY = date(2026, 11, 22)  # a Sunday
NOW = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "ahead", "back"),
    [
        ("1 dec", "2026-12-01", "2025-12-01"),
        ("1dec", "2026-12-01", "2025-12-01"),
        ("dec 4", "2026-12-04", "2025-12-04"),
        ("4th of December", "2026-12-04", "2025-12-04"),
        ("22 nov", "2026-11-22", "2026-11-22"),
        ("Nov 2", "2027-11-02", "2026-11-02"),
        ("4 January 2027", "2027-01-04", "2027-01-04"),
        ("January 4, 2027", "2027-01-04", "2027-01-04"),
        ("4-Sept-2026", "2026-09-04", "2026-09-04"),
        ("Tue, 24 Nov 2026", "2026-11-24", "2026-11-24"),
        ("29 feb", "2028-02-29", "2024-02-29"),
        ("in 2 weeks", "2026-12-06", "2026-12-06"),
        ("in a month", "2026-12-22", "2026-12-22"),
        ("2 weeks ago", "2026-11-08", "2026-11-08"),
        ("a year ago", "2025-11-22", "2025-11-22"),
        ("day after tomorrow", "2026-11-24", "2026-11-24"),
        ("day before yesterday", "2026-11-20", "2026-11-20"),
        ("eom", "2026-11-30", "2026-11-30"),
        ("eow", "2026-11-22", "2026-11-22"),
        ("eoy", "2026-12-31", "2026-12-31"),
        ("end of month", "2026-11-30", "2026-11-30"),
        ("end of the next quarter", "2027-03-31", "2027-03-31"),
        ("end of 2027-Q1", "2027-03-31", "2027-03-31"),
        ("start of next month", "2026-12-01", "2026-12-01"),
        ("end of feb", "2027-02-28", "2026-02-28"),
        ("next friday", "2026-11-27", "2026-11-27"),
        ("this fri", "2026-11-27", "2026-11-20"),
    ],
)
def test_a_day_in_english(text: str, ahead: str, back: str) -> None:
    assert words.parse_day(text, TODAY).isoformat() == ahead
    assert words.parse_day(text, TODAY, forward=False).isoformat() == back
    assert words.parse_day(text.upper().replace(" ", "  "), TODAY).isoformat() == ahead


@pytest.mark.parametrize(
    ("text", "forward", "expected"),
    [
        ("december", True, "2026-12-01..2026-12-31"),
        ("december", False, "2025-12-01..2025-12-31"),
        ("nov", False, "2026-11-01..2026-11-30"),
        ("dec 2027", True, "2027-12-01..2027-12-31"),
        ("1 nov..1 dec", False, "2025-11-01..2025-12-01"),
        ("1 nov..1 dec", True, "2027-11-01..2027-12-01"),
        ("dec..feb", True, "2026-12-01..2027-02-28"),
        ("last 7 days", False, "2026-11-15..2026-11-22"),
        ("next 2 weeks", True, "2026-11-22..2026-12-06"),
        ("2 weeks ago..", False, "2026-11-08.."),
        ("2 weeks ago", False, "2026-11-08..2026-11-08"),
    ],
)
def test_a_span_in_english(text: str, forward: bool, expected: str) -> None:
    first, last, _ = words.parse_span(text, TODAY, forward=forward)
    assert f"{first or ''}..{last or ''}" == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tomorrow 2pm", "2026-11-23T14:00:00Z"),
        ("tomorrow at 2:30 p.m.", "2026-11-23T14:30:00Z"),
        ("2pm tomorrow", "2026-11-23T14:00:00Z"),
        ("fri 14:00", "2026-11-27T14:00:00Z"),
        ("9am on fri", "2026-11-27T09:00:00Z"),
        ("noon", "2026-11-22T12:00:00Z"),
        ("4 dec at noon", "2026-12-04T12:00:00Z"),
        ("12am tomorrow", "2026-11-23T00:00:00Z"),
        ("12:15pm", "2026-11-22T12:15:00Z"),
        ("in 2 hours", "2026-11-22T12:30:00Z"),
        ("an hour ago", "2026-11-22T09:30:00Z"),
        ("sun 9am", "2026-11-29T09:00:00Z"),
    ],
)
def test_a_moment_in_english(text: str, expected: str) -> None:
    assert words.parse_moment(text, NOW) == expected
    assert words.read_due(text, NOW) == expected
    assert has_clock(text)


@pytest.mark.parametrize(
    ("text", "pattern", "expected"),
    [
        ("12/4", "%d.%m.%Y", "2027-04-12"),
        ("12/4", "%m/%d/%Y", "2026-12-04"),
        ("12.4.", "%d %b %Y", "2027-04-12"),
        ("4.12.2026", "%d.%m.%Y", "2026-12-04"),
        ("4-12-2026", "%m/%d/%Y", "2026-04-12"),
        ("4. 12. 2026", "%d.%m.%Y", "2026-12-04"),
        ("12/4", "%Y-%m-%d", "2026-12-04"),
    ],
)
def test_numbers_follow_the_setting(text: str, pattern: str, expected: str) -> None:
    assert words.parse_day(text, TODAY, order=day_month_order(pattern)).isoformat() == expected


@pytest.mark.parametrize(
    ("text", "order", "parts"),
    [
        ("12/4", "", ["'12/4' is ambiguous: use 2027-04-12 or 2026-12-04.", "leadcli config date_format"]),
        ("4.12.2026", "", ["'4.12.2026' is ambiguous: use 2026-12-04 or 2026-04-12."]),
        ("25/12", "", ["'25/12' has no year: use 2026-12-25."]),
        ("12/25", "day", ["'12/25' is no day with the day first, as date_format says.", "write 2026-12-25"]),
        ("31/31", "day", ["'31/31' is not in the calendar."]),
        ("31 jun", "", ["'31 jun' is not in the calendar: day is out of range for month."]),
        ("mon 24 nov 2026", "", ["is not in the calendar: 2026-11-24 is a Tuesday."]),
        ("29 feb 2027", "", ["is not in the calendar"]),
        ("decembr", "", ["'decembr' is not a date. Did you mean 'december'?"]),
        ("end of time", "", ["'time' is not a date"]),
        ("in two", "", ["'in two' is not a date"]),
        ("tomorrow 2pm", "", ["has a time of day, but a whole day is asked for"]),
        ("22.11.26", "", ["no year of four digits"]),
        ("7d..30d", "", ["before it begins"]),
        ("..", "", ["has no end"]),
    ],
)
def test_a_refusal_names_the_text_and_ends_in_the_help_of_dates(text: str, order: str, parts: list[str]) -> None:
    with pytest.raises(Usage) as caught:
        words.parse_span(text, TODAY, forward=".." not in text, order=order)
    whole = f"{caught.value.message} {caught.value.hint}"
    assert [part for part in parts if part not in whole] == []
    assert "leadcli help dates" in caught.value.hint


@given(
    st.dates(date(1, 1, 1), date(9999, 12, 31)),
    st.integers(1, 31),
    st.sampled_from(MONTHS),
    st.sampled_from(["{day} {month}", "{month} {day}", "{day}/{number}", "{month}", "{day} {month} 14:00"]),
    st.booleans(),
)
def test_without_a_year_the_nearest_day_that_fits(today: date, day: int, month: str, form: str, forward: bool) -> None:
    text = form.format(day=day, month=month[:3], number=MONTHS.index(month) + 1)
    now = datetime.combine(today, NOW.time(), UTC)
    try:
        chosen = date.fromisoformat(words.read_due(text, now, forward=forward, order="day")[:10])
    except Usage:
        return
    assert chosen.month == MONTHS.index(month) + 1
    assert abs((chosen - today).days) <= 8 * 366 + 31
    if form != "{month}":
        assert chosen.day == day
        assert chosen >= today if forward else chosen <= today


def test_every_command_takes_them(desk: Desk) -> None:
    desk.ok("add", "Ada Lovelace", "--close", "end of month")
    assert desk.json("show", "1")["expected_close"] == "2026-11-30"
    desk.ok("task", "add", "1", "call", "--due", "tomorrow 2pm")
    assert desk.json("task", "list")[0]["due"] == "2026-11-23T14:00:00Z"
    desk.ok("log", "1", "met", "--at", "2 nov")
    assert "2026-11-02T00:00:00Z" in [row["at"] for row in desk.json("activities")]
    assert desk.ok("list", "close:30-nov", "--ids") == desk.ok("list", "close:30 nov", "--ids") == "1"
    assert desk.ok("list", "due:..noon", "--ids") == ""
    assert desk.ok("list", "due:..tomorrow 2pm", "--ids") == "1"
    assert desk.ok("activities", "--since", "3 weeks ago", "--count") == "2"
    assert "until fri 4 Dec" in desk.run("snooze", "1", "dec 4").stderr
    assert desk.ok("list", "due:today", "--ids", "--today", "23 nov 2026") == "1"


def test_the_setting_date_format_is_the_order_of_what_is_typed(desk: Desk) -> None:
    desk.ok("add", "Ada Lovelace")
    desk.fails(2, "edit", "1", "--close", "4/12/26", says="--close '4/12/26' has no year of four digits: use such as")
    desk.fails(2, "task", "add", "1", "x", "--due", "fri 9am-10am", says="--due 'fri 9am-10am' is not a moment.")
    refused = desk.fails(2, "edit", "1", "--close", "12/4", says="--close '12/4' is ambiguous").stderr
    assert refused.count("12/4") == 1
    assert refused.endswith("leadcli help dates)\n")
    desk.ok("config", "date_format", "%d.%m.%Y")
    desk.ok("edit", "1", "--close", "12/4")
    assert desk.json("show", "1")["expected_close"] == "2027-04-12"
    assert desk.ok("list", "close:12-4-2027", "--ids") == "1"
    desk.fails(2, "config", "date_format", "dd.mm.yyyy", says="write it like %d.%m.%Y")
    desk.ok("config", "date_format", "%m/%d/%Y")
    assert "2026-12-04" in desk.ok("list", "close:..12.4", "--explain")


def test_nobody_is_born_on_the_nearest_day(desk: Desk) -> None:
    desk.fails(2, "add", "Ada", "--birthday", "26 jun", says=("--birthday '26 jun' has no year", "leadcli help dates"))
    desk.ok("add", "Ada", "--birthday", "26 June 1985")
    assert desk.json("show", "1")["birthday"] == "1985-06-26"


@pytest.mark.parametrize(
    "words",
    [
        ("edit", "1", "--close", "soonish"),
        ("task", "add", "1", "x", "--due", "soonish"),
        ("log", "1", "x", "--at", "25:00"),
        ("snooze", "1", "soonish"),
        ("list", "created:soonish"),
        ("list", "created:2026-02-30.."),
        ("list", "due:..25:00"),
        ("activities", "--since", "soonish"),
        ("report", "created", "--until", "22.11.26"),
        ("history", "--since", ".."),
        ("list", "--today", "2026-11-22T25"),
        ("rates", "set", "USD", "1", "--on", "week"),
        ("add", "Bob", "--birthday", "1985"),
    ],
)
def test_every_error_of_a_date_ends_in_its_help(desk: Desk, words: tuple[str, ...]) -> None:
    desk.ok("add", "Ada Lovelace")
    refused = desk.fails(2, *words).stderr
    assert refused.rstrip().removesuffix(")").endswith("leadcli help dates")


@pytest.mark.parametrize(
    ("words", "due"),
    [
        (["T1", "next", "week"], "2026-11-23"),
        (["T1", "mon", "2pm"], "2026-11-23T14:00:00Z"),
        (["T1", "4", "dec"], "2026-12-04"),
        (["1", "in", "2", "weeks"], "2026-12-06"),
        (["T1", "4", "dec", "at", "noon"], "2026-12-04T12:00:00Z"),
        (["T1", "fri"], "2026-11-27"),
    ],
)
def test_a_date_of_several_words_needs_no_quotes_at_the_end(desk: Desk, words: list[str], due: str) -> None:
    desk.ok("task", "add", "-", "call")
    desk.ok("task", "move", *words)
    assert desk.json("task", "list")[0]["due"] == due


def test_snooze_takes_a_date_of_several_words_too(desk: Desk) -> None:
    desk.ok("add", "Ada")
    desk.ok("add", "Bob")
    assert "Snoozed 2 leads until fri 4 Dec." in desk.run("snooze", "1", "2", "4", "dec").stderr
    desk.fails(2, "snooze", "1", "some", "day", says="until 'day' is not a date")


def test_half_a_date_says_how_to_write_all_of_it(desk: Desk) -> None:
    desk.ok("add", "Ada")
    desk.fails(2, "list", "due:next", "week", says=("'due:next' is only the beginning of a date.", "next-week"))
    desk.fails(2, "add", "Bob", "Noyce", says='words that belong together are quoted, such as "Ada Lovelace"')
