"""Where a click leads: mailto:, tel: and web addresses, in which what a record holds is an address and nothing more.

A valid e-mail address may have `?bcc=`, `&` or a comma in it, with which a mail program would fill in a message of its
own; so every letter but those that mean nothing in a link is percent-encoded (RFC 3986, RFC 6068).
"""

from __future__ import annotations

import re

_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_IN_WEB_ADDRESS = _UNRESERVED | frozenset(b":/?#[]@!$&'()*+,=%")
_DOMAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?", re.ASCII)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*", re.IGNORECASE | re.ASCII)
_WEB_HOST = re.compile(r"https?://[\x21-\x7e]+?(?=[/?#]|$)", re.IGNORECASE)


def quote_link(text: str, *, safe: frozenset[int] = _UNRESERVED) -> str:
    """Every byte of the UTF-8 text that is not `safe` as %XX."""
    return "".join(chr(byte) if byte in safe else f"%{byte:02X}" for byte in text.encode("utf-8", "replace"))


def mail_link(address: str) -> str:
    """`mailto:ada@example.com`, one recipient and no header; '' for what is no address."""
    local, _, domain = address.rpartition("@")
    if not local or not local.isprintable() or not _DOMAIN.fullmatch(domain):
        return ""
    return f"mailto:{quote_link(local)}@{domain}"


def phone_link(number: str) -> str:
    """`tel:+4930123456`; '' where there is no digit."""
    digits = "".join(letter for letter in number if letter in "0123456789")
    return f"tel:{'+' if number.lstrip().startswith('+') else ''}{digits}" if digits else ""


def has_web_scheme(address: str) -> bool:
    """An address that names http, https or no scheme at all; False for an empty one."""
    scheme, colon, _ = address.partition(":")
    return bool(address) and (not colon or scheme.lower() in ("http", "https") or not _SCHEME.fullmatch(scheme))


def web_link(address: str) -> str:
    """An http or https address, https where it names none; '' for any other scheme and for a host that is not ASCII."""
    whole = address if ":" in address else f"https://{address}"
    if not whole.isprintable() or not _WEB_HOST.match(whole):
        return ""
    return quote_link(whole, safe=_IN_WEB_ADDRESS)
