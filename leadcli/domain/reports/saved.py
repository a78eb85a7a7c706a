"""Reports of one's own: kept in the desk under a name, run like the ready-made ones."""

from __future__ import annotations

import json

from leadcli import query as filters
from leadcli.domain import views
from leadcli.domain.journaled import find_row
from leadcli.domain.reports.declared import REPORTS, Asked
from leadcli.errors import Refused, Usage, unknown
from leadcli.kinds import TEXT, Record
from leadcli.store.store import Store
from leadcli.table import Column, Note, Table

_PLAN = ("by", "measures", "period", "since", "until", "compare")


def catalogue(store: Store | None) -> Table:
    """All reports, ready-made and saved: name, title, what it tells."""
    rows: list[Record] = [{"name": each.name, "title": each.title, "about": each.about} for each in REPORTS.values()]
    for row in _rows(store) if store else ():
        rows.append({"name": row["name"], "title": row["name"], "about": f"saved: {command(_asked(row))}"})
    columns = (Column("name", "report", TEXT, 0), Column("title", "title", TEXT, 0), Column("about", "tells", TEXT, 1))
    return Table(columns, rows, key="name")


def save(store: Store, name: str, asked: Asked) -> Note:
    """Keep a report under a name; one of the same name is replaced. Refused for the name of a ready-made one."""
    name = views.checked(name)
    if name in REPORTS:
        raise Refused(f"{name} is a ready-made report.", hint="choose another name")
    values = {
        "query": filters.join(asked.words),
        "plan": json.dumps({"report": asked.name, **{key: getattr(asked, key) for key in _PLAN}}),
    }
    old = find_row(store, "view", name, kind=views.REPORT)
    with store.operation() as operation:
        if old:
            operation.update("view", old["id"], values)
        else:
            operation.insert("view", {"name": name, "kind": views.REPORT, **values})
    return Note(
        f"Saved report {name} ({command(asked)}). Run it: leadcli report {name}", json={"name": name, "title": name}
    )


def delete(store: Store, name: str) -> Note:
    """Forget a saved report. Usage when there is none of that name."""
    row = find_row(store, "view", name, kind=views.REPORT)
    if row is None:
        raise unknown("saved report", name, [each["name"] for each in _rows(store)], title="Saved reports")
    with store.operation() as operation:
        operation.delete("view", row["id"])
    return Note(f"Deleted report {row['name']}. Undo: leadcli undo", json={"name": row["name"]})


def opened(store: Store, asked: Asked) -> Asked:
    """What a saved name stands for, what was typed now taking the place of what was saved; others as they are."""
    row = find_row(store, "view", asked.name, kind=views.REPORT) if asked.name not in REPORTS else None
    if row is None:
        return asked
    kept = _asked(row)
    typed = {key: getattr(asked, key) or getattr(kept, key) for key in _PLAN}
    words = [*kept.words, *asked.words]
    if kept.words and asked.words:
        words = [f"({filters.join(kept.words)})", f"({filters.join(asked.words)})"]
    return asked._replace(name=kept.name, called=row["name"], words=words, **typed)


def names(store: Store) -> list[str]:
    """Every report there is."""
    return [*REPORTS, *(row["name"] for row in _rows(store))]


def command(asked: Asked) -> str:
    """How one would type it: `sources status:won --by source,owner`."""
    given = {
        "by": ",".join(asked.by), "measure": ",".join(asked.measures), "period": asked.period, "since": asked.since,
        "until": asked.until,
    }  # fmt: skip
    options = [f"--{option} {text}" for option, text in given.items() if text] + ["--compare"] * asked.compare
    return " ".join(filter(None, [asked.name, filters.join(asked.words), *options]))


def _rows(store: Store) -> list[Record]:
    return [row for row in store.every("view") if row["kind"] == views.REPORT]


def _asked(row: Record) -> Asked:
    try:
        plan = json.loads(row["plan"])
        kept = {key: plan[key] for key in _PLAN if key in plan}
        return Asked(plan.get("report", ""), [row["query"]] if row["query"] else [], **kept)
    except (TypeError, ValueError) as error:
        raise Usage(
            f"the saved report {row['name']} cannot be read.", hint=f"forget it: leadcli report {row['name']} --delete"
        ) from error
