"""The command opportunities."""

from __future__ import annotations

from leadcli.commands.list import show_list
from leadcli.commands.options import CURRENCIES, LIST, QueryText, with_options
from leadcli.run import Run


@with_options(LIST, CURRENCIES)
def opportunities(run: Run, query: QueryText) -> None:
    """List opportunities: the deals that conversion opened, with their stages (open, won, lost), newest first.

    Examples:
    leadcli opportunities is:open
    leadcli opportunities stage:won closed:quarter --count
    leadcli edit O6 --stage won
    """
    show_list(run, query, record="opportunity")
