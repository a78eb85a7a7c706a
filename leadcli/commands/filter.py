"""The command filter: searches all leads, and keeps filters as views."""

from __future__ import annotations

from leadcli import domain
from leadcli.commands.list import show_list, show_rows
from leadcli.commands.options import CURRENCIES, LIST, SAVE, OptionSpec, QueryText, with_options
from leadcli.errors import Usage
from leadcli.run import Run


@with_options(
    SAVE.but("Keep the filter as view @NAME."),
    OptionSpec("--delete", "Forget view @NAME.", "NAME", offers="view"),
    OptionSpec("--rename", "Rename view @OLD; the new name follows.", "OLD", offers="view"),
    LIST,
    CURRENCIES,
)
def filter_(run: Run, query: QueryText, save: str, delete: str, rename: str) -> None:
    """Search all leads; save filters as views and list them.

    Examples:
    leadcli filter status:lost closed:last-month --count
    leadcli filter --save hot is:open value:5k.. tag:urgent
    leadcli filter --rename hot hottest
    leadcli filter
    """

    if save:
        from leadcli.commands.options import writing_store

        run.show(domain.save_view(writing_store(run), save, query))
    elif delete:
        run.show(domain.delete_view(run.store(write=True), delete))
    elif rename:
        if len(query) != 1:
            raise Usage(
                "--rename takes two names: the old and the new one.", hint="leadcli filter --rename hot hottest"
            )
        run.show(domain.rename_view(run.store(write=True), rename, query[0]))
    elif query or run.explain:
        show_list(run, query, closed=True)
    else:
        show_rows(run, domain.view_table(run.store()))
