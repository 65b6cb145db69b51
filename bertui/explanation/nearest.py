"""Training rows that a model takes for the most like a text: a hint at where its answer comes from, no proof."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A row by its place, and the cosine of the angle between what the classifier reads of the two, -1 to 1."""

    place: int
    similarity: float


def nearest(vectors: np.ndarray, vector: np.ndarray, count: int = 5) -> list[Neighbour]:
    """Return the rows most like a text, the most alike first; of equals, the earlier row.

    Args:
        vectors: What the classifier reads of each row, ``[rows, dim]``.
        vector: The same of the text, ``[dim]``.
    """
    if not len(vectors):
        return []
    lengths = np.linalg.norm(vectors, axis=1) * np.linalg.norm(vector)
    similarities = vectors @ vector / np.maximum(lengths, 1e-12)
    places = np.argsort(-similarities, kind="stable")[:count]
    return [Neighbour(int(place), float(similarities[place])) for place in places]
