"""The command rates: what one unit of each currency is worth in the base currency of the desk."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Annotated

import typer

from leadcli import domain
from leadcli.commands.list import show_rows
from leadcli.commands.options import CHANGE, LIST, OptionSpec, read_text, with_options, writing_store
from leadcli.commands.typer_commands import Subcommands
from leadcli.run import Run

Code = Annotated[str, typer.Argument(metavar="CURRENCY", help="Its ISO code, such as USD.", show_default=False)]
ON = OptionSpec("--on", "From this day on.", "DAY")


@with_options(LIST)
def list_(run: Run) -> None:
    """List the rates of today: what one unit is in the base currency, and from which day on; --all lists all days.

    Examples:
    leadcli rates
    leadcli rates --all --csv
    """
    show_rows(run, domain.rate_table(run.store(), all_days=run.all), all_of="all rates")


@with_options(CHANGE)
def base(run: Run, currency: Code) -> None:
    """Set the base currency of the desk: the one in which sums are shown.

    The first rate takes it from the setting `currency`, which is for amounts typed without one.

    Examples:
    leadcli rates base EUR
    """
    run.show(domain.set_base_currency(writing_store(run), currency))


@with_options(ON, CHANGE)
def set_(
    run: Run,
    currency: Code,
    rate: Annotated[str, typer.Argument(help="What one unit is in the base currency.", show_default=False)],
    on: str,
) -> None:
    """Set a rate. The newest that is not after a day counts; without --on it is for days that have no older one.

    Examples:
    leadcli rates set USD 0.92
    leadcli rates set USD 0.95 --on 2026-11-20
    """
    run.show(domain.set_rate(writing_store(run), currency, rate, on=on))


@with_options(CHANGE)
def import_(
    run: Run, file: Annotated[str, typer.Argument(metavar="FILE", help="CSV, or -.", show_default=False)]
) -> None:
    """Read rates: eurofxref.csv and eurofxref-hist.csv of the European Central Bank, or date,currency,rate.

    Examples:
    leadcli rates import eurofxref.csv
    """
    text = read_text(file, option="FILE")
    name = "standard input" if file == "-" else Path(file).name
    run.show(domain.import_rates(writing_store(run), io.StringIO(text.removeprefix("\ufeff")), name))


@with_options(ON.but("Only the rate of this day."), OptionSpec("--all", "All rates of all currencies.", type=bool,
              name="every"), CHANGE)  # fmt: skip
def rm(
    run: Run,
    currency: Annotated[
        list[str], typer.Argument(metavar="[CURRENCY]...", help="Whose.", default_factory=list, show_default=False)
    ],
    on: str,
    every: bool,
) -> None:
    """Remove rates; undo brings them back.

    Examples:
    leadcli rates rm USD --on 2026-11-20
    leadcli rates rm --all
    """
    run.show(domain.remove_rates(run.store(write=True), currency, on=on, every=every))


RATES = Subcommands({"list": list_, "base": base, "set": set_, "import": import_, "rm": rm}, alone="list")
