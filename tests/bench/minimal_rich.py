"""The least program that lists leads as a table with Typer, Rich and sqlite3: the yardstick of `leadcli list`."""

import sqlite3
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

app = typer.Typer(add_completion=False)
COLUMNS = ("id", "name", "company", "value", "currency", "status", "owner", "due", "created")
SQL = """
    select id, name, company, value, currency, status, owner, due, created from leads
    where status in ('New', 'Contacted', 'Qualified') order by id desc limit ?
"""


@app.command()
def show(
    db: Annotated[str, typer.Option(help="The database.")],
    limit: Annotated[int, typer.Option(help="At most this many.")] = 25,
) -> None:
    """List the newest open leads as a table."""
    connection = sqlite3.connect(db)
    table = Table(box=box.SIMPLE_HEAD)
    for column in COLUMNS:
        table.add_column(column.upper(), justify="right" if column in ("id", "value") else "left")
    for row in connection.execute(SQL, (limit,)):
        table.add_row(*("" if value is None else str(value) for value in row))
    Console().print(table)


app()
