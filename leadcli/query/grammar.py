"""Filter text -> tree: terms, words, ids and views under not, and, or; errors point at their column.

status:new value:5000..  'value>5000'      field OP value, joined by and when they stand side by side
ada  "Ada Lovelace"  12  20-25  @hot       words, ids, a saved view
(status:new or status:lost) not tag:spam   not binds before and, and before or
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache

from leadcli.errors import Usage
from leadcli.model.carriers import NamedTuple

OPERATORS = (":", "=", "!=", ">", ">=", "<", "<=", "~")
# SQLite refuses expressions that are too large or too deep; nobody types a filter like that.
MOST_TERMS, DEEPEST = 400, 20

_HEAD = r"([^\W\d][\w-]*)(!=|>=|<=|[:=<>~])"
_KEYWORD = r"(not|or|and|NOT|OR|AND)(?=[\s()]|$)"
_NEGATED = r"[-!]([^\W\d][\w-]*(?:!=|>=|<=|[:=<>~]))"
_LONE = r"!=|>=|<=|[:=<>~]"
_VIEW = r"@[\w-]+"
# Verbose, so that its alternatives can be read one by one.
_EXPRESSION = (
    r"""(?x) ["()] | (?:^|\s)(?:or|not|OR|NOT)(?=\s|$) | (?:^|\s)@[\w-]+(?=\s|$)"""
    r""" | \s[^\W\d][\w-]*(?:!=|>=|<=|[:=<>~])"""
)
_TERM = "a term such as status:new, a word, not, or ("


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compiled when a filter first needs it: most commands start without."""
    return re.compile(pattern)


class Value(NamedTuple):
    """What stands behind the operator: the whole text, its parts between commas, and whether it was quoted."""

    text: str
    parts: tuple[str, ...] = ()
    quoted: bool = False


class Term(NamedTuple):
    """`field OP value`; `text` is the term as typed."""

    field: str
    operator: str
    value: Value
    text: str


class Word(NamedTuple):
    """A word or a quoted phrase without a field."""

    text: str
    quoted: bool = False


class Ids(NamedTuple):
    """Ids named one by one or as ranges; one id is a range of length 1."""

    ranges: tuple[range, ...]


class View(NamedTuple):
    """`@name`; `tree` is filled in when the view has been read."""

    name: str
    tree: Node | None = None


class Not(NamedTuple):
    tree: Node


class All(NamedTuple):
    """Everything in `parts` holds; no parts: everything matches."""

    parts: tuple[Node, ...] = ()


class Either(NamedTuple):
    parts: tuple[Node, ...]


Node = Term | Word | Ids | View | Not | All | Either


def terms(tree: Node) -> tuple[Node, ...]:
    """What is joined by and at the top of a tree."""
    return tree.parts if isinstance(tree, All) else (tree,)


class _Token(NamedTuple):
    """`kind` is ( ) not or and, "term" (with its node), or "end"; `column` counts from 0."""

    kind: str
    column: int
    node: Node | None = None


def join_words(argv: Iterable[str]) -> str:
    """The elements of a command line -> one filter text, quotes that the shell took put back.

    An element without white space stays as it is, and so does one that is an expression of its own: it has quotes,
    parentheses, or, not, @view or a second `field OP`. Else `name:Ada Lovelace` is one term, `Ada Lovelace` a phrase.
    """
    return " ".join(_element(element) for element in argv if element.strip())


def _element(element: str) -> str:
    if not re.search(r"\s", element):
        return element
    if _compiled(_EXPRESSION).search(element):
        return element.strip()
    head = _compiled(_HEAD).match(element.strip())
    rest = element.strip()[head.end() if head else 0 :].strip().replace("\\", "\\\\")
    return f'{head[0] if head else ""}"{rest}"'


def parse_ids(text: str, letter: str = "") -> tuple[range, ...] | None:
    """`12` `#12` `12,14` `20-25` (`A4` `A4-A6` where records have a letter) -> ranges; None when it is something else.

    Raises Usage for a range that runs backwards.
    """
    one = rf"#?{f'{letter}?' if letter else ''}([1-9]\d{{0,17}}|0)"
    if not re.fullmatch(rf"{one}(-{one})?(,{one}(-{one})?)*,?", text, re.ASCII | re.IGNORECASE):
        return None
    ranges = []
    for part in filter(None, text.split(",")):
        first, _, last = part.partition("-")
        low, high = (int(re.sub(r"\D", "", side)) for side in (first, last or first))
        if low > high:
            raise Usage(
                f"the ids '{part}' run backwards.", hint=f"write {high}-{low}; a day is written created:2026-11-22."
            )
        ranges.append(range(low, high + 1))
    return tuple(ranges)


def read_query(text: str, letter: str = "") -> Node:
    """The tree of a filter text; Usage with a caret under the first thing that cannot be understood."""
    return _Parser(text, _tokens(text, letter)).whole()


def locate_terms(text: str, letter: str = "") -> list[tuple[int, Node]]:
    """The terms, words, ids and views of a filter text with the column where each begins."""
    return [(token.column, token.node) for token in _tokens(text, letter) if token.node is not None]


def grammar_error(text: str, column: int, problem: str, expected: str) -> Usage:
    """A Usage error with the text and a caret under `column`."""
    from unicodedata import combining, east_asian_width

    shown = "".join(" " if letter.isspace() or not letter.isprintable() else letter for letter in text)
    start = max(0, column - 60)
    cut = "…" if start else ""
    before = cut + shown[start:column]
    width = sum(2 if east_asian_width(each) in "WF" else 0 if combining(each) else 1 for each in before)
    after = shown[column : column + 40] + ("…" if len(shown) > column + 40 else "")
    return Usage(f"{problem}:\n         {before}{after}\n         {' ' * width}^ {expected}")


def _tokens(text: str, letter: str) -> list[_Token]:
    tokens, at = [], 0
    while at < len(text):
        if text[at].isspace():
            at += 1
        elif text[at] in "()":
            tokens.append(_Token(text[at], at))
            at += 1
        elif text[at] in "noaNOA" and (keyword := _compiled(_KEYWORD).match(text, at)):
            tokens.append(_Token(keyword[1].lower(), at))
            at = keyword.end()
        else:
            node, end = _term(text, at, letter)
            tokens.append(_Token("term", at, node))
            at = end
    return [*tokens, _Token("end", max(0, len(text.rstrip()) - 1))]


def _term(text: str, at: int, letter: str) -> tuple[Node, int]:
    head = _compiled(_HEAD).match(text, at)
    if head:
        value, end = _value(text, head.end())
        return Term(head[1], head[2], value, text[at:end]), end
    if negated := _compiled(_NEGATED).match(text, at):
        raise grammar_error(text, at, "a term cannot be negated with a sign", f"write not {negated[1]}...")
    if lone := _compiled(_LONE).match(text, at):
        raise grammar_error(
            text,
            at,
            f"'{lone[0]}' has no field before it",
            "write it without spaces, such as value:5000.. or 'value>5000'",
        )
    value, end = _value(text, at)
    if value.quoted:
        return Word(value.text, quoted=True), end
    if _compiled(_VIEW).fullmatch(value.text):
        return View(value.text[1:]), end
    # Ten digits and more are part of a phone number, not the number of a lead.
    ranges = None if re.fullmatch(r"\d{10,}", value.text) else parse_ids(value.text, letter)
    return (Ids(ranges) if ranges else Word(value.text)), end


def _value(text: str, at: int) -> tuple[Value, int]:
    """The value that begins at `at`, up to white space or a closing parenthesis; quotes may open each of its parts."""
    parts: list[str] = []
    current: list[str] = []
    opened: list[int] = []
    quoted, fresh = False, True
    while at < len(text) and not text[at].isspace():
        letter = text[at]
        if letter == '"' and fresh:
            inner, at = _quoted(text, at)
            current.append(inner)
            quoted, fresh = True, False
            continue
        if letter == ")" and not opened:
            break
        if letter == "(":
            opened.append(at)
        elif letter == ")":
            opened.pop()
        if letter == ",":
            parts.append("".join(current))
            current = []
        else:
            current.append(letter)
        fresh = letter == "," or current[-2:] == [".", "."]
        at += 1
    if opened:
        raise grammar_error(
            text, opened[-1], "a parenthesis inside a value is not closed", 'expected ) or quotes: name:"a (b"'
        )
    parts.append("".join(current))
    return Value(",".join(parts), tuple(part.strip() for part in parts if part.strip()), quoted), at


def _quoted(text: str, start: int) -> tuple[str, int]:
    r"""The text between quotes, \" and \\ unescaped, and where it ends."""
    inside = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL).match(text, start)
    if not inside:
        raise grammar_error(text, start, "the quote is not closed", 'expected another " further on')
    return re.sub(r'\\(["\\])', r"\1", inside[1]), inside.end()


class _Parser:
    """Recursive descent over the tokens of one text."""

    def __init__(self, text: str, tokens: Sequence[_Token]) -> None:
        self.text, self.tokens, self.at, self.depth = text, tokens, 0, 0

    @property
    def token(self) -> _Token:
        return self.tokens[self.at]

    def whole(self) -> Node:
        if self.token.kind == "end":
            return All()
        tree = self.either()
        if self.token.kind == ")":
            raise grammar_error(
                self.text,
                self.token.column,
                "a parenthesis closes what was never opened",
                "expected nothing, or ( further left",
            )
        return tree

    def either(self) -> Node:
        parts = [self.all()]
        while self.token.kind == "or":
            self.at += 1
            parts.append(self.all())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def all(self) -> Node:
        parts = [self.one()]
        while self.token.kind not in ("end", ")", "or"):
            if self.token.kind == "and":
                self.at += 1
            parts.append(self.one())
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def one(self) -> Node:
        token = self.token
        if token.kind == "end":
            raise grammar_error(self.text, token.column, "filter ends too early", f"expected {_TERM}")
        if token.kind in ("or", "and", ")"):
            raise grammar_error(
                self.text, token.column, f"'{token.kind}' stands in the wrong place", f"expected {_TERM}"
            )
        self.at += 1
        if token.node is not None:
            return token.node
        self.depth += 1
        if self.depth > DEEPEST:
            raise grammar_error(
                self.text, token.column, f"the filter is nested more than {DEEPEST} deep", "say it more simply"
            )
        tree = Not(self.one()) if token.kind == "not" else self.group(token)
        self.depth -= 1
        return tree

    def group(self, opening: _Token) -> Node:
        tree = self.either()
        if self.token.kind != ")":
            raise grammar_error(self.text, opening.column, "a parenthesis is not closed", "expected ) further on")
        self.at += 1
        return tree
