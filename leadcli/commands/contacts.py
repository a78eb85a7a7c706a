"""The command contacts."""

from __future__ import annotations

from leadcli.commands.list import show_list
from leadcli.commands.options import ListOptions, QueryText
from leadcli.run import Run


def contacts(run: Run, query: QueryText, reading: ListOptions) -> None:
    """List contacts: the people at your customers, newest first.

    Examples:
    leadcli contacts account:A4
    leadcli contacts has:phone --line '{{ name }} {{ phone }}'
    """
    show_list(run, query, reading, record="contact")
