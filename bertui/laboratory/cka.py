"""How alike two sets of vectors of the same rows are, whatever rotation or scale lies between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_CONSTANT = 1e-12  # of the mean squared length: less variance than this is rounding


def debiased_cka(one: np.ndarray, other: np.ndarray) -> float | None:
    """Return debiased linear CKA: 1 for vectors that differ by rotation and scale, about 0 for unrelated ones.

    None where the vectors of one side do not vary (the [CLS] token at layer 0), or for fewer than four rows. Vectors
    are taken as they are, not standardised. The feature form never holds a matrix of rows by rows.

    Args:
        one, other: Vectors of the same rows, ``[rows, hidden]``; their widths may differ.

    Source: Kornblith et al. 2019 with the unbiased estimate of Song et al. 2012, as in Nguyen et al. 2021, equation 3.
    """
    if len(one) != len(other):
        raise ValueError(f"{len(one)} rows on one side, {len(other)} on the other.")
    sides = _Side.of(one), _Side.of(other)
    if len(one) < 4 or any(side is None for side in sides):
        return None
    first, second = sides
    assert first is not None and second is not None
    alone = _independence(first, first) * _independence(second, second)
    return _independence(first, second) / alone**0.5 if alone > 0 else None


@dataclass(frozen=True, slots=True)
class _Side:
    """Centred vectors (the estimate does not change, rounding does), and what of their products is needed.

    Attributes:
        vectors: ``[rows, hidden]``.
        squares: Their squared lengths, the diagonal of the matrix of products, ``[rows]``.
        sums: The sums of that matrix's rows, diagonal left out, ``[rows]``.
    """

    vectors: np.ndarray
    squares: np.ndarray
    sums: np.ndarray

    @classmethod
    def of(cls, vectors: np.ndarray) -> _Side | None:
        whole = np.asarray(vectors, dtype=np.float64)
        centred = whole - whole.mean(0)
        if (centred**2).sum() <= _CONSTANT * (whole**2).sum():
            return None
        squares = (centred**2).sum(1)
        return cls(centred, squares, centred @ centred.sum(0) - squares)


def _independence(one: _Side, other: _Side) -> float:
    """Return the unbiased Hilbert-Schmidt independence criterion of two linear kernels with zero diagonals."""
    rows = len(one.vectors)
    product = ((one.vectors.T @ other.vectors) ** 2).sum() - one.squares @ other.squares
    means = one.sums.sum() * other.sums.sum() / ((rows - 1) * (rows - 2))
    crossed = 2 / (rows - 2) * (one.sums @ other.sums)
    return float((product + means - crossed) / (rows * (rows - 3)))
