"""The command filter: searches all leads, and keeps filters as views."""

from __future__ import annotations

from leadcli.commands.list import show_list, show_rows
from leadcli.commands.options import LIST, SAVE, OptionSpec, QueryText, with_options
from leadcli.errors import Usage
from leadcli.run import Run


@with_options(
    SAVE.but("Keep the filter as view @NAME."),
    OptionSpec("--delete", "Forget view @NAME.", "NAME", offers="view"),
    OptionSpec("--rename", "Rename view @OLD; the new name follows.", "OLD", offers="view"),
    LIST,
)
def filter_(run: Run, query: QueryText, save: str, delete: str, rename: str) -> None:
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
    elif query or run.explain:
        show_list(run, query, closed=True)
    else:
        show_rows(run, saved_views.view_table(run.store()))
