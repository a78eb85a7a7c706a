"""Value kinds: one object knows how a value is read, stored, shown, and which filter suits it.

Stored forms: text and choices TEXT; whole numbers and flags INTEGER; exact decimals canonical TEXT; money INTEGER minor
units with its ISO currency in the field `currency`; dates `YYYY-MM-DD`; moments UTC `YYYY-MM-DDTHH:MM:SSZ`; due dates
one of both, as it was typed; references INTEGER ids. `parse` raises ValueError(reason); whoever calls it knows which
option, column or row to blame.
"""

from __future__ import annotations

from collections.abc import Mapping

from leadcli.model.kinds.base import (
    Answer,
    Choice,
    ChoiceOption,
    Code,
    Context,
    Currency,
    Email,
    Json,
    Kind,
    LongText,
    Look,
    Phone,
    Record,
    Reference,
    Repeat,
    Url,
    clean_text,
    option_key,
)
from leadcli.model.kinds.numbers import (
    Ago,
    Birthday,
    Day,
    Days,
    Due,
    Flag,
    Id,
    Integer,
    Interval,
    Moment,
    Money,
    Number,
    Percent,
    Score,
)

__all__ = [
    "ANSWER",
    "BIRTHDAY",
    "CODE",
    "CURRENCY",
    "CUSTOM",
    "DAYS",
    "DUE",
    "EMAIL",
    "FLAG",
    "INTEGER",
    "INTERVAL",
    "JSON",
    "LONG",
    "MOMENT",
    "MONEY",
    "NUMBER",
    "PAST_DAY",
    "PAST_MOMENT",
    "PERCENT",
    "PHONE",
    "PLAN_DAY",
    "PLAN_MOMENT",
    "REPEAT",
    "SCORE",
    "TEXT",
    "URL",
    "Ago",
    "Answer",
    "Birthday",
    "Choice",
    "ChoiceOption",
    "Code",
    "Context",
    "Currency",
    "Day",
    "Days",
    "Due",
    "Email",
    "Flag",
    "Id",
    "Integer",
    "Interval",
    "Json",
    "Kind",
    "LongText",
    "Look",
    "Moment",
    "Money",
    "Number",
    "Percent",
    "Phone",
    "Record",
    "Reference",
    "Repeat",
    "Score",
    "Url",
    "clean_text",
    "option_key",
]  # fmt: skip

TEXT, LONG, ANSWER, CODE, CURRENCY = Kind(), LongText(), Answer(), Code(), Currency()
INTEGER, PERCENT, SCORE, NUMBER, MONEY = Integer(), Percent(), Score(), Number(), Money()
DAYS, FLAG, EMAIL, PHONE, URL, JSON, REPEAT = Days(), Flag(), Email(), Phone(), Url(), Json(), Repeat()
PAST_DAY, PLAN_DAY, BIRTHDAY, INTERVAL = Day(forward=False), Day(), Birthday(), Interval()
MOMENT, PLAN_MOMENT, PAST_MOMENT, DUE = Moment(), Moment(forward=True), Ago(), Due(forward=True)
CUSTOM: Mapping[str, Kind] = {
    "text": TEXT,
    "number": NUMBER,
    "money": MONEY,
    "date": PLAN_DAY,
    "datetime": PLAN_MOMENT,
    "file": TEXT,
    "bool": FLAG,
}
