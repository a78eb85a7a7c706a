"""The checks of the doctor: one table of small functions, each with its severity and, where it is safe, its repair."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from leadcli.config import settings as settings
from leadcli.config.settings import Config
from leadcli.domain.leads import saved_views
from leadcli.errors import Busy, LeadError
from leadcli.model.kinds import EMAIL
from leadcli.store import engine
from leadcli.store.checks import health
from leadcli.store.checks.health import misfits
from leadcli.store.engine import follower_mark
from leadcli.store.journal import erasure
from leadcli.store.search import rebuild
from leadcli.store.store import Store
from leadcli.system import file_writer

# What harms the desk, what may do so or does not work, and what a seller might like to know of sound data.
ERROR, WARNING, HINT = "error", "warning", "hint"
_PLAIN_ADDRESS = re.compile(
    r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@(?:[a-z0-9][a-z0-9-]{0,50}\.){1,4}[a-z]{2,}", re.IGNORECASE | re.ASCII
)
_NAMED = 5  # so many records a finding names
_CRON_PATH = "/usr/bin:/bin"  # what cron gives its programs


class Check(NamedTuple):
    """One check: `look` returns a sentence for each finding, `mend` repairs them.

    `option` is the flag that turns the check on, '' for a check that always runs.
    """

    name: str
    severity: str
    look: Callable[[Store], Iterable[str]]
    mend: Callable[[Store], None] | None = None
    option: str = ""


# The file


def _integrity(store: Store) -> list[str]:
    return health.integrity(store.connection)


def _search(store: Store) -> list[str]:
    broken = health.broken_search(store.connection)
    return [f"the index {name} is damaged; searches fail" for name in broken] or rebuild.missing_from_index(store)


def _values(store: Store) -> Iterator[str]:
    return misfits(store.connection)


def _choices(store: Store) -> list[str]:
    return [sentence for _, _, sentence in health.unreadable_lists(store)]


def _ownerless(store: Store) -> list[str]:
    return [sentence for _, sentence in health.ownerless(store)]


def _journal_mode(store: Store) -> Iterator[str]:
    if store.path and follower_mark(store.path):
        return  # a writer chose the mode, elsewhere
    if health.journal_mode(store) == "wal" and not engine.wal_is_safe():
        yield "the file is in WAL mode, which this SQLite may damage; any writing command changes the mode"


def _file_modes(store: Store) -> Iterator[str]:
    for path in filter(None, [store.path, *_desk_files(store)]):
        mode = stat.S_IMODE(path.stat().st_mode) if path.exists() and os.name != "nt" else 0
        if mode & 0o077:
            yield f"{path} can be read by others ({mode:o}): chmod 600 {path}"


def _desk_files(store: Store) -> list[Path]:
    from leadcli.domain.work.mail.transport import exposed_settings_warning

    config = _user_config(store)
    return [config.path] if config and config.path and exposed_settings_warning(config, config.path) else []


def _close_files(store: Store) -> None:
    for path in filter(None, [store.path, *_desk_files(store)]):
        path.chmod(0o600)


def _leftover_files(store: Store) -> Iterator[str]:
    for path in (path for folder in _written_folders(store) for path in file_writer.leftovers(folder)):
        yield f"{path} was left by a leadcli that was killed, and may hold leads: rm {shlex.quote(path)}"


def _sweep_leftovers(store: Store) -> None:
    for folder in _written_folders(store):
        file_writer.sweep_leftovers(folder)


def _written_folders(store: Store) -> list[Path]:
    """Where files are written without being named: beside the desk, settings, profiles, consents, scans; and here."""
    config = _user_config(store)
    places = [store.path and store.path.resolve().parent, Path.cwd()]
    if config:
        places += [config.path and config.path.resolve().parent, config.imports]
        places += [settings.user_folder(kind, config.environ) for kind in ("state", "cache")]
    folders = [place.absolute() for place in places if place and place.is_dir()]
    return list(dict.fromkeys(folders))


def _erased(store: Store) -> Iterator[str]:
    numbers = ", ".join(str(number) for number in erasure.done_erasures(store))
    if numbers:
        yield f"erased for good by operation {numbers}: no value of it is left in the file or its log"


def _unfinished_erasures(store: Store) -> Iterator[str]:
    for number in erasure.pending_erasures(store):
        yield f"operation {number} erased records, but old bytes of them are still in the file: leadcli doctor --fix"


def _finish_erasures(store: Store) -> None:
    if not erasure.scrub_file(store):
        raise Busy("another program has the file open, so that what was erased cannot be cleaned out of it.",
                   hint="close it and try again: leadcli doctor --fix")  # fmt: skip


# Leads that nobody follows up


def _missing_values(query: str, what: str) -> Callable[[Store], Iterator[str]]:
    def look(store: Store) -> Iterator[str]:
        count = store.count("lead", saved_views.parse_with_views(store, [query]))
        if count:
            shown = query.removeprefix("is:open ") if store.config.get("default_view") == "is:open" else query
            yield f"{count:,} open lead{' has' if count == 1 else 's have'} {what}: leadcli list {shown}"

    return look


# Stored values, views, rules and templates


def _emails(store: Store) -> Iterator[str]:
    wrong = [
        f"{_record_label(store, record, id)} has '{value}'"
        for record, id, value in health.values_of_column(store, "emails")
        if not _PLAIN_ADDRESS.fullmatch(value) and not _is_readable_email(store, value)
    ]
    yield from _summarize(wrong, "not an e-mail address")


def _is_readable_email(store: Store, value: str) -> bool:
    try:
        return bool(EMAIL.parse(value, store.context))
    except ValueError:
        return False


def _phones(store: Store) -> Iterator[str]:
    wrong = [f"{_record_label(store, record, id)} has '{value}'" for record, id, value in health.unread_phones(store)]
    yield from _summarize(wrong, "not a number with its country")


def _record_label(store: Store, record: str, id: int) -> str:
    return f"{record} {store.type(record).letter}{id}" if record in store.records else f"{record} {id}"


def _summarize(wrong: list[str], what: str) -> Iterator[str]:
    if wrong:
        rest = f" and {len(wrong) - _NAMED:,} more" if len(wrong) > _NAMED else ""
        yield f"{what}: {', '.join(wrong[:_NAMED])}{rest}"


def _views(store: Store) -> Iterator[str]:
    for name, text in saved_views.view_texts(store).items():
        try:
            saved_views.parse_with_views(store, [text])
        except LeadError as error:
            yield f"view @{name} ({text}): {error.message}"


def _rules(store: Store) -> list[str]:
    from leadcli.domain.work.automation import rules, sequences

    return [*rules.broken_rules(store), *sequences.broken_sequences(store)]


def _rules_not_allowed(store: Store) -> list[str]:
    from leadcli.domain.work.automation import rules, sequences

    return [*rules.disallowed_rules(store), *sequences.disallowed_sequences(store)]


def _templates(store: Store) -> Iterator[str]:
    from leadcli.domain.work.mail import templates

    for row in store.every("template"):
        try:
            templates.template_filler(store, templates.find_template(store, row["name"]))
        except LeadError as error:
            yield error.message


# Settings, hooks, mail and cron


def _user_config(store: Store) -> Config | None:
    return store.config if isinstance(store.config, Config) else None


def _settings(store: Store) -> list[str]:
    config = _user_config(store)
    return (
        settings.check_settings(Config(config.environ)) if config else []
    )  # anew: a broken file is passed over elsewhere


def _profiles(store: Store) -> Iterator[str]:
    config = _user_config(store)
    folder = config.imports if config else None
    for path in sorted(folder.glob("*.toml")) if folder and folder.is_dir() else ():
        try:
            settings.read_file(path)
        except LeadError as error:
            yield error.message


def _hooks(store: Store) -> list[str]:
    from leadcli.domain.work.automation import hooks

    config = _user_config(store)
    return hooks.unusable_hooks(config.hooks) if config else []


def _trust(store: Store) -> Iterator[str]:
    """Files that name programs to run and that other users could have written."""
    from leadcli.domain.work.automation import hooks
    from leadcli.system import trust

    config = _user_config(store)
    if config is None:
        return
    programs = hooks.usable_hooks(config.hooks).values() if config.hooks else ()
    owners, folders = trust.owners_trusted(config.environ), config.trusted_folders
    flaws = [config.flaw(), *(trust.first_flaw([path], owners, trusted_folders=folders)
                              for path in filter(None, [store.path, config.hooks, *programs]))]  # fmt: skip
    for flaw in dict.fromkeys(filter(None, flaws)):
        yield f"{flaw.sentence}, so nothing it says to run is obeyed: {flaw.remedy}"


def _mail(store: Store) -> Iterator[str]:
    from leadcli.domain.work.mail import transport

    try:
        transport.choose_transport(store.config).check()
    except LeadError as error:
        yield " ".join(filter(None, (error.message, error.hint)))


def _cron(store: Store) -> Iterator[str]:
    """What works at a terminal and not under cron: relative paths, programs off its short PATH, prompts."""
    config = _user_config(store)
    if config is None:
        return
    for key in ("db", "mail.command", "mail.password_command"):
        yield from _cron_findings(key, *config.value(key))
    if config.environ.get("LEADCLI_CONFIG", "/")[:1] != "/":
        yield "LEADCLI_CONFIG is a relative path; cron starts in the home directory"
    yield from _password(config)


def _cron_findings(key: str, text: str, origin: str) -> Iterator[str]:
    if key == "db":
        if text and not text.startswith(("/", "~")):
            yield f"the database is named by a relative path, '{text}' ({origin}); cron starts in the home directory"
        return
    try:
        words = shlex.split(text)
    except ValueError as error:
        yield f"{key} '{text}': {error}"
        return
    if words and origin != "default" and not words[0].startswith("/") and not shutil.which(words[0], path=_CRON_PATH):
        yield f"{key} '{text}': cron looks for programs in {_CRON_PATH} only; write the whole path of {words[0]}"


def _password(config: Mapping[str, object]) -> Iterator[str]:
    from leadcli.domain.work.mail.transport import smtp_password

    if config["mail.transport"] != "smtp" or not config["mail.user"]:
        return
    try:
        smtp_password(config, {})  # cron has neither this terminal nor its environment
    except LeadError as error:
        yield f"without this terminal: {error.message}"


CHECKS: tuple[Check, ...] = (
    Check("integrity", ERROR, _integrity),
    Check("choices", ERROR, _choices, health.empty_unreadable_lists),
    Check("values", ERROR, _values),
    Check("links", ERROR, health.dangling_links),
    Check("identities", ERROR, health.duplicate_uids),
    Check("schema", ERROR, health.schema_differences),
    Check("search index", ERROR, _search, rebuild.rebuild_index),
    Check("orphans", ERROR, _ownerless, rebuild.drop_orphans),
    Check("journal mode", ERROR, _journal_mode),
    Check("file modes", WARNING, _file_modes, _close_files),
    Check("leftovers", WARNING, _leftover_files, _sweep_leftovers),
    Check("unfinished erasures", ERROR, _unfinished_erasures, _finish_erasures),
    Check("erasures", HINT, _erased),
    Check("no owner", HINT, _missing_values("is:open no:owner", "no owner")),
    Check("no close date", HINT, _missing_values("is:open no:close", "no close date")),
    Check("no contact", HINT, _missing_values("is:open no:email,phone", "no contact")),
    Check("e-mails", WARNING, _emails),
    Check("phones", HINT, _phones),
    Check("views", WARNING, _views),
    Check("rules", WARNING, _rules),
    Check("allowed rules", WARNING, _rules_not_allowed),
    Check("templates", WARNING, _templates),
    Check("settings", WARNING, _settings),
    Check("import profiles", WARNING, _profiles),
    Check("hooks", WARNING, _hooks),
    Check("trust", WARNING, _trust),
    Check("mail", ERROR, _mail, option="mail"),
    Check("cron", WARNING, _cron, option="cron"),
)
