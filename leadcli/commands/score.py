"""The command score: the chance to win, from the desk's own history."""

from __future__ import annotations

from typing import Annotated

import typer

from leadcli.commands.options import Reading, TargetText
from leadcli.commands.shared import tell, words_of
from leadcli.domain.insight import score as chances
from leadcli.domain.leads import saved_views, targets
from leadcli.run import Run
from leadcli.system.database_files import follower_mark


def score(
    run: Run,
    target: TargetText,
    reading: Reading,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Work out the scores of all leads.", show_default=False)
    ] = False,
) -> None:
    """Show the probability to win leads, learned from those you won and lost; without TARGET open leads, best first.

    Naive Bayes over status, source, medium, campaign, country, region, type, channel, tags, and whether there is an
    e-mail and a phone. --explain names what helps and what hurts most. Scores are kept: list score:70.. --sort -score

    Examples:
    leadcli score 12 --explain
    leadcli score --refresh
    leadcli score --limit 10
    """
    store = run.store(write=refresh or follower_mark(run.path) is None)  # scores are kept, but not in a follower
    if refresh:
        run.show(chances.refresh(store))
        return
    if target:
        found = targets.resolve(store, words_of(run, target))
        tell(run, found)
        ids, ordered = found.ids, found.explicit
    else:
        ids, ordered = store.ids("lead", saved_views.parse(store, ["is:open"])), False
    run.show(
        chances.table(store, ids, chances.Wanted(reading.explain, ordered, reading.limit or 0, run.output.complete))
    )
