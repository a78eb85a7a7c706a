"""The options commands share, each declared once, and the decorator by which a command names its own.

A command says `@with_options(SINCE, LIST)`. Options of the run (`of_run`: how to show, with care, on every command) are
set on the Run; any other arrives as the parameter of its name. The declarations become Typer options in
typer_commands.py directly: asking Typer to work them out from annotations took longer than everything a command does.

What several commands do alike: a target's words, the question before a bulk change, the desk of a first command.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from leadcli import domain
from leadcli.errors import NotFound, Usage
from leadcli.model.fields import BY_LETTER, RECORDS, Field
from leadcli.model.kinds import Choice
from leadcli.run import Run
from leadcli.store.store import Store

WHAT, HOW, CARE, EVERYWHERE = "What to show", "How to show it", "With care", "On every command"
MAIL, LETTER, WORK = "Mail it", "The letter", "Work"
_EMPTY: dict[type, Any] = {str: "", bool: False}
F = TypeVar("F", bound=Callable[..., Any])


class OptionSpec:
    """One option: its spellings, what help says, what a shell offers, and its value where nobody types it.

    `type` bool is a flag, `many` a list. The name is that of the first spelling unless `name` says another. `default`
    None is "not typed". `offers` is a kind of completions.py: "rule", "value:status", "words:a b".
    """

    def __init__(
        self, flags: str, about: str, metavar: str | None = None, *, panel: str | None = None, type: type = str,
        many: bool = False, default: Any = ..., required: bool = False, shows_default: bool = False, offers: str = "",
        name: str = "", of_run: bool = False,
    ) -> None:  # fmt: skip
        self.flags, self.about, self.metavar, self.panel = flags, about, metavar, panel
        self.type, self.many, self.offers, self.of_run = type, many, offers, of_run
        self.required, self.shows_default = required, shows_default
        self.default = default if default is not ... else () if many else _EMPTY.get(type)
        self.name = name or flags.split("/")[0].split()[0].lstrip("-").replace("-", "_")

    def but(self, about: str = "", **changes: Any) -> OptionSpec:
        """The same option where a command has more to say of it: another help text, panel or default."""
        variant = OptionSpec.__new__(OptionSpec)
        vars(variant).update(vars(self) | changes | ({"about": about} if about else {}))
        return variant


def with_options(*options: OptionSpec | FieldOptionSet | Sequence[OptionSpec]) -> Callable[[F], F]:
    """Name the options of a command, in the order of its help."""

    def declare(function: F) -> F:
        function.options = [each for part in options for each in _flatten(part)]  # type: ignore[attr-defined]
        return function

    return declare


def _flatten(part: Any) -> Iterable[Any]:
    return part if isinstance(part, tuple) else (part,)


def without(options: Sequence[OptionSpec], *names: str) -> tuple[OptionSpec, ...]:
    """The options but for those named, which a command would not obey."""
    assert set(names) <= {option.name for option in options}
    return tuple(option for option in options if option.name not in names)


# Arguments


def with_completion(kind: str) -> Callable[..., list[tuple[str, str]]]:
    """Offers what completions.py has for a kind, looked up only while somebody types."""

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
NamedText = Annotated[
    list[str],
    typer.Argument(
        metavar="TARGET...", default_factory=list, show_default=False, autocompletion=with_completion("lead"),
        help="Ids (12 14-16), a filter, @view, an e-mail or phone, the name of an open lead, or - to read ids from "
        "standard input.",
    ),
]  # fmt: skip
OneNamed = Annotated[
    str,
    typer.Argument(
        metavar="TARGET", autocompletion=with_completion("lead"),
        help="Ids (12,14-16), a quoted filter, @view, an e-mail or phone, the name of an open lead, or -.",
    ),
]  # fmt: skip
OneTarget = Annotated[
    str,
    typer.Argument(
        metavar="TARGET", autocompletion=with_completion("target"),
        help="Ids (12,14-16), a quoted filter, @view, an e-mail or phone, or -.",
    ),
]  # fmt: skip

# Options of the run


def _run_option(flags: str, panel: str, about: str, metavar: str | None = None, **details: Any) -> OptionSpec:
    """An option that is set on the run: a flag unless it has a metavar."""
    details.setdefault("type", str if metavar else bool)
    return OptionSpec(flags, about, metavar, panel=panel, of_run=True, **details)


DB = _run_option("--db", EVERYWHERE, "The database file.", "FILE")
GLOBAL = (
    DB,
    _run_option("--quiet -q", EVERYWHERE, "Data only, no sentences."),
    _run_option("--color", EVERYWHERE, "Colour.", "auto|always|never", offers="words:auto always never"),
    _run_option("--no-input", EVERYWHERE, "Never ask, fail instead."),
    _run_option("--lock-timeout", EVERYWHERE, "Wait so long for a lock (120).", "SECONDS", type=float),
    _run_option("--today", EVERYWHERE, "Pretend that today is this day.", "DATE"),
    _run_option("--debug", EVERYWHERE, "Show the traceback of an unexpected error."),
)
# Options of every command that take a value: `leadcli --db FILE list` has its command after them.
OPTIONS_WITH_VALUE = frozenset(option.flags for option in GLOBAL if option.type is not bool)

BY = _run_option("--by", WHAT, "Group by this field.", "FIELD", offers="field")
EXPLAIN = _run_option("--explain", WHAT, "Say how the filter is read; run nothing.")
JSON = _run_option("--json", HOW, "Complete records as JSON.")
LIMIT = _run_option("--limit -l", WHAT, "At most so many; 0 is all.", "N", type=int)
LINE = _run_option("--line", HOW, "One line a record: '{{name}} <{{email}}>'.", "TEMPLATE")
OUTPUT = _run_option("--output -o", HOW, "Write to a file; its suffix picks the format.", "FILE")
_FORMATS = "words:table chart tsv csv json jsonl xlsx vcf md html pdf ids count"
# What every list understands.
LIST = (
    _run_option("--fields -F", WHAT, "These fields; 'help' lists them.", "A,B", offers="field"),
    _run_option("--sort -s", WHAT, "Order; a minus sign turns it round.", "FIELD,-FIELD", offers="field"),
    LIMIT,
    BY,
    _run_option("--all -a", WHAT, "Closed ones too."),
    EXPLAIN,
    _run_option("--fail-empty", WHAT, "Exit 3 when nothing matches."),
    _run_option(
        "--format", HOW, "table, tsv, csv, json, jsonl, md, ids, count, xlsx or vcf.", "FORMAT", offers=_FORMATS
    ),
    JSON,
    _run_option("--csv", HOW, "CSV with a header."),
    _run_option("--ids", HOW, "Ids only, one a line."),
    _run_option("--count", HOW, "Only how many."),
    LINE,
    _run_option("--header", HOW, "Column names above tab-separated output."),
    OUTPUT,
    _run_option("--raw", HOW, "In CSV and TSV leave cells alone that a spreadsheet would take for formulas."),
    _run_option("--no-pager", HOW, "Never page."),
)
# What a command understands that shows one thing, or what nobody filters: all of it, in any format.
DETAIL = without(LIST, "sort", "limit", "by", "all", "explain", "fail_empty")
CURRENCIES = _run_option("--currencies", WHAT, "Sums of each currency by itself, nothing converted.")
ASCII = _run_option("--ascii", HOW, "Charts of plain ASCII characters.")

DRY_RUN = _run_option("--dry-run -n", CARE, "Show what would change; change nothing.")
YES = _run_option("--yes -y", CARE, "Answer questions with yes.")
FORCE = _run_option("--force", CARE, "Override a rule: duplicate, status not allowed.")
NO_HOOKS = _run_option("--no-hooks", CARE, "Run no hooks, and no command or mail of a rule.")
# What every writing command understands.
CHANGE = (DRY_RUN, YES, FORCE, NO_HOOKS, JSON.but("The changed records as JSON."))

# Options of several commands

EMAIL = OptionSpec("--email", "Send it to this address, repeatable.", "ADDRESS", panel=MAIL, many=True)
# What a command understands whose result may be mailed to colleagues.
SHARE = (EMAIL, DRY_RUN.but("Print the message, send nothing.", panel=MAIL))
RESEND_UNKNOWN = OptionSpec("--resend-unknown", "Again to those who may have got it already.", panel=LETTER, type=bool)
SINCE = OptionSpec("--since", "From this day on.", "DATE", offers="past days")
UNTIL = OptionSpec("--until", "Up to this day.", "DATE", offers="past days")
ACTOR = OptionSpec("--actor", "Only what this user did.", "USER")
KIND = OptionSpec(
    "--kind -k", "note, call, email, meeting, visit, event or other.", "KIND", default="note", shows_default=True
)
TEXT = OptionSpec("--text", "Another text.")
DIRECTION = OptionSpec("--direction", "Of a call or e-mail: in or out.", "in|out", offers="words:in out")
OUTCOME = OptionSpec("--outcome", "What came of it.")
AT = OptionSpec("--at", "When it happened, or will.", "DATE", offers="words:now today yesterday")
DURATION = OptionSpec("--duration", "How long: 15m, 1h30m.")
SAVE = OptionSpec("--save", "Keep this report as NAME.", "NAME")
DUE = OptionSpec("--due", "When the task is due.", "DATE", offers="coming days")
REPEAT = OptionSpec(
    "--repeat", "How it repeats: weekly, 'every last fri', 'monthly after done', an RRULE.", "R",
    offers="words:daily weekly monthly quarterly yearly",
)  # fmt: skip
TASK = OptionSpec("--task", "A first task.", panel=WORK)
NOTE = OptionSpec("--note", "Why, kept on the timeline.")
PROFILE = OptionSpec("--profile", "Use a saved mapping.", "NAME")
REASON = OptionSpec("--reason -r", "Lost reason, for a move to a lost status.", offers="value:lost_reason")
SUBJECT = OptionSpec("--subject", "Instead of a template: the subject.", "TEXT", panel=LETTER)
BODY = OptionSpec("--body", "Instead of a template: the text, from FILE or -.", "FILE", panel=LETTER)
CURRENCY = OptionSpec("--currency", "ISO code.", "CODE")
ACTIVE = OptionSpec("--active/--inactive", "Offered, or no longer.", type=bool, default=None)
CHOICE = OptionSpec("--choice", "A choice, repeatable.", many=True)
REQUIRED = OptionSpec("--required", "A new lead must have it.", type=bool)
SET = OptionSpec(
    "--set", "Any field, also a custom one.", "KEY=VALUE", panel="Custom", many=True, name="set__", offers="set"
)
TAG = OptionSpec("--tag", "Give a tag, repeatable.", "TAG", many=True)
UNTAG = OptionSpec("--untag", "Take this tag away, repeatable.", "TAG", many=True)


def split_pair(text: str, option: str = "--set", shape: str = "FIELD=VALUE") -> tuple[str, str]:
    """FIELD=VALUE of --set, COLUMN=FIELD of --map. Usage without an equals sign.

    The name of a column may have an equals sign in it, that of a field never has.
    """
    left, equals, right = text.rpartition("=") if shape == "COLUMN=FIELD" else text.partition("=")
    if not equals or not left.strip():
        raise Usage(f"{option} '{text}' has no =.", hint=f"write {option} {shape}")
    return left.strip(), right


# Options of the fields of a record


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
    """Stands for one option per writable field, collected into the parameter `values` of the command.

    `edit` adds the options that change what is there. `skip` names fields to which a command gives another meaning.
    """

    def __init__(self, record: str = "lead", *, edit: bool = False, skip: Sequence[str] = ()) -> None:
        self.record, self.edit, self.skip = record, edit, skip

    def declared(self) -> Iterator[OptionSpec]:
        """The options; their names say where `collect` puts them."""
        for field in RECORDS[self.record].writable():
            if field.name not in self.skip:
                yield from self._of(field)
        yield SET
        if self.edit:
            yield OptionSpec(
                "--unset",
                "Empty this field, repeatable.",
                "FIELD",
                panel="Custom",
                many=True,
                name="unset__",
                offers="own field",
            )

    def _of(self, field: Field) -> Iterator[OptionSpec]:
        panel, many, word = field.group or "Fields", bool(field.kind.many), field.flag[2:]
        label, name = field.help or field.title, word.upper()
        about = f"{label[0].upper()}{label[1:]}."
        metavar = field.kind.name.upper().replace(" ", "_")
        offers = f"value:{field.name}" if isinstance(field.kind, Choice) or field.name == "tags" else ""
        if field.kind.filter == "date":
            offers = "coming days"

        def option(verb: str, flags: str, text: str, metavar: str | None, *, many: bool = False) -> OptionSpec:
            return OptionSpec(flags, text, metavar, panel=panel, many=many, default=None, offers=offers,
                              name=f"{verb}__{field.name}")  # fmt: skip

        if field.kind.filter == "flag":
            yield option("replaced", f"{field.flag}/--no-{word}", about, None).but(type=bool)
        elif self.edit and field.name == "tags":
            yield option("added", field.flag, about, metavar, many=True)
            yield UNTAG.but(panel=panel, metavar=metavar, name="removed__tags", offers=offers)
        else:
            yield option("replaced", field.flag, about, name if many else metavar, many=many)
        if self.edit and field.name in ONE_BY_ONE:
            yield option("added", f"--add-{word}", f"One more {word}.", name, many=True)
            yield option("removed", f"--rm-{word}", f"Without this {word}.", name, many=True)
            yield option("first", f"--primary-{word}", f"The {word} that stands first.", name)

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
                values["replaced"].update(map(split_pair, value))
            elif verb == "unset":
                cleared = list(value)
            else:
                values[verb][field] = _as_text(value)
        return FieldValues(**values, cleared=cleared)


def _as_text(value: Any) -> str | list[str]:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return list(value) if isinstance(value, tuple) else str(value)


def writing_store(run: Run) -> Store:
    """The desk for a command that may be the first one: a missing file is made with the default preset."""
    run.fill = _create_desk
    return run.store(write=True)


def _create_desk(store: Store) -> None:

    domain.vocabulary_filler("default")(store)


def read_text(path: str, *, option: str) -> str:
    """The text of a file, or of standard input for -. NotFound for a missing file, Usage for one that is no text."""
    try:
        return sys.stdin.read() if path == "-" else Path(path).read_text("utf-8-sig")
    except FileNotFoundError as error:
        raise NotFound(f"there is no file '{path}'.", hint=f"{option} takes a file, or - for standard input") from error
    except UnicodeDecodeError as error:
        raise Usage(f"{option}: '{path}' is not UTF-8 text.", hint="save it as UTF-8") from error


def require_receiver(run: Run, email: Sequence[str]) -> None:
    """Usage for a --dry-run of a mail that goes to nobody."""
    if run.dry_run and not email:
        raise Usage("--dry-run shows a mail, and there is none.", hint="add --email ADDRESS")


CARDS = ("lead", "account", "contact", "opportunity")


def target_words(run: Run, words: Sequence[str]) -> list[str]:
    """TARGET words; a lone - stands for ids on standard input, one a line."""
    if list(words) != ["-"]:
        return list(words)
    if sys.stdin is None or sys.stdin.isatty():
        raise Usage(
            "- reads ids from standard input, and that is a terminal.",
            hint="leadcli list --ids | leadcli edit - --owner bob",
        )
    lines = [line.strip() for line in sys.stdin if line.strip()]
    if lines and not domain.ids_in_words(lines):
        wrong = next(line for line in lines if not domain.ids_in_words([line]))
        raise Usage(f"standard input has '{wrong[:40]}', which is no id.", hint="one id a line: leadcli list --ids")
    return lines or ["id:0"]


def find_target(run: Run, store: Store, words: Sequence[str], records: Sequence[str] = ("lead",)) -> domain.Target:
    """The records of TARGET words, where a single word or phrase may be the name of an open lead.

    Of several that are called so one is picked on a terminal. Raises Usage listing them where nobody can be asked,
    NotFound where no open lead is called so.
    """
    words = target_words(run, words)
    matches = domain.match_name(store, words)
    if matches is None:
        try:
            return domain.resolve_target(store, words, records=records)
        except Usage as error:
            if len(words) > 1 and "is not a lead ID" in error.message:
                error.hint = f'a name of several words is quoted: "{" ".join(words)}"'
            raise
    if len(matches.rows) == 1:
        return domain.named_target(matches.rows[0])
    if not run.may_ask:
        raise domain.several_named(matches)
    choices = [f"{domain.describe_lead(row)} (lead {row['id']})" for row in matches.rows]
    picked = run.choose(
        f"{matches.how_many} open leads are called '{matches.text}'. Which one?", choices, option="TARGET"
    )
    return domain.named_target(matches.rows[choices.index(picked)])


def show_note(run: Run, target: domain.Target) -> None:
    """What was followed or is worth knowing, on standard error."""
    for note in target.notes:
        run.say(note)


def confirm_bulk(run: Run, target: domain.Target, describe: Callable[[str], str], *, always: bool = False) -> bool:
    """True to go ahead. A filter that hits several leads shows what would happen and asks; --dry-run only shows.

    `describe` makes the change of "21 leads" ("Delete 21 leads"). "Several" is the setting `confirm_from`; two with
    `always`, for what takes records away.
    """
    if target.explicit or run.yes or run.dry_run or len(target.ids) < (2 if always else run.config["confirm_from"]):
        return True
    store = run.store(write=True)
    type_ = BY_LETTER.get(target.record, store.type(target.record))
    change = describe(f"{len(target.ids):,} {type_.table if len(target.ids) > 1 else type_.name}")
    if run.may_ask:
        run.say(domain.preview_edit(store, target))
    return run.ask(f"{change}?", would=f"this would {change[:1].lower()}{change[1:]}")
