"""The command list, and the way every list of records is shown."""

from __future__ import annotations

from collections.abc import Sequence

from leadcli.commands.options import ListOptions, QueryText
from leadcli.domain.leads import lists
from leadcli.errors import NotFound
from leadcli.model.results import PlainText
from leadcli.run import Run


def list_request(run: Run, words: Sequence[str], reading: ListOptions, *, closed: bool = False) -> lists.ListRequest:
    """What a list was asked for, by its words and options."""
    output = run.output
    fields = ["id"] if output.chosen == "ids" else reading.columns
    drawn, every = output.chosen == "screen", closed or reading.all
    return lists.ListRequest(words, fields, reading.sort, reading.limit, reading.by, every, output.complete, drawn)


def show_list(
    run: Run, words: Sequence[str], reading: ListOptions, *, record: str = "lead", closed: bool = False
) -> None:
    """List records: the shared body of list, filter, accounts, contacts, opportunities."""
    _refuse_lost_redirect(words)
    store = run.store()
    run.fields = lists.resolve_column_names(store.type(record), reading.columns)
    request = list_request(run, words, reading, closed=closed)
    if reading.columns == ["help"]:
        run.show(lists.field_names(store.type(record)))
        return
    if reading.explain:
        run.show(lists.explain_query(store, request, record=record))
        return
    if run.output.chosen == "count":
        count = lists.count_matches(store, request, record=record)
        run.show(PlainText(f"{count}\n"))
        if reading.fail_empty and not count:
            raise NotFound("nothing matches.")
    else:
        run.show(lists.list_table(store, request, record=record))
    if words:
        for hint in lists.parse_query(store, request, record=record).hints:
            run.say(hint)


def _refuse_lost_redirect(words: Sequence[str]) -> None:
    """The accident of value>5000 without quotes: the shell made a file of that name."""
    if words:
        import os

        from leadcli.query.accident import find_lost_redirect

        try:
            name = os.readlink("/proc/self/fd/1")
        except OSError:
            return
        find_lost_redirect(words, name)


def list_(run: Run, query: QueryText, reading: ListOptions) -> None:
    """List open leads, newest first.

    A filter that names a status, is:, an id, an e-mail, a phone or a view looks at all leads. On a terminal the
    first 50.

    Examples:
    leadcli list value:5k.. owner:me
    leadcli list status:lost --fields id,name,lost_reason
    leadcli list is:overdue --json
    leadcli list due:..today --line '{{ name }}: {{ phone }}'
    """
    show_list(run, query, reading)
