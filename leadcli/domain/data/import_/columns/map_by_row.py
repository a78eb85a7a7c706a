"""The cells of a row under a mapping -> the text of each field, as one cell of leadcli's own CSV would hold it.

Rows of cells under a mapping -> a column of texts for each field, a whole column at once where that is possible.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence

from leadcli.domain.data.import_.columns import optouts
from leadcli.domain.data.import_.columns.header_recognition import ADDRESS, LATE, NO_PHONE, PERSON, Column
from leadcli.domain.data.import_.columns.mapping import Mapping
from leadcli.model.fields import LEAD, RecordType
from leadcli.model.kinds import Flag
from leadcli.model.kinds.many import bare_tags, join_cell, phone_label, split_cell, split_label, split_phones
from leadcli.text.csv_guard import unguard_cell
from leadcli.text.match_keys import fold_text, name_key
from leadcli.text.word_lists import PARTICLES, TITLES

Cells = Sequence[str]
Texts = dict[str, str]
Rule = Callable[[Cells, Texts], None]
_PREFIX = re.compile(r"(^|[;|\n])\s*(?:p|tel|mailto):\s*|^'(?=\+)", re.IGNORECASE)
_BETWEEN = re.compile(r"\s*:::\s*")  # of Google, between several values of a cell


def gatherer(mapping: Mapping, *, guarded: bool = True, record: RecordType = LEAD) -> Callable[[Cells], Texts]:
    """A function that takes the cells of a row and gives the texts of the fields that are not empty in it.

    Lists come joined as in an export (`work:ann@x.org;b@x.org`). Of several columns for one value the first that is not
    empty counts (for a flag, any yes); the lines of a street are joined; of several addresses the first with something
    in it is the lead's own, the rest are further ones; a whole name is split into its parts unless it is the company's.
    `guarded` says that formulas are held back by a leading apostrophe in this file (a spreadsheet's, no JSON).
    """
    single: list[tuple[str, int]] = []
    rules: list[Rule] = []
    columns: dict[str, list[Column]] = {}
    for column in mapping.columns:
        if column.field:
            columns.setdefault("address" if column.field in ADDRESS else column.field, []).append(column)
    for field, columns_of_field in columns.items():
        rule = _rule(field, columns_of_field, record)
        if rule:
            rules.append(rule)
        elif field == "address":
            single += [(column.field, column.place) for column in columns_of_field]
        else:
            single.append((field, columns_of_field[0].place))

    fields, places = zip(*single, strict=True) if single else ((), ())

    def texts(cells: Cells) -> Texts:
        if guarded and "'" in "".join(cells):
            cells = [unguard_cell(cell) for cell in cells]
        texts_by_field = {
            field: cell for field, cell in zip(fields, map(cells.__getitem__, places), strict=True) if cell
        }
        for rule in rules:
            rule(cells, texts_by_field)
        return texts_by_field

    return texts


def _rule(field: str, columns: list[Column], record: RecordType) -> Rule | None:
    """What to do for a field beyond taking its only column's text."""
    if field in ("emails", "phones"):
        return _contact_rule(field, columns)
    if field == "tags":
        return _tag_rule(columns)
    if field == "address":
        plain = len({(column.field, column.group) for column in columns}) == len(columns)
        return None if plain and not any(column.group for column in columns) else _address_rule(columns)
    if field == PERSON:
        return _person_rule(columns)
    if field == optouts.FIELD and (len(columns) > 1 or columns[0].part == optouts.CONSENT):
        return _optout_rule(columns)
    if field == "value" and any(column.label for column in columns):
        return _amount_rule(columns)
    if len(columns) == 1:
        return None
    return _any_yes_rule(field, columns) if isinstance(record.fields[field].kind, Flag) else _first_rule(field, columns)


def _first_rule(field: str, columns: list[Column]) -> Rule:
    places = [column.place for column in columns]

    def rule(cells: Cells, texts: Texts) -> None:
        text = next((cells[place] for place in places if cells[place].strip()), "")
        if text:
            texts[field] = text

    return rule


def _amount_rule(columns: list[Column]) -> Rule:
    """`Amount (USD)`: the heading's currency stands behind amounts that name none."""
    places = [(column.place, column.label) for column in columns]

    def rule(cells: Cells, texts: Texts) -> None:
        text, code = next(((cells[place].strip(), code) for place, code in places if cells[place].strip()), ("", ""))
        if text:
            texts["value"] = f"{text} {code}" if code and re.fullmatch(r"[\d.,' \u00a0-]+", text) else text

    return rule


def _optout_rule(columns: list[Column]) -> Rule:
    """`Do Not Call` no, `Email Opt Out` yes: who said once not to be contacted is not contacted."""
    places = [(column.part, column.place) for column in columns]

    def rule(cells: Cells, texts: Texts) -> None:
        if text := optouts.strictest([(kind, cells[place]) for kind, place in places]):
            texts[optouts.FIELD] = text

    return rule


def _any_yes_rule(field: str, columns: list[Column]) -> Rule:
    places = [column.place for column in columns]

    def rule(cells: Cells, texts: Texts) -> None:
        answers = [cells[place] for place in places if cells[place].strip()]
        if answers:
            texts[field] = next((text for text in answers if text.strip().casefold() in Flag.YES), answers[0])

    return rule


def _contact_rule(field: str, columns: list[Column]) -> Rule:
    labels = {column.group: column.place for column in columns if column.part == "label"}
    valued = sorted((column for column in columns if column.part == "value"), key=_contact_rank)
    split, label = (split_phones, phone_label) if field == "phones" else (split_cell, split_label)
    if len(valued) == 1 and not labels and not valued[0].label:
        return _plain_rule(field, valued[0].place)

    def rule(cells: Cells, texts: Texts) -> None:
        pairs: list[tuple[bool, str, str]] = []
        for column in valued:
            if not cells[column.place]:
                continue
            label_text = cells[labels[column.group]] if column.group in labels else ""
            starred, named = _read_label(label_text)
            for part in split(strip_prefixes(cells[column.place])):
                part_label, value = label(part)
                if not NO_PHONE & set(named.split()):
                    pairs.append((not starred, part_label or named or column.label, value))
        pairs.sort(key=lambda pair: pair[0])
        if pairs:
            texts[field] = join_cell((named, value) for _, named, value in pairs)

    return rule


def _plain_rule(field: str, place: int) -> Rule:
    def rule(cells: Cells, texts: Texts) -> None:
        if cells[place]:
            texts[field] = strip_prefixes(cells[place])

    return rule


def _tag_rule(columns: list[Column]) -> Rule:
    places = [column.place for column in columns]

    def rule(cells: Cells, texts: Texts) -> None:
        if text := ";".join(tag_cell(cells[place]) for place in places if cells[place]):
            texts["tags"] = text

    return rule


def tag_cell(text: str) -> str:
    """Tags parted as leadcli parts them, without Google's stars and without other programs' quotes and brackets."""
    if ":::" in text or text[:1] == "*":
        return ";".join(part.removeprefix("* ") for part in _BETWEEN.split(text))
    return bare_tags(text) if text[:1] in "[\"'" else text


def _address_rule(columns: list[Column]) -> Rule:
    groups = {column.group: [each for each in columns if each.group == column.group] for column in columns}

    def rule(cells: Cells, texts: Texts) -> None:
        blocks = [block for group_columns in groups.values() if (block := _read_address(cells, group_columns))]
        if not blocks:
            return
        texts.update(blocks[0])
        further = [{"label": block.pop("address_label", ""), **block} for block in blocks[1:]]
        if further:
            addresses_text = texts.get("addresses", "")
            known = (
                json.loads(addresses_text)
                if addresses_text.startswith("[")
                else [{"street": addresses_text}]
                if addresses_text
                else []
            )
            texts["addresses"] = json.dumps([*known, *further], ensure_ascii=False)

    return rule


def _read_address(cells: Cells, columns: list[Column]) -> Texts:
    """One address of a row, empty when only its label is there."""
    lines = {column.line: "" for column in sorted(columns, key=lambda each: each.line) if column.field == "street"}
    block: Texts = {}
    for column in columns:
        text = cells[column.place].strip()
        if column.field == "street":
            lines[column.line] = lines[column.line] or text
        elif text and column.field not in block:
            block[column.field] = text
    street = "\n".join(line for line in lines.values() if line)
    label_text = _read_label(block.pop("address_label", ""))[1]
    address = {**({"street": street} if street else {}), **block}
    label = label_text or columns[0].label
    return {**address, **({"address_label": label} if label else {})} if address else {}


def _person_rule(columns: list[Column]) -> Rule:
    places = [column.place for column in columns]

    def rule(cells: Cells, texts: Texts) -> None:
        text = next((cells[place] for place in places if cells[place].strip()), "")
        part_of_name = texts.get("first_name") or texts.get("last_name")
        if text and not part_of_name and name_key(text) != name_key(texts.get("company", "")):
            texts.update({**split_name(text), **texts})

    return rule


def _contact_rank(column: Column) -> int:
    """The number to call first stands first; an assistant's or a car's never does while there is another."""
    return -1 if column.header.casefold().startswith("primary") else int(column.label in LATE)


def _read_label(text: str) -> tuple[bool, str]:
    """Google marks the primary one's label with a star: `* Work` -> (True, "work")."""
    first = _BETWEEN.split(text.strip())[0]
    return first.startswith("* "), first.removeprefix("* ").strip().casefold()


def strip_prefixes(text: str) -> str:
    """Several values parted as leadcli parts them, without the prefixes of other programs (`tel:` `mailto:` `p:`)."""
    if ":" in text or text[:1] == "'":
        text = _PREFIX.sub(r"\1", _BETWEEN.sub(";", text))
    return text


def split_name(text: str) -> dict[str, str]:
    """`Dr. Ada King Lovelace` -> its four parts; `van Beethoven, Ludwig` too. Parts that are missing are left out.

    Titles in front are the salutation; a family name begins at its particle (von, de la), else it is the last word; a
    single word is a first name.
    """
    family, comma, rest_of_name = text.partition(",")
    if comma and rest_of_name.strip() and "," not in rest_of_name:
        titles, words = _split_titles(rest_of_name.split())
        return _name_parts(titles, words[:1], words[1:], family.split())
    titles, words = _split_titles(text.split())
    inner = range(1, len(words) - 1)
    begin = next((place for place in inner if fold_text(words[place]).strip(".") in PARTICLES), max(len(words) - 1, 1))
    return _name_parts(titles, words[:1], words[1:begin], words[begin:])


def _split_titles(words: list[str]) -> tuple[list[str], list[str]]:
    count = next((place for place, word in enumerate(words) if fold_text(word).strip(".") not in TITLES), 0)
    return words[:count], words[count:]


def _name_parts(salutation: list[str], first: list[str], middle: list[str], last: list[str]) -> dict[str, str]:
    named = {"salutation": salutation, "first_name": first, "middle_name": middle, "last_name": last}
    return {field: " ".join(words) for field, words in named.items() if words}


Columns = dict[str, Sequence[str]]
NAMES = ("salutation", "first_name", "middle_name", "last_name")


def filled_fields(mapping: Mapping) -> tuple[str, ...]:
    """The fields rows under this mapping can fill, in the order of the file."""
    fields: dict[str, None] = {}
    for name in mapping.mapped_fields():
        fields.update(dict.fromkeys(NAMES if name == PERSON else (name,)))
    if _direct_places(mapping) is None:
        fields["addresses"] = None
    return tuple(fields)


def transposer(
    mapping: Mapping, *, guarded: bool, record: RecordType, is_leadcli_export: bool = False
) -> Callable[[Sequence[Sequence[str]]], Columns]:
    """A function that takes rows of cells and gives, by field, the texts of all rows; '' is an empty one.

    The cells of an export of leadcli (`is_leadcli_export`) have nothing in them that other programs put there.

    The same as map_by_row.gatherer row by row, which it leaves mappings to where several columns make one value.
    """
    places = _direct_places(mapping)
    if places is not None:
        consent = any(column.part == optouts.CONSENT for column in mapping.columns)
        return lambda rows: _transpose(
            places, rows, guarded=guarded, is_leadcli_export=is_leadcli_export, consent=consent
        )
    texts = gatherer(mapping, guarded=guarded, record=record)
    fields = filled_fields(mapping)

    def gather(rows: Sequence[Sequence[str]]) -> Columns:
        texts_of_rows = [texts(cells) for cells in rows]
        return {field: [each.get(field, "") for each in texts_of_rows] for field in fields}

    return gather


def _direct_places(mapping: Mapping) -> dict[str, int] | None:
    """field -> its only column; None when a field is made of several columns or takes more than its text."""
    places: dict[str, int] = {}
    for column in mapping.columns:
        if not column.field:
            continue
        if column.field in places or column.field == PERSON or not _is_direct(column):
            return None
        places[column.field] = column.place
    return places


def _is_direct(column: Column) -> bool:
    if column.field in ("emails", "phones"):
        return column.part == "value" and not column.label
    return not (column.field in ADDRESS and column.group) and not (column.field == "value" and column.label)


# What a cell of other programs is mended by, and the marks without one of which it needs no mending.
_CLEANERS: dict[str, tuple[Callable[[str], str], str]] = {
    "emails": (strip_prefixes, ":'"), "phones": (strip_prefixes, ":'"), "tags": (tag_cell, ":*[\"'")
}  # fmt: skip


def _transpose(
    places: dict[str, int],
    rows: Sequence[Sequence[str]],
    *,
    guarded: bool,
    is_leadcli_export: bool,
    consent: bool = False,
) -> Columns:
    columns = list(zip(*rows, strict=True))
    texts: Columns = {}
    for field, place in places.items():
        column: Sequence[str] = columns[place] if columns else ()
        whole = "".join(column)
        if guarded and "'" in whole:
            column = [unguard_cell(cell) if cell[:1] == "'" else cell for cell in column]
        if consent and field == optouts.FIELD:
            column = list(map(optouts.consent_text, column))
        mend, marks = _CLEANERS.get(field, (str, ""))
        if not is_leadcli_export and any(mark in whole for mark in marks):
            column = list(map(mend, column))
        texts[field] = column
    return texts
