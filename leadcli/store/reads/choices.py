"""The lists that choices keep as JSON: statuses that may follow, statuses a type allows, other spellings."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from leadcli.errors import BadDatabase

if TYPE_CHECKING:
    pass

LISTS = ("allow", "next", "also")


def choice_list(option: Sequence[Any], text: str) -> tuple[str, ...]:
    """A list kept as JSON in a row of `options` that begins (field, key, label). Raises BadDatabase when it is none."""
    values = parse_list(text)
    if values is None:
        raise BadDatabase(
            f"the choice '{option[2]}' of {option[0]} holds a list that cannot be read.",
            hint="empty that list, after a copy was made: leadcli doctor --fix",
        )
    return values


def parse_list(text: str) -> tuple[str, ...] | None:
    """The texts of a JSON array; None for anything else."""
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return tuple(values) if isinstance(values, list) and all(isinstance(each, str) for each in values) else None
