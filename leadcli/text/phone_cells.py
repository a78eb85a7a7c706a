"""The one reader of telephone numbers as people keep them: with remarks, extensions, several in one cell.

`read_phone` serves every door (add, edit, forms, JSON, vCards, imports). A remark is never dialled, and a number nobody
meant is never made up: what is not sure keeps its text, and says why.

    +49 30 123456 (privat)         +4930123456, label privat
    +43 1 2345678 DW 12            +4312345678;ext=12
    030/123456 o. 0171/1234567     two numbers, in region DE
    +353 1 234 5678 / 9            the text, read as +35312345678 alone
    +49 30 123456 8-17 Uhr         the text, read as +4930123456: an hour, a floor or a count is dialled by nobody
    442079460000                   the text, in region DE: it may be British
    1-800-FLOWERS                  +18003569377 in North America, where letters stand in the number's place in full
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import takewhile
from typing import NamedTuple
from unicodedata import normalize

from leadcli.text.phone_words import BETWEEN, EXTENSIONS, LABELS, NUMBER_WORDS
from leadcli.text.phones import Number, digits, read_number, read_plain

UNREAD = "cannot be read as a number with its country; kept as typed"
_SEVERAL = "may be several numbers; kept as typed (part them by ;)"
_PLAIN = re.compile(r"[+(]*\d[\d ().\-]*\d", re.ASCII)
_LONGEST = 300  # characters of a cell that is taken apart; no number is longer
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-") | {"\u00a0": " ", "\t": " "})
_URI = re.compile(r"(?:tel|p):\s*", re.IGNORECASE)
_PARAMETERS = re.compile(r";(?!ext=)[a-z][a-z-]*=[^;]*", re.IGNORECASE)  # RFC 3966
_CONTEXT = re.compile(r";phone-context=(\+\d+)", re.IGNORECASE)
_PARENTHESES = re.compile(r"[(\[]([^()\[\]]*[^\W\d_][^()\[\]]*)[)\]]")
_HOUR = r"\d{1,2}(?::\d\d)?"
# Digits that are dialled by nobody: 17 Uhr, 8-17h, 8:00, (8-17), 2. OG, 3rd floor, 2x.
_REMARK = (
    rf"(?<=[\s(])(?:{_HOUR}\s*(?:-\s*{_HOUR}\s*)?(?:h|uhr|am|pm|x)\b"
    r"|\d{1,2}:\d\d|\d\.\s?[^\W\d_]|\d(?:st|nd|rd|th)\b)"
    r"|\(\d{1,2}\s*-\s*\d{1,2}\)"
)
_BODY = re.compile(rf"(?:\(\s*)?(?:\+\s*)?\(?\d(?:(?!{_REMARK})[\d\s().\-/\\·+])*", re.IGNORECASE)
_CHAT_LINK = re.compile(r"(?:https?://)?(?:wa\.me/|(?:api|web)\.whatsapp\.com/send/?\?phone=)\+?(?=\d)", re.IGNORECASE)
_EXTENSION_WORD = "|".join(sorted(map(re.escape, EXTENSIONS), key=len, reverse=True))
_EXTENSION = re.compile(
    rf"[\s,;:/\-]*(?:(?<![^\W\d_])(?:{_EXTENSION_WORD})[\s.:=\-]*|\#\s*|,,+\s*|[pw](?=\d)|;ext=)"
    r"\(?(\d{1,8})\)?\s*\#?(?![\d\w])",
    re.IGNORECASE,
)
_WORDS_BETWEEN = "|".join(sorted(map(re.escape, BETWEEN), key=len, reverse=True))
_STRONG = re.compile(
    rf"\s+(?:{_WORDS_BETWEEN})\.?\s+(?=[^\s])|\s*(?:&|\||\n|;(?!ext=)|(?<!,),(?!,)|(?<=\d)\s+(?:-\s+)?(?=\(?\+))\s*",
    re.IGNORECASE,
)
_SLASH = re.compile(r"\s*[/\\]+\s*")
_WORD = re.compile(r"[^\W\d_][^\W\d_'’\-]{0,28}[^\W\d_]")
_VANITY = re.compile(r"\+?[\d\s().\-]*\d[\s().\-]*[A-Za-z][A-Za-z\d\s().\-]*", re.ASCII)
_KEYS = str.maketrans(dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "22233344455566677778889999", strict=True)))
_SHORTEST = 6  # digits of a number that stands alone
_FRONT = 7  # digits before the letters: +1 212 664-TOWN
_TOLL_FREE = re.compile(r"\+1(?:8(?:00|33|44|55|66|77|88)|900)")


class PhoneReading(NamedTuple):
    """One number of a cell: `value` as typed without its remark, E.164 or None, a label of its own, what to warn of."""

    value: str
    e164: str | None
    label: str = ""
    warning: str = ""


class _Single(NamedTuple):
    """A text that holds one number: the reading of its digits, and where it ends as typed."""

    value: str
    number: Number
    extension: str
    label: str
    dropped: str  # a remark that became no label
    is_rest_unread: bool = False  # digits stand in what follows

    def e164(self) -> str | None:
        if not self.number.e164 or not self.extension:
            return self.number.e164
        return f"{self.number.e164.partition(';')[0]};ext={self.extension}"


@lru_cache(maxsize=4096)
def read_phone(text: str, region: str) -> tuple[PhoneReading, ...]:
    """One value -> its numbers, one or more; texts that hold none come back whole."""
    typed = _URI.sub("", text, count=1) if _URI.match(text) else text
    if not typed or len(typed) > _LONGEST:
        return (PhoneReading(typed, None, "", UNREAD),)
    if _PLAIN.fullmatch(typed):
        return (_plain(typed, region),)
    plain = _CHAT_LINK.sub("+", _without_parameters(normalize("NFKC", typed).translate(_DASHES).strip()))
    bare = _EXTENSION.sub(_mask, _PARENTHESES.sub(_mask, plain))  # nothing in them parts two numbers
    parts = [part for part in _strong_parts(plain, bare) if part.strip()]
    if len(parts) > 1:
        return _read_list(typed, parts, region)
    return _read_slashes(typed, plain, bare, region)


def _plain(typed: str, region: str) -> PhoneReading:
    """A number with nothing beside it."""
    e164, other = read_plain(typed, region)
    return _reading(_Single(typed, Number(e164, other), "", "", ""), typed)


def _mask(match: re.Match[str]) -> str:
    return "_" * len(match[0])


def verbatim(text: str, region: str) -> PhoneReading:
    """The same for a value that must stay as it is: an own export's, a key looked up."""
    readings = read_phone(text, region)
    return PhoneReading(text, readings[0].e164 if len(readings) == 1 else None, "", readings[0].warning)


def _without_parameters(text: str) -> str:
    """RFC 3966: a context is the front of the number, other parameters but `ext` say nothing to a seller."""
    if ";" not in text:
        return text
    context = _CONTEXT.search(text)
    return (context[1] + " " if context and not text.startswith("+") else "") + _PARAMETERS.sub("", text)


def _strong_parts(plain: str, bare: str) -> list[str]:
    """The text at its commas, "or"s and further pluses; one part when only one of them has digits."""
    parts = _pieces(plain, [match.span() for match in _STRONG.finditer(bare)])
    return parts if sum(any(map(str.isdigit, part)) for part in parts) > 1 else [plain]


def _read_list(typed: str, parts: Sequence[str], region: str) -> tuple[PhoneReading, ...]:
    """Several parts with digits: as many numbers when each is whole, else the first alone or none."""
    singles = [single for part in parts for single in _part(part, region)]
    if all(single and single.number.is_whole and not single.is_rest_unread for single in singles):
        return tuple(_reading(single, "") for single in singles if single)
    return (_first_alone(typed, singles[0]),)


def _part(part: str, region: str) -> Sequence[_Single | None]:
    """A part of a list: one number, or several with a slash between them."""
    pieces = _SLASH.split(part)
    several = [_single(piece, region) for piece in pieces] if len(pieces) > 1 else []
    if several and all(single and single.number.is_whole for single in several):
        return several
    return [_single(part, region)] if any(map(str.isdigit, part)) else []


def _read_slashes(typed: str, plain: str, bare: str, region: str) -> tuple[PhoneReading, ...]:
    """One number, whatever slashes it has, unless what stands between them is whole by itself."""
    slashes = [match.span() for match in _SLASH.finditer(bare)]
    spaced = [(start, end) for start, end in slashes if end - start > 1]
    for bounds in filter(None, (spaced, slashes)):
        if any(len(digits(piece)) < _SHORTEST for piece in _pieces(plain, bounds)):
            continue
        singles = [_single(piece, region) for piece in _pieces(plain, bounds)]
        if all(single and single.number.is_whole and not single.is_rest_unread for single in singles):
            return tuple(_reading(single, "") for single in singles if single)
    whole = _single(plain, region)
    pieces = _pieces(plain, slashes)
    for place, slash in enumerate(slashes):
        front = _single(plain[: slash[0]], region) if len(digits(plain[: slash[0]])) >= _SHORTEST else None
        if front and _is_another_ending(front, pieces, place, is_spaced=slash in spaced, whole=whole):
            return (_first_alone(typed, front),)
    if whole is None:
        return (PhoneReading(typed, None, "", UNREAD),)
    return (_reading(whole, typed),)


def _pieces(text: str, bounds: Sequence[tuple[int, int]]) -> list[str]:
    """What stands before, between and behind these places."""
    edges = [0, *(at for span in bounds for at in span), len(text)]
    return [text[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True)]


def _is_another_ending(
    front: _Single, pieces: Sequence[str], place: int, *, is_spaced: bool, whole: _Single | None
) -> bool:
    """The number before this slash is one already, and what follows stands for its last digits or lacks its front.

    Not where slashes part groups of digits: 01/42/68/53/00, 0664/1234/567.
    """
    if not front.number.is_valid or not front.number.is_whole:
        return False
    before, behind = len(digits(pieces[place])), len(digits(pieces[place + 1]))
    if is_spaced or pieces[place + 1].startswith("-"):
        return True
    if len(pieces) > 2 and before <= 4:
        return False
    return behind <= 3 or whole is None or not whole.number.is_valid


def _first_alone(typed: str, first: _Single | None) -> PhoneReading:
    """The text kept whole, read as the number that is surely meant, if one is."""
    if first is None or not first.number.is_whole or not first.number.e164:
        return PhoneReading(typed, None, "", _SEVERAL)
    return PhoneReading(typed, first.e164(), "", f"is read as {first.e164()} alone; kept as typed (part numbers by ;)")


def _reading(single: _Single, typed: str) -> PhoneReading:
    """What becomes of one number; `typed` is the text to keep when it cannot be read or nothing was taken out of it."""
    number, e164 = single.number, single.e164()
    if not e164:
        text = f"may be {number.other}; kept as typed (write its plus, or name its country: --phone-region)"
        return PhoneReading(typed or single.value, None, "", text if number.other else UNREAD)
    if single.is_rest_unread:
        return PhoneReading(typed, e164, "", f"is read as {e164}; the remark was kept as typed")
    warning = f"is read as {e164}; write its plus if it is {number.other}" if number.other else ""
    if single.dropped:
        warning = f"has the remark '{single.dropped}', which was left out"
    value = single.value if single.label or single.dropped or not typed else typed
    return PhoneReading(value, e164, single.label, warning)


def _single(text: str, region: str) -> _Single | None:
    """One number with what stands around it; None for no number, or where it is not sure which."""
    if (vanity := _vanity(text, region)) is not None:
        return vanity
    remarks = [match[1].strip() for match in _PARENTHESES.finditer(text)]
    bare = _PARENTHESES.sub("  ", text)
    extension = ""
    for remark in remarks:
        if match := _EXTENSION.fullmatch(remark):
            extension = match[1]
            remarks.remove(remark)
            break
    body = _BODY.search(bare)
    if body is None:
        return None
    end = body.start() + len(body[0].rstrip(" (-./\\+"))
    end = body.end() if bare[end:].startswith(")") else end
    before, after = bare[: body.start()], bare[end:]
    if before.endswith("/") or "@" in bare:
        return None  # a link or an address
    if match := _EXTENSION.match(after):
        extension, after, end = match[1], after[match.end() :], end + match.end()
    if not _is_parted(before[::-1]) or not _is_parted(after):
        return None
    value, number = bare[body.start() : end].strip(), read_number(body[0].rstrip(" (-./\\+"), region)
    if any(map(str.isdigit, after)):
        is_sure = number.is_whole and after[:1] in " ,;:-"
        return _Single(value, number, extension, "", "", True) if is_sure else None
    words = [word for word in (_strip_marks(before), *remarks, _strip_marks(after)) if word]
    if (words or extension) and not number.is_whole:
        number = number._replace(e164=None)  # 1-800-FLOWERS is no number of three digits
    return _with_label(value, number, extension, words)


def _is_parted(beside: str) -> bool:
    """What stands beside the digits, read away from them, is no part of the number: 12O456 is none."""
    if not beside or not beside[0].isalpha():
        return True
    word = "".join(takewhile(str.isalpha, beside)).casefold()
    return not LABELS.isdisjoint((word, word[::-1])) or not NUMBER_WORDS.isdisjoint((word, word[::-1]))


def _strip_marks(text: str) -> str:
    """A remark without the marks around it; '' for marks alone."""
    text = text.strip(" ,;:.-/\\()[]<>*!?\"'")
    return text if any(map(str.isalpha, text)) else ""


def _with_label(value: str, number: Number, extension: str, words: Sequence[str]) -> _Single:
    """A remark of one word is a label, others are left out; what only says that a number follows goes in silence."""
    words = [word for word in words if word.casefold().strip(" .") not in NUMBER_WORDS]
    label = next((word for word in words if _WORD.fullmatch(word)), "")
    dropped = ", ".join(word for word in words if word != label)
    return _Single(value, number, extension, label.casefold(), dropped)


def _vanity(text: str, region: str) -> _Single | None:
    """Letters in a number's own place, in full: 1-800-FLOWERS in North America, 0800 REIMANN where it is toll-free."""
    if not _VANITY.fullmatch(text):
        return None
    words = re.findall(r"[A-Za-z]+", text)
    known = LABELS | EXTENSIONS | NUMBER_WORDS
    if any(word.casefold() in known for word in words) or len(digits(text.partition(words[0])[0])) > _FRONT:
        return None
    number = read_number(text.upper().translate(_KEYS), region)
    if not number.e164 or not number.is_valid or number.other:
        return None
    is_free = _TOLL_FREE.match(number.e164) or _is_service(number.e164)
    is_american = number.e164.startswith("+1") and all(map(str.isupper, words))
    return _Single(text.strip(), number, "", "", "") if is_free or is_american else None


def _is_service(e164: str) -> bool:
    from phonenumbers import PhoneNumberType, number_type, parse

    services = (PhoneNumberType.TOLL_FREE, PhoneNumberType.SHARED_COST, PhoneNumberType.PREMIUM_RATE,
                PhoneNumberType.UAN)  # fmt: skip
    return number_type(parse(e164)) in services


def e164(text: str, region: str) -> str | None:
    """`020 7946 0000` in region GB -> `+442079460000`; None when it cannot be read as one possible number.

    An extension follows as `;ext=12`. Rules: `read_phone`.
    """
    readings = read_phone(text, region)
    return readings[0].e164 if len(readings) == 1 else None
