"""Guards the options: each is declared once, each that a command offers is obeyed, what is not is refused."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from desk import Desk, Result

from leadcli import cli
from leadcli.commands.options import CHANGE, LIST, FieldOptionSet, OptionSpec
from leadcli.commands.typer_commands import Subcommands, declared_options, load_target

# Flags with another meaning in another command: how many declarations there are, and what they mean.
DIFFERENT = {
    "--all": (2, "of lists: closed ones, all days; rates rm: all rates"),
    "--account": (2, "the field; convert: link this account, by id or name"),
    "--close": (2, "the field; convert: of the opportunity, not of the lead"),
    "--currency": (2, "the field; of a document or a product"),
    "--delete": (2, "filter: the view of this name; report: a flag"),
    "--email": (2, "the field; whom to send a report or card to"),
    "--kind": (2, "of an activity; of a document"),
    "--line": (2, "the template of a line of output; a line of a document"),
    "--keep": (2, "dedupe: which lead stays; backup: which files do"),
    "--mail": (2, "rule: the template to send; doctor: a flag"),
    "--name": (3, "the field; add: the same as the argument NAME; product: its new name"),
    "--next": (2, "log: the next step; field: statuses that may follow"),
    "--owner": (2, "of a lead; of a task"),
    "--rename": (2, "filter: the view to rename; field: the new name"),
    "--status": (3, "the field, any status; lost: one of the lost ones; of a document, as free text"),
    "--on": (2, "rule: the event; rates: the day"),
    "--strict": (2, "import: no bad row; doctor: no hint"),
    "--tag": (2, "the field; a tag given to every row or by a rule"),
    "--template": (2, "mail: the template to fill in; import: a flag"),
    "--type": (2, "the field; field add: of the values of a new field"),
}


def every_command() -> Iterator[tuple[str, Any]]:
    """(name, function) of every command and subcommand."""
    for name, (_, _, where) in cli.COMMANDS.items():
        target = load_target(where)
        if isinstance(target, Subcommands):
            yield from ((f"{name} {word}", function) for word, function in target.commands.items())
        else:
            yield name, target


COMMANDS = dict(every_command())


def names_of(function: Any) -> set[str]:
    return {each.name for each in declared_options(function) if isinstance(each, OptionSpec)}


# Declared once


def declared_flags() -> Counter[str]:
    """How often each flag is declared: in the code, or by the registry for a field."""
    flags: Counter[str] = Counter()
    for path in Path(cli.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute) and node.args:
                called = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                first = node.args[0]
                if called in ("OptionSpec", "Option", "_run_option") and isinstance(first, ast.Constant):
                    flags.update(str(first.value).replace("/", " ").split())
    of_fields = [each for each in FieldOptionSet("lead", edit=True).declared() if each.name != "removed__tags"]
    flags.update(flag for each in of_fields if not each.name.endswith("__") for flag in each.flags.split("/"))
    return flags


def test_every_option_is_declared_once() -> None:
    flags = declared_flags()
    assert len(flags) > 150
    counts = {flag: count for flag, count in flags.items() if count > 1 and flag.startswith("--")}
    assert counts == {flag: count for flag, (count, _) in DIFFERENT.items()}


# Read by its command


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_reads_every_option_of_its_own(name: str) -> None:
    """Options of the run act where the run acts; any other is a parameter, and the body uses it."""
    function = COMMANDS[name]
    tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    assert isinstance(tree, ast.FunctionDef)
    used = {node.id for part in tree.body for node in ast.walk(part) if isinstance(node, ast.Name)}
    parameters = inspect.signature(function).parameters
    collected = [each.name for each in parameters.values() if each.kind is each.VAR_KEYWORD]
    own_names = {
        "values" if isinstance(each, FieldOptionSet) else each.name
        for each in declared_options(function)
        if isinstance(each, FieldOptionSet) or not each.of_run
    }
    assert own_names - set(parameters) == set() or set(collected) <= used != set()
    assert {each for each in parameters if each in own_names or each not in ("run", "context")} <= used


# Obeyed


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Two or more of everything a command lists."""
    desk = Desk(tmp_path_factory.mktemp("full"))
    for file in ("one.txt", "two.txt"):
        desk.file(file, file)
    steps = """
    add|Ada|--company|Acme|--email|ada@acme.example|--source|Web|--value|100|--owner|ann
    add|Bob|--company|Beta|--email|bob@beta.example|--source|Event|--value|200|--owner|bob
    add|Cleo|--company|Gamma|--source|Web|--value|300
    add|Ada|--company|Acme|--email|ada@acme.example|--force
    add|Bob|--company|Beta|--email|bob@beta.example|--force
    log|1|spoke|--kind|call
    log|2|wrote|--kind|email
    task|add|1|call back|--due|2026-11-20
    task|add|2|send quote|--due|2026-12-20
    task|add|3|close it|--due|2026-11-21
    convert|1,2|--yes
    task|done|T5
    lost|3|--reason|no response
    add|Dora|--company|Delta
    document|add|1|--kind|order
    document|add|2|--kind|invoice
    document|add|1|--kind|invoice
    product|add|Pump
    product|add|Valve
    attach|1|one.txt|two.txt
    rule|add|one|--on|added|--tag|x
    rule|add|two|--on|status|--tag|y
    filter|--save|hot|is:open
    filter|--save|cold|is:lost
    template|add|intro|--subject|Hello|--body|one.txt
    rates|set|USD|0.92
    rates|set|GBP|1.15
    rates|set|GBP|1.20|--on|2026-11-20
    template|add|later|--subject|Again|--body|two.txt
    sequence|add|first|--step|task call
    sequence|add|second|--step|+2d task write|--weekdays
    sequence|start|first|4
    sequence|start|second|5
    """
    for step in steps.strip().splitlines():
        desk.ok(*step.strip().split("|"))
    return desk


# How a command is called so that it lists two records or more.
WORDS = {
    "history": ["history"], "rule test": ["rule", "test", "one", "is:any"], "attach list": ["attach", "list", "1"],
    "report": ["report", "sources"], "config get": ["config"], "template show": ["template", "show", "intro"],
    "document show": ["document", "show", "D1"],
    "sequence show": ["sequence", "show", "first"], "rule show": ["rule", "show", "one"], "show": ["show", "1", "3"],
    "list": ["list", "is:any"], "filter": ["filter", "is:any"], "score": ["score", "is:any"],
    "board": ["board"], "next": ["next"],
}  # fmt: skip
# Why an option shows no difference where it is obeyed.
ALWAYS_ALL = "closed ones are listed anyway"
ALIKE: dict[str, dict[str, str]] = {
    name: {"all": ALWAYS_ALL}
    for name in (
        "filter", "accounts", "contacts", "opportunities", "activities list", "history", "document list",
        "product list", "rule list", "template list", "field list", "sequence list", "sequence due",
    )
}  # fmt: skip
ALIKE["list"] = {"all": "the filter is:any lists all; see test_list_all"}
ALIKE["field list"] |= {"fail_empty": "there are always fields"}
ALIKE["export"] = {"csv": "CSV is what an export is", "header": "CSV has one"}
ALIKE["config get"] = {"fail_empty": "there are always settings"}
ALIKE["config path"] = {"fail_empty": "there are always files"}
ALIKE["board"] = {"ids": "a board by its lanes has no other ids than its rows"}
# Options that act on whatever is printed, and show only on a terminal or with a formula; tests of their own:
# tests/screen/test_drawn.py (pager) and tests/test_formula_guard.py.
ELSEWHERE = {"no_pager", "raw"}
LISTING = [name for name, function in COMMANDS.items() if names_of(function) & {"format"}]


@cache
def run(desk: Desk, *words: str) -> Result:
    return desk.run(*words)


def differs(full: Desk, words: list[str], option: str) -> bool:
    """Whether a command does another thing with the option than without it."""
    usual = run(full, *words)
    header = run(full, *words, "--csv").lines
    column = header[0].split(",")[0] if header else ""
    values = {
        "fields": [f"--fields={column}"], "limit": ["--limit=1"], "format": ["--format=jsonl"], "line": ["--line=x"],
        "output": ["-o", "out.csv"],
    }  # fmt: skip
    if option == "sort":
        return run(full, *words, f"--sort={column}") != run(full, *words, f"--sort=-{column}")
    if option == "by":
        by = "owner" if words[0] in ("board", "report") else column
        return run(full, *words, "--format=table", f"--by={by}") != run(full, *words, "--format=table")
    if option == "fail_empty":
        return full.run(*words, "--fail-empty", LEADCLI_DB=str(full.home / "empty.db")).returncode != 0
    changed = full.run(*words, *values.get(option, [f"--{option.replace('_', '-')}"]))
    if option == "output":
        written = full.home / "out.csv"
        return changed != usual and written.exists() and written.unlink() is None
    return changed != usual


@pytest.mark.parametrize("name", LISTING)
def test_every_option_of_a_list_is_obeyed(full: Desk, name: str) -> None:
    words = WORDS.get(name, name.split())
    full.run("--db", str(full.home / "empty.db"), "init")
    offered = names_of(COMMANDS[name]) & {each.name for each in LIST}
    excused = set(ALIKE.get(name, {})) | ELSEWHERE
    ignored = [option for option in sorted(offered - excused) if not differs(full, words, option)]
    assert ignored == []


LISTS = (
    "list", "filter", "next", "activities list", "accounts", "contacts", "opportunities", "history", "task list",
    "product list", "document list", "rule list", "template list", "field list", "rates list",
    "sequence list", "sequence due",
)  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
def test_a_list_has_all_options_of_lists(name: str) -> None:
    assert names_of(COMMANDS[name]) >= {each.name for each in LIST}


@pytest.mark.parametrize(
    "words",
    ["show 1 --sort name", "show 1 --by owner", "report pipeline --all", "board --sort name", "config --explain",
     "attach list 1 --explain", "document show D1 --limit 1", "template show intro --all", "export --by owner"],
)  # fmt: skip
def test_what_a_command_does_not_obey_it_does_not_offer(full: Desk, words: str) -> None:
    full.fails(2, *words.split(), says="unknown option")


def test_list_all(full: Desk) -> None:
    assert len(full.run("list", "--all").lines) > len(full.run("list").lines)
    assert "1" in full.ok("next", "--all", "--ids").split()  # its task is overdue, though it was converted
    assert "1" not in full.ok("next", "--ids").split()


WRITING = [name for name, function in COMMANDS.items() if names_of(function) >= {"dry_run", "yes", "force"}]


@pytest.mark.parametrize("name", WRITING)
def test_a_writing_command_has_all_options_with_care(name: str) -> None:
    assert {each.name for each in CHANGE} - names_of(COMMANDS[name]) == set() or name == "report"
