"""Guards the shared options: every field has one, what is typed arrives by field name, groups fill and tell the run."""

from __future__ import annotations

from typing import Any

import pytest
import typer

from leadcli.commands.options import (
    CHANGE,
    GLOBAL,
    LIST,
    SHARE,
    SINCE,
    FieldOptionSet,
    FieldValues,
    OptionSpec,
    QueryText,
    TargetText,
    with_options,
    without,
)
from leadcli.commands.typer_commands import Subcommands, make_command, make_subcommand_group
from leadcli.errors import Interrupted, Usage
from leadcli.model.fields import RECORDS
from leadcli.run import Run

SEEN: dict[str, Any] = {}


@with_options(SINCE, LIST)
def reads(run: Run, query: QueryText, since: str = "") -> None:
    """Read.

    More about it.

    Examples:
    leadcli reads status:new
    """
    SEEN.update(run=run, query=query, since=since)


@with_options(FieldOptionSet("lead"), CHANGE)
def adds(run: Run, values: FieldValues) -> None:
    """Add."""
    SEEN.update(run=run, values=values)


@with_options(FieldOptionSet("lead", edit=True))
def edits(run: Run, target: TargetText, values: FieldValues) -> None:
    """Edit."""
    SEEN.update(run=run, target=target, values=values)


def loops(run: Run) -> None:
    """Loop."""
    raise KeyboardInterrupt


def called(function: Any, *words: str) -> dict[str, Any]:
    """What a command was given by these words."""
    SEEN.clear()
    run = Run(words, {})
    with make_command(function, name="try").make_context("try", list(words), obj=run) as context:
        context.command.invoke(context)
    return dict(SEEN)


def test_an_option_of_the_run_has_its_place_there() -> None:
    formats = {"json", "csv", "ids", "count"}  # each says what --format says
    renamed = {"today": "pinned", "lock_timeout": "timeout", "output": "file"}
    for option in (*GLOBAL, *LIST, *CHANGE):
        assert option.of_run
        assert option.name in formats or hasattr(Run, renamed.get(option.name, option.name))


def test_the_options_of_every_command_do_not_clash() -> None:
    for group in (LIST, CHANGE, SHARE):
        flags = [flag for each in (*group, *GLOBAL) for flag in each.flags.split()]
        assert len(flags) == len(set(flags))


def test_a_command_leaves_out_what_it_would_not_obey() -> None:
    assert {"sort", "all"}.isdisjoint(option.name for option in without(LIST, "sort", "all"))
    with pytest.raises(AssertionError):
        without(LIST, "no_such_option")


def test_more_can_be_said_of_an_option() -> None:
    other = SINCE.but("Since when.", panel="When")
    assert (other.flags, other.metavar, other.about, other.panel) == ("--since", "DATE", "Since when.", "When")
    assert (SINCE.about, SINCE.panel) == ("From this day on.", None)
    assert isinstance(other, OptionSpec)


@pytest.mark.parametrize("record", ["lead", "account", "contact", "opportunity"])
@pytest.mark.parametrize("edit", [False, True])
def test_every_writable_field_has_one_option(record: str, edit: bool) -> None:
    declared = list(FieldOptionSet(record, edit=edit).declared())
    flags = [flag.split("/")[0] for each in declared for flag in each.flags.split()]
    assert len(flags) == len(set(flags))
    assert {field.flag for field in RECORDS[record].writable()} <= set(flags)
    assert all(each.about[0].isupper() or not each.about[0].isalpha() for each in declared)
    assert ("--add-email" in flags) == (edit and record != "opportunity")


def test_fields_arrive_as_they_were_typed() -> None:
    words = ["--company", "Foo GmbH", "--email", "work:a@x.de", "--email", "b@x.de", "--close", "fri", "--tag", "a,b"]
    values = called(adds, *words, "--set", "segment=EMEA", "--do-not-contact")["values"]
    assert values.replaced == {
        "company": "Foo GmbH",
        "emails": ["work:a@x.de", "b@x.de"],
        "expected_close": "fri",
        "tags": ["a,b"],
        "segment": "EMEA",
        "do_not_contact": "yes",
    }
    assert not values.added


def test_an_empty_text_is_something_typed() -> None:
    assert called(adds, "--company", "")["values"].replaced == {"company": ""}
    assert called(adds, "--no-do-not-contact")["values"].replaced == {"do_not_contact": "no"}


def test_edit_changes_lists_one_by_one() -> None:
    words = [
        "12",
        "--add-email",
        "c@x.de",
        "--rm-phone",
        "123",
        "--primary-email",
        "b@x.de",
        "--tag",
        "hot",
        "--untag",
        "x",
    ]
    seen = called(edits, *words, "--unset", "value", "--unset", "close", "14")
    assert seen["target"] == ["12", "14"]
    assert tuple(seen["values"]) == (
        {},
        {"emails": ["c@x.de"], "tags": ["hot"]},
        {"phones": ["123"], "tags": ["x"]},
        {"emails": "b@x.de"},
        ["value", "close"],
    )


def test_nothing_typed_is_nothing() -> None:
    assert not called(edits, "12")["values"]
    assert called(edits, "12", "--status", "new")["values"]
    assert called(edits, "12", "--unset", "value")["values"]


@pytest.mark.parametrize("pair", ["segment", "=EMEA"])
def test_a_custom_field_needs_a_value(pair: str) -> None:
    with pytest.raises(Usage, match="has no ="):
        called(adds, "--set", pair)


def test_reading_tells_the_run_how_to_show() -> None:
    seen = called(
        reads, "status:new", "-F", "id, name", "-l", "5", "--json", "--fail-empty", "-q", "-o", "x.json", "ada"
    )
    run = seen["run"]
    assert (seen["query"], seen["since"]) == (["status:new", "ada"], "")
    assert (run.format, run.fields, run.file, run.fail_empty, run.quiet) == (
        "json",
        ["id", "name"],
        "x.json",
        True,
        True,
    )
    assert (run.limit, run.all, run.sort) == (5, False, "")


@pytest.mark.parametrize(
    ("words", "chosen"),
    [("--csv", "csv"), ("--format md", "md"), ("--count", "count"), ("--json --format json", "json"), ("", "")],
)
def test_a_format_is_said_in_any_way(words: str, chosen: str) -> None:
    assert called(reads, *words.split())["run"].format == chosen


@pytest.mark.parametrize("words", ["--json --csv", "--ids --format tsv", "--line {{id}} --json"])
def test_two_formats_are_one_too_many(words: str) -> None:
    with pytest.raises(Usage, match="one format at a time"):
        called(reads, *words.split())


def test_writing_tells_the_run_what_it_may() -> None:
    seen = called(adds, "-n", "-y", "--force", "--no-hooks", "--json")
    run = seen["run"]
    assert (run.dry_run, run.yes, run.no_hooks, run.format) == (True, True, True, "json")
    assert run.force


def test_an_interrupted_command_changed_nothing() -> None:
    with pytest.raises(Interrupted, match="nothing was changed"):
        called(loops)


def test_help_has_the_examples_of_the_docstring() -> None:
    made = make_command(reads, name="reads")
    said = typer.Context(made, info_name="reads", obj=Run([], {})).get_help()
    assert "More about it." in said
    assert said.rstrip().endswith("Examples:\n    leadcli reads status:new")
    assert said.count("leadcli reads") == 1


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ([], "list"),
        (["--json"], "list"),
        (["add", "x"], "add"),
        (["--json", "add", "x"], "add"),
        (["--db", "add", "list"], "list"),
        (["x", "y"], "put"),
        (["--limit", "3"], "list"),
    ],
)
def test_a_family_knows_which_word_is_meant(words: list[str], name: str) -> None:
    @with_options(LIST)
    def takes(run: Run, query: QueryText, context: typer.Context) -> None:
        """Take anything."""
        SEEN.update(name=context.info_name)

    SEEN.clear()
    subcommands = Subcommands({"add": takes, "list": takes, "put": takes}, alone="list", otherwise="put")
    group = make_subcommand_group(subcommands, name="task", about="Tasks.")
    with group.make_context("task", list(words), obj=Run([], {})) as context:
        group.invoke(context)
    assert {"name": name} == SEEN


def test_a_family_without_otherwise_suggests() -> None:
    made = make_subcommand_group(Subcommands({"add": reads, "list": reads}, alone="list"), name="task", about="Tasks.")
    parent = typer.Context(made, info_name="leadcli", obj=Run([], {}))
    with (
        made.make_context("task", ["lits"], parent=parent) as context,
        pytest.raises(Usage, match="Did you mean 'task list'"),
    ):
        made.invoke(context)
