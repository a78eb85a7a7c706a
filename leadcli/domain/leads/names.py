"""A lead by its name: one word or a phrase that begins words of the name, person or company of an open lead."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

from leadcli import query
from leadcli.domain.leads import saved_views
from leadcli.domain.leads.targets import Target, address_field, ids_in_words
from leadcli.errors import NotFound, Usage
from leadcli.model.fields import LEAD
from leadcli.model.kinds import Record
from leadcli.query.grammar import Word, read_query, terms
from leadcli.store.store import Store
from leadcli.text.match_keys import fold_text

LISTED = 9  # so many are offered; who needs more types more of the name
_PERSON = ("salutation", "first_name", "middle_name", "last_name")
_FIELDS = ("id", "name", *_PERSON, "company", "status")


class NameMatches(NamedTuple):
    """What a target by name may mean: the open leads called so, at most LISTED and one more."""

    text: str
    rows: Sequence[Record]

    @property
    def how_many(self) -> str:
        return str(len(self.rows)) if len(self.rows) <= LISTED else f"more than {LISTED}"


def match_name(store: Store, words: Sequence[str]) -> NameMatches | None:
    """The open leads that a single word or quoted phrase names; None where the words are a target of another kind.

    Each typed word has to begin a word of the lead's name with its person, or of its company. Raises NotFound where no
    open lead is called so.
    """
    text = _typed_name(words)
    if text is None:
        return None
    criteria = query.combine(
        saved_views.parse_with_views(store, ["is:open"]), query.Query(text, Word(text, quoted=True), store.type("lead"))
    )
    typed = _words(text)
    rows = (row for row in store.rows("lead", criteria, fields=_FIELDS) if _is_called(row, typed))
    matches = NameMatches(text, list(islice(rows, LISTED + 1)))
    if not matches.rows:
        raise NotFound(
            f"no open lead is called '{text}'.", hint=f"among all, closed ones too: leadcli filter {_quoted(text)}"
        )
    return matches


def named_target(row: Record) -> Target:
    """The lead that was taken by its name, and the sentence that says so."""
    return Target("lead", [row["id"]], True, (f"Lead {row['id']}: {describe_lead(row)}.",))


def describe_lead(row: Record) -> str:
    """`Ada Lovelace, Analytical Engines`: enough to tell leads of one name apart."""
    return ", ".join(dict.fromkeys(filter(None, (row["name"], row["company"])))) or f"lead {row['id']}"


def several_named(matches: NameMatches) -> Usage:
    """The error where several leads are called so and nobody can be asked."""
    listed = ", ".join(f"{row['id']} ({describe_lead(row)})" for row in matches.rows[:LISTED])
    return Usage(
        f"{matches.how_many} open leads are called '{matches.text}': {listed}.", hint="name one by its id, or type more"
    )


def _typed_name(words: Sequence[str]) -> str | None:
    """The word or phrase, if that is all that was typed and it is no id, e-mail, phone, filter or view."""
    typed = [word for word in words if word.strip()]
    if len(typed) != 1 or ids_in_words(typed) or address_field(typed[0]):
        return None
    nodes = terms(read_query(query.join_words(typed), LEAD.letter))
    return nodes[0].text if len(nodes) == 1 and isinstance(nodes[0], Word) else None


def _is_called(row: Record, typed: Sequence[str]) -> bool:
    person = " ".join(filter(None, (row["name"], *(row[name] for name in _PERSON))))
    return any(
        all(any(known.startswith(word) for known in names) for word in typed)
        for names in (_words(person), _words(row["company"] or ""))
    )


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", fold_text(text))


def _quoted(text: str) -> str:
    return f"'{text}'" if " " in text else text
