"""Whether scores come true: leads that were won or lost, by the chance they had when they were new."""

from __future__ import annotations

from collections.abc import Sequence

from leadcli import query as filters
from leadcli.domain import score, views
from leadcli.domain.reports.measures import COUNT, percent
from leadcli.kinds import PERCENT, TEXT, Record
from leadcli.query import Query
from leadcli.store import derived_score
from leadcli.store.store import Store
from leadcli.table import Column

_COLUMNS = (Column("score", "score when new", TEXT, 0), Column("count", "leads", COUNT, 0),
            Column("predicted", "predicted", PERCENT, 0), Column("rate", "won", PERCENT, 0))  # fmt: skip
_STEP = 10


def calibration(store: Store, query: Query) -> tuple[Sequence[Column], list[Record], Record]:
    """Closed leads in steps of ten percent: how many, the mean score without their status, how many were won.

    The scores are those of today's experience, to which these leads belong: a good fit is what may be hoped for.
    """
    model = score.learned(store)
    closed = filters.both(views.parse(store, ["is:won,lost"]), query)
    ids = store.ids("lead", closed) if model else []
    if model is None or not ids:
        return _COLUMNS, [], {"count": 0}
    tagged = derived_score.tags(store, model.factors[score.TAG], ids)
    steps: dict[int, list[tuple[float, bool]]] = {}
    for (_, values), those in derived_score.grouped(store, ids=ids).items():
        for id in those:
            factors = [each for each in model.of(values, tagged.get(id, ())) if each.variable != "status"]
            chance = score.percent(model.base, factors)
            steps.setdefault(int(chance // _STEP), []).append((chance, model.ends[values[0] or ""] > 0))
    rows = [_row(f"{step * _STEP}-{step * _STEP + _STEP} %", steps[step]) for step in sorted(steps)]
    return _COLUMNS, rows, _row("", [each for found in steps.values() for each in found])


def _row(label: str, found: Sequence[tuple[float, bool]]) -> Record:
    won = sum(1 for _, was in found if was)
    predicted = round(sum(chance for chance, _ in found) / len(found), 1)
    return {"score": label or None, "count": len(found), "predicted": predicted, "rate": percent(won, len(found))}
