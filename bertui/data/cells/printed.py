"""Lists, sets and records as JSON, Python, NumPy, R, Postgres or tags in angle brackets print them -> values.

One reader for all prints, so that a list means the same in every file format. Tuples, sets and arrays become
lists; None, nan, NA and NULL become None.
"""

from __future__ import annotations

import json
import re
from typing import Any

OPENS = re.compile(r"[\[{(<]|(?:set|frozenset|array|list|tuple|c|tensor)\(")
_FLAT = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""", re.DOTALL)
_ANGLED = re.compile(r"(?:<[^<>\s][^<>]*>)+")
_BARE = re.compile(r'[\[{]([^\[\]{}()"\':]*)[\]}]')
_POSTGRES = re.compile(r'\{((?:"(?:[^"\\]|\\.)*"|[^"{}\\])*)\}', re.DOTALL)
_POSTGRES_ITEM = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^",]*))\s*(?:,|$)', re.DOTALL)
_TOKEN = re.compile(
    r"""\s*(?:(?P<quoted>[bru]?'(?:[^'\\]|\\.)*'|[bru]?"(?:[^"\\]|\\.)*")|(?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)
    |(?P<call>(?:set|frozenset|array|list|tuple|c|tensor|np\.\w+|numpy\.\w+)\()|(?P<name>[A-Za-z_][\w.]*)|(?P<mark>[\[\](){},:=]))""",
    re.DOTALL | re.VERBOSE,
)
_NOTHING = dict.fromkeys(("None", "nan", "NaN", "null", "NULL", "NA", "NaT", "NA_character_"))
_TRUTHS = {"True": True, "true": True, "TRUE": True, "False": False, "false": False, "FALSE": False}
_NAMES: dict[str, bool | None] = {**_NOTHING, **_TRUTHS}
_CLOSES = {"[": "]", "(": ")", "{": "}"}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}
_DEEP = 50  # brackets within brackets


class _Unreadable(ValueError):
    """The text is nothing that a program prints."""


def parsed(cell: str) -> Any:
    """Return the list or dict that a cell holds; None where it is no such thing."""
    cell = cell.strip()
    if len(cell) < 2 or not OPENS.match(cell) or cell[-1] not in "]})>":
        return None
    try:
        value = json.loads(cell, parse_constant=lambda name: None)
    except (ValueError, RecursionError):
        value = _printed(cell)
    if value == {}:  # an empty set, an empty array of Postgres, or an empty record
        return []
    return value if isinstance(value, list | dict) else None


def _printed(cell: str) -> Any:
    """Return what Python, NumPy, R or Postgres printed; None where none of them did."""
    if _ANGLED.fullmatch(cell):
        return cell[1:-1].split("><")
    if (flat := _flat(cell)) is not None:
        return flat
    try:
        value, at = _value(cell, 0, 0)
        if not cell[at:].strip():
            return value
    except _Unreadable:
        pass
    return _bare(cell)


def _flat(cell: str) -> list[str] | None:
    """Return a list of quoted texts and nothing else, the usual case, with few calls."""
    if cell[0] not in "[({" or re.sub(r"[\s,]+", "", _FLAT.sub("", cell)) != cell[0] + _CLOSES[cell[0]]:
        return None
    return [_unquoted(quoted) for quoted in _FLAT.findall(cell)] if len(cell.strip("[](){} \t\n")) else None


def _unquoted(quoted: str) -> str:
    text = quoted[quoted.index(quoted[-1]) + 1 : -1]
    return _unescaped(text) if "\\" in text else text


def _unescaped(text: str) -> str:
    def one(match: re.Match[str]) -> str:
        digits = match[1] or match[2] or match[3]
        return chr(min(int(digits, 16), 0x10FFFF)) if digits else _ESCAPES.get(match[4], match[4])

    return re.sub(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", one, text, flags=re.DOTALL)


def _value(cell: str, at: int, depth: int) -> tuple[Any, int]:
    """Return the value that begins at a place, and where it ends. Commas between items may be missing (NumPy)."""
    token = _TOKEN.match(cell, at)
    if token is None or depth > _DEEP:
        raise _Unreadable
    at = token.end()
    if token["quoted"]:
        return _unquoted(token["quoted"]), at
    if token["number"]:
        number = float(token["number"])
        return int(number) if re.fullmatch(r"[-+]?\d{1,15}\.?", token["number"]) else number, at
    if token["call"]:
        return _called(cell, at, depth, token["call"])
    if token["name"] in _NAMES and token["name"]:
        return _NAMES[token["name"]], at
    if token["mark"] and token["mark"] in _CLOSES:
        items, at = _items(cell, at, _CLOSES[token["mark"]], depth)
        return items, at
    raise _Unreadable


def _called(cell: str, at: int, depth: int, name: str) -> tuple[Any, int]:
    """Return what array(...), set(...), c(...), np.int64(...) and the like hold; dtype= and such are left out."""
    items, at = _items(cell, at, ")", depth)
    if isinstance(items, dict):
        raise _Unreadable
    wraps = len(items) == 1 and (isinstance(items[0], list) or name.startswith(("np.", "numpy.")))
    return (items[0] if wraps else items), at


def _items(cell: str, at: int, close: str, depth: int) -> tuple[list[Any] | dict[str, Any], int]:
    items: list[Any] = []
    keyed: dict[str, Any] = {}
    while True:
        token = _TOKEN.match(cell, at)
        if token is None:
            raise _Unreadable
        if token["mark"] == close:
            return keyed or items, token.end()
        if token["mark"] == ",":
            at = token.end()
            continue
        if token["name"] and cell[token.end() : token.end() + 1] == "=":  # dtype=object
            at = re.compile(r"=\s*[^,)]*").match(cell, token.end()).end()  # type: ignore[union-attr]
            continue
        value, at = _value(cell, at, depth + 1)
        colon = _TOKEN.match(cell, at)
        if colon is not None and colon["mark"] == ":":
            keyed[str(value)], at = _value(cell, colon.end(), depth + 1)
        else:
            items.append(value)


def _bare(cell: str) -> list[str | None] | None:
    """Return the items of {a,"b c",NULL}, as Postgres prints arrays, and of [a, b], as Java does."""
    if match := _POSTGRES.fullmatch(cell):
        inner, items = match[1], []
        for item in _POSTGRES_ITEM.finditer(inner):
            items.append(_unescaped(item[1]) if item[1] is not None else item[2].strip() or None)
            if item.end() == len(inner) and not inner.endswith(","):
                break
        return [None if item in ("NULL", "null") else item for item in items] if inner.strip() else []
    if match := _BARE.fullmatch(cell):
        items = [item.strip() for item in match[1].split(",")]
        several = "," in match[1] or not match[1].strip()
        return [None if item in _NOTHING else item for item in items if item] if several else None
    return None
