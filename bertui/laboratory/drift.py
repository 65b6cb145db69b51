"""What moved: how far each layer's weights and vectors are from where they were."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from bertui.errors import ModelError
from bertui.laboratory.cka import debiased_cka
from bertui.modeling.backbone import depth_of, own_layers
from bertui.modeling.families import family_of
from bertui.prediction.standard import cosines, standardised

if TYPE_CHECKING:
    from torch import Tensor, nn

    from bertui.modeling.model import TextModel

Part = Literal["embeddings", "attention", "feed-forward", "norm"]
ENOUGH = 500
"""Rows from which on the similarity of vectors can be trusted."""


@dataclass(frozen=True, slots=True)
class WeightChange:
    """How far the weights of one part of a layer moved.

    Attributes:
        layer: 0 for the embeddings, 1 the lowest. Layers that share their weights have one entry.
        part: Kind of the weights.
        change: Length of the difference over the length of what was there, all weights of the part as one vector.
        weights: Their number.
        rate: The highest learning rate that the layer had; None where it is not known.
    """

    layer: int
    part: Part
    change: float
    weights: int
    rate: float | None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class VectorDrift:
    """How far the vectors of the same rows moved, by layer from 0, the embeddings.

    Attributes:
        rows: Number of rows.
        cka: Debiased linear CKA, 1 where nothing but rotation and scale changed; None where vectors do not vary.
        distance: Mean cosine distance, 0 to 2, each dimension standardised as it was before, so that a shift counts;
            None where nothing varied before.
    """

    rows: int
    cka: tuple[float | None, ...]
    distance: tuple[float | None, ...]

    @property
    def warning(self) -> str:
        """Why not to trust the similarity, where the rows are too few."""
        if self.rows >= ENOUGH:
            return ""
        return f"Only {self.rows:,} rows: below {ENOUGH} the similarity depends a good deal on which rows are taken."

    def to_json(self) -> dict[str, Any]:
        return {
            "rows": self.rows, "cka": list(self.cka), "distance": list(self.distance), "warning": self.warning,
        }  # fmt: skip


def weight_drift(
    before: TextModel, after: TextModel, rate_of: Callable[[int, int], float] | None = None
) -> tuple[WeightChange, ...]:
    """Return how far the encoder's weights moved, by layer and part, from the bottom up.

    Args:
        rate_of: Depth and number of layers -> learning rate, such as a recipe's ``optimizer.layer_rate``.

    Raises:
        ModelError: The two are not of the same architecture.
    """
    check_alike(before, after)
    encoder, layers = after.encoder, own_layers(after.encoder.config)
    old = dict(before.encoder.named_parameters())
    sums: dict[tuple[int, Part], tuple[float, float, int]] = {}
    for name, weight, module in _weights(encoder):
        depth = depth_of(name, layers, family_of(encoder.config))
        key = depth, _part(name, depth, module, family_of(encoder.config).attention)
        moved, length, count = sums.get(key, (0.0, 0.0, 0))
        difference = _squared(weight.detach() - old[name].detach())
        sums[key] = moved + difference, length + _squared(old[name].detach()), count + weight.numel()
    return tuple(
        WeightChange(depth, part, (moved / length) ** 0.5 if length else 0.0, count, rate_of and rate_of(depth, layers))
        for (depth, part), (moved, length, count) in sorted(sums.items())
    )


def vector_drift(before: np.ndarray, after: np.ndarray) -> VectorDrift:
    """Return how far vectors moved, layer by layer.

    Args:
        before, after: Mean vectors of the same rows, ``[layers + 1, rows, hidden]``.

    Raises:
        ModelError: They have other shapes.
    """
    if before.shape != after.shape:
        raise ModelError(
            f"One model gives vectors of shape {before.shape}, the other of {after.shape}.",
            expected="Two models with as many layers of the same width, and the same rows.",
            remedy="Compare a run with its own pre-trained model, or with a run of the same one.",
        )
    pairs = list(zip(before, after, strict=True))
    return VectorDrift(
        before.shape[1],
        tuple(debiased_cka(old, new) for old, new in pairs),
        tuple(_distance(old, new) for old, new in pairs),
    )


def _distance(before: np.ndarray, after: np.ndarray) -> float | None:
    old = standardised(before)
    return float(1 - cosines(old, standardised(after, before)).mean()) if old.any() else None


def check_alike(before: TextModel, after: TextModel) -> None:
    """Refuse two encoders whose weights cannot be set side by side.

    Raises:
        ModelError: Names or shapes of their weights differ.
    """
    shapes = [{name: tuple(one.shape) for name, one in model.encoder.named_parameters()} for model in (before, after)]
    if shapes[0] == shapes[1]:
        return
    name = next(name for name in {**shapes[0], **shapes[1]} if shapes[0].get(name) != shapes[1].get(name))
    kinds = [model.encoder.config.model_type for model in (before, after)]
    raise ModelError(
        f"The two models ({kinds[0]} and {kinds[1]}) are not built alike: {name} is {shapes[0].get(name, 'absent')} in "
        f"one and {shapes[1].get(name, 'absent')} in the other.",
        expected="Two states of one architecture.",
        remedy="Compare a run with its own pre-trained model, or with a run of the same one.",
    )


def _weights(encoder: Any) -> Iterator[tuple[str, Tensor, nn.Module]]:
    """Yield the name of each weight, the weight, and the module that has it."""
    for path, module in encoder.named_modules():
        for name, weight in module.named_parameters(recurse=False):
            yield f"{path}.{name}" if path else name, weight, module


def _part(name: str, depth: int, module: nn.Module, attention: str) -> Part:
    if depth == 0:
        return "embeddings"
    if type(module).__name__.endswith("Norm"):
        return "norm"
    return "attention" if f".{attention}." in name else "feed-forward"


def _squared(values: Tensor) -> float:
    return float(values.double().square().sum())
