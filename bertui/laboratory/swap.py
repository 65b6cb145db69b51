"""What fine-tuning a layer was worth: layers of the earlier model put back, and mixtures of the two models."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bertui.evaluation.intervals import Interval
from bertui.laboratory.drift import check_alike
from bertui.laboratory.sample import Sample, Steps
from bertui.modeling.backbone import depth_of, own_layers
from bertui.modeling.families import family_of
from bertui.modeling.twin import twin
from bertui.prediction.outputs import Progress

if TYPE_CHECKING:
    from torch import Tensor

    from bertui.modeling.model import TextModel


@dataclass(frozen=True, slots=True)
class Swap:
    """Scores with layers of the encoder put back as they were; what stands above the encoder stays as it is.

    Attributes:
        measure: Name of the task's main measure, which the scores are.
        rows: Number of rows.
        whole: The network as it is.
        one: With layer k alone put back, from 0, the embeddings; ``[layers + 1]``. Layers that share their weights
            count once.
        up_to: With the layers 0 to k put back, ``[layers + 1]``: the last has the whole encoder put back.
    """

    measure: str
    rows: int
    whole: Interval
    one: tuple[Interval, ...]
    up_to: tuple[Interval, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "measure": self.measure, "rows": self.rows, "whole": self.whole.to_json(),
            "one": [one.to_json() for one in self.one], "up_to": [one.to_json() for one in self.up_to],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Blend:
    """Scores of mixtures of two encoders.

    Attributes:
        measure, rows: As of ``Swap``.
        shares: Share of the later model, 0 to 1.
        scores: One for each.
    """

    measure: str
    rows: int
    shares: tuple[float, ...]
    scores: tuple[Interval, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "measure": self.measure, "rows": self.rows, "shares": list(self.shares),
            "scores": [one.to_json() for one in self.scores],
        }  # fmt: skip


def swap_scores(before: TextModel, after: TextModel, sample: Sample, progress: Progress | None = None) -> Swap:
    """Score the later network with each layer put back, and with all layers up to each.

    Args:
        progress: Called with the share done; what it raises ends the work.

    Raises:
        ModelError: The two are not of the same architecture.
    """
    depths = range(own_layers(after.encoder.config) + 1)
    steps = Steps(progress, 2 * len(depths) + 1)
    whole = sample.score(twin(after), steps.next())
    one = tuple(sample.score(swapped(before, after, {depth}), steps.next()) for depth in depths)
    up_to = tuple(sample.score(swapped(before, after, range(depth + 1)), steps.next()) for depth in depths)
    return Swap(sample.measure.name, len(sample), whole, one, up_to)


def blend_scores(
    before: TextModel, after: TextModel, sample: Sample, shares: Sequence[float], progress: Progress | None = None
) -> Blend:
    """Score mixtures of two networks; see ``blended``."""
    steps = Steps(progress, len(shares))
    scores = tuple(sample.score(blended(before, after, share), steps.next()) for share in shares)
    return Blend(sample.measure.name, len(sample), tuple(shares), scores)


def swapped(before: TextModel, after: TextModel, depths: Collection[int]) -> Any:
    """Return a twin of the later network in which the encoder's layers of some depths are the earlier one's."""
    config = after.encoder.config
    layers, family = own_layers(config), family_of(config)
    return _mixed(before, after, lambda name, old, new: old if depth_of(name, layers, family) in depths else new)


def blended(before: TextModel, after: TextModel, share: float) -> Any:
    """Return a twin of the later network whose encoder's weights are ``(1 - share) * before + share * after``."""
    return _mixed(before, after, lambda name, old, new: (1 - share) * old + share * new)


def _mixed(before: TextModel, after: TextModel, mix: Callable[[str, Tensor, Tensor], Tensor]) -> Any:
    check_alike(before, after)
    copied, old = twin(after), dict(before.encoder.named_parameters())
    for name, weight in copied.encoder.named_parameters():
        weight.data = mix(name, old[name].detach().to(weight.device), weight.data)  # the twin's alone
    return copied
