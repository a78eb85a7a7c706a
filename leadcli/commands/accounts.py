"""The command accounts."""

from __future__ import annotations

from leadcli.commands.list import show_list
from leadcli.commands.options import LIST, QueryText, with_options
from leadcli.run import Run


@with_options(LIST)
def accounts(run: Run, query: QueryText) -> None:
    """List accounts: the companies that conversion made customers of, newest first.

    Examples:
    leadcli accounts
    leadcli accounts owner:me city:London --json
    leadcli show A4
    """
    show_list(run, query, record="account")
