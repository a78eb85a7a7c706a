"""The commands, one file each, named like the command: it parses, calls the domain and shows what that returned.

A command is a plain function; its parameters say what it takes (see options.py), its docstring is its help:

    def show(run: Run, target: TargetText, reading: ListOptions) -> None:
        \"\"\"Show leads in full.

        Examples:
        leadcli show 12
        leadcli show ada@acme.com --json
        \"\"\"
        store = run.store()
        run.show(card.record_cards(store, targets.resolve_target(store, target)))

- `run: Run` is filled: run.store(write=True), run.show(value), run.ask(question), run.say(sentence), run.today, run.me.
- A parameter of a group of options.py is filled from its options: `ListOptions` (what a list or report shows, and how),
  `ChangeOptions` (--yes, --dry-run, --force, --no-hooks), `ShareOptions` (--email), `MailOptions` (a report by mail).
  The run already knows format, --yes and --dry-run.
- `query: QueryText`, `target: TargetText` are words as typed (empty list when none), `target: OneTarget` is one word.
- `values: Annotated[FieldValues, FieldOptionSet("lead")]` is one option per writable field; with edit=True those that
  add, remove and clear.
- Options of one command are Typer's own, written `Annotated[..., typer.Option(...)]`; a repeatable one is `list[str]`
  with `default_factory=list`. What several commands share is a group in options.py.
- `GlobalOptions`, the options of every command (--db, --quiet, ...), are added to each.
- Below the line "Examples:" of the docstring stand two or three command lines; help shows them.
- Errors are raised (errors.py), never printed; cli.py says them.
- A command is listed in the table of cli.py: "name": (panel, one line of help, "leadcli.commands.module:function"). A
  function whose name would hide a Python word ends in _ (list_, filter_).
- A command of several words names its functions: TASK = Subcommands({"add": add, "list": list_}, alone="list").
"""

from __future__ import annotations
