"""The command config: personal settings, shown and changed."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from leadcli import domain
from leadcli.commands.list import show_rows
from leadcli.commands.options import JSON, LIST, with_options, without, writing_store
from leadcli.commands.typer_commands import Subcommands
from leadcli.config import file
from leadcli.config import settings as settings
from leadcli.errors import NotFound, Usage
from leadcli.model.kinds import TEXT, Record
from leadcli.model.results import Column, PlainText, ResultNote, Table
from leadcli.run import Run
from leadcli.system.file_writer import write_text

COLUMNS = [Column("key", "setting", TEXT, 0), Column("value", "value", TEXT, 0), Column("origin", "set by", TEXT, 5)]
PLACES = [Column("name", "what", TEXT, 0), Column("path", "path", TEXT, 0)]


def _complete_settings(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    words = [
        ("set", "set one"),
        ("unset", "back to the default"),
        ("edit", "open the file"),
        ("path", "where files are"),
    ]
    return [*((each.key, each.about) for each in settings.SETTINGS.values()), *words]


Key = Annotated[
    str,
    typer.Argument(
        metavar="KEY", help="A setting, such as me or mail.host.", show_default=False, autocompletion=_complete_settings
    ),
]


# Settings


def setting_commands(context: typer.Context) -> list[str]:
    """leadcli's own commands, by all their names."""
    root: Any = context.find_root().command
    return [*root.entries, *root.aliases]


@with_options(without(LIST, "all", "explain"))
def config_get(
    run: Run,
    context: typer.Context,
    key: Key = "",
    value: Annotated[str | None, typer.Argument(metavar="VALUE", help="Its new value.", show_default=False)] = None,
) -> None:
    """Show all settings and where each comes from, show one, or set one.

    Examples:
    leadcli config
    leadcli config me
    leadcli config currency USD
    """
    if value is not None:
        config_set(run, context, key, value)
    elif not key:
        show_rows(run, Table(COLUMNS, [_setting_row(run, each) for each in run.config], key="key"))
    elif run.format or run.fields or run.header or run.output.chosen not in ("screen", "tsv"):
        show_rows(run, Table(COLUMNS, [_setting_row(run, key)], key="key"))
    else:
        run.show(PlainText(_setting_row(run, key)["value"]))


@with_options(JSON)
def config_set(
    run: Run,
    context: typer.Context,
    key: Key,
    value: Annotated[str, typer.Argument(metavar="VALUE", help="Its new value.")],
) -> None:
    """Set one setting; comments in the file stay. rates.USD is kept in the desk: the same as `rates set USD`.

    Examples:
    leadcli config set me ann
    leadcli config set mail.command "msmtp -t"
    """
    if settings.shadowed_aliases([key], setting_commands(context)):
        name = key.partition(".")[2]
        raise Usage(f"{key}: {name} is a command of leadcli, which an alias cannot replace.",
                    hint=f"choose another name, such as aliases.my{name}")  # fmt: skip
    if key.startswith("rates."):
        run.show(domain.set_rate(writing_store(run), key.partition(".")[2], value))
        return
    path = run.config.path
    file.set_setting(path, key, value)
    row = _setting_row(Run([], run.environ), key)
    beats = "" if row["origin"] == str(path) else f"{row['origin']} says '{row['value']}', which beats the file."
    sentence = f"Set {key} to {value or 'nothing'} in {path}."
    run.show(ResultNote(sentence, json=[row], warnings=[beats] if beats else []))


def config_unset(run: Run, key: Key) -> None:
    """Take a setting out of the file, so that its default holds.

    Examples:
    leadcli config unset currency
    """
    path = run.config.path
    if not file.unset_setting(path, key):
        run.say(f"{key} is not set in {path}.")
        return
    text, origin = settings.Config(run.environ).value(key)
    run.show(ResultNote(f"Took {key} out of {path}; now it is {text or 'empty'} ({origin})."))


def config_edit(run: Run) -> None:
    """Open the file of settings in your editor.

    Examples:
    leadcli config edit
    EDITOR=nano leadcli config edit
    """
    run.survive_settings()
    path = run.config.path
    if path is None:
        raise NotFound("there is no home directory to keep settings in.", hint="name a file: LEADCLI_CONFIG=FILE")
    if not run.may_ask:
        raise Usage("an editor needs a terminal.", hint=f"set one value: leadcli config KEY VALUE, or edit {path}")
    if not path.exists():
        write_text(path, "# Settings of leadcli: leadcli config lists them, leadcli help environment explains.\n")
    from leadcli.commands.edit import open_editor

    open_editor(run, path)
    for sentence in settings.check_settings(settings.Config(run.environ)):
        run.warn(sentence)


@with_options(without(LIST, "all", "explain"))
def config_path(run: Run) -> None:
    """Show where settings, database, import profiles, hooks and the error log are kept.

    Examples:
    leadcli config path
    leadcli config path --json
    """
    run.survive_settings()
    state = settings.user_folder("state", run.environ)
    places = {
        "config": run.config.path, "db": run.path, "imports": run.config.imports, "hooks": run.config.hooks,
        "log": state / "errors.log" if state else None,
    }  # fmt: skip
    show_rows(
        run, Table(PLACES, [{"name": name, "path": path and str(path)} for name, path in places.items()], key="path")
    )


CONFIG = Subcommands(
    {"get": config_get, "set": config_set, "unset": config_unset, "edit": config_edit, "path": config_path},
    alone="get", otherwise="get",
)  # fmt: skip


def _setting_row(run: Run, key: str) -> Record:
    settings.setting(key)
    text, origin = run.config.value(key)
    if origin == "default" and key == "me":
        text = run.me
    if origin == "default" and key == "db":
        text = str(run.path)
    return {"key": key, "value": text, "origin": origin}
