"""Whether an encoder's modules are transformers' own, so that to read their weights is to do what they do."""

from __future__ import annotations

from torch import nn

from bertui.modeling.dropout import SeededDropout
from bertui.modeling.hooks import is_changed
from bertui.modeling.seen import SeenEmbedding

_KINDS = {nn.Linear, nn.LayerNorm, nn.Embedding, nn.Dropout, nn.ModuleList, SeededDropout, SeenEmbedding}
_ACTIVATIONS = ("transformers.activations", "torch.nn.modules.activation")


def is_plain(encoder: nn.Module) -> bool:
    """Whether nothing was put around, into or upon any module of an encoder, such as an adapter, a hook or a norm.

    A wrapper or a parametrization is a class of its own; the family's own classes are told by the file they come from.
    What is put on later is seen, since it is asked before each pass; docs/speed.md has what that costs.
    """
    own = type(encoder).__module__
    if not own.startswith("transformers.models."):
        return False
    waiting: list[nn.Module | None] = [encoder]
    while waiting:
        if (module := waiting.pop()) is None:
            continue
        kind = type(module)
        if kind not in _KINDS and kind.__module__ != own and kind.__module__ not in _ACTIVATIONS:
            return False
        if is_changed(module) or module._parameters.get("bias", kind) is None:
            return False  # a dense layer or a norm without bias is none of BERT's
        waiting += module._modules.values()
    return True
