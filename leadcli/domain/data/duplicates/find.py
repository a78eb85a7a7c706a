"""Find the duplicates of a desk, and list them with their reasons."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from leadcli.domain.data.duplicates import groups as duplicate_groups
from leadcli.domain.data.duplicates import scan as duplicate_scan
from leadcli.domain.data.duplicates.groups import MIN_SCORE, DuplicateGroup
from leadcli.domain.data.duplicates.scan import NO_CACHE, CacheOptions, Progress
from leadcli.domain.leads import lists as lead_lists
from leadcli.domain.leads import saved_views
from leadcli.errors import unknown_name
from leadcli.model.kinds import INTEGER, JSON, TEXT, Moment, Record
from leadcli.model.kinds.many import TAGS
from leadcli.model.results import Column, Table, format_count
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
    min_score: float | None = None


class DuplicateList(NamedTuple):
    """Groups, best first, and how each field of a group's pairs was weighed: (one, other) -> rows."""

    groups: Sequence[DuplicateGroup]
    contributions: Callable[[int, int], list[tuple[str, str, float]]]


def record_type_named(text: str) -> str:
    """`leads`, `accounts` or `contacts`, also as one of them. Usage otherwise."""
    names = {"leads": "lead", "accounts": "account", "contacts": "contact"}
    word = text.casefold()
    record = names.get(word) or (word if word in names.values() else "")
    if not record:
        raise unknown_name("kind of record", text, names, title="--of takes")
    return record


def field_names_of(text: str) -> list[str]:
    """`email,phone` -> the values named. Usage for one that is none."""
    words = [word.strip().casefold() for word in text.split(",") if word.strip()]
    for word in words:
        if word not in duplicate_keys.VALUES:
            raise unknown_name("value to compare", word, duplicate_keys.VALUES, title="--by takes")
    return list(dict.fromkeys(words))


def find_duplicates(
    store: Store,
    request: DedupeRequest,
    progress: Progress = lambda done, total: None,
    *,
    certain: bool = False,
    cache: CacheOptions = NO_CACHE,
) -> DuplicateList:
    """The groups; with `certain` only those that may be merged without asking.

    `cache` says where a scan of a large desk is cached.
    """
    touches = _groups_touching(store, request)
    if request.by and not certain:
        groups = _equal_groups(store, request, duplicate_keys.known_distinct_pairs(store, request.record))
        if request.min_score is not None:
            groups = [group for group in groups if group.score >= request.min_score]
        return DuplicateList([each for each in groups if touches(each)], lambda one, other: [])
    desk_scan = duplicate_scan.scan_desk(store, request.record, progress, cache=cache)
    min_score = MIN_SCORE if request.min_score is None else request.min_score
    if certain and request.min_score is None:
        groups = duplicate_groups.certain_groups(desk_scan.scan, cannot_link=desk_scan.cannot_link)
    elif min_score == MIN_SCORE and desk_scan.groups is not None:
        groups = desk_scan.groups
    else:
        groups = duplicate_groups.find_groups(desk_scan.scan, min_score=min_score, cannot_link=desk_scan.cannot_link)
    if request.by:
        groups = list(_groups_within(groups, _equal_groups(store, request, desk_scan.cannot_link)))
    touching = [each for each in groups if touches(each)] if request.words else groups
    return DuplicateList(touching, duplicate_groups.scan_weights(desk_scan.scan))


def _groups_touching(store: Store, request: DedupeRequest) -> Callable[[DuplicateGroup], bool]:
    """Whether a group has a record that the filter means; every group has, without a filter."""
    if not request.words:
        return lambda group: True
    meant = set(store.ids(request.record, saved_views.parse_with_views(store, request.words, record=request.record)))
    return lambda group: not meant.isdisjoint(group.leads)


def _equal_groups(store: Store, request: DedupeRequest, cannot_link: Sequence[tuple[int, int]]) -> list[DuplicateGroup]:
    """Every group equal on one of the values; the same records found twice are one group with both reasons."""
    apart = set(cannot_link)
    groups: dict[tuple[int, ...], DuplicateGroup] = {}
    for by in request.by:
        for value, ids in duplicate_keys.equal_values(store, request.record, by):
            for part in _split_apart(ids, apart):
                before = groups.get(tuple(part), DuplicateGroup(0, [], part, False))
                score = max(before.score, _POINTS[by])
                groups[tuple(part)] = DuplicateGroup(
                    score, [*before.reasons, _VALUE_WORDS[by].format(value).strip()], part, False
                )
    return sorted(groups.values(), key=lambda group: (-group.score, group.leads))


def _split_apart(ids: Sequence[int], cannot_link: set[tuple[int, int]]) -> Iterator[list[int]]:
    """The records in groups that hold no two known to be different ones."""
    if not cannot_link:
        yield list(ids)
        return
    parts: list[list[int]] = []
    for id in ids:
        home = next((part for part in parts if not any((other, id) in cannot_link for other in part)), None)
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
        members = [id for id in group.leads if twice.intersection(sharing.get(id, ()))]
        if len(members) > 1:
            yield group._replace(leads=members)


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
            title = f"Group {number}  {group.score}  {', '.join(group.reasons)}"
            for id in group.leads:
                if id in by_id:
                    yield {**by_id[id], "group": title, "score": group.score, "reasons": group.reasons}


def side_by_side(store: Store, record: str, ids: Sequence[int]) -> str:
    """A line a record, for a question; moments as their days."""
    type_ = store.type(record)

    def text(name: str, row: Record) -> str:
        kind = type_.fields[name].kind
        plain = kind.plain(row[name], row) or "-"
        return plain[:10] if isinstance(kind, Moment) else plain

    rows = store.fetch(record, ids, fields=_COLUMNS[record])
    return "\n".join(
        f"  {type_.letter}{row['id']:<6} " + "  ".join(text(name, row) for name in _COLUMNS[record]) for row in rows
    )


def _footer(record: str, groups: Sequence[DuplicateGroup], shown: int) -> str:
    count, records = len(groups), sum(len(group.leads) for group in groups)
    few = f"{shown:,} of " if shown < count else ""
    first = groups[0].leads[:2] if groups else ()
    letter = {"lead": "", "account": "A", "contact": "C"}[record]
    way = "leadcli dedupe --merge" + (f" --of {record}s" if record != "lead" else "")
    merging = " ".join(f"{letter}{id}" for id in first)
    return f"{few}{format_count(count, 'group')}, {records:,} {record}s. Merge: {way}   or   leadcli merge {merging}"


def groups_json(store: Store, duplicates: DuplicateList, record: str, *, explain: bool = False) -> Table:
    """[{"score", "reasons", "leads"}], with `explain` also what each field contributed, in bits."""
    type_ = store.type(record)

    def rows() -> Iterator[Record]:
        for group in duplicates.groups:
            ids = [f"{type_.letter}{id}" if type_.letter else id for id in group.leads]
            row: Record = {"score": group.score, "reasons": group.reasons, type_.table: ids}
            if explain:
                row["contributions"] = [
                    {"with": other, "field": field, "found": observation, "bits": bits}
                    for other in group.leads[1:]
                    for field, observation, bits in duplicates.contributions(group.leads[0], other)
                ]
            yield row

    columns = [Column("score", "score", INTEGER, 0), Column("reasons", "reasons", JSON, 0),
               Column(type_.table, type_.table, JSON, 0)]  # fmt: skip
    columns += [Column("contributions", "contributions", JSON)] if explain else []
    return Table(columns, rows(), key="score")


def explain_groups(store: Store, duplicates: DuplicateList, record: str, *, limit: int = 0) -> Table:
    """What each field said for or against, in bits: ten bits are a thousand to one."""
    rows = []
    for number, group in enumerate(duplicates.groups[:limit] if limit else duplicates.groups, 1):
        for other in group.leads[1:]:
            pair = f"Group {number}  {group.score}  {group.leads[0]} and {other}: {', '.join(group.reasons)}"
            rows += [
                {"group": pair, "id": other, "field": field, "found": observation, "bits": f"{bits:+.1f}"}
                for field, observation, bits in duplicates.contributions(group.leads[0], other)
            ]
    columns = [Column("group", "group", TEXT, 0), Column("field", "field", TEXT, 0),
               Column("found", "found", TEXT, 0), Column("bits", "bits", TEXT, 0)]  # fmt: skip
    return Table(columns, rows, footer="Bits for (+) or against (-): each one doubles or halves the odds.",
                 group="group", empty="No duplicates found.")  # fmt: skip
