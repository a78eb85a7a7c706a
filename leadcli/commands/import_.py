"""The command import: leads from CSV, JSON, vCard or Excel files."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from leadcli import domain
from leadcli.commands.options import CHANGE, PROFILE, SET, TAG, OptionSpec, split_pair, with_options, writing_store
from leadcli.run import Run

READING, POLICY, MAPPING = "How the file is written", "What becomes of its rows", "What its columns mean"


OPTIONS = (
    OptionSpec("--map", "What a column means; COLUMN=- ignores it. Repeatable.", "COLUMN=FIELD", panel=MAPPING,
               many=True, name="map_"),
    SET.but("The same value in every row. Repeatable.", metavar="FIELD=VALUE", panel=MAPPING, name="set_"),
    TAG.but("A tag for every row. Repeatable.", panel=MAPPING),
    PROFILE.but(panel=MAPPING),
    OptionSpec("--save-profile", "Save this mapping.", "NAME", panel=MAPPING),
    OptionSpec("--extra", "'custom': unknown columns become text fields.", "custom", panel=MAPPING,
               offers="words:custom"),
    OptionSpec("--template", "Print an empty CSV with the right headers; import nothing.", panel=MAPPING, type=bool),
    OptionSpec("--on-duplicate", "A lead that is there: skip, fill, update, create or error.", "POLICY", panel=POLICY,
               default="skip", offers="words:skip fill update create error"),
    OptionSpec("--match", "Known by: external_id,uid,email,phone+name,name+company.", "KEYS", panel=POLICY),
    OptionSpec("--blank-clears", "With update: an empty cell erases.", panel=POLICY, type=bool),
    OptionSpec("--create-options", "Unknown statuses, types, priorities, lost reasons and products become new.",
               panel=POLICY, type=bool),
    OptionSpec("--strict", "Any bad row: nothing is imported.", panel=POLICY, type=bool),
    OptionSpec("--rejects", "Write bad rows and their errors here.", "FILE", panel=POLICY),
    OptionSpec("--with-skips", "Write skipped rows to the --rejects file too.", panel=POLICY, type=bool),
    OptionSpec("--delimiter", "Between cells: , ; tab |", "CHARACTER", panel=READING),
    OptionSpec("--encoding", "Such as cp1252; auto guesses.", "NAME", panel=READING),
    OptionSpec("--sheet", "Of a workbook; the first one, unless said.", "NAME|N", panel=READING),
    OptionSpec("--date-format", "Such as %d.%m.%Y.", "FORMAT", panel=READING),
    OptionSpec("--decimal", "Of amounts: . or ,", "MARK", panel=READING),
    OptionSpec("--phone-region", "Country of numbers without +.", "CODE", panel=READING),
)  # fmt: skip


@with_options(CHANGE, OPTIONS)
def import_(
    run: Run,
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...",
            default_factory=list,
            show_default=False,
            help="CSV, TSV, JSON, JSON lines, vCard or .xlsx; - is standard input.",
        ),
    ],
    template: bool,
    profile: str,
    save_profile: str,
    **options: Any,
) -> None:
    """Import leads from files, as one operation that one undo takes back.

    Columns are recognised by their names and by what stands in them; --dry-run shows how, with the same counts as the
    real run. Nothing is dropped silently: rows that cannot be taken are counted, named and written to --rejects, and
    the exit code is 4.
    Two people who share a name and a phone stay two: rows whose person, e-mail or external id differs are other leads.
    Skipped rows are named with the lead they are (--json: skips); --rejects FILE --with-skips writes them too.
    Do not email, unsubscribed, accepts marketing: whatever a program calls it, an opt-out becomes do_not_contact.

    Examples:
    leadcli import expo.csv --dry-run
    leadcli import expo.csv --tag expo26 --set source=Event --rejects bad.csv
    leadcli import --template > leads.csv
    """
    run.patient = True
    if template:
        run.show(domain.import_template(run.store() if run.path.exists() else domain.desk_in_memory(run.desk())))
        return
    terms = _import_options(**options)
    with run.progress("Importing") as bar:
        request = domain.ImportRequest(profile, save_profile, bar.reach)
        note = domain.import_files(writing_store(run), files, terms, request)
    run.show(note)


def _import_options(
    *, map_: list[str], set_: list[str], tag: list[str], match: str, **options: Any
) -> domain.ImportOptions:
    """The options as the import takes them. Usage for a --map or --set without =."""
    keys = [word.strip() for word in match.split(",") if word.strip()]
    return domain.ImportOptions(
        map=dict(split_pair(text, "--map", "COLUMN=FIELD") for text in map_), set=dict(map(split_pair, set_)),
        tags=tag, match=keys or domain.ImportOptions().match, **options,
    )  # fmt: skip
