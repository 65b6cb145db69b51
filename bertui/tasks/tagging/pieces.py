"""Which word pieces are answered for, and of which token each is the first."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from bertui.encoding.encoded import Encoded
from bertui.errors import DataError


def answered_pieces(encoded: Encoded, inputs: Sequence[Sequence[str]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return which pieces are answered for, ``bool [pieces]``, and of those the row and the number of the token.

    Args:
        encoded: With spans.
        inputs: The text of each row.
    """
    spans = encoded.origins
    tokens = np.full(len(encoded.ids), -1, dtype=np.int32)
    ends = encoded.starts[encoded.rows]
    real = spans[:, 0] >= 0
    if encoded.answered is not None:
        real &= encoded.answered
    for row, texts in enumerate(inputs):
        places = np.arange(ends[row], ends[row + 1])[real[ends[row] : ends[row + 1]]]
        tokens[places] = first_pieces(texts[0], spans[places, 1:].tolist())
    answered = tokens >= 0
    return answered, np.repeat(encoded.owners, encoded.lengths)[answered], tokens[answered]


def first_pieces(text: str, spans: Sequence[tuple[int, int]]) -> np.ndarray:
    """Return the number of the token that begins with each piece, -1 for pieces within a token, ``int32 [pieces]``."""
    stops = np.array([first.end() for first in re.finditer(r"\S+", text)])
    first, last = np.full(len(spans), -1, dtype=np.int32), -1
    for number, (start, stop) in enumerate(spans):
        if stop <= start or not text[start:stop].strip():
            continue  # a piece of white space
        token = int(np.searchsorted(stops, stop))
        if token > last:
            first[number] = last = token
    return first


def piece_of(encoded: Encoded, texts: Sequence[str], token: int) -> int:
    """Return the number, among all pieces of a row, of the one that answers for a token.

    Raises:
        DataError: The tokenizer drops the token, such as one that is a control character or a zero-width joiner.
    """
    answered, _, tokens = answered_pieces(encoded, [texts])
    pieces = np.flatnonzero(answered)[tokens == token]
    if not len(pieces):
        shown = ascii(texts[0].split()[token][:20])
        raise DataError(
            f"The model reads nothing of the token {shown}: its tokenizer drops it, so nothing explains its tag.",
            expected="A token with letters, digits or signs that can be seen.",
            remedy="Choose another token.",
        )
    return int(pieces[0])
