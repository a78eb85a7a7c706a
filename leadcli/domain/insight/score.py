"""The chance to win a lead, learned from the desk's own history: naive Bayes over the values of won and lost leads.

For each value of a variable, the won and the lost leads that had it are counted. Both counts start at 0.1 (additive
smoothing). With W and L the counts of the first stage,

    odds = W/L x product over the lead's values v of (won(v) / won of all values) / (lost(v) / lost of all values)
    score = 100 x odds / (1 + odds)

where for stages won of all values is W. A won lead counts for every stage up to its own, a lost one for the stage it
left and all before. Source: the predictive lead scoring of Odoo CRM.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import NamedTuple

from leadcli.model.kinds import JSON, SCORE, TEXT, Id, Record
from leadcli.model.kinds.many import TAGS
from leadcli.model.results import Column, ResultNote, Table, format_count
from leadcli.store.journal import scores as score_tables
from leadcli.store.journal.scores import VARIABLES, LeadProfile, OutcomeCounts, Values
from leadcli.store.store import Store

SMOOTHING = 0.1  # where a count starts, so that none is 0
MIN_TAG_LEADS = 50  # closed leads a tag must have been on
MIN_SCORE, MAX_SCORE = 0.01, 99.99  # of a lead that is not closed
MAX_REASONS = 3  # values an explanation names on either side
TAG = "tag"


class ScoreFactor(NamedTuple):
    """The factor that one value multiplies the odds by: above 1 it helps, below 1 it hurts."""

    variable: str
    value: str
    factor: float

    def describe(self) -> str:
        return f"{self.variable} {self.value} x{self.factor:.2f}"


class ScoreModel(NamedTuple):
    """What the desk has learned.

    `base` are the odds before any value is known. `factors` is {variable: {value: factor}}.
    """

    base: float
    factors: Mapping[str, Mapping[str, float]]
    ends: Mapping[str, float]  # the score of a closed status: won 100, lost 0

    def find_factors(self, values: Values, tags: Iterable[str]) -> list[ScoreFactor]:
        """The factors of a lead. Values that no closed lead had are left out."""
        named = [*zip(VARIABLES, values, strict=True), *((TAG, key) for key in tags)]
        return [ScoreFactor(name, value, known[value]) for name, value in named
                if value is not None and value in (known := self.factors.get(name, {}))]  # fmt: skip

    def score(self, values: Values, tags: Iterable[str] = ()) -> float:
        """The score in percent, two decimals."""
        status = values[0] or ""
        if status in self.ends:
            return self.ends[status]
        return compute_score(self.base, self.find_factors(values, tags))


def compute_score(base: float, factors: Iterable[ScoreFactor]) -> float:
    """The score in percent: `base` times all factors as odds, turned into a probability."""
    odds = base
    for each in factors:
        odds *= each.factor
    return min(MAX_SCORE, max(MIN_SCORE, round(100 * odds / (1 + odds), 2)))


# Learning


def learn_model(store: Store, leads: Mapping[LeadProfile, Sequence[int]] | None = None) -> ScoreModel | None:
    """The model of this desk, None before a lead was won or lost. Pass `leads` when all were read already."""
    labels = {state: [o.label for o in store.options("status") if o.state == state] for state in ("won", "lost")}
    closed = {*labels["won"], *labels["lost"]}
    seen: dict[Values, int] = {}
    for (_, values), ids in (score_tables.read_profiles(store, statuses=closed) if leads is None else leads).items():
        if values[0] in closed:
            seen[values] = seen.get(values, 0) + len(ids)
    if not seen:
        return None
    stages = _count_stages(store, labels, seen)
    first = next(iter(stages.values()))
    factors: dict[str, Mapping[str, float]] = {"status": _compute_factors(stages, first)}
    for at, name in enumerate(VARIABLES[1:], 1):
        outcomes: dict[str, OutcomeCounts] = {}
        for values, count in seen.items():
            if value := values[at]:
                old = outcomes.get(value, OutcomeCounts(0, 0))
                won = values[0] in labels["won"]
                outcomes[value] = OutcomeCounts(old.won + count * won, old.lost + count * (not won))
        factors[name] = _compute_factors(_smooth_counts(outcomes))
    tags = score_tables.tag_outcomes(store, labels["won"], labels["lost"], least=MIN_TAG_LEADS)
    factors[TAG] = _compute_factors(_smooth_counts(tags))
    ends = dict.fromkeys(labels["won"], 100.0) | dict.fromkeys(labels["lost"], 0.0)
    return ScoreModel(first[0] / first[1], factors, ends)


Counts = tuple[float, float]


def _smooth_counts(outcomes: Mapping[str, OutcomeCounts]) -> dict[str, Counts]:
    return {value: (SMOOTHING + each.won, SMOOTHING + each.lost) for value, each in outcomes.items()}


def _compute_factors(counts: Mapping[str, Counts], total: Counts | None = None) -> dict[str, float]:
    won, lost = total or (sum(each[0] for each in counts.values()), sum(each[1] for each in counts.values()))
    return {value: (each[0] / won) / (each[1] / lost) for value, each in counts.items()}


def _count_stages(store: Store, labels: Mapping[str, Sequence[str]], seen: Mapping[Values, int]) -> dict[str, Counts]:
    """{stage: (won, lost)} leads that reached it, in order. Every closed lead was in the first stage."""
    order = [option.label for option in store.options("status") if option.state in ("open", "won")]
    won, lost = dict.fromkeys(order, 0), dict.fromkeys(order, 0)
    for values, count in seen.items():
        if values[0] in labels["won"]:
            _add_reached_stages(won, order, values[0], count)
    for left, count in score_tables.statuses_before_loss(store, labels["lost"]).items():
        _add_reached_stages(lost, order, left, count)
    return _smooth_counts(
        {stage: OutcomeCounts(won[stage], lost[stage]) for stage in order if won[stage] or lost[stage]}
    )


def _add_reached_stages(counts: dict[str, int], order: Sequence[str], stage: str | None, count: int) -> None:
    last = order.index(stage) if stage in order else 0
    for each in order[: last + 1]:
        counts[each] += count


# Scoring


def refresh_scores(store: Store) -> ResultNote:
    """Compute and store the score of every lead."""
    leads = score_tables.read_profiles(store)
    model = learn_model(store, leads)
    tagged = score_tables.tags_of_leads(store, model.factors[TAG]) if model else {}
    scores: list[tuple[float | None, int]] = []
    for (old, values), ids in leads.items():
        usual = model.score(values) if model else None
        if usual != old:
            scores += ((usual, id) for id in ids if id not in tagged)
        if model and tagged:
            alike: dict[tuple[str, ...], float] = {}  # score by tags: few leads have tags that none before had
            for id in ids:
                if id in tagged:
                    keys = tuple(tagged[id])
                    if keys not in alike:
                        alike[keys] = model.score(values, keys)
                    scores.append((alike[keys], id))
    scores.sort(key=itemgetter(1))  # in the order of the file, so that each page is written once
    score_tables.write_scores(store, scores)
    if model is None:
        return ResultNote(_NO_OUTCOMES)
    count = sum(map(len, leads.values()))
    verb = store.desk.choose_verb("Scored", "score")
    return ResultNote(f"{verb} {format_count(count, 'lead')} from your own history.")


_NO_OUTCOMES = "No lead was won or lost yet: there is nothing to learn from."
_COLUMNS = (Column("id", "id", Id(), 0), Column("name", "name", TEXT, 0), Column("score", "score", SCORE, 0))
_REASON_COLUMNS = (Column("for", "for", TAGS, 0), Column("against", "against", TAGS, 0))
_FACTOR_COLUMNS = (Column("base", "base", SCORE, 9), Column("factors", "factors", JSON, 9))


class ScoreRequest(NamedTuple):
    """Options of a list of scores. `ordered` keeps the order of the ids, else the best come first."""

    explain: bool = False
    ordered: bool = False
    limit: int = 0
    complete: bool = False


def score_leads(store: Store, ids: Sequence[int], request: ScoreRequest) -> Table:
    """The scores of these leads, computed now and stored. With `explain`, what helps and what hurts most."""
    model = learn_model(store)
    if model is None:
        return Table([*_COLUMNS, *_REASON_COLUMNS], [], empty=_NO_OUTCOMES)
    tagged = score_tables.tags_of_leads(store, model.factors[TAG], ids)
    values_by_lead = {
        id: values for (_, values), lead_ids in score_tables.read_profiles(store, ids=ids).items() for id in lead_ids
    }
    rows = [_explain_score(model, id, model.find_factors(values_by_lead[id], tagged.get(id, ()))) for id in ids]
    for row in rows:
        row["score"] = model.score(values_by_lead[row["id"]], tagged.get(row["id"], ()))
    if store.write:
        score_tables.write_scores(store, [(row["score"], row["id"]) for row in rows])
    if not request.ordered:
        rows.sort(key=lambda row: -row["score"])
    rows = rows[: request.limit or None]
    names = {row["id"]: row["name"] for row in store.fetch("lead", [row["id"] for row in rows], fields=("name",))}
    for row in rows:
        row["name"] = names[row["id"]]
    why = [
        *(_REASON_COLUMNS if request.explain or request.complete else ()),
        *(_FACTOR_COLUMNS if request.explain and request.complete else ()),
    ]
    return Table([*_COLUMNS, *why], rows, empty="No lead matches.")


def _explain_score(model: ScoreModel, id: int, factors: Sequence[ScoreFactor]) -> Record:
    """What helps and hurts one lead most. `base` and `factors` are all that its score is computed from."""
    ordered = sorted(factors, key=lambda each: each.factor)
    helping = [each.describe() for each in reversed(ordered) if each.factor > 1]
    hurting = [each.describe() for each in ordered if each.factor < 1]
    base = round(100 * model.base / (1 + model.base), 6)
    return {
        "id": id, "for": helping[:MAX_REASONS], "against": hurting[:MAX_REASONS], "base": base,
        "factors": [each._asdict() for each in factors],
    }  # fmt: skip
