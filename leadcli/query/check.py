"""Checks a parsed tree: saved views are put in, id:12 becomes an id, words may be refused, its size is limited."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from leadcli.errors import LeadError, Usage, nearest_name
from leadcli.model.fields import RecordType
from leadcli.query import grammar
from leadcli.query.grammar import All, Either, Ids, Node, Not, Term, View, Word
from leadcli.query.scope import find_field, is_address


class TreeChecker:
    """Goes through one tree; `inside` are the views being read, outermost first."""

    def __init__(self, record: RecordType, views: Callable[[], Mapping[str, str]], *, words: bool) -> None:
        self.record, self.views, self.words = record, views, words
        self.inside: list[str] = []
        self.count = 0

    def tree(self, node: Node, depth: int = 0) -> Node:
        if isinstance(node, All | Either):
            parts = tuple(self.tree(part, depth + 1) for part in node.parts)
            return All(parts) if isinstance(node, All) else Either(parts)
        if isinstance(node, Not):
            return Not(self.tree(node.tree, depth + 1))
        self.count += 1
        if self.count > grammar.MOST_TERMS or depth > 2 * grammar.DEEPEST:
            raise Usage(
                f"the filter has more than {grammar.MOST_TERMS} terms or is nested too deep.",
                hint="many ids: 12,14,20-25.",
            )
        if isinstance(node, View):
            return self.view(node, depth)
        if isinstance(node, Word) and not self.words and not self.inside:
            return self.id_word(node)
        return self.id_term(node) if isinstance(node, Term) else node

    def view(self, node: View, depth: int) -> Node:
        known = {name.casefold(): (name, text) for name, text in self.views().items()}
        if node.name.casefold() not in known:
            close = nearest_name(node.name, [name for name, _ in known.values()])
            hint = f"did you mean '@{close}'?  " if close else ""
            raise Usage(
                f"there is no saved view '@{node.name}'.",
                hint=f"{hint}Saved views: leadcli filter.  To search for the text, quote it.",
            )
        name, text = known[node.name.casefold()]
        if name in self.inside:
            raise Usage(
                f"the view @{self.inside[0]} uses itself: {' > '.join(f'@{each}' for each in [*self.inside, name])}."
            )
        self.inside.append(name)
        try:
            tree = self.tree(grammar.read_query(text, self.record.letter), depth + 1)
        except LeadError as error:
            raise Usage(f"in the saved view @{name}: {error.message}", hint=error.hint) from error
        self.inside.pop()
        return View(name, tree)

    def id_term(self, term: Term) -> Node:
        field = find_field(self.record, term.field)
        if field is None or field.name != "id" or term.operator not in (":", "="):
            return term
        ranges = grammar.parse_ids(term.value.text, self.record.letter)
        return Ids(ranges) if ranges else term

    def id_word(self, word: Word) -> Ids:
        """A word where words are refused: a very long id, or Usage."""
        ranges = None if word.quoted else grammar.parse_ids(word.text, self.record.letter)
        if ranges:
            return Ids(ranges)
        name = "task" if self.record.name == "activity" else self.record.name
        field = "email" if is_address(word.text) else "name" if "name" in self.record.fields else "text"
        value = f'"{word.text}"' if any(letter.isspace() for letter in word.text) else word.text
        by = "e-mail" if field == "email" else field
        raise Usage(f"'{word.text}' is not a {name} ID; to match by {by} write {field}:{value}")
