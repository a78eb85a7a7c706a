"""The command accounts."""

from __future__ import annotations

from leadcli.commands.list import show_list
from leadcli.commands.options import ListOptions, QueryText
from leadcli.run import Run


def accounts(run: Run, query: QueryText, reading: ListOptions) -> None:
    """List accounts: the companies that conversion made customers of, newest first.

    Examples:
    leadcli accounts
    leadcli accounts owner:me city:London --json
    leadcli show A4
    """
    show_list(run, query, reading, record="account")
