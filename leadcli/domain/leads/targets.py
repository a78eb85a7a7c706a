"""Resolves the TARGET words of a command (ids, ranges, a filter, a view, an e-mail or a phone) to records."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from leadcli import query
from leadcli.domain.leads import saved_views
from leadcli.errors import NotFound, Usage
from leadcli.model.fields import BY_LETTER, RecordType, list_hint
from leadcli.query import Query
from leadcli.store.store import Store

_ID = re.compile(r"#?([A-Za-z]?)(\d{1,18})(?:-\1?(\d{1,18}))?")
_MAX_RANGE = 10_000_000


class Target(NamedTuple):
    """The records a command is about.

    `explicit`: named one by one, so that no confirmation is needed. `notes` name the merged ids that were followed.
    """

    record: str
    ids: Sequence[int]
    explicit: bool
    notes: tuple[str, ...] = ()
    query: Query | None = None


def resolve_target(store: Store, words: Sequence[str], *, records: Sequence[str] = ("lead",)) -> Target:
    """TARGET words -> records that exist.

    Raises Usage when there is none, when a bare word is no id, or a type of record does not fit `records`; NotFound
    names every id that does not exist. A filter may match nothing.
    """
    if not [word for word in words if word.strip()]:
        raise Usage("which ones? A target is needed: ids, a filter, @view or -.", hint="is:any means all of them")
    named = ids_in_words(words)
    if named:
        return _resolve_ids(store, named, records)
    if len(words) == 1 and (one := _resolve_address(store, words[0])):
        return one
    criteria = saved_views.parse_with_views(store, words, strict=True)
    return Target("lead", store.ids("lead", criteria), False, criteria.hints, criteria)


def resolve_one(store: Store, words: Sequence[str], *, records: Sequence[str] = ("lead",)) -> Target:
    """A target that must be exactly one record.

    NotFound when nothing matches, Usage with the candidates when several do.
    """
    target = resolve_target(store, words, records=records)
    if not target.ids:
        raise NotFound(f"nothing matches {query.join_words(words)}.", hint="try it first: leadcli list FILTER --all")
    if len(target.ids) > 1:
        rows = store.fetch(target.record, target.ids[:5], fields=("id", "name"))
        candidates = ", ".join(f"{row['id']} ({row['name']})" for row in rows)
        remainder = f" and {len(target.ids) - 5} more" if len(target.ids) > 5 else ""
        raise Usage(
            f"one {target.record} is meant, but {len(target.ids)} match: {candidates}{remainder}.", hint="name one id"
        )
    return target


def ids_in_words(words: Sequence[str]) -> list[tuple[str, int, int]]:
    """(letter, first, last) for each id or range; [] unless every word is one."""
    ranges = []
    for word in [part for each in words for part in re.split(r"[,\s]+", each) if part]:
        match = _ID.fullmatch(word)
        if not match or (match[1] and match[1].upper() not in BY_LETTER):
            return []
        first = int(match[2])
        ranges.append((match[1].upper(), first, int(match[3] or first)))
    return ranges


def _resolve_ids(store: Store, named: Sequence[tuple[str, int, int]], records: Sequence[str]) -> Target:
    letters = {letter for letter, _, _ in named}
    if len(letters) > 1:
        raise Usage("ids of different kinds cannot be mixed.", hint="one kind of record at a time")
    type_ = BY_LETTER[letters.pop()] if letters != {""} else store.type("lead")
    if type_.name not in records:
        raise Usage(
            f"{type_.letter}{named[0][1]} is an {type_.name}, which this command does not take."
            if type_.name[0] in "aeio"
            else f"{type_.letter}{named[0][1]} is a {type_.name}, which this command does not take.",
            hint=f"name a {' or '.join(records)}",
        )
    ids, missing, notes = _existing_ids(store, type_, named)
    if missing:
        label = f"no {type_.table} " if len(missing) > 1 else f"no {type_.name} "
        raise NotFound(
            label
            + ", ".join(f"{type_.letter}{id}" for id in missing[:20])
            + (" and more." if len(missing) > 20 else "."),
            hint=list_hint(type_.name),
        )
    return Target(type_.name, ids, True, tuple(notes))


def _existing_ids(
    store: Store, type_: RecordType, named: Sequence[tuple[str, int, int]]
) -> tuple[list[int], list[int], list[str]]:
    """(existing ids in the order named, missing ids, notes about merged ids that were followed).

    A range stands for the ids that exist in it. It is missing only when it has none.
    """
    existing: dict[int, None] = {}
    missing, notes = [], []
    for _, first, last in named:
        if last < first:
            raise Usage(f"the range {first}-{last} goes backwards.", hint=f"write {last}-{first}")
        if last > first:
            inside = store.ids(
                type_.name,
                query.Query("", query.Ids((range(first, min(last, first + _MAX_RANGE) + 1),)), type_),
                sort="id",
            )
            existing |= dict.fromkeys(inside)
            missing += [] if inside else [first]
            continue
        id = store.merged_into(type_.name, first)
        if id != first:
            notes.append(f"{type_.letter}{first} was merged into {type_.letter}{id}")
        if store.fetch(type_.name, [id], fields=("id",)):
            existing[id] = None
        else:
            missing.append(first)
    return list(existing), missing, notes


def address_field(word: str) -> str:
    """`email` or `phone` of a word that is a whole one, '' of any other."""
    word = word.strip()
    if re.fullmatch(r"[^\s:=@]+@[^\s:=@]+\.[^\s:=@]+", word):
        return "email"
    return "phone" if re.fullmatch(r"\+[\d\s().-]{6,}", word) else ""


def _resolve_address(store: Store, word: str) -> Target | None:
    """The lead with an e-mail or phone such as `ada@acme.com`: an open one first, the newest of several."""
    word = word.strip()
    if not (field := address_field(word)):
        return None
    criteria = saved_views.parse_with_views(store, [f'{field}:"{word}"'])
    ids = store.ids(
        "lead", query.combine(saved_views.parse_with_views(store, ["is:open"]), criteria), limit=1
    ) or store.ids("lead", criteria, limit=1)
    if not ids:
        raise NotFound(f"no lead has the {'e-mail' if field == 'email' else 'phone'} {word}.", hint=list_hint("lead"))
    return Target("lead", ids, True)
