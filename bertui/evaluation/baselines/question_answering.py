"""What a model that finds answers must beat: the rarest words of the sentence most like the question."""

from __future__ import annotations

import math
import re
import time
from collections import Counter
from collections.abc import Sequence

_LONGEST = 5  # words of an answer
_WORD = re.compile(r"\w+", re.UNICODE)


def likeliest_words(pairs: Sequence[tuple[str, ...]]) -> tuple[list[str], float]:
    """Answer each (question, context) by counting: no training, and no understanding.

    The sentence that shares most with the question, rare words counting more, is taken; of it, the run of at most
    five words that are not in the question with the most rarity. Rarity is the inverse document frequency over
    the contexts themselves.

    Returns:
        The answers, and the seconds that took.

    Source: in the spirit of the sliding window of Richardson et al. 2013.
    """
    began = time.perf_counter()
    contexts = {context for _, context in pairs}
    seen = Counter(word for context in contexts for word in set(_words(context)))
    rarity = {word: math.log((1 + len(contexts)) / times) for word, times in seen.items()}
    return [_answer(question, context, rarity) for question, context in pairs], time.perf_counter() - began


def _answer(question: str, context: str, rarity: dict[str, float]) -> str:
    question_words = set(_words(question))
    sentences = [one for one in re.split(r"(?<=[.!?])\s+", context) if one.strip()] or [context]
    best = max(sentences, key=lambda one: sum(rarity[word] for word in set(_words(one)) & question_words))
    runs: list[tuple[float, str]] = []
    matches = list(_WORD.finditer(best))
    for first in range(len(matches)):
        for last in range(first, min(first + _LONGEST, len(matches))):
            words = [matches[at].group().lower() for at in range(first, last + 1)]
            if set(words) & question_words:
                break
            # the square root keeps a run from being better merely because it is longer
            worth = sum(map(rarity.__getitem__, words)) / math.sqrt(len(words))
            runs.append((worth, best[matches[first].start() : matches[last].end()]))
    return max(runs, default=(0.0, best))[1]


def _words(text: str) -> list[str]:
    return [match.group().lower() for match in _WORD.finditer(text)]
