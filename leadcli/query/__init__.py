"""Filters: text -> small tree -> SQL with bound parameters and an English sentence. One grammar for every command.

    query = parse_query("status:new value:5k.. not tag:spam", record, context)
    condition = compile_where(query, context)   # condition.sql over the alias r, condition.params

The way of a filter: `grammar` makes a tree of the text, `check` puts views in, `reading` walks the tree; `conditions`
has one function per family of field kinds (`choices`, `numbers`), `states` what is no field (is: has: kind:), `texts`
how SQL finds text; `order` is the sorting.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from leadcli.errors import Usage
from leadcli.model.carriers import NamedTuple
from leadcli.model.fields import LEAD, RecordType
from leadcli.model.kinds import Context, clean_text
from leadcli.query import grammar
from leadcli.query.check import TreeChecker, compile_tree, query_parts
from leadcli.query.grammar import All, Either, Ids, Node, Not, Term, Word, join_words, terms
from leadcli.query.scope import Scope, describe_order, find_field, is_address, order_by

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
    record: RecordType,
    of: RecordType,
    context: Context,
    *,
    views: Callable[[], Mapping[str, str]] = without_views,
) -> tuple[Query, Query | None]:
    """A filter over records that hang on others (tasks of leads) -> its terms about themselves, and those about `of`.

    `due:..today status:new` over tasks: due is a task's own, status its lead's. None when no term is about `of`.
    """
    text = _clean_filter(text)
    nodes = terms(grammar.read_query(text, record.letter))
    direct_terms = tuple(node for node in nodes if is_about_record(node, record))
    parent_terms = tuple(node for node in nodes if not is_about_record(node, record))
    direct_query = _build_query(text, All(direct_terms), record, context, TreeChecker(record, views, words=True))
    parent_query = (
        _build_query(text, All(parent_terms), of, context, TreeChecker(of, views, words=True)) if parent_terms else None
    )
    return direct_query, parent_query


def is_about_record(node: Node, record: RecordType) -> bool:
    """Every term of a tree is one the record has itself; views are about leads."""
    if isinstance(node, Term):
        from leadcli.query.states import state_meanings

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
