"""What a column means once all columns and some rows are known: each rule takes the columns and gives them back.

Money in files: which of two readings - decimal point or decimal comma - all amounts of a column have in common.

A cell alone may be undecided: `1.234` is a thousand to some and a little more than one to others. The others of its
column decide; when none of them does, nobody guesses.

What the cells of a column are, whatever its heading says: e-mails, numbers, web addresses, days, yes or no.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from leadcli.domain.data.import_.columns import optouts
from leadcli.domain.data.import_.columns.header_recognition import (
    ADDRESS,
    PERSON,
    Column,
    HeaderRecogniser,
    key_of,
    words_of,
)
from leadcli.text.dates.iso import parse_written
from leadcli.text.money import COMMA, PLAIN, POINT

EMAILS, PHONES, WEBSITE, DAYS, AMOUNTS, FLAGS, NUMBERS, STATES, COUNTRIES, HONORIFICS = (
    "emails", "phones", "website", "days", "amounts", "flags", "numbers", "states", "countries", "honorifics"
)  # fmt: skip
_EMAIL = r"(?:[^@<>\"]*<)?[^\s@<>,;]+@[^\s@<>,;]+\.[^\W\d_]{2,}>?"
_MONEY_MARK = r"(?:[$€£¥₹]|[A-Z]{3}|kr|zł|Kč|Rs\.?|R\$|US\$)"
_FORMS = {
    EMAILS: re.compile(rf"'?(?:mailto:)?{_EMAIL}(?:\s*[,;/|]\s*{_EMAIL})*[,;]?"),
    PHONES: re.compile(r"'?(?:tel:|p:)?\+\d[\d\s()./-]{6,20}(?:\s*(?:x|ext\.?)\s*\d+)?", re.IGNORECASE),
    WEBSITE: re.compile(r"(?:https?://|www\.)[^\s@]+\.[^\s@]+", re.IGNORECASE),
    DAYS: re.compile(
        r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2}))(?:[T ,].*)?|"
        r"\d{1,2}\.?[ -][A-Za-z]{3,9}\.?,?[ -]\d{2,4}|[A-Za-z]{3,9}\.? \d{1,2},? \d{4}"
    ),
    AMOUNTS: re.compile(rf"-?{_MONEY_MARK}\s?-?\d[\d.,' \u00a0]*|-?\d[\d.,' \u00a0]*\s?{_MONEY_MARK}"),
    FLAGS: re.compile(r"yes|no|true|false|ja|nein|oui|non|si|sí|sim|não|nao|nee|tak|nie|ano|ne|да|нет", re.IGNORECASE),
    NUMBERS: re.compile(r"-?\d+(?:[.,]\d+)?"),
    HONORIFICS: re.compile(
        r"(?:mr|mrs|ms|miss|mx|dr|prof|herr|frau|madame|monsieur|mme|m|sr|sra|srta|sig|dott|pan|pani|fru|madam|sir)\.?"
        r"(?: (?:dr|prof)\.?)*", re.IGNORECASE,
    ),
    STATES: re.compile(
        r"(?:un)?(?:subscribed|confirmed|verified)|active|inactive|cancell?ed|bounced|complained|pending|cleaned|expired|"
        r"non-?subscribed|archived|deleted|trialing|past[ _]due|unpaid|paused|enabled|disabled|opted[ -](?:in|out)|"
        r"blocked|suppressed|soft[ -]?bounced|hard[ -]?bounced|transactional|marked as spam|spam|unsubscribe",
        re.IGNORECASE,
    ),
}  # fmt: skip
_HOME_PAGE = re.compile(r"(?:https?://)?[^/?#\s]+/?", re.IGNORECASE)
_FOREIGN_SITES = re.compile(
    r"(?:linkedin|facebook|fb|twitter|x|instagram|xing|youtube|tiktok|t)\.(?:com|me)", re.IGNORECASE
)


def kind_of(cells: Sequence[str]) -> str:
    """What all of these cells, none of them empty, are; '' for anything mixed or unknown."""
    return form_of(cells) or (COUNTRIES if cells and are_countries(cells) else "")


def form_of(cells: Sequence[str]) -> str:
    """The same by the form of the cells alone: the names of countries, whose lists take time to load, are ''."""
    if not cells:
        return ""
    return next((kind for kind, form in _FORMS.items() if all(form.fullmatch(cell) for cell in cells)), "")


def is_day(cell: str) -> bool:
    """A day or a moment, however it is written."""
    return _FORMS[DAYS].fullmatch(cell) is not None or parse_written(cell) is not None


def are_countries(cells: Sequence[str]) -> bool:
    """Names of countries. Codes of two letters are none: they may be states or languages."""
    from leadcli.text.phones import region_of

    different = set(cells)
    return len(different) <= 60 and all(len(cell) > 3 and cell[:1].isalpha() and region_of(cell) for cell in different)


def are_home_pages(cells: Sequence[str]) -> bool:
    """Web addresses of sites rather than of a page, a profile or a picture in one."""
    return all(_HOME_PAGE.fullmatch(cell) and not _FOREIGN_SITES.search(cell) for cell in cells)


def are_distinct(cells: Sequence[str]) -> bool:
    """Most of the cells differ: they are of the people of the rows, not of the few who look after them."""
    return len(cells) < 2 or len({cell.casefold() for cell in cells}) * 3 > len(cells) * 2


Sample = Sequence[Sequence[str]]
Rule = Callable[[list[Column], Sample, HeaderRecogniser], list[Column]]
_FAMILY = ("nom", "nume")  # beside a word such as Nome, the family's name
_TITLES = ("title", "titel")
_TYPES_OF_ODOO = {"lead", "opportunity"}
_RECORD_KEYS = ("id", "recordid")  # beside them any other number of a record is another record's
_SAFE_KEYS = ("externalid", "externalidentifier", "externalkey")
_FREE_TEXTS = ("description", "tags", "source_detail", "referred_by", "created_by", "external_id", "owner", "name")
_DATES = ("created_at", "updated_at", "expected_close", "birthday", "closed_at")
# Which kinds of cells cannot be what a column is taken for; a field not named here takes any text.
_CONTRADICTIONS: dict[str, frozenset[str]] = {
    "emails": frozenset({PHONES, WEBSITE, DAYS, AMOUNTS, FLAGS, STATES}),
    "phones": frozenset({EMAILS, WEBSITE, DAYS, FLAGS, STATES, COUNTRIES}),
    "website": frozenset({EMAILS, PHONES, DAYS, AMOUNTS, FLAGS}),
    "value": frozenset({EMAILS, PHONES, WEBSITE, DAYS, FLAGS}),
    "region": frozenset({EMAILS, PHONES, WEBSITE, DAYS, FLAGS, STATES}),
    "postcode": frozenset({EMAILS, WEBSITE, DAYS, FLAGS}),
    **dict.fromkeys(_DATES, frozenset({EMAILS, PHONES, WEBSITE, FLAGS, STATES})),
}
_TEXT_CONTRADICTIONS = frozenset({EMAILS, PHONES, WEBSITE, DAYS, AMOUNTS, FLAGS})
_TEXTS = (PERSON, "first_name", "last_name", "middle_name", "salutation", "company", "job_title", "industry", "city",
          "country", "street", "source", "campaign", "medium", "channel", "products", "item", "currency")  # fmt: skip
_NO_NUMBERS = (PERSON, "first_name", "last_name", "company", "job_title", "city", "country", "salutation", "owner",
               "emails", "website", *_DATES)  # fmt: skip


def apply_rules(columns: list[Column], sample: Sample, recogniser: HeaderRecogniser) -> list[Column]:
    """The columns by all rules, in their order. What the user mapped by hand is never touched."""
    for rule in _RULES:
        columns = rule(columns, sample, recogniser)
    return columns


def cells_of(column: Column, sample: Sample) -> list[str]:
    """The cells of a column that are not empty."""
    return [row[column.place].strip() for row in sample if column.place < len(row) and row[column.place].strip()]


def _is_free(column: Column) -> bool:
    """Neither the user nor the file's own name for it has settled what it is."""
    return column.how not in ("told", "ignored")


def _resolve_titles(columns: list[Column], sample: Sample, recogniser: HeaderRecogniser) -> list[Column]:
    """`Title` is the position, unless the file has a column for that or all its cells say Mr or Ms: a salutation."""
    titled = [column for column in columns if key_of(column.header) in _TITLES and _is_free(column)]
    others = [column for column in columns if column.field == "job_title" and column not in titled]

    def judge(column: Column) -> Column:
        if column not in titled:
            return column
        is_formal = others or form_of(cells_of(column, sample)) == HONORIFICS
        return column._replace(field="salutation") if is_formal else column

    return [judge(column) for column in columns]


def _resolve_types(columns: list[Column], sample: Sample, recogniser: HeaderRecogniser) -> list[Column]:
    """Odoo's type says lead or opportunity, which is no type of lead."""

    def is_foreign(column: Column) -> bool:
        values = {cell.casefold() for cell in cells_of(column, sample)}
        return column.field == "type" and _is_free(column) and bool(values) and values <= _TYPES_OF_ODOO

    return [column._replace(field="", how="spared") if is_foreign(column) else column for column in columns]


def _resolve_names(columns: list[Column], sample: Sample, recogniser: HeaderRecogniser) -> list[Column]:
    """`Nom`, `Naam`: beside a first name it is the last one, beside a last name the first, else it is the whole."""
    fields = {column.field for column in columns if not column.meaning}
    first, last = "first_name" in fields, "last_name" in fields
    part = "last_name" if first and not last else "first_name" if last and not first else PERSON
    open_keys = {key_of(column.header) for column in columns if column.meaning == "anyname"}
    if len(open_keys) > 1 and not first and not last and not open_keys.isdisjoint(_FAMILY):
        parts = {key: "last_name" if key in _FAMILY else "first_name" for key in open_keys}
    else:
        parts = dict.fromkeys(open_keys, part)
    german = first and not last and any(key_of(column.header) in ("vorname", "prenom") for column in columns)

    def judge(column: Column) -> Column:
        if column.meaning == "anyname" or (german and key_of(column.header) == "name" and column.how == "name"):
            return column._replace(field=parts.get(key_of(column.header), "last_name"))
        return column

    return [judge(column) for column in columns]


def _resolve_weak(columns: list[Column], sample: Sample, recogniser: HeaderRecogniser) -> list[Column]:
    """Headers that mean a field only when no other column does: Oro's own tenant, Outlook's mail account."""
    mapped = {column.field for column in columns if column.meaning != "weakcompany" and (column.sample or not sample)}
    return [
        column._replace(field="", how="spared") if column.meaning == "weakcompany" and "company" in mapped else column
        for column in columns
    ]


def _resolve_keys(columns: list[Column], sample: Sample, recogniser: HeaderRecogniser) -> list[Column]:
    """`Contact ID` beside `ID` is another record's; `User ID` is who works on it only where names stand in it."""
    keyed = any(key_of(column.header) in _RECORD_KEYS and column.field == "external_id" for column in columns)

    def judge(column: Column) -> Column:
        key = key_of(column.header)
        if column.meaning == "owneruser" and not any(cell[:1].isalpha() for cell in cells_of(column, sample)):
            column = column._replace(field="external_id")
        is_other = column.field == "external_id" and column.how == "known" and key not in (*_RECORD_KEYS, *_SAFE_KEYS)
        return column._replace(field="", how="spared") if keyed and is_other else column

    return [judge(column) if _is_free(column) else column for column in columns]


def _resolve_optouts(columns: list[Column], sample: Sample, recogniser: HeaderRecogniser) -> list[Column]:
    """Opt-outs whose cells speak of something else are none; one about SMS or letters gives way to one about mail."""
    known = {column.place: words_of(column.header) for column in columns
             if column.field == optouts.FIELD and column.how == "known"}  # fmt: skip

    def judge(column: Column) -> Column:
        words = known.get(column.place)
        if words is None:
            return column
        if not optouts.is_borne_out(words, [row[column.place] for row in sample if column.place < len(row)]):
            return column._replace(field="", how="foreign", part="value")
        others = [each for place, each in known.items() if place != column.place]
        return column._replace(field="", how="spared") if optouts.is_minor(words, others) else column

    return [judge(column) for column in columns]


def _resolve_mailing_states(columns: list[Column], sample: Sample, recogniser: HeaderRecogniser) -> list[Column]:
    """A status such as Active, Unsubscribed, Bounced is a mailing list's: only who is out of it says something."""

    def judge(column: Column) -> Column:
        cells = cells_of(column, sample)
        if column.field not in ("status", "region") or not _is_free(column) or form_of(cells) != STATES:
            return column
        if any(optouts.read_answer(cell) == optouts.YES for cell in cells):
            return column._replace(field=optouts.FIELD, how="values", part=optouts.CONSENT)
        return column._replace(field="", how="foreign")

    return [judge(column) for column in columns]


def _resolve_contradictions(columns: list[Column], sample: Sample, recogniser: HeaderRecogniser) -> list[Column]:
    """A column whose cells cannot be what its heading says is what they are, or nothing."""

    def judge(column: Column) -> Column:
        cells = cells_of(column, sample)
        if not column.field or not _is_free(column) or column.part == "label" or not cells:
            return column
        if column.header == column.field in _TEXTS:
            return column  # our own word for it: an export comes back as it was, whatever a company is called
        kind = kind_of(cells) if column.field in ("region", "phones") else form_of(cells)
        if column.field == "region" and kind == COUNTRIES:
            return column._replace(field="country")
        if column.field == "birthday" and kind == NUMBERS:
            return column  # years, which the description keeps
        if (
            column.field in _DATES
            and column.field != "birthday"
            and column.how == "known"
            and not any(map(is_day, cells))
        ):
            return column._replace(field="", how="foreign")
        impossible = _CONTRADICTIONS.get(column.field, _TEXT_CONTRADICTIONS if column.field in _TEXTS else frozenset())
        if kind not in impossible and not (kind == NUMBERS and column.field in _NO_NUMBERS):
            return column
        if kind == NUMBERS and column.field == "emails" and len(cells) < 2:
            return column  # one wrong cell is a row's mistake
        field = kind if kind in ("emails", "phones") and are_distinct(cells) else ""
        return Column(column.place, column.header, field, "values" if field else "foreign", sample=column.sample)

    return [judge(column) for column in columns]


def _resolve_by_values(columns: list[Column], sample: Sample, recogniser: HeaderRecogniser) -> list[Column]:
    """A column whose heading nobody knows is known by its cells, where they leave no doubt and the field is free."""
    mapped = {column.field for column in columns}
    result = []
    for column in columns:
        if column.how in ("unmapped", "likely") and (cells := cells_of(column, sample)):
            column = _by_values(column, cells, mapped, recogniser)
            mapped.add(column.field)
        result.append(column)
    return result


def _by_values(column: Column, cells: Sequence[str], mapped: set[str], recogniser: HeaderRecogniser) -> Column:
    kind = kind_of(cells)
    if column.suggestion:
        is_harmful = _is_contradicted(column.suggestion, kind)
        return column._replace(how="unmapped", suggestion="", likeness=0) if is_harmful else column
    field = kind if kind in ("emails", "phones", "website") else ""
    if kind == WEBSITE and not are_home_pages(cells):
        return column
    if kind == COUNTRIES and not mapped.isdisjoint(ADDRESS):
        field = "country"
    # A heading with a word somebody knows says more than these cells do: Manager Email, Photo.
    is_sure = not any(map(recogniser.is_known_word, words_of(column.header)))
    if not field or not is_sure or not (field == "country" or are_distinct(cells)):
        return column
    if field not in mapped:
        return column._replace(field=field, how="values")
    return column._replace(how="likely", suggestion=field) if field in ("emails", "phones") else column


def _is_contradicted(field: str, kind: str) -> bool:
    impossible = _CONTRADICTIONS.get(field, _TEXT_CONTRADICTIONS if field in _TEXTS else frozenset())
    needed = field in ("emails", "phones", "website", *_DATES) and kind != field
    return kind in impossible or (kind == NUMBERS and field in _NO_NUMBERS) or (needed and kind != DAYS)


def _are_one(groups: dict[str, set[tuple[str, int]]], bare: dict[str, bool], group: str, other: str) -> bool:
    """Two groups of parts, at least one of which has no label and none a number, that have no part in common."""
    if not (bare[group] or bare[other]) or any(letter.isdigit() for letter in group + other):
        return False
    return {part for part, _ in groups[group]}.isdisjoint({part for part, _ in groups[other]})


def _resolve_addresses(columns: list[Column], sample: Sample, recogniser: HeaderRecogniser) -> list[Column]:
    """Parts that say whose they are and parts that do not are one address, where none of them is there twice."""
    groups: dict[str, set[tuple[str, int]]] = {}
    bare: dict[str, bool] = {}
    for column in columns:
        if column.field in ADDRESS:
            groups.setdefault(column.group, set()).add((column.field, column.line))
            bare[column.group] = bare.get(column.group, True) and not column.label
    joined: dict[str, tuple[str, str]] = {}
    labels = {column.group: column.label for column in columns if column.field in ADDRESS}
    for group in list(groups):
        partner = next((other for other in groups if other != group and _are_one(groups, bare, group, other)), None)
        if partner is not None and group not in joined:
            target = (partner, labels[partner] or labels[group])
            joined[group] = joined[partner] = target
            groups[partner] |= groups.pop(group)
    return [
        column._replace(group=joined[column.group][0], label=joined[column.group][1])
        if column.field in ADDRESS and column.group in joined
        else column
        for column in columns
    ]


_RULES: tuple[Rule, ...] = (
    _resolve_titles, _resolve_types, _resolve_names, _resolve_weak, _resolve_keys, _resolve_optouts,
    _resolve_mailing_states, _resolve_contradictions, _resolve_by_values, _resolve_addresses,
)  # fmt: skip


NAMES = {POINT: "decimal point", COMMA: "decimal comma"}


def verdict(points: int, commas: int) -> int:
    """POINT or COMMA, whichever more cells of the column show; PLAIN when neither or both equally often."""
    return POINT if points > commas else COMMA if commas > points else PLAIN
