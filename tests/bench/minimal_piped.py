"""The least program that lists leads on a pipe with Typer and sqlite3: the yardstick of `leadcli list | cat`."""

import sqlite3
from typing import Annotated

import typer

app = typer.Typer(add_completion=False)
SQL = """
    select id, name, company, value, currency, status, owner, due, created from leads
    where status in ('New', 'Contacted', 'Qualified') order by id desc limit ?
"""


@app.command()
def show(
    db: Annotated[str, typer.Option(help="The database.")],
    limit: Annotated[int, typer.Option(help="At most this many.")] = 25,
) -> None:
    """List the newest open leads, tab-separated."""
    connection = sqlite3.connect(db)
    for row in connection.execute(SQL, (limit,)):
        print("\t".join("" if value is None else str(value) for value in row))


app()
