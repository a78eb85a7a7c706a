"""One column of a file and what it is taken for."""

from __future__ import annotations

from typing import NamedTuple


class Column(NamedTuple):
    """A column by its place and header.

    `place` counts from 0. `field` is the registry's name, `person` for a whole name in one column, '' when the column
    feeds nothing. Columns of one `group` belong together: an e-mail and its label, the parts of one address. `part` is
    value or label, for do_not_contact refusal or consent; `line` the place of a street's line; `label` what the header
    says of its values ("mobile").
    `how`: told | name | known | similar; without a field ignored (told to, or leadcli's own bookkeeping) | likely (only
    suggested, `suggestion` with `likeness` per cent) | spared (another column is the better one) | unmapped.
    """

    place: int
    header: str
    field: str = ""
    how: str = "unmapped"
    group: str = ""
    part: str = "value"
    line: int = 0
    label: str = ""
    suggestion: str = ""
    likeness: int = 0
    sample: str = ""
