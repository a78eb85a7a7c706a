"""Commands that list: list, filter, and the shared way a list is shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from leadcli.commands.options import QueryText, Reading, offering
from leadcli.domain import listing
from leadcli.errors import NotFound, Usage
from leadcli.run import Run
from leadcli.table import Text


def wanted(run: Run, words: Sequence[str], reading: Reading, *, closed: bool = False) -> listing.Wanted:
    """What a list was asked for, by its words and options."""
    output = run.output
    fields = ["id"] if output.chosen == "ids" else reading.columns
    drawn, every = output.chosen == "screen", closed or reading.all
    return listing.Wanted(words, fields, reading.sort, reading.limit, reading.by, every, output.complete, drawn)


def show_list(run: Run, words: Sequence[str], reading: Reading, *, record: str = "lead", closed: bool = False) -> None:
    """List records: the shared body of list, filter, accounts, contacts, opportunities."""
    _lost_redirect(words)
    store = run.store()
    run.fields = listing.own_names(store.type(record), reading.columns)
    asked = wanted(run, words, reading, closed=closed)
    if reading.columns == ["help"]:
        run.show(listing.field_names(store.type(record)))
        return
    if reading.explain:
        run.show(listing.explain(store, asked, record=record))
        return
    if run.output.chosen == "count":
        found = listing.count(store, asked, record=record)
        run.show(Text(f"{found}\n"))
        if reading.fail_empty and not found:
            raise NotFound("nothing matches.")
    else:
        run.show(listing.table(store, asked, record=record))
    if words:
        for hint in listing.matching(store, asked, record=record).hints:
            run.say(hint)


def _lost_redirect(words: Sequence[str]) -> None:
    """The accident of value>5000 without quotes: the shell made a file of that name."""
    if words:
        import os

        from leadcli.query.accident import lost_redirect

        try:
            name = os.readlink("/proc/self/fd/1")
        except OSError:
            return
        lost_redirect(words, name)


def list_(run: Run, query: QueryText, reading: Reading) -> None:
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


def _naming(flag: str, about: str, metavar: str, *, offers: str = "") -> typer.models.OptionInfo:
    offered = offering(offers) if offers else None
    found: typer.models.OptionInfo = typer.Option(
        flag, help=about, metavar=metavar, show_default=False, autocompletion=offered
    )
    return found


def filter_(
    run: Run,
    query: QueryText,
    reading: Reading,
    save: Annotated[str, _naming("--save", "Keep the filter as view @NAME.", "NAME")] = "",
    delete: Annotated[str, _naming("--delete", "Forget view @NAME.", "NAME", offers="view")] = "",
    rename: Annotated[str, _naming("--rename", "Rename view @OLD; the new name follows.", "OLD", offers="view")] = "",
) -> None:
    """Search all leads; save filters as views and list them.

    Examples:
    leadcli filter status:lost closed:last-month --count
    leadcli filter --save hot is:open value:5k.. tag:urgent
    leadcli filter --rename hot hottest
    leadcli filter
    """
    from leadcli.domain import views

    if save:
        from leadcli.commands.adding import writing_store

        run.show(views.save(writing_store(run), save, query))
    elif delete:
        run.show(views.delete(run.store(write=True), delete))
    elif rename:
        if len(query) != 1:
            raise Usage(
                "--rename takes two names: the old and the new one.", hint="leadcli filter --rename hot hottest"
            )
        run.show(views.rename(run.store(write=True), rename, query[0]))
    elif query or reading.explain:
        show_list(run, query, reading, closed=True)
    else:
        run.show(views.table(run.store()))
