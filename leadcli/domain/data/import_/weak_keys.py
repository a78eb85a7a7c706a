"""Keys that two people may share - phone + name, name + company: they hit where nothing contradicts it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import product

from leadcli.domain.data.import_.rows.person_traits import (
    ANY,
    HALF,
    NONE,
    Route,
    Trait,
    Traits,
    route_to,
    traits,
    vagueness,
)
from leadcli.store.bulk.repeated_keys import Owner
from leadcli.store.bulk.row_matching import Person, RowMatcher
from leadcli.store.bulk.staging import StagedRow

FEW = 8  # leads of one key that are compared one by one
CROWD = 100  # rows of one key: among so many, silence says nothing about anybody
HELD = 20_000  # rows of crowds in memory
Key = tuple[str, str]  # phone and name, or name and company


class WeakKeys:
    """Which lead or earlier row a row is by a weak key.

    Who says the same (the same person, e-mail, external id) comes before who says nothing; and who says nothing is
    nobody's where the rows of that key are two people who could both be meant. So rows are never mixed up by order.
    """

    def __init__(self, matcher: RowMatcher) -> None:
        self.matcher = matcher
        self._crowds: dict[tuple[str, str], list[Traits]] = {}
        self._crowded = 0  # rows in them
        self._halves = False  # some row gives one name of a person only
        self._n = 0  # the row whose traits and routes these are
        self._traits = Traits()
        self._routes: list[Route] | None = None

    def by_phone(self, row: StagedRow) -> Iterator[int]:
        """Leads and earlier rows with one of the row's numbers and its name."""
        for phone in row.phones if row.name_key else ():
            yield from self._targets("phone", row, (phone, row.name_key or ""))

    def by_company(self, row: StagedRow) -> Iterator[int]:
        """Those of its name and company; counts only when the row or the lead has neither e-mail nor phone."""
        if row.name_key and row.company_key:
            yield from self._targets("company", row, (row.name_key, row.company_key))

    def marks(self, row: StagedRow) -> Iterator[tuple[str, str]]:
        """Under which keys other rows find this one."""
        if not row.inside & 2:
            return
        traits = self._traits_of(row)
        routes = list(map("\0".join, product(*(self._marks_of_trait(at, each) for at, each in enumerate(traits)))))
        for kind, key in _keys(row):
            self.matcher.owners.mark((kind, key))
            yield from ((kind, f"{key}\0{route}") for route in routes)

    def _traits_of(self, row: StagedRow) -> Traits:
        if self._n != row.n:
            self._n, self._traits, self._routes = row.n, traits_of(row), None
        return self._traits

    def _routes_to_leads(self, row: StagedRow) -> list[Route]:
        return sorted(product(*(trait.asks for trait in self._traits_of(row))), key=vagueness)

    def _routes_to_rows(self, row: StagedRow) -> list[Route]:
        """By which a row asks for earlier rows, the most telling first."""
        traits = self._traits_of(row)
        if self._routes is None:
            asks = [self._asks_of_trait(at, each) for at, each in enumerate(traits)]
            self._routes = sorted(product(*asks), key=vagueness)
        return self._routes

    def _targets(self, kind: str, row: StagedRow, key: Key) -> Iterator[int]:
        lead = self._lead(kind, row, key) if self.matcher.is_met else None
        if lead is not None:
            yield lead
        earlier = self._earlier(kind, row, key) if row.inside & 2 else None
        if earlier:
            yield earlier.target

    def _lead(self, kind: str, row: StagedRow, key: Key) -> int | None:
        reachable = row.reachable if kind == "company" else 0
        people = self.matcher.people_of(kind, key, reachable, limit=FEW + 1)
        if not people:
            return None
        if len(people) > FEW:
            hit = self._lead_of_many(kind, row, key, reachable)
            return hit.target if hit else None
        mine = self._traits_of(row)
        routes = [(route, each.id) for each in people if (route := route_to(mine, traits_of(each)))]
        near = sorted(routes, key=lambda pair: vagueness(pair[0]))
        return next((id for route, id in near if self._is_free(kind, row, key, route)), None)

    def _lead_of_many(self, kind: str, row: StagedRow, key: Key, reachable: int) -> Owner | None:
        """The same where they are too many to be compared with every row: they are filed once."""
        shelf, start = f"leads by {kind}{reachable}", "\0".join(key)
        if not self.matcher.owners.get(shelf, start):
            for each in self.matcher.people_of(kind, key, reachable):
                marks = product(*(trait.marks for trait in traits_of(each)))
                keys = [(shelf, f"{start}\0" + "\0".join(route)) for route in marks]
                self.matcher.owners.add(each.id, None, [*keys, (shelf, start)])
        return self._nearest(shelf, self._routes_to_leads(row), row, (kind, key))

    def _earlier(self, kind: str, row: StagedRow, key: Key) -> Owner | None:
        """The earlier row of this key that nothing contradicts."""
        shelves = (kind,) if kind == "phone" else ("company0",) if row.reachable else ("company0", "company1")
        start = "\0".join(key)
        for shelf in shelves:
            hit = None
            if self.matcher.owners.is_marked((shelf, start)):
                hit = self._nearest(shelf, self._routes_to_rows(row), row, (kind, key))
            if hit:
                return hit
        return None

    def _nearest(
        self, shelf: str, routes: Sequence[Route], row: StagedRow, kind_and_key: tuple[str, Key]
    ) -> Owner | None:
        """Whom the first route leads to. Rows that each bring a uid of their own are two."""
        kind, key = kind_and_key
        start = "\0".join(key)
        keys = [f"{start}\0" + "\0".join(route) for route in routes]
        hits = self.matcher.owners.find(shelf, keys)
        for route, place in zip(routes, keys, strict=True) if hits else ():
            hit = hits.get(place)
            if hit and not (hit.uid and row.uid and hit.uid != row.uid) and self._is_free(kind, row, key, route):
                return hit
        return None

    def _is_free(self, kind: str, row: StagedRow, key: Key, route: Route) -> bool:
        """False where somebody says nothing of what tells this row from another, which could be that one as well."""
        vague = [at for at, mark in enumerate(route) if mark == NONE]
        if not vague:
            return True
        crowd = self._crowd(kind, "\0".join(key))
        if len(crowd) > CROWD:
            return False
        mine = self._traits_of(row)
        sure = Traits(*(each if mark not in (NONE, ANY) else Traits()[at]
                        for at, (each, mark) in enumerate(zip(mine, route, strict=True))))  # fmt: skip
        differing = (other for other in crowd if any(set(mine[at].asks).isdisjoint(other[at].marks) for at in vague))
        return not any(route_to(sure, other) for other in differing)

    def _crowd(self, kind: str, key: str) -> list[Traits]:
        """All rows of a key; one more than CROWD says: too many."""
        if (kind, key) not in self._crowds:
            if self._crowded > HELD:
                self._crowds, self._crowded = {}, 0
            crowd = [traits_of(each) for each in self.matcher.rivals(kind, key, limit=CROWD + 1)]
            self._crowds[kind, key], self._crowded = crowd, self._crowded + len(crowd)
        return self._crowds[kind, key]

    # Files in which every row says the same kind of things need few marks.

    @cached_property
    def _silent(self) -> tuple[bool, bool, bool]:
        """Of which traits some row says nothing, in the order of Traits."""
        silences = self.matcher.silences()
        self._halves = silences.half
        return silences.person, silences.emails, silences.external_id

    @cached_property
    def _telling(self) -> tuple[bool, bool, bool]:
        """Of which traits some row may say something, in the order of Traits: who says nothing asks for no silence."""
        fields = self.matcher.stage.filled_fields
        return "first_name" in fields or "last_name" in fields, "emails" in fields, "external_id" in fields

    def _marks_of_trait(self, at: int, trait: Trait) -> Sequence[str]:
        unasked = ANY if not self._silent[at] else NONE if not self._telling[at] else ""
        return [mark for mark in trait.marks if mark != unasked and (mark[0] != HALF or self._halves)]

    def _asks_of_trait(self, at: int, trait: Trait) -> Sequence[str]:
        silent = self._silent[at]
        asks = trait.asks if at or self._halves or len(trait.asks) < 4 else (trait.asks[0], NONE)
        return [ask for ask in asks if ask != NONE or silent]


def traits_of(person: Person | StagedRow) -> Traits:
    return traits(first=person.first_name, last=person.last_name, emails=person.emails, external_id=person.external_id)


def _keys(row: StagedRow) -> Iterator[tuple[str, str]]:
    if row.name_key:
        yield from (("phone", f"{phone}\0{row.name_key}") for phone in row.phones)
    if row.name_key and row.company_key:
        yield f"company{row.reachable}", f"{row.name_key}\0{row.company_key}"
