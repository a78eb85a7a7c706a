"""The command import: leads from CSV, JSON, vCard or Excel files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from leadcli.commands.option_spec import OptionSpec
from leadcli.commands.options import GROUPS, ChangeOptions, OptionGroup
from leadcli.commands.shared import writing_store
from leadcli.domain.data.import_ import importing
from leadcli.domain.data.import_.options import ImportOptions
from leadcli.domain.upkeep import new_desk
from leadcli.errors import Usage
from leadcli.run import Run

READING, POLICY, MAPPING = "How the file is written", "What becomes of its rows", "What its columns mean"


class ImportOptionGroup(OptionGroup):
    """How files are read, what their columns mean, what becomes of their rows."""

    map: Sequence[str] = ()
    set: Sequence[str] = ()
    tag: Sequence[str] = ()
    profile: str = ""
    save_profile: str = ""
    extra: str = ""
    template: bool = False
    on_duplicate: str = "skip"
    match: str = ""
    blank_clears: bool = False
    create_options: bool = False
    strict: bool = False
    rejects: str = ""
    with_skips: bool = False
    delimiter: str = ""
    encoding: str = ""
    date_format: str = ""
    decimal: str = ""
    phone_region: str = ""

    @property
    def terms(self) -> ImportOptions:
        """The same as the import takes it. Usage for a --map or --set without =."""
        keys = [word.strip() for word in self.match.split(",") if word.strip()]
        return ImportOptions(
            map=dict(_split_pair(text, "--map") for text in self.map),
            set=dict(_split_pair(text, "--set") for text in self.set),
            tags=self.tag,
            match=keys or ImportOptions().match,
            **{name: getattr(self, name) for name in _SINGLE_VALUE_OPTIONS},
        )


_SINGLE_VALUE_OPTIONS = (
    "on_duplicate", "strict", "create_options", "blank_clears", "extra", "delimiter", "encoding", "date_format",
    "decimal", "phone_region", "rejects", "with_skips",
)  # fmt: skip


def _many(name: str, metavar: str, about: str) -> OptionSpec:
    return OptionSpec(name, f"--{name}", MAPPING, f"{about} Repeatable.", metavar, many=True, default=())


def _word(name: str, panel: str, metavar: str, about: str, default: str = "") -> OptionSpec:
    return OptionSpec(name, f"--{name.replace('_', '-')}", panel, about, metavar, default=default)


def _yes(name: str, panel: str, about: str) -> OptionSpec:
    return OptionSpec(name, f"--{name.replace('_', '-')}", panel, about, type=bool, default=False)


GROUPS[ImportOptionGroup] = (
    _many("map", "COLUMN=FIELD", "What a column means; COLUMN=- ignores it."),
    _many("set", "FIELD=VALUE", "The same value in every row."),
    _many("tag", "TAG", "A tag for every row."),
    _word("profile", MAPPING, "NAME", "Use a saved mapping."),
    _word("save_profile", MAPPING, "NAME", "Save this mapping."),
    _word("extra", MAPPING, "custom", "'custom': unknown columns become text fields."),
    _yes("template", MAPPING, "Print an empty CSV with the right headers; import nothing."),
    _word("on_duplicate", POLICY, "POLICY", "A lead that is there: skip, fill, update, create or error.", "skip"),
    _word("match", POLICY, "KEYS", "Known by: external_id,uid,email,phone+name,name+company."),
    _yes("blank_clears", POLICY, "With update: an empty cell erases."),
    _yes("create_options", POLICY, "Unknown statuses, types, priorities, lost reasons and products become new."),
    _yes("strict", POLICY, "Any bad row: nothing is imported."),
    _word("rejects", POLICY, "FILE", "Write bad rows and their errors here."),
    _yes("with_skips", POLICY, "Write skipped rows to the --rejects file too."),
    _word("delimiter", READING, "CHARACTER", "Between cells: , ; tab |"),
    _word("encoding", READING, "NAME", "Such as cp1252; auto guesses."),
    _word("date_format", READING, "FORMAT", "Such as %d.%m.%Y."),
    _word("decimal", READING, "MARK", "Of amounts: . or ,"),
    _word("phone_region", READING, "CODE", "Country of numbers without +."),
)


def import_(
    run: Run,
    writing: ChangeOptions,
    options: ImportOptionGroup,
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...",
            default_factory=list,
            show_default=False,
            help="CSV, TSV, JSON, JSON lines, vCard or .xlsx; - is standard input.",
        ),
    ],
) -> None:
    """Import leads from files, as one operation that one undo takes back.

    Columns are recognised by their names; --dry-run shows how, with the same counts as the real run. Nothing is dropped
    silently: rows that cannot be taken are counted, named and written to --rejects, and the exit code is 4.
    Two people who share a name and a phone stay two: rows whose person, e-mail or external id differs are other leads.
    Skipped rows are named with the lead they are (--json: skips); --rejects FILE --with-skips writes them too.
    Do not email, unsubscribed, accepts marketing: whatever a program calls it, an opt-out becomes do_not_contact.

    Examples:
    leadcli import expo.csv --dry-run
    leadcli import expo.csv --tag expo26 --set source=Event --rejects bad.csv
    leadcli import --template > leads.csv
    """
    run.patient = True
    if options.template:
        run.show(importing.template(run.store() if run.path.exists() else new_desk.desk_in_memory(run.desk())))
        return
    terms = options.terms
    with run.progress("Importing") as bar:
        request = importing.ImportRequest(options.profile, options.save_profile, bar.reach)
        note = importing.import_files(writing_store(run), files, terms, request)
    run.show(note)


def _split_pair(text: str, option: str) -> tuple[str, str]:
    """COLUMN=FIELD; a column's name may have an equals sign in it, a field's never has."""
    left, equals, right = text.rpartition("=") if option == "--map" else text.partition("=")
    if not equals or not left.strip():
        shape = "COLUMN=FIELD" if option == "--map" else "FIELD=VALUE"
        raise Usage(f"{option} '{text}' has no =.", hint=f'write {option} "{shape}"')
    return left.strip(), right.strip()
