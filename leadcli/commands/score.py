"""The command score: the chance to win, from the desk's own history."""

from __future__ import annotations

from leadcli import domain
from leadcli.commands.list import is_reordered, show_rows
from leadcli.commands.options import LIST, OptionSpec, TargetText, show_note, target_words, with_options, without
from leadcli.run import Run
from leadcli.store.engine import follower_mark


@with_options(OptionSpec("--refresh", "Work out the scores of all leads.", type=bool), without(LIST, "all"))
def score(run: Run, target: TargetText, refresh: bool) -> None:
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
        run.show(domain.refresh_scores(store))
        return
    if target:
        resolved = domain.resolve_target(store, target_words(run, target))
        show_note(run, resolved)
        ids, ordered = resolved.ids, resolved.explicit
    else:
        ids, ordered = store.ids("lead", domain.parse_with_views(store, ["is:open"])), False
    most = 0 if is_reordered(run) else run.limit or 0
    show_rows(
        run,
        domain.score_leads(store, ids, domain.ScoreRequest(run.explain, ordered, most, run.output.complete)),
    )
