"""Filters: text -> small tree -> SQL with bound parameters and an English sentence. One grammar for every command.

    query = parse_query("status:new value:5k.. not tag:spam", record, context)
    condition = compile_where(query, context)   # condition.sql over the alias r, condition.params

The way of a filter: `grammar` makes a tree of the text; here the tree is checked (saved views are put in, id:12 becomes
an id, words may be refused, its size is limited) and walked; `conditions` has one function per family of field kinds
(`choices`, `numbers`), `choices` also what is no field (is: has: kind:), `texts` how SQL finds text; `scope` has the
helpers of all of them, and sorting.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from leadcli.errors import LeadError, Usage, nearest_name
from leadcli.model.carriers import NamedTuple
from leadcli.model.fields import LEAD, RecordType
from leadcli.model.kinds import Context, clean_text
from leadcli.query import grammar
from leadcli.query.grammar import All, Either, Ids, Node, Not, Term, View, Word, join_words, terms
from leadcli.query.scope import CompiledTerm, Scope, describe_order, find_field, is_address, order_by


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
    from leadcli.query import choices  # the families of conditions are loaded by the filters that need them

    meaning = choices.state_meanings(scope.record.name).get(term.field.casefold())
    if meaning is not None:
        return choices.compile_state_term(meaning, scope, term)
    field = find_field(scope.record, term.field)
    if field is None:
        names = [name for each in scope.record.fields.values() for name in (each.name, *each.aliases)]
        close = nearest_name(term.field, [*names, *choices.state_meanings(scope.record.name)])
        hint = f"did you mean '{close}'?  " if close else ""
        quoted = term.text.replace('"', '\\"')
        raise Usage(
            f"unknown field '{term.field}' in '{term.text}'.",
            hint=f"{hint}All fields: leadcli field list.  To search for the text, quote it: '\"{quoted}\"'.",
        )

    from leadcli.query import conditions

    return conditions.compile_term(scope, field, term)


__all__ = [
    "EVERYTHING", "Condition", "Ids", "Query", "combine", "compile_where", "explain_query", "ids_in_query",
    "is_ids_only", "join_words", "mentions_state", "order_by", "parse_query", "query_of_ids", "split_query",
]  # fmt: skip

# Queries that name one of these fields mean leads in any state: the default view is not added to them.
_OF_STATE = {"status", "stage", "closed_at", "converted_at", "lost_reason", "lost_note"}
_TELLING = {*_OF_STATE, "id", "email", "emails", "phone", "phones"}


class Query(NamedTuple):
    """A filter that was understood: its text, its tree, the records it is about, and hints for standard error."""

    text: str
    tree: Node
    record: RecordType
    hints: tuple[str, ...] = ()


class Condition(NamedTuple):
    """SQL over the row alias `r` and its parameters (:p0, :p1 ...); a computed field also needs :today and :now."""

    sql: str
    params: dict[str, Any]


EVERYTHING = Query("", All(), LEAD)


def without_views() -> Mapping[str, str]:
    return {}


def parse_query(
    text: str,
    record: RecordType,
    context: Context,
    *,
    views: Callable[[], Mapping[str, str]] = without_views,
    words: bool = True,
) -> Query:
    """Read a filter. `views` gives the saved views, name -> text, and is asked only when one is used.

    `words=False` refuses words without a field, as commands that write must. Raises Usage for anything that is wrong:
    syntax (with a caret), unknown fields, values, views, operators that do not suit.
    """
    text = _clean_filter(text)
    return _build_query(
        text, grammar.read_query(text, record.letter), record, context, TreeChecker(record, views, words=words)
    )


def split_query(
    text: str,
    records: tuple[RecordType, RecordType],
    context: Context,
    *,
    views: Callable[[], Mapping[str, str]] = without_views,
    words: bool = True,
) -> tuple[Query, Query | None]:
    """A filter over records that hang on others (tasks, leads) -> its terms about the first, those about the others.

    `due:..today status:new` over tasks: due is a task's own, status its lead's. None when no term is about the others.
    `words` as in `parse_query`.
    """
    text, (record, of) = _clean_filter(text), records
    nodes = terms(grammar.read_query(text, record.letter))
    direct_terms = tuple(node for node in nodes if is_about_record(node, record))
    parent_terms = tuple(node for node in nodes if not is_about_record(node, record))
    direct_query = _build_query(text, All(direct_terms), record, context, TreeChecker(record, views, words=words))
    parent_query = (
        _build_query(text, All(parent_terms), of, context, TreeChecker(of, views, words=words))
        if parent_terms
        else None
    )
    return direct_query, parent_query


def is_about_record(node: Node, record: RecordType) -> bool:
    """Every term of a tree is one the record has itself; views are about leads."""
    if isinstance(node, Term):
        from leadcli.query.choices import state_meanings

        if node.field.casefold() in ("has", "no"):
            return all(find_field(record, name) for name in node.value.parts)
        return find_field(record, node.field) is not None or node.field.casefold() in state_meanings(record.name)
    if isinstance(node, All | Either):
        return all(is_about_record(part, record) for part in node.parts)
    return is_about_record(node.tree, record) if isinstance(node, Not) else isinstance(node, Word | Ids)


def _clean_filter(text: str) -> str:
    try:
        return clean_text(text, lines=True)
    except ValueError as error:
        raise Usage(f"the filter {error}.") from error


def _build_query(text: str, tree: Node, record: RecordType, context: Context, check: TreeChecker) -> Query:
    tree = check.tree(tree)
    scope = Scope(record, context)
    compile_tree(tree, scope)
    return Query(text, tree, record, tuple(dict.fromkeys(scope.hints)))


def query_of_ids(ids: Iterable[int], record: RecordType = LEAD) -> Query:
    """The query for explicit ids, however many."""
    ranges = tuple(range(id, id + 1) for id in ids)
    return Query(",".join(f"{record.letter}{each.start}" for each in ranges), Ids(ranges), record)


def combine(first: Query, other: Query) -> Query:
    """What matches both queries (the default view and what was typed)."""
    nodes = (*terms(first.tree), *terms(other.tree))
    if any(isinstance(node, Ids) for node in nodes):
        nodes = (first.tree, other.tree)  # ids side by side would be united
    texts = [f"({query.text})" if isinstance(query.tree, Either) else query.text for query in (first, other)]
    return Query(" ".join(filter(None, texts)), All(nodes), first.record, first.hints + other.hints)


def compile_where(query: Query, context: Context) -> Condition:
    """The condition of a query; `1` when everything matches."""
    scope = Scope(query.record, context)
    return Condition(" AND ".join(each.sql for each in query_parts(query.tree, scope)) or "1", scope.params)


def explain_query(query: Query, context: Context, *, sort: str = "") -> list[str]:
    """How a query was read, in English, one line a term; the last line is the order."""
    parts = query_parts(query.tree, Scope(query.record, context))
    lines = [each.english for each in parts] or [f"all {query.record.table}"]
    if isinstance(query.tree, Either):
        lines = [lines[0][1:-1]]
    return [lines[0], *(f"and {each}" for each in lines[1:]), f"sorted by {describe_order(sort, query.record)}"]


def ids_in_query(query: Query) -> tuple[range, ...]:
    """The ids a query names, when it names nothing else (`12,14 20-25`: one id is a range of length 1); else ()."""
    named = [node for node in terms(query.tree) if isinstance(node, Ids)]
    return tuple(each for node in named for each in node.ranges) if len(named) == len(terms(query.tree)) else ()


def is_ids_only(query: Query) -> bool:
    """The query names ids and nothing else: nobody needs to be asked."""
    return bool(ids_in_query(query))


def mentions_state(query: Query) -> bool:
    """It names a status, is:, closed, lost reason, id, e-mail, phone or view: the default view is then not added."""
    return _mentions(query.tree, query.record)


def _mentions(node: Node, record: RecordType) -> bool:
    if isinstance(node, All | Either):
        return any(_mentions(part, record) for part in node.parts)
    if isinstance(node, Not):
        return _mentions(node.tree, record)
    if isinstance(node, Word):
        return is_address(node.text)
    if isinstance(node, Term):
        if node.field.casefold() in ("has", "no"):
            fields = [find_field(record, word) for word in node.value.parts]
            return any(field is not None and field.name in _OF_STATE for field in fields)
        field = find_field(record, node.field)
        return node.field.casefold() == "is" or (field is not None and field.name in _TELLING)
    return True
