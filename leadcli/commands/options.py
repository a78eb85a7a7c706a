"""The options and arguments commands share, each declared once.

A group of options is a NamedTuple of annotated fields with defaults; a command takes one as a parameter of that type and
gets it filled. `FieldOptions` makes one option of every writable field of the registry.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from inspect import Parameter
from typing import Annotated, Any, NamedTuple

import typer

from leadcli.errors import Usage
from leadcli.fields import RECORDS, Field
from leadcli.run import Run

WHAT, HOW, CARE, EVERYWHERE = "What to show", "How to show it", "With care", "On every command"

QueryText = Annotated[
    list[str],
    typer.Argument(
        metavar="[QUERY]...", default_factory=list, show_default=False,
        help="Filter such as status:new value:5k.. ada (see: leadcli help filter).",
    ),
]  # fmt: skip
TargetText = Annotated[
    list[str],
    typer.Argument(
        metavar="TARGET...", default_factory=list, show_default=False,
        help="Ids (12 14-16), a filter, @view, an e-mail or phone, or - to read ids from standard input.",
    ),
]  # fmt: skip
OneTarget = Annotated[
    str, typer.Argument(metavar="TARGET", help="Ids (12,14-16), a quoted filter, @view, an e-mail or phone, or -."),
]  # fmt: skip


def _option(*names: str, panel: str, help: str, metavar: str | None = None) -> Any:
    return typer.Option(*names, help=help, metavar=metavar, rich_help_panel=panel, show_default=False)


class Everywhere(NamedTuple):
    """What every command understands, before or after its name."""

    db: Annotated[str, _option("--db", panel=EVERYWHERE, metavar="FILE", help="The database file.")] = ""
    quiet: Annotated[bool, _option("--quiet", "-q", panel=EVERYWHERE, help="Data only, no sentences.")] = False
    color: Annotated[str, _option("--color", panel=EVERYWHERE, metavar="auto|always|never", help="Colour.")] = ""
    no_input: Annotated[bool, _option("--no-input", panel=EVERYWHERE, help="Never ask, fail instead.")] = False
    lock_timeout: Annotated[
        float | None,
        _option("--lock-timeout", panel=EVERYWHERE, metavar="SECONDS", help="Wait this long for a locked database (120)."),
    ] = None
    today: Annotated[str, _option("--today", panel=EVERYWHERE, metavar="DATE", help="Pretend that today is this day.")] = ""
    debug: Annotated[bool, _option("--debug", panel=EVERYWHERE, help="Show the traceback of an unexpected error.")] = False

    def tell(self, run: Run) -> None:
        """What is said after the command's name beats what was said before it."""
        if self.color not in ("", "auto", "always", "never"):
            raise Usage(f"--color '{self.color}' is not one of auto, always, never.")
        if self.lock_timeout is not None and not 0 <= self.lock_timeout < 10**6:
            raise Usage(f"--lock-timeout {self.lock_timeout:g} is not a number of seconds.")
        run.db, run.color, run.pinned = self.db or run.db, self.color or run.color, self.today or run.pinned
        run.quiet, run.no_input = self.quiet or run.quiet, self.no_input or run.no_input
        run.debug = self.debug or run.debug
        run.timeout = run.timeout if self.lock_timeout is None else self.lock_timeout


class Reading(NamedTuple):
    """What every reading command understands."""

    fields: Annotated[
        str, _option("--fields", "-F", panel=WHAT, metavar="A,B", help="These fields; 'help' lists them.")
    ] = ""
    sort: Annotated[
        str, _option("--sort", "-s", panel=WHAT, metavar="FIELD,-FIELD", help="Order; a minus sign turns it round.")
    ] = ""
    limit: Annotated[int | None, _option("--limit", "-l", panel=WHAT, metavar="N", help="At most so many; 0 is all.")] = None
    by: Annotated[str, _option("--by", panel=WHAT, metavar="FIELD", help="Group by this field.")] = ""
    all: Annotated[bool, _option("--all", "-a", panel=WHAT, help="Closed ones too.")] = False
    explain: Annotated[bool, _option("--explain", panel=WHAT, help="Say how the filter is read; run nothing.")] = False
    fail_empty: Annotated[bool, _option("--fail-empty", panel=WHAT, help="Exit 3 when nothing matches.")] = False
    format: Annotated[
        str, _option("--format", panel=HOW, metavar="FORMAT", help="table, tsv, csv, json, jsonl, md, ids or count.")
    ] = ""
    json: Annotated[bool, _option("--json", panel=HOW, help="Complete records as JSON.")] = False
    csv: Annotated[bool, _option("--csv", panel=HOW, help="CSV with a header.")] = False
    ids: Annotated[bool, _option("--ids", panel=HOW, help="Ids only, one a line.")] = False
    count: Annotated[bool, _option("--count", panel=HOW, help="Only how many.")] = False
    line: Annotated[
        str, _option("--line", panel=HOW, metavar="TEMPLATE", help="One line a record: '{{name}} <{{email}}>'.")
    ] = ""
    header: Annotated[bool, _option("--header", panel=HOW, help="Column names above tab-separated output.")] = False
    output: Annotated[
        str, _option("--output", "-o", panel=HOW, metavar="FILE", help="Write to a file; its suffix picks the format.")
    ] = ""
    no_pager: Annotated[bool, _option("--no-pager", panel=HOW, help="Never page.")] = False

    def tell(self, run: Run) -> None:
        """One format, however it was said."""
        flags = {"json": self.json, "csv": self.csv, "ids": self.ids, "count": self.count}
        said = [name for name, given in flags.items() if given]
        formats = {*said, *([self.format] if self.format else ()), *(["line"] if self.line else ())}
        if len(formats) > 1:
            raise Usage(f"one format at a time: {' or '.join(sorted(formats))}?")
        if self.limit is not None and self.limit < 0:
            raise Usage(f"--limit {self.limit} is less than nothing.", hint="--limit 0 shows all")
        run.format, run.line = self.format or "".join(said), self.line
        run.header, run.file, run.no_pager, run.fail_empty = self.header, self.output, self.no_pager, self.fail_empty
        run.fields = self.columns

    @property
    def columns(self) -> list[str]:
        """The names given to --fields."""
        return [name.strip() for name in self.fields.split(",") if name.strip()]


class Writing(NamedTuple):
    """What every writing command understands."""

    dry_run: Annotated[bool, _option("--dry-run", "-n", panel=CARE, help="Show what would change; change nothing.")] = False
    yes: Annotated[bool, _option("--yes", "-y", panel=CARE, help="Answer questions with yes.")] = False
    force: Annotated[bool, _option("--force", panel=CARE, help="Override a rule: duplicate, status not allowed.")] = False
    json: Annotated[bool, _option("--json", panel=HOW, help="The changed records as JSON.")] = False
    no_hooks: Annotated[bool, _option("--no-hooks", panel=CARE, help="Run no hook programs.")] = False

    def tell(self, run: Run) -> None:
        run.dry_run, run.yes, run.hooks = self.dry_run, self.yes, not self.no_hooks
        run.format = "json" if self.json else run.format


class FieldValues(NamedTuple):
    """Fields as they were typed, by field name; nothing is parsed yet, and --set may name custom fields.

    `given` replaces what is there: a text, or a list of texts for a many-valued field. `added`, `removed` and `first`
    change a many-valued field one by one (--add-email, --rm-email, --primary-email, --tag, --untag). `cleared` are the
    names given to --unset.
    """

    given: Mapping[str, str | list[str]] = {}
    added: Mapping[str, list[str]] = {}
    removed: Mapping[str, list[str]] = {}
    first: Mapping[str, str] = {}
    cleared: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Something was typed."""
        return any(self)


# Many-valued fields that `edit` changes one by one; the others are replaced as a whole.
ONE_BY_ONE = ("emails", "phones", "addresses")


class FieldOptions(NamedTuple):
    """Marks a parameter `values: Annotated[FieldValues, FieldOptions("lead")]`: one option per writable field.

    `edit` adds the options that change what is there. `skip` names fields a command gives another meaning.
    """

    record: str = "lead"
    edit: bool = False
    skip: tuple[str, ...] = ()

    @property
    def fields(self) -> list[Field]:
        return [field for field in RECORDS[self.record].writable() if field.name not in self.skip]

    def parameters(self) -> Iterator[Parameter]:
        """The options, as parameters of a command; their names begin with what `collect` makes of them."""
        for field in self.fields:
            many, flag = bool(field.kind.many), field.kind.filter == "flag"
            verb = "added" if many and self.edit and field.name == "tags" else "given"
            yield _parameter(f"{verb}__{field.name}", field.flag, field, many=many, flag=flag)
            if self.edit and field.name == "tags":
                yield _parameter("removed__tags", "--untag", field, many=True, help="take this tag away, repeatable")
            if self.edit and field.name in ONE_BY_ONE:
                word = field.flag[2:]
                yield _parameter(f"added__{field.name}", f"--add-{word}", field, many=True, help=f"one more {word}")
                yield _parameter(f"removed__{field.name}", f"--rm-{word}", field, many=True, help=f"without this {word}")
                yield _parameter(f"first__{field.name}", f"--primary-{word}", field, help=f"the {word} that stands first")
        own = Field("set", help="any field, also a custom one", group="Custom")
        yield _parameter("set__", "--set", own, many=True, metavar="KEY=VALUE")
        if self.edit:
            yield _parameter("unset__", "--unset", own, many=True, metavar="FIELD", help="empty this field, repeatable")

    def collect(self, typed: dict[str, Any]) -> FieldValues:
        """Take the options out of all that was typed. Raises Usage for a --set without a value."""
        found: dict[str, dict[str, Any]] = {"given": {}, "added": {}, "removed": {}, "first": {}}
        for name in [name for name in typed if "__" in name]:
            value = typed.pop(name)
            verb, _, field = name.partition("__")
            if value is None or value == [] or value == ():
                continue
            if verb == "set":
                found["given"].update(map(_pair, value))
            elif verb == "unset":
                found["cleared"] = dict.fromkeys(value)
            else:
                found[verb][field] = "yes" if value is True else "no" if value is False else value
        return FieldValues(found["given"], found["added"], found["removed"], found["first"], tuple(found.get("cleared", ())))


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise Usage(f"--set '{text}' has no value.", hint="write --set FIELD=VALUE")
    return key.strip(), value


def _parameter(
    name: str, option: str, field: Field, *, many: bool = False, flag: bool = False, metavar: str = "", help: str = ""
) -> Parameter:
    names = [option, f"--no-{option[2:]}"] if flag else [option]
    info = typer.Option(
        "/".join(names), help=(help or field.help or field.title).capitalize() + ".", show_default=False,
        metavar=metavar or (None if flag else field.kind.name.upper().replace(" ", "_")),
        rich_help_panel=field.group or "Fields",
    )  # fmt: skip
    kind: Any = list[str] if many else bool | None if flag else str | None
    return Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind, info])
