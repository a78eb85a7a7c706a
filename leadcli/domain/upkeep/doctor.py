"""The doctor: runs every check on the desk, and mends what can be mended safely."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from leadcli.config import settings as settings
from leadcli.domain.upkeep.doctor_checks import CHECKS, HINT, WARNING, Check
from leadcli.errors import BadDatabase, Damaged, Failed, LeadError
from leadcli.model.kinds import TEXT
from leadcli.model.results import Column, ResultNote, Table, format_count
from leadcli.store import engine
from leadcli.store.checks import strange_objects
from leadcli.store.failures import translate
from leadcli.store.safety_copy import copy_beside
from leadcli.store.store import Store, utc_text

_COLUMNS = (
    Column("check", "check", TEXT, 0),
    Column("severity", "severity", TEXT, 0),
    Column("message", "finding", TEXT, 0, whole=True),
)
_INTEGRITY = "integrity"  # findings of this name mean that data is lost


class Finding(NamedTuple):
    """One finding of a check. `severity` is error (data is at risk), warning (something does not work) or hint."""

    check: str
    severity: str
    message: str


class DoctorRequest(NamedTuple):
    """The optional checks to run beside the usual ones, whether to mend, and whether hints count as problems."""

    mail: bool = False
    cron: bool = False
    fix: bool = False
    strict: bool = False
    commands: Sequence[str] = ()  # whose names no alias can have


def examine_desk(store: Store, request: DoctorRequest) -> DoctorReport:
    """Run every check. With `fix`, copy the file, mend what is safe and run the checks again."""
    checks = [
        check
        for check in CHECKS
        if check.option in {"", *(["mail"] if request.mail else []), *(["cron"] if request.cron else [])}
    ]
    findings = _findings(store, checks, request.commands)
    mending = [check for check in checks if check.mend and any(each.check == check.name for each in findings)]
    if not request.fix or not mending:
        return DoctorReport(findings, strict=request.strict)
    copied = _copy_before_fix(store)
    unmended = [sentence for check in mending if (sentence := _mend(store, check))]
    after = _findings(store, checks, request.commands)
    mended = [each for each in findings if each not in after]
    done = [*(f"mended: {each.message}" for each in mended), *unmended, f"the copy made before: {copied}"]
    return DoctorReport(after, done, request.strict)


def _mend(store: Store, check: Check) -> str:
    """Mend the findings of a check. Returns why that failed, else ''."""
    assert check.mend
    try:
        check.mend(store)
    except LeadError as error:
        return f"could not mend {check.name}: {error.message}"
    except engine.FAILURES as error:
        return f"could not mend {check.name}: {translate(error, str(store.path or '')).message}"
    return ""


def damage_report(error: LeadError) -> DoctorReport:
    """The report on a file so damaged that no check can start."""
    return DoctorReport([Finding(_INTEGRITY, "error", error.message)])


def _findings(store: Store, checks: Sequence[Check], commands: Sequence[str]) -> list[Finding]:
    """The findings of all checks. Equal messages are listed once."""
    findings = [
        *(finding for check in checks for finding in _run_checks(store, check)),
        *_shadowed_aliases(store, commands),
    ]
    return list({finding.message: finding for finding in reversed(findings)}.values())[::-1]


def strange_report(strange: strange_objects.StrangeSchema) -> DoctorReport:
    """The report on a file that is not opened because it holds foreign SQL: one finding for each object."""
    return DoctorReport(
        [Finding("strange SQL", "error", f"{each.sentence}; {each.remedy}") for each in strange.objects]
    )


def drop_triggers(path: Path, strange: strange_objects.StrangeSchema, now: datetime) -> list[str]:
    """Copy the file, then drop its foreign triggers. Returns a sentence for each thing done."""
    copied = path.with_name(f"{path.name}.before-fix-{utc_text(now).replace(':', '')}")
    names = strange_objects.drop_triggers(path, strange.objects, copied=copied)
    mended = [f"mended: took the trigger {strange_objects.on_one_line(name)} out" for name in names]
    return [*mended, f"the copy made before: {copied}"]


def _run_checks(store: Store, check: Check) -> Iterator[Finding]:
    """The findings of one check. A check that fails is a finding itself."""
    try:
        yield from (Finding(check.name, check.severity, message) for message in check.look(store))
    except Damaged as error:
        yield Finding(_INTEGRITY, "error", error.message)
    except LeadError as error:
        yield Finding(check.name, "error", error.message)
    except engine.FAILURES as error:
        meaning = translate(error, str(store.path or ""))
        yield Finding(_INTEGRITY if isinstance(meaning, Damaged) else check.name, "error", meaning.message)
    except Exception as error:  # a check that cannot look must not keep the others from looking
        yield Finding(check.name, "error", f"could not be checked ({type(error).__name__})")


def _shadowed_aliases(store: Store, commands: Sequence[str]) -> Iterator[Finding]:
    """Findings for aliases of the user that a built-in command hides."""
    if not isinstance(store.config, settings.Config):
        return
    with contextlib.suppress(LeadError):  # a file that cannot be read is a finding of its own
        for key in settings.shadowed_aliases(store.config.file, commands):
            yield Finding("settings", WARNING, f"{key} does nothing: {key.partition('.')[2]} is a command of leadcli")


def _copy_before_fix(store: Store) -> Path:
    if store.path is None:
        raise Failed("there is no file to mend.")
    return copy_beside(store.connection, store.path, f"before-fix-{store.now.replace(':', '')}")


class DoctorReport(NamedTuple):
    """The findings that remain, and what was mended. With `strict` a hint counts as a problem."""

    findings: Sequence[Finding]
    done: Sequence[str] = ()
    strict: bool = False

    @property
    def code(self) -> int:
        """Exit code: 6 when data is lost, 4 for a problem, 0 for none or hints alone."""
        if any(each.check == _INTEGRITY for each in self.findings):
            return BadDatabase.code
        return 4 if self._problems else 0

    @property
    def _problems(self) -> Sequence[Finding]:
        return self.findings if self.strict else [each for each in self.findings if each.severity != HINT]

    def table(self) -> Table:
        """One row for each finding, for people and pipes."""
        rows = [finding._asdict() for finding in sorted(self.findings, key=lambda each: each.severity == HINT)]
        return Table(_COLUMNS, rows, key="check", footer=self.sentence, empty="All is well.")

    def note(self) -> ResultNote:
        """{"ok", "findings"} for --json."""
        findings = [finding._asdict() for finding in self.findings]
        return ResultNote(self.sentence, json={"ok": not self._problems, "findings": findings}, code=self.code)

    @property
    def sentence(self) -> str:
        """How many problems and hints there are."""
        hints = sum(each.severity == HINT for each in self.findings)
        problems = len(self.findings) - hints
        mendable = any(check.mend and any(each.check == check.name for each in self.findings) for check in CHECKS)
        hint = "  Mend what is safe: leadcli doctor --fix" if mendable else ""
        if not self.findings:
            return "All is well."
        headline = format_count(problems, "problem", grouped=False) if problems else "The desk is sound"
        if hints:
            headline += f", {format_count(hints, 'hint', grouped=False)} about leads that may get lost"
        return f"{headline}.{hint}"
