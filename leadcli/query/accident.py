"""Notices a lost redirect: in `leadcli list value>5000` the shell writes the output to a file named 5000."""

from __future__ import annotations

import re
from collections.abc import Iterable

from leadcli.errors import Usage
from leadcli.model.fields import LEAD, RecordType
from leadcli.query.scope import find_field

_COMPARED = {"number", "decimal", "money", "date", "moment", "due", "id"}
_CONDITION = re.compile(
    r"(=?)([+-]?[0-9][0-9.]*[kKmM%]?|[0-9]{4}-[0-9qQwW][0-9-]*|[+-]?[0-9]+[dwmy]|today|yesterday|tomorrow)"
)


def find_lost_redirect(argv: Iterable[str], stdout_name: str, record: RecordType = LEAD) -> None:
    """Raise Usage when a field stands alone among the arguments and the output goes to a file named like its value.

    `stdout_name` is the name of the regular file standard output was sent to, '' when it is none.
    """
    name = stdout_name.replace("\\", "/").rpartition("/")[2]
    match = _CONDITION.fullmatch(name)
    if not match:
        return
    for word in argv:
        field = find_field(record, word) if word.isidentifier() else None
        if field is not None and field.kind.filter in _COMPARED:
            raise Usage(
                f"'{word}' is a field without a condition, and the shell sent this output to a file named '{name}'.",
                hint=f"write {word}:{match[2]}.. (or quote it: '{word}>{name}'), then delete the file {name}.",
            )
