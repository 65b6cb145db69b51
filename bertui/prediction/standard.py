"""Vectors with each dimension on one scale: a few dimensions are far larger than the others in BERT.

Source: Timkey and van Schijndel 2021: one to three "rogue" dimensions decide nearly all of a raw cosine.
"""

from __future__ import annotations

import numpy as np


def standardised(vectors: np.ndarray, like: np.ndarray | None = None) -> np.ndarray:
    """Return vectors with mean 0 and deviation 1 in each dimension, ``float64 [rows, hidden]``.

    A dimension that does not vary becomes 0: it tells nothing apart.

    Args:
        like: The vectors whose means and deviations are used, ``[rows, hidden]``; the vectors' own when left out.
    """
    reference = np.asarray(vectors if like is None else like, dtype=np.float64)
    mean, deviation = reference.mean(0), reference.std(0)
    varies = deviation > 1e-6 * np.maximum(1e-12, np.abs(reference).max(0))  # rounding is no variation
    return np.where(varies, (vectors - mean) / np.where(varies, deviation, 1.0), 0.0)


def cosines(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the cosine of each vector with its counterpart, ``[rows]``; 0 where a vector is 0."""
    lengths = np.linalg.norm(one, axis=-1) * np.linalg.norm(other, axis=-1)
    products = (one * other).sum(-1)
    return np.where(lengths > 0, products / np.where(lengths > 0, lengths, 1.0), 0.0)


def similarities(vectors: np.ndarray) -> np.ndarray:
    """Return the cosines of all vectors with one another, ``[rows, rows]``; 0 where a vector is 0."""
    directions = units(vectors)
    found: np.ndarray = directions @ directions.T
    return found


def units(vectors: np.ndarray) -> np.ndarray:
    """Return vectors ``[rows, hidden]`` with length 1; a vector that is 0 stays 0."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: np.ndarray = vectors / np.where(lengths > 0, lengths, 1.0)
    return scaled
