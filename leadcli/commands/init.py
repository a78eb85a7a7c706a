"""The command init: makes the database with a vocabulary."""

from __future__ import annotations

from leadcli import domain
from leadcli.commands.options import CHANGE, OptionSpec, with_options
from leadcli.run import Run


@with_options(
    OptionSpec(
        "--preset",
        "default, bitrix24, orocrm, espocrm, mycompany or persisca.",
        "NAME",
        default="default",
        shows_default=True,
        offers="words:default bitrix24 orocrm espocrm mycompany persisca",
    ),
    CHANGE,
)
def init(run: Run, preset: str) -> None:
    """Make the database with a vocabulary: statuses, sources, lost reasons as one of six systems ships them.

    Without it the first writing command makes one with the default preset. --force puts an empty desk in the place of
    one that is there: it asks first where that has leads or customers, and keeps a checked copy of it.

    Examples:
    leadcli init
    leadcli init --preset espocrm
    leadcli --db work.db init --preset bitrix24
    """
    path, desk = run.path, run.desk()
    domain.find_preset(preset)
    if not (run.force and path.exists()):
        run.show(domain.create_desk(path, desk, preset=preset))
        return
    loss = domain.describe_loss(path, desk)
    would = f"this would put an empty desk in the place of {path} with its {loss} (a copy is kept)"
    if not loss or run.dry_run or run.ask(f"Put an empty desk in the place of {loss} (a copy is kept)?", would=would):
        run.show(domain.replace_desk(path, desk, preset=preset))
