"""Tree -> conditions: how terms, words and ids combine, in SQL and in English."""

from __future__ import annotations

from leadcli.errors import Usage, nearest_name
from leadcli.query.grammar import All, Either, Ids, Node, Not, Term, View, Word, terms
from leadcli.query.scope import CompiledTerm, Scope, find_field


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
