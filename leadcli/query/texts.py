"""Text in SQL without case and accents: GLOB patterns of letter classes, the name index, the word index.

SQLite's LIKE, lower() and NOCASE know ASCII only, and no SQL may need a Python function: so 'zurich' is looked for as
'*[zZ..][uUüÜ..][rR..][iIíÍ..][cCçÇ..][hH..]*'.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from unicodedata import category

from leadcli.query.scope import Scope, any_condition
from leadcli.text.match_keys import domain_spellings, fold_text, name_key

# Blocks whose letters have variants: Latin, Greek, Cyrillic, Armenian, ligatures, full-width forms.
_BLOCKS = ((0x20, 0x250), (0x370, 0x588), (0x1E00, 0x2000), (0x2010, 0x2020), (0xFB00, 0xFB07), (0xFF01, 0xFF5F))
# SQLITE_MAX_LIKE_PATTERN_LENGTH
_LONGEST = 50000
_MOST_TRIGRAMS = 20
# What FTS5's unicode61 takes for words. It parts them at these New Tai Lue and Vedic letters, though isalnum() is true.
_WORD = re.compile("[^\\W_\u19b0-\u19c0\u19c8\u19c9\u1cf2\u1cf3]+")
# Scripts written without spaces: Thai to Myanmar, Khmer, kana, Chinese, Hangul.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
                       "\U00020000-\U0003ffff]")  # fmt: skip
_SIGNED = re.compile(r"[^\W\d_][+#]+(?:\s|$)")
_SEARCHED = ("name", "first_name", "middle_name", "last_name", "company", "description")


def text_test(operator: str) -> Callable[[Scope, str, str], str]:
    """= equals, any other operator contains."""
    return equals_test if operator == "=" else contains_test


def contains_test(scope: Scope, expression: str, text: str) -> str:
    """SQL: the value has `text` somewhere, in any case, with or without accents."""
    needle = fold_text(text)
    if not needle:
        return f"instr({expression}, {scope.bind(text)}) > 0"
    if not any(_variants(letter) for letter in needle):
        return f"instr({expression}, {scope.bind(needle)}) > 0"
    patterns = [f"*{_pattern(places)}*" for places in _spellings(needle)]
    if max(len(pattern.encode()) for pattern in patterns) > _LONGEST:
        plain = f"instr(lower({expression}), lower({scope.bind(text)})) > 0"
        return f"({plain} OR instr({expression}, {scope.bind(text)}) > 0)"
    glob_test = any_condition(f"{expression} GLOB {scope.bind(pattern)}" for pattern in patterns)
    if not needle.isascii():
        return glob_test
    # GLOB is ten times slower than instr: only values with other letters than ASCII need it.
    plain = f"instr(lower({expression}), {scope.bind(needle)}) > 0"
    return f"({plain} OR (length({expression}) < length(CAST({expression} AS BLOB)) AND {glob_test}))"


def equals_test(scope: Scope, expression: str, text: str) -> str:
    """SQL: the value is `text`, in any case."""
    if text.isascii():
        return f"{expression} = {scope.bind(text)} COLLATE NOCASE"
    pattern = "".join(_class({letter, *_cases(letter)}) for letter in text)
    if len(pattern.encode()) > _LONGEST:
        return f"{expression} = {scope.bind(text)}"
    return f"{expression} GLOB {scope.bind(pattern)}"


def name_index_test(scope: Scope, text: str) -> str | None:
    """SQL: the record's name contains `text`, by its name key; None where records have none, or the text has no key."""
    needle = name_key(text)
    if "name_key" not in scope.record.indexes or not needle:
        return None
    key_test = f"instr(r.name_key, {scope.bind(needle)}) > 0"
    if scope.record.name != "lead" or len(needle) < 3:
        return key_test
    trigrams = dict.fromkeys(needle[at : at + 3] for at in range(len(needle) - 2))
    match = " AND ".join('"' + each.replace('"', '""') + '"' for each in list(trigrams)[:_MOST_TRIGRAMS])
    return f"(r.id IN (SELECT rowid FROM name_search WHERE name_search MATCH {scope.bind(match)}) AND {key_test})"


def word_index_test(scope: Scope, texts: Iterable[str]) -> str:
    """SQL: every word of `texts` begins a word of the lead; in other records each text is part of the name.

    Where the index knows less than a reader, what is searched is looked at itself: it parts Hindi words at their vowel
    signs, takes a run of Chinese or Thai for one word, and leaves out the signs of `c++`.
    """
    if scope.record.name != "lead":
        return " AND ".join(_in_name(scope, text) for text in texts)
    tokens: dict[str, None] = {}
    conditions = []
    for text in (part for each in texts for part in each.split() or [each]):
        folded = fold_text(domain_spellings(text)[-1] if "xn--" in text.lower() else text)
        words = _WORD.findall(folded)
        is_run = _UNSPACED.search(folded) is not None
        if not words:
            conditions.append(_in_name(scope, text))
        elif is_run or _SIGNED.search(folded) or any(category(letter)[0] == "M" for letter in folded):
            conditions.append(_mentions_test(scope, text))
        tokens.update(dict.fromkeys(() if is_run else words))
    if tokens:
        match = " AND ".join(f'"{token}"*' for token in tokens)
        conditions.insert(0, f"r.id IN (SELECT rowid FROM search WHERE search MATCH {scope.bind(match)})")
    return " AND ".join(conditions)


def _mentions_test(scope: Scope, text: str) -> str:
    """SQL: what is searched of a lead (see search_words) contains `text`."""

    def contains(expression: str) -> str:
        # A letter that folding takes apart stands in the value as it was typed.
        typed = "" if text.isascii() else f"instr({expression}, {scope.bind(text)}) > 0"
        return any_condition([contains_test(scope, expression, text), *([typed] if typed else [])])

    side = {"emails": "value", "tags": "value", "activities": "text"}
    return any_condition(
        [
            *(contains(f"r.{name}") for name in _SEARCHED),
            *(scope.side(table, contains(name)) for table, name in side.items()),
        ]
    )


def _in_name(scope: Scope, text: str) -> str:
    column = next((name for name in ("name", "text", "title", "label") if name in scope.record.fields), "id")
    return (name_index_test(scope, text) if column == "name" else None) or contains_test(scope, f"r.{column}", text)


def _pattern(places: Iterable[set[str]]) -> str:
    return "".join(_class(letters) for letters in places)


def _class(letters: set[str]) -> str:
    """A GLOB class of letters; ] and - only mean themselves in front, ^ anywhere else."""
    if len(letters) == 1:
        (letter,) = letters
        return f"[{letter}]" if letter in "*?[" else letter
    front, last = ("".join(sign for sign in signs if sign in letters) for signs in ("]-", "^"))
    return f"[{front}{''.join(sorted(letters - {*front, *last}))}{last}]"


def _spellings(needle: str) -> list[list[set[str]]]:
    """What may stand at each place: letter by letter, and again with ss as ß, ae as æ (three such places at most)."""
    _, joined = _folds()
    spellings: list[list[set[str]]] = [[]]
    at = 0
    while at < len(needle):
        pair = next((needle[at : at + size] for size in (3, 2) if needle[at : at + size] in joined), "")
        size = len(pair) if pair and len(spellings) < 8 else 1
        apart = [{letter, *_variants(letter)} for letter in needle[at : at + size]]
        choices = [apart, [set(joined[pair])]] if size > 1 else [apart]
        spellings = [each + choice for each in spellings for choice in choices]
        at += size
    return spellings


def _variants(letter: str) -> str:
    """The other letters that fold to this one."""
    single, _ = _folds()
    return single.get(letter) or "".join(_cases(letter))


def _cases(letter: str) -> set[str]:
    """The same letter in other cases (σ has two small ones)."""
    single, _ = _folds()
    forms = {letter.lower(), letter.upper(), letter.title(), *single.get(fold_text(letter), "")} - {letter}
    return {form for form in forms if len(form) == 1 and form.casefold() == letter.casefold()}


@lru_cache(maxsize=1)
def _folds() -> tuple[dict[str, str], dict[str, str]]:
    """Folded letter -> the letters that fold to it; letters (ss, ae) -> the single letters that fold to them."""
    single: dict[str, str] = {}
    joined: dict[str, str] = {}
    for low, high in _BLOCKS:
        for letter in map(chr, range(low, high)):
            folded = fold_text(letter)
            if folded == letter or not folded.strip():
                continue
            if len(folded) == 1:
                single[folded] = single.get(folded, "") + letter
            elif len(folded) <= 3 and folded.isalpha():
                joined[folded] = joined.get(folded, "") + letter
    return single, joined
