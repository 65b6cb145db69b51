"""Which layer decides: the score of a network without one of its layers, its upper layers, or one of its heads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bertui.encoding.batching import reading_batches
from bertui.errors import ModelError
from bertui.evaluation.intervals import Interval
from bertui.laboratory.inside import layers_of, scaling_heads, skipping
from bertui.laboratory.sample import Sample, Steps
from bertui.modeling.twin import twin
from bertui.prediction.outputs import Progress

if TYPE_CHECKING:
    from bertui.modeling.model import TextModel

_TOKENS = 1024  # in a batch with gradients: bounds the memory of long texts
VERIFIED = 5
"""Heads that are silenced to see whether their rank tells the truth."""


@dataclass(frozen=True, slots=True)
class LayerAblation:
    """Scores without layers.

    Attributes:
        measure: Name of the task's main measure, which the scores are.
        rows: Number of rows.
        whole: The network as it is.
        without: Each layer skipped alone, from the lowest: what it is given is handed on. ``[layers]``
        up_to: All layers above layer k skipped, from k = 0, the embeddings alone. ``[layers + 1]``
    """

    measure: str
    rows: int
    whole: Interval
    without: tuple[Interval, ...]
    up_to: tuple[Interval, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "measure": self.measure, "rows": self.rows, "whole": self.whole.to_json(),
            "without": [one.to_json() for one in self.without], "up_to": [one.to_json() for one in self.up_to],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class HeadAblation:
    """Heads by how much the loss depends on them.

    Attributes:
        measure, rows, whole: As of ``LayerAblation``.
        importance: Mean over rows of the absolute gradient of a row's loss by a factor on the head's result, as it
            stands at 1; ``float64 [layers, heads]``. It is not normalised by layer, so layers can be compared.
        silenced: Score with one head silenced, for the most important heads: (layer from 1, head from 1, score).

    Source: Michel et al. 2019, equation 2.
    """

    measure: str
    rows: int
    whole: Interval
    importance: np.ndarray
    silenced: tuple[tuple[int, int, Interval], ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "measure": self.measure, "rows": self.rows, "whole": self.whole.to_json(),
            "importance": self.importance.tolist(),
            "silenced": [
                {"layer": layer, "head": head, "score": score.to_json()} for layer, head, score in self.silenced
            ],
        }  # fmt: skip


def layer_ablation(model: TextModel, sample: Sample, progress: Progress | None = None) -> LayerAblation:
    """Score a network without each layer and without all layers above each.

    Args:
        progress: Called with the share done; what it raises ends the work.

    Raises:
        ModelError: It is not known where the family's layers stand.
    """
    copied = twin(model)
    layers = layers_of(copied.encoder)
    steps = Steps(progress, 2 * layers + 1)

    def scored(low: int, high: int) -> Interval:
        with skipping(copied.encoder, lambda layer: low <= layer < high):
            return sample.score(copied, steps.next())

    whole = scored(0, 0)
    without = tuple(scored(layer, layer + 1) for layer in range(layers))
    up_to = tuple(scored(layer, layers) for layer in range(layers))
    return LayerAblation(sample.measure.name, len(sample), whole, without, (*up_to, whole))


def head_ablation(
    model: TextModel, sample: Sample, progress: Progress | None = None, *, verified: int = VERIFIED
) -> HeadAblation:
    """Rank heads by one gradient pass and silence the first of them, one at a time.

    Args:
        progress: Called with the share done; what it raises ends the work.
        verified: How many are silenced.

    Raises:
        ModelError: It is not known where the family joins its heads.
    """
    copied = twin(model)
    verified = min(verified, layers_of(copied.encoder) * _heads(copied.encoder))
    steps = Steps(progress, verified + 3)  # the gradient pass counts for two
    whole = sample.score(copied, steps.next())
    steps.next()
    importance = head_importance(model, sample, steps.next())
    order = np.argsort(-importance, axis=None, kind="stable")[:verified]
    silenced = []
    for layer, head in zip(*np.unravel_index(order, importance.shape), strict=True):
        score = _silenced(copied, sample, int(layer), int(head), steps.next())
        silenced.append((int(layer) + 1, int(head) + 1, score))
    return HeadAblation(sample.measure.name, len(sample), whole, importance, tuple(silenced))


def head_importance(model: TextModel, sample: Sample, progress: Progress | None = None) -> np.ndarray:
    """Return the importance of each head, ``float64 [layers, heads]``; see ``HeadAblation``."""
    import torch

    copied, rows = twin(model), sample.examples
    shape = layers_of(copied.encoder), _heads(copied.encoder)
    device = str(next(copied.parameters()).device)
    total, read = np.zeros(shape), 0
    for places in reading_batches(rows.tokens, _TOKENS):
        batch, targets = rows.batch(places, sample.padding, device)
        factors = torch.ones(shape[0], len(batch.input_ids), shape[1], device=device, requires_grad=True)
        with scaling_heads(copied.encoder, lambda layer, factors=factors: factors[layer]):  # type: ignore[misc]
            loss = sample.task.loss(copied(batch), targets, weights=None, smoothing=0.0)
        (gradient,) = torch.autograd.grad(loss, factors)
        owners = torch.repeat_interleave(torch.arange(len(places), device=device), batch.rows.diff())
        by_row = gradient.new_zeros(shape[0], len(places), shape[1]).index_add(1, owners, gradient)
        total += by_row.abs().sum(1).double().cpu().numpy()
        read += len(places)
        if progress is not None:
            progress(read / len(rows))
    return total / len(rows)


def _silenced(model: Any, sample: Sample, layer: int, head: int, progress: Progress) -> Interval:
    import torch

    factors = torch.ones(1, _heads(model.encoder), device=next(model.parameters()).device)
    factors[0, head] = 0
    with scaling_heads(model.encoder, lambda number: factors if number == layer else None):
        return sample.score(model, progress)


def _heads(encoder: Any) -> int:
    """Return the number of heads of each layer.

    Raises:
        ModelError: The configuration does not say.
    """
    heads = getattr(encoder.config, "num_attention_heads", None)
    if not isinstance(heads, int):
        raise ModelError(
            f"'{encoder.config.model_type}' has no one number of heads for all layers.",
            expected="A configuration with num_attention_heads.",
            remedy="Train a run with BERT or one of its kin to see this view.",
        )
    return heads
