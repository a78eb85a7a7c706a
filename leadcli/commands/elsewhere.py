"""The words of other programs, and the commands of ours that do it."""

from __future__ import annotations

import shlex
from collections.abc import Container, Mapping, Sequence

from leadcli.errors import Usage

# What other programs call it: the commands of ours it may be, {} being what was typed behind the word.
ELSEWHERE: Mapping[str, Sequence[str]] = {
    **dict.fromkeys(("search", "find", "grep", "leads"), ("list {}",)),
    **dict.fromkeys(("new", "create"), ("add {}",)),
    **dict.fromkeys(("view", "open", "get", "info"), ("show {}",)),
    **dict.fromkeys(("update", "modify", "set"), ("edit {}",)),
    **dict.fromkeys(("remove", "del"), ("rm {}",)),
    **dict.fromkeys(("won", "win"), ("status {TARGET} converted", "convert {TARGET}")),
    **dict.fromkeys(("done", "finish", "complete"), ("task done {TASK}",)),
    **dict.fromkeys(("today", "agenda", "todo"), ("next", "task list")),
    **dict.fromkeys(("remind", "followup", "follow-up"), ("task add {TARGET TEXT}",)),
    **dict.fromkeys(("stats", "statistics", "summary"), ("report pipeline", "report daily")),
    "dashboard": ("report dashboard",),
    **dict.fromkeys(("sql", "select"), ("sql {QUERY}",)),
    "query": ("sql {QUERY}", "list {}"),
    **dict.fromkeys(("kanban", "pipeline", "funnel"), ("board", "report pipeline")),
    **{kind: (f"log {{TARGET TEXT}} --kind {kind}",) for kind in ("call", "meeting", "visit")},
    "email": ("mail {TARGET}", "log {TARGET TEXT} --kind email"),
    "assign": ("edit {TARGET} --owner NAME",),
    "tag": ("edit {TARGET} --tag NAME",),
    "tasks": ("task list",),
    **dict.fromkeys(("deals", "deal"), ("opportunities",)),
    **dict.fromkeys(("settings", "options"), ("config",)),
    **dict.fromkeys(("journal", "audit"), ("history",)),
}


def point_to_ours(word: str, rest: Sequence[str], commands: Container[str]) -> None:
    """Raise Usage for a word of other programs that names what it is here: `leadcli list acme` for `search acme`."""
    lines = []
    for pattern in ELSEWHERE.get(word.lower(), ()):
        if pattern.split()[0] in commands:
            before, _, behind = pattern.partition("{")
            placeholder, _, after = behind.partition("}")
            lines.append(f"leadcli {before}{shlex.join(rest) if rest and behind else placeholder}{after}".strip())
    if lines:
        raise Usage(f"there is no command '{word}'.", hint=f"here it is: {', or: '.join(lines)}")
