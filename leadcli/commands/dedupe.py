"""The command dedupe: finds duplicates, and merges them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from leadcli import domain
from leadcli.commands.options import (
    BY,
    DRY_RUN,
    EXPLAIN,
    LIMIT,
    LIST,
    NO_HOOKS,
    WHAT,
    YES,
    OptionSpec,
    QueryText,
    show_note,
    target_words,
    with_options,
    without,
)
from leadcli.config.settings import user_folder
from leadcli.errors import NotFound, Usage
from leadcli.run import Run

MERGING = "Merge them"
_MAX_SHOWN = 50  # groups on a terminal
_QUESTION = "[m]erge [k]eep apart [n]ext [q]uit: "
_ANSWERS = ("merge", "keep", "next", "quit")


@with_options(
    OptionSpec("--min", "List from this score on (85).", "SCORE", panel=WHAT, type=float, name="least"),
    OptionSpec("--of", "leads (as usual), accounts or contacts.", "RECORDS", panel=WHAT, default="leads",
               offers="words:leads accounts contacts"),
    OptionSpec("--full", "Compare all records anew.", panel=WHAT, type=bool),
    OptionSpec("--merge", "Merge groups; asks about each one.", panel=MERGING, type=bool),
    YES.but("Ask nothing: merge certain ones, or those of --min.", panel=MERGING),
    OptionSpec("--keep", "Who stays: oldest, newest, fullest or an id.", "WHO", panel=MERGING, default="best",
               offers="words:oldest newest fullest"),
    OptionSpec("--keep-apart", "These ids are different ones, for good.", panel=MERGING, type=bool),
    DRY_RUN,
    NO_HOOKS,
    LIMIT,
    BY.but("Every group equal on email, phone, name or company instead.", metavar="A,B",
           offers="words:email phone name company"),
    EXPLAIN.but("What each field said for or against."),
    without(LIST, "fields", "sort", "limit", "by", "all", "explain", "line"),
)  # fmt: skip
def dedupe(
    run: Run, query: QueryText, least: float | None, of: str, full: bool, merge: bool, keep: str, keep_apart: bool
) -> None:
    """Find records that are the same one, with the reasons; merge them, or remember that they are different.

    With a filter only groups that touch it. Certain duplicates have the same e-mail, phone or external id and names
    that do not contradict it. One undo takes a merge back.

    Examples:
    leadcli dedupe
    leadcli dedupe --merge
    leadcli dedupe --by email,phone --merge --yes
    leadcli dedupe --keep-apart 12 47
    """
    record = domain.record_type_named(of)
    if keep_apart:
        target = domain.resolve_target(run.store(write=True), target_words(run, query), records=domain.MERGEABLE)
        show_note(run, target)
        run.show(domain.keep_apart(run.store(write=True), target))
        return
    request = domain.DedupeRequest(query, record, domain.field_names_of(run.by), least)
    if merge or run.yes:
        _merge_groups(run, request, _keep_apart(run, keep, record), full=full)
    else:
        _list_groups(run, request, full=full)


def _list_groups(run: Run, request: domain.DedupeRequest, *, full: bool) -> None:
    duplicates = _find_groups(run, request, full=full)
    store, output = run.store(), run.output
    limit = run.limit if run.limit is not None else _MAX_SHOWN if output.drawn else 0
    if output.json or output.chosen == "count":
        duplicates = duplicates._replace(groups=duplicates.groups[:limit] if limit else duplicates.groups)
        run.show(domain.groups_json(store, duplicates, request.record, explain=run.explain))
    elif run.explain:
        run.show(domain.explain_groups(store, duplicates, request.record, limit=limit))
    else:
        run.show(domain.groups_table(store, request.record, duplicates.groups, limit=limit))


def _find_groups(run: Run, request: domain.DedupeRequest, *, full: bool, certain: bool = False) -> domain.DuplicateList:
    cache = domain.CacheOptions(user_folder("cache", run.environ), renew=full)
    with run.progress("Comparing") as bar:
        return domain.find_duplicates(run.store(), request, bar.reach, certain=certain, cache=cache)


def _keep_apart(run: Run, keep: str, record: str) -> str:
    """`--keep` as merging takes it. Usage for anything else than a word it knows or an id."""
    if keep in ("best", *domain.SURVIVOR_RULES):
        return keep
    named = domain.ids_in_words([keep])
    if len(named) != 1 or named[0][1] != named[0][2]:
        raise Usage(f"--keep '{keep}' is none of oldest, newest, fullest or an id.")
    store = run.store()
    if not store.fetch(record, [named[0][1]], fields=("id",)):
        raise NotFound(f"no {record} {keep}.")
    return str(named[0][1])


def _merge_groups(run: Run, request: domain.DedupeRequest, keep: str, *, full: bool) -> None:
    """Groups are chosen before anything is written; nobody waits for an answer with the database locked."""
    if not run.yes and not run.dry_run and not run.may_ask:
        raise Usage("this would merge duplicates and there is no terminal to ask on.",
                    hint="add --yes to merge the certain ones, or --dry-run to look first.")  # fmt: skip
    asking = not run.yes and run.may_ask
    duplicates = _find_groups(run, request, full=full, certain=not asking)
    if asking:
        decisions = _ask_groups(run, request.record, duplicates.groups, keep)
    else:
        decisions = domain.Decisions([domain.MergeGroup(group.leads, keep) for group in duplicates.groups])
    del duplicates  # a scan is large, and merging needs room too
    with run.progress("Merging") as bar:
        note = domain.apply_decisions(run.store(write=True), request.record, decisions, bar.reach)
    run.show(note)


def _ask_groups(run: Run, record: str, groups: Sequence[domain.DuplicateGroup], keep: str) -> domain.Decisions:
    """Group by group: what is to be merged and who is to be kept apart, until somebody has had enough."""
    store = run.store()
    merges, apart = [], []
    for number, group in enumerate(groups, 1):
        run.say(f"Group {number} of {len(groups)}  {group.score}  {', '.join(group.reasons)}")
        run.say(domain.side_by_side(store, record, group.leads))
        meant, who = _read_answer(run, group.leads)
        if meant == "quit":
            break
        if meant == "keep":
            apart.append(group.leads)
        elif meant == "merge":
            merged = _resolve_conflicts(run, record, domain.MergeGroup(group.leads, who or keep))
            if merged == "quit":
                break
            if merged == "keep":
                apart.append(group.leads)
            elif isinstance(merged, domain.MergeGroup):
                merges.append(merged)
    return domain.Decisions(merges, apart)


def _read_answer(run: Run, leads: Sequence[int]) -> tuple[str, str]:
    """(merge, keep, next or quit; the number that is to stay, '' for none named); `m`, `m 47`, Enter for next."""
    while True:
        word, _, who = run.answer(_QUESTION, at_end="quit").casefold().partition(" ")
        meant = next(each for each in (*_ANSWERS, "") if each.startswith(word or "n") or not each)
        number = who.strip().lstrip("ac")
        if meant == "merge" and number and not (number.isdecimal() and int(number) in leads):
            run.say(f"{who.strip()} is not in this group.")
        elif meant:
            return meant, number
        else:
            run.say("Answer m (or m 47, to keep 47), k, n or q.")


def _resolve_conflicts(run: Run, record: str, group: domain.MergeGroup) -> domain.MergeGroup | str:
    """The group with what was decided about values that differ; Enter takes the first, k and q leave: keep, quit."""
    chosen: dict[str, Any] = {}
    for conflict in domain.find_conflicts(run.store(), record, group):
        offered = "  ".join(f"[{at}] {text} ({id})" for at, (text, _, id) in enumerate(conflict.values, 1))
        while (answer := run.answer(f"  {conflict.title}: {offered}  [1]: ", at_end="q").casefold()) not in ("", "1"):
            if answer in ("k", "keep", "q", "quit"):
                return "keep" if answer.startswith("k") else "quit"
            if answer.isdecimal() and 1 < int(answer) <= len(conflict.values):
                chosen[conflict.field] = conflict.values[int(answer) - 1][1]
                break
            run.say(f"Answer a number from 1 to {len(conflict.values)}, k to keep them apart, or q.")
    return group._replace(chosen=chosen)
