"""The command line: the table of commands, aliases, options before the command, and THE error handler."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import typer
from typer.main import get_command

from leadcli import __version__
from leadcli.commands.options import OptionSpec, with_options
from leadcli.commands.typer_commands import COMPLETING, Entry, Group, expand_options, first_word_index, make_application
from leadcli.config.settings import Config, user_folder
from leadcli.errors import Damaged, Failed, Interrupted, LeadError, Unforeseen, Usage, nearest_name
from leadcli.run import Run

COMMANDS: Mapping[str, Entry] = {
    "add": ("Leads", "Add a lead.", "leadcli.commands.add:add"),
    "list": ("Leads", "List open leads, newest first.", "leadcli.commands.list:list_"),
    "filter": ("Leads", "Search all leads; keep filters as views.", "leadcli.commands.filter:filter_"),
    "show": ("Leads", "Show leads and customers in full.", "leadcli.commands.show:show"),
    "edit": ("Leads", "Change one lead or many.", "leadcli.commands.edit:edit"),
    "rm": ("Leads", "Delete leads; undo brings them back.", "leadcli.commands.rm:rm"),
    "status": ("Pipeline", "Move leads in the pipeline, or show it.", "leadcli.commands.status:status"),
    "lost": ("Pipeline", "Close leads as lost, with a reason.", "leadcli.commands.lost:lost"),
    "convert": ("Pipeline", "Make customers of leads.", "leadcli.commands.convert:convert"),
    "board": ("Pipeline", "Show the pipeline as a kanban board.", "leadcli.commands.board:board"),
    "next": ("Pipeline", "Whom to contact now, and why.", "leadcli.commands.next:next_"),
    "snooze": ("Pipeline", "Leave leads out of next until a day.", "leadcli.commands.snooze:snooze"),
    "log": ("Work", "Log a call, note, meeting; plan the next step.", "leadcli.commands.log:log"),
    "activities": ("Work", "Show who spoke to whom, newest first.", "leadcli.commands.activities:ACTIVITIES"),
    "task": ("Work", "Plan, list and finish tasks.", "leadcli.commands.task:TASK"),
    "mail": ("Work", "Write to leads, one letter filled in for each.", "leadcli.commands.mail:mail"),
    "attach": ("Work", "Keep files with a lead.", "leadcli.commands.attach:ATTACH"),
    "accounts": ("Customers", "List accounts.", "leadcli.commands.accounts:accounts"),
    "contacts": ("Customers", "List contacts.", "leadcli.commands.contacts:contacts"),
    "opportunities": ("Customers", "List opportunities.", "leadcli.commands.opportunities:opportunities"),
    "document": ("Customers", "Quotes, orders and invoices.", "leadcli.commands.document:DOCUMENT"),
    "product": ("Customers", "The products leads can want.", "leadcli.commands.product:PRODUCT"),
    "rates": ("Customers", "What currencies are worth; sums in one of them.", "leadcli.commands.rates:RATES"),
    "import": ("Data", "Import leads from CSV, JSON, vCard or Excel files.", "leadcli.commands.import_:import_"),
    "inbox": ("Data", "Turn mail that came in into leads and activities.", "leadcli.commands.inbox:inbox"),
    "export": ("Data", "Export leads as CSV, JSON, Markdown and more.", "leadcli.commands.export:export"),
    "dedupe": ("Data", "Find duplicates, and merge them.", "leadcli.commands.dedupe:dedupe"),
    "merge": ("Data", "Merge leads that are the same one.", "leadcli.commands.merge:merge"),
    "report": ("Insight", "Show charts and numbers, ready-made or your own.", "leadcli.commands.report:report"),
    "score": ("Insight", "The chance to win, from your own history.", "leadcli.commands.score:score"),
    "history": ("Insight", "Show who changed what and when.", "leadcli.commands.history:history"),
    "init": ("Upkeep", "Make the database with a vocabulary.", "leadcli.commands.init:init"),
    "field": ("Upkeep", "Custom fields and choice lists.", "leadcli.commands.field:FIELD"),
    "undo": ("Upkeep", "Take back the last operation, or a given one.", "leadcli.commands.undo:undo"),
    "redo": ("Upkeep", "Do again what was undone.", "leadcli.commands.redo:redo"),
    "template": ("Upkeep", "Mail templates.", "leadcli.commands.template:TEMPLATE"),
    "config": ("Upkeep", "Show and change your personal settings.", "leadcli.commands.config:CONFIG"),
    "rule": ("Upkeep", "Rules: what the desk does by itself.", "leadcli.commands.rule:RULE"),
    "sequence": (
        "Upkeep",
        "Letters and tasks that follow one another until an answer.",
        "leadcli.commands.sequence:SEQUENCE",
    ),
    "doctor": ("Upkeep", "Check the database and all around it.", "leadcli.commands.doctor:doctor"),
    "backup": ("Upkeep", "Copy the database, consistent and checked.", "leadcli.commands.backup:backup"),
    "completion": ("Upkeep", "Print the completion script of a shell.", "leadcli.commands.completion:completion"),
    "help": ("Upkeep", "Explain a command or a topic.", "leadcli.commands.help:help_"),
}
ALIASES = {"ls": "list", "mv": "status", "delete": "rm", "note": "log"}


class Root(Group):
    """leadcli itself."""

    entries = COMMANDS
    aliases = ALIASES
    examples = ('leadcli add "Ada Lovelace" --email ada@acme.com', "leadcli list value:5k..", "leadcli help filter")

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.params += OPTIONS

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Also a command of the user's own: the setting aliases.NAME."""
        if args[0] not in self.entries and args[0] not in self.aliases:
            # Not the run's own settings: those wait for the options after the command.
            config = Config(os.environ)
            alias = config.file.get(f"aliases.{args[0]}")
            if alias:
                config.require_trusted_file(f"alias {args[0]}")
                args = [*_alias_words(args[0], str(alias)), *args[1:]]
            else:
                from leadcli.commands.elsewhere import point_to_ours  # only a slip needs it

                point_to_ours(args[0], args[1:], self.entries)
        return super().resolve_command(ctx, args)

    def main(self, args: Sequence[str] | None = None, *_: Any, standalone_mode: bool = True, **__: Any) -> Any:
        """One run. Its exit code, in standalone mode as SystemExit."""
        run = Run(sys.argv[1:] if args is None else args)
        code = run_guarded(run, lambda: self._run(run))
        if standalone_mode:
            sys.exit(code)
        return code

    def _run(self, run: Run) -> None:
        if COMPLETING in os.environ:
            from typer._completion_classes import completion_init

            completion_init()
            with contextlib.suppress(Exception):  # somebody is typing: no trouble shows
                self._main_shell_completion({}, "leadcli", COMPLETING)
            return
        words = list(run.words)
        if first_word_index(words) is None and not {"-V", "--version"} & set(words):
            words.append("--help")
        with self.make_context("leadcli", words, obj=run) as context:
            self.invoke(context)
        for warning in run.warnings:
            run.warn(warning)


def _alias_words(name: str, text: str) -> list[str]:
    import shlex

    try:
        words = shlex.split(text)
    except ValueError as error:
        raise Usage(f"aliases.{name} '{text}' cannot be read: {error}.", hint="mend it: leadcli config edit") from error
    if not words or words[0].startswith("-"):
        raise Usage(f"aliases.{name} '{text}' does not begin with a command.", hint="mend it: leadcli config edit")
    return words


@with_options(OptionSpec("--version -V", "Print the version.", type=bool))
def root_options(run: Run, version: bool) -> None:
    """The lead desk of a one-person sales team, in one SQLite file."""
    if version:
        run.survive_settings()
        from leadcli.model.results import PlainText

        run.show(PlainText(f"leadcli {__version__}"))
        raise typer.Exit


# THE error handler


def run_guarded(run: Run, work: Callable[[], None]) -> int:
    """Do the work; every error becomes one sentence on standard error and its exit code."""
    try:
        try:
            work()
        except typer.Exit as end:
            run.code = end.exit_code or run.code
        run.close()
        if sys.stdout:
            sys.stdout.flush()
        return run.code
    except BrokenPipeError:  # the reader had enough
        run.leave()
        return 0
    except (KeyboardInterrupt, typer.Abort):
        return report_error(run, Interrupted("interrupted; nothing was changed."))
    except (Damaged, Unforeseen) as error:
        return report_error(run, explain_error(run, error))
    except LeadError as error:
        return report_error(run, error)
    except typer.TyperException as error:
        return report_error(run, usage_error(run, error))
    except OSError as error:
        from leadcli.system import error_log

        return report_error(run, error_log.file_error(error))
    except Exception as error:  # the one place that must let nothing through
        return report_error(run, explain_error(run, error))
    finally:
        with contextlib.suppress(Exception):
            run.close()


def report_error(run: Run, error: LeadError) -> int:
    """Say an error, in the form that was asked for; its exit code."""
    if run.debug and error.__cause__:
        run.tell(_traceback_text(error))
    return run.fail(error)


def usage_error(run: Run, error: typer.TyperException) -> Usage:
    """What Typer says of a wrong option or a missing argument, in our words."""
    context = getattr(error, "ctx", None)
    hint = f"see: {context.command_path} --help" if context else ""
    option = getattr(error, "option_name", "")
    if "unexpected extra argument" in error.message:
        hint = f'words that belong together are quoted, such as "Ada Lovelace"; {hint}'
    if not option or "requires" in error.message:
        return Usage(_plain_sentence(error), hint=hint)
    negated = next((word for word in run.words if re.match(r"-[a-z_]+[:=<>~]", word)), "")
    if negated:
        return Usage(f"unknown option '{negated}'.", hint=f"to leave such records out write: not {negated[1:]}")
    known = [name for each in context.command.get_params(context) for name in each.opts] if context else []
    close = nearest_name(option, known)
    suggestion = f" Did you mean '{close}'?" if close else ""
    return Usage(f"unknown option '{option}'.{suggestion}", hint=hint)


def _plain_sentence(error: typer.TyperException) -> str:
    """Typer's sentence without its vocabulary."""
    parameter = getattr(error, "param", None)
    if parameter and error.message:
        sentence = error.message.replace("a valid int.", "a whole number.").replace("a valid float.", "a number.")
        return f"{max(parameter.opts, key=len) if parameter.opts else parameter.human_readable_name} {sentence}"
    sentence = error.format_message()
    return sentence[:1].lower() + sentence[1:]


def explain_error(run: Run, error: Exception) -> LeadError:
    """A failure of the database file in our words; a fault of leadcli's own when the file is not to blame."""
    from leadcli.system import error_log

    meaning = error_log.memory_error() if error_log.is_short_of_memory(error) else run.explain_failure(error)
    if meaning is None:
        return unexpected_error(run, error)
    if not isinstance(error, LeadError):
        error_log.write_error_log(user_folder("state", run.environ), run.command, _traceback_text(error))
    meaning.__cause__ = error  # what --debug tells
    return meaning


def unexpected_error(run: Run, error: Exception) -> LeadError:
    """A fault of leadcli's own: one line, the story in the log, and with --debug on standard error."""
    from leadcli.system import error_log

    story, cause = (
        _traceback_text(error),
        error.__cause__ if isinstance(error, Unforeseen) and error.__cause__ else error,
    )
    if run.debug:
        run.tell(story)
    log = error_log.write_error_log(user_folder("state", run.environ), run.command, story)
    where = f"The details are in {log}." if log else "Run it again with --debug for the details."
    return Failed(f"something went wrong inside leadcli ({type(cause).__name__}: {cause}). {where}",
                  hint="please report it with that text; take out what belongs to your customers")  # fmt: skip


def _traceback_text(error: BaseException) -> str:
    import traceback

    return "".join(traceback.format_exception(error))


def main(argv: Sequence[str] | None = None) -> int:
    """Run leadcli; the exit code. `argv` is what stands after the program's name."""
    code: int = get_command(app).main(argv, standalone_mode=False)
    return code


BEGIN, OPTIONS = expand_options(root_options)
app = make_application(Root, BEGIN, about=root_options.__doc__ or "")
