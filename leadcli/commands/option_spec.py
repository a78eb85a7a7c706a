"""One option: the parameter it fills, its spellings, what help says."""

from __future__ import annotations

from typing import Any


class OptionSpec:
    """One option: the parameter it fills, its spellings, and what help says. `type` bool is a flag."""

    def __init__(
        self, name: str, flags: str, panel: str, about: str, metavar: str | None = None, *, type: type = str,
        many: bool = False, default: Any = None,
    ) -> None:  # fmt: skip
        self.name, self.flags, self.panel, self.about, self.metavar = name, flags, panel, about, metavar
        self.type, self.many, self.default = type, many, default
