"""Training rows that a model takes for the most like a text: a hint at where its answer comes from, no proof.

Likeness is the cosine of vectors whose dimensions were each set on one scale by the training rows: one to three
"rogue" dimensions decide nearly all of a raw cosine (Timkey and van Schijndel 2021).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bertui.prediction.standard import standardised, units

_LOWEST = 0.02  # of rows held out, those with the least like training row, that are called unlike
_FEWEST = 20  # rows held out, below which nothing can be said of the lowest ones


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A row by its place, and its likeness to a text, -1 to 1."""

    place: int
    similarity: float


@dataclass(frozen=True, slots=True)
class Nearness:
    """Training rows as the classifier reads them, and how near to them a text of their kind is.

    Training rows lie closer together than new ones of the same kind, since the model was fitted to them: what is near
    is therefore measured on rows that were held out.

    Attributes:
        vectors: What the classifier reads of each training row, ``[rows, dim]``.
        units: The same standardised, of length 1, ``float64 [rows, dim]``.
        limit: A text whose nearest row is less like it has nothing near; None with too few rows to say.
    """

    vectors: np.ndarray
    units: np.ndarray
    limit: float | None

    @classmethod
    def of(cls, vectors: np.ndarray, held_out: np.ndarray) -> Nearness:
        """Set each dimension on one scale and measure how near rows are that were held out.

        Args:
            vectors: What the classifier reads of each training row, ``[rows, dim]``.
            held_out: The same of validation rows.
        """
        if not len(vectors):
            return cls(vectors, np.zeros(vectors.shape), None)
        rows = units(standardised(vectors))
        if len(held_out) < _FEWEST:
            return cls(vectors, rows, None)
        closest = (units(standardised(held_out, vectors)) @ rows.T).max(1)
        return cls(vectors, rows, float(np.quantile(closest, _LOWEST)))

    def nearest(self, vector: np.ndarray, count: int = 5) -> list[Neighbour]:
        """Return the rows most like a text, the most alike first; of equals, the earlier row.

        Args:
            vector: What the classifier reads of the text, ``[dim]``.
        """
        if not len(self.vectors):
            return []
        similarities = self.units @ units(standardised(vector[None], self.vectors))[0]
        places = np.argsort(-similarities.round(12), kind="stable")[:count]  # rounding makes no order among equals
        return [Neighbour(int(place), float(similarities[place])) for place in places]

    def doubt(self, found: list[Neighbour]) -> str:
        """Say that a text is unlike all training rows, given its nearest ones; "" where one is near."""
        if self.limit is None or not found or found[0].similarity >= self.limit:
            return ""
        return (
            f"This text is unlike anything the model was trained on: the likeness of its nearest training row is "
            f"{found[0].similarity:.2f}; of validation rows, {100 * (1 - _LOWEST):.0f} % have one of {self.limit:.2f} "
            "or more. Its answer is hardly to be trusted."
        )
