"""Rows as points in a plane, layer by layer, so that playing through the layers does not jump."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from bertui.errors import UserError
from bertui.prediction.outputs import Progress
from bertui.prediction.standard import standardised

Plane = Literal["pca", "umap"]
_NEIGHBOURS = 15  # of UMAP, its own default


@dataclass(frozen=True, slots=True)
class Scatter:
    """Rows in two dimensions.

    Attributes:
        method: What made the plane.
        points: ``float64 [layers + 1, rows, 2]``, centred, of unit mean squared distance from the centre, each layer
            turned or mirrored to lie as near to the one below as it can. Axes mean nothing.
        shares: Share of the variance that the plane shows, by layer, for PCA; None where nothing varies.
    """

    method: Plane
    points: np.ndarray
    shares: tuple[float | None, ...] | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "method": self.method, "points": self.points.tolist(),
            "shares": None if self.shares is None else list(self.shares),
        }  # fmt: skip


def scatter(vectors: np.ndarray, method: Plane = "pca", progress: Progress | None = None, *, seed: int = 0) -> Scatter:
    """Lay rows into a plane at each layer, each dimension standardised first.

    Args:
        vectors: ``[layers + 1, rows, hidden]``.
        progress: Called with the share done; what it raises ends the work.

    Raises:
        UserError: UMAP is asked for and not installed.
    """
    flat = _umap(seed) if method == "umap" else principal_plane
    points: list[np.ndarray] = []
    shares: list[float | None] = []
    for number, layer in enumerate(vectors, start=1):
        plane, share = flat(standardised(layer))
        sized = _of_unit_size(plane)
        points.append(aligned(sized, points[-1]) if points else sized)
        shares.append(share)
        if progress is not None:
            progress(number / len(vectors))
    return Scatter(method, np.stack(points), tuple(shares) if method == "pca" else None)


def principal_plane(vectors: np.ndarray) -> tuple[np.ndarray, float | None]:
    """Return centred vectors on their two first principal components ``[rows, 2]``, and the share of variance there."""
    variance = (vectors**2).sum()
    if not variance:
        return np.zeros((len(vectors), 2)), None
    values, axes = np.linalg.eigh(vectors.T @ vectors)
    best = axes[:, ::-1][:, :2]
    best = best * np.where(best[np.abs(best).argmax(0), range(best.shape[1])] < 0, -1, 1)  # a sign for good
    points = np.zeros((len(vectors), 2))
    points[:, : best.shape[1]] = vectors @ best
    return points, float(np.maximum(values[::-1][:2], 0).sum() / variance)


def aligned(points: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Return points turned and, where it helps, mirrored to lie as near to others as can be; ``[rows, 2]``.

    Source: Schönemann 1966, the orthogonal Procrustes problem.
    """
    left, _, right = np.linalg.svd(points.T @ reference)
    turned: np.ndarray = points @ (left @ right)
    return turned


def _of_unit_size(points: np.ndarray) -> np.ndarray:
    centred = points - points.mean(0)
    size = float((centred**2).sum(1).mean()) ** 0.5
    return centred / size if size > 0 else centred


def _umap(seed: int) -> Callable[[np.ndarray], tuple[np.ndarray, float | None]]:
    try:
        from umap import UMAP
    except ImportError as error:
        raise UserError(
            "UMAP needs the package umap-learn, which is not installed.",
            expected="bertui with its extra: umap.",
            remedy='Run: pip install "bertui[umap]", or choose PCA.',
        ) from error

    def flat(vectors: np.ndarray) -> tuple[np.ndarray, float | None]:
        if len(vectors) < 4 or not vectors.any():
            return np.zeros((len(vectors), 2)), None
        plane = UMAP(n_neighbors=min(_NEIGHBOURS, len(vectors) - 1), random_state=seed, n_jobs=1, init="pca")
        return np.asarray(plane.fit_transform(vectors), dtype=np.float64), None

    return flat
