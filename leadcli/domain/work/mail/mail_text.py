"""The text of a received message: MIME parts, charsets as mail programs misuse them, HTML, and what a reply quotes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from email.message import Message
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

LONGEST_TEXT = 100_000  # characters that are kept
_LONGEST_HTML, _MOST_NODES, _DEEPEST_HTML = 300_000, 50_000, 3_000
# What mail programs call a charset, and the larger one they write in. Names are compared without punctuation.
_LARGER = {
    "gb2312": "gb18030", "gbk": "gb18030", "euccn": "gb18030", "xgbk": "gb18030", "cp936": "gb18030",
    "euckr": "cp949", "ksc56011987": "cp949", "ksc5601": "cp949", "shiftjis": "cp932", "sjis": "cp932",
    "xsjis": "cp932", "windows31j": "cp932", "big5": "big5hkscs", "iso88591": "cp1252", "latin1": "cp1252",
    "iso88599": "cp1254", "tis620": "cp874", "windows874": "cp874", "iso885911": "cp874", "iso88598i": "iso8859_8",
    "iso88598e": "iso8859_8", "utf8mb4": "utf-8", "unicode11utf7": "utf-7", "iso2022jp": "iso2022_jp_ext",
    "iso88596i": "iso8859_6", "xmaccyrillic": "mac_cyrillic", "macintosh": "mac_roman", "xmacroman": "mac_roman",
}  # fmt: skip
_GUESSED = ("", "ascii", "usascii", "utf8", "unknown8bit", "xunknown", "unknown", "default", "8bit", "binary", "none")
_CHARSET = re.compile(r"utf|iso|cp|windows|koi8|gb|big5|euc|shift|mac|latin|hz|ks|johab|ptcp", re.IGNORECASE)
_CONTROL = re.compile(
    r"\x1b\[[0-9;?]*[ -/]*[@-~]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]"
)
# Marks in the text of HTML until it is laid out. No text that came in has them.
_QUOTE, _UNQUOTE, _LINE, _PARAGRAPH = "\x01\x02\x03\x04"
_SILENT = frozenset(["script", "style", "head", "title", "template", "noscript", "svg", "object", "select", "textarea"])
_BLOCKS = frozenset([
    "address", "article", "blockquote", "div", "dl", "dt", "dd", "fieldset", "footer", "form", "h1", "h2", "h3", "h4",
    "h5", "h6", "header", "li", "main", "nav", "ol", "p", "pre", "section", "table", "tr", "ul", "hr", "center",
])  # fmt: skip
_ENDLESS = frozenset(
    ["br", "img", "hr", "meta", "input", "link", "col", "p", "li", "td", "tr", "th", "dt", "dd", "option"]
)
_SPACED = frozenset(["p", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre"])
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all", re.IGNORECASE)
_STUB = re.compile(r"\bhtml\b", re.IGNORECASE)
_QUOTE_BEGINS = re.compile(
    r"(?:_{10,}|-{2,} ?(?:original|forwarded|weitergeleitete|urspr\w+|message|mensaje|messaggio|oorspronkelijk)\b.*"
    r"|(?:on|am|le|el|il|op|em|den|dne|w dniu)\b.{5,300}(?:wrote|schrieb|écrit|escribió|scritto|schreef|escreveu|skrev"
    r"|napsala?|napisał\w*)\b.{0,120}:)\s*",
    re.IGNORECASE,
)


def decode_text(raw: bytes, charset: str | None) -> str:
    """Bytes as text whatever the charset says: a wrong or unknown one is read as UTF-8, else as Windows-1252."""
    name = re.sub(r"[^a-z0-9]", "", (charset or "").casefold())
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", "replace")
    if name in _GUESSED or not _CHARSET.match(name):
        return _guess_text(raw)
    try:
        # Many programs write UTF-8 and declare a charset of one byte a letter. Text of those is never valid UTF-8.
        if name.startswith(("iso8859", "latin", "windows125", "cp125")) and not raw.isascii():
            return raw.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        return raw.decode(_LARGER.get(name) or (charset or "").strip(" '\""), "replace")
    except (LookupError, UnicodeError, ValueError):
        return _guess_text(raw)


def _guess_text(raw: bytes) -> str:
    text = raw.decode("utf-8", "replace")
    letters = sum(letter > "\x7f" for letter in text)
    # A few broken letters in much UTF-8 are damage. Mostly broken ones are another charset.
    return raw.decode("cp1252", "replace") if text.count("\ufffd") * 2 > letters else text


def clean_letters(text: str) -> str:
    """Text without control characters, terminal sequences, direction overrides and lone surrogates."""
    return _CONTROL.sub("", text).encode("utf-8", "replace").decode("utf-8")


def part_bytes(part: Message) -> bytes:
    """The decoded bytes of a leaf part. A transfer encoding that is broken gives what can be read."""
    try:
        content = part.get_payload(decode=True)
    except Exception:  # the standard library raises errors of many kinds on malformed parts
        content = str(part.get_payload()).encode("utf-8", "replace")
    return content if isinstance(content, bytes) else b""


def is_file(part: Message) -> bool:
    """Whether a part is an attachment and no text of the message."""
    try:
        attached = bool(part.get_filename()) or part.get_content_disposition() == "attachment"
    except Exception:  # as in part_bytes
        return True
    return attached or part.get_content_type() not in ("text/plain", "text/html", "text/enriched")


def message_text(mail: Message) -> str:
    """All text of a message: of alternatives the plain one unless it is blank, of mixed parts each in its order."""
    return clean_letters(_part_text(mail, 0))[:LONGEST_TEXT].replace("\r\n", "\n").replace("\r", "\n").strip()


def _part_text(part: Message, depth: int) -> str:
    kind, inner = part.get_content_type(), part.get_payload()
    if not isinstance(inner, list):
        return "" if is_file(part) else _leaf_text(part, kind)
    if part.get_content_maintype() != "multipart" or depth > 20:
        return ""
    children = [each for each in inner if isinstance(each, Message)]
    if kind == "multipart/alternative":
        return _best_text(children, depth)
    if kind in ("multipart/related", "multipart/signed", "multipart/report"):
        children = children[:1]
    texts = (_part_text(each, depth + 1).strip("\r\n ") for each in children)
    return "\n\n".join(text for text in texts if text.strip())


def _best_text(children: Iterable[Message], depth: int) -> str:
    texts = [(each.get_content_type() == "text/plain", _part_text(each, depth + 1)) for each in children]
    plain = next((text for is_plain, text in texts if is_plain and text.strip()), "")
    rich = next((text for is_plain, text in reversed(texts) if not is_plain and text.strip()), "")
    is_stub = len(plain) < 200 < len(rich) and _STUB.search(plain)  # "your program does not show HTML"
    return rich if is_stub or not plain else plain


def _leaf_text(part: Message, kind: str) -> str:
    raw = part_bytes(part)
    try:
        charset, flowed = part.get_content_charset(), str(part.get_param("format", "")).casefold() == "flowed"
    except Exception:  # as in part_bytes
        charset, flowed = None, False
    if kind == "text/html":
        declared = re.search(rb"<meta[^>]{0,200}charset=[\"']?([\w-]{2,40})", raw[:4000], re.IGNORECASE)
        return html_to_text(decode_text(raw, charset or (declared[1].decode() if declared else None)))
    text = decode_text(raw[: LONGEST_TEXT * 4], charset)
    if kind == "text/enriched":
        return re.sub(r"<[^<>]{1,80}>", "", text)
    return _join_flowed(text) if flowed else text


def _join_flowed(text: str) -> str:
    """Lines that end with a space go on in the next one (RFC 3676), apart from quotes and the signature's line."""
    lines: list[str] = []
    for line in text.replace("\r\n", "\n").split("\n"):
        line = line.removeprefix(" ")
        goes_on = bool(lines) and lines[-1].endswith(" ") and lines[-1] != "-- " and line != "-- "
        if goes_on and not lines[-1].startswith(">") and not line.startswith(">"):
            lines[-1] += line
        else:
            lines.append(line)
    return "\n".join(lines)


def html_to_text(html: str) -> str:
    """The visible text of HTML: a line a block, cells apart, links with their address, quotes marked with `>`."""
    from selectolax.lexbor import LexborHTMLParser

    html = clean_letters(html[:_LONGEST_HTML])
    if _nesting(html) > _DEEPEST_HTML:  # deeper than what any mail program writes
        return _lay_out(re.sub(r"<[^<>]*>", " ", html))
    root = LexborHTMLParser(html).body
    if root is None:
        return ""
    pieces: list[str] = []
    pending: list[tuple[LexborNode, bool]] = [(root, False)]  # a node, and whether its end is due
    for _ in range(_MOST_NODES):
        if not pending:
            break
        node, is_end = pending.pop()
        if is_end:
            pieces.append(_end_piece(node))
            continue
        if node.tag != "body" and node.next is not None:
            pending.append((node.next, False))
        tag = str(node.tag)
        if tag in _SILENT or tag == "-comment" or (tag != "-text" and _is_hidden(node)):
            continue
        pieces.append(_start_piece(node, tag))
        if tag != "-text":
            pending.append((node, True))
        if node.child is not None:
            pending.append((node.child, False))
    return _lay_out("".join(pieces))


def _nesting(html: str) -> int:
    """How many elements are open at most, those left out that end by themselves or have no content."""
    depth = deepest = 0
    for is_end, name in re.findall(r"<(/?)([a-z]\w{0,20})", html, re.IGNORECASE):
        if name.casefold() not in _ENDLESS:
            depth += -1 if is_end else 1
            deepest = max(deepest, depth)
    return deepest


def _is_hidden(node: LexborNode) -> bool:
    attributes = node.attributes
    return "hidden" in attributes or bool(_HIDDEN.search(attributes.get("style") or ""))


def _start_piece(node: LexborNode, tag: str) -> str:
    if tag == "-text":
        return re.sub(r"[^\S\xa0]+", " ", clean_letters(str(node.text_content or ""))).replace("\xa0", " ")
    if tag == "br":
        return "\n"
    if tag == "img":
        return f" {' '.join(clean_letters(node.attributes.get('alt') or '').split())} "
    mark = {"li": "- ", "blockquote": _QUOTE, "hr": "---"}.get(tag, "")
    return _gap(tag) + mark


def _gap(tag: str) -> str:
    return (_PARAGRAPH if tag in _SPACED else _LINE) if tag in _BLOCKS else ""


def _end_piece(node: LexborNode) -> str:
    tag = str(node.tag)
    if tag in ("td", "th"):
        return " "
    if tag == "blockquote":
        return _UNQUOTE + _PARAGRAPH
    if tag == "a":
        target, label = clean_letters(node.attributes.get("href") or "").strip(), " ".join(node.text().split())
        same = target.casefold().removeprefix("mailto:").removeprefix("tel:").rstrip("/")
        shown = label.casefold().rstrip("/")
        is_shown = same in (shown, f"http://{shown}", f"https://{shown}")
        is_address = re.match(r"(?:https?:|mailto:|tel:)", target, re.IGNORECASE)
        return f" <{target[:1000]}>" if is_address and not is_shown else ""
    return _gap(tag)


def _lay_out(text: str) -> str:
    """Lines without spaces at their ends, one blank line at most, the marks of quotes as `>` before each line."""
    gap = re.compile(f" *[{_LINE}{_PARAGRAPH}][ {_LINE}{_PARAGRAPH}]*")
    text = gap.sub(lambda match: "\n\n" if _PARAGRAPH in match[0] else "\n", re.sub(r" {2,}", " ", text))
    lines: list[str] = []
    depth = 0
    for line in text.replace(_QUOTE, f"{_QUOTE}\n").replace(_UNQUOTE, f"\n{_UNQUOTE}").split("\n"):
        depth = max(0, depth + line.count(_QUOTE) - line.count(_UNQUOTE))
        mark = ">" * min(depth, 9)
        bare = line.strip(f"{_QUOTE}{_UNQUOTE} \t")
        if bare:
            lines.append(f"{mark} {bare}" if mark else bare)
        elif lines and lines[-1].strip(">"):
            lines.append(mark)
        elif lines:
            lines[-1] = min(lines[-1], mark)
    return "\n".join(lines).strip()


def reply_text(text: str) -> str:
    """What is new in a message: without the signature below `-- ` and what is quoted at its end. All text if that is
    nothing.

    >>> reply_text("Yes, please.\\n\\nOn Friday, Ann wrote:\\n> A quote?")
    'Yes, please.'
    """
    lines = text.split("\n")
    for number, line in enumerate(lines):
        begins = " ".join(lines[number : number + 3])[:500] if re.match(r"\w{1,5}\b", line) else line
        if (
            line.rstrip("\r") in ("-- ", "--")
            or _QUOTE_BEGINS.fullmatch(line)
            or (
                begins is not line
                and _QUOTE_BEGINS.match(begins)
                and any(each.startswith(">") for each in lines[number:])
            )
        ):
            lines = lines[:number]
            break
    while lines and (not lines[-1].strip() or lines[-1].startswith(">")):
        lines.pop()
    return "\n".join(lines).strip() or text
