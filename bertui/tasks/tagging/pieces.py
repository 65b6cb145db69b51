"""Which word pieces are answered for, and of which token each is the first."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from bertui.encoding.encoded import Encoded
from bertui.errors import DataError


def answered_pieces(encoded: Encoded) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return which pieces are answered for, the row of each, and the number of its token."""
    places, owners = encoded.places, encoded.owners
    if places is None or owners is None:
        raise ValueError("These rows were not encoded for tagging.")
    answered = places >= 0
    return answered, np.repeat(owners, encoded.lengths)[answered], places[answered]


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


def piece_of(text: str, spans: Sequence[tuple[int, int]], token: int) -> int:
    """Return the number of the piece that begins a token.

    Raises:
        DataError: The tokenizer drops the token, such as one that is a control character or a zero-width joiner.
    """
    pieces = np.flatnonzero(first_pieces(text, spans) == token)
    if not len(pieces):
        shown = ascii(text.split()[token][:20])
        raise DataError(
            f"The model reads nothing of the token {shown}: its tokenizer drops it, so nothing explains its tag.",
            expected="A token with letters, digits or signs that can be seen.",
            remedy="Choose another token.",
        )
    return int(pieces[0])
