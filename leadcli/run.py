"""Run: one run of the program - its words, settings, database, actor, clock and output; opens what is used."""

from __future__ import annotations

import gc
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leadcli.config.settings import Config, login, take_secrets, user_folder
from leadcli.errors import Damaged, Interrupted, LeadError, Usage
from leadcli.model.kinds import ChoiceOption, Context, Look, option_key

if TYPE_CHECKING:
    from leadcli.model.results import Card, Page, Shown, Table
    from leadcli.screen.formats.html import MailBody
    from leadcli.screen.output import Output
    from leadcli.screen.terminal.console import Progress
    from leadcli.screen.terminal.interactive_board import BoardDesk as BoardDesk
    from leadcli.store.journal.operation import Operation
    from leadcli.store.store import Session, Store

LOCK_TIMEOUT = 120.0
# Options that say nothing of what was done: the history leaves them out.
_SILENT = dict.fromkeys(("-q", "--quiet", "--no-input", "--debug"), 1)
_SILENT |= dict.fromkeys(("--db", "--color", "--lock-timeout", "--today"), 2)
# Options that are another attribute of the run than their name says.
_ATTRIBUTES = {"today": "pinned", "lock_timeout": "timeout", "output": "file"}


class Run:
    """What a command is given. Options are attributes, set once from the command line (see commands/options.py)."""

    # On every command
    db = ""
    quiet = False
    color = "auto"
    no_input = False
    timeout: float | None = None
    pinned = ""
    debug = False
    # On every reading command
    format = ""
    line = ""
    header = False
    file = ""
    fields: Sequence[str] = ()
    no_pager = False
    fail_empty = False
    raw = excel = ascii = False
    width = 0
    sort = by = ""
    limit: int | None = None
    all = explain = currencies = False
    # On every writing command
    yes = False
    dry_run = False
    force = False
    no_hooks = False
    patient = False  # an import waits for the database as long as it takes

    def __init__(self, words: Sequence[str], environ: Mapping[str, str] | None = None) -> None:
        self.words = list(words)
        self.environ: Mapping[str, str] = take_secrets(os.environ) if environ is None else environ
        self.code = 0
        self.fill: Callable[[Store], None] | None = None  # writes the vocabulary into a new desk; commands know how
        self.react: Callable[[Operation], None] | None = None  # rules and hooks; commands know what they are
        self._store: Store | None = None
        self._touched = False  # the database file, by this run

    def take_options(self, typed: Mapping[str, Any]) -> None:
        """Set options that were typed, by name: what comes after the command's name beats what came before it.

        Raises Usage for a value that makes no sense, and for two formats.
        """
        options = dict(typed)
        formats = [name for name in ("json", "csv", "ids", "count") if options.pop(name, False)]
        formats += [options["format"]] if "format" in options else []
        chosen = {*formats, *(["line"] if "line" in options else [])}
        if len(chosen) > 1:
            raise Usage(f"one format at a time: {' or '.join(sorted(chosen))}?")
        if formats:
            options["format"] = formats[0]
        if "fields" in options:
            options["fields"] = [name.strip() for name in options["fields"].split(",") if name.strip()]
        for name, value in options.items():
            setattr(self, _ATTRIBUTES.get(name, name), value)
        if self.color not in ("auto", "always", "never"):
            raise Usage(f"--color '{self.color}' is not one of auto, always, never.")
        if self.timeout is not None and not 0 <= self.timeout < 10**6:
            raise Usage(f"--lock-timeout {self.timeout:g} is not a number of seconds.")
        if self.limit is not None and self.limit < 0:
            raise Usage(f"--limit {self.limit} is less than nothing.", hint="--limit 0 shows all")

    # Settings, person, place, time

    @cached_property
    def config(self) -> Config:
        return Config(self.environ, flags={"db": self.db})

    def survive_settings(self) -> None:
        """Go on without the file of settings when it cannot be read: for what explains, shows or mends it."""
        try:
            _ = self.config.file
        except LeadError:
            self.config.forget_file()

    @property
    def warnings(self) -> Sequence[str]:
        """What is wrong with the file of settings, if this run has read it."""
        return () if self.quiet or "config" not in vars(self) or not self.config.was_read else self.config.warnings()

    @cached_property
    def path(self) -> Path:
        """The database file. Raises Usage where there is no home to keep one in."""
        named: str = self.config["db"]
        if named:
            return Path(named).expanduser() if named.startswith("~") and "/" in named else Path(named)
        home = user_folder("data", self.environ)
        if home is None:
            raise Usage("there is no home directory to keep the database in.", hint="name a file: --db FILE")
        return home / "leads.db"

    @cached_property
    def me(self) -> str:
        """Who runs this: the setting `me`, else the login name, else ''."""
        return self.config["me"] or login()

    @cached_property
    def now(self) -> datetime:
        """This moment, aware, in local time; --today or LEADCLI_TODAY pins its day, with a time the moment too."""
        clock = datetime.now().astimezone()
        pinned = (self.pinned or self.environ.get("LEADCLI_TODAY", "")).strip()
        if not pinned:
            return clock
        from leadcli.text.dates import words as date_words
        from leadcli.text.dates.clock import has_clock
        from leadcli.text.dates.iso import DATES_HELP

        if re.match("[0-9]{4}-.*T", pinned, re.IGNORECASE):
            try:
                return datetime.fromisoformat(pinned.upper()).astimezone()
            except ValueError:
                hint = f"write 2026-11-22T09:00 {DATES_HELP}"
                raise Usage(f"--today '{pinned}' is not a moment.", hint=hint) from None
        if has_clock(pinned):
            return date_words.local_time(date_words.parse_moment(pinned, clock, order=self.date_order))
        day = date_words.parse_day(pinned, clock.date(), order=self.date_order)
        return datetime.combine(day, clock.time()).astimezone()

    @property
    def today(self) -> date:
        return self.now.date()

    @cached_property
    def lock_timeout(self) -> float | None:
        """Seconds to wait for a locked database; None without limit."""
        if self.timeout is not None:
            return self.timeout
        text = self.environ.get("LEADCLI_LOCK_TIMEOUT", "")
        try:
            return float(text) if text else None if self.patient else LOCK_TIMEOUT
        except ValueError:
            raise Usage(f"LEADCLI_LOCK_TIMEOUT '{text}' is not a number of seconds.") from None

    @cached_property
    def command(self) -> str:
        """The command line as the history keeps it."""
        import shlex

        history: list[str] = []
        skip = 0
        for at, word in enumerate(self.words):
            if word == "--":
                return shlex.join([*history, *self.words[at:]])
            count = 1 if "=" in word and word.split("=")[0] in _SILENT else _SILENT.get(word, 0)
            skip = max(skip, count)
            if not skip:
                history.append(word)
            skip = max(skip - 1, 0)
        # Bytes that are no text reach Python as lone surrogates, which no database keeps.
        return shlex.join(history).encode("utf-8", "backslashreplace").decode()

    def context(self) -> Context:
        """Here and now for reading values; a store's own context adds its vocabularies."""
        setting = self.config
        return Context(self.today, self.now, self.me, setting["currency"] or "EUR", setting["phone_region"],
                       stale_days=setting["stale_days"], date_order=self.date_order,
                       locale=setting["locale"])  # fmt: skip

    @property
    def date_order(self) -> str:
        """Which comes first in 12/4, the day or the month, by the setting date_format; '' where it is not set."""
        pattern: str = self.config["date_format"]
        if not pattern:
            return ""
        from leadcli.text.dates.day_names import day_month_order

        return day_month_order(pattern)

    # Database

    def store(self, *, write: bool = False) -> Store:
        """The desk, opened on first use. A writing run makes a missing one; a dry run then works in memory.

        Raises NotFound (reading a missing file), BadDatabase, Busy, Failed.
        """
        if self._store and (self._store.write or not write):
            return self._store
        from leadcli.store.store import create_store, memory_store, open_store

        self.close()
        self._touched = True
        desk = self.desk(write=write)
        if write and self.fill and not self.path.exists():
            if self.dry_run:
                self._store = memory_store(desk, self.fill)
                return self._store
            create_store(self.path, desk, self.fill)
        self._store = open_store(self.path, desk, write=write)
        if self._store.upgraded:
            self.say(f"{self.path}: {self._store.upgraded}")
        if not gc.isenabled():  # __main__ switched it off while modules were loaded; what they made stays for good
            gc.freeze()
            gc.enable()
        return self._store

    def desk(self, *, write: bool = True) -> Session:
        """What a store needs to know about this run; reading, nothing of its command."""
        from leadcli.store.store import Session

        return Session(
            actor=self.me, now=self.now, context=self.context(), command=self.command if write else "",
            config=self.config, lock_timeout=self.lock_timeout, waiting=self._waiting, keep=not self.dry_run,
            react=self.react, apart=self.currencies, warn=self.warn, say=self.say, hooks=not self.no_hooks,
        )  # fmt: skip

    def _waiting(self) -> None:
        if sys.stderr and sys.stderr.isatty():
            self.say("Waiting for another leadcli to finish with this database ...")

    def close(self) -> None:
        """Close what is open."""
        if self._store:
            store, self._store = self._store, None
            store.close()

    def explain_failure(self, error: Exception) -> LeadError | None:
        """What a failure means that the database file may be to blame for; None where it is not."""
        if not self._touched:
            return error if isinstance(error, Damaged) else None
        from leadcli.store.checks.health import explain

        with suppress(Exception):  # a file that fails may fail again when it is closed
            self.close()
        return explain(error, self.path)

    # Output

    @property
    def output(self) -> Output:
        """How this run shows things, from its options and settings."""
        from leadcli.screen.output import Output

        return Output(
            format=self.format, line=self.line, header=self.header, file=self.file, color=self._color(),
            quiet=self.quiet, fields=self.fields, no_pager=self.no_pager, plain=self.plain, pager=self._pager,
            fail_empty=self.fail_empty, look=self.look, width=self.width, raw=self.raw, excel=self.excel,
            theme=self.config["theme"],
        )  # fmt: skip

    def _pager(self) -> str:
        """The pager of the settings, asked for when there is something to page. Raises Distrusted."""
        program: str = self.config["pager"]
        return program

    @cached_property
    def plain(self) -> bool:
        """For screen readers: no boxes, bars, colour or animation."""
        return bool(self.config["plain"])

    @property
    def look(self) -> Look:
        return Look(self.today, self.config["locale"], self.config["currency"] or "EUR", self.ascii, self._options)

    def _options(self, vocabulary: str) -> Sequence[ChoiceOption]:
        """The values of a choice list of the desk that is open; none where no desk is."""
        return self._store.options(vocabulary) if self._store else ()

    def _color(self) -> str:
        bare = self.plain or self.config["theme"] == "none"
        return "never" if bare and self.color == "auto" else self.color

    def show(self, value: Shown) -> None:
        """Show what a command found or did; sets the exit code."""
        from leadcli.screen import show_value

        self.code = max(self.code, show_value(value, self.output))

    def progress(self, what: str, total: int | None = None) -> Progress:
        """A bar for long work, on a terminal only: `with run.progress("Importing") as bar: bar.reach(done, total)`."""
        from leadcli.screen.terminal.console import show_progress

        return show_progress(what, total, self.output)

    def play(self, desk: BoardDesk) -> None:
        """Open the interactive board."""
        from leadcli.screen.terminal.interactive_board import BoardApp

        BoardApp(desk, self.output).run_through()

    def say(self, sentence: str, *, always: bool = False) -> None:
        """A sentence for people, on standard error; silent with --quiet unless it explains an exit code (`always`)."""
        from leadcli.screen import say_sentence

        say_sentence(sentence, self.output, always=always)

    def warn(self, sentence: str) -> None:
        """Something went not quite as asked; on standard error."""
        from leadcli.screen import say_warning

        say_warning(sentence, self.output)

    def save(self, path: str, text: str) -> None:
        """Write a file of ready text, whole or not at all."""
        from leadcli.screen import write_file

        write_file(path, [text])

    def fail(self, error: LeadError) -> int:
        """Say an error in the form that was asked for, whatever state the settings are in; its exit code."""
        from leadcli.screen import Output, say_error

        is_json = self.format in ("json", "jsonl") or "--json" in self.words
        return say_error(error, Output(format="json" if is_json else ""))

    def tell(self, story: str) -> None:
        """Something for whoever looks for a fault, on standard error."""
        from leadcli.screen import Output, say_sentence

        say_sentence(story, Output())

    def leave(self) -> None:
        """The reader of standard output has left: what is still to be written goes nowhere."""
        from leadcli.screen import discard_output

        discard_output(sys.stdout)

    def mailed(self, value: Table | Page | list[Card]) -> MailBody:
        """What a command returned, as the body of a mail."""
        from leadcli.screen.formats.html import mail_body

        return mail_body(value, self.output._replace(format="table"))

    def printed(self, card: Card) -> bytes:
        """A document as a page to print: PDF where the format is PDF, else HTML."""
        from leadcli.screen.formats import paper

        if self.format == "pdf":
            return paper.document_pdf(card, self.look)
        return paper.document_page(card, self.look).encode("utf-8", "backslashreplace")

    # Questions

    @property
    def may_ask(self) -> bool:
        """There is somebody to answer."""
        return not self.no_input and all(stream and stream.isatty() for stream in (sys.stdin, sys.stderr))

    def ask(self, question: str, *, would: str = "") -> bool:
        """Yes or no, asked on standard error until it is one of them; True with --yes. `would` says what is at stake.

        `run.ask("Delete 14 leads?", would="this would delete 14 leads")`. The end of the input is a no. Raises Usage
        where nobody can answer.
        """
        if self.yes:
            return True
        if not self.may_ask:
            why = "--no-input forbids to ask" if self.no_input else "there is no terminal to ask on"
            raise Usage(f"{would or question} and {why}.", hint="add --yes to go ahead, or --dry-run to look first.")
        while True:
            answer = self._answer(f"{question} [y/n]: ")
            if answer is not None and answer.casefold() in ("y", "yes"):
                return True
            if answer is None or answer.casefold() in ("n", "no", "q", "quit"):
                self.say("Nothing was changed.")
                return False
            self._prompt("Answer y or n.\n")

    def choose(self, question: str, choices: Sequence[str], *, option: str) -> str:
        """One of `choices`, picked by its number or its name; `option` is the flag that says it without a question.

        Asks again until it is one of them. Raises Usage where nobody can answer, or the input ends, and Interrupted
        for q.
        """
        known = ", ".join(choices)
        if not self.may_ask:
            example = f"for example: {option} '{choices[0]}'" if choices else ""
            raise Usage(f"{option} is needed. Known: {known or 'none yet'}.", hint=example)
        for number, choice in enumerate(choices, 1):
            self._prompt(f"{number:3}  {choice}\n")
        by_word = {option_key(choice): choice for choice in choices}
        by_word |= {str(number): choice for number, choice in enumerate(choices, 1)}
        while True:
            answer = self._answer(f"{question} [1-{len(choices)}]: ")
            if answer is None:
                raise Usage(f"{option} is needed and nothing was answered.", hint=f"one of: {known}")
            if option_key(answer) in by_word:
                return by_word[option_key(answer)]
            if answer.casefold() in ("q", "quit"):
                raise Interrupted("nothing was chosen; nothing was changed.")
            self._prompt(f"Answer a number from 1 to {len(choices)}, or q to change nothing.\n")

    def answer(self, question: str, *, at_end: str = "", needed: str = "") -> str:
        """What is typed at a question; '' where nobody can be asked.

        `at_end` is the answer where the input ends (Ctrl-D). An empty answer is one, unless `needed` says why not: then
        the question comes again.
        """
        if not self.may_ask:
            return ""
        while (answer := self._answer(question)) == "" and needed:
            self._prompt(f"{needed}\n")
        return at_end if answer is None else answer

    def _prompt(self, text: str) -> None:
        from leadcli.screen.output import write_text
        from leadcli.screen.safe import make_safe

        write_text(make_safe(text, lines=True), sys.stderr)

    def _answer(self, prompt: str) -> str | None:
        """The line that is typed, None at the end of the input."""
        self._prompt(prompt)
        line = sys.stdin.readline()
        if not line:
            self._prompt("\n")
        return line.strip() if line else None
