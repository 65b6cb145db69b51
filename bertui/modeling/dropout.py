"""Dropout from the run's own random stream.

PyTorch's dropout on a processor draws from one generator that every thread shares, one value at a time. Here a
mask is made of random bytes of the run's own stream: a person who explores another model in the same app does
not change the run, a resumed run draws what the uninterrupted one would have, and it takes less time.
The probability is rounded to 1/256 (0.1 becomes 26/256 = 0.1016) and the scale to match, so the mean is kept.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

_INTEGERS = {2: torch.int16, 4: torch.int32, 8: torch.int64}


class RandomBytes:
    """A seeded stream of random bytes whose state can be saved and set."""

    def __init__(self, seed: int) -> None:
        self._generator = np.random.Generator(np.random.SFC64(seed))

    def draw(self, shape: torch.Size) -> Tensor:
        """Return random bytes, ``uint8 [*shape]``."""
        words = self._generator.integers(0, 2**64, size=shape.numel() // 8 + 1, dtype=np.uint64)
        return torch.from_numpy(words.view(np.uint8))[: shape.numel()].view(shape)

    @property
    def state(self) -> dict[str, Any]:
        """The stream's position, as plain JSON values."""
        saved = self._generator.bit_generator.state
        return {**saved, "state": {"state": [int(word) for word in saved["state"]["state"]]}}

    @state.setter
    def state(self, saved: dict[str, Any]) -> None:
        words = np.asarray(saved["state"]["state"], dtype=np.uint64)
        self._generator.bit_generator.state = {**saved, "state": {"state": words}}


def bits(values: Tensor) -> Tensor:
    """Return floats seen as integers of the same size; the sign bit is the integer's sign."""
    return values.view(_INTEGERS[values.element_size()])


def threshold(probability: float) -> int:
    """Return the random byte below which a value is dropped; something is always kept."""
    return min(255, round(256 * probability))


def scale_of(probability: float) -> float:
    """Return what the kept values are multiplied by, so that the mean stays."""
    return 256 / (256 - threshold(probability))


def kept_bits(values: Tensor, probability: float, stream: RandomBytes) -> Tensor:
    """Return a mask for AND, integers of the values' size: all bits set where one is kept, none where it is dropped.

    It costs a fraction of a comparison and a multiplication, which go through a mask of another type value by value.
    """
    drawn = stream.draw(values.shape).to(_INTEGERS[values.element_size()])
    return drawn.neg_().add_(threshold(probability) - 1).bitwise_right_shift_(8 * values.element_size() - 1)


def masked(values: Tensor, kept: Tensor, scale: float) -> Tensor:
    """Return the kept values times ``scale``, 0 elsewhere."""
    return (bits(values) & kept).view(values.dtype).mul_(scale)


class Drop(torch.autograd.Function):
    """Zero each value with a probability and scale the rest: ``[...] -> [...]``."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, probability: float, stream: RandomBytes) -> Tensor:
        kept = kept_bits(values, probability, stream)
        ctx.save_for_backward(kept)
        ctx.scale = scale_of(probability)
        return masked(values, kept, ctx.scale)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        return masked(gradient, ctx.saved_tensors[0], ctx.scale), None, None


def drop(values: Tensor, probability: float, stream: RandomBytes) -> Tensor:
    """Zero each value with ``probability`` and scale the rest, so that the mean stays."""
    if values.device.type != "cpu":
        return nn.functional.dropout(values, probability)
    dropped: Tensor = Drop.apply(values, probability, stream)
    return dropped


class SeededDropout(nn.Module):
    """``nn.Dropout`` that draws from its run's stream."""

    def __init__(self, probability: float) -> None:
        super().__init__()
        self.p = probability

    def forward(self, values: Tensor) -> Tensor:
        return drop(values, self.p, stream_of(self)) if self.training and self.p > 0 else values


def use_stream(model: nn.Module, stream: RandomBytes) -> None:
    """Make every dropout of a model, attention's included, draw from ``stream``."""
    for module in list(model.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, nn.Dropout):
                setattr(module, name, SeededDropout(child.p))
    for module in model.modules():
        setattr(module, _STREAM, stream)
    _register_attention()
    for module in model.modules():
        config = getattr(module, "config", None)
        if config is not None and getattr(config, "_attn_implementation", None) == "sdpa":
            module.config._attn_implementation = SEEDED  # type: ignore[union-attr]


def stream_of(module: nn.Module) -> RandomBytes:
    """Return the stream that a module's dropout draws from; its own, from PyTorch's seed, outside of a run."""
    if not hasattr(module, _STREAM):
        setattr(module, _STREAM, RandomBytes(torch.initial_seed()))
    stream: RandomBytes = getattr(module, _STREAM)
    return stream


SEEDED = "bertui_seeded"
"""What transformers calls the attention below."""
_STREAM = "dropout_stream"  # the attribute under which a module finds its run's stream


def _register_attention() -> None:
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import sdpa_mask

    AttentionInterface.register(SEEDED, seeded_attention)
    AttentionMaskInterface.register(SEEDED, sdpa_mask)


def seeded_attention(
    module: Any, query: Tensor, key: Tensor, value: Tensor, attention_mask: Tensor | None,
    dropout: float = 0.0, scaling: float | None = None, **options: Any,
) -> tuple[Tensor, None]:  # fmt: skip
    """Attention whose dropout draws from the run's stream; without dropout PyTorch's fused attention.

    Shapes: query, key, value ``[batch, heads, seq, head size]``; mask broadcastable to
    ``[batch, heads, seq, seq]``, True (or 0) where attended. Returns ``[batch, seq, heads, head size]``.
    """
    if dropout > 0 and query.device.type == "cpu":
        scores = query @ key.transpose(2, 3) * (scaling or query.size(-1) ** -0.5)
        if attention_mask is not None:
            allowed = attention_mask if attention_mask.dtype == torch.bool else attention_mask == 0
            scores = scores.masked_fill(~allowed, torch.finfo(scores.dtype).min)
        weights = drop(scores.softmax(-1), dropout, stream_of(module))
        return (weights.to(value.dtype) @ value).transpose(1, 2).contiguous(), None
    from transformers.integrations.sdpa_attention import sdpa_attention_forward

    return sdpa_attention_forward(module, query, key, value, attention_mask, dropout, scaling, **options)
