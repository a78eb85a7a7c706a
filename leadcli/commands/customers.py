"""Commands about customers: accounts, contacts, opportunities."""

from __future__ import annotations

from leadcli.commands.lists import show_list
from leadcli.commands.options import QueryText, Reading
from leadcli.run import Run


def accounts(run: Run, query: QueryText, reading: Reading) -> None:
    """List accounts: the companies that conversion made customers of, newest first.

    Examples:
    leadcli accounts
    leadcli accounts owner:me city:London --json
    leadcli show A4
    """
    show_list(run, query, reading, record="account")


def contacts(run: Run, query: QueryText, reading: Reading) -> None:
    """List contacts: the people at your customers, newest first.

    Examples:
    leadcli contacts account:A4
    leadcli contacts has:phone --line '{{ name }} {{ phone }}'
    """
    show_list(run, query, reading, record="contact")


def opportunities(run: Run, query: QueryText, reading: Reading) -> None:
    """List opportunities: the deals that conversion opened, with their stages (open, won, lost), newest first.

    Examples:
    leadcli opportunities is:open
    leadcli opportunities stage:won closed:quarter --count
    leadcli edit O6 --stage won
    """
    show_list(run, query, reading, record="opportunity")
