"""The windows of a context: their scores, where their pieces stand, and in which piece an answer begins or ends."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from bertui.encoding.encode import TextEncoder
from bertui.encoding.encoded import Encoded
from bertui.errors import DataError

_LONGEST_QUESTION = 64  # word pieces; Devlin et al. 2018, code for SQuAD


def question_budget(encoder: TextEncoder) -> int:
    """Return how many pieces of a question are read; where texts must be short, half of the room is the context's."""
    return min(_LONGEST_QUESTION, encoder.budget(2) // 2)


def check_pairs(inputs: Sequence[tuple[str, ...]]) -> None:
    """Refuse rows that are not a question and a context.

    Raises:
        DataError: There is such a row.
    """
    if any(len(row) != 2 for row in inputs):
        raise DataError(
            "There is no question with a context.", expected="Two texts: a question, and the context to read.",
            remedy="Give both.",
        )  # fmt: skip


def scores_by_window(outputs: np.ndarray, encoded: Encoded) -> list[np.ndarray]:
    """Part the scores of all pieces into those of each window."""
    return np.split(outputs, encoded.starts[1:-1]) if encoded.sequences else []


def places_by_window(encoded: Encoded) -> list[tuple[np.ndarray, int]]:
    """Return where each window's pieces stand in the context, and the row it belongs to."""
    where = context_places(encoded)
    windows = np.split(where, encoded.starts[1:-1]) if encoded.sequences else []
    return list(zip(windows, encoded.owners.tolist(), strict=True))


def context_places(encoded: Encoded) -> np.ndarray:
    """Return where each piece stands in the context, ``[pieces, 2]``: from to before which character; -1 elsewhere."""
    return np.where(encoded.origins[:, :1] == 1, encoded.origins[:, 1:], -1)


def surprise(scores: np.ndarray, target: int) -> float:
    """Return the cross-entropy of one target under scores ``[seq]``."""
    highest = scores.max()
    return float(highest + math.log(np.exp(scores - highest).sum()) - scores[target])


def piece_at(encoded: Encoded, key: str) -> int:
    """Return the number, among all pieces of a row, of the one that answers for where the answer starts or ends.

    Raises:
        DataError: The model reads nothing at that place.
    """
    side, _, place = key.partition(":")
    at = int(place) - (side == "end")
    starts, stops = context_places(encoded).T
    there = (starts <= at) & (at < stops) & (True if encoded.answered is None else encoded.answered)
    if there.any():
        return int(np.argmax(there))
    raise DataError(
        f"The model reads nothing at character {at + 1} of the context, so there is nothing to explain there.",
        expected="A place where a word stands.", remedy="Choose another part of the answer.",
    )  # fmt: skip
