"""The way from a model's tokens back to the words of a text."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

import numpy as np

from bertui.data.cells.words import Word
from bertui.encoding.encoded import Segment


def word_scores(
    words: Sequence[Word], segment: Segment, scores: Sequence[float] | np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Merge token scores into word scores.

    A token that spans several words is shared in proportion to the characters it has in each; a token with no
    character in any word (white space, nothing) gives its score to none.

    Args:
        words: The words of the text, in order.
        segment: The text as the model read it.
        scores: One score per kept token, ``[kept]``.

    Returns:
        The words' scores ``float64 [words]``, and which words have a kept token ``bool [words]``.
    """
    merged, seen = np.zeros(len(words)), np.zeros(len(words), dtype=bool)
    stops = [word.stop for word in words]
    for position, score in zip(segment.kept, scores, strict=True):
        shares = _shares(words, stops, *segment.offsets[position])
        whole = sum(shares.values())
        for number, characters in shares.items():
            merged[number] += float(score) * characters / whole
            seen[number] = True
    return merged, seen


def word_places(words: Sequence[Word], segment: Segment) -> list[list[int]]:
    """Return where, among the encoding's ids, the tokens of each word stand; none where it was not read."""
    places: list[list[int]] = [[] for _ in words]
    stops = [word.stop for word in words]
    for place, position in enumerate(segment.kept, segment.first):
        for number in _shares(words, stops, *segment.offsets[position]):
            places[number].append(place)
    return places


def _shares(words: Sequence[Word], stops: list[int], start: int, stop: int) -> dict[int, int]:
    """Return how many of the characters from ``start`` to ``stop`` lie in each word."""
    shares: dict[int, int] = {}
    number = bisect_right(stops, start)
    while start < stop and number < len(words) and words[number].start < stop:
        shares[number] = min(stop, words[number].stop) - max(start, words[number].start)
        number += 1
    return shares
