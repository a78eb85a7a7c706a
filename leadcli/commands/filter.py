"""The command filter: searches all leads, and keeps filters as views."""

from __future__ import annotations

from typing import Annotated

import typer

from leadcli.commands.list import show_list
from leadcli.commands.options import ListOptions, QueryText, with_completion
from leadcli.errors import Usage
from leadcli.run import Run


def _view_to_save(flag: str, about: str, metavar: str, *, offers: str = "") -> typer.models.OptionInfo:
    offered = with_completion(offers) if offers else None
    option: typer.models.OptionInfo = typer.Option(
        flag, help=about, metavar=metavar, show_default=False, autocompletion=offered
    )
    return option


def filter_(
    run: Run,
    query: QueryText,
    reading: ListOptions,
    save: Annotated[str, _view_to_save("--save", "Keep the filter as view @NAME.", "NAME")] = "",
    delete: Annotated[str, _view_to_save("--delete", "Forget view @NAME.", "NAME", offers="view")] = "",
    rename: Annotated[
        str, _view_to_save("--rename", "Rename view @OLD; the new name follows.", "OLD", offers="view")
    ] = "",
) -> None:
    """Search all leads; save filters as views and list them.

    Examples:
    leadcli filter status:lost closed:last-month --count
    leadcli filter --save hot is:open value:5k.. tag:urgent
    leadcli filter --rename hot hottest
    leadcli filter
    """
    from leadcli.domain.leads import saved_views

    if save:
        from leadcli.commands.shared import writing_store

        run.show(saved_views.save_view(writing_store(run), save, query))
    elif delete:
        run.show(saved_views.delete_view(run.store(write=True), delete))
    elif rename:
        if len(query) != 1:
            raise Usage(
                "--rename takes two names: the old and the new one.", hint="leadcli filter --rename hot hottest"
            )
        run.show(saved_views.rename_view(run.store(write=True), rename, query[0]))
    elif query or reading.explain:
        show_list(run, query, reading, closed=True)
    else:
        run.show(saved_views.view_table(run.store()))
