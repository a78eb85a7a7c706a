"""Duplicates of a desk: found, and listed with their reasons."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from leadcli.domain.data.duplicates import groups as duplicate_groups
from leadcli.domain.data.duplicates import scan as duplicate_scan
from leadcli.domain.data.duplicates.groups import LEAST, DuplicateGroup
from leadcli.domain.data.duplicates.scan import NOWHERE, KnownScan, Told
from leadcli.domain.leads import lists as lead_lists
from leadcli.domain.leads import saved_views
from leadcli.errors import unknown_name
from leadcli.model.kinds import INTEGER, JSON, TEXT, Record
from leadcli.model.kinds.many import TAGS
from leadcli.model.results import Column, Table
from leadcli.store.reads import duplicate_keys
from leadcli.store.store import Store

_PAGE = 500
_POINTS = {"email": 100, "phone": 100, "name": 60, "company": 40}
_VALUE_WORDS = {"email": "same e-mail {}", "phone": "same phone {}", "name": "same name", "company": "same company"}
_COLUMNS = {
    "lead": ("name", "company", "status", "email", "phone", "created_at"),
    "account": ("name", "email", "phone", "city", "created_at"),
    "contact": ("name", "account", "email", "phone", "created_at"),
}


class DedupeRequest(NamedTuple):
    """Which duplicates: of which records, touching which query, equal on what, from which score on."""

    words: Sequence[str] = ()
    record: str = "lead"
    by: Sequence[str] = ()
    least: float | None = None


class DuplicateList(NamedTuple):
    """Groups, best first, and how each field of a group's pairs was weighed: (one, other) -> rows."""

    groups: Sequence[DuplicateGroup]
    weighed: Callable[[int, int], list[tuple[str, str, float]]]


def record_type_named(text: str) -> str:
    """`leads`, `accounts` or `contacts`, also as one of them. Usage otherwise."""
    names = {"leads": "lead", "accounts": "account", "contacts": "contact"}
    word = text.casefold()
    found = names.get(word) or (word if word in names.values() else "")
    if not found:
        raise unknown_name("kind of record", text, names, title="--of takes")
    return found


def field_names_of(text: str) -> list[str]:
    """`email,phone` -> the values named. Usage for one that is none."""
    words = [word.strip().casefold() for word in text.split(",") if word.strip()]
    for word in words:
        if word not in duplicate_keys.VALUES:
            raise unknown_name("value to compare", word, duplicate_keys.VALUES, title="--by takes")
    return list(dict.fromkeys(words))


def find_duplicates(
    store: Store,
    wanted: DedupeRequest,
    told: Told = lambda done, total: None,
    *,
    certain: bool = False,
    memory: KnownScan = NOWHERE,
) -> DuplicateList:
    """The groups; with `certain` those that may be merged unasked, of the groups asked for. `memory` says where what a
    scan of a large desk learns is kept."""
    touches = _groups_touching(store, wanted)
    if wanted.by and not certain:
        groups = _equal_groups(store, wanted, duplicate_keys.known_distinct_pairs(store, wanted.record))
        if wanted.least is not None:
            groups = [group for group in groups if group.score >= wanted.least]
        return DuplicateList([each for each in groups if touches(each)], lambda one, other: [])
    scanned = duplicate_scan.scan_desk(store, wanted.record, told, memory=memory)
    least = LEAST if wanted.least is None else wanted.least
    if certain and wanted.least is None:
        groups = duplicate_groups.certain_groups(scanned.scan, apart=scanned.apart)
    elif least == LEAST and scanned.groups is not None:
        groups = scanned.groups
    else:
        groups = duplicate_groups.find_groups(scanned.scan, least=least, apart=scanned.apart)
    if wanted.by:
        groups = list(_groups_within(groups, _equal_groups(store, wanted, scanned.apart)))
    found = [each for each in groups if touches(each)] if wanted.words else groups
    return DuplicateList(found, duplicate_groups.scan_weights(scanned.scan))


def _groups_touching(store: Store, wanted: DedupeRequest) -> Callable[[DuplicateGroup], bool]:
    """Whether a group has a record that the filter means; every group has, without a filter."""
    if not wanted.words:
        return lambda group: True
    meant = set(store.ids(wanted.record, saved_views.parse_with_views(store, wanted.words, record=wanted.record)))
    return lambda group: not meant.isdisjoint(group.leads)


def _equal_groups(store: Store, wanted: DedupeRequest, apart: Sequence[tuple[int, int]]) -> list[DuplicateGroup]:
    """Every group equal on one of the values; the same records found twice are one group with both reasons."""
    strangers = set(apart)
    found: dict[tuple[int, ...], DuplicateGroup] = {}
    for by in wanted.by:
        for value, ids in duplicate_keys.equal_values(store, wanted.record, by):
            for part in _split_apart(ids, strangers):
                before = found.get(tuple(part), DuplicateGroup(0, [], part, False))
                score = max(before.score, _POINTS[by])
                found[tuple(part)] = DuplicateGroup(
                    score, [*before.reasons, _VALUE_WORDS[by].format(value).strip()], part, False
                )
    return sorted(found.values(), key=lambda group: (-group.score, group.leads))


def _split_apart(ids: Sequence[int], apart: set[tuple[int, int]]) -> Iterator[list[int]]:
    """The records in groups that hold no two known to be different ones."""
    if not apart:
        yield list(ids)
        return
    parts: list[list[int]] = []
    for id in ids:
        home = next((part for part in parts if not any((other, id) in apart for other in part)), None)
        if home is None:
            parts.append([id])
        else:
            home.append(id)
    yield from (part for part in parts if len(part) > 1)


def _groups_within(groups: Iterable[DuplicateGroup], equal: Iterable[DuplicateGroup]) -> Iterator[DuplicateGroup]:
    """Of each group the records that share one of the values with another one of it."""
    sharing: dict[int, list[int]] = {}
    for number, each in enumerate(equal):
        for id in each.leads:
            sharing.setdefault(id, []).append(number)
    for group in groups:
        shared = [number for id in group.leads for number in sharing.get(id, ())]
        twice = {number for number in shared if shared.count(number) > 1}
        kept = [id for id in group.leads if twice.intersection(sharing.get(id, ()))]
        if len(kept) > 1:
            yield group._replace(leads=kept)


# Shown


def groups_table(store: Store, record: str, groups: Sequence[DuplicateGroup], *, limit: int = 0) -> Table:
    """A row a record, group by group, side by side."""
    type_ = store.type(record)
    shown = groups[:limit] if limit else groups
    columns = (
        Column("id", "id", type_.fields["id"].kind, 0),
        *(lead_lists.as_column(type_.fields[name]) for name in _COLUMNS[record]),
        Column("group", "group", TEXT, 9), Column("score", "score", INTEGER, 9), Column("reasons", "reasons", TAGS, 9),
    )  # fmt: skip
    footer = _footer(record, groups, len(shown))
    ordered = [columns[-3], *columns[:-3], *columns[-2:]]
    return Table(ordered, _group_rows(store, record, shown), footer=footer, group="group", empty="No duplicates found.")


def _group_rows(store: Store, record: str, groups: Sequence[DuplicateGroup]) -> Iterator[Record]:
    for start in range(0, len(groups), _PAGE):
        page = groups[start : start + _PAGE]
        ids = [id for group in page for id in group.leads]
        by_id = {row["id"]: row for row in store.fetch(record, ids, fields=_COLUMNS[record])}
        for number, group in enumerate(page, start + 1):
            said = f"Group {number}  {group.score}  {', '.join(group.reasons)}"
            for id in group.leads:
                if id in by_id:
                    yield {**by_id[id], "group": said, "score": group.score, "reasons": group.reasons}


def side_by_side(store: Store, record: str, ids: Sequence[int]) -> str:
    """A line a record, for a question."""
    type_ = store.type(record)
    rows = store.fetch(record, ids, fields=_COLUMNS[record])
    return "\n".join(
        f"  {type_.letter}{row['id']:<6} "
        + "  ".join(type_.fields[name].kind.plain(row[name], row) or "-" for name in _COLUMNS[record])
        for row in rows
    )


def _footer(record: str, groups: Sequence[DuplicateGroup], shown: int) -> str:
    count, records = len(groups), sum(len(group.leads) for group in groups)
    few = f"{shown:,} of " if shown < count else ""
    first = groups[0].leads[:2] if groups else ()
    letter = {"lead": "", "account": "A", "contact": "C"}[record]
    way = "leadcli dedupe --merge" + (f" --of {record}s" if record != "lead" else "")
    merging = " ".join(f"{letter}{id}" for id in first)
    return (
        f"{few}{count:,} group{'' if count == 1 else 's'}, {records:,} {record}s. "
        f"Merge: {way}   or   leadcli merge {merging}"
    )


def groups_json(store: Store, found: DuplicateList, record: str, *, explain: bool = False) -> Table:
    """[{"score", "reasons", "leads"}], with `explain` also what each field contributed, in bits."""
    type_ = store.type(record)

    def rows() -> Iterator[Record]:
        for group in found.groups:
            ids = [f"{type_.letter}{id}" if type_.letter else id for id in group.leads]
            row: Record = {"score": group.score, "reasons": group.reasons, type_.table: ids}
            if explain:
                row["contributions"] = [
                    {"with": other, "field": field, "found": said, "bits": bits}
                    for other in group.leads[1:]
                    for field, said, bits in found.weighed(group.leads[0], other)
                ]
            yield row

    columns = [Column("score", "score", INTEGER, 0), Column("reasons", "reasons", JSON, 0),
               Column(type_.table, type_.table, JSON, 0)]  # fmt: skip
    columns += [Column("contributions", "contributions", JSON)] if explain else []
    return Table(columns, rows(), key="score")


def explain_groups(store: Store, found: DuplicateList, record: str, *, limit: int = 0) -> Table:
    """What each field said for or against, in bits: ten bits are a thousand to one."""
    rows = []
    for number, group in enumerate(found.groups[:limit] if limit else found.groups, 1):
        for other in group.leads[1:]:
            pair = f"Group {number}  {group.score}  {group.leads[0]} and {other}: {', '.join(group.reasons)}"
            rows += [
                {"group": pair, "id": other, "field": field, "found": said, "bits": f"{bits:+.1f}"}
                for field, said, bits in found.weighed(group.leads[0], other)
            ]
    columns = [Column("group", "group", TEXT, 0), Column("field", "field", TEXT, 0),
               Column("found", "found", TEXT, 0), Column("bits", "bits", TEXT, 0)]  # fmt: skip
    return Table(columns, rows, footer="Bits for (+) or against (-): each one doubles or halves the odds.",
                 group="group", empty="No duplicates found.")  # fmt: skip
