"""Personal settings: which exist, where they come from, and the file they are kept in.

A setting is a declaration. A flag beats the environment, the environment beats the file, the file beats the default.
What the data depend on (statuses, sources, views) is not here but in the database.

What a run takes from its surroundings beside settings: secrets that no child may inherit, and the login name.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping, MutableMapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leadcli.errors import Failed, LeadError, Usage, nearest_name
from leadcli.model import kinds
from leadcli.model.kinds import Context, Kind

if TYPE_CHECKING:
    from leadcli.system.trust import Flaw

_NOWHERE = Context(today=date.min, now=datetime.min)  # reading a setting needs neither day nor desk
_SIZES = {"": 1, "kb": 1000, "mb": 1000**2, "gb": 1000**3}


class ChoiceSetting(Kind):
    """One of a few words."""

    name = "choice"

    def __init__(self, *words: str) -> None:
        self.words = words

    def parse(self, text: str, context: Context) -> Any:
        word = text.strip().casefold()
        if word not in self.words:
            raise ValueError(f"is not one of {', '.join(self.words)}")
        return word


class WholeNumberSetting(kinds.Integer):
    """A whole number that is not negative."""

    def parse(self, text: str, context: Context) -> Any:
        number = super().parse(text, context)
        if number is None or number < 0:
            raise ValueError("is not a whole number from 0 up")
        return number


class SizeSetting(Kind):
    """Bytes, written 500, 20 kB, 25 MB or 1 GB."""

    name = "size"

    def parse(self, text: str, context: Context) -> Any:
        word = text.strip().casefold().replace(" ", "")
        digits = word.rstrip("kmgb")
        unit = word[len(digits) :]
        if not digits.isascii() or not digits.isdigit() or unit not in _SIZES:
            raise ValueError("is not a size; write it like 500 kB or 25 MB")
        return int(digits) * _SIZES[unit]


class CountrySetting(Kind):
    """An ISO 3166 country code of two letters."""

    name = "country"

    def parse(self, text: str, context: Context) -> Any:
        code = text.strip().upper()
        if code and not (len(code) == 2 and code.isascii() and code.isalpha()):
            raise ValueError("is not a country code of two letters, such as GB or DE")
        return code


class DateFormatSetting(Kind):
    """How days are written, in strptime's letters; empty is none."""

    def parse(self, text: str, context: Context) -> Any:
        pattern = kinds.clean_text(text)
        if pattern and not all(any(f"%{letter}" in pattern for letter in part) for part in ("dj", "mbBj", "Yy")):
            raise ValueError("does not name a day, a month and a year; write it like %d.%m.%Y or %m/%d/%Y")
        return pattern


class WordsSetting(Kind):
    """Text that is never missing: empty is ''."""

    def parse(self, text: str, context: Context) -> Any:
        return kinds.clean_text(text)


class Folders(Kind):
    """Absolute folders: a list in the file, typed with the system's separator of paths between them (`/a:/b`)."""

    def parse(self, text: str, context: Context) -> Any:
        folders = [os.path.expanduser(word.strip()) for word in text.split(os.pathsep) if word.strip()]
        relative = next((each for each in folders if not os.path.isabs(each)), "")
        if relative:
            raise ValueError(f"names a relative folder, '{relative}'; write it from the root, such as /srv/desk")
        return [Path(each) for each in folders]

    def plain(self, value: Any, record: Any) -> str:
        return os.pathsep.join(map(str, value))


class Setting:
    """One setting: its key, how it is read, what it is unless set, and the variables that override the file."""

    def __init__(self, key: str, kind: Kind, default: Any, about: str, *environment: str) -> None:
        self.key, self.kind, self.default, self.about, self.environment = key, kind, default, about, environment


WORDS, FLAG, WHOLE, FOLDERS = WordsSetting(), kinds.FLAG, WholeNumberSetting(), Folders()
SETTINGS: Mapping[str, Setting] = {
    each.key: each
    for each in (
        Setting("db", WORDS, "", "the database file", "LEADCLI_DB"),
        Setting("me", WORDS, "", "who you are: owner of new leads, owner:me, actor in the history", "LEADCLI_ME"),
        Setting("currency", kinds.CURRENCY, "EUR", "currency of amounts typed without one"),
        Setting("locale", WORDS, "", "how amounts look on a terminal, such as en_US or de_DE; empty is plain"),
        Setting("phone_region", CountrySetting(), "", "country of phone numbers typed without +, such as GB"),
        Setting(
            "date_format", DateFormatSetting(), "", "how files write dates, the order of 12/4: %d.%m.%Y; empty is ISO"
        ),
        Setting("default_view", WORDS, "is:open", "the filter `list` adds unless the query names a status"),
        Setting("stale_days", WHOLE, 30, "days without activity that make a lead stale where its status sets none"),
        Setting("confirm_from", WHOLE, 2, "a filter that hits this many records asks before it changes them"),
        Setting("list_limit", WHOLE, 50, "rows `list` shows on a terminal; 0 is all"),
        Setting("attach_max", SizeSetting(), 25 * 1000**2, "largest file `attach` takes"),
        Setting("lost_reason_required", FLAG, None, "whether a lost lead needs a reason; empty is as the desk says"),
        Setting("plain", FLAG, 0, "no boxes, bars or colour: for screen readers", "LEADCLI_PLAIN"),
        Setting("pager", WORDS, "", "program for output taller than the screen", "LEADCLI_PAGER"),
        Setting(
            "theme", ChoiceSetting("auto", "dark", "light", "none"), "auto",
            "colours for a terminal that is dark or light; auto does for both, none has none",
        ),
        Setting("trust", FOLDERS, [], "folders whose desks and hooks are obeyed whoever owns or may write them"),
        Setting(
            "mail.transport", ChoiceSetting("sendmail", "smtp"), "sendmail", "how mail leaves: a program, or a server"
        ),
        Setting("mail.command", WORDS, "/usr/sbin/sendmail -t -oi", "the program that takes it, such as msmtp -t"),
        Setting("mail.from", WORDS, "", "your address, such as Ann <ann@example.com>"),
        Setting("mail.host", WORDS, "localhost", "mail server"),
        Setting("mail.port", WHOLE, 0, "its port; 0 is the usual one: 587, with tls 465, without security 25"),
        Setting("mail.security", ChoiceSetting("starttls", "tls", "none"), "starttls", "how the connection is secured"),
        Setting("mail.user", WORDS, "", "user name at the mail server"),
        Setting("mail.password_command", WORDS, "", "program that prints the password, such as pass show smtp"),
        Setting("mail.imap_host", WORDS, "", "mail server to read from, such as imap.example.com or localhost:143"),
        Setting("mail.imap_user", WORDS, "", "user name there"),
        Setting("mail.imap_folder", WORDS, "INBOX", "the folder that inbox --imap reads"),
        Setting("mail.imap_password_command", WORDS, "", "program that prints the password, such as pass show imap"),
        Setting("mail.timeout", WHOLE, 30, "seconds to wait for each answer of a mail server"),
        Setting("mail.pause", WHOLE, 5, "seconds before a mail server that said 'later' is asked again"),
        Setting("sender.name", WORDS, "", "your company, at the head of quotes, orders and invoices"),
        Setting("sender.address", WORDS, "", "its address on them, lines parted by semicolons"),
        Setting("sender.email", WORDS, "", "its e-mail on them"),
        Setting("sender.phone", WORDS, "", "its phone on them"),
        Setting("sender.tax", WORDS, "", "its tax number, below the total"),
        Setting("sender.bank", WORDS, "", "where to pay, below the total"),
        Setting("sender.note", WORDS, "", "a sentence below the total, such as terms of payment"),
        Setting("sender.paper", ChoiceSetting("a4", "letter"), "a4", "the paper they are printed on"),
        Setting("mail.unsubscribe", WORDS, "", "mailto: or https: address for the header List-Unsubscribe of letters"),
    )
}  # fmt: skip
# What names a program, or where letters and a password go: a file that others can write cannot set these.
OBEYED = frozenset({
    "pager", "mail.transport", "mail.command", "mail.host", "mail.port", "mail.security", "mail.password_command",
    "mail.imap_host", "mail.imap_password_command",
})  # fmt: skip
# Tables whose keys are the user's own.
OPEN: Mapping[str, Setting] = {
    "aliases": Setting("aliases.*", WORDS, "", "a command of your own: aliases.hot = \"list @hot --sort -value\""),
}  # fmt: skip


def user_folder(name: str, environ: Mapping[str, str]) -> Path | None:
    """leadcli's own folder for `config`, `data`, `state`, `cache`; None where nobody has a home (cron, containers)."""
    folder = environ.get(f"XDG_{name.upper()}_HOME", "")
    if os.path.isabs(folder):
        return Path(folder, "leadcli")
    if sys.platform not in ("darwin", "win32"):
        # The XDG standard's own defaults: asking a library for them takes longer than reading the settings.
        home = environ["HOME"] if "HOME" in environ else os.path.expanduser("~")
        usual = {"config": ".config", "data": ".local/share", "state": ".local/state", "cache": ".cache"}[name]
        return Path(home, usual, "leadcli") if os.path.isabs(home) else None
    import platformdirs

    system_folder = getattr(platformdirs, f"user_{name}_path")("leadcli", appauthor=False)
    return system_folder if isinstance(system_folder, Path) and system_folder.is_absolute() else None


def setting(key: str) -> Setting:
    """The declaration of `key`. Raises Usage with the nearest one."""
    known = SETTINGS.get(key)
    table, _, entry = key.partition(".")
    if known or (entry and table in OPEN):
        return known or OPEN[table]
    if table == "rates":
        raise Usage(f"{key}: rates belong to the desk.", hint=f"leadcli rates set {entry or 'USD'} RATE")
    close = nearest_name(key, SETTINGS)
    suggestion = f" Did you mean '{close}'?" if close else ""
    raise Usage(f"unknown setting '{key}'.{suggestion}", hint="all settings: leadcli config")


class Config(Mapping[str, Any]):
    """The settings of this run, by key; each is read when it is asked for, so that one bad line harms nobody else."""

    def __init__(self, environ: Mapping[str, str], *, flags: Mapping[str, str] | None = None) -> None:
        self.environ, self.flags = environ, dict(flags or {})
        self.path = config_path(environ)
        self._file: dict[str, Any] | None = None
        self._read: dict[str, Any] = {}

    def __getitem__(self, key: str) -> Any:
        """The value of a setting. Raises KeyError for an unknown key, Usage for a value that cannot be read."""
        if key not in self._read:
            if key not in self:
                raise KeyError(key)
            self._read[key] = self._parsed(key)
        return self._read[key]

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and (key in SETTINGS or (key.partition(".")[0] in OPEN and key in self.file))

    def __iter__(self) -> Iterator[str]:
        yield from SETTINGS
        yield from (key for key in self.file if key.partition(".")[0] in OPEN)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    @property
    def file(self) -> Mapping[str, Any]:
        """What the file says, tables flattened: {"mail.host": "localhost"}. Raises Usage when it is not TOML."""
        if self._file is None:
            self._file = _flatten(read_file(self.path)) if self.path else {}
        return self._file

    def forget_file(self) -> None:
        """As if there were no file."""
        self._file = {}

    @property
    def was_read(self) -> bool:
        """Something was looked up in the file."""
        return self._file is not None

    def value(self, key: str) -> tuple[str, str]:
        """A setting as it was written, and where: `flag`, `environment NAME`, the file's path, or `default`."""
        if self.flags.get(key):
            return (self.flags[key], "flag")
        for name in setting(key).environment:
            if self.environ.get(name):
                return (self.environ[name], f"environment {name}")
        if key in self.file:
            return (_value_text(self.file[key]), str(self.path))
        return (setting(key).kind.plain(setting(key).default, {}), "default")

    def parsed(self, key: str, text: str, origin: str = "") -> Any:
        """The value of a setting's text. Raises Usage that names the setting and where the text stands."""
        try:
            return setting(key).kind.parse(text, _NOWHERE)
        except ValueError as error:
            raise Usage(f"{key} '{text}' {error}.", hint=f"it stands in {origin}" if origin else "") from error

    def _parsed(self, key: str) -> Any:
        text, origin = self.value(key)
        if key in OBEYED and key in self.file and origin == str(self.path):
            self.require_trusted_file(key)
        result = setting(key).default if origin == "default" else self.parsed(key, text, origin)
        return bool(result) if setting(key).kind is FLAG and result is not None else result

    def require_trusted_file(self, what: str) -> None:
        """Raises Distrusted when the file of settings, which says to run something, could be somebody else's work."""
        flaw = self.flaw()
        if flaw:
            from leadcli.system import trust

            raise trust.distrust(what, flaw, may_trust=False)

    def require_trusted(self, what: str, paths: Iterable[Path]) -> None:
        """Raises Distrusted when one of these files, or a folder that holds one, could be somebody else's work."""
        from leadcli.system import trust

        flaw = trust.first_flaw(paths, trust.owners_trusted(self.environ), trusted_folders=self.trusted_folders)
        if flaw:
            raise trust.distrust(what, flaw, may_trust=not self.flaw())

    def flaw(self) -> Flaw | None:
        """Why the file of settings, or its folder, is not trusted; what is missing is."""
        from leadcli.system import trust

        return trust.first_flaw([self.path] if self.path else [], trust.owners_trusted(self.environ))

    @property
    def trusted_folders(self) -> Sequence[Path]:
        """The setting trust, resolved; none where the file itself is not trusted: it cannot vouch for itself."""
        return () if self.flaw() else [folder.resolve() for folder in self["trust"]]

    def warnings(self) -> Sequence[str]:
        """Keys of the file that mean nothing, each with the one that was probably meant."""
        sentences = []
        for key in self.file:
            try:
                setting(key)
            except Usage as error:
                sentences.append(f"{self.path}: {error.message}")
        return sentences

    @property
    def imports(self) -> Path | None:
        """Where import profiles are kept."""
        return self.path.parent / "imports" if self.path else None

    @property
    def hooks(self) -> Path | None:
        """Where hook programs are kept."""
        return self.path.parent / "hooks" if self.path else None


def shadowed_aliases(keys: Iterable[str], commands: Collection[str]) -> list[str]:
    """Those of the keys that are aliases named like one of leadcli's own commands, which wins."""
    return [key for key in keys if key.startswith("aliases.") and key.partition(".")[2] in commands]


def config_path(environ: Mapping[str, str]) -> Path | None:
    """The file of personal settings, whether it exists or not: LEADCLI_CONFIG, or config.toml in the user's folder."""
    if environ.get("LEADCLI_CONFIG"):
        return Path(environ["LEADCLI_CONFIG"])
    home = user_folder("config", environ)
    return home / "config.toml" if home else None


def read_file(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            import tomllib  # only those who have a file pay for its parser

            return tomllib.load(file)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except PermissionError:
        raise Failed(f"{path} cannot be read: permission denied.", hint="name another: LEADCLI_CONFIG=FILE") from None
    except OSError as error:
        raise Failed(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError as error:  # TOML's own errors and bytes that are not UTF-8
        raise Usage(f"{path} cannot be understood: {error}.", hint="mend it: leadcli config edit") from error


def _flatten(tables: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    settings: dict[str, Any] = {}
    for key, value in tables.items():
        if isinstance(value, dict):
            settings.update(_flatten(value, f"{before}{key}."))
        else:
            settings[before + key] = value
    return settings


def _value_text(value: Any) -> str:
    if isinstance(value, list):
        return os.pathsep.join(map(str, value))
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def check_settings(config: Config) -> list[str]:
    """Everything that is wrong with the settings, in sentences: for `doctor`."""
    try:
        problems = list(config.warnings())
    except LeadError as error:
        return [error.message]
    for key in config:
        try:
            config.parsed(key, *config.value(key))  # whoever may have written it: the doctor's own check says that
        except LeadError as error:
            problems.append(f"{error.message} ({error.hint})" if error.hint else error.message)
    return problems


SMTP_PASSWORD = "LEADCLI_SMTP_PASSWORD"


def take_secrets(environ: MutableMapping[str, str]) -> dict[str, str]:
    """A copy of the environment for this run; the mail password goes out of `environ`, which children inherit."""
    copied = dict(environ)
    environ.pop(SMTP_PASSWORD, None)
    return copied


def login() -> str:
    """The login name; '' where there is none."""
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        if os.environ.get(name):
            return os.environ[name]
    try:
        import getpass

        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""
