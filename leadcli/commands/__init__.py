"""The commands, one file each, named like the command: it parses, calls the domain and shows what that returned.

A command is a plain function; its parameters say what it takes (see options.py), its docstring is its help:

    @with_options(HISTORY, DETAIL)
    def show(run: Run, target: TargetText, history: bool) -> None:
        \"\"\"Show leads in full.

        Examples:
        leadcli show 12
        leadcli show ada@acme.com --json
        \"\"\"
        store = run.store()
        run.show(card.record_cards(store, targets.resolve_target(store, target)))

- `run: Run` is filled: run.store(write=True), run.show(value), run.ask(question), run.say(sentence), run.today, run.me.
- `@with_options(...)` names its options, each declared once: those of the run (LIST: what a list shows and how; CHANGE:
  --yes, --dry-run, --force, --no-hooks) are set on the Run, any other is the parameter of its name. An option of one
  command is an `OptionSpec` there, what several share stands in options.py; `.but(...)` says more of it.
- `query: QueryText`, `target: TargetText` are words as typed (empty list when none), `target: OneTarget` is one word.
- `FieldOptionSet("lead")` is one option per writable field, collected into `values: FieldValues`; with edit=True those
  that add, remove and clear.
- GLOBAL, the options of every command (--db, --quiet, ...), are added to each.
- Below the line "Examples:" of the docstring stand two or three command lines; help shows them.
- Errors are raised (errors.py), never printed; cli.py says them.
- A command is listed in the table of cli.py: "name": (panel, one line of help, "leadcli.commands.module:function"). A
  function whose name would hide a Python word ends in _ (list_, filter_).
- A command of several words names its functions: TASK = Subcommands({"add": add, "list": list_}, alone="list").
"""

from __future__ import annotations
