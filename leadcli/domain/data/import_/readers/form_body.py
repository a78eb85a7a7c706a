"""Reads the body that a web form sends: one JSON object, or name=value pairs (application/x-www-form-urlencoded)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

LARGEST = 1 << 20  # bytes
_MOST_FIELDS = 200
_DEEPEST = 4  # objects within objects


def read_form_body(body: bytes) -> list[tuple[str, str]]:
    """The fields in order, each name once: several values of one are joined by `; `, empty ones are left out.

    An object within the object gives `outer.inner`. ValueError says why a body is none.
    """
    if len(body) > LARGEST:
        raise ValueError(f"is larger than {LARGEST >> 20} MiB")
    try:
        text = body.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8") from None
    if text.startswith("--"):
        raise ValueError("is multipart; let the form send JSON or application/x-www-form-urlencoded")
    pairs = _json_pairs(text) if text[:1] in ("{", "[") else _url_pairs(text)
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        if value.strip():
            fields.setdefault(" ".join(name.split()), []).append(value.strip())
        if len(fields) > _MOST_FIELDS:
            raise ValueError(f"has more than {_MOST_FIELDS} fields")
    if not fields:
        raise ValueError("is empty")
    return [(name, "; ".join(values)) for name, values in fields.items()]


def _url_pairs(text: str) -> Iterator[tuple[str, str]]:
    try:
        yield from parse_qsl(text, strict_parsing=True, max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError:
        raise ValueError("is neither JSON nor name=value pairs") from None


def _json_pairs(text: str) -> Iterator[tuple[str, str]]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("is no JSON") from None
    if not isinstance(value, dict):
        raise ValueError("is JSON, and no object")
    yield from _flat_pairs(value, "", 1)


def _flat_pairs(value: Any, name: str, depth: int) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        if depth > _DEEPEST:
            raise ValueError("is nested too deeply")
        for key, inner in value.items():
            yield from _flat_pairs(inner, f"{name}.{key}" if name else key, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _flat_pairs(inner, name, depth + 1)
    elif value is not None:
        yield name, value if isinstance(value, str) else json.dumps(value)
