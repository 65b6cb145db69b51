"""One value in several spellings: "Yes", "yes " and "YES", or 1 and 1.0, in whatever role a cell plays."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from bertui.data.cells.printed import parsed

_NUMBER = re.compile(r"([-+]?)0*(\d+|(?=\.\d))(?:\.(\d*?)0*|,(?=\d{1,2}$)(\d*?)0*)?")  # 1,000 may be a thousand
_PROTECTED = re.compile(r"^'(?=[=+\-@])")  # as texts are written that a spreadsheet may run
_QUOTED = re.compile(r"""(["'“„«`])(.+)(["'”“»`])""", re.DOTALL)
_JOINTS = re.compile(r"(?<=[^\W\d_])[\s_-]+(?=[^\W\d_])")  # between two letters
_MINUS = str.maketrans({"−": "-", "‐": "-", "‑": "-", "–": "-"})


@lru_cache(maxsize=100_000)
def key_of(text: str) -> str:
    """Return what all spellings of a value have in common.

    Capitals, white space, invisible and full-width characters, quote marks around it, a point or comma at its end,
    hyphens and underscores between letters, and how a number is written (1, 1.0, 01) make no difference.
    """
    plain = unicodedata.normalize("NFKC", text).translate(_MINUS)
    visible = "".join(one for one in plain if unicodedata.category(one) != "Cf")
    key = _PROTECTED.sub("", " ".join(visible.split()), count=1)
    if quoted := _QUOTED.fullmatch(key):
        key = quoted[2].strip()
    key = _JOINTS.sub(" ", key.rstrip(".,;: ") or key).casefold()
    if number := _NUMBER.fullmatch(key):
        sign, whole, decimals = number[1].replace("+", ""), number[2] or "0", number[3] or number[4] or ""
        key = f"{sign}{whole}.{decimals}".rstrip(".")
        return "0" if key == "-0" else key
    return key or " ".join(text.split())


def variants(names: Iterable[str]) -> list[tuple[str, ...]]:
    """Return the names that are spellings of one value, group by group, each in the given order."""
    groups = defaultdict(list)
    for name in names:
        groups[key_of(name)].append(name)
    return [tuple(group) for group in groups.values() if len(group) > 1]


def matched(names: Iterable[str], known: Sequence[str]) -> dict[str, str]:
    """Return for the names that are not known the one known name of which they are a spelling, if there is one."""
    by_key = defaultdict(list)
    for name in known:
        by_key[key_of(name)].append(name)
    taken = set(known)
    candidates = {name: by_key.get(key_of(name), []) for name in names if name not in taken}
    return {name: others[0] for name, others in candidates.items() if len(others) == 1}


def respelled(cell: str, words: Mapping[str, str], mark: str | None) -> str:
    """Return a cell with some words in place of others; a word that becomes empty is left out.

    Args:
        mark: What divides the words of a cell; a list is read as one whatever the mark. None: the cell is one word.
    """
    if mark is None:
        return words.get(cell.strip(), cell)
    items = parsed(cell)
    if isinstance(items, list):
        kept = [words.get(item.strip(), item) if isinstance(item, str) else item for item in items]
        return json.dumps([item for item in kept if item != ""], ensure_ascii=False)
    pieces = [piece.strip() for piece in (cell.split() if mark == " " else cell.split(mark))]
    changed = [word for piece in pieces if (word := words.get(piece, piece))]
    return mark.join(changed if mark == " " else dict.fromkeys(changed))
