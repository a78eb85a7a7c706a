"""The options and arguments commands share, each declared once.

A group of options is a class beside a table of its options; a command takes one as a parameter of that type and gets it
filled. `FieldOptionSet` makes one option of every writable field of the registry. The tables become Typer options in
building.py directly: asking Typer to work them out from annotations took longer than everything a command does. For the
same reason the groups are plain classes: a NamedTuple costs half a millisecond before anything has happened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Any

import typer

from leadcli.commands.option_spec import OptionSpec
from leadcli.errors import Usage
from leadcli.model.fields import RECORDS, Field
from leadcli.run import Run

WHAT, HOW, CARE, EVERYWHERE = "What to show", "How to show it", "With care", "On every command"
MAIL = "Mail it"


def with_completion(kind: str) -> Callable[..., list[tuple[str, str]]]:
    """Offers what completing.NAMED has for a kind, looked up only while somebody types."""

    def offered(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
        from leadcli.commands import completions

        return completions.complete_named(kind)(ctx, incomplete)

    return offered


QueryText = Annotated[
    list[str],
    typer.Argument(
        metavar="[QUERY]...", default_factory=list, show_default=False, autocompletion=with_completion("query"),
        help="Filter such as status:new value:5k.. ada (see: leadcli help filter).",
    ),
]  # fmt: skip
TargetText = Annotated[
    list[str],
    typer.Argument(
        metavar="TARGET...", default_factory=list, show_default=False, autocompletion=with_completion("target"),
        help="Ids (12 14-16), a filter, @view, an e-mail or phone, or - to read ids from standard input.",
    ),
]  # fmt: skip
OneTarget = Annotated[
    str,
    typer.Argument(
        metavar="TARGET", autocompletion=with_completion("target"),
        help="Ids (12,14-16), a quoted filter, @view, an e-mail or phone, or -.",
    ),
]  # fmt: skip


def _flag_option(name: str, flags: str, panel: str, about: str) -> OptionSpec:
    return OptionSpec(name, flags, panel, about, type=bool, default=False)


def _text_option(name: str, flags: str, panel: str, metavar: str, about: str) -> OptionSpec:
    return OptionSpec(name, flags, panel, about, metavar, default="")


_SHARING = (
    OptionSpec("email", "--email", MAIL, "Send it to this address, repeatable.", "ADDRESS", many=True, default=()),
    _flag_option("dry_run", "--dry-run -n", MAIL, "Print the message, send nothing."),
)


class OptionGroup:
    """A group of options, filled by name."""

    def __init__(self, **options: Any) -> None:
        vars(self).update(options)

    def tell(self, run: Run) -> None:
        """Tell the run what concerns it."""


class GlobalOptions(OptionGroup):
    """What every command understands, before or after its name."""

    db: str = ""
    quiet: bool = False
    color: str = ""
    no_input: bool = False
    lock_timeout: float | None = None
    today: str = ""
    debug: bool = False

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


class ListOptions(OptionGroup):
    """What every reading command understands."""

    fields: str = ""
    sort: str = ""
    limit: int | None = None
    by: str = ""
    all: bool = False
    explain: bool = False
    fail_empty: bool = False
    format: str = ""
    json: bool = False
    csv: bool = False
    ids: bool = False
    count: bool = False
    line: str = ""
    header: bool = False
    output: str = ""
    raw: bool = False
    no_pager: bool = False

    def tell(self, run: Run) -> None:
        """One format, however it was said."""
        flags = {"json": self.json, "csv": self.csv, "ids": self.ids, "count": self.count}
        chosen = [name for name, is_set in flags.items() if is_set]
        formats = {*chosen, *([self.format] if self.format else ()), *(["line"] if self.line else ())}
        if len(formats) > 1:
            raise Usage(f"one format at a time: {' or '.join(sorted(formats))}?")
        if self.limit is not None and self.limit < 0:
            raise Usage(f"--limit {self.limit} is less than nothing.", hint="--limit 0 shows all")
        run.format, run.line = self.format or "".join(chosen), self.line
        run.header, run.file, run.no_pager, run.fail_empty = self.header, self.output, self.no_pager, self.fail_empty
        run.fields, run.raw = self.columns, self.raw

    @property
    def columns(self) -> list[str]:
        """The names given to --fields."""
        return [name.strip() for name in self.fields.split(",") if name.strip()]


class ChangeOptions(OptionGroup):
    """What every writing command understands."""

    dry_run: bool = False
    yes: bool = False
    force: bool = False
    json: bool = False
    no_hooks: bool = False

    def tell(self, run: Run) -> None:
        """Questions, dry runs and hooks are the run's matter; --force is the command's."""
        run.dry_run, run.yes, run.hooks = self.dry_run, self.yes, not self.no_hooks
        run.format = "json" if self.json else run.format


class ShareOptions(OptionGroup):
    """What a command understands whose findings may be mailed to colleagues."""

    email: Sequence[str] = ()
    dry_run: bool = False

    def tell(self, run: Run) -> None:
        """A dry run prints the message."""
        if self.dry_run and not self.email:
            raise Usage("--dry-run shows a mail, and there is none.", hint="add --email ADDRESS")
        run.dry_run = self.dry_run


class MailOptions(ShareOptions):
    """The same for a report, which reaches an address once a day."""

    attach: str = ""
    force: bool = False
    resend_unknown: bool = False

    def tell(self, run: Run) -> None:
        """Also what may go along."""
        super().tell(run)
        if self.attach not in ("", "csv"):
            raise Usage(f"--attach '{self.attach}' is not csv.", hint="--attach csv")


GROUPS: dict[Any, tuple[OptionSpec, ...]] = {
    GlobalOptions: (
        _text_option("db", "--db", EVERYWHERE, "FILE", "The database file."),
        _flag_option("quiet", "--quiet -q", EVERYWHERE, "Data only, no sentences."),
        _text_option("color", "--color", EVERYWHERE, "auto|always|never", "Colour."),
        _flag_option("no_input", "--no-input", EVERYWHERE, "Never ask, fail instead."),
        OptionSpec(
            "lock_timeout", "--lock-timeout", EVERYWHERE, "Wait so long for a lock (120).", "SECONDS", type=float
        ),
        _text_option("today", "--today", EVERYWHERE, "DATE", "Pretend that today is this day."),
        _flag_option("debug", "--debug", EVERYWHERE, "Show the traceback of an unexpected error."),
    ),
    ListOptions: (
        _text_option("fields", "--fields -F", WHAT, "A,B", "These fields; 'help' lists them."),
        _text_option("sort", "--sort -s", WHAT, "FIELD,-FIELD", "Order; a minus sign turns it round."),
        OptionSpec("limit", "--limit -l", WHAT, "At most so many; 0 is all.", "N", type=int),
        _text_option("by", "--by", WHAT, "FIELD", "Group by this field."),
        _flag_option("all", "--all -a", WHAT, "Closed ones too."),
        _flag_option("explain", "--explain", WHAT, "Say how the filter is read; run nothing."),
        _flag_option("fail_empty", "--fail-empty", WHAT, "Exit 3 when nothing matches."),
        _text_option("format", "--format", HOW, "FORMAT", "table, tsv, csv, json, jsonl, md, ids, count, xlsx or vcf."),
        _flag_option("json", "--json", HOW, "Complete records as JSON."),
        _flag_option("csv", "--csv", HOW, "CSV with a header."),
        _flag_option("ids", "--ids", HOW, "Ids only, one a line."),
        _flag_option("count", "--count", HOW, "Only how many."),
        _text_option("line", "--line", HOW, "TEMPLATE", "One line a record: '{{name}} <{{email}}>'."),
        _flag_option("header", "--header", HOW, "Column names above tab-separated output."),
        _text_option("output", "--output -o", HOW, "FILE", "Write to a file; its suffix picks the format."),
        _flag_option(
            "raw", "--raw", HOW, "In CSV and TSV leave cells alone that a spreadsheet would take for formulas."
        ),
        _flag_option("no_pager", "--no-pager", HOW, "Never page."),
    ),
    ChangeOptions: (
        _flag_option("dry_run", "--dry-run -n", CARE, "Show what would change; change nothing."),
        _flag_option("yes", "--yes -y", CARE, "Answer questions with yes."),
        _flag_option("force", "--force", CARE, "Override a rule: duplicate, status not allowed."),
        _flag_option("no_hooks", "--no-hooks", CARE, "Run no hooks, and no command or mail of a rule."),
        _flag_option("json", "--json", HOW, "The changed records as JSON."),
    ),
    ShareOptions: _SHARING,
    MailOptions: (
        *_SHARING,
        _text_option("attach", "--attach", MAIL, "csv", "The numbers as a file with it."),
        _flag_option("force", "--force", MAIL, "Again to those who had it today."),
        _flag_option("resend_unknown", "--resend-unknown", MAIL, "Again to those who may have got it already."),
    ),
}
# Options of every command that take a value: `leadcli --db FILE list` has its command after them.
OPTIONS_WITH_VALUE = frozenset(option.flags for option in GROUPS[GlobalOptions] if option.type is not bool)


class FieldValues:
    """Fields as they were typed, by field name; nothing is parsed yet, and --set may name custom fields.

    `replaced` holds new values: a text, or a list of texts for a many-valued field. `added`, `removed` and `first`
    change a many-valued field one by one (--add-email, --rm-email, --primary-email, --tag, --untag). `cleared` holds
    the names that --unset empties.
    """

    def __init__(
        self,
        replaced: Mapping[str, str | list[str]],
        *,
        added: Mapping[str, list[str]] | None = None,
        removed: Mapping[str, list[str]] | None = None,
        first: Mapping[str, str] | None = None,
        cleared: Sequence[str] = (),
    ) -> None:
        self.replaced, self.added, self.removed, self.first = replaced, added or {}, removed or {}, first or {}
        self.cleared = cleared

    def __iter__(self) -> Iterator[Any]:
        yield from (self.replaced, self.added, self.removed, self.first, self.cleared)

    def __bool__(self) -> bool:
        """Something was typed."""
        return any(self)


# Many-valued fields that `edit` changes one by one; the others are replaced as a whole.
ONE_BY_ONE = ("emails", "phones", "addresses")


class FieldOptionSet:
    """Marks a parameter `values: Annotated[FieldValues, FieldOptionSet("lead")]`: one option per writable field.

    `edit` adds the options that change what is there. `skip` names fields to which a command gives another meaning.
    """

    def __init__(self, record: str = "lead", *, edit: bool = False, skip: Sequence[str] = ()) -> None:
        self.record, self.edit, self.skip = record, edit, skip

    def declared(self) -> Iterator[OptionSpec]:
        """The options; their names say where `collect` puts them."""
        for field in RECORDS[self.record].writable():
            if field.name not in self.skip:
                yield from self._of(field)
        yield OptionSpec("set__", "--set", "Custom", "Any field, also a custom one.", "KEY=VALUE", many=True)
        if self.edit:
            yield OptionSpec("unset__", "--unset", "Custom", "Empty this field, repeatable.", "FIELD", many=True)

    def _of(self, field: Field) -> Iterator[OptionSpec]:
        panel, many, word = field.group or "Fields", bool(field.kind.many), field.flag[2:]
        label, name = field.help or field.title, word.upper()
        about = f"{label[0].upper()}{label[1:]}."
        metavar = field.kind.name.upper().replace(" ", "_")
        if field.kind.filter == "flag":
            yield OptionSpec(f"replaced__{field.name}", f"{field.flag}/--no-{word}", panel, about, type=bool)
            return
        if self.edit and field.name == "tags":
            yield OptionSpec("added__tags", field.flag, panel, about, metavar, many=True)
            yield OptionSpec("removed__tags", "--untag", panel, "Take this tag away, repeatable.", metavar, many=True)
            return
        yield OptionSpec(f"replaced__{field.name}", field.flag, panel, about, name if many else metavar, many=many)
        if self.edit and field.name in ONE_BY_ONE:
            yield OptionSpec(f"added__{field.name}", f"--add-{word}", panel, f"One more {word}.", name, many=True)
            yield OptionSpec(f"removed__{field.name}", f"--rm-{word}", panel, f"Without this {word}.", name, many=True)
            yield OptionSpec(f"first__{field.name}", f"--primary-{word}", panel, f"The {word} that stands first.", name)

    def collect(self, typed: dict[str, Any]) -> FieldValues:
        """Take the options out of all that was typed. Raises Usage for a --set without a value."""
        values: dict[str, dict[str, Any]] = {"replaced": {}, "added": {}, "removed": {}, "first": {}}
        cleared: list[str] = []
        for name in [name for name in typed if "__" in name]:
            value = typed.pop(name)
            verb, _, field = name.partition("__")
            if value is None or value == ():
                continue
            if verb == "set":
                values["replaced"].update(map(_split_pair, value))
            elif verb == "unset":
                cleared = list(value)
            else:
                values[verb][field] = _as_text(value)
        return FieldValues(**values, cleared=cleared)


def _as_text(value: Any) -> str | list[str]:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return list(value) if isinstance(value, tuple) else str(value)


def _split_pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise Usage(f"--set '{text}' has no value.", hint="write --set FIELD=VALUE")
    return key.strip(), value
