"""The command contacts."""

from __future__ import annotations

from leadcli.commands.list import show_list
from leadcli.commands.options import LIST, QueryText, with_options
from leadcli.run import Run


@with_options(LIST)
def contacts(run: Run, query: QueryText) -> None:
    """List contacts: the people at your customers, newest first.

    Examples:
    leadcli contacts account:A4
    leadcli contacts has:phone --line '{{ name }} {{ phone }}'
    """
    show_list(run, query, record="contact")
