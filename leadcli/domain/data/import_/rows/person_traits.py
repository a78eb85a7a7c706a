"""What tells two people of one lead name apart: the person's own name, e-mails, an external id.

Two sides contradict each other where both say something and nothing of it is the same; silence contradicts nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from leadcli.text.match_keys import person_key

ANY, NONE = "*", "-"  # filed by everybody; filed by those who say nothing
HALF = "~"  # before the only name somebody gives
MAILBOXES = 20  # e-mails of one row that are looked at


class Trait(NamedTuple):
    """One thing that tells people apart.

    `marks` are what somebody is filed under; `asks` the marks of those who do not contradict, the most telling first.
    """

    marks: tuple[str, ...]
    asks: tuple[str, ...]


MISSING = Trait((ANY, NONE), (ANY,))


class Traits(NamedTuple):
    """All that tells somebody apart."""

    person: Trait = MISSING
    emails: Trait = MISSING
    external_id: Trait = MISSING


Route = tuple[str, ...]  # by which mark of each trait somebody was reached


def traits(*, first: str | None, last: str | None, emails: Sequence[str], external_id: str | None) -> Traits:
    """The traits of a row or lead; `emails` are match keys."""
    return Traits(_person(first or "", last or ""), _values(emails[:MAILBOXES]),
                  _values([external_id] if external_id else ()))  # fmt: skip


def route_to(row: Traits, other: Traits) -> Route | None:
    """How a row reaches somebody who does not contradict it; None where something does."""
    reached = [next((ask for ask in mine.asks if ask in theirs.marks), "")
               for mine, theirs in zip(row, other, strict=True)]  # fmt: skip
    return tuple(reached) if all(reached) else None


def vagueness(route: Route) -> int:
    """How many things the row says of which the other says nothing."""
    return route.count(NONE)


def _values(values: Sequence[str]) -> Trait:
    if not values:
        return MISSING
    marks = tuple(f"={value}" for value in values)
    return Trait((ANY, *marks), (*marks, NONE))


def _parts(first: str, last: str) -> tuple[str, str, str]:
    """Given and family name and generation, folded."""
    parts = (person_key("", first=first, last=last) or "||").split("|")
    return parts[0], parts[1], parts[2]


def _person(first: str, last: str) -> Trait:
    """Names in any order; of somebody with one name only that one is compared."""
    if not first and not last:
        return MISSING
    first, last, generation = _parts(first, last)
    whole = " ".join([*sorted(f"{first} {last}".split()), generation]).strip()
    if not whole:
        return MISSING
    if not first or not last:
        return Trait((ANY, f"={whole}", f"{HALF}{whole}"), (f"{HALF}{whole}", NONE))
    halves = f"{HALF}{first}", f"{HALF}{last}"
    return Trait((ANY, f"={whole}", *halves), (f"={whole}", f"={first}", f"={last}", NONE))
