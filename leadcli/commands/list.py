"""The command list, and the way every list of records is shown."""

from __future__ import annotations

from collections.abc import Sequence

from leadcli import domain
from leadcli.commands.options import CURRENCIES, LIST, QueryText, with_options
from leadcli.errors import NotFound
from leadcli.model.results import PlainText, Table, arrange_table
from leadcli.run import Run


def list_request(run: Run, words: Sequence[str], *, closed: bool = False) -> domain.ListRequest:
    """What a list was asked for, by its words and options."""
    output = run.output
    fields = ["id"] if output.chosen == "ids" else run.fields
    drawn, every = output.chosen == "screen", closed or run.all
    return domain.ListRequest(words, fields, run.sort, run.limit, run.by, every, output.complete, drawn)


def show_list(run: Run, words: Sequence[str], *, record: str = "lead", closed: bool = False) -> None:
    """List records: the shared body of list, filter, accounts, contacts, opportunities."""
    _refuse_lost_redirect(words)
    store = run.store()
    run.fields = domain.resolve_column_names(store.type(record), run.fields)
    request = list_request(run, words, closed=closed)
    if run.fields == ["help"]:
        run.show(domain.field_names(store.type(record)))
        return
    if run.explain:
        run.show(domain.explain_query(store, request, record=record))
        return
    if run.output.chosen == "count":
        count = domain.count_matches(store, request, record=record)
        run.show(PlainText(f"{count}\n"))
        if run.fail_empty and not count:
            raise NotFound("nothing matches.")
    else:
        run.show(domain.list_table(store, request, record=record))
    if words:
        for hint in domain.parse_query(store, request, record=record).hints:
            run.say(hint)


def show_rows(run: Run, table: Table, *, limit: int | None = None, all_of: str = "") -> None:
    """A ready table as a list: sorted, grouped and cut as asked. `all_of` says for --explain what is listed.

    `limit` is the number of rows where --limit says none. A caller that can cut sooner does so unless
    `is_reordered(run)`.
    """
    if run.explain and all_of:
        order = [f"grouped by {run.by}"] * bool(run.by) + [f"sorted by {run.sort}"] * bool(run.sort)
        run.show(PlainText("\n".join([all_of, *order]) + "\n"))
    elif run.fields == ["help"]:
        width = max(len(column.name) for column in table.columns)
        run.show(PlainText("".join(f"{column.name:{width}}  {column.label}\n" for column in table.columns)))
    else:
        cut = limit if run.limit is None else run.limit
        run.show(arrange_table(table, sort=run.sort, by=run.by, limit=cut))


def is_reordered(run: Run) -> bool:
    """All rows are needed before any can be cut: the list has another order than its own."""
    return bool(run.sort or run.by)


def is_bare_pipe(run: Run) -> bool:
    """Nobody said which columns or in what format: a script cuts the columns of such lines by their number."""
    output = run.output
    return output.chosen == "tsv" and not (output.format or run.fields or run.by or run.sort)


def _refuse_lost_redirect(words: Sequence[str]) -> None:
    """The accident of value>5000 without quotes: the shell made a file of that name."""
    if words:
        import os

        from leadcli.query import find_lost_redirect

        try:
            name = os.readlink("/proc/self/fd/1")
        except OSError:
            return
        find_lost_redirect(words, name)


@with_options(LIST, CURRENCIES)
def list_(run: Run, query: QueryText) -> None:
    """List open leads, newest first.

    A filter that names a status, is:, an id, an e-mail, a phone or a view looks at all leads. On a terminal the
    first 50.

    Examples:
    leadcli list value:5k.. owner:me
    leadcli list status:lost --fields id,name,lost_reason
    leadcli list is:overdue --json
    leadcli list due:..today --line '{{ name }}: {{ phone }}'
    """
    show_list(run, query)
