"""New desks: creates the file with the choice lists of a preset, and refuses a status list that cannot work."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from leadcli.domain.upkeep.presets import LOST_REASONS, PRESETS, PRIORITIES, STAGES, Preset, Status
from leadcli.errors import Refused, unknown_name
from leadcli.model.kinds import ChoiceOption, Record, option_key
from leadcli.model.results import ResultNote
from leadcli.store.engine import refuse_follower
from leadcli.store.journal.ranges import seed_vocabulary
from leadcli.store.replacement import read_contents, replace_store
from leadcli.store.store import Session, Store, create_store, memory_store


def find_preset(name: str) -> Preset:
    """The preset called `name`. Raises Usage with the list of presets otherwise."""
    if name not in PRESETS:
        raise unknown_name("preset", name, PRESETS, title="Presets")
    return PRESETS[name]


def create_desk(path: Path, desk: Session, *, preset: str = "default") -> ResultNote:
    """Create the file of a desk. Raises Refused when it exists."""
    fill = vocabulary_filler(preset)
    if path.exists():
        raise Refused(f"{path} exists already.", hint="use it as it is, or name another with --db FILE")
    if desk.keep and not create_store(path, desk, fill):
        raise Refused(f"{path} was just made by another leadcli.", hint="use it as it is")
    return _creation_note(path, preset, desk)


def _creation_note(path: Path, preset: str, desk: Session, *, copy: Path | None = None) -> ResultNote:
    statuses = ", ".join(status.label for status in PRESETS[preset].statuses)
    verb = desk.choose_verb("Made", "make")
    rescued = f" The desk that was there is now {copy}." if copy else ""
    return ResultNote(
        f"{verb} {path} with preset {preset}: statuses {statuses}.{rescued}",
        json={"path": str(path), "preset": preset, **({"copy": str(copy)} if copy else {})},
    )


def describe_loss(path: Path, desk: Session) -> str:
    """The contents of the desk at `path` in words: "3 leads and 1 account", '' for an empty desk.

    Raises BadDatabase for a file that is no desk, and for a Litestream follower.
    """
    refuse_follower(path)
    return str(read_contents(path, lock_timeout=desk.lock_timeout)) if path.stat().st_size else ""


def replace_desk(path: Path, desk: Session, *, preset: str = "default") -> ResultNote:
    """Replace the desk at `path` by an empty one. The note names the copy that was written first.

    Only an unused desk is replaced without a copy.
    """
    fill = vocabulary_filler(preset)
    target = path.resolve()  # a link stays a link
    if not desk.keep:
        return _creation_note(path, preset, desk)
    if not target.stat().st_size:
        create_store(target, desk, fill, replace=True)
        return _creation_note(path, preset, desk)
    return _creation_note(path, preset, desk, copy=replace_store(target, desk, fill))


def desk_in_memory(desk: Session) -> Store:
    """A desk in memory with the default preset, for a dry run where there is no file."""
    return memory_store(desk, vocabulary_filler("default"))


def vocabulary_filler(preset: str) -> Callable[[Store], None]:
    """The function that writes the choice lists of a preset into an empty desk. It writes no operation to undo."""
    values = list(preset_options(find_preset(preset)))
    settings = [("preset", preset), *([("needs_channel", "1")] if PRESETS[preset].needs_channel else [])]

    return lambda store: seed_vocabulary(store, values, settings)


def preset_options(preset: Preset) -> Iterator[Record]:
    """The rows of the table `options` for a preset."""
    yield from _status_rows("status", preset.statuses)
    yield from _status_rows("stage", STAGES)
    plain = {"source": preset.sources, "lost_reason": preset.lost_reasons or LOST_REASONS, "medium": preset.mediums}
    for field, labels in plain.items():
        for position, label in enumerate(labels):
            also = [option_key(short) for short, meant in preset.also.items() if meant == label]
            yield {**_choice_row(field, label, position), "also": json.dumps(also) if also else None}
    yield from (
        _choice_row("priority", label, position, colour=colour) for position, (label, colour) in enumerate(PRIORITIES)
    )


def _status_rows(field: str, statuses: Iterable[Status]) -> Iterator[Record]:
    for position, status in enumerate(statuses):
        follow = json.dumps(status.next) if status.next else None
        yield {
            **_choice_row(field, status.label, position, colour=status.colour),
            "state": status.state,
            "next": follow,
        }


def _choice_row(field: str, label: str, position: int, *, colour: str = "") -> Record:
    return {
        "field": field,
        "key": option_key(label),
        "label": label,
        "position": position,
        "colour": colour or None,
        "state": None,
        "next": None,
        "also": None,
    }


def refuse_unworkable(statuses: Iterable[ChoiceOption], field: str = "status") -> None:
    """Raises Refused unless the list has an active open, an active won and an active lost status."""
    states = {option.state for option in statuses if option.active}
    for needed, why in (
        ("open", "leads start in it"),
        ("won", "leads are won into it"),
        ("lost", "leads are lost into it"),
    ):
        if needed not in states:
            raise Refused(
                f"the {field} list would be left without a {needed} one, and {why}.",
                hint=f"give another one that state first: leadcli field edit {field} --choice NAME --state {needed}",
            )
