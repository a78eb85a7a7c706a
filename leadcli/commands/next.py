"""The command next: whom to contact now, and why."""

from __future__ import annotations

from leadcli import domain
from leadcli.commands.list import is_reordered, show_rows
from leadcli.commands.options import LIST, QueryText, with_options
from leadcli.run import Run


@with_options(LIST)
def next_(run: Run, query: QueryText) -> None:
    """Whom to contact now, best first, each with its reason.

    They wrote and wait, overdue task, due today, keep in touch, expected close passed, idle, never contacted, no next
    step, high score: leads, contacts and accounts, 20 of them or --limit. Who is snoozed is left out.

    Examples:
    leadcli next
    leadcli next owner:me value:5k.. --limit 5
    leadcli next --json
    """
    store, output = run.store(), run.output
    if run.explain:
        run.show(domain.explain_next(store, query, every=run.all))
        return
    limit = domain.NEXT_LIMIT if run.limit is None else run.limit
    request = domain.NextRequest(query, 0 if is_reordered(run) else limit, (), output.complete, output.drawn, run.all)
    if run.fields == ["help"]:
        request = request._replace(limit=1, complete=True)
    elif output.chosen == "ids":
        request = request._replace(fields=["id"])
    elif run.fields or not output.complete:
        run.fields = domain.next_column_names(store, run.fields, drawn=output.drawn)
        request = request._replace(fields=run.fields)
    if is_reordered(run):
        signs = [(word[:1] == "-", word.removeprefix("-")) for word in map(str.strip, run.sort.split(",")) if word]
        names = domain.next_column_names(store, [word for _, word in signs]) if signs else []
        run.sort = ",".join("-" * sign[0] + name for sign, name in zip(signs, names, strict=True))
        run.by = domain.next_column_names(store, [run.by])[0] if run.by else ""
        request = request._replace(fields=list(dict.fromkeys([*request.fields, *names, *filter(None, [run.by])])))
    show_rows(run, domain.next_table(store, request), limit=limit)
