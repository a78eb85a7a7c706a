"""Dates as people write them: every spelling of the reference, the refusals, the days a clock is changed."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import example, given
from hypothesis import strategies as st

from leadcli.errors import Usage
from leadcli.text.dates import iso as iso_dates
from leadcli.text.dates import words as date_words

TODAY = date(2026, 11, 22)  # a Sunday
BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 22, 10, 30, tzinfo=BERLIN)
SPELLINGS = st.one_of(
    st.text(max_size=12),
    st.from_regex(r"[+-]?[0-9]{1,8}[dwmy]", fullmatch=True),
    st.from_regex(r"[0-9]{4}(-[0-9]{1,2}){0,2}", fullmatch=True),
    st.from_regex(r"[0-9]{4}-[wWqQ][0-9]{1,2}", fullmatch=True),
    st.from_regex(r"[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{2,4}", fullmatch=True),
    st.from_regex(r"((today|fri|tomorrow|2026-11-22)[ T])?[0-9]{1,2}:[0-9]{2}([+-][0-9]{2}:[0-9]{2})?", fullmatch=True),
    st.sampled_from(
        [*date_words.KNOWN, *(day[:3] for day in date_words.WEEKDAYS), "next-fri", "last-sun", "now", "+2h"]
    ),
)
Clock = Callable[[str], None]


@pytest.fixture
def local_zone(monkeypatch: pytest.MonkeyPatch):
    """Sets the computer's zone for one test."""

    def use(name: str) -> None:
        monkeypatch.setenv("TZ", name)
        time.tzset()

    yield use
    monkeypatch.undo()
    time.tzset()


def ends(text: str, *, forward: bool = False, today: date = TODAY) -> str:
    first, last, _ = date_words.parse_span(text, today, forward=forward)
    return f"{first or ''}..{last or ''}"


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(Usage) as caught:
        call()
    return f"{caught.value.message} {caught.value.hint}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7d..", "2026-11-15.."),
        ("2026-W47", "2026-11-16..2026-11-22"),
        ("last-month", "2026-10-01..2026-10-31"),
        ("3m..", "2026-08-22.."),
        ("..90d", "..2026-08-24"),
        ("7d", "2026-11-15..2026-11-22"),
        ("2w", "2026-11-08..2026-11-22"),
        ("1y", "2025-11-22..2026-11-22"),
        ("0d", "2026-11-22..2026-11-22"),
        ("+7d", "2026-11-22..2026-11-29"),
        ("-7d..+7d", "2026-11-15..2026-11-29"),
        ("30d..7d", "2026-10-23..2026-11-15"),
        ("3 days", "2026-11-19..2026-11-22"),
        ("2026-11-05", "2026-11-05..2026-11-05"),
        ("2026/11/5", "2026-11-05..2026-11-05"),
        ("2026-11", "2026-11-01..2026-11-30"),
        ("2024-02", "2024-02-01..2024-02-29"),
        ("2026", "2026-01-01..2026-12-31"),
        ("2026-w53", "2026-12-28..2027-01-03"),
        ("2026-W47-2", "2026-11-17..2026-11-17"),
        ("2026-Q4", "2026-10-01..2026-12-31"),
        ("2026-10-01..2026-10-15", "2026-10-01..2026-10-15"),
        ("2025-01..2025-03", "2025-01-01..2025-03-31"),
        ("2025-01 .. 2025-03", "2025-01-01..2025-03-31"),
        ("..2026-11", "..2026-11-30"),
        ("2026-Q3..", "2026-07-01.."),
        ("today", "2026-11-22..2026-11-22"),
        ("Yesterday", "2026-11-21..2026-11-21"),
        ("fri", "2026-11-20..2026-11-20"),
        ("sun", "2026-11-22..2026-11-22"),
        ("last-sun", "2026-11-15..2026-11-15"),
        ("mon..fri", "2026-11-16..2026-11-20"),
        ("week", "2026-11-16..2026-11-22"),
        ("this-month", "2026-11-01..2026-11-30"),
        ("last week", "2026-11-09..2026-11-15"),
        ("last-quarter", "2026-07-01..2026-09-30"),
        ("last-year", "2025-01-01..2025-12-31"),
        ("last-week..", "2026-11-09.."),
        ("9999", "9999-01-01..9999-12-31"),
    ],
)
def test_span_of_history(text: str, expected: str) -> None:
    assert ends(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("..7d", "..2026-11-29"),
        ("..today", "..2026-11-22"),
        ("fri", "2026-11-27..2026-11-27"),
        ("Thursday", "2026-11-26..2026-11-26"),
        ("sun", "2026-11-22..2026-11-22"),
        ("next-sun", "2026-11-29..2026-11-29"),
        ("7d", "2026-11-22..2026-11-29"),
        ("-7d", "2026-11-15..2026-11-22"),
        ("1m..", "2026-12-22.."),
        ("tomorrow", "2026-11-23..2026-11-23"),
        ("next-month", "2026-12-01..2026-12-31"),
        ("next-quarter", "2027-01-01..2027-03-31"),
        ("today..fri", "2026-11-22..2026-11-27"),
    ],
)
def test_span_of_plans(text: str, expected: str) -> None:
    assert ends(text, forward=True) == expected


def test_weekday_range_stays_in_order_in_the_middle_of_a_week() -> None:
    wednesday = date(2026, 11, 25)
    assert ends("mon..fri", forward=True, today=wednesday) == "2026-11-30..2026-12-04"
    assert ends("mon..fri", forward=False, today=wednesday) == "2026-11-16..2026-11-20"
    assert "fri..2027-01" in refusal(lambda: ends("2027-01..fri", forward=True))


@pytest.mark.parametrize(
    ("text", "forward", "words"),
    [
        ("7d..", False, "7 days before today, 2026-11-22"),
        ("..1w", True, "1 week after today, 2026-11-22"),
        ("7d", False, "since 7 days before today, 2026-11-22"),
        ("7d", True, "up to 7 days after today, 2026-11-22"),
        ("fri", True, "the Friday on or after today, 2026-11-22"),
        ("last-fri", True, "the Friday before today, 2026-11-22"),
        ("last-month", False, "last month"),
        ("week", False, "this week"),
        ("last-week..today", False, "last week to today"),
        ("2026-11-01..today", False, "today"),
        ("2026-11-01..2026-12", False, ""),
    ],
)
def test_words_explain_what_was_worked_out(text: str, forward: bool, words: str) -> None:
    assert date_words.parse_span(text, TODAY, forward=forward).words == words


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("03/04/2026", ["'03/04/2026' is ambiguous", "use 2026-04-03 or 2026-03-04"]),
        ("3.4.2026", ["ambiguous", "use 2026-04-03 or 2026-03-04"]),
        ("25/04/2026", ["does not begin with the year", "use 2026-04-25."]),
        ("03/03/2026", ["does not begin with the year", "use 2026-03-03."]),
        ("13/25/2026", ["is not in the calendar"]),
        ("22.11.26", ["no year of four digits"]),
        ("tommorow", ["'tommorow' is not a date.", "Did you mean 'tomorrow'?", "leadcli help dates"]),
        ("firday", ["Did you mean 'friday'?"]),
        ("lst-month", ["Did you mean 'last-month'?"]),
        ("2026-02-30", ["'2026-02-30' is not in the calendar"]),
        ("2026-13", ["'2026-13' is not in the calendar"]),
        ("2025-W53", ["'2025-W53' is not in the calendar"]),
        ("0000", ["is not in the calendar"]),
        ("999999y", ["is not in the calendar"]),
        ("3", ["'3' is not a date"]),
        ("20261122", ["'20261122' is not a date"]),
        ("2026-11-22T09:00", ["has a time of day"]),
        ("", ["the date is empty"]),
        ("..", ["has no end"]),
        ("7d..30d", ["before it begins on 2026-11-15", "write 30d..7d"]),
        ("2026-12..2026-11", ["write 2026-11..2026-12"]),
        ("2026-11..nxt-week", ["'nxt-week' is not a date"]),
    ],
)
def test_refusal_names_text_reason_and_remedy(text: str, parts: list[str]) -> None:
    said = refusal(lambda: date_words.parse_span(text, TODAY, forward=False))
    assert [part for part in parts if part not in said] == []


def test_a_long_text_is_quoted_short() -> None:
    assert len(refusal(lambda: date_words.parse_span("x" * 100_000, TODAY, forward=False))) < 300


@given(SPELLINGS, st.dates(), st.booleans())
@example("mon..fri", date.max, True)
@example("week", date.max, True)
@example("mon", date.min, False)
def test_any_text_gives_a_span_in_order_or_usage(text: str, today: date, forward: bool) -> None:
    for spelling in (text, f"{text}..", f"..{text}", f"{text}..{text}"):
        try:
            first, last, _ = date_words.parse_span(spelling, today, forward=forward)
        except Usage:
            continue
        assert first is None or last is None or first <= last


@given(SPELLINGS, SPELLINGS, st.dates(), st.booleans())
def test_any_range_gives_a_span_in_order_or_usage(start: str, end: str, today: date, forward: bool) -> None:
    try:
        first, last, _ = date_words.parse_span(f"{start}..{end}", today, forward=forward)
    except Usage:
        return
    assert first is None or last is None or first <= last


@given(SPELLINGS, st.datetimes(timezones=st.sampled_from([UTC, BERLIN])), st.booleans())
@example("fri", datetime.max.replace(tzinfo=UTC), True)
def test_any_text_gives_a_day_and_a_moment_or_usage(text: str, now: datetime, forward: bool) -> None:
    with contextlib.suppress(Usage):
        assert isinstance(date_words.parse_day(text, now.date(), forward=forward), date)
    try:
        found = date_words.parse_moment(text, now, forward=forward)
    except Usage:
        return
    assert datetime.strptime(found, "%Y-%m-%dT%H:%M:%SZ").isoformat() + "Z" == found


@given(st.text(max_size=25) | SPELLINGS)
def test_any_cell_gives_an_iso_day_or_usage(text: str) -> None:
    for reader in (iso_dates.parse_iso_day, iso_dates.parse_iso_moment):
        try:
            found = reader(text)
        except Usage:
            continue
        assert date.fromisoformat(found[:10])
        assert found.isascii()


@given(st.dates(date(1000, 1, 1), date(9000, 1, 1)), st.integers(0, 5000), st.sampled_from("dwmy"))
def test_counts_are_calendar_units(today: date, number: int, unit: str) -> None:
    step = relativedelta(
        **{{"d": "days", "w": "weeks", "m": "months", "y": "years"}[unit]: number if unit != "y" else 7}
    )
    count = f"{number if unit != 'y' else 7}{unit}"
    assert date_words.parse_day(f"+{count}", today) == today + step
    assert date_words.parse_day(f"-{count}", today) == today - step


@given(st.dates(date(1, 2, 1), date(9999, 11, 1)), st.booleans())
def test_a_weekday_is_the_nearest_one(today: date, forward: bool) -> None:
    for number, name in enumerate(date_words.WEEKDAYS):
        found = date_words.parse_day(name[:3], today, forward=forward)
        assert found.weekday() == number
        assert 0 <= ((found - today) if forward else (today - found)).days < 7
        assert 0 < (date_words.parse_day(f"next-{name}", today, forward=forward) - today).days <= 7


def test_window_takes_the_outer_edges() -> None:
    assert date_words.parse_window("2026-09", "2026-10", TODAY)[:2] == (date(2026, 9, 1), date(2026, 10, 31))
    assert date_words.parse_window("7d", None, TODAY)[:2] == (date(2026, 11, 15), None)
    assert date_words.parse_window(None, None, TODAY) == (None, None, "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-12-20", "2026-12-20"),
        ("today", "2026-11-22"),
        ("tomorrow", "2026-11-23"),
        ("fri", "2026-11-27"),
        ("+3d", "2026-11-25"),
        ("3d", "2026-11-25"),
        ("-2w", "2026-11-08"),
        ("+1m", "2026-12-22"),
        ("next-month", "2026-12-01"),
        ("next week", "2026-11-23"),
        ("month", "2026-11-30"),
        ("2026-12", "2026-12-31"),
        ("2026-Q4", "2026-12-31"),
    ],
)
def test_day_of_a_plan(text: str, expected: str) -> None:
    assert date_words.parse_day(text, TODAY).isoformat() == expected


def test_day_of_something_past() -> None:
    assert date_words.parse_day("fri", TODAY, forward=False) == date(2026, 11, 20)
    assert date_words.parse_day("3d", TODAY, forward=False) == date(2026, 11, 19)
    assert date_words.parse_day("1990-05-17", TODAY, forward=False) == date(1990, 5, 17)
    assert "name one day, such as 1990-05-01" in refusal(lambda: date_words.parse_day("1990-05", TODAY, forward=False))


def test_month_arithmetic_is_clamped_to_the_month() -> None:
    assert date_words.parse_day("+1m", date(2027, 1, 31)) == date(2027, 2, 28)
    assert date_words.parse_day("-1y", date(2028, 2, 29)) == date(2027, 2, 28)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now", "2026-11-22T09:30:00Z"),
        ("+2h", "2026-11-22T11:30:00Z"),
        ("-90min", "2026-11-22T08:00:00Z"),
        ("2h", "2026-11-22T11:30:00Z"),
        ("2026-11-22T09:00", "2026-11-22T08:00:00Z"),
        ("2026-11-22 09:00", "2026-11-22T08:00:00Z"),
        ("2026-07-01 9:00", "2026-07-01T07:00:00Z"),
        ("2026-11-22T09:00:05Z", "2026-11-22T09:00:05Z"),
        ("2026-11-22T09:00+05:30", "2026-11-22T03:30:00Z"),
        ("2026-11-22 09:00:00 -0800", "2026-11-22T17:00:00Z"),
        ("tomorrow 14:00", "2026-11-23T13:00:00Z"),
        ("14:00", "2026-11-22T13:00:00Z"),
        ("fri 9:30", "2026-11-27T08:30:00Z"),
        ("sun 9:30", "2026-11-29T08:30:00Z"),
        ("sun 11:00", "2026-11-22T10:00:00Z"),
        ("+1d 8:00", "2026-11-23T07:00:00Z"),
        ("tomorrow", "2026-11-22T23:00:00Z"),
        ("2026-11-22", "2026-11-21T23:00:00Z"),
    ],
)
def test_moment_ahead(text: str, expected: str) -> None:
    assert date_words.parse_moment(text, NOW) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2h", "2026-11-22T07:30:00Z"),
        ("sun 9:30", "2026-11-22T08:30:00Z"),
        ("sun 11:00", "2026-11-15T10:00:00Z"),
        ("fri 9:30", "2026-11-20T08:30:00Z"),
    ],
)
def test_moment_behind(text: str, expected: str) -> None:
    assert date_words.parse_moment(text, NOW, forward=False) == expected


@pytest.mark.parametrize(
    "text",
    [
        "tomorrow 25:00",
        "9:75",
        "2026-11-22T09",
        "2026-11-22T24:00",
        "2026-02-30 09:00",
        "tommorow 9:00",
        "03/04/2026 9:00",
    ],
)
def test_no_moment(text: str) -> None:
    assert "write " in refusal(lambda: date_words.parse_moment(text, NOW)) or "use " in refusal(
        lambda: date_words.parse_moment(text, NOW)
    )


def test_two_hours_are_two_hours_when_the_clock_is_changed() -> None:
    before = datetime(2026, 10, 25, 1, 30, tzinfo=BERLIN)
    assert date_words.parse_moment("+2h", before) == "2026-10-25T01:30:00Z"
    assert date_words.parse_moment("+1d 1:30", before) == "2026-10-26T00:30:00Z"


def test_the_hour_a_clock_skips_and_the_hour_it_repeats(local_zone: Clock) -> None:
    assert date_words.parse_moment("2026-03-29 02:30", NOW) == "2026-03-29T01:30:00Z"
    assert date_words.parse_moment("2026-10-25 02:30", NOW) == "2026-10-25T00:30:00Z"
    local_zone("Europe/Berlin")
    assert date_words.parse_moment("2026-03-29 02:30", NOW.astimezone(UTC).astimezone()) == "2026-03-29T01:30:00Z"
    assert iso_dates.parse_iso_moment("2026-03-29 02:30") == "2026-03-29T01:30:00Z"
    assert iso_dates.parse_iso_moment("2026-10-25 02:30") == "2026-10-25T00:30:00Z"


def test_a_clock_with_the_offset_of_today_still_knows_summer(local_zone: Clock) -> None:
    local_zone("Europe/Berlin")
    now = datetime(2026, 11, 22, 9, 30, tzinfo=UTC).astimezone()
    assert date_words.parse_moment("2026-07-01 09:00", now) == "2026-07-01T07:00:00Z"
    assert date_words.parse_moment("2026-12-01 09:00", now) == "2026-12-01T08:00:00Z"
    local_zone("America/New_York")
    assert date_words.parse_moment("2026-07-01 09:00", now.astimezone()) == "2026-07-01T13:00:00Z"


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("America/New_York", date(2026, 11, 22), 24),
        ("America/Sao_Paulo", date(2018, 11, 4), 23),  # midnight itself was skipped
        ("America/Havana", date(2025, 11, 2), 25),  # midnight came twice
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
        ("Pacific/Apia", date(2011, 12, 31), 24),  # the day after one that did not exist
    ],
)
def test_bounds_are_as_long_as_the_day(zone: str, day: date, hours: float, local_zone: Clock) -> None:
    local_zone(zone)
    for chosen in (None, ZoneInfo(zone)):
        start, end = (datetime.fromisoformat(text) for text in date_words.utc_bounds(day, day, chosen) if text)
        assert end - start == timedelta(hours=hours)
        assert start.astimezone(ZoneInfo(zone)).date() == day
        assert (start - timedelta(seconds=1)).astimezone(ZoneInfo(zone)).date() < day
        assert end.astimezone(ZoneInfo(zone)).date() > day


def test_bounds_follow_the_zone_and_stay_open(local_zone: Clock) -> None:
    assert date_words.utc_bounds(None, TODAY, UTC) == (None, "2026-11-23T00:00:00Z")
    assert date_words.utc_bounds(TODAY, None, BERLIN) == ("2026-11-21T23:00:00Z", None)
    local_zone("Asia/Tokyo")
    assert date_words.utc_bounds(TODAY, TODAY, None) == ("2026-11-21T15:00:00Z", "2026-11-22T15:00:00Z")
    local_zone("America/New_York")
    assert date_words.utc_bounds(TODAY, TODAY, None) == ("2026-11-22T05:00:00Z", "2026-11-23T05:00:00Z")
    assert date_words.utc_bounds(date.min, date.max, ZoneInfo("Asia/Tokyo")) == ("0001-01-01T00:00:00Z", None)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2024-03-12", "2024-03-12"),
        (" 2024-03-12 ", "2024-03-12"),
        ("2024/3/12", "2024-03-12"),
        ("2024.03.12", "2024-03-12"),
        ("2024-03-12 09:14", "2024-03-12"),
        ("2024-03-12T23:59:59-08:00", "2024-03-12"),
    ],
)
def test_cell_with_a_day(cell: str, expected: str) -> None:
    assert iso_dates.parse_iso_day(cell) == expected


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "today",
        "20240312",
        "2024-W10-2",
        "2024-03",
        "2024-02-30",
        "2024-03-12x",
        "2024-03/12",
        "٢٠٢٤-03-12",
    ],
)
def test_cell_without_one_day(cell: str) -> None:
    assert "2026-11-22" in refusal(lambda: iso_dates.parse_iso_day(cell))


def test_an_ambiguous_cell_names_both_days_and_the_option() -> None:
    said = refusal(lambda: iso_dates.parse_iso_day("03/04/2026"))
    assert "use 2026-04-03 or 2026-03-04" in said
    assert "--date-format %d/%m/%Y" in said
    assert "--date-format %m/%d/%Y" in refusal(lambda: iso_dates.parse_iso_moment("04/25/2026 10:00"))


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2024-03-12T09:14:05Z", "2024-03-12T09:14:05Z"),
        ("2024-03-12 09:14", "2024-03-12T08:14:00Z"),
        ("2024-07-12 09:14:59.75", "2024-07-12T07:14:59Z"),
        ("2024-03-12T09:14:05+02:00", "2024-03-12T07:14:05Z"),
        ("2024-03-12T09:14:05+0200", "2024-03-12T07:14:05Z"),
        ("2024-03-12 09:14:05 UTC", "2024-03-12T09:14:05Z"),
        ("2024/03/12 9:14", "2024-03-12T08:14:00Z"),
        ("2024-03-12", "2024-03-11T23:00:00Z"),
    ],
)
def test_cell_with_a_moment(cell: str, expected: str, local_zone: Clock) -> None:
    local_zone("Europe/Berlin")
    assert iso_dates.parse_iso_moment(cell) == expected


@pytest.mark.parametrize(
    "cell", ["", "now", "2024-03-12x09:14", "2024-03-12 25:00", "2024-03-12 09:14+99:00", "2024-03-12T0914"]
)
def test_cell_without_a_moment(cell: str) -> None:
    assert "--date-format" in refusal(lambda: iso_dates.parse_iso_moment(cell))


def test_cells_of_a_named_format(local_zone: Clock) -> None:
    local_zone("Europe/Berlin")
    assert iso_dates.parse_by_format("03.04.2026", "%d.%m.%Y") == "2026-04-03"
    assert iso_dates.parse_by_format(" 4/3/2026", "%m/%d/%Y") == "2026-04-03"
    assert iso_dates.parse_by_format("3 Apr 2026", "%d %b %Y") == "2026-04-03"
    assert iso_dates.parse_by_format("2026-04-03", "%d.%m.%Y") == "2026-04-03"
    assert iso_dates.parse_moment_by_format("03.04.2026 9:30", "%d.%m.%Y %H:%M") == "2026-04-03T07:30:00Z"
    assert iso_dates.parse_moment_by_format("03.04.2026 9:30", "%d.%m.%Y") == "2026-04-03T07:30:00Z"
    assert iso_dates.parse_moment_by_format("03.04.2026 9:30:15", "%d.%m.%Y %H:%M:%S") == "2026-04-03T07:30:15Z"
    assert iso_dates.parse_moment_by_format("03.04.2026 01:30 PM", "%d.%m.%Y %I:%M %p") == "2026-04-03T11:30:00Z"
    assert iso_dates.parse_moment_by_format("9:30 03.04.2026", "%H:%M %d.%m.%Y") == "2026-04-03T07:30:00Z"
    assert iso_dates.parse_moment_by_format("03.04.2026", "%d.%m.%Y") == "2026-04-02T22:00:00Z"
    assert iso_dates.parse_moment_by_format("2026-04-03T09:30:00Z", "%d.%m.%Y") == "2026-04-03T09:30:00Z"


def test_cells_that_miss_the_named_format() -> None:
    said = refusal(lambda: iso_dates.parse_by_format("31/31/2026", "%d/%m/%Y"))
    assert "'31/31/2026' does not look like %d/%m/%Y." in said
    assert "use such as 22/11/2026" in said
    assert "does not look like" in refusal(lambda: iso_dates.parse_moment_by_format("x 9:30", "%d/%m/%Y"))


@pytest.mark.parametrize("pattern", ["", "%d.%m.", "%Q", "%", "%Y", "dd.mm.yyyy", "%H:%M", "%d\x00%m%Y"])
def test_a_format_must_name_a_whole_day(pattern: str) -> None:
    assert "does not name a day, a month and a year" in refusal(
        lambda: iso_dates.parse_by_format("03.04.2026", pattern)
    )


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (-400, "late 13m"),
        (-3, "late 3d"),
        (0, "today"),
        (1, "tomorrow"),
        (5, "fri 27"),
        (13, "sat 5"),
        (14, "in 2w"),
        (21, "in 3w"),
        (71, "2027-02-01"),
    ],
)
def test_relative(days: int, expected: str) -> None:
    assert date_words.relative_day(TODAY + timedelta(days=days), TODAY) == expected


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (0, "0d"),
        (3, "3d"),
        (27, "27d"),
        (28, "4w"),
        (40, "5w"),
        (60, "8w"),
        (61, "2m"),
        (122, "4m"),
        (365, "12m"),
        (730, "2y"),
    ],
)
def test_age(days: int, expected: str) -> None:
    assert date_words.age_text(days) == expected


def test_loads_no_third_party_module() -> None:
    code = (
        "import sys, leadcli.text.dates.words; "
        "print([name for name in ('dateutil', 'difflib', 'calendar') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def shifted_by_hand(start: date, months: int) -> date:
    """The rule without a library: so many months later, the last day of a month that has no such day."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    following = date(year + month // 11, (month + 1) % 12 + 1, 1) if (year, month) != (9999, 11) else None
    length = 31 if following is None else (following - date(year, month + 1, 1)).days
    return date(year, month + 1, min(start.day, length))


@given(start=st.dates(), number=st.integers(-1500, 1500))
@example(start=date(2026, 1, 31), number=1)
@example(start=date(2024, 2, 29), number=12)
@example(start=date(2024, 2, 29), number=-48)
@example(start=date(9999, 11, 30), number=1)
@example(start=date(9999, 12, 31), number=1)
@example(start=date(1, 1, 31), number=-1)
def test_months_and_years_are_counted_as_on_a_calendar(start: date, number: int) -> None:
    for unit, months in (("month", 1), ("quarter", 3), ("year", 12)):
        try:
            expected: date | None = shifted_by_hand(start, number * months)
        except ValueError:
            expected = None
        try:
            assert date_words.shift_date(start, number, unit) == expected
        except (ValueError, OverflowError):
            assert expected is None
        first, last = date_words.period_bounds(start, unit)
        assert first <= start <= last
        assert first.day == 1
        assert last == date.max or (last + timedelta(days=1)).day == 1
        assert (last.year - first.year) * 12 + last.month - first.month + 1 == months


CLOCKS = st.from_regex(r"[T ]([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.,][0-9]{1,9})?)?", fullmatch=True)
ZONES = st.from_regex(r"( ?(Z|UTC|utc|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?))?", fullmatch=True)


@given(day=st.dates(), between=st.sampled_from("-/."), padded=st.booleans(), clock=CLOCKS, zone=ZONES)
def test_a_moment_is_read_to_the_second_in_every_spelling(
    day: date, between: str, padded: bool, clock: str, zone: str
) -> None:
    month, number = (f"{each:02}" if padded else str(each) for each in (day.month, day.day))
    read = iso_dates.parse_iso(f"{day.year:04}{between}{month}{between}{number}{clock}{zone}")
    hours, minutes, *seconds = clock[1:].replace(",", ".").split(".")[0].split(":")
    wall = datetime(day.year, day.month, day.day, int(hours), int(minutes), int((seconds or ["0"])[0]))
    assert read is not None
    assert read.replace(tzinfo=None) == wall
    offset = zone.strip().replace(":", "")
    if not offset:
        assert read.tzinfo is None
    else:
        digits = "+0000" if offset.upper() in ("Z", "UTC") else f"{offset}00"[:5]
        away = timedelta(hours=int(digits[1:3]), minutes=int(digits[3:]))
        assert read.utcoffset() == (-away if digits[0] == "-" else away)


@pytest.mark.parametrize(
    "text",
    ["2026-11-22T24:00", "2026-11-22 09:60", "2026-11-22 09:14:60", "2026-11-22 09:14+02:75", "2026-11-22 09:14+24:00",
     "2026-13-01 09:14", "2025-02-29 09:14", "0000-01-01 09:14"],
)  # fmt: skip
def test_a_time_or_an_offset_that_no_clock_shows_is_refused(text: str) -> None:
    with pytest.raises(Usage, match="is not in the calendar"):
        iso_dates.parse_iso_moment(text)


@pytest.mark.parametrize("text", ["20261122", "20261122T0914", "2026-326", "2026-11-22T09", "2026-11-22x09:14"])
def test_what_only_a_machine_writes_is_no_moment(text: str) -> None:
    assert iso_dates.parse_iso(text) is None
