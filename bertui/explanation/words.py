"""The way from a model's tokens back to the words of a text."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

import numpy as np

from bertui.data.cells.words import Word, words_of
from bertui.encoding.encoded import Encoded


def places_of_text(encoded: Encoded, number: int) -> np.ndarray:
    """Return the places, among all tokens of a row, of those of its text with a number; of a row with spans."""
    return np.flatnonzero(encoded.origins[:, 0] == number)


def word_scores(
    words: Sequence[Word], spans: Sequence[Sequence[int]] | np.ndarray, scores: Sequence[float] | np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Merge token scores into word scores.

    A token that spans several words is shared in proportion to the characters it has in each; a token with no
    character in any word (white space, nothing) gives its score to none. A token that is read in several windows
    gives what it has in each.

    Args:
        words: The words of the text, in order.
        spans: Characters (start, stop) of each token that was read, ``[tokens, 2]``.
        scores: One for each, ``[tokens]``.

    Returns:
        The words' scores ``float64 [words]``, and which words have a token that was read ``bool [words]``.
    """
    merged, seen = np.zeros(len(words)), np.zeros(len(words), dtype=bool)
    stops = [word.stop for word in words]
    for (start, stop), score in zip(np.asarray(spans).tolist(), scores, strict=True):
        shares = _shares(words, stops, start, stop)
        whole = sum(shares.values())
        for number, characters in shares.items():
            merged[number] += float(score) * characters / whole
            seen[number] = True
    return merged, seen


def scores_by_word(texts: Sequence[str], encoded: Encoded, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Merge the scores of a row's tokens ``[tokens]`` into those of the words of its texts, text after text.

    Returns:
        As ``word_scores``.
    """
    parts = []
    for number, text in enumerate(texts):
        tokens = places_of_text(encoded, number)
        parts.append(word_scores(words_of(text), encoded.origins[tokens, 1:], scores[tokens]))
    merged, seen = zip(*parts, strict=True)
    return np.concatenate(merged), np.concatenate(seen)


def word_places(words: Sequence[Word], encoded: Encoded, number: int) -> list[list[int]]:
    """Return where, among all tokens of a row, those of each word of a text stand; none where it was not read."""
    places: list[list[int]] = [[] for _ in words]
    stops = [word.stop for word in words]
    for place in places_of_text(encoded, number).tolist():
        _, start, stop = encoded.origins[place].tolist()
        for word in _shares(words, stops, start, stop):
            places[word].append(place)
    return places


def _shares(words: Sequence[Word], stops: list[int], start: int, stop: int) -> dict[int, int]:
    """Return how many of the characters from ``start`` to ``stop`` lie in each word."""
    shares: dict[int, int] = {}
    number = bisect_right(stops, start)
    while start < stop and number < len(words) and words[number].start < stop:
        shares[number] = min(stop, words[number].stop) - max(start, words[number].start)
        number += 1
    return shares
