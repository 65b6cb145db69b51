"""How a column writes its tags: B_PER, PER-B and b-per are B-PER, and what most other tokens have is O.

Decided once for a column, so that a tag means the same in every row and in every file that a run reads later.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from bertui.choice import Section
from bertui.data.cells.tags import OUTSIDE

_LETTERS = "BIESLUMW"
_SEPARATORS = "-_:/|.~+#"
_AFTER = ",;"  # what divides tags where no blank does, left over when a cell is cut at blanks
_NAMES = {"0", "-", "_", "other", "others", "out", "outside", "none", "null", "nil", "o", "oth", "outer"}
_HALF = 0.5


class TagSpelling(Section):
    """How tags are written.

    Attributes:
        outside: The tag of a token outside every span.
        separator: What stands between letter and type.
        type_first: Whether the type stands before the letter, as in PER-B.
        lower: Whether the letters are small, as in b-per.
        ending: What follows each tag but the last, such as a comma; "" as a rule.
    """

    outside: str = OUTSIDE
    separator: str = "-"
    type_first: bool = False
    lower: bool = False
    ending: str = ""

    def read(self, tag: str) -> str:
        """Return a tag as B-PER or O, one that is written otherwise as it is."""
        tag = tag.removesuffix(self.ending) if self.ending else tag
        if tag in (self.outside, OUTSIDE):
            return OUTSIDE
        if self.type_first:
            kind, mark, letter = tag.rpartition(self.separator)
        else:
            letter, mark, kind = tag.partition(self.separator)
        if not (mark and kind and len(letter) == 1 and letter in (_LETTERS.lower() if self.lower else _LETTERS)):
            return tag
        return f"{letter.upper()}-{kind}"

    def read_all(self, tags: Sequence[str]) -> list[str]:
        """Return the tags of one sentence as B-PER and O."""
        return [self.read(tag) for tag in tags]


_USUAL = TagSpelling()


def spelling_of(sentences: Iterable[Sequence[str]]) -> TagSpelling:
    """Find out how the tags of a column are written.

    Letters count as those of a scheme where at least half of the different tags have one and some begins a span; so
    parts of speech stay as they are. Of the other tags the commonest is the one outside, where O does not occur and it
    has the name of such a tag, or stands at more than half of the tokens that have none of the scheme's.
    """
    used = Counter(tag for sentence in sentences for tag in sentence)
    for ending in (*(mark for mark in _AFTER if _mostly_ends_in(mark, used)), ""):
        bare = Counter[str]()
        for tag, times in used.items():
            bare[tag.removesuffix(ending)] += times
        way = max(_ways(bare), key=lambda way: _marking(way, bare), default=_USUAL)
        if _marking(way, bare):
            return way.model_copy(update={"ending": ending, "outside": _outside(way, bare)})
    return TagSpelling(outside=_outside(_USUAL, used))


def respelled(sentences: Iterable[Sequence[str]]) -> list[list[str]]:
    """Return the tags of a column's sentences as B-PER and O, as ``spelling_of`` finds them written."""
    given = list(sentences)
    spelling = spelling_of(given)
    return [spelling.read_all(tags) for tags in given]


def _mostly_ends_in(mark: str, used: Counter[str]) -> bool:
    return 2 * sum(tag.endswith(mark) and len(tag) > 1 for tag in used) >= len(used)


def _ways(used: Counter[str]) -> list[TagSpelling]:
    """Return the usual way first, then those that some tag could be written in."""
    marks = [mark for mark in _SEPARATORS if any(mark in tag for tag in used)]
    return [
        TagSpelling(separator=mark, type_first=type_first, lower=lower)
        for lower in (False, True)
        for type_first in (False, True)
        for mark in marks
    ]


def _marking(way: TagSpelling, used: Counter[str]) -> int:
    """Return how many different tags have a letter of a scheme when written so; 0 for too few to be one."""
    read = {tag: way.read(tag) for tag in used if tag != OUTSIDE}
    marked = [tag for tag in read.values() if re.match(rf"[{_LETTERS}]-.", tag)]
    begins = any(tag[0] in "BISU" for tag in marked)
    return len(marked) if begins and 2 * len(marked) >= len(_without_commonest(read, marked, used)) else 0


def _without_commonest(read: dict[str, str], marked: list[str], used: Counter[str]) -> list[str]:
    """Return the different tags but the one that may stand outside."""
    others = [tag for tag in read if read[tag] not in marked]
    commonest = max(others, key=used.__getitem__, default=None)
    return [tag for tag in read if tag != commonest]


def _outside(spelling: TagSpelling, used: Counter[str]) -> str:
    if used[OUTSIDE] or not used:
        return OUTSIDE
    marked = {tag for tag in used if re.match(rf"[{_LETTERS}]-.", spelling.read(tag))}
    others = Counter({tag: times for tag, times in used.items() if tag not in marked})
    if not others:
        return OUTSIDE
    (tag, times), *_ = others.most_common(1)
    named = tag.casefold() in _NAMES
    if marked:
        return tag if named or times > _HALF * others.total() else OUTSIDE
    return tag if named and times > _HALF * used.total() and len(used) > 1 else OUTSIDE
