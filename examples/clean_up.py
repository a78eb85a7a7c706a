"""Leads from Python, as in a notebook: import a list, clean it up, look at the figures, take it back.

    python examples/clean_up.py examples/leads.csv clean_up.db

Every step is an operation of the desk: `leadcli --db clean_up.db history` shows them.
"""

from __future__ import annotations

import sys

from leadcli import open_desk


def main(leads: str, path: str) -> None:
    with open_desk(path) as desk:
        counts = desk.import_file(leads).details["files"][0]
        print(f"imported {counts['new']} of {counts['rows']} rows")

        with desk.operation("clean up: owners and old leads") as number:
            desk.edit("status:new no:owner", owner="ann")
            for lead in desk.find("is:open value:..5k no:close", fields=["id"]):
                desk.edit(lead["id"], priority="low", add={"tags": ["later"]})
        print(f"operation {number} cleaned up {desk.count('tag:later')} small ones")

        for row in desk.report("pipeline").rows:
            if row["count"]:
                print(f"{row['status']:12}{row['count']:5}{row['value']:16,.2f} {row['currency']}")

        print(desk.undo(number).sentence)


if __name__ == "__main__":
    main(*sys.argv[1:])
