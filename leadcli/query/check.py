"""Checks a parsed tree: saved views are put in, id:12 becomes an id, words may be refused, its size is limited.

Notices a lost redirect: in `leadcli list value>5000` the shell writes the output to a file named 5000.

Tree -> conditions: how terms, words and ids combine, in SQL and in English.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from leadcli.errors import LeadError, Usage, nearest_name
from leadcli.model.fields import LEAD, RecordType
from leadcli.query import grammar
from leadcli.query.grammar import All, Either, Ids, Node, Not, Term, View, Word, terms
from leadcli.query.scope import CompiledTerm, Scope, find_field, is_address


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


_COMPARED = {"number", "decimal", "money", "date", "moment", "due", "id"}
_CONDITION = re.compile(
    r"(=?)([+-]?[0-9][0-9.]*[kKmM%]?|[0-9]{4}-[0-9qQwW][0-9-]*|[+-]?[0-9]+[dwmy]|today|yesterday|tomorrow)"
)


def find_lost_redirect(argv: Iterable[str], stdout_name: str, record: RecordType = LEAD) -> None:
    """Raise Usage when a field stands alone among the arguments and the output goes to a file named like its value.

    `stdout_name` is the name of the regular file standard output was sent to, '' when it is none.
    """
    name = stdout_name.replace("\\", "/").rpartition("/")[2]
    match = _CONDITION.fullmatch(name)
    if not match:
        return
    for word in argv:
        field = find_field(record, word) if word.isidentifier() else None
        if field is not None and field.kind.filter in _COMPARED:
            raise Usage(
                f"'{word}' is a field without a condition, and the shell sent this output to a file named '{name}'.",
                hint=f"write {word}:{match[2]}.. (or quote it: '{word}>{name}'), then delete the file {name}.",
            )


def query_parts(tree: Node, scope: Scope) -> list[CompiledTerm]:
    """The conditions that must all hold: ids united, words joined into one look-up, the rest one by one."""
    compiled: list[CompiledTerm] = []
    numbers = [each for part in terms(tree) if isinstance(part, Ids) for each in part.ranges]
    words = [part for part in terms(tree) if isinstance(part, Word)]
    if numbers:
        from leadcli.query import conditions

        compiled.append(conditions.id_in_condition(scope, numbers))
    if words:
        from leadcli.query import texts

        phrases = " and ".join(f'"{word.text}"' if word.quoted else word.text for word in words)
        compiled.append(
            CompiledTerm(texts.word_index_test(scope, [word.text for word in words]), f"mentions {phrases}")
        )
    return compiled + [compile_tree(part, scope) for part in terms(tree) if not isinstance(part, Ids | Word)]


def compile_tree(node: Node, scope: Scope) -> CompiledTerm:
    """One condition; NULL counts as not true, so that `not q` is exactly what `q` leaves."""
    if isinstance(node, Term):
        return _term(node, scope)
    if isinstance(node, Not):
        inner = compile_tree(node.tree, scope)
        grouped = isinstance(node.tree, All | Either) and inner.english.startswith("(")
        return CompiledTerm(f"({inner.sql}) IS NOT TRUE", f"not {inner.english if grouped else f'({inner.english})'}")
    if isinstance(node, Either):
        compiled = [compile_tree(part, scope) for part in node.parts]
        sql = " OR ".join(f"({each.sql})" for each in compiled)
        return CompiledTerm(f"({sql})", f"({' or '.join(each.english for each in compiled)})")
    if isinstance(node, View):
        return _view(node, scope)
    compiled = query_parts(node, scope)
    if len(compiled) == 1:
        return compiled[0]
    sql, english = " AND ".join(each.sql for each in compiled), " and ".join(each.english for each in compiled)
    return CompiledTerm(f"({sql or 1})", f"({english or 'anything'})")


def _view(view: View, scope: Scope) -> CompiledTerm:
    assert view.tree is not None
    try:
        inner = compile_tree(view.tree, scope)
    except Usage as error:
        raise Usage(f"in the saved view @{view.name}: {error.message}", hint=error.hint) from error
    return CompiledTerm(inner.sql, f"@{view.name}: {inner.english}")


def _term(term: Term, scope: Scope) -> CompiledTerm:
    from leadcli.query import states  # the families of conditions are loaded by the filters that need them

    meaning = states.state_meanings(scope.record.name).get(term.field.casefold())
    if meaning is not None:
        return states.compile_state_term(meaning, scope, term)
    field = find_field(scope.record, term.field)
    if field is None:
        names = [name for each in scope.record.fields.values() for name in (each.name, *each.aliases)]
        close = nearest_name(term.field, [*names, *states.state_meanings(scope.record.name)])
        hint = f"did you mean '{close}'?  " if close else ""
        quoted = term.text.replace('"', '\\"')
        raise Usage(
            f"unknown field '{term.field}' in '{term.text}'.",
            hint=f"{hint}All fields: leadcli field list.  To search for the text, quote it: '\"{quoted}\"'.",
        )
    from leadcli.query import conditions

    return conditions.compile_term(scope, field, term)
