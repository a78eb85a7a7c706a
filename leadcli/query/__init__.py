"""Filters: text -> small tree -> SQL with bound parameters and an English sentence. One grammar for every command.

    query = parse("status:new value:5k.. not tag:spam", record, context)
    condition = where(query, context)           # condition.sql over the alias r, condition.params

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
from leadcli.model.kinds import Context, clean
from leadcli.query import grammar
from leadcli.query.check import Check
from leadcli.query.grammar import All, Either, Ids, Node, Not, Term, Word, join, terms
from leadcli.query.order import order, order_words
from leadcli.query.reading import parts, read
from leadcli.query.scope import Scope, find, is_address

__all__ = [
    "EVERYTHING", "Condition", "Ids", "Query", "apart", "both", "explain", "ids", "ids_only", "join",
    "names_state", "order", "parse", "these", "where",
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


def no_views() -> Mapping[str, str]:
    return {}


def parse(
    text: str,
    record: RecordType,
    context: Context,
    *,
    views: Callable[[], Mapping[str, str]] = no_views,
    words: bool = True,
) -> Query:
    """Read a filter. `views` gives the saved views, name -> text, and is asked only when one is used.

    `words=False` refuses words without a field, as commands that write must. Raises Usage for anything that is wrong:
    syntax (with a caret), unknown fields, values, views, operators that do not suit.
    """
    text = _cleaned(text)
    return _understood(text, grammar.read(text, record.letter), record, context, Check(record, views, words=words))


def apart(
    text: str,
    record: RecordType,
    of: RecordType,
    context: Context,
    *,
    views: Callable[[], Mapping[str, str]] = no_views,
) -> tuple[Query, Query | None]:
    """A filter over records that hang on others (tasks of leads) -> its terms about themselves, and those about `of`.

    `due:..today status:new` over tasks: due is a task's own, status its lead's. None when no term is about `of`.
    """
    text = _cleaned(text)
    nodes = terms(grammar.read(text, record.letter))
    own = tuple(node for node in nodes if about(node, record))
    others = tuple(node for node in nodes if not about(node, record))
    mine = _understood(text, All(own), record, context, Check(record, views, words=True))
    theirs = _understood(text, All(others), of, context, Check(of, views, words=True)) if others else None
    return mine, theirs


def about(node: Node, record: RecordType) -> bool:
    """Every term of a tree is one the record has itself; views are about leads."""
    if isinstance(node, Term):
        from leadcli.query.states import meanings

        return find(record, node.field) is not None or node.field.casefold() in meanings(record.name)
    if isinstance(node, All | Either):
        return all(about(part, record) for part in node.parts)
    return about(node.tree, record) if isinstance(node, Not) else isinstance(node, Word | Ids)


def _cleaned(text: str) -> str:
    try:
        return clean(text, lines=True)
    except ValueError as error:
        raise Usage(f"the filter {error}.") from error


def _understood(text: str, tree: Node, record: RecordType, context: Context, check: Check) -> Query:
    tree = check.tree(tree)
    scope = Scope(record, context)
    read(tree, scope)
    return Query(text, tree, record, tuple(dict.fromkeys(scope.hints)))


def these(wanted: Iterable[int], record: RecordType = LEAD) -> Query:
    """The query for explicit ids, however many."""
    ranges = tuple(range(id, id + 1) for id in wanted)
    return Query(",".join(f"{record.letter}{each.start}" for each in ranges), Ids(ranges), record)


def both(first: Query, other: Query) -> Query:
    """What matches both queries (the default view and what was typed)."""
    nodes = (*terms(first.tree), *terms(other.tree))
    if any(isinstance(node, Ids) for node in nodes):
        nodes = (first.tree, other.tree)  # ids side by side would be united
    said = [f"({query.text})" if isinstance(query.tree, Either) else query.text for query in (first, other)]
    return Query(" ".join(filter(None, said)), All(nodes), first.record, first.hints + other.hints)


def where(query: Query, context: Context) -> Condition:
    """The condition of a query; `1` when everything matches."""
    scope = Scope(query.record, context)
    return Condition(" AND ".join(each.sql for each in parts(query.tree, scope)) or "1", scope.params)


def explain(query: Query, context: Context, *, sort: str = "") -> list[str]:
    """How a query was read, in English, one line a term; the last line is the order."""
    found = parts(query.tree, Scope(query.record, context))
    said = [each.english for each in found] or [f"all {query.record.table}"]
    if isinstance(query.tree, Either):
        said = [said[0][1:-1]]
    return [said[0], *(f"and {each}" for each in said[1:]), f"sorted by {order_words(sort, query.record)}"]


def ids(query: Query) -> tuple[range, ...]:
    """The ids a query names, when it names nothing else (`12,14 20-25`: one id is a range of length 1); else ()."""
    named = [node for node in terms(query.tree) if isinstance(node, Ids)]
    return tuple(each for node in named for each in node.ranges) if len(named) == len(terms(query.tree)) else ()


def ids_only(query: Query) -> bool:
    """The query names ids and nothing else: nobody needs to be asked."""
    return bool(ids(query))


def names_state(query: Query) -> bool:
    """It names a status, is:, closed, lost reason, id, e-mail, phone or view: the default view is then not added."""
    return _tells(query.tree, query.record)


def _tells(node: Node, record: RecordType) -> bool:
    if isinstance(node, All | Either):
        return any(_tells(part, record) for part in node.parts)
    if isinstance(node, Not):
        return _tells(node.tree, record)
    if isinstance(node, Word):
        return is_address(node.text)
    if isinstance(node, Term):
        if node.field.casefold() in ("has", "no"):
            fields = [find(record, word) for word in node.value.parts]
            return any(field is not None and field.name in _OF_STATE for field in fields)
        field = find(record, node.field)
        return node.field.casefold() == "is" or (field is not None and field.name in _TELLING)
    return True
