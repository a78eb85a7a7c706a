"""Settings, completion scripts and help: `config`, `completion`, `help`."""

from __future__ import annotations

from leadcli.commands.building import Family
from leadcli.commands.options import Reading
from leadcli.run import Run
from leadcli.table import Text


def config_get(run: Run, reading: Reading) -> None:
    """Show settings.

    Examples:
    leadcli config
    """
    run.show(Text("\n".join(f"{key}\t{run.config.value(key)[0]}\t{run.config.value(key)[1]}" for key in run.config)))


CONFIG = Family({"show": config_get}, alone="show")
