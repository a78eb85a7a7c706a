"""Regular expressions that are compiled when they are first used: most commands need few of them, and start sooner."""

from __future__ import annotations

import re
from functools import cached_property


class LazyPattern:
    """A pattern and its flags. The methods are those of a compiled one."""

    def __init__(self, text: str, flags: int = 0) -> None:
        self.text, self.flags = text, flags

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        return re.compile(self.text, self.flags)

    def fullmatch(self, text: str) -> re.Match[str] | None:
        return self.compiled.fullmatch(text)

    def sub(self, new: str, text: str) -> str:
        return self.compiled.sub(new, text)
